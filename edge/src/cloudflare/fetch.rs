//! The Worker's entry: a request of the host becomes one of `http`'s, and its answer goes back.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use js_sys::{Array, JSON, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::{Env, web_sys};

use super::bindings::{ByteStream, chunk, field};
use super::configuration::configuration;
use super::host::failed;
use super::platform::CloudflarePlatform;
use crate::core::caller::{Caller, Continent};
use crate::http::{HEADERS_READ, LARGEST_BODY, announced_length, handle, misconfigured};

/// What is read of a body beyond the largest one, and thrown away: a client that is still sending hears the answer only
/// when its sending is over, or not at all when the connection breaks first.
const MOST_DISCARDED: usize = 1024 * 1024;

/// The caller's address, by the host's word.
const CALLER: HeaderName = HeaderName::from_static("cf-connecting-ip");

/// Answers a request. Exported past `worker`'s own macro, which brings its requests, answers and errors along.
#[wasm_bindgen]
pub async fn fetch(request: web_sys::Request, env: Env) -> Result<web_sys::Response, JsValue> {
    let response = match configuration(&env) {
        Some(application) => {
            let platform = CloudflarePlatform::new(&env, &application);
            let call = read(&request).await;
            let caller = caller(&request, call.headers());
            handle(&application, &platform, &caller, call).await
        }
        None => misconfigured(),
    };
    write(response).or_else(|error| {
        failed("fetch: answer", &error);
        empty(500)
    })
}

/// Who calls, by the host's word alone: the header that the host sets, and the place that it tells of.
fn caller(request: &web_sys::Request, headers: &HeaderMap) -> Caller {
    let address = headers.get(CALLER).and_then(|address| address.to_str().ok());
    let continent = field(&field(request, "cf"), "continent").as_string();
    Caller {
        address: address.and_then(|address| address.trim().parse().ok()),
        continent: Continent::from_code(&continent.unwrap_or_default()),
    }
}

async fn read(request: &web_sys::Request) -> http::Request<Vec<u8>> {
    let headers = headers(request);
    let body = match announced_length(&headers) {
        Some(length) if length > LARGEST_BODY => Ok(Vec::new()),
        // The host keeps a length that it shows: the body is as small as it says, and is read at once.
        Some(_) => whole(request).await,
        None => match request.body() {
            Some(stream) => beginning(&stream.unchecked_into()).await,
            None => Ok(Vec::new()),
        },
    };
    // A body that breaks off is none.
    let body = body.unwrap_or_else(|error| {
        failed("fetch: body", &error);
        Vec::new()
    });
    let mut read = http::Request::new(body);
    // The host only ever gives methods that are tokens.
    *read.method_mut() = Method::from_bytes(request.method().as_bytes()).unwrap_or_default();
    *read.uri_mut() = uri(&request.url());
    *read.headers_mut() = headers;
    read
}

/// Path and query of an address, as the host has normalised it. What is none of an address has a path that nothing
/// answers to.
fn uri(url: &str) -> Uri {
    let after_host = url.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|path| rest.get(path..)));
    let path = after_host.and_then(|path| path.split('#').next());
    path.and_then(|path| path.parse().ok()).unwrap_or_else(|| Uri::from_static("*"))
}

/// The headers that mean anything here, handed over as one text, for each name and value by itself is several calls of
/// the host: a line a header, which none of them can hold, and in it the name, a comma, which no name can hold, and the
/// value. The host joins those of one name by commas.
fn headers(request: &web_sys::Request) -> HeaderMap {
    let lines = String::from(Array::from(&request.headers()).join("\n"));
    let mut headers = HeaderMap::new();
    for (name, value) in lines.split('\n').filter_map(|line| line.split_once(',')) {
        let Some(name) = HEADERS_READ.into_iter().chain([CALLER]).find(|known| known.as_str() == name) else {
            continue;
        };
        // A header that cannot be read is still there: leaving out an Origin would lift what is asked of it.
        let value =
            HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| HeaderValue::from_static("unreadable"));
        headers.insert(name, value);
    }
    headers
}

async fn whole(request: &web_sys::Request) -> Result<Vec<u8>, JsValue> {
    Ok(Uint8Array::new(&JsFuture::from(request.array_buffer()?).await?).to_vec())
}

/// The body, or of a larger one its beginning and one byte too many.
async fn beginning(stream: &ByteStream) -> Result<Vec<u8>, JsValue> {
    let reader = stream.reader()?;
    let mut body = Vec::new();
    let mut discarded = 0_usize;
    while let Some(chunk) = chunk(&JsFuture::from(reader.read()?).await?) {
        let room = LARGEST_BODY.saturating_add(1).saturating_sub(body.len());
        let mut bytes = chunk.to_vec();
        discarded = discarded.saturating_add(bytes.len().saturating_sub(room));
        bytes.truncate(room);
        body.append(&mut bytes);
        if discarded > MOST_DISCARDED {
            let _ended_either_way = JsFuture::from(reader.cancel()?).await;
            break;
        }
    }
    Ok(body)
}

fn write(response: http::Response<Vec<u8>>) -> Result<web_sys::Response, JsValue> {
    let (parts, body) = response.into_parts();
    let headers: Vec<(&str, Cow<'_, str>)> =
        parts.headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect();
    let init = web_sys::ResponseInit::new();
    init.set_status(parts.status.as_u16());
    // As one text again.
    init.set_headers(&JSON::parse(&serde_json::to_string(&headers).unwrap_or_default())?);
    // Some statuses must not have a body, not even an empty one.
    let body = (!body.is_empty()).then(|| Uint8Array::from(body.as_slice()));
    web_sys::Response::new_with_opt_js_u8_array_and_init(body.as_ref(), &init)
}

/// An answer of which the status says everything.
pub fn empty(status: u16) -> Result<web_sys::Response, JsValue> {
    let init = web_sys::ResponseInit::new();
    init.set_status(status);
    web_sys::Response::new_with_opt_str_and_init(None, &init)
}
