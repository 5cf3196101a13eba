//! Mailed links: ids, stored records, and tokens, which are issued and verified without I/O.

use relatch::LinkToken;
use relatch::token::{TOKEN_BYTES, VERSION};
use serde::{Deserialize, Serialize};

use crate::values::account::{AccountId, Fingerprint};
use crate::values::keys::{Keyring, Purpose, base64url, digest, first_half};
use crate::values::object_id::MailboxId;
use crate::values::time::Moment;

/// Identifies a mailed link in every store. It is a hash of the link's nonce, so that a leaked
/// store yields no link.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkId(String);

impl LinkId {
    /// Returns the id as text, as in keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Identifies one password change by a signed-in person. It is random, and no token exists for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeId(String);

impl ChangeId {
    /// Returns the id of these random bytes.
    #[must_use]
    pub fn new(random: &[u8; 32]) -> Self {
        Self(base64url(random))
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The stored record of what a link was issued for. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LinkRecord {
    /// The account whose password the link sets.
    pub account: AccountId,
    /// The account's fingerprint when the link was issued.
    pub fingerprint: Fingerprint,
    /// The time from which the link sets no password.
    pub expires_at: Moment,
}

/// A link whose MAC was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id in every store.
    pub id: LinkId,
    /// The mailbox that it was sent to, which decides about it.
    pub mailbox: MailboxId,
    /// The time from which it sets no password.
    pub expires_at: Moment,
}

/// The random part of one mail. It is stored with the mail's job, so that every attempt sends the
/// same link and the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seed {
    /// The id of the key that derives and signs.
    pub key_id: u8,
    /// 32 random bytes.
    pub random: [u8; 32],
}

impl Seed {
    /// Derives 16 bytes for one more purpose of the same mail, or returns `None` if the key is no
    /// longer on the ring.
    #[must_use]
    pub fn derive(&self, keys: &Keyring, label: &str) -> Option<[u8; 16]> {
        keys.mac(self.key_id, Purpose::Nonce, &[label.as_bytes(), &self.random]).map(first_half)
    }
}

impl Link {
    /// Issues the link of this seed, with its token, or returns `None` if the seed's key is no
    /// longer on the ring.
    #[must_use]
    pub fn issue(
        keys: &Keyring,
        seed: &Seed,
        mailbox: &MailboxId,
        expires_at: Moment,
    ) -> Option<(Self, LinkToken)> {
        let nonce = seed.derive(keys, "link")?;
        let [_, _, _, seconds @ ..] = expires_at.seconds().to_be_bytes();
        let mut signed = Vec::with_capacity(TOKEN_BYTES);
        signed.extend_from_slice(&[VERSION, seed.key_id]);
        signed.extend_from_slice(&seconds);
        signed.extend_from_slice(mailbox.bytes());
        signed.extend_from_slice(&nonce);
        let mac = keys.mac(seed.key_id, Purpose::Link, &[&signed])?;
        signed.extend_from_slice(&mac);
        let token = LinkToken::from_bytes(signed.try_into().ok()?);
        Some((Self::new(keys, &nonce, mailbox.clone(), expires_at), token))
    }

    /// Verifies a token's MAC in constant time. Returns `None` for a forged token. Expiry is not
    /// checked.
    #[must_use]
    pub fn verify(keys: &Keyring, token: &LinkToken) -> Option<Self> {
        let parts = token.parts();
        keys.verify(parts.key_id, Purpose::Link, &[token.signed_bytes()], &parts.mac).then(|| {
            let expires_at = Moment::from_seconds(parts.expires_at);
            Self::new(keys, &parts.nonce, MailboxId::from_bytes(parts.mailbox), expires_at)
        })
    }

