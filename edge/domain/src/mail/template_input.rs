//! Parses the template that a server caller defines for one request, against the senders and
//! origins of the application.

use crate::application::Application;
use crate::mail::custom_template::{
    CustomTemplate, KNOWN, MAX_BODY_BYTES, MAX_SUBJECT_LENGTH, fill, mentions_link, unknown,
};
use crate::mail::foreign_links;

/// The template as a server caller sends it.
pub struct MailTemplateInput<'a> {
    /// The field `subject`.
    pub subject: Option<&'a str>,
    /// The field `body`.
    pub body: &'a str,
    /// The field `from`.
    pub from: Option<&'a str>,
    /// The field `replyTo`.
    pub reply_to: Option<&'a str>,
}

/// Parses the template. `clean` returns what an allow-list of HTML leaves of the body.
///
/// # Errors
///
/// The outer error is that of `clean`; the inner one says what is wrong with which field.
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
    let subject = sent.subject.map(str::to_owned);
    Ok(Ok(CustomTemplate { subject, body, text: None, from: from.cloned() }))
}

/// Checks the body that the allow-list has left, because that is what is mailed.
fn check_cleaned(application: &Application, body: &str) -> Result<(), String> {
    if body.len() > MAX_BODY_BYTES {
        return Err(format!("`email.body` must have at most {MAX_BODY_BYTES} bytes"));
    }
    if !has_plain_references(body) {
        return Err(
            "`email.body` may contain only the character references &amp; &lt; &gt; &quot; &#39; &nbsp;".to_owned()
        );
    }
    if let Some(link) = foreign_links::in_html(application, body) {
        return Err(leads_away("body", &link));
    }
    if !mentions_link(body) {
        return Err("`email.body` must contain `${hash}` outside of removed HTML".to_owned());
    }
    let filled = fill(body, |name| KNOWN.contains(&name).then(String::new));
    filled.map(drop).map_err(|name| format!("`email.body` {}", unknown(&name)))
}

fn check(application: &Application, sent: &MailTemplateInput<'_>) -> Result<(), String> {
    if sent.body.len() > MAX_BODY_BYTES {
        return Err(format!("`email.body` must have at most {MAX_BODY_BYTES} bytes"));
    }
    if sent.subject.is_some_and(|subject| {
        subject.len() > MAX_SUBJECT_LENGTH || subject.chars().any(char::is_control)
    }) {
        return Err(format!(
            "`email.subject` must be one line of at most {MAX_SUBJECT_LENGTH} bytes"
        ));
    }
    if sent.subject.is_some_and(mentions_link) {
        return Err("`email.subject` must not contain the link".to_owned());
    }
    if let Some(link) =
        sent.subject.and_then(|subject| foreign_links::in_text(application, subject))
    {
        return Err(leads_away("subject", &link));
    }
    let mail = &application.mail;
    let Some(sender) = sent.from.map_or(Some(&mail.from), |from| mail.sender(from)) else {
        return Err("`email.from` must be one of the configured senders".to_owned());
    };
    if sent.reply_to.is_some_and(|to| !mail.receives_replies(to, sender)) {
        return Err("`email.replyTo` must be the address to which replies go".to_owned());
    }
    for (field, text) in [("body", Some(sent.body)), ("subject", sent.subject)] {
        let filled = fill(text.unwrap_or_default(), |name| KNOWN.contains(&name).then(String::new));
        filled.map_err(|name| format!("`email.{field}` {}", unknown(&name)))?;
    }
    Ok(())
}

/// Returns whether every character reference is one that no URL needs. Any other reference can make
/// a URL look different in the source and in a browser.
fn has_plain_references(html: &str) -> bool {
    html.split('&').skip(1).all(|after| {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;", "nbsp;"]
            .iter()
            .any(|known| after.starts_with(known));
        let name = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        known || !(after.starts_with('#') || name.starts_with(';'))
    })
}

