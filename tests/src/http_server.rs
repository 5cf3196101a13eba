//! An HTTP server on loopback that records requests, and whose answers a test chooses.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::time::Instant;

/// A request that was received as a whole.
#[derive(Clone, Debug)]
pub struct HttpCall {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// When it arrived.
    pub at: Instant,
}

impl HttpCall {
    /// Returns a header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub enum HttpAnswer {
    /// A status, headers and a body.
    Answer(u16, &'static [(&'static str, &'static str)], Cow<'static, str>),
    /// The connection is closed without an answer.
    Close,
    /// Nothing is sent for this time, and then the connection is closed.
    Hang(Duration),
}

type Answer = dyn Fn(&HttpCall) -> HttpAnswer + Send + Sync;

/// A running server.
pub struct HttpServer {
    /// The port on loopback.
    pub port: u16,
    calls: Arc<Mutex<Vec<HttpCall>>>,
}

impl HttpServer {
    /// Starts a server on a free port. `answer` returns the answer to a request.
    pub async fn start(answer: impl Fn(&HttpCall) -> HttpAnswer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("the listener has an address").port();
        let calls = Arc::default();
        let (answer, shared): (Arc<Answer>, _) = (Arc::new(answer), Arc::clone(&calls));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, calls) = (Arc::clone(&answer), Arc::clone(&shared));
                let service = service_fn(move |request| {
                    let (answer, calls) = (Arc::clone(&answer), Arc::clone(&calls));
                    async move { respond(request, &*answer, &calls).await.ok_or(Closed) }
                });
                let mut server = http1::Builder::new();
                // Each request has its own connection, so that a test can close one.
                let serving =
                    server.keep_alive(false).serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async move {
                    let _client_left = serving.await;
                });
            }
        });
        Self { port, calls }
    }

    /// Returns the origin of the server.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the requests so far, in order.
    pub fn calls(&self) -> Vec<HttpCall> {
        self.calls.lock().expect("the lock is not poisoned").clone()
    }

    /// Returns the requests since the last time.
    pub fn take_calls(&self) -> Vec<HttpCall> {
        std::mem::take(&mut *self.calls.lock().expect("the lock is not poisoned"))
    }
}

/// The connection is closed without an answer.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("closed by the test")
    }
}

impl std::error::Error for Closed {}

async fn respond(
    request: Request<Incoming>,
    answer: &Answer,
    calls: &Mutex<Vec<HttpCall>>,
) -> Option<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let call = HttpCall {
        method: head.method.to_string(),
        path: head.uri.to_string(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        at: Instant::now(),
    };
    let answer = answer(&call);
    calls.lock().expect("the lock is not poisoned").push(call);
    match answer {
        HttpAnswer::Answer(status, headers, body) => {
            let mut response = Response::new(Full::new(Bytes::from(body.into_owned())));
            *response.status_mut() = status.try_into().expect("the status is one of HTTP");
            for (name, value) in headers {
                let value = HeaderValue::from_static(value);
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
            Some(response)
        }
        HttpAnswer::Close => None,
        HttpAnswer::Hang(time) => {
            tokio::time::sleep(time).await;
            None
        }
    }
}
