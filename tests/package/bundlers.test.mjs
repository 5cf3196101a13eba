// Apps that are made with Vite and webpack, as they come out of the boxes of both: built and opened in a real browser, which
// makes real calls. The apps are the examples.
import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { NEW, SENT, ask, choose, linkAt } from "./steps.mjs";
import { app, end, node, open, origins, place, service, start, succeed, tool } from "./world.mjs";

after(end);

const LIMIT = { timeout: 120_000 };
const vite = tool("vite", "bin", "vite.js");
const webpack = tool("webpack-cli", "bin", "cli.js");

/** Whether scripts hold the elements. */
const hasElements = (scripts) => scripts.includes("relatch-reset");

/** Asks on the first page, and sets a new password on the second by the link that is mailed. Only that one loads the elements. */
async function reset({ somebody, linkTo, used }, site) {
  const person = await somebody();
  const forgot = await open(`${site}/`);
  await forgot.page.getByText("A new password has at least 15 characters.").waitFor();
  await ask(forgot.page, person.username);
  await ask(forgot.page, "two@addresses.example, at@once.example", "Enter an email address or a username.");
  assert.deepEqual(forgot.faults.filter((fault) => !/status of 400/.test(fault)), []);
  assert.ok(!hasElements(await forgot.scripts()));
  await forgot.close();

  const link = await linkTo(person);
  const chosen = await open(linkAt(`${site}/reset.html`, link));
  await choose(chosen.page, NEW);
  assert.equal(chosen.page.url(), `${site}/reset.html`, "the token is out of the address");
  assert.ok(hasElements(await chosen.scripts()));
  assert.deepEqual(chosen.faults, []);
  await chosen.close();
  await used(link);
}

test("Vite: the example is built and works, and a page without the elements does not load them", LIMIT, async () => {
  const relatch = await service();
  const folder = await app("vite");
  await succeed(node, [vite, "build"], { cwd: folder, env: { VITE_RELATCH_URL: relatch.base } });
  const { built } = await origins();
  Object.assign(built, { folder: join(folder, "dist"), headers: {} });
  await reset(relatch, built.origin);
  assert.equal(readdirSync(join(built.folder, "assets")).filter((name) => name.endsWith(".wasm")).length, 1, "both pages share one");
});

test("Vite: the example works on its development server, without any configuration", LIMIT, async () => {
  const relatch = await service();
  const { devPort } = await origins();
  const folder = await app("vite", undefined, place("vite-dev"));
  // It is for the build of a second page alone.
  rmSync(join(folder, "vite.config.js"));
  const stop = await start(/Local:/, [vite, "--host", "127.0.0.1", "--port", String(devPort), "--strictPort"], { cwd: folder, env: { VITE_RELATCH_URL: relatch.base } });
  await reset(relatch, `http://localhost:${devPort}`);
  await stop();
});

test("webpack: the example is built without any configuration and works", LIMIT, async () => {
  const { base, somebody, linkTo } = await service();
  const folder = await app("webpack");
  await succeed(node, [webpack, "--mode", "production"], { cwd: folder });
  const { built } = await origins();
  Object.assign(built, { folder, headers: {} });
  const person = await somebody();
  const { page, faults, scripts, close } = await open(`${built.origin}/`);
  await page.getByLabel("Service").fill(base);
  await ask(page, person.email, `${SENT} A new password has at least 15 characters.`);
  assert.ok(await linkTo(person));
  await page.getByLabel("Service").fill("http://accounts.example.com");
  await ask(page, person.email, "options_invalid: The base URL cannot be used");
  assert.deepEqual(faults, []);
  assert.ok(!hasElements(await scripts()));
  await close();
});

test("webpack: the elements are imported for what they do, and that is kept", LIMIT, async () => {
  const folder = await app("webpack", undefined, place("webpack-elements"));
  writeFileSync(join(folder, "src", "index.js"), 'import "relatch/elements";\n');
  await succeed(node, [webpack, "--mode", "production"], { cwd: folder });
  const { built } = await origins();
  Object.assign(built, { folder, headers: {} });
  const { page, faults, close } = await open(`${built.origin}/`);
  assert.deepEqual(await page.evaluate(() => ["relatch-request", "relatch-reset"].map((name) => typeof customElements.get(name))), ["function", "function"]);
  assert.deepEqual(faults, []);
  await close();
});
