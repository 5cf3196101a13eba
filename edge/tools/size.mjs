// Prints the gzipped sizes of the Worker and of the npm package, and fails above the limits.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { root } from "./local.mjs";

const WORKER_LIMIT_KB = 545;
const CLIENT_LIMIT_KB = 28;
const read = (path) => readFileSync(join(root, path));

/** Prints the gzipped size of some files together, and fails above the limit. */
function report(title, contents, limit) {
  const sizes = contents.map((content) => gzipSync(content, { level: 9 }).length / 1024);
  const total = sizes.reduce((sum, size) => sum + size);
  const note = limit ? ` (limit ${limit} KB)` : "";
  console.log(`${title.padEnd(22)} ${total.toFixed(1).padStart(7)} KB${note}`);
  if (!limit || total <= limit) return;
  console.error("size: above the limit. `cargo tree` shows what the last change added.");
  process.exitCode = 1;
}

/** Returns a script of the package with the scripts that it imports. */
function withImports(name) {
  const imports = `${read(`js/dist/${name}`)}`.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g);
  return [name, ...[...imports].flatMap(([, other]) => withImports(other))];
}
const inPackage = (names) => names.map((name) => read(`js/dist/${name}`));

// wrangler uploads one script, minified as wrangler.toml says.
const options = { bundle: true, minify: true, format: "esm", write: false };
const external = ["cloudflare:*", "*.wasm"];
const entryPoints = [join(root, "edge", "entry.js")];
const script = buildSync({ ...options, external, entryPoints });
const wasm = read("edge/build/index_bg.wasm");
report("Worker", [wasm, script.outputFiles[0].contents], WORKER_LIMIT_KB);
const client = [...withImports("browser.js"), "relatch.wasm"];
report("npm package, client", inPackage(client), CLIENT_LIMIT_KB);
const elements = withImports("elements.js").filter((name) => !client.includes(name));
report("npm package, elements", inPackage(elements));
