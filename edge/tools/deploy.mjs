// `make deploy`: checks everything that can be checked, then migrates the database, deploys the
// Worker and tests it.
// docs/production.md describes its variables. Tests set WRANGLER, the program to run instead of the
// pinned wrangler. With --dry-run, it only builds and runs wrangler's checks, which need neither an
// account nor a network.
import { rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { smoke } from "../cli/smoke.mjs";
import { deploymentConfig, startWorker } from "./configuration.mjs";
import * as tools from "./local.mjs";

const { Problem } = tools;
const { CONFIG, SITE, SITE_TIMEOUT = "120", STATE, WRANGLER } = process.env;
const isDry = process.argv.includes("--dry-run");
let config;
let path = join(tools.root, "wrangler.toml");
/** The finished steps, for the message if a later step fails. */
const done = [];

function wrangler(args, capture = true) {
  const command = WRANGLER ? [resolve(WRANGLER)] : tools.wrangler;
  const options = { capture, env: tools.wranglerEnvironment(config) };
  const name = `wrangler ${args.slice(0, 2).join(" ")}`;
  return tools.run(name, [...command, ...args, "--config", path], options);
}

/** Runs wrangler for its JSON. If it fails with a message that matches, returns `otherwise`. */
async function ask(args, pattern, otherwise) {
  try {
    return JSON.parse((await wrangler(args)).replace(/^[^[{]*/, ""));
  } catch (error) {
    if (!pattern?.test(error.message)) throw error;
    return otherwise;
  }
}

/** A command for the user. */
function command(text) {
  const file = relative(process.cwd(), path);
  return `npx wrangler ${text}${file === "wrangler.toml" ? "" : ` --config ${file}`}`;
}

async function step(title, work) {
  console.error(`make deploy: ${title}`);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const state =
      done.length > 0 ? `Done: ${done.join("; ")}` : "Nothing was changed at Cloudflare";
    throw new Problem(`\n${error.message}\n\n${state}. Correct the error, and run this again.`);
  }
}

/** Returns the errors of settings that work on this machine, but not at Cloudflare. */
function localOnly({ PUBLIC_URL, MAIL_SERVER = "", MAIL_PORT }) {
  const isLocal = (host) => /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(host);
  const isLocalUrl = URL.canParse(PUBLIC_URL) && isLocal(new URL(PUBLIC_URL).hostname);
  return [
    isLocalUrl && "PUBLIC_URL: must be the https URL of the Worker, not a loopback address",
    isLocal(MAIL_SERVER) && "MAIL_SERVER: must be a host that Cloudflare reaches, not loopback",
    MAIL_SERVER && MAIL_PORT === "25" && "MAIL_PORT: must not be 25, which Cloudflare blocks",
  ].filter(Boolean);
}

const build = () => tools.build("--check-size");

const checkByWrangler = () => wrangler(["deploy", "--dry-run"]);

async function createDatabase() {
  const [{ database_id: id, database_name: name, jurisdiction }] = config.d1_databases;
  if (id || (await ask(["d1", "list", "--json"])).some((one) => one.name === name)) return;
  await wrangler(["d1", "create", name, ...(jurisdiction ? ["--jurisdiction", jurisdiction] : [])]);
  done.push(`the D1 database ${name} was created`);
}

async function deployWorker(secrets) {
  const file = join(tools.temporaryFolder("deploy"), "secrets.json");
  const names = Object.keys(secrets);
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  try {
    await wrangler(["deploy", ...(names.length > 0 ? ["--secrets-file", file] : [])], false);
  } finally {
    // This process may be killed while it tests the Worker.
    rmSync(file, { force: true });
  }
  done.push([`the Worker ${config.name} is deployed`, ...names].join(", with "));
}

async function deploy(state) {
  const secrets = tools.environment((name) => tools.SECRETS.includes(name) && process.env[name]);
  const stored = {};
  let keys;
  await step("checking the account", async () => {
    if (await ask(["whoami", "--json"], /"loggedIn":\s*false/, undefined)) return;
    const ways = "Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN";
    throw new Problem(`You are not logged in to Cloudflare. ${ways}.`);
  });
  await step("listing the secrets", async () => {
    // Their values cannot be read back: others stand in for the check of the configuration.
    for (const { name } of await ask(["secret", "list"], /Worker ".*" not found/, []))
      stored[name] = name.endsWith("RELATCH_KEYS") ? tools.randomKeys() : "a secret";
    if (stored.RELATCH_KEYS || secrets.RELATCH_KEYS) return;
    keys = join(tools.privateFolder(state), `${config.name}.keys`);
    secrets.RELATCH_KEYS = tools.kept(keys, tools.randomKeys());
  });
  await step("building, and checking the size", build);
  await step("checking the configuration, by the Worker's own rules", async () => {
    const vars = { ...config.vars, ...stored, ...secrets };
    await (await startWorker({ ...config, vars }, localOnly(vars))).close();
  });
  await step("wrangler's own checks", checkByWrangler);
  await step("creating the database, unless it exists", createDatabase);
  await step("applying the migrations", async () => {
    await wrangler(
      ["d1", "migrations", "apply", config.d1_databases[0].binding, "--remote"],
      false,
    );
    done.push("the migrations in edge/migrations are applied");
  });
  await step("deploying the Worker", () => deployWorker(secrets));
  await step("testing the Worker", () => {
    const { PUBLIC_URL, PASSWORD_MIN_LENGTH: min, PASSWORD_MAX_LENGTH: max } = config.vars;
    const rules = { ...(min && { min_length: +min }), ...(max && { max_length: +max }) };
    const log = command(`tail ${config.name}`);
    const site = SITE || PUBLIC_URL;
    const isHome = new URL(site).host === new URL(PUBLIC_URL).host;
    return smoke(site, { isHome, rules, timeout: SITE_TIMEOUT * 1_000, log });
  });
  console.error(`\nDeployed. The log: ${command(`tail ${config.name}`)}`);
  console.error(`To go back:        ${command("rollback")}`);
  if (keys)
    console.error(`\nThe keys of the links are new. Cloudflare does not show them again, and you need them to replace
them without breaking links: move ${relative(process.cwd(), keys)} to where you keep secrets.`);
}

await tools.guard(async () => {
  if (process.argv.length > 2 + isDry) throw new Problem("deploy: the only argument is --dry-run");
  if (!/^\d{1,5}$/.test(SITE_TIMEOUT)) throw new Problem("SITE_TIMEOUT must be seconds.");
  config = await deploymentConfig();
  const state = resolve(tools.root, STATE || ".relatch", "deploy");
  if (CONFIG) {
    path = join(tools.privateFolder(state), `${config.name}.json`);
    tools.writePrivate(path, JSON.stringify(tools.portable(config), null, 2));
  }
  if (!isDry) return deploy(state);
  await step("building, and checking the size", build);
  await step("wrangler's own checks", checkByWrangler);
});
