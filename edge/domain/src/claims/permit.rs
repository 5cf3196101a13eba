//! A permit and its claims, as stored.

use std::fmt::Debug;
use std::hash::Hash;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{AccountSnapshot, MAX_CLAIMS};
use crate::events::Action;
use crate::mail::notice::ChangeMethod;
use crate::values::account::{AccountId, Fingerprint, PasswordVersion};
use crate::values::link::{ChangeId, LinkId, LinkRecord};
use crate::values::time::Moment;

/// The id of a permit. Its type says what the permit is.
pub trait PermitId: Clone + Debug + Eq + Hash + Serialize + DeserializeOwned {
    /// The event of a password that was set by a permit of this kind.
    const WRITTEN: Action;
    /// The event of a write by such a permit whose outcome can no longer be determined.
    const OUTCOME_UNKNOWN: Action;
    /// How such a permit changes a password.
    const METHOD: ChangeMethod;

    /// Returns the id as text, unique among all permits of an application.
    fn as_str(&self) -> &str;
}

impl PermitId for LinkId {
    const WRITTEN: Action = Action::PasswordReset;
    const OUTCOME_UNKNOWN: Action = Action::ResetOutcomeUnknown;
    const METHOD: ChangeMethod = ChangeMethod::Link;

    fn as_str(&self) -> &str {
        self.as_str()
    }
}

impl PermitId for ChangeId {
    const WRITTEN: Action = Action::PasswordChanged;
    const OUTCOME_UNKNOWN: Action = Action::ChangeOutcomeUnknown;
    const METHOD: ChangeMethod = ChangeMethod::SignedIn;

    fn as_str(&self) -> &str {
        self.as_str()
    }
}

/// The right to set one account's password once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Permit<Id> {
    pub(crate) id: Id,
    /// The account, the fingerprint that it must have, and the expiry.
    pub(crate) record: LinkRecord,
    /// Whether it set a password, or ended because the outcome of a claim cannot be determined.
    pub(crate) used: bool,
    pub(super) claims: Vec<Claim>,
}

/// A claim: one attempt at the write that a permit allows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Claim {
    /// The version of the password that the write produces. Every hash has a random salt, so two
    /// claims have the same version only if they are the same message.
    pub(super) version: PasswordVersion,
    pub(super) lease_ends: Moment,
    /// The caller's address, for the event.
    pub(super) address: Option<String>,
    pub(super) state: ClaimState,
}

/// The outcome of a claim's write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ClaimState {
    /// The outcome is not known yet.
    Pending,
    /// The claim did not write and never will.
    Void,
    /// The claim wrote. `replay_checks` counts the replay checks that verified a password.
    Settled { at: Moment, replay_checks: u8 },
    // Stored by position: add new states at the end.
    /// As `Pending`, for the first password of an account.
    PendingFirst,
    /// As `Void`, for the first password of an account. A late write settles even a void claim.
    VoidFirst,
}

impl ClaimState {
    const fn is_void(self) -> bool {
        matches!(self, Self::Void | Self::VoidFirst)
    }

    /// Returns whether the claim is not settled, and for the first password of an account.
    const fn is_first(self) -> bool {
        matches!(self, Self::PendingFirst | Self::VoidFirst)
    }
}

impl Claim {
    /// Returns whether the outcome is not known yet.
    pub(super) const fn is_pending(&self) -> bool {
        matches!(self.state, ClaimState::Pending | ClaimState::PendingFirst)
    }

    /// Makes the claim void. It keeps whether it is for a first password.
    pub(super) const fn abort(&mut self) {
        self.state = if self.state.is_first() { ClaimState::VoidFirst } else { ClaimState::Void };
    }
}

/// The end of a permit, for the notice and the event.
pub(super) struct PermitEnd<Id> {
    pub(super) permit: Id,
    pub(super) account: AccountId,
    /// The address of the caller whose claim ended it.
    pub(super) address: Option<String>,
    /// Whether the claim was for the first password of the account.
    pub(super) is_first: bool,
}

