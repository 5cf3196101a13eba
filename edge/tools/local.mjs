// One Worker on this machine: what serve.mjs, dev.mjs and check.mjs share. Runs under Node 18 or newer; what needs the
// pinned Node (wrangler, hashing) runs as a child under node_modules/.bin/node.
import { createHash, randomBytes, randomInt } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem, root } from "./processes.mjs";

// One import for whoever starts a Worker.
export { Problem, Processes, guard, root } from "./processes.mjs";

const bin = join(root, "node_modules", ".bin");
export const node = join(bin, "node");
export const wrangler = ["--no-warnings", join(root, "node_modules", "wrangler", "wrangler-dist", "cli.js")];

/** Not in [vars] of wrangler.toml: they reach the Worker as secrets and never stand in a printed list. */
export const SECRETS = ["RELATCH_KEYS", "MAIL_PASSWORD"];

/** An application's own form of a variable: `APP_SHOP_MAIL_FROM`. */
const ofApplication = (name) => /^APP_[A-Z0-9_]+$/.test(name);

/** Secrets, the default application's and the others'. */
export const isSecret = (name) => SECRETS.includes(name) || (ofApplication(name) && SECRETS.some((secret) => name.endsWith(`_${secret}`)));

/** The environment of whatever runs other people's code: installing and building need no secret of ours. */
export const withoutSecrets = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSecret(name) && name !== "APPLICATION_KEY"));

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

// ── Files of the STATE folder ────────────────────────────────────────────────────────────────────────────────────────

/** Writes a file that only this user may read, at once or not at all. */
export function writePrivate(path, text) {
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, text, { mode: PRIVATE_FILE });
  renameSync(fresh, path);
}

/** What was made once for this STATE and is kept: made now when it is not there. */
export function kept(path, make) {
  if (!existsSync(path)) writePrivate(path, `${make()}\n`);
  return readFileSync(path, "utf8").trim();
}

export function openState(state) {
  mkdirSync(state, { recursive: true });
  chmodSync(state, PRIVATE_FOLDER);
}

const demoKeys = (state) => kept(join(state, "keys"), () => `1:${randomBytes(32).toString("base64")}`);

/** What configuration holds of a server's key in clear: its hash. */
export const hashedKey = (key) => `demo:${createHash("sha256").update(key).digest("hex")}`;

/** The demo's key for server callers: the environment's, or one that is made once for this STATE. */
export const demoKey = (state) => process.env.APPLICATION_KEY || kept(join(state, "application-key"), () => randomBytes(32).toString("base64"));

/** Three words of four syllables, about 75 bits: long enough for the password rules, and readable aloud. */
export function demoPassword(state) {
  const pick = (letters) => letters[randomInt(letters.length)];
  const word = () => Array.from({ length: 4 }, () => pick("bdfgklmnprstvz") + pick("aeiou")).join("");
  return kept(join(state, "demo-password"), () => process.env.DEMO_PASSWORD || [word(), word(), word()].join("-"));
}

/**
 * The bearer token of a session of ada's, for changes of her password. Unlike the password it may be another one at every
 * start: a session more does no harm.
 */
export function demoSession(state) {
  const { DEMO_SESSION } = process.env;
  if (DEMO_SESSION && !/^[\w.~+/-]+=*$/.test(DEMO_SESSION)) throw new Problem("DEMO_SESSION is not a bearer token: letters, digits and -._~+/ only.");
  const path = join(state, "demo-session");
  if (DEMO_SESSION) writePrivate(path, `${DEMO_SESSION}\n`);
  return kept(path, () => randomBytes(32).toString("base64url"));
}

// ── Ports ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const answers = (host, port) =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 500 });
    const end = (result) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false)).once("timeout", () => end(true));
  });

const canListen = (host, port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(error.code !== "EADDRINUSE" && error.code !== "EACCES"));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });

/**
 * Whether nothing listens on this port of loopback. Waits up to `patience` milliseconds, for a killed predecessor whose
 * sockets the system is still closing.
 */
export async function portIsFree(port, patience = 0) {
  for (const end = Date.now() + patience; ; await sleep(100)) {
    const taken = (await answers("127.0.0.1", port)) || (await answers("::1", port)) || !(await canListen("127.0.0.1", port));
    if (!taken) return true;
    if (Date.now() >= end) return false;
  }
}

