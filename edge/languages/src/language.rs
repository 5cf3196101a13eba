//! Languages, and which of them a tag or a header asks for.

use crate::TAGS;

/// The most languages of a header that are looked at.
const MAX_RANGES: usize = 16;

/// The languages that are written from right to left.
pub const RIGHT_TO_LEFT: [&str; 11] =
    ["ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"];

/// The regions whose Chinese is written with traditional characters (CLDR, likely subtags).
pub const TRADITIONAL_CHINESE: [&str; 3] = ["tw", "hk", "mo"];

/// A language that there are texts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Language(&'static str);

impl Default for Language {
    fn default() -> Self {
        Self::ENGLISH
    }
}

impl Language {
    /// English.
    pub const ENGLISH: Self = Self("en");

    #[cfg(feature = "testing")]
    pub(crate) const fn of_tag(tag: &'static str) -> Self {
        Self(tag)
    }

    /// Returns all languages, in the order of their tags.
    pub fn all() -> impl Iterator<Item = Self> {
        TAGS.iter().map(|tag| Self(tag))
    }

    /// Returns the tag (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.0
    }

    /// Returns the direction of the text, as the attribute `dir` has it.
    #[must_use]
    pub fn direction(self) -> &'static str {
        let language = self.0.split('-').next().unwrap_or_default();
        if RIGHT_TO_LEFT.contains(&language) { "rtl" } else { "ltr" }
    }

    /// Returns the language for a tag, by lookup (RFC 4647 section 3.4): `de-AT` is `de`. The names
    /// of locales that POSIX has are accepted too: `de_AT.UTF-8`. Returns `None` for a malformed
    /// tag and for a language without texts.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let tag = tag.split(['.', '@']).next().unwrap_or_default().trim();
        let tag = tag.replace('_', "-").to_ascii_lowercase();
        let is_subtag = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if tag.len() > 35 || !tag.split('-').all(is_subtag) {
            return None;
        }
        let mut parts: Vec<&str> = tag.split('-').collect();
        if let Some(("zh", rest)) = parts.split_first().map(|(first, rest)| (*first, rest)) {
            let is_traditional = rest.contains(&"hant")
                || !rest.contains(&"hans")
                    && rest.iter().any(|part| TRADITIONAL_CHINESE.contains(part));
            parts = vec!["zh", if is_traditional { "hant" } else { "hans" }];
        }
        while !parts.is_empty() {
            let wanted = parts.join("-");
            if let Some(tag) = TAGS.iter().find(|tag| tag.eq_ignore_ascii_case(&wanted)) {
                return Some(Self(tag));
            }
            parts.pop();
        }
        None
    }

    /// Returns the language that a header `Accept-Language` prefers (RFC 9110 section 12.5.4): of
    /// those with texts, the one with the highest weight, and the first of these. Malformed entries
    /// are skipped.
    #[must_use]
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
        for range in header.split(',').take(MAX_RANGES) {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let Some(weight) = parse_weight(weight.trim()).filter(|weight| *weight > 0) else {
                continue;
            };
            if best.is_none_or(|(other, _)| weight > other)
                && let Some(language) = Self::parse(tag)
            {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// Parses a weight into thousandths: `q=0.8` is 800.
fn parse_weight(weight: &str) -> Option<u16> {
    let value = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="))?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = [decimals, "000"].concat().get(..3)?.parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}
