// The command `relatch-worker`, from the packed package.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "smol-toml";
import { findBasePath } from "../../edge/cli/base-path.mjs";
import { NEW_PASSWORD } from "./steps.mjs";
import {
  command,
  copyWorker,
  createWorker,
  insertAccount,
  LIMIT,
  post,
  readJsonc,
  resetPassword,
} from "./workers.mjs";
import { edge, end, freePort, node, run, start } from "./world.mjs";

after(end);

const PEERS = ["wrangler", "maildev"];
const COMMANDS = [
  ...["dev", "check", "keys", "migrations", "directory", "templates check"],
  ...["smoke", "events", "outbox", "retry"],
];

/** Runs the command in a folder. Returns its output and its exit code. */
async function execute(cwd, args, env) {
  const { code, stdout, stderr } = await run(node, [command(cwd), ...args], {
    cwd,
    env,
    timeout: 150_000,
  });
  return { code, output: `${stdout}${stderr}`, stdout };
}

/** Asserts that the command fails with a message that has these texts, and no stack. */
function assertProblem({ code, output }, ...texts) {
  assert.equal(code, 1, output);
  for (const text of texts) assert.ok(output.includes(text), `${text} is not in:\n${output}`);
  assert.doesNotMatch(output, /^\s+at /m);
}

/**
 * A port at which nothing listens: too low for a free port that another test gets meanwhile. `fetch`
 * refuses some others of these.
 */
const CLOSED_PORT = 2;

/** A folder with the package alone. */
let empty;
const emptyFolder = async () => (empty ??= await createWorker("command", {}));

test("the manifest names the command", () => {
  const { bin, peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync(join(edge, "package.json"), "utf8"),
  );
  assert.deepEqual(bin, { "relatch-worker": "cli/main.mjs" });
  assert.match(
    readFileSync(join(edge, bin["relatch-worker"]), "utf8"),
    /^#!\/usr\/bin\/env node\n/,
  );
  assert.deepEqual(Object.keys(peerDependencies).sort(), [...PEERS].sort());
  for (const name of PEERS) assert.deepEqual(peerDependenciesMeta[name], { optional: true });
});

test("help lists the commands, and an unknown command or argument fails with it", async () => {
  const cwd = await emptyFolder();
  const { code, output } = await execute(cwd, ["--help"]);
  assert.equal(code, 0);
  const readme = readFileSync(join(edge, "README.md"), "utf8");
  for (const name of COMMANDS) {
    assert.match(output, new RegExp(`^  ${name}\\b`, "m"));
    assert.match(readme, new RegExp(`^\\| \`${name}\\b`, "m"));
  }
  assertProblem(await execute(cwd, ["deploy"]), "`deploy` is not a command", "migrations");
  assertProblem(await execute(cwd, []), "check");
  assertProblem(await execute(cwd, ["keys", "--lable", "a"]), "keys: Unknown option '--lable'");
  assertProblem(await execute(cwd, ["keys", "more"]), "keys: unknown argument: more");
});

test("keys prints new keys, and a server key with its hash", async () => {
  const cwd = await emptyFolder();
  const args = ["keys", "--label", "admin", "--scopes", "status+reset"];
  const { stdout } = await execute(cwd, args);
  const [, secret] = /^RELATCH_KEYS="1:(.+)"$/m.exec(stdout);
  assert.equal(Buffer.from(secret, "base64").length, 32);
  const [, key] = /^# {3}(\S+)$/m.exec(stdout);
  assert.equal(Buffer.from(key, "base64url").length, 32);
  const hash = createHash("sha256").update(key).digest("hex");
  assert.ok(stdout.includes(`APPLICATION_KEYS="admin:${hash}:status+reset"`), stdout);
  assert.notEqual((await execute(cwd, args)).stdout, stdout);
  for (const [option, value] of [
    ["--label", "Admin"],
    ["--scopes", "status reset"],
  ])
    assertProblem(await execute(cwd, ["keys", option, value]), `${option} must`);
});

