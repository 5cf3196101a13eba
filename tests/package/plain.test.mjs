// The page without tools: the package's files as they are, on a server that only has files.
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { NEW, ask, linkAt } from "./steps.mjs";
import { copy, end, open, origins, place, service, stranger, unpack } from "./world.mjs";

after(end);

const LIMIT = { timeout: 120_000 };
const FAILED_TO_LOAD = /^Failed to load resource/;

/** The page where its own folder has it: the package is two folders up. */
const serve = async (site, name, headers = {}) => {
  const folder = await unpack(place(name));
  copy("plain", undefined, join(folder, "examples", "plain"));
  Object.assign(site, { folder, headers });
  return { folder, address: `${site.origin}/examples/plain/` };
};

/** The strictest policy that the page can do with; its script is on the page, and so 'unsafe-inline'. */
const policy = (base, wasm = "'wasm-unsafe-eval'") => ({ "Content-Security-Policy": `default-src 'none'; script-src 'self' 'unsafe-inline' ${wasm}; connect-src 'self' ${base}` });

test("the plain page asks for a mail and sets the password by its link, under a strict Content-Security-Policy", LIMIT, async () => {
  const { base, somebody, linkTo } = await service();
  const { address } = await serve((await origins()).built, "plain", policy(base));
  const person = await somebody();
  const first = await open(address);
  await first.page.getByLabel("Service").fill(base);
  await ask(first.page, person.username);
  assert.deepEqual(first.faults, []);
  await first.close();

  const link = linkAt(address, await linkTo(person));
  const damaged = await open(link.slice(0, -10));
  await damaged.page.getByText("link_invalid: ").waitFor();
  assert.ok(await damaged.page.getByLabel("Email address or username").isVisible(), "another link can be asked for");
  assert.deepEqual(damaged.faults, []);
  await damaged.close();

  const { page, faults, close } = await open(link);
  await page.getByLabel("New password").waitFor();
  assert.equal(page.url(), address, "the token is out of the address");
  await page.getByLabel("Service").fill(base);
  const choices = {
    "too short": "Choose a different password: it is too short.",
    [`${person.username} ${person.username}`]: "Choose a different password: it is too similar to your name.",
    [NEW]: "Your password has been changed.",
  };
  for (const [password, said] of Object.entries(choices)) {
    await page.getByLabel("New password").fill(password);
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByRole("status").filter({ hasText: said }).waitFor();
  }
  // The service refused the one about the person: the page does not know who that is.
  assert.deepEqual(faults.filter((fault) => !FAILED_TO_LOAD.test(fault)), []);
  await close();
});

test("what stands in the page's way is told by its name: the WebAssembly forbidden, or not there, the site unknown to the service, an address that cannot be one", LIMIT, async () => {
  const { base } = await service();
  const { built } = await origins();
  const other = await stranger();
  const { folder, address } = await serve(built, "plain-hindered");
  Object.assign(other, { folder });
  const wasm = [join(folder, "dist", "relatch.wasm"), join(folder, "dist", "away")];
  const told = async (address, at, code) => {
    const { page, faults, close } = await open(address);
    await page.getByLabel("Service").fill(at);
    await ask(page, "peter", `${code}: `);
    assert.deepEqual(faults.filter((fault) => /Uncaught|rejection/i.test(fault)), []);
    await close();
  };

  built.headers = policy(base, "");
  await told(address, base, "module_unavailable");
  built.headers = {};
  renameSync(...wasm);
  await told(address, base, "module_unavailable");
  renameSync(...wasm.reverse());
  // Pages of other sites are not told anything, not even that.
  await told(address.replace(built.origin, other.origin), base, "unreachable");
  await told(address, "http://accounts.example.com", "options_invalid");
});
