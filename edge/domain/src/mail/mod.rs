//! Mails: rendered from templates, built as MIME, each to exactly one recipient.
//!
//! The content comes from configuration and from the account, never from a request, except for a
//! template of a server caller. All attempts at one mail are the same bytes: date, Message-ID and
//! boundary are stored or derived.

use std::time::Duration;

use relatch::LinkToken;
use relatch_languages::Texts;

use crate::application::Application;
use crate::mail::custom_template::{CustomTemplate, LinkValues};
use crate::mail::failure::MailFailure;
use crate::values::account::Account;
use crate::values::keys::{base64url, digest};
use crate::values::mail_address::{MailAddress, mailbox};
use crate::values::time::Moment;

pub mod custom_template;
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

pub use message::{AUTOMATIC, Message, MessageParts, Stamp};
pub use parts::Parts;
use placeholders::PlaceholderValues;
use template::{Ambiguous, Common, Invitation, Reset, Shared};

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

/// Renders the mail with the link.
///
/// # Errors
///
/// [`MailFailure::Template`] if a template fails; [`MailFailure::AddressUnsupported`] if an address
/// cannot be written in a mail.
pub fn reset(
    application: &Application,
    texts: Texts,
    recipient: Recipient<'_>,
    content: LinkContent<'_>,
    stamp: Stamp,
) -> Result<Message, MailFailure> {
    let (account, token) = (recipient.account, content.token);
    let link = application.links.address(token.expose());
    let built_in = reset_parts(application, texts, account, &link, content.times);
    let (mut rendered, _) = built_in.ok_or(MailFailure::Template)?;
    let mut from = &application.mail.from;
    if let Some(custom) = content.template.or(application.mail.reset.as_ref()) {
        let values = LinkValues {
            account,
            token: token.expose(),
            link: &link,
            lifetime: &texts.span(content.times.lifetime),
            expires_at: &content.times.expires_at.soon_for_people(texts),
        };
        rendered.html = custom.html(&values).ok_or(MailFailure::Template)?;
        rendered.text = custom.text(&values).unwrap_or(rendered.text);
        rendered.subject =
            custom.subject(&values).map_or(rendered.subject, |subject| mime::one_line(&subject));
        from = custom.from().unwrap_or(from);
    }
    build(application, from, recipient.address, &rendered, stamp)
}

/// Returns the built-in texts of the mail with a link, and the values for a template.
pub(crate) fn reset_parts(
    application: &Application,
    texts: Texts,
    account: &Account,
    link: &str,
    times: LinkTimes,
) -> Option<(Parts, PlaceholderValues)> {
    let mail = Reset {
        common: common(application, texts),
        name: greeting(account),
        link,
        lifetime: &texts.span(times.lifetime),
        expires_at: &times.expires_at.soon_for_people(texts),
        next_link_at: times.next_link_at.map(|next| next.for_people(texts)),
    };
    Some((mail.render()?, mail.values(account)))
}

/// Returns the built-in texts of an invitation, and the values for a template.
pub(crate) fn invitation_parts(
    application: &Application,
    texts: Texts,
    account: &Account,
    link: &str,
    times: LinkTimes,
) -> Option<(Parts, PlaceholderValues)> {
    let mail = Invitation {
        common: common(application, texts),
        name: greeting(account),
        link,
        lifetime: &texts.span(times.lifetime),
        expires_at: &times.expires_at.soon_for_people(texts),
    };
    Some((mail.render()?, mail.values(account)))
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

/// Renders the mail with a link for each account that shares a mailbox.
///
/// # Errors
///
/// [`MailFailure::Template`] if a template fails; [`MailFailure::AddressUnsupported`] if an address
/// cannot be written in a mail.
pub fn shared(
    application: &Application,
    texts: Texts,
    to: &str,
    content: SharedContent<'_>,
    stamp: Stamp,
) -> Result<Message, MailFailure> {
    let (rendered, _) = shared_parts(application, texts, content).ok_or(MailFailure::Template)?;
    with_parts(application, to, &rendered, stamp)
}

/// Returns the built-in texts of the mail to a shared mailbox, and the values for a template.
pub(crate) fn shared_parts(
    application: &Application,
    texts: Texts,
    content: SharedContent<'_>,
) -> Option<(Parts, PlaceholderValues)> {
    let mail = Shared {
        common: common(application, texts),
        links: content.links,
        lifetime: &texts.span(content.times.lifetime),
        expires_at: &content.times.expires_at.soon_for_people(texts),
        is_partial: content.is_partial,
        next_link_at: content.times.next_link_at.map(|next| next.for_people(texts)),
    };
    Some((mail.render()?, mail.values()))
}

/// Renders the mail to a mailbox that several accounts share, which asks for the user name.
///
/// # Errors
///
/// [`MailFailure::Template`] if a template fails; [`MailFailure::AddressUnsupported`] if an address
/// cannot be written in a mail.
pub fn ambiguous(
    application: &Application,
    texts: Texts,
    to: &str,
    stamp: Stamp,
) -> Result<Message, MailFailure> {
    let (rendered, _) = ambiguous_parts(application, texts).ok_or(MailFailure::Template)?;
    with_parts(application, to, &rendered, stamp)
}

/// Returns the built-in texts of the mail that asks for the user name, and the values for a
/// template.
pub(crate) fn ambiguous_parts(
    application: &Application,
    texts: Texts,
) -> Option<(Parts, PlaceholderValues)> {
    let mail = Ambiguous { common: common(application, texts) };
    Some((mail.render()?, mail.values()))
}

/// Builds a mail of the application's sender with these texts.
///
/// # Errors
///
/// [`MailFailure::AddressUnsupported`] if an address cannot be written in a mail.
pub fn with_parts(
    application: &Application,
    to: &str,
    parts: &Parts,
    stamp: Stamp,
) -> Result<Message, MailFailure> {
    build(application, &application.mail.from, to, parts, stamp)
}

fn common(application: &Application, texts: Texts) -> Common<'_> {
    let (name, contact) = (&application.name, &application.mail.contact);
    Common { texts, application: name, contact, brand: &application.brand }
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

fn build(
    application: &Application,
    from: &MailAddress,
    to: &str,
    Parts { subject, text, html }: &Parts,
    stamp: Stamp,
) -> Result<Message, MailFailure> {
    let (sender, recipient) =
        mailbox(&from.address).zip(mailbox(to)).ok_or(MailFailure::AddressUnsupported)?;
    let reply_to = match &application.mail.reply_to {
        Some(MailAddress { name, address }) => {
            let address = mailbox(address).ok_or(MailFailure::AddressUnsupported)?;
            Some(MailAddress { name: name.clone(), address })
        }
        None => None,
    };
    let message_id = format!("<{}@{}>", base64url(&stamp.id), from.domain());
    let mime = mime::write(&mime::Content {
        date: stamp.date,
        id: &base64url(&stamp.id),
        message_id: &message_id,
        name: &from.name,
        from: &sender,
        reply_to: reply_to.as_ref(),
        to: &recipient,
        subject,
        text,
        html,
    });
    let key = digest(&application.id, "idempotency key", &[&stamp.id, recipient.as_bytes()]);
    let parts = MessageParts {
        sender_name: from.name.clone(),
        reply_to,
        subject: subject.clone(),
        text: text.clone(),
        html: html.clone(),
        message_id,
        idempotency_key: base64url(&key),
    };
    Ok(Message { from: sender, to: recipient, mime, parts })
}

#[cfg(test)]
mod tests;
