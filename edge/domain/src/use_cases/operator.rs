//! The calls of an operator's tools, which read what happened to all accounts of an application, and
//! the mails that wait for one account or mailbox.
//!
//! As every call of a server, each is audited under the label of its key, and fails if the audit
//! event cannot be stored. The audit event of a page of events is stored after the page was read, so
//! that the page does not have it.

use relatch::Code;

use super::server::{ServerApi, ServerError, Subject};
use crate::event_query::{EventCount, EventPage, EventQuery, StatsQuery};
use crate::events::Action;
use crate::ports::{Events as _, Mailboxes as _, Outage, PasswordChanges as _, Platform};
use crate::values::account::{Account, AccountId};
use crate::values::mail_address::{PlainAddress, canonical_address};
use crate::values::object_id::{MailboxId, PasswordChangeId};
use crate::waiting::{RetriedMails, WaitingMail};

/// The objects whose outboxes may have mails about a subject.
struct Outboxes {
    /// Each mailbox, and the account whose mails are asked for, or `None` for all mails.
    mailboxes: Vec<(MailboxId, Option<AccountId>)>,
    password_changes: Vec<PasswordChangeId>,
}

impl<P: Platform> ServerApi<'_, P> {
    /// Records that the operator's page was opened with the key.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the event could not be stored.
    pub async fn record_sign_in(&self) -> Result<(), Outage> {
        self.record(Action::ServerSignIn, None, None).await
    }

    /// Returns a page of the application's events, newest first.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the event store does not respond.
    pub async fn list_events(&self, query: &EventQuery) -> Result<EventPage, Outage> {
        let page = self.service.platform.events().page(query).await?;
        self.record(Action::ServerEvents, None, None).await?;
        Ok(page)
    }

    /// Counts the application's events of each period by name, in the order of time and name.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the event store does not respond.
    pub async fn count_events(&self, query: &StatsQuery) -> Result<Vec<EventCount>, Outage> {
        let counts = self.service.platform.events().count_by_period(query).await?;
        self.record(Action::ServerStats, None, None).await?;
        Ok(counts)
    }

    /// Returns the mails that wait for a subject: for an e-mail address all mails of its mailbox,
    /// and otherwise those about the accounts. Earlier mailboxes of an account are not reached.
    ///
    /// # Errors
    ///
    /// `account_unknown` if neither an account nor a mail is found, `unavailable`.
    pub async fn waiting_mails(&self, subject: &Subject) -> Result<Vec<WaitingMail>, ServerError> {
        let accounts = self.find(subject).await?.accounts;
        self.record(Action::ServerOutbox, single(&accounts), None).await?;
        let platform = self.service.platform;
        let Outboxes { mailboxes, password_changes } = self.outboxes(subject, &accounts);
        let mut mails = Vec::new();
        for (mailbox, account) in &mailboxes {
            mails.extend(platform.mailboxes().waiting_mails(mailbox, account.as_ref()).await?);
        }
        for object in &password_changes {
            mails.extend(platform.password_changes().waiting_mails(object).await?);
        }
        found(&accounts, &mails)?;
        Ok(mails)
    }

    /// Makes the mails that wait for a subject due now, except those that have not been attempted,
    /// and those that may have been delivered. Each attempt counts as any other.
    ///
    /// # Errors
    ///
    /// As [`Self::waiting_mails`], and `too_many_requests` over the
    /// [limits](super::server_limits) of server calls.
    pub async fn retry_mails(&self, subject: &Subject) -> Result<RetriedMails, ServerError> {
        self.count_for_key().await?;
        let accounts = self.find(subject).await?.accounts;
        self.record(Action::ServerRetry, single(&accounts), None).await?;
        self.count_for_accounts(Action::ServerRetry, subject, &accounts).await?;
        let platform = self.service.platform;
        let Outboxes { mailboxes, password_changes } = self.outboxes(subject, &accounts);
        let mut all = RetriedMails::default();
        let mut add = |RetriedMails { retried, mails }: RetriedMails| {
            all.retried = all.retried.saturating_add(retried);
            all.mails.extend(mails);
        };
        for (mailbox, account) in &mailboxes {
            add(platform.mailboxes().retry_mails(mailbox, account.as_ref()).await?);
        }
        for object in &password_changes {
            add(platform.password_changes().retry_mails(object).await?);
        }
        found(&accounts, &all.mails)?;
        Ok(all)
    }

    /// Returns the objects that may have mails about a subject, and about the accounts that it
    /// matches.
    fn outboxes(&self, subject: &Subject, accounts: &[Account]) -> Outboxes {
        let keys = &self.service.application.keys;
        let mut addresses: Vec<(String, Option<AccountId>)> = Vec::new();
        if let Subject::Named(identifier) = subject
            && PlainAddress::parse(identifier.raw()).is_ok()
        {
            addresses.push((identifier.canonical().to_owned(), None));
        }
        for account in accounts {
            let address = account.email.as_deref().map(canonical_address);
            // Of a mailbox that was named, all mails are read already.
            if let Some(address) = address
                && !addresses.iter().any(|(other, owner)| *other == address && owner.is_none())
            {
                addresses.push((address, Some(account.id.clone())));
            }
        }
        let mailboxes = addresses.iter().flat_map(|(address, account)| {
            MailboxId::under_all_keys(keys, address).map(|mailbox| (mailbox, account.clone()))
        });
        let mut ids: Vec<&AccountId> = accounts.iter().map(|account| &account.id).collect();
        // A deleted account may have notices.
        if let (Subject::Account(id), []) = (subject, accounts) {
            ids.push(id);
        }
        let changes = ids.iter().flat_map(|id| PasswordChangeId::under_all_keys(keys, id));
        Outboxes { mailboxes: mailboxes.collect(), password_changes: changes.collect() }
    }
}

/// Returns the only account.
fn single(accounts: &[Account]) -> Option<&AccountId> {
    match accounts {
        [account] => Some(&account.id),
        _ => None,
    }
}

/// Fails if neither an account nor a mail was found.
fn found(accounts: &[Account], mails: &[WaitingMail]) -> Result<(), ServerError> {
    if accounts.is_empty() && mails.is_empty() { Err(Code::AccountUnknown.into()) } else { Ok(()) }
}
