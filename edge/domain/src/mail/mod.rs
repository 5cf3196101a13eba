//! Mails: rendered from templates, built as MIME, each to exactly one recipient.
//!
//! The content comes from configuration and from the account, never from a request, except for a
//! template of a server caller. All attempts at one mail are the same bytes: date, Message-ID and
//! boundary are stored or derived.

use std::time::Duration;

use relatch::LinkToken;

use crate::mail::custom_template::CustomTemplate;
use crate::values::account::Account;
use crate::values::time::Moment;

pub mod custom_template;
mod envelope;
pub mod failure;
mod foreign_links;
pub mod links;
pub mod mail_name;
mod message;
mod mime;
pub mod notice;
pub mod own_template;
mod parts;
pub mod placeholders;
pub mod rendering;
pub mod report;
mod telephone;
mod template;
pub mod template_file;
pub mod template_input;
mod writer;

pub use envelope::with_parts;
pub use message::{AUTOMATIC, Message, MessageParts, Stamp};
pub use parts::Parts;
pub use writer::MailWriter;

/// The recipient of a mail.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// The account that the mail is about.
    pub account: &'a Account,
    /// The address that the mail goes to.
    pub address: &'a str,
}

/// The content of a mail with a link.
#[derive(Clone, Copy)]
pub struct LinkContent<'a> {
    /// The link's token.
    pub token: &'a LinkToken,
    /// The times of the link.
    pub times: LinkTimes,
    /// The template of this mail, instead of the application's.
    pub template: Option<&'a CustomTemplate>,
}

/// The times of the links of a mail.
#[derive(Clone, Copy, Debug)]
pub struct LinkTimes {
    /// The lifetime of the links, from the time of the mail on.
    pub lifetime: Duration,
    /// The time at which they expire.
    pub expires_at: Moment,
    /// The time before which requests may mail no other links for these accounts while they are
    /// usable, if a limit is reached.
    pub next_link_at: Option<Moment>,
}

/// The link of one of the accounts that share a mailbox.
#[derive(Clone, Copy)]
pub struct AccountLink<'a> {
    /// The name of the account, if one may appear.
    pub label: Option<&'a str>,
    /// The link.
    pub link: &'a str,
}

/// The content of a mail with links to a shared mailbox.
#[derive(Clone, Copy)]
pub struct SharedContent<'a> {
    /// The links.
    pub links: &'a [AccountLink<'a>],
    /// The times of the links.
    pub times: LinkTimes,
    /// Whether the mailbox has further accounts, whose links are in other mails.
    pub is_partial: bool,
}

/// Returns the name for the greeting of a mail to this account: its name, or its user name, unless
/// that is a link or an advertisement.
pub(crate) fn greeting(account: &Account) -> Option<&str> {
    let names = account.name.as_deref().into_iter().chain([account.username.as_str()]);
    names.into_iter().find(|name| links::may_appear(name))
}

/// Returns the name beside the link of this account in a mail for several accounts: its user name,
/// or its name, unless that is a link or an advertisement.
pub(crate) fn label(account: &Account) -> Option<&str> {
    let names = [Some(account.username.as_str()), account.name.as_deref()];
    names.into_iter().flatten().map(str::trim).find(|name| links::may_appear(name))
}

#[cfg(test)]
mod tests;
