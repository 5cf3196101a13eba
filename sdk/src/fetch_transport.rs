//! The default transport in a JavaScript host: its `fetch` and its timers.
//!
//! JavaScript values are not `Send`, but a program that also compiles natively may need `Send`
//! futures. So each request and each delay runs as a task of the host's event loop, and the future
//! that waits for its result is `Send`.

use std::{
    format,
    future::poll_fn,
    pin::pin,
    string::{String, ToString as _},
    task::Poll,
    time::Duration,
    vec::Vec,
};

use futures_channel::oneshot;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, ReadableStreamReadResult, RequestInit,
    RequestRedirect, Response,
};

use crate::{TransportError, api_call::MAX_RESPONSE_BYTES, transport::Transport};

// Functions of the global scope, which pages, their workers, Node.js, and workerd have.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: i32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
    #[wasm_bindgen(js_name = String)]
    fn string_from(value: &JsValue) -> String;
}

/// Sends requests with the `fetch` of a browser, of workerd, or of Node.js. Its futures are `Send`.
///
/// A browser sends its own `User-Agent`. It hides the status of a redirect, which is reported as
/// 302.
#[derive(Clone, Copy, Debug, Default)]
pub struct FetchTransport;

impl Transport for FetchTransport {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        // The task ends without a result only if the host ends all tasks.
        spawn(async { exchange(request).await.map_err(|thrown| transport_error(&thrown)) })
            .await
            .unwrap_or_else(|_| Err(TransportError::unreachable()))
    }

    fn sleep(&self, delay: Duration) -> impl Future<Output = ()> {
        wait(delay)
    }

    fn deadline(&self, timeout: Duration) -> impl Future<Output = ()> {
        wait(timeout)
    }

    fn now(&self) -> Duration {
        Duration::try_from_secs_f64(performance_now() / 1000.0).unwrap_or_default()
    }
}

/// Runs a task on the host's event loop. Dropping the receiver drops the task.
fn spawn<T: 'static>(task: impl Future<Output = T> + 'static) -> oneshot::Receiver<T> {
    let (mut sender, receiver) = oneshot::channel();
    spawn_local(async move {
        let mut task = pin!(task);
        let result = poll_fn(|context| {
            if sender.poll_canceled(context).is_ready() {
                return Poll::Ready(None);
            }
            task.as_mut().poll(context).map(Some)
        })
        .await;
        if let Some(result) = result {
            // The receiver may be dropped by now.
            let _ = sender.send(result);
        }
    });
    receiver
}

async fn wait(duration: Duration) {
    let _ = spawn(timer(duration)).await;
}

/// Completes after the duration, or after 24 days if it is longer: the most that a timer can wait.
async fn timer(duration: Duration) {
    let milliseconds = duration.as_micros().div_ceil(1000);
    let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
    let mut timer = ClearOnDrop(JsValue::UNDEFINED);
    let elapsed = Promise::new(&mut |resolve, _| {
        timer.0 = set_timeout(resolve.unchecked_ref(), milliseconds);
    });
    let _ = JsFuture::from(elapsed).await;
}

/// A timer that ends with the task that waits for it. Otherwise Node.js would wait for it.
struct ClearOnDrop(JsValue);

impl Drop for ClearOnDrop {
    fn drop(&mut self) {
        clear_timeout(&self.0);
    }
}

/// A request that ends with the task that waits for it. It has no effect on a complete response.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn exchange(request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, JsValue> {
    let controller = AbortOnDrop(AbortController::new()?);
    let init = request_init(&request, &controller.0)?;
    let url = request.uri().to_string();
    let response: Response = JsFuture::from(fetch(&url, &init)?).await?.unchecked_into();
    let mut received = http::Response::new(read_body(&response).await?);
    // A browser reports 0 for a redirect.
    *received.status_mut() = StatusCode::from_u16(response.status()).unwrap_or(StatusCode::FOUND);
    *received.headers_mut() = response_headers(&response);
    Ok(received)
}

fn request_init(
    request: &http::Request<Vec<u8>>,
    controller: &AbortController,
) -> Result<RequestInit, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in request.headers() {
        // In a page, this header would make a request to another origin need the permission of the
        // service.
        if name == header::USER_AGENT && is_browser() {
            continue;
        }
        let value = value.to_str().map_err(|error| JsValue::from(error.to_string()))?;
        headers.append(name.as_str(), value)?;
    }
    let init = RequestInit::new();
    init.set_method(request.method().as_str());
    init.set_headers(&headers);
    if !request.body().is_empty() {
        init.set_body(&Uint8Array::from(request.body().as_slice()));
    }
    // A redirect with status 307 or 308 would send the body, and with it the token, elsewhere.
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&controller.signal()));
    Ok(init)
}

/// Reports whether the host is a browser: of all hosts, only browsers call themselves Mozilla.
fn is_browser() -> bool {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into());
    let name = navigator.and_then(|navigator| Reflect::get(&navigator, &"userAgent".into()));
    name.ok().and_then(|name| name.as_string()).is_some_and(|name| name.starts_with("Mozilla/"))
}

/// Returns the body, or its first bytes if it is too long.
async fn read_body(response: &Response) -> Result<Vec<u8>, JsValue> {
    let Some(stream) = response.body() else {
        // A response without a body, or a host without streams.
        let buffer = JsFuture::from(response.array_buffer()?).await?;
        return Ok(Uint8Array::new(&buffer).to_vec());
    };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut body = Vec::new();
    while body.len() <= MAX_RESPONSE_BYTES {
        let chunk: ReadableStreamReadResult = JsFuture::from(reader.read()).await?.unchecked_into();
        if chunk.get_done().unwrap_or_default() {
            break;
        }
        let chunk: Uint8Array = chunk.get_value().unchecked_into();
        let room = MAX_RESPONSE_BYTES.saturating_add(1).saturating_sub(body.len());
        let room = u32::try_from(room).unwrap_or(u32::MAX);
        body.extend_from_slice(&chunk.subarray(0, room).to_vec());
    }
    Ok(body)
}

/// Returns the headers that the host shows. Values that are not valid in HTTP are left out.
fn response_headers(response: &Response) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for entry in response.headers().entries().into_iter().flatten() {
        let entry: Array = entry.unchecked_into();
        let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) else {
            continue;
        };
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    headers
}

/// Converts what JavaScript threw. The text of an error of `fetch` contains no part of the body.
fn transport_error(thrown: &JsValue) -> TransportError {
    TransportError::new(format!("fetch failed: {}", string_from(thrown)))
}