    fn new(keys: &Keyring, nonce: &[u8; 16], mailbox: MailboxId, expires_at: Moment) -> Self {
        let id = LinkId(base64url(&digest(keys.application(), "link id", &[nonce])));
        Self { id, mailbox, expires_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use relatch::token::SIGNED_BYTES;

    use crate::testing::keyring;

    const OLD: &str = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const ROTATED: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const DROPPED: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    fn issue(keys: &Keyring) -> (Link, LinkToken) {
        let mailbox = MailboxId::new(keys, "peter@example.com");
        let seed = Seed { key_id: keys.signing_key_id(), random: [5; 32] };
        Link::issue(keys, &seed, &mailbox, Moment::from_seconds(1_800_000_000)).unwrap()
    }

    #[test]
    fn an_issued_link_verifies_with_all_its_parts() {
        let keys = keyring(OLD);
        let (link, token) = issue(&keys);
        let read = LinkToken::parse(token.expose()).unwrap();
        assert_eq!(Link::verify(&keys, &read), Some(link));
    }

    #[test]
    fn a_seed_always_gives_the_same_link() {
        let keys = keyring(OLD);
        assert_eq!(issue(&keys).1.expose(), issue(&keys).1.expose());
    }

    #[test]
    fn a_token_with_any_flipped_bit_is_rejected() {
        let keys = keyring(OLD);
        let (_, token) = issue(&keys);
        let mut bytes = [0; TOKEN_BYTES];
        Base64UrlUnpadded::decode(token.expose(), &mut bytes).unwrap();
        for bit in 8..TOKEN_BYTES * 8 {
            let mut forged = bytes;
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Link::verify(&keys, &LinkToken::from_bytes(forged)), None, "bit {bit}");
        }
    }

    #[test]
    fn b44_a_token_in_another_case_is_rejected() {
        let keys = keyring(OLD);
        let (_, token) = issue(&keys);
        for text in [token.expose().to_lowercase(), token.expose().to_uppercase()] {
            let verified =
                LinkToken::parse(&text).ok().and_then(|token| Link::verify(&keys, &token));
            assert_eq!(verified, None);
        }
    }

    #[test]
    fn a_link_verifies_until_its_key_is_removed() {
        let (link, token) = issue(&keyring(OLD));
        assert_eq!(Link::verify(&keyring(ROTATED), &token), Some(link));
        assert_eq!(Link::verify(&keyring(DROPPED), &token), None);
    }

    #[test]
    fn b15_a_mac_for_another_purpose_is_rejected() {
        let keys = keyring(OLD);
        let (_, token) = issue(&keys);
        let mut bytes = [0; TOKEN_BYTES];
        Base64UrlUnpadded::decode(token.expose(), &mut bytes).unwrap();
        for purpose in [Purpose::Names, Purpose::Nonce, Purpose::Cookie] {
            let mac = keys.sign(purpose, &[&bytes[..SIGNED_BYTES]]);
            bytes[SIGNED_BYTES..].copy_from_slice(&mac);
            assert_eq!(Link::verify(&keys, &LinkToken::from_bytes(bytes)), None);
        }
    }

    #[test]
    fn b43_the_bytes_of_many_links_are_evenly_distributed() {
        let keys = keyring(OLD);
        let mailbox = MailboxId::new(&keys, "peter@example.com");
        let mut counts = [0_u32; 256];
        for number in 0_u32..4096 {
            let mut random = [0; 32];
            random[..4].copy_from_slice(&number.to_be_bytes());
            let seed = Seed { key_id: keys.signing_key_id(), random };
            let (_, token) =
                Link::issue(&keys, &seed, &mailbox, Moment::from_seconds(1_800_000_000)).unwrap();
            for byte in token.parts().nonce.into_iter().chain(token.parts().mac) {
                counts[usize::from(byte)] += 1;
            }
        }
        let expected = f64::from(counts.iter().sum::<u32>()) / 256.0;
        let chi_square: f64 =
            counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
        // 255 degrees of freedom: mean 255, standard deviation 22.6; six of them to either side.
        assert!((120.0..390.0).contains(&chi_square), "{chi_square}");
    }
}
