//! Bounces and complaints that a mail provider reports. They are events and change nothing: neither
//! who is mailed nor whether an account can reset.

use relatch::Code;

use crate::events::{Action, Event};
use crate::jobs::lookup;
use crate::mail::report::{MailReport, ReportCall, ReportError};
use crate::ports::{Clock as _, Mailer as _, Outage, Platform};
use crate::service::Service;
use crate::values::account::AccountId;
use crate::values::identifier::Identifier;
use crate::values::keys::{base64url, digest};

/// The most reports of one call that are recorded. Each needs a query and a row.
const MAX_REPORTS: usize = 100;

impl<P: Platform> Service<'_, P> {
    /// Authenticates a call of the mail provider and records an event for each report in it and
    /// each account with its address, or one without an account. A repeated report is recorded
    /// once.
    ///
    /// # Errors
    ///
    /// `not_found` if the application accepts no reports, `key_invalid` if the call is not
    /// authentic, `request_invalid` if its body is not one of the provider, `unavailable` if the
    /// accounts or the events do not respond: the provider then repeats the call.
    pub async fn record_mail_reports(&self, call: ReportCall<'_>) -> Result<(), Code> {
        let now = self.platform.clock().now();
        let reports = self.platform.mailer().reports(call, now).await;
        let reports = reports.map_err(|error| match error {
            ReportError::Disabled => Code::NotFound,
            ReportError::Unauthenticated => Code::KeyInvalid,
            ReportError::Malformed => Code::RequestInvalid,
            ReportError::Outage => Code::Unavailable,
        })?;
        for report in reports.iter().take(MAX_REPORTS) {
            self.record_mail_report(report).await.map_err(|Outage| Code::Unavailable)?;
        }
        if let Some(dropped) = reports.len().checked_sub(MAX_REPORTS).filter(|number| *number > 0) {
            let event = self.report_event("", Action::EventsDropped, None, dropped.to_string());
            self.log_event(&event).await;
        }
        Ok(())
    }

    async fn record_mail_report(&self, report: &MailReport) -> Result<(), Outage> {
        let accounts = match Identifier::parse_email(&report.recipient) {
            Ok(identifier) => lookup::find(*self, &identifier, None).await?.accounts,
            Err(_) => Vec::new(),
        };
        let MailReport { id, kind, code, .. } = report;
        let detail = match code.as_str() {
            "" => kind.as_str().to_owned(),
            code => format!("{}: {code}", kind.as_str()),
        };
        let id = [id, report.recipient.as_str()].join(" ");
        let event = |account| self.report_event(&id, Action::MailBounced, account, detail.clone());
        if accounts.is_empty() {
            return self.record_event(&event(None)).await;
        }
        for account in accounts {
            self.record_event(&event(Some(account.id))).await?;
        }
        Ok(())
    }

    fn report_event(
        &self,
        report: &str,
        action: Action,
        account: Option<AccountId>,
        detail: String,
    ) -> Event {
        let application = &self.application.id;
        let of = account.as_ref().map_or("", |account| account.0.as_str());
        let id = digest(
            application,
            "mail report",
            &[report.as_bytes(), of.as_bytes(), detail.as_bytes()],
        );
        Event {
            id: base64url(&id),
            at: self.platform.clock().now(),
            action,
            application: application.clone(),
            account,
            address: None,
            detail: Some(detail),
        }
    }
}
