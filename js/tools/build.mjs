// Builds the npm package into js/dist and the scripts of the hosted pages into js/assets. Run by
// edge/tools/build.sh, which finds the tools and decides whether anything has changed.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
const js = join(root, "js");
const work = join(root, "target", "js");
const generated = join(js, "src", "wasm");
const run = (program, ...args) =>
  execFileSync(program, args, { cwd: root, stdio: ["ignore", 2, 2] });
const remove = (path) => fs.rmSync(path, { recursive: true, force: true });

/** Exports for JavaScript values held in Rust, which this module does not have. */
const UNUSED = "__abort_handler,__instance_terminated,__wbindgen_start,__wbindgen_externrefs";

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
  const glue = fs.readFileSync(join(bound, `${name}.js`), "utf8");
  const imports = `import * as imports from "./${name}.js";
export const __imports = { "./${name}.js": imports };\n`;
  fs.writeFileSync(join(generated, `${name}.js`), glue + imports);
  const types = fs.readFileSync(join(bound, "relatch_wasm.d.ts"), "utf8");
  const more = `export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
export const __imports: WebAssembly.Imports;\n`;
  fs.writeFileSync(join(generated, `${name}.d.ts`), types + more);
}

/** Removes the types that no entry leads to. */
function removeInternalTypes(types) {
  const reached = new Set(["index.d.ts", "elements/index.d.ts"].map((name) => join(types, name)));
  for (const file of reached)
    for (const [, path] of fs.readFileSync(file, "utf8").matchAll(/"(\.[^"]+)\.js"/g))
      reached.add(join(dirname(file), `${path}.d.ts`));
  for (const name of fs.readdirSync(types, { recursive: true }))
    if (name.endsWith(".d.ts") && !reached.has(join(types, name))) fs.rmSync(join(types, name));
}

compile();
const wasm = join(generated, "relatch.wasm");
const options = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
};
options.external = ["./relatch.wasm", "node:*"];
const source = (name) => join(js, "src", `${name}.ts`);
const entry = (name) => ({ in: source(`entries/${name}`), out: name });

// The script of the hosted pages, which has side effects although package.json says that no source
// has any. The files are renamed, because a running Worker must never serve a partial file.
const page = { ignoreAnnotations: true, outdir: work, entryPoints: [source("page")] };
await build({ ...options, ...page });
fs.copyFileSync(wasm, join(work, "relatch.wasm"));
const assets = join(js, "assets", "password", "assets");
fs.mkdirSync(assets, { recursive: true });
for (const name of ["relatch.wasm", "page.js"]) fs.renameSync(join(work, name), join(assets, name));

// The package. The elements of a page share their code and the module with the page's own calls.
const outdir = join(work, "dist");
remove(outdir);
const inPage = [entry("browser"), { in: source("elements/index"), out: "elements" }];
await build({ ...options, outdir, splitting: true, chunkNames: "client", entryPoints: inPage });
await build({ ...options, outdir, entryPoints: [entry("node"), entry("workerd")] });
fs.copyFileSync(wasm, join(outdir, "relatch.wasm"));
run("tsc", "-p", js, "--stripInternal", "--outDir", join(outdir, "types"));
removeInternalTypes(join(outdir, "types"));
remove(join(js, "dist"));
fs.renameSync(outdir, join(js, "dist"));
for (const name of ["LICENSE", "NOTICE"]) fs.copyFileSync(join(root, name), join(js, name));
