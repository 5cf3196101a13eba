// The npm package in a page: the time from `import` to the result of a first call that needs no
// server, in a browser without any of it in its cache. The floor imports a module that does nothing
// and reads an empty file.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { root } from "../../../edge/tools/local.mjs";
import { launchBrowser } from "../../browser/world.mjs";
import { median, quantile } from "../statistics.mjs";

const VISITS = 20;
const TARGET_MS = 50;
const TYPES = { js: "text/javascript", wasm: "application/wasm", html: "text/html" };

const FLOOR_MODULE = `
export const nothing = async () => (await fetch("/empty.wasm")).arrayBuffer();
`;
const FILES = {
  "/": '<!doctype html><title>Bench</title><link rel="icon" href="data:,">',
  "/empty.js": FLOOR_MODULE,
  "/empty.wasm": "",
};

/** Serves the page, the floor's module, and the package's dist. */
async function startSite() {
  const server = createServer(({ url }, response) => {
    const body = FILES[url] ?? readFileSync(`${root}/js/dist${url}`);
    response.setHeader("Content-Type", TYPES[url.split(".")[1] ?? "html"]);
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, stop };
}

/** Runs in the page. Returns the time of the first call, in milliseconds. */
async function firstCall() {
  const started = performance.now();
  const { readLink } = await import("/browser.js");
  await readLink("https://a.example/reset?token=damaged").catch(() => {});
  return performance.now() - started;
}

/** Runs in the page. Returns the time of the floor, in milliseconds. */
async function floorCall() {
  const started = performance.now();
  await (await import("/empty.js")).nothing();
  return performance.now() - started;
}

export async function client() {
  const site = await startSite();
  const browser = await launchBrowser();
  const visit = async (measure) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(site.url);
    const took = await page.evaluate(measure);
    await context.close();
    return took;
  };
  try {
    await visit(firstCall);
    const [calls, floors] = [[], []];
    for (let round = 0; round < VISITS; round++) {
      floors.push(await visit(floorCall));
      calls.push(await visit(firstCall));
    }
    // Relative to the target rather than to the floor.
    const parts = calls.map((value) => value / TARGET_MS);
    const [least, greatest] = [quantile(parts, 0.25), quantile(parts, 0.75)];
    return {
      figures: [
        {
          name: "npm package, import to first call",
          measured: { value: median(calls), unit: " ms" },
          floor: { of: "a module that does nothing", value: median(floors), unit: " ms" },
          ratio: { median: median(parts), least, greatest },
          rounds: parts,
          target: { most: 1 },
          note: `in Chromium with an empty cache, relative to ${TARGET_MS} ms`,
        },
      ],
    };
  } finally {
    await browser.close();
    site.stop();
  }
}
