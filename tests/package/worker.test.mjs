// The package relatch-worker, from its tarball: its contents, and Workers that mount it. Their files
// are the code blocks of edge/README.md and docs/mount.md. They run under `wrangler dev`, with a
// separate mail server and databases.
import assert from "node:assert/strict";
import { createHash, scryptSync } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { parse } from "smol-toml";
import { NEW_PASSWORD } from "./steps.mjs";
import {
  block,
  COLUMNS,
  createWorker,
  insertAccount,
  invoke,
  LIMIT,
  post,
  resetPassword,
  serve,
  settings,
  sql,
  tokenOf,
  visit,
} from "./workers.mjs";
import {
  edge,
  end,
  importPackage,
  inbox,
  node,
  pack,
  packedWorker,
  run,
  tempPath,
  tool,
} from "./world.mjs";

after(end);

/** Waits at most a minute until a list, which is read anew, has all of these entries. */
async function hasAll(read, entries) {
  let list = [];
  for (let tries = 0; tries < 40; tries++) {
    list = await read();
    if (entries.every((entry) => list.includes(entry))) return;
    await sleep(1000);
  }
  const missing = entries.filter((entry) => !list.includes(entry));
  assert.deepEqual(missing, [], `missing in:\n${list.join("\n")}`);
}

