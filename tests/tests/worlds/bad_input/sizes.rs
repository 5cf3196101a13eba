//! The size limit of a body is 16 KiB. A larger body is rejected before anything in it is examined.

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_http::MAX_BODY_BYTES;
use relatch_tests::flow;
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request};
use serde_json::json;

use super::{confirm_body, post};
use crate::raw::{RawRequest, chunked};
use crate::support::{NEW, StoreSnapshot, assert_link_works, assert_mentions, assert_problem};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a body of 16 KiB is accepted, and one byte more is rejected", flow!(limit)),
        ("a body of a megabyte is rejected for its size alone", flow!(megabytes)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: a Content-Length over the limit is rejected whatever the body is",
            large_content_length,
        ),
        // Only an HTTP server handles chunks and invalid lengths.
        trial("workerd: a chunked body over the limit is rejected", chunked_bodies),
        trial(
            "workerd: a request with an invalid or ambiguous length has no effect",
            invalid_lengths,
        ),
    ]
}

/// Pads a body with spaces to exactly this length.
fn padded(body: &str, length: usize) -> String {
    format!("{body}{}", " ".repeat(length - body.len()))
}

async fn limit(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let check = json!({ "token": token }).to_string();
    assert_eq!(post(world, path::CHECK, padded(&check, MAX_BODY_BYTES)).await.status, 200);
    let snapshot = StoreSnapshot::take(world);
    for (path, body) in [
        (path::CHECK, check),
        (path::CONFIRM, confirm_body(&token, &json!({}))),
        (path::REQUEST, json!({ "username": peter.username }).to_string()),
    ] {
        for length in [MAX_BODY_BYTES + 1, MAX_BODY_BYTES + 2, 2 * MAX_BODY_BYTES] {
            let response = post(world, path, padded(&body, length)).await;
            let detail = assert_problem(
                &response,
                413,
                "body_too_large",
                &format!("{path}, {length} bytes"),
            );
            assert_mentions(&detail, &["16384"], path);
        }
    }
    snapshot.assert_unchanged("bodies over the limit");
    assert_link_works(world, &token).await;
}

async fn megabytes(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let huge = "x".repeat(1_000_000);
    let snapshot = StoreSnapshot::take(world);
    for (path, body) in [
        (path::REQUEST, json!({ "username": huge })),
        (path::REQUEST, json!({ "email": format!("{huge}@mail.example") })),
        (path::REQUEST, json!({ "username": peter.username, "locale": huge })),
        (path::REQUEST, json!({ "username": peter.username, huge.as_str(): 1 })),
        (path::REQUEST, json!({ "username": "\u{fdfa}".repeat(300_000) })),
        (path::CHECK, json!({ "token": huge })),
        (path::CONFIRM, json!({ "token": huge, "password": NEW })),
        (path::CONFIRM, json!({ "token": token, "password": huge })),
        (
            path::CONFIRM,
            json!({ "token": token, "plainPassword": { "first": huge, "second": huge } }),
        ),
    ] {
        let response = post(world, path, body.to_string()).await;
        assert_problem(&response, 413, "body_too_large", path);
    }
    // The size is checked before the content type and the JSON.
    let mut form = request("POST", path::CONFIRM, &huge);
    form.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_problem(&world.send(form).await, 413, "body_too_large", "a megabyte of text");
    snapshot.assert_unchanged("bodies of a megabyte");
    assert_link_works(world, &token).await;
}

async fn chunked_bodies() {
    let world = &crate::shared();
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let body = confirm_body(&token, &json!({}));
    for length in [MAX_BODY_BYTES + 1, 100_000, 900_000] {
        let chunks = chunked(padded(&body, length).as_bytes(), 4_000);
        let sent = RawRequest::post(path::CONFIRM, chunks)
            .header("Transfer-Encoding", "chunked")
            .send(world)
            .await;
        assert_problem(
            &sent.expect("a response"),
            413,
            "body_too_large",
            &format!("{length} bytes in chunks"),
        );
    }
    // workerd stops reading this body: the response arrives, or the connection closes first and
    // `wrangler dev` reports that with its own response.
    let chunks = chunked(padded(&body, 8_000_000).as_bytes(), 64_000);
    let response = RawRequest::post(path::CONFIRM, chunks)
        .header("Transfer-Encoding", "chunked")
        .send(world)
        .await;
    let lost = |response: &Response| {
        response.status == 500 && response.body.starts_with("Error: Network connection lost.")
    };
    if let Some(response) = response.filter(|response| !lost(response)) {
        assert_problem(&response, 413, "body_too_large", "eight megabytes in chunks");
    }
    let small = chunked(json!({ "token": token }).to_string().as_bytes(), 7);
    let sent = RawRequest::post(path::CHECK, small)
        .header("Transfer-Encoding", "chunked")
        .send(world)
        .await;
    assert_eq!(sent.expect("a response").status, 200, "a small chunked body is accepted");
    assert_link_works(world, &token).await;
}

async fn invalid_lengths() {
    let world = &crate::shared();
    let peter = world.new_person().await;
    let body = json!({ "username": peter.username }).to_string();
    for length in ["-1", "abc", "0x10", "1e3", "99999999999999999999999999", "3, 4"] {
        let response = RawRequest::post(path::REQUEST, body.as_bytes())
            .header("Content-Length", length)
            .send(world)
            .await;
        assert!(
            response.as_ref().is_none_or(|response| response.status >= 400),
            "{length}: {response:?}"
        );
    }
    // Request smuggling: `Content-Length` and `Transfer-Encoding` disagree about the end of the
    // body.
    let mut smuggled = RawRequest::post(path::REQUEST, format!("0\r\n\r\n{body}"))
        .header("Transfer-Encoding", "chunked");
    smuggled.headers.push(("Content-Length", "4"));
    let response = smuggled.send(world).await;
    assert!(response.as_ref().is_none_or(|response| response.status >= 400), "{response:?}");
    world.drain().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    assert_eq!(world.send(request("GET", path::HEALTH, "")).await.status, 200);
}

async fn large_content_length() {
    let (world, _memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let snapshot = StoreSnapshot::take(&world);
    for length in ["16385", "1000000", "100000000000", "18446744073709551615"] {
        let mut large = request("POST", path::CONFIRM, &confirm_body(&token, &json!({})));
        large.headers_mut().insert("content-length", length.parse().unwrap());
        assert_problem(&world.send(large).await, 413, "body_too_large", length);
    }
    snapshot.assert_unchanged("a large Content-Length");
    assert_link_works(&world, &token).await;
}