export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** A port from the environment or the command line. Names the variable when it is none. */
export function parsePort(name, text) {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65535) throw new Problem(`${name}=${text} is not a port: use a number from 1 to 65535.`);
  return port;
}

// ── The Worker ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** wrangler.toml as it stands. */
export async function readToml() {
  const { parse } = await import("smol-toml");
  return parse(readFileSync(join(root, "wrangler.toml"), "utf8"));
}

/**
 * What a Worker on this machine needs to be told where nothing else is configured: `site` is where it is reached, `smtp`
 * the port of a mail server beside it.
 */
export const demoVariables = (site, smtp) => ({
  DIALECTS: "rest,flask,cloudcms",
  APPLICATIONS: "shop",
  APP_SHOP_APPLICATION_NAME: "Relatch shop",
  PUBLIC_URL: site,
  APPLICATION_NAME: "Relatch demo",
  MAIL_FROM: "Relatch demo <no-reply@example.com>",
  MAIL_SERVER: "localhost",
  MAIL_PORT: String(smtp),
  CONTACT: "help@example.com",
});

/**
 * The configuration of this run, derived from wrangler.toml: absolute paths, variables from the environment, the limit
 * of requests per address from `ipLimit`, the mail binding from `sendEmail`. Secrets are named only; their values travel
 * in the environment.
 */
async function writeConfig({ state, names, variables, secrets, ipLimit, sendEmail, unbound = [], rebuild }) {
  const config = await readToml();
  config.main = join(root, config.main);
  if (config.assets) config.assets.directory = join(root, config.assets.directory);
  config.vars = { ...Object.fromEntries(names.map((name) => [name, config.vars[name]])), ...variables };
  config.secrets = { required: Object.keys(secrets) };
  for (const database of config.d1_databases ?? []) database.migrations_dir = join(root, database.migrations_dir);
  if (ipLimit !== undefined) for (const limiter of config.ratelimits ?? []) limiter.simple.limit = ipLimit;
  if (sendEmail !== undefined) config.send_email = sendEmail;
  for (const list of ["kv_namespaces", "ratelimits"]) config[list] = config[list]?.filter(({ binding, name }) => !unbound.includes(binding ?? name));
  if (rebuild) {
    config.build.cwd = join(root, config.build.cwd);
    config.build.command = "sh tools/build.sh";
    // wrangler takes these from the configuration's folder, also when they are absolute.
    config.build.watch_dir = [config.build.watch_dir].flat().map((folder) => relative(state, join(root, folder)));
  } else {
    delete config.build;
  }
  const path = join(state, "wrangler.json");
  writePrivate(path, JSON.stringify(config, null, 2));
  return path;
}

/** Names of [vars]: which variables of the environment the Worker takes. */
export const variableNames = async () => Object.keys((await readToml()).vars ?? {});

/** The mail binding to wrangler's local sender, which takes mails from the address of `Name <address>`. */
export const localSender = (mailbox) => [
  { name: "EMAIL", allowed_sender_addresses: [/<([^<>]*)>\s*$/.exec(mailbox)?.[1].trim() ?? mailbox.trim()] },
];

export function wranglerEnvironment(state, { names = [], secrets = {} } = {}) {
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
    CI: "1",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    // What it logs is on the screen already, and holds whole URLs.
    WRANGLER_WRITE_LOGS: "false",
    // Of this run only: several at once would otherwise share one registry.
    WRANGLER_REGISTRY_PATH: join(state, "registry"),
  };
  // They stand in the configuration; in the environment wrangler would take them for secrets and hide them.
  for (const name of names) delete env[name];
  // In clear it is for whoever calls the Worker, which knows its hash.
  delete env.APPLICATION_KEY;
  return Object.assign(env, secrets);
}

/**
 * Creates the tables in STATE, and with `password` the demo accounts and `session`. Each is done once: a note beside the data
 * says for which files, and for which session, it was done.
 */
