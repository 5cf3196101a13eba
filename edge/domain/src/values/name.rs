//! Names as they are compared: user names, and what a person entered.

use relatch::internal::case_fold;

/// The longest identifier in characters, and the longest address in bytes (RFC 5321 section
/// 4.5.3.1.3, erratum 1690).
pub const MAX_LENGTH: usize = 254;

/// Returns the form in which stored and entered names are compared: trimmed, NFKC, lower case.
/// Accents and look-alike characters stay different. A text longer than [`MAX_LENGTH`] characters
/// becomes empty and matches nothing.
#[must_use]
pub fn canonical(name: &str) -> String {
    let name = name.trim();
    if is_too_long(name) { String::new() } else { case_fold(name) }
}

/// Returns whether a text is longer than [`MAX_LENGTH`] characters. A long text is not read to its end.
#[must_use]
pub fn is_too_long(text: &str) -> bool {
    text.chars().nth(MAX_LENGTH).is_some()
}
