//! Decodes request bodies: size first, then strict JSON. Errors name the field.
//!
//! A body is an object of strings, whole numbers, and objects of strings. A duplicate field is
//! rejected: two readers would read two different bodies.

use http::{HeaderMap, HeaderName, header};
use relatch::wire::{
    ChangePassword, CheckLink, ConfirmReset, RawToken, RepeatedPassword, RequestReset, field,
};
use relatch::{Code, Password, Problem};
use relatch_domain::values::identifier::Identifier;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The largest body in bytes. It is checked before the content.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// The longest detail in characters, so that text of the caller is not repeated at length.
const MAX_DETAIL_LENGTH: usize = 200;

/// Returns the announced length.
fn announced_length(headers: &HeaderMap) -> Option<usize> {
    let length = text(headers, &header::CONTENT_LENGTH)?.trim().parse::<u64>().ok()?;
    Some(usize::try_from(length).unwrap_or(usize::MAX))
}

/// Returns whether the body is too large, by its announced or its actual length.
pub(super) fn is_too_large(request: &http::Request<Vec<u8>>) -> bool {
    announced_length(request.headers()).unwrap_or_default().max(request.body().len())
        > MAX_BODY_BYTES
}

/// The body of a call, decoded into the type that clients encode.
pub(super) trait Body: Sized {
    /// The fields of the call.
    const FIELDS: &'static [&'static str];

    /// Takes the fields.
    fn read(fields: &mut Fields) -> Result<Self, Problem>;
}

impl Body for RequestReset {
    const FIELDS: &'static [&'static str] = RequestReset::FIELDS;

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self {
            identifier: fields.text(field::IDENTIFIER)?,
            username: fields.text(field::USERNAME)?,
            email: fields.text(field::EMAIL)?,
            locale: fields.text(field::LOCALE)?,
        })
    }
}

impl Body for CheckLink {
    const FIELDS: &'static [&'static str] = CheckLink::FIELDS;

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self { token: fields.token()? })
    }
}

impl Body for ConfirmReset {
    const FIELDS: &'static [&'static str] = ConfirmReset::FIELDS;

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self {
            token: fields.token()?,
            password: fields.text(field::PASSWORD)?.map(Password::from),
            plain_password: fields.object(field::PLAIN_PASSWORD)?,
        })
    }
}

impl Body for RepeatedPassword {
    const FIELDS: &'static [&'static str] = RepeatedPassword::FIELDS;

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self { first: fields.password(field::FIRST)?, second: fields.password(field::SECOND)? })
    }
}

impl Body for ChangePassword {
    const FIELDS: &'static [&'static str] = ChangePassword::FIELDS;

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self { old: fields.password(field::OLD)?, new: fields.password(field::NEW)? })
    }
}

/// Decodes a JSON body.
///
/// # Errors
///
/// The problem that names the field and what is wrong with it.
pub(super) fn decode<T: Body>(request: &http::Request<Vec<u8>>) -> Result<T, Problem> {
    fields(request)?.into_body()
}

/// Decodes the fields. Not generic, so that it is compiled once.
#[inline(never)]
fn fields(request: &http::Request<Vec<u8>>) -> Result<Fields, Problem> {
    if is_too_large(request) {
        return Err(Problem::new(Code::BodyTooLarge)
            .detail(format!("At most {MAX_BODY_BYTES} bytes are read.")));
    }
    if !has_type(request.headers(), "application/json") {
        return Err(Code::ContentTypeUnsupported.into());
    }
    match serde_json::from_slice(request.body()) {
        Ok(Json::Object(fields)) => Ok(Fields(fields)),
        Ok(_) => Err(invalid("The body has the wrong type: expected an object.")),
        Err(error) if error.is_data() => {
            let message = error.to_string();
            Err(invalid(
                message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message),
            ))
        }
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            Err(invalid(&format!(
                "The body is not well-formed JSON (line {line}, column {column})."
            )))
        }
    }
}

/// Parses the identifier in a field.
pub(super) fn identifier(field: &str, value: &str) -> Result<Identifier, Problem> {
    Identifier::parse(value).map_err(|why| invalid(&format!("`{field}` cannot be used: {why}.")))
}

/// Returns the problem of an invalid request.
pub(super) fn invalid(detail: &str) -> Problem {
    let detail: String =
        detail.chars().filter(|c| !c.is_control()).take(MAX_DETAIL_LENGTH).collect();
    Problem::new(Code::RequestInvalid).detail(detail)
}

