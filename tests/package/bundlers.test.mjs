// The examples for Vite and webpack: built, opened in a real browser, and used against the service.
import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { NEW_PASSWORD, requestLink, setPassword, withToken } from "./steps.mjs";
import {
  allowedOrigins,
  app,
  end,
  node,
  openPage,
  runOrThrow,
  serve,
  service,
  start,
  tempPath,
  tool,
} from "./world.mjs";

after(end);

const LIMIT = { timeout: 120_000 };
const vite = tool("vite", "bin", "vite.js");
const webpack = tool("webpack-cli", "bin", "cli.js");

/** Returns whether scripts contain the elements. */
const containElements = (scripts) => scripts.includes("relatch-reset");

/**
 * Resets a password on the two pages of an app: requests a link on the first page, and sets a
 * password with it on the second, which alone loads the elements.
 */
async function resetPassword(relatch, origin) {
  const account = await relatch.createAccount();
  const forgot = await openPage(`${origin}/`);
  await forgot.page.getByText(/password.*\b15\b/).waitFor();
  await requestLink(forgot.page, account.username);
  await requestLink(forgot.page, "x".repeat(300), /e-?mail address/i);
  assert.deepEqual(
    forgot.faults.filter((fault) => !/status of 400/.test(fault)),
    [],
  );
  assert.ok(!containElements(await forgot.scripts()));
  await forgot.close();

  const link = await relatch.receiveLink(account);
  const reset = await openPage(withToken(`${origin}/reset.html`, link));
  await setPassword(reset.page, NEW_PASSWORD);
  assert.equal(reset.page.url(), `${origin}/reset.html`, "the token is not in the URL");
  assert.ok(containElements(await reset.scripts()));
  assert.deepEqual(reset.faults, []);
  await reset.close();
  await relatch.waitUntilUsed(link);
}

/** Requests a link in a browser without WebAssembly: the bundle includes the fallback. */
async function requestWithoutWebAssembly(relatch, url) {
  const { page, faults, close } = await openPage(url, () => {
    delete globalThis.WebAssembly;
  });
  const service = page.getByLabel("Service");
  if (await service.count()) await service.fill(relatch.base);
  const { username } = await relatch.createAccount();
  await requestLink(page, username);
  assert.deepEqual(faults, []);
  await close();
}

test("Vite: the built example works, and one page loads the elements", LIMIT, async () => {
  const relatch = await service();
  const folder = await app("vite");
  const env = { VITE_RELATCH_URL: relatch.base };
  await runOrThrow(node, [vite, "build"], { cwd: folder, env });
  const dist = join(folder, "dist");
  const url = await serve(dist);
  await resetPassword(relatch, new URL(url).origin);
  const modules = readdirSync(join(dist, "assets")).filter((name) => name.endsWith(".wasm"));
  assert.equal(modules.length, 1, "both pages use one copy of the WebAssembly");
  await requestWithoutWebAssembly(relatch, url);
});

test("Vite: the development server serves the example without configuration", LIMIT, async () => {
  const relatch = await service();
  const { devPort } = await allowedOrigins();
  const folder = await app("vite", undefined, tempPath("vite-dev"));
  // Only the build of the second page needs it.
  rmSync(join(folder, "vite.config.js"));
  const address = ["--host", "127.0.0.1", "--port", String(devPort), "--strictPort"];
  const env = { VITE_RELATCH_URL: relatch.base };
  const stop = await start(/Local:/, [vite, ...address], { cwd: folder, env });
  await resetPassword(relatch, `http://localhost:${devPort}`);
  await stop();
});

test("webpack: the example builds without configuration and requests a link", LIMIT, async () => {
  const relatch = await service();
  const folder = await app("webpack");
  await runOrThrow(node, [webpack, "--mode", "production"], { cwd: folder });
  const account = await relatch.createAccount();
  const { page, faults, scripts, close } = await openPage(await serve(folder));
  await page.getByLabel("Service").fill(relatch.base);
  await requestLink(page, account.email);
  assert.match(await page.getByRole("status").innerText(), /\b15\b/);
  assert.ok(await relatch.receiveLink(account));
  await requestWithoutWebAssembly(relatch, page.url());
  await page.getByLabel("Service").fill("http://accounts.example.com");
  await requestLink(page, account.email, /^options_invalid: /);
  assert.deepEqual(faults, []);
  assert.ok(!containElements(await scripts()));
  await close();
});

test("webpack: an import of the elements alone is kept and defines them", LIMIT, async () => {
  const folder = await app("webpack", undefined, tempPath("webpack-elements"));
  writeFileSync(join(folder, "src", "index.js"), 'import "relatch/elements";\n');
  await runOrThrow(node, [webpack, "--mode", "production"], { cwd: folder });
  const { page, faults, close } = await openPage(await serve(folder));
  const types = await page.evaluate(() =>
    ["relatch-request", "relatch-reset"].map((name) => typeof customElements.get(name)),
  );
  assert.deepEqual(types, ["function", "function"]);
  assert.deepEqual(faults, []);
  await close();
});
