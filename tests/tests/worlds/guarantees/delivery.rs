//! An accepted request is delivered, or its failure is recorded as an event.

use std::cell::Cell;

use libtest_mimic::Trial;
use relatch_domain::mail::failure::MailFailure;
use relatch_memory::{Fault, Memory};
use relatch_tests::trials::trial;
use relatch_tests::world::{AccountChange, in_memory, request};
use serde_json::json;

use crate::support::{MINUTE, NEW, inject_faults};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: no mail is lost while the mail server is down", mail_outage),
        trial(
            "in process: a mail whose answer is lost is sent once more and then never again",
            lost_answers,
        ),
        trial("in process: a delayed mail states when its link expires", delayed),
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

async fn delayed() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    memory.fail_mail(Some(MailFailure::ConnectFailed));
    world.request_reset(json!({ "username": peter.username })).await;
    memory.advance(30 * MINUTE).await;
    memory.fail_mail(None);
    memory.advance(30 * MINUTE).await;
    let mail = world.wait_for_mail(peter.address(), 1).await;
    for text in [&mail.text, &mail.html] {
        assert!(text.contains("for 2 hours, until 20 November, 14:00 UTC"), "{text}");
    }
    let expires_at = world.check(&mail.token()).await.json()["expires_at"].clone();
    assert!(expires_at.as_str().unwrap().starts_with("2026-11-20T14:00:"), "{expires_at}");
}

/// Loses the next answers of the mail server after it has accepted a message.
fn lose_answers(memory: &Memory, count: usize) {
    let left = Cell::new(count);
    inject_faults(memory, move |call| {
        if call.verb != "mailer.send" || left.get() == 0 {
            return Fault::None;
        }
        left.set(left.get() - 1);
        Fault::After
    });
}

async fn lost_answers() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    lose_answers(&memory, 1);
    world.request_reset(json!({ "username": peter.username })).await;
    memory.advance(2 * MINUTE).await;
    assert_eq!(world.events(&peter).await, ["link_sent"]);
    let mails = world.mails_to(peter.address()).await;
    assert_eq!((mails.len(), &mails[0].source), (2, &mails[1].source));

    let ada = world.new_person().await;
    lose_answers(&memory, 9);
    world.request_reset(json!({ "username": ada.username })).await;
    memory.advance(2 * MINUTE).await;
    assert_eq!(world.events(&ada).await, ["link_failed: mail_unknown"]);
    memory.advance(3 * 60 * MINUTE).await;
    let mails = world.mails_to(ada.address()).await;
    assert_eq!(mails.len(), 2);

    // The notice is counted in the same way.
    memory.set_gate(None);
    let john = world.new_person().await;
    let token = world.token_for(&john).await;
    lose_answers(&memory, 9);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(30 * 60 * MINUTE).await;
    assert_eq!(
        world.events(&john).await,
        ["link_sent", "password_reset", "notice_failed: mail_unknown"]
    );
    assert_eq!(world.mails_to(john.address()).await.len(), 3, "one link and two notices");
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
