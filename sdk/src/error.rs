//! What can come of a call instead of its answer, in three kinds: refused, not answered, not understood.

use alloc::{borrow::ToOwned as _, boxed::Box, string::String, vec::Vec};
use core::{fmt, time::Duration};

use crate::{
    Code, Reason,
    call::{Fields, whole},
    text::{decimal, find, lower_case},
};

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

    /// What happened, and what to do next. It is what the error prints.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.message(),
            Self::Transport(error) => error.message().to_owned(),
            Self::Answer(error) => error.message(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Transport(error) => core::error::Error::source(error),
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
    pub(crate) fn read(status: u16, retry_after: Option<&str>, problem: &impl Fields, sent: [&str; 3]) -> Option<Self> {
        let code = RefusalCode::read(&problem.text("code")?)?;
        let retry_after = retry_after.and_then(|seconds| seconds.trim_ascii().parse().ok());
        Some(Self {
            code,
            status,
            detail: problem.text("detail").and_then(|detail| detail_without(&detail, sent)),
            reasons: problem.texts("reasons").iter().filter_map(|name| Reason::named(name)).collect(),
            retry_after: retry_after.or_else(|| whole(problem, "retry_after").map(u64::from)).map(Duration::from_secs),
        })
    }
}

/// The detail as one line, unless it repeats something that was sent.
fn detail_without(detail: &str, sent: [&str; 3]) -> Option<String> {
    let lower = lower_case(detail);
    if sent.iter().any(|text| !text.is_empty() && find(&lower, &lower_case(text)).is_some()) {
        return None;
    }
    let line =
        detail.chars().take(LONGEST_DETAIL).map(|character| if character.is_control() { ' ' } else { character });
    Some(line.collect())
}

