//! The desk: one mailbox, its limits, its links, and what is still to be sent; or one account, and the changes of its
//! password. A state machine without I/O: every
//! method is one step, applied to a state that was just loaded and stored before anything acts on its outcome.
//!
//! A password is set by *claim*, *write*, *settle* (see `commit`). The claim holds the version that the write will
//! produce and a lease. Whoever meets a claim whose outcome is unknown reads the account, after the lease has ended, and
//! tells by the version found there what became of the write.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::application::MailboxLimits;
use crate::events::{Action, Event};
use crate::mail::custom_template::CustomTemplate;
use crate::outbox::{Entry, Outbox};
use crate::values::account::{AccountId, Fingerprint, PasswordHash, PasswordVersion};
use crate::values::application_id::ApplicationId;
use crate::values::link::{LinkId, LinkRecord, Seed};
use crate::values::session::SessionId;
use crate::values::time::Moment;

/// How long a claim holds its link. All time-outs of a commit add up to less.
pub const LEASE: Duration = Duration::from_secs(30);
/// When the write of a claim is over by the directory's clock: before the lease ends, with room for two clocks that
/// disagree, so that a read begun after the lease is final.
pub const WRITE_DEADLINE: Duration = Duration::from_secs(20);
/// For how long after a use the same password gets the same success.
pub const REPEAT_WINDOW: Duration = Duration::from_secs(600);
/// How often the repeat question verifies a password for one use.
pub const MOST_REPEATS: u8 = 5;
/// A link is not mailed with less than this left of its life.
pub const LEAST_LIFE: Duration = Duration::from_secs(15 * 60);
/// Attempts at a mail with a link.
pub const MOST_ATTEMPTS: u32 = 8;
/// For how long a notice, and an event, is tried.
pub const NOTICE_PATIENCE: Duration = Duration::from_secs(24 * 3600);
/// Wrong old passwords of one account within [`TRY_WINDOW`].
pub const MOST_TRIES: usize = 5;
/// See [`MOST_TRIES`].
pub const TRY_WINDOW: Duration = Duration::from_secs(15 * 60);
/// Changes of one account that are remembered at a time, each for as long as a link is after its end.
const MOST_CHANGES: usize = 32;
/// Claims on one link, void ones included. Beyond that the oldest that is known not to have written is forgotten.
const MOST_CLAIMS: usize = 64;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The end of a link: for the repeat window and a lease after its expiry it still answers the repeat question.
#[must_use]
pub fn link_end(expires_at: Moment) -> Moment {
    expires_at.after(REPEAT_WINDOW).after(LEASE)
}

/// All that a desk keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Desk {
    sent: Vec<Sent>,
    links: Vec<DeskLink>,
    outbox: Outbox<Job>,
}

/// What counts toward a limit: a mail, by the request that it answers; at an account's desk a try at its password, by the
/// change that it was for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Sent {
    request: String,
    at: Moment,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct DeskLink {
    id: LinkId,
    record: LinkRecord,
    used: bool,
    claims: Vec<Claim>,
}

impl DeskLink {
    /// Whether the outcome of a claim is not known yet.
    fn is_pending(&self) -> bool {
        self.claims.iter().any(|claim| claim.state == ClaimState::Pending)
    }

    /// Whether a claim wrote, at such a time.
    fn was_settled(&self, when: impl Fn(Moment) -> bool) -> bool {
        self.claims.iter().any(|claim| matches!(claim.state, ClaimState::Settled { at, .. } if when(at)))
    }

