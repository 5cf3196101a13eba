//! Unicode normalisation, case and words: the host's own in a JavaScript host, a library's elsewhere.

use alloc::{string::String, vec::Vec};

#[cfg(not(target_arch = "wasm32"))]
mod implementation {
    use alloc::{borrow::ToOwned as _, string::String, vec::Vec};

    use unicode_normalization::UnicodeNormalization as _;

    pub(super) fn nfc(text: &str) -> String {
        text.nfc().collect()
    }

    pub(super) fn nfkc(text: &str) -> String {
        text.nfkc().collect()
    }

    pub(super) fn lower_case(text: &str) -> String {
        text.to_lowercase()
    }

    pub(super) fn words(text: &str) -> Vec<String> {
        let words = text.split(|character: char| !character.is_alphanumeric());
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }
}

#[cfg(target_arch = "wasm32")]
mod implementation {
    use alloc::{borrow::ToOwned as _, string::String, vec::Vec};

    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = ["String", "prototype", "normalize"], js_name = call)]
        fn normalize(text: &str, form: &str) -> String;
        #[wasm_bindgen(js_namespace = ["String", "prototype", "toLowerCase"], js_name = call)]
        pub(super) fn lower_case(text: &str) -> String;
    }

    // The same two properties that `char::is_alphanumeric` goes by.
    #[wasm_bindgen(inline_js = r"export const wordsOf = (text) => text.replace(/[^\p{Alphabetic}\p{N}]+/gu, ' ');")]
    extern "C" {
        #[wasm_bindgen(js_name = wordsOf)]
        fn words_of(text: &str) -> String;
    }

    pub(super) fn nfc(text: &str) -> String {
        normalize(text, "NFC")
    }

    pub(super) fn nfkc(text: &str) -> String {
        normalize(text, "NFKC")
    }

    pub(super) fn words(text: &str) -> Vec<String> {
        super::pieces(&words_of(text), |byte| byte == b' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }
}

/// Canonical composition (UAX #15). Passwords are normalised by it before they are counted and hashed.
/// Bound the text's length first: the work grows with it.
#[must_use]
pub fn nfc(text: &str) -> String {
    implementation::nfc(text)
}

/// Compatibility composition (UAX #15). Identifiers are compared in it. Bound the text's length first.
#[must_use]
pub fn nfkc(text: &str) -> String {
    implementation::nfkc(text)
}

/// In lower case (Unicode, without regard to a language).
pub(crate) fn lower_case(text: &str) -> String {
    implementation::lower_case(text)
}

/// The runs of letters and digits (Unicode's Alphabetic and N), in their order.
pub(crate) fn words(text: &str) -> Vec<String> {
    implementation::words(text)
}

/// What two texts have in common when they differ in case and in compatibility forms only: NFKC, then lower case,
/// then NFKC again, for lower-casing may undo composition.
#[must_use]
pub fn folded(text: &str) -> String {
    nfkc(&implementation::lower_case(&nfkc(text)))
}

/// What is before and after the first of these bytes, which is one of ASCII.
pub(crate) fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = text.bytes().position(|byte| byte == at)?;
    Some((text.get(..place)?, text.get(place.saturating_add(1)..)?))
}

/// What is between these bytes, which are of ASCII. The standard library's own way with patterns is larger, for each kind of
/// pattern once more.
#[doc(hidden)]
pub fn pieces(text: &str, ends: fn(u8) -> bool) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let place = text.bytes().position(ends);
        rest = place.and_then(|place| text.get(place.saturating_add(1)..));
        text.get(..place.unwrap_or(text.len()))
    })
}

/// How many characters (code points) a text has.
pub(crate) fn characters(text: &str) -> usize {
    // All but the second and further bytes of each.
    text.bytes().filter(|byte| byte & 0xc0 != 0x80).fold(0, |count, _| count.saturating_add(1))
}

/// Where a text first has another in it, by bytes. The standard library's own search is made for long texts, and is a
/// kilobyte of what a page downloads.
pub(crate) fn find(text: &str, wanted: &str) -> Option<usize> {
    let wanted = wanted.as_bytes();
    if wanted.is_empty() { Some(0) } else { text.as_bytes().windows(wanted.len()).position(|part| part == wanted) }
}

/// A number in digits, without what it takes to format anything at all.
#[doc(hidden)]
#[must_use]
pub fn decimal(number: u64) -> String {
    let mut digits = Vec::new();
    let mut left = number;
    loop {
        // A remainder of ten is a digit.
        digits.push(u8::try_from(left % 10).unwrap_or_default() | b'0');
        left /= 10;
        if left == 0 {
            break;
        }
    }
    digits.into_iter().rev().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn a_text_is_cut_at_a_byte_and_falls_into_pieces_as_the_standard_library_does_it() {
        for text in ["", "&", "a&b", "&a&&b;c&", "\u{e9}&\u{5bc6};x", "abc"] {
            assert_eq!(cut(text, b'&'), text.split_once('&'), "{text}");
            let found: Vec<_> = pieces(text, |byte| byte == b'&' || byte == b';').collect();
            assert_eq!(found, text.split(['&', ';']).collect::<Vec<_>>(), "{text}");
            assert_eq!(characters(text), text.chars().count(), "{text}");
        }
    }

    #[test]
    fn a_text_is_found_where_it_first_stands() {
        for (text, wanted) in
            [("abcabc", "ca"), ("abc", ""), ("", "a"), ("abc", "abcd"), ("aab", "ab"), ("a\u{e9}b", "\u{e9}")]
        {
            assert_eq!(find(text, wanted), text.find(wanted), "{wanted} in {text}");
        }
    }

    #[test]
    fn a_number_is_written_in_digits() {
        for number in [0, 7, 10, 599, 86_400, u64::MAX] {
            assert_eq!(decimal(number), number.to_string());
        }
    }
}
