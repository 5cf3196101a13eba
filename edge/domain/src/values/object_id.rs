//! Names of the Durable Objects that set passwords: 16 bytes of a MAC, written as base64url.
//!
//! Without the application's key, a name reveals neither the address nor the account.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};

use crate::values::account::AccountId;
use crate::values::identifier::Identifier;
use crate::values::keys::{Keyring, Purpose, base64url, first_half};

// Domain separation of the MACs. Every token contains the name of its mailbox, so the first label
// must never change.
const MAILBOX_LABEL: &[u8] = b"desk";
const PASSWORD_CHANGE_LABEL: &[u8] = b"password change";
const ACCOUNT_LABEL: &[u8] = b"account";
const ADDRESS_LABEL: &[u8] = b"address";
const IDENTIFIER_LABEL: &[u8] = b"identifier";
const CALLS_ABOUT_LABEL: &[u8] = b"calls about";
const CALLS_BY_LABEL: &[u8] = b"calls by";
const BREACHES_LABEL: &[u8] = b"breaches";
const EVENTS_LABEL: &[u8] = b"events";
const WEBHOOK_LABEL: &[u8] = b"webhook";
const BRAKE_LABEL: &[u8] = b"brake";
/// The objects whose events wait for the hook `onEvent`.
const EVENT_SHARDS: u8 = 8;
/// The objects whose events wait for one endpoint of webhooks.
const WEBHOOK_SHARDS: u8 = 4;

/// Identifies the object of one mailbox: its limits, links and outgoing mail.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailboxId(KeyedName);

impl MailboxId {
    /// Returns the object of a mailbox under the newest key.
    #[must_use]
    pub fn new(keys: &Keyring, canonical_email: &str) -> Self {
        Self::from_bytes(first_half(
            keys.sign(Purpose::Names, &[MAILBOX_LABEL, canonical_email.as_bytes()]),
        ))
    }

    /// Returns the objects of a mailbox under every key of the ring, newest first. After a key
    /// rotation, the jobs and links of the mailbox's earlier object are still there.
    pub fn under_all_keys(keys: &Keyring, canonical_email: &str) -> impl Iterator<Item = Self> {
        keys.ids().filter_map(move |key_id| {
            let mac =
                keys.mac(key_id, Purpose::Names, &[MAILBOX_LABEL, canonical_email.as_bytes()])?;
            Some(Self::from_bytes(first_half(mac)))
        })
    }

    /// Returns the object that counts one kind of server call about one account. The account is
    /// named by its id, or by the identifier of an account that does not exist.
    #[must_use]
    pub fn for_calls_about(keys: &Keyring, call: &str, account: &str) -> Self {
        let fields = [CALLS_ABOUT_LABEL, call.as_bytes(), account.as_bytes()];
        Self::from_bytes(first_half(keys.sign(Purpose::Names, &fields)))
    }

    /// Returns the object that counts the calls of the server key with this label.
    #[must_use]
    pub fn for_calls_by(keys: &Keyring, label: &str) -> Self {
        Self::from_bytes(first_half(keys.sign(Purpose::Names, &[CALLS_BY_LABEL, label.as_bytes()])))
    }

    /// Returns the object that counts the accepted requests of the application.
    #[must_use]
    pub fn for_brake(keys: &Keyring) -> Self {
        Self::from_bytes(first_half(keys.sign(Purpose::Names, &[BRAKE_LABEL])))
    }

    /// Returns the object that counts the queries for breached passwords by one link or session.
    #[must_use]
    pub fn for_breaches(keys: &Keyring, subject: &str) -> Self {
        let fields = [BREACHES_LABEL, subject.as_bytes()];
        Self::from_bytes(first_half(keys.sign(Purpose::Names, &fields)))
    }

    /// Returns the object that passes the event with this id to the hook `onEvent`, under the
    /// newest key.
    #[must_use]
    pub fn for_event(keys: &Keyring, event: &str) -> Self {
        let [first, ..] = keys.sign(Purpose::Names, &[EVENTS_LABEL, event.as_bytes()]);
        let shard = first.checked_rem(EVENT_SHARDS).unwrap_or_default();
        Self::from_bytes(first_half(keys.sign(Purpose::Names, &[EVENTS_LABEL, &[shard]])))
    }

