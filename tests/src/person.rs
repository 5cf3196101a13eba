//! Test users.

use std::sync::atomic::{AtomicU32, Ordering};

use relatch::Password;
use relatch_domain::hashing;
use relatch_domain::hashing::{HashCost, HashFormat};
use relatch_domain::values::account::{Account, AccountId, PasswordHash, Role};

/// The cost of the hashes that the tests make themselves, as low as Argon2id allows.
const CHEAP: HashFormat =
    HashFormat::Argon2id(HashCost { memory_kib: 64, iterations: 1, parallelism: 1 });

/// A person with an account. Every person has a unique id, user name and address, so that tests can
/// share a world.
#[derive(Clone)]
pub struct Person {
    /// The account id.
    pub id: u32,
    /// The user name.
    pub username: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// The display name.
    pub name: Option<String>,
    /// The password before any reset.
    pub password: String,
    /// Whether the account has a password at all.
    pub has_password: bool,
    /// The role.
    pub role: Role,
    /// Whether the account is disabled.
    pub disabled: bool,
    /// Whether the account is verified.
    pub verified: bool,
    /// The locale of its owner.
    pub locale: Option<String>,
}

impl Person {
    /// Creates a person with a unique id, user name and address, who may reset a password.
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
            verified: true,
            locale: None,
        }
    }

    /// Returns the e-mail address, or an empty string if the account has none.
    pub fn address(&self) -> &str {
        self.email.as_deref().unwrap_or_default()
    }

    /// Returns the account id in the directory.
    pub fn account_id(&self) -> AccountId {
        AccountId(self.id.to_string())
    }

    /// Returns the account as the directory stores it.
    pub fn account(&self) -> Account {
        Account {
            id: self.account_id(),
            username: self.username.clone(),
            email: self.email.clone(),
            name: self.name.clone(),
            password_hash: self.has_password.then(|| hash(&self.password, self.id)),
            role: self.role,
            disabled: self.disabled,
            verified: self.verified,
            locale: self.locale.clone(),
        }
    }
}

impl Default for Person {
    fn default() -> Self {
        Self::new()
    }
}

/// Hashes a password. A different `salt` gives a different hash.
pub fn hash(password: &str, salt: u32) -> PasswordHash {
    let mut seed = [0; 32];
    for (place, byte) in seed.iter_mut().zip(salt.to_be_bytes()) {
        *place = byte;
    }
    hashing::hash(&Password::from(password), CHEAP, &seed).expect("the parameters are valid")
}
