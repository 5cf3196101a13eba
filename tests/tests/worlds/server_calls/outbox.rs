//! `/server/outbox` and `/server/retry`: the mails that wait, and an attempt at once.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_domain::mail::failure::MailFailure;
use relatch_memory::Fault;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, in_memory};
use serde_json::{Value, json};

use super::operator::get;
use super::{account_body, call};
use crate::support::{MINUTE, NEW, assert_code, fail_calls};

const SECOND: Duration = Duration::from_secs(1);

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![("an outbox without mails is empty, and an unknown account is reported", flow!(empty))]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: a waiting mail is shown with its failure, and sent once by a retry",
            retried,
        ),
        trial(
            "in process: a mail that may have been delivered is not attempted at once",
            unanswered,
        ),
        trial("in process: retries of an account are limited and each is an attempt", limited),
        trial("in process: a waiting notice of a signed-in change is shown and retried", notice),
        trial("workerd: a mail that waits for the mail server is sent by a retry", workerd),
    ]
}

async fn mails_of(world: &World, person: &Person) -> Vec<Value> {
    let response = call(world, "/server/outbox", account_body(person)).await;
    assert_eq!(response.status, 200, "{response:?}");
    response.json()["mails"].as_array().cloned().unwrap()
}

async fn retry(world: &World, person: &Person) -> Value {
    let response = call(world, "/server/retry", account_body(person)).await;
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

async fn empty(world: &World) {
    let peter = world.new_person().await;
    let _token = world.token_for(&peter).await;
    world.wait_for_event(&peter, "link_sent").await;
    let none = json!({ "mails": [] });
    for path in [
        format!("/server/outbox?account={}", peter.id),
        format!("/server/outbox?username={}", peter.username),
        format!("/server/outbox?email={}", peter.address()),
    ] {
        let response = get(world, &path).await;
        assert_eq!((response.status, response.json()), (200, none.clone()), "{path}");
    }
    assert_eq!(retry(world, &peter).await, json!({ "retried": 0, "mails": [] }));
    world.wait_for_event(&peter, "server_outbox: main").await;
    world.wait_for_event(&peter, "server_retry: main").await;
    let unknown = Person::new();
    for path in ["/server/outbox", "/server/retry"] {
        for body in [
            account_body(&unknown),
            json!({ "username": unknown.username }),
            json!({ "email": unknown.address() }),
        ] {
            assert_code(&call(world, path, body).await, 404, "account_unknown");
        }
    }
    for query in ["", "?account=", "?account=1&email=a@mail.example", "?id=1", "?email=a"] {
        let response = get(world, &format!("/server/outbox{query}")).await;
        assert_code(&response, 400, "request_invalid");
    }
}

async fn retried() {
    let (world, memory) = in_memory(&[]);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    memory.fail_mail(Some(MailFailure::ConnectFailed));
    world.request_reset(json!({ "username": peter.username })).await;
    memory.advance(5 * MINUTE).await;
    let mails = mails_of(&world, &peter).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let mail = &mails[0];
    assert_eq!(
        (&mail["mail"], &mail["accounts"]),
        (&json!("link"), &json!([peter.id.to_string()]))
    );
    assert_eq!(
        (&mail["last_code"], &mail["may_be_delivered"]),
        (&json!("connect_failed"), &json!(false))
    );
    let attempts = mail["attempts"].as_u64().unwrap();
    assert!((3..8).contains(&attempts), "{mail}");
    assert!(mail["next_attempt"].as_str().unwrap() > memory.time().rfc3339().as_str(), "{mail}");
    assert!(mail["added"].as_str().unwrap().starts_with("2026-11-20T12:00:0"), "{mail}");
    // By the address of the mailbox as well. Neither a name nor an address is in the response.
    let named = call(&world, "/server/outbox", json!({ "email": peter.address() })).await;
    assert_eq!(named.json()["mails"], json!(mails));
    assert!(!named.body.contains(peter.address()) && !named.body.contains(&peter.username));
    assert!(mails_of(&world, &john).await.is_empty());

    let answer = retry(&world, &peter).await;
    assert_eq!(
        (&answer["retried"], &answer["mails"][0]["next_attempt"]),
        (&json!(1), &json!(memory.time().rfc3339()))
    );
    memory.advance(SECOND).await;
    let mails = mails_of(&world, &peter).await;
    assert_eq!(mails[0]["attempts"], json!(attempts + 1), "the retry is an attempt");
    assert!(
        mails[0]["next_attempt"].as_str().unwrap() > memory.time().after(MINUTE).rfc3339().as_str()
    );
    memory.fail_mail(None);
    assert_eq!(retry(&world, &peter).await["retried"], json!(1));
    assert_eq!(retry(&world, &peter).await["retried"], json!(0), "it is due already");
    memory.advance(SECOND).await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1);
    assert!(mails_of(&world, &peter).await.is_empty());
    memory.advance(3 * 60 * MINUTE).await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1);
    let events = world.events(&peter).await;
    assert_eq!(events.iter().filter(|event| *event == "link_sent").count(), 1, "{events:?}");
}

