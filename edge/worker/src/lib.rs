//! What is deployed: `relatch-edge` with its exports, as one module, optimised as a whole.

#[cfg(target_arch = "wasm32")]
use relatch_edge as _;
