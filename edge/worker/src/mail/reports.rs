//! The calls by which mail providers report bounces and complaints: one row of a table for each.

use relatch_domain::mail::report::ReportKind::{Complaint, Permanent, Transient};
use relatch_domain::mail::report::{MailReport, ReportCall, ReportError, ReportKind};
use relatch_domain::values::keys::hex;
use relatch_domain::values::time::Moment;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use self::proof::{has_secret, is_of_mailgun, is_standard_webhook};
use self::sns::{Notice, of_topic};
use super::ApiProvider;
use super::api::text_of;
use super::sender::{ApiSender, MARK};

mod proof;
mod sns;

/// The longest body of Mailgun, which is parsed before it is authenticated. A call has one report.
const MAX_MAILGUN_BYTES: usize = 64 * 1024;
/// The length of a Message-ID before its domain: `<` and 16 bytes in base64url.
const MESSAGE_ID_LENGTH: usize = 23;
/// The longest code, id and address.
const MAX_CODE_LENGTH: usize = 40;
const MAX_ID_LENGTH: usize = 200;
const MAX_ADDRESS_LENGTH: usize = 254;

/// The calls of a provider.
struct Row {
    proof: Proof,
    /// Where a report has the tags of the mail, as a JSON pointer (RFC 6901).
    tags: &'static str,
    /// Where it has the headers of the mail, if it may have no tags.
    headers: Option<&'static str>,
    /// Where it has its id, its recipient and its code, likewise. The first one that has a text
    /// counts. An id is that of the report, or of the mail.
    id: &'static [&'static str],
    recipient: &'static [&'static str],
    code: &'static [&'static str],
    /// Where it has its event, and what qualifies that.
    event: &'static [&'static str],
    qualifier: &'static [&'static str],
    /// The kinds by event and qualifier, or by event alone. An event without one is not recorded.
    kinds: &'static [(&'static str, &'static str, Option<ReportKind>)],
}

/// How a call proves that it comes from the provider.
enum Proof {
    /// A signature of Standard Webhooks, which Svix makes too.
    StandardWebhooks,
    /// A signature in the body, which covers nothing of the event.
    Mailgun,
    /// The secret in the header `Authorization`.
    Secret,
}

const RESEND: Row = Row {
    proof: Proof::StandardWebhooks,
    tags: "/data/tags",
    headers: None,
    id: &["/data/email_id"],
    recipient: &["/data/to/0"],
    code: &["/data/bounce/subType", "/data/failed/reason", "/type"],
    event: &["/type"],
    qualifier: &["/data/bounce/type"],
    kinds: &[
        ("email.bounced", "Transient", Some(Transient)),
        ("email.bounced", "Undetermined", Some(Transient)),
        ("email.bounced", "", Some(Permanent)),
        ("email.suppressed", "", Some(Permanent)),
        // Also the key, the domain or a quota of the account.
        ("email.failed", "", Some(Transient)),
        ("email.complained", "", Some(Complaint)),
    ],
};

const POSTMARK: Row = Row {
    proof: Proof::Secret,
    tags: "/Metadata",
    headers: None,
    id: &["/ID", "/MessageID"],
    recipient: &["/Email"],
    code: &["/Type"],
    event: &["/RecordType"],
    qualifier: &["/Type"],
    kinds: &[
        ("Bounce", "HardBounce", Some(Permanent)),
        ("Bounce", "BadEmailAddress", Some(Permanent)),
        ("Bounce", "ManuallyDeactivated", Some(Permanent)),
        ("Bounce", "SpamComplaint", Some(Complaint)),
        // Answers of people and of programs.
        ("Bounce", "AutoResponder", None),
        ("Bounce", "ChallengeVerification", None),
        ("Bounce", "Subscribe", None),
        ("Bounce", "Unsubscribe", None),
        ("Bounce", "", Some(Transient)),
        ("SpamComplaint", "", Some(Complaint)),
    ],
};

