//! `/server/events`.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, in_memory};
use serde_json::json;

use super::{account_body, call};
use crate::support::{MINUTE, NEW, OTHER, assert_code, assert_problem, count_events};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a server reads the events of an account, newest first", flow!(events)),
        ("limited requests of a window are one event with a count", flow!(limited)),
        ("a refused confirm has an event with its reason, five for a link", flow!(refused)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: events are deleted after their retention, in batches", retention),
        trial("workerd: an alarm deletes old events", old_rows),
    ]
}

async fn limited(world: &World) {
    let peter = world.new_person().await;
    let _token = world.token_for(&peter).await;
    for _ in 0..5 {
        let body = json!({ "username": peter.username });
        assert_eq!(world.request_reset(body).await.status, 200);
    }
    world.wait_for_event(&peter, "request_limited").await;
    for _ in 0..10 {
        if count_events(world, &peter, "request_limited").await == 5 {
            break;
        }
        world.drain().await;
    }
    let response = call(world, "/server/events", account_body(&peter)).await;
    let events = response.json()["events"].as_array().cloned().unwrap();
    let limited: Vec<_> =
        events.iter().filter(|event| event["event"] == json!("request_limited")).collect();
    // Two if the window ended meanwhile.
    let count = |event: &&serde_json::Value| event["count"].as_u64().unwrap_or(1);
    assert!(limited.len() <= 2 && limited.iter().map(count).sum::<u64>() == 5, "{events:?}");
}

async fn refused(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    for _ in 0..20 {
        assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
    }
    world.wait_for_event(&peter, "confirm_refused: link_used").await;
    let count = async || count_events(world, &peter, "confirm_refused: link_used").await;
    for _ in 0..10 {
        if count().await == 5 {
            break;
        }
        world.drain().await;
    }
    assert_eq!(count().await, 5, "{:?}", world.events(&peter).await);
}

async fn retention() {
    let (world, memory) = in_memory(&[("EVENTS_DAYS", "30")]);
    let peter = world.new_person().await;
    for _ in 0..1100 {
        assert_eq!(call(&world, "/server/status", account_body(&peter)).await.status, 200);
    }
    memory.set_clock(memory.time().after(29 * 24 * 60 * MINUTE));
    let day = 24 * 60 * MINUTE;
    assert_eq!(memory.delete_old_events().await.since(memory.time()), day);
    assert_eq!(call(&world, "/server/status", account_body(&peter)).await.status, 200);
    memory.set_clock(memory.time().after(2 * day));
    let mut left = Vec::new();
    for _ in 0..3 {
        let next = memory.delete_old_events().await.since(memory.time());
        left.push((memory.events().len(), next == day));
    }
    assert_eq!(left, [(601, false), (101, false), (1, true)]);
}

async fn old_rows() {
    let workerd = Arc::new(Workerd::start(&[("EVENTS_DAYS", "1")]));
    let world = World::Workerd(Arc::clone(&workerd));
    let insert = "INSERT INTO events (id, at, action, application, account) \
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700) \
        SELECT 'old ' || i, '2026-01-01T00:00:00Z', 'link_sent', 'default', '1' FROM n";
    let _rows = workerd.sql(insert).await;
    let count = async || {
        let rows = workerd.sql("SELECT count(*) FROM events WHERE id LIKE 'old %'").await;
        rows[0][0].as_u64().unwrap()
    };
    assert_eq!(count().await, 700);
    let peter = world.new_person().await;
    let _token = world.token_for(&peter).await;
    let all_deleted = async || count().await == 0;
    assert!(workerd.wait_until(Duration::from_secs(60), all_deleted).await, "{}", count().await);
    assert!(!world.events(&peter).await.is_empty(), "a new event stays");
}

async fn events(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    world.wait_for_event(&peter, "notice_sent").await;
    let response = call(world, "/server/events", account_body(&peter)).await;
    assert_eq!(response.status, 200, "{response:?}");
    let events = response.json()["events"].as_array().cloned().unwrap();
    let names: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    for name in
        ["request_accepted", "link_sent", "password_reset", "sessions_revoked", "notice_sent"]
    {
        assert_eq!(names.iter().filter(|other| **other == name).count(), 1, "{events:?}");
    }
    assert_eq!(names.len(), 5, "{events:?}");
    let times: Vec<&str> = events.iter().filter_map(|event| event["at"].as_str()).collect();
    assert!(times.is_sorted_by(|later, earlier| later >= earlier), "{times:?}");
    for event in &events {
        for field in ["account", "address", "at", "detail", "event", "id"] {
            assert!(event.get(field).is_some(), "{field}: {event}");
        }
    }
    assert!(events.iter().any(|event| {
        event["address"].as_str().is_some_and(|address| address.starts_with("2001:db8:"))
    }));
    // The call itself is audited as an event, whichever identifier it used.
    for field in ["username", "email", "identifier"] {
        let name = if field == "email" { peter.address() } else { &peter.username };
        let response = call(world, "/server/events", json!({ field: name, "limit": 1 })).await;
        let events = response.json()["events"].as_array().cloned().unwrap();
        assert_eq!((events.len(), &events[0]["event"]), (1, &json!("server_events")), "{events:?}");
        assert_eq!(events[0]["detail"], json!("main"));
    }
    for limit in [
        json!(0),
        json!(101),
        json!(-1),
        json!(1.5),
        json!("1"),
        json!(null),
        json!(99_999_999_999_i64),
    ] {
        let mut body = account_body(&peter);
        body["limit"] = limit;
        assert_code(&call(world, "/server/events", body).await, 400, "request_invalid");
    }
    let unknown = Person::new();
    let response = call(world, "/server/events", json!({ "username": unknown.username })).await;
    assert_code(&response, 404, "account_unknown");
    let response = call(world, "/server/events", account_body(&unknown)).await;
    // An id is not looked up: the events of a deleted account stay readable.
    assert_eq!((response.status, response.json()), (200, json!({ "events": [] })));
    world.add(&Person { email: peter.email.clone(), ..Person::new() }).await;
    let response = call(world, "/server/events", json!({ "email": peter.address() })).await;
    assert_eq!(assert_problem(&response, 409, "account_ineligible", "two accounts"), "ambiguous");
}