test("the package has what its entries, its README and its manifest name, and nothing else", async () => {
  const { files, tarball } = await packedWorker();
  const manifest = JSON.parse(readFileSync(join(edge, "package.json"), "utf8"));
  assert.equal(manifest.dependencies, undefined);
  const inFolder = (folder) =>
    readdirSync(join(edge, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(edge.length + 1));
  const folders = [
    ...["assets", "build", "cli", "directories", "docs", "examples", "migrations", "seed"],
  ];
  const named = manifest.files.filter((name) => !folders.includes(name) && !name.startsWith("!"));
  assert.deepEqual(files, [...folders.flatMap(inFolder), ...named, "package.json"].sort());
  assert.deepEqual(inFolder("build").sort(), [
    "build/directories.json",
    "build/html.js",
    "build/index.js",
    "build/index_bg.wasm",
    "build/wrangler.json",
  ]);
  assert.ok(files.includes("assets/password/assets/page.js"));
  for (const path of files.filter((name) => name.endsWith(".md"))) {
    const text = readFileSync(join(edge, path), "utf8");
    const links = [
      ...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g),
      ...text.matchAll(/<img\b[^>]*\bsrc="([^":]+)"/g),
    ].map(([, to]) => to);
    // A document that is not in the package is named as one of the repository.
    const unlinked = text.replaceAll(/```[^]*?```|`[^`]*`|\[[^\]]*\]\([^)]*\)/g, "");
    for (const [name, place] of unlinked.matchAll(/[\w./-]+\.md\b(\sin\sthe\srepository)?/g))
      assert.ok(place, `${path}: ${name}`);
    const named = [...text.matchAll(/`((?:docs|examples|directories)\/[\w./-]+)`/g)];
    for (const to of links.map((to) => posix.join(posix.dirname(path), to)))
      assert.ok(
        files.some((one) => one === to || one.startsWith(`${to}/`)),
        `${path}: ${to}`,
      );
    for (const [, to] of path === "README.md" ? named : [])
      assert.ok(
        files.some((one) => one === to || one.startsWith(`${to}/`)),
        `${path}: ${to}`,
      );
  }

  const bytes = new Uint8Array(readFileSync(tarball)).buffer;
  const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test("two packs of one build have the same bytes", async () => {
  const again = tempPath("again");
  mkdirSync(again);
  const digests = [await packedWorker(), await pack(edge, again)].map(({ tarball }) =>
    createHash("sha256").update(readFileSync(tarball)).digest("hex"),
  );
  assert.equal(digests[0], digests[1]);
});

test("alone: the Worker of the README resets a password", LIMIT, async () => {
  const readme = "edge/README.md";
  const cwd = await createWorker("readme", {
    "index.js": block(readme, "js"),
    "wrangler.jsonc": block(readme, "jsonc"),
  });
  await invoke(cwd, "d1", "migrations", "apply", "DB", "--local");
  const account = { id: 7, username: "ada", email: "ada@readme.example" };
  await insertAccount(cwd, account);
  const origin = await serve(cwd);
  assert.equal((await visit(`${origin}/`)).location, "/password/forgot");
  await resetPassword(origin, account);
  const [{ password_hash }] = await sql(cwd, "DB", "SELECT password_hash FROM users WHERE id = 7");
  assert.match(password_hash, /^\$argon2id\$/);
});

/** Returns whether better-auth verifies a password with a hash. */
function verifies(stored, password) {
  const [salt, hash] = stored.split(":");
  const cost = { N: 16_384, r: 16, p: 1, maxmem: 64 * 1024 * 1024 };
  return scryptSync(password.normalize("NFKC"), salt, 64, cost).toString("hex") === hash;
}

test(
  "mounted: everything is under the base path, beside other routes and tables",
  LIMIT,
  async () => {
    const document = "docs/mount.md";
    const directories = join(edge, "directories");
    const read = (name) => readFileSync(join(directories, name), "utf8");
    const config = {
      name: "application",
      main: "index.js",
      compatibility_date: "2026-11-01",
      d1_databases: [{ binding: "AUTH_DB", database_name: "application" }],
      ...settings(document),
      vars: { ...parse(read("better-auth.toml")).vars, CONTACT: "help@example.com" },
    };
    const files = { "index.js": block(document, "js"), "wrangler.json": JSON.stringify(config) };
    const cwd = await createWorker("mounted", files, ["hono"]);
    const account = { email: "grace@mail.example" };
    const tables = [
      read("better-auth.sql"),
      read("events.sql"),
      "CREATE TABLE events (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO events (title) VALUES ('a party');",
      `INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
       VALUES ('u1', 'Grace', '${account.email}', 1, '2026-01-01', '2026-01-01');`,
      `INSERT INTO "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
       VALUES ('a1', 'u1', 'credential', 'u1', 'salt:00', '2026-01-01', '2026-01-01');`,
    ];
    writeFileSync(join(cwd, "tables.sql"), tables.join("\n"));
    await invoke(cwd, "d1", "execute", "AUTH_DB", "--local", "--file", "tables.sql");
    const origin = await serve(cwd, (origin) => ({
      APP_URL: origin,
      SENDER: "Example <noreply@example.com>",
      // The function takes precedence.
      PUBLIC_URL: "https://elsewhere.example",
    }));

    const own = await visit(`${origin}/`);
    assert.deepEqual([own.status, own.text], [200, "The application"]);
    assert.equal((await visit(`${origin}/password/forgot`)).status, 404);
    assert.equal((await visit(`${origin}/auth/nothing`)).status, 404);
    assert.equal((await visit(`${origin}/auth/healthz`)).status, 200);
    const wellKnown = await visit(`${origin}/.well-known/change-password`);
    assert.deepEqual([wellKnown.status, wellKnown.location], [303, "/auth/password/forgot"]);
    for (const path of ["/auth/", "/auth"])
      assert.equal((await visit(`${origin}${path}`)).location, "/auth/password/forgot");

    const { ResetClient } = await importPackage();
    assert.equal((await new ResetClient(`${origin}/auth`).rules()).minLength, 15);

    const forgot = `${origin}/auth/password/forgot`;
    assert.match((await visit(forgot)).text, /action="\/auth\/password\/forgot"/);
    const sent = await visit(forgot, { form: { identifier: account.email } });
    assert.match(sent.text, /href="\/auth\/password\/forgot"/);
    const link = await (await inbox()).receiveLink(account);
    assert.ok(link.startsWith(`${origin}/auth/password/reset?token=`), link);

    const opened = await visit(link);
    assert.deepEqual([opened.status, opened.location], [303, "/auth/password/reset"]);
    assert.match(opened.cookies[0], /; Path=\/auth\/password\/reset;/);
    const reset = `${origin}/auth/password/reset`;
    const form = await visit(reset, { cookie: opened.cookie });
    assert.match(form.text, /action="\/auth\/password\/reset"/);
    const [, script] = /src="([^"]+page\.js)"/.exec(form.text);
    assert.equal(script, "/auth/password/assets/page.js");
    assert.ok(form.policy.includes(` ${origin}/auth/password/assets/ `), form.policy);
    assert.match((await visit(`${origin}${script}`)).type, /javascript/);
    const [, digest] = /name="link" value="([^"]+)"/.exec(form.text);
    const fields = { link: digest, password: NEW_PASSWORD, again: NEW_PASSWORD };
    const done = await visit(reset, { cookie: form.cookie || opened.cookie, form: fields });
    const page = done.location ? await visit(`${origin}${done.location}`, done) : done;
    assert.match(page.text, /changed/i);

    const [{ password }] = await sql(cwd, "AUTH_DB", 'SELECT "password" FROM "account"');
    assert.ok(verifies(password, NEW_PASSWORD), password);
    assert.deepEqual(await sql(cwd, "AUTH_DB", "SELECT * FROM events"), [
      { id: 1, title: "a party" },
    ]);
    // An alarm stores the events after the response.
    const stored = async () => {
      const rows = await sql(cwd, "AUTH_DB", "SELECT action FROM relatch_events");
      return rows.map(({ action }) => action);
    };
    for (let tries = 0; tries < 10 && !(await stored()).includes("password_reset"); tries++)
      await sleep(500);
    assert.ok((await stored()).includes("password_reset"));
  },
);

test("several instances have their own configuration, accounts and errors", LIMIT, async () => {
  const index = `
    import { createRelatch } from "relatch-worker";
    const lines = [];
    const { error } = console;
    console.error = (line) => { lines.push(String(line)); error(line); };
    const points = [];
    const one = createRelatch({
      basePath: "/one",
      configuration: () => ({
        PASSWORD_MIN_LENGTH: 20,
        APPLICATION_KEYS: "main:${createHash("sha256").update("a key").digest("hex")}:status",
      }),
    });
    const two = createRelatch({
      basePath: "/two",
      bindings: { database: "DB_2", intake: "INTAKE_2", mailbox: "MAILBOX_2", passwordChange: "CHANGE_2" },
      configuration: () => ({ PASSWORD_MIN_LENGTH: 30 }),
    });
    const broken = createRelatch({
      basePath: "/broken",
      bindings: { database: "NO_DB", intake: "NO_INTAKE", limiterWide: "NO_LIMITER" },
      configuration: () => ({ CONTACT: undefined }),
    });
    const foreign = createRelatch({ basePath: "/foreign", tables: { events: "users" } });
    export const { Intake, Mailbox, PasswordChange } = one;
    export const { Intake: Intake2, Mailbox: Mailbox2, PasswordChange: Change2 } = two;
    export default {
      async fetch(request, env, context) {
        const { pathname } = new URL(request.url);
        if (pathname === "/lines") return Response.json(lines);
        if (pathname === "/points") return Response.json(points);
        const METRICS = { writeDataPoint: (point) => points.push(point) };
        const instances = { one, two, broken, foreign };
        const own = pathname.startsWith("/two/") ? { ...env, ASSETS: undefined } : { ...env, METRICS };
        return instances[pathname.split("/")[1]].fetch(request, own, context);
      },
    };`;
  const config = settings("edge/README.md");
  config.d1_databases.push({ ...config.d1_databases[0], binding: "DB_2", database_name: "two" });
  const classes = { INTAKE_2: "Intake2", MAILBOX_2: "Mailbox2", CHANGE_2: "Change2" };
  for (const [name, class_name] of Object.entries(classes))
    config.durable_objects.bindings.push({ name, class_name });
  config.migrations[0].new_sqlite_classes.push(...Object.values(classes));
  const files = { "index.js": index, "wrangler.json": JSON.stringify(config) };
  const cwd = await createWorker("instances", files);
  const folder = join(edge, "migrations");
  const migrations = readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)));
  for (const [binding, email] of [
    ["DB", "one@mail.example"],
    ["DB_2", "two@mail.example"],
  ]) {
    const values = `1, 'ada', '${email}', 'unknown', 'user', 0`;
    const insert = `INSERT INTO users (${COLUMNS}) VALUES (${values});`;
    writeFileSync(join(cwd, "tables.sql"), [...migrations, insert].join("\n"));
    await invoke(cwd, "d1", "execute", binding, "--local", "--file", "tables.sql");
  }
  const origin = await serve(cwd, (origin) => ({ PUBLIC_URL: origin }));

  for (const [name, length] of [
    ["one", 20],
    ["two", 30],
  ]) {
    const rules = await (await fetch(`${origin}/${name}/password/rules`)).json();
    assert.equal(rules.min_length, length, name);
    const request = await post(`${origin}/${name}/password/reset/request`, { username: "ada" });
    assert.equal(request.status, 200);
  }
  for (const [name, other] of [
    ["one", "two"],
    ["two", "one"],
  ]) {
    const link = await (await inbox()).receiveLink({ email: `${name}@mail.example` });
    assert.ok(link.startsWith(`${origin}/${name}/password/reset?token=`), link);
    const body = { token: tokenOf(link) };
    assert.equal((await post(`${origin}/${name}/password/reset/check`, body)).status, 200, name);
    assert.notEqual((await post(`${origin}/${other}/password/reset/check`, body)).status, 200);
  }

  for (const [name, language] of [
    ["two", "en"],
    ["one", "de"],
    ["two", "en"],
  ]) {
    const page = await (await fetch(`${origin}/${name}/password/forgot?locale=de`)).text();
    assert.ok(page.includes(`<html lang="${language}"`), `${name}: ${page}`);
  }

  // Each event is a data point, where a dataset is bound.
  const status = await fetch(`${origin}/one/server/status`, {
    headers: { Authorization: "Bearer a key" },
  });
  assert.equal(status.status, 200);
  assert.deepEqual(await (await fetch(`${origin}/points`)).json(), [
    { indexes: ["default"], blobs: ["server_status", "default", "main"], doubles: [1] },
  ]);

  for (const name of ["broken", "foreign"])
    assert.equal((await fetch(`${origin}/${name}/healthz`)).status, 503, name);
  const lines = await (await fetch(`${origin}/lines`)).json();
  for (const line of [
    "configuration: `NO_LIMITER`, which `bindings.limiterWide` names, must be bound",
    "configuration: `NO_INTAKE` must be bound to a Durable Object (`durable_objects.bindings`)",
    "configuration: `NO_DB` must be bound to a D1 database (`d1_databases`)",
    "configuration: CONTACT: must be set",
    "configuration: the table `users` must have the columns of events: apply the migrations, or name another table in `tables.events` of `createRelatch`",
    "configuration warning: another createRelatch has the Durable Objects of `MAILBOX`: name others in `bindings`",
  ])
    assert.ok(lines.includes(line), `${line} is missing in:\n${lines.join("\n")}`);
});

test(
  "hooks: failures fail closed or are repeated, and no response depends on them",
  LIMIT,
  async () => {
    const index = `
    import { createRelatch } from "relatch-worker";
    const lines = [];
    const { error } = console;
    console.error = (line) => { lines.push(String(line)); error(line); };
    const relatch = createRelatch({
      async beforeRequest(call, env) {
        if (call.captcha === "throws") throw new RangeError("the secret of the hook");
        if (call.captcha === "hangs") await new Promise(() => {});
        if (call.captcha === "wrong") return { status: 200 };
        if (call.captcha === "denied")
          return Response.json({ call, texts: Object.keys(env) }, { status: 403 });
      },
      async mayReset(account, env) {
        const { asked } = await env.DB.prepare(
          "INSERT INTO asked VALUES (?1, 1) ON CONFLICT DO UPDATE SET asked = asked + 1 RETURNING asked",
        ).bind(account.username).first();
        if (account.username === "held") return "on legal hold";
        if (account.username === "late") return asked === 1 || "on legal hold since";
        if (asked === 1 && account.username === "throws") throw new Error("the secret");
        if (asked === 1 && account.username === "hangs") await new Promise(() => {});
        if (asked === 1 && account.username === "wrong") return false;
        return true;
      },
      async render(mail) {
        if (mail.to.startsWith("throws")) throw new Error("the secret");
        if (mail.to.startsWith("hangs")) return new Promise(() => {});
        if (mail.to.startsWith("wrong")) return { ...mail, html: 7 };
        if (mail.to.startsWith("away")) return { ...mail, text: mail.text + " evil.example" };
        return { ...mail, subject: "Branded", html: "<a href='" + mail.links[0].link + "'>Go</a>" };
      },
      async onEvent(event, env) {
        const { times } = await env.DB.prepare(
          "INSERT INTO received VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times",
        ).bind(event.id, JSON.stringify(event)).first();
        if (times === 1) throw new Error("the secret");
      },
    });
    export const { Intake, Mailbox, PasswordChange } = relatch;
    export default {
      fetch: (request, env, context) =>
        request.url.endsWith("/lines") ? Response.json(lines) : relatch.fetch(request, env, context),
    };`;
    const files = { "index.js": index, "wrangler.jsonc": block("edge/README.md", "jsonc") };
    const cwd = await createWorker("hooks", files);
    await invoke(cwd, "d1", "migrations", "apply", "DB", "--local");
    const names = ["ada", "held", "late", "throws", "hangs", "wrong", "away"];
    const rows = names.map(
      (name, at) => `(${at}, '${name}', '${name}@hooks.example', 'x', 'user', 0)`,
    );
    await sql(cwd, "DB", `INSERT INTO users (${COLUMNS}) VALUES ${rows.join(", ")}`);
    await sql(cwd, "DB", "CREATE TABLE asked (username TEXT PRIMARY KEY, asked INTEGER)");
    await sql(cwd, "DB", "CREATE TABLE received (id TEXT PRIMARY KEY, event TEXT, times INTEGER)");
    const origin = await serve(cwd, (origin) => ({ PUBLIC_URL: origin, LABEL: "a text" }));

    const request = async (username, captcha) => {
      const headers = {
        "Content-Type": "application/json",
        "User-Agent": "a test",
        ...(captcha && { "Relatch-Captcha": captcha }),
      };
      const body = JSON.stringify({ username });
      const response = await fetch(`${origin}/password/reset/request`, {
        method: "POST",
        headers,
        body,
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    };
    for (const captcha of ["throws", "hangs", "wrong"]) {
      const [known, unknown] = await Promise.all([
        request("ada", captcha),
        request("nobody", captcha),
      ]);
      assert.deepEqual([known.status, known.text], [503, unknown.text], captcha);
    }
    const denied = await request("ada", "denied");
    assert.equal(denied.status, 403);
    assert.equal(denied.headers.get("cache-control"), "no-store");
    const { call, texts } = JSON.parse(denied.text);
    assert.deepEqual(
      { ...call, address: typeof call.address, country: undefined },
      {
        ...{ application: "default", call: "request", method: "POST", country: undefined },
        ...{ path: "/password/reset/request", address: "string", captcha: "denied", server: null },
        headers: { "user-agent": "a test", "accept-language": "*" },
      },
    );
    assert.ok(texts.includes("LABEL") && !texts.includes("DB"), texts);

    for (const name of names) assert.equal((await request(name)).status, 200, name);
    for (const name of ["ada", "wrong", "away"]) {
      const link = await (await inbox()).receiveLink({ email: `${name}@hooks.example` });
      assert.ok(link.startsWith(`${origin}/password/reset?token=`), link);
    }
    const events = async () => {
      const rows = await sql(cwd, "DB", "SELECT account, action, detail FROM events");
      return rows.map(({ account, action, detail }) => `${account} ${action}: ${detail}`);
    };
    await hasAll(events, [
      "1 request_refused: on legal hold",
      "2 link_failed: on legal hold since",
      "5 render_refused: render_invalid",
      "6 render_refused: render_url_foreign",
    ]);

    // Every event is passed on again after the first call failed.
    const sent = () =>
      sql(cwd, "DB", "SELECT id, event, times FROM received WHERE event LIKE '%link_sent%'");
    await hasAll(async () => (await sent()).map(({ times }) => times > 1), [true]);
    const repeated = (await sent()).find(({ times }) => times > 1);
    const event = JSON.parse(repeated.event);
    assert.deepEqual([event.id, event.application, event.detail], [repeated.id, "default", null]);
    const [{ at }] = await sql(cwd, "DB", `SELECT at FROM events WHERE id = '${event.id}'`);
    assert.equal(event.at, at);

    const lines = async () => (await fetch(`${origin}/lines`)).json();
    await hasAll(lines, [
      "hook `beforeRequest`: RangeError",
      "hook `beforeRequest`: timed out after 5 s",
      "hook `beforeRequest`: the result has the wrong shape",
      "hook `mayReset`: Error",
      "hook `mayReset`: timed out after 5 s",
      "hook `mayReset`: the result has the wrong shape",
      "hook `render`: Error",
      "hook `render`: timed out after 5 s",
      "hook `render`: the result has the wrong shape",
      "hook `onEvent`: Error",
    ]);
    assert.ok(!(await lines()).join().includes("secret"));
  },
);

test("TypeScript: valid options compile, invalid ones do not", LIMIT, async () => {
  const source = `
    import { type Account, createRelatch, type Relatch } from "relatch-worker";
    import worker, { Intake as Built } from "relatch-worker/worker";
    interface Env { AUTH_DB: object; APP_URL: string }
    const ada: Account = { id: "7", email: null, passwordHash: "h", role: "user", disabled: false };
    const relatch: Relatch<Env> = createRelatch<Env>({
      basePath: "/auth",
      bindings: { database: "AUTH_DB", passwordChange: "CHANGE" },
      configuration: (env) => ({ ...env, PUBLIC_URL: env.APP_URL, MAIL_PORT: 465 }),
      tables: { events: "relatch_events" },
      beforeRequest: async (call, env) =>
        call.country === env.APP_URL ? new Response(call.captcha) : undefined,
      mayReset: (account) => account.role === "user" || "an administrator",
      onEvent: async (event, env) => [event.id, env.AUTH_DB],
      render: (mail) => ({ ...mail, text: mail.links.map(({ link }) => link).join() }),
      directory: (env) => ({
        find: async ({ by, spellings }) => (by === "email" && spellings.length > 0 ? [ada] : []),
        account: (id) => (id === ada.id ? ada : null),
        setPassword: ({ expected, deadline }) => expected.role === "user" && deadline > env.APP_URL.length,
        revokeSessions: (id, { application }) => console.log(id, application),
        authenticate: async (token) => ({ account: "7", session: token }),
        revokeOtherSessions: false,
      }),
      mailer: () => ({
        send: async ({ to, idempotencyKey }) =>
          to === idempotencyKey ? { accepted: true } : { accepted: false, retry: true, reason: "busy" },
      }),
      passwords: {
        hash: async (password) => password,
        verify: (password, hash) => password === hash,
        check: (password, { username }) => (password === username ? ["Not your user name."] : []),
      },
    });
    export class Intake extends relatch.Intake {}
    export const { Mailbox, PasswordChange } = relatch;
    declare const context: { waitUntil(promise: Promise<unknown>): void; passThroughOnException(): void };
    export const response: Promise<Response> =
      relatch.fetch(new Request("https://example.com/"), { AUTH_DB: {}, APP_URL: "" }, context);
    export default { fetch: relatch.fetch };
    createRelatch();
    export const whole = [worker.fetch, Built];
    // @ts-expect-error
    createRelatch({ basePath: "auth" });
    // @ts-expect-error
    createRelatch({ bindings: { db: "DB" } });
    // @ts-expect-error
    createRelatch({ configuration: {} });
    // @ts-expect-error
    createRelatch({ mayReset: () => false });
    // @ts-expect-error
    createRelatch<Env>({ beforeRequest: (call, env) => void env.AUTH_DB });
    // @ts-expect-error
    createRelatch({ onEvent: "a function" });
    // @ts-expect-error
    createRelatch({ directory: () => ({ find: () => [], account: () => null, setPassword: () => true }) });
    // @ts-expect-error
    createRelatch({ mailer: () => ({ send: () => undefined }) });
    // @ts-expect-error
    createRelatch({ passwords: { rules: () => [] } });
    // @ts-expect-error
    relatch.fetch(new Request("https://example.com/"));
  `;
  const cwd = await createWorker("typed", {
    "index.ts": source,
    "package.json": '{ "type": "module", "private": true }',
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        ...{ noEmit: true, strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
        ...{ target: "es2022", lib: ["es2023", "webworker"], types: [], module: "nodenext" },
      },
      files: ["index.ts"],
    }),
  });
  const tsc = tool("typescript", "bin", "tsc");
  const { code, stdout, stderr } = await run(node, [tsc, "--project", cwd], { cwd });
  assert.equal(code, 0, `${stdout}${stderr}`);
});