    /// Returns all objects that pass events to the hook, under every key of the ring.
    pub fn all_for_events(keys: &Keyring) -> impl Iterator<Item = Self> {
        let shards = (0..EVENT_SHARDS).map(|shard| [shard]);
        shards.flat_map(move |shard| {
            let mac = move |key_id| keys.mac(key_id, Purpose::Names, &[EVENTS_LABEL, &shard]);
            keys.ids().filter_map(mac).map(|mac| Self::from_bytes(first_half(mac)))
        })
    }

    /// Returns the object that posts the event with this id to an endpoint of webhooks, under the
    /// newest key.
    #[must_use]
    pub fn for_webhook(keys: &Keyring, endpoint: &str, event: &str) -> Self {
        let fields = [WEBHOOK_LABEL, endpoint.as_bytes(), event.as_bytes()];
        let [first, ..] = keys.sign(Purpose::Names, &fields);
        let shard = [first.checked_rem(WEBHOOK_SHARDS).unwrap_or_default()];
        let fields = [WEBHOOK_LABEL, endpoint.as_bytes(), &shard];
        Self::from_bytes(first_half(keys.sign(Purpose::Names, &fields)))
    }

    /// Returns all objects that post events to an endpoint, under every key of the ring.
    pub fn all_for_webhook(keys: &Keyring, endpoint: &str) -> impl Iterator<Item = Self> {
        (0..WEBHOOK_SHARDS).flat_map(move |shard| {
            let mac = move |key_id| {
                let fields = [WEBHOOK_LABEL, endpoint.as_bytes(), &[shard]];
                keys.mac(key_id, Purpose::Names, &fields)
            };
            keys.ids().filter_map(mac).map(|mac| Self::from_bytes(first_half(mac)))
        })
    }

    /// Returns whether this is the object of a mailbox under any key of the ring.
    #[must_use]
    pub fn belongs_to(&self, keys: &Keyring, canonical_email: &str) -> bool {
        Self::under_all_keys(keys, canonical_email).any(|mailbox| mailbox == *self)
    }

    /// Wraps the 16 bytes that a token contains.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(KeyedName(bytes))
    }

    /// Returns the 16 bytes for a token.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0.0
    }
}

impl fmt::Display for MailboxId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Identifies the object of one account's password changes: its attempts and changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordChangeId(KeyedName);

impl PasswordChangeId {
    /// Returns the object of an account under the newest key. It differs from every mailbox.
    #[must_use]
    pub fn new(keys: &Keyring, account: &AccountId) -> Self {
        Self(KeyedName(first_half(
            keys.sign(Purpose::Names, &[PASSWORD_CHANGE_LABEL, account.0.as_bytes()]),
        )))
    }

    /// Returns the objects of an account under every key of the ring, newest first.
    pub fn under_all_keys(keys: &Keyring, account: &AccountId) -> impl Iterator<Item = Self> {
        keys.ids().filter_map(move |key_id| {
            let fields = [PASSWORD_CHANGE_LABEL, account.0.as_bytes()];
            Some(Self(KeyedName(first_half(keys.mac(key_id, Purpose::Names, &fields)?))))
        })
    }
}

impl fmt::Display for PasswordChangeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The name of an account in the counts of a mailbox. Counts outlive an erasure of the account, so
/// they do not contain its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountName(KeyedName);

impl AccountName {
    /// Returns the name of an account under the newest key.
    #[must_use]
    pub fn new(keys: &Keyring, account: &AccountId) -> Self {
        Self(KeyedName(first_half(
            keys.sign(Purpose::Names, &[ACCOUNT_LABEL, account.0.as_bytes()]),
        )))
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The name of one spelling of an address. A mail to a shared mailbox has links only of accounts
/// whose stored address is spelled as its recipient, because a mail server may distinguish
/// spellings that are one mailbox here. The outbox stores no address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AddressName(KeyedName);

impl AddressName {
    /// Returns the name of an address under the newest key.
    #[must_use]
    pub fn new(keys: &Keyring, address: &str) -> Self {
        Self(KeyedName(first_half(keys.sign(Purpose::Names, &[ADDRESS_LABEL, address.as_bytes()]))))
    }

    /// Returns whether this is the name of an address under any key of the ring.
    #[must_use]
    pub fn belongs_to(&self, keys: &Keyring, address: &str) -> bool {
        let fields = [ADDRESS_LABEL, address.as_bytes()];
        keys.ids().any(|key_id| {
            keys.mac(key_id, Purpose::Names, &fields).is_some_and(|mac| first_half(mac) == self.0.0)
        })
    }
}

/// The name of an identifier in events, by which requests for one identifier can be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentifierName(KeyedName);

impl IdentifierName {
    /// Returns the name of an identifier under the newest key.
    #[must_use]
    pub fn new(keys: &Keyring, identifier: &Identifier) -> Self {
        let fields = [IDENTIFIER_LABEL, identifier.canonical().as_bytes()];
        Self(KeyedName(first_half(keys.sign(Purpose::Names, &fields))))
    }
}

impl fmt::Display for IdentifierName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// 16 bytes, in names and stored values as base64url without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
struct KeyedName([u8; 16]);

impl fmt::Display for KeyedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&base64url(&self.0))
    }
}

