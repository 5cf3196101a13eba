//! Values: ids, accounts, links, keys, sessions and times.

pub mod account;
pub mod application_id;
pub mod client;
pub mod color;
pub mod domain_name;
pub mod identifier;
pub mod keys;
pub mod link;
pub mod mail_address;
pub mod name;
pub mod object_id;
pub mod origin;
pub mod sealed_address;
pub mod server_key;
pub mod session;
pub mod time;
