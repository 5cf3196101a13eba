//! The time-outs of every step, in one place because their sums must fit: a commit into the lease
//! of its claim, what an alarm does between two reports into its idle limit
//! (`edge/worker/src/alarm.mjs`). The adapters apply them.
//!
//! An attempt at a mail may take longer than the time to the next one. The runtime runs one alarm
//! of an object at a time, so attempts at one job do not overlap; and an attempt that was overtaken
//! after a crash cannot hand its message over
//! ([`Outbox::hand_over`](crate::outbox::Outbox::hand_over)).

use std::time::Duration;

/// The rate limiter.
pub const LIMITER: Duration = Duration::from_secs(3);
/// The provider of a captcha, which a caller waits for.
pub const CAPTCHA: Duration = Duration::from_secs(5);
/// The service with breached passwords, which a caller waits for. Without its answer the password
/// is accepted.
pub const BREACHES: Duration = Duration::from_secs(3);
/// A call of an intake: one write.
pub const INTAKE: Duration = Duration::from_secs(5);
/// A call of a mailbox, except a commit.
pub const MAILBOX: Duration = Duration::from_secs(10);
/// Counting the requests that an intake works on. Without an answer, their mails do not wait.
pub const BRAKE: Duration = Duration::from_secs(2);
/// Noting why a confirm was refused, after its response.
pub const REFUSAL: Duration = Duration::from_secs(2);
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
/// Writing a password through the hook `directory`, with its probe and the reads before and after.
pub const HOOK_WRITE: Duration = Duration::from_secs(15);
/// Ending the sessions of an account through the hook `directory`.
pub const REVOKE: Duration = Duration::from_secs(3);
/// Hashing or verifying a password by the hook `passwords`.
pub const HASH: Duration = Duration::from_secs(5);
/// The probe of that hook, with all its steps.
pub const HASHER_PROBE: Duration = Duration::from_secs(15);
/// Sending a mail, up to the acknowledgement of the provider, with all its steps.
pub const MAIL: Duration = Duration::from_secs(480);
/// The API of a mail provider.
pub const PROVIDER: Duration = Duration::from_secs(60);
/// The rest of an error of that API, after its status.
pub const PROVIDER_ERROR: Duration = Duration::from_secs(5);
/// Connecting to a mail server, or encrypting the connection.
pub const SMTP_CONNECT: Duration = Duration::from_secs(30);
/// The greeting of a mail server, its reply to a command, or sending it one (RFC 5321 section
/// 4.5.3.2 allows 2 to 10 minutes). Some servers delay these on purpose.
pub const SMTP_REPLY: Duration = Duration::from_secs(60);
/// The reply of a mail server to the whole message, which it may scan before (RFC 5321 section
/// 4.5.3.2.6 allows 10 minutes).
pub const SMTP_ACCEPT: Duration = Duration::from_secs(300);
/// The SMTP command QUIT after the mail.
pub const SMTP_QUIT: Duration = Duration::from_secs(1);
/// The time after the hand-over of a message in which no other attempt at it begins: the longest
/// wait for the answer of the provider, and storing the outcome.
pub const HAND_OVER: Duration = Duration::from_secs(330);

/// Handing an event over to an object that passes it to the hook `onEvent`.
pub const NOTIFY: Duration = Duration::from_secs(2);
/// Posting an event to an endpoint, which an alarm reports as it reports a hook. The specification
/// of Standard Webhooks recommends 15 to 30 s; an endpoint that is down must not hold up others of
/// its queue for longer than this.
pub const WEBHOOK: Duration = Duration::from_secs(10);
/// The hook `beforeRequest`, which a caller waits for.
pub const HOOK_BEFORE_REQUEST: Duration = Duration::from_secs(5);
/// The hook `mayReset`. An alarm of a mailbox reports it, as it reports the mailer.
pub const HOOK_MAY_RESET: Duration = Duration::from_secs(5);
/// The hook `render`, reported likewise.
pub const HOOK_RENDER: Duration = Duration::from_secs(5);
/// The hook `onEvent`, reported likewise.
pub const HOOK_EVENT: Duration = Duration::from_secs(5);

/// The time for which an alarm begins attempts. The remaining jobs are due at once and get an alarm
/// each.
pub const ALARM_START_BUDGET: Duration = Duration::from_secs(10);
/// How long an intake begins jobs in one run, so that a steady stream of requests does not lead to
/// one endless run.
pub const INTAKE_START_BUDGET: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::{LEASE, WRITE_DEADLINE};

    /// `ALARM_IDLE_MS` in edge/worker/src/alarm.mjs.
    const ALARM_IDLE: Duration = Duration::from_secs(60);
    /// The time after which the runtime cancels an alarm.
    const ALARM_LIMIT: Duration = Duration::from_secs(15 * 60);

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
        // The same through the hook, which ends sessions after the write or after the second read.
        let write = [STORAGE, HOOK_WRITE];
        assert!(sum(&write) < WRITE_DEADLINE);
        assert!(sum(&[sum(&write), READ, REVOKE, STORAGE]) < LEASE);
        assert!(COMMIT < LEASE);
    }

    #[test]
    fn an_alarm_fits_into_the_idle_limit_between_two_reports() {
        // Only the mailer and hooks report their steps. The last attempt that an alarm begins, up to
        // its mail or from its mail on, and the steps at the end of every alarm.
        let links = u32::try_from(crate::mailbox::MAX_LINKS).unwrap();
        assert!(HOOK_MAY_RESET.max(HOOK_EVENT).max(HOOK_RENDER).max(WEBHOOK) < ALARM_IDLE);
        let before_mail = [PROBE, READ * links, PROBE, STORAGE, RECORDS * links, STORAGE];
        let after_mail = [STORAGE, STORAGE, STORAGE, STORAGE];
        assert!(sum(&[ALARM_START_BUDGET, sum(&before_mail), sum(&after_mail)]) < ALARM_IDLE);
        // The event of a new password, and that of the sessions that ended with it.
        let events = [EVENTS, NOTIFY, EVENTS, NOTIFY];
        assert!(sum(&[ALARM_START_BUDGET, sum(&events), sum(&after_mail)]) < ALARM_IDLE);
        // An intake works on its jobs concurrently. A job has two queries, reads the first account
        // and then the others at once, and mails every mailbox at once. Its events are recorded at
        // once, and handed over to the objects of a hook.
        let lookup = [PROBE, READ, READ, READ, PROBE, READ];
        let job = [sum(&lookup), HOOK_MAY_RESET, MAILBOX, EVENTS, NOTIFY, NOTIFY, STORAGE];
        let brake = [BRAKE, EVENTS, NOTIFY];
        assert!(sum(&[INTAKE_START_BUDGET, STORAGE, sum(&brake), sum(&job), STORAGE]) < ALARM_IDLE);
        assert!(
            sum(&[ALARM_START_BUDGET, MAIL, sum(&before_mail), sum(&after_mail)]) < ALARM_LIMIT
        );
    }

    #[test]
    fn a_job_stays_reserved_until_the_answer_to_its_message_is_stored() {
        assert!(sum(&[SMTP_REPLY, SMTP_ACCEPT]) < MAIL);
        assert!(sum(&[SMTP_ACCEPT, SMTP_QUIT, STORAGE, STORAGE]) < HAND_OVER);
    }

    #[test]
    fn the_alarm_guard_has_the_same_idle_limit() {
        assert!(include_str!("../../worker/src/alarm.mjs").contains("ALARM_IDLE_MS = 60_000;"));
    }
}
