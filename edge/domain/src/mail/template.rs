//! The built-in mails: a folder for each, with `body.txt` and `body.html`, which have the texts of
//! every language, and `frame.html` around each HTML part. They are checked at compile time: an
//! unknown placeholder does not build.
//!
//! The frame and the button are tables that mail programs lay out alike, compiled from MJML.

use askama::Template;
use relatch_languages::{Texts, sentences};

use super::parts::Parts;
use super::{AccountLink, mime};
use crate::brand::{Brand, Scheme};
use crate::values::color::Color;

mod values;

/// The values that every mail contains.
#[derive(Clone, Copy)]
pub(super) struct Common<'a> {
    pub(super) texts: Texts,
    pub(super) application: &'a str,
    pub(super) contact: &'a str,
    pub(super) brand: &'a Brand,
}

impl Common<'_> {
    pub(super) fn lang(&self) -> &'static str {
        self.texts.language().tag()
    }

    pub(super) fn dir(&self) -> &'static str {
        self.texts.language().direction()
    }

    /// Returns the side at which lines start. Some mail programs know no `start`.
    fn start(&self) -> &'static str {
        if self.dir() == "rtl" { "right" } else { "left" }
    }

    /// Returns the color of buttons in the light scheme.
    fn light(&self) -> Color {
        self.brand.color.unwrap_or_default().of(Scheme::Light)
    }

    fn text_on_light(&self) -> Color {
        self.light().text()
    }

    /// Returns the color of buttons in the dark scheme.
    fn dark(&self) -> Color {
        self.brand.color.unwrap_or_default().of(Scheme::Dark)
    }

    fn text_on_dark(&self) -> Color {
        self.dark().text()
    }

    /// Returns the mail, or `None` if a part could not be rendered. The preheader is what lists of
    /// mails show beside the subject. In the HTML part, everything that is not part of the template
    /// is escaped.
    pub(super) fn mail(
        self,
        subject: &str,
        preheader: &str,
        text: Part,
        content: Part,
    ) -> Option<Parts> {
        // A subject is one line, whatever the names contain.
        let subject = mime::one_line(subject);
        let frame = Frame { common: self, subject: &subject, preheader, content: &content.ok()? };
        let html = frame.render().ok()?;
        Some(Parts { subject, text: text.ok()?, html })
    }

    /// Returns the greeting.
    #[expect(clippy::ref_option_ref, reason = "a template passes fields by reference")]
    pub(super) fn hello(&self, name: &Option<&str>) -> String {
        match name {
            Some(name) => self.texts.mail_hello_name(name),
            None => self.texts.mail_hello().to_owned(),
        }
    }
}

/// The document around the content of every HTML part.
#[derive(Template)]
#[template(path = "mail/frame.html")]
struct Frame<'a> {
    common: Common<'a>,
    subject: &'a str,
    preheader: &'a str,
    /// The content, as HTML.
    content: &'a str,
}

/// The mail with the link.
pub(super) struct Reset<'a> {
    pub(super) common: Common<'a>,
    pub(super) name: Option<&'a str>,
    pub(super) link: &'a str,
    pub(super) lifetime: &'a str,
    pub(super) expires_at: &'a str,
    /// The time before which requests may mail no other link, if a limit is reached.
    pub(super) next_link_at: Option<String>,
}

impl Reset<'_> {
    fn texts(&self) -> Texts {
        self.common.texts
    }

    fn subject(&self) -> String {
        self.texts().mail_reset_subject(self.common.application)
    }

    fn intro(&self) -> String {
        self.texts().mail_reset_intro(self.common.application)
    }

    /// Returns what the mail says about the link.
    fn note(&self) -> String {
        let (texts, works) = (self.texts(), self.works());
        match &self.next_link_at {
            Some(next) => sentences(&[&works, &texts.mail_reset_next(next)]),
            None => sentences(&[&works, texts.mail_reset_both()]),
        }
    }

    fn works(&self) -> String {
        self.texts().mail_reset_works(self.lifetime, self.expires_at)
    }
}

/// The invitation to choose a first password.
pub(super) struct Invitation<'a> {
    pub(super) common: Common<'a>,
    pub(super) name: Option<&'a str>,
    pub(super) link: &'a str,
    pub(super) lifetime: &'a str,
    pub(super) expires_at: &'a str,
}

