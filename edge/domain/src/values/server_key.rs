//! Server keys: bearer keys of an application's own servers, with scopes.
//!
//! Configuration holds the SHA-256 of a key, never the key: `label:sha256[:scope+scope…]`. A plain
//! hash is enough because a key is random and too long to guess. Two keys may be valid at once, so
//! that one can replace the other without an interruption.

use argon2::password_hash::phc::Output;
use sha2::{Digest as _, Sha256};

use crate::hashing::same;
use crate::values::keys::hex;

/// The most keys: the current one and its replacement.
const MAX_KEYS: usize = 2;

/// The length of a SHA-256 in hexadecimal.
const HASH_DIGITS: usize = 64;

/// A permission of a server key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// To start a reset.
    Reset,
    /// To ask whether an account can reset.
    Status,
    /// To revoke links.
    Links,
    /// To read an account's events.
    Events,
    /// To erase stored data about an account or identifier.
    Erase,
    /// To define the template of a mail, in dialects that allow it.
    Mail,
    /// To call for visitors, and to report their addresses.
    Request,
    /// To read the events of all accounts, their numbers, and the mails that wait.
    Operator,
    /// To attempt a waiting mail at once.
    Retry,
    /// To invite the owner of an account without a password to choose one.
    Invite,
}

impl Scope {
    const ALL: [(&str, Self); 10] = [
        ("reset", Self::Reset),
        ("status", Self::Status),
        ("links", Self::Links),
        ("events", Self::Events),
        ("erase", Self::Erase),
        ("mail", Self::Mail),
        ("request", Self::Request),
        ("operator", Self::Operator),
        ("retry", Self::Retry),
        ("invite", Self::Invite),
    ];

    /// The scopes of a key that names none: those of the first version. A scope that is added later
    /// has to be named, so that no existing key gets it by an update.
    const DEFAULT: [Self; 6] =
        [Self::Reset, Self::Status, Self::Links, Self::Events, Self::Erase, Self::Mail];

    /// Returns its name in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, scope)| *scope == self).map_or("", |(name, _)| name)
    }

    fn default_bits() -> u16 {
        Self::DEFAULT.iter().fold(0, |bits, scope| bits | scope.bit())
    }

    const fn bit(self) -> u16 {
        match self {
            Self::Reset => 1,
            Self::Status => 2,
            Self::Links => 4,
            Self::Events => 8,
            Self::Erase => 16,
            Self::Mail => 32,
            Self::Request => 64,
            Self::Operator => 128,
            Self::Retry => 256,
            Self::Invite => 512,
        }
    }
}

/// An authenticated server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerCaller {
    /// The label of its key. Events contain it.
    pub label: String,
}

/// Why a key is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The application has no such key.
    Unknown,
    /// The key lacks the scope.
    OutOfScope,
}

struct ServerKey {
    label: String,
    hash: Output,
    scopes: u16,
    names_scopes: bool,
}

/// An application's server keys. Their hashes do not print.
#[derive(Default)]
pub struct ServerKeys(Vec<ServerKey>);

impl std::fmt::Debug for ServerKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|key| &key.label)).finish()
    }
}

