//! E-mail addresses: the one that mail is sent to, and a name and an address as mail headers have
//! them.

use std::fmt;

use relatch::internal::{case_fold, nfkc};
use serde::{Deserialize, Serialize};

use crate::values::domain_name;
use crate::values::name::{MAX_LENGTH, canonical};

/// Characters that a plain address does not contain, because mail software gives them a meaning:
/// lists, comments, routes and quoted names (RFC 5322 section 3.2.3, "specials" without the dot),
/// and the backtick.
const SPECIALS: &[char] = &['"', ',', ';', ':', '<', '>', '(', ')', '[', ']', '\\', '`'];

/// The longest local part in bytes (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL_PART: usize = 64;

/// One plain address that mail can be sent to. Its domain is in ASCII: see [`domain_name`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainAddress {
    local: String,
    domain: String,
}

/// Why a text is not a [`PlainAddress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseAddressError {
    /// It is not one plain address.
    NotPlain,
    /// Its domain has no ASCII form.
    Domain,
}

impl PlainAddress {
    /// Parses an address. Surrounding blanks are removed.
    ///
    /// # Errors
    ///
    /// The first rule that the text violates.
    pub fn parse(text: &str) -> Result<Self, ParseAddressError> {
        let text = text.trim();
        // NFKC turns full-width signs into those that are not plain.
        let is_plain = is_plain_address(text) && (text.is_ascii() || is_plain_address(&nfkc(text)));
        let (local, domain) =
            text.split_once('@').filter(|_| is_plain).ok_or(ParseAddressError::NotPlain)?;
        let ascii = domain_name::to_ascii(domain)
            .filter(|ascii| local.len().saturating_add(ascii.len()) < MAX_LENGTH)
            .ok_or(ParseAddressError::Domain)?;
        // Mail servers ignore its case, and people recognise their address as they wrote it.
        let domain = if domain.is_ascii() { domain.to_owned() } else { ascii };
        Ok(Self { local: local.to_owned(), domain })
    }

    /// Returns the form in which addresses are compared.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("{}@{}", case_fold(&self.local), self.domain.to_ascii_lowercase())
    }
}

/// Writes the address as envelopes and headers have it.
impl fmt::Display for PlainAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.local, self.domain)
    }
}

/// Returns the form in which stored and entered addresses are compared, which also names mailboxes
/// and is part of fingerprints. A text that is not one plain address is compared as a name is.
#[must_use]
pub fn canonical_address(text: &str) -> String {
    PlainAddress::parse(text).map_or_else(|_| canonical(text), |address| address.canonical())
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
        && !address.chars().any(|c| c.is_control() || c.is_whitespace() || SPECIALS.contains(&c))
}

/// Returns one plain address as both the envelope and the headers write it, or `None` if it cannot
/// be written there without extensions: it is not ASCII, is a list, or has an invalid domain. A
/// local part that is not a list of atoms is quoted, such as `"a..b"@example.com` (RFC 5321 section
/// 4.1.2 and RFC 5322 section 3.4.1).
#[must_use]
pub fn mailbox(address: &str) -> Option<String> {
    let (local, domain) = address.split_once('@')?;
    let is_local = !local.is_empty() && local.bytes().all(|c| c.is_ascii_graphic());
    let special =
        |c: char| matches!(c, '"' | '\\' | '<' | '>' | '(' | ')' | ',' | ';' | ':' | '[' | ']');
    if !is_local || local.contains(special) || !domain_name::is_host_name(domain) {
        return None;
    }
    let atoms = local.split('.').all(|atom| !atom.is_empty());
    let mailbox = if atoms { address.to_owned() } else { format!("\"{local}\"@{domain}") };
    let local_part = mailbox.len().checked_sub(domain.len())?.checked_sub(1)?;
    (local_part <= MAX_LOCAL_PART && mailbox.len() <= MAX_LENGTH).then_some(mailbox)
}

/// A display name and one address (RFC 5322 section 3.4, `mailbox`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MailAddress {
    /// The display name, or an empty text.
    pub name: String,
    /// Exactly one plain ASCII address.
    pub address: String,
}

