//! Events for the hook `onEvent` and for the endpoints of webhooks, in objects of the mailbox class
//! that store nothing else: eight for the hook, four for each endpoint. So a receiver that fails
//! delays no mail, no other receiver and no event in the database.

use super::{Job, Mailbox, REFUSAL_WINDOW};
use crate::claims::DROPPED_WINDOW;
use crate::events::{Action, Event};
use crate::values::time::Moment;
use crate::webhook::WebhookJob;

/// The events that wait for one receiver in one object. Further ones are counted in one event,
/// which the receiver gets as well.
pub(crate) const MAX_NOTIFICATIONS: usize = 100;
/// The counted events that an object remembers, so that an endpoint gets the first of a window
/// only.
const MAX_WINDOWS: usize = 200;

impl Mailbox {
    /// Adds an event for the hook, unless it waits already.
    pub fn notify(&mut self, event: Event, now: Moment) {
        self.add_notification(Job::Notify(event), now);
    }

    /// Adds an event for an endpoint of webhooks, unless it waits already. Of counted events, it
    /// adds the first of a window.
    pub fn enqueue_webhook(&mut self, job: WebhookJob, now: Moment) {
        let WebhookJob { event, .. } = &job;
        if event.action.is_counted() {
            if self.refusals.contains(&event.id) {
                return;
            }
            if self.refusals.count_within(REFUSAL_WINDOW, now) < MAX_WINDOWS {
                self.refusals.add(event.id.clone(), now);
            }
        }
        self.add_notification(Job::Webhook(job), now);
    }

    fn add_notification(&mut self, mut job: Job, now: Moment) {
        let Some(id) = job.notified().map(|event| notification(&event.id)) else { return };
        let waiting = self.claims.jobs().filter(|entry| entry.job.notified().is_some()).count();
        if waiting < MAX_NOTIFICATIONS || self.has_job(&id) {
            self.claims.outbox.add(id, job, now, now);
            return;
        }
        let is_count = |event: &Event| event.action == Action::EventsDropped;
        let count = self
            .claims
            .outbox
            .iter_mut()
            .filter(|entry| entry.attempts == 0)
            .find_map(|entry| entry.job.notified_mut().filter(|event| is_count(event)));
        if let Some(count) = count {
            return count.add_dropped();
        }
        let Some(event) = job.notified_mut() else { return };
        *event = Event { account: None, ..event.dropped(now) };
        let id = notification(&event.id);
        self.claims.outbox.add(id, job, now, now.after(DROPPED_WINDOW));
    }
}

/// Returns the id of the job that passes an event to a receiver.
fn notification(event: &str) -> String {
    format!("notify/{event}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored_formats::event;

    const NOW: Moment = Moment::from_seconds(1_800_000_000);

    fn numbered(number: usize) -> Event {
        Event { id: number.to_string(), ..event() }
    }

    #[test]
    fn an_endpoint_gets_the_first_event_of_a_window() {
        let mut object = Mailbox::default();
        let counted = |id: &str| {
            let event = Event { action: Action::RequestUnmatched, id: id.to_owned(), ..event() };
            WebhookJob { endpoint: "audit".to_owned(), event }
        };
        for id in ["one", "one", "two"] {
            object.enqueue_webhook(counted(id), NOW);
        }
        assert_eq!(object.claims.jobs().count(), 2);
        object.claims.outbox.retain(|_| false);
        object.enqueue_webhook(counted("one"), NOW);
        assert_eq!(object.claims.jobs().count(), 0, "it was sent");
        for number in 0..1000 {
            object.enqueue_webhook(counted(&number.to_string()), NOW);
        }
        assert_eq!(object.refusals.count_within(REFUSAL_WINDOW, NOW), MAX_WINDOWS);
        assert_eq!(object.claims.jobs().count(), MAX_NOTIFICATIONS + 1);
        let last = object.claims.jobs().last().unwrap();
        let Job::Webhook(WebhookJob { endpoint, event }) = &last.job else { panic!("{last:?}") };
        assert_eq!((endpoint.as_str(), event.action), ("audit", Action::EventsDropped));
        object.claims.outbox.retain(|_| false);
        crate::claims::ObjectState::prune(&mut object, NOW.after(REFUSAL_WINDOW));
        assert_eq!(object, Mailbox::default());
    }

    #[test]
    fn an_event_waits_once_and_beyond_a_hundred_only_their_number_grows() {
        let mut object = Mailbox::default();
        for number in 0..MAX_NOTIFICATIONS {
            object.notify(numbered(number), NOW);
            object.notify(numbered(number), NOW);
        }
        assert_eq!(object.claims.jobs().count(), MAX_NOTIFICATIONS);
        for number in 0..7 {
            object.notify(numbered(MAX_NOTIFICATIONS + number), NOW);
        }
        assert_eq!(object.claims.jobs().count(), MAX_NOTIFICATIONS + 1);
        let last = object.claims.jobs().last().unwrap();
        let Job::Notify(dropped) = &last.job else { panic!("{last:?}") };
        assert_eq!((dropped.action, dropped.detail.as_deref()), (Action::EventsDropped, Some("7")));
        assert_eq!(last.due, NOW.after(DROPPED_WINDOW));
    }
}
