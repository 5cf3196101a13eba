//! The limits of a mailbox: which mails it grants, and what it stores to decide that.
//!
//! A limit that counts requests of strangers may cost mails, and never the ability to reset. So a
//! job for a link is granted if the counts allow it, or as an *exception*, if its account has no
//! usable link. Accounts are stored under keyed names, so that a count can outlive an erasure.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Previous;
use super::grant::{Grant, GrantReason, LinksOfAccount, MailState, Rules};
use crate::rate_log::{RateLog, free_at};
use crate::values::link::LinkId;
use crate::values::object_id::AccountName;
use crate::values::time::Moment;

/// The length of the longest limit's window.
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);
/// The longest time between two mails that no mail is exempt from. A longer configured interval
/// holds for ordinary mails only, so that an account owner waits at most this long.
const MAX_INTERVAL: Duration = Duration::from_secs(60);
/// The most exceptional mails of a mailbox within 24 hours.
const MAX_EXCEPTIONS: usize = 16;
/// The number of times within 24 hours that an account's exceptional grant is given back, because
/// its link ended before it expired or its mail failed.
const MAX_GIVEN_BACK: usize = 4;
/// The most mails without a link within 24 hours.
const MAX_WITHOUT_LINK: u32 = 3;
/// The most resets that the application's servers start within [`MailboxLimits::window`].
const MAX_SERVER_RESETS: u32 = 3;
/// The most resets of one account that the application's servers start within 24 hours.
const MAX_SERVER_RESETS_PER_DAY: u32 = 10;

