//! The content and the headers of the mails.

use libtest_mimic::Trial;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory};
use serde_json::json;

use crate::support::{NEW, assert_mentions};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a mail has plain text and HTML, one recipient and the configured sender", flow!(format)),
        ("mail goes to the stored address and never to what was typed", flow!(stored_address)),
        ("a name with markup is escaped in the mail and reaches no header", flow!(escaped)),
        (
            "the notice of a reset reports the link, the time, the network and the sessions",
            flow!(notice),
        ),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: mails have the looks and the texts of the configuration", configured),
        trial("in process: mails have the texts of the application's templates", templates),
        trial("in process: a broken template is skipped and reported", broken_template),
    ]
}

async fn format(world: &World) {
    let peter = world.new_person().await;
    world.request_reset(json!({ "username": peter.username })).await;
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert_eq!(mail.recipients, [peter.address()]);
    assert_eq!(mail.to, [peter.address()]);
    assert_eq!(
        (mail.from.as_str(), mail.sender.as_str()),
        ("noreply@example.com", "noreply@example.com")
    );
    assert_mentions(&mail.subject, &["Example", "password"], "subject");
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert!(mail.header("Date").is_some() && mail.header("Message-ID").is_some());
    assert_eq!(mail.header("Bcc").or(mail.header("Cc")), None);
    let link = mail.link();
    assert!(mail.html.contains(&format!("href=\"{link}\"")), "{}", mail.html);
    for part in [&mail.text, &mail.html] {
        let promise = part
            .split(['.', '>'])
            .find(|sentence| sentence.contains("works once"))
            .unwrap_or_default();
        assert_mentions(promise, &["2 hours"], "the sentence that the link works once");
        assert_mentions(part, &["ignore this"], "what to do about an unexpected mail");
    }
}

async fn stored_address(world: &World) {
    let stored = Person::new();
    let stored = Person { email: Some(format!("Person{}@Mail.Example", stored.id)), ..stored };
    world.add(&stored).await;
    let typed = stored.address().to_uppercase();
    world.request_reset(json!({ "email": typed })).await;
    let mail = world.wait_for_mail(stored.address(), 1).await;
    assert_eq!(mail.recipients, [stored.address()]);
}

async fn escaped(world: &World) {
    let name = "<a href=x>Click</a> {{ link }}";
    let with_markup =
        Person { name: Some(name.replace("</a>", "").replace('=', "")), ..Person::new() };
    world.add(&with_markup).await;
    world.request_reset(json!({ "username": with_markup.username })).await;
    let mail = world.wait_for_mail(with_markup.address(), 1).await;
    assert!(mail.html.contains("&#60;a hrefx&#62;Click {{ link }}"), "{}", mail.html);
    assert_mentions(&mail.subject, &["Example", "password"], "subject");
    assert!(!mail.subject.contains("Click"), "{}", mail.subject);

    let advertising =
        Person { name: Some("Win at https://evil.example now".to_owned()), ..Person::new() };
    world.add(&advertising).await;
    world.request_reset(json!({ "username": advertising.username })).await;
    let mail = world.wait_for_mail(advertising.address(), 1).await;
    assert!(!mail.source.contains("evil.example"), "{}", mail.text);
}

async fn notice(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let mail = world.wait_for_mail(peter.address(), 2).await;
    assert_eq!(mail.recipients, [peter.address()]);
    assert!(
        mail.text.contains("UTC") && mail.text.contains("support@example.com"),
        "{}",
        mail.text
    );
    let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_mentions(
        &text,
        &["with a link that was sent to this email address", "All devices have been signed out."],
        "notice",
    );
    assert!(!mail.source.contains(&token));
}

async fn configured() {
    let (world, _) = in_memory(&[
        ("BRAND_COLOR", "#000,#fff"),
        ("LOGO_URL", "https://cdn.example.com/logo.png"),
        ("PRODUCT_URL", "https://www.example.com/"),
        ("NOTICE_MAIL_SUBJECT", "${application}: a new password"),
        ("NOTICE_MAIL_BODY", "<p>${what}</p><p>${sessions}</p><p>${advice}</p>"),
    ]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let mail = world.wait_for_mail(peter.address(), 1).await;
    for part in [
        "<a href=\"https://www.example.com/\"",
        "<img src=\"https://cdn.example.com/logo.png\" alt=\"Example\"",
        "bgcolor=\"#000000\"",
        "background: #ffffff !important",
    ] {
        assert!(mail.html.contains(part), "{part}: {}", mail.html);
    }
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let mail = world.wait_for_mail(peter.address(), 2).await;
    assert_eq!(mail.subject, "Example: a new password");
    assert!(mail.html.starts_with("<p>The password of your Example account was changed on "));
    assert!(mail.text.starts_with("Hello "), "{}", mail.text);
    assert_mentions(
        &mail.html,
        &["All devices have been signed out.", "support@example.com"],
        "notice",
    );
}

/// Returns a template whose parts begin with a word, and have these placeholders.
fn template(word: &str, placeholders: &str) -> String {
    let html = placeholders.replace(' ', "<br>");
    format!(
        "--- subject\n{word}\n--- text\n{word} {placeholders}\n--- html\n<p>{word}<br>{html}</p>"
    )
}

async fn templates() {
    let (world, memory) = in_memory(&[
        ("RESET_MAIL_BODY", "<p>${link}</p>"),
        ("NOTICE_MAIL_BODY", "<p>${what}</p><p>${advice}</p>"),
    ]);
    memory.set_template("default/link/en", &template("Link", "${user.name} ${link} ${lifetime}"));
    memory.set_template("default/link/de", &template("Deutsch", "${link}"));
    memory.set_template("default/links/en", &template("Links", "${links}"));
    memory.set_template("default/ambiguous/en", &template("Ambiguous", "${what} ${advice}"));
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert_eq!(mail.subject, "Link");
    let name = &peter.username;
    assert!(mail.text.starts_with(&format!("Link {name} ")) && mail.text.contains("2 hours"));
    assert!(mail.html.starts_with(&format!("<p>Link<br>{name}<br>")), "{}", mail.html);
    assert!(mail.text.contains(&token) && !memory.everything_stored().contains(&token));
    // There is no template of the notice, so that of the configuration applies.
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let mail = world.wait_for_mail(peter.address(), 2).await;
    assert!(mail.html.starts_with("<p>The password of your Example account"), "{}", mail.html);

    let german = Person { locale: Some("de".to_owned()), ..Person::new() };
    world.add(&german).await;
    world.request_reset(json!({ "username": german.username })).await;
    assert_eq!(world.wait_for_mail(german.address(), 1).await.subject, "Deutsch");

    let one = world.new_person().await;
    world.add(&Person { email: one.email.clone(), ..Person::new() }).await;
    world.request_reset(json!({ "email": one.address() })).await;
    assert_eq!(world.wait_for_mail(one.address(), 1).await.subject, "Ambiguous");
}

async fn broken_template() {
    let (world, memory) = in_memory(&[]);
    memory.set_template("default/link/en", &template("Broken", "${password}"));
    let peter = world.new_person().await;
    world.token_for(&peter).await;
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert_eq!(mail.subject, "Reset your Example password");
    memory.advance(std::time::Duration::from_secs(60)).await;
    let events = world.events(&peter).await;
    assert_eq!(events, ["render_refused: template_invalid", "link_sent"]);
}
