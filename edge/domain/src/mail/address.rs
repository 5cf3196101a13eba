//! Addresses as SMTP and mail headers write them.

/// The longest local part in bytes (RFC 5321 section 4.5.3.1.1).
const LONGEST_LOCAL_PART: usize = 64;
/// The longest label of a domain in bytes (RFC 1035 section 2.3.4).
const LONGEST_LABEL: usize = 63;
/// The longest address in bytes (RFC 5321 section 4.5.3.1.3, erratum 1690).
const LONGEST: usize = 254;

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
    if !is_local || local.contains(special) || !is_domain(domain) {
        return None;
    }
    let atoms = local.split('.').all(|atom| !atom.is_empty());
    let mailbox = if atoms { address.to_owned() } else { format!("\"{local}\"@{domain}") };
    let local_part = mailbox.len().checked_sub(domain.len())?.checked_sub(1)?;
    (local_part <= LONGEST_LOCAL_PART && mailbox.len() <= LONGEST).then_some(mailbox)
}

/// Returns whether a text is a domain of letters, digits and hyphens (RFC 5321 section 4.1.2).
fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let fits = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.bytes().all(fits)
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
