//! The end of an object that cannot work, because its stored state cannot be read or its
//! application is not configured.
//!
//! A roll-back causes both: an earlier version may not read what a later one has stored, and its
//! configuration may lack an application. So nothing is deleted at once. The object rejects every
//! call and tries again with back-off, and a version that can read the state continues with it.
//! After [`STALL_LIMIT`] the object deletes what it stores, and an event records that.

use std::time::Duration;

use crate::events::{Action, Event, Reason};
use crate::values::application_id::ApplicationId;
use crate::values::time::{Moment, RandomShare};

/// The time after which an object that cannot work is deleted. Nothing that an object stores lasts
/// longer, except a claim without a known outcome, so no count and no link ends early.
pub const STALL_LIMIT: Duration = Duration::from_secs(48 * 3600);
/// The time for which the event of the end is attempted. After that it is only logged.
const EVENT_RETRY_WINDOW: Duration = Duration::from_secs(24 * 3600);
/// The time from each attempt to the next one, on average. The last value repeats, so that an object
/// works again within an hour and a half after the cause has ended.
const BACK_OFF: [Duration; 7] = [
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(240),
    Duration::from_secs(480),
    Duration::from_secs(960),
    Duration::from_secs(1920),
    Duration::from_secs(3600),
];

/// Why an object cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StallCause {
    /// Its stored state, or a job in it, cannot be read.
    StateUnreadable,
    /// Its application is not configured.
    ApplicationRemoved,
    /// The configuration is invalid. The object waits until it is corrected.
    ConfigurationInvalid,
}

impl StallCause {
    /// Returns the reason of the end, or `None` if the object does not end.
    const fn reason(self) -> Option<Reason> {
        match self {
            Self::StateUnreadable => Some(Reason::StateUnreadable),
            Self::ApplicationRemoved => Some(Reason::ApplicationRemoved),
            Self::ConfigurationInvalid => None,
        }
    }
}

/// The time for which an object, or a job, could not work. It is stored beside the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stall {
    /// The time at which this was noticed.
    pub since: Moment,
    /// The attempts so far.
    pub attempts: u32,
}

/// The action after an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum StallStep {
    /// Try again at this time.
    Retry(Moment),
    /// Record the event, and delete what is stored.
    End {
        /// The detail of the event.
        reason: Reason,
        /// The time at which to try again if the event cannot be stored, or `None` to log it.
        retry: Option<Moment>,
    },
}

impl Stall {
    /// Creates a stall that is noticed now.
    #[must_use]
    pub const fn new(now: Moment) -> Self {
        Self { since: now, attempts: 0 }
    }

    /// Returns the time at which the object is deleted.
    #[must_use]
    pub fn ends_at(&self) -> Moment {
        self.since.after(STALL_LIMIT)
    }

    /// Counts an attempt that failed now. While the configuration is invalid, the time until the end
    /// does not pass.
    pub fn attempt(&mut self, cause: StallCause, now: Moment, share: RandomShare) -> StallStep {
        let next = now.after(share.back_off(&BACK_OFF, self.attempts));
        self.attempts = self.attempts.saturating_add(1);
        let Some(reason) = cause.reason() else {
            self.since = now;
            return StallStep::Retry(next);
        };
        let end = self.ends_at();
        if now < end {
            return StallStep::Retry(next.min(end));
        }
        let retry = (now < end.after(EVENT_RETRY_WINDOW)).then_some(next);
        StallStep::End { reason, retry }
    }

    /// Returns the event of the end of an object. Its id is the same for every attempt to store it.
    #[must_use]
    pub fn object_event(
        &self,
        application: &ApplicationId,
        object: &str,
        reason: Reason,
        now: Moment,
    ) -> Event {
        let action = Action::ObjectEnded;
        Event {
            id: format!("{object}/{}/{}", self.since.millis(), action.as_str()),
            ..event(application, action, reason, now)
        }
    }
}

/// Returns the event of a request whose job cannot be read.
#[must_use]
pub fn request_event(application: &ApplicationId, job: &str, reason: Reason, now: Moment) -> Event {
    let action = Action::RequestFailed;
    Event { id: format!("{job}/{}", action.as_str()), ..event(application, action, reason, now) }
}

