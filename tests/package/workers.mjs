// Workers that mount the packed relatch-worker, under `wrangler dev` with separate databases: how a
// test creates, configures and starts them, and how it calls them.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { randomKeys } from "../../edge/tools/local.mjs";
import { NEW_PASSWORD, SENT } from "./steps.mjs";
import {
  copy,
  freePort,
  inbox,
  node,
  packedWorker,
  root,
  runOrThrow,
  start,
  tempPath,
  tool,
  unpack,
  wrangler,
} from "./world.mjs";

export const LIMIT = { timeout: 180_000 };
export const COLUMNS = "id, username, email, password_hash, role, disabled";
const MIGRATIONS = join(root, "edge", "migrations");

/** Returns the code blocks of a document in a language. */
export const blocks = (document, language) =>
  readFileSync(join(root, document), "utf8")
    .matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"))
    .map(([, code]) => code)
    .toArray();

/** Returns the first code block of a document in a language. */
export const block = (document, language) => blocks(document, language)[0];

const parseJson = (text) => JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, ""));

/** Returns the first block of JSON with comments of a document. */
export const settings = (document) => parseJson(block(document, "jsonc"));

/** Returns a wrangler configuration in JSON with comments. */
export const readJsonc = (path) => parseJson(readFileSync(path, "utf8"));

/**
 * Installs the package in a folder, and links the packages that its code imports. npm would ask a
 * registry for them.
 */
async function install(folder, dependencies) {
  const modules = join(folder, "node_modules");
  await unpack(join(modules, "relatch-worker"), packedWorker);
  for (const dependency of dependencies) symlinkSync(tool(dependency), join(modules, dependency));
  return folder;
}

/** Creates a Worker's folder from the files' contents by their paths. */
export async function createWorker(name, files, dependencies = []) {
  const folder = await install(tempPath(name), dependencies);
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content);
  return folder;
}

/** Copies an example of the package, or another folder, as a reader would. */
export async function copyWorker(name, { from, dependencies = [], to = name } = {}) {
  const path = copy(name, from ?? join(root, "edge", "examples", name), tempPath(to));
  return install(path, dependencies);
}

/** Runs wrangler. Returns its standard output. */
export const invoke = (cwd, ...args) => runOrThrow(node, [...wrangler, ...args], { cwd });

/** Runs statements on a database of the Worker in `cwd`. Returns the rows of the last one. */
export async function sql(cwd, binding, statements) {
  const args = ["d1", "execute", binding, "--local", "--json", "--command", statements];
  const output = await invoke(cwd, ...args);
  return JSON.parse(output.slice(output.indexOf("["))).at(-1).results;
}

/** The addresses of all accounts. The mails of all tests are in one inbox. */
const addresses = new Set();

function insertion({ id, username, email }) {
  assert.ok(!addresses.has(email), `two tests have an account with the address ${email}`);
  addresses.add(email);
  return (
    `INSERT INTO users (${COLUMNS}) ` +
    `VALUES (${id}, '${username}', '${email}', '$2b$10$unknown', 'user', 0);`
  );
}

/** Inserts an account into the tables of the package. */
export const insertAccount = (cwd, account) => sql(cwd, "DB", insertion(account));

/** Creates the tables of the package with an account. It runs wrangler once. */
export async function createTables(cwd, account, ...flags) {
  const migrations = readdirSync(MIGRATIONS).sort();
  const statements = migrations.map((name) => readFileSync(join(MIGRATIONS, name), "utf8"));
  writeFileSync(join(cwd, "tables.sql"), [...statements, insertion(account)].join("\n"));
  await invoke(cwd, "d1", "execute", "DB", "--local", "--file", "tables.sql", ...flags);
}

/** Writes .dev.vars with the variables of a Worker on this machine. */
export async function writeVariables(folder, variables) {
  const { smtpPort } = await inbox();
  const all = {
    RELATCH_KEYS: randomKeys(),
    MAIL_SERVER: "localhost",
    MAIL_PORT: smtpPort,
    REQUEST_DELAY_SECONDS: "0",
    ...variables,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}="${value}"\n`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, ".dev.vars"), lines.join(""));
}

const devArguments = (port, flags) => {
  const address = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
  return [...wrangler, "dev", ...address, ...flags];
};

/** Runs `wrangler dev` on a port. */
export const runDev = (cwd, port, ...flags) =>
  start(/Ready on/, devArguments(port, flags), { cwd });

/** Runs `wrangler dev` on a port. Returns a function that kills it and the runtime. */
export async function runDevToKill(cwd, port) {
  const stop = await start(/Ready on/, devArguments(port, []), { cwd, inGroup: true });
  return () => stop("SIGKILL");
}

/**
 * Starts the Worker in `cwd`, with the variables that `variables` returns for its origin. Returns
 * the origin.
 */
export async function serve(cwd, variables = (origin) => ({ PUBLIC_URL: origin })) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  await writeVariables(cwd, variables(origin));
  await runDev(cwd, port);
  return origin;
}

/** Sends JSON. Returns the status and the JSON of the response. */
export async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

/** Requests a page like a browser: with cookies, and without following redirects. */
export async function visit(url, { cookie = "", form } = {}) {
  const headers = { Cookie: cookie, ...(form && { Origin: new URL(url).origin }) };
  const body = form && new URLSearchParams(form);
  const method = form ? "POST" : "GET";
  const response = await fetch(url, { method, headers, body, redirect: "manual" });
  const cookies = response.headers.getSetCookie();
  return {
    status: response.status,
    location: response.headers.get("location"),
    policy: response.headers.get("content-security-policy"),
    type: response.headers.get("content-type"),
    cookies,
    cookie: cookies.map((line) => line.split(";")[0]).join("; "),
    text: await response.text(),
  };
}

export const tokenOf = (link) => new URL(link).searchParams.get("token");

/**
 * Resets the password of an account by the API under `base`, the URL of the mounted service:
 * health, assets, request, mail, confirm, and a second use of the link.
 */
export async function resetPassword(base, { email }, receiveLink) {
  const health = await fetch(`${base}/healthz`);
  assert.equal(health.status, 200, await health.text());
  assert.match((await visit(`${base}/password/assets/page.js`)).type, /javascript/);
  const request = await post(`${base}/password/reset/request`, { identifier: email });
  assert.deepEqual([request.status, request.body.message], [200, SENT]);
  const link = await (receiveLink ? receiveLink() : (await inbox()).receiveLink({ email }));
  assert.ok(link.startsWith(`${base}/password/reset?token=`), link);
  const confirm = { token: tokenOf(link), password: NEW_PASSWORD };
  assert.equal((await post(`${base}/password/reset/confirm`, confirm)).status, 200);
  const check = await post(`${base}/password/reset/check`, { token: tokenOf(link) });
  assert.equal(check.body.code, "link_used");
}

/** Returns the path of the packed command in a Worker's folder. */
export function command(cwd) {
  const path = join(cwd, "node_modules", "relatch-worker", "cli", "main.mjs");
  assert.ok(existsSync(path), path);
  return path;
}
