//! What somebody typed to say who they are: an e-mail address (with `@`) or a user name (without).

use relatch::text::{folded, nfkc};
use serde::{Deserialize, Serialize};

/// The longest identifier, in bytes: an address is at most 254 long (RFC 5321 section 4.5.3.1.3).
pub const LONGEST: usize = 254;

/// Characters that no plain address holds and that mail software reads as something else: lists, comments, routes,
/// quoted names (RFC 5322 section 3.2.3, "specials" without the dot).
const SPECIALS: &[char] = &['"', '\'', ',', ';', ':', '<', '>', '(', ')', '[', ']', '\\', '`'];

/// Which kind an identifier is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// With `@`.
    Email,
    /// Without.
    Username,
}

/// A well-formed identifier.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    kind: Kind,
    typed: String,
    canonical: String,
}

/// Why a text is no identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseIdentifierError {
    /// Nothing but blanks.
    Empty,
    /// Over [`LONGEST`] bytes.
    TooLong,
    /// A control character, also NUL and line ends.
    ControlCharacter,
    /// Not one plain address: two `@`, nothing before or after it, a list, quotes, blanks inside.
    NotOneAddress,
}

impl std::fmt::Display for ParseIdentifierError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "it is empty",
            Self::TooLong => "it is longer than 254 bytes",
            Self::ControlCharacter => "it holds a control character",
            Self::NotOneAddress => "it is not one plain e-mail address",
        })
    }
}

impl Identifier {
    /// Reads what was typed. Its size is looked at before anything else.
    pub fn parse(typed: &str) -> Result<Self, ParseIdentifierError> {
        if typed.len() > LONGEST {
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
        // A full-width sign that normalisation turns into `@` makes an address of something that showed none.
        if count_at(&plain) != count_at(typed) {
            return Err(ParseIdentifierError::NotOneAddress);
        }
        let kind = match count_at(&plain) {
            0 => Kind::Username,
            _ if is_plain_address(&plain) => Kind::Email,
            _ => return Err(ParseIdentifierError::NotOneAddress),
        };
        Ok(Self { kind, typed: typed.to_owned(), canonical: folded(typed) })
    }

    /// E-mail address or user name.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// As it was typed, without blanks around it.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.typed
    }

    /// The form in which two identifiers are compared: see [`canonical`].
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

/// An identifier does not print: it is somebody's address.
impl std::fmt::Debug for Identifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Identifier").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The form in which stored and typed names are compared: without blanks around it, NFKC, lower case. Accents and
/// look-alikes stay different; only case and compatibility forms are folded.
#[must_use]
pub fn canonical(name: &str) -> String {
    if name.len() > LONGEST { String::new() } else { folded(name.trim()) }
}

/// Whether mail can be sent to exactly this one address: one `@`, something on both sides, no list, no quotes.
#[must_use]
pub fn is_plain_address(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else { return false };
    !local.is_empty()
        && !domain.is_empty()
        && !domain.contains('@')
        && address.len() <= LONGEST
        && !address.chars().any(|c| c.is_control() || c.is_whitespace() || (c != '\'' && SPECIALS.contains(&c)))
}

/// An address that its owner recognises and that tells nobody else: of the name at most the first and the last letter,
/// and not how many there are between them.
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
    fn an_at_sign_makes_an_address_none_a_user_name() {
        assert_eq!(Identifier::parse("peter").unwrap().kind(), Kind::Username);
        assert_eq!(Identifier::parse(" peter@example.com ").unwrap().kind(), Kind::Email);
        assert_eq!(Identifier::parse("o'neill@example.com").unwrap().kind(), Kind::Email);
    }

    #[test]
    fn case_and_blanks_and_compatibility_forms_are_one_name() {
        for typed in ["Peter@Example.COM", "  peter@example.com", "ｐeter@example.com"] {
            assert_eq!(Identifier::parse(typed).unwrap().canonical(), "peter@example.com", "{typed}");
        }
    }

    #[test]
    fn look_alikes_and_accents_stay_different() {
        for (typed, other) in [("mıke@x.org", "mike@x.org"), ("josé@x.org", "jose@x.org"), ("раypal", "paypal")] {
            assert_ne!(Identifier::parse(typed).unwrap().canonical(), canonical(other), "{typed}");
        }
    }

    #[test]
    fn lists_quotes_and_hidden_at_signs_are_refused() {
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
            assert_eq!(Identifier::parse(typed), Err(ParseIdentifierError::NotOneAddress), "{typed}");
        }
    }

    #[test]
    fn control_characters_and_sizes_are_refused() {
        for typed in ["a\0b", "peter\nBcc: x@y.org", "a\r\n@x.org", "\u{85}x"] {
            assert_eq!(Identifier::parse(typed), Err(ParseIdentifierError::ControlCharacter), "{typed:?}");
        }
        assert_eq!(Identifier::parse(" \t "), Err(ParseIdentifierError::Empty));
        assert_eq!(Identifier::parse(&"x".repeat(255)), Err(ParseIdentifierError::TooLong));
        assert!(Identifier::parse(&"x".repeat(254)).is_ok());
    }

    #[test]
    fn a_masked_address_never_holds_the_whole_name() {
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
        assert!(!format!("{:?}", Identifier::parse("peter@example.com").unwrap()).contains("peter"));
    }
}
