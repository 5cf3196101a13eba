//! Mail providers with an HTTP API: one row of a table for each.
//!
//! A row has the endpoint, the authentication, the body and the meaning of errors. Providers that
//! take a whole message (RFC 5322) get the bytes that SMTP would send; the others get the parts.
//! Every call turns the tracking of opens and clicks off where the API can.

use std::borrow::Cow;
use std::time::Duration;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use relatch_domain::mail::Message;
use relatch_domain::mail::failure::{MailFailure, SendError};
use relatch_domain::values::keys::hex;
use relatch_domain::values::time::Moment;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::ApiProvider;
use super::sender::ApiSender;
use super::sigv4::{Signable, Signer};

/// The longest code of a provider that is logged.
const MAX_CODE_LENGTH: usize = 64;
/// The service that a signature of Amazon is for.
const SES: &str = "ses";
/// The header with the error code of Amazon.
pub const AMAZON_ERROR: &str = "x-amzn-errortype";

/// The API of a provider.
struct Row {
    /// The origin. `{region}` is the region, `{eu}` is `eu.` in the region `eu`.
    origin: &'static str,
    /// The path. `{domain}` is the sending domain.
    path: &'static str,
    authentication: Authentication,
    /// The header with the idempotency key.
    idempotency: Option<&'static str>,
    body: Body,
    /// Where an error has its code, as a JSON pointer (RFC 6901).
    code: &'static str,
    /// Where an error has its words, likewise.
    words: &'static str,
    /// The meaning of errors, by status (0 for any), code (empty for any; a `*` at its end for any
    /// rest) and a part of the words in lower case. The first one that matches counts, before those
    /// of [`STATUSES`].
    errors: &'static [(u16, &'static str, &'static str, Meaning)],
}

