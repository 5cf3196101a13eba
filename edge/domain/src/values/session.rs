//! Sessions of the host application, which creates them in its own tables. Relatch authenticates
//! and revokes them.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::values::account::{Account, PasswordHash, Role};
use crate::values::keys::hex;

/// The id of a session in its directory. It identifies the session and does not authenticate it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub String);

/// A valid session.
pub struct Session {
    /// Its account, at the time of the read.
    pub account: Account,
    /// Its id.
    pub id: SessionId,
}

impl Session {
    /// Returns the session, or `None` if the account may not sign in or the session was created
    /// under an earlier password. `password_version` is the [`digest`] of the password hash at that
    /// time, if the directory stores it.
    #[must_use]
    pub fn of(account: Account, id: SessionId, version: Option<&str>) -> Option<Self> {
        let may_sign_in = !account.disabled && account.role != Role::Machine;
        let hash = account.password_hash.as_ref().map_or("", PasswordHash::expose);
        let in_force = version.is_none_or(|version| version == digest(hash));
        (may_sign_in && in_force).then_some(Self { account, id })
    }
}

/// Returns the SHA-256 of a text in lower-case hexadecimal. The host application can compute it in
/// any language.
#[must_use]
pub fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// Returns an account whose role ends no session.
    fn ada() -> Account {
        let password_hash = Some(PasswordHash::from("abc"));
        Account { password_hash, role: Role::Admin, ..testing::ada() }
    }

    fn is_good(account: Account, version: Option<&str>) -> bool {
        Session::of(account, SessionId("s".into()), version).is_some()
    }

    #[test]
    fn a_session_ends_with_its_password_and_with_its_account() {
        // FIPS 180-2, appendix B.1.
        const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(is_good(ada(), None) && is_good(ada(), Some(ABC)));
        for version in
            ["", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", &ABC[1..]]
        {
            assert!(!is_good(ada(), Some(version)), "{version}");
        }
        assert!(!is_good(Account { password_hash: None, ..ada() }, Some(ABC)));
        assert!(!is_good(Account { disabled: true, ..ada() }, Some(ABC)));
        assert!(!is_good(Account { role: Role::Machine, ..ada() }, None));
    }
}
