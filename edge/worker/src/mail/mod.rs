//! Mail providers, one file each, and the meaning of their errors.

#[cfg(target_arch = "wasm32")]
mod provider;
pub mod refusal;
#[cfg(target_arch = "wasm32")]
mod send_email;
#[cfg(target_arch = "wasm32")]
mod smtp;
#[cfg(target_arch = "wasm32")]
mod socket;

#[cfg(target_arch = "wasm32")]
pub use provider::ProviderMailer;
#[cfg(target_arch = "wasm32")]
pub use send_email::BINDING;
