//! Webhooks: events that are posted to endpoints of the application, signed by the Standard
//! Webhooks specification 1.0.0 (`standardwebhooks.com`).
//!
//! The events of each endpoint wait in separate objects: see
//! [`MailboxId::for_webhook`](crate::values::object_id::MailboxId::for_webhook). So an endpoint
//! that is slow or down delays nothing else.

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::events::{Action, Event, EventValue, Retention};
use crate::values::time::Moment;

/// The prefix of a secret in text.
const SECRET_PREFIX: &str = "whsec_";
/// The shortest and the longest secret, in bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that signs what is sent to one endpoint.
pub struct WebhookSecret(Hmac<Sha256>);

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("WebhookSecret")
    }
}

impl WebhookSecret {
    /// Decodes a secret from text: `whsec_` and its bytes in base64.
    ///
    /// # Errors
    ///
    /// The rule that the text violates, without any part of the secret.
    pub fn decode(text: &str) -> Result<SecretBox<Vec<u8>>, &'static str> {
        let encoded = text.strip_prefix(SECRET_PREFIX).ok_or("must begin with `whsec_`")?;
        let bytes = Base64::decode_vec(encoded).map_err(|_| "must be `whsec_` and base64")?;
        Ok(SecretBox::new(Box::new(bytes)))
    }

    /// Returns the secret of 24 to 64 bytes.
    ///
    /// # Errors
    ///
    /// The rule, if the secret has another length.
    pub fn new(bytes: &[u8]) -> Result<Self, &'static str> {
        match Hmac::new_from_slice(bytes) {
            Ok(hmac) if SECRET_BYTES.contains(&bytes.len()) => Ok(Self(hmac)),
            _ => Err("must have 24 to 64 bytes"),
        }
    }

    fn sign(&self, content: &[&str]) -> String {
        let mut hmac = self.0.clone();
        for part in content {
            hmac.update(part.as_bytes());
        }
        ["v1,", &Base64::encode_string(&hmac.finalize().into_bytes())].concat()
    }
}

/// The events that an endpoint gets: names, or beginnings of names with `*`. Without any, it gets
/// all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter(Vec<String>);

impl EventFilter {
    /// Returns the filter with these patterns.
    ///
    /// # Errors
    ///
    /// The first pattern that no event matches.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        let mut filter = Self::default();
        for pattern in patterns {
            if !Action::ALL.iter().any(|action| matches(pattern, *action)) {
                return Err(pattern);
            }
            filter.0.push(pattern.to_owned());
        }
        Ok(filter)
    }

    fn contains(&self, action: Action) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| matches(pattern, action))
    }
}

/// Returns whether an endpoint may get an event and a pattern selects it. The failure of an
/// endpoint is never sent to one, so that two endpoints that are down do not keep each other busy.
fn matches(pattern: &str, action: Action) -> bool {
    let name = action.as_str();
    is_sent(action)
        && pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}

fn is_sent(action: Action) -> bool {
    action.retention() != Retention::Log && action != Action::WebhookFailed
}

/// An endpoint that gets events.
#[derive(Debug)]
pub struct WebhookEndpoint {
    /// Its name in the configuration, in log lines and events.
    pub name: String,
    /// Its URL, which may contain a secret of the receiver.
    pub url: SecretString,
    /// The events that it gets.
    pub events: EventFilter,
    /// The secrets, newest first: two while one replaces the other.
    pub secrets: Vec<WebhookSecret>,
}

impl WebhookEndpoint {
    /// Returns whether the endpoint gets an event.
    #[must_use]
    pub fn wants(&self, action: Action) -> bool {
        is_sent(action) && self.events.contains(action)
    }
}

/// The job of an event for one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WebhookJob {
    /// The name of the endpoint.
    pub endpoint: String,
    /// The event.
    pub event: Event,
}

/// The body of a request to an endpoint, as JSON.
#[derive(Debug, Serialize)]
pub struct Payload<'a> {
    /// The name of the event.
    #[serde(rename = "type")]
    kind: &'a str,
    /// When it happened (RFC 3339, UTC).
    timestamp: &'a str,
    /// The event, as the hook `onEvent` receives it.
    data: &'a EventValue<'a>,
}

/// One request to an endpoint.
#[derive(Debug)]
pub struct WebhookMessage<'a> {
    /// The endpoint.
    pub endpoint: &'a WebhookEndpoint,
    /// The time of this attempt, which is signed.
    pub sent_at: Moment,
    /// The event. An account whose id looks like an e-mail address is in it under a keyed name.
    pub value: &'a EventValue<'a>,
}

