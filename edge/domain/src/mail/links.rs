//! Finds the links that mail programs make of a text: of URLs, of host names without a scheme, of
//! addresses and of telephone numbers. A name that an attacker has chosen must not be one, because
//! the mail comes from the application's own sender.

use relatch::internal::{lowercase, nfkc};

use super::telephone::telephone_numbers;

/// The longest name that is put into a mail, in characters.
const LONGEST_NAME: usize = 64;

/// The placeholders of templates that look like host names.
const PLACEHOLDERS: [&str; 3] = ["${user.name}", "${user.email}", "${user.fullName}"];

/// Schemes that mail programs or the programs that they start know.
const SCHEMES: &[&str] = &[
    "http",
    "https",
    "hxxp",
    "hxxps",
    "ftp",
    "ftps",
    "sftp",
    "ssh",
    "file",
    "mailto",
    "tel",
    "sms",
    "smsto",
    "mms",
    "callto",
    "sip",
    "sips",
    "skype",
    "facetime",
    "whatsapp",
    "tg",
    "signal",
    "xmpp",
    "irc",
    "ircs",
    "magnet",
    "bitcoin",
    "ethereum",
    "geo",
    "maps",
    "webcal",
    "feed",
    "news",
    "nntp",
    "ldap",
    "ldaps",
    "intent",
    "market",
    "itms",
    "javascript",
    "vbscript",
    "data",
    "blob",
    "about",
    "view-source",
    "ms-word",
    "ms-excel",
    "ms-settings",
    "search-ms",
    "zoommtg",
    "msteams",
];

/// Returns whether a name that its account's owner may have chosen is put into a mail: not if it is
/// too long, cannot be seen, or holds what a mail program makes a link of.
#[must_use]
pub fn may_appear(name: &str) -> bool {
    let odd = |c: char| {
        c.is_control()
            || is_invisible(c)
            || (c.is_whitespace() && c != ' ')
            || matches!(c, '/' | '\\' | '@' | ':' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}')
    };
    let plain = nfkc(name);
    !name.trim().is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().chain(plain.chars()).any(odd)
        // A mail program would decode it and show something else (RFC 2047 section 2).
        && !plain.contains("=?")
        && links(&plain).is_empty()
        && !has_number_beside_words(&plain)
}

/// Returns every link of an HTML text: in its tags, and in its text both with and without a gap
/// where tags were, because programs read either.
#[must_use]
pub fn links_in_html(html: &str) -> Vec<String> {
    let (mut tags, mut joined, mut separate) = (String::new(), String::new(), String::new());
    for part in html.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next();
        let is_inline =
            name.is_some_and(|name| INLINE.iter().any(|tag| tag.eq_ignore_ascii_case(name)));
        tags.extend([tag, " "]);
        joined.push_str(if is_inline { "" } else { " " });
        joined.push_str(text);
        separate.extend([" ", text]);
    }
    let references =
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'")];
    let decoded = |text: String| {
        let text = references.iter().fold(text, |text, (from, to)| text.replace(from, to));
        text.replace("&#34;", "\"")
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#38;", "&")
            .replace("&amp;", "&")
    };
    // A tag holds no telephone number, only lengths and colours.
    let mut found = linked_words(&normalized(&decoded(tags)));
    found.extend([joined, separate].into_iter().flat_map(|text| links(&decoded(text))));
    found
}

/// The tags that leave no gap in the text.
const INLINE: &[&str] =
    &["a", "abbr", "b", "code", "em", "i", "small", "span", "strong", "sub", "sup", "u"];

/// Returns every part of a text that a mail program would make a link of, in lower case.
/// Placeholders of templates do not count.
#[must_use]
pub fn links(text: &str) -> Vec<String> {
    let text = normalized(text);
    let mut found = linked_words(&text);
    found.extend(telephone_numbers(&text));
    found
}

/// Returns the words of a normalized text that are links.
fn linked_words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || is_quote(c));
    words.filter(|word| is_link(word)).map(str::to_owned).collect()
}

/// Returns the text as programs compare it: without invisible characters, with every kind of dot
/// between two ASCII letters as a dot, in NFKC and in lower case. Placeholders of templates are
/// empty.
fn normalized(text: &str) -> String {
    // An ideographic full stop is a dot to a browser, and the end of a sentence to a reader. It is
    // a dot here only between ASCII letters and digits.
    const STOP: char = '\u{e000}';
    let text = PLACEHOLDERS.iter().fold(text.to_owned(), |text, name| text.replace(name, "${}"));
    let marked = text.chars().filter(|c| !is_invisible(*c)).map(|c| match c {
        '\u{3002}' | '\u{ff0e}' | '\u{ff61}' => STOP,
        other => other,
    });
    let plain = lowercase(&nfkc(&marked.collect::<String>()));
    let mut text = String::with_capacity(plain.len());
    let mut rest = plain.chars().peekable();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let joins = |c: char| c.is_ascii_alphanumeric();
        let between = joins(before) && rest.peek().copied().is_some_and(joins);
        text.push(match c {
            STOP if between => '.',
            STOP => ' ',
            other => other,
        });
        before = c;
    }
    text
}

