//! Requests for a reset mail: who gets one, and the limits.

use std::time::Duration;

use libtest_mimic::Trial;
use relatch_domain::values::account::Role;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, reconfigured, request};
use serde_json::json;

use crate::support::{MINUTE, NEW, assert_code};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "an address or a user name is accepted, in any case and with spaces around",
            flow!(identifiers),
        ),
        (
            "a mailbox of several accounts gets the ambiguous mail, and by user name a link",
            flow!(shared_mailbox),
        ),
        (
            "an account that may not be reset by mail gets none, and an event has the reason",
            flow!(ineligible),
        ),
        (
            "a second request soon after the first sends no second mail and gets the same response",
            flow!(interval),
        ),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: a mailbox gets three links in 30 minutes and ten a day, not counting notices",
            limits,
        ),
        trial(
            "in process: an address that sends too many requests is rejected with a time to wait",
            address_limit,
        ),
        trial("in process: administrators can reset if the configuration allows it", admins),
    ]
}

async fn identifiers(world: &World) {
    for field in ["identifier", "username", "email"] {
        let one = world.new_person().await;
        let typed = format!("  {} ", one.address().to_uppercase());
        assert_eq!(world.request_reset(json!({ field: typed })).await.status, 200);
        world.wait_for_mail(one.address(), 1).await;
        let other = world.new_person().await;
        if field == "email" {
            let response = world.request_reset(json!({ field: other.username })).await;
            assert_code(&response, 400, "request_invalid");
            continue;
        }
        assert_eq!(
            world.request_reset(json!({ field: other.username.to_uppercase() })).await.status,
            200
        );
        world.wait_for_mail(other.address(), 1).await;
    }
}

async fn shared_mailbox(world: &World) {
    let one = world.new_person().await;
    let two = Person { email: one.email.clone(), ..Person::new() };
    world.add(&two).await;
    world.request_reset(json!({ "email": one.address() })).await;
    let mail = world.wait_for_mail(one.address(), 1).await;
    assert!(mail.text.to_lowercase().contains("several accounts"), "{}", mail.text);
    assert!(!mail.has_link());

    let three = world.new_person().await;
    let four = Person { email: three.email.clone(), ..Person::new() };
    world.add(&four).await;
    let token = world.token_for(&four).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&four, NEW).await);
    assert!(world.has_password(&three, &three.password).await);
}

async fn ineligible(world: &World) {
    let people = [
        (Person { disabled: true, ..Person::new() }, "disabled"),
        (Person { role: Role::Machine, ..Person::new() }, "machine"),
        (Person { role: Role::Admin, ..Person::new() }, "admin"),
        (Person { email: None, ..Person::new() }, "no_email"),
        (Person { has_password: false, ..Person::new() }, "no_password"),
    ];
    for (person, _) in &people {
        world.add(person).await;
        assert_eq!(world.request_reset(json!({ "username": person.username })).await.status, 200);
    }
    for (person, reason) in &people {
        world.wait_for_event(person, &format!("request_refused: {reason}")).await;
        assert!(person.email.is_none() || world.mails_to(person.address()).await.is_empty());
    }
}

async fn interval(world: &World) {
    let peter = world.new_person().await;
    let first = world.request_reset(json!({ "username": peter.username })).await;
    world.wait_for_mail(peter.address(), 1).await;
    let second = world.request_reset(json!({ "email": peter.address() })).await;
    assert_eq!(first, second);
    world.wait_for_event(&peter, "request_limited").await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1);
}

async fn limits() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let links_after_request = async || {
        world.request_reset(json!({ "username": peter.username })).await;
        memory.advance(Duration::from_secs(2)).await;
        world.mails_to(peter.address()).await.iter().filter(|mail| mail.has_link()).count()
    };
    assert_eq!(links_after_request().await, 1);
    let token = world.mails_to(peter.address()).await[0].token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(2 * MINUTE).await;
    assert_eq!(links_after_request().await, 2);
    for expected in [3, 4, 4] {
        memory.advance(2 * MINUTE).await;
        assert_eq!(
            links_after_request().await,
            expected,
            "three within 30 minutes; the completed reset and its notice do not count"
        );
    }
    memory.advance(26 * MINUTE).await;
    assert_eq!(links_after_request().await, 5);
    for expected in 6..=11 {
        memory.advance(31 * MINUTE).await;
        assert_eq!(links_after_request().await, expected);
    }
    memory.advance(31 * MINUTE).await;
    assert_eq!(links_after_request().await, 11, "ten within a day, while a link is usable");
    memory.advance(20 * 60 * MINUTE).await;
    assert_eq!(links_after_request().await, 12);
}

async fn address_limit() {
    let (world, memory) = in_memory(&[]);
    memory.set_request_limit(30);
    let request_from = async |address: &str| {
        let mut request = request("POST", "/password/reset/request", r#"{"username": "unknown"}"#);
        request.headers_mut().insert("cf-connecting-ip", address.parse().unwrap());
        world.send(request).await
    };
    for host in 0..30 {
        assert_eq!(request_from(&format!("2001:db8:9:9::{host:x}")).await.status, 200);
    }
    let response = request_from("2001:db8:9:9:ffff::1").await;
    assert_code(&response, 429, "too_many_requests");
    assert_eq!(response.header("retry-after"), Some("60"));
    assert_eq!(request_from("2001:db8:9:a::1").await.status, 200);
}

async fn admins() {
    let (world, memory) = in_memory(&[("ALLOW_ADMINS", "true")]);
    let root = Person { role: Role::Admin, ..Person::new() };
    world.add(&root).await;
    let token = world.token_for(&root).await;
    let disallowed = reconfigured(&memory, &[]);
    for response in [disallowed.check(&token).await, disallowed.confirm(&token, NEW).await] {
        assert_code(&response, 410, "link_used");
    }
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}
