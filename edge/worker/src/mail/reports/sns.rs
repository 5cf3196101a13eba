//! The messages of a topic of Amazon SNS, by which Amazon SES reports.

use relatch_domain::mail::report::ReportError;
use serde_json::Value;

use super::text;
use crate::mail::MailApi;

/// A message of a topic of Amazon SNS.
pub(super) enum Notice {
    /// The topic asks to be confirmed by a GET of this URL.
    Subscription(String),
    /// A report, or an empty list.
    Message(Value),
}

/// Reads a message of the configured topic. The URL that confirms a subscription is made from the
/// topic, so that no message can name another host.
pub(super) fn of_topic(api: &MailApi, body: &Value) -> Result<Notice, ReportError> {
    let topic = api.webhook_topic.as_deref().ok_or(ReportError::Malformed)?;
    if text(body, &["/TopicArn"]) != topic {
        return Err(ReportError::Malformed);
    }
    match text(body, &["/Type"]).as_str() {
        "SubscriptionConfirmation" => {
            let token = text(body, &["/Token"]);
            let is_token = !token.is_empty() && token.chars().all(|c| c.is_ascii_alphanumeric());
            let region = topic.split(':').nth(3).unwrap_or_default();
            let origin = match &api.endpoint {
                Some(endpoint) => endpoint.clone(),
                None => format!("https://sns.{region}.amazonaws.com"),
            };
            is_token
                .then(|| {
                    Notice::Subscription(format!(
                        "{origin}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}"
                    ))
                })
                .ok_or(ReportError::Malformed)
        }
        "Notification" => {
            let message = serde_json::from_str(&text(body, &["/Message"]));
            // Amazon sends a test in plain words when a topic is chosen.
            Ok(Notice::Message(message.unwrap_or_else(|_| Value::Array(Vec::new()))))
        }
        _ => Ok(Notice::Message(Value::Array(Vec::new()))),
    }
}
