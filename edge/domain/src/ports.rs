//! What the core needs of the world, in the domain's own verbs. One adapter implements each; `memory` has them all.
//!
//! Futures are not `Send`: an isolate has one thread, and so has every test.
#![expect(async_fn_in_trait, reason = "one thread by design, see above")]

use relatch::{Password, SessionToken};

use crate::desk::{Change, CommitLink, Committed, RepeatAnswer, RepeatQuestion, Revoke, Revoked, Take, Taken};
use crate::events::{Event, EventView};
use crate::intake::{IntakeId, RequestJob};
use crate::mail::Message;
use crate::mail::failure::MailFailure;
use crate::values::account::{Account, AccountId, Fingerprint, PasswordHash};
use crate::values::client::AddressBlock;
use crate::values::identifier::Identifier;
use crate::values::link::{DeskId, LinkId, LinkRecord};
use crate::values::session::{Session, SessionId};
use crate::values::time::Moment;

/// A port did not answer, in time or at all. Whatever it was asked to do may have happened, may yet happen, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage;

/// The outcome of a compare-and-set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum CasOutcome {
    /// The account had the expected fingerprint: the hash was written.
    Applied,
    /// The account had another one, or the deadline had passed: nothing was written.
    Conflict,
}

/// The optional abilities of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it authenticates sessions, so that a signed-in person can change the password.
    pub sessions: bool,
}

/// The accounts. Theirs is the only state that is not ours.
pub trait Directory {
    /// Returns what the directory supports, without I/O.
    fn capabilities(&self) -> Capabilities;

    /// Every account that may be meant: the store's comparison may fold more than ours, never less. The core compares
    /// again.
    async fn find_accounts(&self, identifier: &Identifier) -> Result<Vec<Account>, Outage>;

    /// The account of this id, as it is now: never from a cache.
    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Outage>;

    /// Compare and set: writes this hash if the account still has the expected fingerprint, in one atomic statement
    /// that compares what the fingerprint is made of, and never after the deadline by the store's own clock. Sessions
    /// are revoked with the write, if and only if it wrote; all but the one to keep, which goes on under the new password.
    async fn set_password(
        &self,
        id: &AccountId,
        expected: &Fingerprint,
        hash: &PasswordHash,
        deadline: Moment,
        keep: Option<&SessionId>,
    ) -> Result<CasOutcome, Outage>;

    /// The session of this token and its owner's account, both as they are now: never from a cache. None if there is
    /// none, or none that is good: see [`Session::of`].
    async fn authenticate(&self, session: &SessionToken) -> Result<Option<Session>, Outage>;

    /// Whether this is the account's password now.
    async fn verify(&self, id: &AccountId, password: &Password) -> Result<bool, Outage>;

    /// Whether any account could reset by mail. A store that has no way to tell says yes.
    async fn has_resettable_account(&self) -> Result<bool, Outage>;

    /// Whether the store takes what it is configured to be asked. One that is down says nothing of its configuration.
    async fn check_configuration(&self) -> Result<bool, Outage> {
        Ok(true)
    }
}

/// Link records near the reader. May be arbitrarily stale: "not there yet" and "still there after use" are both fine.
pub trait LinkRecords {
    /// Stores a record until this moment.
    async fn put(&self, id: &LinkId, record: &LinkRecord, until: Moment) -> Result<(), Outage>;

    /// The record, if this reader already has it.
    async fn read(&self, id: &LinkId) -> Result<Option<LinkRecord>, Outage>;

    /// Deletes a record, some time.
    async fn delete(&self, id: &LinkId) -> Result<(), Outage>;
}

/// The objects that take requests.
pub trait Intakes {
    /// Stores the job durably, with the alarm that works on it, in one write; then returns.
    async fn accept(&self, intake: &IntakeId, job: RequestJob) -> Result<(), Outage>;

    /// Lets a job that is held be worked on. Nothing happens to one that is not, or is not there any more.
    async fn release(&self, intake: &IntakeId, job: &str) -> Result<(), Outage>;

    /// Deletes the jobs that wait there for this identifier.
    async fn forget(&self, intake: &IntakeId, identifier: &Identifier) -> Result<(), Outage>;
}

/// The objects that decide about mailboxes and their links, and about the changes of accounts, one each.
pub trait Desks {
    /// Hands over a job. The same job again is taken once.
    async fn take(&self, desk: &DeskId, take: Take) -> Result<Taken, Outage>;

    /// The record of a link that a stale reader does not have yet.
    async fn record(&self, desk: &DeskId, link: &LinkId) -> Result<Option<LinkRecord>, Outage>;

    /// Ends links, and those that are still to be mailed. The same again changes nothing more.
    async fn revoke(&self, desk: &DeskId, revoke: &Revoke) -> Result<Revoked, Outage>;

