//! The canonical HTTP interface: paths, field names, and bodies.
//!
//! Client and server share this module. The client sends the fields and reads the responses; the
//! server decodes the requests and serializes the responses. The server rejects unknown fields, so
//! a request cannot set the text, sender, or target of a mail.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::Password;

/// The path of each call, relative to the base URL.
pub mod path {
    /// POST [`super::RequestReset`], answered with [`super::Message`].
    pub const REQUEST: &str = "/password/reset/request";
    /// POST [`super::CheckLink`], answered with [`super::LinkState`].
    pub const CHECK: &str = "/password/reset/check";
    /// POST [`super::ConfirmReset`], answered with [`super::Message`].
    pub const CONFIRM: &str = "/password/reset/confirm";
    /// POST [`super::ChangePassword`], answered with [`super::Message`].
    pub const CHANGE: &str = "/password/change";
    /// GET, answered with [`crate::PasswordRules`].
    pub const RULES: &str = "/password/rules";
    /// GET, answered with [`super::Health`] if the configuration is valid.
    pub const HEALTH: &str = "/healthz";
    /// POST an account: starts a reset. Answered with [`super::Message`]. This call and the
    /// following ones need a server key.
    pub const SERVER_RESET: &str = "/server/reset";
    /// POST an account: invites its owner to choose a first password. Answered with
    /// [`super::Message`].
    pub const SERVER_INVITE: &str = "/server/invite";
    /// GET, or POST an account: whether a reset is possible.
    pub const SERVER_STATUS: &str = "/server/status";
    /// POST an account: revokes its links. Answered with [`super::Message`].
    pub const SERVER_REVOKE: &str = "/server/links/revoke";
    /// GET with filters: a page of the events of all accounts. POST an account: reads its latest
    /// events.
    pub const SERVER_EVENTS: &str = "/server/events";
    /// GET or POST an account: the mails that wait.
    pub const SERVER_OUTBOX: &str = "/server/outbox";
    /// POST an account: has the waiting mails attempted at once.
    pub const SERVER_RETRY: &str = "/server/retry";
    /// GET: the numbers of events.
    pub const SERVER_STATS: &str = "/server/stats";
    /// The operator's page.
    pub const OPERATOR_PAGE: &str = "/server/operator";
    /// POST an account: erases what is stored about it. Answered with [`super::Message`].
    pub const SERVER_ERASE: &str = "/server/erase";
    /// The hosted page that requests a mail.
    pub const FORGOT_PAGE: &str = "/password/forgot";
    /// The hosted page that a mailed link leads to by default.
    pub const RESET_PAGE: &str = "/password/reset";
}

/// The name of each field in requests and responses.
pub mod field {
    /// [`RequestReset::identifier`](super::RequestReset::identifier).
    pub const IDENTIFIER: &str = "identifier";
    /// [`RequestReset::username`](super::RequestReset::username).
    pub const USERNAME: &str = "username";
    /// [`RequestReset::email`](super::RequestReset::email).
    pub const EMAIL: &str = "email";
    /// [`RequestReset::locale`](super::RequestReset::locale).
    pub const LOCALE: &str = "locale";
    /// [`RequestReset::captcha`](super::RequestReset::captcha).
    pub const CAPTCHA: &str = "captcha";
    /// The token of [`CheckLink`](super::CheckLink) and [`ConfirmReset`](super::ConfirmReset).
    pub const TOKEN: &str = "token";
    /// [`ConfirmReset::password`](super::ConfirmReset::password).
    pub const PASSWORD: &str = "password";
    /// [`ConfirmReset::plain_password`](super::ConfirmReset::plain_password).
    pub const PLAIN_PASSWORD: &str = "plainPassword";
    /// [`RepeatedPassword::first`](super::RepeatedPassword::first).
    pub const FIRST: &str = "first";
    /// [`RepeatedPassword::second`](super::RepeatedPassword::second).
    pub const SECOND: &str = "second";
    /// [`ChangePassword::old`](super::ChangePassword::old).
    pub const OLD: &str = "old";
    /// [`ChangePassword::new`](super::ChangePassword::new).
    pub const NEW: &str = "new";

    /// The id of an account, in server calls.
    pub const ACCOUNT: &str = "account";
    /// The number of events, in the server calls that read them.
    pub const LIMIT: &str = "limit";
    /// The lifetime of the link in minutes, in the server calls that mail one.
    pub const LIFETIME_MINUTES: &str = "lifetime_minutes";
    /// The name of an event.
    pub const EVENT: &str = "event";
    /// The time from which events are read.
    pub const SINCE: &str = "since";
    /// The time before which events are read.
    pub const UNTIL: &str = "until";
    /// The place at which a page of events begins.
    pub const CURSOR: &str = "cursor";
    /// The periods in which events are counted.
    pub const BY: &str = "by";