test("migrations writes all migrations, or the table of events under a name", async () => {
  const cwd = await emptyFolder();
  assert.equal((await execute(cwd, ["migrations", "all"])).code, 0);
  const names = readdirSync(join(edge, "migrations"));
  assert.deepEqual(readdirSync(join(cwd, "all")), names);
  for (const name of names)
    assert.equal(
      readFileSync(join(cwd, "all", name), "utf8"),
      readFileSync(join(edge, "migrations", name), "utf8"),
    );

  mkdirSync(join(cwd, "migrations"));
  writeFileSync(join(cwd, "migrations", "0041_own.sql"), "SELECT 1;\n");
  const named = await execute(cwd, ["migrations", "--events", "audit_log"]);
  assert.equal(named.code, 0, named.output);
  assert.ok(named.output.includes('createRelatch({ tables: { events: "audit_log" } })'));
  const path = join(cwd, "migrations", "0042_audit_log.sql");
  const text = readFileSync(path, "utf8");
  assert.match(text, /^CREATE TABLE audit_log \(/);
  assert.doesNotMatch(text, /relatch_events|users|sessions/);
  // The second time writes nothing.
  assert.match((await execute(cwd, ["migrations", "--events=audit_log"])).output, /exists already/);
  writeFileSync(path, "SELECT 2;\n");
  const changed = await execute(cwd, ["migrations", "--events", "audit_log"]);
  assertProblem(changed, "exists with another content");
  assert.equal(readFileSync(path, "utf8"), "SELECT 2;\n");

  assert.equal((await execute(cwd, ["migrations", "other", "--events"])).code, 0);
  assert.deepEqual(readdirSync(join(cwd, "other")), ["0001_events.sql"]);
  for (const name of ["a-b", "1a", "x; DROP TABLE users", ""])
    assertProblem(await execute(cwd, ["migrations", `--events=${name}`]), "must be a table name");
});

test("directory prints the statements of an example, as TOML or as JSON", async () => {
  const cwd = await emptyFolder();
  const examples = ["better-auth", "keyed-by-email", "users"];
  const list = await execute(cwd, ["directory"]);
  assert.equal(list.code, 0, list.output);
  for (const name of examples) {
    assert.match(list.stdout, new RegExp(`^  ${name} +\\w`, "m"));
    const source = readFileSync(join(edge, "directories", `${name}.toml`), "utf8");
    assert.equal((await execute(cwd, ["directory", name])).stdout, source);

    const { vars } = parse(source);
    const json = JSON.parse((await execute(cwd, ["directory", name, "--json"])).stdout);
    assert.deepEqual(Object.keys(json), ["vars"]);
    assert.deepEqual(Object.keys(json.vars), Object.keys(vars));
    const words = (text) => text.trim().split(/\s+/);
    for (const [variable, value] of Object.entries(json.vars)) {
      // A string of JSON is one line.
      assert.doesNotMatch(value, /\n/);
      assert.deepEqual(words(value), words(vars[variable]), variable);
    }
  }
  assertProblem(await execute(cwd, ["directory", "mysql"]), "better-auth, keyed-by-email, users");
});

/** Starts a server that answers every request like this. Returns its URL. */
async function answering(status, body, headers) {
  const server = createServer((_, response) => response.writeHead(status, headers).end(body));
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}`;
}

test("a Worker may name no page to password managers, or no URL at all", async () => {
  for (const [location, path] of [
    ["/password/forgot", ""],
    ["https://example.com/auth/password/forgot", "/auth"],
    ["/account", undefined],
    ["http://[", undefined],
  ])
    assert.equal(await findBasePath(await answering(303, "", { location })), path, location);
  assert.equal(await findBasePath(await answering(404, "")), undefined);
  assert.equal(await findBasePath(`http://127.0.0.1:${CLOSED_PORT}`), undefined);
});

