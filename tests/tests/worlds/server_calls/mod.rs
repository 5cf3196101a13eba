//! Calls of the application's own servers, authenticated by a server key.

use libtest_mimic::Trial;
use relatch_memory::Fault;
use relatch_tests::flow;
use relatch_tests::in_process::SERVER_KEY;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request};
use serde_json::{Value, json};

use crate::support::{MINUTE, StoreSnapshot, assert_mentions, assert_problem, fail_calls};

mod erase;
mod events;
mod invite;
mod keys;
mod operator;
mod outbox;
mod reset;
mod revoke;

/// Every call, as method, path and a valid body.
const CALLS: [(&str, &str, &str); 11] = [
    ("POST", "/server/reset", r#"{"account":"1"}"#),
    ("GET", "/server/status", ""),
    ("POST", "/server/status", r#"{"account":"1"}"#),
    ("POST", "/server/links/revoke", r#"{"account":"1"}"#),
    ("POST", "/server/events", r#"{"account":"1"}"#),
    ("POST", "/server/erase", r#"{"account":"1"}"#),
    ("GET", "/server/events", ""),
    ("GET", "/server/stats", ""),
    ("GET", "/server/outbox?account=1", ""),
    ("POST", "/server/outbox", r#"{"account":"1"}"#),
    ("POST", "/server/retry", r#"{"account":"1"}"#),
];

pub fn flows() -> Vec<(&'static str, Flow)> {
    let own: Vec<(&'static str, Flow)> = vec![
        ("an invalid body of a server call is rejected", flow!(invalid_bodies)),
        ("every server call has one path and fixed methods", flow!(paths)),
    ];
    [
        own,
        erase::flows(),
        events::flows(),
        invite::flows(),
        keys::flows(),
        operator::flows(),
        outbox::flows(),
        reset::flows(),
        revoke::flows(),
    ]
    .concat()
}

pub fn trials() -> Vec<Trial> {
    let own = vec![
        trial(
            "in process: a server call whose audit event cannot be stored has no effect",
            unaudited,
        ),
        trial(
            "in process: stores and logs contain no server key and no address after server calls",
            secrets,
        ),
    ];
    [
        own,
        erase::trials(),
        events::trials(),
        keys::trials(),
        operator::trials(),
        outbox::trials(),
        revoke::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Makes a server call with this key.
pub async fn call_with_key(
    world: &World,
    key: &str,
    (method, path, body): (&str, &str, &str),
) -> Response {
    let mut request = request(method, path, body);
    request.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
    world.send(request).await
}

/// Makes a server call with a key of every scope.
pub async fn call(world: &World, path: &str, body: Value) -> Response {
    call_with_key(world, SERVER_KEY, ("POST", path, &body.to_string())).await
}

/// Returns the body that selects an account by its id.
pub(crate) fn account_body(person: &Person) -> Value {
    json!({ "account": person.id.to_string() })
}

async fn invalid_bodies(world: &World) {
    let peter = world.new_person().await;
    let snapshot = StoreSnapshot::take(world);
    for path in [
        "/server/reset",
        "/server/status",
        "/server/links/revoke",
        "/server/events",
        "/server/erase",
        "/server/outbox",
        "/server/retry",
    ] {
        for body in [
            "",
            "{",
            "[]",
            "null",
            "{}",
            r#"{"account":1}"#,
            r#"{"account":""}"#,
            r#"{"account":null}"#,
            r#"{"account":"a\u0000b"}"#,
            r#"{"account":"1","email":"a@mail.example"}"#,
            r#"{"account":"1","account":"2"}"#,
            r#"{"username":"a","identifier":"a"}"#,
            r#"{"email":"a@x.org,b@y.org"}"#,
            r#"{"identifier":["a"]}"#,
            r#"{"account":"1","force":true}"#,
            &json!({ "account": "1".repeat(255) }).to_string(),
        ] {
            let response = call_with_key(world, SERVER_KEY, ("POST", path, body)).await;
            assert_problem(&response, 400, "request_invalid", &format!("{path} {body}"));
        }
        if path != "/server/events" {
            let response =
                call_with_key(world, SERVER_KEY, ("POST", path, r#"{"account":"1","limit":5}"#))
                    .await;
            let detail = assert_problem(&response, 400, "request_invalid", path);
            assert_mentions(
                &detail,
                &["unknown", "`limit`", "`account`", "`identifier`", "`username`", "`email`"],
                path,
            );
        }
        let large = json!({ "account": "1".repeat(17_000) }).to_string();
        let response = call_with_key(world, SERVER_KEY, ("POST", path, &large)).await;
        assert_problem(&response, 413, "body_too_large", path);
        let mut plain_text = request("POST", path, &account_body(&peter).to_string());
        plain_text
            .headers_mut()
            .insert("authorization", format!("Bearer {SERVER_KEY}").parse().unwrap());
        plain_text.headers_mut().insert("content-type", "text/plain".parse().unwrap());
        assert_problem(&world.send(plain_text).await, 415, "content_type_unsupported", path);
    }
    snapshot.assert_unchanged("invalid bodies");
}

async fn paths(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    for path in [
        "/server",
        "/server/",
        "/server/Reset",
        "/server/reset/",
        "/server/links",
        "/server/keys",
        "/server//reset",
    ] {
        for method in ["GET", "POST"] {
            let response = call_with_key(
                world,
                SERVER_KEY,
                (method, path, if method == "GET" { "" } else { "{}" }),
            )
            .await;
            assert_problem(&response, 404, "not_found", path);
        }
    }
    for (method, path, allowed) in [
        ("GET", "/server/reset", "POST"),
        ("PUT", "/server/links/revoke", "POST"),
        ("DELETE", "/server/erase", "POST"),
        ("OPTIONS", "/server/events", "GET, HEAD, POST"),
        ("POST", "/server/stats", "GET, HEAD"),
        ("PUT", "/server/outbox", "GET, HEAD, POST"),
        ("GET", "/server/retry", "POST"),
        ("DELETE", "/server/status", "GET, HEAD, POST"),
    ] {
        let response = call_with_key(world, SERVER_KEY, (method, path, "")).await;
        assert_problem(&response, 405, "method_not_allowed", path);
        assert_eq!(response.header("allow"), Some(allowed), "{method} {path}");
    }
    snapshot.assert_unchanged("wrong paths and methods");
}

async fn unaudited() {
    for (method, path, _) in CALLS {
        let (world, memory) = in_memory(&[]);
        let peter = world.new_person().await;
        let token = world.token_for(&peter).await;
        memory.advance(2 * MINUTE).await;
        let before = memory.everything_stored();
        fail_calls(&memory, "events.record", Fault::Before);
        let response =
            call_with_key(&world, SERVER_KEY, (method, path, &account_body(&peter).to_string()))
                .await;
        assert_problem(&response, 503, "unavailable", path);
        memory.drop_call_counts();
        assert_eq!(memory.everything_stored(), before, "{path}");
        memory.set_gate(None);
        assert_eq!(world.check(&token).await.status, 200);
    }
}

async fn secrets() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    for path in ["/server/status", "/server/reset", "/server/events", "/server/links/revoke"] {
        let response = call(&world, path, json!({ "email": peter.address() })).await;
        assert!(response.status < 300, "{response:?}");
    }
    for path in ["/server/reset", "/server/events", "/server/erase"] {
        call(&world, path, json!({ "email": "nobody@mail.example" })).await;
    }
    call_with_key(&world, "a wrong key", CALLS[0]).await;
    memory.advance(MINUTE).await;
    let copy = format!("{} {:?}", memory.everything_stored(), memory.logged_events());
    for secret in [SERVER_KEY, "a wrong key", peter.address(), "nobody@mail.example"] {
        assert!(!copy.contains(secret), "{copy} contains {secret}");
    }
    assert!(copy.contains("ServerReset"), "the copy contains the events");
}
