//! The mail providers and the meaning of their errors. Their settings come from the configuration.

pub mod api;
pub mod cloudflare_codes;
pub mod dialogue;
pub mod hook_values;
mod mac;
pub mod reply;
pub mod reports;
pub mod sender;
pub mod sigv4;
pub mod smtp_errors;
#[cfg(test)]
mod testing;

#[cfg(target_arch = "wasm32")]
mod api_fetch;
#[cfg(target_arch = "wasm32")]
mod delivery;
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

pub use relatch_config::{ApiProvider, MailApi, MailProvider, MailSecurity, SmtpServer};

#[cfg(target_arch = "wasm32")]
pub(crate) use hook::{HookMailer, OPTION as HOOK};
#[cfg(target_arch = "wasm32")]
pub(crate) use provider::ProviderMailer;
#[cfg(target_arch = "wasm32")]
pub(crate) use send_email::BINDING;