impl From<KeyedName> for String {
    fn from(name: KeyedName) -> Self {
        base64url(&name.0)
    }
}

impl TryFrom<String> for KeyedName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes =
            Base64UrlUnpadded::decode_vec(&text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("an object's name must be 16 bytes in base64url")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::testing::{KEYS, ROTATED_KEYS, keyring};

    #[test]
    fn a_mailbox_and_an_account_of_the_same_name_have_different_objects() {
        let keys = keyring(KEYS);
        let mailbox = MailboxId::new(&keys, "peter@example.com");
        let change = PasswordChangeId::new(&keys, &AccountId("peter@example.com".to_owned()));
        assert_ne!(mailbox.to_string(), change.to_string());
        assert_ne!(change, PasswordChangeId::new(&keys, &AccountId("peter".to_owned())));
    }

    #[test]
    fn a_mailbox_is_recognised_under_every_key_of_the_ring() {
        let (old, rotated) = (keyring(KEYS), keyring(ROTATED_KEYS));
        let mailbox = MailboxId::new(&old, "peter@example.com");
        assert_ne!(mailbox, MailboxId::new(&rotated, "peter@example.com"));
        assert!(mailbox.belongs_to(&rotated, "peter@example.com"));
        assert!(!mailbox.belongs_to(&rotated, "paula@example.com"));
        assert_eq!(MailboxId::under_all_keys(&rotated, "peter@example.com").nth(1), Some(mailbox));
    }

    #[test]
    fn each_event_has_one_of_the_objects_for_events_under_its_key() {
        let (old, rotated) = (keyring(KEYS), keyring(ROTATED_KEYS));
        let all: Vec<MailboxId> = MailboxId::all_for_events(&rotated).collect();
        assert_eq!(all.len(), 2 * usize::from(EVENT_SHARDS));
        let mut used: Vec<MailboxId> = Vec::new();
        for event in 0..100 {
            for keys in [&old, &rotated] {
                let object = MailboxId::for_event(keys, &event.to_string());
                assert!(all.contains(&object), "{event}");
                used.push(object);
            }
        }
        used.sort();
        used.dedup();
        assert_eq!(used.len(), all.len(), "the events are spread over all objects");
    }

    #[test]
    fn each_endpoint_has_objects_of_its_own() {
        let (old, rotated) = (keyring(KEYS), keyring(ROTATED_KEYS));
        let all = |endpoint| MailboxId::all_for_webhook(&rotated, endpoint).collect::<Vec<_>>();
        let (audit, crm) = (all("audit"), all("crm"));
        assert_eq!(audit.len(), 2 * usize::from(WEBHOOK_SHARDS));
        assert!(audit.iter().all(|object| !crm.contains(object)));
        for event in 0..50 {
            for keys in [&old, &rotated] {
                assert!(audit.contains(&MailboxId::for_webhook(keys, "audit", &event.to_string())));
            }
        }
    }

    #[test]
    fn a_stored_name_of_another_length_is_rejected() {
        let mailbox = MailboxId::from_bytes([5; 16]);
        let stored = serde_json::to_string(&mailbox).unwrap();
        assert_eq!(stored, format!("\"{mailbox}\""));
        assert_eq!(serde_json::from_str::<MailboxId>(&stored).unwrap(), mailbox);
        for text in ["", "BQUFBQ", "BQUFBQUFBQUFBQUFBQUFBQUF", "not base64 at all!!!!!"] {
            assert!(serde_json::from_str::<MailboxId>(&format!("\"{text}\"")).is_err(), "{text}");
        }
    }
}
