//! The password as one REST resource, call by call as its description shows them.

use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::{Answer, World, request};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/account/password";
const NEW: &str = "a quite new passphrase";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("rest: PUT with an e-mail is accepted, with the token of its mail there is no content", flow!(the_story)),
        ("rest: the token and the password that the description prints are refused", flow!(printed)),
        ("rest: PUT is exactly one of its bodies", flow!(exactly_one)),
        ("rest: who is signed in changes the password with the old one", flow!(signed_in)),
        ("rest: an e-mail or a token in the query is not read", flow!(query)),
        ("rest: no other method, and the refusal says which", flow!(methods)),
        ("rest: the answer is the same whoever is meant", flow!(same_answer)),
    ]
}

async fn put(world: &World, body: Value) -> Answer {
    world.send(request("PUT", PATH, &body.to_string())).await
}

async fn the_story(world: &World) {
    let peter = world.somebody().await;
    let answer = put(world, json!({ "email": peter.address() })).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let mail = world.mail(peter.address(), 1).await;
    assert!(mail.text.contains("ignore this"), "the mail says what to do if it was not you");
    let answer = put(world, json!({ "token": mail.token(), "new": NEW })).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert!(world.has_password(&peter, NEW).await);
    let again = put(world, json!({ "token": mail.token(), "new": "some other long passphrase" })).await;
    assert_eq!((again.status, again.code().as_str()), (410, "link_used"));
}

async fn printed(world: &World) {
    let answer = put(world, json!({ "token": "1234567890", "new": "password" })).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "link_invalid"));
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let answer = put(world, json!({ "token": token, "new": "password" })).await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "password_rejected"));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(put(world, json!({ "token": token, "new": NEW })).await.status, 204, "the link was not burnt");
}

async fn exactly_one(world: &World) {
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
        let answer = put(world, body.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "request_invalid"), "{body}");
    }
}

async fn signed_in(world: &World) {
    let peter = world.somebody().await;
    let change = async |session: Option<&str>, old: &str| {
        let mut put = request("PUT", PATH, &json!({ "old": old, "new": NEW }).to_string());
        if let Some(session) = session {
            put.headers_mut().insert("authorization", format!("Bearer {session}").parse().expect("one"));
        }
        world.send(put).await
    };
    let nobody = change(None, &peter.password).await;
    assert_eq!((nobody.status, nobody.code().as_str()), (401, "not_signed_in"));
    assert_eq!(change(Some("no such session"), &peter.password).await.status, 401);
    let session = world.session_for(&peter).await;
    let wrong = change(Some(&session), "password").await;
    assert_eq!((wrong.status, wrong.code().as_str()), (403, "old_password_wrong"));
    let changed = change(Some(&session), &peter.password).await;
    assert_eq!((changed.status, changed.body.as_str()), (204, ""));
    assert!(world.has_password(&peter, NEW).await);
}

async fn query(world: &World) {
    let peter = world.somebody().await;
    let path = format!("{PATH}?email={}", peter.address());
    let answer = world.send(request("PUT", &path, "{}")).await;
    assert_eq!(answer.status, 400);
    world.settle().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
}

async fn methods(world: &World) {
    for method in ["GET", "POST", "DELETE", "PATCH"] {
        let answer = world.send(request(method, PATH, "")).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("PUT, OPTIONS")), "{method}");
    }
}

async fn same_answer(world: &World) {
    let peter = world.somebody().await;
    let known = put(world, json!({ "email": peter.address() })).await;
    let unknown = put(world, json!({ "email": "nobody-at-all@example.com" })).await;
    assert_eq!(known, unknown);
}
