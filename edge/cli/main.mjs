#!/usr/bin/env node
// The command `relatch-worker`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { guard } from "./children.mjs";
import { Problem } from "./program.mjs";
import { home } from "./wrangler.mjs";

const HELP = `relatch-worker: password reset in a Cloudflare Worker

  dev                       run the service on this machine, with demo accounts and an inbox
  dev --config FILE         run your Worker by its wrangler configuration, with an inbox
      [--env NAME]            an environment of that configuration
      [--base-path /auth]     the path of the service, for the printed URLs
                              Variables: PORT, SMTP_PORT, INBOX_PORT, STATE, IP_LIMIT,
                              DEMO_PASSWORD, DEMO_SESSION, APPLICATION_KEY, and every variable
                              of the Worker
  check                     start your Worker, and report what is wrong with its configuration
      [--config FILE]         default: the wrangler configuration in this folder
      [--env NAME] [--base-path /auth]
  keys                      generate the keys of the links, and a server key with its hash
      [--label NAME] [--scopes status+reset]
  migrations [FOLDER]       write all migrations into a folder; default: migrations
      [--events [NAME]]       only the table of events, under this name; default: events
  directory [NAME] [--json] print the variables of an example for your own tables of accounts, or
                            list the examples
  templates check FILE|FOLDER...
                            check templates of mails, and texts of pages, before they are
                            written into KV
  smoke URL                 test a deployed Worker; no account is touched
      [--timeout SECONDS]     wait so long for a new address
  events URL [IDENTIFIER]   print the events of an account, or of all; APPLICATION_KEY is a server
                            key
      [--account ID] [--limit 20] [--json]
      [--event NAME] [--since TIME] [--until TIME] [--cursor PLACE]
                              of all accounts, or of --account ID; times in UTC or dates
  outbox URL IDENTIFIER     print the mails that wait for an account or a mailbox
  retry URL IDENTIFIER      attempt these mails now
      [--account ID] [--json]
`;

const text = { type: "string" };
const flag = { type: "boolean" };

/** The commands: their options, the largest number of other arguments, and how they run. */
const COMMANDS = {
  dev: {
    options: { config: text, env: text, "base-path": text },
    run: async (options) => (await import("./dev.mjs")).dev({ ...options, base: defaults }),
  },
  check: {
    options: { config: text, env: text, "base-path": text },
    run: async (options) => (await import("./check.mjs")).check(options),
  },
  keys: {
    options: { label: text, scopes: text },
    run: async (options) => (await import("./keys.mjs")).keys(options),
  },
  migrations: {
    options: { events: text },
    most: 1,
    run: async (...given) => (await import("./migrations.mjs")).migrations(...given),
  },
  directory: {
    options: { json: flag },
    most: 1,
    run: async (...given) => (await import("./directory.mjs")).directory(...given),
  },
  templates: {
    options: {},
    most: 50,
    run: async (...given) => (await import("./templates.mjs")).templates(...given),
  },
  smoke: {
    options: { timeout: text },
    most: 1,
    run: async (...given) => (await import("./smoke.mjs")).smokeCommand(...given),
  },
  events: {
    options: {
      ...{ account: text, limit: text, json: flag },
      ...{ event: text, since: text, until: text, cursor: text },
    },
    most: 2,
    run: async (...given) => (await import("./events.mjs")).events(...given),
  },
  outbox: {
    options: { account: text, json: flag },
    most: 2,
    run: async (...given) => (await import("./outbox.mjs")).outbox(...given),
  },
  retry: {
    options: { account: text, json: flag },
    most: 2,
    run: async (...given) => (await import("./outbox.mjs")).retry(...given),
  },
};

/** Returns the configuration of the demo, with the paths of this package. */
function defaults() {
  const config = JSON.parse(readFileSync(join(home, "build", "wrangler.json"), "utf8"));
  config.main = join(home, "entry.js");
  config.assets.directory = join(home, "assets");
  for (const one of config.d1_databases) one.migrations_dir = join(home, "migrations");
  return config;
}

/** Gives `--events` the default name if no name follows it. */
const withName = (args) =>
  args.map((arg, index) => {
    const next = args[index + 1];
    const isAlone = arg === "--events" && (next === undefined || next.startsWith("-"));
    return isAlone ? "--events=events" : arg;
  });

await guard(async () => {
  const [name = "", ...args] = process.argv.slice(2);
  if (["help", "--help", "-h"].includes(name) || args.includes("--help")) return console.log(HELP);
  if (!Object.hasOwn(COMMANDS, name)) {
    const problem = name === "" ? "" : `\`${name}\` is not a command.\n\n`;
    throw new Problem(`${problem}${HELP}`);
  }
  const { options, most = 0, run } = COMMANDS[name];
  let parsed;
  try {
    parsed = parseArgs({ args: withName(args), options, allowPositionals: true });
  } catch ({ message }) {
    throw new Problem(`${name}: ${message}\n\n${HELP}`);
  }
  const { values, positionals } = parsed;
  if (positionals.length > most)
    throw new Problem(`${name}: unknown argument: ${positionals[most]}\n\n${HELP}`);
  await run(values, positionals);
});
