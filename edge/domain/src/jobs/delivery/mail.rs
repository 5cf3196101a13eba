//! Attempts at the mail that asks for the user name, and what the mails of a mailbox share.

use super::{Attempt, Current, EventSource, MAX_ATTEMPTS};
use crate::events::{Action, Detail, Reason};
use crate::jobs::ObjectService;
use crate::mail::failure::MailFailure;
use crate::mail::mail_name::MailName;
use crate::mail::rendering::MailToRender;
use crate::mail::{MailWriter, Stamp, with_parts};
use crate::mailbox::{AmbiguousJob, Job, Mailbox};
use crate::ports::{Directory as _, Outage, Platform, StateStore};
use crate::service::Service;
use crate::values::account::Ineligible;
use crate::values::link::Seed;
use crate::values::mail_address::PlainAddress;
use crate::values::object_id::MailboxId;
use crate::values::time::Moment;

impl AmbiguousJob {
    fn event_source(&self, request: &str) -> EventSource<'_> {
        EventSource {
            subject: request.to_owned(),
            key: &self.seed.random,
            account: &self.account,
            address: self.address.as_deref(),
        }
    }
}

impl<P: Platform, S: StateStore<State = Mailbox>> ObjectService<'_, P, S> {
    /// Attempts the mail without a link to a shared mailbox, and gives up after [`MAX_ATTEMPTS`].
    pub(super) async fn attempt_ambiguous(
        &self,
        mailbox: &MailboxId,
        current: &Current<Job>,
        job: &AmbiguousJob,
    ) -> Attempt {
        let Service { application, platform } = self.service;
        let source = job.event_source(current.request());
        let failed = |reason: Detail| self.finished(&source, Action::AmbiguousFailed, Some(reason));
        let retry = |reason: Detail| {
            if current.entry.attempts >= MAX_ATTEMPTS {
                failed(current.final_reason(reason))
            } else {
                let event = self.deferred(current, &source, reason.clone());
                Attempt::Deferred(reason, vec![event])
            }
        };
        if !application.reset_enabled {
            return failed(Ineligible::SwitchedOff.into());
        }
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
        let to = email.to_string();
        let Ok(texts) = self.mail_texts(current, [&account]).await else {
            return retry(Reason::Outage.into());
        };
        let writer = MailWriter { application, texts };
        let describe = |_: &[String]| {
            let (built_in, values) = writer.ambiguous_parts()?;
            Some(MailToRender {
                name: MailName::Ambiguous,
                language: texts.language(),
                to: to.clone(),
                greeting: None,
                links: Vec::new(),
                times: None,
                notice: None,
                built_in,
                values,
            })
        };
        let Ok(own) = self.own_parts(current, &source, 0, describe).await else {
            return retry(Reason::Outage.into());
        };
        let message = self.stamp(&job.seed, job.date).and_then(|stamp| {
            match own.and_then(|own| own.with_links(&[])) {
                Some(parts) => with_parts(writer.application, &to, &parts, stamp),
                None => writer.ambiguous(&to, stamp),
            }
        });
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
    pub(super) fn stamp(&self, seed: &Seed, date: Moment) -> Result<Stamp, MailFailure> {
        let keys = &self.service.application.keys;
        let id = seed.derive(keys, "message").ok_or(MailFailure::Template)?;
        Ok(Stamp { id, date })
    }

    /// Returns whether this mailbox is that of an address. After a key rotation the address has
    /// another mailbox, but a job that was accepted before is still sent from the earlier one.
    pub(super) fn is_recipient(&self, mailbox: &MailboxId, email: &PlainAddress) -> bool {
        mailbox.belongs_to(&self.service.application.keys, &email.canonical())
    }
}
