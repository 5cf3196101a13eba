//! The grants of a mailbox: which links it mailed or mails, and why.
//!
//! A mail with links for several accounts has a grant for each of them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::application::MailboxLimits;
use crate::values::link::LinkId;
use crate::values::object_id::AccountName;
use crate::values::time::Moment;

/// One granted link.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Grant {
    /// The id of the request, which is also that of the job.
    pub(super) job: String,
    /// The account, or `None` for a mail that was granted before accounts were stored.
    pub(super) account: Option<AccountName>,
    pub(super) reason: GrantReason,
    pub(super) at: Moment,
    /// The time at which its link expires.
    pub(super) expires_at: Moment,
    /// Its link, once the first attempt at the mail has pinned it.
    pub(super) link: Option<LinkId>,
    pub(super) mail: MailState,
    /// The time before which no other link is mailed while this one is usable, if a limit is
    /// reached. The mail says so.
    pub(super) next_link_at: Option<Moment>,
}

/// Why a mail was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum GrantReason {
    /// The counts of requests allow it.
    Ordinary,
    /// The count of resets by servers allows it.
    Server,
    /// The account has no usable link.
    Exception {
        /// Whether the exception before was given back less than a link's lifetime ago.
        given_back: bool,
    },
    /// The counts of requests allowed it, and a reset was completed since: it no longer counts.
    Cleared,
    /// The count of resets by servers allows the invitation.
    Invitation,
}

impl GrantReason {
    /// Returns whether it is an exception.
    pub(super) const fn is_exception(self) -> bool {
        matches!(self, Self::Exception { .. })
    }
}

/// The progress of a granted mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum MailState {
    /// It is being attempted, or its job was revoked.
    Pending,
    /// The mail server accepted it.
    Accepted,
    /// It could not be sent, or it is not known whether it was sent.
    Failed,
}

/// The limits that apply to a job: those of the configuration, and the time.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) limits: &'a MailboxLimits,
    pub(super) lifetime: Duration,
    pub(super) now: Moment,
    /// The time until which ordinary mails wait, if that is later than now.
    pub(super) waits_until: Option<Moment>,
}

/// The links of the account that a job is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LinksOfAccount {
    /// Whether the account has a usable link.
    pub(super) has_usable: bool,
    /// Whether a mail with a link for the account waits for its first attempt.
    pub(super) waits: bool,
    /// Whether the link of the account's last exceptional grant ended before it expired, or its
    /// mail failed.
    pub(super) exception_ended: bool,
}

impl Grant {
    /// Returns whether it is an exception.
    pub(super) const fn is_exception(&self) -> bool {
        self.reason.is_exception()
    }

    /// Returns whether it is the grant of this job for this account, or for its only one.
    pub(super) fn is_of_job(&self, job: &str, account: Option<&AccountName>) -> bool {
        self.job == job && account.is_none_or(|account| self.is_of(account))
    }

    /// Returns whether it is for this account.
    pub(super) fn is_of(&self, account: &AccountName) -> bool {
        self.account.as_ref() == Some(account)
    }
}
