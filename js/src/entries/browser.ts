import { type Fallback, loadFrom } from "../wasm.js";

// Browsers, Vite and webpack all resolve this form of URL to a file of the package. With esbuild
// and Rollup, an application calls `setModule`, or copies the files beside its script.
loadFrom(
  () => new URL("./relatch.wasm", import.meta.url),
  () => {
    const url = new URL("./fallback.js", import.meta.url);
    return import(/* webpackIgnore: true */ /* @vite-ignore */ url.href) as Promise<Fallback>;
  },
);

export * from "../index.js";
