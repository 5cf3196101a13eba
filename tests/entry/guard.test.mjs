// The guard around Durable Objects (edge/guard.mjs): what still works after Rust has panicked.
// Timers are Node's mock timers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ALARM_DEADLINE_MS, ALARM_RETRY_MS, guarded } from "../../edge/guard.mjs";

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
      alarm() {
        return alarm();
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

test("an alarm that hangs ends at its deadline, and the next alarm is set", async (t) => {
  const lines = captureLog(t);
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000 });
  const { storage, object } = guardedObject(() => new Promise(() => {}));
  const ended = object.alarm();
  t.mock.timers.tick(ALARM_DEADLINE_MS - 1);
  await Promise.resolve();
  assert.equal(storage.alarm, null, "it does not end before the deadline");
  t.mock.timers.tick(1);
  await ended;
  assert.equal(storage.alarm, 1_000 + ALARM_DEADLINE_MS + ALARM_RETRY_MS);
  assert.deepEqual(lines, ["mailbox: alarm timed out"]);
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
