// The content of a release: the form of the changelog, one version, and what the crates and the npm
// packages say of themselves and contain. `make release-check` packs them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import {
  changelogErrors,
  crateFiles,
  crates,
  METADATA,
  notesOf,
  PACKAGES,
  versionOfAll,
} from "../../edge/tools/release.mjs";
import { end, node, packed, packedWorker, root, run, runOrThrow, tool } from "./world.mjs";

after(end);

const LIMIT = { timeout: 120_000 };
const CHANGELOG = readFileSync(join(root, "CHANGELOG.md"), "utf8");

test("the changelog has the form of Keep a Changelog", () => {
  assert.deepEqual(changelogErrors(CHANGELOG), []);
  assert.match(CHANGELOG, /keepachangelog\.com\/en\/1\.1\.0/);
  assert.match(notesOf(CHANGELOG, "Unreleased"), /^### Added$/m);

  const changelog = (...lines) => ["# Changelog", "## [Unreleased]", ...lines].join("\n");
  const valid = changelog("### Added", "- a", "## [0.2.0] - 2026-12-01", "### Fixed", "- b");
  assert.deepEqual(changelogErrors(valid), []);
  assert.equal(notesOf(valid, "0.2.0"), "### Fixed\n- b\n");
  assert.throws(() => notesOf(valid, "0.3.0"), /has no section/);
  for (const [text, error] of [
    ["## [Unreleased]", /the title/],
    ["# Changelog\n## [0.1.0] - 2026-12-01", /the first version/],
    [changelog("## 0.1.0"), /must be `## \[Unreleased\]`/],
    [changelog("## [0.1.0]"), /must be `## \[Unreleased\]`/],
    [changelog("## [0.1.0] - 2026-13-01"), /must be `## \[Unreleased\]`/],
    [changelog("### News"), /must be one of Added/],
    [changelog("### Added", "### Added"), /occurs twice/],
    [changelog("## [0.9.0] - 2026-12-02", "## [0.10.0] - 2026-12-01"), /newest version/],
  ])
    assert.match(changelogErrors(text).join("\n"), error, text);
});

test("everything that is published has one version", async () => {
  assert.match(await versionOfAll(), /^\d+\.\d+\.\d+$/);
});

test("every crate describes itself, and contains its licence and notice", LIMIT, async () => {
  const all = await crates();
  const names = all.map(({ name }) => name);
  assert.ok(names.includes("relatch"), names.join());
  for (const crate of all) {
    const { name, description, license, documentation, keywords, categories } = crate;
    assert.ok(description?.length > 20, name);
    assert.equal(license, "Apache-2.0", name);
    assert.equal(documentation, `https://docs.rs/${name}`);
    assert.ok(crate.rust_version, name);
    // The registry takes at most five of each.
    for (const words of [keywords, categories])
      assert.ok(words.length > 0 && words.length <= 5, `${name}: ${words}`);
    for (const keyword of keywords) assert.match(keyword, /^[a-z][\w-]{0,19}$/, name);
    assert.ok(crate.metadata?.docs.rs.targets.length > 0, name);

    const files = await crateFiles(name);
    for (const file of [...METADATA, "Cargo.toml", "src/lib.rs"])
      assert.ok(files.includes(file), `${name} has no ${file}`);
    const folder = join(crate.manifest_path, "..");
    for (const file of ["LICENSE", "NOTICE"])
      assert.deepEqual(readFileSync(join(folder, file)), readFileSync(join(root, file)), name);
    const others = files.filter(
      (file) => !/^(src|templates|build|languages)\/|^[\w.]+$/.test(file),
    );
    assert.deepEqual(others, [], name);
  }
});

for (const folder of PACKAGES) {
  test(
    `${folder}: the npm package describes itself, and has its licence and notice`,
    LIMIT,
    async () => {
      const cwd = join(root, folder);
      const manifest = JSON.parse(readFileSync(join(cwd, "package.json"), "utf8"));
      assert.equal(manifest.license, "Apache-2.0");
      assert.ok(manifest.description.length > 20);
      assert.ok(manifest.keywords.length > 0);
      assert.equal(manifest.engines.node, ">=22");
      const flags = ["--dry-run", "--json", "--offline", "--ignore-scripts"];
      const [{ files }] = JSON.parse(await runOrThrow("npm", ["pack", ...flags], { cwd }));
      const names = files.map(({ path }) => path);
      for (const file of METADATA) assert.ok(names.includes(file), file);
      for (const name of names)
        assert.doesNotMatch(
          name,
          /(^|\/)(node_modules|target|\.wrangler|\.dev\.vars)(\/|$)|\.tgz$/,
        );
    },
  );
}

for (const [name, pack] of Object.entries({ relatch: packed, "relatch-worker": packedWorker })) {
  test(`${name}: publint and are-the-types-wrong report nothing`, LIMIT, async () => {
    const { tarball } = await pack();
    const bytes = new Uint8Array(readFileSync(tarball)).buffer;
    const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
    const script = tool("@arethetypeswrong", "cli", "dist", "index.js");
    // Some entries are ESM only. The profile permits that: every supported Node can `require` them.
    const flags = ["--profile", "esm-only", "--no-definitely-typed", "--no-emoji"];
    // Documents are no modules.
    const documents = Object.keys(pkg.exports).filter((entry) => entry.endsWith(".yaml"));
    if (documents.length > 0)
      flags.push("--exclude-entrypoints", ...documents.map((entry) => entry.slice(2)));
    const { code, stdout, stderr } = await run(node, [script, tarball, ...flags]);
    assert.equal(code, 0, `${stdout}${stderr}`);
  });
}
