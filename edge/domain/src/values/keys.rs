//! The keyring: one secret for each key id, one subkey for each purpose.
//!
//! Subkeys are derived with HKDF-SHA256 (RFC 5869), so a MAC made for one purpose is invalid for
//! every other. Every MAC input is length-prefixed and starts with the application's id: two
//! different inputs are never the same bytes, and a MAC of one application is invalid in another.

use std::fmt::Write as _;

use base64ct::{Base64, Base64Unpadded, Base64UrlUnpadded, Encoding as _};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::{Digest as _, Sha256};

use crate::values::application_id::ApplicationId;

/// The shortest key, in bytes: as long as the hash's output (NIST SP 800-107 section 5.3.4).
pub const MIN_KEY_BYTES: usize = 32;

/// The length of a nonce of [`Keyring::encrypt`].
pub const NONCE_BYTES: usize = 24;

type HmacSha256 = Hmac<Sha256>;

/// The purpose of a subkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Authenticates links.
    Link,
    /// Derives from a mail's seed its nonce, Message-ID and boundary.
    Nonce,
    /// Names objects without revealing whom they are about.
    Names,
    /// Binds a form of the hosted pages to the link in the browser's cookie.
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

/// One key: a keyed HMAC for each purpose, and a cipher. A MAC is computed on a clone.
struct Key {
    id: u8,
    cipher: XChaCha20Poly1305,
    link: HmacSha256,
    nonce: HmacSha256,
    names: HmacSha256,
    cookie: HmacSha256,
}

impl Key {
    fn derive(id: u8, secret: &[u8], application: &ApplicationId) -> Self {
        let subkey = |purpose: Purpose| hmac(&derive(secret, application, purpose.label()));
        let cipher = derive(secret, application, b"cipher");
        Self {
            id,
            cipher: XChaCha20Poly1305::new(cipher.expose_secret().into()),
            link: subkey(Purpose::Link),
            nonce: subkey(Purpose::Nonce),
            names: subkey(Purpose::Names),
            cookie: subkey(Purpose::Cookie),
        }
    }

    fn hmac(&self, application: &ApplicationId, purpose: Purpose, fields: &[&[u8]]) -> HmacSha256 {
        let mut hmac = match purpose {
            Purpose::Link => &self.link,
            Purpose::Nonce => &self.nonce,
            Purpose::Names => &self.names,
            Purpose::Cookie => &self.cookie,
        }
        .clone();
        length_prefixed(application.as_str().as_bytes(), fields, |bytes| hmac.update(bytes));
        hmac
    }
}

/// An application's keys, newest first: the first signs, all verify.
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
    /// Parses `id:base64,id:base64`, newest first.
    ///
    /// # Errors
    ///
    /// The first invalid entry, by the key's position and without any part of a key.
    pub fn parse(application: &ApplicationId, text: &str) -> Result<Self, String> {
        let keys = decode_keys(text)?;
        let mut keys =
            keys.iter().map(|(id, key)| Key::derive(*id, key.expose_secret(), application));
        let newest = keys.next().ok_or("there is no key")?;
        Ok(Self { application: application.clone(), newest, older: keys.collect() })
    }

    /// Returns the application that the keys belong to.
    #[must_use]
    pub const fn application(&self) -> &ApplicationId {
        &self.application
    }

    /// Returns the id of the key that signs.
    #[must_use]
    pub const fn signing_key_id(&self) -> u8 {
        self.newest.id
    }

    /// Returns the ids of all keys, newest first.
    pub fn ids(&self) -> impl Iterator<Item = u8> {
        self.keys().map(|key| key.id)
    }

    /// Returns the MAC over `fields` under the newest key.
    #[must_use]
    pub fn sign(&self, purpose: Purpose, fields: &[&[u8]]) -> [u8; 32] {
        self.newest.hmac(&self.application, purpose, fields).finalize().into_bytes().into()
    }

    /// Returns the MAC over `fields` under the key with this id, or `None` if the ring has no such
    /// key.
    #[must_use]
    pub fn mac(&self, key_id: u8, purpose: Purpose, fields: &[&[u8]]) -> Option<[u8; 32]> {
        self.hmac(key_id, purpose, fields).map(|hmac| hmac.finalize().into_bytes().into())
    }

    /// Returns whether `mac` is the MAC over `fields` under the key with this id. The comparison is
    /// constant-time.
    #[must_use]
    pub fn verify(&self, key_id: u8, purpose: Purpose, fields: &[&[u8]], mac: &[u8; 32]) -> bool {
        self.hmac(key_id, purpose, fields).is_some_and(|hmac| hmac.verify_slice(mac).is_ok())
    }

    fn hmac(&self, key_id: u8, purpose: Purpose, fields: &[&[u8]]) -> Option<HmacSha256> {
        let key = self.keys().find(|key| key.id == key_id)?;
        Some(key.hmac(&self.application, purpose, fields))
    }

    /// Encrypts a text under the newest key (XChaCha20-Poly1305). The context is authenticated, and
    /// so is the application. A nonce must be random.
    #[must_use]
    pub fn encrypt(
        &self,
        nonce: &[u8; NONCE_BYTES],
        context: &[u8],
        text: &[u8],
    ) -> Option<Vec<u8>> {
        let aad = self.authenticated(context);
        self.newest.cipher.encrypt(nonce.into(), Payload { msg: text, aad: &aad }).ok()
    }

    /// Decrypts a text of [`Self::encrypt`]. Returns `None` if the ring has no key with this id, or
    /// if nonce, context or ciphertext differ.
    #[must_use]
    pub fn decrypt(
        &self,
        key_id: u8,
        nonce: &[u8; NONCE_BYTES],
        context: &[u8],
        ciphertext: &[u8],
    ) -> Option<Vec<u8>> {
        let key = self.keys().find(|key| key.id == key_id)?;
        let aad = self.authenticated(context);
        key.cipher.decrypt(nonce.into(), Payload { msg: ciphertext, aad: &aad }).ok()
    }

    fn authenticated(&self, context: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        length_prefixed(self.application.as_str().as_bytes(), &[context], |part| {
            bytes.extend_from_slice(part);
        });
        bytes
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}