enum Authentication {
    /// The key in a header, after a prefix.
    Header(&'static str, &'static str),
    /// Basic authentication (RFC 7617) with the key as password.
    Basic(&'static str),
    /// A signature of the request: see [`Signer`].
    Amazon,
}

/// A body, in which each `$name` is replaced: see [`Content::value`].
enum Body {
    /// JSON, in which values are JSON strings, and the member that is added to it if replies go
    /// elsewhere than to the sender.
    Json(&'static str, &'static str),
    /// `multipart/form-data` (RFC 7578). The last field is a file.
    Form(&'static [(&'static str, &'static str)]),
}

/// The meaning of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// The message was accepted before, under the same idempotency key.
    Accepted,
    /// The message was not accepted, or that is not known.
    Failed(MailFailure),
}

use MailFailure::{
    KeyRejected, MessageDeferred, MessageRejected, PolicyRejected, ProviderRefused, RateLimited,
    RecipientNotAllowed, RecipientRejected, RecipientSuppressed, SenderRejected, SendingLimit,
    ServerFailed, Timeout,
};
use Meaning::{Accepted, Failed};

/// The meaning of statuses that a row does not know.
///
/// A gateway that gives up waiting (504; 520 and 524 of Cloudflare) does not know whether the
/// provider has accepted the message.
const STATUSES: [(u16, MailFailure); 8] = [
    (401, KeyRejected),
    (402, SendingLimit),
    (403, PolicyRejected),
    (413, MessageRejected),
    (429, RateLimited),
    (504, Timeout),
    (520, Timeout),
    (524, Timeout),
];

const RESEND: Row = Row {
    origin: "https://api.resend.com",
    path: "/emails",
    authentication: Authentication::Header("Authorization", "Bearer "),
    idempotency: Some("Idempotency-Key"),
    body: Body::Json(
        r#"{"from":$from,"to":[$to],"subject":$subject,"text":$text,"html":$html,"headers":{"Message-ID":$id,"Auto-Submitted":"auto-generated","X-Auto-Response-Suppress":"All"},"tags":[{"name":"relatch","value":$mark}]}"#,
        r#""reply_to":$replies"#,
    ),
    code: "/name",
    words: "/message",
    errors: &[
        (0, "invalid_idempotent_request", "", Accepted),
        // The earlier request is still worked on, and the key makes a further one harmless.
        (0, "concurrent_idempotent_requests", "", Failed(MessageDeferred)),
        (0, "missing_api_key", "", Failed(KeyRejected)),
        (0, "invalid_api_key", "", Failed(KeyRejected)),
        (0, "restricted_api_key", "", Failed(KeyRejected)),
        (0, "", "api key is invalid", Failed(KeyRejected)),
        (0, "daily_quota_exceeded", "", Failed(SendingLimit)),
        (0, "monthly_quota_exceeded", "", Failed(SendingLimit)),
        (0, "invalid_from_address", "", Failed(SenderRejected)),
        (0, "security_error", "", Failed(PolicyRejected)),
        (403, "", "testing emails", Failed(RecipientNotAllowed)),
        (403, "", "", Failed(SenderRejected)),
        (0, "", "`from`", Failed(SenderRejected)),
        (0, "", "`to`", Failed(RecipientRejected)),
        (400, "validation_error", "", Failed(MessageRejected)),
        (422, "", "", Failed(MessageRejected)),
    ],
};

const POSTMARK: Row = Row {
    origin: "https://api.postmarkapp.com",
    path: "/email",
    authentication: Authentication::Header("X-Postmark-Server-Token", ""),
    idempotency: None,
    // `X-PM-KeepID` keeps the Message-ID.
    body: Body::Json(
        r#"{"From":$from,"To":$to,"Subject":$subject,"TextBody":$text,"HtmlBody":$html,"TrackOpens":false,"TrackLinks":"None","MessageStream":"outbound","Metadata":{"relatch":$mark},"Headers":[{"Name":"Message-ID","Value":$id},{"Name":"X-PM-KeepID","Value":"true"},{"Name":"Auto-Submitted","Value":"auto-generated"},{"Name":"X-Auto-Response-Suppress","Value":"All"}]}"#,
        r#""ReplyTo":$replies"#,
    ),
    code: "/ErrorCode",
    words: "/Message",
    errors: &[
        (0, "10", "", Failed(KeyRejected)),
        (0, "100", "", Failed(ServerFailed)),
        (0, "300", "'from'", Failed(SenderRejected)),
        (0, "300", "'to'", Failed(RecipientRejected)),
        (0, "300", "", Failed(MessageRejected)),
        (0, "400", "", Failed(SenderRejected)),
        (0, "401", "", Failed(SenderRejected)),
        (0, "405", "", Failed(SendingLimit)),
        (0, "406", "", Failed(RecipientSuppressed)),
        (0, "412", "", Failed(RecipientNotAllowed)),
        (0, "413", "", Failed(PolicyRejected)),
        (0, "429", "", Failed(RateLimited)),
    ],
};

const AMAZON: Row = Row {
    origin: "https://email.{region}.amazonaws.com",
    path: "/v2/email/outbound-emails",
    authentication: Authentication::Amazon,
    idempotency: None,
    body: Body::Json(
        r#"{"FromEmailAddress":$address,"Destination":{"ToAddresses":[$to]},"Content":{"Raw":{"Data":$mime64}},"EmailTags":[{"Name":"relatch","Value":$mark}]}"#,
        // The message has it.
        "",
    ),
    code: "/__type",
    words: "/message",
    errors: &[
        // The sender, or in the sandbox the recipient.
        (0, "MessageRejected", "not verified", Failed(SenderRejected)),
        (0, "MessageRejected", "", Failed(MessageRejected)),
        (0, "MailFromDomainNotVerifiedException", "", Failed(SenderRejected)),
        (0, "AccountSuspendedException", "", Failed(PolicyRejected)),
        (0, "SendingPausedException", "", Failed(PolicyRejected)),
        (0, "LimitExceededException", "", Failed(SendingLimit)),
        (0, "", "daily message quota", Failed(SendingLimit)),
        (0, "TooManyRequestsException", "", Failed(RateLimited)),
        (0, "ThrottlingException", "", Failed(RateLimited)),
        (0, "Throttling", "", Failed(RateLimited)),
        (0, "BadRequestException", "", Failed(MessageRejected)),
        (403, "", "", Failed(KeyRejected)),
    ],
};

const MAILGUN: Row = Row {
    origin: "https://api.{eu}mailgun.net",
    path: "/v3/{domain}/messages.mime",
    authentication: Authentication::Basic("api"),
    idempotency: None,
    body: Body::Form(&[
        ("to", "$to"),
        ("o:tracking", "no"),
        ("o:tracking-clicks", "no"),
        ("o:tracking-opens", "no"),
        ("v:relatch", "$mark"),
        ("message", "$mime"),
    ]),
    code: "/code",
    words: "/message",
    errors: &[
        (400, "", "authorized recipients", Failed(RecipientNotAllowed)),
        (400, "", "free accounts are for test", Failed(RecipientNotAllowed)),
        (403, "", "authorized recipients", Failed(RecipientNotAllowed)),
        (403, "", "free accounts are for test", Failed(RecipientNotAllowed)),
        (400, "", "from parameter", Failed(SenderRejected)),
        (400, "", "'from'", Failed(SenderRejected)),
        (400, "", "to parameter", Failed(RecipientRejected)),
        (400, "", "'to'", Failed(RecipientRejected)),
        (404, "", "", Failed(SenderRejected)),
        (420, "", "", Failed(SendingLimit)),
    ],
};

const SENDGRID: Row = Row {
    origin: "https://api.{eu}sendgrid.com",
    path: "/v3/mail/send",
    authentication: Authentication::Header("Authorization", "Bearer "),
    idempotency: None,
    body: Body::Json(
        r#"{"personalizations":[{"to":[{"email":$to}]}],"from":$sender,"subject":$subject,"content":[{"type":"text/plain","value":$text},{"type":"text/html","value":$html}],"headers":{"Message-ID":$id,"Auto-Submitted":"auto-generated","X-Auto-Response-Suppress":"All"},"custom_args":{"relatch":$mark},"tracking_settings":{"click_tracking":{"enable":false,"enable_text":false},"open_tracking":{"enable":false},"subscription_tracking":{"enable":false},"ganalytics":{"enable":false}}}"#,
        r#""reply_to":$replier"#,
    ),
    code: "/errors/0/field",
    words: "/errors/0/message",
    errors: &[
        (401, "", "credits exceeded", Failed(SendingLimit)),
        (403, "", "sender identity", Failed(SenderRejected)),
        (403, "", "", Failed(KeyRejected)),
        (400, "from*", "", Failed(SenderRejected)),
        (400, "personalizations*", "", Failed(RecipientRejected)),
        (400, "", "", Failed(MessageRejected)),
    ],
};

const BREVO: Row = Row {
    origin: "https://api.brevo.com",
    path: "/v3/smtp/email",
    authentication: Authentication::Header("api-key", ""),
    idempotency: None,
    body: Body::Json(
        r#"{"sender":$sender,"to":[{"email":$to}],"subject":$subject,"textContent":$text,"htmlContent":$html,"headers":{"idempotencyKey":$uuid,"Message-ID":$id,"Auto-Submitted":"auto-generated","X-Auto-Response-Suppress":"All"},"tags":[$mark]}"#,
        r#""replyTo":$replier"#,
    ),
    code: "/code",
    words: "/message",
    errors: &[
        (0, "duplicate_parameter", "", Accepted),
        (0, "duplicate_request", "", Accepted),
        (0, "unauthorized", "", Failed(KeyRejected)),
        (0, "permission_denied", "", Failed(KeyRejected)),
        (0, "not_enough_credits", "", Failed(SendingLimit)),
        (0, "account_under_validation", "", Failed(PolicyRejected)),
        (400, "", "sender", Failed(SenderRejected)),
        (400, "", "in to", Failed(RecipientRejected)),
        (400, "invalid_parameter", "", Failed(MessageRejected)),
        (400, "missing_parameter", "", Failed(MessageRejected)),
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

/// A request to an API. All attempts at a mail have the same body.
pub struct ApiRequest {
    /// The URL.
    pub url: String,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl ApiRequest {
    /// Returns the request that sends a message.
    #[must_use]
    pub fn new(sender: &ApiSender<'_>, message: &Message, now: Moment) -> Self {
        let api = sender.api;
        let row = row(api.provider);
        let key = api.key.expose_secret();
        let eu = if api.region == "eu" { "eu." } else { "" };
        let origin = match &api.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => row.origin.replace("{region}", &api.region).replace("{eu}", eu),
        };
        let domain = api.domain.as_deref().unwrap_or(sender.domain());
        let path = row.path.replace("{domain}", domain);
        let content = Content { message, mark: &sender.mark() };
        let (content_type, body) = match row.body {
            Body::Json(template, reply_to) => {
                ("application/json".to_owned(), content.json(template, reply_to))
            }
            Body::Form(fields) => {
                let boundary = format!("relatch-form-{}", message.parts.idempotency_key);
                let body = content.form(fields, &boundary);
                (format!("multipart/form-data; boundary={boundary}"), body)
            }
        };
        // Resend refuses calls without a name, and the runtime adds none.
        let mut headers =
            vec![("Accept", "application/json".to_owned()), ("User-Agent", "relatch".to_owned())];
        match row.authentication {
            Authentication::Header(name, prefix) => headers.push((name, [prefix, key].concat())),
            Authentication::Basic(user) => {
                let pair = Base64::encode_string(format!("{user}:{key}").as_bytes());
                headers.push(("Authorization", format!("Basic {pair}")));
            }
            Authentication::Amazon => {
                let (key_id, secret) = key.split_once(':').unwrap_or_default();
                let time: String =
                    now.rfc3339().chars().filter(|c| !matches!(c, '-' | ':')).collect();
                let host = origin.split_once("://").map_or("", |(_, host)| host);
                let access =
                    Signer { key_id, secret, region: &api.region, service: SES, time: &time };
                let signed = [
                    ("content-type", content_type.as_str()),
                    ("host", host),
                    ("x-amz-date", &time),
                ];
                headers.push((
                    "Authorization",
                    access.authorization(&Signable {
                        method: "POST",
                        path: &path,
                        headers: &signed,
                        body: body.as_bytes(),
                    }),
                ));
                headers.push(("X-Amz-Date", time));
            }
        }
        headers.push(("Content-Type", content_type));
        if let Some(name) = row.idempotency {
            headers.push((name, message.parts.idempotency_key.clone()));
        }
        Self { url: [origin, path].concat(), headers, body }
    }
}

/// The values of the placeholders of a body.
struct Content<'a> {
    message: &'a Message,
    /// See [`ApiSender::mark`].
    mark: &'a str,
}

impl Content<'_> {
    /// Returns the value of a placeholder.
    fn value(&self, name: &str) -> Cow<'_, str> {
        let Self { message, mark } = self;
        let parts = &message.parts;
        match name {
            "to" => Cow::Borrowed(&message.to),
            "address" => Cow::Borrowed(&message.from),
            "from" => Cow::Owned(named(&parts.sender_name, &message.from)),
            "replies" => Cow::Owned(replies(message, named)),
            "subject" => Cow::Borrowed(&parts.subject),
            "text" => Cow::Borrowed(&parts.text),
            "html" => Cow::Borrowed(&parts.html),
            "id" => Cow::Borrowed(&parts.message_id),
            "uuid" => Cow::Owned(uuid(&parts.idempotency_key)),
            "mark" => Cow::Borrowed(mark),
            "mime" => String::from_utf8_lossy(&message.mime),
            "mime64" => Cow::Owned(Base64::encode_string(&message.mime)),
            _ => Cow::Borrowed(""),
        }
    }

