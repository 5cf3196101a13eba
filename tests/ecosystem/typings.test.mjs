// The typings of the elements for frameworks, with each framework's own checker and the strictest
// options. What must not compile is marked in the sources.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import * as repository from "../package/world.mjs";
import { end, node, run } from "../package/world.mjs";
import { here, install, tool } from "./world.mjs";

after(end);

const LIMIT = { timeout: 300_000 };
const project = (name) => join(here, "typings", name);

/** Runs a checker. Returns its exit code and its output. */
async function check(script, ...args) {
  await install();
  const { code, stdout, stderr } = await run(node, [script, ...args], { cwd: here, ...LIMIT });
  return { code, output: `${stdout}${stderr}` };
}

for (const framework of ["react", "solid"]) {
  test(`${framework}: valid elements compile, invalid elements do not`, LIMIT, async () => {
    for (const tsc of [
      repository.tool("typescript", "bin", "tsc"),
      tool("typescript", "bin", "tsc"),
    ]) {
      const { code, output } = await check(tsc, "--project", project(framework));
      assert.equal(code, 0, output);
    }
  });
}

test("vue: vue-tsc accepts valid elements and rejects invalid ones", LIMIT, async () => {
  const { code, output } = await check(
    tool("vue-tsc", "bin", "vue-tsc.js"),
    "--project",
    project("vue"),
  );
  assert.equal(code, 0, output);
});

test("svelte: svelte-check accepts valid elements and rejects invalid ones", LIMIT, async () => {
  const flags = (name) => [
    ...["--workspace", project(name), "--tsconfig", join(project(name), "tsconfig.json")],
    ...["--output", "machine", "--fail-on-warnings"],
  ];
  const script = tool("svelte-check", "bin", "svelte-check");
  const valid = await check(script, ...flags("svelte"));
  assert.equal(valid.code, 0, valid.output);

  const invalid = await check(script, ...flags("svelte-wrong"));
  const lines = [...invalid.output.matchAll(/ERROR "Wrong\.svelte" (\d+):/g)].map(
    ([, line]) => +line,
  );
  const source = readFileSync(join(project("svelte-wrong"), "Wrong.svelte"), "utf8").split("\n");
  const expected = source.flatMap((line, index) =>
    line.startsWith("<relatch") ? [index + 1] : [],
  );
  assert.deepEqual([...new Set(lines)], expected, invalid.output);
});
