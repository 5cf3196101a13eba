//! What can come of a call instead of its answer, in three kinds: refused, not answered, not understood.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::{Code, Reason, TransportError};

/// Longest code that is taken for one, in characters.
const LONGEST_CODE: usize = 64;
/// Longest detail that is kept, in characters.
const LONGEST_DETAIL: usize = 300;

/// Why a call has no result. What it prints says what to do next, and holds no token, password or identifier.
#[derive(Debug)]
pub enum Error {
    /// The service understood the call and said no.
    Refused(Refusal),
    /// There was no answer, or none in time. The call may be made again: see [`Retry`](crate::Retry).
    Transport(TransportError),
    /// What answered does not speak the service's language: usually not the service, but a proxy or another page.
    Answer(AnswerError),
}

impl Error {
    /// The code of the refusal, where it was one that this version knows.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused(refusal) => refusal.code.known(),
            _ => None,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(formatter),
            Self::Transport(error) => error.fmt(formatter),
            Self::Answer(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport(error) => std::error::Error::source(error),
            Self::Refused(_) | Self::Answer(_) => None,
        }
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

/// A refusal, as the service told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its stable name. Compare it with a [`Code`], or match on it.
    pub code: RefusalCode,
    /// The HTTP status, from 400 to 599.
    pub status: u16,
    /// What is wrong in this very call, for the programmer: at most 300 characters, in the service's language. Left
    /// out where it would repeat something that was sent.
    pub detail: Option<String>,
    /// Why a password was refused. Reasons that this version does not know are left out.
    pub reasons: Vec<Reason>,
    /// How long the service asks to wait before another try.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// Reads the body of a problem, leniently: a newer service may say more than this version knows. Nothing, where it
    /// is no problem at all. `sent` is what must not be repeated.
    pub(crate) fn read(response: &http::Response<Vec<u8>>, sent: &[&str]) -> Option<Self> {
        let problem: Map<String, Value> = serde_json::from_slice(response.body()).ok()?;
        let code = RefusalCode::read(problem.get("code")?.as_str()?)?;
        let reasons = problem.get("reasons").and_then(Value::as_array);
        let retry_after = response.headers().get(http::header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Some(Self {
            code,
            status: response.status().as_u16(),
            detail: problem.get("detail").and_then(Value::as_str).and_then(|detail| detail_without(detail, sent)),
            reasons: reasons.into_iter().flatten().filter_map(reason).collect(),
            retry_after: retry_after
                .or_else(|| problem.get("retry_after").and_then(Value::as_u64))
                .map(Duration::from_secs),
        })
    }
}

fn reason(value: &Value) -> Option<Reason> {
    serde_json::from_value(value.clone()).ok()
}

/// The detail as one line, unless it repeats something that was sent.
fn detail_without(detail: &str, sent: &[&str]) -> Option<String> {
    let lower = detail.to_lowercase();
    if sent.iter().any(|text| !text.is_empty() && lower.contains(&text.to_lowercase())) {
        return None;
    }
    let line =
        detail.chars().take(LONGEST_DETAIL).map(|character| if character.is_control() { ' ' } else { character });
    Some(line.collect())
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.code {
            RefusalCode::Known(code) => write!(formatter, "{} {}", code.title(), next_step(*code))?,
            RefusalCode::Unknown(name) => {
                write!(formatter, "The service refused with `{name}` and status {}. ", self.status)?;
                formatter.write_str("This version of the client does not know that code: update it.")?;
            }
        }
        if let Some(detail) = &self.detail {
            write!(formatter, " Detail: {detail}")?;
        }
        for (place, reason) in self.reasons.iter().enumerate() {
            formatter.write_str(if place == 0 { " Reasons: " } else { ", " })?;
            formatter.write_str(reason.as_str())?;
        }
        if let Some(wait) = self.retry_after {
            write!(formatter, " Wait at least {} s.", wait.as_secs())?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// What someone who reads the error can do about it.
fn next_step(code: Code) -> &'static str {
    match code {
        Code::RequestInvalid => "Correct what the detail names.",
        Code::NotSignedIn => "Sign in again, and make the call with the new session.",
        Code::OldPasswordWrong => "Give the password in force; it may have been changed since.",
        Code::LinkInvalid => "Take the whole link from the mail, or ask for a new one.",
        Code::KeyInvalid => "Send one of the application's keys: Authorization: Bearer KEY.",
        Code::KeyOutOfScope => "Take another key, or give this one the scope.",
        Code::AccountUnknown => "Check the account's id or identifier.",
        Code::AccountIneligible => "The detail says why; the application's directory decides.",
        Code::OriginNotAllowed => "The service's operator can put the site on its list of origins.",
        Code::NotFound | Code::MethodNotAllowed => "Check the base URL and the application id.",
        Code::LinkBusy => "Make the same call again with the same password.",
        Code::ChangeBusy => "Find out by signing in which password is in force, or make the same call again.",
        Code::LinkExpired | Code::LinkUsed => "Call request again.",
        Code::BodyTooLarge => "Identifier, locale and password together must stay under 16 KiB.",
        Code::ContentTypeUnsupported => "Find out what between client and service changes the content type.",
        Code::PasswordRejected => "Choose another password; a link still works.",
        Code::TooManyRequests => "Make the same call again after the wait.",
        Code::Misconfigured => "Tell the operator; another try does not help before.",
        Code::Unavailable => "Make the same call again.",
    }
}

/// The stable name of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// One that this version knows.
    Known(Code),
    /// One of a newer service: at most 64 lower-case letters, digits and underscores.
    Unknown(String),
}

impl RefusalCode {
    fn read(name: &str) -> Option<Self> {
        if let Some(code) = Code::named(name) {
            return Some(Self::Known(code));
        }
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let is_code = !name.is_empty() && name.len() <= LONGEST_CODE && name.bytes().all(plain);
        is_code.then(|| Self::Unknown(name.to_owned()))
    }

