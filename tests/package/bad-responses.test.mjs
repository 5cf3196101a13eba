// Calls to servers that answer badly or not at all, in Node, Chromium and workerd: each ends in
// time with the expected result or the expected `ResetError`.
import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { attempt } from "./attempt.mjs";
import { BAD_RESPONSES, badServer } from "./bad-responses.mjs";
import { ProcessEvents } from "./process-events.mjs";
import {
  app,
  end,
  freePort,
  importPackage,
  openPage,
  serve,
  start,
  tempPath,
  unpack,
  wrangler,
} from "./world.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const LIMIT = { timeout: 60_000 };
/** Enough for one attempt on a busy machine: the time-out of an attempt is 10 seconds. */
const MAX_CALL_MS = 30_000;
/** Errors that the browser logs about such servers. */
const NETWORK_ERROR = /^Failed to load resource|blocked by CORS policy/;

const cases = Object.entries(BAD_RESPONSES);

after(end);

describe("bad responses", () => {
  const events = new ProcessEvents();
  let server;

  before(async () => {
    events.start();
    server = await badServer();
  });
  after(() => {
    events.stop();
    server.stop();
  });

  /** Makes the call of every case with `act`, all at once. Returns their outcomes by name. */
  async function outcomes(act) {
    const all = cases.map(async ([name, { call, args, options }]) => {
      const started = performance.now();
      const outcome = await act({ base: server.base(name), call, args, options });
      const took = performance.now() - started;
      assert.ok(took < MAX_CALL_MS, `${name} took ${took} ms`);
      // As JSON, because the outcomes of other runtimes arrive as JSON.
      return [name, JSON.parse(JSON.stringify(outcome))];
    });
    return Object.fromEntries(await Promise.all(all));
  }

  /** Returns the expected outcomes by name. `hidden`: of the cases that browsers hide. */
  const expected = (hidden = {}) =>
    Object.fromEntries(
      cases.map(([name, bad]) => [name, { ...bad.outcome, ...(bad.hidden && hidden) }]),
    );

  const takeAttempts = () => cases.map(([name]) => [name, server.takeAttempts(name)]);

  test("Node: every outcome and number of attempts is as expected", LIMIT, async () => {
    const module = await importPackage();
    assert.deepEqual(await outcomes((what) => attempt(module, what)), expected());
    const attempts = cases.map(([name, { attempts = 1 }]) => [name, attempts]);
    assert.deepEqual(takeAttempts(), attempts);
    assert.deepEqual(server.redirected, []);
  });

  test("Chromium: every outcome is as in Node, but a redirect has no status", LIMIT, async () => {
    const folder = await unpack(tempPath("bad-responses"));
    copyFileSync(join(here, "attempt.mjs"), join(folder, "attempt.mjs"));
    writeFileSync(join(folder, "index.html"), "<!doctype html><title>Bad responses</title>");
    const { page, faults, close } = await openPage(await serve(folder));
    const act = (what) =>
      page.evaluate(async (what) => {
        const relatch = await import("/dist/browser.js");
        const { attempt } = await import("/attempt.mjs");
        return attempt(relatch, what);
      }, what);
    assert.deepEqual(await outcomes(act), expected({ status: 0 }));
    takeAttempts();
    assert.deepEqual(server.redirected, []);
    assert.deepEqual(
      faults.filter((fault) => !NETWORK_ERROR.test(fault)),
      [],
    );
    await close();
  });

  test("workerd: every outcome is as in Node", LIMIT, async () => {
    const worker = await app("bad-responses-worker", join(here, "worker"));
    copyFileSync(join(here, "attempt.mjs"), join(worker, "attempt.mjs"));
    const port = String(await freePort());
    const address = ["--ip", "127.0.0.1", "--port", port, "--inspector-port", "0"];
    const stop = await start(/Ready on/, [...wrangler, "dev", ...address], { cwd: worker });
    const url = `http://127.0.0.1:${port}/`;
    const act = async (what) =>
      (await fetch(url, { method: "POST", body: JSON.stringify(what) })).json();
    assert.deepEqual(await outcomes(act), expected());
    takeAttempts();
    assert.deepEqual(server.redirected, []);
    await stop();
  });

  test("no call leaves an unhandled rejection", async () => {
    await sleep(50);
    assert.deepEqual(events.rejections, []);
  });
});
