//! Unicode normalization, case, and words.
//!
//! In a JavaScript host the host's own functions do this; elsewhere the standard library and
//! unicode-normalization do.

use alloc::{borrow::ToOwned as _, string::String, vec::Vec};

#[cfg(not(target_arch = "wasm32"))]
mod implementation {
    use alloc::string::String;

    use unicode_normalization::UnicodeNormalization as _;

    pub(super) fn nfc(text: &str) -> String {
        text.nfc().collect()
    }

    pub(super) fn nfd(text: &str) -> String {
        text.nfd().collect()
    }

    pub(super) fn nfkc(text: &str) -> String {
        text.nfkc().collect()
    }

    pub(super) fn uppercase(text: &str) -> String {
        text.to_uppercase()
    }

    pub(super) fn lowercase(text: &str) -> String {
        text.to_lowercase()
    }

    pub(super) fn with_spaces_between_words(text: &str) -> String {
        text.chars()
            .map(|character| if character.is_alphanumeric() { character } else { ' ' })
            .collect()
    }
}

#[cfg(target_arch = "wasm32")]
mod implementation {
    use alloc::string::String;

    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = ["String", "prototype", "normalize"], js_name = call)]
        fn normalize(text: &str, form: &str) -> String;
        #[wasm_bindgen(js_namespace = ["String", "prototype", "toLowerCase"], js_name = call)]
        pub(super) fn lowercase(text: &str) -> String;
        #[wasm_bindgen(js_namespace = ["String", "prototype", "toUpperCase"], js_name = call)]
        pub(super) fn uppercase(text: &str) -> String;
    }

    // The same two properties as `char::is_alphanumeric`.
    #[wasm_bindgen(
        inline_js = r"export const wordsOf = (text) => text.replace(/[^\p{Alphabetic}\p{N}]+/gu, ' ');"
    )]
    extern "C" {
        #[wasm_bindgen(js_name = wordsOf)]
        pub(super) fn with_spaces_between_words(text: &str) -> String;
    }

    pub(super) fn nfc(text: &str) -> String {
        normalize(text, "NFC")
    }

    pub(super) fn nfd(text: &str) -> String {
        normalize(text, "NFD")
    }

    pub(super) fn nfkc(text: &str) -> String {
        normalize(text, "NFKC")
    }
}

/// Returns the canonical composition (NFC, UAX #15). Passwords are normalized with it before they
/// are counted and hashed. The work grows with the length: limit the length first.
#[must_use]
pub fn nfc(text: &str) -> String {
    implementation::nfc(text)
}

/// Returns the canonical decomposition (NFD, UAX #15).
#[must_use]
pub fn nfd(text: &str) -> String {
    implementation::nfd(text)
}

/// Returns the compatibility composition (NFKC, UAX #15). Identifiers are compared in this form.
/// The work grows with the length: limit the length first.
#[must_use]
pub fn nfkc(text: &str) -> String {
    implementation::nfkc(text)
}

/// Returns the text in lower case (Unicode, independent of a language).
#[must_use]
pub fn lowercase(text: &str) -> String {
    implementation::lowercase(text)
}

/// Returns the text in upper case (Unicode, independent of a language).
#[must_use]
pub fn uppercase(text: &str) -> String {
    implementation::uppercase(text)
}

/// Returns the maximal runs of letters and digits (Unicode properties Alphabetic and N), in order.
pub(crate) fn words(text: &str) -> Vec<String> {
    implementation::with_spaces_between_words(text)
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect()
}

/// Returns the form that is equal for two texts that differ only in case and compatibility forms:
/// NFKC, lower case, and NFKC again, because lower-casing can undo composition.
#[must_use]
pub fn case_fold(text: &str) -> String {
    nfkc(&lowercase(&nfkc(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(
            words("Ada O\u{2019}Neil-\u{5bc6}\u{7801}  42!"),
            ["Ada", "O", "Neil", "\u{5bc6}\u{7801}", "42"]
        );
        assert!(words(" -- ").is_empty());
    }

    #[test]
    fn case_folding_ignores_case_and_compatibility_forms() {
        assert_eq!(case_fold("\u{ff21}da"), "ada");
        assert_eq!(case_fold("\u{160}\u{c1}RKA"), "\u{161}\u{e1}rka");
    }
}
