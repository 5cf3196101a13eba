//! Calls without a successful confirm do not change the account.

use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::{World, request};
use serde_json::json;

use crate::support::{NEW, OTHER, assert_code};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("f11 until a link is used, nothing about the account changes", flow!(f11)),
        ("f12 no number of attempts locks the account owner out", flow!(f12)),
        ("f17 a reset opens no session, and a token is no session", flow!(f17)),
    ]
}

async fn f11(world: &World) {
    let peter = world.new_person().await;
    world.add_session(&peter, "phone").await;
    let before = world.hash_of(&peter).await.expect("the account has a password");
    let token = world.token_for(&peter).await;
    world.request_reset(json!({ "username": peter.username })).await;
    assert_eq!(world.check(&token).await.status, 200);
    assert_code(&world.confirm(&token, "short").await, 422, "password_rejected");
    assert_code(&world.confirm(&token.to_lowercase(), NEW).await, 400, "link_invalid");
    world.drain().await;
    assert_eq!(
        world.hash_of(&peter).await.expect("the account has a password").expose(),
        before.expose()
    );
    assert!(world.has_password(&peter, &peter.password).await);
    assert_eq!(world.session_count(&peter).await, 1);
    assert_eq!(world.check(&token).await.status, 200);
}

async fn f12(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for number in 0..40 {
        let forged = format!("{}{number:02}A{}", &token[..60], &token[63..]);
        assert_code(&world.confirm(&forged, OTHER).await, 400, "link_invalid");
        assert_code(&world.confirm(&token, "short").await, 422, "password_rejected");
        assert_eq!(world.request_reset(json!({ "username": peter.username })).await.status, 200);
    }
    assert!(world.has_password(&peter, &peter.password).await, "the old password still works");
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "the link still works");
    assert!(world.has_password(&peter, NEW).await);
}

async fn f17(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let checked = world.check(&token).await;
    let fields: Vec<String> =
        checked.json().as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    assert_eq!(fields, ["expires_at"], "the check reveals nothing about the account");
    let done = world.confirm(&token, NEW).await;
    assert_eq!(done.json(), json!({ "message": relatch::wire::PASSWORD_CHANGED }));
    for response in [&checked, &done] {
        assert_eq!(response.header("set-cookie"), None);
        assert_eq!(response.header("authorization"), None);
    }
    assert_eq!(world.session_count(&peter).await, 0);
    for path in ["/login", "/session", "/password/reset/login", "/password/reset/session"] {
        let response =
            world.send(request("POST", path, &json!({ "token": token }).to_string())).await;
        assert_code(&response, 404, "not_found");
    }
}
