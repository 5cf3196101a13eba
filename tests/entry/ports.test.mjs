// The options of createRelatch that replace a port (edge/ports.mjs): how they are checked, and the
// functions that Rust calls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { environmentOf, readOptions } from "../../edge/options.mjs";

const account = { id: "3", email: null, passwordHash: "h", role: "user", disabled: false };
const directory = {
  find: () => [account],
  account: () => account,
  setPassword: () => true,
  revokeSessions: () => {},
};

/** Returns the options as Rust reads them. */
const applied = (options, env = {}) => environmentOf(readOptions(options), 1)(env).relatch;
const hooksOf = (options) => applied(options).hooks;
const call = (hooks, name, value) => hooks[name]({ application: "shop", value });

test("an invalid option is a TypeError that names it", () => {
  for (const [options, message] of [
    [{ directory }, /`directory` must be a function of `env`: `\(env\) => \(\{ find, /],
    [{ directory: null }, /`directory` must be a function/],
    [{ mailer: { send() {} } }, /`mailer` must be a function of `env`/],
    [{ passwords: () => ({}) }, /`passwords` must be an object/],
    [{ passwords: null }, /`passwords` must be an object/],
    [{ passwords: { hash: true } }, /`passwords.hash` must be a function/],
    [{ passwords: { rules() {} } }, /`passwords.rules` is not an option. .* `check`/],
    [{ passwords: { hash() {} } }, /`passwords.verify` must be set/],
    [{ passwords: { verify() {} } }, /`passwords.hash` must be set/],
  ])
    assert.throws(() => readOptions(options), { name: "TypeError", message });
});

test("what a function of the environment returns is checked once, and named in an error", () => {
  const error = (port, value) => applied({ [port]: () => value }).errors;
  const without = (name) => ({ ...directory, [name]: undefined });
  for (const [port, value, message] of [
    ["directory", undefined, "`directory` must return an object of functions, not a promise"],
    ["directory", Promise.resolve(directory), "`directory` must return an object of functions, "],
    ["directory", without("find"), "`directory` must return an object with the function `find`"],
    ["directory", without("setPassword"), "`directory` must return .* `setPassword`"],
    ["directory", without("revokeSessions"), "`revokeSessions`, or `false` if sessions are kept"],
    ["directory", { ...directory, verify: true }, "`directory` must return `verify` as a function"],
    ["directory", { ...directory, authenticate() {} }, "both `authenticate` and"],
    ["directory", { ...directory, revokeOtherSessions() {} }, "both `authenticate` and"],
    [
      "directory",
      { ...directory, revokeSessions: false, authenticate() {}, revokeOtherSessions() {} },
      "`revokeOtherSessions` as `false` as well",
    ],
    ["directory", { ...directory, usernames: 0 }, "`directory` must return `usernames` as"],
    ["mailer", {}, "`mailer` must return an object with the function `send`"],
    ["mailer", Promise.resolve({ send() {} }), "`mailer` must return an object with the function"],
  ])
    assert.match(error(port, value), new RegExp(`^the function .*${message}`));
  const throws = () => {
    throw new RangeError("the secret");
  };
  assert.equal(applied({ directory: throws }).errors, "the function `directory` threw RangeError");
  // Rust needs no database in place of a directory that is wrong.
  assert.equal(hooksOf({ directory: throws }).directory, true);

  for (const value of [
    directory,
    { ...directory, revokeSessions: false, usernames: false },
    { ...directory, authenticate() {}, revokeOtherSessions() {} },
    { ...directory, authenticate() {}, revokeOtherSessions: false },
    { ...directory, revokeSessions: false, authenticate() {}, revokeOtherSessions: false },
  ])
    assert.equal(error("directory", value), "");
});

test("the functions of a directory get their values and the application", async () => {
  const calls = [];
  class People {
    find(...values) {
      return this.note("find", values, [account]);
    }
    note(name, values, result) {
      calls.push([name, ...values]);
      return result;
    }
    account = async (...values) => this.note("account", values, null);
    setPassword = (...values) => this.note("setPassword", values, false);
    verify = (...values) => this.note("verify", values, true);
    revokeSessions = (...values) => this.note("revokeSessions", values, { changes: 2 });
    revokeOtherSessions = (...values) => this.note("revokeOtherSessions", values, 1);
    authenticate = (...values) => this.note("authenticate", values, undefined);
  }
  const hooks = hooksOf({ directory: () => new People() });
  const subject = { id: "3", session: "s", password: "p" };
  const found = await call(hooks, "directory.find", { by: "email" });
  assert.deepEqual(
    found.map(({ id }) => id),
    ["3"],
  );
  assert.equal(await call(hooks, "directory.account", subject), undefined);
  assert.equal(await call(hooks, "directory.setPassword", { id: "3" }), false);
  assert.equal(await call(hooks, "directory.verify", subject), true);
  assert.equal(await call(hooks, "directory.revokeSessions", subject), undefined);
  assert.equal(await call(hooks, "directory.revokeOtherSessions", subject), undefined);
  assert.equal(await call(hooks, "directory.authenticate", subject), undefined);
  const context = { application: "shop" };
  assert.deepEqual(calls, [
    ["find", { by: "email" }, context],
    ["account", "3", context],
    ["setPassword", { id: "3" }, context],
    ["verify", "3", "p", context],
    ["revokeSessions", "3", context],
    ["revokeOtherSessions", "3", "s", context],
    ["authenticate", "s", context],
  ]);
});

test("a function that is left out is not called, and its absence is known", () => {
  const minimal = hooksOf({
    directory: () => ({ ...directory, revokeSessions: false, usernames: false }),
  });
  for (const name of ["verify", "revokeSessions", "revokeOtherSessions", "authenticate"])
    assert.equal(minimal[`directory.${name}`], undefined, name);
  assert.equal(minimal["directory.usernames"], false);
  assert.equal(hooksOf({ directory: () => directory })["directory.usernames"], true);
  assert.deepEqual(hooksOf({ directory: undefined, mailer: undefined, passwords: undefined }), {});
});

/** Asserts that a call is rejected by an error whose name is the text for the log. */
const assertWrong = (promise, pattern) =>
  assert.rejects(promise, ({ name, message }) => name === message && pattern.test(name));

test("a result of another shape is an error that names the field, without its value", async () => {
  for (const [changes, pattern] of [
    [{ id: 3 }, /^`id` of an account must be a text that is not empty$/],
    [{ id: "" }, /^`id` of an account/],
    [{ email: undefined }, /^`email` of an account must be a text or `null`$/],
    [{ passwordHash: undefined, password_hash: "h" }, /^`passwordHash` of an account/],
    [{ role: undefined }, /^`role` of an account/],
    [{ disabled: 0 }, /^`disabled` of an account must be a Boolean$/],
    [{ username: 7 }, /^`username` of an account/],
    [{ locale: ["de"] }, /^`locale` of an account must be a text, `null` or absent$/],
  ]) {
    const wrong = { ...account, ...changes };
    const hooks = hooksOf({
      directory: () => ({ ...directory, find: () => [account, wrong], account: () => wrong }),
    });
    await assertWrong(call(hooks, "directory.find", {}), pattern);
    await assertWrong(call(hooks, "directory.account", { id: "3" }), pattern);
  }
  const returning = (value) => {
    const answer = () => value;
    const names = ["find", "account", "setPassword", "verify", "authenticate"];
    const functions = Object.fromEntries(names.map((name) => [name, answer]));
    return hooksOf({
      directory: () => ({ ...directory, ...functions, revokeOtherSessions: false }),
    });
  };
  const value = { id: "3" };
  await assertWrong(
    call(returning(account), "directory.find", value),
    /^the result must be an array/,
  );
  await assertWrong(
    call(returning("x"), "directory.account", value),
    /^an account must be an object/,
  );
  await assertWrong(
    call(returning(1), "directory.setPassword", value),
    /^the result must be a Boolean/,
  );
  await assertWrong(
    call(returning(), "directory.setPassword", value),
    /^the result must be a Boolean/,
  );
  await assertWrong(
    call(returning("true"), "directory.verify", value),
    /^the result must be a Bool/,
  );
  await assertWrong(call(returning("s"), "directory.authenticate", value), /^a session must be /);
  const number = { account: "3", session: "s", passwordVersion: 1 };
  await assertWrong(call(returning(number), "directory.authenticate", value), /^`passwordVersion`/);
});

test("properties of an account that are not documented do not reach Rust", async () => {
  const row = { ...account, email: "a@b.example", name: "Ada", locale: "de", salary: 1 };
  const hooks = hooksOf({ directory: () => ({ ...directory, account: () => row }) });
  const { salary: _, ...documented } = row;
  const read = await call(hooks, "directory.account", { id: "3" });
  assert.deepEqual(read, { ...documented, username: undefined, verified: undefined });
  const unverified = hooksOf({
    directory: () => ({ ...directory, account: () => ({ ...row, verified: null }) }),
  });
  assert.equal((await call(unverified, "directory.account", { id: "3" })).verified, false);
});

test("the outcome of a mail is an acceptance or a refusal", async () => {
  const send = (result) => hooksOf({ mailer: () => ({ send: () => result }) })["mailer.send"]({});
  for (const [result, expected] of [
    [{ accepted: true }, { accepted: true, id: undefined }],
    [
      { accepted: true, id: "re_1", more: 1 },
      { accepted: true, id: "re_1" },
    ],
    [
      { accepted: false, retry: true, reason: "busy" },
      { accepted: false, retry: true, reason: "busy" },
    ],
    [
      { accepted: false, retry: false },
      { accepted: false, retry: false, reason: undefined },
    ],
  ])
    assert.deepEqual(await send(result), expected);
  for (const result of [undefined, null, true, "ok", {}, { accepted: 1 }, { accepted: false }])
    await assertWrong(send(result), /^the result must be `\{ accepted: true \}` or /);
});

test("the functions of passwords get their values, and their results are checked", async () => {
  const calls = [];
  const hooks = hooksOf({
    passwords: {
      hash: (...values) => calls.push(["hash", ...values]) && "a hash",
      verify: async (...values) => calls.push(["verify", ...values]) > 9,
      check: (...values) => calls.push(["check", ...values]) && ["Not this one."],
    },
  });
  const value = { application: "shop", password: "p", hash: "h", account: { id: "3" } };
  assert.equal(await hooks["passwords.hash"](value), "a hash");
  assert.equal(await hooks["passwords.verify"](value), false);
  assert.deepEqual(await hooks["passwords.check"](value), ["Not this one."]);
  const context = { application: "shop" };
  assert.deepEqual(calls, [
    ["hash", "p", context],
    ["verify", "p", "h", context],
    ["check", "p", { id: "3" }, context],
  ]);

  const returning = (result) => {
    const answer = () => result;
    return hooksOf({ passwords: { hash: answer, verify: answer, check: answer } });
  };
  for (const result of ["", undefined, 7])
    await assertWrong(returning(result)["passwords.hash"](value), /^the result must be a text/);
  await assertWrong(returning("x")["passwords.verify"](value), /^the result must be a Boolean/);
  for (const result of ["too short", [7], [" "], { reasons: [] }])
    await assertWrong(returning(result)["passwords.check"](value), /^the result must be an array/);
  assert.deepEqual(await returning(undefined)["passwords.check"](value), []);
  assert.equal(hooksOf({ passwords: { check() {} } })["passwords.hash"], undefined);
});
