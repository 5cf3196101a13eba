//! The Durable Objects: calls from outside ([`Intakes`], [`Mailboxes`], [`PasswordChanges`]), and
//! the storage that an object has itself ([`IntakeStore`], [`StateStore`]).

use super::Outage;
use crate::claims::{Commit, CommitOutcome, ObjectState, ReplayVerdict};
use crate::events::Event;
use crate::intake::{IntakeId, RequestJob};
use crate::mailbox::{
    BrakeCall, BrakeOutcome, CallOutcome, ConfirmRefusal, CountCall, EnqueueMail, EnqueueOutcome,
    LinkCheck, ReplayCheck, Revoke, Revoked,
};
use crate::outbox::Entry;
use crate::password_change::{Attempt, AttemptOutcome, CommitChange};
use crate::values::account::AccountId;
use crate::values::identifier::Identifier;
use crate::values::link::{LinkId, LinkRecord};
use crate::values::object_id::{MailboxId, PasswordChangeId};
use crate::values::time::Moment;
use crate::waiting::{RetriedMails, WaitingMail};
use crate::webhook::WebhookJob;

/// The intake objects. Each stores its change before it replies.
///
/// # Errors
///
/// Every method returns [`Outage`] if the object does not reply. The command may have run.
pub trait Intakes {
    /// Stores a request together with the alarm that works on it, in one write. A request whose id
    /// is stored already stays as it is.
    async fn accept(&self, intake: &IntakeId, job: RequestJob) -> Result<(), Outage>;

    /// Makes a held request due after the application's request delay, drawn anew and counted from
    /// now. Does nothing if there is no such request or it is not held.
    async fn release(&self, intake: &IntakeId, job: &str) -> Result<(), Outage>;

    /// Deletes the stored requests for an identifier. An attempt that is under way continues.
    async fn forget(&self, intake: &IntakeId, identifier: &Identifier) -> Result<(), Outage>;
}

/// The mailbox objects. Each stores its new state before it replies.
///
/// # Errors
///
/// Every method returns [`Outage`] if the object does not reply. The command may have run.
pub trait Mailboxes {
    /// Queues a mail in the mailbox's outbox, unless a rate limit is reached. A repeated call with
    /// the same request id queues nothing more.
    async fn enqueue(
        &self,
        mailbox: &MailboxId,
        mail: EnqueueMail,
    ) -> Result<EnqueueOutcome, Outage>;

    /// Returns what a link was issued for, or `None` if the mailbox does not have the link. It is
    /// never stale, unlike [`LinkRecords::read`](super::LinkRecords::read).
    async fn link_record(
        &self,
        mailbox: &MailboxId,
        link: &LinkId,
    ) -> Result<Option<LinkRecord>, Outage>;

    /// As [`Self::link_record`], for a link that was checked. If the mailbox has the link, it adds
    /// the event of the check, for which the reply does not wait.
    async fn check_link(
        &self,
        mailbox: &MailboxId,
        check: &LinkCheck,
    ) -> Result<Option<LinkRecord>, Outage>;

    /// Ends links and unsent link mails, or erases what is stored about an account, except counts
    /// and unsent notices. A repeated call changes nothing more. First settles claims whose lease
    /// has ended. A link under a lease is left as it is and reported as busy; the others end.
    async fn revoke(&self, mailbox: &MailboxId, revoke: &Revoke) -> Result<Revoked, Outage>;

    /// Returns the mails that wait for an account, or all.
    async fn waiting_mails(
        &self,
        mailbox: &MailboxId,
        account: Option<&AccountId>,
    ) -> Result<Vec<WaitingMail>, Outage>;

    /// Makes the mails that wait for another attempt due now: those of an account, or all. A mail
    /// that may have been delivered is left as it is.
    async fn retry_mails(
        &self,
        mailbox: &MailboxId,
        account: Option<&AccountId>,
    ) -> Result<RetriedMails, Outage>;

    /// Counts a call of a server in an object that only counts: see [`MailboxId::for_calls_about`]
    /// and [`MailboxId::for_calls_by`]. A repeated call with the same id counts nothing more.
    async fn count_call(&self, object: &MailboxId, call: &CountCall)
    -> Result<CallOutcome, Outage>;

    /// Counts accepted requests in the object that only does that: see [`MailboxId::for_brake`]. A
    /// repeated call counts again.
    async fn brake(&self, object: &MailboxId, call: BrakeCall) -> Result<BrakeOutcome, Outage>;

    /// Adds an event for the hook `onEvent`, in an object that does nothing else: see
    /// [`MailboxId::for_event`]. An event that waits already stays as it is. Beyond 100 waiting
    /// events, only the count of an event `events_dropped` rises.
    async fn notify(&self, object: &MailboxId, event: &Event) -> Result<(), Outage>;

    /// Adds an event for an endpoint of webhooks, in an object that does nothing else: see
    /// [`MailboxId::for_webhook`]. An event that waits already stays as it is.
    async fn enqueue_webhook(&self, object: &MailboxId, job: &WebhookJob) -> Result<(), Outage>;

