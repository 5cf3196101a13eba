//! How a request reaches the service: reqwest by default, or whatever the program already has.

use std::{
    future::{pending, ready},
    time::Duration,
    vec::Vec,
};

use crate::TransportError;

/// Carries one request to the service and its answer back.
///
/// Every async closure from `http::Request<Vec<u8>>` to `Result<http::Response<Vec<u8>>, TransportError>` is one.
/// Implement the trait on a type of your own where calls should have time-outs: the three other methods are the
/// transport's clock, and a closure has none. The README shows both.
///
/// The client's futures are `Send` where those of its transport are.
pub trait Transport {
    /// Sends the request once and returns the answer, whatever its status.
    ///
    /// The body holds a token and perhaps a password: never follow a redirect with it, never log it, and keep both out
    /// of the error. Stop reading after [`LONGEST_ANSWER`](crate::LONGEST_ANSWER) bytes and one more: the client refuses an answer of that
    /// length.
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> impl Future<Output = Result<http::Response<Vec<u8>>, TransportError>>;

    /// Waits before another attempt. By default it returns at once, which suits a service in the same process.
    fn sleep(&self, wait: Duration) -> impl Future<Output = ()> {
        let _ = wait;
        ready(())
    }

    /// Ends when a call that begins now has used up its time-out; the client then drops the call. By default never.
    fn deadline(&self, limit: Duration) -> impl Future<Output = ()> {
        let _ = limit;
        pending()
    }

    /// The time since some fixed moment, by a clock that never goes back. The client tells by it whether another
    /// attempt still fits. By default no time passes but the waits.
    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl<F> Transport for F
where
    F: AsyncFn(http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, TransportError>,
{
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> impl Future<Output = Result<http::Response<Vec<u8>>, TransportError>> {
        self(request)
    }
}

/// What a [`ClientBuilder`](crate::ClientBuilder) builds with until it is given a transport: reqwest, with the feature
/// `native`.
#[derive(Debug, Default)]
pub struct Standard {
    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    pub(crate) reqwest: reqwest::ClientBuilder,
}

/// What a [`Client`](crate::Client) without a parameter uses.
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub type DefaultTransport = crate::Reqwest;
/// What a [`Client`](crate::Client) without a parameter uses: nothing that could send, without the feature `native`.
#[cfg(not(all(feature = "native", not(target_arch = "wasm32"))))]
pub type DefaultTransport = Standard;
