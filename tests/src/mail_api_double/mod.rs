//! Servers on loopback that speak the mail APIs of providers as they document them: who may call,
//! what a call must contain, and what is answered. A call that the provider would reject is
//! rejected, and so is a field that it does not know.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use mail_parser::MessageParser;
use serde_json::{Map, Value};

use crate::http_server::{HttpAnswer, HttpCall, HttpServer};

mod amazon;
mod brevo;
mod mailgun;
mod postmark;
mod resend;
mod sendgrid;

/// The domain that may send, with each provider.
const DOMAIN: &str = "example.com";

/// A mail that the provider accepted.
#[derive(Clone, Debug, Default)]
pub struct AcceptedMail {
    /// The display name of the sender.
    pub name: String,
    /// The sender.
    pub from: String,
    /// The only recipient.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// The other headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Whether the call lets the provider track opens or clicks. It is false where only the account
    /// can turn tracking off.
    pub is_tracked: bool,
    /// The tag `relatch`, or the only tag where tags have no names, which the provider returns in
    /// its reports.
    pub mark: String,
}

/// Handles a call: returns the mail that the provider accepts, or its answer to a call that it
/// rejects.
type Accept = fn(&HttpCall, &mut Account) -> Result<AcceptedMail, HttpAnswer>;

/// The API of a provider.
struct Protocol {
    path: &'static str,
    accept: Accept,
    /// The answer to a call that is accepted.
    accepted: fn() -> HttpAnswer,
}

fn protocol(provider: &str) -> Protocol {
    match provider {
        "resend" => resend::PROTOCOL,
        "postmark" => postmark::PROTOCOL,
        "ses" => amazon::PROTOCOL,
        "mailgun" => mailgun::PROTOCOL,
        "sendgrid" => sendgrid::PROTOCOL,
        "brevo" => brevo::PROTOCOL,
        _ => panic!("`{provider}` is no provider"),
    }
}

/// The account with a provider.
struct Account {
    key: String,
    /// The idempotency keys that were used, with the bodies.
    used: BTreeMap<String, String>,
    accepted: Vec<AcceptedMail>,
    rejected: Vec<String>,
    /// Whether the connection is closed instead of the next answer to a mail that is accepted.
    loses_answer: bool,
}

/// A running server.
pub struct MailApiDouble {
    server: HttpServer,
    account: Arc<Mutex<Account>>,
}

impl MailApiDouble {
    /// Starts a server that speaks the API of a provider, by its name in `MAIL_PROVIDER`, and knows
    /// one key.
    pub async fn start(provider: &str, key: &str) -> Self {
        let protocol = protocol(provider);
        let account = Arc::new(Mutex::new(Account {
            key: key.to_owned(),
            used: BTreeMap::new(),
            accepted: Vec::new(),
            rejected: Vec::new(),
            loses_answer: false,
        }));
        let shared = Arc::clone(&account);
        let answer = move |call: &HttpCall| {
            let mut account = shared.lock().expect("the lock is not poisoned");
            account.answer(&protocol, call)
        };
        Self { server: HttpServer::start(answer).await, account }
    }

    /// Returns the origin of the server.
    pub fn origin(&self) -> String {
        self.server.origin()
    }

    /// Replaces the key.
    pub fn set_key(&self, key: &str) {
        key.clone_into(&mut self.account().key);
    }

    /// Closes the connection after the next mail that is accepted, once, instead of an answer.
    pub fn lose_answer(&self) {
        self.account().loses_answer = true;
    }

    /// Returns the number of calls so far.
    pub fn count_calls(&self) -> usize {
        self.server.calls().len()
    }

    /// Returns the mails that were accepted so far, in order.
    pub fn accepted(&self) -> Vec<AcceptedMail> {
        self.account().accepted.clone()
    }

    /// Returns the answers to the calls that were rejected, in order.
    pub fn rejected(&self) -> Vec<String> {
        self.account().rejected.clone()
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().expect("the lock is not poisoned")
    }
}

impl Account {
    fn answer(&mut self, protocol: &Protocol, call: &HttpCall) -> HttpAnswer {
        let accepted = match (call.method.as_str(), call.path.as_str()) {
            ("POST", path) if path == protocol.path => (protocol.accept)(call, self),
            (_, path) if path == protocol.path => Err(answer(405, &Value::Null)),
            _ => Err(answer(404, &Value::Null)),
        };
        match accepted {
            Ok(mail) => {
                self.accepted.push(mail);
                if std::mem::take(&mut self.loses_answer) {
                    return HttpAnswer::Close;
                }
                (protocol.accepted)()
            }
            Err(answer) => {
                if let HttpAnswer::Answer(status @ 300.., _, body) = &answer {
                    self.rejected.push(format!("{status} {body}"));
                }
                answer
            }
        }
    }
}

