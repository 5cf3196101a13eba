//! Identifiers: what a person entered to name an account, an e-mail address (with `@`) or a user
//! name.

use relatch::internal::{case_fold, nfkc};
use serde::{Deserialize, Serialize};

/// The longest identifier in bytes: the longest address (RFC 5321 section 4.5.3.1.3, erratum 1690).
pub const MAX_LENGTH: usize = 254;

/// Characters that a plain address does not contain, because mail software gives them a meaning:
/// lists, comments, routes and quoted names (RFC 5322 section 3.2.3, "specials" without the dot).
const SPECIALS: &[char] = &['"', '\'', ',', ';', ':', '<', '>', '(', ')', '[', ']', '\\', '`'];

/// The kind of an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A user name.
    Username,
}

/// A valid identifier.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    kind: Kind,
    typed: String,
    canonical: String,
}

/// Why a text is not a valid identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseIdentifierError {
    /// It is empty or blank.
    Empty,
    /// It is longer than [`MAX_LENGTH`] bytes.
    TooLong,
    /// It contains a control character, such as NUL or a line break.
    ControlCharacter,
    /// It contains `@` and is not one plain address: several `@`, an empty part, a list, quotes,
    /// blanks.
    NotOneAddress,
}

impl std::fmt::Display for ParseIdentifierError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "it is empty",
            Self::TooLong => "it is longer than 254 bytes",
            Self::ControlCharacter => "it contains a control character",
            Self::NotOneAddress => "it is not one plain e-mail address",
        })
    }
}

impl Identifier {
    /// Parses an identifier. Surrounding blanks are removed. The size is checked first.
    ///
    /// # Errors
    ///
    /// The first rule that the text violates.
    pub fn parse(typed: &str) -> Result<Self, ParseIdentifierError> {
        if typed.len() > MAX_LENGTH {
            return Err(ParseIdentifierError::TooLong);
        }
        if typed.trim().is_empty() {
            return Err(ParseIdentifierError::Empty);
        }
        if typed.chars().any(char::is_control) {
            return Err(ParseIdentifierError::ControlCharacter);
        }
        let typed = typed.trim();
        let plain = nfkc(typed);
        // NFKC turns a full-width sign into `@`. Such a text looks like a user name and would be
        // compared as an address.
        if count_at(&plain) != count_at(typed) {
            return Err(ParseIdentifierError::NotOneAddress);
        }
        let kind = match count_at(&plain) {
            0 => Kind::Username,
            _ if is_plain_address(&plain) => Kind::Email,
            _ => return Err(ParseIdentifierError::NotOneAddress),
        };
        Ok(Self { kind, typed: typed.to_owned(), canonical: case_fold(typed) })
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the identifier as entered, without surrounding blanks.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.typed
    }

    /// Returns the form that is compared: see [`canonical`].
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

/// Does not print the text: it may be an address.
impl std::fmt::Debug for Identifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Identifier").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Returns the form in which stored and entered names are compared: trimmed, NFKC, lower case.
/// Accents and look-alike characters stay different. A text longer than [`MAX_LENGTH`] bytes
/// becomes empty and matches nothing.
#[must_use]
pub fn canonical(name: &str) -> String {
    if name.len() > MAX_LENGTH { String::new() } else { case_fold(name.trim()) }
}

/// Returns whether mail can be sent to exactly this one address: one `@`, two non-empty parts, no
/// list, no quotes.
#[must_use]
pub fn is_plain_address(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else { return false };
    !local.is_empty()
        && !domain.is_empty()
        && !domain.contains('@')
        && address.len() <= MAX_LENGTH
        && !address
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || (c != '\'' && SPECIALS.contains(&c)))
}

/// Returns an address that its owner recognises and that reveals little to others: at most the
/// first and the last letter of the local part, and not its length.
#[must_use]
pub fn masked(address: &str) -> String {
    let (name, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let mut letters = name.chars();
    let (first, last) = match name.chars().count() {
        0 | 1 => (None, None),
        2 | 3 => (letters.next(), None),
        _ => (letters.next(), letters.next_back()),
    };
    let shown = |letter: Option<char>| letter.map(String::from).unwrap_or_default();
    format!("{}•••{}@{domain}", shown(first), shown(last))
}

fn count_at(text: &str) -> usize {
    text.matches('@').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_with_an_at_sign_is_an_address() {
        assert_eq!(Identifier::parse("peter").unwrap().kind(), Kind::Username);
        assert_eq!(Identifier::parse(" peter@example.com ").unwrap().kind(), Kind::Email);
        assert_eq!(Identifier::parse("o'neill@example.com").unwrap().kind(), Kind::Email);
    }

    #[test]
    fn case_blanks_and_compatibility_forms_are_ignored() {
        for typed in ["Peter@Example.COM", "  peter@example.com", "ｐeter@example.com"] {
            assert_eq!(
                Identifier::parse(typed).unwrap().canonical(),
                "peter@example.com",
                "{typed}"
            );
        }
    }

    #[test]
    fn look_alikes_and_accents_stay_different() {
        for (typed, other) in
            [("mıke@x.org", "mike@x.org"), ("josé@x.org", "jose@x.org"), ("раypal", "paypal")]
        {
            assert_ne!(Identifier::parse(typed).unwrap().canonical(), canonical(other), "{typed}");
        }
    }

    #[test]
    fn lists_quotes_and_hidden_at_signs_are_rejected() {
        for typed in [
            "a@x.org,b@y.org",
            "a@x.org;b@y.org",
            "a@x.org b@y.org",
            "\"a@evil.org\"@x.org",
            "a＠x.org",
            "a@b＠x.org",
            "a@",
            "@x.org",
            "<a@x.org>",
        ] {
            assert_eq!(
                Identifier::parse(typed),
                Err(ParseIdentifierError::NotOneAddress),
                "{typed}"
            );
        }
    }

    #[test]
    fn control_characters_and_long_texts_are_rejected() {
        for typed in ["a\0b", "peter\nBcc: x@y.org", "a\r\n@x.org", "\u{85}x"] {
            assert_eq!(
                Identifier::parse(typed),
                Err(ParseIdentifierError::ControlCharacter),
                "{typed:?}"
            );
        }
        assert_eq!(Identifier::parse(" \t "), Err(ParseIdentifierError::Empty));
        assert_eq!(Identifier::parse(&"x".repeat(255)), Err(ParseIdentifierError::TooLong));
        assert!(Identifier::parse(&"x".repeat(254)).is_ok());
    }

    #[test]
    fn a_masked_address_does_not_contain_the_whole_local_part() {
        for (address, shown) in [
            ("peter@example.com", "p•••r@example.com"),
            ("adam@x.org", "a•••m@x.org"),
            ("ada@x.org", "a•••@x.org"),
            ("jo@x.org", "j•••@x.org"),
            ("j@x.org", "•••@x.org"),
            ("jörg.müller@x.org", "j•••r@x.org"),
        ] {
            assert_eq!(masked(address), shown);
        }
    }

    #[test]
    fn an_identifier_does_not_print() {
        assert!(
            !format!("{:?}", Identifier::parse("peter@example.com").unwrap()).contains("peter")
        );
    }
}
