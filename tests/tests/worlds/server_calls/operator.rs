//! The calls of operators, which read all accounts: `GET /server/events` and `GET /server/stats`.

use std::sync::Arc;

use libtest_mimic::Trial;
use relatch_domain::event_query::{EventCursor, EventQuery};
use relatch_domain::events::Action;
use relatch_domain::values::time::Moment;
use relatch_tests::flow;
use relatch_tests::in_process::{NOON, SERVER_KEY};
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, in_memory};
use relatch_worker::event_rows::{Param, page, statement};
use serde_json::{Value, json};

use super::{account_body, call, call_with_key};
use crate::support::{MINUTE, NEW, StoreSnapshot, assert_code, assert_mentions, assert_problem};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "an operator reads the events of an account in pages that no new event shifts",
            flow!(pages),
        ),
        ("an operator selects events by name and time, and sees the account", flow!(filters)),
        ("an operator counts events by hour and by day", flow!(stats)),
        ("an invalid parameter of an operator's call is rejected and named", flow!(invalid)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: events are counted in their periods, counted ones with their number",
            periods,
        ),
        trial("in process: a page of long events is shorter", long_events),
        trial("in process: only a key that names the scope reads all accounts", scopes),
        trial("workerd: a page of events is read by an index", plans),
    ]
}

pub(super) async fn get(world: &World, path: &str) -> Response {
    call_with_key(world, SERVER_KEY, ("GET", path, "")).await
}

fn events_of(response: &Response) -> Vec<Value> {
    assert_eq!(response.status, 200, "{response:?}");
    response.json()["events"].as_array().cloned().unwrap()
}

async fn pages(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    for event in ["notice_sent", "sessions_revoked"] {
        world.wait_for_event(&peter, event).await;
    }
    for _ in 0..3 {
        assert_eq!(call(world, "/server/status", account_body(&peter)).await.status, 200);
    }
    let all = format!("/server/events?account={}", peter.id);
    let expected = events_of(&get(world, &all).await);
    assert_eq!(
        (expected.len(), get(world, &all).await.json()["next_cursor"].clone()),
        (8, json!(null))
    );
    let (mut read, mut path) = (Vec::new(), format!("{all}&limit=1"));
    loop {
        let response = get(world, &path).await;
        let events = events_of(&response);
        assert!(events.len() == 1 && read.len() < 8, "{read:?} {events:?}");
        read.extend(events);
        let body = response.json();
        let Some(cursor) = body["next_cursor"].as_str() else { break };
        path = format!("{all}&limit=1&cursor={cursor}");
        // A new event is not in later pages and moves none.
        assert_eq!(call(world, "/server/status", account_body(&peter)).await.status, 200);
    }
    assert_eq!(read, expected);
    assert!(events_of(&get(world, &all).await).len() > 8);
}