    /// [`Message::message`](super::Message::message).
    pub const MESSAGE: &str = "message";
    /// [`LinkState::expires_at`](super::LinkState::expires_at).
    pub const EXPIRES_AT: &str = "expires_at";
    /// [`PasswordRules::min_length`](crate::PasswordRules::min_length).
    pub const MIN_LENGTH: &str = "min_length";
    /// [`PasswordRules::max_length`](crate::PasswordRules::max_length).
    pub const MAX_LENGTH: &str = "max_length";
    /// [`PasswordRules::max_bytes`](crate::PasswordRules::max_bytes).
    pub const MAX_BYTES: &str = "max_bytes";
    /// [`PasswordRules::application_name`](crate::PasswordRules::application_name).
    pub const APPLICATION_NAME: &str = "application_name";

    /// [`Problem::code`](crate::Problem::code).
    pub const CODE: &str = "code";
    /// [`Problem::detail`](crate::Problem::detail).
    pub const DETAIL: &str = "detail";
    /// [`Problem::reasons`](crate::Problem::reasons).
    pub const REASONS: &str = "reasons";
    /// [`Problem::messages`](crate::Problem::messages).
    pub const MESSAGES: &str = "messages";
    /// [`Messages::custom`](crate::Messages::custom).
    pub const CUSTOM: &str = "custom";
    /// [`Problem::retry_after`](crate::Problem::retry_after).
    pub const RETRY_AFTER: &str = "retry_after";
}

/// The header with the address of the visitor for whom a server calls. It has an effect only with
/// a server key whose scopes include `request`.
pub const VISITOR_ADDRESS: &str = "relatch-visitor-address";

/// The message in the response to every accepted request, word for word as `FOSUserBundle` promises
/// it.
pub const REQUEST_ACCEPTED: &str =
    "An email has been sent. It contains a link you must click to reset your password.";

/// The message in the response to a confirm or a change that set the password.
pub const PASSWORD_CHANGED: &str = "Your password has been changed. You can now sign in with it.";

/// The pattern of a name: no control character, and not only blanks.
#[cfg(feature = "schemas")]
pub const NAME_PATTERN: &str =
    r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";

/// The pattern of one plain e-mail address. The formats `email` and `idn-email` of JSON Schema reject
/// some that are accepted, such as a domain without a dot.
#[cfg(feature = "schemas")]
pub const EMAIL_PATTERN: &str =
    r#"^[^\x00-\x20\x7f-\xa0",;:<>()\[\]\\`@]+@[^\x00-,/:-@\[-`{-\xa0]+$"#;

/// The pattern of a language tag (RFC 5646 section 2.1): subtags of 1 to 8 letters and digits.
#[cfg(feature = "schemas")]
const LOCALE_PATTERN: &str = "^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$";

/// The message in the response to a confirm that set the first password of an account.
pub const PASSWORD_SET: &str = "Your password has been set. You can now sign in with it.";

/// Requests a reset mail. Exactly one of `identifier`, `username`, and `email` is set.
#[derive(Clone, Default)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct RequestReset {
    /// E-mail address or user name: 1 to 254 characters, looked up as both.
    #[cfg_attr(
        feature = "schemas",
        schemars(extend("minLength" = 1, "maxLength" = 254, "pattern" = NAME_PATTERN))
    )]
    pub identifier: Option<String>,
    /// The identifier under the name that `FOSUserBundle` uses.
    #[cfg_attr(
        feature = "schemas",
        schemars(extend("minLength" = 1, "maxLength" = 254, "pattern" = NAME_PATTERN))
    )]
    pub username: Option<String>,
    /// One plain e-mail address, looked up as an address only.
    #[cfg_attr(
        feature = "schemas",
        schemars(extend("minLength" = 1, "maxLength" = 254, "pattern" = EMAIL_PATTERN))
    )]
    pub email: Option<String>,
    /// The language of the mail (BCP 47), for accounts that have none.
    #[cfg_attr(
        feature = "schemas",
        schemars(extend("minLength" = 2, "maxLength" = 35, "pattern" = LOCALE_PATTERN))
    )]
    pub locale: Option<String>,
    /// The token of the captcha, if the service asks for one.
    pub captcha: Option<String>,
}

impl RequestReset {
    /// The names of the fields.
    pub const FIELDS: &'static [&'static str] =
        &[field::IDENTIFIER, field::USERNAME, field::EMAIL, field::LOCALE, field::CAPTCHA];
}

/// Prints no field: each may hold a person's address.
impl core::fmt::Debug for RequestReset {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("RequestReset").finish_non_exhaustive()
    }
}

