//! The signed link: made, and told genuine, without any I/O.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use relatch::LinkToken;
use relatch::token::{SIGNED_BYTES, TOKEN_BYTES, VERSION};
use serde::{Deserialize, Serialize};

use super::account::{AccountId, Fingerprint};
use super::config::Application;
use super::keys::{Keyring, Purpose, digest, text};
use super::time::Moment;

/// The object that decides about a mailbox and its links, or about the changes of an account: 16 bytes, as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeskId(String);

impl DeskId {
    /// The desk of this mailbox. Without the key nobody can tell whose it is.
    #[must_use]
    pub fn of_mailbox(keys: &Keyring, canonical_email: &str) -> Self {
        Self::under(keys, keys.newest(), canonical_email).unwrap_or_else(|| Self::from_bytes([0; 16]))
    }

    /// The desks that the mailbox has, under every key of the ring.
    pub fn all_of_mailbox(keys: &Keyring, canonical_email: &str) -> impl Iterator<Item = Self> {
        keys.ids().filter_map(move |key_id| Self::under(keys, key_id, canonical_email))
    }

    /// The desk of this account's own changes, which need no mailbox. It is never a mailbox's.
    #[must_use]
    pub fn of_account(keys: &Keyring, account: &AccountId) -> Self {
        let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            keys.newest_code(Purpose::Names, &[b"account desk", account.0.as_bytes()]);
        Self::from_bytes(first)
    }

    /// Whether this desk is the mailbox's, under any key of the ring: after a rotation the mailbox has a new desk, and
    /// the old one still has jobs and links of it.
    #[must_use]
    pub fn is_of_mailbox(&self, keys: &Keyring, canonical_email: &str) -> bool {
        Self::all_of_mailbox(keys, canonical_email).any(|desk| desk == *self)
    }

    fn under(keys: &Keyring, key_id: u8, canonical_email: &str) -> Option<Self> {
        let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            keys.code(key_id, Purpose::Names, &[b"desk", canonical_email.as_bytes()])?;
        Some(Self::from_bytes(first))
    }

    fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(text(&bytes))
    }

    fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // An id is only ever made of 16 bytes; anything else names a desk that nobody has.
        let _decoded = Base64UrlUnpadded::decode(&self.0, &mut bytes);
        bytes
    }

    /// As it stands in an object's name.
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
    pub fn of_change(random: &[u8; 32]) -> Self {
        Self([CHANGE, &text(random)].concat())
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
    /// Bytes for one more purpose of the same mail. Nothing if the key is no longer on the ring.
    #[must_use]
    pub fn derive(&self, keys: &Keyring, label: &str) -> Option<[u8; 16]> {
        let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            keys.code(self.key_id, Purpose::Nonce, &[label.as_bytes(), &self.random])?;
        Some(first)
    }
}

impl Link {
    /// Makes the link of this seed, and its token. Nothing if the seed's key is no longer on the ring.
    #[must_use]
    pub fn make(
        application: &Application,
        seed: &Seed,
        desk: &DeskId,
        expires_at: Moment,
    ) -> Option<(Self, LinkToken)> {
        let nonce = seed.derive(&application.keys, "link")?;
        let seconds = expires_at.seconds().to_be_bytes();
        let mut bytes = [0; TOKEN_BYTES];
        let signed =
            [VERSION, seed.key_id].into_iter().chain(seconds.into_iter().skip(3)).chain(desk.bytes()).chain(nonce);
        for (place, byte) in bytes.iter_mut().zip(signed) {
            *place = byte;
        }
        let code = application.keys.code(seed.key_id, Purpose::Link, &[bytes.get(..SIGNED_BYTES)?])?;
        for (place, byte) in bytes.iter_mut().skip(SIGNED_BYTES).zip(code) {
            *place = byte;
        }
        Some((Self::new(application, &nonce, desk.clone(), expires_at), LinkToken::from_bytes(bytes)))
    }

    /// Whether this token is one of this application's. The code is verified before anything else is believed; that
    /// the link may have expired is for the caller to look at.
    #[must_use]
    pub fn verify(application: &Application, token: &LinkToken) -> Option<Self> {
        let parts = token.parts();
        application.keys.verify(parts.key_id, Purpose::Link, &[token.signed()], &parts.code).then(|| {
            let expires_at = Moment::from_seconds(parts.expires_at);
            Self::new(application, &parts.nonce, DeskId::from_bytes(parts.desk), expires_at)
        })
    }