async fn filters(world: &World) {
    let peter = world.new_person().await;
    let _token = world.token_for(&peter).await;
    world.wait_for_event(&peter, "link_sent").await;
    let account = format!("/server/events?account={}", peter.id);
    let sent = events_of(&get(world, &format!("{account}&event=link_sent")).await);
    assert_eq!(sent.len(), 1, "{sent:?}");
    let sent = &sent[0];
    assert_eq!(sent["account"], json!(peter.id.to_string()));
    assert!(sent["address"].as_str().unwrap().starts_with("2001:db8:"));
    let at = sent["at"].as_str().unwrap();
    assert!(events_of(&get(world, &format!("{account}&event=link_failed")).await).is_empty());
    for (range, is_in) in [
        (format!("since={at}"), true),
        (format!("until={at}"), false),
        (format!("since={}", at.replace('Z', ".500Z")), true),
        ("since=2020-01-01&until=2120-01-01".to_owned(), true),
        ("since=2120-01-01".to_owned(), false),
        ("until=2020-01-01T00:00:00Z".to_owned(), false),
    ] {
        let events = events_of(&get(world, &format!("{account}&event=link_sent&{range}")).await);
        assert_eq!(events.len(), usize::from(is_in), "{range}");
    }
    // Without a person: the events of all accounts, also those of calls that name none.
    let newest = events_of(&get(world, "/server/events?limit=100").await);
    let accounts = newest.iter().filter(|event| event.get("account").is_some()).count();
    assert!(accounts > 0 && accounts < newest.len(), "{newest:?}");
    let audit = events_of(&get(world, "/server/events?event=server_events&limit=1").await);
    assert_eq!(
        (&audit[0]["event"], &audit[0]["detail"]),
        (&json!("server_events"), &json!("main"))
    );
    // HEAD is GET without a body.
    let head = call_with_key(world, SERVER_KEY, ("HEAD", "/server/events", "")).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

async fn stats(world: &World) {
    let peter = world.new_person().await;
    let _token = world.token_for(&peter).await;
    world.wait_for_event(&peter, "link_sent").await;
    for by in ["hour", "day"] {
        let response = get(world, &format!("/server/stats?by={by}")).await;
        assert_eq!(response.status, 200, "{response:?}");
        let body = response.json();
        assert_eq!(body["by"], json!(by));
        let (since, until) = (body["since"].as_str().unwrap(), body["until"].as_str().unwrap());
        let periods = body["periods"].as_array().unwrap();
        let begins: Vec<&str> = periods.iter().map(|one| one["at"].as_str().unwrap()).collect();
        assert!(!begins.is_empty() && begins.is_sorted(), "{body}");
        assert!(begins.iter().all(|at| at.ends_with(":00:00Z") && *at < until), "{body}");
        let numbers = periods.iter().filter_map(|one| one["events"]["link_sent"].as_u64());
        assert!(numbers.sum::<u64>() >= 1, "{body}");
        let [since, until] = [since, until].map(|at| Moment::parse(at).unwrap());
        let hours = if by == "hour" { 24 } else { 7 * 24 };
        assert_eq!(until.since(since), 60 * hours * MINUTE);
    }
    assert_eq!(get(world, "/server/stats").await.json()["by"], json!("day"));
    let past = get(world, "/server/stats?since=2020-01-01&until=2020-01-31").await;
    assert_eq!((past.status, past.json()["periods"].clone()), (200, json!([])));
}

async fn invalid(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    let long = "x".repeat(255);
    for (query, named) in [
        ("cursor=", "`cursor`"),
        ("cursor=made-up", "`cursor`"),
        ("cursor=1795183512", "`cursor`"),
        ("cursor=1-1'%20OR%201=1", "`cursor`"),
        ("cursor=99999999999999999999-1", "`cursor`"),
        ("account=", "`account`"),
        ("account=a%00b", "`account`"),
        (&format!("account={long}"), "`account`"),
        (&format!("cursor={long}"), "`cursor`"),
        ("event=", "`event`"),
        ("event=link_sent%20", "`event`"),
        ("event=*", "`event`"),
        ("since=", "`since`"),
        ("since=yesterday", "`since`"),
        ("since=2026-02-30", "`since`"),
        ("until=2026-11-20T14:05:12%2B01:00", "`until`"),
        ("limit=", "`limit`"),
        ("limit=0", "`limit`"),
        ("limit=101", "`limit`"),
        ("limit=-1", "`limit`"),
        ("limit=1e1", "`limit`"),
        ("limit=99999999999999999999", "`limit`"),
        ("account=1&account=2", "`account`"),
        ("account=1&%61ccount=1", "`account`"),
        ("application=shop", "`application`"),
        ("email=ada@mail.example", "`email`"),
        ("account=%ff", "UTF-8"),
    ] {
        let response = get(world, &format!("/server/events?{query}")).await;
        let detail = assert_problem(&response, 400, "request_invalid", query);
        assert_mentions(&detail, &[named], query);
        assert!(detail.len() < 250, "{detail}");
    }
    for (query, named) in [
        ("by=week", "`by`"),
        ("by=", "`by`"),
        ("account=1", "`account`"),
        ("since=2026-11-20&until=2026-11-20", "`since`"),
        ("since=2026-11-21&until=2026-11-20", "`since`"),
        ("since=2026-01-01&until=2026-02-02", "31 days"),
        ("by=hour&since=2026-01-01&until=2026-01-04", "48 hours"),
        ("since=2020-01-01", "31 days"),
    ] {
        let response = get(world, &format!("/server/stats?{query}")).await;
        let detail = assert_problem(&response, 400, "request_invalid", query);
        assert_mentions(&detail, &[named], query);
    }
    snapshot.assert_unchanged("invalid parameters");
    // A cursor that was made up is at worst another place of the same application.
    for cursor in ["0-0", "99999999999-999999999999999"] {
        let response = get(world, &format!("/server/events?cursor={cursor}")).await;
        assert_eq!(response.status, 200, "{response:?}");
    }
}

async fn periods() {
    let (world, memory) = in_memory(&[]);
    for _ in 0..3 {
        assert_eq!(get(&world, "/server/status").await.status, 200);
    }
    let mut unknown = relatch_tests::world::request(
        "POST",
        "/password/reset/request",
        r#"{"username":"unknown"}"#,
    );
    unknown.headers_mut().insert("cf-connecting-ip", "192.0.2.1".parse().unwrap());
    for _ in 0..4 {
        assert_eq!(world.send(unknown.clone()).await.status, 200);
    }
    memory.advance(5 * MINUTE / 60).await;
    memory.set_clock(NOON.after(60 * MINUTE));
    assert_eq!(get(&world, "/server/status").await.status, 200);
    let stats = get(&world, "/server/stats?by=hour").await.json();
    let expected = json!([
        { "at": "2026-11-20T12:00:00Z", "events": { "request_unmatched": 4, "server_status": 3 } },
        { "at": "2026-11-20T13:00:00Z", "events": { "server_status": 1 } },
    ]);
    assert_eq!(stats["periods"], expected);
    let stats = get(&world, "/server/stats").await.json();
    let expected = json!([{
        "at": "2026-11-20T00:00:00Z",
        "events": { "request_unmatched": 4, "server_stats": 1, "server_status": 4 },
    }]);
    assert_eq!(stats["periods"], expected);
}

async fn long_events() {
    let (world, memory) = in_memory(&[]);
    let id = "\"".repeat(254);
    let long = relatch_tests::person::Person::new();
    let account = relatch_domain::values::account::Account {
        id: relatch_domain::values::account::AccountId(id.clone()),
        ..long.account()
    };
    memory.put_account(account);
    for _ in 0..100 {
        assert_eq!(call(&world, "/server/status", json!({ "account": id })).await.status, 200);
    }
    let response = get(&world, "/server/events?limit=100").await;
    let count = events_of(&response).len();
    assert!((50..100).contains(&count) && response.body.len() < 64 * 1024, "{count}");
    assert!(response.json()["next_cursor"].is_string());
}

async fn scopes() {
    let hash = "545c9782ad81bf2f2538f0d2d3eaabe276de7739773bc67481ad841268c5512e";
    for (scopes, is_allowed) in
        [("", false), (":reset+status+links+events+erase+mail+request", false), (":operator", true)]
    {
        let (world, memory) = in_memory(&[("APPLICATION_KEYS", &format!("main:{hash}{scopes}"))]);
        for path in ["/server/events", "/server/stats"] {
            let response = get(&world, path).await;
            if is_allowed {
                assert_eq!(response.status, 200, "{scopes} {path}: {response:?}");
            } else {
                assert_code(&response, 403, "key_out_of_scope");
                assert_eq!(memory.take_trace(), [], "{scopes} {path}");
            }
        }
        // The events of one account need the scope `events`.
        let response = call(&world, "/server/events", json!({ "account": "1" })).await;
        assert_eq!(response.status == 403, is_allowed, "{scopes}: {response:?}");
    }
}

async fn plans() {
    let workerd = Arc::new(Workerd::start(&[]));
    let all = EventQuery {
        account: None,
        action: None,
        since: None,
        until: None,
        cursor: None,
        limit: 20,
    };
    let cursor = Some(EventCursor { at: NOON, row: 7 });
    let action = Some(Action::LinkSent);
    let account = Some(relatch_domain::values::account::AccountId("17".to_owned()));
    for (query, index) in [
        (all.clone(), "events_at"),
        (EventQuery { cursor, ..all.clone() }, "events_at"),
        (EventQuery { action, since: Some(NOON), until: Some(NOON), ..all.clone() }, "events_at"),
        (EventQuery { account, cursor, ..all }, "events_account"),
    ] {
        let (sql, params) = page("default", &query);
        let sql = params.iter().fold(statement(&sql, "events"), |sql, param| match param {
            Param::Text(text) => sql.replacen('?', &format!("'{text}'"), 1),
            Param::Number(number) => sql.replacen('?', &number.to_string(), 1),
        });
        let plan = workerd.sql(&format!("EXPLAIN QUERY PLAN {sql}")).await;
        let plan = format!("{plan:?}").replace('"', " ");
        assert!(plan.contains(&format!("INDEX {index} ")), "{sql}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}: {plan}");
    }
}
