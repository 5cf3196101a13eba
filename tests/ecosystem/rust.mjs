// Workers in Rust: builds an example, and configures a copy of it.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { runOrThrow, tempPath } from "../package/world.mjs";
import { here } from "./world.mjs";

/** The time of a test that builds a Worker. */
export const BUILD_LIMIT = { timeout: 900_000 };

/**
 * Builds an example and puts it into a new folder as `wrangler dev` runs it. `more` is added to its
 * configuration. Returns the folder.
 */
export async function buildWorker(name, example, more = {}) {
  const cwd = tempPath(name);
  mkdirSync(cwd);
  const script = join(here, "worker.sh");
  await runOrThrow("sh", [script, example, join(cwd, "build")], BUILD_LIMIT);
  // It is built already.
  const { build: _, ...config } = parse(readFileSync(join(example, "wrangler.toml"), "utf8"));
  writeFileSync(join(cwd, "wrangler.json"), JSON.stringify({ ...config, ...more }));
  return cwd;
}

/** Returns the names that the module of a built Worker exports. */
export function exportsOf(cwd) {
  const script = readFileSync(join(cwd, "build", "index.js"), "utf8");
  const lists = [...script.matchAll(/export\s*\{([^}]*)\}/g)].flatMap(([, list]) =>
    list.split(",").map((name) => name.trim().split(" as ").at(-1)),
  );
  const declared = [...script.matchAll(/export\s+(default|class|function|const|let|var)\s*(\w*)/g)];
  const names = declared.map(([, kind, name]) => (kind === "default" ? kind : name));
  return [...lists, ...names].filter((name) => name !== "");
}

/** Copies the assets of the hosted pages into a folder of static assets, under a base path. */
export function copyAssets(from, folder, basePath) {
  cpSync(join(from, "password"), join(folder, basePath, "password"), { recursive: true });
}