impl WebhookMessage<'_> {
    /// Returns the body, to be written as JSON.
    #[must_use]
    pub fn payload(&self) -> Payload<'_> {
        Payload { kind: self.value.event, timestamp: self.value.at, data: self.value }
    }

    /// Returns the headers of a request with this body. Every secret of the endpoint signs it.
    #[must_use]
    pub fn headers(&self, body: &str) -> [(&'static str, String); 4] {
        let (id, timestamp) = (self.value.id, self.sent_at.seconds().to_string());
        let content = [id, ".", &timestamp, ".", body];
        let signatures: Vec<String> =
            self.endpoint.secrets.iter().map(|secret| secret.sign(&content)).collect();
        [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", signatures.join(" ")),
        ]
    }
}

codes! {
/// Why an endpoint did not get an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookFailure {
    /// The endpoint was not reached, its certificate is not valid, or it did not answer within 10
    /// seconds.
    NoAnswer = "no_answer",
    /// The endpoint answered with another status than 200 to 299.
    Refused = "refused",
    /// The endpoint answered with a redirect, which is not followed.
    Redirected = "redirected",
    /// The endpoint is no longer configured.
    EndpointRemoved = "endpoint_removed",
}
}

impl WebhookFailure {
    /// Returns the outcome of an answer with this status.
    ///
    /// # Errors
    ///
    /// Every status except those of success is a failure.
    pub const fn of_status(status: u16) -> Result<(), Self> {
        match status {
            200..=299 => Ok(()),
            300..=399 => Err(Self::Redirected),
            _ => Err(Self::Refused),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::events::EventView;
    use crate::stored_formats::{NOON, event};

    /// The example of the specification's reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn parse(text: &str) -> Result<WebhookSecret, &'static str> {
        WebhookSecret::new(WebhookSecret::decode(text)?.expose_secret())
    }

    fn endpoint(secrets: &[&str], events: &[&str]) -> WebhookEndpoint {
        WebhookEndpoint {
            name: "audit".to_owned(),
            url: "https://hooks.example.com".into(),
            events: EventFilter::new(events.iter().copied()).unwrap(),
            secrets: secrets.iter().map(|secret| parse(secret).unwrap()).collect(),
        }
    }

    #[test]
    fn a_signature_is_that_of_the_reference_libraries() {
        let secret = parse(SECRET).unwrap();
        let content =
            ["msg_p5jXN8AQM9LWM0D4loKWxJek", ".", "1614265330", ".", r#"{"test": 2432232314}"#];
        assert_eq!(secret.sign(&content), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_secrets_sign_one_message() {
        let other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let event = event();
        let view = EventView::from(&event);
        let value = &EventValue::new("default", &view);
        let signature = |secrets: &[&str]| {
            let endpoint = &endpoint(secrets, &[]);
            let [_, id, timestamp, (_, signature)] =
                WebhookMessage { endpoint, sent_at: NOON, value }.headers("{}");
            assert_eq!(id, ("webhook-id", "event id".to_owned()));
            assert_eq!(timestamp, ("webhook-timestamp", "1795176000".to_owned()));
            signature
        };
        let both = signature(&[SECRET, other]);
        assert_eq!(both, [signature(&[SECRET]), signature(&[other])].join(" "));
    }

    #[test]
    fn a_secret_that_is_malformed_or_short_is_rejected_without_being_repeated() {
        for (text, why) in [
            ("", "begin with"),
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "begin with"),
            ("whsec_MfKQ9r8G", "24 to 64"),
            ("whsec_not base64", "base64"),
            ("whsec_", "24 to 64"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(why) && !error.contains("MfKQ"), "{text}: {error}");
        }
        assert_eq!(format!("{:?}", parse(SECRET)), "Ok(WebhookSecret)");
        let debug = format!("{:?}", endpoint(&[SECRET], &[]));
        assert!(!debug.contains("hooks.example.com") && !debug.contains("MfKQ"), "{debug}");
    }

    #[test]
    fn an_endpoint_gets_the_events_that_its_filter_selects() {
        let filtered = endpoint(&[SECRET], &["link_*", "password_reset"]);
        let wanted: Vec<&str> = Action::ALL
            .iter()
            .filter(|action| filtered.wants(**action))
            .map(|action| action.as_str())
            .collect();
        assert_eq!(wanted, ["link_sent", "link_failed", "password_reset", "link_checked"]);
        let all = endpoint(&[SECRET], &[]);
        for action in Action::ALL {
            let is_never_sent = matches!(action, Action::CallRefused | Action::WebhookFailed);
            assert_eq!(all.wants(*action), !is_never_sent, "{action:?}");
        }
        for unknown in ["link_snet", "call_refused", "webhook_failed", "", "x*"] {
            assert_eq!(EventFilter::new(["link_sent", unknown]), Err(unknown));
        }
    }
}
