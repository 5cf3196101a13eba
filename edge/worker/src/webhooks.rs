//! Webhooks: events that are posted to endpoints by `fetch`.

use secrecy::ExposeSecret as _;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;

use crate::bindings::FetchResponse;
use crate::host::{AlarmProgress, log_error};
use crate::post::{discard, post};
use relatch_domain::ports::Webhooks;
use relatch_domain::timeouts;
use relatch_domain::webhook::{WebhookFailure, WebhookMessage};

/// The endpoints of one application.
#[derive(Default)]
pub struct FetchWebhooks {
    progress: AlarmProgress,
}

impl FetchWebhooks {
    /// Creates the adapter for an alarm.
    pub const fn new(progress: AlarmProgress) -> Self {
        Self { progress }
    }
}

impl Webhooks for FetchWebhooks {
    /// The URL and the error's message, which may quote it, are not logged.
    async fn post(&self, message: &WebhookMessage<'_>) -> Result<(), WebhookFailure> {
        let body =
            serde_json::to_string(&message.payload()).map_err(|_| WebhookFailure::NoAnswer)?;
        let headers = message.headers(&body);
        let url = message.endpoint.url.expose_secret();
        let limit = timeouts::WEBHOOK;
        let response = match post(url, &headers, &body, limit) {
            Ok(promise) => self.progress.within(limit, JsFuture::from(promise)).await,
            Err(thrown) => Some(Err(thrown)),
        };
        let name = &message.endpoint.name;
        let Some(Ok(response)) = response else {
            log_error(&format!("webhook `{name}`: no answer"));
            return Err(WebhookFailure::NoAnswer);
        };
        let response: FetchResponse = response.unchecked_into();
        discard(&response);
        let status = response.status();
        let outcome = WebhookFailure::of_status(status);
        if outcome.is_err() {
            log_error(&format!("webhook `{name}`: answered {status}"));
        }
        outcome
    }
}
