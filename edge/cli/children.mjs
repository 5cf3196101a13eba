// The programs that a command starts. They end with the command, however it ends: by an error, by
// a signal, or because the npm that runs it has ended.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "./program.mjs";

/** How long a program may take to end after it was asked to. */
const GRACE_MS = 10_000;
const WATCH_MS = 500;
/** SIGHUP: the terminal was closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

const running = new Set();
/** Whether programs run that only a signal is meant to end. */
let isServing = false;
let isStopping = false;
let isWatching = false;

/** Runs `main`. If it fails, prints the error and ends the process with status 1. */
export async function guard(main) {
  for (const signal of SIGNALS) process.on(signal, () => interrupt(signal));
  try {
    await main();
  } catch (error) {
    if (isStopping) return;
    console.error(error instanceof Problem ? error.message : error);
    stop(1);
  }
}

/**
 * Starts a program that ends with this process at the latest. Returns:
 *
 * - `child`: its process
 * - `ended`: a promise of what ended it: `{ code, signal }`, or `{ error }` if it does not start
 * - `isRunning()`: whether it has not ended, in any of these ways
 * - `end()`: ends it, forcibly after a while, and waits for that
 */
export function launch([command, ...args], options) {
  if (!isWatching) watchRunners();
  const child = spawn(command, args, options);
  running.add(child);
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve({ error }));
    child.once("exit", (code, signal) => resolve({ code, signal }));
  }).finally(() => {
    running.delete(child);
    if (isStopping) stop();
  });
  if (isStopping) terminate(child);
  const end = () => {
    terminate(child);
    return ended;
  };
  return { child, ended, isRunning: () => running.has(child), end };
}

/** Starts a program that runs until this process stops. When one of them ends, all stop. */
export function start(name, command, { env, cwd }) {
  isServing = true;
  const { ended } = launch(command, { cwd, env, stdio: ["ignore", 2, 2] });
  ended.then(({ error, code, signal }) => {
    if (!isStopping)
      console.error(`${name} ended (${error?.message ?? signal ?? `exit ${code}`}).`);
    stop(1);
  });
}

/** Runs a program to its end. `capture` returns its output and shows it only if it fails. */
export async function run(name, command, { capture = false, env = process.env, cwd } = {}) {
  const stdio = ["ignore", ...(capture ? ["pipe", "pipe"] : [2, 2])];
  const { child, ended } = launch(command, { cwd, env, stdio });
  const read = async (stream) => Buffer.concat((await stream?.toArray()) ?? []).toString();
  const outputs = Promise.all([read(child.stdout), read(child.stderr)]);
  const { error, code, signal } = await ended;
  const [stdout, stderr] = await outputs;
  if (code === 0) return stdout;
  const output = error?.message ?? `${stdout}${stderr}`.trimEnd();
  throw new Problem(`${name} failed (${error?.code ?? signal ?? `exit ${code}`}).\n${output}`);
}

/** Makes a folder that is deleted when this process ends. Returns its path. */
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `relatch-${name}-`));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Stops because of a signal, which is how programs that serve are meant to end. */
const interrupt = (signal) => stop(isServing ? 0 : 128 + constants.signals[signal]);

/** Stops the started programs, and then ends this process. The first status counts. */
function stop(code) {
  if (!isStopping) {
    isStopping = true;
    process.exitCode = code;
    running.forEach(terminate);
  }
  if (running.size === 0) process.exit();
}

/** Asks a program to end, and ends it with all that it has started if it does not. */
function terminate(child) {
  child.kill("SIGTERM");
  setTimeout(() => running.has(child) && killTree(child), GRACE_MS).unref();
}

function killTree(child) {
  const all = processes();
  const below = (pid) =>
    all.flatMap((one) => (one.parent === pid ? [one.pid, ...below(one.pid)] : []));
  const others = below(child.pid);
  child.kill("SIGKILL");
  for (const pid of others) kill(pid, "SIGKILL");
}

/** Sends a signal to a process. Returns whether there is one. */
function kill(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch ({ code }) {
    return code === "EPERM";
  }
}

/** Returns the processes of this machine, or none where `ps` is missing. */
function processes() {
  const columns = ["-o", "pid", "-o", "ppid", "-o", "comm"];
  const { stdout } = spawnSync("ps", ["-A", ...columns], { encoding: "utf8" });
  return [...(stdout ?? "").matchAll(/^ *(\d+) +(\d+) +(.*)$/gm)].map(([, pid, parent, name]) => ({
    pid: Number(pid),
    parent: Number(parent),
    name,
  }));
}

/**
 * Stops when npm or its shell has ended. npm passes a signal on to its shell only, and the shell
 * does not pass it on. A script of npm may also leave this process in the background.
 */
function watchRunners() {
  isWatching = true;
  const { npm_config_user_agent: npm, npm_lifecycle_script: script = "" } = process.env;
  if (!npm || /(^|[^&])&([^&]|$)/.test(script)) return;
  const { ppid } = process;
  const parent = processes().find(({ pid }) => pid === ppid);
  const isShell = /(^|[/-])(ba|da|k|z)?sh$/.test(parent?.name);
  const runners = isShell ? [ppid, parent.parent] : [ppid];
  const isLeft = () => process.ppid !== ppid || !runners.every((pid) => kill(pid, 0));
  setInterval(() => isLeft() && interrupt("SIGTERM"), WATCH_MS).unref();
}