impl Refusal {
    fn message(&self) -> String {
        let mut text = match &self.code {
            RefusalCode::Known(code) => [code.title(), " ", next_step(*code)].concat(),
            RefusalCode::Unknown(name) => {
                let status = decimal(u64::from(self.status));
                let update = ". This version of the client does not know that code: update it.";
                ["The service refused with `", name, "` and status ", &status, update].concat()
            }
        };
        if let Some(detail) = &self.detail {
            text.push_str(" Detail: ");
            text.push_str(detail);
        }
        for (place, reason) in self.reasons.iter().enumerate() {
            text.push_str(if place == 0 { " Reasons: " } else { ", " });
            text.push_str(reason.as_str());
        }
        if let Some(wait) = self.retry_after {
            text.push_str(&[" Wait at least ", &decimal(wait.as_secs()), " s."].concat());
        }
        text
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl core::error::Error for Refusal {}

/// What someone who reads the error can do about it.
fn next_step(code: Code) -> &'static str {
    match code {
        Code::RequestInvalid => "Correct what the detail names.",
        Code::NotSignedIn => "Sign in again, and make the call with the new session.",
        Code::OldPasswordWrong => "Give the password in force; it may have been changed since.",
        Code::LinkInvalid => "Take the whole link from the mail, or ask for a new one.",
        Code::KeyInvalid | Code::KeyOutOfScope => "Send another of the application's keys, or give this one the scope.",
        Code::AccountUnknown | Code::AccountIneligible => "The application's directory decides; check the identifier.",
        Code::OriginNotAllowed => "The service's operator can put the site on its list of origins.",
        Code::NotFound | Code::MethodNotAllowed => "Check the base URL and the application id.",
        Code::LinkBusy | Code::Unavailable => "Make the same call again.",
        Code::ChangeBusy => "Sign in to find out which password is in force, or make the same call again.",
        Code::LinkExpired | Code::LinkUsed => "Call request again.",
        Code::BodyTooLarge => "All of it must stay under 16 KiB.",
        Code::ContentTypeUnsupported => "Something on the way to the service changes the content type.",
        Code::PasswordRejected => "Choose another password; a link still works.",
        Code::TooManyRequests => "Make the same call again after the wait.",
        Code::Misconfigured => "Tell the operator; another try does not help before.",
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

impl fmt::Display for RefusalCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
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

impl AnswerError {
    fn message(self) -> String {
        let status = decimal(u64::from(self.status));
        let (before, after) = match self.fault {
            AnswerFault::Redirect => (
                "The base URL answers with a redirect (status ",
                "), which is never followed with a token. Make the address that it leads to the base URL.",
            ),
            AnswerFault::TooLong => {
                ("The answer (status ", ") is longer than any of the service's. Check that the base URL leads to it.")
            }
            AnswerFault::NotUnderstood => (
                "The answer (status ",
                ") is not one of the service's. Check that the base URL leads to it, and what answers there.",
            ),
        };
        [before, &status, after].concat()
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl core::error::Error for AnswerError {}

/// Why a client could not be built. Nothing of a refused base URL is printed.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL cannot be used, for the reason given.
    BaseUrl(&'static str),
    /// The application id is not 1 to 64 ASCII letters, digits, `-` and `_`.
    Application,
    /// The user agent is not a header value: visible ASCII and blanks.
    #[cfg(feature = "transport")]
    UserAgent,
    /// reqwest could not be set up, usually for want of certificate authorities on the machine.
    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    Reqwest(Box<dyn core::error::Error + Send + Sync>),
}

impl BuildError {
    /// What is wrong. It is what the error prints.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::BaseUrl(reason) => ["The base URL cannot be used: ", reason, "."].concat(),
            Self::Application => "The application id must be 1 to 64 ASCII letters, digits, `-` or `_`.".to_owned(),
            #[cfg(feature = "transport")]
            Self::UserAgent => "The user agent must be visible ASCII and blanks.".to_owned(),
            #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
            Self::Reqwest(_) => {
                "The HTTP client could not be set up. Install the system's certificate authorities, or \
                                 give the builder a reqwest::ClientBuilder with your own."
                    .to_owned()
            }
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl core::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
            Self::Reqwest(source) => Some(source.as_ref() as _),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Failed,
    TimedOut,
    Aborted,
}

/// There was no answer. Whether the service got the request is not known.
#[derive(Debug)]
pub struct TransportError {
    kind: Kind,
    source: Option<Box<dyn core::error::Error + Send + Sync>>,
}

impl TransportError {
    /// No answer, for this reason: an error, or a sentence. It must not hold anything of the request's body.
    #[must_use]
    pub fn new(reason: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        Self { kind: Kind::Failed, source: Some(reason.into()) }
    }

    /// No answer, for a reason that is not told.
    #[must_use]
    pub fn failed() -> Self {
        Self { kind: Kind::Failed, source: None }
    }

    /// No answer in time.
    #[must_use]
    pub fn timed_out() -> Self {
        Self { kind: Kind::TimedOut, source: None }
    }

    /// The caller gave the call up.
    #[must_use]
    pub fn aborted() -> Self {
        Self { kind: Kind::Aborted, source: None }
    }

    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    pub(crate) fn caused_by(source: reqwest::Error, timed_out: bool) -> Self {
        Self { kind: if timed_out { Kind::TimedOut } else { Kind::Failed }, source: Some(source.into()) }
    }

    /// Whether it is only that the answer did not come in time.
    #[must_use]
    pub fn is_time_out(&self) -> bool {
        self.kind == Kind::TimedOut
    }

    /// Whether the caller gave the call up.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.kind == Kind::Aborted
    }
}

impl TransportError {
    fn message(&self) -> &'static str {
        match self.kind {
            Kind::TimedOut => {
                "The service did not answer in time. Make the same call again, or give it a longer time-out."
            }
            Kind::Failed => {
                "The service could not be reached. Check the base URL and the network, then make the same call again."
            }
            Kind::Aborted => "The call was given up before it was answered.",
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.message())
    }
}

impl core::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
