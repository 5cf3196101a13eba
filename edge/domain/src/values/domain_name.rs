//! Domain names: one ASCII form for comparison, mailbox names, fingerprints and envelopes.
//!
//! The form is that of UTS 46: non-transitional processing, STD3 rules, DNS lengths, no trailing
//! dot. In a JavaScript host the host's URL parser does the mapping; elsewhere the crate `idna`
//! does, whose Unicode tables would take about a third of the Worker's size limit.

use idna::punycode;

/// The longest domain name in ASCII (RFC 1035 section 2.3.4, without the root).
const MAX_LENGTH: usize = 253;
/// The longest label in ASCII.
const MAX_LABEL_LENGTH: usize = 63;
/// The prefix of a label that is encoded in Punycode (RFC 5890 section 2.3.2.1).
const ACE_PREFIX: &str = "xn--";
/// Characters whose decomposition contains an ASCII symbol, which STD3 forbids.
const STD3_FORBIDDEN: [char; 3] = ['\u{2260}', '\u{226e}', '\u{226f}'];

#[cfg(not(target_arch = "wasm32"))]
mod host {
    use idna::AsciiDenyList;

    /// Maps a domain as the URL standard does. An invalid one becomes empty.
    pub(super) fn to_ascii(domain: &str) -> String {
        idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::URL)
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default()
    }
}

#[cfg(target_arch = "wasm32")]
mod host {
    use wasm_bindgen::prelude::wasm_bindgen;

    // A last label without digits keeps the parser from reading an IPv4 address.
    #[wasm_bindgen(inline_js = r#"
export const toAscii = (domain) => {
  try {
    return new URL(`http://${domain}.x`).hostname.slice(0, -2);
  } catch {
    return "";
  }
};
"#)]
    extern "C" {
        #[wasm_bindgen(js_name = toAscii)]
        pub(super) fn to_ascii(domain: &str) -> String;
    }
}

/// Returns the ASCII form of a domain name in lower case, or `None` if it has none.
#[must_use]
pub fn to_ascii(domain: &str) -> Option<String> {
    // Other ASCII characters have a meaning in URLs.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-') || !c.is_ascii();
    if !domain.chars().all(|c| is_plain(c) && !STD3_FORBIDDEN.contains(&c)) {
        return None;
    }
    let lower = domain.to_ascii_lowercase();
    let is_mapped = lower.is_ascii() && !labels(&lower).any(|label| label.starts_with(ACE_PREFIX));
    let ascii = if is_mapped { lower } else { host::to_ascii(domain) };
    // Not every host checks a label that is encoded already: what it decodes to must have this form.
    let is_valid = is_mapped || {
        let unicode = to_unicode(&ascii);
        !labels(&unicode).any(|label| label.starts_with(ACE_PREFIX))
            && host::to_ascii(&unicode) == ascii
    };
    (is_valid && is_host_name(&ascii)).then_some(ascii)
}

/// Returns the Unicode form of a domain name in ASCII. A label that cannot be decoded stays as it
/// is.
#[must_use]
pub fn to_unicode(ascii: &str) -> String {
    let decoded = labels(ascii).map(|label| {
        label
            .strip_prefix(ACE_PREFIX)
            .and_then(punycode::decode_to_string)
            .unwrap_or_else(|| label.to_owned())
    });
    decoded.collect::<Vec<_>>().join(".")
}

fn labels(domain: &str) -> impl Iterator<Item = &str> {
    domain.split('.')
}

/// Returns whether a name has only labels of letters, digits and inner hyphens (RFC 1123 section
/// 2.1).
pub(crate) fn is_host_name(ascii: &str) -> bool {
    ascii.len() <= MAX_LENGTH
        && labels(ascii).all(|label| {
            (1..=MAX_LABEL_LENGTH).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_domain_has_one_ascii_form() {
        for (domain, ascii) in [
            ("example.com", "example.com"),
            ("Example.COM", "example.com"),
            ("localhost", "localhost"),
            ("1.2.3.4", "1.2.3.4"),
            ("b\u{fc}cher.example", "xn--bcher-kva.example"),
            ("B\u{dc}CHER.Example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("\u{ff42}\u{fc}cher\u{3002}example", "xn--bcher-kva.example"),
            // Non-transitional processing keeps the sharp s.
            ("stra\u{df}e.example", "xn--strae-oqa.example"),
            ("\u{4f8b}\u{3048}.jp", "xn--r8jz45g.jp"),
            ("\u{ff11}.\u{ff12}", "1.2"),
        ] {
            assert_eq!(to_ascii(domain).as_deref(), Some(ascii), "{domain}");
        }
    }

    #[test]
    fn a_domain_without_an_ascii_form_is_refused() {
        let long_label = format!("{}.example", "a".repeat(64));
        let long = format!("{}example", "a.".repeat(124));
        for domain in [
            "",
            ".",
            "example.com.",
            "example.com\u{3002}",
            ".example.com",
            "a..b",
            "my_host.example",
            "-a.example",
            "a-.example",
            "a b.example",
            "a@b.example",
            "a\u{ff20}b.example",
            "a/b",
            "a:80",
            "a%41.example",
            "[127.0.0.1]",
            "a\u{2260}b.example",
            "a\u{2100}b.example",
            "xn--a.example",
            "xn--\u{fc}.example",
            "a\u{202e}b.example",
            "\u{308}a.example",
            "a\u{85}b.example",
            &long_label,
            &long,
        ] {
            assert_eq!(to_ascii(domain), None, "{domain}");
        }
    }

    #[test]
    fn a_domain_in_ascii_has_a_unicode_form() {
        assert_eq!(to_unicode("xn--bcher-kva.example"), "b\u{fc}cher.example");
        assert_eq!(to_unicode("example.com"), "example.com");
        assert_eq!(to_unicode("xn--99999999.example"), "xn--99999999.example");
    }
}