/// Returns the error about a text that a mail program would make a foreign link of.
fn leads_away(field: &str, link: &str) -> String {
    let shown: String = link.chars().take(80).collect();
    format!(
        "`email.{field}` contains {shown}, which mail programs make a link of and which does not \
         lead to the application; remove it, or put a blank after the dot"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::custom_template::LinkValues;
    use crate::testing::{application as plain, mail_address};
    use crate::values::account::{Account, AccountId, Role};

    fn application() -> Application {
        let mut application = plain();
        application.origins.push("https://website.example".to_owned());
        application.mail.senders =
            ["Webmaster <webmaster@website.example>", "help@website.example"]
                .map(mail_address)
                .into();
        application
    }

    fn accept(sent: &MailTemplateInput<'_>) -> Result<CustomTemplate, String> {
        parse(&application(), sent, |html| Ok::<_, ()>(html.to_owned())).unwrap()
    }

    fn body(body: &str) -> Result<CustomTemplate, String> {
        accept(&MailTemplateInput { subject: None, body, from: None, reply_to: None })
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
            verified: true,
            locale: None,
        }
    }

    fn values(account: &Account) -> LinkValues<'_> {
        LinkValues {
            account,
            token: "TOKEN",
            link: "LINK",
            lifetime: "2 hours",
            expires_at: "20 November, 14:00 UTC",
        }
    }

    #[test]
    fn a_placeholder_is_replaced_by_text_never_by_html() {
        let definition =
            body("<a href=\"https://website.example/?hash=${hash}\">${user.name}</a>").unwrap();
        let html = definition.html(&values(&account("<b>\"o\" & ${hash}"))).unwrap();
        assert!(html.starts_with("<a href=\"https://website.example/?hash=TOKEN\">&#"), "{html}");
        assert!(!html.contains("<b>") && html.contains("${hash}"), "{html}");
    }

    #[test]
    fn a_template_links_only_to_the_origins_of_the_application() {
        for good in [
            "https://website.example",
            "https://website.example/a?",
            "https://accounts.example.com/",
        ] {
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
            reply_to: None,
        };
        assert!(parse(&www, &sent, |html| Ok::<_, ()>(html.to_owned())).unwrap().is_ok());
        assert!(body("<a href=\"//evil.example\">${hash}</a>").is_err());
    }

    #[test]
    fn text_that_mail_programs_make_a_link_of_is_rejected() {
        for away in [
            "Sign in at evil-login.com/reset now",
            "write to support@evil.com",
            "http:\\\\evil.com",
            "https:<b></b>//evil.com",
            "ftp.evil.com",
            "//evil.com",
            "call tel:+19005550199",
            "evil\u{ff0e}com",
        ] {
            let said = body(&format!("${{hash}} {away}")).expect_err(away);
            assert!(said.contains("make a link of"), "{said}");
        }
        for fine in [
            "Your shop has a new password page.",
            "Version 2.0 is here, e.g. for Dr. J. R. Smith. Thank you!",
            "Sign in at website.example or ask help@website.example.",
        ] {
            assert!(body(&format!("${{hash}} {fine}")).is_ok(), "{fine}");
        }
        let subject = |subject| {
            accept(&MailTemplateInput {
                subject: Some(subject),
                body: "${hash}",
                from: None,
                reply_to: None,
            })
        };
        for away in ["Visit https://evil.com now", "Sign in at evil.com", "a@evil.com"] {
            assert!(subject(away).is_err(), "{away}");
        }
        assert!(subject("Your password at website.example").is_ok());
    }

    #[test]
    fn a_name_that_is_or_becomes_a_link_is_left_out() {
        let input = MailTemplateInput {
            subject: Some("For ${user.name}"),
            body: "${hash} Hello ${user.name}.",
            from: None,
            reply_to: None,
        };
        let definition = accept(&input).unwrap();
        let filled = |name: &str| {
            let account = account(name);
            let html = definition.html(&values(&account)).unwrap();
            (definition.subject(&values(&account)).unwrap(), html)
        };
        let named = ("For Ada B.".to_owned(), "TOKEN Hello Ada B..".to_owned());
        assert_eq!(filled("Ada B."), named);
        let unnamed = ("For ".to_owned(), "TOKEN Hello .".to_owned());
        for name in ["evil.com", "a@evil.com", "https://evil.com"] {
            assert_eq!(filled(name), unnamed, "{name}");
        }
        let glued = CustomTemplate::configured(
            Some("${user.name}.com".to_owned()),
            "${hash} ${user.name}<b>.com</b>".to_owned(),
        )
        .unwrap();
        assert_eq!(glued.subject(&values(&account("evil"))).as_deref(), Some(".com"));
        let html = glued.html(&values(&account("evil"))).unwrap();
        assert_eq!(html, "TOKEN <b>.com</b>");
    }

    #[test]
    fn a_template_may_say_how_long_its_link_works() {
        let template = CustomTemplate::configured(
            Some("For ${lifetime}".to_owned()),
            "${link} until ${expires}".to_owned(),
        )
        .unwrap()
        .with_text("${link} ${user.name}\n${lifetime} <b>".to_owned())
        .unwrap();
        let account = account("O'Neill & Co");
        let values = values(&account);
        assert_eq!(template.subject(&values).as_deref(), Some("For 2 hours"));
        let html = template.html(&values).unwrap();
        assert_eq!(html, "LINK until 20 November, 14:00 UTC");
        assert_eq!(template.text(&values).unwrap(), "LINK O'Neill & Co\n2 hours <b>");
        let rejected = |text: &str| template.clone().with_text(text.to_owned()).is_err();
        assert!(rejected("no link") && rejected("${link} ${password}") && !rejected("${hash}"));
    }

    #[test]
    fn a_template_has_the_link_and_only_known_placeholders() {
        for (text, wrong) in [
            ("no link", "must contain"),
            ("${hash} ${password}", "unknown placeholder `password`"),
            ("${hash} ${user.password_hash}", "unknown placeholder;"),
            ("${hash} ${", "unknown"),
            ("${hash} ${ user", "unknown"),
        ] {
            let message = body(text).expect_err(text);
            assert!(message.contains(wrong), "{text}: {message}");
        }
        assert!(body(&format!("${{hash}}{}", "x".repeat(MAX_BODY_BYTES))).is_err());
        let subject = |subject| {
            accept(&MailTemplateInput {
                subject: Some(subject),
                body: "${hash}",
                from: None,
                reply_to: None,
            })
        };
        assert!(subject("Hello ${user.name}").is_ok());
        assert!(subject("Your link: ${link}").is_err());
        assert!(subject("a\r\nBcc: b@example.com").is_err());
    }

    #[test]
    fn the_sender_is_one_of_the_configured_senders() {
        let from = |from| {
            accept(&MailTemplateInput {
                subject: None,
                body: "${hash}",
                from: Some(from),
                reply_to: None,
            })
        };
        assert_eq!(from("webmaster@website.example").unwrap().from.unwrap().name, "Webmaster");
        assert!(from("Help <HELP@website.example>").is_ok());
        assert!(from("noreply@example.com").is_ok(), "the default sender");
        for foreign in ["boss@website.example", "", "help@website.example, x@evil.example"] {
            assert!(from(foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn replies_go_where_the_configuration_says() {
        let reply_to = |application: &Application, from: Option<&str>, to: &str| {
            let sent =
                MailTemplateInput { subject: None, body: "${hash}", from, reply_to: Some(to) };
            parse(application, &sent, |html| Ok::<_, ()>(html.to_owned())).unwrap()
        };
        let other = Some("help@website.example");
        let mut application = application();
        assert!(reply_to(&application, None, "NoReply@example.com").is_ok(), "the default sender");
        assert!(reply_to(&application, other, "Help@website.example").is_ok(), "its own sender");
        assert!(reply_to(&application, other, "noreply@example.com").is_err(), "another sender");
        application.mail.reply_to = Some(mail_address("Support <support@example.com>"));
        for from in [None, other] {
            assert!(reply_to(&application, from, "support@example.com").is_ok());
            for foreign in ["noreply@example.com", "help@website.example", "", "x@evil.example"] {
                let wrong = reply_to(&application, from, foreign).expect_err(foreign);
                assert_eq!(wrong, "`email.replyTo` must be the address to which replies go");
            }
        }
    }
}
