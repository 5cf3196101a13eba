//! FOSUserBundle's JSON API, call by call as its feature file and controller show it. It is the
//! canonical surface.

use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::json;

use crate::support::{NEW, OTHER, assert_code};

/// The text that the API promises, word for word.
const PROMISED: &str =
    "An email has been sent. It contains a link you must click to reset your password.";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("fos: a reset is requested by user name or e-mail", flow!(request)),
        (
            "fos: a reset is confirmed with the token and the new password given twice",
            flow!(confirm),
        ),
        ("fos: no response reveals an unknown user or an earlier request", flow!(no_enumeration)),
        (
            "fos: no response contains the token, and the mail has its lifetime in hours",
            flow!(token_by_mail),
        ),
        (
            "fos: the passwords of the feature file are rejected, and the token stays usable",
            flow!(example_values),
        ),
        ("fos: every step has an event", flow!(events)),
    ]
}

async fn request(world: &World) {
    for by_email in [false, true] {
        let peter = world.new_person().await;
        let name = if by_email { peter.address().to_owned() } else { peter.username.clone() };
        let response =
            world.post("/password/reset/request", json!({ "username": name }).to_string()).await;
        assert_eq!(response.status, 200);
        assert!(response.body.contains(PROMISED), "{}", response.body);
        assert!(
            world.wait_for_mail(peter.address(), 1).await.link().contains("/password/reset?token=")
        );
    }
}

async fn confirm(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let confirm = async |first: &str, second: &str| {
        let body = json!({ "token": token, "plainPassword": { "first": first, "second": second } });
        world.post("/password/reset/confirm", body.to_string()).await
    };
    let mismatch = confirm(NEW, OTHER).await;
    assert_eq!((mismatch.status, &mismatch.json()["reasons"]), (422, &json!(["mismatch"])));
    assert_eq!(confirm(NEW, NEW).await.status, 200);
    assert!(world.has_password(&peter, NEW).await);
}

async fn no_enumeration(world: &World) {
    let peter = world.new_person().await;
    let request = async |name: &str| {
        world.post("/password/reset/request", json!({ "username": name }).to_string()).await
    };
    let first = request(&peter.username).await;
    world.wait_for_mail(peter.address(), 1).await;
    assert_eq!(request(&peter.username).await, first, "an earlier request");
    assert_eq!(request("unknown-user").await, first, "an unknown user");
    world.wait_for_event(&peter, "request_limited").await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1);
}

async fn token_by_mail(world: &World) {
    let peter = world.new_person().await;
    let response = world.request_reset(json!({ "username": peter.username })).await;
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert!(!response.body.contains(&mail.token()));
    assert!(mail.text.contains("2 hours"), "{}", mail.text);
    assert!(
        world.has_password(&peter, &peter.password).await,
        "the password changes only with the confirm"
    );
}

async fn example_values(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for password in ["testpass", "johnpass"] {
        assert_code(&world.confirm(&token, password).await, 422, "password_rejected");
    }
    assert_code(&world.confirm("some-token-string", NEW).await, 400, "link_invalid");
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn events(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for event in ["request_accepted", "link_sent"] {
        world.wait_for_event(&peter, event).await;
    }
    assert_eq!(world.check(&token).await.status, 200);
    world.wait_for_event(&peter, "link_checked").await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    for event in ["password_reset", "sessions_revoked", "notice_sent"] {
        world.wait_for_event(&peter, event).await;
    }
}
