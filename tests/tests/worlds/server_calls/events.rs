//! `/server/events`.

use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::json;

use super::{account_body, call};
use crate::support::{NEW, assert_code, assert_problem};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![("a server reads the events of an account, newest first", flow!(events))]
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
    assert_eq!(names.len(), 3, "{events:?}");
    assert!(
        names.contains(&"link_sent")
            && names.contains(&"password_reset")
            && names.contains(&"notice_sent")
    );
    let times: Vec<&str> = events.iter().filter_map(|event| event["at"].as_str()).collect();
    assert!(times.is_sorted_by(|later, earlier| later >= earlier), "{times:?}");
    for event in &events {
        let fields: Vec<&String> = event.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["address", "at", "detail", "event"]);
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