test("a URL that answers 404 may lack the base path", async () => {
  const cwd = await emptyFolder();
  const env = { APPLICATION_KEY: "a key" };
  for (const body of ["not here", JSON.stringify({ code: "not_found", title: "Not found." })]) {
    const url = await answering(404, body);
    for (const command of ["smoke", "events", "outbox", "retry"]) {
      const subject = command === "smoke" ? [] : ["ada"];
      const failed = await execute(cwd, [command, `${url}/`, ...subject], env);
      assertProblem(failed, "returns 404", "base path", `${command} ${url}/auth`);
      assert.doesNotMatch(failed.output, / \.|\.\.| {2}/);
    }
  }
  // Other answers do not lack it.
  const unknown = JSON.stringify({ code: "account_unknown", title: "No account matches." });
  const known = await execute(cwd, ["events", await answering(404, unknown), "ada"], env);
  assertProblem(known, "returns 404 account_unknown. No account matches.");
  assert.doesNotMatch(known.output, /base path/);
  const failing = await answering(500, "");
  assertProblem(await execute(cwd, ["events", failing, "ada"], env), "returns 500.");
});

test("wrangler and maildev are asked for by name if they are missing", async () => {
  const cwd = await emptyFolder();
  assertProblem(
    await execute(cwd, ["dev"]),
    "wrangler and maildev must be installed here",
    "npm install --save-dev wrangler@4 maildev@2",
  );
  writeFileSync(join(cwd, "wrangler.json"), "{}");
  const check = await execute(cwd, ["check"]);
  assertProblem(check, "npm install --save-dev wrangler@4\n");
  const other = await createWorker("without-maildev", {}, ["wrangler"]);
  assertProblem(await execute(other, ["dev"]), "npm install --save-dev maildev@2");
  // The other commands need neither.
  assertProblem(await execute(cwd, ["smoke"]), "smoke needs the URL");
});

test("smoke and events name what is wrong with their arguments", async () => {
  const cwd = await emptyFolder();
  const url = `http://localhost:${CLOSED_PORT}`;
  for (const [args, text] of [
    [["smoke", "reset.example.com"], "smoke needs the URL"],
    [["smoke", url], "cannot be reached (ECONNREFUSED)"],
    [["smoke", url, "--timeout", "soon"], "--timeout must be"],
    [["events", "http://reset.example.com", "ada"], "events needs the https URL"],
    [["events", url], "cannot be reached"],
    [["events", url, "ada", "--account", "1"], "--account ID, not both"],
    [["events", url, "ada", "--event", "link_sent"], "--event selects events of all accounts"],
    [["outbox", url], "outbox needs a user name or an e-mail address, or --account ID"],
    [["outbox", "reset.example.com", "ada"], "outbox needs the https URL"],
    [["retry", url, "ada", "--account", "1"], "retry takes a user name"],
    [["retry", url, "--limit", "5", "ada"], "retry: Unknown option '--limit'"],
    [["retry", url, "--account", "1"], "cannot be reached"],
    [["events", url, "ada", "--limit", "101"], "--limit must be"],
    [["events", url, "ada"], "cannot be reached"],
  ])
    assertProblem(await execute(cwd, args, { APPLICATION_KEY: "a key" }), text);
  const keyless = await execute(cwd, ["events", url, "ada"], { APPLICATION_KEY: "" });
  assertProblem(keyless, "APPLICATION_KEY must be set");
});

/** Repeats a call until its result is this one, for a minute at most. Returns the last result. */
async function until(call, isDone) {
  let result = await call();
  for (const end = Date.now() + 60_000; !isDone(result) && Date.now() < end; await sleep(200))
    result = await call();
  return result;
}

