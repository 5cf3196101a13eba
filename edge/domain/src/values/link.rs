//! The signed link: issued and verified without I/O.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use relatch::LinkToken;
use relatch::token::{TOKEN_BYTES, VERSION};
use serde::{Deserialize, Serialize};

use crate::values::account::{AccountId, Fingerprint};
use crate::values::keys::{Keyring, Purpose, base64url, digest, first_half};
use crate::values::time::Moment;

/// The name of the Durable Object for one mailbox, or for the password changes of one account: 16 bytes, base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeskId(String);

impl DeskId {
    /// Returns the desk of this mailbox under the newest key. Without the key, the name reveals no address.
    #[must_use]
    pub fn for_mailbox(keys: &Keyring, canonical_email: &str) -> Self {
        Self::from_bytes(first_half(keys.sign(Purpose::Names, &[b"desk", canonical_email.as_bytes()])))
    }

    /// Returns the desks of this mailbox under every key of the ring, newest first.
    pub fn all_for_mailbox(keys: &Keyring, canonical_email: &str) -> impl Iterator<Item = Self> {
        keys.ids().filter_map(move |key_id| Self::for_key(keys, key_id, canonical_email))
    }

    /// Returns the desk of this account's password changes. It differs from every mailbox's.
    #[must_use]
    pub fn for_account(keys: &Keyring, account: &AccountId) -> Self {
        Self::from_bytes(first_half(keys.sign(Purpose::Names, &[b"account desk", account.0.as_bytes()])))
    }

    /// Returns whether this is the mailbox's desk under any key of the ring. After a rotation the mailbox has a new desk,
    /// and the old one still has its jobs and links.
    #[must_use]
    pub fn is_for_mailbox(&self, keys: &Keyring, canonical_email: &str) -> bool {
        Self::all_for_mailbox(keys, canonical_email).any(|desk| desk == *self)
    }

    fn for_key(keys: &Keyring, key_id: u8, canonical_email: &str) -> Option<Self> {
        let mac = keys.mac(key_id, Purpose::Names, &[b"desk", canonical_email.as_bytes()])?;
        Some(Self::from_bytes(first_half(mac)))
    }

    fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(base64url(&bytes))
    }

    /// Returns the 16 bytes, or `None` for text that was not made of them.
    fn bytes(&self) -> Option<[u8; 16]> {
        let mut bytes = [0; 16];
        let decoded = Base64UrlUnpadded::decode(&self.0, &mut bytes).ok()?;
        (decoded.len() == 16).then_some(bytes)
    }

    /// Returns the object's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the names of links begin with that are made for a change. A mailed link's name is base64url: it cannot hold this.
const CHANGE: &str = "change/";

/// The name of a link in every store: a hash of its nonce, so that a store that leaks makes no link. A link that a change
/// is made by has a random name, and there is no token for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkId(String);

impl LinkId {
    /// Names the link of one change.
    #[must_use]
    pub fn for_change(random: &[u8; 32]) -> Self {
        Self([CHANGE, &base64url(random)].concat())
    }

    /// Whether it is the link of a change, and so of no mail.
    #[must_use]
    pub fn is_of_change(&self) -> bool {
        self.0.starts_with(CHANGE)
    }

    /// As it stands in a key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a store keeps about a link. It never changes once written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LinkRecord {
    /// Whose password it sets.
    pub account: AccountId,
    /// What the account was when the link was made.
    pub fingerprint: Fingerprint,
    /// When it expires.
    pub expires_at: Moment,
}

/// A genuine link: its code was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its name in every store.
    pub id: LinkId,
    /// The object that decides about it.
    pub desk: DeskId,
    /// When it expires.
    pub expires_at: Moment,
}

/// What makes the links of one mail: fixed once, so that every attempt at the mail holds the same link.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seed {
    /// Which key derives and signs.
    pub key_id: u8,
    /// Random.
    pub random: [u8; 32],
}

impl Seed {
    /// Derives 16 bytes for one more purpose of the same mail, or returns `None` if the key is no longer on the ring.
    #[must_use]
    pub fn derive(&self, keys: &Keyring, label: &str) -> Option<[u8; 16]> {
        keys.mac(self.key_id, Purpose::Nonce, &[label.as_bytes(), &self.random]).map(first_half)
    }
}

