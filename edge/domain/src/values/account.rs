//! Accounts as the directory knows them, and the fingerprint: what a link is made for.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::values::application_id::ApplicationId;
use crate::values::identifier::canonical;
use crate::values::keys::{base64url, digest};

/// An account's id in its directory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub String);

/// What kind of account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Anybody.
    User,
    /// May reset by mail only where configuration allows it.
    Admin,
    /// Never resets by mail.
    Machine,
}

/// A stored password hash: a PHC string. It does not print.
#[derive(Clone, Debug)]
pub struct PasswordHash(SecretString);

impl PasswordHash {
    /// As it is stored.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Which password this is, told without telling anything about it: a digest of the salted hash.
    #[must_use]
    pub fn version(&self, application: &ApplicationId) -> PasswordVersion {
        PasswordVersion(base64url(&digest(application, "password version", &[self.expose().as_bytes()])))
    }
}

impl<T: Into<String>> From<T> for PasswordHash {
    fn from(hash: T) -> Self {
        Self(SecretString::from(hash.into()))
    }
}

impl Serialize for PasswordHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for PasswordHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// Tells two passwords of an account apart: every hash has its own salt, so no two versions are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordVersion(String);

/// What a link is made for: account id, canonical e-mail, status, role and password. Any of them changed: the link is
/// dead. An e-mail changed away and back revives it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

/// An account as it was when it was read.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its user name.
    pub username: String,
    /// Its address, as stored: mail goes to this one, never to what somebody typed.
    pub email: Option<String>,
    /// What to call its owner.
    pub name: Option<String>,
    /// Its password.
    pub password_hash: Option<PasswordHash>,
    /// Its role.
    pub role: Role,
    /// Whether it is switched off.
    pub disabled: bool,
}

/// Why an account gets no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ineligible {
    /// Switched off.
    Disabled,
    /// A machine's.
    Machine,
    /// An administrator's, and configuration does not allow it.
    Admin,
    /// Without an address that mail can be sent to.
    NoEmail,
    /// Without a password: there is none to reset, and nothing that would tell its links apart.
    NoPassword,
}

impl Ineligible {
    /// A name for events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Machine => "machine",
            Self::Admin => "admin",
            Self::NoEmail => "no_email",
            Self::NoPassword => "no_password",
        }
    }
}

/// An account that may reset its password by mail, with what that takes.
pub struct Eligible<'a> {
    /// The address as stored.
    pub email: &'a str,
    /// The password's version.
    pub version: PasswordVersion,
    /// What a link of now would be made for.
    pub fingerprint: Fingerprint,
}

impl Account {
    /// The version of the password in force.
    #[must_use]
    pub fn version(&self, application: &ApplicationId) -> Option<PasswordVersion> {
        self.password_hash.as_ref().filter(|hash| !hash.expose().is_empty()).map(|hash| hash.version(application))
    }

    /// What a link of now would be made for.
    #[must_use]
    pub fn fingerprint(&self, application: &ApplicationId) -> Fingerprint {
        let email = self.email.as_deref().map(canonical).unwrap_or_default();
        let status: &[u8] = if self.disabled { b"disabled" } else { b"active" };
        let role: &[u8] = match self.role {
            Role::User => b"user",
            Role::Admin => b"admin",
            Role::Machine => b"machine",
        };
        let version = self.version(application).map(|version| version.0).unwrap_or_default();
        let fields = [self.id.0.as_bytes(), email.as_bytes(), status, role, version.as_bytes()];
        Fingerprint(base64url(&digest(application, "fingerprint", &fields)))
    }

    /// The words that the password must not be made of.
    #[must_use]
    pub fn personal_terms(&self) -> Vec<&str> {
        [Some(self.username.as_str()), self.email.as_deref(), self.name.as_deref()].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Account {
        Account {
            id: AccountId("3".into()),
            username: "ada".into(),
            email: Some("Ada@Example.com".into()),
            name: Some("Ada Lovelace".into()),
            password_hash: Some(PasswordHash::from("$argon2id$one")),
            role: Role::User,
            disabled: false,
        }
    }

    #[test]
    fn the_fingerprint_changes_with_everything_a_link_is_made_for_and_with_nothing_else() {
        let application = ApplicationId::parse("default").unwrap();
        let before = ada().fingerprint(&application);
        let changed: Vec<Account> = vec![
            Account { id: AccountId("4".into()), ..ada() },
            Account { email: Some("ada@example.org".into()), ..ada() },
            Account { email: None, ..ada() },
            Account { password_hash: Some(PasswordHash::from("$argon2id$two")), ..ada() },
            Account { password_hash: None, ..ada() },
            Account { role: Role::Admin, ..ada() },
            Account { disabled: true, ..ada() },
        ];
        for account in &changed {
            assert_ne!(account.fingerprint(&application), before);
        }
        let same = Account { username: "countess".into(), name: None, email: Some("ada@example.com".into()), ..ada() };
        assert_eq!(same.fingerprint(&application), before);
        assert_ne!(ada().fingerprint(&ApplicationId::parse("shop").unwrap()), before);
    }
}
