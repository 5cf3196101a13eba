// Checks what a release consists of, and writes it into target/release-files: the npm packages, the
// crates, their SBOMs (CycloneDX), the notes of the version, and checksums. docs/releasing.md
// describes it.
//
//   node edge/tools/release.mjs          check and write, publish nothing
//   node edge/tools/release.mjs npm      publish the npm packages that were written
//   node edge/tools/release.mjs crates   publish the crates
//
//   RELEASE_TAG          the tag of the release, such as v1.2.3: the version of all packages
//   RELEASE_REPOSITORY   the URL of the public repository, which the packages then name
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { argv, env } from "node:process";
import { pathToFileURL } from "node:url";
import { guard, Problem, root, run, sha256 } from "./local.mjs";

const read = (path) => fs.readFileSync(join(root, path), "utf8");
const capture = (name, command, options) => run(name, command, { capture: true, ...options });

/** The npm packages, by their folders. */
export const PACKAGES = ["js", "edge"];
/** What every package has. */
export const METADATA = ["LICENSE", "NOTICE", "README.md"];

// The changelog

const CATEGORIES = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/** Returns what in a changelog is not as https://keepachangelog.com/en/1.1.0/ says. */
export function changelogErrors(text) {
  const errors = [];
  const lines = text.split("\n");
  if (lines[0] !== "# Changelog") errors.push("the title must be `# Changelog`");
  const versions = [];
  let found = [];
  for (const line of lines) {
    if (line.startsWith("## ")) {
      const version = /^## \[(Unreleased|\d+\.\d+\.\d+)\](?: - (\d{4}-\d\d-\d\d))?$/.exec(line);
      const isDated = version?.[2] !== undefined && !Number.isNaN(Date.parse(version[2]));
      if (!version || isDated !== (version[1] !== "Unreleased"))
        errors.push(`\`${line}\` must be \`## [Unreleased]\` or \`## [1.2.3] - 2026-12-31\``);
      else versions.push(version[1]);
      found = [];
    } else if (line.startsWith("### ")) {
      const category = line.slice(4);
      if (!CATEGORIES.includes(category))
        errors.push(`\`${line}\` must be one of ${CATEGORIES.join(", ")}`);
      if (found.includes(category)) errors.push(`\`${line}\` occurs twice in one version`);
      found.push(category);
    }
  }
  const [unreleased, ...released] = versions;
  if (unreleased !== "Unreleased") errors.push("the first version must be `## [Unreleased]`");
  const newestFirst = released.toSorted((a, b) => compareVersions(b, a));
  if (released.join() !== newestFirst.join()) errors.push("the newest version must come first");
  return errors;
}

function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

/** Returns what the changelog says about a version, or about what is not released yet. */
export function notesOf(text, version) {
  const [, notes] = text.split(new RegExp(`^## \\[${RegExp.escape(version)}\\].*$`, "m"));
  if (notes === undefined) throw new Problem(`CHANGELOG.md has no section \`## [${version}]\`.`);
  return `${notes.split(/^## /m)[0].trim()}\n`;
}

// The manifests

/** Returns the packages of the workspace that may be published, as Cargo describes them. */
export async function crates() {
  const command = ["cargo", "metadata", "--format-version=1", "--no-deps", "--locked"];
  const { packages } = JSON.parse(await capture("cargo metadata", command));
  return packages.filter(({ publish }) => publish === null);
}

/** Returns the names of the files of a crate. */
export async function crateFiles(name) {
  const flags = ["--list", "--allow-dirty", "--locked", "-p", name];
  const files = await capture("cargo package", ["cargo", "package", ...flags]);
  return files.trim().split("\n");
}

/** Returns the only version of everything that is published. */
export async function versionOfAll() {
  const packages = PACKAGES.map((folder) => JSON.parse(read(`${folder}/package.json`)));
  const versions = new Set([...packages, ...(await crates())].map(({ version }) => version));
  const [version, ...others] = versions;
  if (others.length > 0)
    throw new Problem(`All packages must have one version: ${[...versions].join(", ")}.`);
  return version;
}

