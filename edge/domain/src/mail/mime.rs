//! Messages on the wire: headers (RFC 5322), encoded words (RFC 2047), and a text and an HTML part in
//! quoted-printable (RFC 2045).
//!
//! A message is 7 bit, has CRLF only, no control characters except tabs, and lines of at most 78
//! bytes except for addresses that are longer. It is written here because the library cost a tenth
//! of the Worker's size for two parts and nine headers.

use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};

use crate::values::mail_address::MailAddress;
use crate::values::time::Moment;

/// The longest line of a header, without its end (RFC 5322 section 2.1.1).
const LONGEST_LINE: usize = 78;
/// The longest line of quoted-printable, without its end (RFC 2045 section 6.7).
const LONGEST_ENCODED_LINE: usize = 76;
/// The bytes of text in an encoded word, so that one fits on the first line of every header.
const ENCODED_WORD_BYTES: usize = 33;
/// The longest word of a header that is not encoded.
const LONGEST_WORD: usize = 60;

/// The content of a message.
pub(super) struct Content<'a> {
    /// The Date.
    pub(super) date: Moment,
    /// The Message-ID without its domain, from which the boundary is made.
    pub(super) id: &'a str,
    /// The Message-ID.
    pub(super) message_id: &'a str,
    /// The display name of the sender, or an empty text.
    pub(super) name: &'a str,
    /// The sender's address, as [`mailbox`](crate::values::mail_address::mailbox) writes it.
    pub(super) from: &'a str,
    /// The address for replies, written as `from`, if they do not go to the sender.
    pub(super) reply_to: Option<&'a MailAddress>,
    /// The recipient's address, as [`mailbox`](crate::values::mail_address::mailbox) writes it.
    pub(super) to: &'a str,
    /// The subject.
    pub(super) subject: &'a str,
    /// The plain text.
    pub(super) text: &'a str,
    /// The HTML.
    pub(super) html: &'a str,
}

/// Writes a message.
pub(super) fn write(content: &Content<'_>) -> Vec<u8> {
    let Content { date, id, message_id, name, from, reply_to, to, subject, text, html } = content;
    let boundary = format!("relatch-{id}");
    let mut message = String::new();
    let automatic = super::AUTOMATIC.map(|(field, value)| (field, vec![value.to_owned()]));
    let fields = [
        ("Date", vec![date.rfc5322()]),
        ("Message-ID", vec![(*message_id).to_owned()]),
        ("From", address_words(name, from)),
        ("To", vec![format!("<{to}>")]),
        ("Subject", unstructured(subject)),
    ];
    let body = [
        ("MIME-Version", vec!["1.0".to_owned()]),
        (
            "Content-Type",
            vec!["multipart/alternative;".to_owned(), format!("boundary=\"{boundary}\"")],
        ),
    ];
    let replies = reply_to.map(|to| ("Reply-To", address_words(&to.name, &to.address)));
    for (field, words) in fields.into_iter().chain(replies).chain(automatic).chain(body) {
        write_field(&mut message, field, &words);
    }
    for (kind, body) in [("plain", text), ("html", html)] {
        message.extend([
            "\r\n--",
            &boundary,
            "\r\nContent-Type: text/",
            kind,
            "; charset=\"utf-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
            &quoted_printable(body),
        ]);
    }
    message.extend(["\r\n--", &boundary, "--\r\n"]);
    message.into_bytes()
}

/// Returns the words of an address with its display name, or an empty one.
fn address_words(name: &str, address: &str) -> Vec<String> {
    let mut words = phrase(name);
    words.push(format!("<{address}>"));
    words
}

/// Writes a header, and continues it on a new line before each word that does not fit.
fn write_field(message: &mut String, field: &str, words: &[String]) {
    message.push_str(field);
    message.push(':');
    let mut column = field.len().saturating_add(1);
    for (place, word) in words.iter().enumerate() {
        let end = column.saturating_add(1).saturating_add(word.len());
        let is_new_line = place > 0 && end > LONGEST_LINE;
        message.push_str(if is_new_line { "\r\n " } else { " " });
        message.push_str(word);
        column = if is_new_line { word.len().saturating_add(1) } else { end };
    }
    message.push_str("\r\n");
}

/// Returns whether a text can be written into a header as it is. The beginning of an encoded word
/// cannot, because mail programs would decode it.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) && !text.contains("=?")
}

/// Returns the words of a text in a header.
fn unstructured(text: &str) -> Vec<String> {
    let text = one_line(text);
    let words = || text.split(' ');
    if is_plain(&text) && words().all(|word| (1..=LONGEST_WORD).contains(&word.len())) {
        words().map(str::to_owned).collect()
    } else {
        encoded_words(&text)
    }
}