/// Returns the text of a header that occurs once.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).into_iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Returns the bearer token of a request (RFC 6750).
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = text(headers, &header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Returns whether the body has this media type, in UTF-8.
pub(super) fn has_type(headers: &HeaderMap, media_type: &str) -> bool {
    let Some(content_type) = text(headers, &header::CONTENT_TYPE) else { return false };
    let mut parts = content_type.split(';').map(str::trim);
    let matches = parts.next().is_some_and(|media| media.eq_ignore_ascii_case(media_type));
    matches
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

pub(super) fn missing(field: &str) -> Problem {
    invalid(&format!("missing field `{field}`."))
}

/// A JSON value, as far as bodies use it.
pub(super) enum Json {
    /// A string.
    Text(String),
    /// A non-negative whole number.
    Number(u64),
    /// An object with its fields in order.
    Object(Vec<(String, Json)>),
    /// Anything else.
    Other,
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields: Vec<(String, Json)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format_args!("duplicate field{}.", named(&name))));
            }
            fields.push((name, value));
        }
        Ok(Json::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Json::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Other)
    }
}

/// The fields of an object. Each is taken once.
pub(super) struct Fields(pub(super) Vec<(String, Json)>);

impl Fields {
    /// Decodes all fields. An unknown field is an error.
    pub(super) fn into_body<T: Body>(mut self) -> Result<T, Problem> {
        self.only(T::FIELDS)?;
        T::read(&mut self)
    }

    /// Not generic, so that it is compiled once.
    #[inline(never)]
    fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((unknown, _)) => {
                let known = known.join("`, `");
                Err(invalid(&format!(
                    "unknown field{}: this call takes `{known}`.",
                    named(unknown)
                )))
            }
            None => Ok(()),
        }
    }

    /// Takes an optional string.
    #[inline(never)]
    pub(super) fn text(&mut self, field: &str) -> Result<Option<String>, Problem> {
        match self.take(field) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(wrong_type(field, "a string")),
        }
    }

    /// Takes an optional whole number.
    pub(super) fn number(&mut self, field: &str) -> Result<Option<u64>, Problem> {
        match self.take(field) {
            None => Ok(None),
            Some(Json::Number(number)) => Ok(Some(number)),
            Some(_) => Err(wrong_type(field, "a whole number")),
        }
    }

    /// Takes a required password.
    pub(super) fn password(&mut self, field: &str) -> Result<Password, Problem> {
        self.text(field)?.map(Password::from).ok_or_else(|| missing(field))
    }

    /// Takes an optional object.
    pub(super) fn object<T: Body>(&mut self, field: &str) -> Result<Option<T>, Problem> {
        match self.take(field) {
            None => Ok(None),
            Some(Json::Object(fields)) => Self(fields).into_body().map(Some),
            Some(_) => Err(wrong_type(field, "an object")),
        }
    }

    /// Takes the required token.
    pub(super) fn token(&mut self) -> Result<RawToken, Problem> {
        self.token_if_there().ok_or_else(|| missing(field::TOKEN))
    }

    /// Takes an optional token. A value that is not a string is an invalid token.
    pub(super) fn token_if_there(&mut self) -> Option<RawToken> {
        self.take(field::TOKEN).map(|token| match token {
            Json::Text(text) => RawToken::from(text.as_str()),
            Json::Number(_) | Json::Object(_) | Json::Other => RawToken::NOT_A_STRING,
        })
    }

    fn take(&mut self, field: &str) -> Option<Json> {
        let place = self.0.iter().position(|(name, _)| name == field)?;
        Some(self.0.remove(place).1)
    }
}

/// Returns a field name for a message, if it looks like one: a secret in the wrong place is not
/// repeated.
fn named(field: &str) -> String {
    let plain = field.len() <= 24
        && field.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '[' | ']'));
    if plain { format!(" `{field}`") } else { String::new() }
}

