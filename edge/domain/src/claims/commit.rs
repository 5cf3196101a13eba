//! The values that a commit passes to the machine, and those that the machine returns.

use serde::{Deserialize, Serialize};

use crate::events::Event;
use crate::values::account::{Account, AccountId, Fingerprint, PasswordHash, PasswordVersion};
use crate::values::application_id::ApplicationId;
use crate::values::sealed_address::SealedAddress;
use crate::values::time::Moment;

/// The context of one step of a machine: the application that events name, and the time.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The application that the object belongs to.
    pub application: &'a ApplicationId,
    /// The time of the step.
    pub now: Moment,
}

/// A new password to set by a permit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Commit<Id> {
    /// The permit.
    pub permit: Id,
    /// The account's fingerprint when the password was checked. The write happens only while the
    /// account still has it.
    pub expected: Fingerprint,
    /// The hash of the new password.
    pub hash: PasswordHash,
    /// The caller's IP address, for the event and the notice.
    pub address: Option<String>,
    /// The account's address when the password was checked, for the notice.
    pub recipient: Option<SealedAddress>,
    /// The event that a rule for passwords could not be checked. It is not part of the stored form:
    /// a command has it after the commit, so that one of an earlier version is read.
    #[serde(skip)]
    pub unchecked: Option<Event>,
    /// Whether the account had no password when the password was checked. A command has it after
    /// the commit as well.
    #[serde(skip)]
    pub is_first: bool,
}

/// The outcome of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use]
pub enum CommitOutcome {
    /// The password was set.
    Set,
    /// Another commit has claimed the permit, the outcome is unknown, or nothing was written and
    /// the permit can still be used: repeat the call.
    Busy,
    /// The permit has expired.
    Expired,
    /// The object has no such permit, or the account has changed since it was issued.
    Used,
    /// The permit is used, possibly by an earlier attempt of the same commit, or another permit of
    /// the object set the current password: run the replay check.
    Replay,
    /// The object's state could not be read or stored, or the directory refused to write, so that
    /// nothing was written: repeat the call later.
    Unclaimed,
}

/// A stored claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The account whose password is to be written.
    pub account: AccountId,
    /// The time before which the directory must have written, by its own clock.
    pub deadline: Moment,
}

/// The outcome of [`Claims::claim`](super::Claims::claim).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum ClaimOutcome {
    /// The claim is stored: write to the directory.
    Claimed(Claimed),
    /// The lease of an earlier claim has ended, and its outcome is unknown: read this account and
    /// reconcile, then claim again.
    SettleFirst(AccountId),
    /// No claim was stored.
    Rejected(CommitOutcome),
}

/// A fresh read of an account, as far as claims depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSnapshot {
    /// The time at which the read began.
    pub read_began: Moment,
    /// The version of the current password, or `None` if the account is gone or has no password.
    pub version: Option<PasswordVersion>,
    /// The current fingerprint, or `None` if the account is gone.
    pub fingerprint: Option<Fingerprint>,
}

impl AccountSnapshot {
    /// Returns the snapshot of an account, or of a deleted one, whose read began at `read_began`.
    #[must_use]
    pub fn new(application: &ApplicationId, read_began: Moment, account: Option<&Account>) -> Self {
        Self {
            read_began,
            version: account.and_then(|account| account.version(application)),
            fingerprint: account.map(|account| account.fingerprint(application)),
        }
    }
}
