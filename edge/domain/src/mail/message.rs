//! A mail that is ready to send, and its parts.

use crate::values::mail_address::MailAddress;
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
