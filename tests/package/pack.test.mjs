// The package as it is published: its files, its entries, and what those who look at packages for a living say of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { copy, empty, end, node, packed, place, root, run, succeed, tool } from "./world.mjs";

after(end);

/** What every package has; the rest of its files are those that its entries lead to. */
const ALWAYS = ["LICENSE", "NOTICE", "README.md", "package.json"];

const manifest = async () => JSON.parse(readFileSync(join(await installed(), "package.json"), "utf8"));
const BUNDLED = { bundle: true, write: false, metafile: true, format: "esm", logLevel: "silent", loader: { ".wasm": "binary" }, external: ["node:*"], absWorkingDir: root };

/** The package's own folder, in an app that holds nothing else. */
const installed = async () => join(await empty(), "node_modules", "relatch");

/** Every file that one names: by an import, or as an address beside it. */
function named(folder, file) {
  if (!/\.(js|d\.ts)$/.test(file)) return [];
  const text = readFileSync(join(folder, file), "utf8");
  return [...text.matchAll(/(?:\bfrom|\bimport|\bimport\(|new URL\()\s*"(\.[^"]+)"/g)]
    .map(([, path]) => posix.join(dirname(file), path))
    .map((path) => (file.endsWith(".d.ts") ? path.replace(/\.js$/, ".d.ts") : path));
}

test("the package holds the files that its entries lead to, its papers, and nothing else", async () => {
  const { files } = await packed();
  const { exports } = await manifest();
  const folder = await installed();
  const reached = new Set(Object.values(exports).flatMap((entry) => Object.values(typeof entry === "string" ? [entry] : entry)).map((path) => posix.normalize(path)));
  for (const file of reached) for (const other of named(folder, file)) reached.add(other);
  assert.deepEqual(files, [...new Set([...ALWAYS, ...reached])].sort());

  const scripts = files.filter((file) => !file.endsWith(".d.ts") && !ALWAYS.includes(file));
  const known = ["browser.js", "client.js", "elements.js", "node.js", "relatch.wasm", "workerd.js"].map((name) => `dist/${name}`);
  assert.deepEqual(scripts.filter((file) => !known.includes(file)), []);
  for (const file of files) assert.doesNotMatch(readFileSync(join(folder, file), "latin1"), /sourceMappingURL/, file);
});

test("the package needs no other, and npm installs it without asking anybody", async () => {
  const { dependencies, peerDependencies, optionalDependencies, scripts } = await manifest();
  assert.deepEqual({ dependencies, peerDependencies, optionalDependencies, scripts }, { dependencies: undefined, peerDependencies: undefined, optionalDependencies: undefined, scripts: undefined });
  const folder = copy("node", undefined, place("npm"));
  const { tarball } = await packed();
  const said = await succeed("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", tarball], { cwd: folder });
  assert.match(said, /^added 1 package/m);
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")).packages), ["", "node_modules/relatch"]);
});

test("publint finds nothing to say", async () => {
  const { tarball } = await packed();
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer }, strict: true });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), []);
});

test("are-the-types-wrong finds nothing to say", async () => {
  const { tarball } = await packed();
  // The package is ESM only: every Node that it is for takes it by `require` as well, which this profile lets pass.
  const { code, stdout, stderr } = await run(node, [tool("@arethetypeswrong", "cli", "dist", "index.js"), tarball, "--profile", "esm-only", "--no-definitely-typed", "--no-emoji"]);
  assert.equal(code, 0, `${stdout}${stderr}`);
});

test("types come first, and every condition leads to its own build: workerd before browser", async () => {
  const { exports } = await manifest();
  for (const [path, entry] of Object.entries(exports)) if (typeof entry === "object") assert.equal(Object.keys(entry)[0], "types", path);

  const folder = await installed();
  const chosen = async (options) => {
    const entry = { contents: 'export * from "relatch"', resolveDir: await empty() };
    const { metafile } = await build({ ...BUNDLED, stdin: entry, ...options });
    return Object.keys(metafile.inputs).map((path) => /relatch\/dist\/(\w+\.js)$/.exec(path)?.[1]).find((name) => name && name !== "client.js");
  };
  assert.equal(await chosen({ platform: "browser" }), "browser.js");
  assert.equal(await chosen({ platform: "node" }), "node.js");
  assert.equal(await chosen({ platform: "neutral" }), "browser.js");
  // What wrangler asks for, in its own order.
  assert.equal(await chosen({ platform: "browser", conditions: ["workerd", "worker", "browser"] }), "workerd.js");

  const resolved = async (...flags) => posix.basename(await succeed(node, [...flags, "--input-type=module", "--eval", 'process.stdout.write(import.meta.resolve("relatch"))'], { cwd: await empty() }));
  assert.equal(await resolved(), "node.js");
  assert.equal(await resolved("--conditions=browser"), "browser.js");
  assert.equal(await resolved("--conditions=browser", "--conditions=workerd"), "workerd.js");
});

test("a program in CommonJS can require it", async () => {
  const said = await succeed(node, ["--eval", 'const { ResetClient } = require("relatch"); new ResetClient("http://a.example").rules().catch(({ code }) => console.log(code))'], { cwd: await empty() });
  assert.equal(said, "options_invalid\n");
});

test("where there are no elements, as on a server, importing them is all that is done", async () => {
  const said = await succeed(node, ["--input-type=module", "--eval", 'import { RelatchReset } from "relatch/elements"; console.log(typeof RelatchReset)'], { cwd: await empty() });
  assert.equal(said, "function\n");
});
