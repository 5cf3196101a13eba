//! The password rules: one implementation for the server, which enforces them, and for a form that
//! shows violations during input.
//!
//! They follow NIST SP 800-63B-4 section 3.1.1.2 and OWASP ASVS 6.2: a minimum and a maximum
//! length, a list of common passwords, and the account's own terms. There are no composition rules,
//! and nothing is trimmed or truncated. Every Unicode code point counts as one character.

use alloc::{borrow::ToOwned as _, string::String, vec, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::text::{case_fold, nfc, words};

mod common;

/// The smallest value that a configuration may set for `min_length` (OWASP ASVS 6.2.1).
pub const MIN_LENGTH_FLOOR: u32 = 8;
/// The smallest value that a configuration may set for `max_length` (OWASP ASVS 6.2.9).
pub const MAX_LENGTH_FLOOR: u32 = 64;

/// Why a password was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// It has fewer code points than `min_length`.
    TooShort,
    /// It has more code points than `max_length`, or more bytes than `max_bytes`.
    TooLong,
    /// It is common, or made of what is easy to guess: common words, the name of the application,
    /// digits, repetitions, sequences, walks on the keyboard.
    Common,
    /// It consists of the name, user name, or address of the account.
    Personal,
    /// The two inputs differ.
    Mismatch,
    /// It contains a NUL character, at which some systems stop reading.
    InvalidCharacter,
    /// It is the password in force. Only a change with the old password reports it.
    Unchanged,
    /// It violates a rule that the application adds: [`Messages::custom`](crate::Messages) says
    /// which. Only the service reports it.
    Custom,
    /// It is known from a breach of another system. Only the service reports it, if it is
    /// configured to check that.
    Breached,
}

impl Reason {
    /// Every reason of this version.
    pub const ALL: [Self; 9] = [
        Self::TooShort,
        Self::TooLong,
        Self::Common,
        Self::Personal,
        Self::Mismatch,
        Self::InvalidCharacter,
        Self::Unchanged,
        Self::Custom,
        Self::Breached,
    ];

    /// Returns the reason as it is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Common => "common",
            Self::Personal => "personal",
            Self::Mismatch => "mismatch",
            Self::InvalidCharacter => "invalid_character",
            Self::Unchanged => "unchanged",
            Self::Custom => "custom",
            Self::Breached => "breached",
        }
    }
}

impl core::fmt::Display for Reason {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl core::str::FromStr for Reason {
    type Err = ParseReasonError;

    fn from_str(name: &str) -> Result<Self, ParseReasonError> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name).ok_or(ParseReasonError)
    }
}

/// The text is not a [`Reason`] of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseReasonError;

impl core::fmt::Display for ParseReasonError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("unknown reason for a rejected password")
    }
}

impl core::error::Error for ParseReasonError {}

/// The password rules of an application: the response to `GET /password/rules`.
///
/// ```
/// use relatch::{PasswordRules, Reason};
///
/// let rules = PasswordRules::default();
/// assert_eq!(rules.reasons_against("correct horse battery staple", &[]), []);
/// assert_eq!(rules.reasons_against("password1", &[]), [Reason::TooShort, Reason::Common]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct PasswordRules {
    /// The minimum number of code points, after NFC.
    pub min_length: u32,
    /// The maximum number of code points, after NFC.
    pub max_length: u32,
    /// The maximum number of UTF-8 bytes, without normalization. It is set if the service hashes
    /// with bcrypt, which ignores further bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u32>,
    /// The name of the application. A password made of it counts as common (NIST SP 800-63B-4
    /// section 3.1.1.2: context-specific words).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_name: Option<String>,
}

impl Default for PasswordRules {
    /// At least 15 code points, as NIST SP 800-63B-4 requires of a password that is the only
    /// factor, and at most 128.
    fn default() -> Self {
        Self { min_length: 15, max_length: 128, max_bytes: None, application_name: None }
    }
}

