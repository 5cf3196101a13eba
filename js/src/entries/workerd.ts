import module from "./relatch.wasm";
import { loadFrom } from "../wasm.js";

loadFrom(() => module);

export * from "../index.js";