/// A key's id and its bytes.
pub type DecodedKey = (u8, SecretBox<Vec<u8>>);

/// Decodes `id:base64,id:base64`.
///
/// # Errors
///
/// The first invalid entry, by the key's position and without any part of a key.
pub fn decode_keys(text: &str) -> Result<Vec<DecodedKey>, String> {
    let mut keys: Vec<DecodedKey> = Vec::new();
    for (index, entry) in text.split(',').map(str::trim).enumerate() {
        let place = index.saturating_add(1);
        let (id, secret) =
            entry.split_once(':').ok_or_else(|| format!("key {place} must be `id:base64`"))?;
        let id: u8 = id
            .parse()
            .map_err(|_| format!("the id of key {place} must be a number from 0 to 255"))?;
        let secret = Base64::decode_vec(secret)
            .or_else(|_| Base64Unpadded::decode_vec(secret))
            .map_err(|_| format!("key {place} must be base64"))?;
        let secret = SecretBox::new(Box::new(secret));
        let bytes = secret.expose_secret();
        if bytes.len() < MIN_KEY_BYTES {
            return Err(format!("key {place} must have at least {MIN_KEY_BYTES} bytes"));
        }
        if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
            return Err(format!("key {place} must not repeat a single byte"));
        }
        if keys.iter().any(|(other, _)| *other == id) {
            return Err(format!("two keys have the id {id}"));
        }
        keys.push((id, secret));
    }
    Ok(keys)
}

/// Derives a subkey.
#[expect(clippy::expect_used, reason = "HKDF-SHA256 gives up to 8160 bytes")]
fn derive(secret: &[u8], application: &ApplicationId, label: &[u8]) -> SecretBox<[u8; 32]> {
    let mut info = Vec::new();
    length_prefixed(b"relatch 1", &[label, application.as_str().as_bytes()], |bytes| {
        info.extend_from_slice(bytes);
    });
    SecretBox::init_with_mut(|subkey: &mut [u8; 32]| {
        Hkdf::<Sha256>::new(None, secret).expand(&info, subkey).expect("32 bytes are asked for");
    })
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn hmac(subkey: &SecretBox<[u8; 32]>) -> HmacSha256 {
    HmacSha256::new_from_slice(subkey.expose_secret()).expect("the key has a length")
}

/// Encodes bytes as base64url without padding (RFC 4648 section 5).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Encodes bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` does not fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

/// Returns the SHA-256 over length-prefixed fields, for inputs that are secret or public by
/// themselves.
#[must_use]
pub fn digest(application: &ApplicationId, label: &str, fields: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    length_prefixed(label.as_bytes(), &[application.as_str().as_bytes()], |bytes| {
        hash.update(bytes);
    });
    for field in fields {
        length_prefixed(field, &[], |bytes| hash.update(bytes));
    }
    hash.finalize().into()
}

/// Returns the first 16 bytes of a MAC or digest.
#[must_use]
pub fn first_half(bytes: [u8; 32]) -> [u8; 16] {
    let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = bytes;
    first
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
    fn the_first_key_signs_and_all_verify() {
        let keyring = keyring("default", TWO);
        assert_eq!(keyring.signing_key_id(), 7);
        let old = keyring.mac(3, Purpose::Link, &[b"x"]).unwrap();
        assert!(keyring.verify(3, Purpose::Link, &[b"x"], &old));
        assert!(!keyring.verify(7, Purpose::Link, &[b"x"], &old));
        assert!(!keyring.verify(9, Purpose::Link, &[b"x"], &old));
    }

    #[test]
    fn purposes_applications_and_field_boundaries_give_different_macs() {
        let keyring_a = keyring("default", TWO);
        let codes = [
            keyring_a.sign(Purpose::Link, &[b"ab", b"c"]),
            keyring_a.sign(Purpose::Link, &[b"a", b"bc"]),
            keyring_a.sign(Purpose::Names, &[b"ab", b"c"]),
            keyring_a.sign(Purpose::Nonce, &[b"ab", b"c"]),
            keyring_a.sign(Purpose::Cookie, &[b"ab", b"c"]),
            keyring("shop", TWO).sign(Purpose::Link, &[b"ab", b"c"]),
        ];
        let distinct: std::collections::HashSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len());
    }

    #[test]
    fn an_invalid_key_is_rejected_without_being_repeated() {
        for (keys, why) in [
            ("", "must be `id:base64`"),
            ("1:AAAA", "at least 32"),
            ("300:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "must be a number"),
            ("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8?", "must be base64"),
            ("1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "repeat a single byte"),
            (
                "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,1:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
                "two keys",
            ),
        ] {
            let error =
                Keyring::parse(&ApplicationId::parse("default").unwrap(), keys).unwrap_err();
            assert!(error.contains(why), "{keys}: {error}");
            assert!(!error.contains("AAEC"), "{error}");
        }
    }

    #[test]
    fn a_keyring_does_not_print_its_keys() {
        assert_eq!(format!("{:?}", keyring("default", TWO)), "Keyring { ids: [7, 3], .. }");
    }
}
