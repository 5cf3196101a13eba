// The examples of relatch-worker and the template for Cloudflare, from the packed package: each is
// copied as a reader would, and resets a password. The one with better-auth is in tests/ecosystem.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { parse } from "smol-toml";
import {
  copyWorker,
  createTables,
  invoke,
  LIMIT,
  readJsonc,
  resetPassword,
  runDev,
  serve,
  visit,
  writeVariables,
} from "./workers.mjs";
import { edge, end, freePort, root } from "./world.mjs";

after(end);

const EXAMPLES = join(edge, "examples");
const TEMPLATE = join(root, "templates", "cloudflare");

const account = (name) => ({ id: 7, username: "ada", email: `ada@${name}.example` });

for (const name of ["alone", "declarative-exports"]) {
  test(`the example ${name} resets a password`, LIMIT, async () => {
    const cwd = await copyWorker(name);
    await createTables(cwd, account(name));
    await resetPassword(await serve(cwd), account(name));
  });
}

test("the configuration of the example alone has about ten lines", () => {
  const text = readFileSync(join(EXAMPLES, "alone", "wrangler.jsonc"), "utf8");
  assert.ok(text.split("\n").length <= 16, text);
  // The README has the same configuration, with a script.
  const { main, ...config } = readJsonc(join(EXAMPLES, "alone", "wrangler.jsonc"));
  assert.equal(main, "node_modules/relatch-worker/entry.js");
  assert.deepEqual(Object.keys(config).includes("exports"), false);
});

test("the example declarative-exports declares its classes without migrations", () => {
  const config = readJsonc(join(EXAMPLES, "declarative-exports", "wrangler.jsonc"));
  assert.equal(config.migrations, undefined);
  const classes = config.durable_objects.bindings.map(({ class_name }) => class_name);
  assert.deepEqual(Object.keys(config.exports), classes);
});

/** Asserts that the application and the service are at their paths. */
async function assertMounted(origin) {
  const own = await visit(`${origin}/`);
  assert.deepEqual([own.status, own.text], [200, "The application"]);
  const wellKnown = await visit(`${origin}/.well-known/change-password`);
  assert.deepEqual([wellKnown.status, wellKnown.location], [303, "/auth/password/forgot"]);
  for (const path of ["/auth/", "/auth"])
    assert.equal((await visit(`${origin}${path}`)).location, "/auth/password/forgot");
}

for (const [name, dependencies] of [
  ["plain", []],
  ["itty-router", ["itty-router"]],
]) {
  test(`the example ${name} resets a password under its base path`, LIMIT, async () => {
    const cwd = await copyWorker(name, { dependencies });
    await createTables(cwd, account(name));
    const origin = await serve(cwd);
    await assertMounted(origin);
    await resetPassword(`${origin}/auth`, account(name));
  });
}

test("the example service-binding resets a password through the front Worker", LIMIT, async () => {
  const name = "service-binding";
  const cwd = await copyWorker(name);
  const reset = ["--config", "reset/wrangler.jsonc", "--persist-to", ".wrangler/state"];
  await createTables(cwd, account(name), ...reset);
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  await writeVariables(join(cwd, "reset"), { PUBLIC_URL: origin });
  await runDev(cwd, port, "--config", "front/wrangler.jsonc", ...reset);
  await assertMounted(origin);
  await resetPassword(`${origin}/auth`, account(name));
});

test("every example has a manifest with the versions of this repository, and a place in the README", () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { version } = JSON.parse(readFileSync(join(edge, "package.json"), "utf8"));
  const known = { ...devDependencies, "relatch-worker": version };
  const readme = readFileSync(join(EXAMPLES, "README.md"), "utf8");
  const names = readdirSync(EXAMPLES).filter((name) => name !== "README.md");
  assert.ok(names.length >= 6, String(names));
  for (const folder of [...names.map((name) => join(EXAMPLES, name)), TEMPLATE]) {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const all = { ...manifest.dependencies, ...manifest.devDependencies };
    for (const [name, range] of Object.entries(all))
      assert.equal(range, `^${known[name]}`, `${folder}: ${name}`);
  }
  for (const name of names) assert.ok(readme.includes(`[${name}](${name})`), name);
});

test("the example hono-better-auth has the statements and the migration of the package", () => {
  const read = (...path) => readFileSync(join(edge, ...path), "utf8");
  const { vars } = parse(read("examples", "hono-better-auth", "wrangler.toml"));
  const directory = parse(read("directories", "better-auth.toml")).vars;
  for (const [name, value] of Object.entries(directory)) assert.equal(vars[name], value, name);
  const table = read("directories", "events.sql").replace(/^(--.*\n)+/, "");
  const migrations = ["examples", "hono-better-auth", "migrations"];
  assert.equal(read(...migrations, "0003_relatch_events.sql"), table);
  const tables = read("directories", "better-auth.sql").replace(/^(--.*\n)+/, "");
  assert.ok(read(...migrations, "0001_better_auth.sql").includes(tables));
});

test(
  "the template resets a password, and describes what a deployment asks for",
  LIMIT,
  async () => {
    const manifest = JSON.parse(readFileSync(join(TEMPLATE, "package.json"), "utf8"));
    const config = readJsonc(join(TEMPLATE, "wrangler.jsonc"));
    const example = readFileSync(join(TEMPLATE, ".dev.vars.example"), "utf8");
    const secrets = example
      .trim()
      .split("\n")
      .map((line) => line.split("=")[0]);
    // Every line of the file is asked for, and a variable cannot be a secret too.
    assert.deepEqual(secrets, ["RELATCH_KEYS", "MAIL_PASSWORD"]);
    const names = [
      ...secrets,
      ...Object.keys(config.vars),
      ...[...config.d1_databases, ...config.kv_namespaces].map(({ binding }) => binding),
      ...[...config.durable_objects.bindings, ...config.ratelimits].map(({ name }) => name),
    ];
    assert.deepEqual(Object.keys(manifest.cloudflare.bindings).sort(), names.sort());
    for (const [name, { description }] of Object.entries(manifest.cloudflare.bindings))
      assert.ok(description.length > 20, name);
    assert.match(manifest.scripts.deploy, /wrangler deploy$/);
    assert.match(manifest.scripts.migrate, /d1 migrations apply DB --remote$/);
    // C3 takes a template only if its Worker is in this folder.
    assert.ok(config.main.startsWith("src/") && existsSync(join(TEMPLATE, config.main)));

    const cwd = await copyWorker("template", { from: TEMPLATE });
    const dry = await invoke(cwd, "deploy", "--dry-run");
    assert.match(dry, /Total Upload/);
    await createTables(cwd, account("template"));
    await resetPassword(await serve(cwd), account("template"));
  },
);
