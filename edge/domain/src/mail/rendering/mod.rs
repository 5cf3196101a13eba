//! Mails whose texts the hook `render` writes: what it gets, the rules for its result, and what is
//! stored of it.
//!
//! The hook gets a random placeholder instead of each link. The result of its first call is stored,
//! so that every attempt at a mail sends the same bytes, and the links are put in at each attempt.

use askama::filters::{Escaper as _, Html};
use relatch_languages::Language;
use serde::{Deserialize, Serialize};

use super::custom_template::MAX_SUBJECT_LENGTH;
use super::mail_name::MailName;
use super::parts::Parts;
use super::placeholders::PlaceholderValues;
use super::{LinkTimes, foreign_links, links, mime};
use crate::application::Application;
use crate::events::Reason;
use crate::mail::notice::{ChangeMethod, NoticedChange};
use crate::values::keys::base64url;

mod html;
mod mark;

pub(super) use html::check_complete;
use mark::{MARK, is_apart, marked};

/// The most bytes of the three parts together. They are stored with the job.
const MAX_BYTES: usize = 48 * 1024;
/// The number of attempts at a mail for which a failing hook delays it. After that, the mail has the
/// built-in texts.
pub(crate) const MAX_RENDER_ATTEMPTS: u32 = 4;

/// A mail, as the hook gets it.
#[derive(Clone, Debug)]
pub struct MailToRender {
    /// The kind of mail.
    pub name: MailName,
    /// The language of the built-in texts.
    pub language: Language,
    /// The recipient's address.
    pub to: String,
    /// The name for the greeting.
    pub greeting: Option<String>,
    /// The links, each a placeholder with the name of its account, if one may appear.
    pub links: Vec<(Option<String>, String)>,
    /// The times of the links, if there are any.
    pub times: Option<LinkTimes>,
    /// The content of a notice.
    pub notice: Option<RenderedNotice>,
    /// The built-in texts, with the placeholders.
    pub built_in: Parts,
    /// The values for a template of the application.
    pub values: PlaceholderValues,
}

/// The content of a notice, as the hook gets it.
#[derive(Clone, Debug)]
pub struct RenderedNotice {
    /// How the password was changed.
    pub method: ChangeMethod,
    /// The changes, oldest first.
    pub changes: Vec<NoticedChange>,
    /// Whether the sessions of the account ended, except one that changed the password.
    pub ends_sessions: bool,
}

/// The result of the hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenderOutcome {
    /// The hook is not set.
    Unset,
    /// The parts of the mail, not checked.
    Parts(Parts),
    /// It is not an object with the three parts.
    Invalid,
}

/// The texts of a mail, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rendering {
    /// The built-in ones, because those of the hook or of the application's template were refused.
    BuiltIn,
    /// Those of the hook, or of the application's template.
    Hook(HookTexts),
}

/// The texts of the hook, or of the application's template, with the placeholders of links.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HookTexts {
    parts: Parts,
    placeholders: Vec<String>,
}

impl HookTexts {
    /// Checks the result of the hook.
    ///
    /// # Errors
    ///
    /// The reason for which it is refused.
    pub(crate) fn check(
        application: &Application,
        mail: &MailToRender,
        parts: Parts,
    ) -> Result<Self, Reason> {
        let placed = Placed::check(&mail.placeholders(), parts)?;
        let known = known_links(application, mail);
        // A word is left, so that what is joined to it stays a link.
        let rest = |text: &str| {
            known.iter().fold(text.replace(MARK, " "), |text, known| text.replace(known, "xx"))
        };
        let foreign = foreign_links::in_text(application, &rest(&placed.subject))
            .or_else(|| foreign_links::in_text(application, &rest(&placed.text)))
            .or_else(|| foreign_links::in_html(application, &rest(&placed.html.html)))
            .or_else(|| placed.html.foreign_url(application));
        match foreign {
            Some(_) => Err(Reason::RenderUrlForeign),
            None => Ok(Self { parts: placed.parts, placeholders: mail.placeholders() }),
        }
    }

    /// Checks the mail that a template of the application makes. It may link to any URL, as the
    /// configuration may.
    ///
    /// # Errors
    ///
    /// The reason for which it is refused.
    pub(crate) fn of_template(mail: &MailToRender, parts: Parts) -> Result<Self, Reason> {
        let placeholders = mail.placeholders();
        let Placed { parts, .. } = Placed::check(&placeholders, parts)?;
        Ok(Self { parts, placeholders })
    }