/** Starts `dev`. Returns the URLs of the Worker and of the inbox, its output, and how to stop it. */
async function dev(cwd, args, env = {}) {
  const ports = [await freePort(), await freePort(), await freePort()];
  const [PORT, SMTP_PORT, INBOX_PORT] = ports.map(String);
  const variables = { PORT, SMTP_PORT, INBOX_PORT, STATE: "", ...env };
  const stop = await start(/Ctrl-C stops it/, [command(cwd), "dev", ...args], {
    cwd,
    env: variables,
  });
  const [origin, inbox] = [PORT, INBOX_PORT].map((port) => `http://localhost:${port}`);
  return { origin, inbox, stop, output: stop.output };
}

/** Returns a function that waits for the mail to an address in an inbox, and returns its link. */
const linkIn = (inbox, address) => async () => {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(200)) {
    const mails = await (await fetch(`${inbox}/email`)).json();
    const mail = mails.find(({ envelope }) => envelope.to.some((to) => to.address === address));
    if (mail) return /http\S+token=\S+/.exec(mail.text)[0];
  }
  throw new Error(`no mail arrived for ${address}`);
};

test(
  "dev runs the service with demo accounts and an inbox; smoke and events call it",
  LIMIT,
  async () => {
    const cwd = await createWorker("dev", {}, PEERS);
    const env = { APPLICATION_KEY: "key-of-a-test", DEMO_SESSION: "session-of-a-test" };
    const hash = createHash("sha256").update(env.APPLICATION_KEY).digest("hex");
    const { origin, inbox } = await dev(cwd, [], {
      ...env,
      PASSWORD_MIN_LENGTH: "16",
      APP_SHOP_MAIL_SERVER: "localhost",
      APP_SHOP_MAIL_PORT: String(CLOSED_PORT),
      APP_SHOP_APPLICATION_KEYS: `shop:${hash}:operator+retry`,
    });
    const email = "ada@example.com";
    await resetPassword(origin, { email }, linkIn(inbox, email));
    // The variables of the environment reach the Worker, and the reset ended the session.
    const rules = await (await fetch(`${origin}/password/rules`)).json();
    assert.equal(rules.min_length, 16);
    const change = { old: NEW_PASSWORD, new: "another passphrase 2" };
    const bearer = { Authorization: `Bearer ${env.DEMO_SESSION}` };
    assert.equal((await post(`${origin}/password/change`, change, bearer)).status, 401);

    const smoke = await execute(cwd, ["smoke", origin]);
    assert.equal(smoke.code, 0, smoke.output);
    assert.match(smoke.output, /works: health, rules/);
    const events = await execute(cwd, ["events", origin, email, "--limit", "100"], env);
    assert.equal(events.code, 0, events.output);
    assert.match(events.stdout, /^\d{4}-\d\d-\d\dT\S+ {2}password_reset/m);
    const all = await execute(cwd, ["events", origin, "--event", "password_reset"], env);
    assert.match(all.stdout, /^\d{4}-\d\d-\d\dT\S+ {2}password_reset {2}account 3 /m, all.output);
    const page = await execute(cwd, ["events", origin, "--limit", "1", "--json"], env);
    const { events: one, next_cursor } = JSON.parse(page.stdout);
    assert.deepEqual([one.length, typeof next_cursor], [1, "string"]);
    const next = await execute(
      cwd,
      ["events", origin, "--limit", "1", "--cursor", next_cursor],
      env,
    );
    assert.match(next.stdout, /^More with --cursor \d+-\d+$/m, next.output);
    assertProblem(
      await execute(cwd, ["events", origin, "--since", "yesterday"], env),
      "400 request_invalid",
      "`since` must be a time",
    );
    const outbox = await execute(cwd, ["outbox", origin, email], env);
    assert.equal(outbox.stdout, "No mail waits.\n", outbox.output);
    const retry = await execute(cwd, ["retry", origin, "--account", "3", "--json"], env);
    assert.deepEqual(JSON.parse(retry.stdout), { retried: 0, mails: [] });
    const shop = `${origin}/apps/shop`;
    const asked = await post(`${shop}/password/reset/request`, { username: "peter" });
    assert.equal(asked.status, 200);
    const waiting = await until(
      () => execute(cwd, ["outbox", shop, "peter"], env),
      ({ stdout }) => stdout.includes("connect_failed"),
    );
    const line = /^link {2}account \d+ {2}\d+ attempts? {2}next \d{4}-\S+ {2}connect_failed\n$/;
    assert.match(waiting.stdout, line, waiting.output);
    // A mail that is due already is attempted without a retry.
    const retried = await until(
      () => execute(cwd, ["retry", shop, "peter"], env),
      ({ code, stdout }) => code !== 0 || stdout.startsWith("1 "),
    );
    assert.match(retried.stdout, /^1 mail is attempted now\.\nlink {2}account /, retried.output);
    const unknown = await execute(cwd, ["retry", origin, "nobody"], env);
    assertProblem(unknown, "404 account_unknown");
    for (const command of ["events", "outbox", "retry"]) {
      const wrong = await execute(cwd, [command, origin, email], { APPLICATION_KEY: "another" });
      assertProblem(wrong, "401 key_invalid");
    }
    assert.deepEqual(readdirSync(cwd).sort(), [".relatch", "node_modules"]);
  },
);

