// For `require`, in Node and in test runners that do not load modules.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadFrom } from "../wasm.js";

loadFrom(
  () => readFile(join(__dirname, "relatch.wasm")),
  () => {
    throw new TypeError("Node has WebAssembly.");
  },
);

export * from "../index.js";
