//! JSON as the calls take it: an object of texts, and of objects of texts. Nothing else means anything here, so nothing
//! else is kept. A field that stands there twice is refused: two readers would read two different bodies.

use relatch::wire::TokenText;
use relatch::{Password, Problem};
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::body::{Body, invalid, missing};

/// A JSON value, as far as it matters.
pub(super) enum Json {
    /// A string.
    Text(String),
    /// An object, its fields in their order.
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

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Other)
    }
}

/// An object's fields: each is taken once, and there are no others.
pub(super) struct Fields(pub(super) Vec<(String, Json)>);

impl Fields {
    /// Reads all of them.
    pub(super) fn into_body<T: Body>(mut self) -> Result<T, Problem> {
        if let Some((unknown, _)) = self.0.iter().find(|(name, _)| !T::FIELDS.contains(&name.as_str())) {
            let known = T::FIELDS.join("`, `");
            return Err(invalid(&format!("unknown field{}: this call takes `{known}`.", named(unknown))));
        }
        T::read(&mut self)
    }

    /// A text that may be left out.
    pub(super) fn text(&mut self, field: &str) -> Result<Option<String>, Problem> {
        match self.take(field) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(wrong_type(field, "a string")),
        }
    }

    /// A password, which is always needed.
    pub(super) fn password(&mut self, field: &str) -> Result<Password, Problem> {
        self.text(field)?.map(Password::from).ok_or_else(|| missing(field))
    }

    /// An object that may be left out.
    pub(super) fn object<T: Body>(&mut self, field: &str) -> Result<Option<T>, Problem> {
        match self.take(field) {
            None => Ok(None),
            Some(Json::Object(fields)) => Self(fields).into_body().map(Some),
            Some(_) => Err(wrong_type(field, "an object")),
        }
    }

    /// The token. Anything that is not text is simply not a link.
    pub(super) fn token(&mut self) -> Result<TokenText, Problem> {
        match self.take("token") {
            None => Err(missing("token")),
            Some(Json::Text(text)) => Ok(TokenText::from(text.as_str())),
            Some(_) => Ok(TokenText::not_text()),
        }
    }

    fn take(&mut self, field: &str) -> Option<Json> {
        let place = self.0.iter().position(|(name, _)| name == field)?;
        Some(self.0.remove(place).1)
    }
}

/// A field's name, if it looks like one: a secret in the wrong place is not repeated.
fn named(field: &str) -> String {
    let plain = field.len() <= 24 && field.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '[' | ']'));
    if plain { format!(" `{field}`") } else { String::new() }
}

fn wrong_type(field: &str, expected: &str) -> Problem {
    invalid(&format!("`{field}` has the wrong type: expected {expected}."))
}
