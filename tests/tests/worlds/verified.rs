//! `REQUIRE_VERIFIED`: accounts whose address is not verified cannot reset.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_tests::in_process::SERVER_KEY;
use relatch_tests::person::Person;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{AccountChange, World, in_memory, request};
use serde_json::json;

use crate::server_calls::{account_body, call, call_with_key};
use crate::support::{NEW, assert_code, assert_problem, log_line};

const REQUIRED: [(&str, &str); 1] = [("REQUIRE_VERIFIED", "true")];
const TIMEOUT: Duration = Duration::from_secs(60);

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: only verified accounts reset where that is required", in_process),
        trial("workerd: only verified accounts reset where that is required", on_workerd),
        trial("in process: an unverified account resets where nothing is required", not_required),
        trial(
            "workerd: a table without the column `verified` stops the service, the log names the variable",
            without_column,
        ),
    ]
}

async fn in_process() {
    required(&in_memory(&REQUIRED).0).await;
}

async fn on_workerd() {
    let workerd = Arc::new(Workerd::start(&REQUIRED));
    required(&World::Workerd(Arc::clone(&workerd))).await;
    workerd.shut_down();
}

async fn required(world: &World) {
    let peter = Person { verified: false, ..Person::new() };
    let paula = Person::new();
    for (person, enabled) in [(&peter, false), (&paula, true)] {
        world.add(person).await;
        let general = call_with_key(world, SERVER_KEY, ("GET", "/server/status", "")).await;
        assert_eq!(general.json(), json!({ "enabled": enabled }), "after {}", person.username);
    }
    let ask = async |person: &Person| {
        world.request_reset(json!({ "identifier": person.address() })).await
    };
    assert_eq!(ask(&peter).await, ask(&paula).await, "the response is the same");
    let token = world.wait_for_mail(paula.address(), 1).await.token();
    world.wait_for_event(&peter, "request_refused: unverified").await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    let status = call(world, "/server/status", account_body(&peter)).await;
    assert_eq!(status.json(), json!({ "enabled": false, "reason": "unverified" }));
    let reset = call(world, "/server/reset", account_body(&peter)).await;
    assert_eq!(assert_problem(&reset, 409, "account_ineligible", "reset"), "unverified");

    // A mailed link works only while its account is verified.
    world.update_account(&paula, AccountChange::Verified(false)).await;
    assert_code(&world.check(&token).await, 410, "link_used");
    assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
    assert!(world.has_password(&paula, &paula.password).await);
    world.update_account(&paula, AccountChange::Verified(true)).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);

    // An unverified account takes nothing away from the one that shares its mailbox.
    let owner = Person::new();
    let stranger = Person { email: owner.email.clone(), verified: false, ..Person::new() };
    for person in [&stranger, &owner] {
        world.add(person).await;
    }
    ask(&owner).await;
    let mail = world.wait_for_mail(owner.address(), 1).await;
    assert_eq!(world.confirm(&mail.token(), NEW).await.status, 200);
    assert!(world.has_password(&owner, NEW).await);
    assert!(world.has_password(&stranger, &stranger.password).await);
}

async fn not_required() {
    let (world, _memory) = in_memory(&[]);
    let peter = Person { verified: false, ..Person::new() };
    world.add(&peter).await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn without_column() {
    let workerd = Arc::new(Workerd::start(&[]));
    let world = World::Workerd(Arc::clone(&workerd));
    workerd.sql("ALTER TABLE users DROP COLUMN verified").await;
    assert_eq!(world.send(request("GET", "/healthz", "")).await.status, 200);
    workerd.kill();
    workerd.start_worker_with(&REQUIRED.map(|(name, value)| (name, value.to_owned())));
    assert_code(&world.send(request("GET", "/healthz", "")).await, 503, "misconfigured");
    let words = ["configuration: REQUIRE_VERIFIED: needs the column `verified`"];
    let named = async || log_line(&workerd, &words);
    assert!(workerd.wait_until(TIMEOUT, named).await, "{}", workerd.log());
    assert_code(&world.request_reset(json!({ "username": "peter" })).await, 503, "misconfigured");
    workerd.shut_down();
}
