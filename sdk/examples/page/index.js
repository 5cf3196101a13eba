// Loads what wasm-bindgen makes of the crate, which runs `start`.
import init from "./pkg/page.js";

await init();
