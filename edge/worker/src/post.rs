//! Requests that an alarm sends by `fetch`.

use std::time::Duration;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::bindings::{ByteStream, FetchResponse, abort_after, global_fetch, object};

/// Sends a `POST` request. The promise is of a [`FetchResponse`].
///
/// A redirect is not followed, because it would send the body to another place. A request that takes
/// longer than `limit` is aborted, so that it does not go on beside the next attempt.
///
/// # Errors
///
/// The exception of `fetch`, whose message may contain the URL.
pub fn post(
    url: &str,
    headers: &[(&str, String)],
    body: &str,
    limit: Duration,
) -> Result<Promise, JsValue> {
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| (*name, JsValue::from_str(value))).collect();
    let mut init = vec![
        ("method", JsValue::from_str("POST")),
        ("redirect", JsValue::from_str("manual")),
        ("headers", object(&headers).into()),
        ("body", JsValue::from_str(body)),
    ];
    init.extend(abort_after(limit.as_secs_f64() * 1000.0).ok().map(|signal| ("signal", signal)));
    global_fetch(url, &object(&init))
}

/// Drops a body that is not read, so that its connection is free.
pub fn discard(response: &FetchResponse) {
    if let Some(Ok(cancelled)) = response.body().as_ref().map(ByteStream::cancel) {
        // A rejection that is not handled is reported as an error of the Worker.
        spawn_local(async move {
            let _dropped_in_any_case = JsFuture::from(cancelled).await;
        });
    }
}
