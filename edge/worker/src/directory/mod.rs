//! Accounts in D1: the statements, and the adapter that runs and probes them.

#[cfg(target_arch = "wasm32")]
mod d1;
pub mod probe_errors;
pub mod rows;
pub mod statements;

#[cfg(target_arch = "wasm32")]
pub(crate) use d1::{D1Directory, configuration_error};
