//! The functions of the npm package that this module imports (`js/src/host.ts`).

use alloc::{borrow::ToOwned as _, string::String, vec::Vec};

use relatch::internal::JsonObject;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(raw_module = "../host.js")]
extern "C" {
    /// Returns a string field of the input, or of the response.
    #[wasm_bindgen(js_name = textOf)]
    fn string_of(response: bool, name: &str) -> Option<String>;
    /// Returns a number field.
    #[wasm_bindgen(js_name = numberOf)]
    fn number_of(response: bool, name: &str) -> Option<f64>;
    /// Returns the strings in an array field, one per line.
    #[wasm_bindgen(js_name = textsOf)]
    fn strings_of(response: bool, name: &str) -> String;

    /// Sets the result of the function that runs.
    #[wasm_bindgen(js_name = setResult)]
    pub fn set_result(result: &str);
    /// Adds a field to the body of the request.
    #[wasm_bindgen(js_name = addField)]
    pub fn add_field(name: &str, value: &str);
    /// Sets the `Authorization` header of the request.
    #[wasm_bindgen(js_name = setAuthorization)]
    pub fn set_authorization(value: &str);

    /// Reports the error that the package throws. `reasons` has one reason per line, `retry_after`
    /// is in seconds. If `delay`, in milliseconds, is set, the call may be attempted again after
    /// it. `server_code` is a code that this version does not know, or empty.
    #[wasm_bindgen(js_name = fail)]
    pub fn fail(
        code: &str,
        message: &str,
        status: Option<u16>,
        reasons: &str,
        retry_after: Option<f64>,
        delay: Option<f64>,
        server_code: &str,
    );
}

/// An object of the package, whose fields are read one by one.
pub struct HostObject {
    is_response: bool,
}

/// The input of the function that runs.
pub const INPUT: HostObject = HostObject { is_response: false };
/// The body of the response.
pub const RESPONSE: HostObject = HostObject { is_response: true };

impl JsonObject for HostObject {
    fn string(&self, name: &str) -> Option<String> {
        string_of(self.is_response, name)
    }

    fn number(&self, name: &str) -> Option<f64> {
        number_of(self.is_response, name)
    }

    fn strings(&self, name: &str) -> Vec<String> {
        strings_of(self.is_response, name).split('\n').map(str::to_owned).collect()
    }
}

/// Returns a string of the input, or `None` if it is empty or absent.
pub fn optional_string(name: &str) -> Option<String> {
    INPUT.string(name).filter(|text| !text.is_empty())
}

/// Returns a string of the input, or an empty one.
pub fn string(name: &str) -> String {
    INPUT.string(name).unwrap_or_default()
}
