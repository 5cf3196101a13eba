//! A mail as somebody defines it: a server caller for one request, or configuration for every mail of an application. It
//! decides what the mail says and nothing else: the recipient is the account's address, the sender one of the configured
//! ones, and whatever the mail leads to is the application's own.

use askama::filters::{Escaper as _, Html};
use serde::{Deserialize, Serialize};

use crate::values::account::Account;
use crate::values::mail_address::MailAddress;

/// The largest body, in bytes: it travels through every step up to the mail.
pub const LARGEST_BODY: usize = 8 * 1024;
/// The longest subject, in bytes.
pub const LONGEST_SUBJECT: usize = 200;

/// What stands for the token of the link.
const HASH: &str = "hash";
/// All that can be filled in.
pub(super) const KNOWN: [&str; 5] = [HASH, "link", "user.name", "user.email", "user.fullName"];

/// A mail's own words.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CustomTemplate {
    /// The subject, where it is not the usual one.
    pub(super) subject: Option<String>,
    /// The HTML part. What is mailed as plain text stays the application's own.
    pub(super) body: String,
    /// The sender, where it is not the usual one.
    pub(super) from: Option<MailAddress>,
}

/// A definition does not print: whatever was typed into it may be anything.
impl std::fmt::Debug for CustomTemplate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CustomTemplate").finish_non_exhaustive()
    }
}

impl CustomTemplate {
    /// A definition of the configuration: whoever writes that is believed.
    pub fn configured(subject: Option<String>, body: String) -> Result<Self, String> {
        if body.len() > LARGEST_BODY {
            return Err(format!("is longer than {LARGEST_BODY} bytes"));
        }
        if !mentions_link(&body) {
            return Err("holds neither ${link} nor ${hash}".to_owned());
        }
        if subject.as_deref().is_some_and(mentions_link) {
            return Err("goes with a subject that holds the link, which belongs into the body".to_owned());
        }
        for text in [Some(&body), subject.as_ref()].into_iter().flatten() {
            fill(text, |name| KNOWN.contains(&name).then(String::new)).map_err(|name| unknown(&name))?;
        }
        Ok(Self { subject, body, from: None })
    }

    /// Returns the sender, where it differs from the application's.
    #[must_use]
    pub const fn from(&self) -> Option<&MailAddress> {
        self.from.as_ref()
    }

    /// The subject, filled in.
    #[must_use]
    pub fn subject(&self, account: &Account) -> Option<String> {
        fill(self.subject.as_deref()?, |name| of_user(account, name)).ok()
    }

    /// The HTML part, filled in. Whatever is filled in is text, not HTML.
    #[must_use]
    pub fn html(&self, account: &Account, token: &str, link: &str) -> Option<String> {
        let value = |name: &str| match name {
            HASH => Some(token.to_owned()),
            "link" => Some(link.to_owned()),
            _ => of_user(account, name),
        };
        fill(&self.body, |name| {
            let mut escaped = String::new();
            Html.write_escaped_str(&mut escaped, &value(name)?).ok()?;
            Some(escaped)
        })
        .ok()
    }
}

fn of_user(account: &Account, name: &str) -> Option<String> {
    match name {
        "user.name" => Some(account.username.clone()),
        "user.email" => Some(account.email.clone().unwrap_or_default()),
        "user.fullName" => Some(account.name.clone().unwrap_or_default()),
        _ => None,
    }
}

pub(super) fn mentions_link(text: &str) -> bool {
    text.contains("${hash}") || text.contains("${link}")
}

pub(super) fn unknown(name: &str) -> String {
    let plain = name.len() <= 24 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let name = if plain { format!(" `{name}`") } else { String::new() };
    format!("fills in something unknown{name}: there are `{}`", KNOWN.join("`, `"))
}

/// Fills in every `${name}`. Fails with the name that has no value.
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
