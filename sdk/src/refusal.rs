//! A problem response of the service, as the client reports it.

use alloc::{
    borrow::ToOwned as _,
    string::{String, ToString as _},
    vec::Vec,
};
use core::{fmt, time::Duration};

use crate::{Code, Messages, Reason, json::JsonObject, text::lowercase, wire::field};

/// The longest code that is accepted, in characters.
const MAX_CODE_LENGTH: usize = 64;
/// The longest detail that is kept, in characters.
const MAX_DETAIL_LENGTH: usize = 300;

/// A refusal: the service understood the call and declined it.
///
/// It prints what happened and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The stable code. Compare it with a [`Code`], or match on [`RefusalCode::known`].
    pub code: RefusalCode,
    /// The HTTP status, from 400 to 599.
    pub status: u16,
    /// The fault of this request, for programmers: at most 300 characters, in the language of
    /// the service. `None` if the service sent none, or one that repeats a value of the request.
    pub detail: Option<String>,
    /// Why a password was rejected. Reasons that this version does not know are omitted.
    pub reasons: Vec<Reason>,
    /// The texts of the reasons that the application words itself, for people: at most 300
    /// characters each.
    pub messages: Messages,
    /// The time to wait before another attempt, if the service says so.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// Reads a problem (RFC 9457). Unknown fields and values are ignored, because a newer service
    /// may send them. Returns `None` if the object is not a problem. A detail that contains one of
    /// the private values is dropped.
    pub(crate) fn read(
        status: u16,
        retry_after: Option<&str>,
        problem: &impl JsonObject,
        private_values: &[&str],
    ) -> Option<Self> {
        let code = RefusalCode::parse(&problem.string(field::CODE)?)?;
        let header = retry_after.and_then(|seconds| seconds.trim_ascii().parse().ok());
        let seconds = header.or_else(|| problem.integer(field::RETRY_AFTER).map(u64::from));
        Some(Self {
            code,
            status,
            detail: problem
                .string(field::DETAIL)
                .and_then(|detail| clean_detail(&detail, private_values)),
            reasons: problem
                .strings(field::REASONS)
                .iter()
                .filter_map(|name| name.parse().ok())
                .collect(),
            messages: Messages {
                custom: problem
                    .nested_string(field::MESSAGES, field::CUSTOM)
                    .and_then(|text| clean_detail(&text, private_values)),
            },
            retry_after: seconds.map(Duration::from_secs),
        })
    }

    pub(crate) fn message(&self) -> String {
        let mut message = match &self.code {
            RefusalCode::Known(code) => [code.title(), " ", next_step(*code)].concat(),
            RefusalCode::Unknown(name) => [
                "The service refused with the code `",
                name,
                "` and status ",
                &self.status.to_string(),
                ". This version of the client does not know that code: update it.",
            ]
            .concat(),
        };
        if let Some(detail) = &self.detail {
            message.push_str(" Detail: ");
            message.push_str(detail);
        }
        if !self.reasons.is_empty() {
            let reasons: Vec<_> = self.reasons.iter().map(|reason| reason.as_str()).collect();
            message.push_str(" Reasons: ");
            message.push_str(&reasons.join(", "));
        }
        if let Some(wait) = self.retry_after {
            message.push_str(" Wait at least ");
            message.push_str(&wait.as_secs().to_string());
            message.push_str(" s.");
        }
        message
    }
}

/// Returns the detail as one line, or `None` if it contains one of the private values.
fn clean_detail(detail: &str, private_values: &[&str]) -> Option<String> {
    let lower = lowercase(detail);
    if private_values.iter().any(|value| !value.is_empty() && lower.contains(&lowercase(value))) {
        return None;
    }
    let line = detail.chars().take(MAX_DETAIL_LENGTH);
    Some(line.map(|character| if character.is_control() { ' ' } else { character }).collect())
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl core::error::Error for Refusal {}

/// Returns what the reader of the error can do about it.
fn next_step(code: Code) -> &'static str {
    match code {
        Code::RequestInvalid => "Correct the field that the detail names.",
        Code::NotSignedIn => "Sign in again, and repeat the call with the new session.",
        Code::OldPasswordWrong => "Send the current password. It may have been changed recently.",
        Code::LinkInvalid => "Use the whole link from the mail, or request a new one.",
        Code::KeyInvalid | Code::KeyOutOfScope => {
            "Use a server key of the application that has the scope of this call."
        }
        Code::AccountUnknown | Code::AccountIneligible => {
            "Check the identifier, and the account in the application's directory."
        }
        Code::OriginNotAllowed => "The operator can add the site to `ALLOWED_ORIGINS`.",
        Code::NotFound | Code::MethodNotAllowed => "Check the base URL and the application id.",
        Code::LinkBusy | Code::Unavailable => "Repeat the call.",
        Code::ChangeBusy => "Repeat the call, or sign in to find out which password is current.",
        Code::LinkExpired | Code::LinkUsed => "Call `request` again.",
        Code::BodyTooLarge => "Send at most 16 KiB.",
        Code::ContentTypeUnsupported => {
            "Check what changes the content type between client and service."
        }
        Code::PasswordRejected => "Choose another password. A reset link stays valid.",
        Code::TooManyRequests => "Repeat the call after the wait.",
        Code::CaptchaRejected => "Let the visitor solve the captcha, and send its token.",
        Code::Misconfigured => "Notify the operator. A retry does not help.",
    }
}

/// The stable code of a [`Refusal`].
///
/// It is exhaustive, because a code is either known to this version or not. New codes are new
/// variants of [`Code`], which is `#[non_exhaustive]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// A code that this version knows.
    Known(Code),
    /// A code of a newer service: 1 to 64 lower-case letters, digits, and underscores.
    Unknown(String),
}

impl RefusalCode {
    fn parse(name: &str) -> Option<Self> {
        if let Ok(code) = name.parse() {
            return Some(Self::Known(code));
        }
        let is_allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let is_code = (1..=MAX_CODE_LENGTH).contains(&name.len()) && name.bytes().all(is_allowed);
        is_code.then(|| Self::Unknown(name.to_owned()))
    }

    /// Returns the code, or `None` if this version does not know it.
    #[must_use]
    pub fn known(&self) -> Option<Code> {
        match self {
            Self::Known(code) => Some(*code),
            Self::Unknown(_) => None,
        }
    }

    /// Returns the code as the service sent it.
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
