//! The keyring: one secret a key, one subkey a purpose.
//!
//! Subkeys come from HKDF-SHA256 (RFC 5869), so that what is made for one purpose is worth nothing for another. Every
//! input of a message authentication code is length-prefixed and begins with the application's id, so that no two
//! different inputs are the same bytes and nothing of one application is good in another.

use std::fmt::Write as _;

use base64ct::{Base64, Base64Unpadded, Base64UrlUnpadded, Encoding as _};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::{Digest as _, Sha256};

use super::config::ApplicationId;

/// The shortest key, in bytes: the strength of the whole is at least that of the hash.
pub const SHORTEST_KEY: usize = 32;

type HmacSha256 = Hmac<Sha256>;

/// What a subkey is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Authenticates links.
    Link,
    /// Derives what one mail needs from its seed: the link's nonce, the Message-ID, the boundary.
    Nonce,
    /// Names objects without telling who they are about.
    Names,
    /// Ties a form of the hosted pages to the link in the browser's cookie.
    Cookie,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Link => b"link",
            Self::Nonce => b"nonce",
            Self::Names => b"names",
            Self::Cookie => b"cookie",
        }
    }
}

struct Key {
    id: u8,
    link: SecretBox<[u8; 32]>,
    nonce: SecretBox<[u8; 32]>,
    names: SecretBox<[u8; 32]>,
    cookie: SecretBox<[u8; 32]>,
}

/// An application's keys, newest first: the first makes, all verify.
pub struct Keyring {
    application: ApplicationId,
    newest: Key,
    older: Vec<Key>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ids: Vec<u8> = self.keys().map(|key| key.id).collect();
        formatter.debug_struct("Keyring").field("ids", &ids).finish_non_exhaustive()
    }
}

impl Keyring {
    /// Reads `id:base64,id:base64`, newest first. The error says what is wrong without repeating any of it.
    pub fn parse(application: &ApplicationId, text: &str) -> Result<Self, String> {
        let mut keys = Vec::new();
        for (index, entry) in text.split(',').map(str::trim).enumerate() {
            let place = index.saturating_add(1);
            let (id, secret) =
                entry.split_once(':').ok_or_else(|| format!("key {place} is not of the form id:base64"))?;
            let id: u8 = id.parse().map_err(|_| format!("the id of key {place} is not a number from 0 to 255"))?;
            let secret = Base64::decode_vec(secret)
                .or_else(|_| Base64Unpadded::decode_vec(secret))
                .map_err(|_| format!("key {place} is not base64"))?;
            let secret = SecretBox::new(Box::new(secret));
            if secret.expose_secret().len() < SHORTEST_KEY {
                return Err(format!("key {place} is shorter than {SHORTEST_KEY} bytes"));
            }
            if secret.expose_secret().iter().all(|byte| Some(byte) == secret.expose_secret().first()) {
                return Err(format!("key {place} is one byte over and over, not a key"));
            }
            if keys.iter().any(|key: &Key| key.id == id) {
                return Err(format!("two keys have the id {id}"));
            }
            let subkey = |purpose| derive(secret.expose_secret(), application, purpose);
            keys.push(Key {
                id,
                link: subkey(Purpose::Link),
                nonce: subkey(Purpose::Nonce),
                names: subkey(Purpose::Names),
                cookie: subkey(Purpose::Cookie),
            });
        }
        let mut keys = keys.into_iter();
        let newest = keys.next().ok_or("there is no key")?;
        Ok(Self { application: application.clone(), newest, older: keys.collect() })
    }

    /// The key that makes new links.
    #[must_use]
    pub const fn newest(&self) -> u8 {
        self.newest.id
    }

    /// Every key's id, newest first.
    pub fn ids(&self) -> impl Iterator<Item = u8> {
        self.keys().map(|key| key.id)
    }

    /// The code over these fields under the key of this id, or nothing if there is no such key.
    #[must_use]
    pub fn code(&self, key_id: u8, purpose: Purpose, fields: &[&[u8]]) -> Option<[u8; 32]> {
        self.mac(key_id, purpose, fields).map(|mac| mac.finalize().into_bytes().into())
    }

    /// The code over these fields under the newest key.
    #[must_use]
    pub fn newest_code(&self, purpose: Purpose, fields: &[&[u8]]) -> [u8; 32] {
        self.code(self.newest.id, purpose, fields).unwrap_or_default()
    }

