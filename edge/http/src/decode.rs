//! Decodes request bodies: size first, then coding and type, then strict JSON. Errors name the
//! header or the field.
//!
//! A body is an object of strings, whole numbers, and objects of strings. A duplicate field is
//! rejected: two readers would read two different bodies.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::percent_decode;
use relatch::wire::{
    ChangePassword, CheckLink, ConfirmReset, RawToken, RepeatedPassword, RequestReset, field,
};
use relatch::{Code, Password, Problem};
use relatch_domain::values::account::AccountId;
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::name::MAX_LENGTH;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The largest body in bytes. It is checked before the content.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// The media type of calls.
pub(super) const JSON: &str = "application/json";

/// The media type of forms.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The longest detail in characters, so that text of the caller is not repeated at length.
const MAX_DETAIL_LENGTH: usize = 200;

/// The longest parameter of a query. Identifiers and account ids are at most this long.
const MAX_PARAMETER_BYTES: usize = 254;

/// The default and the maximum number of events.
pub(crate) const DEFAULT_EVENTS: u32 = 20;
pub(crate) const MAX_EVENTS: u32 = 100;

/// Returns the announced length.
fn announced_length(headers: &HeaderMap) -> Option<usize> {
    let length = text(headers, &header::CONTENT_LENGTH)?.trim().parse::<u64>().ok()?;
    Some(usize::try_from(length).unwrap_or(usize::MAX))
}

/// Returns whether the body is too large, by its announced or its actual length.
pub(super) fn is_too_large(request: &http::Request<Vec<u8>>) -> bool {
    is_longer_than(request, MAX_BODY_BYTES)
}

/// Returns whether the body has more bytes than this, by its announced or its actual length.
pub(super) fn is_longer_than(request: &http::Request<Vec<u8>>, bytes: usize) -> bool {
    announced_length(request.headers()).unwrap_or_default().max(request.body().len()) > bytes
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
            captcha: fields.text(field::CAPTCHA)?,
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

/// Checks that the body is not too large, not encoded, and of this media type.
///
/// # Errors
///
/// The problem that names the header and what is wrong with it.
pub(super) fn check_content(
    request: &http::Request<Vec<u8>>,
    media_type: &str,
) -> Result<(), Problem> {
    if is_too_large(request) {
        return Err(Problem::new(Code::BodyTooLarge)
            .detail(format!("At most {MAX_BODY_BYTES} bytes are read.")));
    }
    let headers = request.headers();
    // RFC 9110 section 14.4: no resource supports a partial PUT.
    if request.method() == Method::PUT && headers.contains_key(header::CONTENT_RANGE) {
        return Err(invalid("`Content-Range` is not supported: send the whole body without it."));
    }
    let unsupported = |detail: String| Problem::new(Code::ContentTypeUnsupported).detail(detail);
    if !is_identity(headers) {
        return Err(unsupported(
            "`Content-Encoding` must be `identity` or absent: send the body without compression."
                .to_owned(),
        ));
    }
    let values = combined(headers, &header::CONTENT_TYPE);
    // Of several values, a recipient could take any (RFC 9110 section 8.3).
    let mut types = list(&values).peekable();
    if types.peek().is_none() {
        return Err(unsupported(format!("`Content-Type` is missing: send `{media_type}`.")));
    }
    let mut utf8 = true;
    for content_type in types {
        let mut parts = split_outside_quotes(content_type, ';');
        if !parts.next().is_some_and(|name| name.eq_ignore_ascii_case(media_type)) {
            return Err(unsupported(format!("`Content-Type` must be `{media_type}`.")));
        }
        utf8 &= parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => is_utf8(value),
            _ => true,
        });
    }
    if utf8 {
        Ok(())
    } else {
        Err(unsupported("The `charset` of `Content-Type` must be `utf-8` or absent.".to_owned()))
    }
}

