//! The mailer: sends by the provider of the configuration.

use std::rc::Rc;

use crate::bindings::SendEmail;
use crate::directory::statements::WorkerSettings;
use crate::host::log_error;
use crate::mail::{send_email, smtp};
use relatch_config::MailProvider;
use relatch_domain::application::Application;
use relatch_domain::mail::Message;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::ports::{Mailer, Outage};

/// The mailer of one application.
pub struct ProviderMailer {
    application: Rc<Application>,
    settings: Rc<WorkerSettings>,
    binding: SendEmail,
}

impl ProviderMailer {
    /// Creates the mailer. The binding is used, and must exist, only if the provider is Cloudflare.
    pub fn new(
        application: &Rc<Application>,
        settings: &Rc<WorkerSettings>,
        binding: SendEmail,
    ) -> Self {
        Self { application: Rc::clone(application), settings: Rc::clone(settings), binding }
    }
}

impl Mailer for ProviderMailer {
    async fn send(
        &self,
        message: &Message,
        hand_over: impl AsyncFnOnce() -> Result<(), Outage>,
    ) -> Result<(), MailFailure> {
        let mail = &self.application.mail;
        let sent = match &self.settings.mail {
            _ if !message.to.is_ascii() => Err(MailFailure::AddressUnsupported),
            _ if hand_over().await.is_err() => Err(MailFailure::HandOverFailed),
            MailProvider::Smtp(server) => smtp::send(server, mail.from.domain(), message).await,
            MailProvider::Cloudflare => send_email::send(&self.binding, message).await,
        };
        if let Err(failure) = sent {
            // The event is recorded only after the last attempt, about an hour later.
            log_error(&format!("mail: {}: {}", failure.as_str(), failure.explanation()));
        }
        sent
    }
}
