//! The end of a claim: settled, void, or with an outcome that can no longer be determined.

use super::permit::{Claim, Permit};
use super::{AccountSnapshot, Claims, CommitOutcome, ObjectJob, PermitId, Step, settle_id};
use crate::mail::notice::ChangeOutcome;
use crate::values::account::PasswordVersion;

impl<Id: PermitId, J: ObjectJob<Id>> Claims<Id, J> {
    /// Records that the directory wrote this version: settles its claim, marks the permit as used,
    /// and adds the notice and the event, once.
    pub fn record_write(&mut self, version: &PasswordVersion, step: Step<'_>) {
        self.settle(version, step);
    }

    /// Records that the directory reported no write for this version of a permit, with a read of
    /// the account that began after the report.
    ///
    /// Returns [`CommitOutcome::Set`] if the account has this version, `Busy` if it still has the
    /// permit's fingerprint, `Replay` if the permit is used or another claim of the object wrote
    /// the current version, and otherwise `Used`.
    ///
    /// The claim becomes void if the snapshot proves that it did not write. Otherwise it stays
    /// pending: a statement that ran twice may have written the first time and been overwritten.
    pub fn reconcile_no_write(
        &mut self,
        id: &Id,
        version: &PasswordVersion,
        snapshot: &AccountSnapshot,
        step: Step<'_>,
    ) -> CommitOutcome {
        let settled = snapshot.version.as_ref().is_some_and(|current| self.settle(current, step));
        if snapshot.version.as_ref() == Some(version) {
            return CommitOutcome::Set;
        }
        if self.proves_no_write(id, snapshot) {
            self.abort_claims(id, |claim| claim.version == *version);
        }
        match self.permit(id) {
            Some(permit) if permit.matches(snapshot) => CommitOutcome::Busy,
            Some(permit) if settled || permit.used => CommitOutcome::Replay,
            _ => CommitOutcome::Used,
        }
    }

    /// Settles the claims of a permit by a read of the account.
    ///
    /// If the account has the version of a claim, of this or another permit, that claim wrote,
    /// whenever the read began. Every other conclusion holds only for claims whose lease ended
    /// before the read began: those did not write if the snapshot proves it; otherwise their
    /// outcome can no longer be determined, and the permit ends as used, with a notice and an event.
    pub fn reconcile(&mut self, id: &Id, snapshot: &AccountSnapshot, step: Step<'_>) {
        if let Some(current) = &snapshot.version {
            self.settle(current, step);
        }
        let no_write = self.proves_no_write(id, snapshot);
        let has_ended =
            |claim: &Claim| claim.is_pending() && claim.lease_ends <= snapshot.read_began;
        let Some(permit) = self.permit_mut(id) else { return };
        let unknown = permit.claims.iter().find(|claim| has_ended(claim)).cloned();
        if let (Some(unknown), false) = (unknown, no_write) {
            permit.used = true;
            let end = permit.end(unknown);
            self.enqueue_notice(end, ChangeOutcome::Unknown, step);
        }
        self.abort_claims(id, has_ended);
    }

    /// Returns whether a snapshot proves that no unsettled claim of a permit has written.
    ///
    /// It does if the account still has the permit's fingerprint. It also does if the account has a
    /// version that a permit with the same fingerprint claimed, because only one of two writes that
    /// expect the same fingerprint succeeds.
    fn proves_no_write(&self, id: &Id, snapshot: &AccountSnapshot) -> bool {
        let Some(permit) = self.permit(id) else { return true };
        let has_written = |rival: &Permit<Id>| {
            rival.record.fingerprint == permit.record.fingerprint
                && snapshot.version.as_ref().is_some_and(|current| rival.has_claim(current))
        };
        permit.matches(snapshot) || self.permits.iter().any(has_written)
    }

    /// Settles the claim of this version, once, whichever permit it belongs to. Returns whether
    /// there is such a claim.
    fn settle(&mut self, version: &PasswordVersion, step: Step<'_>) -> bool {
        let Some(permit) = self.permits.iter_mut().find(|permit| permit.has_claim(version)) else {
            return false;
        };
        let id = permit.id.clone();
        let end = permit.settle(version, step.now);
        self.drop_settle_job(&id);
        if let Some(end) = end {
            self.enqueue_notice(end, ChangeOutcome::Written, step);
        }
        true
    }

    /// Makes claims of a permit void that did not write and never will.
    fn abort_claims(&mut self, id: &Id, is_void: impl Fn(&Claim) -> bool) {
        if let Some(permit) = self.permit_mut(id) {
            permit.claims.iter_mut().filter(|claim| is_void(claim)).for_each(Claim::abort);
        }
        self.drop_settle_job(id);
    }

    /// Removes the settle job of a permit without pending claims.
    fn drop_settle_job(&mut self, id: &Id) {
        if self.is_settled(id) {
            self.outbox.remove(&settle_id(id));
        }
    }
}
