//! The limits of a mailbox: which mails it grants, and what it stores to decide that.
//!
//! A limit that counts requests of strangers may cost mails, and never the ability to reset. So a
//! job for a link is granted if the counts allow it, or as an *exception*, if its account has no
//! usable link. Accounts are stored under keyed names, so that a count can outlive an erasure.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Previous;
use super::grant::{Grant, GrantReason, MailState, Rules};
use crate::rate_log::RateLog;
use crate::values::link::LinkId;
use crate::values::object_id::AccountName;
use crate::values::time::Moment;

/// The length of the longest limit's window.
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);
/// The grants and counts of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Limits {
    /// The mailed links of the last 24 hours, oldest first.
    pub(super) grants: Vec<Grant>,
    /// The mails without a link.
    pub(super) without_link: RateLog,
    /// The time of the last completed reset.
    completed: Option<Moment>,
    /// The calls of servers that this object counts.
    pub(super) calls: RateLog,
}

impl Limits {
    /// Returns whether a request was granted.
    pub(super) fn contains(&self, request: &str) -> bool {
        self.grants.iter().any(|grant| grant.job == request) || self.without_link.contains(request)
    }

    /// Stores the grant of a link for an account, in the mail of a job.
    pub(super) fn add(
        &mut self,
        job: &str,
        account: AccountName,
        reason: GrantReason,
        rules: Rules<'_>,
    ) {
        let begins = rules.waits_until.filter(|_| !reason.is_exception()).unwrap_or(rules.now);
        let expires_at = begins.after(rules.lifetime);
        self.grants.push(Grant {
            job: job.to_owned(),
            account: Some(account),
            reason,
            at: rules.now,
            expires_at,
            link: None,
            mail: MailState::Pending,
            next_link_at: None,
        });
        self.set_next_link(job, rules);
    }

    /// Stores that the links of a job that had to wait live from now on.
    pub(super) fn begin_life(&mut self, job: &str, rules: Rules<'_>) {
        for grant in self.grants.iter_mut().filter(|grant| grant.job == job) {
            grant.expires_at = rules.now.after(rules.lifetime);
            grant.next_link_at = None;
        }
        self.set_next_link(job, rules);
    }

    /// Stores when the next link after those of a job may be mailed, if a limit is reached.
    fn set_next_link(&mut self, job: &str, rules: Rules<'_>) {
        let (ordinary_at, interval_end) = (self.ordinary_at(rules), self.interval_end(rules));
        if ordinary_at <= interval_end {
            return;
        }
        for grant in self.grants.iter_mut().filter(|grant| grant.job == job) {
            let expires_at = grant.expires_at;
            // While this link is usable, no exception is granted; after an exception, none before
            // its link expires.
            let exception_at = match grant.reason {
                GrantReason::Exception { .. } => expires_at,
                GrantReason::Ordinary
                | GrantReason::Server
                | GrantReason::Cleared
                | GrantReason::Invitation => expires_at.before(super::MIN_REMAINING_LIFETIME),
            };
            grant.next_link_at = Some(ordinary_at.min(exception_at).max(interval_end));
        }
    }

    /// Stores the link of a job for an account, or for its only one. Returns the time before which
    /// no other link is mailed.
    pub(super) fn set_link(
        &mut self,
        job: &str,
        account: Option<&AccountName>,
        link: &LinkId,
    ) -> Option<Moment> {
        let grant = self.grants.iter_mut().find(|grant| grant.is_of_job(job, account))?;
        grant.link = Some(link.clone());
        grant.next_link_at
    }

    /// Stores that the mail of a job has no link for an account, or for its only one.
    pub(super) fn leave_out(&mut self, job: &str, account: Option<&AccountName>) {
        for grant in self.grants.iter_mut().filter(|grant| grant.is_of_job(job, account)) {
            grant.mail = MailState::Failed;
        }
    }

    /// Stores whether the mail server accepted the mail of a job. It does not change the accounts
    /// that were left out.
    pub(super) fn finish(&mut self, job: &str, accepted: bool) {
        for grant in self.grants.iter_mut().filter(|grant| grant.job == job) {
            if grant.mail == MailState::Pending {
                grant.mail = if accepted { MailState::Accepted } else { MailState::Failed };
            }
        }
    }

    /// Returns whether the mail of a link failed. A link without a grant was mailed before grants
    /// were stored.
    pub(super) fn has_failed(&self, link: &LinkId) -> bool {
        self.grants
            .iter()
            .any(|grant| grant.link.as_ref() == Some(link) && grant.mail == MailState::Failed)
    }

    /// Returns the link of a job for an account, or for its only one, once it is pinned.
    pub(super) fn link_of(&self, job: &str, account: Option<&AccountName>) -> Option<&LinkId> {
        self.grants.iter().find(|grant| grant.is_of_job(job, account))?.link.as_ref()
    }

    /// Returns when a link was last granted to an account.
    pub(super) fn last_grant(&self, account: &AccountName) -> Option<Moment> {
        self.grants.iter().filter(|grant| grant.is_of(account)).map(|grant| grant.at).max()
    }

    /// Returns the last exceptional grant of an account.
    pub(super) fn last_exception(&self, account: &AccountName) -> Option<&Grant> {
        self.grants.iter().rev().find(|grant| grant.is_exception() && grant.is_of(account))
    }

    /// Stores that a reset was completed, which clears the counts of the requests before it. The
    /// used link may be stored for longer than this time, so a repetition clears nothing else.
    pub(super) fn complete(&mut self, at: Moment) {
        if self.completed.is_some_and(|completed| at <= completed) {
            return;
        }
        self.completed = Some(at);
        for grant in &mut self.grants {
            if grant.reason == GrantReason::Ordinary && grant.at <= at {
                grant.reason = GrantReason::Cleared;
            }
        }
    }

    /// Returns whether calls are counted and nothing else.
    pub(super) fn only_counts_calls(&self) -> bool {
        *self == Self { calls: self.calls.clone(), ..Self::default() }
    }

    /// Deletes the entries that count toward nothing any more.
    pub(super) fn prune(&mut self, now: Moment) {
        self.grants.retain(|grant| now.since(grant.at) < DAY);
        self.without_link.prune(DAY, now);
        self.calls.prune(DAY, now);
        self.completed = self.completed.filter(|at| now.since(*at) < DAY);
    }

    /// Returns when [`Self::prune`] next deletes an entry.
    pub(super) fn next_prune(&self) -> Option<Moment> {
        let grants = self.grants.iter().map(|grant| grant.at.after(DAY));
        let completed = self.completed.map(|at| at.after(DAY));
        let logs =
            [&self.without_link, &self.calls].into_iter().filter_map(|log| log.next_prune(DAY));
        grants.chain(completed).chain(logs).min()
    }
}

impl From<&Previous> for Limits {
    /// Keeps the counts of a mailbox whose format had no grants. Their accounts are not known.
    fn from(previous: &Previous) -> Self {
        let grants = previous.mails.iter().map(|(id, at)| Grant {
            job: id.to_owned(),
            account: None,
            reason: GrantReason::Ordinary,
            at,
            expires_at: at,
            link: None,
            mail: MailState::Accepted,
            next_link_at: None,
        });
        Self { grants: grants.collect(), ..Self::default() }
    }
}
