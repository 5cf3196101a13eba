// The package as it is published: its files, its entries, and the reports of tools that check
// packages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import {
  copy,
  emptyApp,
  end,
  node,
  packed,
  root,
  run,
  runOrThrow,
  tempPath,
  tool,
} from "./world.mjs";

after(end);

/** The files that every package has. Its entries lead to all others. */
const METADATA = ["LICENSE", "NOTICE", "README.md", "package.json"];
const DIST = ["browser.js", "client.js", "elements.js", "node.js", "relatch.wasm", "workerd.js"];

const ESBUILD = {
  bundle: true,
  write: false,
  metafile: true,
  format: "esm",
  logLevel: "silent",
  loader: { ".wasm": "binary" },
  external: ["node:*"],
  absWorkingDir: root,
};

/** Returns the folder of the installed package. */
const installed = async () => join(await emptyApp(), "node_modules", "relatch");
const manifest = async () =>
  JSON.parse(readFileSync(join(await installed(), "package.json"), "utf8"));

/** Returns the files that a file of the package imports or refers to by a relative URL. */
function references(folder, file) {
  if (!/\.(js|d\.ts)$/.test(file)) return [];
  const source = readFileSync(join(folder, file), "utf8");
  return [...source.matchAll(/(?:\bfrom|\bimport|\bimport\(|new URL\()\s*"(\.[^"]+)"/g)]
    .map(([, path]) => posix.join(dirname(file), path))
    .map((path) => (file.endsWith(".d.ts") ? path.replace(/\.js$/, ".d.ts") : path));
}

/** Runs a script with Node in an app that has the package. Returns its standard output. */
const evaluate = async (code, ...flags) =>
  runOrThrow(node, [...flags, "--eval", code], { cwd: await emptyApp() });

test("the package contains its metadata and the files that its entries lead to", async () => {
  const { files } = await packed();
  const { exports } = await manifest();
  const folder = await installed();
  const targets = Object.values(exports).flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry),
  );
  const reachable = new Set(targets.map((path) => posix.normalize(path)));
  for (const file of reachable) {
    for (const other of references(folder, file)) reachable.add(other);
  }
  assert.deepEqual(files, [...new Set([...METADATA, ...reachable])].sort());

  const code = files.filter((file) => !file.endsWith(".d.ts") && !METADATA.includes(file));
  const known = DIST.map((name) => `dist/${name}`);
  assert.deepEqual(
    code.filter((file) => !known.includes(file)),
    [],
  );
  for (const file of files) {
    const source = readFileSync(join(folder, file), "latin1");
    assert.doesNotMatch(source, /sourceMappingURL/, file);
  }
});

test("the package has no dependencies, and npm installs it offline", async () => {
  const { dependencies, peerDependencies, optionalDependencies, scripts } = await manifest();
  const none = [undefined, undefined, undefined, undefined];
  assert.deepEqual([dependencies, peerDependencies, optionalDependencies, scripts], none);
  const folder = copy("node", undefined, tempPath("npm"));
  const { tarball } = await packed();
  const flags = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  const output = await runOrThrow("npm", ["install", ...flags, tarball], { cwd: folder });
  assert.match(output, /^added 1 package/m);
  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  assert.deepEqual(Object.keys(lock.packages), ["", "node_modules/relatch"]);
});

test("publint reports nothing", async () => {
  const { tarball } = await packed();
  const pack = { tarball: new Uint8Array(readFileSync(tarball)).buffer };
  const { messages, pkg } = await publint({ pack, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test("are-the-types-wrong reports nothing", async () => {
  const { tarball } = await packed();
  const script = tool("@arethetypeswrong", "cli", "dist", "index.js");
  // The package is ESM only. The profile permits that: every supported Node can `require` it.
  const flags = ["--profile", "esm-only", "--no-definitely-typed", "--no-emoji"];
  const { code, stdout, stderr } = await run(node, [script, tarball, ...flags]);
  assert.equal(code, 0, `${stdout}${stderr}`);
});

test("every condition resolves to its own build, types and workerd first", async () => {
  const { exports } = await manifest();
  for (const [path, entry] of Object.entries(exports)) {
    if (typeof entry === "object") assert.equal(Object.keys(entry)[0], "types", path);
  }

  const folder = await emptyApp();
  const bundled = async (options) => {
    const stdin = { contents: 'export * from "relatch"', resolveDir: folder };
    const { metafile } = await build({ ...ESBUILD, stdin, ...options });
    const inputs = Object.keys(metafile.inputs);
    const names = inputs.map((path) => /relatch\/dist\/(\w+\.js)$/.exec(path)?.[1]);
    return names.find((name) => name && name !== "client.js");
  };
  assert.equal(await bundled({ platform: "browser" }), "browser.js");
  assert.equal(await bundled({ platform: "node" }), "node.js");
  assert.equal(await bundled({ platform: "neutral" }), "browser.js");
  // The conditions of wrangler, in its order.
  const conditions = ["workerd", "worker", "browser"];
  assert.equal(await bundled({ platform: "browser", conditions }), "workerd.js");

  const resolved = async (...flags) => {
    const code = 'process.stdout.write(import.meta.resolve("relatch"))';
    return posix.basename(await evaluate(code, ...flags, "--input-type=module"));
  };
  assert.equal(await resolved(), "node.js");
  assert.equal(await resolved("--conditions=browser"), "browser.js");
  assert.equal(await resolved("--conditions=browser", "--conditions=workerd"), "workerd.js");
});

test("CommonJS can require the package", async () => {
  const code = `
    const { ResetClient } = require("relatch");
    new ResetClient("http://a.example").rules().catch(({ code }) => console.log(code));
  `;
  assert.equal(await evaluate(code, "--input-type=commonjs"), "options_invalid\n");
});

test("the elements can be imported on a server, without custom elements", async () => {
  const code = `
    import { RelatchReset } from "relatch/elements";
    console.log(typeof RelatchReset);
  `;
  assert.equal(await evaluate(code, "--input-type=module"), "function\n");
});
