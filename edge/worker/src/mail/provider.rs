//! The mailer: sends by the provider of the configuration.

use std::rc::Rc;

use crate::bindings::SendEmail;
use crate::directory::statements::WorkerSettings;
use crate::host::{AlarmProgress, log_error, log_event};
use crate::mail::delivery::Delivery;
use crate::mail::reports::{self, Received};
use crate::mail::sender::ApiSender;
use crate::mail::{HookMailer, MailProvider, api_fetch, send_email, smtp};
use relatch_domain::application::Application;
use relatch_domain::mail::Message;
use relatch_domain::mail::failure::{MailFailure, SendError};
use relatch_domain::mail::report::{MailReport, ReportCall, ReportError};
use relatch_domain::ports::{Mailer, Outage};
use relatch_domain::values::time::Moment;

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
    ) -> Result<(), SendError> {
        let domain = self.application.mail.from.domain();
        let hand_over = Box::pin(hand_over());
        let delivery = Delivery { message, progress: &self.progress, hand_over };
        let mut retry_after = None;
        let sent = match &self.settings.mail {
            MailProvider::Smtp(server) => smtp::send(server, domain, delivery).await,
            MailProvider::Cloudflare => send_email::send(&self.binding, delivery).await,
            MailProvider::Api(api) => {
                let sender = ApiSender { api, application: &self.application };
                let sent = api_fetch::send(&sender, delivery).await;
                sent.map_err(|error| {
                    retry_after = error.retry_after;
                    error.failure
                })
            }
            MailProvider::Own => match &self.hook {
                Some(hook) => hook.send(delivery).await,
                None => Err(MailFailure::MailerDeferred),
            },
        };
        sent.map_err(|failure| {
            // The event is recorded only after the last attempt, about an hour later.
            log_error(&format!("mail: {}: {}", failure.as_str(), failure.explanation()));
            SendError { failure, retry_after }
        })
    }

    async fn reports(
        &self,
        call: ReportCall<'_>,
        now: Moment,
    ) -> Result<Vec<MailReport>, ReportError> {
        let MailProvider::Api(api) = &self.settings.mail else {
            return Err(ReportError::Disabled);
        };
        let sender = ApiSender { api, application: &self.application };
        match reports::read(&sender, &call, now)? {
            Received::Reports { reports, others } => {
                if others > 0 {
                    log_event(format!("mail: reports about other mails: {others} ignored"));
                }
                Ok(reports)
            }
            Received::Subscription(url) => {
                let confirmed = api_fetch::confirm(&url, &self.progress).await;
                confirmed.map(|()| Vec::new()).map_err(|Outage| ReportError::Outage)
            }
        }
    }
}
