//! The end of a link: when it expires, when it is used, and when its account changes.

use libtest_mimic::Trial;
use relatch::LinkToken;
use relatch_domain::events::Action;
use relatch_domain::values::time::Moment;
use relatch_memory::{Fault, Staleness};
use relatch_tests::flow;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{AccountChange, World, in_memory};
use serde_json::json;

use crate::support::{MINUTE, NEW, OTHER, assert_code, fail_calls, inject_faults};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b16 a reset ends all sessions, and a rejected confirm ends none", flow!(b16)),
        ("b30 a link ends when the password, address, status or role changes", flow!(b30)),
        ("b31 after a rejected password the same link accepts a good one", flow!(b31)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: b9 the expiry is checked again when a confirm claims the link", b9),
        trial(
            "in process: b16 if the sessions cannot be ended, the password is not set either",
            b16_failing,
        ),
        trial(
            "in process: b27 a new request creates a new link and does not extend an old one",
            b27,
        ),
        trial("in process: b28 the newest link always works", b28),
        trial("in process: after a long outage no link is mailed that ends soon", nearly_expired),
        trial("in process: b29 several links work until one is used or the account changes", b29),
        trial("in process: b40 a link that ended is rejected although its record is stale", b40),
    ]
}

async fn b9() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let end = LinkToken::parse(&token).expect("the mail holds a token").expires_at();
    memory.set_clock(Moment::from_seconds(end - 1));
    assert_eq!(world.check(&token).await.status, 200);
    memory.set_clock(Moment::from_seconds(end));
    assert_code(&world.confirm(&token, NEW).await, 410, "link_expired");

    // The link expires while a confirm is in progress: the claim checks the expiry again.
    memory.set_clock(Moment::from_seconds(end - 1));
    let clock = memory.clone();
    inject_faults(&memory, move |call| {
        if call.verb == "mailboxes.commit" {
            clock.set_clock(Moment::from_seconds(end));
        }
        Fault::None
    });
    assert_code(&world.confirm(&token, NEW).await, 410, "link_expired");
    memory.set_gate(None);
    assert!(world.has_password(&peter, &peter.password).await);
    assert_eq!(memory.passwords_set().len(), 0);

    memory.set_clock(Moment::from_seconds(end - 1));
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "one second before the expiry");
}

async fn nearly_expired() {
    for (minutes, mails) in [(104, 1), (106, 0)] {
        let (world, memory) = in_memory(&[]);
        let peter = world.new_person().await;
        fail_calls(&memory, "mailer.send", Fault::Before);
        assert_eq!(world.request_reset(json!({ "email": peter.address() })).await.status, 200);
        memory.advance(MINUTE / 4).await;
        // No alarm fires until the link has 16 or 14 of its 120 minutes left.
        memory.set_gate(None);
        memory.set_clock(memory.time().after(minutes * MINUTE));
        memory.run_alarms().await;
        assert_eq!(world.mails_to(peter.address()).await.len(), mails, "{minutes}");
        let events = memory.events();
        let last = events.iter().find(|event| event.action == Action::LinkFailed);
        let detail = last.and_then(|event| event.detail.as_deref());
        assert_eq!(detail, (mails == 0).then_some("too_late"));
    }
}

async fn b16(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for device in ["phone", "laptop", "the attacker's"] {
        world.add_session(&peter, device).await;
    }
    assert_eq!(world.confirm(&token, "short").await.status, 422);
    assert_eq!(world.confirm("forged", NEW).await.status, 400);
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.session_count(&peter).await, 3, "rejected calls end no session");
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_eq!(world.session_count(&peter).await, 0, "all sessions have ended before the response");
    world.add_session(&peter, "phone").await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "the repeated confirm");
    assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
    assert_eq!(
        world.session_count(&peter).await,
        1,
        "a session opened with the new password is kept"
    );
}

async fn b16_failing() {
    for fault in [Fault::Before, Fault::After, Fault::Late] {
        let (world, memory) = in_memory(&[]);
        let peter = world.new_person().await;
        world.add_session(&peter, "phone").await;
        let token = world.token_for(&peter).await;
        fail_calls(&memory, "directory.set_password", fault);
        assert_code(&world.confirm(&token, NEW).await, 409, "link_busy");
        memory.set_gate(None);
        let is_set = world.has_password(&peter, NEW).await;
        assert_eq!(is_set, fault == Fault::After);
        assert_eq!(
            world.session_count(&peter).await,
            usize::from(!is_set),
            "password and sessions change together"
        );
        // After the lease the outcome is known, and the same password succeeds in either case.
        memory.advance(MINUTE).await;
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "{fault:?}");
        assert!(world.has_password(&peter, NEW).await);
        assert_eq!(world.session_count(&peter).await, 0);
        // A write that is applied later is past its deadline and has no effect.
        memory.apply_late_write();
        assert!(world.has_password(&peter, NEW).await);
        memory.advance(MINUTE).await;
        assert_eq!(world.mails_to(peter.address()).await.len(), 2, "one link, one notice");
    }
}