impl Invitation<'_> {
    fn texts(&self) -> Texts {
        self.common.texts
    }

    fn subject(&self) -> String {
        self.texts().mail_invitation_subject(self.common.application)
    }

    fn intro(&self) -> String {
        self.texts().mail_invitation_intro(self.common.application)
    }

    fn note(&self) -> String {
        self.texts().mail_reset_works(self.lifetime, self.expires_at)
    }
}

/// The mail with links to a shared mailbox.
pub(super) struct Shared<'a> {
    pub(super) common: Common<'a>,
    pub(super) links: &'a [AccountLink<'a>],
    pub(super) lifetime: &'a str,
    pub(super) expires_at: &'a str,
    /// Whether the mailbox has further accounts.
    pub(super) is_partial: bool,
    /// The time before which requests may mail no other links, if a limit is reached.
    pub(super) next_link_at: Option<String>,
}

impl Shared<'_> {
    fn texts(&self) -> Texts {
        self.common.texts
    }

    fn subject(&self) -> String {
        self.texts().mail_reset_subject(self.common.application)
    }

    fn intro(&self) -> String {
        self.texts().mail_shared_intro(self.common.application)
    }

    /// Returns the heading of an account's link.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "a template passes references")]
    fn label(&self, number: &usize, account: &AccountLink<'_>) -> String {
        let number = number.to_string();
        match account.label {
            Some(name) => self.texts().mail_shared_account_name(&number, name),
            None => self.texts().mail_shared_account(&number),
        }
    }

    /// Returns what the mail says about the links.
    fn note(&self) -> String {
        let texts = self.texts();
        let works = self.works();
        let partial = if self.is_partial { texts.mail_shared_partial() } else { "" };
        let next = self.next_link_at.as_deref().map(|next| texts.mail_shared_next(next));
        sentences(&[&works, partial, next.as_deref().unwrap_or_default()])
    }

    fn works(&self) -> String {
        self.texts().mail_shared_works(self.lifetime, self.expires_at)
    }
}

/// The mail to a shared mailbox that asks for the user name.
pub(super) struct Ambiguous<'a> {
    pub(super) common: Common<'a>,
}

impl Ambiguous<'_> {
    fn texts(&self) -> Texts {
        self.common.texts
    }

    fn subject(&self) -> String {
        self.texts().mail_ambiguous_subject(self.common.application)
    }

    fn intro(&self) -> String {
        self.texts().mail_ambiguous_intro(self.common.application)
    }
}

#[derive(Template)]
#[template(path = "mail/reset/body.txt")]
struct ResetText<'a>(&'a Reset<'a>);
#[derive(Template)]
#[template(path = "mail/reset/body.html")]
struct ResetHtml<'a>(&'a Reset<'a>);

#[derive(Template)]
#[template(path = "mail/invitation/body.txt")]
struct InvitationText<'a>(&'a Invitation<'a>);
#[derive(Template)]
#[template(path = "mail/invitation/body.html")]
struct InvitationHtml<'a>(&'a Invitation<'a>);

#[derive(Template)]
#[template(path = "mail/shared/body.txt")]
struct SharedText<'a>(&'a Shared<'a>);
#[derive(Template)]
#[template(path = "mail/shared/body.html")]
struct SharedHtml<'a>(&'a Shared<'a>);

#[derive(Template)]
#[template(path = "mail/ambiguous/body.txt")]
struct AmbiguousText<'a>(&'a Ambiguous<'a>);
#[derive(Template)]
#[template(path = "mail/ambiguous/body.html")]
struct AmbiguousHtml<'a>(&'a Ambiguous<'a>);

impl Reset<'_> {
    pub(super) fn render(&self) -> Option<Parts> {
        let (text, html) = (ResetText(self).render(), ResetHtml(self).render());
        self.common.mail(&self.subject(), &self.works(), text, html)
    }
}

impl Invitation<'_> {
    pub(super) fn render(&self) -> Option<Parts> {
        let (text, html) = (InvitationText(self).render(), InvitationHtml(self).render());
        self.common.mail(&self.subject(), &self.note(), text, html)
    }
}

impl Shared<'_> {
    pub(super) fn render(&self) -> Option<Parts> {
        let (text, html) = (SharedText(self).render(), SharedHtml(self).render());
        self.common.mail(&self.subject(), &self.works(), text, html)
    }
}

impl Ambiguous<'_> {
    pub(super) fn render(&self) -> Option<Parts> {
        let (text, html) = (AmbiguousText(self).render(), AmbiguousHtml(self).render());
        self.common.mail(&self.subject(), &self.intro(), text, html)
    }
}

pub(super) type Part = askama::Result<String>;
