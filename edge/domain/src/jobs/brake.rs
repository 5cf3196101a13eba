//! The brake: which of the requests that an intake takes up must wait with their mails.

use crate::events::{Action, Reason};
use crate::intake::RequestJob;
use crate::mailbox::{BRAKE_WINDOW, BrakeCall};
use crate::outbox::Entry;
use crate::ports::{Clock as _, Entropy as _, Mailboxes as _, Platform};
use crate::service::Service;
use crate::values::object_id::MailboxId;
use crate::values::time::Moment;

impl<P: Platform> Service<'_, P> {
    /// Counts the requests that are worked on for the first time, known or not, and returns the time
    /// before which the ordinary mails of each must not be attempted. Nothing waits if the count
    /// does not respond: an outage must not keep account owners from a reset. It has an event.
    pub(super) async fn brake(&self, entries: &[Entry<RequestJob>]) -> Vec<Option<Moment>> {
        let Self { application, platform } = self;
        let nothing = || vec![None; entries.len()];
        let Some(per_minute) = application.brake else { return nothing() };
        let is_counted = |entry: &Entry<RequestJob>| entry.attempts == 1 && !entry.job.held;
        let requests = entries.iter().filter(|entry| is_counted(entry)).count();
        let requests = u32::try_from(requests).unwrap_or(u32::MAX);
        let object = MailboxId::for_brake(&application.keys);
        let call = BrakeCall { requests, per_minute };
        let Ok(outcome) = platform.mailboxes().brake(&object, call).await else {
            self.note(Action::BrakeFailed, BRAKE_WINDOW, Reason::Outage.as_str().to_owned()).await;
            return nothing();
        };
        let now = platform.clock().now();
        if outcome.is_first {
            let last = outcome.slots.last().copied().unwrap_or(now);
            let minutes = last.since(now).as_secs().checked_div(BRAKE_WINDOW.as_secs());
            let minutes = minutes.unwrap_or_default().saturating_add(1);
            self.note(Action::MailsDelayed, BRAKE_WINDOW, minutes.to_string()).await;
        }
        let mut slots = outcome.slots.into_iter();
        let waits = entries.iter().map(|entry| {
            let slot = if is_counted(entry) { slots.next()? } else { outcome.next };
            // No caller can predict when in its minute a mail is sent.
            let share = platform.entropy().random_share().ok()?;
            (now < slot).then(|| slot.after(share.of(BRAKE_WINDOW)))
        });
        waits.collect()
    }
}
