// The options of createRelatch that replace a port, in Workers that mount the package relatch-worker:
// the directory of docs/hooks-ports.md, and functions that fail on demand.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { NEW_PASSWORD } from "./steps.mjs";
import {
  block,
  createWorker,
  invoke,
  LIMIT,
  post,
  serve,
  settings,
  sql,
  tokenOf,
} from "./workers.mjs";
import { edge, end, inbox } from "./world.mjs";

after(end);

const EVENTS = readFileSync(join(edge, "migrations", "0002_events.sql"), "utf8");

test("the directory of the document resets a password without a database `DB`", LIMIT, async () => {
  const config = settings("edge/README.md");
  config.d1_databases = ["PEOPLE", "EVENTS_DB"].map((binding) => ({
    binding,
    database_name: binding.toLowerCase(),
  }));
  const files = {
    "index.js": block("docs/hooks-ports.md", "js"),
    "wrangler.json": JSON.stringify(config),
  };
  const cwd = await createWorker("directory", files);
  const account = { email: "Ada@mail.example" };
  const tables = `
    CREATE TABLE people (id INTEGER PRIMARY KEY, handle TEXT, email TEXT, hash TEXT, role TEXT, blocked INTEGER);
    CREATE TABLE logins (id TEXT PRIMARY KEY, person INTEGER);
    INSERT INTO people VALUES (7, 'ada', '${account.email}', 'unknown', 'user', 0);
    INSERT INTO people VALUES (8, 'bob', 'bob@mail.example', 'unknown', 'user', 1);
    INSERT INTO logins VALUES ('phone', 7), ('laptop', 8);`;
  writeFileSync(join(cwd, "people.sql"), tables);
  const migration = readFileSync(join(edge, "migrations", "0005_event_retention.sql"), "utf8");
  writeFileSync(join(cwd, "events.sql"), EVENTS + migration);
  await invoke(cwd, "d1", "execute", "PEOPLE", "--local", "--file", "people.sql");
  await invoke(cwd, "d1", "execute", "EVENTS_DB", "--local", "--file", "events.sql");
  const origin = await serve(cwd, (origin) => ({ PUBLIC_URL: origin }));

  const health = await fetch(`${origin}/healthz`);
  assert.equal(health.status, 200, await health.text());
  for (const identifier of ["bob", "ADA"])
    assert.equal((await post(`${origin}/password/reset/request`, { identifier })).status, 200);
  const token = tokenOf(await (await inbox()).receiveLink(account));
  const confirm = { token, password: NEW_PASSWORD };
  const response = await post(`${origin}/password/reset/confirm`, confirm);
  assert.equal(response.status, 200, JSON.stringify(response));
  const people = await sql(cwd, "PEOPLE", "SELECT hash FROM people ORDER BY id");
  assert.match(people[0].hash, /^\$argon2id\$/);
  assert.equal(people[1].hash, "unknown");
  assert.deepEqual(await sql(cwd, "PEOPLE", "SELECT id FROM logins"), [{ id: "laptop" }]);
  assert.equal((await post(`${origin}/password/reset/confirm`, confirm)).status, 200);
});

