//! The values of the placeholders in an application's own templates.

use askama::filters::{Escaper as _, Html};

use super::links;
use super::mail_name::MailName;
use crate::values::account::Account;

/// The values of the placeholders of one mail.
#[derive(Clone, Debug, Default)]
pub struct PlaceholderValues {
    values: Vec<Value>,
    /// Whether the subject is the built-in one, because another one may be wrong.
    pub(super) keeps_subject: bool,
}

#[derive(Clone, Debug)]
struct Value {
    name: &'static str,
    text: String,
    html: String,
    /// The text instead, if a name must not appear.
    unnamed: Option<String>,
}

impl PlaceholderValues {
    /// Adds a value of lines. Empty ones are left out.
    pub(super) fn lines(&mut self, name: &'static str, lines: &[&str]) {
        let lines: Vec<&str> = lines.iter().copied().filter(|line| !line.is_empty()).collect();
        let html: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
        self.push(name, lines.join("\n"), html.join("<br>"));
    }

    /// Adds a value that contains a name, and what it is without the name.
    pub(super) fn named(&mut self, name: &'static str, text: &str, unnamed: &str) {
        self.lines(name, &[text]);
        if let Some(value) = self.values.last_mut() {
            value.unnamed = Some(unnamed.to_owned());
        }
    }

    /// Adds the names and the address of an account. A name that may not appear is empty.
    pub(super) fn account(&mut self, account: &Account) {
        let shown = |name: &str| {
            if links::may_appear(name) { name.to_owned() } else { String::new() }
        };
        self.named("user.name", &shown(&account.username), "");
        self.named("user.fullName", &shown(account.name.as_deref().unwrap_or_default()), "");
        self.lines("user.email", &[account.email.as_deref().unwrap_or_default()]);
    }

    /// Adds a value with its own HTML.
    pub(super) fn push(&mut self, name: &'static str, text: String, html: String) {
        self.values.push(Value { name, text, html, unnamed: None });
    }

    /// Adds links, each with the heading of its account.
    pub(super) fn links<'a>(&mut self, links: impl Iterator<Item = (String, &'a str)>) {
        let (mut text, mut html) = (Vec::new(), Vec::new());
        for (label, link) in links {
            text.push(format!("{label}\n{link}"));
            let (label, link) = (escaped(&label), escaped(link));
            html.push(format!("{label}<br><a href=\"{link}\" dir=\"ltr\">{link}</a>"));
        }
        self.push("links", text.join("\n\n"), html.join("<br><br>"));
    }

    /// Returns example values of all placeholders of a mail.
    pub(super) fn sample(mail: MailName, links: &[&str]) -> Self {
        let mut values = Self::default();
        for name in mail.placeholders() {
            match *name {
                "link" => values.lines(name, links),
                "links" => values.links(links.iter().map(|link| ("x".to_owned(), *link))),
                _ => values.lines(name, &["x"]),
            }
        }
        values
    }

    /// Returns a value as text.
    pub(super) fn text(&self, name: &str, named: bool) -> Option<String> {
        let value = self.values.iter().find(|value| value.name == name)?;
        Some(value.unnamed.as_ref().filter(|_| !named).unwrap_or(&value.text).clone())
    }

    /// Returns a value as HTML.
    pub(super) fn html(&self, name: &str, named: bool) -> Option<String> {
        let value = self.values.iter().find(|value| value.name == name)?;
        let unnamed = value.unnamed.as_ref().filter(|_| !named);
        Some(unnamed.map_or_else(|| value.html.clone(), |text| escaped(text)))
    }
}

pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    // Writing to a string does not fail.
    let _infallible = Html.write_escaped_str(&mut escaped, text);
    escaped
}
