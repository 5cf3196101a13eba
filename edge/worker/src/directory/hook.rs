//! The directory that the hook `directory` replaces: its functions read and write the accounts,
//! wherever they are. [`contract`](super::contract) has the values that cross.

use std::rc::Rc;

use relatch::{Password, SessionToken};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::Env;

use super::contract::{
    AccountValue, Accounts, FindValue, Outcome, SessionValue, Violation, WriteValue, Written,
    set_password,
};
use super::validity::{self, Invalid, PROBE_INTERVAL, State, configuration_error, with_state};
use crate::bindings::field;
use crate::hooks::Hook;
use crate::host::{AlarmProgress, HostClock, log_error, within};
use crate::options::{Instance, Options};
use relatch_domain::application::Application;
use relatch_domain::ports::{
    Capabilities, CasOutcome, Clock as _, Directory, Outage, PasswordWrite,
};
use relatch_domain::timeouts;
use relatch_domain::values::account::{Account, AccountId};
use relatch_domain::values::identifier::AccountQuery;
use relatch_domain::values::session::{Session, SessionId};
use relatch_domain::values::time::Moment;

/// The number of accounts that a search considers.
const FIND_LIMIT: usize = 20;

/// The property that is `false` if the accounts have no user names.
const USERNAMES: &str = "directory.usernames";

/// Returns whether the hook is set.
pub fn is_set(env: &Env) -> bool {
    field(&Options::of(env).hooks(), "directory").is_truthy()
}

/// Returns whether the hook finds accounts by user name.
pub fn finds_by_username(env: &Env) -> bool {
    field(&Options::of(env).hooks(), USERNAMES).as_bool() != Some(false)
}

/// The hook for one application.
pub struct HookDirectory {
    application: Rc<Application>,
    instance: Instance,
    find: Hook,
    account: Hook,
    set_password: Hook,
    verify: Option<Hook>,
    revoke_sessions: Option<Hook>,
    revoke_other_sessions: Option<Hook>,
    authenticate: Option<Hook>,
    finds_by_username: bool,
}

/// The argument of a function: its values, and the application.
#[derive(Serialize)]
struct Call<'a, T> {
    application: &'a str,
    value: T,
}

/// The argument of the functions about one account or session.
#[derive(Default, Serialize)]
struct Subject<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

impl HookDirectory {
    /// Returns the hook for an application, or `None` if it is not set.
    pub fn new(env: &Env, application: &Rc<Application>, instance: Instance) -> Option<Self> {
        let hook = |name, limit| Hook::find(env, name, limit);
        Some(Self {
            application: Rc::clone(application),
            instance,
            find: hook("directory.find", timeouts::READ)?,
            account: hook("directory.account", timeouts::READ)?,
            set_password: hook("directory.setPassword", timeouts::WRITE)?,
            verify: hook("directory.verify", timeouts::READ),
            revoke_sessions: hook("directory.revokeSessions", timeouts::REVOKE),
            revoke_other_sessions: hook("directory.revokeOtherSessions", timeouts::REVOKE),
            authenticate: hook("directory.authenticate", timeouts::READ),
            finds_by_username: finds_by_username(env),
        })
    }

    /// Returns an account, unless it lacks what the configuration requires.
    ///
    /// # Errors
    ///
    /// [`Outage`] if it does. The hook must not be used then.
    fn read(&self, account: &AccountValue) -> Result<Account, Outage> {
        if self.application.requires_verified && account.verified.is_none() {
            let id = &self.application.id;
            if configuration_error(self.instance, id).is_none() {
                let reason = "REQUIRE_VERIFIED: is `true`, so `verified` of every account of the \
                              hook `directory` must be a Boolean";
                validity::conclude_invalid(self.instance, id, reason.to_owned())?;
            }
            return Err(Outage);
        }
        Ok(account.account())
    }

    async fn call<T: DeserializeOwned>(
        &self,
        hook: &Hook,
        value: impl Serialize,
    ) -> Result<T, Outage> {
        let call = Call { application: self.application.id.as_str(), value };
        hook.call(&call, &AlarmProgress::default()).await
    }

    async fn revoke(&self, hook: Option<&Hook>, subject: Subject<'_>) -> Result<(), Outage> {
        let Some(hook) = hook else { return Ok(()) };
        self.call(hook, subject).await
    }

    /// Stores what the probe has found.
    fn conclude(&self, found: Result<(), Violation>) {
        let outcome = found.map(|()| State::Compared).map_err(|violation| Invalid {
            reason: format!("hook `directory`: {}", violation.reason),
            retry_after: violation.may_be_chance.then_some(PROBE_INTERVAL),
        });
        let _logged = validity::conclude(self.instance, &self.application.id, outcome);
    }
}

