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
//! With the default feature `native` requests go through reqwest on tokio. With the feature `transport` alone, and wherever
//! else you like, give the builder a transport: any async closure will do. Without both, [`call`] has the calls by
//! themselves, for a host that carries them in its own way; it is how the npm package makes them.
//!
//! Tokens and passwords travel as [`LinkToken`] and [`Password`], which do not print; nor do the errors.

#![cfg_attr(not(test), no_std)]

extern crate alloc;
#[cfg(feature = "transport")]
extern crate std;

pub mod base_url;
pub mod call;
#[cfg(feature = "transport")]
mod client;
mod error;
#[cfg(feature = "transport")]
mod json;
mod link_url;
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
mod native;
pub mod password;
pub mod problem;
#[cfg(feature = "transport")]
mod reset_request;
mod retry;
mod secret;
pub mod text;
pub mod token;
#[cfg(feature = "transport")]
mod transport;
pub mod wire;

pub use call::LONGEST_ANSWER;
#[cfg(feature = "transport")]
pub use client::{Client, ClientBuilder};
pub use error::{AnswerError, AnswerFault, BuildError, Error, Refusal, RefusalCode, TransportError};
pub use link_url::{LinkUrlError, without_token};
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub use native::Reqwest;
pub use password::{PasswordRules, Reason};
pub use problem::{Code, Problem};
#[cfg(feature = "transport")]
pub use reset_request::ResetRequest;
pub use retry::Retry;
pub use secret::{Password, SessionToken};
pub use token::LinkToken;
#[cfg(feature = "transport")]
pub use transport::{DefaultTransport, Standard, Transport};
pub use wire::{LinkState, Message};

/// The versions that this crate's types come from.
#[cfg(feature = "transport")]
pub use http;
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub use reqwest;

#[cfg(all(doctest, feature = "native"))]
#[doc = include_str!("../README.md")]
struct Readme;
