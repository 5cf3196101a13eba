//! A mail as somebody defines it: a server caller for one request, or configuration for every mail of an application. It
//! decides what the mail says and nothing else: the recipient is the account's address, the sender one of the configured
//! ones, and whatever the mail leads to is the application's own.

use askama::filters::{Escaper as _, Html};
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::config::{Application, Mailbox};

/// The largest body, in bytes: it travels through every step up to the mail.
pub const LARGEST_BODY: usize = 8 * 1024;
/// The longest subject, in bytes.
pub const LONGEST_SUBJECT: usize = 200;

/// What stands for the token of the link.
const HASH: &str = "hash";
/// All that can be filled in.
const KNOWN: [&str; 5] = [HASH, "link", "user.name", "user.email", "user.fullName"];

/// A mail's own words.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Definition {
    /// The subject, where it is not the usual one.
    subject: Option<String>,
    /// The HTML part. What is mailed as plain text stays the application's own.
    body: String,
    /// The sender, where it is not the usual one.
    from: Option<Mailbox>,
}

/// A definition does not print: whatever was typed into it may be anything.
impl std::fmt::Debug for Definition {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Definition").finish_non_exhaustive()
    }
}

/// What a caller defines, as it was sent.
pub struct Sent<'a> {
    /// `subject`.
    pub subject: Option<&'a str>,
    /// `body`.
    pub body: &'a str,
    /// `from`.
    pub from: Option<&'a str>,
}

impl Definition {
    /// Takes a caller's definition. `clean` gives back what an allow-list of HTML leaves of the body. Says what is wrong.
    pub fn accept<E>(
        application: &Application,
        sent: &Sent<'_>,
        clean: impl FnOnce(&str) -> Result<String, E>,
    ) -> Result<Result<Self, String>, E> {
        if let Err(wrong) = Self::check(application, sent) {
            return Ok(Err(wrong));
        }
        let body = clean(sent.body)?;
        if let Err(wrong) = Self::check_cleaned(application, &body) {
            return Ok(Err(wrong));
        }
        let from = sent.from.and_then(|from| application.mail.sender(from));
        Ok(Ok(Self { subject: sent.subject.map(str::to_owned), body, from: from.cloned() }))
    }

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

    /// Checks what an allow-list left: that is what is mailed.
    fn check_cleaned(application: &Application, body: &str) -> Result<(), String> {
        if body.len() > LARGEST_BODY {
            return Err(format!("`email.body` is longer than {LARGEST_BODY} bytes"));
        }
        if !has_plain_references(body) {
            return Err("`email.body` holds a character reference that is none of &amp; &lt; &gt; &quot; &#39; &nbsp;"
                .to_owned());
        }
        if let Some(place) = foreign_link(application, body) {
            return Err(format!("`email.body` leads to {place}, which is none of the application's origins"));
        }
        if !mentions_link(body) {
            return Err("`email.body` does not hold `${hash}` in what is left of it".to_owned());
        }
        let filled = fill(body, |name| KNOWN.contains(&name).then(String::new));
        filled.map(drop).map_err(|name| format!("`email.body` {}", unknown(&name)))
    }

    fn check(application: &Application, sent: &Sent<'_>) -> Result<(), String> {
        if sent.body.len() > LARGEST_BODY {
            return Err(format!("`email.body` is longer than {LARGEST_BODY} bytes"));
        }
        if sent.subject.is_some_and(|subject| subject.len() > LONGEST_SUBJECT || subject.chars().any(char::is_control))
        {
            return Err(format!("`email.subject` is not one line of at most {LONGEST_SUBJECT} bytes"));
        }
        if sent.subject.is_some_and(mentions_link) {
            return Err("`email.subject` holds the link, which belongs into the body".to_owned());
        }
        if sent.from.is_some_and(|from| application.mail.sender(from).is_none()) {
            return Err("`email.from` is none of the configured senders".to_owned());
        }
        for (field, text) in [("body", Some(sent.body)), ("subject", sent.subject)] {
            let filled = fill(text.unwrap_or_default(), |name| KNOWN.contains(&name).then(String::new));
            filled.map_err(|name| format!("`email.{field}` {}", unknown(&name)))?;
        }
        Ok(())
    }