    /// Whether this is the code over these fields. Takes the same time wherever it differs.
    #[must_use]
    pub fn verify(&self, key_id: u8, purpose: Purpose, fields: &[&[u8]], code: &[u8; 32]) -> bool {
        self.mac(key_id, purpose, fields).is_some_and(|mac| mac.verify_slice(code).is_ok())
    }

    fn mac(&self, key_id: u8, purpose: Purpose, fields: &[&[u8]]) -> Option<HmacSha256> {
        let key = self.keys().find(|key| key.id == key_id)?;
        let subkey = match purpose {
            Purpose::Link => &key.link,
            Purpose::Nonce => &key.nonce,
            Purpose::Names => &key.names,
            Purpose::Cookie => &key.cookie,
        };
        let mut mac = HmacSha256::new_from_slice(subkey.expose_secret()).ok()?;
        length_prefixed(self.application.as_str().as_bytes(), fields, |bytes| mac.update(bytes));
        Some(mac)
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}

fn derive(secret: &[u8], application: &ApplicationId, purpose: Purpose) -> SecretBox<[u8; 32]> {
    let mut subkey = [0; 32];
    let mut info = Vec::new();
    length_prefixed(b"relatch 1", &[purpose.label(), application.as_str().as_bytes()], |bytes| {
        info.extend_from_slice(bytes);
    });
    // HKDF refuses only outputs over 255 hashes long; this one is a single hash.
    let _single_hash = Hkdf::<Sha256>::new(None, secret).expand(&info, &mut subkey);
    SecretBox::new(Box::new(subkey))
}

/// Bytes as text that stands in keys, names and headers alike.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Bytes as text for others, in lower case.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

/// A plain SHA-256 over length-prefixed fields: for what is secret enough by itself.
#[must_use]
pub fn digest(application: &ApplicationId, label: &str, fields: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    length_prefixed(label.as_bytes(), &[application.as_str().as_bytes()], |bytes| hash.update(bytes));
    for field in fields {
        length_prefixed(field, &[], |bytes| hash.update(bytes));
    }
    hash.finalize().into()
}

fn length_prefixed(first: &[u8], rest: &[&[u8]], mut put: impl FnMut(&[u8])) {
    for field in std::iter::once(&first).chain(rest) {
        put(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        put(field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,3:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    fn keyring(application: &str, keys: &str) -> Keyring {
        Keyring::parse(&ApplicationId::parse(application).unwrap(), keys).unwrap()
    }

    #[test]
    fn the_first_key_makes_and_all_verify() {
        let keyring = keyring("default", TWO);
        assert_eq!(keyring.newest(), 7);
        let old = keyring.code(3, Purpose::Link, &[b"x"]).unwrap();
        assert!(keyring.verify(3, Purpose::Link, &[b"x"], &old));
        assert!(!keyring.verify(7, Purpose::Link, &[b"x"], &old));
        assert!(!keyring.verify(9, Purpose::Link, &[b"x"], &old));
    }

    #[test]
    fn purposes_applications_and_field_borders_make_different_codes() {
        let keyring_a = keyring("default", TWO);
        let codes = [
            keyring_a.newest_code(Purpose::Link, &[b"ab", b"c"]),
            keyring_a.newest_code(Purpose::Link, &[b"a", b"bc"]),
            keyring_a.newest_code(Purpose::Names, &[b"ab", b"c"]),
            keyring_a.newest_code(Purpose::Nonce, &[b"ab", b"c"]),
            keyring_a.newest_code(Purpose::Cookie, &[b"ab", b"c"]),
            keyring("shop", TWO).newest_code(Purpose::Link, &[b"ab", b"c"]),
        ];
        let distinct: std::collections::HashSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len());
    }

    #[test]
    fn bad_keys_are_refused_without_repeating_them() {
        for (keys, why) in [
            ("", "not of the form"),
            ("1:AAAA", "shorter than 32"),
            ("300:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "not a number"),
            ("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8?", "not base64"),
            ("1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "over and over"),
            (
                "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,1:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
                "two keys",
            ),
        ] {
            let error = Keyring::parse(&ApplicationId::parse("default").unwrap(), keys).unwrap_err();
            assert!(error.contains(why), "{keys}: {error}");
            assert!(!error.contains("AAEC"), "{error}");
        }
    }

    #[test]
    fn a_keyring_does_not_print_its_keys() {
        assert_eq!(format!("{:?}", keyring("default", TWO)), "Keyring { ids: [7, 3], .. }");
    }
}
