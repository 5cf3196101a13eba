//! Checking and confirming a link.

use libtest_mimic::Trial;
use relatch::Reason;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory};
use serde_json::json;

use crate::support::{MINUTE, NEW, OTHER, assert_code};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a check returns the expiry and never uses the link", flow!(check)),
        ("a used link is rejected for every other password", flow!(used)),
        ("a confirm repeated with the same password succeeds, five times", flow!(repeated)),
        ("a rejected password does not use the link", flow!(rejected_password)),
        (
            "a password made of the account's own names is rejected as personal",
            flow!(personal_password),
        ),
        ("a reset to the password in force goes through and uses the link", flow!(same_password)),
        ("a password given twice must be the same both times", flow!(given_twice)),
        ("a reset ends every session of the account and none of another", flow!(sessions)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![trial("in process: a confirm cannot be repeated after ten minutes", repeat_window)]
}

async fn check(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for _ in 0..3 {
        let response = world.check(&token).await;
        assert_eq!(response.status, 200, "{response:?}");
        assert!(response.json()["expires_at"].as_str().unwrap().starts_with("20"));
    }
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let response = world.check(&token).await;
    assert_code(&response, 410, "link_used");
}

async fn used(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let response = world.confirm(&token, OTHER).await;
    assert_code(&response, 410, "link_used");
    assert!(world.has_password(&peter, NEW).await);
}

async fn repeated(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let first = world.confirm(&token, NEW).await;
    assert_eq!(first.status, 200);
    for _ in 0..5 {
        assert_eq!(world.confirm(&token, NEW).await, first);
    }
    let response = world.confirm(&token, NEW).await;
    assert_code(&response, 410, "link_used");
    world.wait_for_mail(peter.address(), 2).await;
    world.drain().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 2, "one link, one notice");
}

async fn rejected_password(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for (password, reason) in
        [("short", "too_short"), ("123456789012345", "common"), (&"x9".repeat(100), "too_long")]
    {
        let response = world.confirm(&token, password).await;
        assert_code(&response, 422, "password_rejected");
        let reasons = response.json()["reasons"].clone();
        assert!(reasons.as_array().unwrap().contains(&json!(reason)), "{password}: {reasons}");
    }
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn personal_password(world: &World) {
    let ada = Person { name: Some("Ada Lovelace".to_owned()), ..Person::new() };
    world.add(&ada).await;
    let token = world.token_for(&ada).await;
    let response = world.confirm(&token, &format!("{} lovelace", ada.username)).await;
    assert_eq!(response.status, 422, "{response:?}");
    assert_eq!(response.json()["reasons"], json!([Reason::Personal.as_str()]));
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn same_password(world: &World) {
    let peter = Person { password: NEW.to_owned(), ..Person::new() };
    world.add(&peter).await;
    world.add_session(&peter, "phone").await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&peter, NEW).await);
    assert_eq!(world.session_count(&peter).await, 0);
    assert_code(&world.check(&token).await, 410, "link_used");
    // The mail with the link, and the notice of the change.
    world.wait_for_mail(peter.address(), 2).await;
}

async fn given_twice(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let twice = async |first: &str, second: &str| {
        let body = json!({ "token": token, "plainPassword": { "first": first, "second": second } });
        world.post("/password/reset/confirm", body.to_string()).await
    };
    let response = twice(NEW, OTHER).await;
    assert_eq!((response.status, response.json()["reasons"].clone()), (422, json!(["mismatch"])));
    assert_eq!(twice(NEW, NEW).await.status, 200);
    assert!(world.has_password(&peter, NEW).await);
}

async fn sessions(world: &World) {
    let (peter, john) = (world.new_person().await, world.new_person().await);
    for device in ["phone", "laptop"] {
        world.add_session(&peter, device).await;
        world.add_session(&john, device).await;
    }
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, "short").await.status, 422);
    assert_eq!(world.session_count(&peter).await, 2, "a rejected password ends no session");
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_eq!((world.session_count(&peter).await, world.session_count(&john).await), (0, 2));
}

async fn repeat_window() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(9 * MINUTE).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(2 * MINUTE).await;
    assert_eq!(world.confirm(&token, NEW).await.code(), "link_used");

    let john = world.new_person().await;
    let token = world.token_for(&john).await;
    memory.advance(119 * MINUTE).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(5 * MINUTE).await;
    assert_eq!(
        world.confirm(&token, NEW).await.status,
        200,
        "the repeat after the link has expired"
    );
    assert_eq!(world.confirm(&token, OTHER).await.code(), "link_used");
}
