//! The calls without I/O: what each one sends, and what a response means.
//!
//! Nothing here sends or waits. [`Client`](crate::Client) does that over a
//! [`Transport`](crate::Transport); the npm package does it with the `fetch` of its host.

use alloc::{string::String, vec, vec::Vec};

use crate::{
    Error, LinkToken, PasswordRules, ProtocolError, ProtocolErrorKind, Refusal,
    json::JsonObject,
    wire::{LinkState, Message, field, path},
};

/// The longest response body that the client accepts, in bytes. The service sends far shorter ones.
pub const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// One call of the API: its path, the fields of its body, and its session.
pub struct ApiCall<'a> {
    path: &'static str,
    fields: Vec<(&'static str, &'a str)>,
    /// The session, or the server key.
    session: Option<&'a str>,
    #[cfg(feature = "transport")]
    number: Option<(&'static str, u32)>,
    #[cfg(feature = "transport")]
    query: &'a [(&'static str, String)],
}

impl<'a> ApiCall<'a> {
    fn new(
        path: &'static str,
        fields: Vec<(&'static str, &'a str)>,
        session: Option<&'a str>,
    ) -> Self {
        Self {
            path,
            fields,
            session,
            #[cfg(feature = "transport")]
            number: None,
            #[cfg(feature = "transport")]
            query: &[],
        }
    }

    /// Requests a reset mail, in a language if there is one, and with the token of a captcha if
    /// there is one. The result is a [`Message`].
    #[must_use]
    pub fn request(identifier: &'a str, locale: Option<&'a str>, captcha: Option<&'a str>) -> Self {
        let mut fields = vec![(field::IDENTIFIER, identifier)];
        fields.extend(locale.map(|locale| (field::LOCALE, locale)));
        fields.extend(captcha.map(|captcha| (field::CAPTCHA, captcha)));
        Self::new(path::REQUEST, fields, None)
    }

    /// Checks a link. The result is a [`LinkState`].
    #[must_use]
    pub fn check(token: &'a LinkToken) -> Self {
        Self::new(path::CHECK, vec![(field::TOKEN, token.expose())], None)
    }

    /// Sets a password with a link. The result is a [`Message`].
    #[must_use]
    pub fn confirm(token: &'a LinkToken, password: &'a str) -> Self {
        let fields = vec![(field::TOKEN, token.expose()), (field::PASSWORD, password)];
        Self::new(path::CONFIRM, fields, None)
    }

    /// Changes the password of a signed-in account. Without a session the host's cookies
    /// authenticate the call. The result is a [`Message`].
    #[must_use]
    pub fn change(session: Option<&'a str>, old: &'a str, new: &'a str) -> Self {
        Self::new(path::CHANGE, vec![(field::OLD, old), (field::NEW, new)], session)
    }

    /// Reads the password rules. The result is [`PasswordRules`].
    #[must_use]
    pub fn rules() -> Self {
        Self::new(path::RULES, Vec::new(), None)
    }

    /// Makes a server call with a key, about an account if it has fields.
    #[cfg(feature = "transport")]
    pub(crate) fn server(
        path: &'static str,
        fields: Vec<(&'static str, &'a str)>,
        key: &'a str,
    ) -> Self {
        Self::new(path, fields, Some(key))
    }

    /// Adds a number to the body.
    #[cfg(feature = "transport")]
    pub(crate) fn number(mut self, name: &'static str, value: Option<u32>) -> Self {
        self.number = value.map(|value| (name, value));
        self
    }

