// Builds the npm package into js/dist: the WebAssembly of sdk/wasm, the scripts, the types. An unchanged tree is recognised
// by a stamp of everything that goes in, and skipped.
//
// The bindings are generated into js/src/wasm, where the sources import them. wasm-bindgen gives imports and exports long
// names; they are made short on both sides, for a page downloads them.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const js = join(root, "js");
const generated = join(js, "src", "wasm");
const work = join(root, "target", "js");
const stampFile = join(work, "stamp");
const say = (text) => console.error(`build: ${text}`);
const bin = (name) => join(root, "node_modules", ".bin", name);
const run = (program, args, options = {}) => execFileSync(program, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"], ...options });

/** Exports for aborted programs, and for values of JavaScript that Rust holds: there are none, only texts and numbers cross. */
const UNUSED = "__abort_handler,__instance_terminated,__wbindgen_start,__wbindgen_externrefs";

const tools = () => {
  const text = readFileSync(join(root, "edge", "tools", "versions.sh"), "utf8");
  const version = (name) => new RegExp(`^${name}=(.*)$`, "m").exec(text)[1];
  const folder = `worker-build-${version("WORKER_BUILD_VERSION")}-wasm-bindgen-${version("WASM_BINDGEN_VERSION")}`;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "relatch", folder, "bin");
};

/** All that goes in, as one number. */
function stamp() {
  const hash = createHash("sha256");
  const add = (path) => hash.update(relative(root, path)).update("\0").update(readFileSync(path)).update("\0");
  const walk = (folder, skip) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (skip.includes(path)) continue;
      if (entry.isDirectory()) walk(path, skip);
      else if (!entry.name.endsWith(".md")) add(path);
    }
  };
  walk(join(root, "sdk"), [join(root, "sdk", "tests")]);
  walk(join(js, "src"), [generated]);
  walk(join(root, "edge", "http", "templates", "messages"), []);
  for (const name of ["Cargo.toml", "Cargo.lock", "LICENSE", "NOTICE", "package-lock.json", "js/package.json", "js/tsconfig.json", "js/tools/build.mjs"]) add(join(root, name));
  for (const name of ["optimise.sh", "order.mjs", "versions.sh", "wasm.mjs"]) add(join(root, "edge", "tools", name));
  return hash.update(process.env.RUSTFLAGS ?? "").update(run("rustc", ["-V"])).digest("hex");
}

/** The last of what each part makes. */
const made = () => ["dist/relatch.wasm", "dist/types/index.d.ts", "assets/password/assets/page.js", "LICENSE", "NOTICE"].every((name) => existsSync(join(js, name)));

function wasm() {
  run("sh", [join(root, "edge", "tools", "setup.sh")]);
  say("compiling the SDK to WebAssembly");
  const flags = `${process.env.RUSTFLAGS ?? ""} --remap-path-prefix=${process.env.CARGO_HOME || join(homedir(), ".cargo")}/registry/src=`;
  run("cargo", ["build", "--quiet", "--release", "-p", "relatch-wasm", "--target", "wasm32-unknown-unknown"], { env: { ...process.env, RUSTFLAGS: flags } });
  const target = process.env.CARGO_TARGET_DIR || join(root, "target");
  const bound = join(work, "bound");
  rmSync(bound, { recursive: true, force: true });
  run(join(tools(), "wasm-bindgen"), ["--target", "bundler", "--out-dir", bound, join(target, "wasm32-unknown-unknown", "release", "relatch_wasm.wasm")]);

  const file = (name) => join(bound, name);
  const optimised = file("relatch_wasm_bg.wasm");
  run("sh", [join(root, "edge", "tools", "optimise.sh"), optimised, file("named.wasm"), UNUSED]);
  const names = JSON.parse(run(bin("wasm-opt"), ["--minify-imports-and-exports-and-modules", "--strip-target-features", optimised, "-o", file("relatch.wasm")]));

  let glue = readFileSync(file("relatch_wasm_bg.js"), "utf8");
  for (const [, name, short] of names.imports) glue = glue.replaceAll(new RegExp(`\\b${name}\\b`, "g"), short);
  for (const [name, short] of names.exports) glue = glue.replaceAll(new RegExp(`\\bwasm\\.${name}\\b`, "g"), `wasm.${short}`);
  // All that is left of the modules' names is one short one.
  glue += `\nexport const __imports = { a: { ${names.imports.map(([, , short]) => short).join(", ")} } };\n`;

  rmSync(generated, { recursive: true, force: true });
  mkdirSync(generated, { recursive: true });
  writeFileSync(join(generated, "relatch_wasm_bg.js"), glue);
  const types = readFileSync(file("relatch_wasm.d.ts"), "utf8");
  writeFileSync(join(generated, "relatch_wasm_bg.d.ts"), `${types}\nexport function __wbg_set_wasm(exports: WebAssembly.Exports): void;\nexport const __imports: WebAssembly.Imports;\n`);
  cpSync(file("snippets"), join(generated, "snippets"), { recursive: true });
  copyFileSync(file("relatch.wasm"), join(generated, "relatch.wasm"));
}