async function prepareDatabase(processes, { state, data, config, password, session }) {
  const env = wranglerEnvironment(state);
  const once = async (note, inputs, work) => {
    const digest = createHash("sha256").update(inputs).digest("hex");
    const path = join(data, note);
    if (existsSync(join(data, "v3", "d1")) && existsSync(path) && readFileSync(path, "utf8") === digest) return;
    await work();
    writePrivate(path, digest);
  };
  const d1 = (name, command, ...args) =>
    processes.run(name, node, [...wrangler, "d1", ...command, "DB", "--local", "--config", config, "--persist-to", data, ...args], { env, capture: true });

  const folder = join(root, "edge", "migrations");
  const migrations = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".sql")).sort() : [];
  const schema = migrations.map((file) => `${file}\n${readFileSync(join(folder, file), "utf8")}`).join("\n");
  if (migrations.length > 0)
    await once("migrated", schema, async () => {
      console.error("applying edge/migrations");
      await d1("applying the migrations", ["migrations", "apply"]);
    });

  if (password === undefined) return;
  const seed = join(root, "edge", "seed");
  await once("seeded", `${readFileSync(join(seed, "accounts.json"))}\n${session}`, async () => {
    console.error("adding the demo accounts");
    const sql = await processes.run("hashing the demo password", node, [join(seed, "seed.mjs")], {
      env: { ...process.env, DEMO_PASSWORD: password, DEMO_SESSION: session },
      capture: true,
    });
    const file = join(state, "seed.sql");
    writePrivate(file, sql);
    try {
      await d1("adding the demo accounts", ["execute"], "--file", file, "--yes");
    } finally {
      rmSync(file, { force: true });
    }
  });
}

/**
 * Starts the Worker and waits until it answers.
 *
 * - `state`: folder of its databases, keys and derived configuration, an absolute path
 * - `port`: on 127.0.0.1
 * - `defaults`: variables that the environment may override, and that override wrangler.toml
 * - `ipLimit`: requests of one address in a minute; undefined: as in wrangler.toml
 * - `sendEmail`: the mail bindings, such as `localSender` makes; undefined: as in wrangler.toml
 * - `unbound`: names of KV namespaces and rate limits to leave out
 * - `path`: what is asked until it answers; undefined: /healthz
 * - `rebuild`: build again when a source changes
 * - `password`: add the demo accounts with this password, and for ada a session of the bearer token `session`
 * - `takes`: which variables the Worker is given at all; undefined: all
 * - `hear`: gets what the Worker and wrangler write, which else goes to our standard error
 */
export async function startWorker(processes, options) {
  const { state, port, path = "/healthz", defaults = {}, ipLimit, sendEmail, unbound, rebuild = false, password, session, takes = () => true, hear } = options;
  const data = join(state, "data");
  mkdirSync(data, { recursive: true, mode: PRIVATE_FOLDER });
  const all = await variableNames();
  const own = Object.keys(process.env).filter(ofApplication);
  const names = [...all, ...own.filter((name) => !isSecret(name))].filter(takes);
  const given = Object.fromEntries(names.filter((name) => process.env[name] !== undefined).map((name) => [name, process.env[name]]));
  const secrets = Object.fromEntries([...SECRETS, ...own.filter(isSecret)].map((name) => [name, process.env[name] ?? (name === "RELATCH_KEYS" ? demoKeys(state) : "")]));
  const variables = { ...defaults, ...given };
  const config = await writeConfig({ state, names, variables, secrets, ipLimit, sendEmail, unbound, rebuild });
  await prepareDatabase(processes, { state, data, config, password, session });

  const args = ["dev", "--config", config, "--persist-to", data, "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
  const env = wranglerEnvironment(state, { names: [...all, ...own], secrets });
  const worker = processes.start("the Worker", node, [...wrangler, ...args, "--show-interactive-dev-session=false"], {
    env,
    stdio: hear ? ["ignore", "pipe", "pipe"] : undefined,
  });
  for (const stream of [worker.stdout, worker.stderr]) stream?.setEncoding("utf8").on("data", hear);

  const deadline = Date.now() + 180_000;
  while (!processes.stopping) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5_000) });
      await response.arrayBuffer();
      return response.status;
    } catch {
      if (Date.now() > deadline) throw new Problem("The Worker did not answer within three minutes. Its messages are above.");
      await sleep(100);
    }
  }
  return await new Promise(() => {});
}
