//! The mail providers and the meaning of their errors.

pub mod api;
pub mod cloudflare_codes;
pub mod dialogue;
pub mod hook_values;
pub mod reply;
pub mod reports;
pub mod sigv4;
pub mod smtp_errors;

#[cfg(target_arch = "wasm32")]
mod api_fetch;
#[cfg(target_arch = "wasm32")]
mod hook;
#[cfg(target_arch = "wasm32")]
mod provider;
#[cfg(target_arch = "wasm32")]
mod send_email;
#[cfg(target_arch = "wasm32")]
mod smtp;
#[cfg(target_arch = "wasm32")]
mod socket;

#[cfg(target_arch = "wasm32")]
pub(crate) use hook::{HookMailer, OPTION as HOOK};
#[cfg(target_arch = "wasm32")]
pub(crate) use provider::ProviderMailer;
#[cfg(target_arch = "wasm32")]
pub(crate) use send_email::BINDING;