// The files of a release

const out = join(root, "target", "release-files");
const source = join(root, "target", "release-source");

/** Copies what Git tracks, and names the repository in the manifests. */
async function copySource() {
  fs.rmSync(source, { recursive: true, force: true });
  const listed = await capture("git ls-files", ["git", "ls-files", "-z"]);
  const tracked = listed.split("\0").filter(Boolean);
  for (const path of tracked) {
    fs.mkdirSync(dirname(join(source, path)), { recursive: true });
    fs.cpSync(join(root, path), join(source, path), { verbatimSymlinks: true });
  }
  if (!env.RELEASE_REPOSITORY) {
    console.error("release: SKIPPED naming the repository: RELEASE_REPOSITORY is not set");
    return;
  }
  for (const { name, manifest_path } of await crates()) {
    const path = join(source, manifest_path.slice(root.length));
    const manifest = fs.readFileSync(path, "utf8");
    const after = `name = "${name}"\n`;
    const repository = `repository = ${JSON.stringify(env.RELEASE_REPOSITORY)}\n`;
    fs.writeFileSync(path, manifest.replace(after, after + repository));
  }
}

/** Packs an npm package that `make build` has made. */
async function packNpm(folder) {
  const from = join(source, "..", `release-npm-${folder}`);
  fs.rmSync(from, { recursive: true, force: true });
  const manifest = JSON.parse(read(`${folder}/package.json`));
  // npm leaves out what the others name.
  const paths = manifest.files.filter((path) => !path.startsWith("!"));
  for (const path of ["package.json", ...paths])
    fs.cpSync(join(root, folder, path), join(from, path), { recursive: true });
  if (env.RELEASE_REPOSITORY) {
    const repository = { type: "git", url: `git+${env.RELEASE_REPOSITORY}.git`, directory: folder };
    const bugs = `${env.RELEASE_REPOSITORY}/issues`;
    const complete = { ...manifest, homepage: env.RELEASE_REPOSITORY, bugs, repository };
    fs.writeFileSync(join(from, "package.json"), `${JSON.stringify(complete, null, 2)}\n`);
  }
  const command = ["npm", "pack", "--json", "--ignore-scripts", "--pack-destination", out, from];
  const [{ filename, files }] = JSON.parse(await capture("npm pack", command));
  const names = files.map(({ path }) => path);
  for (const name of METADATA)
    if (!names.includes(name)) throw new Problem(`${filename} must contain ${name}.`);
  return filename;
}

/** The crates in the order of their dependencies, as arguments of Cargo. */
const crateArguments = async () => (await crates()).flatMap(({ name }) => ["-p", name]);

/** Runs `cargo package` or `cargo publish` over the copy. Returns the folder of the packages. */
async function runCargo(command, ...flags) {
  const target = join(root, "target", "release-crates");
  const options = ["--allow-dirty", "--locked", "--manifest-path", join(source, "Cargo.toml")];
  const names = await crateArguments();
  await run(`cargo ${command}`, ["cargo", command, ...options, ...flags, ...names], {
    env: { ...env, CARGO_TARGET_DIR: target },
  });
  return join(target, "package");
}

/**
 * Writes an SBOM of the crates that are compiled into a module, or of a crate.
 *
 * - `folder`: the folder of its Cargo.toml
 * - `target`: the target that it is compiled for
 */
async function writeCargoSbom(folder, target, name) {
  const flags = ["--format", "json", "--spec-version", "1.5", "--target", target];
  const manifest = ["--manifest-path", join(source, folder, "Cargo.toml")];
  const written = ["--override-filename", "sbom"];
  await run("cargo cyclonedx", [
    join(env.RELATCH_SBOM, "bin", "cargo-cyclonedx"),
    "cyclonedx",
    ...flags,
    ...manifest,
    ...written,
  ]);
  const sbom = JSON.parse(fs.readFileSync(join(source, folder, "sbom.json"), "utf8"));
  writeSbom(sbom, name);
}