/// Returns an answer with a JSON body.
fn answer(status: u16, body: &Value) -> HttpAnswer {
    HttpAnswer::Answer(status, &[("content-type", "application/json")], body.to_string().into())
}

/// Returns whether a call has JSON, as its header says.
fn is_json(call: &HttpCall) -> bool {
    let content_type = call.header("content-type").split(';').next().unwrap_or_default();
    content_type.trim().eq_ignore_ascii_case("application/json")
}

/// Returns the members of an object that may have these members only, and has the first ones.
///
/// # Errors
///
/// The first problem, with the name of the member.
fn members<'a>(
    value: &'a Value,
    required: &[&str],
    optional: &[&str],
) -> Result<&'a Map<String, Value>, String> {
    let object = value.as_object().ok_or_else(|| format!("`{value}` is no object"))?;
    if let Some(name) = required.iter().find(|name| !object.contains_key(**name)) {
        return Err(format!("`{name}` is missing"));
    }
    let mut names = object.keys().map(String::as_str);
    match names.find(|name| !required.contains(name) && !optional.contains(name)) {
        Some(name) => Err(format!("`{name}` is unknown")),
        None => Ok(object),
    }
}

/// Returns a text that is not empty.
fn text(value: &Value) -> Result<String, String> {
    match value.as_str() {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(format!("`{value}` is no text")),
    }
}

/// Returns the only item of a list.
fn only(value: &Value) -> Result<&Value, String> {
    match value.as_array().map(Vec::as_slice) {
        Some([item]) => Ok(item),
        _ => Err(format!("`{value}` is not a list of one")),
    }
}

/// Returns the texts of an object, by their names in lower case.
fn texts(value: &Value) -> Result<BTreeMap<String, String>, String> {
    let object = value.as_object().ok_or_else(|| format!("`{value}` is no object"))?;
    object.iter().map(|(name, value)| Ok((name.to_ascii_lowercase(), text(value)?))).collect()
}

/// Returns the display name and the address of a mailbox, as a header has them.
fn mailbox(text: &str) -> Result<(String, String), String> {
    let header = format!("From: {text}\r\n\r\n");
    let message = MessageParser::default().parse(header.as_bytes());
    let mailbox = message.as_ref().and_then(|message| message.from()?.first());
    let address = mailbox.and_then(|mailbox| mailbox.address()).filter(|text| text.contains('@'));
    let address = address.ok_or_else(|| format!("`{text}` is no address"))?.to_owned();
    let name = mailbox.and_then(|mailbox| mailbox.name()).unwrap_or_default();
    Ok((name.to_owned(), address))
}

/// Checks that the sender may send.
fn check_sender(mail: &AcceptedMail) -> Result<(), String> {
    match mail.from.rsplit_once('@') {
        Some((_, DOMAIN)) => Ok(()),
        _ => Err(format!("`from` is `{}`, whose domain is not verified", mail.from)),
    }
}

/// Parses a whole message (RFC 5322).
fn message(source: &[u8]) -> Result<AcceptedMail, String> {
    let message = MessageParser::default().parse(source).ok_or("the message is not well-formed")?;
    let from = message.from().and_then(|list| list.first()).ok_or("`From` is missing")?;
    let to = message.to().and_then(|list| list.first()).ok_or("`To` is missing")?;
    let headers = message
        .headers_raw()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    Ok(AcceptedMail {
        name: from.name().unwrap_or_default().to_owned(),
        from: from.address().unwrap_or_default().to_owned(),
        to: to.address().unwrap_or_default().to_owned(),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        html: message.body_html(0).unwrap_or_default().into_owned(),
        headers: headers.collect(),
        is_tracked: false,
        mark: String::new(),
    })
}

/// Returns the value of a tag, of the characters that Amazon and Resend document.
fn tag(value: &Value) -> Result<String, String> {
    let value = text(value)?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if value.len() <= 256 && value.chars().all(is_allowed) {
        Ok(value)
    } else {
        Err(format!("the tag `{value}` is not allowed"))
    }
}
