//! Every problem response of the service (RFC 9457), in one table.
//!
//! The server writes its responses from this table, and the client reads them with it.

use alloc::{borrow::ToOwned as _, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::password::Reason;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $status:literal, $title:literal;)*) => {
        /// The stable code of a problem. A code never changes its meaning or its status.
        ///
        /// ```
        /// use relatch::Code;
        ///
        /// assert_eq!("link_expired".parse(), Ok(Code::LinkExpired));
        /// assert_eq!(Code::LinkExpired.status(), 410);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Code {
            /// Every code of this version.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the code as it is sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Returns the HTTP status of every response with this code.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// Returns the title: one or two sentences for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Returns the meaning, for developers: the documentation of the code.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)* }
            }
        }
    };
}

codes! {
    /// The body or a header is not valid for the call; `detail` names it and what is wrong with it.
    RequestInvalid = "request_invalid", 400, "The request is not valid.";
    /// The token is malformed, truncated, forged, or was issued for another purpose.
    LinkInvalid = "link_invalid", 400, "This is not a valid reset link.";
    /// The call needs a server key, and the request has none or one that the application does not
    /// have.
    KeyInvalid = "key_invalid", 401, "This call requires a valid server key.";
    /// The server key is valid, but its scopes do not include this call.
    KeyOutOfScope = "key_out_of_scope", 403, "The scope of this server key does not include this call.";
    /// The call needs a session, and the request has none or one that is not valid.
    NotSignedIn = "not_signed_in", 401, "You are not signed in.";
    /// The old password is not the current one.
    OldPasswordWrong = "old_password_wrong", 403, "The old password is wrong.";
    /// The call needs the token of a captcha, and the request has none, or one that is invalid, was
    /// used, has expired, or is of another site or action.
    CaptchaRejected = "captcha_rejected", 403, "Confirm that you are not a robot, then try again.";
    /// The `Origin` header names a site that is not allowed.
    OriginNotAllowed = "origin_not_allowed", 403, "This site is not allowed to call this service.";
    /// The path does not exist.
    NotFound = "not_found", 404, "This path does not exist.";
    /// No account matches the identifier that a server sent.
    AccountUnknown = "account_unknown", 404, "This account does not exist.";
    /// The path does not support the method; the `Allow` header lists those it supports.
    MethodNotAllowed = "method_not_allowed", 405, "This method is not allowed here.";
    /// The account that a server named may not reset its password by mail; `detail` says why.
    AccountIneligible = "account_ineligible", 409, "This account cannot reset its password by email.";
    /// Another request is using the link, or the outcome of an earlier one is not known yet.
    LinkBusy = "link_busy", 409, "This link is in use. Try again shortly.";
    /// Another change of this password is in progress, or the outcome of an earlier one is not
    /// known yet.
    ChangeBusy = "change_busy", 409, "Another change of this password is in progress. Try again shortly.";
    /// The link is genuine, but it has expired.
    LinkExpired = "link_expired", 410, "This link has expired. Request a new one.";
    /// The link is genuine, but it was used, or the account has changed since it was sent.
    LinkUsed = "link_used", 410, "This link has been used, or the account has changed. Request a new one.";
    /// The body is larger than 16 KiB.
    BodyTooLarge = "body_too_large", 413, "The request body is too large.";
    /// The body is not `application/json` in UTF-8, or it is compressed; `detail` says which.
    ContentTypeUnsupported = "content_type_unsupported", 415, "The request body must be application/json.";
    /// The password violates the rules; `reasons` says which. A reset link stays valid.
    PasswordRejected = "password_rejected", 422, "This password does not meet the password rules.";
    /// Too many requests came from this address, or too many wrong old passwords for this account;
    /// `Retry-After` says when the limit ends.
    TooManyRequests = "too_many_requests", 429, "Too many requests. Try again later.";
    /// The configuration of the service is invalid; its log names the variable.
    Misconfigured = "misconfigured", 503, "The service is misconfigured. Its log names the reason.";
    /// A system that the service depends on does not respond. Nothing was lost or used up.
    Unavailable = "unavailable", 503, "The service is temporarily unavailable. Try again shortly.";
}

impl core::fmt::Display for Code {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl core::str::FromStr for Code {
    type Err = ParseCodeError;

    fn from_str(name: &str) -> Result<Self, ParseCodeError> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name).ok_or(ParseCodeError)
    }
}

/// The text is not a [`Code`] of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseCodeError;

impl core::fmt::Display for ParseCodeError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("unknown problem code")
    }
}

impl core::error::Error for ParseCodeError {}

/// The body of a problem response (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Problem {
    /// The URI of the problem type (RFC 9457 section 3.1.1).
    #[serde(rename = "type")]
    pub kind: String,
    /// The title of the code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code; parse it into a [`Code`].
    #[cfg_attr(feature = "schemas", schemars(description = "The stable code."))]
    pub code: String,
    /// The fault of this request, if there is more to say than the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Why a password was rejected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// The texts of the reasons that the application words itself.
    #[serde(default, skip_serializing_if = "Messages::is_empty")]
    pub messages: Messages,
    /// Seconds to wait before another attempt; also in the `Retry-After` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// The texts of the reasons that the application words itself, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Messages {
    /// The text of [`Reason::Custom`].
    #[cfg_attr(feature = "schemas", schemars(description = "The text of the reason `custom`."))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<String>,
}

impl Messages {
    /// Returns whether there is no text.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.custom.is_none()
    }
}

impl Problem {
    /// Creates the problem of a code, without detail, reasons, and wait.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self {
            kind: format!("urn:relatch:problem:{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            code: code.as_str().to_owned(),
            detail: None,
            reasons: Vec::new(),
            messages: Messages::default(),
            retry_after: None,
        }
    }

    /// Sets the fault of this request.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Sets the reasons for rejecting a password.
    #[must_use]
    pub fn reasons(mut self, reasons: Vec<Reason>) -> Self {
        self.reasons = reasons;
        self
    }

    /// Sets the text of [`Reason::Custom`].
    #[must_use]
    pub fn custom_message(mut self, text: Option<String>) -> Self {
        self.messages.custom = text;
        self
    }

    /// Sets the seconds to wait before another attempt.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_parses_from_its_name_and_round_trips_as_a_problem() {
        for code in Code::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
            let problem = Problem::new(*code)
                .detail("x")
                .reasons(vec![Reason::TooShort, Reason::Custom])
                .custom_message(Some("Not this one.".to_owned()))
                .retry_after(3);
            let body = serde_json::to_string(&problem).unwrap();
            assert_eq!(serde_json::from_str::<Problem>(&body).unwrap(), problem);
            assert!((400..=599).contains(&code.status()));
        }
        assert_eq!("link_paused".parse::<Code>(), Err(ParseCodeError));
    }

    #[test]
    fn every_code_has_a_unique_name() {
        let names: std::collections::HashSet<_> =
            Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
