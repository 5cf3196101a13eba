//! Relatch's Worker.
//!
//! `core` is the domain and has no I/O; `http` turns requests into calls of it; `memory` and `cloudflare` are the two
//! worlds that it runs in. Imports go one way: the SDK's wire types, core, http, and then a world.

#[cfg(target_arch = "wasm32")]
mod cloudflare;
pub mod core;
pub mod http;
#[cfg(not(target_arch = "wasm32"))]
pub mod memory;