impl MailAddress {
    /// Parses `Name <address>` or `address`. A domain that is not in ASCII is replaced by its ASCII
    /// form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, address) =
            match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
                Some((name, address)) => (name.trim().trim_matches('"'), address.trim()),
                None => ("", text.trim()),
            };
        let address = if address.is_ascii() {
            address.to_owned()
        } else {
            PlainAddress::parse(address).ok()?.to_string()
        };
        mailbox(&address)?;
        (!name.chars().any(char::is_control)).then(|| Self { name: name.to_owned(), address })
    }

    /// Returns the part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_goes_to_the_ascii_form_of_the_domain() {
        for (stored, envelope) in [
            ("anna@b\u{fc}cher.example", "anna@xn--bcher-kva.example"),
            (" Anna@Example.com\t", "Anna@Example.com"),
            ("o'neill@example.com", "o'neill@example.com"),
            ("j\u{f6}rg@example.com", "j\u{f6}rg@example.com"),
        ] {
            assert_eq!(PlainAddress::parse(stored).unwrap().to_string(), envelope);
        }
    }

    #[test]
    fn an_address_that_is_not_plain_differs_from_one_with_an_invalid_domain() {
        for text in [
            "",
            "a",
            "@x.org",
            "a@",
            "a@b@c",
            "a@x.org,b@y.org",
            "a b@x.org",
            "a\u{ff20}b",
            "a@b\u{ff20}x.org",
        ] {
            assert_eq!(PlainAddress::parse(text), Err(ParseAddressError::NotPlain), "{text}");
        }
        for text in ["a@x_y.org", "a@x.org.", "a@-x.org", "a@xn--a.org"] {
            assert_eq!(PlainAddress::parse(text), Err(ParseAddressError::Domain), "{text}");
        }
    }

    #[test]
    fn both_spellings_of_a_domain_have_one_canonical_form() {
        for typed in [
            "Bert@B\u{dc}CHER.example",
            "bert@xn--bcher-kva.example",
            " bert@bu\u{308}cher.example ",
        ] {
            assert_eq!(canonical_address(typed), "bert@xn--bcher-kva.example", "{typed}");
        }
        assert_eq!(canonical_address("Peter@Example.COM "), "peter@example.com");
        assert_eq!(canonical_address(" A@x.org,B@y.org"), "a@x.org,b@y.org");
        assert_eq!(canonical_address("A@my_host"), "a@my_host");
    }

    #[test]
    fn a_sender_has_an_ascii_address() {
        let parse = |text| MailAddress::parse(text).map(|sender| sender.address);
        assert_eq!(
            parse("Books <info@b\u{fc}cher.example>").as_deref(),
            Some("info@xn--bcher-kva.example")
        );
        assert_eq!(parse("Info@Example.com").as_deref(), Some("Info@Example.com"));
        assert_eq!(parse("j\u{f6}rg@example.com"), None);
        assert_eq!(parse("a@x.org, b@y.org"), None);
    }

    #[test]
    fn a_plain_address_is_written_as_it_is_or_quoted() {
        for address in [
            "peter@example.com",
            "o'neill+x=y/z@mail.example.com",
            "A.B@x-1.example",
            "a@localhost",
        ] {
            assert_eq!(mailbox(address).as_deref(), Some(address));
        }
        for (address, written) in [
            ("a..b@example.com", "\"a..b\"@example.com"),
            (".a@example.com", "\".a\"@example.com"),
            ("a.@example.com", "\"a.\"@example.com"),
        ] {
            assert_eq!(mailbox(address).as_deref(), Some(written));
        }
    }

    #[test]
    fn an_address_that_smtp_cannot_write_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let quoted_local = format!("{}.@example.com", "a".repeat(62));
        let long_label = format!("a@{}.example", "b".repeat(64));
        let long = format!("a@{}", ["b"; 128].join("."));
        for address in [
            "",
            "peter",
            "@example.com",
            "peter@",
            "a@b@example.com",
            "a b@example.com",
            "a@example.com,b@example.com",
            "a,b@example.com",
            "<a@example.com>",
            "\"a\"@example.com",
            "a\\b@example.com",
            "a@example..com",
            "a@example.com.",
            "a@-example.com",
            "a@my_host.example",
            "a@[192.0.2.1]",
            "a@exa mple.com",
            "a@bücher.example",
            "jörg@example.com",
            "a\r\n@example.com",
            "a\0@example.com",
            &long_local,
            &quoted_local,
            &long_label,
            &long,
        ] {
            assert_eq!(mailbox(address), None, "{address:?}");
        }
    }
}
