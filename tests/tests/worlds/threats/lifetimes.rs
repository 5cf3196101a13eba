//! When a link ends: with its time, with its use, and with what it was made for.

use libtest_mimic::Trial;
use relatch::LinkToken;
use relatch_domain::values::time::Moment;
use relatch_memory::{Fault, Staleness};
use relatch_tests::flow;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{Change, World};
use serde_json::json;

use super::{MINUTE, NEW, OTHER, assert_code, gate, in_memory};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b16 sessions end with the password, and a refused confirm ends none", flow!(b16)),
        ("b30 a link dies with a change of password, address, status or role", flow!(b30)),
        ("b31 a weak password and then a strong one, with the same link", flow!(b31)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![
        trial("in process: b9 time that passes between the check and the confirm counts", b9),
        trial("in process: b16 a revocation that fails is a confirm that fails, and the link lives", b16_failing),
        trial("in process: b27 asking again after the end makes a new link and revives no old one", b27),
        trial("in process: b28 the newest link always works", b28),
        trial("in process: b29 several links live until one is used or the account changes", b29),
        trial("in process: b40 a revoked link is dead where the records are still old", b40),
    ]
}

async fn b9() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let end = LinkToken::parse(&token).expect("the mail holds a token").expires_at();
    memory.memory.set_clock(Moment::from_seconds(end - 1));
    assert_eq!(world.check(&token).await.status, 200);
    memory.memory.set_clock(Moment::from_seconds(end));
    assert_code(&world.confirm(&token, NEW).await, 410, "link_expired");

    // The end may come in the middle of a confirm: the step that claims the link looks again.
    memory.memory.set_clock(Moment::from_seconds(end - 1));
    let clock = memory.clone();
    gate(&memory, move |call| {
        if call.verb == "desks.commit" {
            clock.memory.set_clock(Moment::from_seconds(end));
        }
        Fault::None
    });
    assert_code(&world.confirm(&token, NEW).await, 410, "link_expired");
    memory.memory.set_gate(None);
    assert!(world.has_password(&peter, &peter.password).await);
    assert_eq!(memory.memory.passwords_set().len(), 0);

    memory.memory.set_clock(Moment::from_seconds(end - 1));
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "a second earlier it was good");
}

async fn b16(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    for device in ["phone", "laptop", "the thief's"] {
        world.sign_in(&peter, device).await;
    }
    assert_eq!(world.confirm(&token, "short").await.status, 422);
    assert_eq!(world.confirm("forged", NEW).await.status, 400);
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.sessions(&peter).await, 3, "nobody is signed out by trying");
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_eq!(world.sessions(&peter).await, 0, "by the time that success is told");
    world.sign_in(&peter, "phone").await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "the answer once more");
    assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
    assert_eq!(world.sessions(&peter).await, 1, "who signed in with the new password stays");
}

async fn b16_failing() {
    for fault in [Fault::Before, Fault::After, Fault::Late] {
        let (world, memory) = in_memory(&[]);
        let peter = world.somebody().await;
        world.sign_in(&peter, "phone").await;
        let token = world.token_for(&peter).await;
        gate(&memory, move |call| if call.verb == "directory.set_password" { fault } else { Fault::None });
        assert_code(&world.confirm(&token, NEW).await, 409, "link_busy");
        memory.memory.set_gate(None);
        let in_force = world.has_password(&peter, NEW).await;
        assert_eq!(in_force, fault == Fault::After);
        assert_eq!(world.sessions(&peter).await, usize::from(!in_force), "password and sessions change as one");
        // Past the lease it is known what became of it: either way the same password gets its success.
        memory.advance(MINUTE).await;
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "{fault:?}");
        assert!(world.has_password(&peter, NEW).await);
        assert_eq!(world.sessions(&peter).await, 0);
        // A write that lands long after finds its deadline over.
        memory.memory.apply_late_write();
        assert!(world.has_password(&peter, NEW).await);
        memory.advance(MINUTE).await;
        assert_eq!(world.mails_to(peter.address()).await.len(), 2, "one link, one notice");
    }
}

