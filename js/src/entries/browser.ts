import { type Fallback, loadFrom } from "../wasm.js";

// Browsers, Vite and webpack all resolve this form of URL to a file of the package. With esbuild
// and Rollup, an application calls `setModule`, or copies the files beside its script.
loadFrom(
  () => new URL("./relatch.wasm", import.meta.url),
  () => {
    const url = new URL("./fallback.js", import.meta.url);
    // The build adds the comments that keep bundlers from resolving this.
    return import(url.href) as Promise<Fallback>;
  },
);

export * from "../index.js";
