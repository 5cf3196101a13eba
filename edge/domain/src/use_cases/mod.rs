//! One module for each call, over the ports.

mod breaches;
pub mod change;
pub mod check;
pub mod confirm;
pub mod erase;
mod invite;
pub mod mail_reports;
pub mod operator;
pub mod request;
pub mod sample;
pub mod server;
pub mod server_limits;
pub mod two_step;
