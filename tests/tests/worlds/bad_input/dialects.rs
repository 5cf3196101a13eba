//! Invalid input to the dialects, each of which reports errors in its own format.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::response::Response;
use relatch_tests::trials::Flow;
use relatch_tests::world::{World, request};
use serde_json::json;

use super::bodies::{NOT_STRINGS, UNKNOWN_FIELDS, invalid_texts, malformed};
use super::tokens::invalid_tokens;
use crate::support::{
    NEW, StoreSnapshot, assert_link_works, assert_problem, assert_security_headers,
};

const CMS: &str = "/pub/applications/default/requests/resetpassword";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "a body that is not a JSON object is rejected by every dialect in its own format",
            flow!(not_json),
        ),
        ("an invalid identifier is rejected by every dialect", flow!(identifiers)),
        ("an unknown or repeated field is rejected by every dialect", flow!(unknown_fields)),
        ("an invalid token is rejected by every dialect, and the link stays usable", flow!(tokens)),
        ("every call of a dialect has exactly one method", flow!(methods)),
        ("a body that is too large or not JSON is rejected by every dialect", flow!(size_and_type)),
        ("a page of a foreign origin cannot call a dialect", flow!(foreign_origin)),
        ("any other spelling of a dialect's path is not found", flow!(spellings)),
    ]
}

/// Every call of a dialect that reads a body, as method and path.
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

/// Asserts an error in the format of the dialect that this path belongs to.
fn assert_error(path: &str, response: &Response, status: u16, code: &str) {
    if !path.starts_with("/api/auth/") {
        assert_problem(response, status, code, path);
        return;
    }
    let body = response.json();
    assert_eq!(
        (response.status, &body["status"]),
        (status, &json!(status)),
        "{path}: {response:?}"
    );
    assert!(body["message"].as_str().is_some_and(|message| message.len() > 10), "{path}: {body}");
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(2), "{path}: {body}");
    assert_security_headers(response, path);
}

async fn send(world: &World, method: &str, path: &str, body: &[u8]) -> Response {
    let mut sent = request(method, path, "");
    *sent.body_mut() = body.to_vec();
    world.send(sent).await
}

async fn not_json(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    for (method, path) in calls() {
        for body in malformed() {
            assert_error(&path, &send(world, method, &path, &body).await, 400, "request_invalid");
        }
        for body in ["[]", "null", "1", "\"x\"", "{\"unknown\": 1}"] {
            assert_error(
                &path,
                &send(world, method, &path, body.as_bytes()).await,
                400,
                "request_invalid",
            );
        }
    }
    snapshot.assert_unchanged("bodies that are not a JSON object");
}

async fn identifiers(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    for (method, path, field) in [
        ("PUT", "/api/v1/account/password", "email"),
        ("POST", "/api/auth/forgot", "email"),
        ("POST", CMS, "principal"),
    ] {
        let texts = invalid_texts(field).into_iter().map(|(text, _)| format!("\"{text}\""));
        for value in NOT_STRINGS.iter().map(|value| (*value).to_owned()).chain(texts) {
            let response =
                send(world, method, path, format!("{{\"{field}\": {value}}}").as_bytes()).await;
            assert_error(path, &response, 400, "request_invalid");
        }
    }
    snapshot.assert_unchanged("invalid identifiers");
}

async fn unknown_fields(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    for (method, path, good) in [
        ("PUT", "/api/v1/account/password", r#""email": "peter@mail.example""#),
        ("PUT", "/api/v1/account/password", r#""old": "x", "new": "y""#),
        ("POST", "/api/auth/forgot", r#""email": "peter@mail.example""#),
        ("POST", "/api/auth/reset", r#""reset_token": "x", "password": "y""#),
        ("POST", CMS, r#""principal": "peter""#),
        ("POST", &format!("{CMS}/HASH/commit"), r#""password": "y""#),
        ("POST", path::CHANGE, r#""old": "x", "new": "y""#),
    ] {
        for more in
            UNKNOWN_FIELDS.iter().map(|name| format!("\"{name}\": \"x\"")).chain([good.to_owned()])
        {
            let response =
                send(world, method, path, format!("{{{good}, {more}}}").as_bytes()).await;
            assert_error(path, &response, 400, "request_invalid");
        }
    }
    snapshot.assert_unchanged("unknown fields");
}

async fn tokens(world: &World) {
    let peter = world.new_person().await;
    let real = world.token_for(&peter).await;
    let snapshot = StoreSnapshot::take(world);
    for token in invalid_tokens(&real) {
        let rest = json!({ "token": token, "new": NEW }).to_string();
        let response = send(world, "PUT", "/api/v1/account/password", rest.as_bytes()).await;
        assert_error("/api/v1/account/password", &response, 400, "link_invalid");
        let flask = json!({ "reset_token": token, "password": NEW }).to_string();
        let status = if token.is_empty() { 400 } else { 403 };
        let response = send(world, "POST", "/api/auth/reset", flask.as_bytes()).await;
        assert_error("/api/auth/reset", &response, status, "link_invalid");
        // A path holds only characters that need no encoding.
        if !token.is_empty()
            && token
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | ','))
        {
            let commit = format!("{CMS}/{token}/commit");
            let response =
                send(world, "POST", &commit, json!({ "password": NEW }).to_string().as_bytes())
                    .await;
            assert_error(&commit, &response, 400, "link_invalid");
        }
    }
    snapshot.assert_unchanged("invalid tokens");
    assert_link_works(world, &real).await;
}

async fn methods(world: &World) {
    for (own, path) in calls().into_iter().chain([("POST", format!("{CMS}/NAME/send"))]) {
        for method in
            ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(|method| *method != own)
        {
            let response = send(world, method, &path, b"").await;
            assert_eq!(
                response.header("allow"),
                Some(format!("{own}, OPTIONS").as_str()),
                "{method} {path}"
            );
            assert_error(&path, &response, 405, "method_not_allowed");
        }
    }
}

async fn size_and_type(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    for (method, path) in calls() {
        let large = format!("{{\"email\": \"{}\"}}", "x".repeat(16 * 1024));
        assert_error(
            &path,
            &send(world, method, &path, large.as_bytes()).await,
            413,
            "body_too_large",
        );
        for content_type in
            ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
        {
            let mut other = request(method, &path, "{}");
            other.headers_mut().insert(
                "content-type",
                content_type.parse().expect("the content type is a valid header"),
            );
            assert_error(&path, &world.send(other).await, 415, "content_type_unsupported");
        }
    }
    let send_path = format!("{CMS}/NAME/send");
    let response = send(world, "POST", &send_path, &vec![b' '; 16 * 1024 + 1]).await;
    assert_error(&send_path, &response, 413, "body_too_large");
    snapshot.assert_unchanged("bodies that are too large or not JSON");
}

async fn foreign_origin(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    for (method, path) in calls() {
        for origin in ["https://evil.example", "null", "https://app.example.com.evil.example"] {
            let mut foreign = request(method, &path, "{}");
            foreign
                .headers_mut()
                .insert("origin", origin.parse().expect("the origin is a valid header"));
            assert_error(&path, &world.send(foreign).await, 403, "origin_not_allowed");
        }
    }
    snapshot.assert_unchanged("a foreign origin");
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
            let response = world.send(request(method, path, "{}")).await;
            assert_problem(&response, 404, "not_found", path);
        }
    }
}
