//! The grants of a mailbox: which links it mailed or mails, and why. And what decides about a new
//! one: the configured limits, and the links of the account.
//!
//! A mail with links for several accounts has a grant for each of them. The counts count mails.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::limits::{DAY, Limits};
use crate::application::MailboxLimits;
use crate::rate_log::free_at;
use crate::values::link::LinkId;
use crate::values::object_id::AccountName;
use crate::values::time::Moment;

/// The longest time between two mails that no mail is exempt from. A longer configured interval
/// holds for ordinary mails only, so that an account owner waits at most this long.
const MAX_INTERVAL: Duration = Duration::from_secs(60);
/// The most exceptional links of an account within 24 hours.
const MAX_EXCEPTIONS: usize = 16;
/// The most exceptional mails of a mailbox within 24 hours: those of [`MAX_LINKS`] accounts, so that
/// the owner of an account that shares its mailbox with others does not lose the ability to reset.
///
/// [`MAX_LINKS`]: super::MAX_LINKS
const MAX_EXCEPTIONAL_MAILS: usize = MAX_EXCEPTIONS * super::MAX_LINKS;
/// The number of times within 24 hours that an account's exceptional grant is given back, because
/// its link ended before it expired or its mail failed.
const MAX_GIVEN_BACK: usize = 4;
/// The most mails without a link within 24 hours.
const MAX_WITHOUT_LINK: u32 = 3;
/// The most resets that the application's servers start within [`MailboxLimits::window`].
const MAX_SERVER_RESETS: u32 = 3;
/// The most resets of one account that the application's servers start within 24 hours.
const MAX_SERVER_RESETS_PER_DAY: u32 = 10;

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
}

/// The links of the account that a job is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LinksOfAccount {
    /// Whether the account has a usable link.
    pub(super) has_usable: bool,
    /// Whether the link of the account's last exceptional grant ended before it expired, or its
    /// mail failed.
    pub(super) exception_ended: bool,
}

impl Grant {
    /// Returns whether it is an exception.
    pub(super) const fn is_exception(&self) -> bool {
        matches!(self.reason, GrantReason::Exception { .. })
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

impl Limits {
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
        let exceptions = || self.exceptions(rules.now);
        let of_account = || exceptions().filter(|grant| grant.is_of(account));
        if links.has_usable
            || of_account().count() >= MAX_EXCEPTIONS
            || mails(exceptions()).count() >= MAX_EXCEPTIONAL_MAILS
        {
            return Err(ordinary_at);
        }
        match self.last_exception(account) {
            Some(last) if rules.now < last.expires_at => {
                let given_back = of_account()
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
        let times = mails(resets()).map(|grant| grant.at);
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

    /// Returns when the time between two mails with a link has passed that always holds.
    pub(super) fn interval_end(&self, rules: Rules<'_>) -> Moment {
        self.last_mail_left(rules.limits.interval.min(MAX_INTERVAL), rules.now)
    }

    /// Returns when the last mail with a link is as old as `interval`.
    fn last_mail_left(&self, interval: Duration, now: Moment) -> Moment {
        free_at(self.grants.iter().map(|grant| grant.at), 1, interval, now)
    }

    /// Returns when the configured limits of requests allow another mail.
    pub(super) fn ordinary_at(&self, rules: Rules<'_>) -> Moment {
        let Rules { limits, now, .. } = rules;
        let times = || {
            let grants = self.grants.iter().filter(|grant| grant.reason == GrantReason::Ordinary);
            mails(grants).map(|grant| grant.at)
        };
        free_at(times(), limits.per_window, limits.window, now)
            .max(free_at(times(), limits.per_day, DAY, now))
            .max(self.last_mail_left(limits.interval, now))
    }

    fn exceptions(&self, now: Moment) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| grant.is_exception() && now.since(grant.at) < DAY)
    }
}

/// Returns one grant of each mail.
fn mails<'a>(grants: impl Iterator<Item = &'a Grant>) -> impl Iterator<Item = &'a Grant> {
    let mut jobs = Vec::new();
    grants.filter(move |grant| {
        let is_first = !jobs.contains(&&grant.job);
        jobs.push(&grant.job);
        is_first
    })
}
