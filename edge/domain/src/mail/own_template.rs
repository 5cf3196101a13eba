//! Templates of an application's own for its mails: a subject, a text and an HTML part with
//! placeholders. They are trusted as the configuration is, except for where the links are.
//!
//! What a mail says about an account depends on what happened, so the placeholders for it are whole
//! sentences, and a template cannot leave out those that matter.

use relatch_languages::Language;

use super::custom_template::{MAX_SUBJECT_LENGTH, fill};
use super::links;
use super::parts::Parts;
use super::placeholders::PlaceholderValues;
use super::rendering::{MailName, check_places};

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

    /// Parses a template from a file: its three parts, each after a line `--- subject`, `--- text` or
    /// `--- html`.
    ///
    /// # Errors
    ///
    /// What is wrong with which part, and what to write instead.
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
        super::rendering::check_complete(&self.html).map_err(|wrong| format!("`html` {wrong}"))?;
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

impl MailName {
    /// All mails.
    pub const ALL: [Self; 5] =
        [Self::Link, Self::Links, Self::Ambiguous, Self::Notice, Self::Invitation];

    /// Returns the name in keys of templates, and for the hook `render`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Links => "links",
            Self::Ambiguous => "ambiguous",
            Self::Notice => "notice",
            Self::Invitation => "invitation",
        }
    }

    /// Returns the placeholders of its template.
    #[must_use]
    pub const fn placeholders(self) -> &'static [&'static str] {
        match self {
            Self::Link | Self::Invitation => &[
                "application",
                "contact",
                "greeting",
                "user.name",
                "user.fullName",
                "user.email",
                "what",
                "link",
                "lifetime",
                "expires",
                "note",
                "advice",
            ],
            Self::Links => &[
                "application",
                "contact",
                "greeting",
                "what",
                "links",
                "lifetime",
                "expires",
                "note",
                "advice",
            ],
            Self::Ambiguous => &["application", "contact", "greeting", "what", "advice"],
            Self::Notice => &[
                "application",
                "contact",
                "greeting",
                "what",
                "when",
                "network",
                "sessions",
                "advice",
            ],
        }
    }

    /// Returns the placeholders that the text and the HTML of its template must have.
    #[must_use]
    pub const fn required(self) -> &'static [&'static str] {
        match self {
            Self::Link | Self::Invitation => &["link"],
            Self::Links => &["links"],
            Self::Ambiguous => &["what"],
            Self::Notice => &["what", "advice"],
        }
    }
}

/// The place of a template in the store: application, mail and language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateKey {
    /// The id of the application.
    pub application: String,
    /// The mail.
    pub mail: MailName,
    /// The language.
    pub language: Language,
}

impl TemplateKey {
    /// Parses a key such as `default/link/de`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and what to write instead.
    pub fn parse(key: &str) -> Result<Self, String> {
        let mut parts = key.split('/');
        let (Some(application), Some(mail), Some(tag), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(
                "must be named APPLICATION/MAIL/LANGUAGE, such as `default/link/de`".to_owned()
            );
        };
        let mails = MailName::ALL.map(MailName::as_str).join("`, `");
        let mail = MailName::ALL.into_iter().find(|known| known.as_str() == mail);
        let mail = mail.ok_or_else(|| format!("must be for one of the mails `{mails}`"))?;
        let tags: Vec<&str> = Language::all().map(Language::tag).collect();
        let language = Language::all().find(|language| language.tag() == tag);
        let language = language
            .ok_or_else(|| format!("must be in one of the languages `{}`", tags.join("`, `")))?;
        Ok(Self { application: application.to_owned(), mail, language })
    }
}

/// Writes `APPLICATION/MAIL/LANGUAGE`.
impl std::fmt::Display for TemplateKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}/{}", self.application, self.mail.as_str(), self.language.tag())
    }
}

#[cfg(test)]
mod tests;
