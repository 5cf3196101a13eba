//! Somebody with an account.

use std::sync::atomic::{AtomicU32, Ordering};

use relatch::Password;
use relatch_domain::hashing;
use relatch_domain::hashing::{HashCost, HashFormat};
use relatch_domain::values::account::{Account, AccountId, PasswordHash, Role};

/// Of a hash that a test makes itself: tests are about something else.
const CHEAP: HashFormat = HashFormat::Argon2id(HashCost { memory_kib: 64, iterations: 1, parallelism: 1 });

/// An account, as a test makes it up. Every person has names that nobody else has, so that tests can share a world.
#[derive(Clone)]
pub struct Person {
    /// Its id.
    pub id: u32,
    /// Its user name.
    pub username: String,
    /// Its address.
    pub email: Option<String>,
    /// Its owner's name.
    pub name: Option<String>,
    /// Its password before any reset.
    pub password: String,
    /// Without one, the account has no password.
    pub has_password: bool,
    /// Its role.
    pub role: Role,
    /// Whether it is switched off.
    pub disabled: bool,
}

impl Person {
    /// Somebody new.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1000);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self {
            id,
            username: format!("person{id}"),
            email: Some(format!("person{id}@mail.example")),
            name: None,
            password: format!("first password of {id}"),
            has_password: true,
            role: Role::User,
            disabled: false,
        }
    }

    /// The address, which this person is known to have.
    pub fn address(&self) -> &str {
        self.email.as_deref().unwrap_or_default()
    }

    /// The account's id in the directory.
    pub fn account_id(&self) -> AccountId {
        AccountId(self.id.to_string())
    }

    /// The account as the directory should hold it.
    pub fn account(&self) -> Account {
        Account {
            id: self.account_id(),
            username: self.username.clone(),
            email: self.email.clone(),
            name: self.name.clone(),
            password_hash: self.has_password.then(|| hash(&self.password, self.id)),
            role: self.role,
            disabled: self.disabled,
        }
    }
}

impl Default for Person {
    fn default() -> Self {
        Self::new()
    }
}

/// A hash of this password; another salt makes another one.
pub fn hash(password: &str, salt: u32) -> PasswordHash {
    let mut seed = [0; 32];
    for (place, byte) in seed.iter_mut().zip(salt.to_be_bytes()) {
        *place = byte;
    }
    hashing::hash(&Password::from(password), CHEAP, &seed).expect("these parameters make a hash")
}
