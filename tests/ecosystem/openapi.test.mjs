// The OpenAPI documents with the programs that read them: a linter, generated clients in TypeScript
// and Rust that reset a password, and schemathesis, against the built Worker.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Programs } from "../browser/programs.mjs";
import { Service } from "../browser/service.mjs";
import { NEW_PASSWORD, SENT } from "../package/steps.mjs";
import { end, node, root, run, runOrThrow, tempPath } from "../package/world.mjs";

const MINUTE = 60_000;
/** Installing from a registry, or a compiler. */
const SETUP = { timeout: 15 * MINUTE };
const sources = join(root, "tests", "ecosystem");
const documents = ["openapi.yaml", "openapi-3.0.yaml"].map((name) => join(root, "docs", name));
const [document] = documents;
/** The programs from npm and PyPI, installed once for each version of their lists. */
const folder = join(root, "target", "openapi");
const programs = new Programs();
const service = new Service();

after(async () => {
  await programs.stop();
  await end();
});

/** Runs an installation in the environment of every build, unless its list is unchanged. */
async function installed(name, list, commands) {
  const note = join(folder, `${name}.installed`);
  const wanted = readFileSync(join(folder, list), "utf8");
  if (existsSync(note) && readFileSync(note, "utf8") === wanted) return;
  for (const command of commands) {
    const environment = join(root, "edge", "tools", "environment.sh");
    await runOrThrow("sh", [environment, ...command], { cwd: folder, ...SETUP });
  }
  writeFileSync(note, wanted);
}

const python = join(folder, "venv", "bin", "python");
const module = (...path) => join(folder, "node_modules", ...path);

before(async () => {
  mkdirSync(folder, { recursive: true });
  cpSync(join(sources, "openapi"), folder, { recursive: true });
  await installed("npm", "package-lock.json", [
    ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
  ]);
  await installed("pip", "requirements.txt", [
    ["python3", "-m", "venv", "--clear", "venv"],
    [python, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", "requirements.txt"],
  ]);
  await service.launch(programs, {
    state: tempPath("openapi"),
    variables: {
      DIALECTS: "rest,flask,cloudcms",
      OPERATOR_PAGE: "true",
      GALLERY: "true",
      SESSION_COOKIE: "session",
    },
  });
}, SETUP);

test("the documents are valid and have no lint", SETUP, async () => {
  const redocly = module("@redocly", "cli", "bin", "cli.js");
  const env = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
  const args = [redocly, "lint", "--config", join(folder, "redocly.yaml"), ...documents];
  const { code, stdout, stderr } = await run(node, args, { cwd: folder, env, timeout: 2 * MINUTE });
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.doesNotMatch(`${stdout}${stderr}`, /warning/i);
});

/** A reset as a generated client sees it. */
function assertStory(said) {
  assert.match(said[0], /^at least 15$/);
  assert.match(said[1], /^until \d{4}-/);
  assert.match(said[2], /too_short/);
  assert.match(said[3], /changed/);
  assert.equal(said[4], "link_used");
}

const tokenOf = (link) => new URL(link).searchParams.get("token");

test("a client of openapi-typescript resets a password", SETUP, async () => {
  const generate = module("openapi-typescript", "bin", "cli.js");
  await runOrThrow(node, [generate, document, "--output", join(folder, "schema.d.ts")], SETUP);
  const tsc = module("typescript", "bin", "tsc");
  const { code, stdout } = await run(node, [tsc, "--project", folder], { cwd: folder, ...SETUP });
  assert.equal(code, 0, stdout);

  const story = await import(pathToFileURL(join(folder, "story.ts")));
  const account = await service.createAccount();
  assert.equal(await story.request(service.base, account.email), SENT);
  const token = tokenOf(await service.receiveLink(account));
  assertStory(await story.reset(service.base, token, NEW_PASSWORD));
  assert.ok(await service.hasPassword(account, NEW_PASSWORD));
});

test("a client of progenitor resets a password", SETUP, async () => {
  const manifest = join(sources, "progenitor", "Cargo.toml");
  const target = join(folder, "progenitor");
  const cargo = ["cargo", "build", "--quiet", "--locked", "--manifest-path", manifest];
  const environment = join(root, "edge", "tools", "environment.sh");
  await runOrThrow("sh", [environment, ...cargo, "--target-dir", target], SETUP);
  const client = async (...args) =>
    (await runOrThrow(join(target, "debug", "relatch-progenitor"), args)).trim().split("\n");

  const account = await service.createAccount();
  assert.deepEqual(await client("request", service.base, account.email), [SENT]);
  const token = tokenOf(await service.receiveLink(account));
  assertStory(await client("reset", service.base, token, NEW_PASSWORD));
  assert.ok(await service.hasPassword(account, NEW_PASSWORD));
});

test("schemathesis finds nothing", SETUP, async () => {
  const account = await service.createAccount();
  const env = {
    BASE_URL: service.base,
    SERVER_KEY: service.serverKey,
    SESSION: await service.signIn(account),
  };
  const args = ["-m", "schemathesis.cli", "run", document, "--url", service.base];
  const { code, stdout, stderr } = await run(python, args, { cwd: folder, env, ...SETUP });
  assert.equal(code, 0, `${stdout}${stderr}`);
});
