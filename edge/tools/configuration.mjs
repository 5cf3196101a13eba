// The configuration of a deployment: wrangler.toml, overridden by the file that CONFIG names.
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as tools from "./local.mjs";

const { Problem } = tools;
const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** Returns the identity of an entry in a list of tables. */
const label = (entry) => isTable(entry) && (entry.binding ?? entry.name ?? entry.tag);
const byLabel = (entries) => Object.fromEntries(entries.map((entry) => [label(entry), entry]));

/**
 * Merges `own` into `base`: tables key by key, and lists of tables entry by entry. Other values of
 * `own` replace those of `base`.
 */
function merge(base, own) {
  if (Array.isArray(base) && Array.isArray(own) && own.every(label))
    return Object.values(merge(byLabel(base), byLabel(own)));
  if (!isTable(base) || !isTable(own)) return own;
  const changes = Object.entries(own).map(([key, value]) => [key, merge(base[key], value)]);
  return { ...base, ...Object.fromEntries(changes) };
}

function checkVariables(file, vars, known) {
  const ids = (vars.APPLICATIONS ?? "").toUpperCase().replaceAll("-", "_").split(",");
  const prefixes = ids.map((id) => `APP_${id.trim()}_`);
  for (const [name, value] of Object.entries(vars)) {
    const prefix = prefixes.find((prefix) => name.startsWith(prefix)) ?? "";
    let error;
    if (tools.isSecret(name)) error = `is a secret: run \`npx wrangler secret put ${name}\``;
    else if (!(name.slice(prefix.length) in known)) error = "must be a variable of wrangler.toml";
    else if (typeof value !== "string") error = "must be in quotes, because every variable is text";
    if (error) throw new Problem(`${file}: ${name} ${error}`);
  }
}

/** Returns wrangler.toml, merged with the file that CONFIG names if it is set. */
export async function deploymentConfig() {
  const { CONFIG } = process.env;
  const base = await tools.readToml();
  if (!CONFIG) return base;
  const own = await tools.readToml(resolve(CONFIG));
  checkVariables(CONFIG, own.vars ?? {}, base.vars);
  return merge(base, own);
}

/**
 * Starts a Worker with empty databases in this process, which must be the pinned Node.js. Returns
 * wrangler's test harness. Throws a Problem if the Worker does not accept its configuration.
 */
export async function startWorker(config, otherErrors = []) {
  Object.assign(process.env, tools.WRANGLER);
  const { createTestHarness } = await import("wrangler");
  const harness = createTestHarness({ workers: [{ config: tools.portable(config) }] });
  await harness.listen();
  // This path needs a valid configuration, but not a team's own tables, which are not here.
  const { status } = await harness.fetch("/password/rules");
  const logged = (pattern) => {
    const lines = harness.getLogs().map(({ message }) => pattern.exec(message)?.[1]);
    return [...new Set(lines.filter(Boolean))];
  };
  const errors = () => logged(/^configuration: (.+)/);
  // The log arrives after the response, line by line.
  if (status !== 200 && (await tools.poll(10_000, () => errors().length))) await sleep(1_000);
  for (const line of logged(/^configuration warning: (.+)/)) console.error(`Warning: ${line}`);
  const all = [...errors(), ...otherErrors];
  if (status === 200 && all.length === 0) return harness;
  await harness.close();
  const where = `In [vars] of ${process.env.CONFIG || "wrangler.toml"}, or as a secret`;
  throw new Problem(`The configuration is not valid. ${where}:\n  ${all.join("\n  ")}`);
}
