//! Templates of an application's own for its mails: a subject, a text and an HTML part with
//! placeholders. They are trusted as the configuration is, except for where the links are.
//!
//! What a mail says about an account depends on what happened, so the placeholders for it are whole
//! sentences, and a template cannot leave out those that matter.

use super::custom_template::{MAX_SUBJECT_LENGTH, fill};
use super::links;
use super::parts::Parts;
use super::placeholders::PlaceholderValues;

/// The largest text or HTML part in bytes.
pub const MAX_PART_BYTES: usize = 24 * 1024;

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplatePart {
    /// The subject.
    Subject,
    /// The plain text.
    Text,
    /// The HTML.
    Html,
}

/// A template of one mail.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnTemplate {
    /// The subject, if it differs from the built-in one.
    subject: Option<String>,
    /// The text part, if it differs from the built-in one.
    text: Option<String>,
    html: String,
}

/// Does not print its texts.
impl std::fmt::Debug for OwnTemplate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OwnTemplate").finish_non_exhaustive()
    }
}

impl OwnTemplate {
    /// Collects parts that [`check`] accepts.
    #[must_use]
    pub const fn new(subject: Option<String>, text: Option<String>, html: String) -> Self {
        Self { subject, text, html }
    }

    /// Returns the mail with the placeholders replaced, in HTML by escaped text. A part that the
    /// template does not have is that of `built_in`.
    ///
    /// A name that becomes a link together with the text around it is left out.
    #[must_use]
    pub fn fill(&self, values: &PlaceholderValues, built_in: &Parts) -> Option<Parts> {
        let named = self.fill_named(values, built_in, true)?;
        let unnamed = self.fill_named(values, built_in, false)?;
        let count = |parts: &Parts| {
            let in_text = links::links(&parts.subject).len();
            let in_text = in_text.saturating_add(links::links(&parts.text).len());
            in_text.saturating_add(links::links_in_html(&parts.html).len())
        };
        Some(if count(&named) <= count(&unnamed) { named } else { unnamed })
    }

    fn fill_named(
        &self,
        values: &PlaceholderValues,
        built_in: &Parts,
        named: bool,
    ) -> Option<Parts> {
        let text = |text: &str| fill(text, |name| values.text(name, named)).ok();
        let subject = self.subject.as_deref().filter(|_| !values.keeps_subject);
        Some(Parts {
            subject: match subject {
                Some(subject) => super::mime::one_line(&text(subject)?),
                None => built_in.subject.clone(),
            },
            text: match &self.text {
                Some(own) => text(own)?,
                None => built_in.text.clone(),
            },
            html: fill(&self.html, |name| values.html(name, named)).ok()?,
        })
    }
}

/// Checks one part of a template.
///
/// # Errors
///
/// What is wrong with it, and what to write instead.
pub fn check(part: TemplatePart, text: &str) -> Result<(), String> {
    let known = NOTICE;
    let list = || known.join("}`, `${");
    if let Err(name) = fill(text, |name| known.contains(&name).then(String::new)) {
        let is_plain =
            name.len() <= 24 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
        let name = if is_plain { format!(" `{name}`") } else { String::new() };
        return Err(format!("has an unknown placeholder{name}; use `${{{}}}`", list()));
    }
    let has = |name: &str| text.contains(&["${", name, "}"].concat());
    if part == TemplatePart::Subject {
        if text.len() > MAX_SUBJECT_LENGTH || text.chars().any(char::is_control) {
            return Err(format!("must be one line of at most {MAX_SUBJECT_LENGTH} bytes"));
        }
        return Ok(());
    }
    if text.len() > MAX_PART_BYTES {
        return Err(format!("must have at most {MAX_PART_BYTES} bytes"));
    }
    match NOTICE_REQUIRED.iter().find(|name| !has(name)) {
        Some(name) => Err(format!("must contain `${{{name}}}`")),
        None => Ok(()),
    }
}

/// The placeholders of a notice.
const NOTICE: [&str; 8] =
    ["application", "contact", "greeting", "what", "when", "network", "sessions", "advice"];
/// Those that both parts of a notice must have.
const NOTICE_REQUIRED: [&str; 2] = ["what", "advice"];

#[cfg(test)]
mod tests;
