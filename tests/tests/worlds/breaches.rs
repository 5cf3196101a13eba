//! Passwords that are known from breaches.

use std::sync::Arc;

use libtest_mimic::Trial;
use relatch_memory::{Fault, Memory};
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::service_double::{Behaviour, ServiceDouble};
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, in_memory, request};
use serde_json::json;

use crate::pages::visitor::{Visitor, message};
use crate::support::{
    MINUTE, NEW, OTHER, assert_code, assert_link_works, fail_calls, log_line, take_verbs,
};

/// A password that every other rule accepts.
const BREACHED: &str = "violet harbor tree of lions";
/// Makes the check fail.
type Failure = fn(&Memory);
const ON: &[(&str, &str)] = &[("BREACHED_PASSWORDS", "on")];

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: a breached password is rejected in every call and form", rejected),
        trial("in process: breached passwords are accepted unless they are configured", off),
        trial(
            "in process: a query is sent for a valid link or session, and a password that the rules accept",
            order,
        ),
        trial("in process: a query has five digits of a hash, and its answer is kept", queries),
        trial("in process: a link, and a session, has twenty queries", limited),
        trial("in process: without an answer the password is accepted, with an event", failures),
        trial(
            "workerd: breached passwords are queried by their protocol, and its failures accept",
            on_workerd,
        ),
    ]
}

fn breaching() -> (World, std::rc::Rc<Memory>) {
    let (world, memory) = in_memory(ON);
    memory.breach(BREACHED);
    (world, memory)
}

fn assert_breached(response: &Response) {
    assert_code(response, 422, "password_rejected");
    assert_eq!(response.json()["reasons"], json!(["breached"]));
    assert_eq!(response.json().get("messages"), None);
}

async fn rejected() {
    let (world, _memory) = breaching();
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_breached(&world.confirm(&token, BREACHED).await);
    let twice = json!({ "first": BREACHED, "second": BREACHED });
    let body = json!({ "token": token, "plainPassword": twice }).to_string();
    assert_breached(&world.post("/password/reset/confirm", body).await);

    let session = world.open_session(&peter).await;
    assert_breached(&world.change_password(&session, &peter.password, BREACHED).await);

    let rest = json!({ "token": token, "new": BREACHED }).to_string();
    assert_breached(&world.send(request("PUT", "/api/v1/account/password", &rest)).await);
    let body = json!({ "reset_token": token, "password": BREACHED }).to_string();
    let flask = world.post("/api/auth/reset", body).await;
    assert_eq!(flask.status, 422);
    assert!(flask.json()["message"].as_str().unwrap().contains("breached"), "{flask:?}");
    let path = format!("/pub/applications/default/requests/resetpassword/{token}/commit");
    assert_breached(&world.post(&path, json!({ "password": BREACHED }).to_string()).await);

    let mut visitor = Visitor::new(&world);
    let form = visitor.open_link(&token).await;
    let page = visitor.submit_password(&form, BREACHED).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains(&message("reason.breached")), "{}", page.body);
    assert!(world.has_password(&peter, &peter.password).await);
    assert_link_works(&world, &token).await;
}

async fn off() {
    for changes in [&[][..], &[("BREACHED_PASSWORDS", "off")]] {
        let (world, memory) = in_memory(changes);
        memory.breach(BREACHED);
        let token = world.token_for(&world.new_person().await).await;
        let _before = take_verbs(&memory);
        assert_eq!(world.confirm(&token, BREACHED).await.status, 200);
        let verbs = take_verbs(&memory);
        assert!(!verbs.contains(&"breaches.range"), "{verbs:?}");
        assert!(!verbs.contains(&"mailboxes.count_call"), "{verbs:?}");
    }
}

