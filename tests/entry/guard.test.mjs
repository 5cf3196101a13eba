// The guard around Durable Objects (edge/guard.mjs, and its worker/src/alarm.mjs): what still works
// after Rust has panicked. Timers are Node's mock timers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ALARM_IDLE_MS, ALARM_RETRY_MS, guarded, STEP_GRACE_MS } from "../../edge/guard.mjs";

/**
 * Returns a guarded object and its storage.
 *
 * - `alarm`: the function that the object's alarm runs
 * - `set`: the time of the alarm that is stored at the beginning
 * - `fails`: whether setting an alarm fails
 */
function guardedObject(alarm, { set = null, fails = false } = {}) {
  const storage = {
    alarm: set,
    async getAlarm() {
      return this.alarm;
    },
    async setAlarm(at) {
      if (fails) throw new TypeError("no storage");
      this.alarm = at;
    },
  };
  const Guarded = guarded(
    "mailbox",
    class {
      constructor(_state, env) {
        this.env = env;
      }
      async call(command) {
        return command === "fail" ? undefined : `${this.env}: ${command}`;
      }
      alarm(report) {
        return alarm(report);
      }
    },
  );
  return { storage, object: new Guarded({ storage }, "env") };
}

/** Replaces `console.error`. Returns the list of the lines that are logged from now on. */
function captureLog(t) {
  const lines = [];
  t.mock.method(console, "error", (line) => lines.push(line));
  return lines;
}

test("a command is answered with the object's reply, and with 503 if it has none", async () => {
  const { object } = guardedObject(async () => {});
  const send = (body) => object.fetch(new Request("https://object/", { method: "POST", body }));
  const response = await send("a command");
  assert.deepEqual([response.status, await response.text()], [200, "env: a command"]);
  assert.equal((await send("fail")).status, 503);
});

test("an alarm that succeeds keeps the next alarm that it set and logs nothing", async (t) => {
  const lines = captureLog(t);
  const { storage, object } = guardedObject(async () => {}, { set: 7 });
  await object.alarm();
  assert.equal(storage.alarm, 7);
  assert.deepEqual(lines, []);
});

/** Lets the clock and then everything that waits for it pass. */
async function pass(t, millis) {
  t.mock.timers.tick(millis);
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
}

test("an alarm that hangs ends at the idle limit, and the next alarm is set", async (t) => {
  const lines = captureLog(t);
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000 });
  const { storage, object } = guardedObject(() => new Promise(() => {}));
  const ended = object.alarm();
  await pass(t, ALARM_IDLE_MS - 1);
  assert.equal(storage.alarm, null, "it does not end before the limit");
  await pass(t, 1);
  await ended;
  assert.equal(storage.alarm, 1_000 + ALARM_IDLE_MS + ALARM_RETRY_MS);
  assert.deepEqual(lines, ["mailbox: alarm timed out"]);
});

test("an alarm that reports its steps may take longer than the idle limit", async (t) => {
  const lines = captureLog(t);
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
  const { storage, object } = guardedObject(async (report) => {
    for (const limit of [60_000, 300_000, 60_000]) {
      report(limit);
      await sleep(limit);
      report();
      await sleep(ALARM_IDLE_MS - 2_000);
    }
  });
  const ended = object.alarm();
  for (let second = 0; second < 601; second += 1) await pass(t, 1_000);
  await ended;
  assert.equal(storage.alarm, null);
  assert.deepEqual(lines, []);
});

test("an alarm that panics in the middle of a step ends when the step would have", async (t) => {
  const lines = captureLog(t);
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  // After a panic nothing is reported and no promise of the instance settles.
  let report;
  const { storage, object } = guardedObject((reports) => {
    report = reports;
    report(300_000);
    return new Promise(() => {});
  });
  const ended = object.alarm();
  await pass(t, 300_000 + STEP_GRACE_MS - 1);
  assert.equal(storage.alarm, null, "the step may still end");
  await pass(t, 1);
  await ended;
  assert.equal(storage.alarm, 300_000 + STEP_GRACE_MS + ALARM_RETRY_MS);
  assert.deepEqual(lines, ["mailbox: alarm timed out"]);

  report(1_000);
  await pass(t, 10 * ALARM_IDLE_MS);
  assert.deepEqual(lines, ["mailbox: alarm timed out"], "a late report has no effect");
});

test("an alarm that fails sets the next one, and only the error's name is logged", async (t) => {
  const lines = captureLog(t);
  const error = new RangeError("peter@example.com");
  const rejects = async () => Promise.reject(error);
  const throws = () => {
    throw error;
  };
  for (const alarm of [rejects, throws]) {
    const { storage, object } = guardedObject(alarm);
    await object.alarm();
    assert.ok(storage.alarm > Date.now());
  }
  assert.deepEqual(lines, [
    "mailbox: alarm failed (RangeError)",
    "mailbox: alarm failed (RangeError)",
  ]);
});

test("an alarm that fails after it set the next one keeps that one", async (t) => {
  captureLog(t);
  const fails = async () => Promise.reject(new Error("x"));
  const { storage, object } = guardedObject(fails, { set: 7 });
  await object.alarm();
  assert.equal(storage.alarm, 7);
});

test("an alarm fails outward only if it failed and the next one cannot be set", async (t) => {
  captureLog(t);
  const { object } = guardedObject(async () => Promise.reject(new Error("x")), { fails: true });
  await assert.rejects(object.alarm(), TypeError);
});