/// Returns the words of a display name: a quoted string, or encoded words.
fn phrase(name: &str) -> Vec<String> {
    let name = one_line(name);
    if name.is_empty() {
        return Vec::new();
    }
    let quoted = format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    if is_plain(&name) && quoted.len() <= LONGEST_WORD {
        vec![quoted]
    } else {
        encoded_words(&name)
    }
}

/// Returns a text in encoded words, each of which holds whole characters.
fn encoded_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let ends = (1..=ENCODED_WORD_BYTES.min(rest.len())).rev();
        let end = ends.into_iter().find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        words.push(format!("=?utf-8?B?{}?=", Base64::encode_string(word.as_bytes())));
        rest = after;
    }
    words
}

/// Returns a text as one line: control characters become blanks.
pub(super) fn one_line(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Returns a body in quoted-printable, with CRLF at the end of each line, and without control
/// characters except tabs.
fn quoted_printable(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len().saturating_mul(2));
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for (place, line) in text.split('\n').enumerate() {
        if place > 0 {
            encoded.push_str("\r\n");
        }
        let line = without_control_characters(line);
        // Two dashes at the beginning could be taken for a boundary.
        let is_dashed = line.starts_with("--");
        let mut column: usize = 0;
        // Literal bytes are written together, when another one follows or the line is broken.
        let mut literals = 0;
        for (place, byte) in line.bytes().enumerate() {
            let next = place.saturating_add(1);
            let is_literal = match byte {
                b'=' => false,
                b'-' => place > 0 || !is_dashed,
                b' ' | b'\t' => next < line.len(),
                _ => byte.is_ascii_graphic(),
            };
            let width = if is_literal { 1 } else { 3 };
            // Room for the `=` of a soft line break.
            let is_broken = column.saturating_add(width) >= LONGEST_ENCODED_LINE;
            if is_broken || !is_literal {
                encoded.push_str(line.get(literals..place).unwrap_or_default());
                literals = place;
            }
            if is_broken {
                encoded.push_str("=\r\n");
                column = 0;
            }
            if !is_literal {
                encoded.extend(['=', hex_digit(byte >> 4), hex_digit(byte & 15)]);
                literals = next;
            }
            column = column.saturating_add(width);
        }
        encoded.push_str(line.get(literals..).unwrap_or_default());
    }
    encoded
}

/// Returns a line without control characters except tabs. Almost no line has any.
fn without_control_characters(line: &str) -> Cow<'_, str> {
    let is_removed = |c: char| c.is_control() && c != '\t';
    if line.contains(is_removed) {
        Cow::Owned(line.chars().filter(|c| !is_removed(*c)).collect())
    } else {
        Cow::Borrowed(line)
    }
}

fn hex_digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_quoted_printable() {
        for (text, encoded) in [
            ("", ""),
            ("a b", "a b"),
            ("a\nb\r\nc\rd", "a\r\nb\r\nc\r\nd"),
            ("x=1", "x=3D1"),
            ("é", "=C3=A9"),
            ("end \nend\t", "end=20\r\nend=09"),
            ("--b\n- c", "=2D-b\r\n- c"),
            ("\u{7}a\u{85}b\0", "ab"),
        ] {
            assert_eq!(quoted_printable(text), encoded, "{text:?}");
        }
        let long = quoted_printable(&"é".repeat(500));
        assert!(long.split("\r\n").all(|line| line.len() <= LONGEST_ENCODED_LINE));
        assert_eq!(long.replace("=\r\n", ""), "=C3=A9".repeat(500));
        let exact = quoted_printable(&"x".repeat(75));
        assert_eq!(exact, "x".repeat(75));
        assert!(quoted_printable(&"x".repeat(77)).contains("=\r\n"));
    }

    #[test]
    fn a_header_is_continued_before_a_word_that_does_not_fit() {
        let mut message = String::new();
        write_field(&mut message, "Subject", &unstructured(&"word ".repeat(20)));
        let lines: Vec<&str> = message.trim_end().split("\r\n").collect();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.len() <= LONGEST_LINE), "{lines:?}");
        assert!(lines.concat().starts_with("Subject: word word"));
    }

    #[test]
    fn a_text_that_a_header_cannot_hold_is_encoded() {
        assert_eq!(unstructured("A new password"), ["A", "new", "password"]);
        assert_eq!(unstructured("Paßwort"), ["=?utf-8?B?UGHDn3dvcnQ=?="]);
        assert_eq!(phrase("Example"), ["\"Example\""]);
        assert_eq!(phrase("a \"b\" \\"), ["\"a \\\"b\\\" \\\\\""]);
        for text in ["two  blanks", "=?utf-8?Q?x?=", &"x".repeat(61), "é"] {
            assert!(unstructured(text).iter().all(|word| word.starts_with("=?utf-8?B?")), "{text}");
        }
        let words = encoded_words(&"日本語".repeat(20));
        assert!(words.len() > 4 && words.iter().all(|word| word.len() <= 56), "{words:?}");
    }
}