/// Returns the header of a 415 response that names what is supported (RFC 9110 section 15.5.16).
pub(super) fn supported(
    headers: &HeaderMap,
    media_type: &'static str,
) -> (HeaderName, HeaderValue) {
    if is_identity(headers) {
        (header::ACCEPT, HeaderValue::from_static(media_type))
    } else {
        (header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
    }
}

/// Returns whether the body is not encoded (RFC 9110 section 8.4).
fn is_identity(headers: &HeaderMap) -> bool {
    let values = combined(headers, &header::CONTENT_ENCODING);
    list(&values).all(|coding| coding.eq_ignore_ascii_case("identity"))
}

/// Returns whether the value of a `charset` is a label of UTF-8 (WHATWG Encoding section 4.2), as a
/// token or a quoted string.
fn is_utf8(value: &str) -> bool {
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let label = match quoted {
        // A quoted pair is its second character (RFC 9110 section 5.6.4).
        Some(quoted) => quoted.replace('\\', "").trim_ascii().to_ascii_lowercase(),
        None => value.to_ascii_lowercase(),
    };
    matches!(
        label.as_str(),
        "utf-8"
            | "utf8"
            | "unicode-1-1-utf-8"
            | "unicode11utf8"
            | "unicode20utf8"
            | "x-unicode20utf8"
    )
}

/// Returns all values of a header, joined by commas (RFC 9110 section 5.3). A value that is not
/// ASCII is replaced by one that nothing accepts.
fn combined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or("?"));
    values.collect::<Vec<_>>().join(",")
}

/// Returns the elements of a list, without the empty ones (RFC 9110 section 5.6.1.2).
fn list(values: &str) -> impl Iterator<Item = &str> {
    split_outside_quotes(values, ',').filter(|element| !element.is_empty())
}

/// Splits a text at a separator that is not within a quoted string, and trims the parts.
fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |c| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match c {
            '\\' if is_quoted && !was_escaped => is_escaped = true,
            '"' if !was_escaped => is_quoted = !is_quoted,
            _ => {}
        }
        c == separator && !is_quoted
    })
    .map(|part| part.trim_matches([' ', '\t']))
}

/// Decodes the fields. Not generic, so that it is compiled once.
#[inline(never)]
fn fields(request: &http::Request<Vec<u8>>) -> Result<Fields, Problem> {
    check_content(request, JSON)?;
    // Parsers may ignore a byte order mark (RFC 8259 section 8.1), and some clients write one.
    let body = request.body();
    match serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)) {
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

/// Decodes the parameters of a query as fields with texts.
///
/// # Errors
///
/// `request_invalid` if a parameter occurs twice, is too long or is not UTF-8.
pub(super) fn query(query: &str) -> Result<Fields, Problem> {
    let mut fields: Vec<(String, Json)> = Vec::new();
    for (name, value) in pairs(query.as_bytes()) {
        let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
            return Err(invalid("The query must be in UTF-8."));
        };
        if value.len() > MAX_PARAMETER_BYTES {
            return Err(invalid(&format!(
                "The parameter{} must have at most {MAX_PARAMETER_BYTES} bytes.",
                named(&name)
            )));
        }
        if fields.iter().any(|(known, _)| *known == name) {
            return Err(invalid(&format!("duplicate field{}.", named(&name))));
        }
        let is_number = name == field::LIMIT && value.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| value.parse().ok()).flatten();
        fields.push((name, number.map_or(Json::Text(value), Json::Number)));
    }
    Ok(Fields(fields))
}

/// Splits a form or a query into encoded names and values (WHATWG URL, section 5.1).
pub(super) fn pairs(form: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
    })
}

/// Decodes a name or value. Returns `None` if it is not UTF-8: a password is used exactly as typed,
/// or not at all.
pub(super) fn decoded(text: &[u8]) -> Option<String> {
    let text: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&text).decode_utf8().ok().map(Cow::into_owned)
}

/// Parses the identifier in a field. The field `email` takes one plain address; the others take an
/// address or a user name.
pub(super) fn identifier(name: &str, value: &str) -> Result<Identifier, Problem> {
    let parsed = if name == field::EMAIL {
        Identifier::parse_email(value)
    } else {
        Identifier::parse(value)
    };
    parsed.map_err(|why| invalid(&format!("`{name}` cannot be used: {why}.")))
}

/// Checks an account id.
pub(crate) fn account_id(typed: String) -> Result<AccountId, Problem> {
    if typed.is_empty() || typed.len() > MAX_LENGTH || typed.chars().any(char::is_control) {
        return Err(invalid("`account` must be an account id of at most 254 bytes."));
    }
    Ok(AccountId(typed))
}

