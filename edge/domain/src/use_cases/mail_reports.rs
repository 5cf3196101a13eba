//! Bounces and complaints that a mail provider reports. They are events and change nothing: neither
//! who is mailed nor whether an account can reset.

use relatch::Code;

use crate::events::{Action, Event};
use crate::jobs::lookup;
use crate::mail::report::{MailReport, ReportCall, ReportError};
use crate::ports::{Clock as _, Entropy as _, Mailer as _, Outage, Platform};
use crate::service::Service;
use crate::values::account::AccountId;
use crate::values::identifier::Identifier;
use crate::values::keys::{base64url, digest};

impl<P: Platform> Service<'_, P> {
    /// Authenticates a call of the mail provider and records an event for each report in it and
    /// each account with its address, or one without an account. A repeated report is recorded
    /// once, and not announced again. Of one whose call does not cover it, at most one event is
    /// recorded.
    ///
    /// A platform may end a call that makes too many queries, and a provider one that takes too long.
    /// It is then repeated, at intervals that may be regular, so each repetition begins with a
    /// report that is drawn: several record all of them.
    ///
    /// # Errors
    ///
    /// `not_found` if the application accepts no reports, `key_invalid` if the call is not
    /// authentic, `request_invalid` if its body is not one of the provider, `body_too_large` if it is
    /// longer than one, `unavailable` if the accounts or the events do not respond: the provider
    /// then repeats the call.
    pub async fn record_mail_reports(&self, call: ReportCall<'_>) -> Result<(), Code> {
        let now = self.platform.clock().now();
        let reports = self.platform.mailer().reports(call, now).await;
        let reports = reports.map_err(|error| match error {
            ReportError::Disabled => Code::NotFound,
            ReportError::Unauthenticated => Code::KeyInvalid,
            ReportError::Malformed => Code::RequestInvalid,
            ReportError::TooLarge => Code::BodyTooLarge,
            ReportError::Outage => Code::Unavailable,
        })?;
        let drawn = self.platform.entropy().random_bytes().map_err(|Outage| Code::Unavailable)?;
        let [a, b, c, d, ..] = drawn;
        let drawn = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or_default();
        let first = drawn.checked_rem(reports.len()).unwrap_or_default();
        let in_turn = reports.iter().cycle().skip(first);
        for report in in_turn.take(reports.len()) {
            self.record_mail_report(report).await.map_err(|Outage| Code::Unavailable)?;
        }
        Ok(())
    }

    async fn record_mail_report(&self, report: &MailReport) -> Result<(), Outage> {
        let accounts = match Identifier::parse_email(&report.recipient) {
            Ok(identifier) => lookup::find(*self, &identifier, None).await?.accounts,
            Err(_) => Vec::new(),
        };
        let MailReport { kind, code, .. } = report;
        let detail = match code.as_str() {
            "" => kind.as_str().to_owned(),
            code => format!("{}: {code}", kind.as_str()),
        };
        let mut ids: Vec<_> = accounts.into_iter().map(|account| Some(account.id)).collect();
        if ids.is_empty() {
            ids.push(None);
        }
        if !report.is_covered {
            ids.truncate(1);
        }
        for account in ids {
            self.record_event_once(&self.report_event(report, account, &detail)).await?;
        }
        Ok(())
    }

    /// Returns the event of a report. Its id is that of the report and the account, or that of the
    /// report alone if a replayed call may name any account.
    fn report_event(&self, report: &MailReport, account: Option<AccountId>, detail: &str) -> Event {
        let application = &self.application.id;
        let mut parts = vec![report.id.as_bytes()];
        if let Some(account) = account.as_ref().filter(|_| report.is_covered) {
            parts.push(account.0.as_bytes());
        }
        let id = digest(application, "mail report", &parts);
        Event {
            id: base64url(&id),
            at: self.platform.clock().now(),
            action: Action::MailBounced,
            application: application.clone(),
            account,
            address: None,
            detail: Some(detail.to_owned()),
        }
    }
}