async fn b27() {
    let (world, memory) = in_memory(&[("LINK_LIFETIME_MINUTES", "30")]);
    let peter = world.somebody().await;
    let old = world.token_for(&peter).await;
    memory.advance(31 * MINUTE).await;
    assert_code(&world.check(&old).await, 410, "link_expired");
    let new = world.token_for(&peter).await;
    assert_ne!(old, new);
    for answer in [world.check(&old).await, world.confirm(&old, NEW).await] {
        assert_code(&answer, 410, "link_expired");
    }
    assert_eq!(world.confirm(&new, NEW).await.status, 200);
    assert_eq!(world.confirm(&old, OTHER).await.status, 410);
    assert!(world.has_password(&peter, NEW).await);

    // Nor does asking move the end of a link that is still good.
    let ada = world.somebody().await;
    let first = world.token_for(&ada).await;
    memory.advance(20 * MINUTE).await;
    world.token_for(&ada).await;
    memory.advance(11 * MINUTE).await;
    assert_code(&world.confirm(&first, NEW).await, 410, "link_expired");
}

async fn b28() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
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
        let peter = world.somebody().await;
        let mut tokens = Vec::new();
        for _ in 0..3 {
            tokens.push(world.token_for(&peter).await);
            memory.advance(2 * MINUTE).await;
        }
        // A stranger who asks on, within the limits and beyond them, kills none.
        for _ in 0..5 {
            world.ask(json!({ "email": peter.address() })).await;
            memory.advance(MINUTE).await;
        }
        for token in &tokens {
            assert_eq!(world.check(token).await.status, 200);
        }
        match ending {
            "used" => assert_eq!(world.confirm(&tokens[1], NEW).await.status, 200),
            "password" => world.change(&peter, Change::Password(NEW)).await,
            "email" => world.change(&peter, Change::Email("elsewhere@mail.example")).await,
            _ => world.change(&peter, Change::Disabled(true)).await,
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
        Change::Password("changed by its owner"),
        Change::Email("moved@mail.example"),
        Change::Disabled(true),
        Change::Role(Role::Admin),
        Change::Role(Role::Machine),
    ];
    for change in changes {
        let peter = world.somebody().await;
        let token = world.token_for(&peter).await;
        assert_eq!(world.check(&token).await.status, 200);
        world.change(&peter, change).await;
        let before = world.hash_of(&peter).await.expect("there is a password");
        assert_code(&world.check(&token).await, 410, "link_used");
        assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
        // Not even whose password is now in force gets another answer from this link.
        assert_code(&world.confirm(&token, "changed by its owner").await, 410, "link_used");
        assert_eq!(world.hash_of(&peter).await.map(|hash| hash.expose().to_owned()), Some(before.expose().to_owned()));
    }
}

async fn b31(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    for weak in ["", "tiny", "aaaaaaaaaaaaaaaaaaaa", "passwordpassword", &peter.username.repeat(3), &"y5".repeat(65)] {
        let answer = world.confirm(&token, weak).await;
        assert_code(&answer, 422, "password_rejected");
        assert!(answer.json()["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()), "{answer:?}");
        assert!(weak.is_empty() || !answer.body.contains(weak), "a refusal repeats no password");
    }
    assert!(world.has_password(&peter, &peter.password).await);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&peter, NEW).await);
}

async fn b40() {
    let (world, memory) = in_memory(&[]);
    // Revoked by a change of the account, by a use, and by time: the records go on showing the link as it was.
    for ending in ["changed", "used"] {
        let peter = world.somebody().await;
        let token = world.token_for(&peter).await;
        memory.memory.set_staleness(Staleness::NeverGone);
        if ending == "used" {
            assert_eq!(world.confirm(&token, NEW).await.status, 200);
        } else {
            world.change(&peter, Change::Password(NEW)).await;
        }
        assert_code(&world.check(&token).await, 410, "link_used");
        assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
        memory.advance(3 * 60 * MINUTE).await;
        assert_code(&world.confirm(&token, OTHER).await, 410, "link_expired");
        assert!(world.has_password(&peter, NEW).await);
        memory.memory.set_staleness(Staleness::Fresh);
    }
    // And a place that has not heard of the link yet asks the desk.
    let ada = world.somebody().await;
    let token = world.token_for(&ada).await;
    memory.memory.set_staleness(Staleness::NeverThere);
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
}
