//! The password change: the attempts at one account's current password, and its changes by a
//! signed-in person.
//!
//! [`PasswordChange`] is a state machine without I/O, driven by its shell like a
//! [`Mailbox`](crate::mailbox).
//!
//! # Methods in the order of a change
//!
//! 1. [`PasswordChange::count_attempt`] counts an attempt before the current password is verified,
//!    and adds the event of its refusal.
//! 2. [`PasswordChange::begin_change`] gives the attempt back and removes that event, because the
//!    password was correct, and stores the change.
//! 3. [`PasswordChange::claims`](ObjectState::claims) runs the commit: see
//!    [`claims`](crate::claims). Its outbox has the settle job, the notice and the event.
//! 4. [`PasswordChange::prune`](ObjectState::prune) deletes what has expired, and
//!    [`PasswordChange::next_alarm`](ObjectState::next_alarm) says when something is next due or
//!    expires. [`PasswordChange::erase`] deletes what is stored about the account.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::claims::{
    Claims, Commit, FollowUp, LEASE, ObjectState, Permit, REFUSAL_DELAY, Step, event_job,
};
use crate::events::{Action, Event};
use crate::mail::rendering::Renderings;
use crate::outbox::or_default;
use crate::rate_log::RateLog;
use crate::values::account::AccountId;
use crate::values::link::{ChangeId, LinkRecord};
use crate::values::session::SessionId;
use crate::values::time::Moment;
use crate::waiting::Failures;

/// The number of attempts with a wrong current password within [`ATTEMPT_WINDOW`] that are
/// verified.
pub const MAX_ATTEMPTS: u32 = 5;
/// The time for which an attempt counts.
pub const ATTEMPT_WINDOW: Duration = Duration::from_secs(15 * 60);
/// The time after which an attempt without a change is recorded as refused. The verification of a
/// password takes less.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(8);
/// The number of changes that are stored at a time, each until its retention ends.
const MAX_CHANGES: usize = 32;

/// The state of a password change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PasswordChange {
    attempts: RateLog,
    claims: Claims<ChangeId, FollowUp<ChangeId>>,
    /// When the last event of the limit was added.
    #[serde(default, deserialize_with = "or_default")]
    limited_at: Option<Moment>,
    /// The texts of notices by the hook `render`.
    #[serde(default, deserialize_with = "or_default")]
    renderings: Renderings,
    /// Why the latest attempts at notices failed.
    #[serde(default, deserialize_with = "or_default")]
    failures: Failures,
}

/// An attempt at the current password of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// The change that it is for.
    pub change: ChangeId,
    /// The account.
    pub account: AccountId,
    /// The caller's IP address, for the event.
    pub address: Option<String>,
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
    RateLimited {
        /// The time at which the limit ends.
        until: Moment,
    },
}

impl PasswordChange {
    /// Counts an attempt at the current password, once for each change, unless the limit is
    /// reached. A rejected attempt is not counted, so it does not prolong the wait.
    ///
    /// A counted attempt has an event, unless its change begins within `CHANGE_TIMEOUT`. Of the
    /// rejected attempts, the first in [`ATTEMPT_WINDOW`] has an event. So a caller causes a bounded
    /// number of events, and leaves one even if it disconnects before the response.
    pub fn count_attempt(&mut self, attempt: &Attempt, step: Step<'_>) -> AttemptOutcome {
        let (change, now) = (attempt.change.as_str(), step.now);
        if self.attempts.contains(change) {
            return AttemptOutcome::Counted;
        }
        self.attempts.prune(ATTEMPT_WINDOW, now);
        let event = |action: Action| Event {
            id: format!("{change}/{}", action.as_str()),
            at: now,
            action,
            application: step.application.clone(),
            account: Some(attempt.account.clone()),
            address: attempt.address.clone(),
            detail: None,
        };
        let until = self.attempts.free_at(MAX_ATTEMPTS, ATTEMPT_WINDOW, now);
        if now < until {
            if self.limited_at.is_none_or(|at| now.since(at) >= ATTEMPT_WINDOW) {
                self.limited_at = Some(now);
                self.claims.enqueue_refusal(event(Action::ChangeLimited), now.after(REFUSAL_DELAY));
            }
            return AttemptOutcome::RateLimited { until };
        }
        self.attempts.add(change.to_owned(), now);
        self.claims.enqueue_refusal(event(Action::ChangeRefused), now.after(CHANGE_TIMEOUT));
        AttemptOutcome::Counted
    }

    /// Begins a change whose current password was correct: gives its attempt back, and stores it,
    /// to be claimed within one lease. Returns `false` if the change has begun before or too many
    /// changes are stored; the commit must not go on then.
    #[must_use]
    pub fn begin_change(&mut self, change: &CommitChange, now: Moment) -> bool {
        let Commit { permit: id, expected, .. } = &change.commit;
        self.attempts.remove(id.as_str());
        let refused = format!("{}/{}", id.as_str(), Action::ChangeRefused.as_str());
        self.claims.outbox.remove(&event_job(&refused));
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

    /// Deletes what is stored about the account. A change under a claim stays until its claim is
    /// settled, a notice until it is sent, and the counts, which do not name the account, until
    /// their windows end. Returns whether a claim is not settled.
    pub fn erase(&mut self, now: Moment) -> bool {
        self.claims.permits.retain(|permit| permit.pending_lease_end().is_some());
        self.claims.outbox.retain(|entry| !matches!(entry.job, FollowUp::Event(_)));
        self.claims.prune(now);
        !self.claims.permits.is_empty()
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

    fn renderings(&self) -> &Renderings {
        &self.renderings
    }

    fn renderings_mut(&mut self) -> &mut Renderings {
        &mut self.renderings
    }

    fn failures(&self) -> &Failures {
        &self.failures
    }

    fn failures_mut(&mut self) -> &mut Failures {
        &mut self.failures
    }

    fn prune(&mut self, now: Moment) {
        self.attempts.prune(ATTEMPT_WINDOW, now);
        self.limited_at = self.limited_at.filter(|at| now.since(*at) < ATTEMPT_WINDOW);
        self.claims.prune(now);
        let claims = &self.claims;
        self.renderings.retain(|job| claims.has_job(job));
        self.failures.retain(|job| claims.has_job(job));
    }

    fn next_alarm(&self) -> Option<Moment> {
        let limit_ends = self.limited_at.map(|at| at.after(ATTEMPT_WINDOW));
        let attempt_ends = self.attempts.next_prune(ATTEMPT_WINDOW);
        self.claims.next_alarm().into_iter().chain(attempt_ends).chain(limit_ends).min()
    }
}

#[cfg(test)]
mod tests;
