//! JSON as the calls take it: an object of texts and whole numbers, and of objects of texts. Nothing else means anything here, so nothing
//! else is kept. A field that stands there twice is refused: two readers would read two different bodies.

use relatch::wire::TokenText;
use relatch::{Password, Problem};
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::body::{Body, invalid, missing};

/// A JSON value, as far as it matters.
pub(super) enum Json {
    /// A string.
    Text(String),
    /// A whole number that is not negative.
    Number(u64),
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

/// An object's fields: each is taken once, and there are no others.
pub(super) struct Fields(pub(super) Vec<(String, Json)>);

impl Fields {
    /// Reads all of them.
    pub(super) fn into_body<T: Body>(mut self) -> Result<T, Problem> {
        self.only(T::FIELDS)?;
        T::read(&mut self)
    }

    /// Apart from [`Self::into_body`] so that it is compiled once.
    #[inline(never)]
    fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((unknown, _)) => {
                let known = known.join("`, `");
                Err(invalid(&format!("unknown field{}: this call takes `{known}`.", named(unknown))))
            }
            None => Ok(()),
        }
    }

    /// A text that may be left out.
    #[inline(never)]
    pub(super) fn text(&mut self, field: &str) -> Result<Option<String>, Problem> {
        match self.take(field) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(wrong_type(field, "a string")),
        }
    }

    /// A whole number that may be left out.
    pub(super) fn number(&mut self, field: &str) -> Result<Option<u64>, Problem> {
        match self.take(field) {
            None => Ok(None),
            Some(Json::Number(number)) => Ok(Some(number)),
            Some(_) => Err(wrong_type(field, "a whole number")),
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

    /// The token.
    pub(super) fn token(&mut self) -> Result<TokenText, Problem> {
        self.token_if_there().ok_or_else(|| missing("token"))
    }

    /// The token, where it may be left out. Anything that is not text is simply not a link.
    pub(super) fn token_if_there(&mut self) -> Option<TokenText> {
        self.take("token").map(|token| match token {
            Json::Text(text) => TokenText::from(text.as_str()),
            Json::Number(_) | Json::Object(_) | Json::Other => TokenText::not_text(),
        })
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