impl<Id: PermitId> Permit<Id> {
    pub(crate) const fn new(id: Id, record: LinkRecord) -> Self {
        Self { id, record, used: false, claims: Vec::new() }
    }

    /// Returns when the lease of the pending claim ends, or `None` if every outcome is known.
    pub(crate) fn pending_lease_end(&self) -> Option<Moment> {
        self.pending_claim().map(|claim| claim.lease_ends)
    }

    /// Returns the claim whose outcome is not known yet. There is at most one.
    pub(super) fn pending_claim(&self) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.is_pending())
    }

    pub(super) fn is_pending(&self) -> bool {
        self.pending_claim().is_some()
    }

    pub(super) fn has_claim(&self, version: &PasswordVersion) -> bool {
        self.claims.iter().any(|claim| claim.version == *version)
    }

    pub(super) fn has_unsettled_claim(&self, version: &PasswordVersion) -> bool {
        self.claims.iter().any(|claim| {
            claim.version == *version && !matches!(claim.state, ClaimState::Settled { .. })
        })
    }

    /// Returns whether the account has the fingerprint that the permit was issued for.
    pub(super) fn matches(&self, snapshot: &AccountSnapshot) -> bool {
        snapshot.fingerprint.as_ref() == Some(&self.record.fingerprint)
    }

    /// Returns whether the permit is unused and was issued for this fingerprint.
    pub(crate) fn is_unused_for(&self, fingerprint: &Fingerprint) -> bool {
        !self.used && self.record.fingerprint == *fingerprint
    }

    /// Returns when the permit set a password, or `None` if it has not.
    pub(crate) fn settled_at(&self) -> Option<Moment> {
        self.claims
            .iter()
            .filter_map(|claim| match claim.state {
                ClaimState::Settled { at, .. } => Some(at),
                ClaimState::Pending
                | ClaimState::PendingFirst
                | ClaimState::Void
                | ClaimState::VoidFirst => None,
            })
            .max()
    }

    /// Returns whether a claim settled at a time for which `when` returns `true`.
    pub(super) fn settled(&self, when: impl Fn(Moment) -> bool) -> bool {
        self.claims
            .iter()
            .any(|claim| matches!(claim.state, ClaimState::Settled { at, .. } if when(at)))
    }

    /// Returns whether another claim can be stored, and deletes the oldest void one if that is
    /// necessary.
    pub(super) fn make_room_for_a_claim(&mut self, now: Moment) -> bool {
        if self.claims.len() < MAX_CLAIMS {
            return true;
        }
        let is_removable = |claim: &Claim| claim.state.is_void() && claim.lease_ends <= now;
        let oldest = self.claims.iter().position(is_removable);
        oldest.map(|oldest| self.claims.remove(oldest)).is_some()
    }

    /// Settles the claim of this version and marks the permit as used. Returns the permit's end if
    /// the permit was not used before.
    pub(super) fn settle(
        &mut self,
        version: &PasswordVersion,
        now: Moment,
    ) -> Option<PermitEnd<Id>> {
        let claim = self.claims.iter_mut().find(|claim| claim.version == *version)?;
        if matches!(claim.state, ClaimState::Settled { .. }) {
            return None;
        }
        let claimed = claim.clone();
        claim.state = ClaimState::Settled { at: now, replay_checks: 0 };
        let was_unused = !std::mem::replace(&mut self.used, true);
        was_unused.then(|| self.end(claimed))
    }

    /// Returns the end of the permit by a claim, as it was before.
    pub(super) fn end(&self, Claim { address, state, .. }: Claim) -> PermitEnd<Id> {
        PermitEnd {
            permit: self.id.clone(),
            account: self.record.account.clone(),
            address,
            is_first: state.is_first(),
        }
    }
}
