//! The built-in templates: a folder for each language and mail, with `subject.txt`, `body.txt` and
//! `body.html`. They are checked at compile time: an unknown placeholder does not build.

use askama::Template;

use super::parts::Parts;
use super::{AccountLink, mime};

/// The values that every mail contains.
#[derive(Clone, Copy)]
pub(super) struct Common<'a> {
    pub(super) application: &'a str,
    pub(super) contact: &'a str,
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

/// The mail to a shared mailbox that asks for the user name.
pub(super) struct Ambiguous<'a> {
    pub(super) common: Common<'a>,
}

#[derive(Template)]
#[template(path = "en/reset/subject.txt")]
struct ResetSubject<'a>(&'a Reset<'a>);
#[derive(Template)]
#[template(path = "en/reset/body.txt")]
struct ResetText<'a>(&'a Reset<'a>);
#[derive(Template)]
#[template(path = "en/reset/body.html")]
struct ResetHtml<'a>(&'a Reset<'a>);

#[derive(Template)]
#[template(path = "en/shared/subject.txt")]
struct SharedSubject<'a>(&'a Shared<'a>);
/// What both parts say about the links.
#[derive(Template)]
#[template(path = "en/shared/note.txt")]
struct SharedNote<'a>(&'a Shared<'a>);
#[derive(Template)]
#[template(path = "en/shared/body.txt")]
struct SharedText<'a>(&'a Shared<'a>, &'a str);
#[derive(Template)]
#[template(path = "en/shared/body.html")]
struct SharedHtml<'a>(&'a Shared<'a>, &'a str);

#[derive(Template)]
#[template(path = "en/ambiguous/subject.txt")]
struct AmbiguousSubject<'a>(&'a Ambiguous<'a>);
#[derive(Template)]
#[template(path = "en/ambiguous/body.txt")]
struct AmbiguousText<'a>(&'a Ambiguous<'a>);
#[derive(Template)]
#[template(path = "en/ambiguous/body.html")]
struct AmbiguousHtml<'a>(&'a Ambiguous<'a>);

impl Reset<'_> {
    pub(super) fn render(&self) -> Option<Parts> {
        rendered(ResetSubject(self).render(), ResetText(self).render(), ResetHtml(self).render())
    }
}

impl Shared<'_> {
    pub(super) fn render(&self) -> Option<Parts> {
        let note = SharedNote(self).render().ok()?;
        let (text, html) = (SharedText(self, &note), SharedHtml(self, &note));
        rendered(SharedSubject(self).render(), text.render(), html.render())
    }
}

impl Ambiguous<'_> {
    pub(super) fn render(&self) -> Option<Parts> {
        rendered(
            AmbiguousSubject(self).render(),
            AmbiguousText(self).render(),
            AmbiguousHtml(self).render(),
        )
    }
}

pub(super) type Part = askama::Result<String>;

/// Returns the mail, or `None` if a part could not be rendered. In the HTML part, everything that is
/// not part of the template is escaped.
pub(super) fn rendered(subject: Part, text: Part, html: Part) -> Option<Parts> {
    // A subject is one line, whatever the template and the names contain.
    let subject = mime::one_line(&subject.ok()?);
    Some(Parts { subject, text: text.ok()?, html: html.ok()? })
}
