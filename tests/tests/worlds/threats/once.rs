//! One link, one use: under many hands at once, over stale records, and in whatever order the steps meet.

use std::cell::Cell;
use std::rc::Rc;

use libtest_mimic::Trial;
use relatch_memory::{Fault, Staleness};
use relatch_tests::flow;
use relatch_tests::in_process::InProcess;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::World;

use super::{MINUTE, NEW, assert_code, in_memory, times_told};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![("b12 many confirms at once with one password: one reset, one notice", flow!(b12_same_password))]
}

pub fn in_process() -> Vec<Trial> {
    vec![
        trial("in process: b12 fifty confirms, their steps in many orders, over fresh and stale records", b12),
        trial("in process: b12 two links of one account at once: one of them wins", b12_two_links),
    ]
}

async fn b12_same_password(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let answers = futures_util::future::join_all((0..12).map(|_| world.confirm(&token, NEW))).await;
    let told: Vec<(u16, String)> = answers.iter().map(|answer| (answer.status, answer.code())).collect();
    let successes = told.iter().filter(|(status, _)| *status == 200).count();
    // The one that did it, and those that asked again: at most five.
    assert!((1..=6).contains(&successes), "{told:?}");
    assert!(told.iter().all(|(_, code)| matches!(code.as_str(), "" | "link_busy" | "link_used")), "{told:?}");
    assert!(world.has_password(&peter, NEW).await);
    world.told(&peter, "notice_sent").await;
    world.settle().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 2, "one link, one notice");
    assert_eq!(times_told(world, &peter, "password_reset").await, 1);
}

/// Lets every call wait for a while that differs from call to call, so that the steps of many confirms interleave.
fn interleave(memory: &InProcess, seed: u64) {
    let state = Rc::new(Cell::new(seed.wrapping_mul(2).wrapping_add(1)));
    memory.memory.set_gate(Some(Rc::new(move |_| {
        state.set(state.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
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
    for (seed, staleness) in [(1, Staleness::Fresh), (2, Staleness::NeverThere), (3, Staleness::NeverGone)] {
        let (world, memory) = in_memory(&[]);
        memory.memory.set_staleness(staleness);
        let peter = world.somebody().await;
        let token = world.token_for(&peter).await;
        interleave(&memory, seed);
        let passwords: Vec<String> = (0..50).map(|number| format!("passphrase of confirm {number}")).collect();
        let confirms = passwords.iter().map(|password| world.confirm(&token, password));
        let answers = futures_util::future::join_all(confirms).await;
        memory.memory.set_gate(None);
        assert_won_once(&world, &memory, &peter, &passwords, &answers).await;
        for password in &passwords {
            // The winner may have its success told again, if the others have left it a try.
            if !world.has_password(&peter, password).await {
                assert_code(&world.confirm(&token, password).await, 410, "link_used");
            }
        }
    }
}

async fn b12_two_links() {
    for seed in 0..8 {
        let (world, memory) = in_memory(&[]);
        let peter = world.somebody().await;
        let first = world.token_for(&peter).await;
        memory.advance(2 * MINUTE).await;
        let second = world.token_for(&peter).await;
        interleave(&memory, seed);
        let passwords: Vec<String> = (0..6).map(|number| format!("passphrase of confirm {number}")).collect();
        let confirms = passwords
            .iter()
            .enumerate()
            .map(|(number, password)| world.confirm(if number % 2 == 0 { &first } else { &second }, password));
        let answers = futures_util::future::join_all(confirms).await;
        memory.memory.set_gate(None);
        assert_won_once(&world, &memory, &peter, &passwords, &answers).await;
    }
}

async fn assert_won_once(
    world: &World,
    memory: &InProcess,
    person: &relatch_tests::person::Person,
    passwords: &[String],
    answers: &[relatch_tests::world::Answer],
) {
    let told: Vec<(u16, String)> = answers.iter().map(|answer| (answer.status, answer.code())).collect();
    let winners: Vec<&String> = passwords
        .iter()
        .zip(answers)
        .filter(|(_, answer)| answer.status == 200)
        .map(|(password, _)| password)
        .collect();
    assert_eq!(winners.len(), 1, "{told:?}");
    assert!(told.iter().all(|(_, code)| matches!(code.as_str(), "" | "link_busy" | "link_used")), "{told:?}");
    assert!(world.has_password(person, winners[0]).await);
    assert_eq!(memory.memory.passwords_set().len(), 1, "one write");
    let links = world.mails_to(person.address()).await.iter().filter(|mail| mail.text.contains("token=")).count();
    memory.advance(2 * MINUTE).await;
    assert_eq!(world.mails_to(person.address()).await.len(), links + 1, "one notice");
    assert_eq!(times_told(world, person, "password_reset").await, 1);
}
