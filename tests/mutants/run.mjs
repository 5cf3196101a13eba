// `make mutants`: removes one clause of the protocol after the other from a copy of the sources,
// and checks that the simulation then finds a violated law. The run fails if the simulation accepts
// a protocol without one of its clauses.
//
//   node tests/mutants/run.mjs [part of a clause]
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clauses } from "./clauses.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const filter = process.argv.slice(2).join(" ");
const copy = mkdtempSync(join(tmpdir(), "relatch-mutants-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const gitArgs = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
const files = execFileSync("git", gitArgs, { cwd: root, encoding: "utf8" }).split("\0");
for (const file of files.filter((name) => /^(edge|sdk|tests|Cargo|README)/.test(name))) {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  cpSync(join(root, file), join(copy, file));
}

/**
 * Runs one scenario of the simulation in the copy. Returns "broken: " and the violated law,
 * "holds", or why the scenario did not run.
 */
function explore(scenario) {
  const test = ["--package", "relatch-simulation", "--test", "simulation"];
  const args = ["test", "--quiet", ...test, "--", "--exact", scenario];
  // A target folder for copies only: Cargo identifies the crates of a workspace by their paths
  // within it, so that a later build of the project would reuse a mutated crate.
  const env = { ...process.env, CARGO_TARGET_DIR: join(root, "target/mutants") };
  const { status, stdout, stderr } = spawnSync("cargo", args, { cwd: copy, env, encoding: "utf8" });
  if (status === 0) {
    return stdout.includes("1 passed") ? "holds" : `there is no such scenario:\n${stdout}`;
  }
  const broken = /^broken: (.*)$/m.exec(stdout);
  return broken ? `broken: ${broken[1]}` : `it did not run:\n${stderr.slice(-2000)}`;
}

const selected = clauses.filter(({ clause }) => clause.includes(filter));
if (selected.length === 0) {
  console.error(`mutants: no clause contains "${filter}"`);
  process.exit(1);
}

let failures = 0;
for (const { clause, file, from, to, scenario } of selected) {
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  console.log(`without "${clause}"`);
  if (source.split(from).length !== 2) {
    console.log(`  ${file} must contain the clause exactly once: update tests/mutants/clauses.mjs`);
    failures += 1;
    continue;
  }
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  const outcome = explore(scenario);
  writeFileSync(path, source);
  console.log(`  ${scenario}: ${outcome}`);
  if (!outcome.startsWith("broken: ")) failures += 1;
}
if (failures === 0) console.log("the simulation detects the removal of each clause");
else console.log(`the simulation does not detect the removal of ${failures} clauses`);
process.exitCode = failures === 0 ? 0 : 1;
