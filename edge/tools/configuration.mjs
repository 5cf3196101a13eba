// The configuration of a deployment: wrangler.toml, and over it the team's own file that CONFIG names.
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as tools from "./local.mjs";

const { Problem } = tools;
const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** Returns the identity of an entry in a list of tables. */
const label = (entry) => isTable(entry) && (entry.binding ?? entry.name ?? entry.tag);

/**
 * Merges `own` into `base`: tables key by key, and lists of tables entry by entry. Other values of
 * `own` replace those of `base`.
 */
function merge(base, own) {
  if (isTable(base) && isTable(own)) {
    const changes = Object.entries(own).map(([key, value]) => [key, merge(base[key], value)]);
    return { ...base, ...Object.fromEntries(changes) };
  }
  if (!Array.isArray(base) || !Array.isArray(own) || !own.every(label)) return own;
  const entries = new Map(base.map((entry) => [label(entry), entry]));
  for (const entry of own) entries.set(label(entry), merge(entries.get(label(entry)), entry));
  return [...entries.values()];
}

function checkVariables(file, vars, known) {
  const ids = (vars.APPLICATIONS ?? "").split(",").map((id) => id.trim().toUpperCase());
  const prefixes = ids.map((id) => `APP_${id.replaceAll("-", "_")}_`);
  for (const [name, value] of Object.entries(vars)) {
    const prefix = prefixes.find((prefix) => name.startsWith(prefix)) ?? "";
    const fail = (text) => {
      throw new Problem(`${file}: ${name} ${text}`);
    };
    if (tools.isSecret(name)) fail(`is a secret. Run \`npx wrangler secret put ${name}\` instead.`);
    if (!(name.slice(prefix.length) in known))
      fail("is no variable of Relatch. wrangler.toml has all of them.");
    if (typeof value !== "string") fail("is not in quotes. Every variable is text.");
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
  const errors = () => {
    const lines = harness.getLogs().map(({ message }) => /^configuration: (.+)/.exec(message)?.[1]);
    return [...new Set(lines.filter(Boolean))];
  };
  // The log arrives after the response, line by line.
  for (let rounds = 20, count = 0; status !== 200 && rounds > 0; rounds--, await sleep(500)) {
    if (count > 0 && count === errors().length) break;
    count = errors().length;
  }
  const all = [...errors(), ...otherErrors];
  if (status === 200 && all.length === 0) return harness;
  await harness.close();
  const where = `In [vars] of ${process.env.CONFIG || "wrangler.toml"}, or as a secret`;
  throw new Problem(`The configuration is not valid. ${where}:\n  ${all.join("\n  ")}`);
}
