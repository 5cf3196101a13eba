// Worker runtimes, each with one Worker of this bench in it, and what the system says of their processes.
//
// Miniflare is wrangler's own way to start workerd. The socket used here leads straight to the Worker: neither wrangler's
// proxy nor Miniflare's entry is in front of it. Every Worker has the same things bound, all taken from wrangler.toml.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { parse } from "smol-toml";
import { root } from "../../edge/tools/local.mjs";

const wrangler = parse(readFileSync(join(root, "wrangler.toml"), "utf8"));

/** Ticks of a process's CPU time in a second, as /proc counts them on Linux. */
const TICKS = 100;

const settings = {
  ...wrangler.vars,
  RELATCH_KEYS: `1:${randomBytes(32).toString("base64")}`,
  PUBLIC_URL: "http://localhost",
  APPLICATION_NAME: "Relatch bench",
  MAIL_FROM: "Relatch bench <no-reply@example.com>",
  MAIL_SERVER: "127.0.0.1",
  CONTACT: "help@example.com",
};

/** What a hash costs, as the Worker is configured. */
export const hashCost = `m=${settings.ARGON2_MEMORY_KIB},t=${settings.ARGON2_ITERATIONS},p=${settings.ARGON2_PARALLELISM}`;

/** The objects of each Worker of this bench. */
const objects = {
  relatch: wrangler.durable_objects.bindings.map(({ name, class_name }) => [name, { className: class_name, useSQLite: true }]),
  write: [["STORE", { className: "Store", useSQLite: true }]],
};

const bundles = new Map();

/** The modules of a Worker, as wrangler would upload them: its JavaScript in one file, wasm beside it. Made once. */
async function modules(name) {
  if (!bundles.has(name)) {
    const wasm = [];
    const keepWasm = {
      name: "keep wasm",
      setup: ({ onResolve }) =>
        onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
          wasm.push({ type: "CompiledWasm", path: basename(path), contents: readFileSync(join(resolveDir, path)) });
          return { path: `./${basename(path)}`, external: true };
        }),
    };
    const { outputFiles } = await build({
      entryPoints: [join(root, "tests", "bench", "workers", `${name}.js`)],
      bundle: true,
      format: "esm",
      target: "es2024",
      write: false,
      external: ["cloudflare:*"],
      plugins: [keepWasm],
    });
    bundles.set(name, [{ type: "ESModule", path: "worker.js", contents: outputFiles[0].text }, ...wasm]);
  }
  return bundles.get(name);
}

async function options(name, { state, variables, inspector }) {
  const sockets = [{ host: "127.0.0.1", port: 0 }];
  if (name === "relatch") sockets.push({ host: "127.0.0.1", port: 0, entrypoint: "inspect" });
  return convertV4MiniflareOptions({
    // No look-up of a place in the world, no request log, no report to anybody.
    cf: false,
    logRequests: false,
    telemetry: { enabled: false },
    // The Worker's own log lines are written, and not shown.
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: () => {},
    inspectorPort: inspector ? 0 : undefined,
    resourcePersistencePath: join(state, "data"),
    resourceTmpPath: join(state, "tmp"),
    workers: [
      {
        name,
        modules: await modules(name),
        compatibilityDate: wrangler.compatibility_date,
        compatibilityFlags: wrangler.compatibility_flags,
        bindings: { ...settings, ...variables },
        kvNamespaces: wrangler.kv_namespaces.map(({ binding }) => binding),
        d1Databases: wrangler.d1_databases.map(({ binding }) => binding),
        // No bench is held up by the limit of an address: all its calls come from one.
        ratelimits: Object.fromEntries(
          wrangler.ratelimits.map(({ name: binding, namespace_id, simple }) => [
            binding,
            { namespace_id, simple: { ...simple, limit: 1_000_000_000 } },
          ]),
        ),
        email: wrangler.send_email ? { send_email: wrangler.send_email } : undefined,
        durableObjects: Object.fromEntries(objects[name] ?? []),
        unsafeDirectSockets: sockets,
      },
    ],
  });
}

/** The processes that this one started. */
const children = () =>
  readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && fieldsOf(pid)?.[1] === String(process.pid)).map(Number);

/** The fields of /proc/PID/stat after the name, which may hold anything. Nothing when the process is gone. */
function fieldsOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** Seconds of CPU that a process has used, all its threads together. */
const cpuOf = (pid) => {
  const fields = fieldsOf(pid);
  return fields === undefined ? 0 : (Number(fields[11]) + Number(fields[12])) / TICKS;
};

/** CPU and memory are read where Linux tells them. */
export const hasProc = process.platform === "linux";

const running = new Set();

/** Stops whatever still runs and removes what it stored. */
export const stopAll = () => Promise.all([...running].map((runtime) => runtime.stop()));

