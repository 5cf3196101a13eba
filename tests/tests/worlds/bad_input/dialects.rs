//! The same on the surfaces for clients of other systems, each of which refuses in its own shape.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::{Answer, World, request};
use serde_json::json;

use super::bodies::{NO_TEXTS, UNKNOWN, malformed, unusable};
use super::tokens::wrong_texts;
use super::{NEW, Untouched, assert_not_burned, assert_refused, assert_secured};

const CMS: &str = "/pub/applications/default/requests/resetpassword";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("what is not JSON, or not an object, is refused by every dialect in its own shape", flow!(not_json)),
        ("what cannot be an identifier is refused by every dialect", flow!(identifiers)),
        ("an unknown or repeated field is refused by every dialect", flow!(unknown_fields)),
        ("what is no token is refused by every dialect, and burns no link", flow!(tokens)),
        ("a dialect's call has its one method", flow!(methods)),
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

async fn identifiers(world: &World) {
    let untouched = Untouched::since(world);
    for (method, path, field) in [
        ("PUT", "/api/v1/account/password", "email"),
        ("POST", "/api/auth/forgot", "email"),
        ("POST", CMS, "principal"),
    ] {
        let texts = unusable().into_iter().map(|(text, _)| format!("\"{text}\""));
        for value in NO_TEXTS.iter().map(|value| (*value).to_owned()).chain(texts) {
            let answer = send(world, method, path, format!("{{\"{field}\": {value}}}").as_bytes()).await;
            assert_shape(path, &answer, 400, "request_invalid");
        }
    }
    untouched.assert("what is no identifier");
}

async fn unknown_fields(world: &World) {
    let untouched = Untouched::since(world);
    for (method, path, good) in [
        ("PUT", "/api/v1/account/password", r#""email": "peter""#),
        ("PUT", "/api/v1/account/password", r#""old": "x", "new": "y""#),
        ("POST", "/api/auth/forgot", r#""email": "peter""#),
        ("POST", "/api/auth/reset", r#""reset_token": "x", "password": "y""#),
        ("POST", CMS, r#""principal": "peter""#),
        ("POST", &format!("{CMS}/HASH/commit"), r#""password": "y""#),
        ("POST", path::CHANGE, r#""old": "x", "new": "y""#),
    ] {
        for more in UNKNOWN.iter().map(|name| format!("\"{name}\": \"x\"")).chain([good.to_owned()]) {
            let answer = send(world, method, path, format!("{{{good}, {more}}}").as_bytes()).await;
            assert_shape(path, &answer, 400, "request_invalid");
        }
    }
    untouched.assert("unknown fields");
}

async fn tokens(world: &World) {
    let peter = world.somebody().await;
    let real = world.token_for(&peter).await;
    let untouched = Untouched::since(world);
    for token in wrong_texts(&real) {
        let rest = json!({ "token": token, "new": NEW }).to_string();
        let answer = send(world, "PUT", "/api/v1/account/password", rest.as_bytes()).await;
        assert_shape("/api/v1/account/password", &answer, 400, "link_invalid");
        let flask = json!({ "reset_token": token, "password": NEW }).to_string();
        let status = if token.is_empty() { 400 } else { 403 };
        let answer = send(world, "POST", "/api/auth/reset", flask.as_bytes()).await;
        assert_shape("/api/auth/reset", &answer, status, "link_invalid");
        // In a path stands only what an address can hold as it is.
        if !token.is_empty() && token.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | ',')) {
            let commit = format!("{CMS}/{token}/commit");
            let answer = send(world, "POST", &commit, json!({ "password": NEW }).to_string().as_bytes()).await;
            assert_shape(&commit, &answer, 400, "link_invalid");
        }
    }
    untouched.assert("what is no token");
    assert_not_burned(world, &real).await;
}

async fn methods(world: &World) {
    for (own, path) in calls().into_iter().chain([("POST", format!("{CMS}/NAME/send"))]) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(|method| *method != own) {
            let answer = send(world, method, &path, b"").await;
            assert_eq!(answer.header("allow"), Some(format!("{own}, OPTIONS").as_str()), "{method} {path}");
            assert_shape(&path, &answer, 405, "method_not_allowed");
        }
    }
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
    let send_path = format!("{CMS}/NAME/send");
    let answer = send(world, "POST", &send_path, &vec![b' '; 16 * 1024 + 1]).await;
    assert_shape(&send_path, &answer, 413, "body_too_large");
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
