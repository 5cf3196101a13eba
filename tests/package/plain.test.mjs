// The example page without tools: the package's own files on a static file server.
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { NEW_PASSWORD, requestLink, withToken } from "./steps.mjs";
import { copy, end, openPage, serve, service, tempPath, unlistedSite, unpack } from "./world.mjs";

after(end);

const LIMIT = { timeout: 120_000 };
const FAILED_TO_LOAD = /^Failed to load resource/;

/** Serves the page where the package's sources have it. Returns the site's folder and its URL. */
async function servePage(name, headers = {}) {
  const folder = await unpack(tempPath(name));
  copy("plain", undefined, join(folder, "examples", "plain"));
  return { folder, url: `${await serve(folder, headers)}examples/plain/` };
}

/**
 * Returns the strictest Content-Security-Policy that the page works with. Its script is inline.
 *
 * - `wasm`: the source expression that allows WebAssembly
 */
const policy = (base, wasm = "'wasm-unsafe-eval'") => ({
  "Content-Security-Policy": [
    "default-src 'none'",
    `script-src 'self' 'unsafe-inline' ${wasm}`,
    `connect-src 'self' ${base}`,
  ].join("; "),
});

test("the plain page resets a password under a strict Content-Security-Policy", LIMIT, async () => {
  const relatch = await service();
  const { base } = relatch;
  const { url } = await servePage("plain", policy(base));
  const account = await relatch.createAccount();
  const forgot = await openPage(url);
  await forgot.page.getByLabel("Service").fill(base);
  await requestLink(forgot.page, account.username);
  assert.deepEqual(forgot.faults, []);
  await forgot.close();

  const link = withToken(url, await relatch.receiveLink(account));
  const damaged = await openPage(link.slice(0, -10));
  await damaged.page.getByText("link_invalid: ").waitFor();
  const identifier = damaged.page.locator("input[name=identifier]");
  assert.ok(await identifier.isVisible(), "the page offers to request another link");
  assert.deepEqual(damaged.faults, []);
  await damaged.close();

  const { page, faults, close } = await openPage(link);
  const password = page.locator("input[name=password]");
  await password.waitFor();
  assert.equal(page.url(), url, "the token is not in the URL");
  await page.getByLabel("Service").fill(base);
  // The page checks the rules; only the service knows that the second password is personal.
  const personal = `${account.username} ${account.username}`;
  for (const [text, status] of [
    ["too short", /too short/],
    [personal, /about you|personal|your (user ?)?name/],
    [NEW_PASSWORD, /changed/],
  ]) {
    await password.fill(text);
    await page.locator("form", { has: password }).locator("button").click();
    await page.getByRole("status").filter({ hasText: status }).waitFor();
  }
  assert.deepEqual(
    faults.filter((fault) => !FAILED_TO_LOAD.test(fault)),
    [],
  );
  await close();
});

test("the plain page shows the code of each failure outside of the service", LIMIT, async () => {
  const { base } = await service();
  const { folder, url } = await servePage("plain-failures");
  const request = async (pageUrl, baseUrl, code) => {
    const { page, faults, close } = await openPage(pageUrl);
    await page.getByLabel("Service").fill(baseUrl);
    await requestLink(page, "peter", `${code}: `);
    assert.deepEqual(
      faults.filter((fault) => /Uncaught|rejection/i.test(fault)),
      [],
    );
    await close();
  };

  // The policy forbids WebAssembly.
  await serve(folder, policy(base, ""));
  await request(url, base, "module_unavailable");

  // The WebAssembly is missing.
  await serve(folder);
  const [present, missing] = ["relatch.wasm", "missing"].map((name) => join(folder, "dist", name));
  renameSync(present, missing);
  await request(url, base, "module_unavailable");
  renameSync(missing, present);

  // The service does not allow the page's origin. Browsers hide the response from such pages.
  const unlisted = await unlistedSite();
  Object.assign(unlisted, { folder });
  const { pathname } = new URL(url);
  await request(`${unlisted.origin}${pathname}`, base, "unreachable");

  // The base URL is invalid.
  await request(url, "http://accounts.example.com", "options_invalid");
});
