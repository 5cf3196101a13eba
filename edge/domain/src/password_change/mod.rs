//! The password change: the attempts at one account's current password, and its changes by a
//! signed-in person.
//!
//! [`PasswordChange`] is a state machine without I/O, driven by its shell like a
//! [`Mailbox`](crate::mailbox).
//!
//! # Methods in the order of a change
//!
//! 1. [`PasswordChange::count_attempt`] counts an attempt before the current password is verified.
//! 2. [`PasswordChange::begin_change`] gives the attempt back, because the password was correct,
//!    and stores the change.
//! 3. [`PasswordChange::claims`](ObjectState::claims) runs the commit: see
//!    [`claims`](crate::claims). Its outbox has the settle job, the notice and the event.
//! 4. [`PasswordChange::prune`](ObjectState::prune) deletes what has expired, and
//!    [`PasswordChange::next_alarm`](ObjectState::next_alarm) says when something is next due or
//!    expires.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::claims::{Claims, Commit, FollowUp, LEASE, ObjectState, Permit};
use crate::rate_log::RateLog;
use crate::values::account::AccountId;
use crate::values::link::{ChangeId, LinkRecord};
use crate::values::session::SessionId;
use crate::values::time::Moment;

/// The number of attempts with a wrong current password within [`ATTEMPT_WINDOW`] that are
/// verified.
pub const MAX_ATTEMPTS: usize = 5;
/// The time for which an attempt counts.
pub const ATTEMPT_WINDOW: Duration = Duration::from_secs(15 * 60);
/// The number of changes that are stored at a time, each until its retention ends.
const MAX_CHANGES: usize = 32;

/// The state of a password change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PasswordChange {
    attempts: RateLog,
    claims: Claims<ChangeId, FollowUp<ChangeId>>,
}

/// A new password to set by a change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CommitChange {
    /// The change and the password.
    pub commit: Commit<ChangeId>,
    /// The account.
    pub account: AccountId,
    /// The session of the person who changes the password. It continues; all others end.
    pub keep: SessionId,
}

/// The outcome of [`PasswordChange::count_attempt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use]
pub enum AttemptOutcome {
    /// The attempt was counted: verify the current password.
    Counted,
    /// The account has had [`MAX_ATTEMPTS`] within [`ATTEMPT_WINDOW`]: do not verify.
    RateLimited,
}

impl PasswordChange {
    /// Counts an attempt at the current password, once for each change, unless the limit is
    /// reached. A rejected attempt is not counted, so it does not prolong the wait.
    pub fn count_attempt(&mut self, change: &ChangeId, now: Moment) -> AttemptOutcome {
        if self.attempts.contains(change.as_str()) {
            return AttemptOutcome::Counted;
        }
        self.attempts.prune(ATTEMPT_WINDOW, now);
        if self.attempts.count_within(ATTEMPT_WINDOW, now) >= MAX_ATTEMPTS {
            return AttemptOutcome::RateLimited;
        }
        self.attempts.add(change.as_str().to_owned(), now);
        AttemptOutcome::Counted
    }

    /// Begins a change whose current password was correct: gives its attempt back, and stores it,
    /// to be claimed within one lease. Returns `false` if the change has begun before or too many
    /// changes are stored; the commit must not go on then.
    #[must_use]
    pub fn begin_change(&mut self, change: &CommitChange, now: Moment) -> bool {
        let Commit { permit: id, expected, .. } = &change.commit;
        self.attempts.remove(id.as_str());
        if self.claims.permits.len() >= MAX_CHANGES || self.claims.permit(id).is_some() {
            return false;
        }
        let record = LinkRecord {
            account: change.account.clone(),
            fingerprint: expected.clone(),
            expires_at: now.after(LEASE),
        };
        self.claims.permits.push(Permit::new(id.clone(), record));
        true
    }
}

impl ObjectState for PasswordChange {
    const FORMAT: char = 'a';
    const PREVIOUS_FORMAT: char = 'a';
    type Previous = Self;
    type PermitId = ChangeId;
    type Job = FollowUp<ChangeId>;

    fn claims(&self) -> &Claims<ChangeId, FollowUp<ChangeId>> {
        &self.claims
    }

    fn claims_mut(&mut self) -> &mut Claims<ChangeId, FollowUp<ChangeId>> {
        &mut self.claims
    }

    fn prune(&mut self, now: Moment) {
        self.attempts.prune(ATTEMPT_WINDOW, now);
        self.claims.prune(now);
    }

    fn next_alarm(&self) -> Option<Moment> {
        self.claims.next_alarm().into_iter().chain(self.attempts.next_prune(ATTEMPT_WINDOW)).min()
    }
}

#[cfg(test)]
mod tests;
