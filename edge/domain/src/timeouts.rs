//! The time-outs of every step, in one place because their sums must fit: a commit into the lease
//! of its claim, an attempt into the time between two attempts, an alarm into the deadline of
//! `edge/guard.mjs`. The adapters apply them.

use std::time::Duration;

/// The rate limiter.
pub const LIMITER: Duration = Duration::from_secs(3);
/// A call of an intake: one write.
pub const INTAKE: Duration = Duration::from_secs(5);
/// A call of a mailbox, except a commit.
pub const MAILBOX: Duration = Duration::from_secs(10);
/// A call of a password change, except a commit.
pub const PASSWORD_CHANGE: Duration = Duration::from_secs(10);
/// The time for which a caller waits for a commit. The commit runs to its end in any case.
pub const COMMIT: Duration = Duration::from_secs(28);
/// A call of the link records. A reader without a response asks the mailbox, and a write is best
/// effort.
pub const RECORDS: Duration = Duration::from_secs(2);
/// Storing an event.
pub const EVENTS: Duration = Duration::from_secs(3);
/// An object's storage and alarm.
pub const STORAGE: Duration = Duration::from_secs(3);
/// One probe of the directory's statements, with all its steps.
pub const PROBE: Duration = Duration::from_secs(2);
/// Reading an account.
pub const READ: Duration = Duration::from_secs(3);
/// Writing a password.
pub const WRITE: Duration = Duration::from_secs(5);
/// Sending a mail, up to the acknowledgement of the provider.
pub const MAIL: Duration = Duration::from_secs(15);
/// The SMTP command QUIT after the mail.
pub const SMTP_QUIT: Duration = Duration::from_secs(1);

/// The time after the hand-over of a message in which no other attempt at it begins.
pub const HAND_OVER: Duration = Duration::from_secs(30);

/// The upper bound of one attempt at a job, so that two attempts never overlap.
pub const ATTEMPT: Duration = Duration::from_secs(29);
/// The time for which an alarm begins attempts. The remaining jobs are due at once and get an alarm
/// each.
pub const ALARM_START_BUDGET: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::{LEASE, WRITE_DEADLINE};

    /// `ALARM_DEADLINE_MS` in edge/guard.mjs.
    const ALARM: Duration = Duration::from_secs(60);

    fn sum(steps: &[Duration]) -> Duration {
        steps.iter().sum()
    }

    #[test]
    fn a_commit_fits_into_its_lease() {
        // Store the claim; read the account with every probe that may be due; write; read again
        // after a conflict; store the outcome.
        let write = [STORAGE, PROBE, READ, PROBE, PROBE, WRITE];
        assert!(sum(&write) < WRITE_DEADLINE);
        assert!(sum(&[sum(&write), READ, STORAGE]) < LEASE);
        assert!(COMMIT < LEASE);
    }

    #[test]
    fn an_attempt_fits_between_two_attempts_and_an_alarm_into_its_deadline() {
        let attempt = [PROBE, READ, PROBE, STORAGE, RECORDS, MAIL, SMTP_QUIT];
        assert!(sum(&attempt) < ATTEMPT);
        // The last attempt that an alarm begins, and the steps at the end of every alarm.
        assert!(sum(&[ALARM_START_BUDGET, ATTEMPT, STORAGE, STORAGE, STORAGE]) < ALARM);
        // An intake starts, looks up and enqueues its jobs concurrently, and records their events.
        assert!(sum(&[STORAGE, PROBE, READ, MAILBOX, EVENTS, STORAGE]) < ALARM);
    }

    #[test]
    fn the_alarm_guard_has_the_same_deadline() {
        assert!(include_str!("../../guard.mjs").contains("ALARM_DEADLINE_MS = 60_000;"));
    }
}
