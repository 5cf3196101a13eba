//! Passwords that are known from breaches, by the range protocol of Pwned Passwords.
//!
//! A query has the first five hexadecimal digits of the password's SHA-1, and the answer all known
//! hashes that begin with them (k-anonymity). So the service that is asked learns neither the
//! password nor its hash.

use sha1::{Digest as _, Sha1};

use relatch::Password;
use relatch::internal::nfc;

use crate::values::keys::hex;

/// The service by default.
pub const PWNED_PASSWORDS: &str = "https://api.pwnedpasswords.com/range/";

/// The largest answer in bytes. A padded one has less than 100 KB.
pub const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// The most queries by one link, or by one session within 24 hours.
pub const MAX_QUERIES: u32 = 20;

/// The hexadecimal digits of a hash that a query has.
const PREFIX_DIGITS: usize = 5;
/// The other digits of a hash.
const SUFFIX_DIGITS: usize = 35;
/// The digits of those that are compared. With the prefix they are 84 bits.
const COMPARED_DIGITS: usize = 16;

/// The hash of a password, as the protocol has it. It does not print.
pub struct PasswordDigest {
    prefix: String,
    rest: u64,
}

impl PasswordDigest {
    /// Returns the hash of a password in the Unicode form that is stored (NFC), which is also that of
    /// most keyboards.
    #[must_use]
    pub fn new(password: &Password) -> Option<Self> {
        let digits = hex(&Sha1::digest(nfc(password.expose()).as_bytes()));
        let (prefix, suffix) = digits.split_at_checked(PREFIX_DIGITS)?;
        Some(Self { prefix: prefix.to_ascii_uppercase(), rest: compared(suffix)? })
    }

    /// Returns the first five digits, in capitals.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

/// Returns the value of the digits that are compared.
fn compared(suffix: &str) -> Option<u64> {
    u64::from_str_radix(suffix.get(..COMPARED_DIGITS)?, 16).ok()
}

/// The known hashes that begin with one prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreachedRange(Vec<u64>);

impl BreachedRange {
    /// Parses an answer: a line `suffix:count` for each hash. A count of 0 is padding. Returns
    /// `None` if any line is something else, or without a line: then the answer is not one of the
    /// protocol.
    #[must_use]
    pub fn parse(answer: &str) -> Option<Self> {
        let mut hashes = Vec::new();
        let mut is_empty = true;
        for line in answer.lines().filter(|line| !line.is_empty()) {
            let (suffix, count) = line.split_once(':')?;
            let is_hash = suffix.len() == SUFFIX_DIGITS
                && suffix.bytes().all(|digit| digit.is_ascii_hexdigit());
            let is_count = (1..=12).contains(&count.len())
                && count.bytes().all(|digit| digit.is_ascii_digit());
            if !is_hash || !is_count {
                return None;
            }
            is_empty = false;
            if count.bytes().any(|digit| digit != b'0') {
                hashes.push(compared(suffix)?);
            }
        }
        (!is_empty).then_some(Self(hashes))
    }

    /// Returns whether the range has a hash that begins with its prefix.
    #[must_use]
    pub fn contains(&self, digest: &PasswordDigest) -> bool {
        self.0.contains(&digest.rest)
    }
}

/// The ranges that an isolate keeps. A password that is rejected is often sent again, and many
/// people try the same ones.
#[derive(Clone, Debug, Default)]
pub struct RangeCache(Vec<(String, BreachedRange)>);

/// The number of ranges that are kept, with some KB each.
const MAX_CACHED: usize = 16;

impl RangeCache {
    /// Returns the range at a URL, if it is kept.
    #[must_use]
    pub fn get(&self, url: &str) -> Option<&BreachedRange> {
        self.0.iter().find(|(known, _)| known == url).map(|(_, range)| range)
    }

    /// Keeps a range. The oldest one is dropped for it.
    pub fn add(&mut self, url: String, range: BreachedRange) {
        if self.get(&url).is_some() {
            return;
        }
        if self.0.len() >= MAX_CACHED {
            self.0.remove(0);
        }
        self.0.push((url, range));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The SHA-1 of `password` is `5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8`.
    const SUFFIX: &str = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
    const OTHER: &str = "0018A45C4D1DEF81644B54AB7F969B88D65";

    fn known(answer: &str) -> Option<bool> {
        let digest = PasswordDigest::new(&Password::from("password")).unwrap();
        assert_eq!(digest.prefix(), "5BAA6");
        BreachedRange::parse(answer).map(|range| range.contains(&digest))
    }

    #[test]
    fn a_hash_is_found_by_its_suffix_and_padding_is_not() {
        assert_eq!(known(&format!("{OTHER}:1\r\n{SUFFIX}:10437277\r\n")), Some(true));
        assert_eq!(known(&format!("{OTHER}:1\n{}:3", SUFFIX.to_ascii_lowercase())), Some(true));
        assert_eq!(known(&format!("{OTHER}:1\r\n{SUFFIX}:0")), Some(false));
        assert_eq!(known(&format!("{OTHER}:52579")), Some(false));
    }

    #[test]
    fn two_unicode_forms_of_a_password_have_one_hash() {
        let [composed, decomposed] = ["pässword", "pa\u{308}ssword"]
            .map(|typed| PasswordDigest::new(&Password::from(typed)).unwrap());
        assert_eq!(composed.prefix(), decomposed.prefix());
        assert_eq!(composed.rest, decomposed.rest);
    }

    #[test]
    fn an_answer_that_is_not_one_of_the_protocol_is_rejected_as_a_whole() {
        for answer in [
            String::new(),
            "\r\n\r\n".to_owned(),
            "<!doctype html><title>503</title>".to_owned(),
            r#"{"statusCode":429}"#.to_owned(),
            format!("{SUFFIX}:3\r\n<html>"),
            SUFFIX.to_owned(),
            format!("{SUFFIX}:"),
            format!("{SUFFIX}:-1"),
            format!("{SUFFIX}:1e9"),
            format!("{SUFFIX}:1:2"),
            format!("{SUFFIX}:{}", "9".repeat(13)),
            format!("5BAA6{SUFFIX}:3"),
            format!("{}:3", &SUFFIX[1..]),
            format!("{}g:3", &SUFFIX[1..]),
            format!("{}ü:3", &SUFFIX[2..]),
        ] {
            assert_eq!(known(&answer), None, "{answer}");
        }
    }

    #[test]
    fn the_cache_keeps_the_latest_ranges() {
        let mut cache = RangeCache::default();
        let range = BreachedRange::parse(&format!("{OTHER}:1")).unwrap();
        for number in 0..20 {
            cache.add(number.to_string(), range.clone());
            cache.add(number.to_string(), range.clone());
        }
        let kept: Vec<u32> =
            (0..20).filter(|number| cache.get(&number.to_string()).is_some()).collect();
        assert_eq!(kept, (4..20).collect::<Vec<_>>());
    }
}
