import { readFile } from "node:fs/promises";
import { loadFrom } from "../wasm.js";

loadFrom(() => readFile(new URL("./relatch.wasm", import.meta.url)));

export * from "../index.js";
