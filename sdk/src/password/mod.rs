//! The password rules: one implementation, for the server's decision and for a form that shows it while one types.
//!
//! NIST SP 800-63B-4 section 3.1.1.2 and OWASP ASVS 6.2: a length, a list of common passwords, the identifier's own
//! words. No composition rules, no trimming, no truncation; every Unicode code point counts one.

use alloc::{borrow::ToOwned as _, string::String, vec, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::text::{characters, find, folded, nfc, words};

mod common;

/// No configuration goes below this length (OWASP ASVS 6.2.1).
pub const SHORTEST_ALLOWED: u32 = 8;
/// Any rule accepts at least this length (OWASP ASVS 6.2.9).
pub const LONGEST_AT_LEAST: u32 = 64;

/// Why a password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Fewer code points than `min_length`.
    TooShort,
    /// More code points than `max_length`, or more bytes than `max_bytes`.
    TooLong,
    /// On the list of common passwords, or one short piece over and over, or a plain sequence.
    Common,
    /// Made up of the account's own name, user name or address.
    Personal,
    /// The two fields differ.
    Mismatch,
}

impl Reason {
    /// Every reason there is.
    pub const ALL: [Self; 5] = [Self::TooShort, Self::TooLong, Self::Common, Self::Personal, Self::Mismatch];

    /// The reason of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Common => "common",
            Self::Personal => "personal",
            Self::Mismatch => "mismatch",
        }
    }
}

/// An application's password rules, as `GET /password/rules` answers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordRules {
    /// Fewest code points, after NFC.
    pub min_length: u32,
    /// Most code points, after NFC.
    pub max_length: u32,
    /// Most bytes in UTF-8, as typed, where the service's kind of hash (bcrypt) looks at no more and ends at a NUL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u32>,
}

impl Default for PasswordRules {
    /// 15 where the password is the only factor (NIST SP 800-63B-4), 128 at most.
    fn default() -> Self {
        Self { min_length: 15, max_length: 128, max_bytes: None }
    }
}

impl PasswordRules {
    /// Every reason against this password; an empty list means that it may be used.
    ///
    /// `own_words` are the account's user name, address and name. Leave them empty where the account is not known:
    /// the server decides with them.
    #[must_use]
    pub fn reasons_against(&self, password: &str, own_words: &[&str]) -> Vec<Reason> {
        // A text this long stays too long whatever normalisation makes of it: composition joins at most a few code
        // points into one. Nothing longer is normalised.
        let most = usize::try_from(self.max_length).unwrap_or(usize::MAX);
        if characters(password) > most.saturating_mul(4) {
            return vec![Reason::TooLong];
        }
        // What a hash would not look at must not seem to count.
        let ends_early = self.max_bytes.is_some_and(|most| {
            password.contains('\0') || password.len() > usize::try_from(most).unwrap_or(usize::MAX)
        });
        let password = nfc(password);
        let length = characters(&password);
        let mut reasons = Vec::new();
        if length < usize::try_from(self.min_length).unwrap_or(usize::MAX) {
            reasons.push(Reason::TooShort);
        }
        if length > most || ends_early {
            reasons.push(Reason::TooLong);
            return reasons;
        }
        let folded = folded(&password);
        if common::is_common(&folded) {
            reasons.push(Reason::Common);
        }
        if is_made_of(&folded, own_words) {
            reasons.push(Reason::Personal);
        }
        reasons
    }
}

/// Words shorter than this say nothing about a password that holds them.
const SHORTEST_WORD: usize = 3;
/// A password is made of someone's own words if, without them, at most this many letters and digits are left.
const MOST_LEFT: usize = 4;

