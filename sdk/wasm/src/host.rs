//! What the npm package gives and takes while a function runs: js/src/host.ts.

use alloc::{borrow::ToOwned as _, string::String, vec::Vec};

use relatch::{
    call::{Fields, whole},
    text::pieces,
};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(raw_module = "../host.js")]
extern "C" {
    /// A field that is text: of what the function is given, or of the answer.
    #[wasm_bindgen(js_name = textOf)]
    fn text_of(answer: bool, name: &str) -> Option<String>;
    /// A field that is a number.
    #[wasm_bindgen(js_name = numberOf)]
    fn number_of(answer: bool, name: &str) -> Option<f64>;
    /// The texts in a field that is a list, a line for each.
    #[wasm_bindgen(js_name = textsOf)]
    fn texts_of(answer: bool, name: &str) -> String;

    /// Adds a field to the body that is sent.
    #[wasm_bindgen(js_name = addField)]
    pub fn add_field(name: &str, value: &str);
    /// Sets the `Authorization` header that is sent.
    #[wasm_bindgen(js_name = setAuthorization)]
    pub fn set_authorization(value: &str);

    /// What is thrown instead of a result. `reasons` has a line for each, `retry_after` is in seconds; after `wait`, in
    /// milliseconds, the call may be made again. `server_code` is one that this version does not know, else empty.
    #[wasm_bindgen(js_name = fail)]
    pub fn fail(
        code: &str,
        message: &str,
        status: Option<u16>,
        reasons: &str,
        retry_after: Option<f64>,
        wait: Option<f64>,
        server_code: &str,
    );
}

/// A text that the function is given: empty, where there is none.
pub fn given(name: &str) -> String {
    text_of(false, name).unwrap_or_default()
}

/// A whole number that the function is given.
pub fn given_number(name: &str) -> Option<u32> {
    whole(&Host { answer: false }, name)
}

/// What stands between the items of a list.
pub fn is_line_end(byte: u8) -> bool {
    byte == b'\n'
}

/// What is given, or the answer.
pub struct Host {
    pub answer: bool,
}

impl Fields for Host {
    fn text(&self, name: &str) -> Option<String> {
        text_of(self.answer, name)
    }

    fn number(&self, name: &str) -> Option<f64> {
        number_of(self.answer, name)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        pieces(&texts_of(self.answer, name), is_line_end).map(str::to_owned).collect()
    }
}
