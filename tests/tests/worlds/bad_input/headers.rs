//! Content types, origins and methods.

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::in_process::InProcess;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, request};
use serde_json::json;

use super::raw::Raw;
use super::{NEW, Untouched, assert_not_burned, assert_refused, assert_secured, confirm_with};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a body of another content type, or of none, is not read", flow!(content_types)),
        ("a page of a site that is not on the list may not call", flow!(origins)),
        ("another method is refused, and Allow says which ones are not", flow!(methods)),
        ("a method that nobody knows reaches nothing", flow!(unknown_methods)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![trial("in process: a method is a method in upper case only", lower_case_methods)]
}

async fn content_types(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let calls = [
        (path::REQUEST, json!({ "username": peter.username }).to_string()),
        (path::CHECK, json!({ "token": token }).to_string()),
        (path::CONFIRM, confirm_with(&token, &json!({}))),
    ];
    let untouched = Untouched::since(world);
    for (path, body) in &calls {
        for content_type in [
            "",
            "text/plain",
            "text/json",
            "text/html",
            "*/*",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonx",
            "application/json5",
            "application/problem+json",
            "application/json, text/plain",
            "text/plain, application/json",
            "text/plain; application/json",
            "application/json; charset=utf-16",
            "application/json; charset=iso-8859-1",
            "application /json",
            "json",
        ] {
            let mut request = request("POST", path, body);
            request.headers_mut().insert("content-type", content_type.parse().unwrap());
            assert_refused(&world.send(request).await, 415, "content_type_unsupported", content_type);
        }
        let mut none = request("POST", path, body);
        none.headers_mut().remove("content-type");
        assert_refused(&world.send(none).await, 415, "content_type_unsupported", "no content type");
        let mut two = request("POST", path, body);
        two.headers_mut().append("content-type", "text/plain".parse().unwrap());
        assert_refused(&world.send(two).await, 415, "content_type_unsupported", "two content types");
    }
    untouched.assert("other content types");
    for content_type in ["APPLICATION/JSON", "application/json;charset=utf-8", "application/json; charset=\"UTF-8\""] {
        let mut request = request("POST", path::CHECK, &calls[1].1);
        request.headers_mut().insert("content-type", content_type.parse().unwrap());
        assert_eq!(world.send(request).await.status, 200, "{content_type}");
    }
    assert_not_burned(world, &token).await;
}

async fn origins(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let calls = [
        (path::REQUEST, json!({ "username": peter.username }).to_string()),
        (path::CHECK, json!({ "token": token }).to_string()),
        (path::CONFIRM, confirm_with(&token, &json!({}))),
    ];
    let untouched = Untouched::since(world);
    for origin in [
        "https://evil.example",
        "null",
        "*",
        "https://app.example.com.evil.example",
        "https://evil-app.example.com",
        "https://app.example.com@evil.example",
        "https://app.example.com/",
        "https://app.example.com:443",
        "https://app.example.com:8443",
        "http://app.example.com",
        "HTTPS://APP.EXAMPLE.COM",
        "https://app.example.com, https://evil.example",
        "https://app.example.com https://evil.example",
        "app.example.com",
        "file://",
    ] {
        for (path, body) in &calls {
            for method in ["POST", "OPTIONS"] {
                let mut request = request(method, path, body);
                request.headers_mut().insert("origin", origin.parse().unwrap());
                let answer = world.send(request).await;
                assert_refused(&answer, 403, "origin_not_allowed", origin);
                assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
                assert_eq!(answer.header("access-control-allow-methods"), None, "{origin}");
            }
        }
    }
    let mut two = request("POST", path::CONFIRM, &calls[2].1);
    two.headers_mut().append("origin", "https://app.example.com".parse().unwrap());
    two.headers_mut().append("origin", "https://evil.example".parse().unwrap());
    assert_refused(&world.send(two).await, 403, "origin_not_allowed", "two origins");
    untouched.assert("foreign origins");
    let mut allowed = request("POST", path::CHECK, &calls[1].1);
    allowed.headers_mut().insert("origin", "https://app.example.com".parse().unwrap());
    let answer = world.send(allowed).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("https://app.example.com")));
    assert_eq!(answer.header("access-control-allow-credentials"), None, "no cookie ever belongs to a call");
    assert_not_burned(world, &token).await;
}

async fn methods(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let body = confirm_with(&token, &json!({}));
    let untouched = Untouched::since(world);
    for path in [path::REQUEST, path::CHECK, path::CONFIRM] {
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
            // A body of a GET is nothing that a client may send.
            let body = if matches!(method, "GET" | "HEAD") { "" } else { &body };
            let answer = world.send(request(method, path, body)).await;
            assert_eq!(answer.header("allow"), Some("POST, OPTIONS"), "{method} {path}");
            if method == "HEAD" {
                assert_eq!((answer.status, answer.body.as_str()), (405, ""));
                assert_secured(&answer, "HEAD");
            } else {
                let detail = assert_refused(&answer, 405, "method_not_allowed", method);
                assert!(detail.contains("POST"), "{detail}");
            }
        }
    }
    for path in [path::RULES, path::HEALTH] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = world.send(request(method, path, "{}")).await;
            assert_refused(&answer, 405, "method_not_allowed", method);
            assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"), "{method} {path}");
        }
    }
    untouched.assert("other methods");
    // What a method is called in a header does not matter.
    for header in ["x-http-method-override", "x-method-override", "x-http-method"] {
        let mut sly = request("PUT", path::CONFIRM, &body);
        sly.headers_mut().insert(header, "POST".parse().unwrap());
        assert_refused(&world.send(sly).await, 405, "method_not_allowed", header);
    }
    assert_not_burned(world, &token).await;
}

async fn unknown_methods(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let body = confirm_with(&token, &json!({}));
    for method in ["PROPFIND", "TRACE", "BREW", "POSTS", "QUERY"] {
        let answer = Raw { method, ..Raw::post(path::CONFIRM, body.clone()) }.send(world).await;
        match (world, answer) {
            (World::InProcess(_), Some(answer)) => {
                assert_refused(&answer, 405, "method_not_allowed", method);
            }
            // The HTTP server in front refuses those that it does not know itself.
            (_, answer) => assert!(answer.as_ref().is_none_or(|answer| answer.status >= 400), "{method}: {answer:?}"),
        }
    }
    assert_not_burned(world, &token).await;
}

async fn lower_case_methods() {
    let world = World::InProcess(InProcess::new(&[]));
    let peter = world.somebody().await;
    let body = json!({ "username": peter.username }).to_string();
    let untouched = Untouched::since(&world);
    for method in ["post", "Post", "POST1", "POST,POST"] {
        if let Ok(request) = http::Request::builder().method(method).uri(path::REQUEST).body(body.clone().into_bytes())
        {
            assert_refused(&world.send(request).await, 405, "method_not_allowed", method);
        }
    }
    untouched.assert("methods in other spellings");
    assert_eq!(world.confirm("x", NEW).await.status, 400, "the world is well");
}
