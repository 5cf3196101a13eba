//! The limits of a password change, and the order of its checks.

use libtest_mimic::Trial;
use relatch::wire::path::CHANGE;
use relatch_memory::Fault;
use relatch_tests::flow;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, change_request, in_memory};
use serde_json::json;

use crate::server_calls::{account_body, call};
use crate::support::{MINUTE, NEW, OTHER, assert_code, count_events, fail_calls, take_verbs};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "a wrong old password changes nothing, and five of them block changes but no reset",
            flow!(wrong_old),
        ),
        (
            "guesses at an old password leave a bounded number of events of the account",
            flow!(guesses),
        ),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: a change authenticates before any other call and counts before it verifies",
            order_of_calls,
        ),
        trial(
            "in process: only wrong old passwords count as attempts, for 15 minutes",
            attempt_window,
        ),
        trial(
            "in process: an address that sends too many changes is rejected with a time to wait",
            address_limit,
        ),
    ]
}

async fn wrong_old(world: &World) {
    let peter = world.new_person().await;
    world.add_session(&peter, "phone").await;
    let session = world.open_session(&peter).await;
    for _ in 0..5 {
        assert_code(&world.change_password(&session, OTHER, NEW).await, 403, "old_password_wrong");
    }
    for old in [OTHER, &peter.password] {
        let response = world.change_password(&session, old, NEW).await;
        assert_code(&response, 429, "too_many_requests");
        let wait: u64 = response.header("retry-after").unwrap().parse().unwrap();
        assert!((600..=900).contains(&wait), "the limit ends 15 minutes after the first: {wait}");
    }
    assert!(world.has_password(&peter, &peter.password).await);
    assert_eq!(world.session_count(&peter).await, 2);
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "a reset is still possible");
}

async fn guesses(world: &World) {
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    let guesses = (0..40).map(|_| world.change_password(&session, OTHER, NEW));
    let statuses: Vec<u16> =
        futures_util::future::join_all(guesses).await.iter().map(|reply| reply.status).collect();
    let count = |status| statuses.iter().filter(|other| **other == status).count();
    assert_eq!((count(403), count(429)), (5, 35), "{statuses:?}");
    world.wait_for_event(&peter, "change_limited").await;
    world.wait_for_event(&peter, "change_refused").await;
    let count = async |event: &str| count_events(world, &peter, event).await;
    for _ in 0..10 {
        if count("change_refused").await == 5 {
            break;
        }
        world.drain().await;
    }
    assert_eq!((count("change_refused").await, count("change_limited").await), (5, 1));
    let response = call(world, "/server/events", account_body(&peter)).await;
    assert_eq!(response.json()["events"].as_array().map(Vec::len), Some(6), "{response:?}");
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "a reset is still possible");
}

async fn order_of_calls() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    let _before = take_verbs(&memory);
    let body = json!({ "old": peter.password, "new": NEW }).to_string();
    assert_code(&world.post(CHANGE, body).await, 401, "not_signed_in");
    assert_eq!(take_verbs(&memory), [] as [&str; 0], "without a session token no port is called");
    assert_code(
        &world.change_password("unknown-session", &peter.password, NEW).await,
        401,
        "not_signed_in",
    );
    assert_eq!(take_verbs(&memory), ["limiter.check", "directory.authenticate"]);
    assert_code(
        &world.change_password(&session, &peter.password, "short").await,
        422,
        "password_rejected",
    );
    assert_eq!(take_verbs(&memory), ["limiter.check", "directory.authenticate"]);
    assert_code(&world.change_password(&session, OTHER, NEW).await, 403, "old_password_wrong");
    assert_eq!(
        take_verbs(&memory),
        [
            "limiter.check",
            "directory.authenticate",
            "password_changes.count_attempt",
            "password_change.change",
            "passwords.verify"
        ]
    );
    for verb in [
        "password_changes.count_attempt",
        "password_change.change",
        "directory.authenticate",
        "limiter.check",
    ] {
        fail_calls(&memory, verb, Fault::Before);
        assert_code(
            &world.change_password(&session, &peter.password, NEW).await,
            503,
            "unavailable",
        );
    }
    memory.set_gate(None);
    assert!(world.has_password(&peter, &peter.password).await);
}

async fn attempt_window() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    let mut old = peter.password.clone();
    for number in 0..8 {
        let new = format!("passphrase of change {number}");
        assert_eq!(world.change_password(&session, &old, &new).await.status, 200);
        old = new;
    }
    for _ in 0..4 {
        assert_code(&world.change_password(&session, OTHER, NEW).await, 403, "old_password_wrong");
    }
    assert_eq!(
        world.change_password(&session, &old, NEW).await.status,
        200,
        "the fifth attempt is right"
    );
    assert_code(&world.change_password(&session, OTHER, NEW).await, 403, "old_password_wrong");
    // Attempts count per account, not per session.
    let another = world.open_session(&peter).await;
    let limited = world.change_password(&another, NEW, OTHER).await;
    assert_code(&limited, 429, "too_many_requests");
    assert_eq!(limited.header("retry-after"), Some("900"));
    memory.advance(14 * MINUTE).await;
    let limited = world.change_password(&session, NEW, OTHER).await;
    assert_code(&limited, 429, "too_many_requests");
    assert_eq!(limited.header("retry-after"), Some("60"), "it ends with the oldest attempt");
    memory.advance(MINUTE).await;
    assert_eq!(world.change_password(&session, NEW, OTHER).await.status, 200);
    let john = world.new_person().await;
    let session = world.open_session(&john).await;
    assert_eq!(
        world.change_password(&session, &john.password, NEW).await.status,
        200,
        "another account is not limited"
    );
    memory.advance(48 * 60 * MINUTE).await;
    assert_eq!(memory.objects_in_use(), 0, "every object has deleted its storage");
}

async fn address_limit() {
    let (world, memory) = in_memory(&[]);
    memory.set_request_limit(3);
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    let change_from_one_address = async || {
        let mut request = change_request(&session, OTHER, NEW);
        request.headers_mut().insert("cf-connecting-ip", "192.0.2.7".parse().unwrap());
        world.send(request).await
    };
    for _ in 0..3 {
        assert_code(&change_from_one_address().await, 403, "old_password_wrong");
    }
    let limited = change_from_one_address().await;
    assert_code(&limited, 429, "too_many_requests");
    assert_eq!(limited.header("retry-after"), Some("60"));
}
