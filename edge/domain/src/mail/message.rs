//! A mail that is ready to send, and its parts.

use super::failure::MailFailure;
use super::mime;
use super::parts::Parts;
use crate::application::Application;
use crate::values::keys::{base64url, digest};
use crate::values::mail_address::{MailAddress, mailbox};
use crate::values::time::Moment;

/// A mail that is ready to send.
#[derive(Clone)]
pub struct Message {
    /// The sender in the envelope, as SMTP writes it.
    pub from: String,
    /// The only recipient in the envelope: the address of the account, as SMTP writes it.
    pub to: String,
    /// Headers and body (RFC 5322).
    pub mime: Vec<u8>,
    /// The values from which the headers and the body were written.
    pub parts: MessageParts,
}

/// The parts of a mail, for a mailer that takes them one by one.
#[derive(Clone, Default)]
pub struct MessageParts {
    /// The display name of the sender, or an empty text.
    pub sender_name: String,
    /// The address for replies, if they do not go to the sender.
    pub reply_to: Option<MailAddress>,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// The Message-ID.
    pub message_id: String,
    /// A key that all attempts at this mail to this recipient share, and no other mail has.
    pub idempotency_key: String,
}

/// The headers that make automatic replies and mailing lists ignore a mail (RFC 3834).
pub const AUTOMATIC: [(&str, &str); 2] =
    [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")];

/// Does not print its content: it contains an address and may contain a link.
impl std::fmt::Debug for Message {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Message").field("bytes", &self.mime.len()).finish_non_exhaustive()
    }
}

/// The identity of a mail, which all attempts at it share.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// The source of the Message-ID and the boundary.
    pub id: [u8; 16],
    /// The Date.
    pub date: Moment,
}

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
