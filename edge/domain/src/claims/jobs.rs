//! The jobs of an object's outbox: their attempts, and the mails that wait.

use super::{Claims, FollowUp, ObjectJob, PermitId};
use crate::events::Event;
use crate::outbox::Entry;
use crate::values::account::AccountId;
use crate::values::time::{Moment, RandomShare};
use crate::waiting::{Failures, WaitingMail};

impl<Id: PermitId, J: ObjectJob<Id>> Claims<Id, J> {
    /// Begins an attempt at a job that is due, or returns `None` if no job is. Claims are settled
    /// first, then come the mails that a caller requested, notices, events, and what passes events
    /// to receivers; of each kind, the job that has been due the longest. The job stays in the
    /// outbox until it is finished.
    pub fn begin(&mut self, now: Moment, share: RandomShare) -> Option<Entry<J>> {
        self.outbox.begin(now, share, |job| match job.follow_up() {
            Some(FollowUp::Settle { .. }) => 0,
            None if job.is_notification() => 4,
            None => 1,
            Some(FollowUp::Notice(_)) => 2,
            Some(FollowUp::Event(_)) => 3,
        })
    }

    /// Stores that an attempt hands its message over: see
    /// [`hand_over`](crate::outbox::Outbox::hand_over).
    pub fn hand_over(&mut self, job: &str, attempt: u32, until: Moment) -> bool {
        self.outbox.hand_over(job, attempt, until)
    }

    /// Returns the number of attempts at a job that handed its message over and have no answer.
    #[must_use]
    pub fn unanswered(&self, job: &str) -> usize {
        self.outbox.unanswered(job)
    }

    /// Schedules the next attempt at a job: see [`retry`](crate::outbox::Outbox::retry).
    pub fn retry(&mut self, job: &str, attempt: u32, answered: bool, next: Moment) {
        self.outbox.retry(job, attempt, answered, next);
    }

    /// Returns the mails that wait for an account, or all.
    pub(crate) fn waiting_mails(
        &self,
        account: Option<&AccountId>,
        failures: &Failures,
    ) -> Vec<WaitingMail> {
        let waiting = |entry: &Entry<J>| {
            let (mail, accounts) = entry.job.mail()?;
            let accounts: Vec<AccountId> = accounts
                .into_iter()
                .filter(|one| account.is_none_or(|asked| asked == *one))
                .cloned()
                .collect();
            (!accounts.is_empty()).then(|| WaitingMail {
                mail,
                accounts,
                added: entry.added,
                attempts: entry.attempts,
                next_attempt: entry.due,
                last_code: failures.of_job(&entry.id).map(str::to_owned),
                may_be_delivered: self.unanswered(&entry.id) > 0,
            })
        };
        self.jobs().filter_map(waiting).collect()
    }

    /// Makes the mails that wait for another attempt due now, and returns their number. It leaves
    /// alone a mail that has not been attempted, whose time a limit may have set, and one that may
    /// have been delivered. An attempt at a mail that runs at this moment is not disturbed: the next
    /// one begins when it has ended, and not before its provider can have answered.
    pub(crate) fn retry_mails(&mut self, account: Option<&AccountId>, now: Moment) -> u32 {
        let concerns = |job: &J| {
            job.mail()
                .is_some_and(|(_, accounts)| account.is_none_or(|asked| accounts.contains(&asked)))
        };
        let is_waiting =
            |entry: &Entry<J>| entry.attempts > 0 && entry.due > now && concerns(&entry.job);
        let waiting = self.outbox.iter().filter(|entry| is_waiting(entry));
        let jobs: Vec<String> = waiting
            .filter(|entry| self.unanswered(&entry.id) == 0)
            .map(|entry| entry.id.clone())
            .collect();
        for entry in self.outbox.iter_mut().filter(|entry| jobs.contains(&entry.id)) {
            entry.due = now;
        }
        u32::try_from(jobs.len()).unwrap_or(u32::MAX)
    }

    /// Removes a job from the outbox and adds the events of its outcome in the same step. Does
    /// nothing if the job is gone already.
    pub fn finish(
        &mut self,
        job: &str,
        events: impl IntoIterator<Item = Event>,
        now: Moment,
    ) -> bool {
        self.notices.finish(job);
        let existed = self.outbox.remove(job);
        if existed {
            self.enqueue_events(events, now);
        }
        existed
    }

    /// Returns the jobs of the outbox.
    pub fn jobs(&self) -> impl Iterator<Item = &Entry<J>> {
        self.outbox.iter()
    }

    /// Returns whether the outbox has a job with this id. It is gone once it has finished or was
    /// revoked.
    #[must_use]
    pub fn has_job(&self, id: &str) -> bool {
        self.jobs().any(|entry| entry.id == id)
    }
}
