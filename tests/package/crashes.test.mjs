// Functions of createRelatch that run when the process is killed: each is called again after the
// restart. Their data are in a service that runs in the process of the test, so that it outlives
// the Worker as the systems of a team do.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { NEW_PASSWORD } from "./steps.mjs";
import {
  createWorker,
  invoke,
  post,
  runDevToKill,
  settings,
  tokenOf,
  writeVariables,
} from "./workers.mjs";
import { edge, end, freePort } from "./world.mjs";

after(end);

const WORKER = `
  import { createRelatch } from "relatch-worker";
  const ask = async (env, name, value) => {
    const response = await fetch(env.TEAM + "/" + name, { method: "POST", body: JSON.stringify(value ?? null) });
    return response.json();
  };
  const relatch = createRelatch({
    mayReset: (account, env) => ask(env, "mayReset", account),
    render: (mail, env) => ask(env, "render", mail),
    onEvent: (event, env) => ask(env, "onEvent", event),
    mailer: (env) => ({ send: (mail) => ask(env, "send", mail) }),
    directory: (env) => ({
      find: (query) => ask(env, "find", query),
      account: (id) => ask(env, "account", id),
      setPassword: (change) => ask(env, "setPassword", change),
      revokeSessions: (id) => ask(env, "revokeSessions", id),
    }),
  });
  export const { Intake, Mailbox, PasswordChange } = relatch;
  export default { fetch: relatch.fetch };`;

/** The systems of the team that deploys the Worker, and the calls that they answered. */
class Team {
  account = {
    id: "7",
    username: "ada",
    email: "ada@crashes.example",
    passwordHash: "old",
    role: "user",
    disabled: false,
  };
  sessions = ["phone"];
  #calls = [];
  #hold;
  #expected = [];
  #resumed = Promise.withResolvers();
  #server = createServer((request, response) => this.#respond(request, response));
  #functions = {
    mayReset: () => true,
    render: (mail) => mail,
    onEvent: () => null,
    send: () => ({ accepted: true, id: "id-1" }),
    find: ({ by, name }) => (this.account[by] === name ? [this.account] : []),
    account: () => this.account,
    setPassword: ({ passwordHash, expected, deadline }) => {
      const isSame = Object.entries(expected).every(
        ([name, value]) => this.account[name] === value,
      );
      if (!isSame || Date.now() >= deadline) return false;
      this.account = { ...this.account, passwordHash };
      return true;
    },
    revokeSessions: () => {
      this.sessions = [];
      return null;
    },
  };

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  close() {
    this.#server.close().closeAllConnections();
  }

  /**
   * Runs the next wanted call of a function whose result is not `false`, and does not answer it.
   * Resolves to its argument. From then on every call waits, until `hold`, `answered` or `resume` is
   * called.
   */
  hold(name, isWanted = () => true) {
    const { promise, resolve } = Promise.withResolvers();
    this.#hold = { name, isWanted, resolve };
    this.resume();
    return promise;
  }

  resume() {
    this.#resumed.resolve();
  }

  /** Waits for an answered call of a function, also an earlier one. Returns its argument. */
  answered(name, isWanted = () => true) {
    this.resume();
    const found = this.#calls.find((call) => call.name === name && isWanted(call.value));
    if (found) return Promise.resolve(found.value);
    const { promise, resolve } = Promise.withResolvers();
    this.#expected.push({ name, isWanted, resolve });
    return promise;
  }

  async #respond(request, response) {
    const name = request.url.slice(1);
    let body = "";
    for await (const chunk of request) body += chunk;
    await this.#resumed.promise;
    if (response.destroyed) return;
    const value = JSON.parse(body);
    const result = this.#functions[name](value);
    const isHeld = this.#hold?.name === name && this.#hold.isWanted(value);
    if (isHeld && result !== false) {
      this.#hold.resolve(value);
      this.#hold = undefined;
      this.#resumed = Promise.withResolvers();
      return;
    }
    this.#calls.push({ name, value });
    for (const call of this.#expected)
      if (call.name === name && call.isWanted(value)) call.resolve(value);
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(result));
  }
}

test("a function that runs when the process is killed is called again", {
  timeout: 300_000,
}, async () => {
  const team = new Team();
  after(() => team.close());
  const config = settings("edge/README.md");
  config.d1_databases = [{ binding: "EVENTS_DB", database_name: "events" }];
  const cwd = await createWorker("crashes", {
    "index.js": WORKER,
    "wrangler.json": JSON.stringify(config),
  });
  const migrations = ["0002_events.sql", "0005_event_retention.sql"].map((name) =>
    readFileSync(join(edge, "migrations", name), "utf8"),
  );
  writeFileSync(join(cwd, "events.sql"), migrations.join("\n"));
  await invoke(cwd, "d1", "execute", "EVENTS_DB", "--local", "--file", "events.sql");
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const variables = { PUBLIC_URL: origin, MAIL_SERVER: "", TEAM: await team.listen() };
  await writeVariables(cwd, variables);

  let kill = await runDevToKill(cwd, port);
  after(() => kill().catch(() => {}));
  const crashDuring = async (name, isWanted) => {
    const value = await team.hold(name, isWanted);
    await kill();
    kill = await runDevToKill(cwd, port);
    return value;
  };

  // From the request to the event of its mail. `send` is not among them: it is called again five
  // minutes later, because the first call may have sent the mail.
  const asked = crashDuring("mayReset");
  const request = await post(`${origin}/password/reset/request`, { username: "ada" });
  assert.equal(request.status, 200);
  await asked;
  const rendered = await crashDuring("render");
  const event = await crashDuring("onEvent", ({ event }) => event === "link_sent");
  assert.equal(event.account, "7");
  assert.deepEqual(await team.answered("onEvent", ({ id }) => id === event.id), event);
  const mail = await team.answered("send");
  assert.equal(mail.subject, rendered.subject);

  // The write happened, and its answer was lost with the process.
  const confirm = { token: tokenOf(/http\S+token=\S+/.exec(mail.text)[0]), password: NEW_PASSWORD };
  const written = crashDuring("setPassword");
  const lost = post(`${origin}/password/reset/confirm`, confirm).catch(() => undefined);
  await written;
  await lost;
  team.resume();
  const isDone = async () => {
    const { status, body } = await post(`${origin}/password/reset/confirm`, confirm);
    assert.ok(status === 200 || body.code === "link_busy", JSON.stringify(body));
    return status === 200;
  };
  while (!(await isDone())) await sleep(1000);
  assert.match(team.account.passwordHash, /^\$argon2id\$/);
  assert.deepEqual(team.sessions, []);
  await team.answered("onEvent", ({ event }) => event === "password_reset");
});
