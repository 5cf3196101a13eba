//! Decides about a new mail, by the configured limits and the links of the account.
//!
//! A mail with links for several accounts has a grant for each of them. The counts are of mails.

use std::time::Duration;

use super::grant::{Grant, GrantReason, LinksOfAccount, Rules};
use super::limits::{DAY, Limits};
use crate::rate_log::free_at;
use crate::values::object_id::AccountName;
use crate::values::time::Moment;

/// The most links that one request mails to a shared mailbox.
pub const MAX_LINKS: usize = 5;

/// The longest time between two mails that no mail is exempt from. A longer configured interval
/// holds for ordinary mails only, so that an account owner waits at most this long.
const MAX_INTERVAL: Duration = Duration::from_secs(60);
/// The most exceptional links of an account within 24 hours.
const MAX_EXCEPTIONS: usize = 16;
/// The most exceptional mails of a mailbox within 24 hours: those of [`MAX_LINKS`] accounts, so that
/// the owner of an account that shares its mailbox with others does not lose the ability to reset.
const MAX_EXCEPTIONAL_MAILS: usize = MAX_EXCEPTIONS * MAX_LINKS;
/// The number of times within 24 hours that an account's exceptional grant is given back, because
/// its link ended before it expired or its mail failed.
const MAX_GIVEN_BACK: usize = 4;
/// The most mails without a link within 24 hours.
const MAX_WITHOUT_LINK: u32 = 3;
/// The most resets and invitations that the application's servers start within the window of the
/// limits.
const MAX_SERVER_RESETS: u32 = 3;
/// The most resets and invitations of one account that the application's servers start within 24
/// hours.
const MAX_SERVER_RESETS_PER_DAY: u32 = 10;

impl Limits {
    /// Grants a mail with a link that a visitor requested.
    ///
    /// While ordinary mails wait, an account owner who asks again is granted an exception, if the
    /// first mail still waits: the brake costs time, and never the ability to reset.
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
        let is_ordinary = self.ordinary_at(rules) <= rules.now;
        let asks_again = rules.waits_until.is_some() && links.waits;
        if is_ordinary && !asks_again {
            return Ok(GrantReason::Ordinary);
        }
        match self.grant_exception(account, links, rules) {
            Err(_) if is_ordinary => Ok(GrantReason::Ordinary),
            granted => granted,
        }
    }

    /// Grants a mail with a link beyond the counts of requests.
    ///
    /// # Errors
    ///
    /// The time at which the limit ends.
    fn grant_exception(
        &self,
        account: &AccountName,
        links: LinksOfAccount,
        rules: Rules<'_>,
    ) -> Result<GrantReason, Moment> {
        let ordinary_at = self.ordinary_at(rules);
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
        let is_of_server =
            |grant: &&Grant| matches!(grant.reason, GrantReason::Server | GrantReason::Invitation);
        let resets = || self.grants.iter().filter(is_of_server);
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
