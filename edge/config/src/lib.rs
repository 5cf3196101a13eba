//! Parses variables into applications. [`VARIABLES`] lists all of them. An adapter reads its
//! own variables through a [`Reader`].
//!
//! A deployment is public if a `PUBLIC_URL` does not lead to loopback. Values that are safe only on
//! one machine are then an invalid configuration, for every application.
//!
//! An invalid configuration stops the service from starting: every call answers 503, and the log
//! names the variable. A server that is down is an outage, not an invalid configuration.

mod application;
mod brand;
mod deployment;
mod guards;
mod hashing;
mod keys;
mod mail;
mod mail_api;
mod mail_body;
mod mail_texts;
mod reader;
#[cfg(test)]
mod tests;
mod url;
mod variables;
mod webhooks;

pub use deployment::{AdapterSettings, Deployment, Mounting, ResettableAccounts, Settings};
pub use mail::{MailProvider, MailSecurity, SmtpServer};
pub use mail_api::{ApiProvider, MailApi};
pub use reader::{ConfigError, Reader};
pub use variables::{VARIABLES, Variable};
