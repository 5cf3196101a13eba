//! The wait before the next attempt that a mail provider asks for.

use std::cell::Cell;
use std::time::Duration;

use crate::mailbox::{Job, LinkJob, MIN_REMAINING_LIFETIME, SharedJob};
use crate::values::time::Moment;

/// The longest wait that is kept.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// The wait of one attempt. It is at most half of the time in which its link can still be mailed,
/// so that the wait alone ends no mail.
#[derive(Default)]
pub(super) struct Wait {
    asked: Cell<Duration>,
    /// When a mail with a link can last be sent.
    latest: Cell<Option<Moment>>,
}

impl Wait {
    /// Sets the job that is attempted.
    pub(super) fn set_job(&self, job: &Job) {
        let (Job::Link(LinkJob { expires_at, .. })
        | Job::Invitation(LinkJob { expires_at, .. })
        | Job::Shared(SharedJob { expires_at, .. })) = job
        else {
            return;
        };
        self.latest.set(Some(expires_at.before(MIN_REMAINING_LIFETIME)));
    }

    /// Sets the wait that the provider asks for, if it does.
    pub(super) fn set(&self, asked: Option<Duration>) {
        self.asked.set(asked.unwrap_or_default());
    }

    /// Returns when the wait ends if it begins now.
    pub(super) fn end(&self, now: Moment) -> Moment {
        let half = self.latest.get().and_then(|latest| latest.since(now).checked_div(2));
        now.after(self.asked.get().min(half.unwrap_or(LONGEST)).min(LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_seconds(1_800_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_wait_that_is_asked_for_leaves_time_for_a_further_attempt() {
        let wait = |asked, left: Option<Duration>| {
            let wait = Wait::default();
            wait.set(asked);
            wait.latest.set(left.map(|left| NOW.after(left)));
            wait.end(NOW).since(NOW)
        };
        assert_eq!(wait(None, None), Duration::ZERO);
        assert_eq!(wait(Some(10 * MINUTE), None), 10 * MINUTE);
        assert_eq!(wait(Some(600 * MINUTE), None), 30 * MINUTE);
        assert_eq!(wait(Some(600 * MINUTE), Some(105 * MINUTE)), 30 * MINUTE);
        assert_eq!(wait(Some(5 * MINUTE), Some(15 * MINUTE)), 5 * MINUTE);
        // A link of 30 minutes can be mailed for 15.
        assert_eq!(wait(Some(600 * MINUTE), Some(15 * MINUTE)), 15 * MINUTE / 2);
        assert_eq!(wait(Some(600 * MINUTE), Some(Duration::ZERO)), Duration::ZERO);
    }
}
