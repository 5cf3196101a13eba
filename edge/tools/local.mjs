// Shared parts of the tools of this repository: the pinned programs and wrangler.toml.
import { readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as children from "../cli/children.mjs";
import { Problem } from "../cli/program.mjs";
import { withoutVariables } from "../cli/variables.mjs";
import { WRANGLER } from "../cli/wrangler.mjs";

export * from "../cli/children.mjs";
export * from "../cli/program.mjs";
export * from "../cli/variables.mjs";
export { WRANGLER };

export const root = fileURLToPath(new URL("../../", import.meta.url));
const bin = join(root, "node_modules", ".bin");
/** The pinned Node.js. wrangler needs a recent one. */
export const node = join(bin, "node");
/** The command that starts wrangler. */
export const wrangler = [
  ...[node, "--no-warnings"],
  join(root, "node_modules", "wrangler", "wrangler-dist", "cli.js"),
];

/** Runs a program to its end, in the root. */
export const run = (name, command, options) =>
  children.run(name, command, { cwd: root, ...options });

export const build = (...flags) =>
  run("The build", ["sh", join(root, "edge", "tools", "build.sh"), ...flags]);

/** Returns the environment of wrangler. */
export const wranglerEnvironment = (config) => ({
  ...withoutVariables(config.vars),
  ...WRANGLER,
  PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
});

export async function readToml(path = join(root, "wrangler.toml")) {
  const { parse } = await import("smol-toml");
  try {
    return parse(readFileSync(path, "utf8"));
  } catch ({ code, message }) {
    const problem = code === "ENOENT" ? "must exist" : "must be TOML";
    throw new Problem(`${path} ${problem}: ${message}`);
  }
}

/** Returns a configuration that works in any folder: absolute paths, and no build. */
export function portable({ build: _, ...config }) {
  config.main = resolve(root, config.main);
  config.assets.directory = resolve(root, config.assets.directory);
  for (const one of config.d1_databases) one.migrations_dir = resolve(root, one.migrations_dir);
  return config;
}

/** Returns how wrangler rebuilds the Worker when a source changes. */
export async function rebuild() {
  const { watch_dir } = (await readToml()).build;
  const folders = watch_dir.map((folder) => join(root, folder));
  return { command: "sh edge/tools/build.sh", cwd: root, watch_dir: folders };
}
