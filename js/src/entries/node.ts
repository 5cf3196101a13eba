// Node reads `relatch.wasm` from beside the script. The entry exists beside that of browsers because
// it has had its name from the beginning.
export * from "./browser.js";
