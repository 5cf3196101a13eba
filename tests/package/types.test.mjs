// The types, as programs see them: under every way of resolving modules that is of today, and as strict as the compiler gets.
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
const PROGRAMS = {
  "a program of Node": { files: ["client.ts"], module: "nodenext", lib: ["es2023"], types: ["node"] },
  "a page, by way of a bundler": { files: ["client.ts", "elements.ts"], module: "esnext", moduleResolution: "bundler", lib: ["es2023", "dom", "dom.iterable"], types: [] },
  "a page, with modules as Node resolves them": { files: ["client.ts", "elements.ts"], module: "nodenext", lib: ["es2023", "dom", "dom.iterable"], types: [] },
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
  test(`${name} is checked strictly, and what it may not write is refused`, async () => {
    const folder = await program();
    const config = join(folder, `tsconfig.${name.replaceAll(/\W+/g, "-")}.json`);
    writeFileSync(config, JSON.stringify({ compilerOptions: { ...STRICTEST, ...options }, files }));
    const { code, stdout, stderr } = await run(node, [tool("typescript", "bin", "tsc"), "--project", config], { cwd: folder });
    assert.equal(code, 0, `${stdout}${stderr}`);
  });
}