test(
  "dev --config runs a Worker by its own configuration, with an inbox and keys",
  LIMIT,
  async () => {
    const cwd = await copyWorker("plain", { dependencies: PEERS, to: "own" });
    const { origin, inbox, output } = await dev(cwd, ["--config", "wrangler.jsonc"]);
    // The base path is that of the page which the Worker names to password managers.
    const urls = [`Pages {7}${origin}/auth/password/forgot`, `Gallery {5}${origin}/auth/password/`];
    for (const url of urls) assert.match(output(), new RegExp(`^  ${url}`, "m"));
    const account = { id: 3, username: "ada", email: "ada@own.example" };
    await insertAccount(cwd, account);
    await resetPassword(`${origin}/auth`, account, linkIn(inbox, account.email));
    const state = join(cwd, ".relatch");
    assert.ok(readdirSync(state).includes("keys"));
    assert.equal(readFileSync(join(state, ".gitignore"), "utf8"), "*\n");
  },
);

test("dev says where the base path of the Worker has to be named", LIMIT, async () => {
  const cwd = await copyWorker("plain", { dependencies: PEERS, to: "hidden-path" });
  const path = join(cwd, "index.js");
  const source = readFileSync(path, "utf8");
  writeFileSync(path, source.replaceAll("/.well-known/change-password", "/none"));
  const config = ["--config", "wrangler.jsonc"];
  const unnamed = await dev(cwd, config);
  assert.match(
    unnamed.output(),
    /^ {2}Pages {7}\/password\/forgot under the base path, which --base-path/m,
  );
  await unnamed.stop();
  const { origin, output } = await dev(cwd, [...config, "--base-path", "/auth/"]);
  assert.match(output(), new RegExp(`^  Pages {7}${origin}/auth/password/forgot$`, "m"));
  assertProblem(await execute(cwd, ["dev", "--base-path", "/auth"]), "--config");
  assertProblem(await execute(cwd, ["dev", ...config, "--base-path", "auth"]), "--base-path must");
});

