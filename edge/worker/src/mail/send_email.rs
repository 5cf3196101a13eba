//! Mail over the `send_email` binding of Cloudflare. The message is sent as it was built, so that
//! every attempt sends the same bytes.

use wasm_bindgen_futures::JsFuture;

use crate::bindings::{EmailMessage, SendEmail, field};
use crate::mail::cloudflare_codes;
use crate::mail::delivery::Delivery;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::ports::Outage;
use relatch_domain::timeouts;

/// The name of the binding in `wrangler.toml`.
pub const BINDING: &str = "EMAIL";

/// Sends one message.
pub async fn send(binding: &SendEmail, delivery: Delivery<'_>) -> Result<(), MailFailure> {
    let Delivery { message, progress, hand_over } = delivery;
    hand_over.await.map_err(|Outage| MailFailure::HandOverFailed)?;
    let mime = String::from_utf8_lossy(&message.mime);
    let sent = EmailMessage::new(&message.from, &message.to, &mime)
        .and_then(|message| binding.send(&message));
    let outcome = match sent {
        Ok(promise) => progress.within(timeouts::PROVIDER, JsFuture::from(promise)).await,
        Err(thrown) => Some(Err(thrown)),
    };
    match outcome {
        Some(Ok(_)) => Ok(()),
        // The host marks the loss of a connection as retryable.
        Some(Err(error)) if field(&error, "retryable").is_truthy() => {
            Err(MailFailure::ConnectionLost)
        }
        // Only the code is read, because the error's message may contain addresses.
        Some(Err(error)) => {
            Err(cloudflare_codes::failure(field(&error, "code").as_string().as_deref()))
        }
        None => Err(MailFailure::Timeout),
    }
}
