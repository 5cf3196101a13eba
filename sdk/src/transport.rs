//! The port through which a client sends its requests.

use std::{
    future::{pending, ready},
    time::Duration,
    vec::Vec,
};

use crate::TransportError;

/// Sends one HTTP request to the service and returns its response.
///
/// Every async closure from `http::Request<Vec<u8>>` to
/// `Result<http::Response<Vec<u8>>, TransportError>` is a transport. A closure has no timer, so
/// time-outs and delays do not apply to it. A type that implements this trait can provide one
/// through the three other methods.
///
/// The client's futures are `Send` if those of its transport are.
///
/// ```
/// use relatch::{Client, TransportError, http};
///
/// # fn build() -> Result<(), relatch::BuildError> {
/// let client = Client::builder("https://accounts.example.com")
///     .transport(async |request: http::Request<Vec<u8>>| {
///         assert_eq!(request.uri().path(), "/password/rules");
///         let body = br#"{"min_length": 15, "max_length": 128}"#;
///         Ok::<_, TransportError>(http::Response::new(body.to_vec()))
///     })
///     .build()?;
/// # let _rules = client.rules();
/// # Ok(())
/// # }
/// ```
pub trait Transport {
    /// Sends the request once and returns the response, whatever its status.
    ///
    /// The body holds a token and perhaps a password: do not follow redirects, do not log it, and
    /// keep both out of the error. Stop reading one byte after
    /// [`MAX_RESPONSE_BYTES`](crate::MAX_RESPONSE_BYTES): the client rejects a longer response.
    ///
    /// # Errors
    ///
    /// A [`TransportError`] if no complete response was received.
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> impl Future<Output = Result<http::Response<Vec<u8>>, TransportError>>;

    /// Waits before another attempt. The default returns at once, which suits a service in the same
    /// process.
    fn sleep(&self, delay: Duration) -> impl Future<Output = ()> {
        let _ = delay;
        ready(())
    }

    /// Completes when a call that starts now has used up its time-out; the client then cancels the
    /// call. The default never completes.
    fn deadline(&self, timeout: Duration) -> impl Future<Output = ()> {
        let _ = timeout;
        pending()
    }

    /// Returns the time since a fixed instant, from a monotonic clock. The client uses it to decide
    /// whether another attempt fits into the time-out. With the default, only delays take time.
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
