//! Forgot and reset, call by call as the tutorial shows them. Its refusals are `{"message", "status"}`.

use std::time::Duration;

use libtest_mimic::Trial;
use relatch_tests::flow;
use relatch_tests::in_process::InProcess;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{Answer, World};
use serde_json::{Value, json};

const NEW: &str = "a quite new passphrase";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("flask: forgot sends text and HTML, reset sets the password and a mail says so", flow!(the_story)),
        ("flask: a missing field is a bad request", flow!(missing)),
        ("flask: any text that is no good token is forbidden, and so is a used one", flow!(bad_token)),
        ("flask: a password that is refused never burns the token", flow!(refused)),
        ("flask: whoever is not found is not told", flow!(same_answer)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![trial("in process: flask: an expired token has a status of its own", expired)]
}

async fn forgot(world: &World, body: Value) -> Answer {
    world.post("/api/auth/forgot", body.to_string()).await
}

async fn reset(world: &World, body: Value) -> Answer {
    world.post("/api/auth/reset", body.to_string()).await
}

/// A refusal in the tutorial's shape: exactly a message, and the status once more.
fn assert_refused(answer: &Answer, status: u16) {
    let body = answer.json();
    assert_eq!((answer.status, &body["status"]), (status, &json!(status)), "{answer:?}");
    assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(2), "{body}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

async fn the_story(world: &World) {
    let peter = world.somebody().await;
    assert_eq!(forgot(world, json!({ "email": peter.address() })).await.status, 200);
    let mail = world.mail(peter.address(), 1).await;
    assert!(mail.source.contains("text/plain") && mail.source.contains("text/html"));
    let answer = reset(world, json!({ "reset_token": mail.token(), "password": NEW })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(world.has_password(&peter, NEW).await);
    assert!(world.mail(peter.address(), 2).await.subject.contains("was changed"));
}

async fn missing(world: &World) {
    for body in [json!({}), json!({ "email": "" }), json!({ "username": "peter" }), json!({ "email": 5 }), json!("x")] {
        assert_refused(&forgot(world, body).await, 400);
    }
    for body in [
        json!({ "reset_token": "t" }),
        json!({ "password": NEW }),
        json!({ "reset_token": "", "password": NEW }),
        json!({ "reset_token": "t", "password": "" }),
        json!({ "reset_token": "t", "password": NEW, "url": "x" }),
    ] {
        assert_refused(&reset(world, body).await, 400);
    }
    assert_refused(&world.post("/api/auth/forgot", "{").await, 400);
}

async fn bad_token(world: &World) {
    // A JSON web token, as the tutorial's are, is a text like any other.
    for token in ["x", "eyJhbGciOiJIUzI1NiJ9.eyJpZGVudGl0eSI6IjEifQ.c2ln", &"A".repeat(95)] {
        assert_refused(&reset(world, json!({ "reset_token": token, "password": NEW })).await, 403);
    }
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    assert_eq!(reset(world, json!({ "reset_token": token, "password": NEW })).await.status, 200);
    assert_refused(&reset(world, json!({ "reset_token": token, "password": "another long passphrase" })).await, 403);
}

async fn refused(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let answer = reset(world, json!({ "reset_token": token, "password": "short" })).await;
    assert_refused(&answer, 422);
    assert!(answer.body.contains("too_short"), "{}", answer.body);
    assert_eq!(reset(world, json!({ "reset_token": token, "password": NEW })).await.status, 200);
}

async fn same_answer(world: &World) {
    let peter = world.somebody().await;
    let known = forgot(world, json!({ "email": peter.address() })).await;
    assert_eq!(known, forgot(world, json!({ "email": "nobody-at-all@example.com" })).await);
}

async fn expired() {
    let world = InProcess::new(&[]);
    let shown = World::InProcess(world.clone());
    let peter = shown.somebody().await;
    let token = shown.token_for(&peter).await;
    world.advance(Duration::from_secs(3 * 3600)).await;
    assert_refused(&reset(&shown, json!({ "reset_token": token, "password": NEW })).await, 410);
}
