import { loadFrom } from "../wasm.js";

// Browsers, Vite and webpack all resolve this form of URL to a file of the package.
loadFrom(async () => {
  const response = await fetch(new URL("./relatch.wasm", import.meta.url), {
    // Every call waits for the module.
    signal: AbortSignal.timeout(30_000),
    // The page's URL may contain a token.
    referrerPolicy: "no-referrer",
  });
  if (!response.ok) throw new TypeError(`relatch.wasm: HTTP status ${response.status}`);
  return response.arrayBuffer();
});

export * from "../index.js";
