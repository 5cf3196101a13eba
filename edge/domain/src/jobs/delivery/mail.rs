//! Attempts at the mails of a mailbox: with a link, or about several accounts.

use super::{Attempt, Current, EventSource, MAX_ATTEMPTS};
use crate::claims::retention_end;
use crate::events::{Action, Detail, Reason};
use crate::jobs::ObjectService;
use crate::mail::failure::MailFailure;
use crate::mail::{self, LinkContent, Recipient, Stamp};
use crate::mailbox::{AmbiguousJob, Job, LinkJob, MIN_REMAINING_LIFETIME, Mailbox};
use crate::ports::{Directory as _, LinkRecords as _, Outage, Platform, StateStore};
use crate::service::Service;
use crate::values::link::{Link, LinkRecord, Seed};
use crate::values::mail_address::PlainAddress;
use crate::values::object_id::MailboxId;
use crate::values::time::Moment;

impl LinkJob {
    fn event_source(&self) -> EventSource<'_> {
        EventSource {
            key: &self.seed.random,
            account: &self.account,
            address: self.address.as_deref(),
        }
    }
}

impl AmbiguousJob {
    fn event_source(&self) -> EventSource<'_> {
        EventSource {
            key: &self.seed.random,
            account: &self.account,
            address: self.address.as_deref(),
        }
    }
}

impl<P: Platform, S: StateStore<State = Mailbox>> ObjectService<'_, P, S> {
    /// Attempts the mail with a link, and gives up after [`MAX_ATTEMPTS`] or when the link would
    /// have less than [`MIN_REMAINING_LIFETIME`] left at the next attempt.
    pub(super) async fn attempt_link(
        &self,
        mailbox: &MailboxId,
        current: &Current<Job>,
        job: &LinkJob,
    ) -> Attempt {
        let attempt = match self.mail_link(mailbox, current, job).await {
            Ok(attempt) | Err(attempt) => attempt,
        };
        match attempt {
            Attempt::Retry(reason) => {
                let next = current.next_attempt(self.now());
                let too_late = job.expires_at.since(next) < MIN_REMAINING_LIFETIME;
                if current.entry.attempts >= MAX_ATTEMPTS || too_late {
                    let reason = current.final_reason(reason);
                    self.finished(&job.event_source(), Action::LinkFailed, Some(reason))
                } else {
                    Attempt::Retry(reason)
                }
            }
            finished @ Attempt::Finished(_) => finished,
        }
    }

    /// Reads the account, stores the link's record and sends the mail. An outage is returned as an
    /// error.
    async fn mail_link(
        &self,
        mailbox: &MailboxId,
        current: &Current<Job>,
        job: &LinkJob,
    ) -> Result<Attempt, Attempt> {
        let Service { application, platform } = self.service;
        let source = job.event_source();
        let failed = |reason: Detail| Ok(self.finished(&source, Action::LinkFailed, Some(reason)));
        let Some(account) = platform.directory().account(&job.account).await? else {
            return failed(Reason::AccountGone.into());
        };
        let eligible = match application.eligible(&account) {
            Ok(eligible) => eligible,
            Err(reason) => return failed(reason.into()),
        };
        if !self.is_recipient(mailbox, &eligible.email) {
            return failed(Reason::MailboxLeft.into());
        }
        let Some((link, token)) =
            Link::issue(&application.keys, &job.seed, mailbox, job.expires_at)
        else {
            return failed(Reason::KeyDropped.into());
        };
        let record = LinkRecord {
            account: account.id.clone(),
            fingerprint: eligible.fingerprint,
            expires_at: link.expires_at,
        };
        // A job that was revoked during this attempt must not create a link. Its event is in the
        // outbox already.
        let job_id = &current.entry.id;
        let start = self.store.change(|state| state.start_mail(job_id, &link.id, &record)).await?;
        let Some(start) = start else {
            return failed(Reason::AccountChanged.into());
        };
        // Best effort: a reader that does not find the record here reads it from the mailbox.
        let _read_from_the_mailbox =
            platform.records().put(&link.id, &record, retention_end(link.expires_at)).await;
        let message = self.stamp(&job.seed, job.date).and_then(|stamp| {
            let address = &eligible.email.to_string();
            let recipient = Recipient { account: &account, address };
            let content = LinkContent {
                token: &token,
                template: job.definition.as_ref(),
                next_link_at: start.next_link_at,
            };
            mail::reset(application, recipient, content, stamp)
        });
        match self.send(current, message).await {
            Ok(()) => Ok(self.finished(&source, Action::LinkSent, None)),
            Err(failure) if failure.is_transient() => Ok(Attempt::Retry(failure.into())),
            Err(failure) => failed(failure.into()),
        }
    }

    /// Attempts the mail to a shared mailbox, and gives up after [`MAX_ATTEMPTS`].
    pub(super) async fn attempt_ambiguous(
        &self,
        mailbox: &MailboxId,
        current: &Current<Job>,
        job: &AmbiguousJob,
    ) -> Attempt {
        let Service { application, platform } = self.service;
        let source = job.event_source();
        let failed = |reason: Detail| self.finished(&source, Action::AmbiguousFailed, Some(reason));
        let retry = |reason: Detail| {
            if current.entry.attempts >= MAX_ATTEMPTS {
                failed(current.final_reason(reason))
            } else {
                Attempt::Retry(reason)
            }
        };
        let account = match platform.directory().account(&job.account).await {
            Ok(Some(account)) => account,
            Ok(None) => return failed(Reason::AccountGone.into()),
            Err(Outage) => return retry(Reason::Outage.into()),
        };
        let Some(email) =
            account.recipient().ok().filter(|email| self.is_recipient(mailbox, email))
        else {
            return failed(Reason::MailboxLeft.into());
        };
        let message = self
            .stamp(&job.seed, job.date)
            .and_then(|stamp| mail::ambiguous(application, &email.to_string(), stamp));
        match self.send(current, message).await {
            Ok(()) => self.finished(&source, Action::AmbiguousSent, None),
            Err(failure) if failure.is_transient() => retry(failure.into()),
            Err(failure) => failed(failure.into()),
        }
    }

    /// Returns what makes every attempt at a mail the same bytes.
    ///
    /// # Errors
    ///
    /// [`MailFailure::Template`] if the seed's key is no longer on the ring.
    fn stamp(&self, seed: &Seed, date: Moment) -> Result<Stamp, MailFailure> {
        let keys = &self.service.application.keys;
        let id = seed.derive(keys, "message").ok_or(MailFailure::Template)?;
        Ok(Stamp { id, date })
    }

    /// Returns whether this mailbox is that of an address. After a key rotation the address has
    /// another mailbox, but a job that was accepted before is still sent from the earlier one.
    fn is_recipient(&self, mailbox: &MailboxId, email: &PlainAddress) -> bool {
        mailbox.belongs_to(&self.service.application.keys, &email.canonical())
    }
}
