//! The request of a Worker that embeds the service, as the plain object that `edge/call.mjs` makes
//! of one.

use js_sys::{Array, Function, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::{Context, web_sys};

use crate::bindings::{ByteReader, ByteStream, HostRequest, chunk, field, object};
use relatch_http::body_limit;

/// The most bytes beyond the limit that are read and dropped. A client that is still sending reads
/// the response only after it has sent everything, and loses it if the connection is closed earlier.
const MAX_DISCARDED_BYTES: usize = 1024 * 1024;

/// Returns what the service reads of a request. It has no HTML allow-list, which is JavaScript:
/// calls that define a mail are answered with 503.
pub async fn host_request(request: &web_sys::Request, context: &Context) -> HostRequest {
    let headers = Array::from(&request.headers());
    let lines = headers.iter().map(|entry| String::from(Array::from(&entry).join(",")));
    let head: Vec<String> = [request.method(), request.url()].into_iter().chain(lines).collect();
    let cf = field(request, "cf");
    let context: &JsValue = context.as_ref().as_ref();
    let wait_until = field(context, "waitUntil").dyn_into::<Function>();
    object(&[
        ("head", JsValue::from(head.join("\n"))),
        ("body", Uint8Array::from(read_body(request).await.as_slice()).into()),
        ("continent", field(&cf, "continent")),
        ("country", field(&cf, "country")),
        ("waitUntil", wait_until.map_or(JsValue::UNDEFINED, |call| call.bind0(context).into())),
    ])
    .unchecked_into()
}

/// Returns the body, or its first bytes, one more than the limit. A body that ends with an error is
/// empty.
async fn read_body(request: &web_sys::Request) -> Vec<u8> {
    let limit = body_limit(request.url().split(['?', '#']).next().unwrap_or_default());
    let body = match request.headers().get("content-length") {
        Ok(Some(length)) => {
            // The host enforces `Content-Length`, so a small body can be read at once. A body with a
            // larger or malformed length is not read: it is rejected by the header.
            if length.trim().parse::<usize>().is_ok_and(|length| length <= limit) {
                read_whole(request).await
            } else {
                None
            }
        }
        _ => match request.body() {
            Some(stream) => read_start(stream.unchecked_ref(), limit).await,
            None => None,
        },
    };
    body.unwrap_or_default()
}

async fn read_whole(request: &web_sys::Request) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(request.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

async fn read_start(stream: &ByteStream, limit: usize) -> Option<Vec<u8>> {
    let reader: ByteReader = stream.reader().ok()?;
    let (mut start, mut discarded) = (Vec::new(), 0_usize);
    while discarded <= MAX_DISCARDED_BYTES {
        let read = JsFuture::from(reader.read().ok()?).await.ok()?;
        let Some(chunk) = chunk(&read) else { return Some(start) };
        let room = limit.saturating_add(1).saturating_sub(start.len());
        let mut bytes = chunk.to_vec();
        discarded = discarded.saturating_add(bytes.len().saturating_sub(room));
        bytes.truncate(room);
        start.extend_from_slice(&bytes);
    }
    let _cancelled = reader.cancel();
    Some(start)
}