/// Returns whether a character has no width or changes the direction of a text. Joiners of scripts
/// that need them are not among them.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

const fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '!' | '|' | '`'
            | '\u{2018}'..='\u{201f}'
            | '\u{ab}'
            | '\u{bb}'
            | '\u{3001}'
            | '\u{3008}'..='\u{3011}'
    )
}

/// Returns whether a word is a URL, a path of another host, an address or the name of a host.
fn is_link(word: &str) -> bool {
    if word.contains("//") || word.contains("\\\\") || word.contains(":\\") {
        return true;
    }
    let schemes = word.match_indices(':').any(|(place, _)| {
        let (before, after) = word.split_at(place);
        let scheme = before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next();
        after.len() > 1 && scheme.is_some_and(|scheme| SCHEMES.contains(&scheme))
    });
    let is_address = word
        .split_once('@')
        .is_some_and(|(local, domain)| local.ends_with(is_label) && domain.starts_with(is_label));
    schemes || is_address || word.split(|c: char| !is_label(c) && c != '.').any(is_host)
}

/// Returns whether a character may be part of a host name, in ASCII or in another script.
const fn is_label(c: char) -> bool {
    match c {
        '\u{80}'..='\u{bf}'
        | '\u{2000}'..='\u{206f}'
        | '\u{2190}'..='\u{2bff}'
        | '\u{3000}'..='\u{303f}'
        | '\u{1f000}'..='\u{1ffff}' => false,
        _ => c.is_ascii_alphanumeric() || c == '-' || c == '_' || !c.is_ascii(),
    }
}

/// Returns whether a text contains the name of a host with a top-level domain, or an IPv4 address.
/// Top-level domains are not listed, because new ones come: any two letters or more count. They end
/// at the end of the text, or at a character such as `-` or `_`, where mail programs end a link.
fn is_host(name: &str) -> bool {
    let name = name.trim_matches(['.', '-', '_']);
    let mut labels = name.split('.').peekable();
    let mut before = "";
    while let Some(label) = labels.next() {
        let (first, is_cut) = match label.find(|c: char| !c.is_alphanumeric()) {
            Some(end) => (label.get(..end).unwrap_or_default(), true),
            None => (label, false),
        };
        let is_top_level = label.starts_with("xn--")
            || (first.chars().count() >= 2 && first.chars().all(char::is_alphabetic));
        let is_last = is_cut || labels.peek().is_none();
        if is_last && is_top_level && before.chars().any(char::is_alphanumeric) {
            return true;
        }
        before = label;
    }
    name.split(['-', '_']).any(is_ipv4)
}

fn is_ipv4(name: &str) -> bool {
    let name = name.trim_matches('.');
    name.split('.').count() == 4 && name.split('.').all(|number| number.parse::<u8>().is_ok())
}

