//! The mailbox: the rate limits, the links and the outgoing mail of one e-mail address.
//!
//! [`Mailbox`] is a state machine without I/O. Each method is one step. Its shell loads the state,
//! calls one method, stores the state with its next alarm, and only then acts on the result, so
//! that a crash between two steps loses nothing.
//!
//! # Methods in the order of a link's life
//!
//! 1. [`Mailbox::enqueue`] accepts a mail from an intake, within the limits.
//! 2. The alarm calls [`Claims::begin`](crate::claims::Claims::begin), which returns the job of the
//!    mail.
//! 3. [`Mailbox::has_job`] and [`Mailbox::pin_link`] decide, before the mail is sent, whether the
//!    job still exists and which account and fingerprint the link is for.
//! 4. [`Claims::finish`](crate::claims::Claims::finish) ends the job when the mail was sent or has
//!    failed for good.
//! 5. [`Mailbox::link_record`] answers readers whose own store has no record of the link yet.
//! 6. [`Mailbox::claims`](ObjectState::claims) runs the commit and the replay check of a confirm:
//!    see [`claims`](crate::claims).
//! 7. [`Mailbox::revoke`] ends links at the request of the application's server, or erases what the
//!    mailbox stores about an account.
//! 8. [`Mailbox::prune`](ObjectState::prune) deletes what has expired, and
//!    [`Mailbox::next_alarm`](ObjectState::next_alarm) says when something is next due or expires.

use std::time::Duration;

use serde::{Deserialize, Serialize};

mod job;
mod revoke;

pub use job::{AmbiguousJob, EnqueueMail, EnqueueOutcome, Job, LinkJob, MailKind, ReplayCheck};
pub use revoke::{Revoke, Revoked};

use crate::application::MailboxLimits;
use crate::claims::{Claims, ObjectState, Permit};
use crate::rate_log::RateLog;
use crate::values::link::{LinkId, LinkRecord};
use crate::values::time::Moment;

/// The length of the longest rate limit's window.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The state of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mailbox {
    mails: RateLog,
    claims: Claims<LinkId, Job>,
}

impl Mailbox {
    /// Adds a mail to the outbox, once for each request, unless a limit is reached.
    pub fn enqueue(
        &mut self,
        mail: EnqueueMail,
        limits: &MailboxLimits,
        lifetime: Duration,
        now: Moment,
    ) -> EnqueueOutcome {
        if self.mails.contains(&mail.request) {
            return EnqueueOutcome::Queued;
        }
        if self.is_limited(limits, now) {
            return EnqueueOutcome::RateLimited;
        }
        self.mails.add(mail.request.clone(), now);
        let EnqueueMail { request, kind, account, seed, address, definition } = mail;
        let job = match kind {
            MailKind::Link => {
                let expires_at = now.after(lifetime);
                Job::Link(LinkJob { account, seed, date: now, expires_at, address, definition })
            }
            MailKind::Ambiguous => {
                Job::Ambiguous(AmbiguousJob { account, seed, date: now, address })
            }
        };
        self.claims.outbox.add(request, job, now, now);
        EnqueueOutcome::Queued
    }

    fn is_limited(&self, limits: &MailboxLimits, now: Moment) -> bool {
        let count = |span| u32::try_from(self.mails.count_within(span, now)).unwrap_or(u32::MAX);
        count(limits.interval) > 0
            || count(limits.window) >= limits.per_window
            || count(DAY) >= limits.per_day
    }

    /// Returns whether the outbox has a job with this id. It is gone once it has finished or was
    /// revoked.
    #[must_use]
    pub fn has_job(&self, id: &str) -> bool {
        self.claims.jobs().any(|entry| entry.id == id)
    }

    /// Stores what a link is issued for, before its mail is sent. The first attempt at the mail
    /// decides. Returns `false` if an earlier attempt stored another record, because the account
    /// has changed since: the link must not be mailed again then.
    #[must_use]
    pub fn pin_link(&mut self, id: &LinkId, record: &LinkRecord) -> bool {
        if let Some(link) = self.claims.permits.iter().find(|link| link.id == *id) {
            link.record == *record
        } else {
            self.claims.permits.push(Permit::new(id.clone(), record.clone()));
            true
        }
    }

    /// Returns the record of a link, or `None` if the mailbox has no such link: it was never
    /// pinned, was revoked, or has expired.
    #[must_use]
    pub fn link_record(&self, id: &LinkId) -> Option<LinkRecord> {
        self.claims.record(id).cloned()
    }
}

impl ObjectState for Mailbox {
    type PermitId = LinkId;
    type Job = Job;

    fn claims(&self) -> &Claims<LinkId, Job> {
        &self.claims
    }

    fn claims_mut(&mut self) -> &mut Claims<LinkId, Job> {
        &mut self.claims
    }

    fn prune(&mut self, now: Moment) {
        self.mails.prune(DAY, now);
        self.claims.prune(now);
    }

    fn next_alarm(&self) -> Option<Moment> {
        self.claims.next_alarm().into_iter().chain(self.mails.next_prune(DAY)).min()
    }
}

#[cfg(test)]
mod tests;