/** Of the types, only those that an entry's own lead to: the others are of what is inside. */
function keepReached(types, entries) {
  const reached = new Set(entries.map((entry) => join(types, entry)));
  for (const file of reached)
    for (const [, path] of readFileSync(file, "utf8").matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"(\.[^"]+)\.js"/g)) reached.add(join(dirname(file), `${path}.d.ts`));
  for (const entry of readdirSync(types, { recursive: true, withFileTypes: true })) {
    // Its older name is what Node 18 has.
    const file = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && !reached.has(file)) rmSync(file);
  }
}

async function scripts() {
  say("bundling js/dist");
  // Only now is it sure to be installed.
  const { build } = await import("esbuild");
  const dist = join(work, "dist");
  rmSync(dist, { recursive: true, force: true });
  const options = {
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    outdir: dist,
    legalComments: "none",
    logLevel: "warning",
    external: ["./relatch.wasm", "node:*"],
  };
  const entry = (name) => ({ in: join(js, "src", "entries", `${name}.ts`), out: name });
  // The elements share the one instance of a page with its own calls.
  await build({ ...options, splitting: true, chunkNames: "client", entryPoints: [entry("browser"), { in: join(js, "src", "elements", "index.ts"), out: "elements" }] });
  await build({ ...options, entryPoints: [entry("node"), entry("workerd")] });
  // What the hosted pages load: static assets of the Worker, moved into place one by one, as a running Worker serves them.
  // package.json says of what is imported that it does nothing by itself; of the sources that is not true.
  const ready = join(work, "assets");
  await build({ ...options, outdir: ready, ignoreAnnotations: true, entryPoints: [{ in: join(js, "src", "page.ts"), out: "page" }] });
  copyFileSync(join(generated, "relatch.wasm"), join(ready, "relatch.wasm"));
  const assets = join(js, "assets", "password", "assets");
  mkdirSync(assets, { recursive: true });
  for (const name of ["relatch.wasm", "page.js"]) renameSync(join(ready, name), join(assets, name));
  copyFileSync(join(generated, "relatch.wasm"), join(dist, "relatch.wasm"));
  run(bin("tsc"), ["-p", js, "--stripInternal", "--outDir", join(dist, "types")], { stdio: ["ignore", "inherit", "inherit"] });
  keepReached(join(dist, "types"), ["index.d.ts", "elements/index.d.ts"]);
  rmSync(join(js, "dist"), { recursive: true, force: true });
  renameSync(dist, join(js, "dist"));
  for (const name of ["LICENSE", "NOTICE"]) copyFileSync(join(root, name), join(js, name));
}

const before = stamp();
if (!made() || !existsSync(stampFile) || readFileSync(stampFile, "utf8") !== before) {
  mkdirSync(work, { recursive: true });
  wasm();
  await scripts();
  writeFileSync(stampFile, before);
  say("done: js/dist");
}