    /// Sets a password by a link, at most once; for a change at the account's desk, where the try is given back. Runs to
    /// its end though the caller is gone.
    async fn commit(&self, desk: &DeskId, commit: CommitLink, change: Option<Change>) -> Result<Committed, Outage>;

    /// Counts a try at an account's password, durably, at the account's desk. The same try again is counted once.
    async fn count(&self, desk: &DeskId, change: &LinkId) -> Result<Taken, Outage>;

    /// Asks what became of a link that does not fit its account any more.
    async fn repeat(&self, desk: &DeskId, question: RepeatQuestion) -> Result<RepeatAnswer, Outage>;
}

/// Sends mail.
pub trait Mailer {
    /// Sends one message to its one recipient.
    async fn send(&self, message: &Message) -> Result<(), MailFailure>;
}

/// What happened, for operators. Nothing secret goes in.
pub trait Events {
    /// Keeps an event. The same event again is kept once.
    async fn record(&self, event: &Event) -> Result<(), Outage>;

    /// An account's latest events, the newest first.
    async fn recent(&self, account: &AccountId, limit: u32) -> Result<Vec<EventView>, Outage>;

    /// Deletes all events of an account.
    async fn erase(&self, account: &AccountId) -> Result<(), Outage>;

    /// Writes a log line and touches nothing else.
    fn log(&self, event: &Event);
}

/// How often one address block may ask.
pub trait Limiter {
    /// Whether it may ask once more.
    async fn check(&self, block: &AddressBlock) -> Result<bool, Outage>;
}

/// HTML that somebody else wrote.
pub trait HtmlFilter {
    /// What an allow-list leaves of it: text, paragraphs, lists, tables and links by http and https; no image, no style, no
    /// script.
    fn clean(&self, html: &str) -> Result<String, Outage>;
}

/// The time.
pub trait Clock {
    /// Now.
    fn now(&self) -> Moment;
}

/// Randomness from the host's generator.
pub trait Entropy {
    /// 32 random bytes.
    fn random_bytes(&self) -> Result<[u8; 32], Outage>;
}

/// Everything that one application runs on.
pub trait Platform {
    /// The accounts.
    type Directory: Directory;
    /// Link records.
    type Records: LinkRecords;
    /// Intakes.
    type Intakes: Intakes;
    /// Desks.
    type Desks: Desks;
    /// Mail.
    type Mailer: Mailer;
    /// Events.
    type Events: Events;
    /// The limit by address.
    type Limiter: Limiter;
    /// The allow-list of HTML.
    type HtmlFilter: HtmlFilter;
    /// The clock.
    type Clock: Clock;
    /// Randomness.
    type Entropy: Entropy;

    /// The accounts.
    fn directory(&self) -> &Self::Directory;
    /// Link records.
    fn records(&self) -> &Self::Records;
    /// Intakes.
    fn intakes(&self) -> &Self::Intakes;
    /// Desks.
    fn desks(&self) -> &Self::Desks;
    /// Mail.
    fn mailer(&self) -> &Self::Mailer;
    /// Events.
    fn events(&self) -> &Self::Events;
    /// The limit by address.
    fn limiter(&self) -> &Self::Limiter;
    /// The allow-list of HTML.
    fn html_filter(&self) -> &Self::HtmlFilter;
    /// The clock.
    fn clock(&self) -> &Self::Clock;
    /// Randomness.
    fn entropy(&self) -> &Self::Entropy;
}

/// An intake's own durable storage: one row a job, so that a write costs the same however many wait.
pub trait IntakeStore {
    /// Stores a job and sets the alarm for the earliest one, in one write.
    async fn insert(&self, id: &str, job: RequestJob, due: Moment) -> Result<(), Outage>;

    /// Lets a job that is held be worked on at this time, with the alarm, in one write.
    async fn release(&self, id: &str, due: Moment) -> Result<(), Outage>;

    /// Begins an attempt at every job that is due, at most `most` of them: counts it and stores when the next one is
    /// due, with the alarm, before it returns them.
    async fn begin(&self, now: Moment, most: usize) -> Result<Vec<crate::outbox::Entry<RequestJob>>, Outage>;

    /// Deletes every job of this identifier.
    async fn forget(&self, identifier: &Identifier) -> Result<(), Outage>;

    /// Deletes a job that is done.
    async fn done(&self, id: &str) -> Result<(), Outage>;

    /// Sets the alarm to the earliest due time there is now, or clears the storage if there is none.
    async fn rearm(&self) -> Result<(), Outage>;
}

/// A desk's own durable storage: one small value.
pub trait DeskStore {
    /// Loads the desk, changes it, and stores it together with its next alarm, with no wait in between. A desk that
    /// is left as it was is not stored again.
    async fn change<R>(&self, change: impl FnOnce(&mut crate::desk::Desk) -> R) -> Result<R, Outage>;

    /// Sets the alarm to the desk's next one as it is now, or clears the storage if nothing is left in it.
    async fn rearm(&self) -> Result<(), Outage>;
}