    /// Whether the account was what the link is made for.
    fn fits(&self, seen: &Seen) -> bool {
        seen.fingerprint.as_ref() == Some(&self.record.fingerprint)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Claim {
    version: PasswordVersion,
    lease_ends: Moment,
    address: Option<String>,
    state: ClaimState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClaimState {
    /// Whether it wrote is not known yet.
    Pending,
    /// It did not write, and never will.
    Void,
    /// It wrote.
    Settled { at: Moment, repeats: u8 },
}

/// What a desk has to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Mail a link.
    Link(LinkJob),
    /// Tell a shared mailbox that several accounts use it.
    Ambiguous(AmbiguousJob),
    /// Tell an account's owner that the password was changed.
    Notice(NoticeJob),
    /// Find out what became of a claim whose lease has ended.
    Settle {
        /// The link.
        link: LinkId,
        /// Whose password it sets.
        account: AccountId,
    },
    /// Keep an event.
    Event(Event),
}

/// What every attempt at the mail of one link shares.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LinkJob {
    /// For whom.
    pub account: AccountId,
    /// What the link, the Message-ID and the boundary are derived from.
    pub seed: Seed,
    /// The mail's date.
    pub date: Moment,
    /// When the link expires.
    pub expires_at: Moment,
    /// Where the request came from.
    pub address: Option<String>,
    /// The mail's words, where somebody defined them.
    pub definition: Option<CustomTemplate>,
}

/// What every attempt at the mail to a shared mailbox shares.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AmbiguousJob {
    /// One of the accounts: its stored address is the recipient.
    pub account: AccountId,
    /// As of a link's mail.
    pub seed: Seed,
    /// The mail's date.
    pub date: Moment,
    /// Where the request came from.
    pub address: Option<String>,
}

/// What every attempt at a notice shares.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NoticeJob {
    /// Whom to tell.
    pub account: AccountId,
    /// When it happened.
    pub at: Moment,
    /// The link that did it: names the mail.
    pub link: LinkId,
}

/// A request handed over by an intake.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Take {
    /// Names the request.
    pub request: String,
    /// What to mail.
    pub mail: TakeMail,
    /// The account, or one of those that share the mailbox.
    pub account: AccountId,
    /// For the mail.
    pub seed: Seed,
    /// Where the request came from.
    pub address: Option<String>,
    /// The mail's words, where somebody defined them.
    pub definition: Option<CustomTemplate>,
}

/// Which mail a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakeMail {
    /// One with a link.
    Link,
    /// One that says that several accounts share the mailbox.
    Ambiguous,
}

/// What became of a request that was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use]
pub enum Taken {
    /// It is in the outbox, or has been.
    Taken,
    /// The mailbox has had its mails for now: the request was dropped.
    Limited,
}

/// Sets a password by a link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CommitLink {
    /// The link.
    pub link: LinkId,
    /// What the account was when the password was checked: the write happens only while it still is.
    pub expected: Fingerprint,
    /// The new password's hash.
    pub hash: PasswordHash,
    /// Where the confirm came from.
    pub address: Option<String>,
}

/// What a commit needs to know besides, if it is a change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Change {
    /// Whose password.
    pub account: AccountId,
    /// The session that does not end.
    pub keep: SessionId,
}

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use]
pub enum Committed {
    /// The password is in force.
    Set,
    /// Somebody else is at it, or the outcome is not known yet.
    Busy,
    /// The link has expired.
    Expired,
    /// The link is used, or its account has changed.
    Used,
    /// The link was used, perhaps by this very password: ask.
    Repeat,
}

/// Asks whether a link that does not fit any more was used by the one who asks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RepeatQuestion {
    /// The link.
    pub link: LinkId,
    /// Whose password it sets.
    pub account: AccountId,
}

/// The answer to a repeat question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use]
pub enum RepeatAnswer {
    /// This link set the password in force, just now: whoever knows that password gets the same success. The try has
    /// been counted.
    Verify,
    /// Not known yet.
    Busy,
    /// The link has expired unused.
    Expired,
    /// The link is used.
    Used,
}

/// Ends what is out for an account, by its application's word.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revoke {
    /// Whose links; without one, everybody's of this mailbox.
    pub account: Option<AccountId>,
    /// Whether all that the desk keeps about them goes as well.
    pub forget: bool,
}

/// What was ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[must_use]
pub struct Revoked {
    /// The links that ended.
    pub links: Vec<LinkId>,
    /// Whether another link is being used this very moment: what is under way goes on.
    pub busy: bool,
}

/// A claim that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Whose password.
    pub account: AccountId,
    /// The write must be over by then, by the directory's clock.
    pub deadline: Moment,
}

