//! Sends mail by the HTTP API of a provider.

use std::time::Duration;

use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::bindings::{FetchResponse, chunk, global_fetch, object};
use crate::host::{AlarmProgress, HostClock, log_error, log_event};
use crate::mail::api::{AMAZON_ERROR, Answer, ApiRequest};
use crate::mail::delivery::Delivery;
use crate::mail::sender::ApiSender;
use crate::post::{discard, post};
use relatch_domain::mail::failure::{MailFailure, SendError};
use relatch_domain::ports::{Clock as _, Outage};
use relatch_domain::timeouts;

/// The most bytes of an error that are read.
const MAX_ERROR_BYTES: usize = 16 * 1024;

/// Sends one message.
pub async fn send(sender: &ApiSender<'_>, delivery: Delivery<'_>) -> Result<(), SendError> {
    let Delivery { message, progress, hand_over } = delivery;
    let request = ApiRequest::new(sender, message, HostClock.now());
    hand_over.await.map_err(|Outage| MailFailure::HandOverFailed)?;
    // Aborted a little later than the time-out, so that the failure is the time-out.
    let limit = timeouts::PROVIDER.saturating_add(Duration::from_secs(10));
    let response = match post(&request.url, &request.headers, &request.body, limit) {
        Ok(promise) => progress.within(timeouts::PROVIDER, JsFuture::from(promise)).await,
        Err(thrown) => Some(Err(thrown)),
    };
    let response: FetchResponse = match response {
        Some(Ok(response)) => response.unchecked_into(),
        // The error's message is dropped, because it may contain the URL.
        Some(Err(_)) => return Err(MailFailure::ConnectionLost.into()),
        None => return Err(MailFailure::Timeout.into()),
    };
    let status = response.status();
    let is_accepted = (200..300).contains(&status);
    // The status decides if the body does not arrive.
    let body = if is_accepted {
        discard(&response);
        String::new()
    } else {
        let body = progress.within(timeouts::PROVIDER_ERROR, read(&response)).await;
        body.unwrap_or_default()
    };
    let header = |name: &str| response.headers().get(name).ok().flatten();
    let (retry_after, amazon_error) = (header("retry-after"), header(AMAZON_ERROR));
    let answer = Answer {
        status,
        retry_after: retry_after.as_deref(),
        amazon_error: amazon_error.as_deref(),
        body: &body,
    };
    let provider = sender.api.provider;
    if !is_accepted {
        let (name, code) = (provider.as_str(), answer.code(provider));
        log_error(&format!("mail: `{name}` answered {status} {code}"));
    }
    answer.outcome(provider)
}

/// Confirms the subscription of a topic.
pub async fn confirm(url: &str, progress: &AlarmProgress) -> Result<(), Outage> {
    let options = object(&[("redirect", JsValue::from_str("manual"))]);
    let promise = global_fetch(url, &options).map_err(|_| Outage)?;
    let response = progress.within(timeouts::PROVIDER_ERROR, JsFuture::from(promise)).await;
    let response: FetchResponse = response.and_then(Result::ok).ok_or(Outage)?.unchecked_into();
    discard(&response);
    let status = response.status();
    log_event(format!("mail: the subscription of the topic was confirmed: {status}"));
    if (200..300).contains(&status) { Ok(()) } else { Err(Outage) }
}

/// Returns the beginning of the body, or as much of it as arrives.
async fn read(response: &FetchResponse) -> String {
    let mut bytes = Vec::new();
    let reader = response.body().and_then(|body| body.reader().ok());
    while let Some(reader) = reader.as_ref().filter(|_| bytes.len() < MAX_ERROR_BYTES) {
        let Ok(promise) = reader.read() else { break };
        let Ok(read) = JsFuture::from(promise).await else { break };
        let Some(chunk) = chunk(&read) else { break };
        bytes.extend(chunk.to_vec());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
