//! The hook `passwords`: the application's hashes and rules. What it does not replace is built in.

use std::cell::RefCell;
use std::rc::Rc;

use relatch::Password;
use serde::Serialize;
use worker::Env;

use crate::directory::conclude_invalid;
use crate::hooks::Hook;
use crate::host::{AlarmProgress, HostEntropy, log_error, within};
use crate::options::Instance;
use crate::password_probe::{Hasher, probe};
use relatch_domain::application::Application;
use relatch_domain::hashing::{self, HashFormat};
use relatch_domain::ports::{Entropy as _, Outage, Passwords};
use relatch_domain::timeouts;
use relatch_domain::values::account::{Account, PasswordHash};

thread_local! {
    /// The instances whose hasher has passed the probe in this isolate.
    static PROBED: RefCell<Vec<Instance>> = const { RefCell::new(Vec::new()) };
}

/// The hook for one application.
pub struct HookPasswords {
    application: Rc<Application>,
    instance: Instance,
    hasher: Option<HookHasher>,
    check: Option<Hook>,
}

struct HookHasher {
    application: Rc<Application>,
    hash: Hook,
    verify: Hook,
}

/// The argument of the functions.
#[derive(Serialize)]
struct Call<'a> {
    application: &'a str,
    password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountValue<'a>>,
}

/// An account, as a rule receives it.
#[derive(Serialize)]
struct AccountValue<'a> {
    id: &'a str,
    username: &'a str,
    email: Option<&'a str>,
    name: Option<&'a str>,
}

impl HookPasswords {
    /// Returns the hook for an application.
    pub fn new(env: &Env, application: &Rc<Application>, instance: Instance) -> Self {
        let hash = Hook::find(env, "passwords.hash", timeouts::HASH);
        let verify = Hook::find(env, "passwords.verify", timeouts::HASH);
        let hasher = hash.zip(verify).map(|(hash, verify)| HookHasher {
            application: Rc::clone(application),
            hash,
            verify,
        });
        let check = Hook::find(env, "passwords.check", timeouts::READ);
        Self { application: Rc::clone(application), instance, hasher, check }
    }

    /// Probes the hasher before its first use in this isolate.
    async fn check_hasher(&self, hasher: &HookHasher) -> Result<(), Outage> {
        if PROBED.with_borrow(|probed| probed.contains(&self.instance)) {
            return Ok(());
        }
        let random = HostEntropy.random_bytes()?;
        let found = within(timeouts::HASHER_PROBE, probe(hasher, &random)).await;
        match found.unwrap_or_else(|| {
            log_error("hook `passwords`: the probe timed out");
            Err(Outage)
        })? {
            Ok(()) => {
                PROBED.with_borrow_mut(|probed| probed.push(self.instance));
                Ok(())
            }
            Err(violation) => {
                let reason = format!("hook `passwords`: {violation}");
                conclude_invalid(self.instance, &self.application.id, reason)
            }
        }
    }
}

impl Hasher for HookHasher {
    async fn hash(&self, password: &str) -> Result<String, Outage> {
        let application = self.application.id.as_str();
        let call = Call { application, password, hash: None, account: None };
        self.hash.call(&call, &AlarmProgress::default()).await
    }

    async fn verify(&self, password: &str, hash: &str) -> Result<bool, Outage> {
        let application = self.application.id.as_str();
        let call = Call { application, password, hash: Some(hash), account: None };
        self.verify.call(&call, &AlarmProgress::default()).await
    }
}

impl Passwords for HookPasswords {
    async fn hash(
        &self,
        password: &Password,
        format: HashFormat,
        seed: &[u8; 32],
    ) -> Result<PasswordHash, Outage> {
        let Some(hasher) = &self.hasher else {
            return hashing::hash(password, format, seed).ok_or(Outage);
        };
        self.check_hasher(hasher).await?;
        hasher.hash(password.expose()).await.map(PasswordHash::from)
    }

    async fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<bool, Outage> {
        let Some(hasher) = &self.hasher else { return Ok(hashing::verify(password, hash)) };
        self.check_hasher(hasher).await?;
        hasher.verify(password.expose(), hash.expose()).await
    }

    async fn check(
        &self,
        password: &Password,
        account: &Account,
    ) -> Result<Option<String>, Outage> {
        let Some(check) = &self.check else { return Ok(None) };
        let call = Call {
            application: self.application.id.as_str(),
            password: password.expose(),
            hash: None,
            account: Some(AccountValue {
                id: &account.id.0,
                username: &account.username,
                email: account.email.as_deref(),
                name: account.name.as_deref(),
            }),
        };
        let reasons: Vec<String> = check.call(&call, &AlarmProgress::default()).await?;
        Ok((!reasons.is_empty()).then(|| reasons.join(" ")))
    }
}
