//! Identifiers: what a person entered to name an account, an e-mail address or a user name.

use relatch::internal::{nfc, nfd, uppercase};
use serde::{Deserialize, Serialize};

use crate::values::account::Account;
use crate::values::domain_name;
use crate::values::mail_address::{ParseAddressError, PlainAddress, canonical_address};
use crate::values::name::{canonical, is_too_long};

/// The kinds of names that an identifier can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// An e-mail address or a user name. A user name may look like an address.
    Any,
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
    /// It is longer than [`MAX_LENGTH`](super::name::MAX_LENGTH) characters.
    TooLong,
    /// It contains a control character, such as NUL or a line break.
    ControlCharacter,
    /// It must be an address and is not one plain address: no or several `@`, an empty part, a
    /// list, quotes, blanks.
    NotOneAddress,
    /// It must be an address, and its domain is not valid.
    InvalidDomain,
}

impl std::fmt::Display for ParseIdentifierError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "it is empty",
            Self::TooLong => "it is longer than 254 characters",
            Self::ControlCharacter => "it contains a control character",
            Self::NotOneAddress => "it is not one plain e-mail address",
            Self::InvalidDomain => "its domain is not valid",
        })
    }
}

impl Identifier {
    /// Parses an identifier that may be an address or a user name. Surrounding blanks are removed.
    /// The size is checked first.
    ///
    /// # Errors
    ///
    /// The first rule that the text violates.
    pub fn parse(typed: &str) -> Result<Self, ParseIdentifierError> {
        if is_too_long(typed) {
            return Err(ParseIdentifierError::TooLong);
        }
        if typed.trim().is_empty() {
            return Err(ParseIdentifierError::Empty);
        }
        if typed.chars().any(char::is_control) {
            return Err(ParseIdentifierError::ControlCharacter);
        }
        let typed = typed.trim();
        Ok(Self { kind: Kind::Any, typed: typed.to_owned(), canonical: canonical_address(typed) })
    }

    /// Parses an identifier that must be one plain address.
    ///
    /// # Errors
    ///
    /// The first rule that the text violates.
    pub fn parse_email(typed: &str) -> Result<Self, ParseIdentifierError> {
        let identifier = Self::parse(typed)?;
        PlainAddress::parse(&identifier.typed).map_err(|error| match error {
            ParseAddressError::NotPlain => ParseIdentifierError::NotOneAddress,
            ParseAddressError::Domain => ParseIdentifierError::InvalidDomain,
        })?;
        Ok(Self { kind: Kind::Email, ..identifier })
    }

    /// Returns what the identifier may be.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the identifier as entered, without surrounding blanks.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.typed
    }

    /// Returns the form that identifies it: that of an address if it is one (see
    /// [`canonical_address`]), and otherwise that of a name (see [`canonical`]).
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Returns the queries that find its accounts. All of them always run.
    #[must_use]
    pub fn queries(&self) -> Vec<AccountQuery> {
        let query =
            |column, canonical| AccountQuery { column, typed: self.typed.clone(), canonical };
        let email = query(NameColumn::Email, self.canonical.clone());
        match self.kind {
            Kind::Email => vec![email],
            Kind::Any => vec![email, query(NameColumn::Username, canonical(&self.typed))],
        }
    }
}

/// Does not print the text: it may be an address.
impl std::fmt::Debug for Identifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Identifier").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The names by which accounts are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameColumn {
    /// The e-mail address.
    Email,
    /// The user name.
    Username,
}

/// A query for the accounts with a name.
#[derive(Clone)]
pub struct AccountQuery {
    column: NameColumn,
    typed: String,
    canonical: String,
}

impl AccountQuery {
    /// Returns which name is meant.
    #[must_use]
    pub const fn column(&self) -> NameColumn {
        self.column
    }

