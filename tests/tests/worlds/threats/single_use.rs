//! A link works once: under concurrent confirms, with stale records, and in many orders of the
//! steps.

use std::cell::Cell;
use std::rc::Rc;

use libtest_mimic::Trial;
use relatch_memory::{Fault, Memory, Staleness};
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory};

use crate::support::{MINUTE, NEW, assert_code, count_events};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![(
        "b12 many concurrent confirms with the same password cause one reset and one notice",
        flow!(b12_same_password),
    )]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: b12 of fifty interleaved confirms one wins, with fresh and stale records",
            b12,
        ),
        trial(
            "in process: b12 of concurrent confirms with two links of one account one wins",
            b12_two_links,
        ),
    ]
}

async fn b12_same_password(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let responses =
        futures_util::future::join_all((0..12).map(|_| world.confirm(&token, NEW))).await;
    let outcomes = outcomes(&responses);
    let successes = outcomes.iter().filter(|(status, _)| *status == 200).count();
    // The confirm that set the password, and at most five replays.
    assert!((1..=6).contains(&successes), "{outcomes:?}");
    assert!(world.has_password(&peter, NEW).await);
    world.wait_for_event(&peter, "notice_sent").await;
    world.drain().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 2, "one link, one notice");
    assert_eq!(count_events(world, &peter, "password_reset").await, 1);
}

/// Returns the status and the code of every response. Asserts that a failed confirm is `link_busy`
/// or `link_used`.
fn outcomes(responses: &[Response]) -> Vec<(u16, String)> {
    let outcomes: Vec<_> =
        responses.iter().map(|response| (response.status, response.code())).collect();
    assert!(
        outcomes.iter().all(|(_, code)| matches!(code.as_str(), "" | "link_busy" | "link_used")),
        "{outcomes:?}"
    );
    outcomes
}

/// Delays every port call by a pseudo-random number of polls, so that the steps of the confirms
/// interleave.
fn interleave(memory: &Memory, seed: u64) {
    let state = Rc::new(Cell::new(seed.wrapping_mul(2).wrapping_add(1)));
    memory.set_gate(Some(Rc::new(move |_| {
        state.set(
            state
                .get()
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407),
        );
        let turns = (state.get() >> 59) & 7;
        Box::pin(async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            Fault::None
        })
    })));
}

async fn b12() {
    for (seed, staleness) in
        [(1, Staleness::Fresh), (2, Staleness::NeverThere), (3, Staleness::NeverGone)]
    {
        let (world, memory) = in_memory(&[]);
        memory.set_staleness(staleness);
        let peter = world.new_person().await;
        let token = world.token_for(&peter).await;
        interleave(&memory, seed);
        let passwords: Vec<String> =
            (0..50).map(|number| format!("passphrase of confirm {number}")).collect();
        let confirms = passwords.iter().map(|password| world.confirm(&token, password));
        let responses = futures_util::future::join_all(confirms).await;
        memory.set_gate(None);
        assert_one_winner(&world, &memory, &peter, &passwords, &responses).await;
        for password in &passwords {
            // The confirm that won may be repeated if replay attempts are left.
            if !world.has_password(&peter, password).await {
                assert_code(&world.confirm(&token, password).await, 410, "link_used");
            }
        }
    }
}

async fn b12_two_links() {
    for seed in 0..8 {
        let (world, memory) = in_memory(&[]);
        let peter = world.new_person().await;
        let first = world.token_for(&peter).await;
        memory.advance(2 * MINUTE).await;
        let second = world.token_for(&peter).await;
        interleave(&memory, seed);
        let passwords: Vec<String> =
            (0..6).map(|number| format!("passphrase of confirm {number}")).collect();
        let confirms = passwords.iter().enumerate().map(|(number, password)| {
            world.confirm(if number % 2 == 0 { &first } else { &second }, password)
        });
        let responses = futures_util::future::join_all(confirms).await;
        memory.set_gate(None);
        assert_one_winner(&world, &memory, &peter, &passwords, &responses).await;
    }
}

/// Asserts that exactly one confirm succeeded, that its password is set, and that one notice is
/// sent.
async fn assert_one_winner(
    world: &World,
    memory: &Memory,
    person: &Person,
    passwords: &[String],
    responses: &[Response],
) {
    let outcomes = outcomes(responses);
    let winners: Vec<&String> = passwords
        .iter()
        .zip(responses)
        .filter(|(_, response)| response.status == 200)
        .map(|(password, _)| password)
        .collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    assert!(world.has_password(person, winners[0]).await);
    assert_eq!(memory.passwords_set().len(), 1, "one write");
    let links =
        world.mails_to(person.address()).await.iter().filter(|mail| mail.has_link()).count();
    memory.advance(2 * MINUTE).await;
    assert_eq!(world.mails_to(person.address()).await.len(), links + 1, "one notice");
    assert_eq!(count_events(world, person, "password_reset").await, 1);
}
