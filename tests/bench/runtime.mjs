// Starts workerd with one of the Workers in `workers/`, and measures its process.
//
// Miniflare starts workerd as wrangler does. The benchmark calls a socket of the Worker itself:
// neither wrangler's proxy nor Miniflare's entry Worker is in between. Every Worker has the
// bindings and variables of wrangler.toml.

import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { parse } from "smol-toml";
import { root } from "../../edge/tools/local.mjs";
import * as proc from "./proc.mjs";

const wrangler = parse(readFileSync(join(root, "wrangler.toml"), "utf8"));

const settings = {
  ...wrangler.vars,
  RELATCH_KEYS: `1:${randomBytes(32).toString("base64")}`,
  PUBLIC_URL: "http://localhost",
  APPLICATION_NAME: "Relatch bench",
  MAIL_FROM: "Relatch bench <no-reply@example.com>",
  MAIL_SERVER: "127.0.0.1",
  CONTACT: "help@example.com",
};

/** The Argon2id parameters that the Worker is configured with. */
export const hashCost = [
  `m=${settings.ARGON2_MEMORY_KIB}`,
  `t=${settings.ARGON2_ITERATIONS}`,
  `p=${settings.ARGON2_PARALLELISM}`,
].join();

/** The Durable Objects of each Worker: pairs of binding and class. */
const objects = {
  relatch: wrangler.durable_objects.bindings.map(({ name, class_name }) => [name, class_name]),
  write: [["STORE", "Store"]],
};

const bundles = new Map();

/** Returns a Worker's modules as wrangler uploads them: one JavaScript file and WebAssembly. */
async function modules(name) {
  if (!bundles.has(name)) {
    const wasm = [];
    const keepWasm = {
      name: "keep wasm",
      setup: ({ onResolve }) =>
        onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
          const contents = readFileSync(join(resolveDir, path));
          wasm.push({ type: "CompiledWasm", path: basename(path), contents });
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
    const script = { type: "ESModule", path: "worker.js", contents: outputFiles[0].text };
    bundles.set(name, [script, ...wasm]);
  }
  return bundles.get(name);
}

async function miniflareOptions(name, { state, variables, inspector }) {
  const sockets = [{ host: "127.0.0.1", port: 0 }];
  if (name === "relatch") sockets.push({ host: "127.0.0.1", port: 0, entrypoint: "inspect" });
  return convertV4MiniflareOptions({
    // No request to look up the location, no request log, no telemetry.
    cf: false,
    logRequests: false,
    telemetry: { enabled: false },
    // The Worker still writes its log lines; they are not printed.
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
        // All calls come from one address: its rate limit must not apply.
        ratelimits: Object.fromEntries(
          wrangler.ratelimits.map(({ name: binding, namespace_id, simple }) => [
            binding,
            { namespace_id, simple: { ...simple, limit: 1_000_000_000 } },
          ]),
        ),
        email: wrangler.send_email ? { send_email: wrangler.send_email } : undefined,
        durableObjects: Object.fromEntries(
          (objects[name] ?? []).map(([binding, className]) => [
            binding,
            { className, useSQLite: true },
          ]),
        ),
        unsafeDirectSockets: sockets,
      },
    ],
  });
}

const running = new Set();

/** Stops every runtime and removes its data. */
export const stopAll = () => Promise.all([...running].map((runtime) => runtime.stop()));

// On a signal Miniflare exits the process without waiting for `stopAll`.
process.once("exit", () => {
  for (const runtime of running) runtime.removeData();
});

export class Runtime {
  #miniflare;
  #state;
  #name;
  #stopped;
  #pid;
  /** The Worker's origin. */
  url;

