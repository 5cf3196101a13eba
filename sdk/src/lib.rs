//! Client for Relatch, a password reset service.
//!
//! [`Client`] requests a reset mail, checks a reset link, confirms a new password, and changes the
//! password of a signed-in account. [`server::Client`] makes the calls of the application's own
//! servers, and calls for visitors. A failed call returns an [`Error`]; a refusal of the service
//! has one of the [`Code`]s. [`PasswordRules::reasons_against`] applies the service's password
//! rules locally.
//!
//! ```no_run
//! # #[cfg(feature = "native")]
//! # async fn reset() -> Result<(), Box<dyn std::error::Error>> {
//! use relatch::{Client, LinkToken, Password};
//!
//! let client = Client::new("https://accounts.example.com")?;
//! client.request("peter@example.com").await?;
//!
//! // The mail contains a link. The visitor follows it and chooses a password.
//! let token = LinkToken::from_url("https://accounts.example.com/password/reset?token=…")?;
//! client.confirm(&token, &Password::from("correct horse battery staple")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `native` (default): the client over reqwest and tokio. On `wasm32-unknown-unknown`, the same
//!   client over the `fetch` and the timers of the JavaScript host: a browser, workerd, or Node.js.
//! - `transport`: the client without either. [`ClientBuilder::transport`] sets how it sends
//!   requests.
//!
//! Without both, the crate is `no_std` and has the protocol only: tokens, links, password rules,
//! problems, and bodies.
//!
//! # Secrets
//!
//! [`LinkToken`], [`Password`], [`SessionToken`], and [`ServerKey`] have a redacted `Debug`. No
//! error contains one of them.

#![cfg_attr(not(test), no_std)]
#![warn(missing_docs, clippy::missing_errors_doc)]

extern crate alloc;
#[cfg(feature = "transport")]
extern crate std;

mod api_call;
mod application_id;
mod base_url;
#[cfg(feature = "transport")]
mod client;
#[cfg(feature = "transport")]
mod default_transport;
mod error;
#[cfg(all(feature = "native", target_arch = "wasm32"))]
mod fetch_transport;
mod json;
mod link_url;
pub mod password;
pub mod problem;
mod refusal;
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
mod reqwest_transport;
#[cfg(feature = "transport")]
mod reset_request;
mod retry;
#[cfg(feature = "schemas")]
mod schemas;
mod secret;
#[cfg(feature = "transport")]
pub mod server;
mod text;
pub mod token;
#[cfg(feature = "transport")]
mod transport;
pub mod wire;

pub use api_call::MAX_RESPONSE_BYTES;
pub use application_id::{ApplicationId, ParseApplicationIdError};
#[cfg(feature = "transport")]
pub use client::{Client, ClientBuilder};
#[cfg(feature = "transport")]
pub use default_transport::{DefaultTransport, Unset};
pub use error::{BuildError, Error, ProtocolError, ProtocolErrorKind, TransportError};
#[cfg(all(feature = "native", target_arch = "wasm32"))]
pub use fetch_transport::FetchTransport;
pub use link_url::{ParseLinkError, without_token};
pub use password::{PasswordRules, Reason};
pub use problem::{Code, Messages, Problem};
pub use refusal::{Refusal, RefusalCode};
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub use reqwest_transport::ReqwestTransport;
#[cfg(feature = "transport")]
pub use reset_request::ResetRequest;
pub use retry::RetryPolicy;
pub use secret::{Password, ServerKey, SessionToken};
pub use token::LinkToken;
#[cfg(feature = "transport")]
pub use transport::Transport;
pub use wire::{LinkState, Message};

/// The version of `http` whose types [`Transport`] uses.
#[cfg(feature = "transport")]
pub use http;
/// The version of `reqwest` whose builder [`ClientBuilder::reqwest`] takes.
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub use reqwest;

/// Items that the server and the WebAssembly module of this repository share with the client.
///
/// They are not part of the public interface and may change in any release.
#[doc(hidden)]
pub mod internal {
    pub use crate::{
        api_call::{ApiCall, ApiResponse, FromJson, ResponseBody},
        base_url::BaseUrl,
        json::JsonObject,
        text::{case_fold, lowercase, nfc, nfd, nfkc, uppercase},
    };
}

#[cfg(all(doctest, feature = "native"))]
#[doc = include_str!("../README.md")]
struct Readme;
