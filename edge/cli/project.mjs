// A Worker of the user: its wrangler configuration, and how wrangler runs it on this machine.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { run } from "./children.mjs";
import { Problem } from "./program.mjs";
import { programs } from "./wrangler.mjs";

/** The files that wrangler looks for, in its order. */
const FILES = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/** A line of a file of secrets that sets keys. */
const KEYS = /^\s*(export\s+)?RELATCH_KEYS\s*=\s*["']?\d/m;

/** Prints a configuration as JSON. Arguments: wrangler's module, the file, the environment. */
const READ = `
  const [module, config, env] = process.argv.slice(1);
  const { unstable_readConfig } = require(module);
  try {
    const read = unstable_readConfig({ config, env: env || undefined }, { hideWarnings: true });
    process.stdout.write("\\n" + JSON.stringify(read));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
`;

/** Returns the path of a configuration file: the named one, or the one in this folder. */
function find(file) {
  if (file === undefined) {
    const found = FILES.find((name) => existsSync(name));
    if (found) return resolve(found);
    throw new Problem(`This folder must have a wrangler configuration: ${FILES.join(", ")}.`);
  }
  if (!existsSync(file)) throw new Problem(`${file} must exist: --config names no file.`);
  return resolve(file);
}

/**
 * Reads a wrangler configuration. Returns:
 *
 * - `name`: the file's path from this folder
 * - `folder`: the folder of the file
 * - `config`: the configuration, as wrangler reads it
 * - `migrate(options, flags)`: applies the migrations of its databases
 * - `command(args)`: the command that runs wrangler with the configuration
 * - `hasKeys`: whether the file of its local secrets has RELATCH_KEYS
 * - `secrets`: the file of its local secrets, if there is one
 */
export async function readProject({ config: named, env = "" } = {}) {
  const file = find(named);
  const folder = dirname(file);
  const { node, wrangler, module, environment } = programs();
  const options = { env: { ...process.env, ...environment } };
  const read = [node, "--no-warnings", "--eval", READ, module, file, env];
  const output = await run(`Reading ${file}`, read, { ...options, capture: true });
  const config = JSON.parse(output.slice(output.lastIndexOf("\n") + 1));
  const command = (...args) => [
    ...[...wrangler, ...args, "--config", file],
    ...(env ? ["--env", env] : []),
  ];

  async function migrate(...flags) {
    for (const { binding, migrations_dir = "migrations" } of config.d1_databases) {
      if (!existsSync(resolve(folder, migrations_dir))) continue;
      const apply = command("d1", "migrations", "apply", binding, "--local", ...flags);
      await run(`wrangler d1 migrations apply ${binding}`, apply, { ...options, capture: true });
    }
  }

  const secrets = [...(env ? [`.dev.vars.${env}`] : []), ".dev.vars", ".env"]
    .map((name) => join(folder, name))
    .find((path) => existsSync(path));
  const hasKeys = secrets !== undefined && KEYS.test(readFileSync(secrets, "utf8"));
  const name = relative(process.cwd(), file);
  return { name, folder, config, migrate, command, secrets, hasKeys, options };
}