// Miniflare ends the process by itself on a signal, and then nobody waits for `stopAll`.
process.once("exit", () => {
  for (const runtime of running) runtime.remove();
});

export class Runtime {
  #miniflare;
  #state;
  #name;
  #stopped;

  /**
   * Starts a Worker of `workers/`.
   *
   * - `variables`: on top of those of wrangler.toml
   * - `inspector`: whether its heap can be asked for
   */
  static async start(name, { variables = {}, inspector = false } = {}) {
    const runtime = new Runtime();
    runtime.#name = name;
    runtime.#state = mkdtempSync(join(tmpdir(), "relatch-bench-"));
    for (const folder of ["data", "tmp"]) mkdirSync(join(runtime.#state, folder));
    // Only who asks for the heap wants it collected.
    if (inspector) process.env.MINIFLARE_WORKERD_V8_FLAGS = "--expose-gc";
    else delete process.env.MINIFLARE_WORKERD_V8_FLAGS;
    const before = hasProc ? children() : [];
    runtime.#miniflare = new Miniflare(await options(name, { state: runtime.#state, variables, inspector }));
    running.add(runtime);
    await runtime.#miniflare.ready;
    runtime.pid = hasProc ? children().find((pid) => !before.includes(pid) && isWorkerd(pid)) : undefined;
    runtime.url = (await runtime.#miniflare.unsafeGetDirectURL(name)).origin;
    return runtime;
  }

  /** Once: whoever asks again waits for the same end. */
  stop() {
    return (this.#stopped ??= this.#end());
  }

  async #end() {
    await this.#miniflare.dispose();
    this.remove();
    running.delete(this);
  }

  /** Removes what it stored. */
  remove() {
    rmSync(this.#state, { recursive: true, force: true });
  }

  /** Seconds of CPU used so far; nothing where the system does not tell. */
  cpu() {
    return this.pid === undefined ? undefined : cpuOf(this.pid);
  }

  /** Creates the tables and these accounts. */
  async seed(accounts) {
    const [{ binding, migrations_dir }] = wrangler.d1_databases;
    const database = await this.#miniflare.getD1Database(binding, this.#name);
    const folder = join(root, migrations_dir);
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".sql")).sort())
      await database.prepare(readFileSync(join(folder, file), "utf8")).run();
    const insert = database.prepare("INSERT INTO users (username, email, password_hash, locale) VALUES (?1, ?2, ?3, 'en')");
    for (let at = 0; at < accounts.length; at += 200)
      await database.batch(accounts.slice(at, at + 200).map(({ username, email, hash }) => insert.bind(username, email, hash)));
  }

  /**
   * Bytes of the isolate, garbage left out: JavaScript's heap, what it points to outside, and wasm's memory; and what V8
   * has reserved for the heap. Where there is room, V8 is in no hurry to collect anything, so it is told to.
   */
  async memory() {
    const address = await this.#miniflare.unsafeGetDirectURL(this.#name, "inspect");
    const look = async () => (await (await fetch(address)).json()).wasm;
    // Twice: what the first time only finds to be finished with is gone after the second.
    await look();
    await sleep(500);
    const wasm = await look();
    const heap = await heapUsage(await this.#miniflare.getInspectorURL(), this.#name);
    return { heap: heap.usedSize + heap.embedderHeapUsedSize + heap.backingStorageSize, reserved: heap.totalSize, wasm };
  }

  /** Resident bytes of the whole process. */
  resident() {
    if (this.pid === undefined) return undefined;
    return Number(/^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))[1]) * 1024;
  }
}

function isWorkerd(pid) {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("workerd");
  } catch {
    return false;
  }
}

/** Asks the inspector of the isolate of this Worker. */
async function heapUsage(inspector, name) {
  const list = await (await fetch(`http://${inspector.host}/json`)).json();
  const { webSocketDebuggerUrl } = list.find(({ id }) => id === `core:user:${name}`);
  const socket = new WebSocket(webSocketDebuggerUrl);
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error("the inspector does not answer")), { once: true });
    });
    return await new Promise((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        const { id, result } = JSON.parse(data);
        if (id === 1) resolve(result);
      });
      socket.send(JSON.stringify({ id: 1, method: "Runtime.getHeapUsage" }));
    });
  } finally {
    socket.close();
  }
}

/** Seconds of CPU that everything on this machine has used, waiting left out; nothing where the system does not tell. */
export function machineCpu() {
  if (!hasProc) return undefined;
  const [user, nice, system, , , irq, softirq, steal] = /^cpu\s+(.*)$/m
    .exec(readFileSync("/proc/stat", "utf8"))[1]
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}

/** Seconds of CPU of this process, of every child that has ended, and of the runtimes that still run. */
export function ownCpu() {
  const fields = fieldsOf("self") ?? [];
  const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
  return [...running].reduce((sum, { pid }) => sum + (pid === undefined ? 0 : cpuOf(pid)), own);
}
