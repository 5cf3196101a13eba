// The frameworks of package-lock.json in this folder, with the packed npm package beside them.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root, unpack } from "../package/world.mjs";

export const here = join(root, "tests", "ecosystem");

/** Returns a path in this folder's node_modules, such as that of a tool's script. */
export function tool(...path) {
  const found = join(here, "node_modules", ...path);
  if (!existsSync(found)) throw new Error("Run `sh tests/ecosystem/setup.sh` first.");
  return found;
}

let installing;
/** Installs the npm package as it is published. */
export const install = () =>
  (installing ??= (async () => {
    const folder = join(here, "node_modules", "relatch");
    rmSync(folder, { recursive: true, force: true });
    return unpack(folder);
  })());
