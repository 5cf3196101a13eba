//! The deployed module: `relatch-worker` with its exports, optimised as a whole.

#[cfg(target_arch = "wasm32")]
use relatch_worker as _;
