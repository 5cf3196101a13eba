//! Content types, origins and methods.

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request};
use serde_json::json;

use super::confirm_body;
use crate::raw::RawRequest;
use crate::support::{
    StoreSnapshot, assert_link_works, assert_mentions, assert_problem, assert_security_headers,
};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a body without a JSON content type is not read", flow!(content_types)),
        ("a page whose origin is not allowed cannot call", flow!(origins)),
        ("a wrong method is rejected, and Allow lists the right ones", flow!(methods)),
        ("an unknown method is rejected", flow!(unknown_methods)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![trial("in process: methods are case-sensitive", lower_case_methods)]
}

async fn content_types(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let calls = [
        (path::REQUEST, json!({ "username": peter.username }).to_string()),
        (path::CHECK, json!({ "token": token }).to_string()),
        (path::CONFIRM, confirm_body(&token, &json!({}))),
    ];
    let snapshot = StoreSnapshot::take(world);
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
            "application/json; charset='utf-8'",
            "application/json; charset=utf-8; charset=utf-16",
            "application/vnd.api+json",
            "application /json",
            "json",
        ] {
            let mut request = request("POST", path, body);
            request.headers_mut().insert("content-type", content_type.parse().unwrap());
            let response = world.send(request).await;
            let detail = assert_problem(&response, 415, "content_type_unsupported", content_type);
            assert_mentions(&detail, &["`Content-Type`"], content_type);
            assert_eq!(response.header("accept"), Some("application/json"), "{content_type}");
        }
        for coding in ["gzip", "br", "deflate", "identity, gzip", "x-unknown"] {
            let mut request = request("POST", path, body);
            request.headers_mut().insert("content-encoding", coding.parse().unwrap());
            let response = world.send(request).await;
            let detail = assert_problem(&response, 415, "content_type_unsupported", coding);
            assert_mentions(&detail, &["`Content-Encoding`", "`identity`"], coding);
            assert_eq!(response.header("accept-encoding"), Some("identity"), "{coding}");
        }
        let mut none = request("POST", path, body);
        none.headers_mut().remove("content-type");
        assert_problem(&world.send(none).await, 415, "content_type_unsupported", "no content type");
        let mut two = request("POST", path, body);
        two.headers_mut().append("content-type", "text/plain".parse().unwrap());
        assert_problem(
            &world.send(two).await,
            415,
            "content_type_unsupported",
            "two content types",
        );
    }
    snapshot.assert_unchanged("other content types");
    for content_type in [
        "APPLICATION/JSON",
        "application/json;charset=utf-8",
        "application/json; charset=\"UTF-8\"",
        "application/json;charset=utf8",
        "application/json ; charset=unicode-1-1-utf-8",
        "application/json, application/json",
    ] {
        let mut request = request("POST", path::CHECK, &calls[1].1);
        request.headers_mut().insert("content-type", content_type.parse().unwrap());
        request.headers_mut().insert("content-encoding", "identity".parse().unwrap());
        assert_eq!(world.send(request).await.status, 200, "{content_type}");
    }
    assert_link_works(world, &token).await;
}

async fn origins(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let calls = [
        (path::REQUEST, json!({ "username": peter.username }).to_string()),
        (path::CHECK, json!({ "token": token }).to_string()),
        (path::CONFIRM, confirm_body(&token, &json!({}))),
    ];
    let snapshot = StoreSnapshot::take(world);
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
                let response = world.send(request).await;
                assert_problem(&response, 403, "origin_not_allowed", origin);
                assert_eq!(response.header("access-control-allow-origin"), None, "{origin}");
                assert_eq!(response.header("access-control-allow-methods"), None, "{origin}");
            }
        }
    }
    let mut two = request("POST", path::CONFIRM, &calls[2].1);
    two.headers_mut().append("origin", "https://app.example.com".parse().unwrap());
    two.headers_mut().append("origin", "https://evil.example".parse().unwrap());
    assert_problem(&world.send(two).await, 403, "origin_not_allowed", "two origins");
    snapshot.assert_unchanged("foreign origins");
    let mut allowed = request("POST", path::CHECK, &calls[1].1);
    allowed.headers_mut().insert("origin", "https://app.example.com".parse().unwrap());
    let response = world.send(allowed).await;
    assert_eq!(
        (response.status, response.header("access-control-allow-origin")),
        (200, Some("https://app.example.com"))
    );
    assert_eq!(response.header("access-control-allow-credentials"), None, "no call uses a cookie");
    assert_link_works(world, &token).await;
}

async fn methods(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let body = confirm_body(&token, &json!({}));
    let snapshot = StoreSnapshot::take(world);
    for path in [path::REQUEST, path::CHECK, path::CONFIRM] {
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
            // HTTP clients cannot send a body with GET or HEAD.
            let body = if matches!(method, "GET" | "HEAD") { "" } else { &body };
            let response = world.send(request(method, path, body)).await;
            assert_eq!(response.header("allow"), Some("POST, OPTIONS"), "{method} {path}");
            if method == "HEAD" {
                assert_eq!((response.status, response.body.as_str()), (405, ""));
                assert_security_headers(&response, "HEAD");
            } else {
                let detail = assert_problem(&response, 405, "method_not_allowed", method);
                assert_mentions(&detail, &["POST"], method);
            }
        }
    }
    for path in [path::RULES, path::HEALTH] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let response = world.send(request(method, path, "{}")).await;
            assert_problem(&response, 405, "method_not_allowed", method);
            assert_eq!(response.header("allow"), Some("GET, HEAD, OPTIONS"), "{method} {path}");
        }
    }
    snapshot.assert_unchanged("wrong methods");
    // Headers that override the method have no effect.
    for header in ["x-http-method-override", "x-method-override", "x-http-method"] {
        let mut overriding = request("PUT", path::CONFIRM, &body);
        overriding.headers_mut().insert(header, "POST".parse().unwrap());
        assert_problem(&world.send(overriding).await, 405, "method_not_allowed", header);
    }
    assert_link_works(world, &token).await;
}

async fn unknown_methods(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let body = confirm_body(&token, &json!({}));
    for method in ["PROPFIND", "TRACE", "BREW", "POSTS", "QUERY"] {
        let response = RawRequest { method, ..RawRequest::post(path::CONFIRM, body.clone()) }
            .send(world)
            .await;
        match (world, response) {
            (World::InProcess(_), Some(response)) => {
                assert_problem(&response, 405, "method_not_allowed", method);
            }
            // workerd's HTTP server itself rejects some of them.
            (_, response) => {
                assert!(
                    response.as_ref().is_none_or(|response| response.status >= 400),
                    "{method}: {response:?}"
                );
            }
        }
    }
    assert_link_works(world, &token).await;
}

async fn lower_case_methods() {
    let (world, _memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let body = json!({ "username": peter.username }).to_string();
    let snapshot = StoreSnapshot::take(&world);
    for method in ["post", "Post", "POST1", "POST,POST"] {
        if let Ok(request) = http::Request::builder()
            .method(method)
            .uri(path::REQUEST)
            .body(body.clone().into_bytes())
        {
            assert_problem(&world.send(request).await, 405, "method_not_allowed", method);
        }
    }
    snapshot.assert_unchanged("methods in another case");
}
