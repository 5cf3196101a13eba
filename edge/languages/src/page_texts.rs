//! The application's own texts for its hosted pages: a file with a line `key = text` for each
//! message that it replaces. Values are written as in templates of mails: `${name}`.

use std::cell::RefCell;
use std::ops::Range;

use crate::{PAGE_MESSAGES, Texts};

/// The largest file, in bytes.
const MAX_FILE_BYTES: usize = 24 * 1024;
/// The longest text, in bytes.
const MAX_TEXT_BYTES: usize = 1000;

/// A message of the hosted pages.
#[derive(Debug)]
pub struct PageMessage {
    pub(crate) key: &'static str,
    pub(crate) variables: &'static [&'static str],
    /// One slot, or one for each plural category.
    pub(crate) slots: Range<usize>,
}

impl PageMessage {
    /// Returns all messages of the pages.
    #[must_use]
    pub fn all() -> &'static [Self] {
        PAGE_MESSAGES
    }

    /// Returns the key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// Returns the text in a language as a file would have it. Of one with plural forms, this is
    /// the form without a rule.
    #[must_use]
    pub fn text(&self, texts: Texts) -> String {
        let text = texts.slot(self.slots.end.saturating_sub(1));
        let named: Vec<String> =
            self.variables.iter().map(|name| ["${", name, "}"].concat()).collect();
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        texts.fill(text, &named)
    }
}

/// A text of a file, with the places of values as [`Texts`] has them.
struct OwnText {
    message: &'static PageMessage,
    text: String,
}

/// Checks a file.
///
/// # Errors
///
/// The first mistake and a correction, to follow the name of the file.
pub fn check_page_texts(file: &str) -> Result<(), String> {
    parse(file).map(|_| ())
}

/// The texts with those of one file.
struct Known {
    built_in: Texts,
    file: String,
    merged: Texts,
}

thread_local! {
    static KNOWN: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
}

impl Texts {
    /// Returns these texts with those of a file in their places. Texts stay in memory until the
    /// program ends, so the same file is only merged once.
    ///
    /// # Errors
    ///
    /// The first mistake of the file and a correction.
    pub fn with_page_texts(self, file: &str) -> Result<Self, String> {
        let is_same =
            |known: &&Known| std::ptr::eq(known.built_in.slots, self.slots) && known.file == file;
        let known = KNOWN.with_borrow(|all| all.iter().find(is_same).map(|known| known.merged));
        if let Some(merged) = known {
            return Ok(merged);
        }
        let own = parse(file)?;
        let mut slots = self.slots.to_vec();
        for OwnText { message, text } in own {
            let text: &'static str = text.leak();
            for slot in slots.get_mut(message.slots.clone()).unwrap_or_default() {
                *slot = text;
            }
        }
        let merged = Self { slots: slots.leak(), ..self };
        let known = Known { built_in: self, file: file.to_owned(), merged };
        KNOWN.with_borrow_mut(|all| all.push(known));
        Ok(merged)
    }
}

fn parse(file: &str) -> Result<Vec<OwnText>, String> {
    if file.len() > MAX_FILE_BYTES {
        return Err(format!("must have at most {MAX_FILE_BYTES} bytes"));
    }
    let mut own: Vec<OwnText> = Vec::new();
    // Editors on Windows begin a file with this character.
    let lines = file.strip_prefix('\u{feff}').unwrap_or(file).lines();
    for (line, number) in lines.map(str::trim).zip(1_u32..) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let text = parse_line(line, &own).map_err(|wrong| format!("line {number}: {wrong}"))?;
        own.push(text);
    }
    if own.is_empty() {
        return Err("must have a line `key = text`, such as `sent.title = Check your inbox`".into());
    }
    Ok(own)
}