    /// The code, if this version knows it.
    #[must_use]
    pub fn known(&self) -> Option<Code> {
        match self {
            Self::Known(code) => Some(*code),
            Self::Unknown(_) => None,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(code) => code.as_str(),
            Self::Unknown(name) => name,
        }
    }
}

impl From<Code> for RefusalCode {
    fn from(code: Code) -> Self {
        Self::Known(code)
    }
}

impl PartialEq<Code> for RefusalCode {
    fn eq(&self, code: &Code) -> bool {
        self.known() == Some(*code)
    }
}

impl std::fmt::Display for RefusalCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// An answer that is not one of the service's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerError {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with it.
    pub fault: AnswerFault,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnswerFault {
    /// It sends the client elsewhere. The client never follows: the token must not go to another place.
    Redirect,
    /// It is longer than [`LONGEST_ANSWER`](crate::LONGEST_ANSWER).
    TooLong,
    /// It is neither the result of this call nor a problem: HTML, cut off, or some other service's.
    NotUnderstood,
}

impl std::fmt::Display for AnswerError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = self.status;
        match self.fault {
            AnswerFault::Redirect => write!(
                formatter,
                "The base URL answers with a redirect (status {status}), which is never followed with a token. Make \
                 the address that it leads to the base URL."
            ),
            AnswerFault::TooLong => write!(
                formatter,
                "The answer (status {status}) is longer than any of the service's. Check that the base URL leads to it."
            ),
            AnswerFault::NotUnderstood => write!(
                formatter,
                "The answer (status {status}) is not one of the service's. Check that the base URL leads to it, and \
                 what answers in its place; then make the same call again."
            ),
        }
    }
}

impl std::error::Error for AnswerError {}

/// Why a client could not be built. Nothing of a refused base URL is printed.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL cannot be used, for the reason given.
    BaseUrl(&'static str),
    /// The application id is not 1 to 64 ASCII letters, digits, `-` and `_`.
    Application,
    /// The user agent is not a header value: visible ASCII and blanks.
    UserAgent,
    /// reqwest could not be set up, usually for want of certificate authorities on the machine.
    Reqwest(Box<dyn std::error::Error + Send + Sync>),
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BaseUrl(reason) => write!(formatter, "The base URL cannot be used: {reason}."),
            Self::Application => {
                formatter.write_str("The application id must be 1 to 64 ASCII letters, digits, `-` or `_`.")
            }
            Self::UserAgent => formatter.write_str("The user agent must be visible ASCII and blanks."),
            Self::Reqwest(_) => formatter.write_str(
                "The HTTP client could not be set up. Install the system's certificate authorities, or give the \
                 builder a reqwest::ClientBuilder with your own.",
            ),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Reqwest(source) => Some(source.as_ref() as _),
            _ => None,
        }
    }
}
