//! Relatch on Cloudflare Workers: one thin adapter for each port, the Durable Objects, and the entry.
//!
//! What needs no JavaScript value compiles natively, with its tests: the directory's statements, stored formats, and the
//! codes of mail providers. The rest exists on wasm32 only.
//!
//! - `fetch`: one call; `configuration`: read once for each isolate; `platform`: all adapters.
//! - `directory`, `events` (D1), `records` (KV), `limiter` (rate limit), `mail` (SMTP, `send_email`), `html` (allow-list),
//!   `host` (clock, randomness, time-outs, log), `intakes`, `mailboxes` and `password_changes` (calls of the
//!   objects), `objects` (the objects); `names` (of the objects).
//! - `bindings`: the host's interfaces with every exception caught. A panic ends all requests in flight in an isolate, and
//!   some functions of the crate `worker` unwrap.

pub mod directory;
pub mod mail;
pub mod names;

#[cfg(target_arch = "wasm32")]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod configuration;
#[cfg(target_arch = "wasm32")]
mod events;
#[cfg(target_arch = "wasm32")]
mod fetch;
#[cfg(target_arch = "wasm32")]
mod host;
#[cfg(target_arch = "wasm32")]
mod html;
#[cfg(target_arch = "wasm32")]
mod intakes;
#[cfg(target_arch = "wasm32")]
mod limiter;
#[cfg(target_arch = "wasm32")]
mod mailboxes;
#[cfg(target_arch = "wasm32")]
mod objects;
#[cfg(target_arch = "wasm32")]
mod password_changes;
#[cfg(target_arch = "wasm32")]
mod platform;
#[cfg(target_arch = "wasm32")]
mod records;
