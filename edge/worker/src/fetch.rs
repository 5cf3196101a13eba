//! The Worker's entry: a call, as `edge/call.mjs` hands it over, becomes one of `http`'s requests, and its answer goes back.

use std::borrow::Cow;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use worker::Env;

use crate::bindings::Call;
use crate::configuration::{is_directory_valid, with_application};
use crate::platform::CloudflarePlatform;
use relatch_domain::service::Service;
use relatch_domain::values::client::{ClientInfo, Continent};
use relatch_http::{HEADERS_READ, handle, misconfigured, resolve_application, unknown_application};

/// The caller's address, by the host's word.
const CALLER: HeaderName = HeaderName::from_static("cf-connecting-ip");

/// Answers a call: with a text, or with a promise of one if the answer has to wait for something. Exported past `worker`'s
/// own macro, which brings its requests, answers and errors along.
#[wasm_bindgen]
pub fn fetch(call: Call, env: Env) -> JsValue {
    let mut request = read(&call.head(), call.body());
    let caller = caller(request.headers(), call.clone());
    let mut answering = Box::pin(async move {
        // None if the configuration does not hold; none in it if nothing has that address.
        let application = with_application(&env, |all| resolve_application(all, &mut request).cloned());
        let response = match application {
            Some(Some(configured)) if is_directory_valid(&configured.application) => {
                let platform = CloudflarePlatform::of_call(&env, &configured, call);
                let service = Service { application: &configured.application, platform: &platform };
                handle(service, &caller, request).await
            }
            Some(None) => unknown_application(request.uri().path()),
            Some(Some(_)) | None => misconfigured(),
        };
        JsValue::from(write(&response))
    });
    // A bad link is refused without anything to wait for, and then without a task and its promise. Whatever is begun here
    // hears from the task which waker to use: it is polled once more at the least.
    match Pin::new(&mut answering).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => future_to_promise(async move { Ok(answering.await) }).into(),
    }
}

/// The request.
fn read(head: &str, body: Vec<u8>) -> http::Request<Vec<u8>> {
    let mut lines = head.split('\n');
    let (method, url) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let mut request = http::Request::new(body);
    // The host only ever gives methods that are tokens.
    *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap_or_default();
    *request.uri_mut() = uri(url);
    *request.headers_mut() = headers(lines);
    request
}

/// Who calls, by the host's word alone: the header that the host sets, and the place that it tells of.
fn caller(headers: &HeaderMap, call: Call) -> ClientInfo {
    let address = headers.get(CALLER).and_then(|address| address.to_str().ok());
    ClientInfo {
        address: address.and_then(|address| address.trim().parse().ok()),
        continent: Box::new(move || Continent::from_code(&call.continent().unwrap_or_default())),
    }
}

/// An address, as the host has normalised it. What is none has a path that nothing answers to.
fn uri(url: &str) -> Uri {
    let without_fragment = url.split('#').next();
    without_fragment.and_then(|url| url.parse().ok()).unwrap_or_else(|| Uri::from_static("*"))
}

/// The headers that mean anything here.
fn headers<'a>(lines: impl Iterator<Item = &'a str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(',')) {
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

/// A line with the status, a line with the headers, then the body.
fn write(response: &http::Response<Vec<u8>>) -> String {
    let headers: Vec<(&str, Cow<'_, str>)> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
        .collect();
    // Texts can always be written, and JSON has no line ends of its own.
    let headers = serde_json::to_string(&headers).unwrap_or_default();
    format!("{}\n{headers}\n{}", response.status().as_u16(), String::from_utf8_lossy(response.body()))
}
