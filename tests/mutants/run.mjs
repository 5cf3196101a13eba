// `make mutants`: removes one clause of the protocol after the other from a copy of the sources, and shows that the
// simulation finds a story which breaks a law. A clause that can be removed unnoticed fails the run.
//
//   node tests/mutants/run.mjs [words of a clause]
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clauses } from "./clauses.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const wanted = process.argv.slice(2).join(" ");
const copy = mkdtempSync(join(tmpdir(), "relatch-mutants-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" });
for (const file of files.split("\0").filter((name) => /^(edge|sdk|tests|Cargo|README)/.test(name))) {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  cpSync(join(root, file), join(copy, file));
}

/** Runs one scenario. Gives its end: the law that was broken, "holds", or what the compiler said. */
function explore(scenario) {
  const args = ["test", "--quiet", "--package", "relatch-simulation", "--test", "simulation", "--", "--exact", scenario];
  // The libraries are built already, and a copy's own crates never meet those of the project.
  const env = { ...process.env, CARGO_TARGET_DIR: join(root, "target") };
  const { status, stdout, stderr } = spawnSync("cargo", args, { cwd: copy, env, encoding: "utf8" });
  const broken = /^broken: (.*)$/m.exec(stdout);
  if (status === 0) return stdout.includes("1 passed") ? "holds" : `no scenario is called so:\n${stdout}`;
  return broken ? `broken: ${broken[1]}` : `it does not run:\n${stderr.slice(-2000)}`;
}

let unnoticed = 0;
for (const { clause, file, from, to, scenario } of clauses.filter(({ clause }) => clause.includes(wanted))) {
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  console.log(`without "${clause}"`);
  if (source.split(from).length !== 2) {
    console.log(`  it is not in ${file} exactly once: bring tests/mutants/clauses.mjs up to date`);
    unnoticed += 1;
    continue;
  }
  writeFileSync(path, source.replace(from, () => to));
  const end = explore(scenario);
  writeFileSync(path, source);
  console.log(`  ${scenario}: ${end}`);
  unnoticed += end.startsWith("broken: ") ? 0 : 1;
}
console.log(unnoticed === 0 ? "every clause is missed" : `${unnoticed} clauses can be removed unnoticed`);
process.exitCode = unnoticed === 0 ? 0 : 1;
