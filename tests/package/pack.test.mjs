// The package as it is published: its files and its entries.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";
import { copy, emptyApp, end, node, packed, root, runOrThrow, tempPath } from "./world.mjs";

after(end);

/** The files that every package has. Its entries lead to all others. */
const METADATA = ["LICENSE", "NOTICE", "README.md", "package.json"];
const DIST = [
  ...["browser.js", "elements.js", "fallback.js", "node.js", "workerd.js", "relatch.wasm"],
  ...["custom-elements.json", "css-custom-data.json", "html-custom-data.json"],
  ...["elements.cjs", "relatch.cjs", "server.cjs", "server.js", "server.workerd.js"],
];

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
  if (!/\.(c?js|d\.c?ts)$/.test(file)) return [];
  const source = readFileSync(join(folder, file), "utf8");
  const reference = /(?:\bfrom|\bimport|\bimport\(|\brequire\(|new URL\()\s*"(\.[^"]+)"/g;
  return [...source.matchAll(reference)]
    .map(([, path]) => posix.join(dirname(file), path))
    .map((path) => (/\.d\.c?ts$/.test(file) ? path.replace(/\.(c?)js$/, ".d.$1ts") : path));
}

/** Runs a script with Node in an app that has the package. Returns its standard output. */
const evaluate = async (code, ...flags) =>
  runOrThrow(node, [...flags, "--eval", code], { cwd: await emptyApp() });

