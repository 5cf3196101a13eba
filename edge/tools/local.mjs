// Shared parts of the tools: programs, secrets, private files, ports, and wrangler.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const bin = join(root, "node_modules", ".bin");
/** The pinned Node.js. wrangler needs a recent one. */
export const node = join(bin, "node");
const cli = join(root, "node_modules", "wrangler", "wrangler-dist", "cli.js");
/** The command that starts wrangler. */
export const wrangler = [node, "--no-warnings", cli];

/** An error that the user can correct. It is printed without a stack. */
export class Problem extends Error {}

/** Runs `main`. If it fails, prints the error and ends the process with status 1. */
export async function guard(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error);
    stop(1);
  }
}

/** Runs a program to its end. `capture` returns its output and shows it only if it fails. */
export function run(name, [command, ...args], { capture = false, env = process.env } = {}) {
  const stdio = ["ignore", ...(capture ? ["pipe", "pipe"] : [2, 2])];
  const options = { cwd: root, env, stdio, encoding: "utf8", maxBuffer: 2 ** 26 };
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, options);
  if (status === 0) return stdout;
  const output = error?.message ?? `${stdout ?? ""}${stderr ?? ""}`.trimEnd();
  throw new Problem(`${name} failed (${signal ?? `exit ${status}`}).\n${output}`);
}

const running = new Set();

/** Starts a program that runs until this process stops. When one of them ends, all stop. */
export function start(name, [command, ...args], env, stdout = 2) {
  const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", stdout, 2] });
  // SIGHUP: the terminal was closed.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(0));
  running.add(child);
  child.once("exit", (code, signal) => {
    running.delete(child);
    if (process.exitCode === undefined)
      console.error(`${name} ended (${signal ?? `exit ${code}`}).`);
    stop(1);
  });
  return child;
}

/** Stops the started programs, forcibly after ten seconds, and then ends this process. */
function stop(code) {
  const kill = (signal) => running.forEach((child) => child.kill(signal));
  if (process.exitCode === undefined) {
    process.exitCode = code;
    kill("SIGTERM");
    setTimeout(kill, 10_000, "SIGKILL");
  }
  if (running.size === 0) process.exit();
}

/** Calls `attempt` until it returns a truthy value, or for `ms` milliseconds. Returns the value. */
export async function poll(ms, attempt, pause = 100) {
  for (const end = Date.now() + ms; ; await sleep(pause)) {
    const value = await attempt();
    if (value || Date.now() >= end) return value;
  }
}

/** Secrets are not in [vars] of wrangler.toml, and no tool prints them. */
export const SECRETS = ["RELATCH_KEYS", "MAIL_PASSWORD"];

/** Whether this is an application's form of a variable, such as APP_SHOP_MAIL_FROM. */
export const ofApplication = (name) => /^APP_[A-Z0-9_]+$/.test(name);

/** Whether this is a secret of any application. */
export const isSecret = (name) =>
  SECRETS.some((one) => name === one || (ofApplication(name) && name.endsWith(`_${one}`)));

/** Returns the variables of the environment whose names `keep` accepts. */
export const environment = (keep) =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => keep(name)));

export const build = (...flags) =>
  run("The build", ["sh", join(root, "edge", "tools", "build.sh"), ...flags]);

export const randomKeys = () => `1:${randomBytes(32).toString("base64")}`;

/** Writes a file that only this user can read, atomically. */
export function writePrivate(path, text) {
  const temporary = `${path}.${process.pid}.new`;
  fs.writeFileSync(temporary, text, { mode: 0o600 });
  fs.renameSync(temporary, path);
}

/** Returns the content of a private file. A new file gets `value`, or a random one. */
export function kept(path, value) {
  const random = () => randomBytes(24).toString("base64url");
  if (!fs.existsSync(path)) writePrivate(path, `${value || random()}\n`);
  return fs.readFileSync(path, "utf8").trim();
}

/** Makes a folder that only this user can read. */
export function privateFolder(path) {
  fs.mkdirSync(path, { recursive: true });
  fs.chmodSync(path, 0o700);
  return path;
}

/** Listens for a moment. Returns the port, or undefined if another program uses it. */
const listen = (port, host) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", ({ code }) => resolve(code === "EADDRINUSE" ? undefined : port));
    server.listen({ host, port, exclusive: true }, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export const freePort = () => listen(0, "127.0.0.1");
export const isFree = async (port) => (await listen(port, "127.0.0.1")) && listen(port, "::1");

export function parsePort(name, text) {
  if (/^\d{1,5}$/.test(text) && text > 0 && text < 65_536) return Number(text);
  throw new Problem(`${name} must be a port from 1 to 65535, but it is ${text}.`);
}

export async function readToml(path = join(root, "wrangler.toml")) {
  const { parse } = await import("smol-toml");
  try {
    return parse(fs.readFileSync(path, "utf8"));
  } catch ({ code, message }) {
    throw new Problem(`${path} ${code === "ENOENT" ? "must exist" : "must be TOML"}: ${message}`);
  }
}

/** Returns a configuration that works in any folder: absolute paths, and no build. */
export function portable({ build: _, ...config }) {
  config.main = resolve(root, config.main);
  config.assets.directory = resolve(root, config.assets.directory);
  for (const one of config.d1_databases) one.migrations_dir = resolve(root, one.migrations_dir);
  return config;
}

/** The variables of a demo at the URL `site`, with a mail server at the port `smtp`. */
export const demoVariables = (site, smtp) => ({
  DIALECTS: "rest,flask,cloudcms",
  APPLICATIONS: "shop",
  APP_SHOP_APPLICATION_NAME: "Relatch shop",
  PUBLIC_URL: site,
  APPLICATION_NAME: "Relatch demo",
  MAIL_FROM: "Relatch demo <no-reply@example.com>",
  MAIL_SERVER: "localhost",
  MAIL_PORT: String(smtp),
  CONTACT: "help@example.com",
  // A person at a demo waits for each mail.
  REQUEST_DELAY_SECONDS: "0-1",
});

/** Returns a binding to wrangler's local sender for the address in `Name <address>`. */
export const localSender = (mailbox) => [
  { name: "EMAIL", allowed_sender_addresses: [/<([^<>]*)>\s*$/.exec(mailbox)?.[1] ?? mailbox] },
];

/** The settings of wrangler: no questions, no messages to its makers. */
export const WRANGLER = {
  CI: "1",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // Its log files would contain whole URLs.
  WRANGLER_WRITE_LOGS: "false",
};

/** The environment of wrangler. Variables reach the Worker by the configuration only. */
export const wranglerEnvironment = (config, more = {}) => ({
  ...environment((name) => !(name in config.vars || isSecret(name) || ofApplication(name))),
  ...WRANGLER,
  APPLICATION_KEY: undefined,
  PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
  ...more,
});
