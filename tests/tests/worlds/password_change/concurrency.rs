//! Concurrent and interrupted password changes.

use std::rc::Rc;

use futures_util::future::join_all;
use libtest_mimic::Trial;
use relatch_memory::{Fault, PortCall};
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory};

use crate::support::{MINUTE, NEW, OTHER, assert_code, count_events, fail_calls};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![("of several concurrent changes one wins", flow!(concurrent))]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: of several concurrent changes one wins, in many orders of the steps",
            interleaved,
        ),
        trial(
            "in process: the outcome of an interrupted change is determined and reported",
            interrupted,
        ),
    ]
}

/// Sends as many concurrent changes as the limit of attempts allows. Asserts that exactly one
/// succeeds and that its password is set.
async fn assert_one_winner(world: &World, peter: &Person) {
    let session = world.open_session(peter).await;
    let passwords: Vec<String> =
        (0..4).map(|number| format!("passphrase of change {number}")).collect();
    let changes =
        passwords.iter().map(|password| world.change_password(&session, &peter.password, password));
    let responses = join_all(changes).await;
    let winners: Vec<usize> = (0..4).filter(|&number| responses[number].status == 200).collect();
    assert_eq!(winners.len(), 1, "{responses:?}");
    let lost = |response: &&Response| {
        matches!(response.code().as_str(), "change_busy" | "old_password_wrong")
    };
    assert_eq!(responses.iter().filter(lost).count(), 3, "{responses:?}");
    assert!(world.has_password(peter, &passwords[winners[0]]).await);
}

async fn concurrent(world: &World) {
    let peter = world.new_person().await;
    assert_one_winner(world, &peter).await;
    world.wait_for_event(&peter, "password_changed").await;
    world.wait_for_mail(peter.address(), 1).await;
    world.drain().await;
    assert_eq!(count_events(world, &peter, "password_changed").await, 1);
    assert_eq!(world.mails_to(peter.address()).await.len(), 1, "one notice");
}

async fn interleaved() {
    for seed in 0..12_usize {
        let (world, memory) = in_memory(&[]);
        let peter = world.new_person().await;
        memory.set_gate(Some(Rc::new(move |call: PortCall| {
            let pause = (call.subject.len() + call.verb.len() * seed) % 5;
            Box::pin(async move {
                for _ in 0..pause {
                    tokio::task::yield_now().await;
                }
                Fault::None
            })
        })));
        assert_one_winner(&world, &peter).await;
        memory.set_gate(None);
        assert_eq!(memory.passwords_set().len(), 1, "one write");
        memory.advance(2 * MINUTE).await;
        assert_eq!(count_events(&world, &peter, "password_changed").await, 1);
        assert_eq!(world.mails_to(peter.address()).await.len(), 1, "one notice");
    }
}

async fn interrupted() {
    for (fault, written) in
        [(Fault::After, true), (Fault::Before, false), (Fault::Late, true), (Fault::Twice, true)]
    {
        let (world, memory) = in_memory(&[]);
        let peter = world.new_person().await;
        world.add_session(&peter, "phone").await;
        let session = world.open_session(&peter).await;
        fail_calls(&memory, "directory.set_password", fault);
        let response = world.change_password(&session, &peter.password, NEW).await;
        if fault == Fault::Twice {
            assert_eq!(response.status, 200, "{response:?}");
        } else {
            assert_code(&response, 409, "change_busy");
            assert_eq!(response.header("retry-after"), Some("2"));
        }
        memory.set_gate(None);
        memory.apply_late_write();
        memory.advance(2 * MINUTE).await;
        let current = if written { NEW } else { &peter.password };
        assert!(world.has_password(&peter, current).await, "{fault:?}");
        assert_eq!(
            count_events(&world, &peter, "password_changed").await,
            usize::from(written),
            "{fault:?}"
        );
        assert_eq!(world.mails_to(peter.address()).await.len(), usize::from(written), "{fault:?}");
        assert_eq!(world.session_count(&peter).await, if written { 1 } else { 2 }, "{fault:?}");
        assert_eq!(
            world.change_password(&session, current, OTHER).await.status,
            200,
            "{fault:?}: the next change"
        );
    }
}
