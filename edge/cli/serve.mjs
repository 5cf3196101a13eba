// Runs one built Worker on this machine, by variables of an environment:
//
//   STATE            folder of the databases, keys and configuration; it is made if it is missing
//   PORT             a port of 127.0.0.1; without it, or with 0, a free one
//   IP_LIMIT         requests of one address in a minute, instead of the limit in wrangler.toml;
//                    twenty times as many of a wider block
//   SEND_EMAIL       binds EMAIL to wrangler's local sender, for this sender address
//   EVENTS_DB        binds EVENTS_DB to a local database of this name
//   UNBOUND          names of KV namespaces and rate limits to leave out, separated by commas
//   WORKER_ENTRY     module to run instead of the package's Worker
//   APPLICATION_KEY  a server key in clear text with every scope, for APPLICATION_KEYS if that is
//                    not set
//   any variable of wrangler.toml, and any secret. Without RELATCH_KEYS, random keys are
//                    kept in STATE. Without PUBLIC_URL, it is http://localhost:PORT
//   DEMO_PASSWORD    password of the demo accounts at the first start, and the bearer token of a
//   DEMO_SESSION     session of ada. Without them, random values are kept in STATE
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { seed } from "../seed/seed.mjs";
import { run, start } from "./children.mjs";
import * as program from "./program.mjs";
import { given, isSecret, localSender, withoutVariables } from "./variables.mjs";
import { devArguments, home, programs } from "./wrangler.mjs";

const { kept, Problem, privateFolder, sha256, writePrivate } = program;

/** The scopes of the server key in `APPLICATION_KEY`. */
const EVERY_SCOPE = "reset+status+links+events+erase+mail+request+operator+retry+invite";

/** How many times more requests a wider block may send than one address. */
const WIDE_FACTOR = 20;

/** Returns the configuration for wrangler, and the secrets. */
function configure(base, env, { state, port, rebuild }) {
  const config = structuredClone(base);
  const variables = given(config.vars, env);
  const keys = variables.RELATCH_KEYS ?? kept(join(state, "keys"), program.randomKeys());
  const secrets = { RELATCH_KEYS: keys, MAIL_PASSWORD: "" };
  config.vars.PUBLIC_URL = `http://localhost:${port}`;
  if (env.APPLICATION_KEY)
    config.vars.APPLICATION_KEYS = `demo:${sha256(env.APPLICATION_KEY)}:${EVERY_SCOPE}`;
  for (const [name, value] of Object.entries(variables))
    (isSecret(name) ? secrets : config.vars)[name] = value;
  config.secrets = { required: Object.keys(secrets) };
  if (env.WORKER_ENTRY) config.main = resolve(env.WORKER_ENTRY);
  if (env.SEND_EMAIL) config.send_email = localSender(env.SEND_EMAIL);
  if (env.EVENTS_DB) {
    const [{ migrations_dir }] = config.d1_databases;
    const events = { binding: "EVENTS_DB", database_name: env.EVENTS_DB, migrations_dir };
    config.d1_databases.push(events);
  }
  if (env.IP_LIMIT)
    for (const { name, simple } of config.ratelimits)
      simple.limit = Number(env.IP_LIMIT) * (name === "LIMITER_WIDE" ? WIDE_FACTOR : 1);
  const unbound = env.UNBOUND?.split(",") ?? [];
  const isBound = ({ binding, name }) => !unbound.includes(binding ?? name);
  config.kv_namespaces = config.kv_namespaces.filter(isBound);
  config.ratelimits = config.ratelimits.filter(isBound);
  // wrangler takes the watched folders from the configuration's folder, even if they are absolute.
  const watch_dir = rebuild?.watch_dir.map((folder) => relative(state, folder));
  if (rebuild) config.build = { ...rebuild, watch_dir };
  return { config, secrets };
}

/** Returns the password and the session of the demo accounts, which STATE keeps. */
function demo(state, { DEMO_PASSWORD, DEMO_SESSION }) {
  if (DEMO_SESSION && !/^[\w.~+/-]+=*$/.test(DEMO_SESSION))
    throw new Problem("DEMO_SESSION must be a bearer token: letters, digits and -._~+/");
  const session = join(state, "demo-session");
  if (DEMO_SESSION) writePrivate(session, DEMO_SESSION);
  return [kept(join(state, "demo-password"), DEMO_PASSWORD), kept(session)];
}

/**
 * Creates the tables of each database and, with `accounts`, the demo accounts, unless a note says
 * that this is done. `d1` runs a command of `wrangler d1`.
 */
async function prepareDatabases(state, d1, bindings, accounts) {
  const migrations = join(home, "migrations");
  const inputs = readdirSync(migrations)
    .sort()
    .map((name) => readFileSync(join(migrations, name), "utf8"))
    .concat(bindings);
  if (accounts) inputs.push(readFileSync(join(home, "seed", "accounts.json"), "utf8"), accounts[1]);
  const digest = sha256(inputs.join());
  const note = join(state, "data", "prepared");
  if (existsSync(note) && readFileSync(note, "utf8") === digest) return;
  for (const binding of bindings) await d1("migrations", "apply", binding);
  if (accounts) await d1("execute", "DB", "--command", seed(...accounts));
  writePrivate(note, digest);
}

/**
 * Starts the Worker and waits until it responds. Returns its origin.
 *
 * - `base`: the configuration, as in wrangler.toml, with absolute paths
 * - `env`: the variables above
 * - `withAccounts`: adds the demo accounts, and a session of ada
 * - `rebuild`: `build` of the configuration, with absolute paths of the watched folders
 */
export async function serve(base, env, { withAccounts = false, rebuild } = {}) {
  if (!env.STATE) throw new Problem("STATE must name the folder for the Worker's data.");
  if (env.IP_LIMIT !== undefined && !/^[1-9]\d{0,8}$/.test(env.IP_LIMIT))
    throw new Problem(`IP_LIMIT must be a positive number, but it is ${env.IP_LIMIT}.`);
  const isGiven = env.PORT && env.PORT !== "0";
  const port = isGiven ? program.parsePort("PORT", env.PORT) : await program.freePort();
  // After a kill, the system may still be closing the sockets of the last run.
  if (!(await program.poll(5_000, () => program.isFree(port))))
    throw new Problem(`Port ${port} is in use. Choose another PORT.`);

  const { wrangler, environment } = programs();
  const state = privateFolder(resolve(env.STATE));
  const { config, secrets } = configure(base, env, { state, port, rebuild });
  const path = join(state, "wrangler.json");
  writePrivate(path, JSON.stringify(config, null, 2));
  const options = {
    cwd: state,
    env: {
      ...withoutVariables(config.vars),
      ...environment,
      ...secrets,
      // Workers that run at the same time would otherwise share one registry.
      WRANGLER_REGISTRY_PATH: join(state, "registry"),
    },
  };
  const data = privateFolder(join(state, "data"));
  const where = ["--config", path, "--persist-to", data];
  const d1 = (...args) => {
    const command = [...wrangler, "d1", ...args, "--local", ...where];
    return run(`wrangler d1 ${args[0]}`, command, { ...options, capture: true });
  };
  const databases = config.d1_databases.map(({ binding }) => binding);
  await prepareDatabases(state, d1, databases, withAccounts && demo(state, env));
  const dev = [...wrangler, ...devArguments(port), ...where];
  start("The Worker", dev, options);
  const { ok, status } = await program.responds(port);
  if (!ok) console.error(`/healthz responds with ${status}. See the log.`);
  return `http://localhost:${port}`;
}
