//! Mail through the hook `mailer`, which replaces the providers.

use std::rc::Rc;

use worker::Env;

use crate::hooks::Hook;
use crate::host::{log_error, log_event};
use crate::mail::delivery::Delivery;
use crate::mail::hook_values::{MailValue, Sent, SentValue};
use relatch_domain::application::Application;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::ports::Outage;
use relatch_domain::timeouts;

/// The name of the option.
pub const OPTION: &str = "mailer";

/// The hook for one application.
pub struct HookMailer {
    application: Rc<Application>,
    send: Hook,
}

impl HookMailer {
    /// Returns the hook for an application, or `None` if it is not set.
    pub fn new(env: &Env, application: &Rc<Application>) -> Option<Self> {
        let send = Hook::find(env, "mailer.send", timeouts::PROVIDER)?;
        Some(Self { application: Rc::clone(application), send })
    }

    /// Sends one message.
    pub async fn send(&self, delivery: Delivery<'_>) -> Result<(), MailFailure> {
        let Delivery { message, progress, hand_over } = delivery;
        hand_over.await.map_err(|Outage| MailFailure::HandOverFailed)?;
        let mail = MailValue::new(self.application.id.as_str(), message);
        let sent: Result<SentValue, Outage> = self.send.call(&mail, progress).await;
        match sent.map_or(Sent::Unknown, SentValue::outcome) {
            Sent::Accepted { id } => {
                if let Some(id) = id {
                    log_event(format!("mail: accepted by the hook `mailer` as {id}"));
                }
                Ok(())
            }
            Sent::Refused { failure, reason } => {
                log_error(&format!("mail: the hook `mailer` refused it: {reason}"));
                Err(failure)
            }
            Sent::Unknown => Err(MailFailure::MailerFailed),
        }
    }
}
