//! The keys of an application's own servers: who may call what is for servers alone.
//!
//! Configuration holds a key's hash, never the key: `label:sha256[:scope+scope…]`. A key is random and as long as a hash, so a
//! plain SHA-256 keeps it: there is nothing to guess that a slower one would protect. Two may be live at once, so that one
//! takes the other's place without a pause.

use argon2::password_hash::phc::Output;
use sha2::{Digest as _, Sha256};

use crate::hashing::same;
use crate::values::keys::hex;

/// The most keys at a time: the one in use, and the one that takes its place.
const MOST: usize = 2;

/// A SHA-256, in hexadecimal.
const HASH_DIGITS: usize = 64;

/// What a key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// To start a reset.
    Reset,
    /// To ask whether an account could reset.
    Status,
    /// To end links that are out.
    Links,
    /// To read an account's events.
    Events,
    /// To erase what is kept about somebody.
    Erase,
    /// To say what a mail says, in a dialect that lets its callers do so.
    Mail,
}

impl Scope {
    const ALL: [(&str, Self); 6] = [
        ("reset", Self::Reset),
        ("status", Self::Status),
        ("links", Self::Links),
        ("events", Self::Events),
        ("erase", Self::Erase),
        ("mail", Self::Mail),
    ];

    const fn bit(self) -> u8 {
        match self {
            Self::Reset => 1,
            Self::Status => 2,
            Self::Links => 4,
            Self::Events => 8,
            Self::Erase => 16,
            Self::Mail => 32,
        }
    }
}

/// Who calls, by the key that came along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerCaller {
    /// What configuration calls the key: events name it so.
    pub label: String,
}

/// Why a key does not let its caller in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// It is none of this application's.
    Unknown,
    /// It is good, and not for this.
    OutOfScope,
}

struct ServerKey {
    label: String,
    hash: Output,
    scopes: u8,
}

/// An application's keys for its servers. Their hashes do not print.
#[derive(Default)]
pub struct ServerKeys(Vec<ServerKey>);

impl std::fmt::Debug for ServerKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|key| &key.label)).finish()
    }
}

impl ServerKeys {
    /// Reads `label:hash,label:hash:scope+scope`. The error says what is wrong without repeating any of it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keys: Vec<ServerKey> = Vec::new();
        for (index, entry) in text.split(',').map(str::trim).enumerate() {
            let wrong = |what: &str| format!("key {} {what}", index.saturating_add(1));
            let mut parts = entry.split(':');
            let (Some(label), Some(hash), scopes, None) = (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Err(wrong("is not of the form label:hash or label:hash:scope+scope"));
            };
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if !(1..=32).contains(&label.len()) || !label.chars().all(fits) {
                return Err(wrong("has a label that is not 1 to 32 lower-case letters, digits and hyphens"));
            }
            if keys.iter().any(|key| key.label == label) {
                return Err(wrong("has the label of another key"));
            }
            let is_hash =
                hash.len() == HASH_DIGITS && hash.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
            let hash = Output::new(hash.as_bytes()).ok().filter(|_| is_hash);
            let hash = hash.ok_or_else(|| wrong("has a hash that is not a SHA-256 in lower-case hexadecimal"))?;
            let mut allowed = 0;
            for name in scopes.into_iter().flat_map(|scopes| scopes.split('+')) {
                let known = Scope::ALL.iter().find(|(known, _)| *known == name);
                let (_, scope) = known
                    .ok_or_else(|| wrong("has a scope that is none of reset, status, links, events, erase and mail"))?;
                allowed |= scope.bit();
            }
            keys.push(ServerKey {
                label: label.to_owned(),
                hash,
                scopes: if scopes.is_none() { u8::MAX } else { allowed },
            });
        }
        if keys.len() > MOST {
            return Err(format!("has more than {MOST} keys"));
        }
        Ok(Self(keys))
    }

    /// Whose key this is, if it is good for this. How long it takes tells nothing about any key.
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
    fn a_key_is_known_by_its_hash_and_good_for_everything_unless_scopes_are_named() {
        let text = format!("new:{}, old:{}:status+events", hash("one key"), hash("another key"));
        let keys = ServerKeys::parse(&text).unwrap();
        for (_, scope) in Scope::ALL {
            assert_eq!(caller(&keys, "one key", scope), Ok("new".to_owned()), "{scope:?}");
            let allowed = matches!(scope, Scope::Status | Scope::Events);
            let expected = if allowed { Ok("old".to_owned()) } else { Err(KeyError::OutOfScope) };
            assert_eq!(caller(&keys, "another key", scope), expected, "{scope:?}");
        }
        for unknown in ["", "one key ", "One key", "one", &hash("one key")] {
            assert_eq!(caller(&keys, unknown, Scope::Status), Err(KeyError::Unknown), "{unknown}");
        }
        assert_eq!(caller(&ServerKeys::default(), "one key", Scope::Status), Err(KeyError::Unknown));
    }

    #[test]
    fn what_is_no_list_of_at_most_two_keys_is_refused_without_repeating_it() {
        let (one, two) = (hash("one key"), hash("another key"));
        for (text, reason) in [
            (one.clone(), "key 1 is not of the form"),
            (format!("a:{one}:reset:status"), "key 1 is not of the form"),
            (format!(":{one}"), "key 1 has a label"),
            (format!("Shop:{one}"), "key 1 has a label"),
            (format!("{}:{one}", "a".repeat(33)), "key 1 has a label"),
            (format!("a:{one},a:{two}"), "key 2 has the label of another key"),
            ("a:".to_owned(), "key 1 has a hash"),
            (format!("a:{}", one.to_uppercase()), "key 1 has a hash"),
            (format!("a:{one}0"), "key 1 has a hash"),
            (format!("a:+{}", &one[1..]), "key 1 has a hash"),
            ("a:one key in clear".to_owned(), "key 1 has a hash"),
            (format!("a:{one}:"), "key 1 has a scope"),
            (format!("a:{one}:reset+"), "key 1 has a scope"),
            (format!("a:{one}:Reset"), "key 1 has a scope"),
            (format!("a:{one},"), "key 2 is not of the form"),
            (format!("a:{one},b:{two},c:{}", hash("a third")), "has more than 2 keys"),
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
