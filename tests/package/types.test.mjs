// The types of the package under every current way to resolve modules, with the strictest options.
import assert from "node:assert/strict";
import { cpSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { app, end, node, run, tool } from "./world.mjs";

after(end);

const here = dirname(fileURLToPath(import.meta.url));
const STRICTEST = {
  noEmit: true,
  target: "es2022",
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
};
const PAGE = {
  files: ["client.ts", "elements.ts"],
  lib: ["es2023", "dom", "dom.iterable"],
  types: [],
};
const PROGRAMS = {
  "a Node program": {
    files: ["client.ts", "server.ts"],
    module: "nodenext",
    lib: ["es2023"],
    types: ["node"],
  },
  "a page with a bundler": { ...PAGE, module: "esnext", moduleResolution: "bundler" },
  "a page with Node's module resolution": { ...PAGE, module: "nodenext" },
};

let folder;
const program = () =>
  (folder ??= (async () => {
    const folder = await app("types", join(here, "types"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module", "private": true }');
    cpSync(tool("@types"), join(folder, "node_modules", "@types"), { recursive: true });
    symlinkSync(tool("undici-types"), join(folder, "node_modules", "undici-types"));
    return folder;
  })());

for (const [name, { files, ...options }] of Object.entries(PROGRAMS)) {
  test(`${name}: valid calls compile, invalid calls do not`, async () => {
    const folder = await program();
    const config = join(folder, `tsconfig.${name.replaceAll(/\W+/g, "-")}.json`);
    writeFileSync(config, JSON.stringify({ compilerOptions: { ...STRICTEST, ...options }, files }));
    const tsc = tool("typescript", "bin", "tsc");
    const { code, stdout, stderr } = await run(node, [tsc, "--project", config], { cwd: folder });
    assert.equal(code, 0, `${stdout}${stderr}`);
  });
}
