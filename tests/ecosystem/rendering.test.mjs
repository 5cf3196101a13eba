// The elements in frameworks that render pages on a server: each app imports them on the server,
// and is built as for production. Its page has the elements in its HTML, and they work once the
// scripts are loaded.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { end, freePort, node, openPage, runOrThrow, serve, start } from "../package/world.mjs";
import { here, install, tool } from "./world.mjs";

after(end);

const LIMIT = { timeout: 600_000 };
const QUIET = {
  ASTRO_TELEMETRY_DISABLED: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  NUXT_TELEMETRY_DISABLED: "1",
};
const SERVICE = "https://accounts.example.com";
const MESSAGE = "An email has been sent.";

/** Starts a server in a folder. Returns the URL of its page. */
async function startServer(cwd, ready, args) {
  const port = String(await freePort());
  const address = { HOST: "127.0.0.1", PORT: port, NITRO_HOST: "127.0.0.1", NITRO_PORT: port };
  await start(ready, args, { cwd, env: { ...QUIET, ...address, NODE_ENV: "production" } });
  return `http://127.0.0.1:${port}/`;
}

/** By their names, how apps are built and served. */
const APPS = {
  next: {
    build: () => [tool("next", "dist", "bin", "next"), "build"],
    outputs: [".next"],
    serve: (cwd) =>
      startServer(cwd, /Ready/, [tool("next", "dist", "bin", "next"), "start", "-H", "127.0.0.1"]),
  },
  nuxt: {
    build: () => [tool("nuxt", "bin", "nuxt.mjs"), "build"],
    outputs: [".nuxt", ".output"],
    serve: (cwd) => startServer(cwd, /Listening/, [join(cwd, ".output/server/index.mjs")]),
  },
  sveltekit: {
    build: () => [tool("vite", "bin", "vite.js"), "build"],
    outputs: [".svelte-kit", "build"],
    serve: (cwd) => startServer(cwd, /Listening/, [join(cwd, "build")]),
  },
  astro: {
    build: () => [tool("astro", "bin", "astro.mjs"), "build"],
    outputs: [".astro", "dist"],
    serve: (cwd) => serve(join(cwd, "dist")),
  },
};

for (const [name, app] of Object.entries(APPS)) {
  test(`${name}: the elements are in the page that a server renders, and work`, LIMIT, async () => {
    await install();
    const cwd = join(here, "apps", name);
    for (const output of app.outputs) rmSync(join(cwd, output), { recursive: true, force: true });
    await runOrThrow(node, app.build(), { cwd, env: QUIET, ...LIMIT });
    const url = await app.serve(cwd);
    const html = await (await fetch(url)).text();
    for (const tag of ["relatch-request", "relatch-reset"])
      assert.match(html, new RegExp(`<${tag}[^>]* base-url="${SERVICE}"`), html);

    const { page, faults, close } = await openPage(url);
    await page.route(`${SERVICE}/**`, (route) =>
      route.fulfill({
        json: { message: MESSAGE },
        headers: { "Access-Control-Allow-Origin": "*" },
      }),
    );
    const request = page.locator("relatch-request").first();
    await page.locator("relatch-reset [part~=alert] h2").waitFor();
    await page.waitForLoadState("networkidle");
    await request.getByRole("button").click();
    await page.locator("output", { hasText: MESSAGE }).waitFor();
    assert.deepEqual(faults, []);
    await close();
  });
}
