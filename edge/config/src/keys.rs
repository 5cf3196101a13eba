//! Keys that are not random.

use relatch_domain::values::keys::{base64url, decode_keys};
use secrecy::ExposeSecret as _;

/// The fewest different bytes. Fewer are in one of 10^21 random keys.
const FEWEST_DISTINCT: usize = 16;

/// The fewest bytes that have to follow from the others until a key counts as a pattern.
const FEWEST_PREDICTED: usize = 8;

/// Keys that are not patterns but published: in earlier tests of this repository, in NIST SP
/// 800-38A appendix F, in RFC 7515 appendix A.1, and in the libraries of the Standard Webhooks.
const PUBLISHED: [&str; 4] = [
    "ABECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    "YD3rEBXKcb4rc67whX13gR81LAc7YQjXLZgQowkU3_Q",
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
];

/// The SHA-256 of an empty text: what the documented command makes of an unset variable.
const HASH_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Checks that each key of `RELATCH_KEYS` looks random.
///
/// # Errors
///
/// The first key that does not, by its position.
pub(crate) fn check_random(text: &str) -> Result<(), String> {
    for (place, (_, key)) in (1..).zip(decode_keys(text)?) {
        check_one(key.expose_secret()).map_err(|what| format!("key {place} {what}"))?;
    }
    Ok(())
}

/// Checks that one key looks random.
///
/// # Errors
///
/// Why it does not, and what to use.
pub(crate) fn check_one(key: &[u8]) -> Result<(), String> {
    match weakness(key) {
        Some(what) => Err(format!(
            "{what}; use one from `openssl rand -base64 32`, which no other place shows"
        )),
        None => Ok(()),
    }
}

/// Checks that no server key is empty: every call without a key would have it.
pub(crate) fn check_server_keys(text: &str) -> Result<(), String> {
    let empty = (1..).zip(text.split(',')).find(|(_, entry)| entry.contains(HASH_OF_NOTHING));
    match empty {
        Some((place, _)) => Err(format!(
            "key {place} must not be the hash of an empty text; hash a key from `openssl rand \
             -base64 32`"
        )),
        None => Ok(()),
    }
}

/// Returns why a key is not random, as far as that can be seen.
fn weakness(key: &[u8]) -> Option<&'static str> {
    let distinct = (0..=u8::MAX).filter(|byte| key.contains(byte)).count();
    let is_text = |text: &str| text.chars().all(|c| !c.is_control() || c.is_whitespace());
    if distinct < FEWEST_DISTINCT {
        Some("has fewer than 16 different bytes")
    } else if std::str::from_utf8(key).is_ok_and(is_text) {
        Some("is a text")
    } else if is_pattern(key) {
        Some("is a repeated block or a sequence")
    } else if is_published(key) {
        Some("is published")
    } else {
        None
    }
}

/// Returns whether a key repeats a block, or counts: byte by byte, in steps, or in longer words.
fn is_pattern(key: &[u8]) -> bool {
    let after = |count: usize| key.get(count..).unwrap_or_default();
    (1..key.len()).any(|period| {
        let twice = period.saturating_mul(2);
        let steps = || {
            let mut triples = key.iter().zip(after(period)).zip(after(twice));
            triples.all(|((a, b), c)| b.wrapping_sub(*a) == c.wrapping_sub(*b))
        };
        key.len() >= twice && key.starts_with(after(period))
            || key.len() >= twice.saturating_add(FEWEST_PREDICTED) && steps()
    })
}

fn is_published(key: &[u8]) -> bool {
    PUBLISHED.contains(&base64url(key).as_str())
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};

    use super::*;

    fn reason(key: &[u8]) -> String {
        check_random(&format!("1:{}", Base64::encode_string(key))).err().unwrap_or_default()
    }

    /// Bytes without a pattern.
    fn random(length: usize) -> Vec<u8> {
        use relatch_domain::values::application_id::ApplicationId;
        use relatch_domain::values::keys::digest;
        let block = |block: u8| digest(&ApplicationId::default(), "a key of a test", &[&[block]]);
        (0..4).flat_map(block).take(length).collect()
    }

    #[test]
    fn a_random_key_is_accepted() {
        for length in 32..=128 {
            assert_eq!(reason(&random(length)), "", "{length}");
        }
    }

    #[test]
    fn a_key_that_is_not_random_is_named_with_its_reason() {
        let repeated = |block: &[u8], length: usize| -> Vec<u8> {
            block.iter().copied().cycle().take(length).collect()
        };
        let stepping = |first: u8, step: u8| -> Vec<u8> {
            (0..32).map(|index: u8| first.wrapping_add(index.wrapping_mul(step))).collect()
        };
        let words =
            |encode: fn(u32) -> [u8; 4]| -> Vec<u8> { (0x100..0x120).flat_map(encode).collect() };
        for (key, why) in [
            (repeated(b"\x00\x01\x80\xff", 32), "fewer than 16"),
            ((0..15).chain(0..15).chain(0..15).collect(), "fewer than 16"),
            (b"the quick brown fox jumps over the lazy dog".to_vec(), "a text"),
            (b"3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxg=\n".to_vec(), "a text"),
            ("Zwölf Boxkämpfer jagen Viktor quer über".as_bytes().to_vec(), "a text"),
            (stepping(0, 1), "a sequence"),
            (stepping(0xa0, 1), "a sequence"),
            (stepping(0x20, 1), "a text"),
            (stepping(0xff, 0xff), "a sequence"),
            (stepping(7, 17), "a sequence"),
            (words(u32::to_be_bytes), "a sequence"),
            (words(u32::to_le_bytes), "a sequence"),
            (repeated(&random(16), 32), "a repeated block"),
            (repeated(&random(20), 64), "a repeated block"),
            (repeated(&random(31), 62), "a repeated block"),
            (Base64UrlUnpadded::decode_vec(PUBLISHED[0]).unwrap(), "published"),
            (Base64UrlUnpadded::decode_vec(PUBLISHED[2]).unwrap(), "published"),
        ] {
            let message = reason(&key);
            assert!(message.starts_with("key 1 ") && message.contains(why), "{key:?}: {message}");
        }
        let second = format!(
            "1:{},2:{}",
            Base64::encode_string(&random(32)),
            Base64::encode_string(&stepping(0, 1))
        );
        assert!(check_random(&second).unwrap_err().starts_with("key 2 "));
    }

    #[test]
    fn a_server_key_is_not_empty() {
        let label = format!("a:{HASH_OF_NOTHING}");
        for text in [label.clone(), format!("{label}:status"), format!("b:{:064},{label}", 0)] {
            assert!(check_server_keys(&text).unwrap_err().contains("empty text"), "{text}");
        }
        assert_eq!(check_server_keys(&format!("b:{:064}", 0)), Ok(()));
    }
}
