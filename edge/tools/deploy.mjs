// `make deploy`: everything that can be found wrong is found before anything changes; then the database, its
// migrations, the Worker, and a look at what was deployed.
//
//   CONFIG        TOML file with what is your own over wrangler.toml; not set: wrangler.toml as it is
//   RELATCH_KEYS, MAIL_PASSWORD   go to Cloudflare as secrets when they are set. The first deployment makes keys itself
//   SITE          where the smoke check asks; not set: PUBLIC_URL
//   SITE_PATIENCE seconds that it waits there for the first answer (120)
//   STATE         folder of derived configuration and keys (.relatch)
//   WRANGLER      a wrangler to run instead of the pinned one
//   --dry-run     only the build and wrangler's own checks: needs no account and no network
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { deploymentConfig, isRouted, unfitForProduction } from "./configuration.mjs";
import { Problem, Processes, SECRETS, guard, kept, node, openState, root, variableNames, withoutSecrets, wrangler, wranglerEnvironment } from "./local.mjs";
import { smoke } from "./smoke.mjs";

const say = (text) => console.error(text);
const tool = (name) => join(root, "edge", "tools", name);

/** One deployment: what is known of it, and what it has changed so far. */
class Deployment {
  /** What stays when a later step fails. */
  changed = [];

  constructor(processes, state, { config, path }) {
    this.processes = processes;
    this.state = state;
    this.config = config;
    this.path = path;
    this.database = config.d1_databases[0];
  }

  /** Runs wrangler on this configuration. `capture` returns what it wrote, and shows it when it fails. */
  async wrangler(name, args, { capture = true } = {}) {
    const [command, ...first] = process.env.WRANGLER ? [resolve(process.env.WRANGLER)] : [node, ...wrangler];
    // Variables reach the Worker from the configuration and secrets from a file: in wrangler's environment they are in the way.
    const env = wranglerEnvironment(this.state, { names: [...(await variableNames()), ...SECRETS] });
    return this.processes.run(name, command, [...first, ...args, "--config", this.path], { env, capture });
  }