fn wrong_type(field: &str, expected: &str) -> Problem {
    invalid(&format!("`{field}` has the wrong type: expected {expected}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content_type: &str, body: &str) -> http::Request<Vec<u8>> {
        http::Request::builder()
            .header("content-type", content_type)
            .body(body.as_bytes().to_vec())
            .unwrap()
    }

    fn detail<T: Body>(body: &str) -> String {
        decode::<T>(&request("application/json", body))
            .err()
            .and_then(|problem| problem.detail)
            .unwrap_or_default()
    }

    #[test]
    fn an_error_names_the_field() {
        assert_eq!(
            detail::<RequestReset>(r#"{"username":5}"#),
            "`username` has the wrong type: expected a string."
        );
        assert_eq!(
            detail::<RequestReset>(r#"{"url":"x"}"#),
            "unknown field `url`: this call takes `identifier`, `username`, `email`, `locale`."
        );
        assert!(
            detail::<RequestReset>(r#"{"email":"a","email":"b"}"#)
                .starts_with("duplicate field `email`")
        );
        assert_eq!(detail::<ConfirmReset>(r#"{"password":"x"}"#), "missing field `token`.");
        assert!(
            detail::<ConfirmReset>(r#"{"password":"x","email":"y"}"#)
                .starts_with("unknown field `email`")
        );
        assert!(detail::<RequestReset>("{").contains("well-formed"));
        assert!(detail::<RequestReset>("{}{}").contains("well-formed"));
        for body in ["[]", r#"["peter"]"#, "null", "5", r#""peter""#] {
            assert_eq!(
                detail::<RequestReset>(body),
                "The body has the wrong type: expected an object.",
                "{body}"
            );
        }
        let message = detail::<ConfirmReset>(r#"{"token":"t","plainPassword":["a","a"]}"#);
        assert_eq!(message, "`plainPassword` has the wrong type: expected an object.");
    }

    #[test]
    fn a_change_takes_both_passwords_and_nothing_else() {
        assert_eq!(detail::<ChangePassword>(r#"{"new":"x"}"#), "missing field `old`.");
        assert_eq!(detail::<ChangePassword>(r#"{"old":"x"}"#), "missing field `new`.");
        assert_eq!(
            detail::<ChangePassword>(r#"{"old":"x","new":1}"#),
            "`new` has the wrong type: expected a string."
        );
        let message = detail::<ChangePassword>(r#"{"old":"x","new":"y","id":"3"}"#);
        assert_eq!(message, "unknown field `id`: this call takes `old`, `new`.");
    }

    #[test]
    fn a_secret_in_the_wrong_place_is_not_repeated() {
        let message = detail::<ConfirmReset>(r#"{"token":"t","plainPassword":"hunter2hunter2"}"#);
        assert!(message.contains("plainPassword") && !message.contains("hunter2"), "{message}");
        for body in [r#"{"hunter2hunter2":1}"#, r#"{"hunter2hunter2":1,"hunter2hunter2":2}"#] {
            let message = detail::<ConfirmReset>(body);
            assert!(message.contains(" field") && !message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn nulls_arrays_and_objects_are_not_strings() {
        for value in ["null", r#"["peter"]"#, r#"{"$gt":""}"#, "1", "1.5e300", "true"] {
            let message = detail::<RequestReset>(&format!(r#"{{"username":{value}}}"#));
            assert_eq!(message, "`username` has the wrong type: expected a string.", "{value}");
        }
        assert!(
            detail::<ConfirmReset>(r#"{"token":"t","plainPassword":{"first":"a","first":"b"}}"#)
                .contains("duplicate")
        );
    }

    #[test]
    fn a_token_that_is_not_a_string_is_an_invalid_link() {
        for token in ["0", "true", "[]", "{}", "null", r#"{"$gt":""}"#] {
            let body: CheckLink =
                decode(&request("application/json", &format!(r#"{{"token":{token}}}"#))).unwrap();
            assert!(body.token.expose().is_none(), "{token}");
        }
    }

    #[test]
    fn only_json_is_accepted() {
        for (content_type, accepted) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json; charset=utf-16", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("application/json, text/plain", false),
            ("", false),
        ] {
            let decoded = decode::<RequestReset>(&request(content_type, r#"{"email":"a"}"#));
            assert_eq!(decoded.is_ok(), accepted, "{content_type}");
        }
    }

    #[test]
    fn the_size_is_checked_first() {
        let large = request("text/plain", &"x".repeat(MAX_BODY_BYTES + 1));
        assert_eq!(decode::<RequestReset>(&large).unwrap_err().status, 413);
        let mut announced = request("application/json", "{}");
        announced.headers_mut().insert("content-length", "1000000".parse().unwrap());
        assert_eq!(decode::<RequestReset>(&announced).unwrap_err().status, 413);
    }

    #[test]
    fn deep_nesting_is_rejected() {
        let deep = format!("{{\"token\":{}1{}}}", "{\"a\":".repeat(2000), "}".repeat(2000));
        assert_eq!(
            decode::<CheckLink>(&request("application/json", &deep)).unwrap_err().status,
            400
        );
    }
}
