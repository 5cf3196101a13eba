// The packages are reproducible: two builds of one commit, in folders with paths of different
// lengths, make the same tarballs.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { end, pack, root, run, runOrThrow, tempPath } from "../package/world.mjs";

after(end);

const MINUTE = 60_000;
/** Of the compiler, for one build. */
const BUILD_TIMEOUT = 20 * MINUTE;

/** Builds the commit in a clone without anything built before. Returns the digests of its packages. */
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
  return digests(clone, tempPath(`${name}-packed`));
}

/** Packs what was built in a folder. Returns the digests of the packages. */
async function digests(built, packed) {
  const packages = {};
  for (const folder of ["edge", "js"]) {
    const to = join(packed, folder);
    mkdirSync(to, { recursive: true });
    const { tarball } = await pack(join(built, folder), to);
    packages[folder] = createHash("sha256").update(readFileSync(tarball)).digest("hex");
  }
  return packages;
}

/** Returns the digests of this folder, which `make test-ecosystem` has built. */
async function buildHere() {
  const { stdout } = await run("git", ["status", "--porcelain"], { cwd: root });
  // A clone has only what is committed.
  return stdout === "" ? digests(root, tempPath("packed-here")) : build("one");
}

test("two builds of one commit make the same packages", {
  timeout: 38 * MINUTE,
}, async () => {
  assert.deepEqual(await build("another-clone-with-a-longer-path"), await buildHere());
});