/// Returns whether a name has ten digits or more in a row beside words, as in `call 9005550199`. A
/// user name of digits alone is more often the number of a customer.
fn has_number_beside_words(name: &str) -> bool {
    let is_number = |word: &str| word.chars().count() >= 10 && word.chars().all(char::is_numeric);
    name.chars().any(char::is_alphabetic)
        && name.split(|c: char| !c.is_alphanumeric()).any(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_may_appear() {
        for name in [
            "Anna Maria Schmidt",
            "Dr. J. R. Smith",
            "J.R.R. Tolkien",
            "Ph.D. Ada Lovelace",
            "O'Neill",
            "Jean-Luc",
            "peter",
            "peter_123",
            "Łukasz Żółw",
            "Мария Иванова",
            "山田 太郎",
            "علی\u{200c}رضا",
            "St. Peter, Jr.",
            "user.1",
            "anna (sales)",
            "J.-P. Sartre",
            "Dipl.-Ing. (FH) Hans-Peter Meier",
            "Ph.D.-Student",
            "Mary-Kate O'Brien-Smith III.",
            "anna-maria_1",
            "Anna 1985-2026",
            "Team 2024-2025-2026",
            "Anna 2026-11-28",
            "Anna 28.11.2026",
            "Anna 28. 11. 2026 - 30. 11. 2026",
            "Room 555-0199",
            "Apt. 12-34, 5678",
            "peter20261128",
            "4012345678",
            "student 123456789",
        ] {
            assert!(may_appear(name), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_a_link_or_carries_an_address_does_not_appear() {
        for name in [
            "",
            " ",
            "claim-your-prize.example.com",
            "Visit evil-shop.ru now",
            "bit.ly",
            "BIT.LY",
            "evil.com.",
            "(evil.com)",
            "\"evil.com\"",
            "www.evil",
            "https://evil-prize.com/claim?u=1",
            "evil.com/x",
            "evil.com:8080",
            "peter@example.com",
            "peter＠example.com",
            "evil．com",
            "evil。com",
            "evil｡com",
            "evil\u{2024}com",
            "ｅｖｉｌ．ｃｏｍ",
            "пример.рф",
            "例え.テスト",
            "xn--e1afmkfd.xn--p1ai",
            "1.2.3.4",
            "ev\u{200b}il.com",
            "evil\u{ad}.com",
            "\u{202e}moc.live",
            "mailto:x",
            "tel:+19005550199",
            "+1 900 555 0199",
            "call 0900 555 0199",
            "evil.com-",
            "evil.com_",
            "evil.com-win",
            "evil.com_x",
            "evil.com.-",
            "evil.com-1.2",
            "evil.com\u{fe0f}",
            "evil.com\u{2011}win",
            "-evil.com-",
            "xn--e1afmkfd.xn--p1ai-",
            "उदाहरण.परीक्षा",
            "1.2.3.4-",
            "_1.2.3.4_x",
            "1-900-555-0199",
            "900 555 0199",
            "900\u{a0}555\u{a0}0199",
            "900\u{2009}555\u{202f}0199",
            "９００ ５５５ ０１９９",
            "900－555－0199",
            "0900.555.0199",
            "1.900.555.0199",
            "1 (900) 555-0199",
            "1 - (900) - 555 - 0199",
            "(900)5550199",
            "[900] 555 0199",
            "900 / 555 / 0199",
            "900\u{2011}555\u{2013}0199",
            "900\u{2212}555\u{2014}0199",
            "900     555     0199",
            "900~555~0199",
            "+1.900.555.0199",
            "+49/900/5550199",
            "01 23 45 67 89",
            "0900555019",
            "Win1-900-555-0199now",
            "1900 555 0199",
            "2026 555 0199",
            "2026-11-28 555",
            "٩٠٠ ٥٥٥ ٠١٩٩",
            "call 9005550199",
            "\\\\evil\\share",
            "=?utf-8?Q?evil=2Ecom?=",
            "//evil",
            "a\nb",
            "a\u{2028}b",
            "a\tb",
            &"x".repeat(65),
        ] {
            assert!(!may_appear(name), "{name:?}");
        }
    }

    #[test]
    fn harmless_text_holds_no_link() {
        for text in [
            "Your shop has a new password page.",
            "Version 2.0 is here, e.g. for Dr. J. R. Smith. Thank you!",
            "Wait...what? It is 10:30 a.m., i.e. early. U.S.A.",
            "Note:this costs €1.50, or 3.5GB, since 28.11.2026 or 2026-11-28.",
            "It was 2026-11-28 10:30, or 28.11.2026 10.30, or 11/28/2026 10:30:00.",
            "From 1.9.2026 - 30.11.2026, in 2025, 2026 and 2027; 24/7/365; 1990–2026",
            "Customer 1234567890, room 10-200, from 8:00-18:00, 2026.",
            "500 - - - - 500 - - - - 500",
            "The U.S.-based z.B.-text of 2.0-beta and a Dr.-Ing.",
            "Ｔｏｔａｌ：１００",
            "こんにちは。世界へようこそ。",
            "Either/or, and/or; @home at 5 @ noon. #1 :-)",
            "z.B. d.h. u.ä. Nr.5 p.m.",
        ] {
            assert_eq!(links(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn links_in_html_are_found_across_tags() {
        for html in [
            "https:<b></b>//evil.com",
            "evil.<i>com</i>",
            "1<b>evil.com</b>2",
            "<a href=\"//evil.com\">x</a>",
            "<a href=https://evil.com>x</a>",
            "<a title=\"evil.com\">x</a>",
            "a &lt;evil.com&gt;",
            "evil&#38;evil.com",
            "<a title=\"evil.com-win\">x</a>",
            "1-900-<b>555</b>-0199",
            "<p>900\n  555&nbsp;0199</p>",
        ] {
            assert!(!links_in_html(html).is_empty(), "{html}");
        }
        for html in [
            "<p>Thanks.</p><p>In case</p>",
            "<td>Ltd.</td><td>Co</td>",
            "a.<br>B &amp; c",
            "<p style=\"color: rgb(255 255 255 / 90%); margin: 0 0 1200 1200\">a</p>",
        ] {
            assert_eq!(links_in_html(html), Vec::<String>::new(), "{html}");
        }
    }
}
