//! The world on Cloudflare: one thin adapter a port, the two kinds of objects, and the Worker's entry.
//!
//! - `fetch`: a request in, an answer out; `configuration`: read once an isolate; `platform`: all adapters together.
//! - `directory`, `events` (D1), `records` (KV), `limiter` (rate limit), `mail` (SMTP over a socket, Cloudflare's own), `html` (allow-list), `host` (clock, randomness,
//!   time-outs, log), `intakes` and `desks` (calls of the objects).
//! - `objects`: the intake and the desk, which those calls reach.
//! - `bindings`: the host's interfaces with every exception caught. A panic ends all requests of an isolate, so what
//!   `worker` offers with an unwrap inside is called past it.

mod bindings;
mod configuration;
mod desks;
mod directory;
mod events;
mod fetch;
mod host;
mod html;
mod intakes;
mod limiter;
mod mail;
mod objects;
mod platform;
mod records;
