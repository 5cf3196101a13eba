// The configuration of a deployment: wrangler.toml, and over it the file that CONFIG names with what is a team's own.
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Problem, isSecret, openState, root, writePrivate } from "./local.mjs";

const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** What an entry of a list of tables is told apart by. */
const label = (entry) => (isTable(entry) ? (entry.binding ?? entry.name ?? entry.tag) : undefined);

/**
 * `own` over `base`: tables key by key, entries of a list that have the same name one over the other; everything else
 * replaces what was there.
 */
function over(base, own) {
  if (isTable(base) && isTable(own)) {
    const merged = { ...base };
    for (const [key, value] of Object.entries(own)) merged[key] = key in base ? over(base[key], value) : value;
    return merged;
  }
  if (Array.isArray(base) && Array.isArray(own) && own.every((entry) => label(entry) !== undefined)) {
    const named = (list, entry) => list.find((other) => label(other) === label(entry));
    const kept = base.map((entry) => (named(own, entry) ? over(entry, named(own, entry)) : entry));
    return [...kept, ...own.filter((entry) => !named(base, entry))];
  }
  return own;
}

/** Reads a TOML file; `name` is what the user calls it. */
async function read(path, name) {
  const { parse } = await import("smol-toml");
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Problem(error.code === "ENOENT" ? `${name} names ${path}, which is not there.` : `${path} is not TOML: ${error.message}`);
  }
}

/**
 * The configuration to deploy and the file that wrangler reads it from: wrangler.toml itself when CONFIG is not set, else
 * one derived from both, in `folder`. Paths in it are absolute, so that it works from any folder.
 */
export async function deploymentConfig(own, folder) {
  const path = join(root, "wrangler.toml");
  const base = await read(path, "wrangler.toml");
  if (!own) return { config: base, path };

  const named = await read(resolve(own), "CONFIG");
  const ids = (named.vars?.APPLICATIONS ?? "").split(",").map((id) => id.trim()).filter(Boolean);
  const prefixes = ids.map((id) => `APP_${id.toUpperCase().replaceAll("-", "_")}_`);
  const isKnown = (variable) => {
    const own = (prefix) => variable.startsWith(prefix) && variable.slice(prefix.length) in base.vars;
    return variable in base.vars || prefixes.some(own);
  };
  for (const variable of Object.keys(named.vars ?? {})) {
    if (isSecret(variable))
      throw new Problem(`${own}: ${variable} is a secret. Take it out: it goes to Cloudflare with \`npx wrangler secret put ${variable}\`.`);
    if (!isKnown(variable)) throw new Problem(`${own}: ${variable} is no variable of Relatch. wrangler.toml lists them all.`);
    if (typeof named.vars[variable] !== "string") throw new Problem(`${own}: ${variable} is not in quotes. Every variable is text.`);
  }
  const config = over(base, named);
  config.main = resolve(root, config.main);
  if (config.assets) config.assets.directory = resolve(root, config.assets.directory);
  for (const database of config.d1_databases ?? []) database.migrations_dir = resolve(root, database.migrations_dir);
  // The build has been run, and its folder is named from the file's own.
  delete config.build;
  mkdirSync(folder, { recursive: true });
  openState(folder);
  const derived = join(folder, `${config.name}.json`);
  writePrivate(derived, JSON.stringify(config, null, 2));
  return { config, path: derived };
}

const isLoopback = (host) => /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(host);

/** What holds on this machine and cannot hold on Cloudflare. Complaints name the variable. */
export function unfitForProduction({ vars }) {
  const wrong = [];
  if (isLoopback(URL.canParse(vars.PUBLIC_URL) ? new URL(vars.PUBLIC_URL).hostname : ""))
    wrong.push("PUBLIC_URL: is an address of this machine; people reach the Worker at https://…");
  if (isLoopback(vars.MAIL_SERVER ?? "")) wrong.push("MAIL_SERVER: is this machine, which a Worker on Cloudflare cannot reach");
  if (vars.MAIL_SERVER && vars.MAIL_PORT === "25") wrong.push("MAIL_PORT: is 25, which Cloudflare does not let Workers reach");
  return wrong;
}

/** Whether the configuration itself brings requests for PUBLIC_URL to the Worker. */
export function isRouted({ vars, name, workers_dev: workersDev, route, routes }) {
  const { hostname } = new URL(vars.PUBLIC_URL);
  const patterns = [route, ...(routes ?? [])].filter(Boolean).map((entry) => entry.pattern ?? entry);
  if (patterns.some((pattern) => pattern.replace(/^https?:\/\//, "").split("/")[0] === hostname)) return true;
  return hostname.startsWith(`${name}.`) && hostname.endsWith(".workers.dev") && (workersDev ?? patterns.length === 0);
}
