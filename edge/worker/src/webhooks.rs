//! Webhooks: events that are posted to endpoints by `fetch`.

use secrecy::ExposeSecret as _;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::bindings::{UnreadBody, abort_after, fetch, field, object};
use crate::host::{AlarmProgress, log_error};
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
        let headers = message.headers(&body).map(|(name, value)| (name, JsValue::from(value)));
        let mut init = vec![
            ("method", JsValue::from_str("POST")),
            ("headers", object(&headers).into()),
            ("body", JsValue::from_str(&body)),
            ("redirect", JsValue::from_str("manual")),
        ];
        let limit = timeouts::WEBHOOK;
        // A request that takes too long must not go on beside the next attempt.
        init.extend(
            abort_after(limit.as_secs_f64() * 1000.0).ok().map(|signal| ("signal", signal)),
        );
        let url = message.endpoint.url.expose_secret();
        let response = match fetch(url, &object(&init)) {
            Ok(promise) => self.progress.within(limit, JsFuture::from(promise)).await,
            Err(thrown) => Some(Err(thrown)),
        };
        let name = &message.endpoint.name;
        let Some(Ok(response)) = response else {
            log_error(&format!("webhook `{name}`: no answer"));
            return Err(WebhookFailure::NoAnswer);
        };
        if let Ok(body) = field(&response, "body").dyn_into::<js_sys::Object>() {
            let _not_read = body.unchecked_into::<UnreadBody>().cancel();
        }
        let status = field(&response, "status").as_f64().unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a status")]
        let outcome = WebhookFailure::of_status(status as u16);
        if outcome.is_err() {
            log_error(&format!("webhook `{name}`: answered {status}"));
        }
        outcome
    }
}
