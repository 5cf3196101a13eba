//! Applications that implement a port themselves: their directory, their hasher or their rules for
//! passwords. The tests of the package run them as JavaScript.

use libtest_mimic::Trial;
use relatch_domain::claims::LEASE;
use relatch_memory::{Fault, Memory};
use relatch_tests::person::Person;
use relatch_tests::trials::trial;
use relatch_tests::world::{World, in_memory};
use serde_json::json;

use crate::pages::visitor::Visitor;
use crate::support::{
    MINUTE, NEW, OTHER, assert_code, assert_link_works, count_events, fail_calls, take_verbs,
};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: a write is reported only after sessions that end separately have ended",
            separate_sessions,
        ),
        trial(
            "in process: a write whose reply is lost is settled after its sessions have ended",
            lost_replies,
        ),
        trial("in process: a change keeps its session where sessions end separately", kept_session),
        trial("in process: a directory that refuses to write uses no link up", refused_writes),
        trial("in process: a rule that the application adds is a reason with a text", own_rule),
        trial("in process: a failed rule or hasher is an outage, and uses no link up", outages),
    ]
}

async fn separate_sessions() {
    let (world, memory) = in_memory(&[]);
    memory.end_sessions_separately();
    let peter = world.new_person().await;
    world.add_session(&peter, "phone").await;
    let token = world.token_for(&peter).await;
    let _earlier = memory.take_trace();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_eq!(world.session_count(&peter).await, 0);
    let calls = take_verbs(&memory);
    let ended = calls.iter().filter(|verb| **verb == "directory.end_sessions").count();
    assert_eq!(ended, 1, "{calls:?}");
    // A replay ends nothing more.
    world.add_session(&peter, "laptop").await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_eq!(world.session_count(&peter).await, 1);
}

async fn lost_replies() {
    for fault in [Fault::Before, Fault::After] {
        let (world, memory) = in_memory(&[]);
        memory.end_sessions_separately();
        let peter = world.new_person().await;
        world.add_session(&peter, "phone").await;
        let token = world.token_for(&peter).await;
        fail_calls(&memory, "directory.end_sessions", fault);
        assert_code(&world.confirm(&token, NEW).await, 409, "link_busy");
        assert!(world.has_password(&peter, NEW).await, "{fault:?}: the write had its effect");
        // While they do not end, nothing is settled: no success, no event, no notice.
        assert_code(&world.confirm(&token, NEW).await, 409, "link_busy");
        memory.advance(LEASE + MINUTE).await;
        assert_code(&world.confirm(&token, NEW).await, 409, "link_busy");
        assert_eq!(count_events(&world, &peter, "password_reset").await, 0, "{fault:?}");
        assert_eq!(world.mails_to(peter.address()).await.len(), 1, "{fault:?}: the link alone");

        memory.set_gate(None);
        settle(&world, &memory, &peter, "password_reset", 1).await;
        assert_eq!(world.session_count(&peter).await, 0, "{fault:?}");
        assert_eq!(world.mails_to(peter.address()).await.len(), 2, "{fault:?}: link and notice");
        // The session of a person who has signed in since is not ended again.
        world.add_session(&peter, "laptop").await;
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "{fault:?}");
        assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
        memory.advance(10 * MINUTE).await;
        assert_eq!(world.session_count(&peter).await, 1, "{fault:?}");
    }
}

/// Runs the alarms until an account has so many of these events, and their notices are sent.
#[expect(clippy::panic, reason = "a failed test panics")]
async fn settle(world: &World, memory: &Memory, person: &Person, event: &str, count: usize) {
    for _ in 0..60 {
        memory.advance(MINUTE).await;
        if count_events(world, person, event).await == count {
            return memory.advance(MINUTE).await;
        }
    }
    panic!("the claim was not settled: {:?}", world.events(person).await);
}

async fn kept_session() {
    let (world, memory) = in_memory(&[]);
    memory.end_sessions_separately();
    let peter = world.new_person().await;
    world.add_session(&peter, "phone").await;
    let session = world.open_session(&peter).await;
    assert_eq!(world.change_password(&session, &peter.password, NEW).await.status, 200);
    assert_eq!(world.session_count(&peter).await, 1);
    assert_eq!(world.change_password(&session, NEW, OTHER).await.status, 200);

    fail_calls(&memory, "directory.end_sessions", Fault::Before);
    let response = world.change_password(&session, OTHER, NEW).await;
    assert_code(&response, 409, "change_busy");
    memory.set_gate(None);
    settle(&world, &memory, &peter, "password_changed", 3).await;
    // Only the lost attempt knew which session was to continue.
    assert_eq!(world.session_count(&peter).await, 0);
}

async fn refused_writes() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    memory.refuse_writes(true);
    for _ in 0..3 {
        // The claim is void at once, so the next attempt needs no lease to end.
        assert_code(&world.confirm(&token, NEW).await, 503, "unavailable");
    }
    assert!(world.has_password(&peter, &peter.password).await);
    let session = world.open_session(&peter).await;
    let response = world.change_password(&session, &peter.password, NEW).await;
    assert_code(&response, 503, "unavailable");
    memory.refuse_writes(false);
    assert_link_works(&world, &token).await;
}

const OWN: &str = "Do not use <our> name.";

/// Sets a rule that rejects every password of "our name".
fn reject_our_name(memory: &Memory) {
    memory.set_own_rule(|password, account| {
        let is_own = password.contains("our name") && !account.id.0.is_empty();
        is_own.then(|| OWN.to_owned())
    });
}

async fn own_rule() {
    let (world, memory) = in_memory(&[]);
    reject_our_name(&memory);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let bad = "violet harbor tree of our name";
    let rejected = world.confirm(&token, bad).await;
    assert_code(&rejected, 422, "password_rejected");
    assert_eq!(rejected.json()["reasons"], json!(["custom"]));
    assert_eq!(rejected.json()["messages"], json!({ "custom": OWN }));
    // The service's own rules come first, and have no text.
    let short = world.confirm(&token, "our name").await.json();
    assert!(!short["reasons"].to_string().contains("custom"), "{short}");
    assert_eq!(short.get("messages"), None);

    let session = world.open_session(&peter).await;
    let changed = world.change_password(&session, &peter.password, bad).await;
    assert_code(&changed, 422, "password_rejected");
    assert_eq!(changed.json()["messages"], json!({ "custom": OWN }));

    let mut visitor = Visitor::new(&world);
    let form = visitor.open_link(&token).await;
    let page = visitor.submit_password(&form, bad).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.body.matches("Do not use &#60;our&#62; name.").count(), 2, "{}", page.body);
    let done = visitor.submit_password(&page, NEW).await;
    assert_eq!(done.status, 200, "the link was not used up: {}", done.body);
}

async fn outages() {
    let (world, memory) = in_memory(&[]);
    reject_our_name(&memory);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let session = world.open_session(&peter).await;
    for verb in ["passwords.check", "passwords.hash"] {
        fail_calls(&memory, verb, Fault::Before);
        assert_code(&world.confirm(&token, NEW).await, 503, "unavailable");
        let response = world.change_password(&session, &peter.password, NEW).await;
        assert_code(&response, 503, "unavailable");
    }
    fail_calls(&memory, "passwords.verify", Fault::Before);
    let response = world.change_password(&session, &peter.password, NEW).await;
    assert_code(&response, 503, "unavailable");
    memory.set_gate(None);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    // The replay needs the hasher: without it there is no verdict.
    fail_calls(&memory, "passwords.verify", Fault::Before);
    assert_code(&world.confirm(&token, NEW).await, 409, "link_busy");
    memory.set_gate(None);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}