fn is_made_of(password: &str, own_words: &[&str]) -> bool {
    let mut own = Vec::new();
    for name in own_words {
        let whole = folded(name);
        own.append(&mut words(&whole));
        own.push(whole);
    }
    own.retain(|word| characters(word) >= SHORTEST_WORD);
    let mut rest = password.to_owned();
    // Longer words first: a short one may be part of them. A sort would be larger than all of this.
    while let Some(longest) = (0..own.len()).max_by_key(|&place| own.get(place).map(String::len)) {
        let word = own.swap_remove(longest);
        while let Some(place) = find(&rest, &word) {
            rest.replace_range(place..place.saturating_add(word.len()), " ");
        }
    }
    let left = words(&rest).iter().fold(0, |left, word| characters(word).saturating_add(left));
    rest.len() != password.len() && left <= MOST_LEFT
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: PasswordRules = PasswordRules { min_length: 15, max_length: 128, max_bytes: None };
    const SHORT: PasswordRules = PasswordRules { min_length: 8, max_length: 128, max_bytes: None };

    #[test]
    fn a_long_uncommon_password_passes_whatever_it_is_composed_of() {
        for password in [
            "correct horse battery staple",
            "kühler Apfelbaum im Winter",
            "明日の天気はとても良いでしょうと聞いた",
            "only lower case letters here",
            "  leading and trailing blanks  ",
        ] {
            assert_eq!(RULES.reasons_against(password, &["peter", "peter@example.com"]), [], "{password}");
        }
    }

    #[test]
    fn every_code_point_counts_one_after_composition() {
        let precomposed = "\u{e9}".repeat(3) + "mn7&kd0q pz1";
        assert_eq!(precomposed.chars().count(), 15);
        assert_eq!(RULES.reasons_against(&precomposed, &[]), []);
        let decomposed = precomposed.replace('\u{e9}', "e\u{301}");
        assert_eq!(RULES.reasons_against(&decomposed, &[]), []);
        assert_eq!(RULES.reasons_against(&precomposed[2..], &[]), [Reason::TooShort]);
    }

    #[test]
    fn the_limits_are_inclusive() {
        let password = |length: usize| "abfgzt5 ".chars().cycle().take(length).collect::<String>();
        assert_eq!(RULES.reasons_against(&password(14), &[]), [Reason::TooShort]);
        assert!(!RULES.reasons_against(&password(15), &[]).contains(&Reason::TooShort));
        assert!(!RULES.reasons_against(&password(128), &[]).contains(&Reason::TooLong));
        assert_eq!(RULES.reasons_against(&password(129), &[]), [Reason::TooLong]);
        assert_eq!(RULES.reasons_against(&password(1_000_000), &[]), [Reason::TooLong]);
    }

    #[test]
    fn b35_bytes_are_counted_where_the_hash_looks_at_so_many_only() {
        let rules = PasswordRules { max_bytes: Some(72), ..RULES };
        let password = |length: usize| "abfgzt5 qlm".chars().cycle().take(length).collect::<String>();
        assert_eq!(rules.reasons_against(&password(72), &[]), []);
        assert_eq!(rules.reasons_against(&password(73), &[]), [Reason::TooLong]);
        let wide = "\u{5bc6}\u{7801}\u{5f88}\u{957f}".repeat(6);
        assert_eq!(rules.reasons_against(&wide, &[]), [Reason::Common]);
        assert_eq!(rules.reasons_against(&format!("{wide}!"), &[]), [Reason::TooLong]);
        assert_eq!(rules.reasons_against("nothing is said\0after a NUL", &[]), [Reason::TooLong]);
        assert_eq!(RULES.reasons_against("nothing is said\0after a NUL", &[]), []);
    }

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        for password in ["password1", "PassWord1", "iloveyou", "qwertyuiop"] {
            assert_eq!(SHORT.reasons_against(password, &[]), [Reason::Common], "{password}");
        }
    }

    #[test]
    fn repetitions_and_sequences_are_as_common_as_a_list() {
        for password in [
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "passwordpassword",
            "12345678901234567",
            "abcdefghijklmnop",
            "zyxwvutsrqponmlk",
        ] {
            assert_eq!(RULES.reasons_against(password, &[]), [Reason::Common], "{password}");
        }
    }

    #[test]
    fn a_password_of_the_identifiers_own_words_is_refused() {
        let words = ["ada", "ada@example.com", "Ada Lovelace"];
        for password in ["ada@example.com", "AdaLovelaceExample1", "lovelace-lovelace-99", "Ada Lovelace 1815"] {
            assert!(RULES.reasons_against(password, &words).contains(&Reason::Personal), "{password}");
        }
        assert_eq!(RULES.reasons_against("lovelace walked her dog twice", &words), []);
    }

    #[test]
    fn both_reasons_are_given_when_both_hold() {
        assert_eq!(RULES.reasons_against("password1", &[]), [Reason::TooShort, Reason::Common]);
    }
}