/// What a claim met.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum ClaimOutcome {
    /// It was made: write now.
    Claimed(Claimed),
    /// An earlier claim's lease has ended with its outcome unknown: read this account, then tell what was seen.
    SettleFirst(AccountId),
    /// No claim was made.
    Refused(Committed),
}

/// An account, as a reader saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When the read began.
    pub began: Moment,
    /// The password in force, if the account exists and has one.
    pub version: Option<PasswordVersion>,
    /// What the account is now, if it exists.
    pub fingerprint: Option<Fingerprint>,
}

impl Desk {
    /// Takes a request, once, within the mailbox's limits.
    pub fn take(&mut self, take: Take, limits: &MailboxLimits, lifetime: Duration, now: Moment) -> Taken {
        if self.sent.iter().any(|sent| sent.request == take.request) {
            return Taken::Taken;
        }
        if self.is_limited(limits, now) {
            return Taken::Limited;
        }
        self.sent.push(Sent { request: take.request.clone(), at: now });
        let Take { request, mail, account, seed, address, definition } = take;
        let job = match mail {
            TakeMail::Link => {
                Job::Link(LinkJob { account, seed, date: now, expires_at: now.after(lifetime), address, definition })
            }
            TakeMail::Ambiguous => Job::Ambiguous(AmbiguousJob { account, seed, date: now, address }),
        };
        self.outbox.add(request, job, now, now);
        Taken::Taken
    }

    fn is_limited(&self, limits: &MailboxLimits, now: Moment) -> bool {
        let within = |span: Duration| self.sent.iter().filter(|sent| now.since(sent.at) < span).count();
        let reached = |count: usize, most: u32| u32::try_from(count).is_ok_and(|count| count >= most);
        within(limits.interval) > 0
            || reached(within(limits.window), limits.per_window)
            || reached(within(DAY), limits.per_day)
    }

    /// Begins an attempt at the job that has been due for longest. It stays until it is finished.
    pub fn begin(&mut self, now: Moment) -> Option<Entry<Job>> {
        self.outbox.begin(now)
    }

    /// Ends a job. Events of what became of it go into the outbox in the same step.
    pub fn finish(&mut self, job: &str, events: impl IntoIterator<Item = Event>, now: Moment) {
        if self.outbox.remove(job) {
            self.keep(events, now);
        }
    }

    /// Fixes what a link is made for, before its mail goes out. The first attempt decides: whether this attempt found
    /// the account as that one did.
    #[must_use]
    pub fn fix(&mut self, id: &LinkId, record: &LinkRecord) -> bool {
        if let Some(link) = self.links.iter().find(|link| link.id == *id) {
            link.record == *record
        } else {
            self.links.push(DeskLink { id: id.clone(), record: record.clone(), used: false, claims: Vec::new() });
            true
        }
    }

    /// The record of a link, for a reader whose own store does not have it yet.
    #[must_use]
    pub fn record(&self, id: &LinkId) -> Option<LinkRecord> {
        self.links.iter().find(|link| link.id == *id).map(|link| link.record.clone())
    }

    /// Whether a job has not ended yet, by itself or by [`Self::revoke`].
    #[must_use]
    pub fn has_job(&self, id: &str) -> bool {
        self.jobs().any(|entry| entry.id == id)
    }