async fn order() {
    let (world, memory) = breaching();
    let (peter, anna) = (world.new_person().await, world.new_person().await);
    let (used, valid) = (world.token_for(&anna).await, world.token_for(&peter).await);
    assert_eq!(world.confirm(&used, NEW).await.status, 200);
    let asked = |memory: &Memory| {
        let verbs = take_verbs(memory);
        verbs.iter().filter(|verb| **verb == "breaches.range").count()
    };
    assert_eq!(asked(&memory), 1);
    let forged = format!("{}AAAA{}", &valid[..50], &valid[54..]);
    let session = world.open_session(&peter).await;
    for (context, response) in [
        ("forged", world.confirm(&forged, BREACHED).await),
        ("used", world.confirm(&used, BREACHED).await),
        ("weak", world.confirm(&valid, "short").await),
        ("personal", world.confirm(&valid, &format!("{}12345", peter.username)).await),
        ("no session", world.change_password("unknown", &peter.password, BREACHED).await),
        ("weak", world.change_password(&session, &peter.password, "short").await),
        ("same", world.change_password(&session, &peter.password, &peter.password).await),
    ] {
        assert!(response.status >= 400, "{context}: {response:?}");
        assert_eq!(asked(&memory), 0, "{context}");
    }
    memory.advance(3 * 60 * MINUTE).await;
    assert_code(&world.confirm(&valid, BREACHED).await, 410, "link_expired");
    assert_eq!(asked(&memory), 0, "expired");
    let disabled = world.token_for(&peter).await;
    world.update_account(&peter, relatch_tests::world::AccountChange::Disabled(true)).await;
    assert_code(&world.confirm(&disabled, BREACHED).await, 410, "link_used");
    assert_eq!(asked(&memory), 0, "of an account that is disabled");
}

async fn queries() {
    let (world, memory) = breaching();
    let token = world.token_for(&world.new_person().await).await;
    let _before = memory.take_trace();
    assert_breached(&world.confirm(&token, BREACHED).await);
    let subjects = |memory: &Memory| -> Vec<String> {
        let trace = memory.take_trace().into_iter();
        trace.filter(|call| call.verb == "breaches.range").map(|call| call.subject).collect()
    };
    let [query] = <[String; 1]>::try_from(subjects(&memory)).unwrap();
    let prefix = query.strip_prefix("https://api.pwnedpasswords.com/range/").unwrap();
    assert!(prefix.len() == 5 && prefix.bytes().all(|digit| digit.is_ascii_hexdigit()), "{query}");
    // The same password costs no second query, by any link.
    assert_breached(&world.confirm(&token, BREACHED).await);
    let other = world.token_for(&world.new_person().await).await;
    assert_breached(&world.confirm(&other, BREACHED).await);
    assert_eq!(subjects(&memory), Vec::<String>::new());
}

async fn limited() {
    let (world, memory) = breaching();
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let passwords: Vec<String> = (0..25).map(|number| format!("{BREACHED} {number}")).collect();
    for password in &passwords {
        memory.breach(password);
    }
    let asked = |memory: &Memory| {
        let verbs = take_verbs(memory);
        verbs.iter().filter(|verb| **verb == "breaches.range").count()
    };
    let _before = take_verbs(&memory);
    // A query counts although it is not answered.
    fail_calls(&memory, "passwords.hash", Fault::Before);
    memory.set_range_answer(Some("<html>"));
    for password in &passwords[..3] {
        assert_code(&world.confirm(&token, password).await, 503, "unavailable");
    }
    memory.set_range_answer(None);
    memory.set_gate(None);
    for password in &passwords[3..20] {
        assert_breached(&world.confirm(&token, password).await);
    }
    assert_eq!(asked(&memory), 20);
    // Further ones are not sent, and no limit keeps the owner of the link from a reset. Ranges that
    // were read before still apply.
    assert_breached(&world.confirm(&token, &passwords[19]).await);
    assert_eq!(world.confirm(&token, &passwords[20]).await.status, 200);
    memory.advance(MINUTE).await;
    let event = "breach_check_failed: breaches_limited";
    assert!(world.events(&peter).await.contains(&event.to_owned()));

    assert_eq!(asked(&memory), 0);
    let session = world.open_session(&peter).await;
    for password in passwords.iter().rev().take(4) {
        assert_breached(&world.change_password(&session, &passwords[20], password).await);
    }
    for number in 0..18 {
        // A wrong old password is refused after the query.
        let password = format!("{OTHER} {number}");
        let response = world.change_password(&session, "not the old password", &password).await;
        assert!(matches!(response.status, 403 | 429), "{response:?}");
    }
    assert_eq!(asked(&memory), 20);
}