test("check reports a valid configuration", LIMIT, async () => {
  const cwd = await copyWorker("alone", { dependencies: ["wrangler"], to: "valid" });
  writeFileSync(join(cwd, ".dev.vars"), (await execute(cwd, ["keys"])).stdout);
  const { code, output } = await execute(cwd, ["check"]);
  assert.equal(code, 0, output);
  assert.match(output, /^Checking wrangler\.jsonc/m);
  assert.match(output, /^The configuration is valid, and \/healthz answers 200\.$/m);
  assert.doesNotMatch(output, /^(Warning|Error)/m);
  const path = join(cwd, "wrangler.jsonc");
  const { vars, ...config } = readJsonc(path);
  writeFileSync(path, JSON.stringify({ ...config, vars: { ...vars, APPLICATION_NAME: "" } }));
  const unnamed = await execute(cwd, ["check"]);
  assert.equal(unnamed.code, 0, unnamed.output);
  const warning = /^Warning: APPLICATION_NAME: is not set, so mails and pages say `Relatch`\.$/m;
  assert.match(unnamed.output, warning);
  // It works on copies.
  assert.deepEqual(
    readdirSync(cwd).filter((name) => name === ".relatch"),
    [],
  );
});

test("check names all errors of a configuration, and fails", LIMIT, async () => {
  const cwd = await copyWorker("plain", { dependencies: ["wrangler"], to: "invalid" });
  const path = join(cwd, "wrangler.jsonc");
  const { durable_objects: _, migrations: __, assets: ___, ...config } = readJsonc(path);
  delete config.vars.CONTACT;
  config.vars.MAIL_PORT = "a lot";
  config.observability.logs.invocation_logs = true;
  writeFileSync(path, JSON.stringify(config));
  const invalid = await execute(cwd, ["check", "--base-path", "/auth"]);
  assertProblem(
    invalid,
    "Error: RELATCH_KEYS: must be set; `npx relatch-worker keys` prints new ones",
    "Error: CONTACT: must be set",
    "Error: MAIL_PORT:",
    "Error: `INTAKE` must be bound to a Durable Object (`durable_objects.bindings`)",
    "Error: `MAILBOX` must be bound",
    "Error: `PASSWORD_CHANGE` must be bound",
  );
  const elsewhere = await execute(cwd, ["check"]);
  assertProblem(elsewhere, "/healthz is not answered by Relatch", "--base-path /auth");
  assertProblem(await execute(cwd, ["check", "--config", "none.toml"]), "none.toml must exist");
  assertProblem(await execute(cwd, ["check", "--base-path", "auth"]), "--base-path must be");
  writeFileSync(path, "{ not JSON");
  assertProblem(await execute(cwd, ["check"]), "wrangler.jsonc failed");
});

test("check and templates report at once that a signal ended wrangler", LIMIT, async () => {
  // A wrangler whose `dev` is ended by the system, as for want of memory.
  const files = {
    "package.json": "{}",
    "wrangler-dist/cli.js": `
      exports.unstable_readConfig = () => ({ d1_databases: [] });
      if (process.argv[2] === "dev") {
        console.log("about to end");
        process.kill(process.pid, "SIGKILL");
      }
    `,
  };
  const cwd = await createWorker("killed", { "wrangler.json": "{}", "de.txt": "a text" });
  for (const [path, content] of Object.entries(files)) {
    const to = join(cwd, "node_modules", "wrangler", path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, content);
  }
  for (const [args, ...texts] of [
    [["check"], "wrangler does not start this Worker", "about to end"],
    [["templates", "check", "de.txt"], "wrangler does not start the program"],
  ]) {
    const begun = Date.now();
    assertProblem(await execute(cwd, args), ...texts);
    assert.ok(Date.now() - begun < 30_000, args[0]);
  }
});

test("check reports at once what keeps wrangler from starting the Worker", LIMIT, async () => {
  const cwd = await copyWorker("plain", { dependencies: ["wrangler"], to: "not-exported" });
  const path = join(cwd, "index.js");
  const source = readFileSync(path, "utf8");
  writeFileSync(path, source.replace("export const { Intake,", "const { Intake,"));
  const invalid = await execute(cwd, ["check", "--base-path", "/auth"]);
  assertProblem(invalid, "wrangler does not start this Worker", "not exported", "Intake");
  assert.doesNotMatch(invalid.output, /env\.LINKS/);
});
