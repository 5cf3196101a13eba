//! Templates of an application's own for its mails: a subject, a text and an HTML part with
//! placeholders. They are trusted as the configuration is, except for where the links are.
//!
//! What a mail says about an account depends on what happened, so the placeholders for it are whole
//! sentences, and a template cannot leave out those that matter.

use super::custom_template::fill;
use super::links;
use super::parts::Parts;
use super::placeholders::PlaceholderValues;

/// A template of one mail.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnTemplate {
    /// The subject, if it differs from the built-in one.
    pub(super) subject: Option<String>,
    /// The text part, if it differs from the built-in one.
    pub(super) text: Option<String>,
    pub(super) html: String,
}

/// Does not print its texts.
impl std::fmt::Debug for OwnTemplate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OwnTemplate").finish_non_exhaustive()
    }
}

impl OwnTemplate {
    /// Collects parts that [`check`](super::template_file::check) accepts.
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
