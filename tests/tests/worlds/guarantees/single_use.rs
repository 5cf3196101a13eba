//! A link works once, and only a successful confirm uses it.

use futures_util::future::join_all;
use libtest_mimic::Trial;
use relatch_memory::{Fault, Staleness};
use relatch_tests::flow;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request};

use crate::support::{MINUTE, NEW, OTHER, count_events, fail_calls};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "of fifty concurrent confirms one wins, its password is set, and one notice is sent",
            flow!(fifty_confirms),
        ),
        ("visits of link scanners never use a link", flow!(scanner)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: a link still works after any number of failed writes", failed_writes),
        trial(
            "in process: a link works once although its record is stale or missing",
            stale_records,
        ),
    ]
}

async fn fifty_confirms(world: &World) {
    let peter = world.new_person().await;
    world.add_session(&peter, "phone").await;
    let token = world.token_for(&peter).await;
    let passwords: Vec<String> =
        (0..50).map(|number| format!("passphrase of confirm {number}")).collect();
    let responses =
        join_all(passwords.iter().map(|password| world.confirm(&token, password))).await;
    let winners: Vec<usize> = (0..50).filter(|&number| responses[number].status == 200).collect();
    let outcomes: Vec<_> =
        responses.iter().map(|response| (response.status, response.code())).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    assert!(world.has_password(&peter, &passwords[winners[0]]).await);
    assert!(
        outcomes.iter().all(|(_, code)| matches!(code.as_str(), "" | "link_busy" | "link_used")),
        "{outcomes:?}"
    );
    assert_eq!(world.session_count(&peter).await, 0);
    // A session that is opened after the write is not ended by a confirm that lost.
    world.add_session(&peter, "laptop").await;
    for (number, password) in passwords.iter().enumerate() {
        if number != winners[0] {
            assert_eq!(world.confirm(&token, password).await.code(), "link_used");
        }
    }
    assert_eq!(world.session_count(&peter).await, 1);
    world.wait_for_mail(peter.address(), 2).await;
    world.drain().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 2, "one link and one notice");
    assert_eq!(count_events(world, &peter, "password_reset").await, 1);
}

async fn scanner(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for _ in 0..30 {
        for method in ["GET", "HEAD", "OPTIONS"] {
            for path in ["/password/reset", "/password/reset/check", "/password/reset/confirm"] {
                let response =
                    world.send(request(method, &format!("{path}?token={token}"), "")).await;
                assert!(response.status != 200 || method == "GET", "{method} {path}: {response:?}");
            }
        }
    }
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn failed_writes() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    fail_calls(&memory, "directory.set_password", Fault::Before);
    for number in 0..100 {
        let response = world.confirm(&token, &format!("a quite new passphrase {number}")).await;
        assert_eq!(response.code(), "link_busy", "{number}");
        memory.advance(MINUTE).await;
    }
    memory.set_gate(None);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&peter, NEW).await);
}

async fn stale_records() {
    for staleness in [Staleness::NeverThere, Staleness::NeverGone] {
        let (world, memory) = in_memory(&[]);
        memory.set_staleness(staleness);
        let peter = world.new_person().await;
        let token = world.token_for(&peter).await;
        assert_eq!(world.check(&token).await.status, 200, "{staleness:?}");
        assert_eq!(world.confirm(&token, "weak").await.status, 422);
        assert_eq!(world.confirm(&token, NEW).await.status, 200);
        assert_eq!(world.check(&token).await.code(), "link_used");
        assert_eq!(world.confirm(&token, OTHER).await.code(), "link_used");
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "the repeat");
        assert!(world.has_password(&peter, NEW).await);
        memory.advance(30 * MINUTE).await;
        assert_eq!(world.confirm(&token, NEW).await.code(), "link_used");
    }
}
