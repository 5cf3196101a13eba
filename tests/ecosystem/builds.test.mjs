// The packages are reproducible: two builds of one commit, in clones with paths of different
// lengths and without anything built before, make the same tarballs.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { end, pack, root, runOrThrow, tempPath } from "../package/world.mjs";

after(end);

const MINUTE = 60_000;
/** Of the compiler, for one build. */
const BUILD_TIMEOUT = 20 * MINUTE;

/** Builds the commit in a clone. Returns the digests of its packages. */
async function build(name) {
  const clone = tempPath(name);
  await runOrThrow("git", ["clone", "--quiet", root, clone]);
  // The tools are those of the lock file, and need no registry. They are newer than the lock file
  // of the clone, so that they are not installed again.
  cpSync(join(root, "node_modules"), join(clone, "node_modules"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  const now = new Date();
  utimesSync(join(clone, "node_modules", ".package-lock.json"), now, now);
  const env = { CARGO_TARGET_DIR: join(clone, "target"), RELATCH_ENVIRONMENT: "" };
  const options = { cwd: clone, env, timeout: BUILD_TIMEOUT };
  await runOrThrow("sh", ["edge/tools/build.sh"], options);
  const digests = {};
  for (const folder of ["edge", "js"]) {
    const to = join(clone, "packed", folder);
    mkdirSync(to, { recursive: true });
    const { tarball } = await pack(join(clone, folder), to);
    digests[folder] = createHash("sha256").update(readFileSync(tarball)).digest("hex");
  }
  return digests;
}

test("two clean builds of one commit make the same packages", {
  timeout: 38 * MINUTE,
}, async () => {
  const first = await build("one");
  assert.deepEqual(await build("another-clone-of-it"), first);
});
