// The examples without a page: command line programs for Node and Rust, and a Worker.
import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "smol-toml";
import { NEW_PASSWORD, SENT } from "./steps.mjs";
import {
  app,
  copy,
  end,
  freePort,
  js,
  node,
  root,
  run,
  runOrThrow,
  service,
  start,
  wrangler,
} from "./world.mjs";

after(end);

const LIMIT = { timeout: 120_000 };

/**
 * Resets a password with one of the programs and checks its output.
 *
 * - `invoke(args, options)`: runs the program
 * - `damaged`: matches its message about a damaged link
 */
async function resetPassword(invoke, { damaged }) {
  const relatch = await service();
  const env = { RELATCH_URL: relatch.base };
  const account = await relatch.createAccount();
  /** Asserts that a run succeeds, and returns its output. */
  const succeeds = async (args, input) => {
    const { stdout, stderr, code } = await invoke(args, { input, env });
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout.trim();
  };
  /** Asserts that a run fails and that its message matches `message`. */
  const fails = async (args, message, options = {}) => {
    const { stdout, stderr, code } = await invoke(args, { env, ...options });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr.trim(), message);
  };

  assert.match(await succeeds(["rules"]), /\b15\b.*\b128\b/);
  assert.equal(await succeeds(["request", account.username]), SENT);
  const link = await relatch.receiveLink(account);
  const expiry = await succeeds(["check", link]);
  assert.match(expiry, /\d{4}/);
  const wrapped = ` ${link.slice(0, 60)}\n${link.slice(60)} `;
  assert.equal(await succeeds(["check", wrapped]), expiry, "a link that a mail program wrapped");
  await fails(["confirm", link], /\btoo_short\b/, { input: "too short\n" });
  await fails(["confirm", link.slice(0, -1)], damaged, { input: NEW_PASSWORD });
  assert.match(await succeeds(["confirm", link], `${NEW_PASSWORD}\n`), /changed/);
  await fails(["check", link], /\bused\b/);

  const unused = `http://127.0.0.1:${await freePort()}`;
  await fails(["rules"], /reach/i, { env: { RELATCH_URL: unused } });
  const invalid = "accounts.example.com";
  await fails(["rules"], /base URL.*https:\/\//i, { env: { RELATCH_URL: invalid } });
  await fails([], /^Usage: /);
}

test("Node: the example requests a link, checks it and sets a password", LIMIT, async () => {
  const cwd = await app("node");
  const invoke = (args, options) => run(node, ["reset.js", ...args], { cwd, ...options });
  await resetPassword(invoke, { damaged: /^link_invalid: / });
});

const RUST_LIMIT = { timeout: 600_000 };

test("Rust: the example requests a link, checks it and sets a password", RUST_LIMIT, async () => {
  const sources = join(js, "examples", "rust");
  const args = ["metadata", "--format-version=1", "--no-deps", "--offline"];
  const output = await runOrThrow("cargo", args, { cwd: sources });
  const metadata = JSON.parse(output);
  const workspace = join(metadata.workspace_root, "");
  assert.equal(workspace, join(sources, ""), "the example is not a member of the workspace");
  const dependency = metadata.packages[0].dependencies.find(({ name }) => name === "relatch");
  assert.equal(dependency.path, join(root, "sdk"));

  // The copy has the repository's lock file, profile and target folder, so that it reuses the
  // dependencies that `cargo test` has compiled.
  const cwd = copy("rust");
  const manifest = parse(readFileSync(join(cwd, "Cargo.toml"), "utf8"));
  manifest.dependencies.relatch.path = join(root, "sdk");
  const { dev } = parse(readFileSync(join(root, "Cargo.toml"), "utf8")).profile;
  const packages = Object.entries(dev.package).filter(([name]) => !name.startsWith("relatch-"));
  manifest.profile = { dev: { ...dev, package: Object.fromEntries(packages) } };
  writeFileSync(join(cwd, "Cargo.toml"), stringify(manifest));
  copyFileSync(join(root, "Cargo.lock"), join(cwd, "Cargo.lock"));
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const build = { cwd, env: { CARGO_TARGET_DIR: target }, ...RUST_LIMIT };
  const cargo = [join(root, "edge/tools/environment.sh"), "cargo", "build", "--quiet", "--offline"];
  await runOrThrow("sh", cargo, build);
  const invoke = (args, options) => run(join(target, "debug", "relatch-example"), args, options);
  await resetPassword(invoke, { damaged: /link|token/i });
});