impl Link {
    /// Issues the link of this seed, with its token, or returns `None` if the seed's key is no longer on the ring.
    #[must_use]
    pub fn issue(keys: &Keyring, seed: &Seed, desk: &DeskId, expires_at: Moment) -> Option<(Self, LinkToken)> {
        let nonce = seed.derive(keys, "link")?;
        let [_, _, _, seconds @ ..] = expires_at.seconds().to_be_bytes();
        let mut signed = Vec::with_capacity(TOKEN_BYTES);
        signed.extend_from_slice(&[VERSION, seed.key_id]);
        signed.extend_from_slice(&seconds);
        signed.extend_from_slice(&desk.bytes()?);
        signed.extend_from_slice(&nonce);
        let mac = keys.mac(seed.key_id, Purpose::Link, &[&signed])?;
        signed.extend_from_slice(&mac);
        let token = LinkToken::from_bytes(signed.try_into().ok()?);
        Some((Self::new(keys, &nonce, desk.clone(), expires_at), token))
    }

    /// Verifies a token's MAC in constant time. Returns `None` for a forged token. Expiry is not checked.
    #[must_use]
    pub fn verify(keys: &Keyring, token: &LinkToken) -> Option<Self> {
        let parts = token.parts();
        keys.verify(parts.key_id, Purpose::Link, &[token.signed_bytes()], &parts.mac).then(|| {
            let expires_at = Moment::from_seconds(parts.expires_at);
            Self::new(keys, &parts.nonce, DeskId::from_bytes(parts.mailbox), expires_at)
        })
    }

    fn new(keys: &Keyring, nonce: &[u8; 16], desk: DeskId, expires_at: Moment) -> Self {
        let id = LinkId(base64url(&digest(keys.application(), "link id", &[nonce])));
        Self { id, desk, expires_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relatch::token::SIGNED_BYTES;

    use crate::testing::keyring;

    const OLD: &str = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const ROTATED: &str =
        "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const DROPPED: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    fn issue(keys: &Keyring) -> (Link, LinkToken) {
        let desk = DeskId::for_mailbox(keys, "peter@example.com");
        let seed = Seed { key_id: keys.signing_key_id(), random: [5; 32] };
        Link::issue(keys, &seed, &desk, Moment::from_seconds(1_800_000_000)).unwrap()
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
    fn no_mailed_link_is_that_of_a_change_and_no_mailboxs_desk_is_an_accounts() {
        let keys = keyring(OLD);
        let (link, _) = issue(&keys);
        assert!(!link.id.is_of_change());
        let change = LinkId::for_change(&[5; 32]);
        assert!(change.is_of_change());
        assert_ne!(change, LinkId::for_change(&[6; 32]));
        let account = DeskId::for_account(&keys, &AccountId("peter@example.com".to_owned()));
        assert!(!account.is_for_mailbox(&keys, "peter@example.com"));
        assert_ne!(account, DeskId::for_account(&keys, &AccountId("peter".to_owned())));
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
            let verified = LinkToken::parse(&text).ok().and_then(|token| Link::verify(&keys, &token));
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
        let desk = DeskId::for_mailbox(&keys, "peter@example.com");
        let mut counts = [0_u32; 256];
        for number in 0_u32..4096 {
            let mut random = [0; 32];
            random[..4].copy_from_slice(&number.to_be_bytes());
            let seed = Seed { key_id: keys.signing_key_id(), random };
            let (_, token) = Link::issue(&keys, &seed, &desk, Moment::from_seconds(1_800_000_000)).unwrap();
            for byte in token.parts().nonce.into_iter().chain(token.parts().mac) {
                counts[usize::from(byte)] += 1;
            }
        }
        let expected = f64::from(counts.iter().sum::<u32>()) / 256.0;
        let chi_square: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
        // 255 degrees of freedom: mean 255, standard deviation 22.6; six of them to either side.
        assert!((120.0..390.0).contains(&chi_square), "{chi_square}");
    }
}
