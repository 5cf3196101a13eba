import { loadFrom } from "../wasm.js";

// A plain address, and not an import: this is what browsers, Vite and webpack all take for a file that belongs to this one.
loadFrom(async () => {
  // Every call waits for this, so it is not to wait for ever. And the page's address may hold a token.
  const response = await fetch(new URL("./relatch.wasm", import.meta.url), { signal: AbortSignal.timeout(30_000), referrerPolicy: "no-referrer" });
  if (!response.ok) throw new TypeError(`relatch.wasm was answered with ${response.status}`);
  return response.arrayBuffer();
});

export * from "../index.js";
