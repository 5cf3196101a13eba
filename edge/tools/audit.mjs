// What the dependencies may be and whether anything is known against them, for `make test`: licences, bans and sources by
// deny.toml; the RustSec advisories when their database can be had; and what the npm registry knows against the
// development tools, which reach no deployment and therefore only warn. What could not be asked is said.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { root } from "./processes.mjs";

/** The network's patience, in milliseconds. */
const PATIENCE = 60_000;

const [cargoDeny] = process.argv.slice(2);
const databases = join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "advisory-dbs");
const say = (text) => console.error(`audit: ${text}`);

/** Runs a program whose output is ours, and gives its exit status. */
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] }).status ?? 1;

/** Runs a program that uses the network, with all that it starts, for no longer than PATIENCE. */
function ask(command, args) {
  const child = spawn(command, args, {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, GIT_TERMINAL_PROMPT: "0" },
  });
  const end = () => {
    try {
      process.kill(-child.pid, "SIGTERM");
    } catch {
      // It ended by itself.
    }
  };
  // In a group of its own, it does not hear what stops ours.
  const stopped = () => (end(), process.exit(1));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, stopped);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  let late = false;
  const timer = setTimeout(() => ((late = true), end()), PATIENCE);
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ status: 1, out, why: error.message }));
    child.once("close", (status) => {
      clearTimeout(timer);
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeListener(signal, stopped);
      const lines = err.trim().split("\n");
      const telling = [/^fatal/, /^npm warn audit/, /error/i].map((kind) => lines.find((line) => kind.test(line)));
      const why = late ? `no answer within ${PATIENCE / 1_000} s` : (telling.find(Boolean) ?? lines.at(-1));
      resolve({ status, out, why });
    });
  });
}

/** The newest copy of the advisories on this machine. */
function cached() {
  if (!existsSync(databases)) return undefined;
  const copies = readdirSync(databases).map((name) => join(databases, name)).filter((path) => existsSync(join(path, ".git")));
  const dates = copies.map((path) => statSync(join(path, ".git", existsSync(join(path, ".git", "FETCH_HEAD")) ? "FETCH_HEAD" : "HEAD")).mtime);
  return dates.sort((a, b) => b - a)[0];
}

async function advisories() {
  // Looked for before: what a fetch that was cut short leaves is not a copy.
  const copy = cached();
  const fetched = await ask(cargoDeny, ["fetch", "db"]);
  if (fetched.status !== 0 && !copy) {
    say(`SKIPPED the advisories: their database cannot be fetched, and there is no copy of it (${fetched.why})`);
    return 0;
  }
  if (fetched.status !== 0) say(`the advisories are those of ${copy.toISOString().slice(0, 10)}: no newer ones can be fetched (${fetched.why})`);
  return run(cargoDeny, ["--offline", "check", "--hide-inclusion-graph", "advisories"]);
}

async function developmentTools() {
  const { out, why } = await ask("npm", ["audit", "--json"]);
  let found;
  try {
    found = JSON.parse(out).metadata.vulnerabilities;
  } catch {
    say(`SKIPPED the development tools from npm: the registry does not answer (${why})`);
    return;
  }
  const kinds = ["critical", "high", "moderate", "low"].filter((kind) => found[kind] > 0);
  if (kinds.length === 0) say("nothing is known against the development tools from npm");
  else say(`WARNING, development tools from npm: ${kinds.map((kind) => `${found[kind]} ${kind}`).join(", ")}. \`npm audit\` tells more.`);
}

const policy = run(cargoDeny, ["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
const advised = await advisories();
await developmentTools();
process.exit(policy || advised);
