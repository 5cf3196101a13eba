//! The two worlds of the end-to-end tests, and their helpers.
//!
//! *In process* is the real service over in-memory adapters, with fault injection, a trace of every
//! port call, and a settable clock. *workerd* is the built Worker under `wrangler dev`, with real
//! KV, D1 and Durable Objects, and a real SMTP server. A flow is written once and runs in both.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    reason = "a test helper that fails stops its test with a panic"
)]

/// The Rust examples of the README, compiled as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

pub mod certificates;
pub mod conformance;
pub mod http_server;
pub mod in_process;
pub mod inbox;
pub mod loopback;
pub mod mail;
pub mod mail_api_double;
pub mod person;
pub mod process;
pub mod response;
pub mod service_double;
pub mod smtp_server;
pub mod trials;
pub mod webhook_server;
pub mod workerd;
pub mod world;
