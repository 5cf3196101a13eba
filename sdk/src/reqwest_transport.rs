//! The default transport: reqwest with rustls, and the timer of tokio.

use std::{time::Duration, vec::Vec};

use tokio::time::{Instant, sleep};

use crate::{
    BuildError, TransportError, api_call::MAX_RESPONSE_BYTES, base_url::BaseUrl,
    transport::Transport,
};

/// Sends requests with reqwest. Needs a tokio runtime with I/O and time enabled.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    start: Instant,
}

impl ReqwestTransport {
    pub(crate) fn build(
        mut builder: reqwest::ClientBuilder,
        base_url: &BaseUrl,
    ) -> Result<Self, BuildError> {
        // A redirect with status 307 or 308 would send the body, and with it the token, elsewhere.
        builder = builder.redirect(reqwest::redirect::Policy::none());
        if !base_url.is_encrypted() {
            // Plain HTTP is allowed to the loopback interface only, so it must not use a proxy. A
            // machine without certificate authorities can still reach itself.
            builder = builder.no_proxy().tls_certs_only([]);
        }
        let client =
            builder.build().map_err(|error| BuildError::Reqwest(error.without_url().into()))?;
        Ok(Self { client, start: Instant::now() })
    }
}

impl Transport for ReqwestTransport {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(transport_error)?;
        let mut received = self.client.execute(request).await.map_err(transport_error)?;
        let mut body = Vec::new();
        while let Some(chunk) = received.chunk().await.map_err(transport_error)? {
            let room = MAX_RESPONSE_BYTES.saturating_add(1).saturating_sub(body.len());
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if body.len() > MAX_RESPONSE_BYTES {
                break;
            }
        }
        let mut response = http::Response::new(body);
        *response.status_mut() = received.status();
        *response.headers_mut() = std::mem::take(received.headers_mut());
        Ok(response)
    }

    fn sleep(&self, delay: Duration) -> impl Future<Output = ()> {
        sleep(delay)
    }

    fn deadline(&self, timeout: Duration) -> impl Future<Output = ()> {
        sleep(timeout)
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// Converts an error of reqwest without its URL.
fn transport_error(error: reqwest::Error) -> TransportError {
    let timed_out = error.is_timeout();
    TransportError::caused_by(error.without_url(), timed_out)
}
