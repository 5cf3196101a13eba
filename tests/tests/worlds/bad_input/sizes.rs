//! Sizes: 16 KiB are read, and nothing of a larger body is looked at.

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_http::LARGEST_BODY;
use relatch_tests::flow;
use relatch_tests::in_process::InProcess;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{Answer, World, request};
use serde_json::json;

use super::raw::{Raw, chunked};
use super::{NEW, Untouched, assert_not_burned, assert_refused, confirm_with, post};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("16 KiB are read, one byte more is not", flow!(border)),
        ("a field of a megabyte is refused by its size alone", flow!(megabytes)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![trial("in process: a body that is announced too large is refused whatever comes", announced)]
}

/// The length of a message is the HTTP server's business: in process there is none.
pub fn workerd() -> Vec<Trial> {
    vec![
        trial("workerd: a body that does not say how long it is is read to the limit, and refused", unannounced),
        trial("workerd: a length that is none, or two, gets nothing done", bogus_lengths),
    ]
}

/// A body with blanks at its end, exactly this long.
fn padded(body: &str, length: usize) -> String {
    format!("{body}{}", " ".repeat(length - body.len()))
}

async fn border(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let check = json!({ "token": token }).to_string();
    assert_eq!(post(world, path::CHECK, padded(&check, LARGEST_BODY)).await.status, 200);
    let untouched = Untouched::since(world);
    for (path, body) in [
        (path::CHECK, check),
        (path::CONFIRM, confirm_with(&token, &json!({}))),
        (path::REQUEST, json!({ "username": peter.username }).to_string()),
    ] {
        for length in [LARGEST_BODY + 1, LARGEST_BODY + 2, 2 * LARGEST_BODY] {
            let answer = post(world, path, padded(&body, length)).await;
            let detail = assert_refused(&answer, 413, "body_too_large", &format!("{path}, {length} bytes"));
            assert!(detail.contains("16384"), "{detail}");
        }
    }
    untouched.assert("bodies over the limit");
    assert_not_burned(world, &token).await;
}

async fn megabytes(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let huge = "x".repeat(1_000_000);
    let untouched = Untouched::since(world);
    for (path, body) in [
        (path::REQUEST, json!({ "username": huge })),
        (path::REQUEST, json!({ "email": format!("{huge}@mail.example") })),
        (path::REQUEST, json!({ "username": peter.username, "locale": huge })),
        (path::REQUEST, json!({ "username": peter.username, huge.as_str(): 1 })),
        (path::REQUEST, json!({ "username": "\u{fdfa}".repeat(300_000) })),
        (path::CHECK, json!({ "token": huge })),
        (path::CONFIRM, json!({ "token": huge, "password": NEW })),
        (path::CONFIRM, json!({ "token": token, "password": huge })),
        (path::CONFIRM, json!({ "token": token, "plainPassword": { "first": huge, "second": huge } })),
    ] {
        let answer = post(world, path, body.to_string()).await;
        assert_refused(&answer, 413, "body_too_large", path);
    }
    // The size comes before the content type, and before the JSON.
    let mut form = request("POST", path::CONFIRM, &huge);
    form.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_refused(&world.send(form).await, 413, "body_too_large", "a megabyte of text");
    untouched.assert("fields of a megabyte");
    assert_not_burned(world, &token).await;
}

async fn unannounced() {
    let world = &crate::shared();
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let body = confirm_with(&token, &json!({}));
    for length in [LARGEST_BODY + 1, 100_000, 900_000] {
        let chunks = chunked(padded(&body, length).as_bytes(), 4_000);
        let sent = Raw::post(path::CONFIRM, chunks).header("Transfer-Encoding", "chunked").send(world).await;
        assert_refused(&sent.expect("an answer"), 413, "body_too_large", &format!("{length} bytes in chunks"));
    }
    // Far over what is thrown away: the answer may come, or the connection may end first; and then the development server
    // in front of the Worker says so in words of its own.
    let chunks = chunked(padded(&body, 8_000_000).as_bytes(), 64_000);
    let answer = Raw::post(path::CONFIRM, chunks).header("Transfer-Encoding", "chunked").send(world).await;
    let lost = |answer: &Answer| answer.status == 500 && answer.body.starts_with("Error: Network connection lost.");
    if let Some(answer) = answer.filter(|answer| !lost(answer)) {
        assert_refused(&answer, 413, "body_too_large", "eight megabytes in chunks");
    }
    let small = chunked(json!({ "token": token }).to_string().as_bytes(), 7);
    let sent = Raw::post(path::CHECK, small).header("Transfer-Encoding", "chunked").send(world).await;
    assert_eq!(sent.expect("an answer").status, 200, "a short body in chunks is a body");
    assert_not_burned(world, &token).await;
}

async fn bogus_lengths() {
    let world = &crate::shared();
    let peter = world.somebody().await;
    let body = json!({ "username": peter.username }).to_string();
    for length in ["-1", "abc", "0x10", "1e3", "99999999999999999999999999", "3, 4"] {
        let answer = Raw::post(path::REQUEST, body.as_bytes()).header("Content-Length", length).send(world).await;
        assert!(answer.as_ref().is_none_or(|answer| answer.status >= 400), "{length}: {answer:?}");
    }
    // Two ways to say where the body ends are how requests are smuggled past a proxy.
    let mut smuggled = Raw::post(path::REQUEST, format!("0\r\n\r\n{body}")).header("Transfer-Encoding", "chunked");
    smuggled.headers.push(("Content-Length", "4"));
    let answer = smuggled.send(world).await;
    assert!(answer.as_ref().is_none_or(|answer| answer.status >= 400), "{answer:?}");
    world.settle().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    assert_eq!(world.send(request("GET", path::HEALTH, "")).await.status, 200);
}

async fn announced() {
    let world = World::InProcess(InProcess::new(&[]));
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let untouched = Untouched::since(&world);
    for length in ["16385", "1000000", "100000000000", "18446744073709551615"] {
        let mut announced = request("POST", path::CONFIRM, &confirm_with(&token, &json!({})));
        announced.headers_mut().insert("content-length", length.parse().unwrap());
        assert_refused(&world.send(announced).await, 413, "body_too_large", length);
    }
    untouched.assert("announced lengths");
    assert_not_burned(&world, &token).await;
}
