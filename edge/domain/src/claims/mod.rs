//! Claims: how an object sets a password at most once for each permit.
//!
//! A *permit* allows one write of one account's password: a mailed link, or one change by a
//! signed-in person. The password is in the directory, which an object cannot lock, and an object
//! may crash at any time. So a write has three phases:
//!
//! 1. *Claim*: the object stores which version of the password the write will produce, a lease, and
//!    a job that settles the claim when the lease ends.
//! 2. *Write*: the object's shell asks the directory for one compare-and-set, with a deadline
//!    before the end of the lease.
//! 3. *Settle*: the object stores the outcome, once, together with the notice to the account owner
//!    and the event.
//!
//! If the outcome of a write is unknown, because of a crash or a time-out, a later caller or the
//! settle job reads the account after the lease and derives the outcome from the version found
//! there.
//!
//! The machine does no I/O. Its shell ([`jobs::commit`](crate::jobs::commit)) loads the state,
//! calls one method, stores the state with its next alarm, and only then acts on the result.
//!
//! # Methods in the order of a commit
//!
//! [`Claims::claim`] begins a commit. Its outcome decides what follows:
//!
//! - [`ClaimOutcome::Claimed`]: the shell writes to the directory.
//! - [`ClaimOutcome::SettleFirst`]: the shell reads the account and calls [`Claims::reconcile`],
//!   then claims again.
//! - [`ClaimOutcome::Rejected`]: the commit ends.
//!
//! The reply of the directory decides what follows the write:
//!
//! - It wrote: [`Claims::record_write`].
//! - It wrote nothing: the shell reads the account and calls [`Claims::reconcile_no_write`].
//! - No reply: nothing. The claim stays until its lease ends.
//!
//! When a settle job is due, and before [`Claims::check_replay`], the shell reads the account and
//! calls [`Claims::reconcile`]. The replay check decides whether a repeated confirm is the one that
//! succeeded.
//!
//! [`Claims::begin`] and [`Claims::finish`] enclose each attempt at a job of the outbox.
//! [`Claims::prune`] deletes what has expired, and [`Claims::next_alarm`] says when something is
//! next due or expires.

use std::time::Duration;

use serde::{Deserialize, Serialize};

mod commit;
mod follow_up;
mod jobs;
mod notices;
mod permit;
mod replay;
mod settle;
mod state;

pub use commit::{AccountSnapshot, ClaimOutcome, Claimed, Commit, CommitOutcome, Step};
pub use follow_up::{FollowUp, NoticeJob, ObjectJob};
pub use notices::Notice;
pub use permit::PermitId;
pub use replay::ReplayVerdict;
pub use state::ObjectState;

pub(crate) use follow_up::{DROPPED_WINDOW, REFUSAL_DELAY, event_job};
use notices::Notices;
pub(crate) use permit::Permit;
use permit::{Claim, ClaimState};

use crate::outbox::{Outbox, or_default};
use crate::values::account::PasswordVersion;
use crate::values::link::LinkRecord;
use crate::values::time::Moment;

/// The time for which a claim reserves its permit. The time-outs of a commit's steps add up to
/// less.
pub const LEASE: Duration = Duration::from_secs(30);
/// The time after which the directory must not write for a claim, by the directory's clock. It ends
/// before the lease, with a margin for two clocks that differ, so that a read that begins after the
/// lease shows the claim's final outcome.
pub const WRITE_DEADLINE: Duration = Duration::from_secs(20);
/// The time after a success in which the same password gets the same success again.
pub const REPLAY_WINDOW: Duration = Duration::from_secs(600);
/// The number of replay checks that verify a password, for each successful write.
pub const MAX_REPLAY_CHECKS: u8 = 5;
/// The number of claims that are stored for one permit. When it is reached, a new claim replaces
/// the oldest one that is known not to have written.
const MAX_CLAIMS: usize = 64;

/// Returns the time at which an object deletes an expired permit. Until then the permit answers
/// replay checks, and a claim that was made just before the expiry can settle.
#[must_use]
pub fn retention_end(expires_at: Moment) -> Moment {
    expires_at.after(REPLAY_WINDOW).after(LEASE)
}

/// The permits of one object with their claims, and the object's outbox. The outbox is here because
/// a claim and its settle job, or an outcome and its notice, are stored in one step.
///
/// `Id` is the type of the permits' ids, `J` that of the jobs in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(bound(deserialize = "Id: Deserialize<'de>, J: Deserialize<'de>"))]
pub struct Claims<Id, J> {
    pub(crate) permits: Vec<Permit<Id>>,
    pub(crate) outbox: Outbox<J>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) notices: Notices<Id>,
}

impl<Id, J> Default for Claims<Id, J> {
    fn default() -> Self {
        Self { permits: Vec::new(), outbox: Outbox::default(), notices: Notices::default() }
    }
}

