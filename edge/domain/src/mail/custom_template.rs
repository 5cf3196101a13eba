//! A template of the link mail that replaces the built-in one: defined by configuration for all
//! mails of an application, or by a server caller for one request.
//!
//! It decides the text and nothing else: the recipient is the address of the account, the sender is
//! one of the configured senders, and links lead to the origins of the application.

use askama::filters::{Escaper as _, Html};
use serde::{Deserialize, Serialize};

use crate::mail::links;
use crate::values::account::Account;
use crate::values::mail_address::MailAddress;

/// The largest body in bytes. It is stored with the job.
pub const MAX_BODY_BYTES: usize = 8 * 1024;
/// The longest subject in bytes.
pub const MAX_SUBJECT_LENGTH: usize = 200;

/// The placeholder of the token.
const HASH: &str = "hash";
/// All placeholders.
pub(super) const KNOWN: [&str; 7] =
    [HASH, "link", "user.name", "user.email", "user.fullName", "lifetime", "expires"];

/// The values of the placeholders.
#[derive(Clone, Copy)]
pub(super) struct LinkValues<'a> {
    pub(super) account: &'a Account,
    pub(super) token: &'a str,
    pub(super) link: &'a str,
    pub(super) lifetime: &'a str,
    pub(super) expires_at: &'a str,
}

/// A custom template.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CustomTemplate {
    /// The subject, if it differs from the built-in one.
    pub(super) subject: Option<String>,
    /// The HTML part.
    pub(super) body: String,
    /// The text part of a configured template, if it differs from the built-in one. It is not stored
    /// with a job, because a server caller defines none.
    #[serde(skip)]
    pub(super) text: Option<String>,
    /// The sender, if it differs from the application's.
    pub(super) from: Option<MailAddress>,
}

/// Does not print its texts: a caller may have put anything into them.
impl std::fmt::Debug for CustomTemplate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CustomTemplate").finish_non_exhaustive()
    }
}

impl CustomTemplate {
    /// Parses the template of the configuration, which is trusted to contain any HTML.
    ///
    /// # Errors
    ///
    /// The first rule that a text violates.
    pub fn configured(subject: Option<String>, body: String) -> Result<Self, String> {
        if body.len() > MAX_BODY_BYTES {
            return Err(format!("must have at most {MAX_BODY_BYTES} bytes"));
        }
        if !mentions_link(&body) {
            return Err("must contain `${link}` or `${hash}`".to_owned());
        }
        if subject.as_deref().is_some_and(mentions_link) {
            return Err("must go with a subject without the link".to_owned());
        }
        for text in [Some(&body), subject.as_ref()].into_iter().flatten() {
            fill(text, |name| KNOWN.contains(&name).then(String::new))
                .map_err(|name| unknown(&name))?;
        }
        Ok(Self { subject, body, text: None, from: None })
    }

    /// Returns the template with this text part.
    ///
    /// # Errors
    ///
    /// As [`Self::configured`].
    pub fn with_text(self, text: String) -> Result<Self, String> {
        // The rules are those of the HTML part.
        Self::configured(None, text.clone()).map(|_| Self { text: Some(text), ..self })
    }

    /// Returns the sender, if it differs from the application's.
    #[must_use]
    pub const fn from(&self) -> Option<&MailAddress> {
        self.from.as_ref()
    }

    /// Returns the subject with its placeholders replaced, or `None` if the template has none. A name
    /// that is a link, or becomes one together with the text, is left out.
    pub(super) fn subject(&self, values: &LinkValues<'_>) -> Option<String> {
        filled_text(self.subject.as_deref()?, values)
    }

    /// Returns the text part as [`Self::subject`] does the subject.
    pub(super) fn text(&self, values: &LinkValues<'_>) -> Option<String> {
        filled_text(self.text.as_deref()?, values)
    }

    /// Returns the HTML part with its placeholders replaced by escaped text. A name that is a link, or
    /// becomes one together with the text, is left out.
    pub(super) fn html(&self, values: &LinkValues<'_>) -> Option<String> {
        let filled = |named: bool, values: &LinkValues<'_>| {
            fill(&self.body, |name| {
                let mut escaped = String::new();
                Html.write_escaped_str(&mut escaped, &values.value(name, named)?).ok()?;
                Some(escaped)
            })
            .ok()
        };
        let plain = values.without_link();
        let count = |named| filled(named, &plain).map(|html| links::links_in_html(&html).len());
        let adds_none = count(true)? <= count(false)?;
        filled(adds_none, values)
    }
}

fn filled_text(text: &str, values: &LinkValues<'_>) -> Option<String> {
    let filled =
        |named: bool, values: &LinkValues<'_>| fill(text, |name| values.value(name, named)).ok();
    let plain = values.without_link();
    let count = |named| filled(named, &plain).map(|text| links::links(&text).len());
    let adds_none = count(true)? <= count(false)?;
    filled(adds_none, values)
}

impl LinkValues<'_> {
    fn value(&self, name: &str, named: bool) -> Option<String> {
        match name {
            HASH => Some(self.token.to_owned()),
            "link" => Some(self.link.to_owned()),
            "lifetime" => Some(self.lifetime.to_owned()),
            "expires" => Some(self.expires_at.to_owned()),
            _ => of_user(self.account, name, named),
        }
    }

    fn without_link(self) -> Self {
        Self { token: "", link: "", ..self }
    }
}

/// Returns the value of a placeholder about the account. Names are empty if they may not appear in a
/// mail, or if `named` is false.
fn of_user(account: &Account, name: &str, named: bool) -> Option<String> {
    let shown = |text: &str| {
        let text = Some(text).filter(|text| named && links::may_appear(text));
        text.unwrap_or_default().to_owned()
    };
    match name {
        "user.name" => Some(shown(&account.username)),
        "user.email" => Some(account.email.clone().unwrap_or_default()),
        "user.fullName" => Some(shown(account.name.as_deref().unwrap_or_default())),
        _ => None,
    }
}

pub(super) fn mentions_link(text: &str) -> bool {
    text.contains("${hash}") || text.contains("${link}")
}

pub(super) fn unknown(name: &str) -> String {
    let plain = name.len() <= 24 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let name = if plain { format!(" `{name}`") } else { String::new() };
    format!("has an unknown placeholder{name}; use `{}`", KNOWN.join("`, `"))
}

/// Replaces every `${name}`.
///
/// # Errors
///
/// The name of the placeholder that has no value.
pub(super) fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, end) = after.split_once('}').ok_or_else(|| after.to_owned())?;
        filled.push_str(before);
        filled.push_str(&value(name.trim()).ok_or_else(|| name.to_owned())?);
        rest = end;
    }
    filled.push_str(rest);
    Ok(filled)
}
