//! The start of an attempt at a mail with links.

use super::grant::Rules;
use super::{Candidate, Job, LinkJob, MailStart, Mailbox};
use crate::application::Application;
use crate::claims::{ObjectState as _, Permit};
use crate::events::{Action, Event, Reason};
use crate::outbox::Entry;
use crate::values::link::{LinkId, LinkRecord};
use crate::values::time::{Moment, RandomShare};

impl Mailbox {
    /// Begins an attempt at a job that is due. The life of the links of a mail that had to wait
    /// begins with its first attempt.
    ///
    /// A mail that waited for an account whose password was reset by another link since is not sent
    /// any more, and ends as an event.
    pub(super) fn begin_job(
        &mut self,
        application: &Application,
        now: Moment,
        share: RandomShare,
    ) -> Option<Entry<Job>> {
        loop {
            let entry = self.claims.begin(now, share)?;
            if entry.attempts != 1 || entry.job.date().is_none_or(|date| date <= entry.added) {
                return Some(entry);
            }
            if let Job::Link(job) = &entry.job
                && self.is_reset_since(job, entry.added)
            {
                let event = superseded(application, &entry.id, job, now);
                self.finish(&entry.id, vec![event], now);
                continue;
            }
            self.begin_life(application, &entry.id, now);
            return self.claims.jobs().find(|job| job.id == entry.id).cloned();
        }
    }

    /// Returns whether a link of this mailbox has set the password of the job's account since a
    /// time.
    fn is_reset_since(&self, job: &LinkJob, since: Moment) -> bool {
        self.claims.permits.iter().any(|link| {
            link.record.account == job.account && link.settled_at().is_some_and(|at| at >= since)
        })
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
    /// An account is left out, with the event of its candidate, if it has no link, or if an earlier
    /// attempt stored another record, because the account has changed since. An account that was
    /// revoked during this attempt has its event already. A job without links is removed.
    #[must_use]
    pub fn start_mail(&mut self, job: &str, candidates: Vec<Candidate>, now: Moment) -> MailStart {
        let Some(entry) = self.claims.jobs().find(|entry| entry.id == job) else {
            return MailStart::default();
        };
        let of_job = entry.job.clone();
        let (mut start, mut left_out) = (MailStart::default(), Vec::new());
        for Candidate { account, link, failure } in candidates {
            let mut accounts = of_job.accounts().into_iter();
            let Some((_, name)) = accounts.find(|(other, _)| **other == account) else { continue };
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

/// Returns the event of a mail that is not sent because its account has been reset.
fn superseded(application: &Application, id: &str, job: &LinkJob, now: Moment) -> Event {
    Event {
        id: format!("{id}/superseded"),
        at: now,
        action: Action::LinkFailed,
        application: application.id.clone(),
        account: Some(job.account.clone()),
        address: job.address.clone(),
        detail: Some(Reason::AccountChanged.as_str().to_owned()),
    }
}