const AMAZON: Row = Row {
    proof: Proof::Secret,
    tags: "/mail/tags",
    headers: Some("/mail/headers"),
    id: &["/bounce/feedbackId", "/complaint/feedbackId", "/mail/messageId"],
    recipient: &[
        "/bounce/bouncedRecipients/0/emailAddress",
        "/complaint/complainedRecipients/0/emailAddress",
    ],
    code: &["/bounce/bounceSubType", "/complaint/complaintFeedbackType"],
    event: &["/notificationType", "/eventType"],
    qualifier: &["/bounce/bounceType"],
    kinds: &[
        ("Bounce", "Permanent", Some(Permanent)),
        ("Bounce", "", Some(Transient)),
        ("Complaint", "", Some(Complaint)),
    ],
};

const MAILGUN: Row = Row {
    proof: Proof::Mailgun,
    tags: "/event-data/user-variables",
    headers: None,
    // The signature covers the token and nothing of the event.
    id: &["/signature/token"],
    recipient: &["/event-data/recipient"],
    code: &["/event-data/delivery-status/enhanced-code", "/event-data/delivery-status/code"],
    event: &["/event-data/event"],
    qualifier: &["/event-data/severity"],
    kinds: &[
        ("failed", "temporary", Some(Transient)),
        ("failed", "", Some(Permanent)),
        ("rejected", "", Some(Permanent)),
        ("complained", "", Some(Complaint)),
    ],
};

const SENDGRID: Row = Row {
    proof: Proof::Secret,
    tags: "",
    headers: None,
    id: &["/sg_event_id", "/sg_message_id"],
    recipient: &["/email"],
    code: &["/status", "/event"],
    event: &["/event"],
    qualifier: &["/type"],
    kinds: &[
        ("bounce", "blocked", Some(Transient)),
        ("bounce", "", Some(Permanent)),
        ("dropped", "", Some(Permanent)),
        ("spamreport", "", Some(Complaint)),
    ],
};

const BREVO: Row = Row {
    proof: Proof::Secret,
    tags: "/tags",
    headers: None,
    id: &["/message-id"],
    recipient: &["/email"],
    code: &["/event"],
    event: &["/event"],
    qualifier: &[],
    kinds: &[
        ("hard_bounce", "", Some(Permanent)),
        ("invalid_email", "", Some(Permanent)),
        ("blocked", "", Some(Permanent)),
        ("soft_bounce", "", Some(Transient)),
        ("error", "", Some(Transient)),
        ("spam", "", Some(Complaint)),
        ("complaint", "", Some(Complaint)),
    ],
};

const fn row(provider: ApiProvider) -> &'static Row {
    match provider {
        ApiProvider::Resend => &RESEND,
        ApiProvider::Postmark => &POSTMARK,
        ApiProvider::Ses => &AMAZON,
        ApiProvider::Mailgun => &MAILGUN,
        ApiProvider::SendGrid => &SENDGRID,
        ApiProvider::Brevo => &BREVO,
    }
}

/// An authentic call.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// Reports.
    Reports {
        /// The reports about mails of the application.
        reports: Vec<MailReport>,
        /// The number of reports about other mails.
        others: usize,
    },
    /// A topic of Amazon asks to be confirmed by a GET of this URL.
    Subscription(String),
}

/// Authenticates a call and reads it.
///
/// # Errors
///
/// [`ReportError`] if the call is not authentic, or is not one that the provider documents.
pub fn read(
    sender: &ApiSender<'_>,
    call: &ReportCall<'_>,
    now: Moment,
) -> Result<Received, ReportError> {
    let api = sender.api;
    let secret = api.webhook_secret.as_ref().ok_or(ReportError::Disabled)?.expose_secret();
    let row = row(api.provider);
    let parsed = || -> Result<Value, ReportError> {
        serde_json::from_slice(call.body).map_err(|_| ReportError::Malformed)
    };
    // Before the body is parsed, except where the signature is in it.
    let (is_authentic, body) = match row.proof {
        Proof::StandardWebhooks => (is_standard_webhook(secret, call, now), None),
        Proof::Secret => (has_secret(secret, call), None),
        Proof::Mailgun if call.body.len() > MAX_MAILGUN_BYTES => {
            return Err(ReportError::TooLarge);
        }
        Proof::Mailgun => {
            let body = parsed()?;
            (is_of_mailgun(secret, &body, now), Some(body))
        }
    };
    if !is_authentic {
        return Err(ReportError::Unauthenticated);
    }
    let mut body = body.map_or_else(parsed, Ok)?;
    if api.provider == ApiProvider::Ses {
        match of_topic(api, &body)? {
            Notice::Subscription(url) => return Ok(Received::Subscription(url)),
            Notice::Message(message) => body = message,
        }
    }
    let items = match &body {
        Value::Array(items) => items.as_slice(),
        Value::Object(_) => std::slice::from_ref(&body),
        _ => return Err(ReportError::Malformed),
    };
    let (mut reports, mut others) = (Vec::new(), 0_usize);
    for item in items {
        match report(row, item) {
            Some(report) if is_of(sender, row, item) => reports.push(report),
            Some(_) => others = others.saturating_add(1),
            None => {}
        }
    }
    Ok(Received::Reports { reports, others })
}

