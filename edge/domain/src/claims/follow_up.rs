//! The jobs that claims add to an outbox.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::permit::PermitEnd;
use super::{Claims, PermitId, Step};
use crate::events::{Action, Event};
use crate::mail::mail_name::MailName;
use crate::mail::notice::{ChangeOutcome, NoticedChange};
use crate::values::account::AccountId;
use crate::values::time::Moment;

/// The events that wait in one outbox at a time. Most wait only while the database does not
/// respond. Further ones are dropped and counted in one event, so that events never make the state
/// too large to be stored (a row of an object's storage has at most 2 MB), and no grant, claim or
/// settlement fails because of them.
pub(crate) const MAX_EVENTS: usize = 32;
/// The waiting events beside which a refusal or another minor event is recorded. They are what
/// callers cause at will, or what repeats, so they leave room for the events of outcomes.
pub(crate) const MAX_EVENTS_BESIDE_REFUSAL: usize = 24;
/// The time in which dropped events are counted together. So there are at most as many counts as
/// hours for which an event is attempted.
pub(crate) const DROPPED_WINDOW: Duration = Duration::from_secs(3600);
/// The time after which the event of a refusal is recorded, at the earliest. Its log line is then
/// not written while the refused request is answered, whose URL may hold a token.
pub(crate) const REFUSAL_DELAY: Duration = Duration::from_secs(2);
const EVENT_PREFIX: &str = "event/";
const DROPPED: Action = Action::EventsDropped;

/// Returns the id of the job that records an event.
pub(crate) fn event_job(event: &str) -> String {
    format!("{EVENT_PREFIX}{event}")
}

/// A job that follows from a claim or from the outcome of another job.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUp<Id> {
    /// Settle the claims of a permit whose lease has ended.
    Settle {
        /// The permit.
        permit: Id,
        /// The account whose password it sets.
        account: AccountId,
    },
    /// Mail the account owner that the password was changed, or may have been.
    Notice(NoticeJob<Id>),
    /// Record an event.
    Event(Event),
}

/// A job of an object that sets passwords.
pub trait ObjectJob<Id>: Clone + From<FollowUp<Id>> {
    /// Returns the follow-up that the job is, or `None` if it is a mail that a caller requested.
    fn follow_up(&self) -> Option<&FollowUp<Id>>;

    /// As [`Self::follow_up`], to change it.
    fn follow_up_mut(&mut self) -> Option<&mut FollowUp<Id>>;

    /// Returns the mail that the job sends, and the accounts that it is about, or `None` if it
    /// sends none.
    fn mail(&self) -> Option<(MailName, Vec<&AccountId>)>;

    /// Returns whether the job passes an event to a receiver outside.
    fn is_notification(&self) -> bool {
        false
    }
}

impl<Id: Clone> ObjectJob<Id> for FollowUp<Id> {
    fn follow_up(&self) -> Option<&Self> {
        Some(self)
    }

    fn follow_up_mut(&mut self) -> Option<&mut Self> {
        Some(self)
    }

    fn mail(&self) -> Option<(MailName, Vec<&AccountId>)> {
        match self {
            Self::Notice(job) => Some((MailName::Notice, vec![&job.account])),
            Self::Settle { .. } | Self::Event(_) => None,
        }
    }
}

/// The job of a notice: the state that all attempts share.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NoticeJob<Id> {
    /// The account whose owner is notified.
    pub account: AccountId,
    /// The time at which the outcome was recorded.
    pub at: Moment,
    /// The permit that was used. The mail's Message-ID is derived from it.
    pub permit: Id,
}

impl<Id: PermitId, J: ObjectJob<Id>> Claims<Id, J> {
    /// Adds the notice and the event of a permit's end.
    pub(super) fn enqueue_notice(
        &mut self,
        end: PermitEnd<Id>,
        outcome: ChangeOutcome,
        step: Step<'_>,
    ) {
        let PermitEnd { permit, account, address, is_first } = end;
        let outcome = if is_first { outcome.of_first_password() } else { outcome };
        let action = match outcome {
            ChangeOutcome::Written => Id::WRITTEN,
            ChangeOutcome::FirstWritten => Action::PasswordCreated,
            ChangeOutcome::Unknown | ChangeOutcome::FirstUnknown => Id::OUTCOME_UNKNOWN,
        };
        let change = NoticedChange { at: step.now, outcome, address: address.clone() };
        let event = Event {
            id: format!("{}/{}", permit.as_str(), action.as_str()),
            at: step.now,
            action,
            application: step.application.clone(),
            account: Some(account.clone()),
            address,
            detail: None,
        };
        let id = format!("notice/{}", permit.as_str());
        if let Some(due) = self.notices.add(&id, &permit, change, step.now) {
            let notice = FollowUp::Notice(NoticeJob { account, at: step.now, permit });
            self.outbox.add(id, notice.into(), due, due);
        }
        self.enqueue_events([event], step.now);
    }

    /// Adds the event of a refusal, to be recorded at `due`.
    pub(crate) fn enqueue_refusal(&mut self, event: Event, due: Moment) {
        let now = event.at;
        self.enqueue_event(event, now, due, MAX_EVENTS_BESIDE_REFUSAL);
    }

    /// Adds an event that is not an outcome, and so leaves room for those that are.
    pub(crate) fn enqueue_minor(&mut self, event: Event, now: Moment) {
        self.enqueue_event(event, now, now, MAX_EVENTS_BESIDE_REFUSAL);
    }

    /// Adds a job for each event that has none yet.
    pub(crate) fn enqueue_events(&mut self, events: impl IntoIterator<Item = Event>, now: Moment) {
        for event in events {
            self.enqueue_event(event, now, now, MAX_EVENTS);
        }
    }

    /// Adds an event that is to be recorded at `due`, or counts it as dropped if `max` events wait.
    fn enqueue_event(&mut self, event: Event, now: Moment, due: Moment, max: usize) {
        let id = event_job(&event.id);
        if self.has_job(&id) {
            return;
        }
        let waits = |job: &J| matches!(job.follow_up(), Some(FollowUp::Event(event)) if event.action != DROPPED);
        if self.jobs().filter(|entry| waits(&entry.job)).count() < max {
            self.outbox.add(id, FollowUp::Event(event).into(), now, due);
        } else {
            self.count_dropped(&event, now);
        }
    }

    /// Counts a dropped event in one that is recorded at the end of [`DROPPED_WINDOW`]. An event
    /// that is being attempted does not change, so the next dropped one begins another count.
    fn count_dropped(&mut self, dropped: &Event, now: Moment) {
        let count = self.outbox.iter_mut().find_map(|entry| match entry.job.follow_up_mut() {
            Some(FollowUp::Event(event)) if event.action == DROPPED && entry.attempts == 0 => {
                Some(event)
            }
            _ => None,
        });
        if let Some(count) = count {
            return count.add_dropped();
        }
        let count = dropped.dropped(now);
        let id = event_job(&count.id);
        self.outbox.add(id, FollowUp::Event(count).into(), now, now.after(DROPPED_WINDOW));
    }
}
