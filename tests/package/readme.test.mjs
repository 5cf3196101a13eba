// The code blocks of the package's README, run in apps that contain nothing else. Only the
// service's URL and the address of the account are replaced.
import assert from "node:assert/strict";
import { cpSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";
import { NEW_PASSWORD, requestLink, SENT, setPassword, withToken } from "./steps.mjs";
import {
  createApp,
  end,
  freePort,
  js,
  node,
  openPage,
  packed,
  run,
  runOrThrow,
  serve,
  service,
  start,
  tool,
  unpack,
  wrangler,
} from "./world.mjs";

after(end);

const LIMIT = { timeout: 120_000 };
const README = readFileSync(join(js, "README.md"), "utf8");
const MANIFEST = { "package.json": '{ "private": true, "type": "module" }' };
const WRANGLER_TOML = 'name = "app"\nmain = "index.js"\ncompatibility_date = "2026-11-01"\n';
const vite = tool("vite", "bin", "vite.js");
const webpack = tool("webpack-cli", "bin", "cli.js");

const BLOCKS = [...README.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language, code]) => ({
  language,
  code,
}));

/** Returns the README's blocks of a language that contain a text, in their order. */
const blocks = (language, text = "") =>
  BLOCKS.filter((block) => block.language === language && block.code.includes(text)).map(
    ({ code }) => code,
  );

/** Returns the only block of a language that contains a text. */
function block(language, text) {
  const [code, ...others] = blocks(language, text);
  const isOnly = code !== undefined && others.length === 0;
  assert.ok(isOnly, `README.md must have one block of ${language} that contains ${text}`);
  return code;
}

const EXAMPLE_ADDRESS = "peter@example.com";

/** Replaces the service's URL in a block, and the address if an account is given. */
const adapt = (code, { base }, { email } = { email: EXAMPLE_ADDRESS }) =>
  code.replaceAll("https://accounts.example.com", base).replaceAll(EXAMPLE_ADDRESS, email);

const html = (body) =>
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>App</title></head>' +
  `<body>${body}</body></html>`;

/** The block with the calls: a request, and what follows on the page of the link. */
const CALLS = block("js", "takeLink()");
/** Its first part, up to the request. */
const FIRST_CALL = CALLS.slice(0, CALLS.search(/^const link\b/m));

/** Opens a page of the allowed site by a fresh link, and waits until the link is used. */
async function resetPassword(folder) {
  const relatch = await service();
  const link = await relatch.requestLink(await relatch.createAccount());
  const url = await serve(folder);
  const { page, faults, close } = await openPage(withToken(url, link));
  await page.waitForFunction(() => location.search === "");
  await relatch.waitUntilUsed(link);
  assert.equal(page.url(), url);
  assert.deepEqual(faults, []);
  await close();
}

test("Vite: the request element requests a link", LIMIT, async () => {
  const relatch = await service();
  const page = html(adapt(block("html", "<relatch-request base-url"), relatch));
  const folder = await createApp("readme-form", { ...MANIFEST, "index.html": page });
  await runOrThrow(node, [vite, "build"], { cwd: folder });
  const account = await relatch.createAccount();
  const opened = await openPage(await serve(join(folder, "dist")));
  await requestLink(opened.page, account.email, /mail/i);
  assert.ok(await relatch.receiveLink(account));
  assert.deepEqual(opened.faults, []);
  await opened.close();
});

test("script tag: the reset element sets a password", LIMIT, async () => {
  const relatch = await service();
  const script = block("html", 'src="/relatch/dist/elements.js"');
  const page = html(adapt(script + block("html", "<relatch-reset"), relatch));
  const folder = await createApp("readme-tag", { "index.html": page });
  await unpack(join(folder, "relatch"));
  const link = await relatch.requestLink(await relatch.createAccount());
  const opened = await openPage(withToken(await serve(folder), link));
  await setPassword(opened.page, NEW_PASSWORD);
  await relatch.waitUntilUsed(link);
  assert.deepEqual(opened.faults, []);
  await opened.close();
});

test("Vite and webpack: the calls reset a password", LIMIT, async () => {
  const relatch = await service();
  const calls = adapt(CALLS, relatch);
  const withVite = await createApp("readme-vite", {
    ...MANIFEST,
    "index.html": html('<script type="module" src="/main.js"></script>'),
    "main.js": calls,
  });
  await runOrThrow(node, [vite, "build"], { cwd: withVite });
  await resetPassword(join(withVite, "dist"));

  const withWebpack = await createApp("readme-webpack", {
    ...MANIFEST,
    "src/index.js": calls,
    "dist/index.html": html('<script defer src="main.js"></script>'),
  });
  await runOrThrow(node, [webpack, "--mode", "production"], { cwd: withWebpack });
  await resetPassword(join(withWebpack, "dist"));
});

