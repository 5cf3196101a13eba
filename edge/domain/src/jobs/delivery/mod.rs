//! The alarm of a mailbox or a password change: works on the jobs of its outbox.

use std::time::Duration;

use crate::claims::ObjectState;
use crate::events::{Action, Detail, Event, Reason};
use crate::jobs::{JobOf, ObjectService};
use crate::mail::Message;
use crate::mail::failure::MailFailure;
use crate::mailbox::{Job, Mailbox};
use crate::outbox::Entry;
use crate::password_change::PasswordChange;
use crate::ports::{Entropy as _, Mailer as _, Outage, Platform, StateStore};
use crate::timeouts;
use crate::values::account::AccountId;
use crate::values::keys::{base64url, digest};
use crate::values::object_id::MailboxId;

mod follow_up;
mod mail;

/// The time for which a notice, and the recording of an event, is attempted.
pub const NOTICE_RETRY_WINDOW: Duration = Duration::from_secs(24 * 3600);
/// The number of attempts at a mail to a mailbox.
pub const MAX_ATTEMPTS: u32 = 8;
/// The remaining lifetime below which a link is not mailed.
pub const MIN_REMAINING_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The outcome of an attempt at a job.
enum Attempt {
    /// The job is finished. These events are to be recorded.
    Finished(Vec<Event>),
    /// The job stays in the outbox and is attempted again when it is next due. The code names the
    /// reason.
    Retry(Detail),
}

impl From<Outage> for Attempt {
    fn from(_: Outage) -> Self {
        Self::Retry(Reason::Outage.into())
    }
}

/// The common fields of the events of one job.
struct EventSource<'a> {
    /// Identifies the job. The events of a repeated attempt have the same ids.
    key: &'a [u8],
    account: &'a AccountId,
    address: Option<&'a str>,
}

impl<P: Platform, S: StateStore<State = Mailbox>> ObjectService<'_, P, S> {
    /// Runs the alarm of a mailbox: attempts each job that is due, prunes the state and sets the
    /// next alarm. A job that fails stays in the outbox with its next due time.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the next alarm could not be set. The caller must set one.
    pub async fn run_mailbox_alarm(&self, mailbox: &MailboxId) -> Result<(), Outage> {
        self.run_alarm(async |entry| match &entry.job {
            Job::Link(job) => self.attempt_link(mailbox, entry, job).await,
            Job::Ambiguous(job) => self.attempt_ambiguous(mailbox, entry, job).await,
            Job::FollowUp(job) => self.attempt_follow_up(entry, job).await,
        })
        .await
    }
}

impl<P: Platform, S: StateStore<State = PasswordChange>> ObjectService<'_, P, S> {
    /// Runs the alarm of a password change, as [`Self::run_mailbox_alarm`] does that of a mailbox.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the next alarm could not be set. The caller must set one.
    pub async fn run_password_change_alarm(&self) -> Result<(), Outage> {
        self.run_alarm(async |entry| self.attempt_follow_up(entry, &entry.job).await).await
    }
}

impl<P: Platform, S: StateStore> ObjectService<'_, P, S> {
    /// Begins attempts until no job is due or the time for new attempts is used up.
    async fn run_alarm(
        &self,
        attempt: impl AsyncFn(&Entry<JobOf<S>>) -> Attempt,
    ) -> Result<(), Outage> {
        let began = self.now();
        while self.now().since(began) < timeouts::ALARM_START_BUDGET {
            let now = self.now();
            let Ok(share) = self.service.platform.entropy().random_share() else { break };
            let first_due = self.store.change(|state| state.claims_mut().begin(now, share));
            let Ok(Some(entry)) = first_due.await else { break };
            let now = self.now();
            if let Attempt::Finished(events) = attempt(&entry).await {
                let finish =
                    self.store.change(|state| state.claims_mut().finish(&entry.id, events, now));
                let _attempted_again = finish.await;
            }
        }
        let now = self.now();
        let _pruned_next_time = self.store.change(|state| state.prune(now)).await;
        self.store.rearm().await
    }

    /// Sends a message, or fails permanently if there is none because its template could not be
    /// rendered.
    async fn send(&self, message: Option<Message>) -> Result<(), MailFailure> {
        let message = message.ok_or(MailFailure::Template)?;
        self.service.platform.mailer().send(&message).await
    }

    fn event(&self, source: &EventSource<'_>, action: Action, detail: Option<Detail>) -> Event {
        let application = &self.service.application.id;
        let id = digest(application, "event", &[source.key, action.as_str().as_bytes()]);
        Event {
            id: base64url(&id),
            at: self.now(),
            action,
            application: application.clone(),
            account: Some(source.account.clone()),
            address: source.address.map(str::to_owned),
            detail: detail.map(|detail| detail.as_str().to_owned()),
        }
    }

    fn finished(
        &self,
        source: &EventSource<'_>,
        action: Action,
        detail: Option<Detail>,
    ) -> Attempt {
        Attempt::Finished(vec![self.event(source, action, detail)])
    }
}