/** A Worker whose directory, mailer and passwords are in memory, and fail on demand. */
const SWITCHED = `
  import { createRelatch } from "relatch-worker";
  const person = (id) =>
    [id, { id, username: "p" + id, email: "p" + id + "@mail.example", passwordHash: "old", role: "user", disabled: false }];
  const state = { accounts: new Map(["1", "2", "3", "4", "5", "6"].map(person)), sessions: new Map(), mails: [], lines: [] };
  for (const id of state.accounts.keys()) state.sessions.set(id, ["phone"]);
  const { error } = console;
  console.error = (line) => { state.lines.push(String(line)); error(line); };
  let faults = {};
  async function act(name, right) {
    const fault = faults[name];
    if (fault === "throw") throw new RangeError("the secret");
    if (fault === "hang") return new Promise(() => {});
    return fault === undefined ? right() : fault;
  }
  const directory = (compares) => () => ({
    find: ({ by, name }) =>
      act("find", () => [...state.accounts.values()].filter((account) => account[by].toLowerCase() === name)),
    account: (id) => act("account", () => state.accounts.get(id)),
    setPassword: ({ id, passwordHash, expected, deadline }) =>
      act("setPassword", () => {
        const account = state.accounts.get(id);
        const isSame = Object.entries(expected).every(([field, value]) => account[field] === value);
        if (compares && !(isSame && Date.now() < deadline)) return false;
        state.accounts.set(id, { ...account, passwordHash });
        return true;
      }),
    revokeSessions: (id) => act("revokeSessions", () => state.sessions.delete(id)),
  });
  const mailer = () => ({
    send: (mail) => act("send", () => (state.mails.push(mail), { accepted: true, id: "id-1" })),
  });
  const digest = async (salt, password) => {
    const bytes = new TextEncoder().encode(salt + password);
    return salt + "." + btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))));
  };
  const passwords = {
    hash: (password) => act("hash", () => digest(crypto.randomUUID(), password)),
    verify: async (password, hash) => hash === (await digest(hash.split(".")[0], password)),
    check: (password, { username }) => act("check", () => (password.includes("our name") ? ["Not our name, " + username + "."] : [])),
  };
  const named = (suffix) => ({ intake: "INTAKE" + suffix, mailbox: "MAILBOX" + suffix, passwordChange: "CHANGE" + suffix });
  const instances = {
    right: createRelatch({ basePath: "/right", directory: directory(true), mailer, passwords }),
    blind: createRelatch({ basePath: "/blind", bindings: named("_2"), directory: directory(false), mailer }),
    plain: createRelatch({
      basePath: "/plain",
      bindings: named("_3"),
      directory: directory(true),
      mailer,
      passwords: { hash: (password) => password, verify: (password, hash) => password === hash },
    }),
    wrong: createRelatch({ basePath: "/wrong", bindings: named("_4"), directory: () => ({}), mailer: () => { throw new RangeError("the secret"); } }),
  };
  export const { Intake, Mailbox, PasswordChange } = instances.right;
  export const { Intake: Intake2, Mailbox: Mailbox2, PasswordChange: Change2 } = instances.blind;
  export const { Intake: Intake3, Mailbox: Mailbox3, PasswordChange: Change3 } = instances.plain;
  export const { Intake: Intake4, Mailbox: Mailbox4, PasswordChange: Change4 } = instances.wrong;
  export default {
    async fetch(request, env, context) {
      const name = new URL(request.url).pathname.split("/")[1];
      if (name === "faults") {
        faults = await request.json();
        return Response.json({});
      }
      if (name === "state")
        return Response.json({ ...state, accounts: Object.fromEntries(state.accounts), sessions: Object.fromEntries(state.sessions) });
      return instances[name].fetch(request, env, context);
    },
  };`;

