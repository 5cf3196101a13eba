//! The start of an attempt at a mail with links.

use super::{Candidate, Job, MailStart, Mailbox};
use crate::claims::Permit;
use crate::values::link::{LinkId, LinkRecord};
use crate::values::time::Moment;

impl Mailbox {
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
