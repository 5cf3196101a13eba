//! Checks the HTML of the hook `render`: where its links are, and that nothing in it loads, runs or
//! leads elsewhere.
//!
//! It is stricter than a browser: what it cannot read is refused, and the mail then has the built-in
//! texts.

use super::mark::{MARK, is_apart};
use crate::application::Application;
use crate::events::Reason;
use crate::mail::foreign_links;

/// The elements that no mail needs, and that run, embed or submit something, or change where
/// relative URLs lead.
const FORBIDDEN: [&str; 16] = [
    "applet", "base", "button", "embed", "form", "frame", "frameset", "iframe", "input", "math",
    "noscript", "object", "script", "svg", "template", "textarea",
];

/// The elements without content, and without an end tag (WHATWG HTML, "void elements").
const VOID: [&str; 8] = ["br", "col", "hr", "img", "link", "meta", "source", "wbr"];

/// The named references to characters that can be part of a URL. The others are no part of one.
const REFERENCES: [(&str, &str); 12] = [
    ("&period;", "."),
    ("&colon;", ":"),
    ("&sol;", "/"),
    ("&bsol;", "\\"),
    ("&commat;", "@"),
    ("&lowbar;", "_"),
    ("&hyphen;", "-"),
    ("&dash;", "-"),
    ("&Tab;", ""),
    ("&NewLine;", ""),
    ("&shy;", ""),
    ("&ZeroWidthSpace;", ""),
];

/// The parts of an HTML text.
pub(super) struct Plain {
    /// The text without its document type, comments, style sheets and names of namespaces.
    pub(super) html: String,
    /// The comments and style sheets. They are no text, so only whole URLs count.
    hidden: String,
}

impl Plain {
    /// Splits an HTML text, and checks the places of the marks.
    ///
    /// # Errors
    ///
    /// [`Reason::RenderInvalid`] for HTML that is malformed or has a forbidden element or attribute,
    /// [`Reason::RenderLinkMisplaced`] for a mark in another place than the text or a whole `href`
    /// of an `a`.
    pub(super) fn parse(html: &str) -> Result<Self, Reason> {
        let html = decoded(html);
        let mut plain = Self { html: String::new(), hidden: String::new() };
        let mut rest = html.as_str();
        while let Some((text, markup)) = rest.split_once('<') {
            plain.add_text(text)?;
            if let Some(comment) = markup.strip_prefix("!--") {
                let (comment, after) = comment.split_once("-->").ok_or(Reason::RenderInvalid)?;
                plain.add_hidden(comment)?;
                rest = after;
            } else if markup.starts_with(['!', '?']) {
                let (declaration, after) = markup.split_once('>').ok_or(Reason::RenderInvalid)?;
                unmarked(declaration)?;
                rest = after;
            } else if markup.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
                let (tag, after) = Tag::parse(markup)?;
                rest = plain.add_tag(&tag, after)?;
            } else {
                plain.html.push_str("&lt;");
                rest = markup;
            }
        }
        plain.add_text(rest)?;
        Ok(plain)
    }

    fn add_text(&mut self, text: &str) -> Result<(), Reason> {
        if !is_apart(text) {
            return Err(Reason::RenderLinkMisplaced);
        }
        self.html.push_str(text);
        Ok(())
    }

    fn add_hidden(&mut self, text: &str) -> Result<(), Reason> {
        unmarked(text)?;
        self.hidden.push_str(text);
        self.hidden.push(' ');
        Ok(())
    }

    /// Adds a tag. Returns what follows it, or its element if that has no markup.
    fn add_tag<'a>(&mut self, tag: &Tag<'_>, after: &'a str) -> Result<&'a str, Reason> {
        let name = tag.name.to_ascii_lowercase();
        if FORBIDDEN.contains(&name.as_str()) {
            return Err(Reason::RenderInvalid);
        }
        self.html.extend(["<", tag.name]);
        for (attribute, value) in &tag.attributes {
            let attribute = attribute.to_ascii_lowercase();
            if attribute.starts_with("on") || attribute == "srcdoc" || attribute == "http-equiv" {
                let is_type = value.eq_ignore_ascii_case("content-type")
                    || value.eq_ignore_ascii_case("x-ua-compatible");
                if attribute != "http-equiv" || !is_type {
                    return Err(Reason::RenderInvalid);
                }
            }
            unmarked(&attribute)?;
            if value.contains(MARK) && (name != "a" || attribute != "href" || *value != MARK_TEXT) {
                return Err(Reason::RenderLinkMisplaced);
            }
            if !attribute.starts_with("xmlns") {
                self.html.extend([" ", &attribute, "=\"", value, "\""]);
            }
        }
        self.html.push('>');
        if name != "style" && name != "title" {
            return Ok(after);
        }
        let end = ["</", &name].concat();
        let place = after.to_ascii_lowercase().find(&end).ok_or(Reason::RenderInvalid)?;
        let (content, after) = after.split_at(place);
        if name == "title" {
            unmarked(content)?;
            self.html.push_str(content);
        } else if content.contains('\\') {
            // An escape may hide a URL.
            return Err(Reason::RenderInvalid);
        } else {
            self.add_hidden(content)?;
        }
        Ok(after)
    }

    /// Returns the first URL of a comment or style sheet that leads away from the application.
    pub(super) fn foreign_url(&self, application: &Application) -> Option<String> {
        let namespace = |word: &str| word.starts_with("xmlns");
        let words = self.hidden.split(|c: char| {
            c.is_whitespace() || matches!(c, '"' | '\'' | '(' | ')' | '<' | '>' | ';' | ',')
        });
        // The value of a namespace is no URL that a program opens.
        let mut is_value = false;
        words
            .filter(|word| !word.is_empty())
            .filter(|word| {
                let skipped = std::mem::replace(&mut is_value, namespace(word));
                !skipped
            })
            .filter(|word| word.contains("//") || word.contains('\\'))
            .find_map(|word| foreign_links::in_text(application, word))
    }
}

