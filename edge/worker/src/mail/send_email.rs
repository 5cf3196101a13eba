//! Mail by Cloudflare, over the Worker's `send_email` binding. The message goes out as it was built, so that every
//! attempt hands over the same bytes.

use wasm_bindgen_futures::JsFuture;

use crate::bindings::{EmailMessage, SendEmail, field};
use crate::host::within;
use crate::mail::refusal::refusal;
use relatch_domain::mail::Message;
use relatch_domain::ports::MailError;
use relatch_domain::timeouts;

/// The binding's name in `wrangler.toml`.
pub const BINDING: &str = "EMAIL";

/// Hands one message over.
pub async fn send(binding: &SendEmail, message: &Message) -> Result<(), MailError> {
    let mime = String::from_utf8_lossy(&message.mime);
    let sent = EmailMessage::new(&message.from, &message.to, &mime).and_then(|message| binding.send(&message));
    let settled = match sent {
        Ok(promise) => within(timeouts::MAIL, JsFuture::from(promise)).await,
        Err(thrown) => Some(Err(thrown)),
    };
    match settled {
        Some(Ok(_)) => Ok(()),
        // The error's own words hold addresses; only its code is read.
        Some(Err(error)) => Err(refusal(field(&error, "code").as_string().as_deref())),
        None => Err(MailError::transient("timeout")),
    }
}
