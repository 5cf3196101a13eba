//! What arrives in the mailbox.

use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::json;

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a mail is plain and HTML, to one recipient, from the configured sender, and answers nobody", flow!(form)),
        ("mail goes to the address on the account, never to what was typed", flow!(stored_address)),
        ("a name with markup is text in the mail, and in no header", flow!(escaped)),
        ("the notice says when, and whom to turn to", flow!(notice)),
    ]
}

async fn form(world: &World) {
    let peter = world.somebody().await;
    world.ask(json!({ "username": peter.username })).await;
    let mail = world.mail(peter.address(), 1).await;
    assert_eq!(mail.recipients, [peter.address()]);
    assert_eq!(mail.to, [peter.address()]);
    assert_eq!((mail.from.as_str(), mail.sender.as_str()), ("noreply@example.com", "noreply@example.com"));
    assert_eq!(mail.subject, "Reset your Example password");
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert!(mail.header("Date").is_some() && mail.header("Message-ID").is_some());
    assert_eq!(mail.header("Bcc").or(mail.header("Cc")), None);
    let link = mail.link();
    assert!(mail.html.contains(&format!("href=\"{link}\"")), "{}", mail.html);
    assert!(mail.text.contains("2 hours") && mail.html.contains("2 hours"));
    assert!(mail.text.contains("If you did not"));
}

async fn stored_address(world: &World) {
    let stored = Person::new();
    let stored = Person { email: Some(format!("Person{}@Mail.Example", stored.id)), ..stored };
    world.add(&stored).await;
    let typed = stored.address().to_uppercase();
    world.ask(json!({ "email": typed })).await;
    let mail = world.mail(stored.address(), 1).await;
    assert_eq!(mail.recipients, [stored.address()]);
}

async fn escaped(world: &World) {
    let name = "<a href=x>Click</a> {{ link }}";
    let sly = Person { name: Some(name.replace("</a>", "").replace('=', "")), ..Person::new() };
    world.add(&sly).await;
    world.ask(json!({ "username": sly.username })).await;
    let mail = world.mail(sly.address(), 1).await;
    assert!(mail.html.contains("&#60;a hrefx&#62;Click {{ link }}"), "{}", mail.html);
    assert_eq!(mail.subject, "Reset your Example password");

    let advertising = Person { name: Some("Win at https://evil.example now".to_owned()), ..Person::new() };
    world.add(&advertising).await;
    world.ask(json!({ "username": advertising.username })).await;
    let mail = world.mail(advertising.address(), 1).await;
    assert!(!mail.source.contains("evil.example"), "{}", mail.text);
}

async fn notice(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, "a quite new passphrase").await.status, 200);
    let mail = world.mail(peter.address(), 2).await;
    assert_eq!(mail.recipients, [peter.address()]);
    assert!(mail.text.contains("UTC") && mail.text.contains("support@example.com"), "{}", mail.text);
    assert!(!mail.source.contains(&token));
}
