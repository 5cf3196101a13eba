//! `/server/links/revoke`, and what it shares with `/server/erase`.

use std::cell::Cell;
use std::rc::Rc;

use libtest_mimic::Trial;
use relatch_domain::mail::failure::MailFailure;
use relatch_memory::{Fault, Staleness};
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{AccountChange, World, in_memory};
use serde_json::json;

use super::{account_body, call};
use crate::support::{MINUTE, NEW, assert_code, assert_problem, fail_calls, inject_faults};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![("a link that a server revoked is rejected by check and confirm", flow!(revoked))]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: a revoked link stays rejected although its record is stale or missing",
            stale_records,
        ),
        trial(
            "in process: revoking a link before it is mailed cancels the mail with an event",
            revoked_before_mail,
        ),
        trial(
            "in process: a link revoked while its mail is being sent is rejected",
            revoked_during_delivery,
        ),
        trial(
            "in process: a link is revoked or erased only after a claim in progress has ended",
            claim_in_progress,
        ),
        trial("in process: a revocation that fails at any step can be repeated", failing_steps),
    ]
}

async fn revoked(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let other = world.new_person().await;
    let others = world.token_for(&other).await;
    assert_eq!(world.check(&token).await.status, 200);
    for _ in 0..2 {
        let response =
            call(world, "/server/links/revoke", json!({ "username": peter.username })).await;
        assert_eq!(response.status, 200, "{response:?}");
        assert!(response.json()["message"].is_string());
        assert_code(&world.check(&token).await, 410, "link_used");
        assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
    }
    assert!(world.has_password(&peter, &peter.password).await);
    world.wait_for_event(&peter, "server_revoke: main").await;
    // Links of a disabled account are revoked too. Otherwise they would work again once the account
    // is enabled.
    world.update_account(&other, AccountChange::Disabled(true)).await;
    assert_eq!(call(world, "/server/links/revoke", account_body(&other)).await.status, 200);
    world.update_account(&other, AccountChange::Disabled(false)).await;
    assert_code(&world.check(&others).await, 410, "link_used");
    assert_code(&world.confirm(&others, NEW).await, 410, "link_used");
    // An account without links, and no account.
    assert_eq!(
        call(world, "/server/links/revoke", account_body(&world.new_person().await)).await.status,
        200
    );
    assert_code(
        &call(world, "/server/links/revoke", account_body(&Person::new())).await,
        404,
        "account_unknown",
    );
}

async fn stale_records() {
    for staleness in [Staleness::Fresh, Staleness::NeverThere, Staleness::NeverGone] {
        let (world, memory) = in_memory(&[]);
        memory.set_staleness(staleness);
        let peter = world.new_person().await;
        let token = world.token_for(&peter).await;
        assert_eq!(world.check(&token).await.status, 200);
        assert_eq!(call(&world, "/server/links/revoke", account_body(&peter)).await.status, 200);
        assert_code(&world.check(&token).await, 410, "link_used");
        assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
        // A new link of the same account works.
        memory.advance(2 * MINUTE).await;
        let fresh = world.token_for(&peter).await;
        assert_eq!(world.confirm(&fresh, NEW).await.status, 200);
        assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
        // A link that was used just before it was revoked still accepts the repeated confirm.
        assert_eq!(call(&world, "/server/links/revoke", account_body(&peter)).await.status, 200);
        assert_eq!(world.confirm(&fresh, NEW).await.status, 200, "the repeat");
    }
}

/// The fault of a mail server that is down.
const DOWN: MailFailure = MailFailure::ConnectFailed;

async fn revoked_before_mail() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    memory.fail_mail(Some(DOWN));
    assert_eq!(call(&world, "/server/reset", account_body(&peter)).await.status, 202);
    memory.advance(MINUTE / 2).await;
    assert_eq!(call(&world, "/server/links/revoke", account_body(&peter)).await.status, 200);
    memory.fail_mail(None);
    memory.advance(60 * MINUTE).await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    let events = world.events(&peter).await;
    assert_eq!(events, ["server_reset: main", "server_revoke: main", "link_failed: revoked"]);
}

