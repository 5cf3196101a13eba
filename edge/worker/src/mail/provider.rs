//! The mailer of the provider that configuration names.

use std::rc::Rc;

use crate::bindings::SendEmail;
use crate::directory::statements::DirectorySql;
use crate::host::log_error;
use crate::mail::{send_email, smtp};
use relatch_config::{MailProvider, Settings};
use relatch_domain::application::Application;
use relatch_domain::mail::Message;
use relatch_domain::ports::{MailError, Mailer};

pub(super) const ADDRESS_UNSUPPORTED: MailError = MailError::permanent("address_unsupported");

/// The application's provider.
pub struct ProviderMailer {
    application: Rc<Application>,
    provider: Rc<Settings<DirectorySql>>,
    binding: SendEmail,
}

impl ProviderMailer {
    /// Sends as this application is configured. The binding is there when the provider is Cloudflare.
    pub fn new(application: &Rc<Application>, settings: &Rc<Settings<DirectorySql>>, binding: SendEmail) -> Self {
        Self { application: Rc::clone(application), provider: Rc::clone(settings), binding }
    }
}

impl Mailer for ProviderMailer {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let mail = &self.application.mail;
        let sent = match &self.provider.mail {
            _ if !message.to.is_ascii() => Err(ADDRESS_UNSUPPORTED),
            MailProvider::Smtp(server) => smtp::send(server, mail.from.domain(), message).await,
            MailProvider::Cloudflare => send_email::send(&self.binding, message).await,
        };
        if let Err(fault) = &sent {
            // Attempts go on for an hour before an event tells: whoever looks at the log should know at once.
            log_error(&format!("mail: {}", fault.code));
        }
        sent
    }
}
