//! The state interface that the shells of both machines use.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Claims, ObjectJob, PermitId};
use crate::application::Application;
use crate::events::Event;
use crate::mail::rendering::Renderings;
use crate::outbox::Entry;
use crate::values::account::AccountId;
use crate::values::time::{Moment, RandomShare};
use crate::waiting::{Failures, RetriedMails, WaitingMail};

/// The whole state of an object that sets passwords: a [`Mailbox`](crate::mailbox::Mailbox) or a
/// [`PasswordChange`](crate::password_change::PasswordChange). The default is the state of an
/// object that was never stored.
pub trait ObjectState: Clone + Default + PartialEq + Serialize + DeserializeOwned {
    /// The letter that names the format in which the state is stored.
    const FORMAT: char;
    /// The letter of the format before, which is still read.
    const PREVIOUS_FORMAT: char;
    /// The state in the format before.
    type Previous: DeserializeOwned + Into<Self>;
    /// The type of the ids of its permits.
    type PermitId: PermitId;
    /// The type of its jobs.
    type Job: ObjectJob<Self::PermitId>;

    /// Returns the permits, claims and jobs.
    fn claims(&self) -> &Claims<Self::PermitId, Self::Job>;

    /// Returns the permits, claims and jobs, to change them.
    fn claims_mut(&mut self) -> &mut Claims<Self::PermitId, Self::Job>;

    /// Returns the texts of its mails.
    fn renderings(&self) -> &Renderings;

    /// Returns the texts of its mails, to change them. [`Self::prune`] deletes those of finished
    /// jobs.
    fn renderings_mut(&mut self) -> &mut Renderings;

    /// Returns why the latest attempts at its mails failed.
    fn failures(&self) -> &Failures;

    /// Returns why the latest attempts at its mails failed, to change it. [`Self::prune`] deletes
    /// the failures of finished jobs.
    fn failures_mut(&mut self) -> &mut Failures;

    /// Returns the mails that wait for an account, or all.
    fn waiting_mails(&self, account: Option<&AccountId>) -> Vec<WaitingMail> {
        self.claims().waiting_mails(account, self.failures())
    }

    /// Makes the mails that wait for another attempt due now: those of an account, or all. Returns
    /// their number, and the mails that wait.
    fn retry_mails(&mut self, account: Option<&AccountId>, now: Moment) -> RetriedMails {
        let retried = self.claims_mut().retry_mails(account, now);
        RetriedMails { retried, mails: self.waiting_mails(account) }
    }

    /// Returns the tag of the language that the request of a job names. The default is `None`.
    fn requested_language(&self, _job: &str) -> Option<&str> {
        None
    }

    /// Begins an attempt at a job that is due: see [`Claims::begin`].
    fn begin(
        &mut self,
        _: &Application,
        now: Moment,
        share: RandomShare,
    ) -> Option<Entry<Self::Job>> {
        self.claims_mut().begin(now, share)
    }

    /// Removes a job from the outbox and adds the events of its outcome in the same step. Does
    /// nothing if the job is gone already.
    fn finish(&mut self, job: &str, events: Vec<Event>, now: Moment) {
        self.claims_mut().finish(job, events, now);
    }

    /// Deletes what has expired.
    fn prune(&mut self, now: Moment);

    /// Returns when something is next due or expires, or `None` if the state is empty.
    fn next_alarm(&self) -> Option<Moment>;
}
