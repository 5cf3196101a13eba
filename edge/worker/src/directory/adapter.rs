//! The directory of an application: in D1, or the hook.

use relatch::{Password, SessionToken};

use super::{D1Directory, HookDirectory};
use relatch_domain::ports::{Capabilities, CasOutcome, Directory, Outage, PasswordWrite};
use relatch_domain::values::account::{Account, AccountId};
use relatch_domain::values::identifier::AccountQuery;
use relatch_domain::values::session::Session;

/// The directory of one application.
pub enum AnyDirectory {
    /// In D1.
    D1(D1Directory),
    /// The hook. It is much larger than the other one.
    Hook(Box<HookDirectory>),
}

impl Directory for AnyDirectory {
    fn capabilities(&self) -> Capabilities {
        match self {
            Self::D1(directory) => directory.capabilities(),
            Self::Hook(directory) => directory.capabilities(),
        }
    }

    async fn find_accounts(&self, query: &AccountQuery) -> Result<Vec<Account>, Outage> {
        match self {
            Self::D1(directory) => directory.find_accounts(query).await,
            Self::Hook(directory) => directory.find_accounts(query).await,
        }
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Outage> {
        match self {
            Self::D1(directory) => directory.account(id).await,
            Self::Hook(directory) => directory.account(id).await,
        }
    }

    async fn set_password(&self, write: PasswordWrite<'_>) -> Result<CasOutcome, Outage> {
        match self {
            Self::D1(directory) => directory.set_password(write).await,
            Self::Hook(directory) => directory.set_password(write).await,
        }
    }

    fn ends_sessions_separately(&self) -> bool {
        match self {
            Self::D1(directory) => directory.ends_sessions_separately(),
            Self::Hook(directory) => directory.ends_sessions_separately(),
        }
    }

    async fn end_sessions(&self, id: &AccountId) -> Result<(), Outage> {
        match self {
            Self::D1(directory) => directory.end_sessions(id).await,
            Self::Hook(directory) => directory.end_sessions(id).await,
        }
    }

    async fn authenticate(&self, session: &SessionToken) -> Result<Option<Session>, Outage> {
        match self {
            Self::D1(directory) => directory.authenticate(session).await,
            Self::Hook(directory) => directory.authenticate(session).await,
        }
    }

    async fn verify(&self, account: &Account, password: &Password) -> Result<Option<bool>, Outage> {
        match self {
            Self::D1(directory) => directory.verify(account, password).await,
            Self::Hook(directory) => directory.verify(account, password).await,
        }
    }

    async fn has_resettable_account(&self) -> Result<bool, Outage> {
        match self {
            Self::D1(directory) => directory.has_resettable_account().await,
            Self::Hook(directory) => directory.has_resettable_account().await,
        }
    }

    async fn check_configuration(&self) -> Result<bool, Outage> {
        match self {
            Self::D1(directory) => directory.check_configuration().await,
            Self::Hook(directory) => directory.check_configuration().await,
        }
    }
}