    fn new(application: &Application, nonce: &[u8; 16], desk: DeskId, expires_at: Moment) -> Self {
        let id = LinkId(text(&digest(&application.id, "link id", &[nonce])));
        Self { id, desk, expires_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::config::tests::parse;

    const OLD: &str = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const ROTATED: &str =
        "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const DROPPED: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    fn make(application: &Application) -> (Link, LinkToken) {
        let desk = DeskId::of_mailbox(&application.keys, "peter@example.com");
        let seed = Seed { key_id: application.keys.newest(), random: [5; 32] };
        Link::make(application, &seed, &desk, Moment::from_seconds(1_800_000_000)).unwrap()
    }

    #[test]
    fn a_link_that_was_made_is_told_genuine_with_all_its_parts() {
        let application = parse(&[("RELATCH_KEYS", OLD)]).unwrap();
        let (link, token) = make(&application);
        let read = LinkToken::parse(token.expose()).unwrap();
        assert_eq!(Link::verify(&application, &read), Some(link));
    }

    #[test]
    fn the_same_seed_makes_the_same_link() {
        let application = parse(&[]).unwrap();
        assert_eq!(make(&application).1.expose(), make(&application).1.expose());
    }

    #[test]
    fn no_mailed_link_is_that_of_a_change_and_no_mailboxs_desk_is_an_accounts() {
        let application = parse(&[]).unwrap();
        let (link, _) = make(&application);
        assert!(!link.id.is_of_change());
        let change = LinkId::of_change(&[5; 32]);
        assert!(change.is_of_change());
        assert_ne!(change, LinkId::of_change(&[6; 32]));
        let account = DeskId::of_account(&application.keys, &AccountId("peter@example.com".to_owned()));
        assert!(!account.is_of_mailbox(&application.keys, "peter@example.com"));
        assert_ne!(account, DeskId::of_account(&application.keys, &AccountId("peter".to_owned())));
    }

    #[test]
    fn any_flipped_bit_is_a_forgery() {
        let application = parse(&[]).unwrap();
        let (_, token) = make(&application);
        let mut bytes = [0; TOKEN_BYTES];
        Base64UrlUnpadded::decode(token.expose(), &mut bytes).unwrap();
        for bit in 8..TOKEN_BYTES * 8 {
            let mut forged = bytes;
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Link::verify(&application, &LinkToken::from_bytes(forged)), None, "bit {bit}");
        }
    }

    #[test]
    fn b44_a_token_in_another_case_is_another_token() {
        let application = parse(&[]).unwrap();
        let (_, token) = make(&application);
        for text in [token.expose().to_lowercase(), token.expose().to_uppercase()] {
            let verified = LinkToken::parse(&text).ok().and_then(|token| Link::verify(&application, &token));
            assert_eq!(verified, None);
        }
    }

    #[test]
    fn links_of_an_older_key_still_verify_until_the_key_is_dropped() {
        let (link, token) = make(&parse(&[("RELATCH_KEYS", OLD)]).unwrap());
        assert_eq!(Link::verify(&parse(&[("RELATCH_KEYS", ROTATED)]).unwrap(), &token), Some(link));
        assert_eq!(Link::verify(&parse(&[("RELATCH_KEYS", DROPPED)]).unwrap(), &token), None);
    }

    #[test]
    fn b15_a_code_made_for_another_purpose_is_no_link() {
        let application = parse(&[]).unwrap();
        let (_, token) = make(&application);
        let mut bytes = [0; TOKEN_BYTES];
        Base64UrlUnpadded::decode(token.expose(), &mut bytes).unwrap();
        for purpose in [Purpose::Names, Purpose::Nonce, Purpose::Cookie] {
            let code = application.keys.newest_code(purpose, &[&bytes[..SIGNED_BYTES]]);
            bytes[SIGNED_BYTES..].copy_from_slice(&code);
            assert_eq!(Link::verify(&application, &LinkToken::from_bytes(bytes)), None);
        }
    }

    #[test]
    fn b43_the_bits_of_many_links_are_evenly_spread() {
        let application = parse(&[]).unwrap();
        let desk = DeskId::of_mailbox(&application.keys, "peter@example.com");
        let mut counts = [0_u32; 256];
        for number in 0_u32..4096 {
            let mut random = [0; 32];
            random[..4].copy_from_slice(&number.to_be_bytes());
            let seed = Seed { key_id: application.keys.newest(), random };
            let (_, token) = Link::make(&application, &seed, &desk, Moment::from_seconds(1_800_000_000)).unwrap();
            for byte in token.parts().nonce.into_iter().chain(token.parts().code) {
                counts[usize::from(byte)] += 1;
            }
        }
        let expected = f64::from(counts.iter().sum::<u32>()) / 256.0;
        let chi_square: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
        // 255 degrees of freedom: mean 255, standard deviation 22.6; six of them to either side.
        assert!((120.0..390.0).contains(&chi_square), "{chi_square}");
    }
}
