//! The replay check: whether a repeated confirm is the one that already succeeded.

use serde::{Deserialize, Serialize};

use super::permit::ClaimState;
use super::{AccountSnapshot, Claims, MAX_REPLAY_CHECKS, ObjectJob, PermitId, REPLAY_WINDOW};
use crate::values::time::Moment;

/// The outcome of a replay check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use]
pub enum ReplayVerdict {
    /// The permit set the current password within the replay window: a caller with that password
    /// gets the same success. The check has been counted.
    Verify,
    /// There is no verdict yet: a claim is pending, the read began too early, or the permit can
    /// still be used.
    Busy,
    /// The permit has expired without being used.
    Expired,
    /// Every other case, such as a changed account or too many checks: the caller gets no success.
    Used,
}

impl<Id: PermitId, J: ObjectJob<Id>> Claims<Id, J> {
    /// Runs the replay check of a permit, with a snapshot that was reconciled before. A check that
    /// returns [`ReplayVerdict::Verify`] is counted before the caller can verify a password, at
    /// most [`MAX_REPLAY_CHECKS`] times for each successful write.
    pub fn check_replay(
        &mut self,
        id: &Id,
        snapshot: &AccountSnapshot,
        now: Moment,
    ) -> ReplayVerdict {
        let Some(permit) = self.permit_mut(id) else { return ReplayVerdict::Used };
        let current = permit
            .claims
            .iter_mut()
            .find(|claim| Some(&claim.version) == snapshot.version.as_ref());
        if let Some(ClaimState::Settled { at, replay_checks }) =
            current.map(|claim| &mut claim.state)
        {
            if now.since(*at) < REPLAY_WINDOW && *replay_checks < MAX_REPLAY_CHECKS {
                *replay_checks = replay_checks.saturating_add(1);
                return ReplayVerdict::Verify;
            }
            return ReplayVerdict::Used;
        }
        // The snapshot matches although the permit set a password just now: the read began before
        // that write and says nothing about it.
        let outdated =
            permit.matches(snapshot) && permit.settled(|at| now.since(at) < REPLAY_WINDOW);
        if permit.is_pending() || outdated {
            ReplayVerdict::Busy
        } else if permit.used || !permit.matches(snapshot) {
            ReplayVerdict::Used
        } else if now >= permit.record.expires_at {
            ReplayVerdict::Expired
        } else {
            ReplayVerdict::Busy
        }
    }
}
