//! Every refusal that the service can answer with, in one table: the server writes its answers from it and the
//! client reads them by it (RFC 9457, problem details).

use alloc::{borrow::ToOwned as _, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::password::Reason;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $title:literal;)*) => {
        /// A stable name for a refusal; it never changes its meaning or its status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The HTTP status that always goes with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// One sentence for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// The code of that name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == name)
            }
        }
    };
}

codes! {
    /// The body is not what the call takes; `detail` names the field and what is wrong with it.
    RequestInvalid = "request_invalid", 400, "The request is not valid.";
    /// The token is not one of ours: malformed, truncated, forged, or made for something else.
    LinkInvalid = "link_invalid", 400, "This is not a valid reset link.";
    /// The call is for the application's own servers, and the key is missing or none of theirs.
    KeyInvalid = "key_invalid", 401, "This call needs one of the application's keys.";
    /// The key is genuine, and its scopes do not hold this call.
    KeyOutOfScope = "key_out_of_scope", 403, "This key may not be used for this call.";
    /// The call is for somebody who is signed in, and there is no session, or none that is still good.
    NotSignedIn = "not_signed_in", 401, "Sign in first.";
    /// The password that was given as the one in force is another.
    OldPasswordWrong = "old_password_wrong", 403, "The old password is wrong.";
    /// The Origin header names a site that is not on the allow-list.
    OriginNotAllowed = "origin_not_allowed", 403, "This site may not call this service.";
    /// There is nothing at this path.
    NotFound = "not_found", 404, "There is nothing here.";
    /// No account answers to what a server named.
    AccountUnknown = "account_unknown", 404, "There is no such account.";
    /// The path exists, the method does not; `Allow` lists those that do.
    MethodNotAllowed = "method_not_allowed", 405, "This method is not allowed here.";
    /// The account that a server named may not reset by mail; `detail` says why.
    AccountIneligible = "account_ineligible", 409, "This account cannot reset its password by mail.";
    /// Somebody else is using the link this very moment, or the outcome of an earlier try is not known yet.
    LinkBusy = "link_busy", 409, "This link is in use at this moment. Try again shortly.";
    /// The password is being set by somebody else this very moment, or what became of the change is not known yet.
    ChangeBusy = "change_busy", 409, "The password is being changed at this moment. Try again shortly.";
    /// The link is genuine, and its time is over.
    LinkExpired = "link_expired", 410, "This link has expired. Ask for a new one.";
    /// The link is genuine, and it was used, or the account has changed since it was sent.
    LinkUsed = "link_used", 410, "This link has been used, or the account has changed since. Ask for a new one.";
    /// The body is larger than 16 KiB.
    BodyTooLarge = "body_too_large", 413, "The request body is too large.";
    /// The content type is not application/json.
    ContentTypeUnsupported = "content_type_unsupported", 415, "The request body must be application/json.";
    /// The password does not meet the rules; `reasons` says which. A link still works.
    PasswordRejected = "password_rejected", 422, "This password cannot be used. Nothing was used up.";
    /// Too many requests from this address, or wrong old passwords of this account; `Retry-After` says when to come back.
    TooManyRequests = "too_many_requests", 429, "Too many requests. Wait a little and try again.";
    /// The service's configuration does not hold; its log names the variable.
    Misconfigured = "misconfigured", 503, "The service is not configured. Its operator finds the reason in the log.";
    /// Something that the service needs does not answer; nothing was lost or used up.
    Unavailable = "unavailable", 503, "The service cannot answer this moment. Try again shortly.";
}

impl core::fmt::Display for Code {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One refusal, as it stands in the body of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A name for the kind of problem (RFC 9457 section 3.1.1).
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in one sentence.
    pub title: String,
    /// The HTTP status, once more.
    pub status: u16,
    /// The stable name; see [`Code::named`].
    pub code: String,
    /// What is wrong in this very request, where there is more to say than the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Why a password was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Seconds to wait before another try; also in the `Retry-After` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// The problem of this code, with nothing to add.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self {
            kind: format!("urn:relatch:problem:{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            code: code.as_str().to_owned(),
            detail: None,
            reasons: Vec::new(),
            retry_after: None,
        }
    }

    /// Says what is wrong in this request.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says why a password was refused.
    #[must_use]
    pub fn reasons(mut self, reasons: Vec<Reason>) -> Self {
        self.reasons = reasons;
        self
    }

    /// Says how many seconds to wait.
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
    fn every_code_reads_back_from_its_own_name_and_body() {
        for code in Code::ALL {
            assert_eq!(Code::named(code.as_str()), Some(*code));
            let problem = Problem::new(*code).detail("x").reasons(vec![Reason::TooShort]).retry_after(3);
            let body = serde_json::to_string(&problem).unwrap();
            assert_eq!(serde_json::from_str::<Problem>(&body).unwrap(), problem);
            assert!((400..=599).contains(&code.status()));
        }
    }

    #[test]
    fn no_two_codes_share_a_name() {
        let names: std::collections::HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
