// The npm package in a page: from `import` to the result of a first call that asks nobody, in a browser that has nothing of it
// yet. Against the same page importing a module that does nothing and reading a file that holds nothing.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { root } from "../../../edge/tools/local.mjs";
import { findChrome } from "../../browser/chrome.mjs";
import { median, quantile } from "../statistics.mjs";

const VISITS = 20;
const TARGET_MS = 50;
const TYPES = { js: "text/javascript", wasm: "application/wasm", html: "text/html" };

async function startSite() {
  const own = { "/": "<!doctype html><title>Bench</title><link rel=\"icon\" href=\"data:,\">", "/empty.js": "export const nothing = () => fetch('/empty.wasm').then((answer) => answer.arrayBuffer());", "/empty.wasm": "" };
  const server = createServer(({ url }, response) => {
    const body = own[url] ?? readFileSync(`${root}/js/dist${url}`);
    response.setHeader("Content-Type", TYPES[url.split(".")[1] ?? "html"]);
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => (server.closeAllConnections(), server.close()) };
}

export async function client() {
  const site = await startSite();
  const browser = await chromium.launch({ executablePath: findChrome(), chromiumSandbox: false, args: ["--disable-gpu", "--disable-background-networking"] });
  const visit = async (act) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(site.url);
    const took = await page.evaluate(act);
    await context.close();
    return took;
  };
  const first = () =>
    visit(async () => {
      const began = performance.now();
      const { readLink } = await import("/browser.js");
      await readLink("https://a.example/reset?token=damaged").catch(() => {});
      return performance.now() - began;
    });
  const nothing = () =>
    visit(async () => {
      const began = performance.now();
      await (await import("/empty.js")).nothing();
      return performance.now() - began;
    });
  try {
    await first();
    const [calls, floors] = [[], []];
    for (let round = 0; round < VISITS; round++) {
      floors.push(await nothing());
      calls.push(await first());
    }
    const parts = calls.map((value) => value / TARGET_MS);
    return {
      figures: [
        {
          name: "npm package, import to first call",
          measured: { value: median(calls), unit: " ms" },
          floor: { of: "a module that does nothing", value: median(floors), unit: " ms" },
          // In parts of what it may take.
          ratio: { median: median(parts), least: quantile(parts, 0.25), greatest: quantile(parts, 0.75) },
          rounds: parts,
          target: { most: 1 },
          note: `in Chromium, nothing of it in the browser's cache, of ${TARGET_MS} ms`,
        },
      ],
    };
  } finally {
    await browser.close();
    site.stop();
  }
}