/// Checks that every tag of an HTML text is complete, and that every element ends where it should.
///
/// # Errors
///
/// The error and a correction.
pub(in crate::mail) fn check_complete(html: &str) -> Result<(), String> {
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some((_, markup)) = rest.split_once('<') {
        if let Some(comment) = markup.strip_prefix("!--") {
            let unclosed = || "has a comment without its end; add `-->`".to_owned();
            rest = comment.split_once("-->").ok_or_else(unclosed)?.1;
            continue;
        }
        if !markup.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
            rest = markup;
            continue;
        }
        let (tag, after) = Tag::parse(markup)
            .map_err(|_| "has a tag that is not complete; add its `>` or its quote".to_owned())?;
        rest = after;
        let name = tag.name.to_ascii_lowercase();
        if let Some(name) = name.strip_prefix('/') {
            if open.pop().as_deref() != Some(name) {
                return Err(format!("has `</{}>` where no `<{0}>` is open", shown(name)));
            }
        } else if FORBIDDEN.contains(&name.as_str()) {
            return Err(format!("must not have `<{name}>`; remove it"));
        } else if name == "style" || name == "title" {
            let end = ["</", &name].concat();
            let place = after.to_ascii_lowercase().find(&end);
            let unclosed = || format!("has `<{name}>` without its end; add `</{name}>`");
            rest = after.split_at(place.ok_or_else(unclosed)?).1;
            open.push(name);
        } else if !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    match open.last() {
        Some(name) => Err(format!("has `<{}>` without its end; add `</{0}>`", shown(name))),
        None => Ok(()),
    }
}

/// Returns the name of an element as it can be shown.
fn shown(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).take(20).collect()
}

const MARK_TEXT: &str = "\u{e001}";

fn unmarked(text: &str) -> Result<(), Reason> {
    if text.contains(MARK) { Err(Reason::RenderLinkMisplaced) } else { Ok(()) }
}

/// Replaces references to characters that could be part of a URL, and leaves those that are part of
/// the markup.
fn decoded(html: &str) -> String {
    let mut decoded = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((text, reference)) = rest.split_once("&#") {
        decoded.push_str(text);
        let hex = reference.strip_prefix(['x', 'X']);
        let (digits, radix) = hex.map_or((reference, 10), |digits| (digits, 16));
        let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        let (number, after) = digits.split_at(length);
        let character = u32::from_str_radix(number, radix).ok().and_then(char::from_u32);
        match character {
            Some(c) if !matches!(c, '<' | '>' | '&' | '"' | '\'') && c != MARK => decoded.push(c),
            _ => decoded.push(' '),
        }
        rest = after.strip_prefix(';').unwrap_or(after);
    }
    decoded.push_str(rest);
    REFERENCES.iter().fold(decoded, |html, (name, text)| html.replace(name, text))
}

/// A tag: its name, with a slash at the end of an element, and its attributes.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Tag<'a> {
    /// Parses the tag at the beginning of a text, without its `<`. Returns what follows it.
    fn parse(markup: &'a str) -> Result<(Self, &'a str), Reason> {
        let is_name_end = |c: char| c.is_whitespace() || c == '>' || c == '/';
        let name_end = markup.char_indices().skip(1).find(|(_, c)| is_name_end(*c));
        let (place, _) = name_end.ok_or(Reason::RenderInvalid)?;
        let (name, mut rest) = markup.split_at(place);
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if let Some(after) = rest.strip_prefix('>') {
                return Ok((Self { name, attributes }, after));
            }
            let is_end = |c: char| c.is_whitespace() || matches!(c, '>' | '/' | '=');
            let length = rest.find(is_end).filter(|length| *length > 0);
            let (attribute, after) = rest.split_at(length.ok_or(Reason::RenderInvalid)?);
            let Some(value) = after.trim_start().strip_prefix('=').map(str::trim_start) else {
                attributes.push((attribute, ""));
                rest = after;
                continue;
            };
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (value, after) = if let Some(quote) = quote {
                let quoted = value.get(1..).and_then(|value| value.split_once(quote));
                quoted.ok_or(Reason::RenderInvalid)?
            } else {
                let length = value.find(|c: char| c.is_whitespace() || c == '>');
                value.split_at(length.ok_or(Reason::RenderInvalid)?)
            };
            attributes.push((attribute, value));
            rest = after;
        }
    }
}