  /**
   * Starts a Worker of `workers/`.
   *
   * - `variables`: added to those of wrangler.toml
   * - `inspector`: whether `memory` can be called
   */
  static async start(name, { variables = {}, inspector = false } = {}) {
    const runtime = new Runtime();
    const state = mkdtempSync(join(tmpdir(), "relatch-bench-"));
    runtime.#name = name;
    runtime.#state = state;
    for (const folder of ["data", "tmp"]) mkdirSync(join(state, folder));
    // Only `memory` needs to collect garbage.
    if (inspector) process.env.MINIFLARE_WORKERD_V8_FLAGS = "--expose-gc";
    else delete process.env.MINIFLARE_WORKERD_V8_FLAGS;
    const before = proc.hasProc ? proc.children() : [];
    const options = await miniflareOptions(name, { state, variables, inspector });
    runtime.#miniflare = new Miniflare(options);
    running.add(runtime);
    await runtime.#miniflare.ready;
    const isNew = (pid) => !before.includes(pid) && proc.isWorkerd(pid);
    runtime.#pid = proc.hasProc ? proc.children().find(isNew) : undefined;
    runtime.url = (await runtime.#miniflare.unsafeGetDirectURL(name)).origin;
    return runtime;
  }

  /** Stops the runtime and removes its data. Further calls wait for the first one. */
  stop() {
    return (this.#stopped ??= this.#dispose());
  }

  async #dispose() {
    await this.#miniflare.dispose();
    this.removeData();
    running.delete(this);
  }

  removeData() {
    rmSync(this.#state, { recursive: true, force: true });
  }

  /** Returns the CPU time used so far, in seconds, or `undefined` without /proc. */
  cpu() {
    return this.#pid === undefined ? undefined : proc.cpuSeconds(this.#pid);
  }

  /** Creates the tables of edge/migrations and these accounts. */
  async seed(accounts) {
    const [{ binding, migrations_dir }] = wrangler.d1_databases;
    const database = await this.#miniflare.getD1Database(binding, this.#name);
    const folder = join(root, migrations_dir);
    const migrations = readdirSync(folder).filter((file) => file.endsWith(".sql"));
    for (const file of migrations.sort()) {
      await database.prepare(readFileSync(join(folder, file), "utf8")).run();
    }
    const insert = database.prepare(
      "INSERT INTO users (username, email, password_hash, locale) VALUES (?1, ?2, ?3, 'en')",
    );
    for (let start = 0; start < accounts.length; start += 200) {
      const batch = accounts.slice(start, start + 200);
      await database.batch(
        batch.map(({ username, email, hash }) => insert.bind(username, email, hash)),
      );
    }
  }

  /**
   * Returns the isolate's memory after a garbage collection, in bytes:
   *
   * - `heap`: JavaScript's heap and what it refers to outside of it
   * - `reserved`: what V8 has reserved for the heap
   * - `wasm`: the WebAssembly memory
   */
  async memory() {
    const url = await this.#miniflare.unsafeGetDirectURL(this.#name, "inspect");
    const collect = async () => (await (await fetch(url)).json()).wasm;
    // The first collection runs finalizers; the second frees what they release.
    await collect();
    await sleep(500);
    const wasm = await collect();
    const heap = await heapUsage(await this.#miniflare.getInspectorURL(), this.#name);
    const used = heap.usedSize + heap.embedderHeapUsedSize + heap.backingStorageSize;
    return { heap: used, reserved: heap.totalSize, wasm };
  }

  /** Returns the resident memory of the process, in bytes, or `undefined` without /proc. */
  resident() {
    return this.#pid === undefined ? undefined : proc.residentBytes(this.#pid);
  }
}

/** Returns the inspector's `Runtime.getHeapUsage` of a Worker's isolate. */
async function heapUsage(inspector, name) {
  const targets = await (await fetch(`http://${inspector.host}/json`)).json();
  const { webSocketDebuggerUrl } = targets.find(({ id }) => id === `core:user:${name}`);
  const socket = new WebSocket(webSocketDebuggerUrl);
  const once = { once: true };
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, once);
      const failed = () => reject(new Error("the inspector does not respond"));
      socket.addEventListener("error", failed, once);
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

/** Returns the CPU time of all processes of this machine, in seconds, or `undefined`. */
export const machineCpu = () => (proc.hasProc ? proc.machineCpuSeconds() : undefined);

/** Returns the CPU time of this process, its ended children and all runtimes, in seconds. */
export const ownCpu = () =>
  [...running].reduce((sum, runtime) => sum + (runtime.cpu() ?? 0), proc.ownCpuSeconds());