/// Takes the most events of a response.
pub(crate) fn limit(fields: &mut Fields) -> Result<u32, Problem> {
    let limit = fields
        .number(field::LIMIT)?
        .map_or(Some(DEFAULT_EVENTS), |limit| u32::try_from(limit).ok());
    let limit = limit.filter(|limit| (1..=MAX_EVENTS).contains(limit));
    limit.ok_or_else(|| invalid("`limit` must be a whole number from 1 to 100."))
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
            "unknown field `url`: this call takes `identifier`, `username`, `email`, `locale`, \
             `captcha`."
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

    /// Decodes a valid body with these headers. Returns the detail of the problem, if any.
    fn with_headers(headers: &[(&str, &str)]) -> Option<String> {
        let mut request = http::Request::put("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(br#"{"email":"a"}"#.to_vec()).unwrap();
        decode::<RequestReset>(&request).err().and_then(|problem| problem.detail)
    }

    #[test]
    fn every_spelling_of_json_in_utf8_is_accepted() {
        for content_type in [
            "application/json",
            "Application/JSON",
            " application/json\t",
            "application/json;",
            "application/json ; ;",
            "application/json;charset=utf-8",
            "application/json ; Charset=UTF-8",
            "application/json;charset=utf8",
            "application/json; charset=UTF8",
            "application/json; charset=\"utf-8\"",
            "application/json; charset=\"UTF8\"",
            r#"application/json; charset="u\tf-8""#,
            "application/json; charset=unicode-1-1-utf-8",
            "application/json; charset=unicode11utf8",
            "application/json; charset=unicode20utf8",
            "application/json; charset=x-unicode20utf8",
            "application/json; charset=utf-8; charset=utf8",
            "application/json; version=1; profile=\"a;charset=utf-16, text/plain\"",
            r#"application/json; profile="\";charset=utf-16""#,
            "application/json, application/json; charset=utf-8",
        ] {
            assert_eq!(with_headers(&[("content-type", content_type)]), None, "{content_type}");
        }
        let two = [("content-type", "application/json"), ("content-type", "application/json")];
        assert_eq!(with_headers(&two), None);
    }

    #[test]
    fn another_type_or_charset_is_named() {
        for (content_type, named) in [
            ("", "`Content-Type` is missing"),
            (",", "`Content-Type` is missing"),
            ("text/plain", "`Content-Type` must be `application/json`"),
            ("text/plain; charset=utf-8", "`Content-Type` must be"),
            ("text/json", "`Content-Type` must be"),
            ("application/x-www-form-urlencoded", "`Content-Type` must be"),
            // These formats have their own members.
            ("application/problem+json", "`Content-Type` must be"),
            ("application/vnd.api+json", "`Content-Type` must be"),
            ("application/json, text/plain", "`Content-Type` must be"),
            ("application/json charset=utf-8", "`Content-Type` must be"),
            ("\"application/json\"", "`Content-Type` must be"),
            ("application/json; charset=utf-16", "The `charset`"),
            ("application/json; charset=iso-8859-1", "The `charset`"),
            ("application/json; charset=utf-7", "The `charset`"),
            ("application/json; charset=", "The `charset`"),
            ("application/json; charset=\"\"", "The `charset`"),
            ("application/json; charset='utf-8'", "The `charset`"),
            ("application/json; charset=utf-8; charset=utf-16", "The `charset`"),
            ("application/json, application/json; charset=utf-16", "The `charset`"),
        ] {
            let message = with_headers(&[("content-type", content_type)]).unwrap_or_default();
            assert!(message.starts_with(named), "{content_type}: {message}");
        }
        assert!(with_headers(&[]).unwrap().starts_with("`Content-Type` is missing"));
    }

    #[test]
    fn a_body_with_a_content_coding_is_not_read() {
        let json = ("content-type", "application/json");
        for coding in ["identity", "Identity", "", "identity, identity", " ,identity"] {
            assert_eq!(with_headers(&[json, ("content-encoding", coding)]), None, "{coding}");
        }
        for coding in ["gzip", "x-gzip", "br", "deflate", "zstd", "identity, gzip", "utf-8", "*"] {
            let message = with_headers(&[json, ("content-encoding", coding)]).unwrap_or_default();
            assert!(message.starts_with("`Content-Encoding` must be"), "{coding}: {message}");
        }
        let message = with_headers(&[json, ("content-range", "bytes 0-1/2")]).unwrap();
        assert!(message.starts_with("`Content-Range`"), "{message}");
    }

    #[test]
    fn a_byte_order_mark_is_ignored_once() {
        let body = "\u{feff}{\"email\":\"a\"}";
        assert!(decode::<RequestReset>(&request("application/json", body)).is_ok());
        let twice = format!("\u{feff}{body}");
        assert!(decode::<RequestReset>(&request("application/json", &twice)).is_err());
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