    /// Ends links, and link mails that have not gone out, each with an event; or forgets all that is kept about them. A link
    /// that is ended is simply not there any more, and so it is used for whoever asks; one that was used stays for the repeat
    /// question. A link under a claim is left as it is: if its lease has ended, gives that link, which has to be settled
    /// first.
    pub fn revoke(
        &mut self,
        revoke: &Revoke,
        application: &ApplicationId,
        now: Moment,
    ) -> (Revoked, Option<(LinkId, AccountId)>) {
        let meant = |account: &AccountId| revoke.account.as_ref().is_none_or(|one| one == account);
        let mut revoked = Revoked::default();
        let mut unsettled = None;
        self.links.retain(|link| {
            if !meant(&link.record.account) {
                return true;
            }
            if let Some(claim) = link.claims.iter().find(|claim| claim.state == ClaimState::Pending) {
                if now < claim.lease_ends {
                    revoked.busy = true;
                } else {
                    unsettled = Some((link.id.clone(), link.record.account.clone()));
                }
                return true;
            }
            let ends = revoke.forget || !link.used;
            if ends {
                revoked.links.push(link.id.clone());
            }
            !ends
        });
        let mut events = Vec::new();
        self.outbox.retain(|entry| match &entry.job {
            Job::Link(job) if meant(&job.account) => {
                events.push(Event {
                    id: format!("{}/revoked", entry.id),
                    at: now,
                    action: Action::LinkFailed,
                    application: application.clone(),
                    account: Some(job.account.clone()),
                    address: job.address.clone(),
                    detail: Some("revoked".to_owned()),
                });
                false
            }
            // What a claim under way needs stays.
            Job::Link(_) | Job::Settle { .. } => true,
            Job::Ambiguous(AmbiguousJob { account, .. }) | Job::Notice(NoticeJob { account, .. }) => {
                !(revoke.forget && meant(account))
            }
            Job::Event(event) => !(revoke.forget && event.account.as_ref().is_none_or(meant)),
        });
        if !revoke.forget {
            self.keep(events, now);
        } else if self.links.is_empty() && self.outbox.next_due().is_none() {
            self.sent.clear();
        }
        (revoked, unsettled)
    }

    /// Counts a try at the account's password, once, before it is verified.
    pub fn count(&mut self, change: &LinkId, now: Moment) -> Taken {
        if self.sent.iter().any(|sent| sent.request == change.as_str()) {
            return Taken::Taken;
        }
        self.sent.retain(|sent| now.since(sent.at) < TRY_WINDOW);
        if self.sent.len() >= MOST_TRIES {
            return Taken::Limited;
        }
        self.sent.push(Sent { request: change.as_str().to_owned(), at: now });
        Taken::Taken
    }

    /// Makes the link that a change is committed by, once, and gives back the try: it was the right password. Tells
    /// whether the change may go on.
    #[must_use]
    pub fn open(&mut self, commit: &CommitLink, account: &AccountId, now: Moment) -> bool {
        self.sent.retain(|sent| sent.request != commit.link.as_str());
        let record =
            LinkRecord { account: account.clone(), fingerprint: commit.expected.clone(), expires_at: now.after(LEASE) };
        commit.link.is_of_change() && self.links.len() < MOST_CHANGES && self.fix(&commit.link, &record)
    }

    /// Claims a link for the write that will produce this version. The claim, and the job that will settle it should
    /// nobody come, are stored together.
    pub fn claim(&mut self, commit: &CommitLink, version: &PasswordVersion, now: Moment) -> ClaimOutcome {
        let Some(link) = self.links.iter_mut().find(|link| link.id == commit.link) else {
            return ClaimOutcome::Refused(Committed::Used);
        };
        if link.used {
            return ClaimOutcome::Refused(Committed::Repeat);
        }
        if let Some(pending) = link.claims.iter().find(|claim| claim.state == ClaimState::Pending) {
            return if now < pending.lease_ends {
                ClaimOutcome::Refused(Committed::Busy)
            } else {
                ClaimOutcome::SettleFirst(link.record.account.clone())
            };
        }
        if now >= link.record.expires_at {
            return ClaimOutcome::Refused(Committed::Expired);
        }
        if link.record.fingerprint != commit.expected {
            return ClaimOutcome::Refused(Committed::Used);
        }
        if link.claims.iter().any(|claim| claim.version == *version) {
            return ClaimOutcome::Refused(Committed::Busy);
        }
        if link.claims.len() >= MOST_CLAIMS {
            let over = |claim: &Claim| claim.state == ClaimState::Void && claim.lease_ends <= now;
            let Some(oldest) = link.claims.iter().position(over) else {
                return ClaimOutcome::Refused(Committed::Busy);
            };
            link.claims.remove(oldest);
        }
        let lease_ends = now.after(LEASE);
        link.claims.push(Claim {
            version: version.clone(),
            lease_ends,
            address: commit.address.clone(),
            state: ClaimState::Pending,
        });
        let account = link.record.account.clone();
        let settle = Job::Settle { link: commit.link.clone(), account: account.clone() };
        self.outbox.add(settle_id(&commit.link), settle, now, lease_ends);
        ClaimOutcome::Claimed(Claimed { account, deadline: now.after(WRITE_DEADLINE) })
    }

