//! The dialect `rest`: the password as one REST resource, call by call as its description shows
//! them.

use relatch_tests::flow;
use relatch_tests::response::Response;
use relatch_tests::trials::Flow;
use relatch_tests::world::{World, request};
use serde_json::{Value, json};

use crate::support::{NEW, OTHER, assert_code, assert_problem};

const PATH: &str = "/api/v1/account/password";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("rest: PUT with an e-mail responds 202, and with the mailed token 204", flow!(full_reset)),
        ("rest: the token and the password of the description are rejected", flow!(example_values)),
        ("rest: PUT takes exactly one of its three bodies", flow!(bodies)),
        ("rest: a signed-in person changes the password with the old one", flow!(signed_in)),
        ("rest: an e-mail in the query is not read", flow!(query)),
        ("rest: a wrong method is rejected, and Allow lists the right ones", flow!(methods)),
        ("rest: the response is the same whether an account exists or not", flow!(no_enumeration)),
    ]
}

async fn put(world: &World, body: Value) -> Response {
    world.send(request("PUT", PATH, &body.to_string())).await
}

async fn full_reset(world: &World) {
    let peter = world.new_person().await;
    let response = put(world, json!({ "email": peter.address() })).await;
    assert_eq!(response.status, 202, "{response:?}");
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert!(
        mail.text.contains("ignore this"),
        "the mail says what to do about an unexpected request"
    );
    let response = put(world, json!({ "token": mail.token(), "new": NEW })).await;
    assert_eq!((response.status, response.body.as_str()), (204, ""));
    assert!(world.has_password(&peter, NEW).await);
    let again = put(world, json!({ "token": mail.token(), "new": OTHER })).await;
    assert_code(&again, 410, "link_used");
}

async fn example_values(world: &World) {
    let response = put(world, json!({ "token": "1234567890", "new": "password" })).await;
    assert_code(&response, 400, "link_invalid");
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let response = put(world, json!({ "token": token, "new": "password" })).await;
    assert_code(&response, 422, "password_rejected");
    assert_eq!(response.header("content-type"), Some("application/problem+json"));
    assert_eq!(
        put(world, json!({ "token": token, "new": NEW })).await.status,
        204,
        "the link still works"
    );
}

async fn bodies(world: &World) {
    for body in [
        json!({}),
        json!({ "new": NEW }),
        json!({ "token": "t" }),
        json!({ "old": "o" }),
        json!({ "email": "peter@example.com", "token": "t", "new": NEW }),
        json!({ "email": "peter@example.com", "new": NEW }),
        json!({ "token": "t", "old": "o", "new": NEW }),
        json!({ "email": ["peter@example.com"] }),
        json!({ "email": "peter@example.com", "url": "https://evil.example" }),
        json!(["peter@example.com"]),
    ] {
        let response = put(world, body.clone()).await;
        assert_problem(&response, 400, "request_invalid", &body.to_string());
    }
}

async fn signed_in(world: &World) {
    let peter = world.new_person().await;
    let change = async |session: Option<&str>, old: &str| {
        let mut put = request("PUT", PATH, &json!({ "old": old, "new": NEW }).to_string());
        if let Some(session) = session {
            put.headers_mut().insert(
                "authorization",
                format!("Bearer {session}").parse().expect("the value is a valid header"),
            );
        }
        world.send(put).await
    };
    assert_code(&change(None, &peter.password).await, 401, "not_signed_in");
    assert_code(&change(Some("unknown-session"), &peter.password).await, 401, "not_signed_in");
    let session = world.open_session(&peter).await;
    assert_code(&change(Some(&session), "password").await, 403, "old_password_wrong");
    let changed = change(Some(&session), &peter.password).await;
    assert_eq!((changed.status, changed.body.as_str()), (204, ""));
    assert!(world.has_password(&peter, NEW).await);
}

async fn query(world: &World) {
    let peter = world.new_person().await;
    let path = format!("{PATH}?email={}", peter.address());
    let response = world.send(request("PUT", &path, "{}")).await;
    assert_eq!(response.status, 400);
    world.drain().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
}

async fn methods(world: &World) {
    for method in ["GET", "POST", "DELETE", "PATCH"] {
        let response = world.send(request(method, PATH, "")).await;
        assert_eq!(
            (response.status, response.header("allow")),
            (405, Some("PUT, OPTIONS")),
            "{method}"
        );
    }
}

async fn no_enumeration(world: &World) {
    let peter = world.new_person().await;
    let known = put(world, json!({ "email": peter.address() })).await;
    let unknown = put(world, json!({ "email": "unknown@example.com" })).await;
    assert_eq!(known, unknown);
}
