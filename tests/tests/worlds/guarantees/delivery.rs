//! An accepted request is delivered, or its failure is recorded as an event.

use libtest_mimic::Trial;
use relatch_domain::mail::failure::MailFailure;
use relatch_tests::trials::trial;
use relatch_tests::world::{AccountChange, in_memory, request};
use serde_json::json;

use crate::support::{MINUTE, NEW};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: no mail is lost while the mail server is down", mail_outage),
        trial("in process: a mail that cannot be delivered ends as an event", undeliverable),
    ]
}

async fn mail_outage() {
    let (world, memory) = in_memory(&[]);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    let token = world.token_for(&john).await;
    memory.fail_mail(Some(MailFailure::ConnectFailed));
    world.request_reset(json!({ "username": peter.username })).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(10 * MINUTE).await;
    assert_eq!(world.send(request("GET", "/healthz", "")).await.status, 200);
    memory.fail_mail(None);
    memory.advance(15 * MINUTE).await;
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    world.wait_for_mail(john.address(), 2).await;
}

async fn undeliverable() {
    let (world, memory) = in_memory(&[]);
    memory.fail_mail(Some(MailFailure::ConnectFailed));
    let peter = world.new_person().await;
    world.request_reset(json!({ "username": peter.username })).await;
    memory.advance(3 * 60 * MINUTE).await;
    assert_eq!(world.events(&peter).await, ["link_failed: connect_failed"]);
    memory.fail_mail(Some(MailFailure::RecipientRejected));
    let john = world.new_person().await;
    world.request_reset(json!({ "username": john.username })).await;
    memory.advance(MINUTE).await;
    assert_eq!(world.events(&john).await, ["link_failed: recipient_rejected"]);

    memory.fail_mail(None);
    let ada = world.new_person().await;
    let token = world.token_for(&ada).await;
    memory.fail_mail(Some(MailFailure::ConnectFailed));
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(30 * 60 * MINUTE).await;
    assert_eq!(
        world.events(&ada).await,
        ["link_sent", "password_reset", "notice_failed: connect_failed"]
    );

    memory.fail_mail(None);
    let disabled = world.new_person().await;
    world.request_reset(json!({ "username": disabled.username })).await;
    world.update_account(&disabled, AccountChange::Disabled(true)).await;
    memory.advance(MINUTE).await;
    assert_eq!(world.events(&disabled).await, ["request_refused: disabled"]);
    assert!(world.mails_to(disabled.address()).await.is_empty());
}
