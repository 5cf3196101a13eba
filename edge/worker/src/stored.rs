//! The text format of stored values, and of the commands and replies of Durable Objects.
//!
//! A value is written as one letter, which names the format, and base64url of postcard. Only the
//! Worker reads it, and every store accepts text. Postcard code is much smaller than that of JSON.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use relatch_domain::claims::ObjectState;
use relatch_domain::ports::Outage;
use relatch_domain::values::keys::base64url;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The format that [`encode`] writes. The state of an object names its format itself
/// ([`ObjectState::FORMAT`]). A version that changes a stored type uses another letter, and still
/// reads the letter before for two days, the longest time for which a value is stored.
///
/// Two changes keep the letter: another variant at the end of an enum, and another last field that
/// is read by [`or_default`](relatch_domain::outbox::or_default). After a roll-back, the version
/// before ignores such a field, and cannot read a value with such a variant.
const FORMAT: char = 'a';

/// Encodes a value.
///
/// # Errors
///
/// [`Outage`] if the value cannot be serialized.
pub fn encode<T: Serialize>(value: &T) -> Result<String, Outage> {
    encode_as(FORMAT, value)
}

/// Encodes the state of an object.
///
/// # Errors
///
/// [`Outage`] if the state cannot be serialized.
pub fn encode_state<S: ObjectState>(state: &S) -> Result<String, Outage> {
    encode_as(S::FORMAT, state)
}

fn encode_as<T: Serialize>(format: char, value: &T) -> Result<String, Outage> {
    postcard::to_allocvec(value)
        .map(|bytes| format!("{format}{}", base64url(&bytes)))
        .map_err(|_| Outage)
}

/// Decodes a value.
///
/// # Errors
///
/// [`Outage`] if the text has another format or is not a value of this type.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Outage> {
    decode_as(FORMAT, text)
}

/// Decodes the state of an object, in its format or in the one before.
///
/// # Errors
///
/// [`Outage`] if the text has another format or is not a state of this type.
pub fn decode_state<S: ObjectState>(text: &str) -> Result<S, Outage> {
    if text.starts_with(S::FORMAT) {
        return decode_as(S::FORMAT, text);
    }
    decode_as::<S::Previous>(S::PREVIOUS_FORMAT, text).map(Into::into)
}

fn decode_as<T: DeserializeOwned>(format: char, text: &str) -> Result<T, Outage> {
    let encoded = text.strip_prefix(format).ok_or(Outage)?;
    let bytes = Base64UrlUnpadded::decode_vec(encoded).map_err(|_| Outage)?;
    postcard::from_bytes(&bytes).map_err(|_| Outage)
}

#[cfg(test)]
mod tests {
    use relatch_domain::mailbox::Mailbox;
    use relatch_domain::password_change::PasswordChange;
    use relatch_domain::values::link::LinkRecord;
    use relatch_domain::values::time::Moment;

    use super::*;

    #[test]
    fn the_text_of_a_stored_value_is_fixed() {
        let text = "aAjE3C2ZpbmdlcnByaW50gKDxwrE0";
        let record: LinkRecord = decode(text).unwrap();
        assert_eq!(
            (record.account.0.as_str(), record.expires_at),
            ("17", Moment::from_seconds(1_800_000_000))
        );
        assert_eq!(encode(&record).as_deref(), Ok(text));
    }

    #[test]
    fn the_state_of_an_object_is_read_in_its_format_and_the_one_before() {
        // One counted mail, without links and jobs, in format `a`.
        let state: Mailbox = decode_state("aAQdyZXF1ZXN0gNTPxp80AAA").unwrap();
        let stored = encode_state(&state).unwrap();
        assert!(stored.starts_with('b'));
        assert_eq!(decode_state::<Mailbox>(&stored), Ok(state));
        // A state without its last fields, as earlier versions stored it.
        for text in ["aAAAA", "aAAAAAAAAAAAA", "aAAAAAAAAAAAAAA"] {
            assert_eq!(decode_state::<PasswordChange>(text), Ok(PasswordChange::default()));
        }
        assert_eq!(encode_state(&PasswordChange::default()).as_deref(), Ok("aAAAAAAAAAAAAAA"));
        for text in ["", "a", "b", "bAQdyZXF1ZXN0gNTPxp80AAA", "cAAAAAAAA"] {
            assert_eq!(decode_state::<Mailbox>(text), Err(Outage), "{text}");
        }
    }

    #[test]
    fn a_value_of_another_format_or_type_is_rejected() {
        assert_eq!(
            decode::<(u8, String)>(&encode(&(7_u8, "text")).unwrap()),
            Ok((7, "text".to_owned()))
        );
        for text in [
            "",
            "a",
            "b",
            "bBwR0ZXh0",
            "BwR0ZXh0",
            "aBwR0ZXh",
            "aBwR0ZXh0=",
            "aBw R0ZXh0",
            "a\u{e9}",
        ] {
            assert_eq!(decode::<(u8, String)>(text), Err(Outage), "{text}");
        }
    }
}
