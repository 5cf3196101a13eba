// The Worker in Rust of sdk/examples/worker, which calls the service with the Rust client: built
// with the tool of workers-rs, and run under `wrangler dev`.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SENT } from "../package/steps.mjs";
import { LIMIT, runDev } from "../package/workers.mjs";
import { end, freePort, js, root, service } from "../package/world.mjs";
import { BUILD_LIMIT, buildWorker } from "./rust.mjs";

const VISITOR = "203.0.113.7";
let cwd;

after(end);

before(async () => {
  cwd = await buildWorker("sdk-worker", join(root, "sdk", "examples", "worker"));
}, BUILD_LIMIT);

/** Starts the Worker with these variables. Returns its origin. */
async function startWorker(values) {
  const port = await freePort();
  const variables = Object.entries(values).flatMap(([name, value]) => [
    "--var",
    `${name}:${value}`,
  ]);
  await runDev(cwd, port, ...variables);
  return `http://127.0.0.1:${port}`;
}

/** Sends the form of the Worker as a visitor with this address. */
async function forgot(origin, identifier, address) {
  const body = new URLSearchParams({ identifier });
  const headers = address ? { "CF-Connecting-IP": address } : {};
  const response = await fetch(`${origin}/forgot`, { method: "POST", body, headers });
  return [response.status, await response.json()];
}

test("with a key, the Worker requests links for its visitors", LIMIT, async () => {
  const relatch = await service();
  const origin = await startWorker({ RELATCH_URL: relatch.base, RELATCH_KEY: relatch.serverKey });
  const rules = await (await fetch(`${origin}/rules`)).json();
  assert.deepEqual([rules.min_length, rules.max_length], [15, 128]);

  const account = await relatch.createAccount();
  assert.deepEqual(await forgot(origin, account.username, VISITOR), [200, { message: SENT }]);
  assert.ok(await relatch.receiveLink(account));
  const { ServerClient } = await import(join(js, "dist", "server.js"));
  const server = new ServerClient(relatch.base, { key: relatch.serverKey });
  const sent = async () => {
    const events = await server.events({ account: String(account.id) });
    return events.find(({ event }) => event === "link_sent");
  };
  for (const end = Date.now() + 30_000; Date.now() < end && !(await sent()); ) await sleep(200);
  const { address, reportedBy } = await sent();
  assert.deepEqual([address, reportedBy], [VISITOR, "demo"]);

  assert.deepEqual(await forgot(origin, "nobody"), [200, { message: SENT }]);
  const [status, { code }] = await forgot(origin, "nobody", "10.0.0.1");
  assert.deepEqual([status, code], [400, "request_invalid"]);
  assert.equal((await fetch(origin)).status, 404);
});

test("without a key, and without a service", LIMIT, async () => {
  const relatch = await service();
  const origin = await startWorker({ RELATCH_URL: relatch.base });
  assert.deepEqual(await forgot(origin, "nobody", VISITOR), [200, { message: SENT }]);
  const [status, { code }] = await forgot(origin, "a control\u0007character");
  assert.deepEqual([status, code], [400, "request_invalid"]);

  const unused = `http://127.0.0.1:${await freePort()}`;
  const alone = await startWorker({ RELATCH_URL: unused });
  assert.equal((await fetch(`${alone}/rules`)).status, 502);
});
