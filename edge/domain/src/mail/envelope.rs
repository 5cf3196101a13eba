//! Writes a mail of an application with given texts.

use super::failure::MailFailure;
use super::message::{Message, MessageParts, Stamp};
use super::mime;
use super::parts::Parts;
use crate::application::Application;
use crate::values::keys::{base64url, digest};
use crate::values::mail_address::{MailAddress, mailbox};

/// The sender and the recipient of a mail.
#[derive(Clone, Copy)]
pub(super) struct Envelope<'a> {
    pub(super) from: &'a MailAddress,
    pub(super) to: &'a str,
}

/// Writes a mail of the application's sender with these texts.
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
    write(application, Envelope { from: &application.mail.from, to }, parts, stamp)
}

/// Writes a mail with these texts.
///
/// # Errors
///
/// As [`with_parts`].
pub(super) fn write(
    application: &Application,
    Envelope { from, to }: Envelope<'_>,
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
