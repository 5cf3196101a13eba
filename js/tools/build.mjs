// Builds the npm package into js/dist and the scripts of the hosted pages into edge/assets. Run
// by edge/tools/build.sh, which finds the tools and decides whether anything has changed.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { generate } from "./typings.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const js = join(root, "js");
const work = join(root, "target", "js");
const generated = join(js, "src", "wasm");
const run = (program, ...args) =>
  execFileSync(program, args, { cwd: root, stdio: ["ignore", 2, 2] });
const remove = (path) => fs.rmSync(path, { recursive: true, force: true });

/** Exports for JavaScript values held in Rust, which this module does not have. */
const UNUSED = "__abort_handler,__instance_terminated,__wbindgen_start,__wbindgen_externrefs";

/** The features that rustc enables for the target. */
const FEATURES = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
];

/** Replaces the only occurrence of a text. Throws unless there is one. */
function replaceOnce(text, from, to) {
  if (text.split(from).length !== 2) throw new Error(`not exactly once: ${from}`);
  return text.replace(from, () => to);
}

/** Compiles sdk/wasm, and writes the module and its glue into js/src/wasm. */
function compile() {
  const target = "wasm32-unknown-unknown";
  run("cargo", "build", "--quiet", "--release", "-p", "relatch-wasm", "--target", target);
  const targets = process.env.CARGO_TARGET_DIR || join(root, "target");
  const compiled = join(targets, target, "release", "relatch_wasm.wasm");
  const bound = join(work, "bound");
  remove(bound);
  run("wasm-bindgen", "--target", "bundler", "--out-dir", bound, compiled);
  const module = join(bound, "relatch_wasm_bg.wasm");
  run("sh", join(root, "edge", "tools", "optimise.sh"), module, UNUSED);
  remove(generated);
  fs.cpSync(join(bound, "snippets"), join(generated, "snippets"), { recursive: true });
  fs.copyFileSync(module, join(generated, "relatch.wasm"));

  // The package instantiates the module by itself, so it needs the imports as one object.
  const name = "relatch_wasm_bg";
  let glue = fs.readFileSync(join(bound, `${name}.js`), "utf8");
  // Memory that grows gets another buffer. WebAssembly empties the old one, JavaScript cannot.
  const isStale = (cached, test) => `${cached} === null || ${cached}.${test}`;
  const bytes = "cachedUint8ArrayMemory0";
  const changed = "buffer !== wasm.memory.buffer";
  glue = replaceOnce(glue, isStale(bytes, "byteLength === 0"), isStale(bytes, changed));
  const view = "cachedDataViewMemory0";
  const detached = `buffer.detached === true || (${view}.buffer.detached === undefined && ${view}.${changed})`;
  glue = replaceOnce(glue, isStale(view, detached), isStale(view, changed));
  const imports = `import * as imports from "./${name}.js";
export const __imports = { "./${name}.js": imports };\n`;
  fs.writeFileSync(join(generated, `${name}.js`), glue + imports);
  const types = fs.readFileSync(join(bound, "relatch_wasm.d.ts"), "utf8");
  const more = `export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
export const __imports: WebAssembly.Imports;\n`;
  fs.writeFileSync(join(generated, `${name}.d.ts`), types + more);
}

/**
 * Writes the module as JavaScript, for browsers without WebAssembly. Its default export takes the
 * imports and returns the exports.
 */
async function writeFallback(path) {
  const translated = join(work, "translated.js");
  const features = FEATURES.map((feature) => `--enable-${feature}`);
  run("wasm2js", ...features, "-O", join(generated, "relatch.wasm"), "-o", translated);
  const source = fs.readFileSync(translated, "utf8");
  // The imports are a parameter, so the file itself imports and exports nothing else.
  const [body, ...rest] = source.replace(/^import .*$/gm, "").split("\nvar retasmFunc = ");
  if (rest.length !== 1) throw new Error("wasm2js has changed its output");
  const { code } = await transform(`${body}\nexport default asmFunc;\n`, {
    minify: true,
    format: "esm",
    target: "es2022",
  });
  fs.writeFileSync(path, code);
}

/** Writes types of what is not written in TypeScript, and of the builds for `require`. */
function completeTypes(types) {
  const comment = (text) => `/** ${text} */\n`;
  fs.writeFileSync(
    join(types, "fallback.d.ts"),
    'import type { Fallback } from "./index.js";\n' +
      comment("The module as JavaScript, for `setModule`.") +
      'declare const fallback: Fallback["default"];\nexport default fallback;\n',
  );
  fs.writeFileSync(
    join(types, "relatch.wasm.d.ts"),
    `${comment("The module's address, as a bundler's loader for files exports it.")}` +
      "declare const address: string;\nexport default address;\n",
  );
  for (const name of fs.readdirSync(types, { recursive: true })) {
    if (!name.endsWith(".d.ts") || /^(fallback|relatch\.wasm)/.test(name)) continue;
    const source = fs.readFileSync(join(types, name), "utf8");
    const commonJs = source.replace(/("\.[^"]+)\.js"/g, '$1.cjs"');
    fs.writeFileSync(join(types, name.replace(/\.ts$/, ".cts")), commonJs);
  }
}