/// Returns whether an item is about a mail of the application.
fn is_of(sender: &ApiSender<'_>, row: &Row, item: &Value) -> bool {
    match (item.pointer(row.tags), row.headers) {
        (Some(tags), _) => has_mark(tags, &sender.mark()),
        (None, Some(headers)) => has_message_id(item.pointer(headers), sender.domain()),
        (None, None) => false,
    }
}

/// Returns whether tags have the mark: under its name, or in a list of tags, which have no names or
/// fields for their name and value.
fn has_mark(tags: &Value, mark: &str) -> bool {
    match tags {
        Value::String(tag) => tag == mark,
        Value::Array(list) => list.iter().any(|tag| has_mark(tag, mark)),
        Value::Object(tags) => {
            let is_named = tags.get("name").and_then(Value::as_str) == Some(MARK);
            let named = tags.get("value").filter(|_| is_named);
            tags.get(MARK).into_iter().chain(named).any(|tag| has_mark(tag, mark))
        }
        _ => false,
    }
}

/// Returns whether the headers of a mail have a Message-ID of the application, by its length and its
/// domain: less sure than the mark. Notifications of an identity of Amazon have no tags.
fn has_message_id(headers: Option<&Value>, domain: &str) -> bool {
    let headers = headers.and_then(Value::as_array);
    headers.into_iter().flatten().any(|header| {
        text(header, &["/name"]).eq_ignore_ascii_case("message-id")
            && text(header, &["/value"]).split_once('@').is_some_and(|(id, of)| {
                id.len() == MESSAGE_ID_LENGTH && of.strip_suffix('>') == Some(domain)
            })
    })
}

/// Returns the report in an item of the body, unless it is about something else.
fn report(row: &Row, item: &Value) -> Option<MailReport> {
    let (event, qualifier) = (text(item, row.event), text(item, row.qualifier));
    let mut kinds = row.kinds.iter();
    let kind =
        kinds.find(|(of, with, _)| *of == event && (with.is_empty() || *with == qualifier))?.2?;
    let recipient = text(item, row.recipient);
    let recipient = recipient.rsplit_once('<').map_or(recipient.as_str(), |(_, address)| address);
    let recipient = recipient.trim_end_matches('>').trim();
    if recipient.is_empty() || recipient.len() > MAX_ADDRESS_LENGTH {
        return None;
    }
    let code = text(item, row.code);
    let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let code = if code.len() <= MAX_CODE_LENGTH && code.chars().all(is_code) {
        code
    } else {
        String::new()
    };
    let id = match text(item, row.id) {
        // Not of its JSON: see [`text_of`].
        id if id.is_empty() => hex(&Sha256::digest(postcard::to_allocvec(item).ok()?)),
        id => id.chars().take(MAX_ID_LENGTH).collect(),
    };
    let is_covered = !matches!(row.proof, Proof::Mailgun);
    let id = if is_covered { [&id, recipient, kind.as_str(), &code].join(" ") } else { id };
    Some(MailReport { id, is_covered, recipient: recipient.to_owned(), kind, code })
}

/// Returns the first text or whole number at one of these places, or an empty text.
fn text(item: &Value, pointers: &[&str]) -> String {
    let mut texts = pointers.iter().filter_map(|pointer| text_of(item.pointer(pointer)?));
    texts.find(|text| !text.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
