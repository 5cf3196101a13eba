//! Mail providers, one file each. Which one takes the mails is configuration's to say.

use std::rc::Rc;

use super::bindings::SendEmail;
use super::host::log_error;
use crate::core::config::{Application, MailProvider};
use crate::core::mail::Message;
use crate::core::ports::{MailFault, Mailer};

mod send_email;
mod smtp;
mod socket;

pub use send_email::BINDING;

const ADDRESS_UNSUPPORTED: MailFault = MailFault::never("address_unsupported");

/// The application's provider.
pub struct ProviderMailer {
    application: Rc<Application>,
    binding: SendEmail,
}

impl ProviderMailer {
    /// Sends as this application is configured. The binding is there when the provider is Cloudflare.
    pub fn new(application: &Rc<Application>, binding: SendEmail) -> Self {
        Self { application: Rc::clone(application), binding }
    }
}

impl Mailer for ProviderMailer {
    async fn send(&self, message: &Message) -> Result<(), MailFault> {
        let mail = &self.application.mail;
        let sent = match &mail.provider {
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
