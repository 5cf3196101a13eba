// The options of createRelatch (edge/options.mjs): how they are checked, and the environment that
// Rust reads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { environmentOf, readOptions } from "../../edge/options.mjs";

/** Returns the environment that Rust reads, with these options. */
const applied = (options, env) => environmentOf(readOptions(options), 7)(env);

test("the default environment is that of the host, with the options", () => {
  const env = { DB: {}, LINKS: {}, PUBLIC_URL: "https://example.com" };
  const {
    relatch: { outbound, ...relatch },
    ...rest
  } = applied(undefined, env);
  assert.deepEqual(Object.keys(outbound), ["captcha", "breaches"]);
  const bound = Object.entries(rest).filter(([, value]) => value !== undefined);
  assert.deepEqual(Object.fromEntries(bound), env);
  assert.equal(rest.DB, env.DB);
  assert.deepEqual(
    { ...relatch, bindings: relatch.bindings.DB },
    { instance: 7, mount: "", bindings: "DB", events: "events", errors: "", hooks: {} },
  );
});

test("a base path is the mount, and `/` mounts at the root", () => {
  for (const [basePath, mount] of [
    [undefined, ""],
    ["/", ""],
    ["/auth", "/auth"],
    ["/a/b-c.d_~1", "/a/b-c.d_~1"],
    ["/.auth", "/.auth"],
  ])
    assert.equal(readOptions({ basePath }).mount, mount);
});

test("an invalid option is a TypeError that names it", () => {
  const path = /^createRelatch: `basePath` must be a path/;
  for (const [options, message] of [
    [null, /`options` must be an object/],
    [{ basePath: "auth" }, /`basePath` must begin with `\/`/],
    [{ basePath: "" }, /`basePath` must begin with `\/`/],
    [{ basePath: "https://example.com/auth" }, /`basePath` must begin with `\/`/],
    [{ basePath: "/auth/" }, /`basePath` must not end with `\/`/],
    [{ basePath: "//" }, /`basePath` must not end with `\/`/],
    [{ basePath: "/a/../b" }, path],
    [{ basePath: "/.." }, path],
    [{ basePath: "/a/." }, path],
    [{ basePath: "//auth" }, path],
    [{ basePath: "/auth?x=1" }, path],
    [{ basePath: "/auth#x" }, path],
    [{ basePath: "/a b" }, path],
    [{ basePath: "/a%2e" }, path],
    [{ basePath: "/bücher" }, path],
    [{ basePath: "/a\n" }, path],
    [{ basePath: 1 }, path],
    [{ basepath: "/auth" }, /`basepath` is not an option. The options are `basePath`, /],
    [{ onReset: () => true }, /`onReset` is not an option/],
    [{ beforeRequest: null }, /`beforeRequest` must be a function: `\(call, env\) => /],
    [{ mayReset: true }, /`mayReset` must be a function: `\(account, env\) => true \| string`/],
    [{ render: "<p>" }, /`render` must be a function: `\(mail, env\) => \(\{ subject, text/],
    [{ onEvent: {} }, /`onEvent` must be a function: `\(event, env\) => void`/],
    [{ bindings: { db: "DB" } }, /`bindings.db` is not an option.* `database`, /],
    [{ bindings: { database: {} } }, /`bindings.database` must be the name of a binding/],
    [{ bindings: { intake: "" } }, /`bindings.intake` must be the name/],
    [{ bindings: "DB" }, /`bindings` must be an object/],
    [{ configuration: { PUBLIC_URL: "" } }, /`configuration` must be a function/],
    [{ tables: { users: "people" } }, /`tables.users` is not an option/],
    [{ tables: { events: "a b" } }, /`tables.events` must be a table name/],
    [{ tables: { events: 'events"' } }, /`tables.events`/],
  ])
    assert.throws(() => readOptions(options), { name: "TypeError", message });
});

test("a named binding takes the place of the default one", () => {
  const env = { DB: { own: true }, AUTH_DB: {}, EVENTS_DB: {} };
  const { relatch, ...rest } = applied({ bindings: { database: "AUTH_DB" } }, env);
  assert.equal(rest.DB, env.AUTH_DB);
  assert.equal(rest.AUTH_DB, env.AUTH_DB);
  assert.equal(rest.EVENTS_DB, env.EVENTS_DB);
  assert.equal(relatch.bindings.DB, "AUTH_DB");
  const swapped = applied({ bindings: { database: "EVENTS_DB", events: "DB" } }, env);
  assert.deepEqual([swapped.DB, swapped.EVENTS_DB], [env.EVENTS_DB, env.DB]);
});

test("an optional binding that an option names must exist", () => {
  const errors = (bindings) => applied({ bindings }, {}).relatch.errors;
  assert.equal(
    errors({ events: "AUDIT" }),
    "`AUDIT`, which `bindings.events` names, must be bound",
  );
  assert.equal(errors({ events: undefined }), "");
  // Rust checks it, with its kind.
  assert.equal(errors({ intake: "AUTH_INTAKE" }), "");
});

test("variables of the function come before those of the environment", () => {
  const DB = {};
  const env = { DB, APP_URL: "https://example.com", PUBLIC_URL: "x", CONTACT: "a", MAIL_PORT: 465 };
  const configuration = (env) => ({
    ...env,
    PUBLIC_URL: env.APP_URL,
    CONTACT: undefined,
    ALLOW_ADMINS: true,
  });
  const result = applied({ configuration }, env);
  assert.equal(result.PUBLIC_URL, env.APP_URL);
  assert.equal(result.CONTACT, undefined);
  assert.deepEqual([result.MAIL_PORT, result.ALLOW_ADMINS], ["465", "true"]);
  assert.equal(result.DB, DB);
  assert.equal(result.relatch.errors, "");
});

test("a function that fails is an error without its message", () => {
  const errors = (configuration) => applied({ configuration }, {}).relatch.errors;
  const fails = () => {
    throw new RangeError("the secret");
  };
  assert.equal(errors(fails), "the function `configuration` threw RangeError");
  const shape = /`configuration` must return an object of variables, not a promise$/;
  for (const result of [undefined, null, "text", [], Promise.resolve({})])
    assert.match(
      errors(() => result),
      shape,
    );
  const text = "the function `configuration` must return text for `CONTACT`";
  assert.equal(
    errors(() => ({ CONTACT: {} })),
    text,
  );
  assert.equal(
    errors(() => ({ CONTACT: () => "" })),
    text,
  );
});

test("the options are applied once for each environment", () => {
  let calls = 0;
  const configuration = () => ({ CALLS: String(++calls) });
  const environment = environmentOf(readOptions({ configuration }), 1);
  const [one, two] = [{}, {}];
  assert.equal(environment(one), environment(one));
  assert.notEqual(environment(one), environment(two));
  assert.equal(calls, 2);
});
