//! Accounts: in D1, with the statements and the adapter that runs and probes them, or in what the
//! hook `directory` reads and writes.

#[cfg(target_arch = "wasm32")]
mod adapter;
pub mod contract;
#[cfg(target_arch = "wasm32")]
mod d1;
#[cfg(target_arch = "wasm32")]
mod hook;
pub mod probe_errors;
pub mod rows;
pub mod statements;
#[cfg(target_arch = "wasm32")]
mod validity;

#[cfg(target_arch = "wasm32")]
pub(crate) use adapter::AnyDirectory;
#[cfg(target_arch = "wasm32")]
pub(crate) use d1::D1Directory;
#[cfg(target_arch = "wasm32")]
pub(crate) use hook::{HookDirectory, finds_by_username, is_set};
#[cfg(target_arch = "wasm32")]
pub(crate) use validity::{conclude_invalid, configuration_error};
