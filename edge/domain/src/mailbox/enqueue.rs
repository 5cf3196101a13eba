//! Accepts mails: one for each request, within the limits.

use std::time::Duration;

use super::decide::MAX_LINKS;
use super::grant::{GrantReason, LinksOfAccount, MailState, Rules};
use super::{
    Addressee, AmbiguousJob, EnqueueMail, EnqueueOutcome, Job, LinkJob, MIN_REMAINING_LIFETIME,
    MailKind, Mailbox, Requester, SharedJob,
};
use crate::application::MailboxLimits;
use crate::outbox::Entry;
use crate::values::account::Fingerprint;
use crate::values::object_id::AccountName;
use crate::values::time::Moment;

/// The accounts of one mail, each with the reason for its grant.
type Granted = Vec<(Addressee, GrantReason)>;

/// The rank of an account among those of a request.
type Rank = (bool, usize, bool);

/// The standing of an account among those that a request may mail [`MAX_LINKS`] links to.
#[derive(Clone, Copy)]
struct Turn {
    has_usable: bool,
    last_grant: Option<Moment>,
    /// The place in the lookup, which returns older accounts first.
    place: usize,
}

impl Turn {
    /// Returns the rank of this account: lower ranks get a link first. Accounts without a usable
    /// link come first. Among them, two queues take turns: the accounts without a grant, in the
    /// order of the lookup, and the others, those with the oldest grant first.
    ///
    /// Accounts that a stranger registers later push no other out of the mails: they are behind it
    /// in the first queue, and enter the second one with a later grant.
    fn rank(self, all: &[Self]) -> Rank {
        let queue = |turn: &Self| (turn.has_usable, turn.last_grant.is_some());
        let order = |turn: &Self| (turn.last_grant, turn.place);
        let is_before = |other: &&Self| queue(other) == queue(&self) && order(other) < order(&self);
        (self.has_usable, all.iter().filter(is_before).count(), self.last_grant.is_some())
    }
}

impl Mailbox {
    /// Adds a mail to the outbox, once for each request, unless a limit is reached.
    ///
    /// A link that a visitor requested is mailed within the counts of requests, or, as an
    /// exception, if its account has no usable link. A link is *usable* for an account if it is
    /// unused, matches the fingerprint that the lookup has just read, has at least
    /// [`MIN_REMAINING_LIFETIME`] left, and its mail was accepted by the mail server or is still
    /// being tried. Between exceptions there is the interval between mails, or 60 seconds if that is
    /// shorter, and a day has at most 16 for an account and 80 for a mailbox. Mails that a server
    /// requests and mails without a link are counted separately and have no exceptions.
    ///
    /// A request for several accounts mails at most [`MAX_LINKS`] links, first those of accounts
    /// without a usable link. Accounts with a grant take turns with those without one (see
    /// `Turn::rank`), so each of many accounts gets a link by a further request, even while a
    /// stranger registers the others again and again. Accounts whose addresses are spelled
    /// differently get a mail each.
    ///
    /// The links live for `lifetime`, unless the request has its own.
    pub fn enqueue(
        &mut self,
        mail: EnqueueMail,
        limits: &MailboxLimits,
        lifetime: Duration,
        now: Moment,
    ) -> EnqueueOutcome {
        if self.limits.contains(&mail.request) {
            return EnqueueOutcome::Queued;
        }
        self.clear_counts_after_reset();
        let lifetime = mail.lifetime.unwrap_or(lifetime);
        let waits_until = mail.not_before.filter(|until| now < *until);
        let rules = Rules { limits, lifetime, now, waits_until };
        let queued = match mail.kind {
            MailKind::Ambiguous => self.enqueue_ambiguous(mail, rules),
            MailKind::Link => self.enqueue_links(mail, rules),
            MailKind::Invitation => self.enqueue_invitation(mail, rules),
        };
        match queued {
            Ok(()) => EnqueueOutcome::Queued,
            Err(until) => EnqueueOutcome::RateLimited { until },
        }
    }