/**
 * Requests a link through a back end for a visitor with an address, which its event then has.
 *
 * - `forgot(identifier, address)`: sends the form of the back end
 */
async function callsForVisitor(relatch, forgot) {
  const { ServerClient } = await import(join(js, "dist", "server.js"));
  const server = new ServerClient(relatch.base, { key: relatch.serverKey });
  const account = await relatch.createAccount();
  assert.deepEqual(await forgot(account.username, "203.0.113.7"), [200, { message: SENT }]);
  assert.ok(await relatch.receiveLink(account));
  const sent = async () => {
    const events = await server.events({ account: String(account.id) });
    return events.find(({ event }) => event === "link_sent");
  };
  for (const end = Date.now() + 30_000; Date.now() < end && !(await sent()); ) await sleep(200);
  const { address, reportedBy } = await sent();
  assert.deepEqual([address, reportedBy], ["203.0.113.7", "demo"]);
}

test("a Worker: wrangler bundles the example, and its first two calls succeed", LIMIT, async () => {
  const relatch = await service();
  const cwd = await app("worker");
  const port = String(await freePort());
  const address = ["--ip", "127.0.0.1", "--port", port, "--inspector-port", "0"];
  const values = { RELATCH_URL: relatch.base, RELATCH_KEY: relatch.serverKey };
  const variables = Object.entries(values).flatMap(([name, value]) => [
    "--var",
    `${name}:${value}`,
  ]);
  const stop = await start(/Ready on/, [...wrangler, "dev", ...address, ...variables], { cwd });
  const worker = `http://127.0.0.1:${port}`;
  // Both are in flight while the Worker still loads the WebAssembly.
  const rules = await Promise.all([1, 2].map(async () => (await fetch(`${worker}/rules`)).json()));
  assert.deepEqual(rules, Array(2).fill({ minLength: 15, maxLength: 128 }));

  const account = await relatch.createAccount();
  const forgot = async (identifier, address) => {
    const body = new URLSearchParams({ identifier });
    const headers = address ? { "CF-Connecting-IP": address } : {};
    const response = await fetch(`${worker}/forgot`, { method: "POST", body, headers });
    return [response.status, await response.json()];
  };
  assert.deepEqual(await forgot(account.email), [200, { message: SENT }]);
  assert.ok(await relatch.receiveLink(account));
  const [status, { code }] = await forgot("a control\u0007character");
  assert.deepEqual([status, code], [400, "request_invalid"]);
  assert.equal((await fetch(worker)).status, 404);
  await callsForVisitor(relatch, forgot);
  await stop();
});

test("axum: the example requests links for its visitors", RUST_LIMIT, async () => {
  const relatch = await service();
  const environment = join(root, "edge/tools/environment.sh");
  const example = ["-p", "relatch", "--features", "native", "--example", "axum"];
  await runOrThrow("sh", [environment, "cargo", "build", "--quiet", "--offline", ...example], {
    ...RUST_LIMIT,
  });
  const port = String(await freePort());
  const env = {
    RELATCH_URL: relatch.base,
    RELATCH_KEY: relatch.serverKey,
    PROXY_HEADER: "x-real-ip",
    PORT: port,
  };
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  // A small program, because the tests start programs of Node.
  const script = `
    const { spawn } = require("node:child_process");
    const child = spawn(${JSON.stringify(join(target, "debug", "examples", "axum"))}, { stdio: "inherit" });
    process.once("SIGTERM", () => child.kill());
    child.once("exit", () => process.exit());
  `;
  const stop = await start(/^Listening on/, ["--eval", script], { env });
  const backEnd = `http://127.0.0.1:${port}`;
  const rules = await (await fetch(`${backEnd}/rules`)).json();
  assert.deepEqual([rules.min_length, rules.max_length], [15, 128]);
  const forgot = async (identifier, address) => {
    const body = new URLSearchParams({ identifier });
    const headers = address ? { "X-Real-IP": address } : {};
    const response = await fetch(`${backEnd}/forgot`, { method: "POST", body, headers });
    return [response.status, await response.json()];
  };
  await callsForVisitor(relatch, forgot);
  assert.deepEqual(await forgot("nobody"), [200, { message: SENT }]);
  const [status, { code }] = await forgot("nobody", "10.0.0.1");
  assert.deepEqual([status, code], [400, "request_invalid"]);
  await stop();
});