impl<Id: PermitId, J: ObjectJob<Id>> Claims<Id, J> {
    /// Returns what a permit was issued for, or `None` if the object has no such permit.
    #[must_use]
    pub fn record(&self, id: &Id) -> Option<&LinkRecord> {
        self.permit(id).map(|permit| &permit.record)
    }

    /// Claims a permit for the write that will produce `version`, and adds the job that settles the
    /// claim when its lease ends.
    ///
    /// The checks, in this order: no such permit ([`CommitOutcome::Used`]), used (`Replay`),
    /// claimed under a lease (`Busy`), claimed with an unknown outcome ([`ClaimOutcome::SettleFirst`]),
    /// expired (`Expired`), issued for another fingerprint (`Used`), version claimed before or too
    /// many claims (`Busy`).
    pub fn claim(
        &mut self,
        commit: &Commit<Id>,
        version: &PasswordVersion,
        now: Moment,
    ) -> ClaimOutcome {
        let Some(permit) = self.permits.iter_mut().find(|permit| permit.id == commit.permit) else {
            return ClaimOutcome::Rejected(CommitOutcome::Used);
        };
        if permit.used {
            return ClaimOutcome::Rejected(CommitOutcome::Replay);
        }
        if let Some(pending) = permit.pending_claim() {
            return if now < pending.lease_ends {
                ClaimOutcome::Rejected(CommitOutcome::Busy)
            } else {
                ClaimOutcome::SettleFirst(permit.record.account.clone())
            };
        }
        if now >= permit.record.expires_at {
            return ClaimOutcome::Rejected(CommitOutcome::Expired);
        }
        if permit.record.fingerprint != commit.expected {
            return ClaimOutcome::Rejected(CommitOutcome::Used);
        }
        if permit.has_claim(version) || !permit.make_room_for_a_claim(now) {
            return ClaimOutcome::Rejected(CommitOutcome::Busy);
        }
        let lease_ends = now.after(LEASE);
        permit.claims.push(Claim {
            version: version.clone(),
            lease_ends,
            address: commit.address.clone(),
            state: if commit.is_first { ClaimState::PendingFirst } else { ClaimState::Pending },
        });
        let account = permit.record.account.clone();
        self.notices.set_recipient(&commit.permit, commit.recipient.clone());
        let settle = FollowUp::Settle { permit: commit.permit.clone(), account: account.clone() };
        self.outbox.add(settle_id(&commit.permit), settle.into(), now, lease_ends);
        self.enqueue_events(commit.unchecked.clone(), now);
        ClaimOutcome::Claimed(Claimed { account, deadline: now.after(WRITE_DEADLINE) })
    }

    /// Returns the notice of a job, or `None` if it is sent, or if it was stored before notices
    /// had recipients.
    #[must_use]
    pub fn notice(&self, job: &str) -> Option<&Notice> {
        self.notices.of_job(job)
    }

    /// Returns whether no claim of a permit is pending: `true` if there is no such permit.
    #[must_use]
    pub fn is_settled(&self, id: &Id) -> bool {
        !self.permit(id).is_some_and(Permit::is_pending)
    }

    /// Returns whether a claim would write this version and is not settled.
    #[must_use]
    pub fn is_unsettled(&self, version: &PasswordVersion) -> bool {
        self.permits.iter().any(|permit| permit.has_unsettled_claim(version))
    }

    /// Deletes the permits whose retention has ended, except those with a pending claim.
    pub fn prune(&mut self, now: Moment) {
        self.permits
            .retain(|permit| now < retention_end(permit.record.expires_at) || permit.is_pending());
        let permits = &self.permits;
        self.notices.prune(now, |id| permits.iter().any(|permit| permit.id == *id));
    }

    /// Returns when the next job is due, or when the next permit or counted notice is to be pruned.
    /// Returns `None` if the object has neither.
    #[must_use]
    pub fn next_alarm(&self) -> Option<Moment> {
        let settled = self.permits.iter().filter(|permit| !permit.is_pending());
        self.outbox
            .next_due()
            .into_iter()
            .chain(settled.map(|permit| retention_end(permit.record.expires_at)))
            .chain(self.notices.next_prune())
            .min()
    }

    pub(crate) fn permit(&self, id: &Id) -> Option<&Permit<Id>> {
        self.permits.iter().find(|permit| permit.id == *id)
    }

    fn permit_mut(&mut self, id: &Id) -> Option<&mut Permit<Id>> {
        self.permits.iter_mut().find(|permit| permit.id == *id)
    }
}

/// Returns the id of the job that settles the claims of a permit.
fn settle_id(permit: &impl PermitId) -> String {
    format!("settle/{}", permit.as_str())
}

#[cfg(test)]
mod tests;
