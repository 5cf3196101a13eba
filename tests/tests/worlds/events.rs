//! The events of the steps of a reset: what they say, how often, and what they must not delay.

use std::collections::HashSet;

use libtest_mimic::Trial;
use relatch_domain::events::{Action, EventView};
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::ports::Capabilities;
use relatch_memory::{Fault, Memory};
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request};
use serde_json::{Value, json};

use crate::server_calls::{account_body, call};
use crate::support::{MINUTE, NEW, OTHER, assert_code, fail_calls, inject_faults, take_verbs};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("every step of a reset has an event, with its request or its link", flow!(steps)),
        ("requests for one identifier are counted under its keyed name", flow!(accepted)),
        ("a link that is checked has an event, once for each address block", flow!(checked)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: a mail that is tried again has an event with its attempt", deferred),
        trial("in process: sessions that were kept have no event", kept_sessions),
        trial("in process: an identifier without an account has no event with its name", unmatched),
        trial("in process: an event that cannot be stored delays no request", outage),
        trial("in process: a check calls the ports that it needs, and no other", check_calls),
        trial("in process: deferred mails leave room for the events of outcomes", bounded),
    ]
}

/// Returns the events of an account as a server reads them, oldest first.
async fn events_of(world: &World, person: &Person) -> Vec<Value> {
    let response = call(world, "/server/events", account_body(person)).await;
    let mut events = response.json()["events"].as_array().cloned().unwrap();
    events.reverse();
    events
}

/// Returns the events with this name.
fn named<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == json!(name)).collect()
}

/// Returns the only event with this name.
#[track_caller]
fn one<'a>(events: &'a [Value], name: &str) -> &'a Value {
    let all = named(events, name);
    assert_eq!(all.len(), 1, "{name}: {events:#?}");
    all[0]
}

async fn steps(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.check(&token).await.status, 200);
    world.wait_for_event(&peter, "link_checked").await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
    for event in ["sessions_revoked", "notice_sent", "confirm_refused"] {
        world.wait_for_event(&peter, event).await;
    }
    let events = events_of(world, &peter).await;
    let request = &one(&events, "request_accepted")["request"];
    assert_eq!(request.as_str().map(str::len), Some(22), "{events:#?}");
    let sent = one(&events, "link_sent");
    assert_eq!(&sent["request"], request, "{events:#?}");
    let link = &sent["link"];
    assert_eq!(link.as_str().map(str::len), Some(43), "{events:#?}");
    for name in
        ["link_checked", "password_reset", "sessions_revoked", "notice_sent", "confirm_refused"]
    {
        assert_eq!(&one(&events, name)["link"], link, "{name}: {events:#?}");
    }
    for event in &events {
        assert_eq!(event["account"], json!(peter.id.to_string()), "{event}");
        let has_address = event["event"] != json!("notice_sent");
        assert_eq!(event["address"].is_string(), has_address, "{event}");
        let is_block = event["block"].as_str().is_some_and(|block| block.ends_with("::/64"));
        assert_eq!(is_block, has_address, "{event}");
        assert!(!event.to_string().contains(&token) && !event.to_string().contains('@'), "{event}");
    }
    let ids: HashSet<String> = events.iter().map(|event| event["id"].to_string()).collect();
    assert_eq!(ids.len(), events.len(), "{events:#?}");
}

async fn accepted(world: &World) {
    let peter = world.new_person().await;
    for _ in 0..3 {
        assert_eq!(world.request_reset(json!({ "username": peter.username })).await.status, 200);
    }
    assert_eq!(world.request_reset(json!({ "email": peter.address() })).await.status, 200);
    let count = |event: &&Value| event["count"].as_u64().unwrap_or(1);
    for attempt in 0..20 {
        let events = events_of(world, &peter).await;
        let accepted = named(&events, "request_accepted");
        if accepted.iter().map(count).sum::<u64>() < 4 && attempt < 19 {
            world.drain().await;
            continue;
        }
        assert_eq!(accepted.iter().map(count).sum::<u64>(), 4, "{events:#?}");
        let names: HashSet<&str> =
            accepted.iter().filter_map(|event| event["identifier"].as_str()).collect();
        assert_eq!(names.len(), 2, "the user name and the address: {events:#?}");
        // More if a window ended meanwhile.
        assert!(accepted.len() <= 4, "{events:#?}");
        let text = format!("{accepted:?}");
        assert!(!text.contains(&peter.username) && !text.contains(peter.address()), "{text}");
        return;
    }
}

