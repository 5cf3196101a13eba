//! JSON natively. In a JavaScript host it is the host's own: a parser would be most of what a page has to download.

use std::{borrow::ToOwned as _, string::String, string::ToString as _, vec::Vec};

use serde_json::{Map, Value};

use crate::call::Fields;

/// An answer's object.
pub(crate) struct Object(Map<String, Value>);

impl Object {
    /// Nothing, where the text is no JSON object. The parser's own error is dropped: it quotes what it read.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok().map(Self)
    }
}

impl Fields for Object {
    fn text(&self, name: &str) -> Option<String> {
        Some(self.0.get(name)?.as_str()?.to_owned())
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.as_f64()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let items = self.0.get(name).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(|item| Some(item.as_str()?.to_owned())).collect()
    }
}

/// A body of these fields.
pub(crate) fn write(fields: &[(&'static str, &str)]) -> Vec<u8> {
    let object = fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    Value::Object(object.collect()).to_string().into_bytes()
}
