//! Values: what the domain's steps are about.

pub mod account;
pub mod application_id;
pub mod client;
pub mod identifier;
pub mod keys;
pub mod link;
pub mod mail_address;
pub mod origin;
pub mod server_key;
pub mod session;
pub mod time;
