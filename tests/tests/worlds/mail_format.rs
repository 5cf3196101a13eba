//! Pins the structure of every mail: headers and their order, parts, and where its link is. The
//! text may change.

use libtest_mimic::Trial;
use relatch_tests::mail::Mail;
use relatch_tests::person::Person;
use relatch_tests::trials::trial;
use relatch_tests::world::in_memory;
use serde_json::json;

use crate::support::NEW;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: the structure of the mail with the link is fixed", link),
        trial(
            "in process: a link is the configured URL in both parts, and nowhere else",
            configured_link,
        ),
        trial("in process: the structure of the ambiguous mail is fixed", ambiguous),
        trial("in process: the structure of the mail with several links is fixed", shared),
        trial("in process: the structure of the notice is fixed", notice),
    ]
}

/// Returns the headers with their values, in order. Folded lines are joined.
fn headers(mail: &Mail) -> Vec<(String, String)> {
    let (head, _) = mail.source.split_once("\r\n\r\n").expect("a header section");
    let head = head.replace("\r\n\t", " ").replace("\r\n ", " ").replace("  ", " ");
    let split = |line: &str| {
        line.split_once(": ").map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
    };
    head.split("\r\n").map(|line| split(line).expect("a header")).collect()
}

/// Asserts everything that all mails have in common, except their text.
#[track_caller]
fn assert_structure(mail: &Mail, to: &str) {
    let headers = headers(mail);
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Date",
            "Message-ID",
            "From",
            "To",
            "Subject",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "MIME-Version",
            "Content-Type"
        ]
    );
    let value = |name: &str| {
        headers.iter().find(|(header, _)| header == name).map_or("", |(_, value)| value)
    };
    assert_eq!(value("From"), "\"Example\" <noreply@example.com>");
    assert_eq!(value("To"), format!("<{to}>"));
    assert_eq!(
        (mail.sender.as_str(), mail.recipients.as_slice()),
        ("noreply@example.com", &[to.to_owned()][..])
    );
    assert_eq!(value("MIME-Version"), "1.0");
    assert_eq!(value("Auto-Submitted"), "auto-generated");
    assert_eq!(value("X-Auto-Response-Suppress"), "All");
    assert!(value("Date").starts_with("Fri, 20 Nov 2026 12:00:0"), "{}", value("Date"));
    assert!(value("Date").ends_with(" +0000"), "{}", value("Date"));
    // The Message-ID and the boundary share 16 bytes, in base64url.
    let stamp =
        value("Message-ID").strip_prefix('<').and_then(|id| id.strip_suffix("@example.com>"));
    let stamp = stamp.expect("a Message-ID of the sender's domain");
    assert!(
        stamp.len() == 22
            && stamp.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    );
    let boundary = format!("relatch-{stamp}");
    assert_eq!(value("Content-Type"), format!("multipart/alternative; boundary=\"{boundary}\""));
    // Two parts, then the end.
    let (_, body) = mail.source.split_once("\r\n\r\n").expect("a body");
    let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.len(), parts[3].trim()), (4, "--"));
    for (part, kind) in parts[1..3].iter().zip(["text/plain", "text/html"]) {
        let (head, _) = part.trim_start().split_once("\r\n\r\n").expect("the headers of a part");
        let lines: Vec<&str> = head.split("\r\n").collect();
        assert_eq!(lines[0], format!("Content-Type: {kind}; charset=\"utf-8\""));
        assert!(
            lines[1].starts_with("Content-Transfer-Encoding: ") && lines.len() == 2,
            "{lines:?}"
        );
    }
}

#[track_caller]
fn assert_no_link(mail: &Mail) {
    for part in [&mail.text, &mail.html] {
        assert!(
            !part.contains("http") && !part.contains("href") && !part.contains("token"),
            "{part}"
        );
    }
}

async fn link() {
    let (world, _memory) = in_memory(&[]);
    let peter = world.new_person().await;
    world.request_reset(json!({ "username": peter.username })).await;
    assert_structure(&world.wait_for_mail(peter.address(), 1).await, peter.address());
}

async fn configured_link() {
    for (changes, before, after) in [
        (&[][..], "http://localhost/password/reset?token=", ""),
        (
            &[("PUBLIC_URL", "http://id.localhost:8787")],
            "http://id.localhost:8787/password/reset?token=",
            "",
        ),
        (
            &[("LINK_URL", "https://app.example.com/a?b=c#t={token}&d")],
            "https://app.example.com/a?b=c#t=",
            "&d",
        ),
    ] {
        let (world, _memory) = in_memory(changes);
        let peter = world.new_person().await;
        world.request_reset(json!({ "username": peter.username })).await;
        let mail = world.wait_for_mail(peter.address(), 1).await;
        let link = mail.link();
        let token = link
            .strip_prefix(before)
            .and_then(|link| link.strip_suffix(after))
            .expect("the configured URL");
        assert_eq!(token.len(), 95);
        assert_eq!((mail.text.matches("http").count(), mail.text.matches(token).count()), (1, 1));
        let html = mail.html.replace("&#38;", "&").replace("&amp;", "&");
        assert_eq!(html.matches(&format!("href=\"{link}\"")).count(), 1, "{html}");
        assert_eq!(html.matches("http").count(), html.matches(&link).count(), "{html}");
        assert_eq!(html.matches("href").count(), 1, "{html}");
    }
}

/// Returns the mail to a mailbox that two accounts share, after its structure was checked.
async fn mail_to_shared_mailbox(variables: &[(&str, &str)]) -> Mail {
    let (world, _memory) = in_memory(variables);
    let one = Person::new();
    let other = Person { email: one.email.clone(), ..Person::new() };
    world.add(&one).await;
    world.add(&other).await;
    world.request_reset(json!({ "email": one.address() })).await;
    let mail = world.wait_for_mail(one.address(), 1).await;
    assert_structure(&mail, one.address());
    mail
}

async fn ambiguous() {
    assert_no_link(&mail_to_shared_mailbox(&[]).await);
}

async fn shared() {
    let mail = mail_to_shared_mailbox(&[("SHARED_MAILBOX", "links")]).await;
    let words = mail.text.split_whitespace();
    let links: Vec<&str> = words.filter(|word| word.starts_with("http")).collect();
    assert_eq!((links.len(), mail.text.matches("http").count()), (2, 2));
    for link in links {
        let token = link.strip_prefix("http://localhost/password/reset?token=").unwrap_or_default();
        assert_eq!(token.len(), 95);
        assert_eq!(mail.html.matches(&format!("href=\"{link}\"")).count(), 1, "{}", mail.html);
    }
    assert_eq!((mail.html.matches("http").count(), mail.html.matches("href").count()), (4, 2));
}

async fn notice() {
    let (world, _memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let mail = world.wait_for_mail(peter.address(), 2).await;
    assert_structure(&mail, peter.address());
    assert_no_link(&mail);
    assert!(!mail.source.contains(&token));
}
