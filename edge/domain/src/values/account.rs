//! Accounts as the directory returns them, and the fingerprint that a link is issued for.

use relatch_languages::Language;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::values::application_id::ApplicationId;
use crate::values::keys::{base64url, digest};
use crate::values::mail_address::{ParseAddressError, PlainAddress, canonical_address};

/// The id of an account in its directory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub String);

/// The role of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An ordinary account.
    User,
    /// An administrator: may reset by mail only if configuration allows it.
    Admin,
    /// A machine account: never resets by mail.
    Machine,
}

/// A stored password hash. It does not print.
#[derive(Clone, Debug)]
pub struct PasswordHash(SecretString);

impl PasswordHash {
    /// Returns the stored text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns the password's version: a digest of the salted hash, which reveals nothing about the
    /// password.
    #[must_use]
    pub fn version(&self, application: &ApplicationId) -> PasswordVersion {
        PasswordVersion(base64url(&digest(
            application,
            "password version",
            &[self.expose().as_bytes()],
        )))
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

/// Identifies one password of an account. Each hash has its own salt, so two versions are never
/// equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordVersion(String);

/// A digest of what a link is issued for: account id, canonical e-mail address, status, role and
/// password version. A link is valid only while the account has the same fingerprint. If an address
/// is changed and changed back, the fingerprint matches again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

/// An account at the time of a read.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its user name.
    pub username: String,
    /// Its stored e-mail address. Mail goes to this address (see [`Self::recipient`]), never to the
    /// identifier of a request.
    pub email: Option<String>,
    /// The account owner's name.
    pub name: Option<String>,
    /// Its password hash.
    pub password_hash: Option<PasswordHash>,
    /// Its role.
    pub role: Role,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Whether its address is verified. It is read only where configuration requires that.
    pub verified: bool,
    /// The locale of its owner, as it is stored: a language tag, or the name of a locale.
    pub locale: Option<String>,
}

codes! {
/// Why an account may not reset its password by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ineligible {
    /// The account is disabled.
    Disabled = "disabled",
    /// The account is a machine account, or its role is unknown.
    Machine = "machine",
    /// The account is an administrator, and `ALLOW_ADMINS` is not `true`.
    Admin = "admin",
    /// The account has no plain e-mail address.
    NoEmail = "no_email",
    /// The account has no password.
    NoPassword = "no_password",
    /// The domain of the account's e-mail address has no ASCII form that mail can be sent to.
    InvalidDomain = "invalid_domain",
    /// The account has a password, so its owner is not invited to choose a first one.
    HasPassword = "has_password",
    /// The account is not verified, and `REQUIRE_VERIFIED` is `true`.
    Unverified = "unverified",
    /// `RESET_ENABLED` is `false`.
    SwitchedOff = "switched_off",
}
}

/// The values that a link for an eligible account needs.
pub struct Eligible {
    /// The address that mail is sent to.
    pub email: PlainAddress,
    /// The fingerprint of the account.
    pub fingerprint: Fingerprint,
}

impl Account {
    /// Returns the language of the owner, if the account has a locale that there are texts for.
    #[must_use]
    pub fn language(&self) -> Option<Language> {
        self.locale.as_deref().and_then(Language::parse)
    }

    /// Returns the address that mail is sent to: the stored one without surrounding blanks, and with
    /// its domain in ASCII.
    ///
    /// # Errors
    ///
    /// [`Ineligible::NoEmail`] if there is no plain address, [`Ineligible::InvalidDomain`] if its
    /// domain is not valid.
    pub fn recipient(&self) -> Result<PlainAddress, Ineligible> {
        let stored = self.email.as_deref().ok_or(Ineligible::NoEmail)?;
        PlainAddress::parse(stored).map_err(|error| match error {
            ParseAddressError::NotPlain => Ineligible::NoEmail,
            ParseAddressError::Domain => Ineligible::InvalidDomain,
        })
    }

    /// Returns whether the account has a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.password_hash.as_ref().is_some_and(|hash| !hash.expose().is_empty())
    }

    /// Returns whether a fingerprint is that of this account before it had a password.
    #[must_use]
    pub fn had_no_password(&self, application: &ApplicationId, then: &Fingerprint) -> bool {
        Self { password_hash: None, ..self.clone() }.fingerprint(application) == *then
    }

    /// Returns the version of the current password, or `None` if the account has no password.
    #[must_use]
    pub fn version(&self, application: &ApplicationId) -> Option<PasswordVersion> {
        self.password_hash
            .as_ref()
            .filter(|hash| !hash.expose().is_empty())
            .map(|hash| hash.version(application))
    }

    /// Returns the fingerprint of the account.
    #[must_use]
    pub fn fingerprint(&self, application: &ApplicationId) -> Fingerprint {
        let email = self.email.as_deref().map(canonical_address).unwrap_or_default();
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

    /// Returns the name that the account owner signs in with: the user name, or the address if the
    /// account has no user name.
    #[must_use]
    pub fn sign_in_name(&self) -> Option<&str> {
        let names = [Some(self.username.as_str()), self.email.as_deref()];
        names.into_iter().flatten().find(|name| !name.trim().is_empty())
    }

    /// Returns the terms that a new password must not be made of: user name, address and name.
    #[must_use]
    pub fn personal_terms(&self) -> Vec<&str> {
        [Some(self.username.as_str()), self.email.as_deref(), self.name.as_deref()]
            .into_iter()
            .flatten()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ada;

    #[test]
    fn the_fingerprint_depends_on_what_a_link_is_issued_for_and_on_nothing_else() {
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
        let same = Account {
            username: "countess".into(),
            name: None,
            email: Some("ada@example.com".into()),
            ..ada()
        };
        assert_eq!(same.fingerprint(&application), before);
        assert_ne!(ada().fingerprint(&ApplicationId::parse("shop").unwrap()), before);
    }
}
