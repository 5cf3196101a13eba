//! An e-mail address that is stored encrypted.

use serde::{Deserialize, Serialize};

use crate::values::keys::{Keyring, NONCE_BYTES, Purpose, first_half};
use crate::values::mail_address::canonical_address;

/// An e-mail address, encrypted under a subkey of the newest key, so that a leaked store does not
/// reveal it. Two values of one address have equal names and different ciphertexts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SealedAddress {
    key_id: u8,
    nonce: [u8; NONCE_BYTES],
    ciphertext: Vec<u8>,
    name: [u8; 16],
}

impl SealedAddress {
    /// Encrypts an address. The nonce is the first 24 of the random bytes.
    #[must_use]
    pub fn seal(keys: &Keyring, random: &[u8; 32], address: &str) -> Option<Self> {
        let (nonce, _) = random.split_first_chunk()?;
        let name = first_half(
            keys.sign(Purpose::Names, &[b"notice", canonical_address(address).as_bytes()]),
        );
        Some(Self {
            key_id: keys.signing_key_id(),
            nonce: *nonce,
            ciphertext: keys.encrypt(nonce, &name, address.as_bytes())?,
            name,
        })
    }

    /// Decrypts the address. Returns `None` if its key is no longer on the ring, or if the value
    /// was changed.
    #[must_use]
    pub fn open(&self, keys: &Keyring) -> Option<String> {
        let address = keys.decrypt(self.key_id, &self.nonce, &self.name, &self.ciphertext)?;
        String::from_utf8(address).ok()
    }

    /// Returns a keyed hash of the canonical address, under the key that was the newest.
    #[must_use]
    pub const fn name(&self) -> &[u8; 16] {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::keyring;

    const OLD: &str = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const ROTATED: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const DROPPED: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    #[test]
    fn an_address_is_read_with_its_key_and_not_without() {
        let sealed = SealedAddress::seal(&keyring(OLD), &[1; 32], "Ada@Example.com").unwrap();
        for keys in [OLD, ROTATED] {
            assert_eq!(sealed.open(&keyring(keys)).as_deref(), Some("Ada@Example.com"));
        }
        assert_eq!(sealed.open(&keyring(DROPPED)), None);
        assert!(!format!("{sealed:?}").contains("xample"));
    }

    #[test]
    fn a_changed_value_is_rejected() {
        let keys = keyring(OLD);
        let sealed = SealedAddress::seal(&keys, &[1; 32], "ada@example.com").unwrap();
        let mut changed = vec![sealed.clone(), sealed.clone(), sealed.clone()];
        changed[0].nonce[0] ^= 1;
        changed[1].ciphertext[0] ^= 1;
        changed[2].name[0] ^= 1;
        for changed in changed {
            assert_eq!(changed.open(&keys), None);
        }
    }

    #[test]
    fn equal_addresses_have_equal_names_and_different_ciphertexts() {
        let seal = |random, address| SealedAddress::seal(&keyring(OLD), &[random; 32], address);
        let (one, other) = (seal(1, "ada@example.com"), seal(2, "Ada@example.com"));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.name(), other.name());
        assert_ne!(one.ciphertext, other.ciphertext);
        assert_ne!(one.name(), seal(1, "bob@example.com").unwrap().name());
    }
}
