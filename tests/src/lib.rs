//! The two worlds that the end-to-end tests run in, and what the tests need to live in them.
//!
//! *In process* is the real service over the world in memory: faults, a trace, and a clock to turn. *workerd* is the
//! built Worker under `wrangler dev`, with real KV, D1 and Durable Objects, and a real SMTP server whose mails are read
//! back. A flow is written once and runs in both.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::return_self_not_must_use,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test helper that cannot do its work has to stop the test, and say why"
)]

/// The README's Rust is compiled, so that it works as written.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

pub mod certificates;
pub mod in_process;
pub mod inbox;
pub mod mail;
pub mod person;
pub mod process;
pub mod smtp_server;
pub mod trials;
pub mod workerd;
pub mod world;