    /// Adds the parameters of a query.
    #[cfg(feature = "transport")]
    pub(crate) fn query(mut self, query: &'a [(&'static str, String)]) -> Self {
        self.query = query;
        self
    }

    /// Returns the path with its query, relative to the base URL.
    #[cfg(feature = "transport")]
    pub(crate) fn target(&self) -> String {
        let mut target = String::from(self.path);
        for (index, (name, value)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target.push_str(name);
            target.push('=');
            percent_encode(value, &mut target);
        }
        target
    }

    /// Returns the JSON body, or an empty one if the call is a GET.
    #[cfg(feature = "transport")]
    pub(crate) fn body(&self) -> Vec<u8> {
        if self.fields.is_empty() {
            return Vec::new();
        }
        crate::json::encode(&self.fields, self.number)
    }

    /// Returns the path, relative to the base URL.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// Returns the fields of the JSON body; all of them are strings. A call without fields is a GET
    /// without a body, every other one a POST.
    #[must_use]
    pub fn fields(&self) -> &[(&'static str, &'a str)] {
        &self.fields
    }

    /// Returns the `Authorization` header.
    #[must_use]
    pub fn authorization(&self) -> Option<String> {
        self.session.map(|session| ["Bearer ", session].concat())
    }

    /// Reports whether the client may retry this call by itself. A change is sent once, and so are
    /// a mail with a link and a retry of mails that a server asks for, and a request with the token
    /// of a captcha, which is valid once.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        #[cfg(feature = "transport")]
        if matches!(self.path, path::SERVER_RESET | path::SERVER_INVITE | path::SERVER_RETRY) {
            return false;
        }
        let has_captcha = self.fields.iter().any(|(name, _)| *name == field::CAPTCHA);
        self.path != path::CHANGE && !has_captcha
    }

    /// Reads a response: the result of the call, a refusal, or neither.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the response is a problem, [`Error::Protocol`] if it is neither a
    /// problem nor a result of this call.
    pub fn read<T: FromJson>(&self, response: &ApiResponse<impl JsonObject>) -> Result<T, Error> {
        let object = self.result_object(response)?;
        T::from_json(object).ok_or_else(|| response.protocol_error(ProtocolErrorKind::Unrecognized))
    }

    /// Returns the JSON object of a successful response.
    fn result_object<'r, J: JsonObject>(
        &self,
        response: &'r ApiResponse<J>,
    ) -> Result<&'r J, Error> {
        let kind = match &response.body {
            _ if matches!(response.status, 0 | 300..=399) => ProtocolErrorKind::Redirect,
            ResponseBody::TooLarge => ProtocolErrorKind::TooLarge,
            ResponseBody::Object(object) if matches!(response.status, 200..=299) => {
                return Ok(object);
            }
            ResponseBody::Object(object) if matches!(response.status, 400..=599) => {
                let retry_after = response.retry_after.as_deref();
                match Refusal::read(response.status, retry_after, object, &self.private_values()) {
                    Some(refusal) => return Err(Error::Refused(refusal)),
                    None => ProtocolErrorKind::Unrecognized,
                }
            }
            ResponseBody::Object(_) | ResponseBody::Other => ProtocolErrorKind::Unrecognized,
        };
        Err(response.protocol_error(kind))
    }

    /// Returns the values that an error must not repeat: all that is sent, except the language.
    fn private_values(&self) -> Vec<&'a str> {
        let fields = self.fields.iter().filter(|(name, _)| *name != field::LOCALE);
        let values = fields.map(|(_, value)| *value).chain(self.session);
        #[cfg(feature = "transport")]
        let values = values.chain(
            self.query
                .iter()
                .filter(|(name, _)| *name == field::ACCOUNT)
                .map(|(_, value)| value.as_str()),
        );
        values.collect()
    }
}

/// Appends a text, percent-encoded except for unreserved characters (RFC 3986 section 2.3).
#[cfg(feature = "transport")]
fn percent_encode(text: &str, to: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            to.push(char::from(byte));
        } else {
            to.push('%');
            for nibble in [byte >> 4, byte & 15] {
                to.push(char::from(*DIGITS.get(usize::from(nibble)).unwrap_or(&b'0')));
            }
        }
    }
}

/// Reads a response of `serde_json`: see [`ApiCall::read`].
///
/// # Errors
///
/// As [`ApiCall::read`].
#[cfg(feature = "transport")]
pub(crate) fn read<T: FromJson>(
    call: &ApiCall<'_>,
    response: &ApiResponse<crate::json::ParsedObject>,
) -> Result<T, Error> {
    call.read(response)
}

/// Reads a response, as [`read`], into a type with lists or nested objects.
///
/// # Errors
///
/// As [`ApiCall::read`].
#[cfg(feature = "transport")]
pub(crate) fn read_nested<T: serde::de::DeserializeOwned>(
    call: &ApiCall<'_>,
    response: &ApiResponse<crate::json::ParsedObject>,
) -> Result<T, Error> {
    let object = call.result_object(response)?;
    object.decode().ok_or_else(|| response.protocol_error(ProtocolErrorKind::Unrecognized))
}

