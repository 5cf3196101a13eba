import { setModule } from "./browser.js";
import module from "./relatch.wasm";

setModule(module);

export * from "./browser.js";
