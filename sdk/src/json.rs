//! JSON objects as the calls read and write them.
//!
//! Natively `serde_json` parses them. In a JavaScript host the host parses them: a parser compiled
//! to WebAssembly would be most of what a page downloads.

use alloc::{string::String, vec::Vec};

/// The fields of a JSON object. A field of another type counts as absent.
pub trait JsonObject {
    /// Returns a field that is a string.
    fn string(&self, name: &str) -> Option<String>;

    /// Returns a field that is a number.
    fn number(&self, name: &str) -> Option<f64>;

    /// Returns the strings in a field that is an array, or nothing if it is not one.
    fn strings(&self, name: &str) -> Vec<String>;

    /// Returns a field that is a string, of a field that is an object. Where the host reads it
    /// itself, that is nothing.
    fn nested_string(&self, _object: &str, _name: &str) -> Option<String> {
        None
    }

    /// Returns a field that is a whole number in the range of `u32`.
    fn integer(&self, name: &str) -> Option<u32> {
        let number = self.number(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "compared just below"
        )]
        let integer = number as u32;
        #[expect(clippy::float_cmp, reason = "the cast saturates, so any other number differs")]
        let same = f64::from(integer) == number;
        same.then_some(integer)
    }
}

#[cfg(feature = "transport")]
pub(crate) use native::{ParsedObject, encode};

#[cfg(feature = "transport")]
mod native {
    use alloc::{borrow::ToOwned as _, string::String, string::ToString as _, vec::Vec};

    use serde::de::DeserializeOwned;
    use serde_json::{Map, Value};

    use super::JsonObject;

    /// A JSON object parsed by `serde_json`.
    pub(crate) struct ParsedObject(Map<String, Value>);

    impl ParsedObject {
        /// Parses an object. Returns `None` for other JSON and for anything that is not JSON. The
        /// parser's error is dropped: it quotes its input.
        pub(crate) fn parse(text: &[u8]) -> Option<Self> {
            serde_json::from_slice(text).ok().map(Self)
        }

        /// Returns the object as a type, or `None` if a field is missing or of another type.
        pub(crate) fn decode<T: DeserializeOwned>(&self) -> Option<T> {
            serde_json::from_value(Value::Object(self.0.clone())).ok()
        }
    }

    impl JsonObject for ParsedObject {
        fn string(&self, name: &str) -> Option<String> {
            Some(self.0.get(name)?.as_str()?.to_owned())
        }

        fn number(&self, name: &str) -> Option<f64> {
            self.0.get(name)?.as_f64()
        }

        fn strings(&self, name: &str) -> Vec<String> {
            let items = self.0.get(name).and_then(Value::as_array);
            items.into_iter().flatten().filter_map(|item| Some(item.as_str()?.to_owned())).collect()
        }

        fn nested_string(&self, object: &str, name: &str) -> Option<String> {
            Some(self.0.get(object)?.get(name)?.as_str()?.to_owned())
        }
    }

    /// Encodes an object of strings, and of one number.
    pub(crate) fn encode(
        fields: &[(&'static str, &str)],
        number: Option<(&'static str, u32)>,
    ) -> Vec<u8> {
        let strings = fields.iter().map(|(name, value)| (*name, Value::from(*value)));
        let number = number.map(|(name, value)| (name, Value::from(value)));
        let object = strings.chain(number).map(|(name, value)| (name.to_owned(), value));
        Value::Object(object.collect()).to_string().into_bytes()
    }
}