async fn checked(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let check = async |address: &str| {
        let body = json!({ "token": token }).to_string();
        let mut request = request("POST", "/password/reset/check", &body);
        request.headers_mut().insert("cf-connecting-ip", address.parse().unwrap());
        assert_eq!(world.send(request).await.status, 200);
    };
    for address in ["192.0.2.7", "2001:db8::7", "2001:db8::8", "192.0.2.7", "192.0.2.8"] {
        check(address).await;
        world.wait_for_event(&peter, "link_checked").await;
    }
    for _ in 0..10 {
        world.drain().await;
        let events = events_of(world, &peter).await;
        if named(&events, "link_checked").len() >= 3 {
            break;
        }
    }
    let events = events_of(world, &peter).await;
    let mut blocks: Vec<&str> =
        named(&events, "link_checked").iter().filter_map(|event| event["block"].as_str()).collect();
    blocks.sort_unstable();
    assert_eq!(blocks, ["192.0.2.7", "192.0.2.8", "2001:db8::/64"], "{events:#?}");
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "a check uses no link up");
}

/// Returns the views of the stored events with this action.
fn views(memory: &Memory, action: Action) -> Vec<EventView> {
    let events = memory.events();
    events.iter().filter(|event| event.action == action).map(EventView::from).collect()
}

async fn deferred() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    memory.fail_mail(Some(MailFailure::ConnectFailed));
    world.request_reset(json!({ "username": peter.username })).await;
    memory.advance(MINUTE / 4).await;
    let [first] = <[EventView; 1]>::try_from(views(&memory, Action::MailDeferred)).unwrap();
    assert_eq!((first.attempt, first.detail.as_deref()), (Some(1), Some("connect_failed")));
    let request = views(&memory, Action::RequestAccepted)[0].request.clone();
    assert!(request.is_some() && first.request == request, "{first:?}");
    assert_eq!(first.account, Some(peter.id.to_string()));
    let next = first.next_attempt.expect("there is a next attempt");
    assert_eq!(memory.next_alarm().unwrap().rfc3339(), next);

    memory.advance(3 * 60 * MINUTE).await;
    let deferred = views(&memory, Action::MailDeferred);
    let attempts: Vec<_> = deferred.iter().filter_map(|event| event.attempt).collect();
    assert_eq!(attempts.len(), views(&memory, Action::MailDeferred).len());
    assert!(attempts.iter().copied().eq(1..=u32::try_from(attempts.len()).unwrap()));
    assert_eq!(world.events(&peter).await, ["link_failed: connect_failed"]);

    // A notice.
    memory.fail_mail(None);
    let ada = world.new_person().await;
    let token = world.token_for(&ada).await;
    memory.fail_mail(Some(MailFailure::ConnectFailed));
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(MINUTE / 12).await;
    let of_ada = |event: &EventView| event.account == Some(ada.id.to_string());
    let link = views(&memory, Action::PasswordReset).into_iter().find(of_ada).unwrap().link;
    let event = views(&memory, Action::MailDeferred).into_iter().find(of_ada).unwrap();
    assert!(link.is_some() && event.link == link, "{event:?}");
    assert_eq!((event.attempt, event.request), (Some(1), None));

    // The mail to a shared mailbox, and one with several links.
    for (shared, count) in [("ambiguous", 1), ("links", 2)] {
        let (world, memory) = in_memory(&[("SHARED_MAILBOX", shared)]);
        let one = world.new_person().await;
        world.add(&Person { email: one.email.clone(), ..Person::new() }).await;
        memory.fail_mail(Some(MailFailure::ConnectFailed));
        world.request_reset(json!({ "email": one.address() })).await;
        memory.advance(MINUTE / 4).await;
        let deferred = views(&memory, Action::MailDeferred);
        assert_eq!(deferred.len(), count, "{deferred:#?}");
        assert_eq!(views(&memory, Action::RequestAccepted).len(), 2);
    }
}