/// The grants and counts of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Limits {
    /// The mails with a link of the last 24 hours, oldest first.
    grants: Vec<Grant>,
    /// The mails without a link.
    without_link: RateLog,
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

    /// Grants a mail with a link that a visitor requested.
    ///
    /// # Errors
    ///
    /// The time at which the limit ends.
    pub(super) fn grant_request(
        &self,
        account: &AccountName,
        links: LinksOfAccount,
        rules: Rules<'_>,
    ) -> Result<GrantReason, Moment> {
        let ordinary_at = self.ordinary_at(rules);
        if ordinary_at <= rules.now {
            return Ok(GrantReason::Ordinary);
        }
        let interval_end = self.interval_end(rules);
        if rules.now < interval_end {
            return Err(interval_end);
        }
        if links.has_usable || self.exceptions(rules.now).count() >= MAX_EXCEPTIONS {
            return Err(ordinary_at);
        }
        match self.last_exception(account) {
            Some(last) if rules.now < last.expires_at => {
                let given_back = self
                    .exceptions(rules.now)
                    .filter(|grant| grant.is_of(account))
                    .filter(|grant| grant.reason == GrantReason::Exception { given_back: true })
                    .count();
                if links.exception_ended && given_back < MAX_GIVEN_BACK {
                    Ok(GrantReason::Exception { given_back: true })
                } else {
                    Err(ordinary_at.min(last.expires_at))
                }
            }
            _ => Ok(GrantReason::Exception { given_back: false }),
        }
    }

    /// Grants a mail with a link that a server of the application requested. It has counts of its
    /// own, which no request of a visitor uses up, and is never an exception.
    ///
    /// # Errors
    ///
    /// The time at which the limit ends.
    pub(super) fn grant_server_reset(
        &self,
        account: &AccountName,
        rules: Rules<'_>,
    ) -> Result<GrantReason, Moment> {
        let resets = || self.grants.iter().filter(|grant| grant.reason == GrantReason::Server);
        let times = resets().map(|grant| grant.at);
        let of_account = resets().filter(|grant| grant.is_of(account)).map(|grant| grant.at);
        let ends = [
            self.interval_end(rules),
            free_at(times, MAX_SERVER_RESETS, rules.limits.window, rules.now),
            free_at(of_account, MAX_SERVER_RESETS_PER_DAY, DAY, rules.now),
        ];
        match ends.into_iter().max().filter(|end| rules.now < *end) {
            Some(end) => Err(end),
            None => Ok(GrantReason::Server),
        }
    }

    /// Counts a mail without a link. It keeps the shortest time between two mails and uses up
    /// nothing that a mail with a link needs.
    ///
    /// # Errors
    ///
    /// The time at which the limit ends.
    pub(super) fn count_without_link(
        &mut self,
        request: &str,
        rules: Rules<'_>,
    ) -> Result<(), Moment> {
        let Rules { limits, now, .. } = rules;
        let last = self.without_link.free_at(1, limits.interval, now);
        let end = self.interval_end(rules).max(last).max(self.without_link.free_at(
            MAX_WITHOUT_LINK,
            DAY,
            now,
        ));
        if now < end {
            return Err(end);
        }
        self.without_link.add(request.to_owned(), now);
        Ok(())
    }

    /// Stores a grant.
    pub(super) fn add(
        &mut self,
        job: &str,
        account: AccountName,
        reason: GrantReason,
        rules: Rules<'_>,
    ) {
        let expires_at = rules.now.after(rules.lifetime);
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
        let (ordinary_at, interval_end) = (self.ordinary_at(rules), self.interval_end(rules));
        if ordinary_at <= interval_end {
            return;
        }
        // While this link is usable, no exception is granted; after an exception, none before its
        // link expires.
        let exception_at = match reason {
            GrantReason::Exception { .. } => expires_at,
            GrantReason::Ordinary | GrantReason::Server | GrantReason::Cleared => {
                expires_at.before(super::MIN_REMAINING_LIFETIME)
            }
        };
        let next = ordinary_at.min(exception_at).max(interval_end);
        if let Some(grant) = self.grants.last_mut() {
            grant.next_link_at = Some(next);
        }
    }

    /// Stores the link of a job, and returns the time before which no other link is mailed.
    pub(super) fn set_link(&mut self, job: &str, link: &LinkId) -> Option<Moment> {
        let grant = self.grants.iter_mut().find(|grant| grant.job == job)?;
        grant.link = Some(link.clone());
        grant.next_link_at
    }

    /// Stores whether the mail server accepted the mail of a job.
    pub(super) fn finish(&mut self, job: &str, accepted: bool) {
        if let Some(grant) = self.grants.iter_mut().find(|grant| grant.job == job) {
            grant.mail = if accepted { MailState::Accepted } else { MailState::Failed };
        }
    }

    /// Returns whether the mail of a link failed. A link without a grant was mailed before grants
    /// were stored.
    pub(super) fn has_failed(&self, link: &LinkId) -> bool {
        self.grants
            .iter()
            .any(|grant| grant.link.as_ref() == Some(link) && grant.mail == MailState::Failed)
    }

    /// Returns the link of a job, once it is pinned.
    pub(super) fn link_of(&self, job: &str) -> Option<&LinkId> {
        self.grants.iter().find(|grant| grant.job == job)?.link.as_ref()
    }

    /// Returns the last exceptional grant of an account: its job, and its link once it is pinned.
    pub(super) fn last_exceptional_link(
        &self,
        account: &AccountName,
    ) -> Option<(&str, Option<&LinkId>)> {
        self.last_exception(account).map(|grant| (grant.job.as_str(), grant.link.as_ref()))
    }

    /// Stores that a reset was completed, which clears the counts of requests. Every grant so far
    /// was made before it, because this is called before a grant is added.
    pub(super) fn complete(&mut self, at: Moment) {
        if self.completed.is_some_and(|completed| at <= completed) {
            return;
        }
        self.completed = Some(at);
        for grant in &mut self.grants {
            if grant.reason == GrantReason::Ordinary {
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

    /// Returns when the time between two mails with a link has passed that always holds.
    fn interval_end(&self, rules: Rules<'_>) -> Moment {
        self.last_mail_left(rules.limits.interval.min(MAX_INTERVAL), rules.now)
    }

    /// Returns when the last mail with a link is as old as `interval`.
    fn last_mail_left(&self, interval: Duration, now: Moment) -> Moment {
        free_at(self.grants.iter().map(|grant| grant.at), 1, interval, now)
    }

    /// Returns when the configured limits of requests allow another mail.
    fn ordinary_at(&self, rules: Rules<'_>) -> Moment {
        let Rules { limits, now, .. } = rules;
        let times = || {
            self.grants
                .iter()
                .filter(|grant| grant.reason == GrantReason::Ordinary)
                .map(|grant| grant.at)
        };
        free_at(times(), limits.per_window, limits.window, now)
            .max(free_at(times(), limits.per_day, DAY, now))
            .max(self.last_mail_left(limits.interval, now))
    }

    fn exceptions(&self, now: Moment) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| grant.is_exception() && now.since(grant.at) < DAY)
    }

    fn last_exception(&self, account: &AccountName) -> Option<&Grant> {
        self.grants.iter().rev().find(|grant| grant.is_exception() && grant.is_of(account))
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