fn parse_line(line: &str, earlier: &[OwnText]) -> Result<OwnText, String> {
    let (key, text) = line.split_once('=').ok_or("must be `key = text`, or begin with `#`")?;
    let (key, text) = (key.trim(), text.trim());
    let Some(message) = PAGE_MESSAGES.iter().find(|message| message.key == key) else {
        let is_plain = key.len() <= 40
            && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        let key = if is_plain { format!(" `{key}`") } else { String::new() };
        return Err(format!("the key{key} is unknown: docs/page-texts.md lists all keys"));
    };
    if earlier.iter().any(|other| other.message.key == key) {
        return Err(format!("`{key}` occurs twice"));
    }
    if text.is_empty() {
        return Err(format!("`{key}` must not be empty: leave the line out for the built-in text"));
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(format!("`{key}` must have at most {MAX_TEXT_BYTES} bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("`{key}` must not contain control characters"));
    }
    place_values(message, text).map(|text| OwnText { message, text })
}

/// Replaces the name of each value by the character that marks its place.
fn place_values(message: &PageMessage, text: &str) -> Result<String, String> {
    let PageMessage { key, variables, .. } = message;
    let mut placed = text.to_owned();
    for (name, place) in variables.iter().zip(1_u8..) {
        let placeholder = ["${", name, "}"].concat();
        if placed.matches(&placeholder).count() != 1 {
            return Err(format!("`{key}` must contain `{placeholder}` once"));
        }
        placed = placed.replace(&placeholder, char::from(place).encode_utf8(&mut [0; 4]));
    }
    if placed.contains("${") {
        let list = variables.join("}`, `${");
        return Err(if variables.is_empty() {
            format!("`{key}` has no placeholders")
        } else {
            format!("`{key}` has no other placeholders than `${{{list}}}`")
        });
    }
    Ok(placed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    #[test]
    fn the_texts_of_a_file_replace_those_with_their_keys() {
        let file = "\u{feff}# Our words\r\n\r\n sent.title =  Schau in = dein Postfach \n\
                    page.link = Von ${from}, gültig ${lifetime}.\n\
                    page.limit = ${count} in ${window}\n";
        let german = Texts::compiled(Language::parse("de").unwrap()).unwrap();
        let own = german.with_page_texts(file).unwrap();
        assert_eq!(own.language(), german.language());
        assert_eq!(own.sent_title(), "Schau in = dein Postfach");
        assert_eq!(
            own.page_link("2 Stunden", "a@example.com"),
            "Von a@example.com, gültig 2 Stunden."
        );
        // One text for all plural forms.
        for count in [0, 1, 2, 5, 100] {
            assert_eq!(own.page_limit(count, "1 Tag"), format!("{count} in 1 Tag"));
        }
        assert_eq!(own.sent_text(), german.sent_text());
        assert_eq!(own.mail_hello(), german.mail_hello());
        assert_eq!(german.sent_title(), "Prüfen Sie Ihren Posteingang");
    }

    #[test]
    fn the_same_file_is_merged_once_for_each_language() {
        let file = "sent.title = Once";
        let merged = Texts::ENGLISH.with_page_texts(file).unwrap();
        let again = Texts::ENGLISH.with_page_texts(file).unwrap();
        assert!(std::ptr::eq(merged.slots, again.slots));
        let polish = Texts::compiled(Language::parse("pl").unwrap()).unwrap();
        assert_eq!(polish.with_page_texts(file).unwrap().sent_text(), polish.sent_text());
    }

    #[test]
    fn a_mistake_is_named_with_its_line_and_a_correction() {
        let wrong = |file: &str| check_page_texts(file).unwrap_err();
        assert_eq!(
            wrong("sent.title = A\nsent.titel = B"),
            "line 2: the key `sent.titel` is unknown: docs/page-texts.md lists all keys"
        );
        assert_eq!(
            wrong("<b> = B"),
            "line 1: the key is unknown: docs/page-texts.md lists all keys"
        );
        // Mails have templates, and elements have `addMessages`.
        assert!(wrong("mail.hello = Hi").contains("unknown"));
        assert!(wrong("blocked.title = Hi").contains("unknown"));
        assert_eq!(wrong("sent.title"), "line 1: must be `key = text`, or begin with `#`");
        assert_eq!(wrong("sent.title = A\nsent.title = B"), "line 2: `sent.title` occurs twice");
        assert_eq!(
            wrong("sent.title ="),
            "line 1: `sent.title` must not be empty: leave the line out for the built-in text"
        );
        assert_eq!(
            wrong("page.link = For ${lifetime}."),
            "line 1: `page.link` must contain `${from}` once"
        );
        assert_eq!(
            wrong("page.link = ${from} ${from} ${lifetime}"),
            "line 1: `page.link` must contain `${from}` once"
        );
        assert_eq!(
            wrong("page.link = ${from} ${lifetime} ${link}"),
            "line 1: `page.link` has no other placeholders than `${lifetime}`, `${from}`"
        );
        assert_eq!(wrong("sent.title = ${name}"), "line 1: `sent.title` has no placeholders");
        assert_eq!(
            wrong("sent.title = A\u{1}B"),
            "line 1: `sent.title` must not contain control characters"
        );
        assert_eq!(
            wrong(&format!("sent.title = {}", "a".repeat(1001))),
            "line 1: `sent.title` must have at most 1000 bytes"
        );
        assert_eq!(wrong(&"#".repeat(MAX_FILE_BYTES + 1)), "must have at most 24576 bytes");
        assert!(wrong("# nothing\n").starts_with("must have a line `key = text`"));
    }

    #[test]
    fn a_file_can_replace_every_text_of_the_pages() {
        let line =
            |message: &PageMessage| format!("{} = {}", message.key(), message.text(Texts::ENGLISH));
        let lines: Vec<String> = PageMessage::all().iter().map(line).collect();
        assert!(lines.len() > 90, "{}", lines.len());
        let own = Texts::ENGLISH.with_page_texts(&lines.join("\n")).unwrap();
        assert_eq!(own.page_error("Gone"), "Error: Gone");
        assert_eq!(own.page_link("2 hours", "a@b.c"), Texts::ENGLISH.page_link("2 hours", "a@b.c"));
    }
}
