//! What came of a call: its result as the fields that it has, or a failure and whether to try again.

use alloc::string::String;
use core::time::Duration;

use relatch::{
    Error, Fields, LinkState, Message, PasswordRules, Retry, TransportError,
    call::{Body, Call, Incoming},
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{
    failure::{Failure, from_error},
    options::Options,
};

#[wasm_bindgen]
extern "C" {
    pub type Answer;
    /// The HTTP status. Nothing, where no answer came.
    #[wasm_bindgen(method, getter)]
    fn status(this: &Answer) -> Option<u16>;
    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    fn retry_after(this: &Answer) -> Option<String>;
    /// The body as the host parsed it; `null` where it was too long.
    #[wasm_bindgen(method, getter)]
    fn body(this: &Answer) -> JsValue;
    /// Why no answer came: `timed_out` or `aborted`, or for any other reason.
    #[wasm_bindgen(method, getter)]
    fn why(this: &Answer) -> Option<String>;
    /// How often the call has been made.
    #[wasm_bindgen(method, getter)]
    fn attempts(this: &Answer) -> u32;
    /// What is left of its time-out, in milliseconds.
    #[wasm_bindgen(method, getter)]
    fn left(this: &Answer) -> u32;
}

pub fn read(options: &Options, answer: &Answer) -> Result<JsValue, Failure> {
    let call = options.call()?;
    result(options, &call, answer).map_err(|error| {
        let retry = if call.is_repeatable() { Retry::default() } else { Retry::never() };
        let wait = retry.wait_after(answer.attempts(), &error, Duration::from_millis(answer.left().into()));
        from_error(&error, wait)
    })
}

fn result(options: &Options, call: &Call, answer: &Answer) -> Result<JsValue, Error> {
    let Some(status) = answer.status() else {
        return Err(Error::Transport(match answer.why().as_deref() {
            Some("timed_out") => TransportError::timed_out(),
            Some("aborted") => TransportError::aborted(),
            _ => TransportError::failed(),
        }));
    };
    let body = answer.body();
    let body = if body.is_null() { Body::TooLong } else { Fields::parsed(body).map_or(Body::Other, Body::Fields) };
    let incoming = Incoming { status, retry_after: answer.retry_after(), body };
    match options.name().as_str() {
        "check" => call.read(&incoming).map(|LinkState { expires_at }| JsValue::from_str(&expires_at)),
        "rules" => call.read(&incoming).map(|rules: PasswordRules| {
            js_sys::Array::of3(&rules.min_length.into(), &rules.max_length.into(), &rules.max_bytes.into()).into()
        }),
        _ => call.read(&incoming).map(|Message { message }| JsValue::from_str(&message)),
    }
}