test("the package contains its metadata and the files that its entries lead to", async () => {
  const { files } = await packed();
  const { exports } = await manifest();
  const folder = await installed();
  const targetsOf = (entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry).flatMap(targetsOf);
  const targets = targetsOf(exports);
  const reachable = new Set(targets.map((path) => posix.normalize(path)));
  for (const file of reachable) {
    for (const other of references(folder, file)) reachable.add(other);
  }
  assert.deepEqual(files, [...new Set([...METADATA, ...reachable])].sort());

  const code = files.filter((file) => !/\.d\.c?ts$/.test(file) && !METADATA.includes(file));
  const known = DIST.map((name) => `dist/${name}`);
  // English is part of the elements.
  const languages = readdirSync(join(root, "edge/languages/languages"))
    .map((name) => `dist/languages/${name.replace(".ftl", ".js")}`)
    .filter((name) => !name.endsWith("/en.js"));
  assert.deepEqual(
    code.filter((file) => !known.includes(file)),
    languages.sort(),
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

test("every condition resolves to its own build, types and workerd first", async () => {
  const { exports } = await manifest();
  // TypeScript takes the first condition that matches.
  for (const [path, entry] of Object.entries(exports)) {
    for (const branch of [entry, entry.import ?? {}, entry.require ?? {}]) {
      if (Object.keys(branch).includes("types"))
        assert.equal(Object.keys(branch)[0], "types", path);
    }
  }

  const folder = await emptyApp();
  const bundled = async (options) => {
    const stdin = { contents: 'export * from "relatch"', resolveDir: folder };
    const { metafile } = await build({ ...ESBUILD, stdin, ...options });
    const inputs = Object.keys(metafile.inputs);
    const names = inputs.map((path) => /relatch\/dist\/(\w+\.c?js)$/.exec(path)?.[1]);
    // The entries of Node and workerd import that of browsers.
    return names.find((name) => name && name !== "browser.js") ?? "browser.js";
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

test("Node: import and require give the same classes", async () => {
  const code = `
    import { createRequire } from "node:module";
    import { ResetError } from "relatch";
    const require = createRequire(process.cwd() + "/app.js");
    console.log(require("relatch").ResetError === ResetError);
    const shared = (await import("relatch/elements")).RelatchReset;
    console.log(require("relatch/elements").RelatchReset === shared);
  `;
  assert.equal(await evaluate(code, "--input-type=module"), "true\ntrue\n");
});

// Jest loads CommonJS, and its emulated browser lacks some globals. Its conditions are those of
// Node's flags here.
for (const [name, conditions] of [
  ["a test runner's Node environment", ["--no-require-module"]],
  ["a test runner's emulated browser", ["--no-require-module", "--conditions=browser"]],
]) {
  test(`${name} can require the client and the elements`, async () => {
    const code = `
      for (const name of ["TextDecoder", "TextEncoder", "Request", "fetch"]) delete globalThis[name];
      globalThis.document = { baseURI: "http://localhost/" };
      const { ResetClient, ResetError } = require("relatch");
      const { RelatchReset } = require("relatch/elements");
      const answer = { status: 200, headers: { get: () => null }, text: async () => '{"message":"sent"}' };
      const client = new ResetClient("https://a.example", { fetch: async () => answer });
      (async () => {
        console.log((await client.request("peter")).message, typeof RelatchReset);
        const error = await client.check("damaged").catch((error) => error);
        console.log(error.code, error instanceof ResetError);
        // Without any fetch, a call fails as it does without a network.
        console.log((await new ResetClient("https://a.example").change("a", "b").catch((e) => e)).code);
      })();
    `;
    const output = await evaluate(code, ...conditions, "--input-type=commonjs");
    assert.equal(output, "sent function\nlink_invalid true\nunreachable\n");
  });
}

test("Node reads the module of the browser's entry from its file", async () => {
  const code = `
    // As in Vitest with an emulated browser.
    globalThis.document = { baseURI: "http://localhost/" };
    const { ResetClient } = await import("relatch");
    const client = new ResetClient("https://a.example", { fetch: async () => Response.json({ message: "sent" }) });
    console.log((await client.request("peter")).message);
  `;
  const flags = ["--conditions=browser", "--input-type=module"];
  assert.equal(await evaluate(code, ...flags), "sent\n");
});

test("the module can be handed over as its address, its bytes or compiled", async () => {
  const code = `
    import { readFile } from "node:fs/promises";
    import { ResetClient, setModule } from "relatch";
    const url = new URL(import.meta.resolve("relatch/relatch.wasm"));
    const answer = async () => Response.json({ message: "sent" });
    const call = () => new ResetClient("https://a.example", { fetch: answer }).request("peter");
    setModule("data:text/plain,nothing");
    console.log(await call().catch(({ code }) => code));
    setModule(Promise.reject(new Error("not there")));
    console.log(await call().catch(({ code, cause }) => code + ", " + cause.message));
    const bytes = await readFile(url);
    const compiled = await WebAssembly.compile(bytes);
    for (const module of [url, url.href, bytes, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), compiled, readFile(url)]) {
      setModule(module);
      console.log((await call()).message);
    }
  `;
  const output = await evaluate(code, "--input-type=module");
  const failed = "module_unavailable\nmodule_unavailable, not there\n";
  assert.equal(output, failed + "sent\n".repeat(6));
});

test("without WebAssembly, calls and rules work with the fallback", async () => {
  const code = `
    delete globalThis.WebAssembly;
    const { ResetClient } = await import("relatch");
    const rules = { min_length: 15, max_length: 128, application_name: "Relatch demo" };
    const client = new ResetClient("https://a.example", { fetch: async () => Response.json(rules) });
    const loaded = await client.rules();
    console.log(loaded.reasons("relatch demo 2026"), loaded.reasons("violet harbor mango tree"));
    // Memory that grows gets another buffer.
    const long = "\u{1f600} violet harbor ".repeat(20_000);
    console.log(loaded.reasons(long), loaded.reasons("short"), loaded.reasons("Peter Miller 123", ["Peter Miller"]));
    const { request_invalid } = await client.request(long).catch(({ code }) => ({ [code]: code }));
    console.log(await client.request("").catch(({ code }) => code));
  `;
  const output = await evaluate(code, "--input-type=module");
  assert.equal(
    output,
    "[ 'common' ] []\n[ 'too_long' ] [ 'too_short' ] [ 'personal' ]\nanswer_invalid\n",
  );
});

// As when a page is rendered on a server: no window, no document, no custom elements.
test("every entry can be imported and required on a server", async () => {
  const { exports } = await manifest();
  const scripts = Object.keys(exports).filter((path) => !/\.(json|wasm)$/.test(path));
  const entries = scripts.map((path) => posix.join("relatch", path));
  const code = `
    import { createRequire } from "node:module";
    const require = createRequire(process.cwd() + "/app.js");
    const found = ["window", "document", "HTMLElement", "customElements"].filter((name) => name in globalThis);
    for (const entry of ${JSON.stringify(entries)}) {
      const names = Object.keys(await import(entry)).filter((name) => name !== "module.exports");
      const required = Object.keys(require(entry)).filter((name) => name !== "__esModule");
      found.push([entry, names.length > 0, required.length > 0]);
    }
    // Frameworks render on servers of other runtimes with the conditions of a browser, too.
    const { RelatchReset } = await import("relatch/elements");
    found.push(typeof RelatchReset);
    console.log(JSON.stringify(found));
  `;
  const expected = JSON.stringify([...entries.map((entry) => [entry, true, true]), "function"]);
  for (const flags of [[], ["--conditions=browser"]])
    assert.equal(await evaluate(code, ...flags, "--input-type=module"), `${expected}\n`);
});
