//! The dialect `flask`, call by call as the tutorial shows it. Its errors are `{"message",
//! "status"}`.

use std::time::Duration;

use libtest_mimic::Trial;
use relatch_tests::flow;
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory};
use serde_json::{Value, json};

use crate::support::{NEW, OTHER};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "flask: forgot mails text and HTML, reset sets the password and mails a notice",
            flow!(full_reset),
        ),
        ("flask: a missing or invalid field responds 400", flow!(invalid_fields)),
        ("flask: an invalid or used token responds 403", flow!(invalid_token)),
        ("flask: a rejected password does not use the token", flow!(rejected_password)),
        ("flask: the response is the same whether an account exists or not", flow!(no_enumeration)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![trial("in process: flask: an expired token responds 410", expired)]
}

async fn forgot(world: &World, body: Value) -> Response {
    world.post("/api/auth/forgot", body.to_string()).await
}

async fn reset(world: &World, body: Value) -> Response {
    world.post("/api/auth/reset", body.to_string()).await
}

/// Asserts an error in the tutorial's format: exactly a message and the status.
fn assert_error(response: &Response, status: u16) {
    let body = response.json();
    assert_eq!((response.status, &body["status"]), (status, &json!(status)), "{response:?}");
    assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(2), "{body}");
    assert_eq!(response.header("content-type"), Some("application/json"));
}

async fn full_reset(world: &World) {
    let peter = world.new_person().await;
    assert_eq!(forgot(world, json!({ "email": peter.address() })).await.status, 200);
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert!(mail.source.contains("text/plain") && mail.source.contains("text/html"));
    let response = reset(world, json!({ "reset_token": mail.token(), "password": NEW })).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert!(world.has_password(&peter, NEW).await);
    assert!(world.wait_for_mail(peter.address(), 2).await.subject.contains("changed"));
}

async fn invalid_fields(world: &World) {
    for body in [
        json!({}),
        json!({ "email": "" }),
        json!({ "username": "peter" }),
        json!({ "email": 5 }),
        json!("x"),
    ] {
        assert_error(&forgot(world, body).await, 400);
    }
    for body in [
        json!({ "reset_token": "t" }),
        json!({ "password": NEW }),
        json!({ "reset_token": "", "password": NEW }),
        json!({ "reset_token": "t", "password": "" }),
        json!({ "reset_token": "t", "password": NEW, "url": "x" }),
    ] {
        assert_error(&reset(world, body).await, 400);
    }
    assert_error(&world.post("/api/auth/forgot", "{").await, 400);
}

async fn invalid_token(world: &World) {
    // The tutorial's tokens are JSON web tokens.
    for token in ["x", "eyJhbGciOiJIUzI1NiJ9.eyJpZGVudGl0eSI6IjEifQ.c2ln", &"A".repeat(95)] {
        assert_error(&reset(world, json!({ "reset_token": token, "password": NEW })).await, 403);
    }
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(reset(world, json!({ "reset_token": token, "password": NEW })).await.status, 200);
    assert_error(&reset(world, json!({ "reset_token": token, "password": OTHER })).await, 403);
}

async fn rejected_password(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let response = reset(world, json!({ "reset_token": token, "password": "short" })).await;
    assert_error(&response, 422);
    assert!(response.body.contains("too_short"), "{}", response.body);
    assert_eq!(reset(world, json!({ "reset_token": token, "password": NEW })).await.status, 200);
}

async fn no_enumeration(world: &World) {
    let peter = world.new_person().await;
    let known = forgot(world, json!({ "email": peter.address() })).await;
    assert_eq!(known, forgot(world, json!({ "email": "unknown@example.com" })).await);
}

async fn expired() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    memory.advance(Duration::from_secs(3 * 3600)).await;
    assert_error(&reset(&world, json!({ "reset_token": token, "password": NEW })).await, 410);
}
