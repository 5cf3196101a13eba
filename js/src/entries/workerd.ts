import { loadFrom } from "../wasm.js";
import module from "./relatch.wasm";

loadFrom(() => module);

export * from "../index.js";
