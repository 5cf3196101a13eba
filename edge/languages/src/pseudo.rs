//! Languages for tests of the layout, made of the English texts: a long one with accents, and one
//! that is written from right to left. They have the tags that CLDR and Android use.

use crate::{Language, Texts};

/// A language that only tests have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pseudo {
    /// `en-XA`: with accents, in brackets, and longer by a half.
    Long,
    /// `ar-XB`: each word from right to left.
    RightToLeft,
}

impl Pseudo {
    /// Returns the texts.
    #[must_use]
    pub fn texts(self) -> Texts {
        let language = Language::of_tag(match self {
            Self::Long => "en-XA",
            Self::RightToLeft => "ar-XB",
        });
        let english = Texts::ENGLISH;
        // The list of months is data, and so is the first slot.
        let months = english.date_months();
        let change = |(place, text): (usize, &&'static str)| {
            let is_data = place == 0 || **text == *months || text.is_empty();
            if is_data || text.starts_with("\u{1} \u{2}") {
                return *text;
            }
            let changed: &str = String::leak(match self {
                Self::Long => long(text),
                Self::RightToLeft => right_to_left(text),
            });
            changed
        };
        let slots: Vec<&'static str> = english.slots.iter().enumerate().map(change).collect();
        Texts { language, slots: Vec::leak(slots) }
    }
}

fn long(text: &str) -> String {
    let accents = |c| match c {
        'a' => 'å',
        'c' => 'ç',
        'e' => 'é',
        'i' => 'î',
        'n' => 'ñ',
        'o' => 'ö',
        'u' => 'û',
        'y' => 'ý',
        c => c,
    };
    let padding = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let words = text.chars().count().wrapping_div(10).saturating_add(1);
    let more: Vec<&str> = padding.iter().cycle().take(words).copied().collect();
    format!("[{} {}]", text.chars().map(accents).collect::<String>(), more.join(" "))
}

fn right_to_left(text: &str) -> String {
    let is_word = |word: &&str| word.chars().all(char::is_alphanumeric);
    let words = text.split(' ').map(|word| match Some(word).filter(is_word) {
        Some(word) => format!("\u{202e}{word}\u{202c}"),
        None => word.to_owned(),
    });
    format!("\u{200f}{}\u{200f}", words.collect::<Vec<_>>().join(" "))
}
