//! The default transport: reqwest over rustls, with tokio's timer.

use std::{time::Duration, vec::Vec};

use tokio::time::{Instant, sleep};

use crate::{BuildError, TransportError, base_url::BaseUrl, call::LONGEST_ANSWER, transport::Transport};

/// Sends requests with reqwest. Its calls need a tokio runtime with I/O and time enabled.
#[derive(Clone, Debug)]
pub struct Reqwest {
    client: reqwest::Client,
    start: Instant,
}

impl Reqwest {
    pub(crate) fn build(mut builder: reqwest::ClientBuilder, base_url: &BaseUrl) -> Result<Self, BuildError> {
        // A redirect of status 307 or 308 repeats the body, and with it the token, wherever it leads.
        builder = builder.redirect(reqwest::redirect::Policy::none());
        if !base_url.is_encrypted() {
            // Plain http is only for this machine, so it must not go through a proxy elsewhere. And a machine without
            // certificate authorities can still reach itself.
            builder = builder.no_proxy().tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| BuildError::Reqwest(error.without_url().into()))?;
        Ok(Self { client, start: Instant::now() })
    }
}

impl Transport for Reqwest {
    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let mut response = self.client.execute(request).await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            let room = LONGEST_ANSWER.saturating_add(1).saturating_sub(body.len());
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if body.len() > LONGEST_ANSWER {
                break;
            }
        }
        let mut answer = http::Response::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }

    fn sleep(&self, wait: Duration) -> impl Future<Output = ()> {
        sleep(wait)
    }

    fn deadline(&self, limit: Duration) -> impl Future<Output = ()> {
        sleep(limit)
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

fn failed(error: reqwest::Error) -> TransportError {
    let timed_out = error.is_timeout();
    TransportError::caused_by(error.without_url(), timed_out)
}
