//! Templates of mails as files: their parts, and the checks before they are used.

use super::custom_template::{MAX_SUBJECT_LENGTH, fill};
use super::mail_name::MailName;
use super::own_template::OwnTemplate;
use super::parts::Parts;
use super::placeholders::PlaceholderValues;
use super::rendering::{check_complete, check_places};

/// The largest text or HTML part in bytes.
pub const MAX_PART_BYTES: usize = 24 * 1024;

/// A part of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplatePart {
    /// The subject.
    Subject,
    /// The plain text.
    Text,
    /// The HTML.
    Html,
}

impl TemplatePart {
    const ALL: [Self; 3] = [Self::Subject, Self::Text, Self::Html];

    /// Returns the name of the part in a file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Text => "text",
            Self::Html => "html",
        }
    }
}

impl OwnTemplate {
    /// Parses a template from a file: its three parts, each after a line `--- subject`, `--- text` or
    /// `--- html`.
    ///
    /// # Errors
    ///
    /// The part, its error and a correction.
    pub fn parse(mail: MailName, file: &str) -> Result<Self, String> {
        let mut parts: [Option<String>; 3] = Default::default();
        let mut current = None;
        for line in file.lines() {
            let place = line
                .strip_prefix("--- ")
                .map(str::trim)
                .and_then(|name| TemplatePart::ALL.iter().position(|part| part.name() == name));
            if let Some(part) = place.and_then(|place| parts.get_mut(place)) {
                if part.is_some() {
                    return Err(format!("has the line `{}` twice", line.trim()));
                }
                *part = Some(String::new());
                current = place;
            } else if let Some(part) = current.and_then(|place| parts.get_mut(place)) {
                part.get_or_insert_default().extend([line, "\n"]);
            } else if !line.trim().is_empty() {
                return Err("must begin with the line `--- subject`".to_owned());
            }
        }
        let [subject, text, html] = parts.map(|part| part.map(|part| part.trim().to_owned()));
        let part = |part: TemplatePart, content: Option<String>| {
            let missing = || format!("needs the line `--- {}` and a part below it", part.name());
            let content = content.filter(|content| !content.is_empty()).ok_or_else(missing)?;
            match check(mail, part, &content) {
                Ok(()) => Ok(content),
                Err(wrong) => Err(format!("`{}` {wrong}", part.name())),
            }
        };
        let template = Self {
            subject: Some(part(TemplatePart::Subject, subject)?),
            text: Some(part(TemplatePart::Text, text)?),
            html: part(TemplatePart::Html, html)?,
        };
        template.check_places(mail)?;
        Ok(template)
    }

    /// Checks where the links are, and that the HTML is complete and has nothing that runs.
    fn check_places(&self, mail: MailName) -> Result<(), String> {
        check_complete(&self.html).map_err(|wrong| format!("`html` {wrong}"))?;
        let links = match mail {
            MailName::Link | MailName::Invitation => 1,
            MailName::Links => 2,
            MailName::Ambiguous | MailName::Notice => 0,
        };
        let placeholders = ["https://link.invalid/A", "https://link.invalid/B"];
        let (placeholders, _) = placeholders.split_at(links);
        let values = PlaceholderValues::sample(mail, placeholders);
        let placeholders: Vec<String> =
            placeholders.iter().map(|link| (*link).to_owned()).collect();
        let wrong = "must have the link as text apart from other words, or as the whole `href` of an \
                     `<a>`, in `text` and in `html`, and no script, form, frame, SVG or event handler";
        let filled = self.fill(&values, &Parts::default()).ok_or(wrong)?;
        check_places(&placeholders, &filled).map_err(|_| wrong.to_owned())
    }
}

/// Checks one part of a template.
///
/// # Errors
///
/// The error and a correction, to follow the name of the part.
pub fn check(mail: MailName, part: TemplatePart, text: &str) -> Result<(), String> {
    let known = mail.placeholders();
    let list = || known.join("}`, `${");
    if let Err(name) = fill(text, |name| known.contains(&name).then(String::new)) {
        let is_plain =
            name.len() <= 24 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
        let name = if is_plain { format!(" `{name}`") } else { String::new() };
        return Err(format!("has an unknown placeholder{name}; use `${{{}}}`", list()));
    }
    let has = |name: &str| text.contains(&["${", name, "}"].concat());
    if part == TemplatePart::Subject {
        let has_link = ["link", "links", "url"].iter().any(|name| has(name));
        if has_link || text.len() > MAX_SUBJECT_LENGTH || text.chars().any(char::is_control) {
            return Err(format!(
                "must be one line of at most {MAX_SUBJECT_LENGTH} bytes, without the link"
            ));
        }
        return Ok(());
    }
    if text.len() > MAX_PART_BYTES {
        return Err(format!("must have at most {MAX_PART_BYTES} bytes"));
    }
    match mail.required().iter().find(|name| !has(name)) {
        Some(name) => Err(format!("must contain `${{{name}}}`")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
