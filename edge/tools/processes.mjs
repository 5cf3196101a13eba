// Child processes of the tools: started together, stopped together. Runs under Node 18 or newer.
//
// Children stay in the caller's process group, so that whoever kills the group leaves nothing running.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** A failure that the user can do something about: printed without a stack. */
export class Problem extends Error {}

/** The live processes of this process's own group. */
function group() {
  return new Promise((resolve) => {
    const list = spawn("ps", ["-A", "-o", "pid=,ppid=,pgid=,stat=,args="], { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    list.stdout.on("data", (chunk) => (text += chunk));
    list.once("error", () => resolve([]));
    list.once("close", () => {
      const all = text.split("\n").flatMap((line) => {
        const [, pid, parent, pgid, status, args] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
        return pid === undefined || status.startsWith("Z") ? [] : [{ pid: Number(pid), parent: Number(parent), pgid, args }];
      });
      const own = all.find((entry) => entry.pid === process.pid)?.pgid;
      resolve(all.filter((entry) => entry.pgid === own));
    });
  });
}

/**
 * What our children left behind: processes of our group that run a program of node_modules and whose parent is gone
 * from it. A killed wrangler leaves its workerd so, which would go on holding the port.
 */
async function orphans() {
  const members = await group();
  const present = new Set(members.map(({ pid }) => pid));
  return members
    .filter(({ pid, parent, args }) => pid !== process.pid && (parent === 1 || !present.has(parent)) && args.includes(join(root, "node_modules")))
    .map(({ pid }) => pid);
}

const kill = (pid, signal) => {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
};

/**
 * Everything that one run started. The first signal, or the first part to end by itself, stops the rest; the process
 * ends when all of it has.
 */
export class Processes {
  #running = new Map();
  #stopping;

  constructor() {
    // SIGHUP: the terminal was closed.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => this.stop(0));
  }

  get stopping() {
    return this.#stopping !== undefined;
  }

  /** Starts a child whose output goes to our standard error. When it ends without being asked to, everything stops. */
  start(name, command, args, options = {}) {
    const child = this.#spawn(name, command, args, options);
    child.once("exit", (code, signal) => {
      if (this.stopping) return;
      console.error(`${name} ended by itself (${signal ?? `exit ${code}`}); stopping the rest.`);
      this.stop(1);
    });
    return child;
  }

  /** Runs a child to its end. `capture` returns what it wrote instead of showing it, and shows it when it fails. */
  async run(name, command, args, { capture = false, ...options } = {}) {
    const child = this.#spawn(name, command, args, { ...options, stdio: capture ? ["ignore", "pipe", "pipe"] : undefined });
    let out = "";
    let all = "";
    child.stdout?.on("data", (chunk) => ((out += chunk), (all += chunk)));
    child.stderr?.on("data", (chunk) => (all += chunk));
    const [code, signal] = await new Promise((resolve) => child.once("close", (...end) => resolve(end)));
    if (this.stopping) await new Promise(() => {});
    if (code !== 0) throw new Problem(`${name} failed (${signal ?? `exit ${code}`}).${all ? `\n${all.trimEnd()}` : ""}`);
    return out;
  }

  #spawn(name, command, args, { stdio, ...options }) {
    const child = spawn(command, args, { cwd: root, ...options, stdio: stdio ?? ["ignore", 2, 2] });
    const ended = new Promise((resolve) => {
      child.once("error", (error) => {
        console.error(`${name} could not be started: ${error.message}`);
        resolve();
        if (!this.stopping) this.stop(1);
      });
      child.once("exit", resolve);
    });
    this.#running.set(child, ended);
    ended.then(() => this.#running.delete(child));
    return child;
  }

  /** Asks everything to end, insists after ten seconds, and ends this process with `code`. */
  stop(code) {
    this.#stopping ??= (async () => {
      const running = [...this.#running];
      for (const [child] of running) child.kill("SIGTERM");
      const patience = new AbortController();
      await Promise.race([
        Promise.all(running.map(([, ended]) => ended)),
        sleep(10_000, undefined, { signal: patience.signal }).catch(() => {}),
      ]);
      patience.abort();
      for (const [child] of running) if (this.#running.has(child)) child.kill("SIGKILL");
      for (let round = 0, left; round < 20 && (left = await orphans()).length > 0; round++) {
        for (const pid of left) kill(pid, round < 10 ? "SIGTERM" : "SIGKILL");
        await sleep(100);
      }
      process.exit(code);
    })();
    return this.#stopping;
  }
}

/** Runs `main`, stops everything when it fails, and prints a Problem without its stack. */
export async function guard(processes, main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error);
    await processes.stop(1);
  }
}