    fn json(&self, template: &str, reply_to: &str) -> String {
        let message = self.message;
        let with_replies = match template.strip_suffix('}') {
            Some(members) if message.parts.reply_to.is_some() && !reply_to.is_empty() => {
                Cow::Owned([members, ",", reply_to, "}"].concat())
            }
            _ => Cow::Borrowed(template),
        };
        fill(&with_replies, |name| {
            Cow::Owned(match name {
                "sender" => object(&message.parts.sender_name, &message.from),
                "replier" => replies(message, object),
                name => quoted(&self.value(name)),
            })
        })
    }

    fn form(&self, fields: &[(&str, &str)], boundary: &str) -> String {
        let mut form = String::new();
        for (name, template) in fields {
            let file = if *name == "message" { "; filename=\"message.eml\"" } else { "" };
            form.extend([
                "--",
                boundary,
                "\r\nContent-Disposition: form-data; name=\"",
                name,
                "\"",
                file,
                "\r\n\r\n",
                &fill(template, |name| self.value(name)),
                "\r\n",
            ]);
        }
        form.extend(["--", boundary, "--\r\n"]);
        form
    }
}

/// Returns a display name without the characters that no header can hold.
fn display_name(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).collect()
}

/// Returns an address with its display name, as a header has them.
fn named(name: &str, address: &str) -> String {
    let name = display_name(name).replace('\\', "\\\\").replace('"', "\\\"");
    if name.is_empty() { address.to_owned() } else { format!("\"{name}\" <{address}>") }
}