/** The types of the entries. */
const ENTRIES = ["index.d.ts", "server.d.ts", "elements/index.d.ts"];

/** Removes the types that no entry leads to. */
function removeInternalTypes(types) {
  const reached = new Set(ENTRIES.map((name) => join(types, name)));
  for (const file of reached)
    for (const [, path] of fs.readFileSync(file, "utf8").matchAll(/"(\.[^"]+)\.js"/g))
      reached.add(join(dirname(file), `${path}.d.ts`));
  for (const name of fs.readdirSync(types, { recursive: true }))
    if (name.endsWith(".d.ts") && !reached.has(join(types, name))) fs.rmSync(join(types, name));
}

/** Writes the texts of all languages: for the hosted pages and mails, and for the elements. */
function exportLanguages() {
  const [tables, messages] = [join(work, "languages"), join(js, "src", "elements", "languages")];
  for (const folder of [tables, messages]) remove(folder);
  const example = ["run", "--quiet", "-p", "relatch-languages", "--example", "export", "--"];
  run("cargo", ...example, tables, messages);
}

compile();
exportLanguages();
const wasm = join(generated, "relatch.wasm");
const options = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  external: ["./relatch.wasm", "node:*"],
};
/** All entries share the file of the client, and so its module and its classes. */
const share = (path) => ({
  name: "one client",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/browser\.js$/ }, () => ({ path, external: true })),
});
/** The elements load a language when they need it. */
const languages = {
  name: "languages",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/[\w-]+\.js$/ }, ({ kind, path }) =>
      kind === "dynamic-import"
        ? { path: path.replace("./", "./languages/"), external: true }
        : undefined,
    ),
};
const source = (name) => join(js, "src", `${name}.ts`);
const entry = (name) => ({ in: source(`entries/${name}`), out: name });

// The script of the hosted pages, which has side effects although package.json says that no source
// has any. The files are renamed, because a running Worker must never serve a partial file.
const page = { ignoreAnnotations: true, outdir: work, entryPoints: [source("page")] };
await build({ ...options, ...page });
fs.copyFileSync(wasm, join(work, "relatch.wasm"));
const assets = join(root, "edge", "assets", "password", "assets");
fs.mkdirSync(assets, { recursive: true });
for (const name of ["relatch.wasm", "page.js"]) fs.renameSync(join(work, name), join(assets, name));
// The name of a table depends on the messages. Those of earlier builds are removed afterwards.
const tables = join(assets, "languages");
fs.mkdirSync(tables, { recursive: true });
const current = fs.readdirSync(join(work, "languages"));
for (const name of current) fs.renameSync(join(work, "languages", name), join(tables, name));
for (const name of fs.readdirSync(tables))
  if (!current.includes(name)) fs.rmSync(join(tables, name));

// The package.
const outdir = join(work, "dist");
remove(outdir);
const elements = { in: source("elements/index"), out: "elements" };
const esm = { ...options, outdir };
await build({ ...esm, entryPoints: [entry("browser")] });
// Minifying removes the comments by which bundlers leave the import to the browser.
const browser = join(outdir, "browser.js");
const dynamic = "import(new URL(";
const ignored = "import(/*webpackIgnore:true*//*@vite-ignore*/new URL(";
fs.writeFileSync(browser, replaceOnce(fs.readFileSync(browser, "utf8"), dynamic, ignored));
const server = { in: source("server"), out: "server" };
const others = [elements, server, entry("node"), entry("workerd")];
await build({ ...esm, entryPoints: others, plugins: [share("./browser.js"), languages] });
const texts = fs.globSync(join(js, "src", "elements", "languages", "*.ts"));
await build({
  ...esm,
  charset: "utf8",
  outdir: join(outdir, "languages"),
  entryPoints: texts.filter((path) => !/(en|index)\.ts$/.test(path)),
});
const commonJs = {
  ...esm,
  format: "cjs",
  platform: "node",
  outExtension: { ".js": ".cjs" },
  inject: [source("entries/node-globals")],
};
await build({ ...commonJs, entryPoints: [{ ...entry("commonjs"), out: "relatch" }] });
await build({
  ...commonJs,
  entryPoints: [elements, server],
  plugins: [share("./relatch.cjs"), languages],
});
const ofWorkers = 'import"./workerd.js";export*from"./server.js";\n';
fs.writeFileSync(join(outdir, "server.workerd.js"), ofWorkers);
await writeFallback(join(outdir, "fallback.js"));
fs.copyFileSync(wasm, join(outdir, "relatch.wasm"));
run("tsc", "-p", js, "--stripInternal", "--outDir", join(outdir, "types"));
removeInternalTypes(join(outdir, "types"));
for (const [path, content] of Object.entries(generate()))
  fs.writeFileSync(join(outdir, path), content);
completeTypes(join(outdir, "types"));
remove(join(js, "dist"));
fs.renameSync(outdir, join(js, "dist"));
for (const folder of [js, join(root, "edge")])
  for (const name of ["LICENSE", "NOTICE"]) fs.copyFileSync(join(root, name), join(folder, name));
for (const name of ["openapi.yaml", "openapi-3.0.yaml"])
  fs.copyFileSync(join(root, "docs", name), join(root, "edge", name));