    /// The sender.
    #[must_use]
    pub fn from<'a>(&'a self, application: &'a Application) -> &'a Mailbox {
        self.from.as_ref().unwrap_or(&application.mail.from)
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

fn mentions_link(text: &str) -> bool {
    text.contains("${hash}") || text.contains("${link}")
}

fn unknown(name: &str) -> String {
    let plain = name.len() <= 24 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let name = if plain { format!(" `{name}`") } else { String::new() };
    format!("fills in something unknown{name}: there are `{}`", KNOWN.join("`, `"))
}

/// Fills in every `${name}`. Fails with the name that has no value.
fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
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

/// Whether every character reference is one that no address needs: whatever else is written as one, a reader of the source
/// and a browser see differently.
fn has_plain_references(html: &str) -> bool {
    html.split('&').skip(1).all(|after| {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;", "nbsp;"].iter().any(|known| after.starts_with(known));
        let name = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        known || !(after.starts_with('#') || name.starts_with(';'))
    })
}

/// The first address in a text, be it in an attribute or among the words, that is not on one of the application's own
/// origins. Mail programs make links of addresses that stand among the words.
fn foreign_link(application: &Application, html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let mut rest = lower.as_str();
    let unsaid = |text: &str| ["www.", "href=\"//", "href=\"/\\"].into_iter().find(|sign| text.contains(*sign));
    while let Some(place) = rest.find("://") {
        let (before, after) = rest.split_at(place);
        // What looks like an address without saying how to get there.
        if let Some(sign) = unsaid(before) {
            return Some(sign.to_owned());
        }
        let after = after.get(3..).unwrap_or_default();
        let scheme = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let end =
            after.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'))).unwrap_or(after.len());
        let (authority, next) = after.split_at(end);
        let origin = format!("{scheme}://{authority}");
        // Behind the authority its path begins, or the attribute or the word ends. Anything else may still be part of it, as a
        // user name would be.
        let ends = next.is_empty() || next.starts_with(['/', '?', '#', '"', '<', '\n']);
        if !ends || !application.leads_to(&origin) {
            return Some(origin.chars().take(80).collect());
        }
        rest = next;
    }
    unsaid(rest).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::account::{AccountId, Role};
    use crate::core::config::tests::parse;

    fn application() -> Application {
        parse(&[
            ("ALLOWED_ORIGINS", "https://website.example"),
            ("MAIL_SENDERS", "Webmaster <webmaster@website.example>, help@website.example"),
        ])
        .unwrap()
    }

    fn accept(sent: &Sent<'_>) -> Result<Definition, String> {
        Definition::accept(&application(), sent, |html| Ok::<_, ()>(html.to_owned())).unwrap()
    }

    fn body(body: &str) -> Result<Definition, String> {
        accept(&Sent { subject: None, body, from: None })
    }

    fn account(name: &str) -> Account {
        Account {
            id: AccountId("1".into()),
            username: name.into(),
            email: Some("peter@example.com".into()),
            name: None,
            password_hash: None,
            role: Role::User,
            disabled: false,
        }
    }

    #[test]
    fn what_is_filled_in_is_text_and_never_html() {
        let definition = body("<a href=\"https://website.example/?hash=${hash}\">${user.name}</a>").unwrap();
        let html = definition.html(&account("<b>\"o\" & ${hash}</b>"), "TOKEN", "LINK").unwrap();
        assert!(html.starts_with("<a href=\"https://website.example/?hash=TOKEN\">&#"), "{html}");
        assert!(!html.contains("<b>") && html.contains("${hash}"), "{html}");
    }

    #[test]
    fn a_link_leads_to_the_applications_own_origins() {
        for good in ["https://website.example", "https://website.example/a?", "https://accounts.example.com/"] {
            assert!(body(&format!("<a href=\"{good}\">${{hash}}</a>")).is_ok(), "{good}");
        }
        for foreign in [
            "https://evil.example/",
            "http://website.example/",
            "https://website.example.evil.example/",
            "https://website.example@evil.example/",
            "https://website.example:8443/",
            "https://website.example\u{2024}evil/",
            "HTTPS://EVIL.example",
            "ftp://website.example/",
            "javascript://website.example/%0aalert(1)",
            "https://website.example,@evil.example/",
            "https://website.example&@evil.example/",
            "https://website.example)@evil.example/",
            "https://website.example'@evil.example/",
            "https://website.example @evil.example/",
            "https://website.example&period;evil.example/",
            "https://website.example&commat;evil.example/",
            "https://website.example&shy;.evil.example/",
            "https://website.example&#46;evil.example/",
        ] {
            assert!(body(&format!("<a href=\"{foreign}\">${{hash}}</a>")).is_err(), "{foreign}");
            assert!(body(&format!("${{hash}} {foreign}")).is_err(), "{foreign}");
        }
        for hidden in [
            "www.evil.example",
            "https&#58;//evil.example",
            "https:&#47;&#47;evil.example",
            "www&#46;evil.example",
            "https&colon;//e",
        ] {
            assert!(body(&format!("${{hash}} {hidden}")).is_err(), "{hidden}");
        }
        let www = parse(&[("ALLOWED_ORIGINS", "https://www.website.example")]).unwrap();
        let sent = Sent {
            subject: None,
            body: "<a href=\"https://www.website.example/?a=b&hash=${hash}\">Tom &amp; Jerry & co</a>",
            from: None,
        };
        assert!(Definition::accept(&www, &sent, |html| Ok::<_, ()>(html.to_owned())).unwrap().is_ok());
        assert!(body("<a href=\"//evil.example\">${hash}</a>").is_err());
    }

    #[test]
    fn a_definition_has_the_link_and_nothing_that_is_unknown() {
        for (text, wrong) in [
            ("no link", "does not hold"),
            ("${hash} ${password}", "unknown `password`"),
            ("${hash} ${user.password_hash}", "unknown:"),
            ("${hash} ${", "unknown"),
            ("${hash} ${ user", "unknown"),
        ] {
            let said = body(text).expect_err(text);
            assert!(said.contains(wrong), "{text}: {said}");
        }
        assert!(body(&format!("${{hash}}{}", "x".repeat(LARGEST_BODY))).is_err());
        let subject = |subject| accept(&Sent { subject: Some(subject), body: "${hash}", from: None });
        assert!(subject("Hello ${user.name}").is_ok());
        assert!(subject("Your link: ${link}").is_err());
        assert!(subject("a\r\nBcc: b@example.com").is_err());
    }

    #[test]
    fn the_sender_is_a_configured_one() {
        let from = |from| accept(&Sent { subject: None, body: "${hash}", from: Some(from) });
        let application = application();
        assert_eq!(from("webmaster@website.example").unwrap().from(&application).name, "Webmaster");
        assert!(from("Somebody <HELP@website.example>").is_ok());
        assert!(from("noreply@example.com").is_ok(), "the usual one");
        for foreign in ["boss@website.example", "", "help@website.example, x@evil.example"] {
            assert!(from(foreign).is_err(), "{foreign}");
        }
    }
}