    /// Returns the name as entered, without surrounding blanks.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.typed
    }

    /// Returns the form that is compared.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Returns whether the account has the name. Databases ignore accents, widths and more, so the
    /// domain compares every account that they return.
    #[must_use]
    pub fn matches(&self, account: &Account) -> bool {
        let stored = match self.column {
            NameColumn::Email => account.email.as_deref().map(canonical_address),
            NameColumn::Username => Some(canonical(&account.username)),
        };
        !self.canonical.is_empty() && stored.is_some_and(|stored| stored == self.canonical)
    }

    /// Returns whether the account has the name byte for byte, except for surrounding blanks.
    #[must_use]
    pub fn is_exact(&self, account: &Account) -> bool {
        let stored = match self.column {
            NameColumn::Email => account.email.as_deref(),
            NameColumn::Username => Some(account.username.as_str()),
        };
        stored.is_some_and(|stored| stored.trim() == self.typed)
    }

    /// Returns the spellings under which the name may be stored, with ASCII letters in lower case
    /// and without surrounding blanks: composed and decomposed; with other letters in lower case,
    /// with capitals at the start of words, and in upper case; and an address with both forms of
    /// its domain. A store that ignores no more than the case of ASCII letters looks for each.
    #[must_use]
    pub fn spellings(&self) -> Vec<String> {
        let mut names = vec![self.canonical.clone()];
        if let (NameColumn::Email, Some((local, domain))) =
            (self.column, self.canonical.rsplit_once('@'))
        {
            names.push(format!("{local}@{}", domain_name::to_unicode(domain)));
        }
        let cases = names.iter().flat_map(|name| {
            [name.clone(), uppercase(name), capitalize_words(name)].map(|name| nfc(&name))
        });
        let mut spellings: Vec<String> = Vec::new();
        for name in cases.chain([self.typed.clone(), nfc(&self.typed)]) {
            for mut spelling in [nfd(&name), name] {
                spelling.make_ascii_lowercase();
                if !spellings.contains(&spelling) {
                    spellings.push(spelling);
                }
            }
        }
        spellings
    }
}

