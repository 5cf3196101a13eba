// Loads the WebAssembly module once and provides its functions.
import { ResetError } from "./errors.js";
import * as glue from "./wasm/relatch_wasm_bg.js";

/** The functions of the module. Declared here because the package has no types of the glue. */
export interface Wasm {
  send(): string | undefined;
  read(): void;
  reasons(): string;
  readLink(): string | undefined;
  withoutToken(): string;
}

type Source = WebAssembly.Module | BufferSource;

/** Returns the module, compiled or as bytes. Each entry sets it for its runtime. @internal */
let source: () => Promise<Source> | Source;
let loading: Promise<Wasm> | undefined;

/** @internal */
export const loadFrom = (newSource: typeof source): void => {
  source = newSource;
};

async function load(): Promise<Wasm> {
  const bytesOrModule = await source();
  const module =
    bytesOrModule instanceof WebAssembly.Module
      ? bytesOrModule
      : await WebAssembly.compile(bytesOrModule);
  const { exports } = await WebAssembly.instantiate(module, glue.__imports);
  glue.__wbg_set_wasm(exports);
  return glue;
}

/**
 * Loads the module, once. After a failure the next call tries again.
 *
 * @throws {ResetError} `module_unavailable`.
 * @internal
 */
export const wasm = (): Promise<Wasm> =>
  (loading ??= load().catch((cause: unknown) => {
    loading = undefined;
    throw new ResetError({
      code: "module_unavailable",
      message:
        "relatch.wasm could not be loaded. Serve it beside the script, and allow " +
        "'wasm-unsafe-eval' in the page's Content-Security-Policy.",
      cause,
    });
  }));
