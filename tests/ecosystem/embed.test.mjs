// The Worker in Rust of edge/worker/examples/embed, which embeds the service: built with the tool of
// workers-rs, and run under `wrangler dev`.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { NEW_PASSWORD } from "../package/steps.mjs";
import {
  block,
  COLUMNS,
  invoke,
  LIMIT,
  post,
  resetPassword,
  serve,
  sql,
  visit,
} from "../package/workers.mjs";
import { edge, end, importPackage } from "../package/world.mjs";
import { BUILD_LIMIT, buildWorker, copyAssets, exportsOf } from "./rust.mjs";

const example = join(edge, "worker", "examples", "embed");
const account = { id: 7, username: "ada", email: "ada@mail.example" };
const read = (...path) => readFileSync(join(edge, ...path), "utf8");
let cwd;
let origin;

const BREACHED = "a passphrase of a known breach";
/** The service that knows the breached password. */
const breaches = createServer((_, response) => {
  const hash = createHash("sha1").update(BREACHED).digest("hex").toUpperCase();
  response.end(`${hash.slice(5)}:3\r\n`);
});

after(end);
after(() => {
  breaches.closeAllConnections();
  breaches.close();
});

before(async () => {
  cwd = await buildWorker("embedded", example, { assets: { directory: "public" } });
  copyAssets(join(edge, "assets"), join(cwd, "public"), "auth");
  const migrations = readdirSync(join(edge, "migrations")).filter((name) => !/event/.test(name));
  const values = `${account.id}, '${account.username}', '${account.email}', '$2b$10$unknown', 'user', 0`;
  const tables = [
    ...migrations.sort().map((name) => read("migrations", name)),
    read("directories", "events.sql"),
    "CREATE TABLE events (id INTEGER PRIMARY KEY, title TEXT);",
    `INSERT INTO users (${COLUMNS}) VALUES (${values});`,
  ];
  writeFileSync(join(cwd, "tables.sql"), tables.join("\n"));
  await invoke(cwd, "d1", "execute", "AUTH_DB", "--local", "--file", "tables.sql");
  await new Promise((resolve) => breaches.listen(0, "127.0.0.1", resolve));
  const range = `http://127.0.0.1:${breaches.address().port}/range/`;
  origin = await serve(cwd, (origin) => ({ APP_URL: origin, BREACHED_PASSWORDS: range }));
}, BUILD_LIMIT);

/** Waits until an event of this kind is stored. */
async function waitForEvent(action) {
  for (let tries = 0; tries < 20; tries++) {
    const rows = await sql(cwd, "AUTH_DB", "SELECT action FROM relatch_events");
    if (rows.some((row) => row.action === action)) return;
    await sleep(500);
  }
  assert.fail(`no event ${action} was recorded`);
}

test(
  "the Worker answers its own paths, and the service those under the base path",
  LIMIT,
  async () => {
    const own = await visit(`${origin}/`);
    assert.deepEqual([own.status, own.text], [200, "The application"]);
    assert.equal((await visit(`${origin}/password/forgot`)).status, 404);
    assert.equal((await visit(`${origin}/auth/nothing`)).status, 404);
    for (const path of ["/auth", "/auth/", "/.well-known/change-password"]) {
      const { status, location } = await visit(`${origin}${path}`);
      assert.deepEqual([status, location], [303, "/auth/password/forgot"], path);
    }
    const { ResetClient } = await importPackage();
    assert.equal((await new ResetClient(`${origin}/auth`).rules()).minLength, 15);
  },
);

test("a password is reset by the API", LIMIT, async () => {
  await resetPassword(`${origin}/auth`, account);
  const query = `SELECT password_hash FROM users WHERE id = ${account.id}`;
  assert.match((await sql(cwd, "AUTH_DB", query))[0].password_hash, /^\$argon2id\$/);
  await waitForEvent("password_reset");
});

test("a change of a signed-in account runs in the third object", LIMIT, async () => {
  const sha256 = (text) => createHash("sha256").update(text).digest("hex");
  const session = "a-session-of-the-application";
  await sql(
    cwd,
    "AUTH_DB",
    `INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ('${sha256(session)}', ${account.id}, 0, 9999999999)`,
  );
  const bearer = { Authorization: `Bearer ${session}` };
  const breached = { old: NEW_PASSWORD, new: BREACHED };
  const refused = await post(`${origin}/auth/password/change`, breached, bearer);
  assert.deepEqual([refused.status, refused.body.reasons], [422, ["breached"]]);
  const body = { old: NEW_PASSWORD, new: "another passphrase for ada" };
  const changed = await post(`${origin}/auth/password/change`, body, bearer);
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  await waitForEvent("password_changed");
});

test("bodies of any length are answered", LIMIT, async () => {
  const headers = { "Content-Type": "application/json" };
  const statusOf = async (body, more) => {
    const init = { method: "POST", headers, body, ...more };
    return (await fetch(`${origin}/auth/password/reset/check`, init)).status;
  };
  assert.equal(await statusOf(""), 400);
  assert.equal(await statusOf("x".repeat(16 * 1024)), 400);
  assert.equal(await statusOf("x".repeat(16 * 1024 + 1)), 413);
  const stream = (size) =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(size));
        controller.close();
      },
    });
  assert.equal(await statusOf(stream(100), { duplex: "half" }), 400);
  assert.equal(await statusOf(stream(200_000), { duplex: "half" }), 413);
});

test("the module exports what the Worker declares, and nothing of the service", () => {
  const names = exportsOf(cwd);
  for (const name of ["Intake", "Mailbox", "PasswordChange", "default"])
    assert.equal(names.filter((other) => other === name).length, 1, `${name}: ${names}`);
});

test("the document shows the source and the versions of the example", () => {
  const document = "docs/embed.md";
  const source = readFileSync(join(example, "src", "lib.rs"), "utf8");
  assert.ok(source.includes(block(document, "rust")), "the Worker differs");
  const [, version] = /^worker = "(.*)"$/m.exec(block(document, "toml"));
  const workspace = readFileSync(join(edge, "..", "Cargo.toml"), "utf8");
  assert.match(workspace, new RegExp(`^worker = .*"${version.replaceAll(".", "\\.")}"`, "m"));
});
