//! The mailer: sends by the provider of the configuration.

use std::rc::Rc;

use crate::bindings::SendEmail;
use crate::directory::statements::WorkerSettings;
use crate::host::{AlarmProgress, log_error};
use crate::mail::{HookMailer, send_email, smtp};
use relatch_config::MailProvider;
use relatch_domain::application::Application;
use relatch_domain::mail::Message;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::ports::{Mailer, Outage};

/// The mailer of one application.
pub struct ProviderMailer {
    /// The application.
    pub application: Rc<Application>,
    /// The settings, with the provider.
    pub settings: Rc<WorkerSettings>,
    /// The binding. It is used, and must exist, only if the provider is Cloudflare.
    pub binding: SendEmail,
    /// The hook, if it replaces the providers.
    pub hook: Option<HookMailer>,
    /// The progress of the alarm.
    pub progress: AlarmProgress,
}

impl Mailer for ProviderMailer {
    async fn send(
        &self,
        message: &Message,
        hand_over: impl AsyncFnOnce() -> Result<(), Outage>,
    ) -> Result<(), MailFailure> {
        let mail = &self.application.mail;
        let hand_over = Box::pin(hand_over());
        let sent = match &self.settings.mail {
            MailProvider::Smtp(server) => {
                smtp::send(server, mail.from.domain(), message, &self.progress, hand_over).await
            }
            MailProvider::Cloudflare => {
                send_email::send(&self.binding, message, &self.progress, hand_over).await
            }
            MailProvider::Own => match &self.hook {
                Some(hook) => hook.send(message, &self.progress, hand_over).await,
                None => Err(MailFailure::MailerDeferred),
            },
        };
        if let Err(failure) = sent {
            // The event is recorded only after the last attempt, about an hour later.
            log_error(&format!("mail: {}: {}", failure.as_str(), failure.explanation()));
        }
        sent
    }
}
