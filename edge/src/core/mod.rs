//! The domain: pure, without I/O, clock or randomness of its own. Everything it needs of the world is a port.

pub mod account;
pub mod caller;
pub mod change;
pub mod check;
pub mod commit;
pub mod config;
pub mod confirm;
pub mod definition;
pub mod deliver;
pub mod desk;
pub mod events;
pub mod hashing;
pub mod held;
pub mod identifier;
pub mod intake;
pub mod keys;
pub mod link;
pub mod lookup;
pub mod mail;
pub mod operator;
pub mod outbox;
pub mod patience;
pub mod ports;
pub mod request;
pub mod server_key;
pub mod session;
#[cfg(test)]
mod stored_formats;
pub mod time;
pub mod together;
