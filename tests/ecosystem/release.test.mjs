// The workflow that publishes a release: actionlint reports nothing, and each command is a make
// target that also runs elsewhere.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../package/world.mjs";
import { here } from "./world.mjs";

const folder = join(root, ".github", "workflows");
const { createLinter } = createRequire(join(here, "package.json"))("actionlint");

test("actionlint reports nothing about the workflows", async () => {
  const lint = await createLinter();
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), "utf8");
    assert.deepEqual(lint(text, `.github/workflows/${name}`), []);
    // A workflow that has a typing error is reported.
    assert.notDeepEqual(lint(text.replace("runs-on:", "run-on:"), name), []);
  }
});
