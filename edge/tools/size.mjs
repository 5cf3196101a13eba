// The size of the built Worker, what it is made of, and a limit. Run by `make build` after build.sh.
//
// Shares come from target/worker/named.wasm, the same code with its function names: every function body is counted for
// the crate that its name belongs to. Gzipped bytes of a part are an estimate: each part is compressed by itself and
// the results are scaled to the whole file's real size.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { parse } from "./wasm.mjs";

const root = new URL("../../", import.meta.url);
/** 220 KB were the limit of the canonical surface and its pages; the rest is five systems, several applications, calls of servers. */
const BUDGET = 270 * 1024;
const LARGE = 0.01;

const read = (path) => {
  try {
    return readFileSync(new URL(path, root));
  } catch {
    console.error(`size: ${path} is missing. Run \`make build\`.`);
    process.exit(1);
  }
};
const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

const STANDARD = new Set(["core", "alloc", "std", "hashbrown", "dlmalloc", "compiler_builtins", "__rustc"]);
const GLUE = new Set(["js_sys", "wasm_bindgen", "wasm_bindgen_futures", "futures_core", "futures_util", "futures_channel"]);

/**
 * The crate that a function belongs to, from its demangled name: `a::b::c`, `<a::T as b::Trait>::m`, `<&mut a::T>::m`,
 * `core::ptr::drop_glue::<a::T>`. The first crate named counts, except that a generic of the standard library, or of
 * what drives futures, counts for the crate that it was made for.
 */
function crateOf(name) {
  if (name === "") return "(functions without a name)";
  const named = [...name.matchAll(/(?<![\w:.\]>])([a-z_]\w*)(?:\[[0-9a-f]+\])?::(?=[\w<{])/g)].map((match) => match[1]);
  const first = (...without) => named.find((crate) => without.every((set) => !set.has(crate)));
  if (named.length === 0) return /^<\W*\w+\W*( as|>::)/.test(name) ? "std" : "(bindings to JavaScript)";
  return first(STANDARD, GLUE) ?? first(STANDARD) ?? "std";
}

/** JavaScript as it is uploaded: wrangler puts it into one file, drops comments and shortens nothing. */
const script = Buffer.from(
  buildSync({
    entryPoints: [new URL("edge/entry.js", root).pathname],
    bundle: true,
    format: "esm",
    target: "es2024",
    external: ["cloudflare:*", "*.wasm"],
    write: false,
  }).outputFiles[0].contents,
);

const wasm = read("edge/build/index_bg.wasm");
const { bodies, sections } = parse(read("target/worker/named.wasm"));

const parts = new Map();
const add = (part, bytes) => parts.set(part, [...(parts.get(part) ?? []), bytes]);
for (const { bytes, name } of bodies) add(crateOf(name), bytes);
for (const { id, custom, bytes } of sections)
  if (id !== 10 && custom !== "name") add(id === 11 ? "(data: strings and tables)" : "(imports, types, exports)", bytes);

const wasmGzipped = gzipped(wasm);
const rows = [...parts].map(([part, chunks]) => {
  const bytes = Buffer.concat(chunks);
  return { part, raw: bytes.length, alone: gzipped(bytes) };
});
const raw = rows.reduce((sum, row) => sum + row.raw, 0);
const alone = rows.reduce((sum, row) => sum + row.alone, 0);
rows.sort((a, b) => b.raw - a.raw);
const large = rows.filter((row) => row.raw >= raw * LARGE);
const small = rows.filter((row) => row.raw < raw * LARGE);
if (small.length > 0)
  large.push({
    part: `${small.length} smaller parts`,
    raw: small.reduce((sum, row) => sum + row.raw, 0),
    alone: small.reduce((sum, row) => sum + row.alone, 0),
  });

const line = (...cells) => console.log(cells[0].padEnd(30) + cells.slice(1).map((cell) => cell.padStart(15)).join(""));
line("part of the wasm", "raw", "share", "gzipped, est.");
for (const row of large)
  line(row.part, kilobytes(row.raw), `${((row.raw / raw) * 100).toFixed(1)} %`, kilobytes((row.alone / alone) * wasmGzipped));
console.log();
line("file", "raw", "gzipped");
line("index_bg.wasm", kilobytes(wasm.length), kilobytes(wasmGzipped));
line("JavaScript", kilobytes(script.length), kilobytes(gzipped(script)));
const total = wasmGzipped + gzipped(script);
line("total", kilobytes(wasm.length + script.length), kilobytes(total));

if (total > BUDGET) {
  const suspects = large.filter((row) => !/^\(|smaller/.test(row.part)).slice(0, 3).map((row) => row.part);
  console.error(
    `size: ${kilobytes(total - BUDGET)} over the limit of ${kilobytes(BUDGET)} gzipped. Look first at the largest parts ` +
      `(${suspects.join(", ")}) and at what the last change pulled in: \`cargo tree -p relatch-worker --target wasm32-unknown-unknown\`.`,
  );
  process.exit(1);
}
console.log(`within the limit of ${kilobytes(BUDGET)} gzipped, ${kilobytes(BUDGET - total)} to spare`);
