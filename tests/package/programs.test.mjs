// The examples without a page: a program of the command line, in Node and in Rust, and a Worker in workerd.
import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { parse, stringify } from "smol-toml";
import { NEW, SENT } from "./steps.mjs";
import { app, copy, end, freePort, js, node, root, run, service, start, succeed, wrangler } from "./world.mjs";

after(end);

const LIMIT = { timeout: 120_000 };
const CHANGED = "Your password has been changed. You can now sign in with it.";

/** What both programs do, and say. `invoke` runs one with its arguments and what it reads. */
async function reset(invoke, { refused, damaged }) {
  const { base, somebody, linkTo } = await service();
  const person = await somebody();
  const said = async (args, input) => {
    const { stdout, stderr, code } = await invoke(args, { input, env: { RELATCH_URL: base } });
    return [code, stdout.trim(), stderr.trim()];
  };
  assert.deepEqual(await said(["rules"]), [0, "A password has 15 to 128 characters.", ""]);
  assert.deepEqual(await said(["request", person.username]), [0, SENT, ""]);
  const link = await linkTo(person);
  const [, until] = await said(["check", link]);
  assert.match(until, /^The link can be used until .+\.$/);
  assert.deepEqual(await said(["check", ` ${link.slice(0, 60)}\n${link.slice(60)} `]), [0, until, ""]);
  assert.deepEqual(await said(["confirm", link], "too short\n"), [1, "", refused]);
  assert.deepEqual(await said(["confirm", link.slice(0, -1)], NEW), [1, "", damaged]);
  assert.deepEqual(await said(["confirm", link], `${NEW}\n`), [0, CHANGED, ""]);
  const [code, , used] = await said(["check", link]);
  assert.equal(code, 1);
  assert.match(used, /This link has been used/);

  const nobody = await invoke(["rules"], { env: { RELATCH_URL: `http://127.0.0.1:${await freePort()}` } });
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /The service could not be reached/);
  const wrong = await invoke(["rules"], { env: { RELATCH_URL: "accounts.example.com" } });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /The base URL cannot be used: it does not begin with https:\/\//);
  const usage = await invoke([], { env: { RELATCH_URL: base } });
  assert.equal(usage.code, 1);
  assert.match(usage.stderr, /^Usage: /);
}

test("Node: the example asks for a mail, checks its link and sets the password", LIMIT, async () => {
  const cwd = await app("node");
  await reset((args, options) => run(node, ["reset.js", ...args], { cwd, ...options }), {
    refused: "Choose another password: it is too_short.",
    damaged: "link_invalid: The reset token is damaged. Take the whole link from the mail.",
  });
});

test("Rust: the example asks for a mail, checks its link and sets the password", { timeout: 600_000 }, async () => {
  const own = join(js, "examples", "rust");
  const { workspace_root, packages } = JSON.parse(await succeed("cargo", ["metadata", "--format-version=1", "--no-deps", "--offline"], { cwd: own }));
  assert.equal(join(workspace_root, ""), join(own, ""), "it is a program by itself");
  assert.equal(packages[0].dependencies.find(({ name }) => name === "relatch").path, join(root, "sdk"));

  // From where it is copied to, the crate is elsewhere. It is compiled as `cargo test` compiles, in the same place: what that
  // made of all the other crates is there already, and by the repository's lock file they are the same ones.
  const cwd = copy("rust");
  const manifest = parse(readFileSync(join(cwd, "Cargo.toml"), "utf8"));
  manifest.dependencies.relatch.path = join(root, "sdk");
  const { dev } = parse(readFileSync(join(root, "Cargo.toml"), "utf8")).profile;
  manifest.profile = { dev: { ...dev, package: { "*": dev.package["*"], relatch: dev.package.relatch } } };
  writeFileSync(join(cwd, "Cargo.toml"), stringify(manifest));
  copyFileSync(join(root, "Cargo.lock"), join(cwd, "Cargo.lock"));
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  await succeed("cargo", ["build", "--quiet", "--offline"], { cwd, env: { CARGO_TARGET_DIR: target }, timeout: 600_000 });
  await reset((args, options) => run(join(target, "debug", "relatch-example"), args, options), {
    refused: "Choose another password: it is too_short.",
    damaged: "The reset token is damaged. Take the whole link from the mail.",
  });
});

test("a Worker: the example is bundled by wrangler and calls the service, at once from its first two requests on", LIMIT, async () => {
  const { base, somebody, linkTo } = await service();
  const cwd = await app("worker");
  const port = await freePort();
  const stop = await start(/Ready on/, [...wrangler, "dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--var", `RELATCH_URL:${base}`], { cwd });
  const worker = `http://127.0.0.1:${port}`;
  const rules = await Promise.all([1, 2].map(async () => (await fetch(`${worker}/rules`)).json()));
  assert.deepEqual(rules, Array(2).fill({ minLength: 15, maxLength: 128 }));

  const person = await somebody();
  const forgot = async (identifier) => {
    const answer = await fetch(`${worker}/forgot`, { method: "POST", body: new URLSearchParams({ identifier }) });
    return [answer.status, await answer.json()];
  };
  assert.deepEqual(await forgot(person.email), [200, { message: SENT }]);
  assert.ok(await linkTo(person));
  const [status, { code }] = await forgot("two@addresses.example, at@once.example");
  assert.deepEqual([status, code], [400, "request_invalid"]);
  assert.equal((await fetch(worker)).status, 404);
  await stop();
});
