//! Parses a mail that a server caller defines for one request: checked against the application's senders and origins.

use crate::application::Application;
use crate::mail::custom_template::{
    CustomTemplate, KNOWN, LARGEST_BODY, LONGEST_SUBJECT, fill, mentions_link, unknown,
};

/// A mail as a server caller sends it.
pub struct MailTemplateInput<'a> {
    /// `subject`.
    pub subject: Option<&'a str>,
    /// `body`.
    pub body: &'a str,
    /// `from`.
    pub from: Option<&'a str>,
}

/// Takes a caller's definition. `clean` gives back what an allow-list of HTML leaves of the body. Says what is wrong.
pub fn parse<E>(
    application: &Application,
    sent: &MailTemplateInput<'_>,
    clean: impl FnOnce(&str) -> Result<String, E>,
) -> Result<Result<CustomTemplate, String>, E> {
    if let Err(wrong) = check(application, sent) {
        return Ok(Err(wrong));
    }
    let body = clean(sent.body)?;
    if let Err(wrong) = check_cleaned(application, &body) {
        return Ok(Err(wrong));
    }
    let from = sent.from.and_then(|from| application.mail.sender(from));
    Ok(Ok(CustomTemplate { subject: sent.subject.map(str::to_owned), body, from: from.cloned() }))
}

/// Checks what an allow-list left: that is what is mailed.
fn check_cleaned(application: &Application, body: &str) -> Result<(), String> {
    if body.len() > LARGEST_BODY {
        return Err(format!("`email.body` is longer than {LARGEST_BODY} bytes"));
    }
    if !has_plain_references(body) {
        return Err(
            "`email.body` holds a character reference that is none of &amp; &lt; &gt; &quot; &#39; &nbsp;".to_owned()
        );
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

fn check(application: &Application, sent: &MailTemplateInput<'_>) -> Result<(), String> {
    if sent.body.len() > LARGEST_BODY {
        return Err(format!("`email.body` is longer than {LARGEST_BODY} bytes"));
    }
    if sent.subject.is_some_and(|subject| subject.len() > LONGEST_SUBJECT || subject.chars().any(char::is_control)) {
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
    use crate::testing::{application as plain, mail_address};
    use crate::values::account::{Account, AccountId, Role};

    fn application() -> Application {
        let mut application = plain();
        application.origins.push("https://website.example".to_owned());
        application.mail.senders =
            ["Webmaster <webmaster@website.example>", "help@website.example"].map(mail_address).into();
        application
    }

    fn accept(sent: &MailTemplateInput<'_>) -> Result<CustomTemplate, String> {
        parse(&application(), sent, |html| Ok::<_, ()>(html.to_owned())).unwrap()
    }

    fn body(body: &str) -> Result<CustomTemplate, String> {
        accept(&MailTemplateInput { subject: None, body, from: None })
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
        let mut www = plain();
        www.origins.push("https://www.website.example".to_owned());
        let sent = MailTemplateInput {
            subject: None,
            body: "<a href=\"https://www.website.example/?a=b&hash=${hash}\">Tom &amp; Jerry & co</a>",
            from: None,
        };
        assert!(parse(&www, &sent, |html| Ok::<_, ()>(html.to_owned())).unwrap().is_ok());
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
        let subject = |subject| accept(&MailTemplateInput { subject: Some(subject), body: "${hash}", from: None });
        assert!(subject("Hello ${user.name}").is_ok());
        assert!(subject("Your link: ${link}").is_err());
        assert!(subject("a\r\nBcc: b@example.com").is_err());
    }

    #[test]
    fn the_sender_is_a_configured_one() {
        let from = |from| accept(&MailTemplateInput { subject: None, body: "${hash}", from: Some(from) });
        assert_eq!(from("webmaster@website.example").unwrap().from.unwrap().name, "Webmaster");
        assert!(from("Somebody <HELP@website.example>").is_ok());
        assert!(from("noreply@example.com").is_ok(), "the usual one");
        for foreign in ["boss@website.example", "", "help@website.example, x@evil.example"] {
            assert!(from(foreign).is_err(), "{foreign}");
        }
    }
}