impl PasswordRules {
    /// Returns every reason to reject the password. An empty list means that it is acceptable.
    ///
    /// `personal_terms` are the user name, address, and name of the account. Leave them empty if
    /// the account is not known; the server checks them again.
    ///
    /// ```
    /// use relatch::{PasswordRules, Reason};
    ///
    /// let terms = ["ada", "ada@example.com", "Ada Lovelace"];
    /// let reasons = PasswordRules::default().reasons_against("AdaLovelaceExample1", &terms);
    /// assert_eq!(reasons, [Reason::Personal]);
    /// ```
    #[must_use]
    pub fn reasons_against(&self, password: &str, personal_terms: &[&str]) -> Vec<Reason> {
        let min_length = usize::try_from(self.min_length).unwrap_or(usize::MAX);
        let max_length = usize::try_from(self.max_length).unwrap_or(usize::MAX);
        // Composition joins at most a few code points into one, so a text this long stays too long.
        // It is not normalized, because the work grows with the length.
        if password.chars().count() > max_length.saturating_mul(4) {
            return vec![Reason::TooLong];
        }
        let exceeds_hash = self.max_bytes.is_some_and(|max_bytes| {
            password.len() > usize::try_from(max_bytes).unwrap_or(usize::MAX)
        });
        let password = nfc(password);
        let length = password.chars().count();
        let mut reasons = Vec::new();
        if password.contains('\0') {
            reasons.push(Reason::InvalidCharacter);
        }
        if length < min_length {
            reasons.push(Reason::TooShort);
        }
        if length > max_length || exceeds_hash {
            reasons.push(Reason::TooLong);
            return reasons;
        }
        let folded = case_fold(&password);
        let limit = common::common_limit(folded.chars().count());
        let name = [self.application_name.as_deref().unwrap_or_default()];
        let mut known = terms(&name);
        let is_common = common::is_guessable(&folded, &known, limit);
        if is_common {
            reasons.push(Reason::Common);
        }
        let personal = terms(personal_terms);
        known.extend_from_slice(&personal);
        if is_personal(&folded, personal)
            || !is_common && common::is_guessable(&folded, &known, limit.min(PERSONAL_LIMIT))
        {
            reasons.push(Reason::Personal);
        }
        reasons
    }
}

/// Shorter terms occur in passwords by chance.
const MIN_TERM_LENGTH: usize = 3;
/// A password is personal if at most this many letters and digits remain without the terms.
const MAX_REMAINDER: usize = 4;
/// A password is personal if an attacker who knows the terms needs fewer bits to guess it. A term
/// and a sequence are below, a term and a common word are not.
const PERSONAL_LIMIT: u32 = 14;

/// Returns texts and their words, folded in case.
fn terms(texts: &[&str]) -> Vec<String> {
    let mut terms = Vec::new();
    for text in texts {
        let folded = case_fold(text);
        terms.append(&mut words(&folded));
        terms.push(folded);
    }
    terms.retain(|term| term.chars().count() >= MIN_TERM_LENGTH);
    terms
}

/// Reports whether a password, folded in case, consists of the terms and little else.
fn is_personal(password: &str, mut terms: Vec<String>) -> bool {
    let mut remainder = password.to_owned();
    // Longer terms first, because a shorter one may be part of them.
    while let Some(term) = take_longest(&mut terms) {
        remainder = remainder.replace(&term, " ");
    }
    let remaining: usize = words(&remainder).iter().map(|word| word.chars().count()).sum();
    remainder != password && remaining <= MAX_REMAINDER
}

