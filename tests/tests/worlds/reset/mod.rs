//! A password reset from the request to the notice.

use libtest_mimic::Trial;
use relatch::{Code, LinkToken, Password, ResetRequest};
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::json;

use crate::support::{NEW, OTHER};

mod confirm;
mod link_end;
mod lookup;
mod request;
mod shared;

pub fn flows() -> Vec<(&'static str, Flow)> {
    let own: Vec<(&'static str, Flow)> = vec![
        ("a person requests a reset, opens the mail and sets a new password", flow!(full_reset)),
        ("the native client runs a complete reset", flow!(full_reset_by_client)),
    ];
    let parts = [own, request::flows(), lookup::flows(), confirm::flows(), link_end::flows()];
    [parts.concat(), shared::flows()].concat()
}

pub fn trials() -> Vec<Trial> {
    let parts = [
        request::trials(),
        lookup::trials(),
        confirm::trials(),
        link_end::trials(),
        shared::trials(),
    ];
    parts.into_iter().flatten().collect()
}

async fn full_reset(world: &World) {
    let peter = world.new_person().await;
    let response = world.request_reset(json!({ "username": peter.username })).await;
    assert_eq!(response.status, 200);
    let promised =
        "An email has been sent. It contains a link you must click to reset your password.";
    assert_eq!(response.json(), json!({ "message": promised }));
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    assert!(
        world.has_password(&peter, &peter.password).await,
        "nothing changes until the link is used"
    );
    let response = world.confirm(&token, NEW).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert!(world.has_password(&peter, NEW).await);
    let notice = world.wait_for_mail(peter.address(), 2).await;
    assert!(notice.subject.contains("changed"), "{}", notice.subject);
    assert!(!notice.source.contains(NEW));
    world.wait_for_event(&peter, "link_sent").await;
    world.wait_for_event(&peter, "password_reset").await;
    world.wait_for_event(&peter, "notice_sent").await;
    assert_eq!(world.events(&peter).await.len(), 3, "{:?}", world.events(&peter).await);
}

async fn full_reset_by_client(world: &World) {
    let ada = world.new_person().await;
    let client = world.client();
    client.request(ResetRequest::new(ada.address()).locale("en-GB")).await.unwrap();
    let link = world.wait_for_mail(ada.address(), 1).await.link();
    let token = LinkToken::from_url(&link).unwrap();
    let state = client.check(&token).await.unwrap();
    assert!(state.expires_at.ends_with('Z'), "{}", state.expires_at);
    let weak = client.confirm(&token, &Password::from("short")).await.unwrap_err();
    assert_eq!(weak.code(), Some(Code::PasswordRejected));
    client.confirm(&token, &Password::from(NEW)).await.unwrap();
    assert!(world.has_password(&ada, NEW).await);
    let used = client.confirm(&token, &Password::from(OTHER)).await.unwrap_err();
    assert_eq!(used.code(), Some(Code::LinkUsed));
    assert_eq!(client.rules().await.unwrap().min_length, 15);
}
