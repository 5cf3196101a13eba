// Loads the WebAssembly module once and provides its functions.
import { ResetError } from "./errors.js";
import * as glue from "./wasm/relatch_wasm_bg.js";

/** The functions of the module. They read their input, and report their results, by host.ts. */
export interface Wasm {
  send(): void;
  read(): void;
  reasons(): void;
}

/**
 * `relatch.wasm`: its address, its bytes, or the compiled `WebAssembly.Module`, for which Node has
 * no type.
 */
export type ModuleSource = string | URL | ArrayBuffer | Uint8Array<ArrayBuffer> | object;

/** What `import("relatch/fallback")` resolves with: the same module as JavaScript. */
export interface Fallback {
  readonly default: (imports: object) => object;
}

type Loader<Result> = () => Result | Promise<Result>;

let source: Loader<ModuleSource>;
let fallback: Loader<Fallback>;
let loading: Promise<Wasm> | undefined;

/** Sets where the module is by default. Each entry sets it for its runtime. @internal */
export const loadFrom = (newSource: typeof source, newFallback: typeof fallback): void => {
  source = newSource;
  fallback = newFallback;
};

/**
 * Sets where `relatch.wasm` is, for bundlers and runtimes that do not find it by themselves. Call
 * it before the first client is created.
 *
 * @param module - Its address, its bytes, the compiled module, or a promise of one of them.
 * @param loadFallback - Loads the module as JavaScript, for browsers without WebAssembly:
 *   `() => import("relatch/fallback")`.
 */
export function setModule(
  module: ModuleSource | Promise<ModuleSource>,
  loadFallback: () => Fallback | Promise<Fallback> = fallback,
): void {
  // A rejected promise is reported by the first call that needs the module.
  Promise.resolve(module).catch(() => {});
  loadFrom(() => module, loadFallback);
  loading = undefined;
}

/** The parts of Node that are used without an import, which bundlers would try to resolve. */
interface NodeProcess {
  getBuiltinModule?(id: "node:fs/promises"): typeof import("node:fs/promises") | undefined;
}

async function bytesAt(address: string | URL): Promise<ArrayBuffer | Uint8Array<ArrayBuffer>> {
  const url = new URL(address, globalThis.document?.baseURI);
  // Node cannot fetch files. Test runners with an emulated browser run in Node.
  if (url.protocol === "file:") {
    const { process } = globalThis as { process?: NodeProcess };
    const files = process?.getBuiltinModule?.("node:fs/promises");
    if (files) return files.readFile(url);
  }
  const response = await fetch(url, {
    // Every call waits for the module.
    signal: AbortSignal.timeout(30_000),
    // The page's URL may contain a token.
    referrerPolicy: "no-referrer",
  });
  if (!response.ok) throw new TypeError(`relatch.wasm: HTTP status ${response.status}`);
  return response.arrayBuffer();
}

async function instantiate(): Promise<WebAssembly.Exports> {
  if (!globalThis.WebAssembly) {
    return (await fallback()).default(glue.__imports) as WebAssembly.Exports;
  }
  const given = await source();
  const isAddress = typeof given === "string" || "href" in given;
  const bytesOrModule = isAddress ? await bytesAt(given) : given;
  const module =
    bytesOrModule instanceof WebAssembly.Module
      ? bytesOrModule
      : await WebAssembly.compile(bytesOrModule as BufferSource);
  return (await WebAssembly.instantiate(module, glue.__imports)).exports;
}

/**
 * Loads the module, once. After a failure the next call tries again.
 *
 * @throws {ResetError} `module_unavailable`.
 * @internal
 */
export const wasm = (): Promise<Wasm> =>
  (loading ??= instantiate().then(
    (exports) => {
      glue.__wbg_set_wasm(exports);
      return glue;
    },
    (cause: unknown) => {
      loading = undefined;
      const message = globalThis.WebAssembly
        ? "relatch.wasm could not be loaded. Serve it beside the script or call setModule, and " +
          "allow 'wasm-unsafe-eval' in the page's Content-Security-Policy."
        : "This browser has no WebAssembly, and relatch's fallback.js could not be loaded. Serve " +
          "it beside the script, or pass it to setModule.";
      throw new ResetError({ code: "module_unavailable", message, cause });
    },
  ));