/** Writes an SBOM of the npm packages in the Worker. */
async function writeNpmSbom(version, name) {
  // An SBOM needs a version, which the workspace does not have.
  const path = join(source, "package.json");
  const manifest = JSON.parse(fs.readFileSync(path, "utf8"));
  fs.writeFileSync(path, JSON.stringify({ ...manifest, name: "relatch-worker", version }));
  const flags = ["--sbom-format", "cyclonedx", "--omit", "dev", "--omit", "optional"];
  const command = ["npm", "--prefix", source, "sbom", "--package-lock-only", ...flags];
  const sbom = JSON.parse(await capture("npm sbom", command));
  sbom.metadata.component.name = "relatch-worker";
  writeSbom(sbom, name);
}

function writeSbom(sbom, name) {
  if (sbom.bomFormat !== "CycloneDX" || !(sbom.components?.length > 0))
    throw new Problem(`${name} is not an SBOM with components.`);
  // Paths of this machine.
  const text = JSON.stringify(sbom, null, 2).replaceAll(source, "");
  if (text.includes(root)) throw new Problem(`${name} contains a path of this machine.`);
  fs.writeFileSync(join(out, name), `${text}\n`);
}

async function check() {
  const changelog = read("CHANGELOG.md");
  const errors = changelogErrors(changelog);
  if (errors.length > 0) throw new Problem(`CHANGELOG.md: ${errors.join("; ")}.`);
  const version = await versionOfAll();
  if (env.RELEASE_TAG && env.RELEASE_TAG !== `v${version}`)
    throw new Problem(
      `The tag ${env.RELEASE_TAG} must be v${version}, the version of the packages.`,
    );
  fs.rmSync(out, { recursive: true, force: true });
  fs.mkdirSync(out, { recursive: true });
  const notes = notesOf(changelog, env.RELEASE_TAG ? version : "Unreleased");
  fs.writeFileSync(join(out, "notes.md"), notes);

  await copySource();
  for (const folder of PACKAGES) await packNpm(folder);
  const packaged = await runCargo("package");
  for (const { name } of await crates())
    fs.copyFileSync(
      join(packaged, `${name}-${version}.crate`),
      join(out, `${name}-${version}.crate`),
    );

  await writeCargoSbom("sdk", "x86_64-unknown-linux-gnu", `relatch-${version}.crate.cdx.json`);
  await writeCargoSbom("sdk/wasm", "wasm32-unknown-unknown", `relatch-${version}.tgz.cdx.json`);
  await writeCargoSbom(
    "edge/wasm",
    "wasm32-unknown-unknown",
    `relatch-worker-${version}.tgz.cdx.json`,
  );
  await writeNpmSbom(version, `relatch-worker-${version}.tgz.npm.cdx.json`);

  const files = fs.readdirSync(out).sort();
  const sums = files.map((name) => {
    return `${sha256(fs.readFileSync(join(out, name)))}  ${name}\n`;
  });
  fs.writeFileSync(join(out, "SHA256SUMS"), sums.join(""));
  console.log([...files, "SHA256SUMS"].map((name) => `target/release-files/${name}`).join("\n"));
}

/** Publishes the npm packages with provenance, which only a workflow with an identity can. */
async function publishNpm() {
  for (const name of fs.readdirSync(out).filter((name) => name.endsWith(".tgz")))
    await run("npm publish", [
      "npm",
      "publish",
      join(out, name),
      "--provenance",
      "--access",
      "public",
    ]);
}

async function publishCrates() {
  await copySource();
  await runCargo("publish", "--no-verify");
}

const ACTIONS = { check, npm: publishNpm, crates: publishCrates };

if (import.meta.url === pathToFileURL(argv[1]).href) {
  await guard(async () => {
    const [, script, action = "check"] = argv;
    if (!Object.hasOwn(ACTIONS, action))
      throw new Problem(`${basename(script)}: the action must be check, npm or crates.`);
    await ACTIONS[action]();
  });
}