async fn kept_sessions() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let reset = async || {
        let token = world.token_for(&peter).await;
        assert_eq!(world.confirm(&token, NEW).await.status, 200);
        memory.advance(2 * MINUTE).await;
        views(&memory, Action::SessionsRevoked).len()
    };
    assert_eq!(reset().await, 1);
    memory.set_capabilities(Capabilities {
        sessions: false,
        ends_sessions: false,
        ends_other_sessions: false,
        finds_by_username: true,
    });
    assert_eq!(reset().await, 1);
}

async fn unmatched() {
    let (world, memory) = in_memory(&[]);
    for _ in 0..3 {
        world.request_reset(json!({ "username": "nobody" })).await;
    }
    memory.advance(MINUTE).await;
    assert!(views(&memory, Action::RequestAccepted).is_empty());
    for event in views(&memory, Action::RequestUnmatched) {
        assert_eq!((event.identifier, event.request, event.account), (None, None, None));
    }
}

async fn outage() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    fail_calls(&memory, "events.record", Fault::Before);
    let token = world.token_for(&peter).await;
    let _before = take_verbs(&memory);
    memory.advance(10 * MINUTE).await;
    assert!(!take_verbs(&memory).contains(&"directory.find_accounts"), "the request is done");
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let logged = |memory: &Memory| {
        memory.logged_events().iter().map(|event| event.action).collect::<Vec<_>>()
    };
    assert_eq!(logged(&memory), [Action::RequestAccepted], "a count is only logged");
    memory.set_gate(None);
    memory.advance(60 * MINUTE).await;
    let expected = ["link_checked", "link_sent", "notice_sent", "password_reset"];
    let mut events = world.all_events(&peter).await;
    events.retain(|event| event != "sessions_revoked");
    events.sort_unstable();
    assert_eq!(events, expected);
}

async fn check_calls() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    memory.advance(MINUTE).await;
    let mut traces = Vec::new();
    for _ in 0..2 {
        let _before = take_verbs(&memory);
        assert_eq!(world.check(&token).await.status, 200);
        traces.push(take_verbs(&memory));
    }
    assert_eq!(traces[0], traces[1], "with the event of the first check, and without");
    let ports: Vec<_> = traces[0].iter().filter(|verb| !verb.starts_with("mailbox.")).collect();
    assert_eq!(ports, [&"records.read", &"directory.account", &"mailboxes.check_link"]);
}

async fn bounded() {
    let (world, memory) = in_memory(&[("SHARED_MAILBOX", "links")]);
    let one = world.new_person().await;
    for _ in 0..4 {
        world.add(&Person { email: one.email.clone(), ..Person::new() }).await;
    }
    memory.fail_mail(Some(MailFailure::ConnectFailed));
    inject_faults(&memory, |call| match call.verb {
        "events.record" => Fault::Before,
        _ => Fault::None,
    });
    world.request_reset(json!({ "email": one.address() })).await;
    memory.advance(3 * 60 * MINUTE).await;
    memory.set_gate(None);
    memory.advance(3 * 60 * MINUTE).await;
    assert_eq!(views(&memory, Action::LinkFailed).len(), 5, "the outcomes of all five links");
    assert!(views(&memory, Action::MailDeferred).len() <= 24);
    assert_eq!(views(&memory, Action::EventsDropped).len(), 1);
}
