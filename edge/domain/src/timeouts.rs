//! How long every step may take, in one place, for the sums have to fit: a commit into its claim's lease, an attempt
//! between two attempts, an alarm into the deadline that `edge/guard.mjs` sets. The adapters keep these time-outs.

use std::time::Duration;

/// The limit by address.
pub const LIMITER: Duration = Duration::from_secs(3);
/// A call of an intake: one write.
pub const INTAKE: Duration = Duration::from_secs(5);
/// A call of a desk, but for a commit.
pub const DESK: Duration = Duration::from_secs(10);
/// For how long a caller waits for a commit. It runs to its end though nobody waits any more.
pub const COMMIT: Duration = Duration::from_secs(28);
/// A call of the link records: a reader that gets no answer asks the desk, and a writer need not succeed.
pub const RECORDS: Duration = Duration::from_secs(2);
/// Keeping an event.
pub const EVENTS: Duration = Duration::from_secs(3);
/// An object's own storage and alarm.
pub const STORAGE: Duration = Duration::from_secs(3);
/// One of the probes of the directory's statements, all of its steps together.
pub const PROBE: Duration = Duration::from_secs(2);
/// Reading an account.
pub const READ: Duration = Duration::from_secs(3);
/// Writing a password.
pub const WRITE: Duration = Duration::from_secs(5);
/// A mail, up to the provider's word that it has the message.
pub const MAIL: Duration = Duration::from_secs(15);
/// The good-bye after it.
pub const SMTP_QUIT: Duration = Duration::from_secs(1);

/// An attempt at a job takes less than this, time-outs and all, so that no two attempts at one job ever overlap.
pub const ATTEMPT: Duration = Duration::from_secs(29);
/// For how long an alarm begins attempts. What is left then is due at once and gets an alarm of its own.
pub const ALARM_START_BUDGET: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{LEASE, WRITE_DEADLINE};

    /// In edge/guard.mjs: `ALARM_DEADLINE_MS`.
    const ALARM: Duration = Duration::from_secs(60);

    fn sum(steps: &[Duration]) -> Duration {
        steps.iter().sum()
    }

    #[test]
    fn a_commit_is_over_before_its_claims_lease() {
        // The claim is stored; the account is read for the write, with every probe that can be due; written; and read
        // again, if nothing was written; and what was seen is stored.
        let write = [STORAGE, PROBE, READ, PROBE, PROBE, WRITE];
        assert!(sum(&write) < WRITE_DEADLINE);
        assert!(sum(&[sum(&write), READ, STORAGE]) < LEASE);
        assert!(COMMIT < LEASE);
    }

    #[test]
    fn an_attempt_at_a_mail_keeps_to_its_time_and_an_alarm_to_its_deadline() {
        let attempt = [PROBE, READ, PROBE, STORAGE, RECORDS, MAIL, SMTP_QUIT];
        assert!(sum(&attempt) < ATTEMPT);
        // The last attempt that an alarm begins, its end, and what every alarm does last.
        assert!(sum(&[ALARM_START_BUDGET, ATTEMPT, STORAGE, STORAGE, STORAGE]) < ALARM);
        // An intake's: its jobs are begun, looked up and handed over side by side, and told.
        assert!(sum(&[STORAGE, PROBE, READ, DESK, EVENTS, STORAGE]) < ALARM);
    }

    #[test]
    fn the_guard_around_alarms_has_the_deadline_that_is_reckoned_with() {
        assert!(include_str!("../../guard.mjs").contains("ALARM_DEADLINE_MS = 60_000;"));
    }
}
