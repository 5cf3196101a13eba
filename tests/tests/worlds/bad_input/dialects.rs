//! The same on the surfaces for clients of other systems, each of which refuses in its own shape.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::{Answer, World, request};
use serde_json::json;

use super::bodies::malformed;
use super::{Untouched, assert_refused, assert_secured};

const CMS: &str = "/pub/applications/default/requests/resetpassword";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("what is not JSON, or not an object, is refused by every dialect in its own shape", flow!(not_json)),
        ("a body that is too large, or of another type, is refused by every dialect", flow!(size_and_type)),
        ("a page of another site may call no dialect", flow!(foreign_page)),
        ("a path of a dialect in any other spelling is nothing", flow!(spellings)),
    ]
}

/// Every call of a dialect that reads a body.
fn calls() -> Vec<(&'static str, String)> {
    vec![
        ("PUT", "/api/v1/account/password".to_owned()),
        ("POST", "/api/auth/forgot".to_owned()),
        ("POST", "/api/auth/reset".to_owned()),
        ("POST", CMS.to_owned()),
        ("POST", format!("{CMS}/create")),
        ("POST", format!("{CMS}/HASH/commit")),
        ("POST", path::CHANGE.to_owned()),
    ]
}

/// A refusal in the shape that the call's clients know.
fn assert_shape(path: &str, answer: &Answer, status: u16, code: &str) {
    if !path.starts_with("/api/auth/") {
        assert_refused(answer, status, code, path);
        return;
    }
    let body = answer.json();
    assert_eq!((answer.status, &body["status"]), (status, &json!(status)), "{path}: {answer:?}");
    assert!(body["message"].as_str().is_some_and(|message| message.len() > 10), "{path}: {body}");
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(2), "{path}: {body}");
    assert_secured(answer, path);
}

async fn send(world: &World, method: &str, path: &str, body: &[u8]) -> Answer {
    let mut sent = request(method, path, "");
    *sent.body_mut() = body.to_vec();
    world.send(sent).await
}

async fn not_json(world: &World) {
    let untouched = Untouched::since(world);
    for (method, path) in calls() {
        for body in malformed() {
            assert_shape(&path, &send(world, method, &path, &body).await, 400, "request_invalid");
        }
        for body in ["[]", "null", "1", "\"x\"", "{\"unknown\": 1}"] {
            assert_shape(&path, &send(world, method, &path, body.as_bytes()).await, 400, "request_invalid");
        }
    }
    untouched.assert("what is not JSON");
}

async fn size_and_type(world: &World) {
    let untouched = Untouched::since(world);
    for (method, path) in calls() {
        let large = format!("{{\"email\": \"{}\"}}", "x".repeat(16 * 1024));
        assert_shape(&path, &send(world, method, &path, large.as_bytes()).await, 413, "body_too_large");
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
            let mut other = request(method, &path, "{}");
            other.headers_mut().insert("content-type", content_type.parse().expect("a type is a header"));
            assert_shape(&path, &world.send(other).await, 415, "content_type_unsupported");
        }
    }
    untouched.assert("what is too large or of another type");
}

async fn foreign_page(world: &World) {
    let untouched = Untouched::since(world);
    for (method, path) in calls() {
        for origin in ["https://evil.example", "null", "https://app.example.com.evil.example"] {
            let mut foreign = request(method, &path, "{}");
            foreign.headers_mut().insert("origin", origin.parse().expect("an origin is a header"));
            assert_shape(&path, &world.send(foreign).await, 403, "origin_not_allowed");
        }
    }
    untouched.assert("a foreign page");
}

async fn spellings(world: &World) {
    for path in [
        "/api/v1/account/password/",
        "/api/v1/account/Password",
        "/api//v1/account/password",
        "/api/auth/forgot/",
        "/api/auth",
        "/pub/applications/default",
        "/pub/applications/default/requests/resetpassword/",
        "/pub/applications/default/requests/resetpassword/send",
        "/pub/applications/default/requests/resetpassword//send",
        "/pub/applications/default/requests/resetpassword/x/other",
        "/pub/applications/default/requests/resetpassword/x/send/more",
        "/pub/applications/Default/requests/resetpassword",
        "/pub/applications/defaul/requests/resetpassword",
        "/pub/applications/defaults/requests/resetpassword",
    ] {
        for method in ["POST", "PUT"] {
            let answer = world.send(request(method, path, "{}")).await;
            assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{method} {path}");
        }
    }
}