async fn unanswered() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    fail_calls(&memory, "mailer.send", Fault::After);
    world.request_reset(json!({ "username": peter.username })).await;
    memory.advance(SECOND).await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1);
    let mails = mails_of(&world, &peter).await;
    assert_eq!(mails[0]["may_be_delivered"], json!(true));
    memory.set_gate(None);
    let answer = retry(&world, &peter).await;
    assert_eq!((&answer["retried"], &answer["mails"]), (&json!(0), &json!(mails)));
    memory.advance(2 * SECOND).await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1);
}

async fn limited() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    memory.fail_mail(Some(MailFailure::ConnectFailed));
    world.request_reset(json!({ "username": peter.username })).await;
    memory.advance(SECOND).await;
    for _ in 0..10 {
        assert_eq!(call(&world, "/server/retry", account_body(&peter)).await.status, 200);
        memory.advance(SECOND).await;
    }
    // All attempts of the mail are used up.
    assert!(world.events(&peter).await.contains(&"link_failed: connect_failed".to_owned()));
    let response = call(&world, "/server/retry", account_body(&peter)).await;
    assert_code(&response, 429, "too_many_requests");
    assert!(
        response.header("retry-after").is_some_and(|wait| wait.parse::<u32>().unwrap() > 80_000)
    );
    assert_eq!(call(&world, "/server/outbox", account_body(&peter)).await.status, 200);
}

async fn notice() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    memory.fail_mail(Some(MailFailure::ConnectFailed));
    let changed = world.change_password(&session, &peter.password, NEW).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    memory.advance(MINUTE).await;
    let mails = mails_of(&world, &peter).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let mail = &mails[0];
    assert_eq!((&mail["mail"], &mail["last_code"]), (&json!("notice"), &json!("connect_failed")));
    memory.fail_mail(None);
    assert_eq!(retry(&world, &peter).await["retried"], json!(1));
    memory.advance(SECOND).await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1);
}

async fn workerd() {
    let workerd = Arc::new(Workerd::start(&[]));
    let world = World::Workerd(Arc::clone(&workerd));
    let peter = world.new_person().await;
    let ports = workerd.stop_inbox().await;
    world.request_reset(json!({ "username": peter.username })).await;
    // After the second attempt, the next one is at least half a minute away.
    let has_waited = async || {
        mails_of(&world, &peter).await.first().is_some_and(|mail| {
            mail["attempts"].as_u64() == Some(2) && mail["last_code"] == json!("connect_failed")
        })
    };
    assert!(
        workerd.wait_until(2 * MINUTE, has_waited).await,
        "{:?}",
        mails_of(&world, &peter).await
    );
    let deferred = async || {
        let path = format!("/server/events?account={}&event=mail_deferred", peter.id);
        let response = get(&world, &path).await;
        response.json()["events"].as_array().cloned().unwrap()
    };
    let are_stored = async || deferred().await.len() >= 2;
    assert!(workerd.wait_until(MINUTE, are_stored).await, "{:?}", deferred().await);
    for (event, attempt) in deferred().await.iter().rev().zip(1..=2) {
        let shown = (&event["attempt"], &event["detail"]);
        assert_eq!(shown, (&json!(attempt), &json!("connect_failed")), "{event}");
        let next = event["next_attempt"].as_str().unwrap_or_default();
        assert!(next > event["at"].as_str().unwrap(), "{event}");
    }
    workerd.restart_inbox(ports).await;
    let answer = retry(&world, &peter).await;
    if answer["retried"] != json!(1) {
        assert_eq!(answer["mails"], json!([]), "it was sent meanwhile");
    }
    let arrived = async || world.mails_to(peter.address()).await.len() == 1;
    assert!(workerd.wait_until(20 * SECOND, arrived).await);
    world.wait_for_event(&peter, "link_sent").await;
    let gone = async || mails_of(&world, &peter).await.is_empty();
    assert!(workerd.wait_until(20 * SECOND, gone).await);
}
