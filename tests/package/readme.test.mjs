// The lines of the package's README, as they stand, in apps that are empty but for them. Nothing is changed but whose service it
// is, and who asks.
import assert from "node:assert/strict";
import { cpSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { NEW, ask, choose, linkAt } from "./steps.mjs";
import { end, freePort, js, made, node, open, origins, packed, run, service, start, succeed, tool, unpack, wrangler } from "./world.mjs";

after(end);

const LIMIT = { timeout: 120_000 };
const README = readFileSync(join(js, "README.md"), "utf8");
const MANIFEST = { "package.json": '{ "private": true, "type": "module" }' };
const SENT = "If an account matches what you entered, an email is on its way to its address.";

/** The blocks of a language that hold a text, in their order. */
const blocks = (language, holding = "") => [...README.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, tag, text]) => tag === language && text.includes(holding)).map(([, , text]) => text);
/** The only one. */
const block = (language, holding) => {
  const [one, ...others] = blocks(language, holding);
  assert.ok(one && others.length === 0, `README.md has one block of ${language} with ${holding}`);
  return one;
};
/** A block for this service, and somebody of it. */
const meant = (text, { base }, { email } = {}) => text.replaceAll("https://accounts.example.com", base).replaceAll("peter@example.com", email ?? "peter@example.com");
const html = (body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>App</title></head><body>${body}</body></html>`;

const serve = async (folder) => {
  const { built } = await origins();
  Object.assign(built, { folder, headers: {} });
  return `${built.origin}/`;
};

/** The three calls, one after the other, in a page that its link leads to. */
const CALLS = block("js", "takeLink()");
async function calls(folder) {
  const relatch = await service();
  const person = await relatch.somebody();
  await relatch.ask(person);
  const link = await relatch.linkTo(person);
  const address = await serve(folder);
  const { page, faults, close } = await open(linkAt(address, link));
  await page.waitForFunction(() => location.search === "");
  await relatch.used(link);
  assert.equal(page.url(), address);
  assert.deepEqual(faults, []);
  await close();
}

test("Vite: the form in one line is a form", LIMIT, async () => {
  const relatch = await service();
  const folder = await made("readme-form", { ...MANIFEST, "index.html": html(meant(block("html", "<relatch-request"), relatch)) });
  await succeed(node, [tool("vite", "bin", "vite.js"), "build"], { cwd: folder });
  const person = await relatch.somebody();
  const { page, faults, close } = await open(await serve(join(folder, "dist")));
  await ask(page, person.email, SENT);
  assert.ok(await relatch.linkTo(person));
  assert.deepEqual(faults, []);
  await close();
});

test("a script tag: the element of the other page sets the password", LIMIT, async () => {
  const relatch = await service();
  const folder = await made("readme-tag", { "index.html": html(meant(block("html", 'src="/relatch/dist/elements.js"') + block("html", "<relatch-reset"), relatch)) });
  await unpack(join(folder, "relatch"));
  const person = await relatch.somebody();
  await relatch.ask(person);
  const link = await relatch.linkTo(person);
  const opened = await open(linkAt(await serve(folder), link));
  await choose(opened.page, NEW);
  await relatch.used(link);
  assert.deepEqual(opened.faults, []);
  await opened.close();
});

test("Vite and webpack: the calls reset a password", LIMIT, async () => {
  const relatch = await service();
  const lines = meant(CALLS, relatch);
  const vite = await made("readme-vite", { ...MANIFEST, "index.html": html('<script type="module" src="/main.js"></script>'), "main.js": lines });
  await succeed(node, [tool("vite", "bin", "vite.js"), "build"], { cwd: vite });
  await calls(join(vite, "dist"));

  const webpack = await made("readme-webpack", { ...MANIFEST, "src/index.js": lines, "dist/index.html": html('<script defer src="main.js"></script>') });
  await succeed(node, [tool("webpack-cli", "bin", "cli.js"), "--mode", "production"], { cwd: webpack });
  await calls(join(webpack, "dist"));
});

test("Node: the first call asks for a mail, and the rules say what the README says", LIMIT, async () => {
  const relatch = await service();
  const person = await relatch.somebody();
  const [first] = CALLS.split("\n// Later, on the page of the link");
  assert.notEqual(first, CALLS);
  const judged = [...block("js", "rules.reasons(").matchAll(/^(rules\.reasons\(.*\)); \/\/ (\[.*\])$/gm)];
  assert.ok(judged.length >= 2);
  const script = [meant(first, relatch, person), "const rules = await client.rules();", ...judged.map(([, call]) => `console.log(JSON.stringify(${call}));`)].join("\n");
  const folder = await made("readme-node", { ...MANIFEST, "index.js": script });
  const said = await succeed(node, ["index.js"], { cwd: folder });
  assert.deepEqual(said.trim().split("\n").map((line) => JSON.parse(line)), judged.map(([, , reasons]) => JSON.parse(reasons)));
  assert.ok(await relatch.linkTo(person));
});

test("a Worker: the first call asks for a mail", LIMIT, async () => {
  const relatch = await service();
  const person = await relatch.somebody();
  const line = (holding) => meant(CALLS, relatch, person).split("\n").find((line) => line.includes(holding));
  const worker = `${line('from "relatch"')}
export default {
  async fetch() {
    ${line("new ResetClient(")}
    ${line("client.request(")}
    return new Response(message);
  },
};
`;
  const folder = await made("readme-worker", { ...MANIFEST, "index.js": worker, "wrangler.toml": 'name = "app"\nmain = "index.js"\ncompatibility_date = "2026-11-01"\n' });
  const port = await freePort();
  const stop = await start(/Ready on/, [...wrangler, "dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"], { cwd: folder });
  assert.match(await (await fetch(`http://127.0.0.1:${port}/`)).text(), /^An email has been sent\./);
  assert.ok(await relatch.linkTo(person));
  await stop();
});

test("TypeScript: what the README imports is there, and its functions are well typed", LIMIT, async () => {
  const whole = [...blocks("ts"), ...blocks("js", "import ")];
  assert.ok(whole.length >= 2);
  const names = whole.map((_, number) => `block${number}.ts`);
  const folder = await made("readme-types", { ...MANIFEST, ...Object.fromEntries(whole.map((text, number) => [names[number], `${text}\nexport {};\n`])) });
  cpSync(tool("@types"), join(folder, "node_modules", "@types"), { recursive: true });
  symlinkSync(tool("undici-types"), join(folder, "node_modules", "undici-types"));
  const flags = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2023,dom,dom.iterable", "--types", "node"];
  const { code, stdout } = await run(node, [tool("typescript", "bin", "tsc"), ...flags, ...names], { cwd: folder });
  assert.equal(code, 0, stdout);
});

test("the files that the README names are in the package", async () => {
  const { files } = await packed();
  const named = [...README.matchAll(/\bdist\/[\w.-]+\.\w+/g)].map(([path]) => path);
  assert.ok(named.length > 0);
  assert.deepEqual(named.filter((path) => !files.includes(path)), []);
});