    fn enqueue_ambiguous(&mut self, mail: EnqueueMail, rules: Rules<'_>) -> Result<(), Moment> {
        self.limits.count_without_link(&mail.request, rules)?;
        let Addressee { account, seed, .. } = mail.account;
        self.extras.languages.add(&mail.request, mail.language);
        let due = rules.waits_until.unwrap_or(rules.now);
        let job = AmbiguousJob { account, seed, date: due, address: mail.address };
        self.claims.outbox.add(mail.request, Job::Ambiguous(job), rules.now, due);
        Ok(())
    }

    /// Adds an invitation, within the counts of resets by servers.
    fn enqueue_invitation(&mut self, mail: EnqueueMail, rules: Rules<'_>) -> Result<(), Moment> {
        let EnqueueMail { request, account: Addressee { account, name, seed, .. }, .. } = mail;
        let _allowed = self.limits.grant_server_reset(&name, rules)?;
        self.limits.add(&request, name, GrantReason::Invitation, rules);
        let (date, expires_at) = (rules.now, rules.now.after(rules.lifetime));
        let (address, definition) = (mail.address, None);
        let job = LinkJob { account, seed, date, expires_at, address, definition };
        self.claims.outbox.add(request, Job::Invitation(job), date, date);
        Ok(())
    }

    fn enqueue_links(&mut self, mail: EnqueueMail, rules: Rules<'_>) -> Result<(), Moment> {
        let EnqueueMail {
            request, requester, account, others, address, definition, language, ..
        } = mail;
        let is_shared = !others.is_empty();
        let count = others.len().saturating_add(1);
        let granted = self.grant(account, others, requester, rules)?;
        // A mail that is an exception for one of its accounts does not wait. A stranger who has used
        // up the counts must not choose what it says.
        let has_exception = granted.iter().any(|(_, reason)| reason.is_exception());
        let waits_until = rules.waits_until.filter(|_| !has_exception);
        let rules = Rules { waits_until, ..rules };
        let Rules { now, lifetime, .. } = rules;
        let date = waits_until.unwrap_or(now);
        let expires_at = date.after(lifetime);
        // Of several mails, each has its own job.
        let id = |place| if place == 0 { request.clone() } else { format!("{request}/{place}") };
        let mut jobs: Vec<SharedJob> = Vec::new();
        for (account, reason) in granted {
            let spelling = &account.address;
            let place = jobs
                .iter()
                .position(|job| job.links.iter().any(|other| other.address == *spelling));
            let place = place.unwrap_or(jobs.len());
            self.limits.add(&id(place), account.name.clone(), reason, rules);
            if !is_shared {
                let Addressee { account, fingerprint, seed, .. } = account;
                self.extras.fingerprints.add(&request, waits_until.map(|_| fingerprint));
                let definition = definition.filter(|_| !has_exception);
                self.extras.languages.add(&request, language.filter(|_| !has_exception));
                let job = LinkJob { account, seed, date, expires_at, address, definition };
                self.claims.outbox.add(request, Job::Link(job), now, date);
                return Ok(());
            }
            if let Some(job) = jobs.get_mut(place) {
                job.links.push(account);
            } else {
                let (seed, address) = (account.seed.clone(), address.clone());
                let (links, started, is_partial) = (vec![account], None, false);
                jobs.push(SharedJob {
                    links,
                    started,
                    is_partial,
                    seed,
                    date,
                    expires_at,
                    address,
                });
            }
        }
        for (place, mut job) in jobs.into_iter().enumerate() {
            job.is_partial = job.links.len() < count;
            self.extras.languages.add(&id(place), language.clone().filter(|_| !has_exception));
            self.claims.outbox.add(id(place), Job::Shared(job), now, date);
        }
        Ok(())
    }

