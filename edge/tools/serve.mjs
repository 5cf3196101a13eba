// Runs one built Worker on this machine:
//
//   STATE=folder PORT=port node edge/tools/serve.mjs [--seed] [--rebuild]
//
// Standard output is one line, `ready http://localhost:PORT`, once the Worker responds. The logs of
// the Worker and of wrangler go to standard error. SIGTERM or SIGINT stops both.
//
//   STATE            folder of the databases, keys and configuration; it is made if it is missing
//   PORT             a port of 127.0.0.1; without it, or with 0, a free one
//   IP_LIMIT         requests of one address in a minute, instead of the limit in wrangler.toml;
//                    twenty times as many of a wider block
//   SEND_EMAIL       binds EMAIL to wrangler's local sender, for this sender address
//   EVENTS_DB        binds EVENTS_DB to a local database of this name
//   UNBOUND          names of KV namespaces and rate limits to leave out, separated by commas
//   WORKER_ENTRY     module to run instead of edge/entry.js
//   APPLICATION_KEY  a server key in clear text, for APPLICATION_KEYS if that is not set
//   any variable of wrangler.toml, RELATCH_KEYS and MAIL_PASSWORD. Without RELATCH_KEYS, random
//                    keys are kept in STATE. Without PUBLIC_URL, it is http://localhost:PORT
//   --seed           adds the demo accounts, with the password DEMO_PASSWORD at the first start,
//                    and a session of ada with the bearer token DEMO_SESSION. Without these
//                    variables, random values are kept in STATE
//   --rebuild        builds when a source changes; without it, `make build` must have run
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import * as tools from "./local.mjs";

const { Problem, root } = tools;
const { env } = process;
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** How many times more requests a wider block may send than one address. */
const WIDE_FACTOR = 20;

/** Returns the configuration for wrangler, and the secrets. */
async function configuration(state, port, rebuild) {
  const toml = await tools.readToml();
  const config = tools.portable(toml);
  const given = tools.environment(
    (name) => name in config.vars || tools.ofApplication(name) || tools.isSecret(name),
  );
  const keys = join(state, "keys");
  const secrets = { RELATCH_KEYS: given.RELATCH_KEYS ?? tools.kept(keys, tools.randomKeys()) };
  secrets.MAIL_PASSWORD = "";
  config.vars.PUBLIC_URL = `http://localhost:${port}`;
  if (env.APPLICATION_KEY) config.vars.APPLICATION_KEYS = `demo:${sha256(env.APPLICATION_KEY)}`;
  for (const [name, value] of Object.entries(given))
    (tools.isSecret(name) ? secrets : config.vars)[name] = value;
  config.secrets = { required: Object.keys(secrets) };
  if (env.WORKER_ENTRY) config.main = resolve(env.WORKER_ENTRY);
  if (env.SEND_EMAIL) config.send_email = tools.localSender(env.SEND_EMAIL);
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
  const watched = toml.build.watch_dir.map((folder) => relative(state, join(root, folder)));
  if (rebuild) config.build = { command: "sh edge/tools/build.sh", cwd: root, watch_dir: watched };
  return { config, secrets };
}

/** Creates the tables of each database and, with `seed`, the demo accounts, unless a note says that this is done. */
function prepareDatabases(state, d1, bindings, seed) {
  const edge = join(root, "edge");
  const read = (...path) => readFileSync(join(edge, ...path), "utf8");
  const inputs = readdirSync(join(edge, "migrations"))
    .sort()
    .map((name) => read("migrations", name))
    .concat(bindings);
  if (seed) {
    const { DEMO_PASSWORD, DEMO_SESSION } = env;
    if (DEMO_SESSION && !/^[\w.~+/-]+=*$/.test(DEMO_SESSION))
      throw new Problem("DEMO_SESSION must be a bearer token: letters, digits and -._~+/");
    env.DEMO_PASSWORD = tools.kept(join(state, "demo-password"), DEMO_PASSWORD);
    if (DEMO_SESSION) tools.writePrivate(join(state, "demo-session"), DEMO_SESSION);
    env.DEMO_SESSION = tools.kept(join(state, "demo-session"));
    inputs.push(read("seed", "accounts.json"), env.DEMO_SESSION);
  }
  const digest = sha256(inputs.join());
  const note = join(state, "data", "prepared");
  if (existsSync(note) && readFileSync(note, "utf8") === digest) return;
  for (const binding of bindings) d1("migrations", "apply", binding);
  if (seed) {
    const command = [tools.node, join(edge, "seed", "seed.mjs")];
    d1("execute", "DB", "--command", tools.run("The seed", command, { capture: true }));
  }
  tools.writePrivate(note, digest);
}

await tools.guard(async () => {
  const flags = process.argv.slice(2);
  const [seed, rebuild] = ["--seed", "--rebuild"].map((flag) => flags.includes(flag));
  if (flags.length > seed + rebuild)
    throw new Problem(`serve: unknown argument: ${flags.join(" ")}`);
  if (!env.STATE) throw new Problem("serve: STATE must name the folder for the Worker's data.");
  if (env.IP_LIMIT !== undefined && !/^[1-9]\d{0,8}$/.test(env.IP_LIMIT))
    throw new Problem(`serve: IP_LIMIT must be a positive number, but it is ${env.IP_LIMIT}.`);
  if (!rebuild && !existsSync(join(root, "edge", "build", "index.js")))
    throw new Problem("serve: edge/build is missing. Run `make build` first.");
  const isGiven = env.PORT && env.PORT !== "0";
  const port = isGiven ? tools.parsePort("PORT", env.PORT) : await tools.freePort();
  // After a kill, the system may still be closing the sockets of the last run.
  if (!(await tools.poll(5_000, () => tools.isFree(port))))
    throw new Problem(`serve: port ${port} is in use. Choose another PORT.`);

  const state = tools.privateFolder(resolve(env.STATE));
  const { config, secrets } = await configuration(state, port, rebuild);
  const path = join(state, "wrangler.json");
  tools.writePrivate(path, JSON.stringify(config, null, 2));
  // Workers that run at the same time would otherwise share one registry.
  const registry = { WRANGLER_REGISTRY_PATH: join(state, "registry") };
  const environment = tools.wranglerEnvironment(config, { ...secrets, ...registry });
  const data = tools.privateFolder(join(state, "data"));
  const where = ["--config", path, "--persist-to", data];
  const wrangler = (...args) => [...tools.wrangler, ...args, ...where];
  const options = { capture: true, env: environment };
  const d1 = (...args) =>
    tools.run(`wrangler d1 ${args[0]}`, wrangler("d1", ...args, "--local"), options);
  const databases = config.d1_databases.map(({ binding }) => binding);
  prepareDatabases(state, d1, databases, seed);
  const listen = ["--ip", "127.0.0.1", "--port", `${port}`, "--inspector-port", "0"];
  const dev = wrangler("dev", ...listen, "--show-interactive-dev-session=false");
  tools.start("The Worker", dev, environment);
  const health = async () => {
    const signal = AbortSignal.timeout(5_000);
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal });
    await response.arrayBuffer();
    return response;
  };
  const response = await tools.poll(180_000, () => health().catch(() => undefined));
  if (!response) throw new Problem("The Worker did not respond within three minutes. See its log.");
  if (!response.ok) console.error(`serve: /healthz responds with ${response.status}. See the log.`);
  console.log(`ready http://localhost:${port}`);
});
