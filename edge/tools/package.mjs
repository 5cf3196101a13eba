// Writes what the package `relatch-worker` has from other folders of this repository:
//
//   edge/build/wrangler.json     wrangler.toml: the command has no parser of TOML
//   edge/build/directories.json  the variables of the examples in edge/directories, likewise
//   edge/docs                    the documents for users, whose links stay within the package
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, parse, posix } from "node:path";
import { readToml, root } from "./local.mjs";

const edge = join(root, "edge");
const inEdge = (...path) => join(edge, ...path);
const writeJson = (path, value) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);

const { build: _, ...config } = await readToml();
writeJson(inEdge("build", "wrangler.json"), config);

// A string of JSON has no line breaks. No statement has a literal or a comment with one.
const oneLine = (value) => value.trim().replaceAll(/\s*\n\s*/g, " ");
const examples = readdirSync(inEdge("directories")).filter((name) => name.endsWith(".toml"));
const directories = {};
for (const file of examples.sort()) {
  const { vars } = await readToml(inEdge("directories", file));
  const lines = Object.entries(vars).map(([name, value]) => [name, oneLine(value)]);
  directories[parse(file).name] = Object.fromEntries(lines);
}
writeJson(inEdge("build", "directories.json"), directories);

/** The documents about this repository. */
const OF_REPOSITORY = ["docs/architecture.md", "docs/embed.md", "docs/releasing.md"];
const { files } = JSON.parse(readFileSync(inEdge("package.json"), "utf8"));

/** Returns the path in the package of a path in this repository, or undefined if it lacks it. */
function inPackage(path) {
  if (/^docs\/.*\.md$/.test(path)) return OF_REPOSITORY.includes(path) ? undefined : path;
  const name = /^(?:docs|edge)\/(.*)/.exec(path)?.[1];
  return files.some((file) => name === file || name?.startsWith(`${file}/`)) ? name : undefined;
}

/** A paragraph of images. They are in the repository only. */
const IMAGES = /^<p>\n(?:<img [^>]*>\n)+<\/p>\n\n/gm;

/**
 * Returns a document without images, with links to what the package has, and the texts of the other
 * links.
 */
const portable = (path, text) =>
  text
    .replaceAll(IMAGES, "")
    .replaceAll(/\[([^\]]+)\]\(([^)#:\s]+)(#[^)\s]*)?\)/g, (_, label, target, anchor = "") => {
      const to = inPackage(posix.join(posix.dirname(path), target));
      if (to === undefined) return label;
      return `[${label}](${posix.relative(posix.dirname(path), to)}${anchor})`;
    });

rmSync(inEdge("docs"), { recursive: true, force: true });
for (const name of readdirSync(join(root, "docs"), { recursive: true })) {
  const path = posix.join("docs", name);
  if (!name.endsWith(".md") || inPackage(path) === undefined) continue;
  mkdirSync(dirname(inEdge(path)), { recursive: true });
  writeFileSync(inEdge(path), portable(path, readFileSync(join(root, path), "utf8")));
}