/// Removes the longest term.
fn take_longest(terms: &mut Vec<String>) -> Option<String> {
    let (index, _) = terms.iter().enumerate().max_by_key(|(_, term)| term.len())?;
    Some(terms.swap_remove(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: PasswordRules =
        PasswordRules { min_length: 15, max_length: 128, max_bytes: None, application_name: None };
    const SHORT: PasswordRules = PasswordRules { min_length: 8, ..RULES };

    #[test]
    fn a_long_uncommon_password_needs_no_composition() {
        for password in [
            "correct horse battery staple",
            "kühler Apfelbaum im Winter",
            "明日の天気はとても良いでしょうと聞いた",
            "only lower case letters here",
            "  leading and trailing blanks  ",
        ] {
            assert_eq!(
                RULES.reasons_against(password, &["peter", "peter@example.com"]),
                [],
                "{password}"
            );
        }
    }

    #[test]
    fn code_points_are_counted_after_composition() {
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
    fn bytes_are_counted_if_the_hash_ignores_further_ones() {
        let rules = PasswordRules { max_bytes: Some(72), ..RULES };
        let password =
            |length: usize| "abfgzt5 qlm".chars().cycle().take(length).collect::<String>();
        assert_eq!(rules.reasons_against(&password(72), &[]), []);
        assert_eq!(rules.reasons_against(&password(73), &[]), [Reason::TooLong]);
        let wide = "\u{5bc6}\u{7801}\u{5f88}\u{957f}".repeat(6);
        assert_eq!(rules.reasons_against(&wide, &[]), [Reason::Common]);
        assert_eq!(rules.reasons_against(&format!("{wide}!"), &[]), [Reason::TooLong]);
    }

    #[test]
    fn a_nul_is_rejected_whatever_the_hash() {
        for rules in [RULES, PasswordRules { max_bytes: Some(72), ..RULES }] {
            let reasons = rules.reasons_against("nothing is said\0after a NUL", &[]);
            assert_eq!(reasons, [Reason::InvalidCharacter]);
            let reasons = rules.reasons_against("\0", &[]);
            assert_eq!(reasons, [Reason::InvalidCharacter, Reason::TooShort]);
        }
        assert_eq!(RULES.reasons_against("tabs\tand line\nbreaks are fine", &[]), []);
    }

    #[test]
    fn the_name_of_the_application_is_common() {
        let rules = PasswordRules { application_name: Some("Relatch Demo".to_owned()), ..RULES };
        for password in [
            "relatch demo 2026",
            "RelatchDemo12345",
            "Demo-Relatch-Demo",
            "relatch password1",
            "r\u{ff25}latch and demo",
        ] {
            assert_eq!(rules.reasons_against(password, &[]), [Reason::Common], "{password}");
            assert_eq!(RULES.reasons_against(password, &[]), [], "{password}");
        }
        assert_eq!(rules.reasons_against("relatch violet harbor tree", &[]), []);
    }

    #[test]
    fn a_common_password_is_rejected_in_any_case() {
        for password in ["password1", "PassWord1", "iloveyou", "qwertyuiop"] {
            assert_eq!(SHORT.reasons_against(password, &[]), [Reason::Common], "{password}");
        }
    }

    #[test]
    fn repetitions_and_sequences_count_as_common() {
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
    fn a_password_of_personal_terms_is_rejected() {
        let terms = ["ada", "ada@example.com", "Ada Lovelace"];
        for password in
            ["ada@example.com", "AdaLovelaceExample1", "lovelace-lovelace-99", "Ada Lovelace 1815"]
        {
            assert!(
                RULES.reasons_against(password, &terms).contains(&Reason::Personal),
                "{password}"
            );
        }
        for password in ["AdaLovelace12345678", "ada@example.com12345678"] {
            assert_eq!(RULES.reasons_against(password, &terms), [Reason::Personal], "{password}");
            assert_eq!(RULES.reasons_against(password, &[]), [], "{password}");
        }
        assert_eq!(RULES.reasons_against("lovelace walked her dog twice", &terms), []);
    }

    #[test]
    fn every_reason_is_returned() {
        assert_eq!(RULES.reasons_against("password1", &[]), [Reason::TooShort, Reason::Common]);
    }

    #[test]
    fn every_reason_parses_from_its_name() {
        for reason in Reason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(reason));
        }
        assert_eq!("too_plain".parse::<Reason>(), Err(ParseReasonError));
    }
}
