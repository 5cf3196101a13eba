//! The calls by themselves: what each sends, and what comes of an answer. Nothing here sends or waits. [`Client`] does
//! that over a [`Transport`]; the npm package does it with its host's `fetch`; both make their calls of these.
//!
//! [`Client`]: crate::Client
//! [`Transport`]: crate::Transport

use alloc::{string::String, vec::Vec};

use crate::{
    AnswerError, AnswerFault, Error, LinkToken, PasswordRules, Refusal,
    wire::{LinkState, Message, path},
};

/// The longest answer that is read, in bytes. The service's own are far shorter.
pub const LONGEST_ANSWER: usize = 64 * 1024;
/// What an answer may be.
pub const ACCEPT: &str = "application/json, application/problem+json";
/// What a body is.
pub const CONTENT_TYPE: &str = "application/json";

/// What is sent, as often as it is.
pub struct Call<'a> {
    path: &'static str,
    /// A field without a name is none.
    fields: [(&'static str, &'a str); 2],
    session: &'a str,
}

const NO_FIELD: (&str, &str) = ("", "");

impl<'a> Call<'a> {
    const fn of(path: &'static str, fields: [(&'static str, &'a str); 2]) -> Self {
        Self { path, fields, session: "" }
    }

    /// Asks for a mail, in a language if there is one. Answered with a [`Message`].
    #[must_use]
    pub const fn request(identifier: &'a str, locale: Option<&'a str>) -> Self {
        let locale = match locale {
            Some(locale) => ("locale", locale),
            None => NO_FIELD,
        };
        Self::of(path::REQUEST, [("identifier", identifier), locale])
    }

    /// Asks about a link. Answered with a [`LinkState`].
    #[must_use]
    pub fn check(token: &'a LinkToken) -> Self {
        Self::of(path::CHECK, [("token", token.expose()), NO_FIELD])
    }

    /// Sets the password by a link. Answered with a [`Message`].
    #[must_use]
    pub fn confirm(token: &'a LinkToken, password: &'a str) -> Self {
        Self::of(path::CONFIRM, [("token", token.expose()), ("password", password)])
    }

    /// Changes the password of whoever this session is of, or the one in the host's cookies. Answered with a [`Message`].
    #[must_use]
    pub const fn change(session: Option<&'a str>, old: &'a str, new: &'a str) -> Self {
        let session = match session {
            Some(session) => session,
            None => "",
        };
        Self { session, ..Self::of(path::CHANGE, [("old", old), ("new", new)]) }
    }

    /// Asks for the rules. Answered with [`PasswordRules`].
    #[must_use]
    pub const fn rules() -> Self {
        Self::of(path::RULES, [NO_FIELD; 2])
    }

    /// Where it goes.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// The fields of its body, texts all of them. Without any it is a GET, else a POST.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        self.fields.into_iter().filter(|(name, _)| !name.is_empty())
    }

    /// The `Authorization` header.
    #[must_use]
    pub fn authorization(&self) -> Option<String> {
        (!self.session.is_empty()).then(|| ["Bearer ", self.session].concat())
    }

    /// Whether it may be made again by itself. A change is made once, whatever comes of it.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.path != path::CHANGE
    }

    /// What an answer says: the result, its refusal, or neither.
    pub fn read<A: Answer>(&self, incoming: &Incoming<impl Fields>) -> Result<A, Error> {
        let fields = self.accepted(incoming)?;
        A::read(fields).ok_or_else(|| incoming.fault(AnswerFault::NotUnderstood))
    }

    /// The fields of a result, whichever it is of.
    fn accepted<'f, F: Fields>(&self, incoming: &'f Incoming<F>) -> Result<&'f F, Error> {
        let fault = match &incoming.body {
            _ if matches!(incoming.status, 0 | 300..=399) => AnswerFault::Redirect,
            Body::TooLong => AnswerFault::TooLong,
            Body::Fields(fields) if matches!(incoming.status, 200..=299) => return Ok(fields),
            Body::Fields(fields) if matches!(incoming.status, 400..=599) => {
                let retry_after = incoming.retry_after.as_deref();
                match Refusal::read(incoming.status, retry_after, fields, self.sent()) {
                    Some(refusal) => return Err(Error::Refused(refusal)),
                    None => AnswerFault::NotUnderstood,
                }
            }
            Body::Fields(_) | Body::Other => AnswerFault::NotUnderstood,
        };
        Err(incoming.fault(fault))
    }

    /// What an answer must not repeat: all of it but the language.
    fn sent(&self) -> [&'a str; 3] {
        let [(_, first), (name, second)] = self.fields;
        [first, if name == "locale" { "" } else { second }, self.session]
    }
}