    /// Returns the parts with these links, or `None` if their number differs from that of the
    /// placeholders.
    pub(crate) fn with_links(&self, links: &[String]) -> Option<Parts> {
        if links.len() != self.placeholders.len() {
            return None;
        }
        let mut parts = self.parts.clone();
        for (placeholder, link) in self.placeholders.iter().zip(links) {
            let mut escaped = String::new();
            Html.write_escaped_str(&mut escaped, link).ok()?;
            parts.text = parts.text.replace(placeholder, link);
            parts.html = parts.html.replace(placeholder, &escaped);
        }
        Some(parts)
    }
}

impl MailToRender {
    fn placeholders(&self) -> Vec<String> {
        self.links.iter().map(|(_, link)| link.clone()).collect()
    }
}

/// The parts of a mail whose links are where no mail program sends them elsewhere.
struct Placed {
    parts: Parts,
    /// The subject and the text, with a mark in the place of each placeholder.
    subject: String,
    text: String,
    html: html::Plain,
}

impl Placed {
    fn check(placeholders: &[String], parts: Parts) -> Result<Self, Reason> {
        let Parts { subject, text, html } = parts;
        let parts = Parts { subject: mime::one_line(&subject), text, html };
        let Parts { subject, text, html } = &parts;
        let bytes = subject.len().saturating_add(text.len()).saturating_add(html.len());
        let is_empty = [subject, text, html].iter().any(|part| part.trim().is_empty());
        if is_empty || bytes > MAX_BYTES || subject.len() > MAX_SUBJECT_LENGTH {
            return Err(Reason::RenderInvalid);
        }
        if [subject, text, html].iter().any(|part| part.contains(MARK)) {
            return Err(Reason::RenderInvalid);
        }
        let [subject, text, html] = [subject, text, html].map(|part| marked(part, placeholders));
        let has_each = |(_, has_all): &(String, bool)| *has_all;
        if subject.0.contains(MARK) || !has_each(&text) || !has_each(&html) {
            return Err(Reason::RenderLinkMisplaced);
        }
        let html = html::Plain::parse(&html.0)?;
        if !is_apart(&text.0) {
            return Err(Reason::RenderLinkMisplaced);
        }
        Ok(Self { parts, subject: subject.0, text: text.0, html })
    }
}

/// Checks where the placeholders of links are, and that the HTML has nothing that runs.
///
/// # Errors
///
/// The reason for which the mail is refused.
pub(super) fn check_places(placeholders: &[String], parts: &Parts) -> Result<(), Reason> {
    Placed::check(placeholders, parts.clone()).map(drop)
}

/// Returns the texts of a mail that look like links and may appear: the name of the application, the
/// address that the mail goes to, and networks.
fn known_links(application: &Application, mail: &MailToRender) -> Vec<String> {
    let changes = mail.notice.iter().flat_map(|notice| &notice.changes);
    let networks = changes.filter_map(NoticedChange::network);
    let known = [application.name.clone(), mail.to.clone()].into_iter().chain(networks);
    known.filter(|known| !links::links(known).is_empty()).collect()
}

/// Returns a placeholder. It looks like a URL, because templates may parse it as one.
pub(crate) fn placeholder(random: &[u8; 32]) -> String {
    let (random, _) = random.split_at(random.len() / 2);
    format!("https://link.invalid/{}", base64url(random))
}

/// The texts of an object's mails that are not finished.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Renderings(Vec<(String, Rendering)>);

impl Renderings {
    /// Returns the texts of a job, if they were stored for this number of links.
    pub(crate) fn of_job(&self, job: &str, links: usize) -> Option<&Rendering> {
        let fits = |rendering: &Rendering| match rendering {
            Rendering::BuiltIn => true,
            Rendering::Hook(texts) => texts.placeholders.len() == links,
        };
        self.0.iter().find(|(id, texts)| id == job && fits(texts)).map(|(_, texts)| texts)
    }

    /// Stores the texts of a job.
    pub(crate) fn set(&mut self, job: &str, rendering: Rendering) {
        self.0.retain(|(id, _)| id != job);
        self.0.push((job.to_owned(), rendering));
    }

    /// Deletes the texts of the jobs that `stays` rejects.
    pub(crate) fn retain(&mut self, stays: impl Fn(&str) -> bool) {
        self.0.retain(|(id, _)| stays(id));
    }
}

#[cfg(test)]
mod tests;
