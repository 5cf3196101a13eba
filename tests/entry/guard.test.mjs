// The guard around alarms: what Rust cannot do for itself once it has panicked. Time is node's own mock, turned by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ALARM_DEADLINE_MS, WAKE_AGAIN_MS, guarded } from "../../edge/guard.mjs";

/** An object whose alarm does this, over a storage that remembers its alarm. */
function object(alarm, { set = null, fails = false } = {}) {
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
  const Guarded = guarded("desk", class {
    constructor(state, env) {
      this.env = env;
    }
    async call(command) {
      return command === "fail" ? undefined : `${this.env}: ${command}`;
    }
    alarm() {
      return alarm();
    }
  });
  return { storage, object: new Guarded({ storage }, "env") };
}

/** Keeps what is logged out of the report, and gives it back. */
function quiet(t) {
  const lines = [];
  t.mock.method(console, "error", (line) => lines.push(line));
  return lines;
}

test("a call's text is answered with a text, and with 503 where there is none", async () => {
  const { object: desk } = object(async () => {});
  const ask = (body) => desk.fetch(new Request("https://object/", { method: "POST", body }));
  const answered = await ask("a command");
  assert.deepEqual([answered.status, await answered.text()], [200, "env: a command"]);
  assert.equal((await ask("fail")).status, 503);
});

test("an alarm that ends well is left alone, and so is the next one that it set", async (t) => {
  const lines = quiet(t);
  const { storage, object: desk } = object(async () => {}, { set: 7 });
  await desk.alarm();
  assert.equal(storage.alarm, 7);
  assert.deepEqual(lines, []);
});

test("an alarm that hangs is given up at its deadline, and the object wakes again", async (t) => {
  const lines = quiet(t);
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000 });
  const { storage, object: desk } = object(() => new Promise(() => {}));
  const ended = desk.alarm();
  t.mock.timers.tick(ALARM_DEADLINE_MS - 1);
  await Promise.resolve();
  assert.equal(storage.alarm, null, "not before");
  t.mock.timers.tick(1);
  await ended;
  assert.equal(storage.alarm, 1_000 + ALARM_DEADLINE_MS + WAKE_AGAIN_MS);
  assert.deepEqual(lines, ["desk: alarm took too long"]);
});

test("an alarm that fails wakes the object again, never fails outward, and is logged by its kind alone", async (t) => {
  const lines = quiet(t);
  for (const alarm of [async () => Promise.reject(new RangeError("peter@example.com")), () => { throw new RangeError("peter@example.com"); }]) {
    const { storage, object: desk } = object(alarm);
    await desk.alarm();
    assert.ok(storage.alarm > Date.now());
  }
  assert.deepEqual(lines, ["desk: alarm failed (RangeError)", "desk: alarm failed (RangeError)"]);
});

test("an alarm that was set before it failed stays", async (t) => {
  quiet(t);
  const { storage, object: desk } = object(async () => Promise.reject(new Error("x")), { set: 7 });
  await desk.alarm();
  assert.equal(storage.alarm, 7);
});

test("where not even an alarm can be set, the runtime has to repeat this one", async (t) => {
  quiet(t);
  const { object: desk } = object(async () => Promise.reject(new Error("x")), { fails: true });
  await assert.rejects(desk.alarm(), TypeError);
});