impl core::fmt::Debug for Call<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Call").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What an answer has at its top level. A field of another kind is no field.
pub trait Fields {
    /// A field that is text.
    fn text(&self, name: &str) -> Option<String>;
    /// A field that is a number.
    fn number(&self, name: &str) -> Option<f64>;
    /// The texts in a field that is a list; none, where it is not.
    fn texts(&self, name: &str) -> Vec<String>;
}

/// A field that is a whole number.
pub fn whole(fields: &impl Fields, name: &str) -> Option<u32> {
    let number = fields.number(name)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "compared just below")]
    let whole = number as u32;
    #[expect(clippy::float_cmp, reason = "it is either the very same number or not whole, or out of range")]
    let same = f64::from(whole) == number;
    same.then_some(whole)
}

/// An answer, as it came.
pub struct Incoming<F> {
    /// The HTTP status; 0 where the host does not tell that of a redirect.
    pub status: u16,
    /// The header of that name.
    pub retry_after: Option<String>,
    /// What it said.
    pub body: Body<F>,
}

impl<F> Incoming<F> {
    fn fault(&self, fault: AnswerFault) -> Error {
        Error::Answer(AnswerError { status: self.status, fault })
    }
}

/// The body of an answer.
pub enum Body<F> {
    /// A JSON object.
    Fields(F),
    /// More than [`LONGEST_ANSWER`] bytes.
    TooLong,
    /// Anything else.
    Other,
}

/// The result of a call.
pub trait Answer: Sized {
    /// Reads it. Nothing, where a field that is needed is missing.
    fn read(fields: &impl Fields) -> Option<Self>;
}

impl Answer for Message {
    fn read(fields: &impl Fields) -> Option<Self> {
        Some(Self { message: fields.text("message")? })
    }
}

impl Answer for LinkState {
    fn read(fields: &impl Fields) -> Option<Self> {
        let expires_at = fields.text("expires_at")?;
        // RFC 3339, as far as it has to be looked at to tell it from anything else.
        let form = "0000-00-00T00:00:00Z";
        let fits = |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
        let is_time = expires_at.len() == form.len() && expires_at.bytes().zip(form.bytes()).all(fits);
        is_time.then_some(Self { expires_at })
    }
}

impl Answer for PasswordRules {
    fn read(fields: &impl Fields) -> Option<Self> {
        Some(Self {
            min_length: whole(fields, "min_length")?,
            max_length: whole(fields, "max_length")?,
            max_bytes: whole(fields, "max_bytes"),
        })
    }
}

#[cfg(test)]
#[cfg(feature = "transport")]
mod tests {
    use alloc::string::ToString as _;

    use serde::Serialize;
    use serde_json::{Value, to_value};

    use super::*;
    use crate::{
        token::{TOKEN_BYTES, VERSION},
        wire::{ChangePassword, CheckLink, ConfirmReset, RequestReset, TokenText},
    };

    fn sends(call: &Call<'_>, body: &impl Serialize) {
        let fields: Vec<_> = call.fields().collect();
        let sent: Value = serde_json::from_slice(&crate::json::write(&fields)).unwrap();
        assert_eq!(sent, to_value(body).unwrap());
    }

    #[test]
    fn a_call_sends_what_the_contract_says() {
        let mut bytes = [7; TOKEN_BYTES];
        bytes[0] = VERSION;
        let token = LinkToken::from_bytes(bytes);
        let text = || TokenText::from(token.expose());
        let (old, new) = ("an \"old\" one", "a n\u{e9}w one");

        let request = RequestReset { identifier: Some("peter".to_string()), ..RequestReset::default() };
        sends(&Call::request("peter", None), &request);
        let request = RequestReset { locale: Some("de".to_string()), ..request };
        sends(&Call::request("peter", Some("de")), &request);
        sends(&Call::check(&token), &CheckLink { token: text() });
        let confirm = ConfirmReset { token: text(), password: Some(new.into()), plain_password: None };
        sends(&Call::confirm(&token, new), &confirm);
        sends(&Call::change(None, old, new), &ChangePassword { old: old.into(), new: new.into() });
    }
}