/// Returns a text with the first letter of each word in upper case.
fn capitalize_words(text: &str) -> String {
    let mut is_start = true;
    let mut capitalized = String::new();
    for c in text.chars() {
        if is_start && !c.is_ascii() {
            capitalized.push_str(&uppercase(c.encode_utf8(&mut [0; 4])));
        } else {
            capitalized.push(c);
        }
        is_start = c.is_ascii() && !c.is_ascii_alphanumeric();
    }
    capitalized
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::account::{AccountId, Role};

    fn account(username: &str, email: &str) -> Account {
        Account {
            id: AccountId("1".to_owned()),
            username: username.to_owned(),
            email: Some(email.to_owned()),
            name: None,
            password_hash: None,
            role: Role::User,
            disabled: false,
            verified: true,
            locale: None,
        }
    }

    /// Returns whether an account is found by its address, and by its user name.
    fn found(typed: &str, account: &Account) -> [bool; 2] {
        let identifier = Identifier::parse(typed).unwrap();
        [NameColumn::Email, NameColumn::Username].map(|column| {
            identifier
                .queries()
                .iter()
                .any(|query| query.column() == column && query.matches(account))
        })
    }

    #[test]
    fn an_identifier_is_looked_up_as_an_address_and_as_a_user_name() {
        let maria = account("maria@old.example", "maria@new.example");
        assert_eq!(found("maria@old.example", &maria), [false, true]);
        assert_eq!(found("maria@new.example", &maria), [true, false]);
        let both = account("Ada@example.com", "ada@example.com");
        assert_eq!(found("ADA@example.com", &both), [true, true]);
        for username in
            ["a@b@c", "@handle", "a@", "first last", "a,b", "<x>", "\"q\"", "a\u{ff20}b"]
        {
            assert_eq!(found(username, &account(username, "x@example.com")), [false, true]);
        }
        let email = Identifier::parse_email("maria@old.example").unwrap();
        assert!(email.queries().iter().all(|query| !query.matches(&maria)));
    }

    #[test]
    fn a_user_name_is_not_compared_as_a_domain() {
        let stored = account("x@xn--bcher-kva.example", "x@xn--bcher-kva.example");
        assert_eq!(found("x@b\u{fc}cher.example", &stored), [true, false]);
        assert_eq!(found("x@xn--bcher-kva.example", &stored), [true, true]);
    }

    #[test]
    fn stored_blanks_and_decomposed_characters_are_ignored() {
        for stored in ["kim ", "\tkim", "\u{a0}kim\u{3000}", "KIM\n"] {
            assert_eq!(found("kim", &account(stored, "")), [false, true], "{stored:?}");
        }
        assert_eq!(found("zo\u{eb}", &account("zoe\u{308}", "")), [false, true]);
        assert_eq!(found("zoe\u{308}", &account("ZO\u{cb}", "")), [false, true]);
        assert_eq!(found("lee@example.org", &account("", "Lee@Example.org \t")), [true, false]);
    }

    #[test]
    fn a_match_is_exact_if_only_blanks_differ() {
        let identifier = Identifier::parse(" Ada").unwrap();
        let is_exact = |username: &str| {
            identifier.queries().iter().any(|query| query.is_exact(&account(username, "ada")))
        };
        assert!(is_exact("Ada") && is_exact("Ada "));
        assert!(!is_exact("ada"));
    }

    #[test]
    fn the_spellings_contain_what_ascii_lower_case_leaves_of_every_stored_form() {
        for (typed, stored) in [
            ("ADA", "Ada"),
            ("zo\u{eb}", "ZOE\u{308}"),
            ("zo\u{eb}", "ZO\u{cb}"),
            ("ZO\u{cb}", "zoe\u{308}"),
            ("\u{e9}lodie \u{e9}lan", "\u{c9}lodie \u{c9}lan"),
            ("\u{438}\u{432}\u{430}\u{43d}", "\u{418}\u{432}\u{430}\u{43d}"),
            ("\u{438}\u{439}", "\u{418}\u{418}\u{306}"),
            ("bert@b\u{fc}cher.example", "Bert@xn--bcher-kva.example"),
            ("bert@xn--bcher-kva.example", "bert@B\u{fc}cher.example"),
            ("bert@xn--bcher-kva.example", "bert@bu\u{308}cher.example"),
            ("bert@xn--bcher-kva.example", "bert@B\u{dc}CHER.EXAMPLE"),
        ] {
            let queries = Identifier::parse(typed).unwrap().queries();
            let stored = stored.to_ascii_lowercase();
            assert!(
                queries.iter().any(|query| query.spellings().contains(&stored)),
                "{typed}: {stored}"
            );
        }
        // Most names have one spelling.
        for query in Identifier::parse("Peter@Example.com").unwrap().queries() {
            assert_eq!(query.spellings(), ["peter@example.com"]);
        }
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
    fn an_email_is_one_plain_address_with_a_valid_domain() {
        for typed in [
            "peter",
            "a@x.org,b@y.org",
            "a@x.org;b@y.org",
            "a@x.org b@y.org",
            "\"a@evil.org\"@x.org",
            "a\u{ff20}x.org",
            "a@b\u{ff20}x.org",
            "a@",
            "@x.org",
            "<a@x.org>",
        ] {
            assert_eq!(
                Identifier::parse_email(typed),
                Err(ParseIdentifierError::NotOneAddress),
                "{typed}"
            );
            assert!(Identifier::parse(typed).is_ok(), "{typed}");
        }
        for typed in ["a@x_y.org", "a@x.org."] {
            assert_eq!(
                Identifier::parse_email(typed),
                Err(ParseIdentifierError::InvalidDomain),
                "{typed}"
            );
        }
        assert!(Identifier::parse_email(" o'neill@b\u{fc}cher.example ").is_ok());
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
        assert!(Identifier::parse(&"\u{5b57}".repeat(254)).is_ok());
        assert_eq!(Identifier::parse(&"\u{5b57}".repeat(255)), Err(ParseIdentifierError::TooLong));
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
