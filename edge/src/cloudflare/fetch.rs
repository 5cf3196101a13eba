//! The Worker's entry: a request of the host becomes one of `http`'s, and its answer goes back.

use std::cell::RefCell;

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::{Context, Env, event, web_sys};

use super::bindings::{ByteStream, chunk, field};
use super::configuration::configuration;
use super::host::failed;
use super::platform::CloudflarePlatform;
use crate::core::caller::{Caller, Continent};
use crate::http::{LARGEST_BODY, announced_length, handle, misconfigured};

/// What is read of a body beyond the largest one, and thrown away: a client that is still sending hears the answer only
/// when its sending is over, or not at all when the connection breaks first.
const MOST_DISCARDED: usize = 1024 * 1024;

/// Answers a request.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, _context: Context) -> worker::Result<web_sys::Response> {
    let response = match configuration(&env) {
        Some(application) => {
            let platform = CloudflarePlatform::new(&env, &application);
            let call = read(&request).await;
            let caller = caller(&request, call.headers());
            handle(&application, &platform, &caller, call).await
        }
        None => misconfigured(),
    };
    write(response).map_err(worker::Error::from)
}

/// Who calls, by the host's word alone: the header that the host sets, and the place that it tells of.
fn caller(request: &web_sys::Request, headers: &HeaderMap) -> Caller {
    let address = headers.get("cf-connecting-ip").and_then(|address| address.to_str().ok());
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

/// The headers, handed over as one text, for each name and value by itself is several calls of the host: a line a header,
/// which none of them can hold, and in it the name, a comma, which no name can hold, and the value.
fn headers(request: &web_sys::Request) -> HeaderMap {
    let lines = String::from(Array::from(&request.headers()).join("\n"));
    let mut headers = HeaderMap::new();
    for (name, value) in lines.split('\n').filter_map(|line| line.split_once(',')) {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
        // A header that cannot be read is still there: leaving out an Origin would lift what is asked of it.
        let value = HeaderValue::from_str(value).unwrap_or_else(|_| HeaderValue::from_static("unreadable"));
        headers.append(name, value);
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

thread_local! {
    /// The headers of the last answer, as ours and as the host's.
    static LAST_HEADERS: RefCell<Option<(HeaderMap, web_sys::Headers)>> = const { RefCell::new(None) };
}

/// The headers as the host has them. Most answers have the same ones, and each costs two texts handed over, so those of the
/// last answer are kept, unless they hold something of one caller: the host copies them into every answer.
fn host_headers(headers: HeaderMap) -> Result<web_sys::Headers, JsValue> {
    let same =
        LAST_HEADERS.with_borrow(|last| last.as_ref().filter(|(last, _)| *last == headers).map(|it| it.1.clone()));
    if let Some(same) = same {
        return Ok(same);
    }
    let made = web_sys::Headers::new()?;
    for (name, value) in &headers {
        made.append(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))?;
    }
    if !headers.contains_key(SET_COOKIE) {
        LAST_HEADERS.set(Some((headers, made.clone())));
    }
    Ok(made)
}

fn write(response: http::Response<Vec<u8>>) -> Result<web_sys::Response, JsValue> {
    let (parts, body) = response.into_parts();
    let headers = host_headers(parts.headers)?;
    let init = web_sys::ResponseInit::new();
    init.set_status(parts.status.as_u16());
    init.set_headers(&headers);
    // Some statuses must not have a body, not even an empty one.
    let body = (!body.is_empty()).then(|| Uint8Array::from(body.as_slice()));
    web_sys::Response::new_with_opt_js_u8_array_and_init(body.as_ref(), &init)
}
