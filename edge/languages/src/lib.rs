//! The texts of pages, mails and elements: one Fluent file for each language in `languages`, compiled
//! into tables of strings.
//!
//! A text is a method of [`Texts`], with the values that it contains as parameters. English is always
//! there. The other languages are tables that a host loads ([`Texts::read`], [`file_name`]) or links
//! ([`Texts::compiled`]).

use std::time::Duration;

mod language;
mod page_texts;
#[cfg(feature = "testing")]
mod pseudo;

pub use language::{Language, RIGHT_TO_LEFT, TRADITIONAL_CHINESE};
pub use page_texts::{PageMessage, check_page_texts};
#[cfg(feature = "testing")]
pub use pseudo::Pseudo;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// The categories of plural forms, the last of which is the one without a rule.
const CATEGORIES: usize = 6;

/// The texts of one language.
#[derive(Clone, Copy)]
pub struct Texts {
    language: Language,
    slots: &'static [&'static str],
}

/// Prints the language only.
impl std::fmt::Debug for Texts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Texts").field(&self.language).finish()
    }
}

impl Texts {
    /// The texts in English.
    pub const ENGLISH: Self = Self { language: Language::ENGLISH, slots: &ENGLISH };

    /// Reads the table of a language, or returns `None` if it has another number of texts. The
    /// texts stay in memory, so each table is read once.
    #[must_use]
    pub fn read(language: Language, table: String) -> Option<Self> {
        let slots: Vec<&'static str> = String::leak(table).split('\n').collect();
        (slots.len() == SLOTS).then(|| Self { language, slots: Vec::leak(slots) })
    }

    /// Returns the texts of a language from the tables of this crate, which are only linked into a
    /// program that calls this.
    #[must_use]
    pub fn compiled(language: Language) -> Option<Self> {
        let (_, table) = TABLES.iter().find(|(tag, _)| *tag == language.tag())?;
        Self::read(language, (*table).to_owned())
    }

    /// Returns the language.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Formats a span, in the largest unit that divides it: `2 hours`, `90 minutes`, `45 seconds`.
    #[must_use]
    pub fn span(&self, span: Duration) -> String {
        let seconds = span.as_secs();
        let whole = |unit: u64| {
            seconds
                .checked_div(unit)
                .filter(|count| *count > 0 && count.checked_mul(unit) == Some(seconds))
        };
        match (whole(3600), whole(60)) {
            (Some(hours), _) => self.span_hours(hours),
            (None, Some(minutes)) => self.span_minutes(minutes),
            (None, None) => self.span_seconds(seconds),
        }
    }

    /// Returns the name of a month from 1 to 12, as a date has it.
    #[must_use]
    pub fn month(&self, month: u8) -> &'static str {
        let place = usize::from(month).saturating_sub(1);
        self.date_months().split(", ").nth(place).unwrap_or_default()
    }

    fn slot(&self, slot: usize) -> &'static str {
        self.slots.get(slot).copied().unwrap_or_default()
    }

    /// Returns the text for a number: the one of its plural category, or the last one.
    fn plural(&self, slot: usize, number: u64) -> &'static str {
        // The rules depend on the last two digits, and on whether there are more.
        let place =
            if number < 100 { number } else { number.wrapping_rem(100).saturating_add(100) };
        let place = usize::try_from(place).unwrap_or_default();
        let other = CATEGORIES.saturating_sub(1);
        let category = self
            .slot(0)
            .as_bytes()
            .get(place)
            .map_or(other, |digit| usize::from(digit.saturating_sub(b'0')).min(other));
        match self.slot(slot.saturating_add(category)) {
            "" => self.slot(slot.saturating_add(other)),
            text => text,
        }
    }

    /// Replaces the places of values: the character 1 by the first value, and so on.
    #[expect(clippy::unused_self, reason = "called by generated methods like the others")]
    fn fill(&self, text: &str, values: &[&str]) -> String {
        let mut filled = String::with_capacity(text.len().saturating_add(64));
        for c in text.chars() {
            let place = usize::try_from(u32::from(c)).unwrap_or_default();
            match place.checked_sub(1).and_then(|place| values.get(place)) {
                Some(value) => filled.push_str(value),
                None => filled.push(c),
            }
        }
        filled
    }
}

/// Joins sentences, leaving out empty ones. Chinese and Japanese have no blank after a full stop.
#[must_use]
pub fn sentences(sentences: &[&str]) -> String {
    let mut text = String::new();
    for sentence in sentences.iter().filter(|sentence| !sentence.is_empty()) {
        if !text.is_empty() && !text.ends_with(['\u{3002}', '\u{ff1a}', '\u{ff1f}']) {
            text.push(' ');
        }
        text.push_str(sentence);
    }
    text
}

/// Returns the name of the file with the table of a language. It depends on the messages, so that a
/// table of another version is not found.
#[must_use]
pub fn file_name(language: Language) -> String {
    [language.tag(), "-", DIGEST, ".txt"].concat()
}

#[cfg(test)]
mod tests;