    /// The write of this version gave a row: it is in force, or was.
    pub fn wrote(&mut self, version: &PasswordVersion, application: &ApplicationId, now: Moment) {
        self.settle(version, application, now);
    }

    /// The write of this version gave no row, and the account was read afterwards.
    pub fn wrote_nothing(
        &mut self,
        link: &LinkId,
        version: &PasswordVersion,
        seen: &Seen,
        application: &ApplicationId,
        now: Moment,
    ) -> Committed {
        let settled = seen.version.as_ref().is_some_and(|in_force| self.settle(in_force, application, now));
        if seen.version.as_ref() == Some(version) {
            return Committed::Set;
        }
        // The statement matched no row. Should it have run twice, the first run may have written and been overwritten
        // since: then the claim stays, and ends as every claim whose outcome cannot be told.
        if self.did_not_write(link, seen) {
            self.void(link, |claim| claim.version == *version);
        }
        match self.links.iter().find(|known| known.id == *link) {
            Some(known) if known.fits(seen) => Committed::Busy,
            Some(known) if settled || known.used => Committed::Repeat,
            _ => Committed::Used,
        }
    }

    /// What a fresh read of the account says about a link's claims. It speaks only for claims whose lease had ended
    /// when it began; for a version that a claim holds it speaks always, for that write has happened.
    pub fn observe(&mut self, link: &LinkId, seen: &Seen, application: &ApplicationId, now: Moment) {
        if let Some(in_force) = &seen.version {
            self.settle(in_force, application, now);
        }
        let did_not_write = self.did_not_write(link, seen);
        let over = |claim: &Claim| claim.state == ClaimState::Pending && claim.lease_ends <= seen.began;
        let Some(known) = self.links.iter_mut().find(|known| known.id == *link) else { return };
        let unknown = known.claims.iter().find(|claim| over(claim)).map(|claim| claim.address.clone());
        if let (Some(address), false) = (unknown, did_not_write) {
            // The account is neither as it was nor as the claim would have left it. Whether the claim wrote, and was
            // overwritten since, nobody can tell any more: the link ends, and the owner is told.
            known.used = true;
            let account = known.record.account.clone();
            let action = if link.is_of_change() { Action::ChangeOutcomeUnknown } else { Action::ResetOutcomeUnknown };
            self.tell(link, &account, action, address, application, now);
        }
        self.void(link, over);
    }

    /// Whether an account that was seen like this proves that no claim of this link wrote but a settled one: it is as
    /// the link expects it, or it has the password of a link that expected the same, for only one of two such writes
    /// finds what it expects.
    fn did_not_write(&self, link: &LinkId, seen: &Seen) -> bool {
        let Some(known) = self.links.iter().find(|known| known.id == *link) else { return true };
        let claimed = |link: &DeskLink| link.claims.iter().any(|claim| Some(&claim.version) == seen.version.as_ref());
        let rival = |link: &DeskLink| link.record.fingerprint == known.record.fingerprint && claimed(link);
        known.fits(seen) || self.links.iter().any(rival)
    }

    /// The repeat question, after what was seen has been told to [`Self::observe`].
    pub fn repeat(&mut self, link: &LinkId, seen: &Seen, now: Moment) -> RepeatAnswer {
        let Some(known) = self.links.iter_mut().find(|known| known.id == *link) else { return RepeatAnswer::Used };
        let used_by = known.claims.iter_mut().find(|claim| Some(&claim.version) == seen.version.as_ref());
        if let Some(ClaimState::Settled { at, repeats }) = used_by.map(|claim| &mut claim.state) {
            if now.since(*at) < REPEAT_WINDOW && *repeats < MOST_REPEATS {
                *repeats = repeats.saturating_add(1);
                return RepeatAnswer::Verify;
            }
            return RepeatAnswer::Used;
        }
        // An account that still fits a link that was just used was read before that: it says nothing.
        let older = known.fits(seen) && known.was_settled(|at| now.since(at) < REPEAT_WINDOW);
        if known.is_pending() || older {
            RepeatAnswer::Busy
        } else if known.used || !known.fits(seen) {
            RepeatAnswer::Used
        } else if now >= known.record.expires_at {
            RepeatAnswer::Expired
        } else {
            RepeatAnswer::Busy
        }
    }