/// Returns an address with its display name as a JSON object.
fn object(name: &str, address: &str) -> String {
    let (name, email) = (display_name(name), quoted(address));
    if name.is_empty() {
        format!("{{\"email\":{email}}}")
    } else {
        format!("{{\"email\":{email},\"name\":{}}}", quoted(&name))
    }
}

/// Returns the address for replies in a form, or an empty text if it is the sender.
fn replies(message: &Message, form: impl Fn(&str, &str) -> String) -> String {
    let to = message.parts.reply_to.as_ref();
    to.map(|to| form(&to.name, &to.address)).unwrap_or_default()
}

/// Returns a JSON string. A string can always be written.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Returns a UUID of version 4 (RFC 9562 section 5.4), whose other bits are those of an idempotency
/// key: the provider recommends this version.
fn uuid(key: &str) -> String {
    let mut bytes = Base64UrlUnpadded::decode_vec(key).unwrap_or_default();
    bytes.resize(16, 0);
    for (place, kept, set) in [(6, 0x0f, 0x40), (8, 0x3f, 0x80)] {
        if let Some(byte) = bytes.get_mut(place) {
            *byte = *byte & kept | set;
        }
    }
    let mut text = String::new();
    for (place, digit) in hex(&bytes).chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

/// Replaces each `$name` in a template.
fn fill<'a>(template: &str, value: impl Fn(&str) -> Cow<'a, str>) -> String {
    let mut pieces = template.split('$');
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(piece.len());
        let (name, rest) = piece.split_at(end);
        filled.push_str(&value(name));
        filled.push_str(rest);
    }
    filled
}

