//! The bodies of the canonical surface. The client writes the requests and reads the answers; the server does the
//! reverse with the same types. It refuses unknown fields: that is also what keeps `body`, `from` and `url` out.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::Password;

/// Where each call goes.
pub mod path {
    /// POST [`super::RequestReset`].
    pub const REQUEST: &str = "/password/reset/request";
    /// POST [`super::CheckLink`].
    pub const CHECK: &str = "/password/reset/check";
    /// POST [`super::ConfirmReset`].
    pub const CONFIRM: &str = "/password/reset/confirm";
    /// POST [`super::ChangePassword`].
    pub const CHANGE: &str = "/password/change";
    /// GET [`crate::PasswordRules`].
    pub const RULES: &str = "/password/rules";
    /// GET: 200 when the configuration holds.
    pub const HEALTH: &str = "/healthz";
    /// The hosted page that asks for a mail.
    pub const FORGOT_PAGE: &str = "/password/forgot";
    /// The hosted page that a mailed link leads to unless configured otherwise.
    pub const RESET_PAGE: &str = "/password/reset";
}

/// The one answer to every accepted request, word for word as `FOSUserBundle`'s JSON API promises it.
pub const REQUEST_ACCEPTED: &str = "An email has been sent. It contains a link you must click to reset your password.";

/// The answer to a confirm or a change that set the password.
pub const PASSWORD_CHANGED: &str = "Your password has been changed. You can now sign in with it.";

/// Asks for a reset mail. Exactly one of the three names of the identifier is given; all three mean the same.
#[derive(Clone, Default, Serialize)]
pub struct RequestReset {
    /// E-mail address or user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// The same, as `FOSUserBundle` names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The same once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The language the mail should be in (BCP 47), where the account has none of its own. Without effect as long as mails
    /// are in one language only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// A request does not print: it holds somebody's address.
impl core::fmt::Debug for RequestReset {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("RequestReset").finish_non_exhaustive()
    }
}

/// Asks whether a link could be used now. Never uses it.
#[derive(Clone, Debug, Serialize)]
pub struct CheckLink {
    /// The token of the mailed link.
    pub token: TokenText,
}

/// Sets a new password. Exactly one of `password` and `plainPassword` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ConfirmReset {
    /// The token of the mailed link.
    pub token: TokenText,
    /// The new password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// The new password twice; the two are compared.
    #[serde(rename = "plainPassword", skip_serializing_if = "Option::is_none")]
    pub plain_password: Option<PlainPassword>,
}

/// A password typed twice.
#[derive(Clone, Debug, Serialize)]
pub struct PlainPassword {
    /// The first field.
    pub first: Password,
    /// The second field, against typos.
    pub second: Password,
}

/// Changes the password of whoever is signed in.
#[derive(Clone, Debug, Serialize)]
pub struct ChangePassword {
    /// The password in force.
    pub old: Password,
    /// The one to be in force from now on.
    pub new: Password,
}

/// The answer to a request, a confirm and a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// A sentence for people.
    pub message: String,
}

/// The answer to a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkState {
    /// When the link ends (RFC 3339, UTC).
    pub expires_at: String,
}

/// The answer of the health check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Always `ok`: a service whose configuration does not hold answers with a problem.
    pub status: String,
}

/// A token as it came. A JSON value that is not text is simply not a link: the answer to a number, an object or
/// `null` is the same as to a malformed token.
#[derive(Clone)]
pub struct TokenText(Option<secrecy::SecretString>);

impl TokenText {
    /// The text, if it was one.
    #[must_use]
    pub fn expose(&self) -> Option<&str> {
        self.0.as_ref().map(secrecy::ExposeSecret::expose_secret)
    }
}

impl TokenText {
    /// What came was no text.
    #[must_use]
    pub const fn not_text() -> Self {
        Self(None)
    }
}

impl From<&str> for TokenText {
    fn from(text: &str) -> Self {
        Self(Some(secrecy::SecretString::from(text)))
    }
}

impl core::fmt::Debug for TokenText {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("TokenText([redacted])")
    }
}

impl Serialize for TokenText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.expose().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_with_secrets_does_not_print_them() {
        let body = ConfirmReset {
            token: TokenText::from("the-token"),
            password: Some(Password::from("the-password")),
            plain_password: None,
        };
        let printed = format!("{body:?}");
        assert!(!printed.contains("the-"), "{printed}");
    }
}
