//! The port to the user accounts.

use relatch::{Password, SessionToken};

use super::Outage;
use crate::values::account::{Account, AccountId, Fingerprint, PasswordHash};
use crate::values::identifier::AccountQuery;
use crate::values::session::{Session, SessionId};
use crate::values::time::Moment;

/// A password hash to write, and the condition under which it is written.
#[derive(Clone, Copy, Debug)]
pub struct PasswordWrite<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// The fingerprint that the account must have.
    pub expected: &'a Fingerprint,
    /// The hash of the new password.
    pub hash: &'a PasswordHash,
    /// The time from which nothing is written, by the store's own clock.
    pub deadline: Moment,
    /// The session that continues, or `None` if all sessions of the account end.
    pub keep: Option<&'a SessionId>,
}

/// The outcome of a compare-and-set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum CasOutcome {
    /// The account had the expected fingerprint: the hash was written.
    Applied,
    /// The account is gone or had another one, or the deadline had passed: nothing was written.
    Conflict,
    /// The adapter's probe of the directory failed or could not run: nothing was written. The
    /// adapter logs which promise of this port the directory does not keep.
    Refused,
}

/// The optional abilities of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "no ability depends on another one")]
pub struct Capabilities {
    /// Whether it authenticates sessions, so that a signed-in person can change the password.
    pub sessions: bool,
    /// Whether a reset ends the account's sessions. `false` if sessions are kept elsewhere.
    pub ends_sessions: bool,
    /// Whether a change by a signed-in person ends the account's other sessions. `false` if
    /// sessions are kept elsewhere.
    pub ends_other_sessions: bool,
    /// Whether it finds accounts by user name. `false` if accounts have no user names.
    pub finds_by_username: bool,
}

/// The user accounts: the only state that Relatch does not own.
///
/// # Errors
///
/// Every method returns [`Outage`] if the store does not reply, or if it rejects the configured
/// statements, which [`Self::check_configuration`] reports as `false`.
pub trait Directory {
    /// Returns what the directory supports, without I/O.
    fn capabilities(&self) -> Capabilities;

    /// Returns every account that may have a name, those that can reset first. The store's
    /// comparison may ignore more differences than Relatch does, such as accents, but not fewer;
    /// the domain compares again. A store that returns 20 accounts may have left out others.
    async fn find_accounts(&self, query: &AccountQuery) -> Result<Vec<Account>, Outage>;

    /// Returns the account with this id, or `None` if it does not exist. The read is never served
    /// from a cache.
    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Outage>;

    /// Writes a password hash if the account still has the expected fingerprint.
    ///
    /// The comparison and the write are one atomic statement, which compares everything that the
    /// fingerprint is made of. It writes nothing after the deadline, by the store's own clock, even
    /// if the call has already failed with an [`Outage`].
    ///
    /// The account's sessions end together with the write, and only if it wrote, except `keep`,
    /// which continues under the new password. [`Capabilities`] report whether they end. With
    /// [`Self::ends_sessions_separately`] they end after the write, and before the reply that
    /// reports it.
    async fn set_password(&self, write: PasswordWrite<'_>) -> Result<CasOutcome, Outage>;

    /// Returns whether sessions end by a separate call, because the store cannot end them in
    /// one transaction with the write. The default is `false`.
    fn ends_sessions_separately(&self) -> bool {
        false
    }

    /// Ends all sessions of an account, also one that a change was to keep. It is called before a
    /// write is settled whose reply was lost, and only with [`Self::ends_sessions_separately`]. A
    /// repeated call changes nothing more.
    async fn end_sessions(&self, _: &AccountId) -> Result<(), Outage> {
        Ok(())
    }

    /// Returns the session with this token and its account. Returns `None` if there is no such
    /// session, if the account may not sign in, or if the session was created under an earlier
    /// password: see [`Session::of`]. Always returns `None` without [`Capabilities::sessions`]. The
    /// read is never served from a cache.
    async fn authenticate(&self, session: &SessionToken) -> Result<Option<Session>, Outage>;

    /// Returns whether this is the password of an account as it was read, or `None` if the caller
    /// must verify the hash of the account. That is the default.
    async fn verify(&self, _: &Account, _: &Password) -> Result<Option<bool>, Outage> {
        Ok(None)
    }

    /// Returns whether any account could reset its password by mail. A store that cannot answer
    /// this returns `true`.
    async fn has_resettable_account(&self) -> Result<bool, Outage>;

    /// Returns whether the store accepts the configured statements. A store that is down is an
    /// [`Outage`], and says nothing about the configuration. The default is `true`, for a store
    /// without statements.
    async fn check_configuration(&self) -> Result<bool, Outage> {
        Ok(true)
    }
}