  async json(name, args) {
    const text = await this.wrangler(name, args);
    try {
      return JSON.parse(text.slice(Math.max(text.search(/[[{]/), 0)));
    } catch {
      throw new Problem(`${name}: wrangler's answer is not JSON:\n${text.trimEnd()}`);
    }
  }

  /** A command for the user's terminal. */
  command(text) {
    const path = relative(process.cwd(), this.path) || this.path;
    return `npx wrangler ${text}${path === "wrangler.toml" ? "" : ` --config ${path}`}`;
  }

  async account() {
    const { accounts = [] } = await this.json("asking who is logged in", ["whoami", "--json"]).catch((problem) => {
      if (!/"loggedIn":\s*false/.test(problem.message)) throw problem;
      throw new Problem("Nobody is logged in to Cloudflare. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.");
    });
    return `logged in; ${accounts.length === 1 ? `account ${accounts[0].name}` : `${accounts.length} accounts`}`;
  }

  async build() {
    await this.processes.run("the build", "sh", [tool("build.sh")], { env: withoutSecrets() });
    const sizes = await this.processes.run("the size check", process.execPath, [tool("size.mjs")], { capture: true });
    return sizes.trimEnd().split("\n").at(-1);
  }

  /** Which secrets the Worker has, and which it will get from this deployment. */
  async secrets() {
    const present = await this.json("listing the secrets", ["secret", "list"]).catch((problem) => {
      if (/Worker ".*" not found/.test(problem.message)) return [];
      throw problem;
    });
    this.present = present.map(({ name }) => name);
    this.given = Object.fromEntries(SECRETS.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
    if (!this.present.includes("RELATCH_KEYS") && !this.given.RELATCH_KEYS) {
      openState(this.state);
      this.keys = join(this.state, `${this.config.name}.keys`);
      this.given.RELATCH_KEYS = kept(this.keys, () => `1:${randomBytes(32).toString("base64")}`);
    }
    const news = Object.keys(this.given);
    return `${this.present.join(", ") || "none"} at Cloudflare${news.length > 0 ? `; to be set: ${news.join(", ")}` : ""}`;
  }

  /** The built Worker's own word, by its own parser. Secrets that only Cloudflare knows are stood in for. */
  async configuration() {
    const standIn = { RELATCH_KEYS: `0:${randomBytes(32).toString("base64")}`, MAIL_PASSWORD: randomBytes(16).toString("hex") };
    const env = { ...process.env, ...this.config.vars };
    for (const name of SECRETS) env[name] = this.given[name] ?? (this.present.includes(name) ? standIn[name] : "");
    const where = process.env.CONFIG || "wrangler.toml";
    const told = await this.processes.run("the check", process.execPath, [tool("check.mjs")], { env, capture: true });
    const wrong = told.split("\n").filter(Boolean);
    wrong.push(...unfitForProduction(this.config));
    if (wrong.length > 0) throw new Problem(`The configuration does not hold. In [vars] of ${where}, or as a secret:\n  ${wrong.join("\n  ")}`);
    return isRouted(this.config)
      ? "every variable holds"
      : `every variable holds. But nothing in ${where} leads from PUBLIC_URL to the Worker: unless a route is set up elsewhere, the smoke check will fail`;
  }

  async dryRun() {
    await this.wrangler("wrangler deploy --dry-run", ["deploy", "--dry-run"]);
    return "wrangler takes it";
  }

  async findDatabase() {
    const { database_id: id, database_name: name, jurisdiction } = this.database;
    if (id) return `${name} by its id`;
    const all = await this.json("listing the databases", ["d1", "list", "--json"]);
    if (all.some((database) => database.name === name)) return `${name} is there`;
    await this.wrangler("creating the database", ["d1", "create", name, ...(jurisdiction ? ["--jurisdiction", jurisdiction] : [])]);
    this.changed.push(`the D1 database ${name} was created`);
    return `${name} created`;
  }

  async migrations() {
    await this.wrangler("applying the migrations", ["d1", "migrations", "apply", this.database.binding, "--remote"], { capture: false });
    this.changed.push("the migrations in edge/migrations are applied");
    return "applied";
  }

  async worker() {
    const names = Object.keys(this.given);
    const folder = mkdtempSync(join(tmpdir(), "relatch-deploy-"));
    // However this ends, Ctrl-C included.
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "secrets.json");
    if (names.length > 0) writeFileSync(file, JSON.stringify(this.given), { mode: 0o600 });
    await this.wrangler("wrangler deploy", ["deploy", ...(names.length > 0 ? ["--secrets-file", file] : [])], { capture: false });
    this.changed.push(`the Worker ${this.config.name} is deployed${names.length > 0 ? `, and ${names.join(" and ")} set` : ""}`);
    return "deployed";
  }

  async smoke() {
    const { PUBLIC_URL, PASSWORD_MIN_LENGTH: min, PASSWORD_MAX_LENGTH: max } = this.config.vars;
    const site = (process.env.SITE || PUBLIC_URL).replace(/\/+$/, "");
    const rules = { ...(min && { min_length: Number(min) }), ...(max && { max_length: Number(max) }) };
    const patience = Number(process.env.SITE_PATIENCE || "120") * 1_000;
    await smoke(site, { rules, patience, log: this.command(`tail ${this.config.name}`) });
    return `${site} answers as it should`;
  }

  async run(steps) {
    for (const [index, [title, step]] of steps.entries()) {
      say(`[${index + 1}/${steps.length}] ${title}`);
      try {
        say(`      ${await step.call(this)}`);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const stays = this.changed.length > 0 ? `What is done stays done: ${this.changed.join("; ")}.` : "Nothing was changed at Cloudflare.";
        throw new Problem(`\n${error.message}\n\nStopped at step ${index + 1}, ${title}. ${stays}\nOnce that is put right, run this again: it finds what is there.`);
      }
    }
  }
}

const CHECKS = [
  ["the build, and its size", Deployment.prototype.build],
  ["wrangler's own checks (deploy --dry-run)", Deployment.prototype.dryRun],
];
const ALL = [
  ["the account", Deployment.prototype.account],
  ["the secrets", Deployment.prototype.secrets],
  CHECKS[0],
  ["the configuration, by the Worker's own rules", Deployment.prototype.configuration],
  CHECKS[1],
  ["the database", Deployment.prototype.findDatabase],
  ["its migrations", Deployment.prototype.migrations],
  ["the Worker", Deployment.prototype.worker],
  ["the smoke check", Deployment.prototype.smoke],
];

const processes = new Processes();
await guard(processes, async () => {
  const [flag, ...rest] = process.argv.slice(2);
  if (rest.length > 0 || (flag && flag !== "--dry-run")) throw new Problem(`deploy: unknown argument ${rest[0] ?? flag}`);
  const { CONFIG, STATE, SITE_PATIENCE } = process.env;
  if (SITE_PATIENCE && !/^\d{1,5}$/.test(SITE_PATIENCE)) throw new Problem(`SITE_PATIENCE=${SITE_PATIENCE} is not a number of seconds.`);

  await processes.run("set-up", "sh", [tool("setup.sh")], { env: withoutSecrets() });
  const state = join(resolve(root, STATE || ".relatch"), "deploy");
  const deployment = new Deployment(processes, state, await deploymentConfig(CONFIG, state));
  await deployment.run(flag ? CHECKS : ALL);
  if (flag) return;

  say(`\nDeployed. Its log:        ${deployment.command(`tail ${deployment.config.name}`)}`);
  say(`Back to the one before:   ${deployment.command("rollback")}`);
  if (deployment.keys)
    say(`
Keys for the links were made and set. Cloudflare never shows them again, and changing keys without breaking the links
that are out needs the old ones: move ${relative(process.cwd(), deployment.keys)} to where you keep secrets.`);
});
