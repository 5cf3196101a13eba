//! The brake of an application: counts accepted requests, known or not, in one object that does
//! nothing else. Above the configured number per minute, the mails of further requests wait for a
//! later minute.
//!
//! It counts requests and not mails, so that nothing about it depends on which accounts exist.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Mailbox;
use crate::values::time::Moment;

/// The window in which requests are counted.
pub const BRAKE_WINDOW: Duration = Duration::from_secs(60);
/// The most windows that a mail waits. Further ones wait as long, so that none is dropped.
const MAX_WINDOWS: u64 = 12 * 60;

/// Counts requests that an intake begins to work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrakeCall {
    /// The number of requests.
    pub requests: u32,
    /// The most requests in a window whose mails do not wait.
    pub per_minute: u32,
}

/// The outcome of [`Mailbox::brake`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrakeOutcome {
    /// The beginning of the window that the mails of each request belong to: now, or later.
    pub slots: Vec<Moment>,
    /// The beginning of the window that the next request belongs to, if it were counted.
    pub next: Moment,
    /// Whether a mail has to wait, for the first time in this window.
    pub is_first: bool,
}

/// The windows that are full.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Brake {
    /// The number of the window to which the next request belongs, if it has room.
    window: u64,
    /// The requests that belong to it.
    count: u32,
    /// The window in which a mail last had to wait.
    reported: Option<u64>,
}

impl Brake {
    /// Returns the beginning of the window that the next request belongs to.
    fn next(&self, per_minute: u32, now: Moment) -> Moment {
        let is_full = self.count >= per_minute && self.window < last_window(now);
        start_of(self.window.saturating_add(is_full.into())).max(now)
    }

    /// Counts a request. Returns the beginning of its window.
    fn take(&mut self, per_minute: u32, now: Moment) -> Moment {
        if self.count >= per_minute && self.window < last_window(now) {
            (self.window, self.count) = (self.window.saturating_add(1), 0);
        }
        self.count = self.count.saturating_add(1);
        start_of(self.window).max(now)
    }
}

impl Mailbox {
    /// Counts requests. A request that is counted twice, because a reply was lost, makes others
    /// wait a little longer.
    pub fn brake(&mut self, call: BrakeCall, now: Moment) -> BrakeOutcome {
        let BrakeCall { requests, per_minute } = call;
        let current = window_of(now);
        let idle = Brake { window: current, count: 0, reported: None };
        let brake = self.extras.brake.get_or_insert(idle);
        if brake.window < current {
            (brake.window, brake.count) = (current, 0);
        }
        let slots: Vec<Moment> = (0..requests).map(|_| brake.take(per_minute, now)).collect();
        let waits = slots.iter().any(|slot| *slot > now);
        let is_first = waits && brake.reported != Some(current);
        if is_first {
            brake.reported = Some(current);
        }
        BrakeOutcome { next: brake.next(per_minute, now), slots, is_first }
    }

    /// Deletes the brake when no window is counted any longer.
    pub(super) fn prune_brake(&mut self, now: Moment) {
        self.extras.brake.take_if(|brake| brake.window < window_of(now));
    }

    /// Returns when [`Self::prune_brake`] deletes the brake.
    pub(super) fn brake_end(&self) -> Option<Moment> {
        self.extras.brake.as_ref().map(|brake| start_of(brake.window.saturating_add(1)))
    }
}

fn window_of(now: Moment) -> u64 {
    now.seconds().checked_div(BRAKE_WINDOW.as_secs()).unwrap_or_default()
}

fn start_of(window: u64) -> Moment {
    Moment::from_seconds(window.saturating_mul(BRAKE_WINDOW.as_secs()))
}

fn last_window(now: Moment) -> u64 {
    window_of(now).saturating_add(MAX_WINDOWS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::ObjectState as _;

    const NOW: Moment = Moment::from_seconds(1_800_000_030);

    fn call(mailbox: &mut Mailbox, requests: u32, now: Moment) -> BrakeOutcome {
        mailbox.brake(BrakeCall { requests, per_minute: 2 }, now)
    }

    fn waits(slots: &[Moment], now: Moment) -> Vec<u64> {
        slots.iter().map(|slot| slot.since(now).as_secs()).collect()
    }

    #[test]
    fn requests_above_the_number_belong_to_later_minutes() {
        let mut mailbox = Mailbox::default();
        let outcome = call(&mut mailbox, 7, NOW);
        assert_eq!(waits(&outcome.slots, NOW), [0, 0, 30, 30, 90, 90, 150]);
        assert_eq!(outcome.next.since(NOW).as_secs(), 150);
        assert!(outcome.is_first);
        let again = call(&mut mailbox, 2, NOW);
        assert_eq!(waits(&again.slots, NOW), [150, 210]);
        assert!(!again.is_first, "an event once in a minute");
        let later = NOW.after(BRAKE_WINDOW);
        let outcome = call(&mut mailbox, 1, later);
        assert_eq!((waits(&outcome.slots, later), outcome.is_first), (vec![150], true));
    }

    #[test]
    fn a_minute_without_too_many_requests_delays_nothing() {
        let mut mailbox = Mailbox::default();
        for minute in 0..5 {
            let now = NOW.after(BRAKE_WINDOW * minute);
            let outcome = call(&mut mailbox, 2, now);
            assert_eq!((waits(&outcome.slots, now), outcome.is_first), (vec![0, 0], false));
        }
        let outcome = call(&mut mailbox, 0, NOW.after(BRAKE_WINDOW * 4));
        assert_eq!(outcome.next.since(NOW.after(BRAKE_WINDOW * 4)).as_secs(), 30, "it is full");
    }

    #[test]
    fn no_request_waits_longer_than_twelve_hours() {
        let mut mailbox = Mailbox::default();
        let outcome = call(&mut mailbox, 10_000, NOW);
        let longest = waits(&outcome.slots, NOW).into_iter().max();
        assert_eq!(longest, Some(12 * 3600 - 30));
        assert_eq!(outcome.slots.len(), 10_000, "none is dropped");
        assert!(outcome.slots.is_sorted());
    }

    #[test]
    fn a_brake_that_holds_nothing_is_forgotten() {
        let mut mailbox = Mailbox::default();
        let _counted = call(&mut mailbox, 5, NOW);
        let end = mailbox.next_alarm().unwrap();
        assert_eq!(end.since(NOW).as_secs(), 150);
        mailbox.prune(end.before(Duration::from_secs(1)));
        assert_ne!(mailbox, Mailbox::default());
        mailbox.prune(end);
        assert_eq!(mailbox, Mailbox::default());
    }
}