fn event(application: &ApplicationId, action: Action, reason: Reason, now: Moment) -> Event {
    Event {
        id: String::new(),
        at: now,
        action,
        application: application.clone(),
        account: None,
        address: None,
        detail: Some(reason.as_str().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_seconds(1_800_000_000);
    const HOUR: Duration = Duration::from_secs(3600);

    /// Lets an object fail from now on, until `span` has passed or it ends. Returns the times of the
    /// attempts and the last step.
    fn fail(
        stall: &mut Stall,
        cause: StallCause,
        from: Moment,
        span: Duration,
    ) -> (Vec<Moment>, StallStep) {
        let (mut now, mut attempts) = (from, Vec::new());
        loop {
            attempts.push(now);
            let step = stall.attempt(cause, now, RandomShare::HALF);
            match step {
                StallStep::Retry(next) if next < from.after(span) => now = next,
                _ => return (attempts, step),
            }
        }
    }

    #[test]
    fn an_object_that_cannot_work_ends_after_two_days_with_its_reason() {
        for (cause, reason) in [
            (StallCause::StateUnreadable, Reason::StateUnreadable),
            (StallCause::ApplicationRemoved, Reason::ApplicationRemoved),
        ] {
            let mut stall = Stall::new(NOW);
            let (attempts, end) = fail(&mut stall, cause, NOW, 100 * HOUR);
            let last = NOW.after(STALL_LIMIT);
            let next = last.after(HOUR);
            assert_eq!(end, StallStep::End { reason, retry: Some(next) });
            assert_eq!(attempts.last(), Some(&last), "it ends at the time that is documented");
            assert!(attempts.len() < 60, "it wakes up {} times in two days", attempts.len());
            assert!(
                attempts.windows(2).all(|pair| pair[1].since(pair[0]) <= HOUR),
                "it works again within an hour after the cause has ended"
            );
        }
    }

    #[test]
    fn the_waits_double_from_a_minute_to_an_hour() {
        let (attempts, _) = fail(&mut Stall::new(NOW), StallCause::StateUnreadable, NOW, 5 * HOUR);
        let waits: Vec<u64> =
            attempts.windows(2).map(|pair| pair[1].since(pair[0]).as_secs() / 60).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn an_invalid_configuration_ends_nothing() {
        let mut stall = Stall::new(NOW);
        let (_, step) = fail(&mut stall, StallCause::ConfigurationInvalid, NOW, 1000 * HOUR);
        assert!(matches!(step, StallStep::Retry(_)));
        let corrected = NOW.after(1000 * HOUR);
        let (_, step) = fail(&mut stall, StallCause::ApplicationRemoved, corrected, 46 * HOUR);
        assert!(matches!(step, StallStep::Retry(_)), "the time counts from the correction");
    }

    #[test]
    fn an_event_that_cannot_be_stored_is_attempted_for_a_day_and_then_logged() {
        let mut stall = Stall::new(NOW);
        let mut now = NOW.after(STALL_LIMIT);
        let mut times = 0;
        while let StallStep::End { retry: Some(next), .. } =
            stall.attempt(StallCause::StateUnreadable, now, RandomShare::HALF)
        {
            now = next;
            times += 1;
        }
        assert!(now >= NOW.after(STALL_LIMIT).after(EVENT_RETRY_WINDOW));
        assert!((24..40).contains(&times), "{times}");
    }

    #[test]
    fn the_events_of_an_end_have_stable_ids_and_the_reason() {
        let application = ApplicationId::default();
        let stall = Stall::new(NOW);
        let ended = stall.object_event(&application, "object", Reason::ApplicationRemoved, NOW);
        assert_eq!(ended.id, "object/1800000000000/object_ended");
        assert_eq!(
            (ended.action, ended.detail.as_deref()),
            (Action::ObjectEnded, Some("application_removed"))
        );
        let failed = request_event(&application, "job", Reason::StateUnreadable, NOW);
        assert_eq!(failed.id, "job/request_failed");
        assert_eq!(
            (failed.action, failed.detail.as_deref()),
            (Action::RequestFailed, Some("state_unreadable"))
        );
    }
}