    /// Sets a password by a link, at most once for each link, even if the call is repeated or runs
    /// in parallel. All sessions of the account end with the write, if the directory ends sessions.
    ///
    /// If the storage fails at once, or the directory refuses to write, the outcome is
    /// [`CommitOutcome::Unclaimed`]; if the directory or the storage fails later, it is
    /// [`CommitOutcome::Busy`]. After an [`Outage`] the commit goes on and may still set the
    /// password.
    async fn commit(
        &self,
        mailbox: &MailboxId,
        commit: Commit<LinkId>,
    ) -> Result<CommitOutcome, Outage>;

    /// Reads the account afresh and decides whether a repeated confirm is the one that succeeded.
    /// First settles a claim of the link whose lease has ended. A check that allows the caller to
    /// verify a password is counted before it returns.
    async fn check_replay(
        &self,
        mailbox: &MailboxId,
        check: ReplayCheck,
    ) -> Result<ReplayVerdict, Outage>;

    /// Adds the event of a link that set no password, for the first five refusals of a link and 100
    /// of the mailbox within 24 hours. Each call counts, a repeated one too. An adapter may return
    /// before the mailbox has replied.
    async fn note_refusal(
        &self,
        mailbox: &MailboxId,
        refusal: &ConfirmRefusal,
    ) -> Result<(), Outage>;

    /// Adds an event that the object records. An adapter may return before the object has replied.
    async fn note_event(&self, object: &MailboxId, event: &Event) -> Result<(), Outage>;
}

/// The password change objects, one for each account. Each stores its new state before it replies.
///
/// # Errors
///
/// Every method returns [`Outage`] if the object does not reply. The command may have run.
pub trait PasswordChanges {
    /// Counts an attempt at the account's current password, unless the limit is reached, and stores
    /// the event `change_refused`, which is recorded unless the change begins first. A repeated call
    /// with the same change is counted once.
    async fn count_attempt(
        &self,
        object: &PasswordChangeId,
        attempt: &Attempt,
    ) -> Result<AttemptOutcome, Outage>;

    /// Deletes what is stored about the account: see [`PasswordChange::erase`]. Returns whether a
    /// change is under a claim.
    ///
    /// [`PasswordChange::erase`]: crate::password_change::PasswordChange::erase
    async fn erase(&self, object: &PasswordChangeId) -> Result<bool, Outage>;

    /// Returns the notices that wait.
    async fn waiting_mails(&self, object: &PasswordChangeId) -> Result<Vec<WaitingMail>, Outage>;

    /// Makes the notices that wait for another attempt due now: see [`Mailboxes::retry_mails`].
    async fn retry_mails(&self, object: &PasswordChangeId) -> Result<RetriedMails, Outage>;

    /// Takes the change's attempt out of the count and removes its event, then sets the password, at
    /// most once. The caller has verified the current password.
    ///
    /// The outcome is [`CommitOutcome::Busy`] if this change began before, or if the object stores
    /// its maximum of changes already, and [`CommitOutcome::Unclaimed`] if the storage fails before
    /// the change begins. After an [`Outage`] the commit goes on and may still set the password.
    async fn commit(
        &self,
        object: &PasswordChangeId,
        commit: CommitChange,
    ) -> Result<CommitOutcome, Outage>;
}

/// The durable storage of one intake: one row for each job, so that the cost of a write does not
/// depend on the number of jobs.
///
/// # Errors
///
/// Every method returns [`Outage`] if the storage fails. The change may have been stored.
pub trait IntakeStore {
    /// Stores a job and sets the alarm no later than the earliest due time, in one write. A job
    /// whose id is stored already stays as it is.
    async fn insert(&self, id: &str, job: RequestJob, due: Moment) -> Result<(), Outage>;

    /// Makes a held job due at `due` and sets the alarm to the earliest due time, in one write.
    /// Does nothing if there is no such job or it is not held.
    async fn release(&self, id: &str, due: Moment) -> Result<(), Outage>;

    /// Begins an attempt at up to `limit` jobs that are due, and returns them. The attempts and the
    /// times of the next ones are stored, with the alarm, before it returns.
    async fn begin(&self, now: Moment, limit: usize) -> Result<Vec<Entry<RequestJob>>, Outage>;

    /// Deletes the jobs of an identifier.
    async fn forget(&self, identifier: &Identifier) -> Result<(), Outage>;

    /// Deletes a finished job.
    async fn finish(&self, id: &str) -> Result<(), Outage>;

    /// Sets the alarm to the earliest due time, or deletes the storage if there are no jobs. If the
    /// storage cannot be read, it sets an alarm for later. Fails only if no alarm could be set.
    async fn rearm(&self) -> Result<(), Outage>;
}

/// The durable storage of one mailbox or password change: its whole state as one value.
///
/// # Errors
///
/// Every method returns [`Outage`] if the storage fails. The change may have been stored.
pub trait StateStore {
    /// The type of the state.
    type State: ObjectState;

    /// Loads the state, applies one change to it, and stores it together with its next alarm.
    /// Nothing else runs on the object in between. An unchanged state is not stored. An empty state
    /// is deleted, with its alarm. A stored state that cannot be read is an [`Outage`].
    async fn change<R>(&self, change: impl FnOnce(&mut Self::State) -> R) -> Result<R, Outage>;

    /// Sets the alarm to the state's next one, or deletes the storage if the state is empty. If the
    /// storage cannot be read, it sets an alarm for later. Fails only if no alarm could be set.
    async fn rearm(&self) -> Result<(), Outage>;
}