/// Checks whether a link can be used. Never uses it.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct CheckLink {
    /// The token of the mailed link.
    pub token: RawToken,
}

impl CheckLink {
    /// The names of the fields.
    pub const FIELDS: &'static [&'static str] = &[field::TOKEN];
}

/// Sets a new password. Exactly one of `password` and `plainPassword` is set.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ConfirmReset {
    /// The token of the mailed link.
    pub token: RawToken,
    /// The new password.
    pub password: Option<Password>,
    /// The new password twice; the server compares the two.
    #[cfg_attr(feature = "schemas", schemars(rename = "plainPassword"))]
    pub plain_password: Option<RepeatedPassword>,
}

impl ConfirmReset {
    /// The names of the fields.
    pub const FIELDS: &'static [&'static str] =
        &[field::TOKEN, field::PASSWORD, field::PLAIN_PASSWORD];
}

/// A password that was typed twice.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct RepeatedPassword {
    /// The first input.
    pub first: Password,
    /// The second input, which catches typing errors.
    pub second: Password,
}

impl RepeatedPassword {
    /// The names of the fields.
    pub const FIELDS: &'static [&'static str] = &[field::FIRST, field::SECOND];
}

/// Changes the password of the signed-in account.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChangePassword {
    /// The current password.
    pub old: Password,
    /// The new password.
    pub new: Password,
}

impl ChangePassword {
    /// The names of the fields.
    pub const FIELDS: &'static [&'static str] = &[field::OLD, field::NEW];
}

/// The response to a request, a confirm, and a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Message {
    /// A sentence for people.
    pub message: String,
}

/// The response to a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct LinkState {
    /// When the link expires (RFC 3339, UTC).
    #[cfg_attr(feature = "schemas", schemars(extend("format" = "date-time")))]
    pub expires_at: String,
}

/// The response to a health check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Health {
    /// Always `ok`: with an invalid configuration the response is a problem.
    #[cfg_attr(feature = "schemas", schemars(extend("enum" = ["ok"])))]
    pub status: String,
}

/// A token in a request, before it is parsed.
///
/// A JSON value that is not a string is kept as an invalid token, so the response to a number, an
/// object, or `null` is the same as to a malformed token.
#[derive(Clone)]
pub struct RawToken(Option<secrecy::SecretString>);

impl RawToken {
    /// A value that is not a string.
    pub const NOT_A_STRING: Self = Self(None);

    /// Returns the text, or `None` if the value is not a string.
    #[must_use]
    pub fn expose(&self) -> Option<&str> {
        self.0.as_ref().map(secrecy::ExposeSecret::expose_secret)
    }
}

impl From<&str> for RawToken {
    fn from(text: &str) -> Self {
        Self(Some(secrecy::SecretString::from(text)))
    }
}

impl core::fmt::Debug for RawToken {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("RawToken([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_of_a_body_contains_no_secret() {
        let body = ConfirmReset {
            token: RawToken::from("the-token"),
            password: Some(Password::from("the-password")),
            plain_password: None,
        };
        let printed = format!("{body:?}");
        assert!(!printed.contains("the-"), "{printed}");
    }

    #[test]
    fn the_fields_of_a_response_have_the_names_of_the_wire_contract() {
        let names = |json: serde_json::Value| -> Vec<String> {
            json.as_object().unwrap().keys().cloned().collect()
        };
        let message = Message { message: String::new() };
        assert_eq!(names(serde_json::to_value(message).unwrap()), [field::MESSAGE]);
        let state = LinkState { expires_at: String::new() };
        assert_eq!(names(serde_json::to_value(state).unwrap()), [field::EXPIRES_AT]);
        let rules = crate::PasswordRules {
            max_bytes: Some(72),
            application_name: Some("Shop".to_owned()),
            ..crate::PasswordRules::default()
        };
        let rules = names(serde_json::to_value(rules).unwrap());
        assert_eq!(
            rules,
            [field::APPLICATION_NAME, field::MAX_BYTES, field::MAX_LENGTH, field::MIN_LENGTH]
        );
        let problem = crate::Problem::new(crate::Code::PasswordRejected)
            .detail("detail")
            .reasons(vec![crate::Reason::TooShort])
            .custom_message(Some("custom".to_owned()))
            .retry_after(1);
        let messages = names(serde_json::to_value(&problem.messages).unwrap());
        assert_eq!(messages, [field::CUSTOM]);
        let problem = names(serde_json::to_value(problem).unwrap());
        assert_eq!(
            problem,
            [
                field::CODE,
                field::DETAIL,
                field::MESSAGES,
                field::REASONS,
                field::RETRY_AFTER,
                "status",
                "title",
                "type"
            ]
        );
    }
}
