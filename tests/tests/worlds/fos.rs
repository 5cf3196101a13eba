//! FOSUserBundle's JSON API, as its feature file and its controller show it: the canonical surface is this one.

use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::json;

const PROMISED: &str = "An email has been sent. It contains a link you must click to reset your password.";
const NEW: &str = "a quite new passphrase";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("fos: can request a password reset for a valid user name, and for an e-mail", flow!(can_request)),
        ("fos: confirms with the token and the new password given twice", flow!(confirms)),
        ("fos: nobody hears that a user is not recognised or has asked already", flow!(silent)),
        ("fos: no answer holds the token, and the mail tells its lifetime in hours", flow!(token_by_mail)),
        ("fos: the passwords of the feature file are refused, and the token stays good", flow!(printed)),
        ("fos: every step can be observed from outside", flow!(steps)),
    ]
}

async fn can_request(world: &World) {
    for by_email in [false, true] {
        let peter = world.somebody().await;
        let name = if by_email { peter.address().to_owned() } else { peter.username.clone() };
        let answer = world.post("/password/reset/request", json!({ "username": name }).to_string()).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains(PROMISED), "{}", answer.body);
        assert!(world.mail(peter.address(), 1).await.link().contains("/password/reset?token="));
    }
}

async fn confirms(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let confirm = async |first: &str, second: &str| {
        let body = json!({ "token": token, "plainPassword": { "first": first, "second": second } });
        world.post("/password/reset/confirm", body.to_string()).await
    };
    let mismatch = confirm(NEW, "another new passphrase").await;
    assert_eq!((mismatch.status, &mismatch.json()["reasons"]), (422, &json!(["mismatch"])));
    assert_eq!(confirm(NEW, NEW).await.status, 200);
    assert!(world.has_password(&peter, NEW).await);
}

async fn silent(world: &World) {
    let peter = world.somebody().await;
    let ask = async |name: &str| world.post("/password/reset/request", json!({ "username": name }).to_string()).await;
    let first = ask(&peter.username).await;
    world.mail(peter.address(), 1).await;
    assert_eq!(ask(&peter.username).await, first, "asked already");
    assert_eq!(ask("nobody-at-all").await, first, "not recognised");
    world.told(&peter, "request_limited").await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1);
}

async fn token_by_mail(world: &World) {
    let peter = world.somebody().await;
    let answer = world.ask(json!({ "username": peter.username })).await;
    let mail = world.mail(peter.address(), 1).await;
    assert!(!answer.body.contains(&mail.token()));
    assert!(mail.text.contains("2 hours"), "{}", mail.text);
    assert!(world.has_password(&peter, &peter.password).await, "nothing has changed yet");
}

async fn printed(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    for password in ["testpass", "johnpass"] {
        assert_eq!(world.confirm(&token, password).await.code(), "password_rejected", "{password}");
    }
    assert_eq!(world.confirm("some-token-string", NEW).await.code(), "link_invalid");
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn steps(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    world.told(&peter, "link_sent").await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    world.told(&peter, "password_reset").await;
    world.told(&peter, "notice_sent").await;
}
