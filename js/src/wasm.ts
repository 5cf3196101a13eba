// Gets the WebAssembly, and has its functions once it is there.
import { ResetError } from "./errors.js";
import * as glue from "./wasm/relatch_wasm_bg.js";

/** What it does. In full, for the types of the package do not have those of the glue. */
export interface Wasm {
  send(): string | undefined;
  read(): void;
  reasons(): string;
  readLink(): string | undefined;
  withoutToken(): string;
}

/** How this runtime gets at the module: compiled, or as bytes. Each entry sets it. @internal */
let source: () => Promise<WebAssembly.Module | BufferSource> | WebAssembly.Module | BufferSource;
let loading: Promise<Wasm> | undefined;

/** @internal */
export const loadFrom = (how: typeof source): void => {
  source = how;
};

async function load(): Promise<Wasm> {
  const module = await source();
  const { exports } = await WebAssembly.instantiate(module instanceof WebAssembly.Module ? module : await WebAssembly.compile(module), glue.__imports);
  glue.__wbg_set_wasm(exports);
  return glue;
}

/** Starts loading unless that has begun, and waits for it. What failed is tried again by the next call. @internal */
export const wasm = (): Promise<Wasm> =>
  (loading ??= load().catch((cause: unknown) => {
    loading = undefined;
    throw new ResetError({
      code: "module_unavailable",
      message: "relatch.wasm could not be loaded. Check that it is served beside the script, and that the page's policy allows 'wasm-unsafe-eval'.",
      cause,
    });
  }));