    /// Whether a settle job has nothing left to find out.
    #[must_use]
    pub fn is_settled(&self, link: &LinkId) -> bool {
        !self.links.iter().any(|known| known.id == *link && known.is_pending())
    }

    /// Forgets what has had its time.
    pub fn tidy(&mut self, now: Moment) {
        self.sent.retain(|sent| now.since(sent.at) < DAY);
        self.links.retain(|link| now < link_end(link.record.expires_at) || link.is_pending());
    }

    /// When something is next due: a job, or the end of a window or a link.
    #[must_use]
    pub fn next_alarm(&self) -> Option<Moment> {
        let windows = self.sent.iter().map(|sent| sent.at.after(DAY));
        let links = self.links.iter().filter(|link| !link.is_pending()).map(|link| link_end(link.record.expires_at));
        self.outbox.next_due().into_iter().chain(windows).chain(links).min()
    }

    /// What is still to be done.
    pub fn jobs(&self) -> impl Iterator<Item = &Entry<Job>> {
        self.outbox.iter()
    }

    /// Marks the claim of this version as the one that wrote: once. Tells whether there is such a claim.
    fn settle(&mut self, version: &PasswordVersion, application: &ApplicationId, now: Moment) -> bool {
        let claimed = |link: &DeskLink| link.claims.iter().any(|claim| claim.version == *version);
        let Some(link) = self.links.iter_mut().find(|link| claimed(link)) else { return false };
        let Some(claim) = link.claims.iter_mut().find(|claim| claim.version == *version) else { return false };
        if matches!(claim.state, ClaimState::Settled { .. }) {
            return true;
        }
        claim.state = ClaimState::Settled { at: now, repeats: 0 };
        let first = !link.used;
        link.used = true;
        let (id, account, address) = (link.id.clone(), link.record.account.clone(), claim.address.clone());
        if self.is_settled(&id) {
            self.outbox.remove(&settle_id(&id));
        }
        if first {
            let action = if id.is_of_change() { Action::PasswordChanged } else { Action::PasswordReset };
            self.tell(&id, &account, action, address, application, now);
        }
        true
    }

    /// Ends claims that did not write and never will.
    fn void(&mut self, link: &LinkId, which: impl Fn(&Claim) -> bool) {
        if let Some(known) = self.links.iter_mut().find(|known| known.id == *link) {
            for claim in known.claims.iter_mut().filter(|claim| which(claim)) {
                claim.state = ClaimState::Void;
            }
        }
        if self.is_settled(link) {
            self.outbox.remove(&settle_id(link));
        }
    }

    /// Puts the notice and the event of a link's end into the outbox.
    fn tell(
        &mut self,
        link: &LinkId,
        account: &AccountId,
        action: Action,
        address: Option<String>,
        application: &ApplicationId,
        now: Moment,
    ) {
        let notice = NoticeJob { account: account.clone(), at: now, link: link.clone() };
        self.outbox.add(format!("notice/{}", link.as_str()), Job::Notice(notice), now, now);
        let event = Event {
            id: format!("{}/{}", link.as_str(), action.as_str()),
            at: now,
            action,
            application: application.clone(),
            account: Some(account.clone()),
            address,
            detail: None,
        };
        self.keep([event], now);
    }

    fn keep(&mut self, events: impl IntoIterator<Item = Event>, now: Moment) {
        for event in events {
            self.outbox.add(format!("event/{}", event.id), Job::Event(event), now, now);
        }
    }
}

fn settle_id(link: &LinkId) -> String {
    format!("settle/{}", link.as_str())
}

#[cfg(test)]
mod tests;
