//! The jobs that claims add to an outbox.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::permit::PermitEnd;
use super::{Claims, PermitId, Step};
use crate::events::Event;
use crate::mail::notice::{ChangeOutcome, NoticedChange};
use crate::values::account::AccountId;
use crate::values::time::Moment;

/// The events that wait in one outbox at a time, before those of refusals are dropped.
const MAX_REFUSAL_EVENTS: usize = 32;
/// The time after which the event of a refusal is recorded, at the earliest. Its log line is then
/// not written while the refused request is answered, whose URL may hold a token.
pub(crate) const REFUSAL_DELAY: Duration = Duration::from_secs(2);
const EVENT_PREFIX: &str = "event/";

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

impl<Id: PermitId, J: Clone + From<FollowUp<Id>>> Claims<Id, J> {
    /// Adds the notice and the event of a permit's end.
    pub(super) fn enqueue_notice(
        &mut self,
        end: PermitEnd<Id>,
        outcome: ChangeOutcome,
        step: Step<'_>,
    ) {
        let PermitEnd { permit, account, address } = end;
        let action = match outcome {
            ChangeOutcome::Written => Id::WRITTEN,
            ChangeOutcome::Unknown => Id::OUTCOME_UNKNOWN,
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

    /// Adds the event of a refusal, to be recorded at `due`, unless [`MAX_REFUSAL_EVENTS`] events
    /// wait already. Refusals are what callers cause at will, so they must not fill the outbox.
    pub(crate) fn enqueue_refusal(&mut self, event: Event, due: Moment) {
        let events = self.jobs().filter(|entry| entry.id.starts_with(EVENT_PREFIX)).count();
        if events < MAX_REFUSAL_EVENTS {
            let (id, now) = (event_job(&event.id), event.at);
            self.outbox.add(id, FollowUp::Event(event).into(), now, due);
        }
    }

    /// Adds a job for each event that has none yet.
    pub(crate) fn enqueue_events(&mut self, events: impl IntoIterator<Item = Event>, now: Moment) {
        for event in events {
            self.outbox.add(event_job(&event.id), FollowUp::Event(event).into(), now, now);
        }
    }
}