impl Accounts for HookDirectory {
    fn now(&self) -> Moment {
        HostClock.now()
    }

    async fn account(&self, id: &AccountId) -> Result<Option<AccountValue>, Outage> {
        let subject = Subject { id: &id.0, ..Subject::default() };
        let account: Option<AccountValue> = self.call(&self.account, subject).await?;
        Ok(account.filter(|account| account.id == id.0))
    }

    async fn set_password(&self, write: WriteValue<'_>) -> Result<bool, Outage> {
        self.call(&self.set_password, write).await
    }
}

impl Directory for HookDirectory {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            sessions: self.authenticate.is_some(),
            ends_sessions: self.revoke_sessions.is_some(),
            ends_other_sessions: self.revoke_other_sessions.is_some(),
            finds_by_username: self.finds_by_username,
        }
    }

    async fn find_accounts(&self, query: &AccountQuery) -> Result<Vec<Account>, Outage> {
        let found: Vec<AccountValue> = self.call(&self.find, FindValue::from(query)).await?;
        let found = found.iter().map(|account| self.read(account));
        let found: Vec<Account> = found.collect::<Result<_, Outage>>()?;
        // Those that can reset come first. A sort would be larger.
        let (mut first, others): (Vec<Account>, Vec<Account>) =
            found.into_iter().partition(|account| self.application.eligible(account).is_ok());
        first.extend(others);
        first.truncate(FIND_LIMIT);
        Ok(first)
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Outage> {
        Accounts::account(self, id).await?.map(|account| self.read(&account)).transpose()
    }

    async fn set_password(&self, write: PasswordWrite<'_>) -> Result<CasOutcome, Outage> {
        let (instance, application) = (self.instance, &self.application.id);
        if configuration_error(instance, application).is_some() {
            return Ok(CasOutcome::Refused);
        }
        let is_probed = with_state(instance, application, |state| matches!(state, State::Compared));
        let outcome = set_password(self, application, write, is_probed);
        let Outcome { written, probe } =
            within(timeouts::HOOK_WRITE, outcome).await.unwrap_or_else(|| {
                log_error("hook `directory.setPassword`: timed out with its probe");
                Err(Outage)
            })?;
        if let Some(found) = probe {
            self.conclude(found);
        }
        match written {
            Written::Conflict => Ok(CasOutcome::Conflict),
            Written::Refused => Ok(CasOutcome::Refused),
            Written::NotFirst => {
                validity::log_no_first_write(application, "hook `directory`: `setPassword`");
                Ok(CasOutcome::Refused)
            }
            Written::Unknown => Err(Outage),
            Written::Applied => {
                let id = write.account.0.as_str();
                let session = write.keep.map(|keep| keep.0.as_str());
                let hook = match session {
                    Some(_) => &self.revoke_other_sessions,
                    None => &self.revoke_sessions,
                };
                self.revoke(hook.as_ref(), Subject { id, session, password: None }).await?;
                Ok(CasOutcome::Applied)
            }
        }
    }

    fn ends_sessions_separately(&self) -> bool {
        self.revoke_sessions.is_some()
    }

    async fn end_sessions(&self, id: &AccountId) -> Result<(), Outage> {
        let subject = Subject { id: &id.0, ..Subject::default() };
        self.revoke(self.revoke_sessions.as_ref(), subject).await
    }

    async fn authenticate(&self, session: &SessionToken) -> Result<Option<Session>, Outage> {
        let Some(hook) = &self.authenticate else { return Ok(None) };
        let subject = Subject { session: Some(session.expose()), ..Subject::default() };
        let session: Option<SessionValue> = self.call(hook, subject).await?;
        let Some(SessionValue { account, session, password_version }) = session else {
            return Ok(None);
        };
        let account = Directory::account(self, &AccountId(account)).await?;
        let id = SessionId(session);
        Ok(account.and_then(|account| Session::of(account, id, password_version.as_deref())))
    }

    async fn verify(&self, account: &Account, password: &Password) -> Result<Option<bool>, Outage> {
        let Some(hook) = &self.verify else { return Ok(None) };
        let password = Some(password.expose());
        let subject = Subject { id: &account.id.0, session: None, password };
        self.call(hook, subject).await.map(Some)
    }

    async fn has_resettable_account(&self) -> Result<bool, Outage> {
        Ok(true)
    }
}