test("esbuild: the module's file is named, and the client requests a link", LIMIT, async () => {
  const relatch = await service();
  const code = adapt(block("js", "setModule("), relatch);
  const request = 'await client.request("peter");\nglobalThis.isDone = true;\n';
  const folder = await createApp("readme-esbuild", {
    ...MANIFEST,
    "main.js": `${code}${request}`,
    "index.html": html('<script type="module" src="/out/main.js"></script>'),
  });
  const options = { bundle: true, format: "esm", loader: { ".wasm": "file" } };
  const entry = { entryPoints: [join(folder, "main.js")], outdir: join(folder, "out") };
  await build({ ...options, ...entry, absWorkingDir: folder });
  const { page, faults, close } = await openPage(await serve(folder));
  await page.waitForFunction(() => globalThis.isDone);
  assert.deepEqual(faults, []);
  await close();
});

test("Node: the first call requests a link, and the rules give these reasons", LIMIT, async () => {
  const relatch = await service();
  const account = await relatch.createAccount();
  assert.match(FIRST_CALL, /client\.request\(/);
  const examples = block("js", "rules.reasons(");
  const checks = [...examples.matchAll(/^(rules\.reasons\(.*\)); \/\/ (\[.*\])$/gm)];
  assert.ok(checks.length >= 2);
  const script = [
    adapt(FIRST_CALL, relatch, account),
    "const rules = await client.rules();",
    ...checks.map(([, call]) => `console.log(JSON.stringify(${call}));`),
  ].join("\n");
  const folder = await createApp("readme-node", { ...MANIFEST, "index.js": script });
  const output = await runOrThrow(node, ["index.js"], { cwd: folder });
  const actual = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    actual,
    checks.map(([, , reasons]) => JSON.parse(reasons)),
  );
  assert.ok(await relatch.receiveLink(account));
});

test("Worker: the first call requests a link", LIMIT, async () => {
  const relatch = await service();
  const account = await relatch.createAccount();
  const lines = adapt(CALLS, relatch, account).split("\n");
  const line = (text) => lines.find((line) => line.includes(text));
  const worker = `${line('from "relatch"')}
export default {
  async fetch() {
    ${line("new ResetClient(")}
    ${line("client.request(")}
    return new Response(message);
  },
};
`;
  const files = { ...MANIFEST, "index.js": worker, "wrangler.toml": WRANGLER_TOML };
  const folder = await createApp("readme-worker", files);
  const port = String(await freePort());
  const address = ["--ip", "127.0.0.1", "--port", port, "--inspector-port", "0"];
  const stop = await start(/Ready on/, [...wrangler, "dev", ...address], { cwd: folder });
  const response = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(await response.text(), SENT);
  assert.ok(await relatch.receiveLink(account));
  await stop();
});

test("a server: the calls request a link and start a reset", LIMIT, async () => {
  const relatch = await service();
  const [visitor, account] = [await relatch.createAccount(), await relatch.createAccount()];
  const calls = adapt(block("js", "new ServerClient("), relatch, visitor);
  const script = calls.replaceAll('"peter"', JSON.stringify(account.username));
  const folder = await createApp("readme-server", { ...MANIFEST, "index.js": script });
  const env = { RELATCH_KEY: relatch.serverKey };
  const output = await runOrThrow(node, ["index.js"], { cwd: folder, env });
  assert.match(output, /^\S+Z server_reset$/m);
  assert.ok(await relatch.receiveLink(visitor));
  assert.ok(await relatch.receiveLink(account));
});

test("TypeScript: the blocks with imports and the functions are well typed", LIMIT, async () => {
  const modules = [...blocks("ts"), ...blocks("js", "import ")];
  assert.ok(modules.length >= 2);
  const files = modules.map((code, index) => [`block${index}.ts`, `${code}\nexport {};\n`]);
  const folder = await createApp("readme-types", { ...MANIFEST, ...Object.fromEntries(files) });
  cpSync(tool("@types"), join(folder, "node_modules", "@types"), { recursive: true });
  symlinkSync(tool("undici-types"), join(folder, "node_modules", "undici-types"));
  const args = [
    ...["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext"],
    ...["--lib", "es2023,dom,dom.iterable", "--types", "node"],
    ...files.map(([name]) => name),
  ];
  const tsc = tool("typescript", "bin", "tsc");
  const { code, stdout } = await run(node, [tsc, ...args], { cwd: folder });
  assert.equal(code, 0, stdout);
});

test("the files that the README names are in the package", async () => {
  const { files } = await packed();
  const named = [...README.matchAll(/\bdist\/[\w.-]+\.\w+/g)].map(([path]) => path);
  assert.ok(named.length > 0);
  assert.deepEqual(
    named.filter((path) => !files.includes(path)),
    [],
  );
});