test("functions that fail, hang or return something else use nothing up", LIMIT, async () => {
  const config = settings("edge/README.md");
  config.d1_databases = [{ binding: "EVENTS_DB", database_name: "events" }];
  for (const number of [2, 3, 4])
    for (const [name, kind] of [
      ["INTAKE", "Intake"],
      ["MAILBOX", "Mailbox"],
      ["CHANGE", "Change"],
    ]) {
      const class_name = `${kind}${number}`;
      config.durable_objects.bindings.push({ name: `${name}_${number}`, class_name });
      config.migrations[0].new_sqlite_classes.push(class_name);
    }
  const files = { "index.js": SWITCHED, "wrangler.json": JSON.stringify(config) };
  const cwd = await createWorker("switched", files);
  const migration = readFileSync(join(edge, "migrations", "0005_event_retention.sql"), "utf8");
  writeFileSync(join(cwd, "events.sql"), EVENTS + migration);
  await invoke(cwd, "d1", "execute", "EVENTS_DB", "--local", "--file", "events.sql");
  const origin = await serve(cwd, (origin) => ({ PUBLIC_URL: origin, MAIL_SERVER: "" }));

  const state = async () => (await fetch(`${origin}/state`)).json();
  const fail = (faults) => post(`${origin}/faults`, faults);
  const request = async (instance, id) => {
    const body = { username: `p${id}` };
    assert.equal((await post(`${origin}/${instance}/password/reset/request`, body)).status, 200);
  };
  const until = async (what, isDone) => {
    for (let tries = 0; tries < 60; tries++) {
      const found = isDone(await state());
      if (found) return found;
      await sleep(250);
    }
    throw new Error(`${what}: ${JSON.stringify((await state()).lines)}`);
  };
  const mailTo = (id) =>
    until(`a mail to p${id}`, ({ mails }) => mails.find(({ to }) => to === `p${id}@mail.example`));
  const line = (text) => until(text, ({ lines }) => lines.includes(text));
  const confirm = async (instance, token, password = NEW_PASSWORD) => {
    const body = { token, password };
    const answer = await post(`${origin}/${instance}/password/reset/confirm`, body);
    return [answer.status, answer.body.code, answer.body];
  };
  const tokenFor = async (instance, id) => {
    await request(instance, id);
    return tokenOf(/http\S+token=\S+/.exec((await mailTo(id)).text)[0]);
  };

  // Right use.
  assert.equal((await fetch(`${origin}/right/healthz`)).status, 200);
  const token = await tokenFor("right", 1);
  const { html, text, mime, idempotencyKey, ...mail } = await mailTo(1);
  assert.deepEqual(mail, {
    application: "default",
    to: "p1@mail.example",
    from: { name: "", address: "no-reply@example.com" },
    subject: mail.subject,
    headers: {
      "Message-ID": mail.headers["Message-ID"],
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
    },
  });
  assert.match(idempotencyKey, /^[\w-]{43}$/);
  assert.ok(html.includes(token) && text.includes(token) && mime.includes("\r\n\r\n--relatch-"));
  assert.ok(mime.includes(`Message-ID: ${mail.headers["Message-ID"]}\r\n`));

  // Before the first write: what fails is an outage, and the link works afterwards.
  for (const [faults, logged] of [
    [{ account: "throw" }, "hook `directory.account`: RangeError"],
    [{ account: "hang" }, "hook `directory.account`: timed out after 3 s"],
    [
      { account: { id: "1" } },
      "hook `directory.account`: `email` of an account must be a text or `null`",
    ],
    [{ check: "throw" }, "hook `passwords.check`: RangeError"],
    [{ check: "too easy" }, "hook `passwords.check`: the result must be an array of sentences"],
    [{ hash: "throw" }, "hook `passwords.hash`: RangeError"],
    [{ hash: 7 }, "hook `passwords.hash`: the result must be a text that is not empty"],
    [{ setPassword: "throw" }, "hook `directory.setPassword`: RangeError"],
    [
      { setPassword: 1 },
      "hook `directory.setPassword`: the result must be a Boolean: `true` if it wrote",
    ],
  ]) {
    await fail(faults);
    assert.deepEqual((await confirm("right", token)).slice(0, 2), [503, "unavailable"], logged);
    await line(logged);
  }
  await fail({});
  const [status, , rejected] = await confirm("right", token, "violet harbor tree of our name");
  assert.deepEqual([status, rejected.reasons], [422, ["custom"]]);
  assert.deepEqual(rejected.messages, { custom: "Not our name, p1." });
  assert.equal((await state()).accounts[1].passwordHash, "old");

  // The right write, and the same success again.
  assert.equal((await confirm("right", token))[0], 200);
  const { accounts, sessions } = await state();
  assert.match(accounts[1].passwordHash, /^[\w-]{36}\./);
  assert.equal(sessions[1], undefined);
  assert.equal((await confirm("right", token))[0], 200);
  assert.equal((await confirm("right", token, "another new passphrase"))[1], "link_used");

  // The write happened, and its sessions did not end: the outcome stays open until they do.
  const second = await tokenFor("right", 2);
  await fail({ revokeSessions: "throw" });
  assert.deepEqual((await confirm("right", second)).slice(0, 2), [409, "link_busy"]);
  assert.deepEqual((await confirm("right", second)).slice(0, 2), [409, "link_busy"]);
  assert.deepEqual((await state()).sessions[2], ["phone"]);
  await fail({});
  assert.equal((await confirm("right", second))[0], 200);
  assert.equal((await state()).sessions[2], undefined);

  // Mail.
  for (const [id, fault, logged] of [
    [3, "throw", "hook `mailer.send`: RangeError"],
    [
      4,
      undefined,
      "hook `mailer.send`: the result must be `{ accepted: true }` or `{ accepted: false, retry, reason }`",
    ],
    [
      5,
      { accepted: false, retry: false, reason: "blocked" },
      "mail: the hook `mailer` refused it: blocked",
    ],
  ]) {
    await fail({ send: fault ?? "sent" });
    await request("right", id);
    await line(logged);
  }
  await fail({});

  // A directory that does not compare, and a hasher without a salt, change nothing.
  for (const [instance, id, logged] of [
    [
      "blind",
      6,
      "configuration: hook `directory`: `setPassword` must compare `expected.email`, but writes although it differs",
    ],
    [
      "plain",
      5,
      "configuration: hook `passwords`: `hash` must use a random salt, but two hashes of a password are equal",
    ],
  ]) {
    const token = await tokenFor(instance, id);
    assert.deepEqual((await confirm(instance, token)).slice(0, 2), [503, "unavailable"], instance);
    await line(logged);
    assert.equal((await confirm(instance, token))[1], "misconfigured", instance);
    assert.equal((await fetch(`${origin}/${instance}/healthz`)).status, 503, instance);
    assert.equal((await state()).accounts[id].passwordHash, "old", instance);
  }

  assert.equal((await fetch(`${origin}/wrong/healthz`)).status, 503);
  await line(
    "configuration: the function `directory` must return an object with the function `find`",
  );
  await line("configuration: the function `mailer` threw RangeError");
  const { lines } = await state();
  assert.deepEqual(
    lines.filter((text) => text.includes("secret") || text.includes("must be bound")),
    [],
  );
  assert.deepEqual(
    lines.filter((text) => /p\d@mail/.test(text)),
    [],
  );
});
