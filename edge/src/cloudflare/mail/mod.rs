//! Mail providers, one file each.

mod smtp;
mod socket;

pub use smtp::SmtpMailer;