async fn failures() {
    let fault = |memory: &Memory| fail_calls(memory, "breaches.range", Fault::Before);
    let count = |memory: &Memory| fail_calls(memory, "mailboxes.count_call", Fault::Before);
    let html = |memory: &Memory| memory.set_range_answer(Some("<html>"));
    let empty = |memory: &Memory| memory.set_range_answer(Some(""));
    let failures: [(Failure, &str); 4] = [
        (fault, "breaches_unavailable"),
        (count, "breaches_unavailable"),
        (html, "breaches_invalid"),
        (empty, "breaches_invalid"),
    ];
    for (fail, detail) in failures {
        let (world, memory) = breaching();
        let peter = world.new_person().await;
        let token = world.token_for(&peter).await;
        fail(&memory);
        assert_eq!(world.confirm(&token, BREACHED).await.status, 200, "{detail}");
        let session = world.open_session(&peter).await;
        memory.breach(OTHER);
        let changed = world.change_password(&session, BREACHED, OTHER).await;
        assert_eq!(changed.status, 200, "{detail}: {changed:?}");
        memory.set_gate(None);
        memory.advance(MINUTE).await;
        let events = world.events(&peter).await;
        let event = format!("breach_check_failed: {detail}");
        assert_eq!(events.iter().filter(|line| **line == event).count(), 2, "{events:?}");
    }
    // A password that is not set has no event.
    let (world, memory) = breaching();
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    fail_calls(&memory, "breaches.range", Fault::Before);
    let session = world.open_session(&peter).await;
    let response = world.change_password(&session, "wrong", BREACHED).await;
    assert_code(&response, 403, "old_password_wrong");
    assert_code(&world.confirm(&token, "short").await, 422, "password_rejected");
    memory.advance(MINUTE).await;
    let events = world.events(&peter).await;
    assert!(!events.iter().any(|line| line.starts_with("breach_check_failed")), "{events:?}");
}

async fn on_workerd() {
    let service = ServiceDouble::start().await;
    service.breach(BREACHED);
    let url = service.url("/range");
    let workerd = Arc::new(Workerd::start(&[("BREACHED_PASSWORDS", &url)]));
    let world = World::Workerd(Arc::clone(&workerd));
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_breached(&world.confirm(&token, BREACHED).await);
    assert_breached(&world.confirm(&token, BREACHED).await);
    let received = service.take_received();
    assert_eq!(received.len(), 1, "the answer is kept: {received:?}");
    let prefix = received[0].path.strip_prefix("/range/").unwrap();
    assert_eq!((received[0].method.as_str(), prefix.len()), ("GET", 5), "{received:?}");
    assert_eq!(received[0].header("add-padding"), "true");
    let session = world.open_session(&peter).await;
    assert_breached(&world.change_password(&session, &peter.password, BREACHED).await);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_eq!(service.take_received().len(), 1);

    // A link has twenty queries, and then no more.
    let paula = world.new_person().await;
    let token = world.token_for(&paula).await;
    for number in 0..20 {
        let password = format!("{BREACHED} {number}");
        service.breach(&password);
        assert_breached(&world.confirm(&token, &password).await);
    }
    assert_eq!(service.take_received().len(), 20);
    let password = format!("{BREACHED} 20");
    service.breach(&password);
    assert_eq!(world.confirm(&token, &password).await.status, 200);
    assert_eq!(service.take_received().len(), 0);
    world.wait_for_event(&paula, "breach_check_failed: breaches_limited").await;

    for behaviour in Behaviour::WRONG {
        service.set(behaviour);
        let person = Person::new();
        world.add(&person).await;
        let token = world.token_for(&person).await;
        let password = format!("{BREACHED} {behaviour:?}");
        service.breach(&password);
        assert_eq!(world.confirm(&token, &password).await.status, 200, "{behaviour:?}");
        assert_eq!(service.take_received().len(), 1, "{behaviour:?}: no redirect is followed");
        world.wait_for_event(&person, "breach_check_failed: breaches_").await;
    }
    assert!(log_line(&workerd, &["breaches", "status 500"]), "{}", workerd.log());
    assert!(log_line(&workerd, &["breaches", "too large"]));
    assert!(log_line(&workerd, &["breaches", "status 302"]));
    workerd.shut_down();
}