impl core::fmt::Debug for ApiCall<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("ApiCall").field("path", &self.path).finish_non_exhaustive()
    }
}

/// An HTTP response to an [`ApiCall`].
pub struct ApiResponse<J> {
    /// The HTTP status, or 0 if the host hides that of a redirect.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The body.
    pub body: ResponseBody<J>,
}

impl<J> ApiResponse<J> {
    fn protocol_error(&self, kind: ProtocolErrorKind) -> Error {
        Error::Protocol(ProtocolError { status: self.status, kind })
    }
}

/// The body of an [`ApiResponse`].
pub enum ResponseBody<J> {
    /// A JSON object.
    Object(J),
    /// More than [`MAX_RESPONSE_BYTES`] bytes.
    TooLarge,
    /// Anything else.
    Other,
}

/// The result of a call, read from JSON.
pub trait FromJson: Sized {
    /// Reads the result. Returns `None` if a required field is missing.
    fn from_json(object: &impl JsonObject) -> Option<Self>;
}

impl FromJson for Message {
    fn from_json(object: &impl JsonObject) -> Option<Self> {
        Some(Self { message: object.string(field::MESSAGE)? })
    }
}

impl FromJson for LinkState {
    fn from_json(object: &impl JsonObject) -> Option<Self> {
        let expires_at = object.string(field::EXPIRES_AT)?;
        is_timestamp(&expires_at).then_some(Self { expires_at })
    }
}

/// Reports whether a text has the form of an RFC 3339 timestamp in UTC with whole seconds.
fn is_timestamp(text: &str) -> bool {
    let form = "0000-00-00T00:00:00Z";
    let is_allowed =
        |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(is_allowed)
}

impl FromJson for PasswordRules {
    fn from_json(object: &impl JsonObject) -> Option<Self> {
        Some(Self {
            min_length: object.integer(field::MIN_LENGTH)?,
            max_length: object.integer(field::MAX_LENGTH)?,
            max_bytes: object.integer(field::MAX_BYTES),
            application_name: object.string(field::APPLICATION_NAME),
        })
    }
}

#[cfg(test)]
#[cfg(feature = "transport")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::token::{TOKEN_BYTES, VERSION};

    fn body(call: &ApiCall<'_>) -> Value {
        match call.body() {
            body if body.is_empty() => json!({}),
            body => serde_json::from_slice(&body).unwrap(),
        }
    }

    #[test]
    fn a_call_sends_the_fields_of_the_wire_contract() {
        let mut bytes = [7; TOKEN_BYTES];
        bytes[0] = VERSION;
        let link = LinkToken::from_bytes(bytes);
        let token = link.expose();
        let (old, new) = ("an \"old\" one", "a n\u{e9}w one");

        assert_eq!(body(&ApiCall::request("peter", None, None)), json!({"identifier": "peter"}));
        assert_eq!(
            body(&ApiCall::request("peter", Some("de"), Some("t"))),
            json!({"identifier": "peter", "locale": "de", "captcha": "t"})
        );
        assert_eq!(body(&ApiCall::check(&link)), json!({"token": token}));
        assert_eq!(body(&ApiCall::confirm(&link, new)), json!({"token": token, "password": new}));
        assert_eq!(body(&ApiCall::change(None, old, new)), json!({"old": old, "new": new}));
        assert_eq!(body(&ApiCall::rules()), json!({}));
        let events = ApiCall::server(path::SERVER_EVENTS, vec![(field::ACCOUNT, "17")], "key");
        assert_eq!(body(&events), json!({"account": "17"}));
        let events = events.number(field::LIMIT, Some(5));
        assert_eq!(body(&events), json!({"account": "17", "limit": 5}));
        let query = [(field::ACCOUNT, "a&b/\u{fc} %+".into()), (field::LIMIT, "5".into())];
        let page = ApiCall::server(path::SERVER_EVENTS, Vec::new(), "key").query(&query);
        assert_eq!(page.target(), "/server/events?account=a%26b%2F%C3%BC%20%25%2B&limit=5");
        assert_eq!((body(&page), page.path()), (json!({}), "/server/events"));
    }
}
