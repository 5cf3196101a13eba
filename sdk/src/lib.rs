//! Relatch's client: ask for a password reset, check a link, set the new password; or change it while signed in.
//!
//! [`Client`] makes the calls. A call that has no result has an [`Error`] of one of three kinds, and a refusal has one
//! of the [`Code`]s. The password rules are the service's own and work without it: [`PasswordRules::reasons_against`].
//!
//! ```no_run
//! # #[cfg(feature = "native")]
//! # async fn reset() -> Result<(), Box<dyn std::error::Error>> {
//! use relatch::{Client, LinkToken, Password};
//!
//! let client = Client::new("https://accounts.example.com")?;
//! client.request("peter@example.com").await?;
//!
//! // The mail holds a link; whoever follows it chooses a password.
//! let token = LinkToken::from_url("https://accounts.example.com/password/reset?token=…")?;
//! client.confirm(&token, &Password::from("correct horse battery staple")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! With the default feature `native` requests go through reqwest on tokio. Without it, and wherever else you like,
//! give the builder a [`Transport`]: any async closure will do.
//!
//! Tokens and passwords travel as [`LinkToken`] and [`Password`], which do not print; nor do the errors.

mod base_url;
mod client;
mod error;
mod link_url;
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
mod native;
pub mod password;
pub mod problem;
mod retry;
mod secret;
pub mod text;
pub mod token;
mod transport;
pub mod wire;

pub use client::{Client, ClientBuilder, ResetRequest};
pub use error::{AnswerError, AnswerFault, BuildError, Error, Refusal, RefusalCode};
pub use link_url::LinkUrlError;
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub use native::Reqwest;
pub use password::{PasswordRules, Reason};
pub use problem::{Code, Problem};
pub use retry::Retry;
pub use secret::{Password, SessionToken};
pub use token::LinkToken;
pub use transport::{DefaultTransport, LONGEST_ANSWER, Standard, Transport, TransportError};
pub use wire::{LinkState, Message};

/// The versions that this crate's types come from.
pub use http;
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub use reqwest;

#[cfg(all(doctest, feature = "native"))]
#[doc = include_str!("../README.md")]
struct Readme;
