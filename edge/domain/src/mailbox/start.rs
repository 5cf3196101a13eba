//! The start of an attempt at a mail with links.

use super::grant::Rules;
use super::{Candidate, Job, LinkJob, MailStart, Mailbox};
use crate::application::Application;
use crate::claims::Permit;
use crate::outbox::Entry;
use crate::values::account::{AccountId, Fingerprint};
use crate::values::link::{LinkId, LinkRecord};
use crate::values::time::{Moment, RandomShare};

impl Mailbox {
    /// Begins an attempt at a job that is due. The life of the links of a mail that had to wait
    /// begins with its first attempt.
    pub(super) fn begin_job(
        &mut self,
        application: &Application,
        now: Moment,
        share: RandomShare,
    ) -> Option<Entry<Job>> {
        let entry = self.claims.begin(now, share)?;
        if entry.attempts != 1 || !has_waited(&entry) {
            return Some(entry);
        }
        self.begin_life(application, &entry.id, now);
        self.claims.jobs().find(|job| job.id == entry.id).cloned()
    }

    fn begin_life(&mut self, application: &Application, id: &str, now: Moment) {
        let Some(entry) = self.claims.outbox.iter_mut().find(|entry| entry.id == id) else {
            return;
        };
        let (date, expires_at) = match &mut entry.job {
            Job::Link(LinkJob { date, expires_at, .. })
            | Job::Invitation(LinkJob { date, expires_at, .. }) => (date, Some(expires_at)),
            Job::Shared(job) => (&mut job.date, Some(&mut job.expires_at)),
            Job::Ambiguous(job) => (&mut job.date, None),
            Job::FollowUp(_) | Job::Notify(_) | Job::Webhook(_) => return,
        };
        let planned = std::mem::replace(date, now);
        if let Some(expires_at) = expires_at {
            let lifetime = expires_at.since(planned);
            *expires_at = now.after(lifetime);
            let rules = Rules { limits: &application.limits, lifetime, now, waits_until: None };
            self.limits.begin_life(id, rules);
        }
    }

    /// Begins an attempt at the mail of a job: stores what its links are issued for, all in one
    /// step before the mail is sent. Returns the links of the mail.
    ///
    /// An account is left out, with the event of its candidate, if it has no link, or if it has
    /// changed since an earlier attempt, which stored another record, or since the lookup of a mail
    /// that had to wait: a link that had been mailed at once would have ended. An account that was
    /// revoked during this attempt has its event already. A job without links is removed.
    #[must_use]
    pub fn start_mail(&mut self, job: &str, candidates: Vec<Candidate>, now: Moment) -> MailStart {
        let Some(entry) = self.claims.jobs().find(|entry| entry.id == job) else {
            return MailStart::default();
        };
        let entry = entry.clone();
        let (mut start, mut left_out) = (MailStart::default(), Vec::new());
        for Candidate { account, link, failure } in candidates {
            let mut accounts = entry.job.accounts().into_iter();
            let Some((_, name)) = accounts.find(|(other, _)| **other == account) else { continue };
            let is_changed = |record: &LinkRecord| {
                self.awaited(&entry, &account).is_some_and(|then| record.fingerprint != *then)
            };
            let link = link.filter(|(_, record)| !is_changed(record));
            if let Some((id, _)) = link.filter(|(id, record)| self.pin_link(id, record)) {
                start.next_link_at = self.limits.set_link(job, name, &id);
                start.links.push(id);
            } else {
                self.limits.leave_out(job, name);
                left_out.push((account, failure));
            }
        }
        let may_be_delivered = self.claims.unanswered(job) > 0;
        for entry in self.claims.outbox.iter_mut().filter(|entry| entry.id == job) {
            let Job::Shared(shared) = &mut entry.job else { continue };
            shared.links.retain(|link| left_out.iter().all(|(out, _)| *out != link.account));
            let count = u8::try_from(shared.links.len()).ok();
            if may_be_delivered {
                start.has_changed = shared.started != count;
            } else {
                shared.started = count;
            }
        }
        if start.links.is_empty() {
            self.claims.outbox.remove(job);
        }
        self.claims.enqueue_events(left_out.into_iter().map(|(_, failure)| failure), now);
        start
    }

    /// Returns the fingerprint of an account of a mail that had to wait, as its lookup read it.
    fn awaited<'a>(
        &'a self,
        entry: &'a Entry<Job>,
        account: &AccountId,
    ) -> Option<&'a Fingerprint> {
        match &entry.job {
            Job::Shared(job) if has_waited(entry) => {
                let link = job.links.iter().find(|link| link.account == *account)?;
                Some(&link.fingerprint)
            }
            _ => self.extras.fingerprints.of_job(&entry.id),
        }
    }

    /// Stores what a link is issued for. The first attempt at its mail decides. Returns `false` if
    /// an earlier attempt stored another record.
    #[must_use]
    pub fn pin_link(&mut self, id: &LinkId, record: &LinkRecord) -> bool {
        if let Some(link) = self.claims.permits.iter().find(|link| link.id == *id) {
            link.record == *record
        } else {
            self.claims.permits.push(Permit::new(id.clone(), record.clone()));
            true
        }
    }
}

/// Returns whether a mail had to wait for its first attempt.
fn has_waited(entry: &Entry<Job>) -> bool {
    entry.job.date().is_some_and(|date| date > entry.added)
}
