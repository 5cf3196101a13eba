//! Events for the hook `onEvent`, in objects of the mailbox class that store nothing else. So a hook
//! that fails delays no mail and no other event.

use super::{Job, Mailbox};
use crate::claims::DROPPED_WINDOW;
use crate::events::{Action, Event};
use crate::values::time::Moment;

/// The events that wait for the hook in one object. Further ones are counted in one event, which the
/// hook gets as well.
pub(crate) const MAX_NOTIFICATIONS: usize = 100;
impl Mailbox {
    /// Adds an event for the hook, unless it waits already. If [`MAX_NOTIFICATIONS`] wait, adds one
    /// to the count of an event `events_dropped` instead.
    pub fn notify(&mut self, event: Event, now: Moment) {
        let id = notification(&event.id);
        if self.claims.jobs().count() < MAX_NOTIFICATIONS || self.has_job(&id) {
            self.claims.outbox.add(id, Job::Notify(event), now, now);
            return;
        }
        let count = self.claims.outbox.iter_mut().find_map(|entry| match &mut entry.job {
            Job::Notify(event) if event.action == Action::EventsDropped && entry.attempts == 0 => {
                Some(event)
            }
            _ => None,
        });
        if let Some(count) = count {
            return count.add_dropped();
        }
        let count = Event { account: None, ..event.dropped(now) };
        let due = now.after(DROPPED_WINDOW);
        self.claims.outbox.add(notification(&count.id), Job::Notify(count), now, due);
    }
}

/// Returns the id of the job that passes an event to the hook.
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
