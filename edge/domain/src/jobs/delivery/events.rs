//! The events of the jobs of an outbox.

use super::{Attempt, Current};
use crate::events::{Action, Detail, Event};
use crate::jobs::{JobOf, ObjectService};
use crate::ports::{Platform, StateStore};
use crate::values::account::AccountId;
use crate::values::keys::{base64url, digest, first_half};

/// The common fields of the events of one job.
pub(super) struct EventSource<'a> {
    /// The request or the permit that the job follows from, as the ids of its events begin.
    pub(super) subject: String,
    /// Identifies the job. The events of a repeated attempt have the same ids.
    pub(super) key: &'a [u8],
    pub(super) account: &'a AccountId,
    pub(super) address: Option<&'a str>,
}

impl<P: Platform, S: StateStore> ObjectService<'_, P, S> {
    /// Returns an event of a job. Its id names the request or the permit, then the action.
    pub(super) fn event(
        &self,
        source: &EventSource<'_>,
        action: Action,
        detail: Option<Detail>,
    ) -> Event {
        let (application, name) = (&self.service.application.id, action.as_str());
        let job = base64url(&first_half(digest(application, "event", &[source.key])));
        Event {
            id: format!("{}/{name}/{job}", source.subject),
            at: self.now(),
            action,
            application: application.clone(),
            account: Some(source.account.clone()),
            address: source.address.map(str::to_owned),
            detail: detail.map(|detail| detail.as_str().to_owned()),
        }
    }

    /// Returns the event of a mail that is tried again after this attempt.
    pub(super) fn deferred(
        &self,
        current: &Current<JobOf<S>>,
        source: &EventSource<'_>,
        reason: Detail,
    ) -> Event {
        let event = self.event(source, Action::MailDeferred, Some(reason));
        Event { id: format!("{}/{}", event.id, current.entry.attempts), ..event }
    }

    /// Returns the end of a job with one event.
    pub(super) fn finished(
        &self,
        source: &EventSource<'_>,
        action: Action,
        detail: Option<Detail>,
    ) -> Attempt {
        Attempt::Finished(vec![self.event(source, action, detail)])
    }
}
