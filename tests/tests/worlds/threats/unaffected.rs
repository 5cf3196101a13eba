//! What a stranger's tries do to an account: nothing.

use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::{World, request};
use serde_json::json;

use super::{NEW, OTHER, assert_code};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("f11 until a link is used, nothing about the account changes", flow!(f11)),
        ("f12 no number of tries locks anybody out", flow!(f12)),
        ("f17 a reset signs nobody in, and a link is no way to sign in", flow!(f17)),
    ]
}

async fn f11(world: &World) {
    let peter = world.somebody().await;
    world.sign_in(&peter, "phone").await;
    let before = world.hash_of(&peter).await.expect("there is a password");
    let token = world.token_for(&peter).await;
    world.ask(json!({ "username": peter.username })).await;
    assert_eq!(world.check(&token).await.status, 200);
    assert_code(&world.confirm(&token, "short").await, 422, "password_rejected");
    assert_code(&world.confirm(&token.to_lowercase(), NEW).await, 400, "link_invalid");
    world.settle().await;
    assert_eq!(world.hash_of(&peter).await.expect("there is a password").expose(), before.expose());
    assert!(world.has_password(&peter, &peter.password).await);
    assert_eq!(world.sessions(&peter).await, 1);
    assert_eq!(world.check(&token).await.status, 200);
}

async fn f12(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    for number in 0..40 {
        let forged = format!("{}{number:02}A{}", &token[..60], &token[63..]);
        assert_code(&world.confirm(&forged, OTHER).await, 400, "link_invalid");
        assert_code(&world.confirm(&token, "short").await, 422, "password_rejected");
        assert_eq!(world.ask(json!({ "username": peter.username })).await.status, 200);
    }
    assert!(world.has_password(&peter, &peter.password).await, "the old password is still good");
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "and so is the link");
    assert!(world.has_password(&peter, NEW).await);
}

async fn f17(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let checked = world.check(&token).await;
    let fields: Vec<String> = checked.json().as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    assert_eq!(fields, ["expires_at"], "a link tells nothing about the account");
    let done = world.confirm(&token, NEW).await;
    assert_eq!(done.json(), json!({ "message": relatch::wire::PASSWORD_CHANGED }));
    for answer in [&checked, &done] {
        assert_eq!(answer.header("set-cookie"), None);
        assert_eq!(answer.header("authorization"), None);
    }
    assert_eq!(world.sessions(&peter).await, 0);
    for path in ["/login", "/session", "/password/reset/login", "/password/reset/session"] {
        let answer = world.send(request("POST", path, &json!({ "token": token }).to_string())).await;
        assert_code(&answer, 404, "not_found");
    }
}