/// The answer of an API.
#[derive(Clone, Copy, Default)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<&'a str>,
    /// The header [`AMAZON_ERROR`].
    pub amazon_error: Option<&'a str>,
    /// The body.
    pub body: &'a str,
}

impl Answer<'_> {
    /// Returns the code of an error, as it can be logged, or an empty text.
    #[must_use]
    pub fn code(&self, provider: ApiProvider) -> String {
        let text = match self.amazon_error.filter(|_| provider == ApiProvider::Ses) {
            Some(header) => header.to_owned(),
            None => self.text(row(provider).code),
        };
        // Amazon adds the namespace of the code before it or a URL after it.
        let text = text.split(':').next().unwrap_or_default();
        let text = text.rsplit('#').next().unwrap_or_default();
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if text.len() <= MAX_CODE_LENGTH && text.chars().all(is_allowed) {
            text.to_owned()
        } else {
            String::new()
        }
    }

    /// Returns the text or the whole number at a place of the body, or an empty text.
    fn text(&self, pointer: &str) -> String {
        let body: Value = serde_json::from_str(self.body).unwrap_or_default();
        body.pointer(pointer).and_then(text_of).unwrap_or_default()
    }

    /// Returns whether the message was accepted.
    ///
    /// # Errors
    ///
    /// The meaning of any other answer, with the wait that the provider asks for.
    pub fn outcome(&self, provider: ApiProvider) -> Result<(), SendError> {
        if (200..300).contains(&self.status) {
            return Ok(());
        }
        let row = row(provider);
        let (code, words) = (self.code(provider), self.text(row.words).to_ascii_lowercase());
        let is_code = |known: &str| match known.strip_suffix('*') {
            Some(prefix) => code.starts_with(prefix),
            None => known.is_empty() || known == code,
        };
        let matching = row.errors.iter().find(|(status, known, part, _)| {
            self.has_status(*status) && is_code(known) && words.contains(part)
        });
        let failure = match matching {
            Some((.., Meaning::Accepted)) => return Ok(()),
            Some((.., Meaning::Failed(failure))) => *failure,
            None => self.failure_of_status(),
        };
        let seconds = self.retry_after.and_then(|text| text.trim().parse().ok());
        Err(SendError { failure, retry_after: seconds.map(Duration::from_secs) })
    }

    /// Returns whether the answer has this status. 0 is every status.
    const fn has_status(&self, status: u16) -> bool {
        status == 0 || status == self.status
    }

    fn failure_of_status(&self) -> MailFailure {
        match STATUSES.iter().find(|(status, _)| self.has_status(*status)) {
            Some((_, failure)) => *failure,
            None if self.status >= 500 => ServerFailed,
            None => ProviderRefused,
        }
    }
}

/// Returns a text, or a whole number as one. No provider sends other numbers where this is used, and
/// `serde_json` writes those by tables that are 2 % of the Worker.
#[must_use]
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => {
            let positive = number.as_u64().map(|number| number.to_string());
            positive.or_else(|| number.as_i64().map(|number| number.to_string()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