impl ServerKeys {
    /// Parses `label:hash,label:hash:scope+scope`. A key without scopes has those of
    /// `Scope::DEFAULT`.
    ///
    /// # Errors
    ///
    /// The first invalid entry, by the key's position and without its hash.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keys: Vec<ServerKey> = Vec::new();
        for (index, entry) in text.split(',').map(str::trim).enumerate() {
            let wrong = |what: &str| format!("key {} {what}", index.saturating_add(1));
            let mut parts = entry.split(':');
            let (Some(label), Some(hash), scopes, None) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Err(wrong("must be `label:hash` or `label:hash:scope+scope`"));
            };
            let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if !(1..=32).contains(&label.len()) || !label.chars().all(is_allowed) {
                return Err(wrong(
                    "must have a label of 1 to 32 lower-case letters, digits and hyphens",
                ));
            }
            if keys.iter().any(|key| key.label == label) {
                return Err(wrong("must have a label that no other key has"));
            }
            let is_hash = hash.len() == HASH_DIGITS
                && hash.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
            let hash = Output::new(hash.as_bytes()).ok().filter(|_| is_hash);
            let hash = hash.ok_or_else(|| {
                wrong("must have a SHA-256 in lower-case hexadecimal as its hash")
            })?;
            let mut allowed = 0;
            for name in scopes.into_iter().flat_map(|scopes| scopes.split('+')) {
                let known = Scope::ALL.iter().find(|(known, _)| *known == name);
                let (_, scope) = known.ok_or_else(|| {
                    wrong(
                        "must have scopes of `reset`, `status`, `links`, `events`, `erase`, \
                         `mail`, `request`, `operator`, `retry`, `invite`",
                    )
                })?;
                allowed |= scope.bit();
            }
            keys.push(ServerKey {
                label: label.to_owned(),
                hash,
                scopes: if scopes.is_none() { Scope::default_bits() } else { allowed },
                names_scopes: scopes.is_some(),
            });
        }
        if keys.len() > MAX_KEYS {
            return Err(format!("must have at most {MAX_KEYS} keys"));
        }
        Ok(Self(keys))
    }

    /// Returns the labels of the keys that name no scopes.
    pub fn without_scopes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|key| !key.names_scopes).map(|key| key.label.as_str())
    }

    /// Returns whether a key has this scope.
    #[must_use]
    pub fn has_scope(&self, scope: Scope) -> bool {
        self.0.iter().any(|key| key.scopes & scope.bit() != 0)
    }

    /// Returns the hash of the key with this label, if the key has this scope. A MAC over the hash
    /// becomes invalid with the key.
    #[must_use]
    pub fn hash_of(&self, label: &str, scope: Scope) -> Option<&[u8]> {
        let key = self.0.iter().find(|key| key.label == label)?;
        (key.scopes & scope.bit() != 0).then(|| key.hash.as_bytes())
    }

    /// Authenticates a bearer key and checks its scope. The time does not depend on the key.
    ///
    /// # Errors
    ///
    /// [`KeyError::Unknown`] or [`KeyError::OutOfScope`].
    pub fn caller(&self, bearer: &str, scope: Scope) -> Result<ServerCaller, KeyError> {
        let given = hex(&Sha256::digest(bearer));
        let mut found = None;
        for key in &self.0 {
            if same(given.as_bytes(), &key.hash) == Some(true) {
                found = Some(key);
            }
        }
        let key = found.ok_or(KeyError::Unknown)?;
        if key.scopes & scope.bit() == 0 {
            return Err(KeyError::OutOfScope);
        }
        Ok(ServerCaller { label: key.label.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(key: &str) -> String {
        hex(&Sha256::digest(key))
    }

    fn caller(keys: &ServerKeys, key: &str, scope: Scope) -> Result<String, KeyError> {
        keys.caller(key, scope).map(|caller| caller.label)
    }

    #[test]
    fn a_key_without_scopes_has_the_six_of_the_first_version() {
        let text = format!("new:{}, old:{}:status+events", hash("one key"), hash("another key"));
        let keys = ServerKeys::parse(&text).unwrap();
        assert_eq!(Scope::default_bits(), 0b11_1111, "scopes of later versions have to be named");
        assert_eq!(keys.without_scopes().collect::<Vec<_>>(), ["new"]);
        for scope in Scope::DEFAULT {
            assert_eq!(caller(&keys, "one key", scope), Ok("new".to_owned()), "{scope:?}");
            let allowed = matches!(scope, Scope::Status | Scope::Events);
            let expected = if allowed { Ok("old".to_owned()) } else { Err(KeyError::OutOfScope) };
            assert_eq!(caller(&keys, "another key", scope), expected, "{scope:?}");
        }
        for unknown in ["", "one key ", "One key", "one", &hash("one key")] {
            assert_eq!(caller(&keys, unknown, Scope::Status), Err(KeyError::Unknown), "{unknown}");
        }
        assert_eq!(
            caller(&ServerKeys::default(), "one key", Scope::Status),
            Err(KeyError::Unknown)
        );
    }

    #[test]
    fn the_scope_for_visitors_has_to_be_named() {
        let all = ServerKeys::parse(&format!("shop:{}", hash("one key"))).unwrap();
        assert!(!all.has_scope(Scope::Request));
        assert_eq!(caller(&all, "one key", Scope::Request), Err(KeyError::OutOfScope));
        let text = format!("shop:{},site:{}:request", hash("one key"), hash("another key"));
        let named = ServerKeys::parse(&text).unwrap();
        assert!(named.has_scope(Scope::Request));
        assert_eq!(caller(&named, "another key", Scope::Request), Ok("site".to_owned()));
        assert_eq!(caller(&named, "another key", Scope::Status), Err(KeyError::OutOfScope));
    }

    #[test]
    fn the_scope_for_invitations_has_to_be_named() {
        let keys = format!("shop:{},site:{}:invite", hash("one key"), hash("another key"));
        let keys = ServerKeys::parse(&keys).unwrap();
        assert_eq!(caller(&keys, "one key", Scope::Invite), Err(KeyError::OutOfScope));
        assert_eq!(caller(&keys, "another key", Scope::Invite), Ok("site".to_owned()));
        assert_eq!(caller(&keys, "another key", Scope::Reset), Err(KeyError::OutOfScope));
    }

    #[test]
    fn an_invalid_list_of_keys_is_rejected_without_being_repeated() {
        let (one, two) = (hash("one key"), hash("another key"));
        for (text, reason) in [
            (one.clone(), "key 1 must be `label:hash`"),
            (format!("a:{one}:reset:status"), "key 1 must be `label:hash`"),
            (format!(":{one}"), "key 1 must have a label"),
            (format!("Shop:{one}"), "key 1 must have a label"),
            (format!("{}:{one}", "a".repeat(33)), "key 1 must have a label"),
            (format!("a:{one},a:{two}"), "key 2 must have a label that no other"),
            ("a:".to_owned(), "key 1 must have a SHA-256"),
            (format!("a:{}", one.to_uppercase()), "key 1 must have a SHA-256"),
            (format!("a:{one}0"), "key 1 must have a SHA-256"),
            (format!("a:+{}", &one[1..]), "key 1 must have a SHA-256"),
            ("a:one key in clear".to_owned(), "key 1 must have a SHA-256"),
            (format!("a:{one}:"), "key 1 must have scopes"),
            (format!("a:{one}:reset+"), "key 1 must have scopes"),
            (format!("a:{one}:Reset"), "key 1 must have scopes"),
            (format!("a:{one},"), "key 2 must be `label:hash`"),
            (format!("a:{one},b:{two},c:{}", hash("a third")), "must have at most 2 keys"),
        ] {
            let wrong = ServerKeys::parse(&text).expect_err(&text);
            assert!(wrong.starts_with(reason), "{text}: {wrong}");
            assert!(!wrong.contains(&one[..8]) && !wrong.contains("in clear"), "{wrong}");
        }
    }

    #[test]
    fn hashes_do_not_print() {
        let keys = ServerKeys::parse(&format!("shop:{}", hash("one key"))).unwrap();
        assert_eq!(format!("{keys:?}"), r#"["shop"]"#);
    }
}
