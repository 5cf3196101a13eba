// What a page downloads of the npm package, minified and gzipped, and a limit. Run by `make build` after build.mjs.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** Request, check, confirm and change, the password rules, the reading of links. */
const LIMIT = 24 * 1024;

const dist = new URL("../dist/", import.meta.url);
/** As `gzip -9` does it. */
const gzipped = (name) => gzipSync(readFileSync(new URL(name, dist)), { level: 9, memLevel: 9 }).length;
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const line = (name, bytes) => console.log(name.padEnd(30) + kilobytes(bytes).padStart(15));
/** A script and what it loads in turn. */
const loaded = (name, seen = new Set()) => {
  if (!seen.has(name)) {
    seen.add(name);
    for (const [, other] of readFileSync(new URL(name, dist), "utf8").matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) loaded(other, seen);
  }
  return seen;
};

const client = [...loaded("browser.js"), "relatch.wasm"];
const total = client.reduce((sum, name) => sum + gzipped(name), 0);
console.log("npm package: what a page downloads, gzipped");
for (const name of client) line(`  ${name}`, gzipped(name));
line("  client", total);
const elements = [...loaded("elements.js")].filter((name) => !client.includes(name));
line("  and for the elements", elements.reduce((sum, name) => sum + gzipped(name), 0));

if (total > LIMIT) {
  console.error(
    `size: ${kilobytes(total - LIMIT)} over the limit of ${kilobytes(LIMIT)} gzipped. The standard library's formatting, sorting, searching and splitting ` +
      "are the usual cause: see target/js/bound/named.wasm for the largest functions.",
  );
  process.exit(1);
}
console.log(`within the limit of ${kilobytes(LIMIT)} gzipped, ${LIMIT - total} bytes to spare`);