    /// Grants a link to each account that the limits allow one, at most [`MAX_LINKS`], and returns
    /// them in the order of the lookup.
    ///
    /// # Errors
    ///
    /// The time at which a limit ends, if no account gets a link.
    fn grant(
        &self,
        account: Addressee,
        others: Vec<Addressee>,
        requester: Requester,
        rules: Rules<'_>,
    ) -> Result<Granted, Moment> {
        let (mut granted, mut turns, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for (place, account) in std::iter::once(account).chain(others).enumerate() {
            let links = self.links_of(&account, rules.now);
            let reason = match requester {
                Requester::Visitor => self.limits.grant_request(&account.name, links, rules),
                Requester::Server => self.limits.grant_server_reset(&account.name, rules),
            };
            match reason {
                Ok(reason) => {
                    let last_grant = self.limits.last_grant(&account.name);
                    turns.push(Turn { has_usable: links.has_usable, last_grant, place });
                    granted.push((account, reason));
                }
                Err(end) => ends.push(end),
            }
        }
        match ends.into_iter().min() {
            Some(end) if granted.is_empty() => Err(end),
            _ => {
                let ranks: Vec<Rank> = turns.iter().map(|turn| turn.rank(&turns)).collect();
                let before = |rank: &Rank| ranks.iter().filter(|other| *other < rank).count();
                let granted = granted.into_iter().zip(&ranks);
                Ok(granted
                    .filter(|(_, rank)| before(rank) < MAX_LINKS)
                    .map(|(granted, _)| granted)
                    .collect())
            }
        }
    }

    /// Returns what the limits need to know about the links of an account.
    fn links_of(&self, of: &Addressee, now: Moment) -> LinksOfAccount {
        let Addressee { account, name, fingerprint, .. } = of;
        let lives = |expires_at: Moment| expires_at.since(now) >= MIN_REMAINING_LIFETIME;
        let mailed = self.claims.permits.iter().any(|link| {
            link.record.account == *account
                && lives(link.record.expires_at)
                && link.is_unused_for(fingerprint)
                && !self.limits.has_failed(&link.id)
        });
        let waits = |entry: &Entry<Job>| entry.attempts == 0 && now < entry.due;
        let is_of = |job: &Job| job.accounts().into_iter().any(|(other, _)| other == account);
        let is_attempted = || {
            // A mail that waits does not arrive soon, so its link is not usable yet.
            self.claims.jobs().filter(|entry| !waits(entry)).any(|entry| {
                let expires_at = match &entry.job {
                    Job::Link(job) | Job::Invitation(job) => job.expires_at,
                    Job::Shared(job) => job.expires_at,
                    Job::Ambiguous(_) | Job::FollowUp(_) | Job::Notify(_) | Job::Webhook(_) => {
                        return false;
                    }
                };
                let mut accounts = entry.job.accounts().into_iter();
                let own = accounts.find(|(other, _)| *other == account);
                own.is_some_and(|(_, name)| {
                    lives(expires_at) && self.is_attempted_for(&entry.id, name, fingerprint)
                })
            })
        };
        let exception_ended = self.limits.last_exception(name).is_some_and(|grant| {
            grant.mail == MailState::Failed
                || match &grant.link {
                    Some(link) => {
                        let link = self.claims.permit(link);
                        !link.is_some_and(|link| link.is_unused_for(fingerprint))
                    }
                    None => !self.has_job(&grant.job),
                }
        });
        LinksOfAccount {
            has_usable: mailed || is_attempted(),
            waits: self.claims.jobs().any(|entry| waits(entry) && is_of(&entry.job)),
            exception_ended,
        }
    }

    /// Returns whether the link of a mail that is being attempted is for this fingerprint. It is if
    /// no attempt has pinned it yet.
    fn is_attempted_for(
        &self,
        job: &str,
        name: Option<&AccountName>,
        fingerprint: &Fingerprint,
    ) -> bool {
        self.limits.link_of(job, name).is_none_or(|link| {
            self.claims.permit(link).is_some_and(|link| link.is_unused_for(fingerprint))
        })
    }
}
