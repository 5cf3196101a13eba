//! Relatch on Cloudflare Workers: one adapter for each port, the Durable Objects, and the entry.
//!
//! Everything that does not need a JavaScript value is compiled and tested natively:
//!
//! - [`wire`]: requests and responses as text;
//! - [`stored`]: stored values as text; [`names`]: names of objects and keys of records;
//! - [`directory::statements`], [`directory::rows`], [`directory::probe_errors`]: SQL of the
//!   directory; [`directory::contract`]: values and probe of the hook that replaces it;
//! - [`mount`]: options of a mounted service;
//! - [`event_rows`]: SQL and log lines of events; [`log`]: when a line is written;
//! - [`mail::smtp_errors`], [`mail::cloudflare_codes`]: errors of mail providers;
//!   [`mail::hook_values`]: values of the hook that replaces them;
//! - [`password_probe`]: the probe of the hook that replaces password hashes.
//!
//! The rest exists only on wasm32:
//!
//! - `embed` mounts the service in another Worker: its options, its entry, and the
//!   Durable Objects to declare. The feature `exports` adds `exports`, the entry and the objects of
//!   the Worker that this repository builds; without it, this crate exports nothing;
//! - `fetch` answers a request; `configuration` is parsed once for each instance of `createRelatch`
//!   in an isolate, with its `options`; `platform` has all adapters;
//! - `directory` and `events` (D1), `metrics` (Analytics Engine), `records` (KV), `languages` (static
//!   assets), `limiter` (rate limit), `mail` (SMTP and `send_email`), `outbound` (captcha and breached
//!   passwords), `html` (allow-list), `host` (clock, random bytes, time-outs, log);
//! - `intakes`, `mailboxes` and `password_changes` call the Durable Objects in `objects`;
//! - `webhooks` posts events to endpoints; `post` is the request of these and of the HTTP APIs of
//!   mail providers;
//! - `hooks` calls the functions that `createRelatch` takes, and `host_hooks` is their port;
//! - `bindings`: interfaces of the host that catch every exception. A panic ends all requests of an
//!   isolate, and some functions of `worker` unwrap.

pub mod directory;
pub mod event_rows;
pub mod log;
pub mod mail;
pub mod mount;
pub mod names;
pub mod password_probe;
pub mod stored;
pub mod wire;

#[cfg(target_arch = "wasm32")]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod configuration;
#[cfg(target_arch = "wasm32")]
pub mod embed;
#[cfg(target_arch = "wasm32")]
mod events;
#[cfg(all(target_arch = "wasm32", feature = "exports"))]
mod exports;
#[cfg(target_arch = "wasm32")]
mod fetch;
#[cfg(target_arch = "wasm32")]
mod hooks;
#[cfg(target_arch = "wasm32")]
mod host;
#[cfg(target_arch = "wasm32")]
mod host_hooks;
#[cfg(target_arch = "wasm32")]
mod html;
#[cfg(target_arch = "wasm32")]
mod intakes;
#[cfg(target_arch = "wasm32")]
mod languages;
#[cfg(target_arch = "wasm32")]
mod limiter;
#[cfg(target_arch = "wasm32")]
mod mailboxes;
#[cfg(target_arch = "wasm32")]
mod metrics;
#[cfg(target_arch = "wasm32")]
mod objects;
#[cfg(target_arch = "wasm32")]
mod options;
#[cfg(target_arch = "wasm32")]
mod outbound;
#[cfg(target_arch = "wasm32")]
mod password_changes;
#[cfg(target_arch = "wasm32")]
mod passwords;
#[cfg(target_arch = "wasm32")]
mod platform;
#[cfg(target_arch = "wasm32")]
mod post;
#[cfg(target_arch = "wasm32")]
mod records;
#[cfg(target_arch = "wasm32")]
mod templates;
#[cfg(target_arch = "wasm32")]
mod webhooks;
