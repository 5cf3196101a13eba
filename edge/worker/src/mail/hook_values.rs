//! The values of the hook `mailer`.

use std::borrow::Cow;

use relatch_domain::mail::failure::MailFailure;
use relatch_domain::mail::{AUTOMATIC, Message};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};

/// The longest code or id that is logged.
const MAX_CODE_LENGTH: usize = 64;

/// A mail as the hook receives it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MailValue<'a> {
    /// The id of the application.
    application: &'a str,
    /// The recipient's address.
    to: &'a str,
    /// The sender.
    from: SenderValue<'a>,
    /// The address for replies, if they do not go to the sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<SenderValue<'a>>,
    /// The subject.
    subject: &'a str,
    /// The plain text.
    text: &'a str,
    /// The HTML.
    html: &'a str,
    /// Further headers.
    headers: Headers<'a>,
    /// The same for all attempts at this mail.
    idempotency_key: &'a str,
    /// The whole message (RFC 5322), which is ASCII.
    mime: Cow<'a, str>,
}

#[derive(Debug, Serialize)]
struct SenderValue<'a> {
    /// The display name, or an empty text.
    name: &'a str,
    address: &'a str,
}

/// The headers that a mail has besides its addresses and its subject.
#[derive(Debug)]
struct Headers<'a> {
    message_id: &'a str,
}

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Message-ID", self.message_id)?;
        for (name, value) in AUTOMATIC {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'a> MailValue<'a> {
    /// Returns a mail of an application.
    #[must_use]
    pub fn new(application: &'a str, message: &'a Message) -> Self {
        let parts = &message.parts;
        Self {
            application,
            to: &message.to,
            from: SenderValue { name: &parts.sender_name, address: &message.from },
            reply_to: parts
                .reply_to
                .as_ref()
                .map(|to| SenderValue { name: &to.name, address: &to.address }),
            subject: &parts.subject,
            text: &parts.text,
            html: &parts.html,
            headers: Headers { message_id: &parts.message_id },
            idempotency_key: &parts.idempotency_key,
            mime: String::from_utf8_lossy(&message.mime),
        }
    }
}

/// The result of the hook.
#[derive(Debug, Deserialize)]
pub struct SentValue {
    /// Whether the mail was accepted.
    accepted: bool,
    /// The provider's id of an accepted mail.
    id: Option<String>,
    /// Whether a refused mail may be sent again.
    retry: Option<bool>,
    /// Why it was refused: a code.
    reason: Option<String>,
}

/// The outcome of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent {
    /// The mail was accepted.
    Accepted {
        /// The provider's id, if it can be logged.
        id: Option<String>,
    },
    /// The mail was not accepted.
    Refused {
        /// The failure.
        failure: MailFailure,
        /// The reason, as it can be logged.
        reason: String,
    },
    /// The mail may have been sent.
    Unknown,
}

impl SentValue {
    /// Returns the outcome that the result describes. Only a refusal that says whether it is final
    /// shows that the mail was not sent.
    #[must_use]
    pub fn outcome(self) -> Sent {
        let failure = match (self.accepted, self.retry) {
            (true, _) => return Sent::Accepted { id: self.id.filter(|id| is_code(id)) },
            (false, Some(true)) => MailFailure::MailerDeferred,
            (false, Some(false)) => MailFailure::MailerRefused,
            (false, None) => return Sent::Unknown,
        };
        let reason = self.reason.filter(|reason| is_code(reason));
        Sent::Refused { failure, reason: reason.unwrap_or_else(|| "no code".to_owned()) }
    }
}

/// Returns whether a text can be logged: it is no address and no sentence that contains one.
fn is_code(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    (1..=MAX_CODE_LENGTH).contains(&text.len()) && text.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use relatch_domain::mail::MessageParts;
    use relatch_domain::values::mail_address::MailAddress;

    use super::*;

    fn outcome(json: &str) -> Option<Sent> {
        serde_json::from_str(json).ok().map(SentValue::outcome)
    }

    #[test]
    fn a_result_is_an_acceptance_or_a_refusal() {
        let refused =
            |failure, reason: &str| Some(Sent::Refused { failure, reason: reason.to_owned() });
        for (json, expected) in [
            (r#"{"accepted":true}"#, Some(Sent::Accepted { id: None })),
            (r#"{"accepted":true,"id":"re_1"}"#, Some(Sent::Accepted { id: Some("re_1".into()) })),
            (r#"{"accepted":true,"id":"ada@example.com"}"#, Some(Sent::Accepted { id: None })),
            (
                r#"{"accepted":false,"retry":true,"reason":"rate_limited"}"#,
                refused(MailFailure::MailerDeferred, "rate_limited"),
            ),
            (
                r#"{"accepted":false,"retry":false,"reason":"suppressed"}"#,
                refused(MailFailure::MailerRefused, "suppressed"),
            ),
            (
                r#"{"accepted":false,"retry":false,"reason":"no mailbox ada@example.com"}"#,
                refused(MailFailure::MailerRefused, "no code"),
            ),
            (r#"{"accepted":false}"#, Some(Sent::Unknown)),
            (r#"{"id":"re_1"}"#, None),
            ("null", None),
        ] {
            assert_eq!(outcome(json), expected, "{json}");
        }
    }

    #[test]
    fn a_mail_has_the_names_that_the_types_document() {
        let message = Message {
            from: "noreply@example.com".to_owned(),
            to: "ada@example.org".to_owned(),
            mime: b"Date: today".to_vec(),
            parts: MessageParts {
                sender_name: "Example".to_owned(),
                reply_to: MailAddress::parse("Support <support@example.com>"),
                subject: "A".to_owned(),
                text: "B".to_owned(),
                html: "C".to_owned(),
                message_id: "<id@example.com>".to_owned(),
                idempotency_key: "key".to_owned(),
            },
        };
        assert_eq!(
            serde_json::to_value(MailValue::new("default", &message)).unwrap(),
            serde_json::json!({
                "application": "default",
                "to": "ada@example.org",
                "from": { "name": "Example", "address": "noreply@example.com" },
                "replyTo": { "name": "Support", "address": "support@example.com" },
                "subject": "A",
                "text": "B",
                "html": "C",
                "headers": {
                    "Message-ID": "<id@example.com>",
                    "Auto-Submitted": "auto-generated",
                    "X-Auto-Response-Suppress": "All",
                },
                "idempotencyKey": "key",
                "mime": "Date: today",
            })
        );
    }
}
