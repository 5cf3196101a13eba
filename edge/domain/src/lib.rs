//! The domain of Relatch: pure, without I/O, clock or randomness. It reaches the outside through
//! [`ports`].
//!
//! - [`values`]: accounts, identifiers, links, keys, sessions, time.
//! - [`service`]: the context of every call: an application and its platform.
//! - [`application`] and [`brand`]: one tenant, its settings and its looks.
//! - [`intake`], [`mailbox`] and [`password_change`]: the states of the Durable Objects;
//!   [`claims`], [`outbox`] and [`rate_log`]: what they share.
//! - [`stall`]: the end of an object that cannot work.
//! - [`events`] and [`event_query`]: what happened, and how operators read it.
//! - [`jobs`]: the work of the objects: lookup, delivery, commit.
//! - [`use_cases`]: the calls: request, check, confirm, change, and those of servers.
//! - [`captcha`] and [`breaches`]: what other services say about a visitor and a password.
//! - [`mail`] and [`hashing`]: what goes out, and how passwords are stored.
//! - [`template_key`]: where an application's own texts of mails and pages are.

#[macro_use]
mod codes;
mod eligibility;

pub mod application;
pub mod brand;
pub mod breaches;
pub mod captcha;
pub mod claims;
pub mod event_query;
pub mod events;
pub mod hashing;
pub mod intake;
pub mod jobs;
pub mod join_all;
pub mod mail;
pub mod mailbox;
pub mod outbox;
pub mod password_change;
pub mod ports;
pub mod rate_log;
pub mod service;
pub mod stall;
#[cfg(test)]
mod stored_formats;
pub mod template_key;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod timeouts;
pub mod use_cases;
pub mod values;
pub mod waiting;
pub mod webhook;
