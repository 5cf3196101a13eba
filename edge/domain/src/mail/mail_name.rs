//! The kinds of mails, and the placeholders of their templates.

use serde::{Deserialize, Serialize};

/// A kind of mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailName {
    /// The mail with the link of one account.
    Link,
    /// The mail with a link for each account that shares a mailbox.
    Links,
    /// The mail that asks for the user name.
    Ambiguous,
    /// The mail that reports a changed password.
    Notice,
    /// The mail with a link for the first password of an account.
    Invitation,
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
