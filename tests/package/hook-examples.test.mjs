// The examples of docs/hooks.md and docs/hooks-ports.md, all in one Worker that mounts the package
// relatch-worker. The captcha service and the mail API that they call are in the process of the
// test; ports.test.mjs has the example of a directory.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { NEW_PASSWORD } from "./steps.mjs";
import {
  blocks,
  createTables,
  createWorker,
  insertAccount,
  LIMIT,
  post,
  serve,
  settings,
  sql,
  tokenOf,
} from "./workers.mjs";
import { end, freePort, importPackage } from "./world.mjs";

after(end);

const AsyncFunction = (async () => {}).constructor;

const CAPTCHA_SECRET = "secret of the captcha";
const MAIL_TOKEN = "token of the mail API";

const [beforeRequest, captchaOfAPage, mayReset, render, onEvent] = blocks("docs/hooks.md", "js");
const [, mailer, passwords] = blocks("docs/hooks-ports.md", "js");
const examples = { beforeRequest, mayReset, render, onEvent, mailer, passwords };

/** Returns a module that exports the options of an example. */
const moduleOf = (example) =>
  `const createRelatch = (options) => options;\n${example}\nexport default relatch;\n`;

const WORKER = `
  import { createRelatch } from "relatch-worker";
  ${Object.keys(examples)
    .map((name) => `import ${name} from "./${name}.js";`)
    .join("\n  ")}
  const send = globalThis.fetch;
  let captchas;
  globalThis.fetch = (url, init) =>
    String(url) === "https://challenges.cloudflare.com/turnstile/v0/siteverify"
      ? send(captchas, init)
      : send(url, init);
  const relatch = createRelatch(Object.assign({}, ${Object.keys(examples).join(", ")}));
  export const { Intake, Mailbox, PasswordChange } = relatch;
  export default {
    async fetch(request, env, context) {
      captchas = env.CAPTCHAS;
      if (new URL(request.url).pathname !== "/audit") return relatch.fetch(request, env, context);
      const { keys } = await env.AUDIT.list();
      return Response.json(await Promise.all(keys.map(({ name }) => env.AUDIT.get(name, "json"))));
    },
  };`;

/** Starts the captcha service and the mail API. Returns their origin and what they received. */
async function startServices() {
  const received = { captchas: [], mails: [] };
  const respond = async (request, response) => {
    const init = { method: "POST", headers: request.headers, body: request, duplex: "half" };
    const call = new Request(`http://localhost${request.url}`, init);
    if (request.url === "/siteverify") {
      const form = Object.fromEntries(await call.formData());
      received.captchas.push(form);
      const success = form.secret === CAPTCHA_SECRET && form.response === "solved";
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ success }));
    } else {
      const isAuthorized = request.headers.authorization === `Bearer ${MAIL_TOKEN}`;
      if (isAuthorized) received.mails.push(await call.json());
      response.writeHead(isAuthorized ? 202 : 401).end();
    }
  };
  const port = await freePort();
  const server = createServer(respond).listen(port, "127.0.0.1");
  after(() => server.close().closeAllConnections());
  return { origin: `http://127.0.0.1:${port}`, received };
}

/** Repeats `read` until it returns something, for at most 15 seconds. */
async function until(read) {
  for (let tries = 0; tries < 60; tries++) {
    const found = await read();
    if (found) return found;
    await sleep(250);
  }
  throw new Error(`nothing arrived: ${read}`);
}

test("the examples of all hooks, of a mailer and of a hasher reset a password", LIMIT, async () => {
  const { origin: services, received } = await startServices();
  const config = settings("edge/README.md");
  config.kv_namespaces.push({ binding: "AUDIT" });
  const modules = Object.entries(examples).map(([name, code]) => [`${name}.js`, moduleOf(code)]);
  const files = {
    "index.js": WORKER,
    "wrangler.json": JSON.stringify(config),
    ...Object.fromEntries(modules),
  };
  const cwd = await createWorker("hook-examples", files);
  const ada = { id: 1, username: "ada", email: "ada@hook-examples.example" };
  const bob = { id: 2, username: "bob", email: "bob@hook-examples.example" };
  await createTables(cwd, ada);
  await insertAccount(cwd, bob);
  await sql(
    cwd,
    "DB",
    "CREATE TABLE legal_holds (user_id INTEGER); INSERT INTO legal_holds VALUES (2)",
  );
  const origin = await serve(cwd, (origin) => ({
    PUBLIC_URL: origin,
    APPLICATION_NAME: "Books",
    MAIL_SERVER: "",
    MAIL_API: `${services}/mails`,
    MAIL_TOKEN,
    CAPTCHAS: `${services}/siteverify`,
    TURNSTILE_SECRET: CAPTCHA_SECRET,
    BLOCKED_COUNTRIES: "KP",
  }));

  // beforeRequest, called by the service and by the client of a page.
  const request = `${origin}/password/reset/request`;
  const rejected = await post(request, { identifier: "ada" });
  assert.deepEqual([rejected.status, rejected.body], [403, { code: "captcha_failed" }]);
  const { ResetClient } = await importPackage();
  const page = new AsyncFunction("client", "identifier", "token", captchaOfAPage);
  for (const { username } of [bob, ada]) await page(new ResetClient(origin), username, "solved");
  const tried = received.captchas.map(({ response, remoteip }) => [
    response,
    remoteip !== undefined,
  ]);
  assert.deepEqual(tried, [
    ["", true],
    ["solved", true],
    ["solved", true],
  ]);

  // mayReset, the mailer and render: only ada gets a mail.
  const audited = async (name) => {
    const events = await (await fetch(`${origin}/audit`)).json();
    return events.find(({ event }) => event === name);
  };
  const mail = await until(() => received.mails[0]);
  assert.equal(mail.to, ada.email);
  assert.equal(mail.subject, "A new password for Books");
  assert.match(mail.text, /^Hello ada,\n\nthis link works once, for \d+ minutes:\n\nhttp/);
  assert.match(mail.html, /^<p>Hello ada,<\/p><p><a href="http[^"]+">Choose a new password<\/a>/);

  // passwords: their rule, their hash, and the verification of a repeated confirm.
  const confirm = `${origin}/password/reset/confirm`;
  const token = tokenOf(/http\S+/.exec(mail.text)[0]);
  const ruled = await post(confirm, { token, password: "violet harbor of Relatch" });
  const messages = { custom: ["Do not use our name in your password."] };
  assert.deepEqual([ruled.status, ruled.body.reasons], [422, ["custom"]]);
  assert.deepEqual(ruled.body.messages.custom, messages.custom[0]);
  for (let times = 0; times < 2; times++)
    assert.equal((await post(confirm, { token, password: NEW_PASSWORD })).status, 200);
  const used = await post(confirm, { token, password: "another new passphrase" });
  assert.equal(used.body.code, "link_used");
  const [{ password_hash }] = await sql(cwd, "DB", "SELECT password_hash FROM users WHERE id = 1");
  assert.match(password_hash, /^mine\$[\w+/=]{24}\$[\w+/=]{44}$/);

  // onEvent.
  const event = await until(() => audited("password_reset"));
  assert.equal(event.account, "1");
  assert.deepEqual(
    received.mails.map(({ to }) => to),
    [ada.email, ada.email],
    "bob is on legal hold; the second mail is ada's notice",
  );
});