async fn b27() {
    let (world, memory) = in_memory(&[("LINK_LIFETIME_MINUTES", "30")]);
    let peter = world.new_person().await;
    let old = world.token_for(&peter).await;
    memory.advance(31 * MINUTE).await;
    assert_code(&world.check(&old).await, 410, "link_expired");
    let new = world.token_for(&peter).await;
    assert_ne!(old, new);
    for response in [world.check(&old).await, world.confirm(&old, NEW).await] {
        assert_code(&response, 410, "link_expired");
    }
    assert_eq!(world.confirm(&new, NEW).await.status, 200);
    assert_eq!(world.confirm(&old, OTHER).await.status, 410);
    assert!(world.has_password(&peter, NEW).await);

    // A new request does not extend a link that has not expired yet.
    let ada = world.new_person().await;
    let first = world.token_for(&ada).await;
    memory.advance(20 * MINUTE).await;
    world.token_for(&ada).await;
    memory.advance(11 * MINUTE).await;
    assert_code(&world.confirm(&first, NEW).await, 410, "link_expired");
}

async fn b28() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let mut newest = String::new();
    for round in 0..3 {
        for _ in 0..2 {
            newest = world.token_for(&peter).await;
            assert_eq!(world.check(&newest).await.status, 200);
            memory.advance(20 * MINUTE).await;
        }
        assert_eq!(world.check(&newest).await.status, 200);
        let password = format!("passphrase of round {round}");
        assert_eq!(world.confirm(&newest, &password).await.status, 200, "round {round}");
        assert!(world.has_password(&peter, &password).await);
        memory.advance(20 * MINUTE).await;
    }
}

async fn b29() {
    for ending in ["used", "password", "email", "disabled"] {
        let (world, memory) = in_memory(&[]);
        let peter = world.new_person().await;
        let mut tokens = Vec::new();
        for _ in 0..3 {
            tokens.push(world.token_for(&peter).await);
            memory.advance(2 * MINUTE).await;
        }
        // Further requests, within the limits and beyond them, end none of the links.
        for _ in 0..5 {
            world.request_reset(json!({ "email": peter.address() })).await;
            memory.advance(MINUTE).await;
        }
        for token in &tokens {
            assert_eq!(world.check(token).await.status, 200);
        }
        match ending {
            "used" => assert_eq!(world.confirm(&tokens[1], NEW).await.status, 200),
            "password" => world.update_account(&peter, AccountChange::Password(NEW)).await,
            "email" => {
                world.update_account(&peter, AccountChange::Email("elsewhere@mail.example")).await;
            }
            _ => world.update_account(&peter, AccountChange::Disabled(true)).await,
        }
        for token in &tokens {
            assert_code(&world.check(token).await, 410, "link_used");
            assert_code(&world.confirm(token, OTHER).await, 410, "link_used");
        }
        assert!(!world.has_password(&peter, OTHER).await, "{ending}");
    }
}

async fn b30(world: &World) {
    use relatch_domain::values::account::Role;
    let changes = [
        AccountChange::Password("changed by its owner"),
        AccountChange::Email("moved@mail.example"),
        AccountChange::Disabled(true),
        AccountChange::Role(Role::Admin),
        AccountChange::Role(Role::Machine),
    ];
    for change in changes {
        let peter = world.new_person().await;
        let token = world.token_for(&peter).await;
        assert_eq!(world.check(&token).await.status, 200);
        world.update_account(&peter, change).await;
        let before = world.hash_of(&peter).await.expect("the account has a password");
        assert_code(&world.check(&token).await, 410, "link_used");
        assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
        // Not even the current password gets another response from this link.
        assert_code(&world.confirm(&token, "changed by its owner").await, 410, "link_used");
        assert_eq!(
            world.hash_of(&peter).await.map(|hash| hash.expose().to_owned()),
            Some(before.expose().to_owned())
        );
    }
}

async fn b31(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for weak in [
        "",
        "tiny",
        "aaaaaaaaaaaaaaaaaaaa",
        "passwordpassword",
        &peter.username.repeat(3),
        &"y5".repeat(65),
    ] {
        let response = world.confirm(&token, weak).await;
        assert_code(&response, 422, "password_rejected");
        assert!(
            response.json()["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()),
            "{response:?}"
        );
        assert!(
            weak.is_empty() || !response.body.contains(weak),
            "the problem does not repeat the password"
        );
    }
    assert!(world.has_password(&peter, &peter.password).await);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&peter, NEW).await);
}

async fn b40() {
    let (world, memory) = in_memory(&[]);
    // The link ends by a change of the account or by its use, then expires. Its stale record stays
    // readable.
    for ending in ["changed", "used"] {
        let peter = world.new_person().await;
        let token = world.token_for(&peter).await;
        memory.set_staleness(Staleness::NeverGone);
        if ending == "used" {
            assert_eq!(world.confirm(&token, NEW).await.status, 200);
        } else {
            world.update_account(&peter, AccountChange::Password(NEW)).await;
        }
        assert_code(&world.check(&token).await, 410, "link_used");
        assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
        memory.advance(3 * 60 * MINUTE).await;
        assert_code(&world.confirm(&token, OTHER).await, 410, "link_expired");
        assert!(world.has_password(&peter, NEW).await);
        memory.set_staleness(Staleness::Fresh);
    }
    // Where the record is not readable yet, the mailbox answers.
    let ada = world.new_person().await;
    let token = world.token_for(&ada).await;
    memory.set_staleness(Staleness::NeverThere);
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
}