/// Revokes the link just before each port call of a delivery attempt.
async fn revoked_during_delivery() {
    for verb in ["directory.account", "mailbox.change", "records.put", "mailer.send"] {
        let (world, memory) = in_memory(&[]);
        let peter = world.new_person().await;
        assert_eq!(call(&world, "/server/reset", account_body(&peter)).await.status, 202);
        let (body, revoker) = (account_body(&peter), world.clone());
        let revoking = Rc::new(Cell::new(false));
        let count = Rc::new(Cell::new(0));
        memory.set_gate(Some(Rc::new(move |port_call| {
            let is_match = port_call.verb == verb && !revoking.get();
            count.set(count.get() + u32::from(is_match));
            // The second change of the mailbox stores the link.
            let is_due = is_match && count.get() == if verb == "mailbox.change" { 2 } else { 1 };
            let (world, body, revoking) = (revoker.clone(), body.clone(), Rc::clone(&revoking));
            Box::pin(async move {
                if is_due {
                    revoking.set(true);
                    assert_eq!(call(&world, "/server/links/revoke", body).await.status, 200);
                }
                Fault::None
            })
        })));
        memory.advance(MINUTE).await;
        memory.set_gate(None);
        for mail in world.mails_to(peter.address()).await {
            assert_code(&world.check(&mail.token()).await, 410, "link_used");
            assert_code(&world.confirm(&mail.token(), NEW).await, 410, "link_used");
        }
        let events = world.events(&peter).await;
        assert_eq!(
            events,
            ["server_reset: main", "server_revoke: main", "link_failed: revoked"],
            "{verb}"
        );
    }
}

async fn claim_in_progress() {
    for (path, written) in [
        ("/server/links/revoke", true),
        ("/server/links/revoke", false),
        ("/server/erase", true),
        ("/server/erase", false),
    ] {
        let (world, memory) = in_memory(&[]);
        let peter = world.new_person().await;
        let token = world.token_for(&peter).await;
        let fault = if written { Fault::After } else { Fault::Before };
        fail_calls(&memory, "directory.set_password", fault);
        assert_code(&world.confirm(&token, NEW).await, 409, "link_busy");
        memory.set_gate(None);
        for _ in 0..2 {
            let response = call(&world, path, account_body(&peter)).await;
            assert_problem(&response, 409, "link_busy", path);
            assert!(response.header("retry-after").is_some());
        }
        // The lease has ended and the claim is still pending: its outcome is determined first.
        memory.set_clock(memory.time().after(MINUTE));
        assert_eq!(call(&world, path, account_body(&peter)).await.status, 200, "{path}");
        assert!(world.has_password(&peter, if written { NEW } else { &peter.password }).await);
        memory.advance(MINUTE).await;
        if written && path == "/server/links/revoke" {
            assert_eq!(
                world.confirm(&token, NEW).await.status,
                200,
                "the link was used before, with this password"
            );
            world.wait_for_event(&peter, "password_reset").await;
        } else {
            assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
        }
        assert!(world.has_password(&peter, if written { NEW } else { &peter.password }).await);
    }
}

async fn failing_steps() {
    for path in ["/server/links/revoke", "/server/erase"] {
        for fault in [Fault::Before, Fault::After] {
            for failing_call in 0.. {
                let (world, memory) = in_memory(&[]);
                let peter = world.new_person().await;
                let token = world.token_for(&peter).await;
                let index = Cell::new(0);
                inject_faults(&memory, move |_| {
                    let fault = if index.get() == failing_call { fault } else { Fault::None };
                    index.set(index.get() + 1);
                    fault
                });
                let first = call(&world, path, account_body(&peter)).await;
                let calls = memory.take_trace().len();
                memory.set_gate(None);
                assert!(first.status == 200 || first.code() == "unavailable", "{first:?}");
                assert_eq!(call(&world, path, account_body(&peter)).await.status, 200);
                assert_code(&world.check(&token).await, 410, "link_used");
                assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
                if calls <= failing_call {
                    break;
                }
            }
        }
    }
}
