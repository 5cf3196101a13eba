//! The optional bindings: a database for the events alone, and the limit of a wider block. Each trial
//! has its own Worker.

use std::sync::Arc;

use libtest_mimic::Trial;
use relatch_tests::in_process::{NARROW_KEY, SERVER_KEYS};
use relatch_tests::person::Person;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, insertion, request};
use serde_json::json;

use crate::server_calls::{account_body, call};
use crate::support::{MINUTE, NEW, log_line};
use crate::visitors::{VISITOR, from_visitor};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "workerd: a second database has the events, and the accounts of an application",
            second_database,
        ),
        trial("workerd: a wider block may send twenty times as much as an address", wide_limit),
        trial("workerd: without its binding, a wider block has no limit", no_wide_limit),
        trial(
            "workerd: a key that reports visitors needs the binding of the wider block",
            unbound_ceiling,
        ),
        trial(
            "workerd: forty visitors of one server have a limit each, and the key has a ceiling",
            visitors,
        ),
    ]
}

fn start(changes: &[(&str, &str)]) -> (World, Arc<Workerd>) {
    let workerd = Arc::new(Workerd::start(changes));
    (World::Workerd(Arc::clone(&workerd)), workerd)
}

async fn second_database() {
    let (world, workerd) =
        start(&[("EVENTS_DB", "relatch-events"), ("APP_SHOP_DIRECTORY_DATABASE", "EVENTS_DB")]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_eq!(world.request_reset(json!({ "username": "unknown" })).await.status, 200);
    let actions = async || {
        let sql = "SELECT action FROM events WHERE action NOT LIKE 'server_%' ORDER BY action";
        let rows = workerd.sql_in("EVENTS_DB", sql).await;
        rows.iter().map(|row| row[0].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let expected = [
        "link_sent",
        "notice_sent",
        "password_reset",
        "request_accepted",
        "request_unmatched",
        "sessions_revoked",
    ];
    let are_recorded = async || actions().await == expected;
    assert!(workerd.wait_until(MINUTE, are_recorded).await, "{:?}", actions().await);

    let response = call(&world, "/server/events", account_body(&peter)).await;
    let listed = response.json()["events"].as_array().map(Vec::len);
    assert_eq!((response.status, listed), (200, Some(5)), "{response:?}");

    // Old events are deleted there as well.
    workerd.sql_in("EVENTS_DB", "UPDATE events SET at = '2020-01-01T00:00:00Z'").await;
    assert_eq!(call(&world, "/server/erase", account_body(&peter)).await.status, 200);
    let sql = format!("SELECT count(*) FROM events WHERE account = '{}'", peter.id);
    assert_eq!(workerd.sql_in("EVENTS_DB", &sql).await, [[json!(0)]]);
    assert_eq!(workerd.sql("SELECT count(*) FROM events").await, [[json!(0)]], "none is in DB");
    assert_eq!(workerd.sql_in("EVENTS_DB", "SELECT count(*) FROM users").await, [[json!(0)]]);
    own_accounts(&world, &workerd).await;
}

/// Asserts that the application `shop` has the accounts of the second database, and the default one
/// those of the first.
async fn own_accounts(world: &World, workerd: &Workerd) {
    let paula = world.new_person().await;
    let namesake = Person { username: paula.username.clone(), ..Person::new() };
    workerd.sql_in("EVENTS_DB", &insertion(&namesake)).await;
    let body = json!({ "username": paula.username }).to_string();
    for path in ["/password/reset/request", "/apps/shop/password/reset/request"] {
        assert_eq!(world.post(path, body.clone()).await.status, 200);
    }
    world.wait_for_mail(paula.address(), 1).await;
    let token = world.wait_for_mail(namesake.address(), 1).await.token();
    assert_eq!(world.mails_to(paula.address()).await.len(), 1, "each mails its own account");
    let stored = async |id: u32| {
        let sql = format!("SELECT password_hash FROM users WHERE id = {id}");
        workerd.sql_in("EVENTS_DB", &sql).await
    };
    let (before, body) = (stored(namesake.id).await, json!({ "token": token, "password": NEW }));
    let confirmed = world.post("/apps/shop/password/reset/confirm", body.to_string()).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    assert_ne!(stored(namesake.id).await, before);
    assert!(world.has_password(&paula, &paula.password).await);
}

/// Sends a request from each of these addresses, two by two. Returns the statuses.
async fn send(world: &World, addresses: impl Iterator<Item = String>) -> Vec<u16> {
    let mut statuses = Vec::new();
    for address in addresses {
        let body = json!({ "username": "unknown" }).to_string();
        let mut request = request("POST", "/password/reset/request", &body);
        let address = address.parse().expect("an address is a valid header");
        request.headers_mut().insert("cf-connecting-ip", address);
        statuses.push(world.send(request).await.status);
    }
    statuses
}

async fn wide_limit() {
    let (world, _) = start(&[("IP_LIMIT", "1")]);
    for block in ["198.51.100", "203.0.113"] {
        let statuses = send(&world, (1..=70).map(|host| format!("{block}.{host}"))).await;
        let (accepted, limited) = statuses.split_at(20);
        assert!(accepted.iter().all(|status| *status == 200), "{statuses:?}");
        // A minute may end in between.
        let count = limited.iter().filter(|status| **status == 429).count();
        assert!(count >= 30, "{statuses:?}");
    }
    let statuses = send(&world, (1..=70).map(|net| format!("2001:db8:7:{net:x}::1"))).await;
    assert!(statuses.iter().filter(|status| **status == 429).count() >= 30, "{statuses:?}");
    let statuses = send(&world, (1..=30).map(|net| format!("2001:db8:a{net:02x}::1"))).await;
    assert!(statuses.iter().all(|status| *status == 200), "each is another /48: {statuses:?}");
}

async fn no_wide_limit() {
    let keys = SERVER_KEYS.replace("+request", "");
    let unbound = [("IP_LIMIT", "1"), ("UNBOUND", "LIMITER_WIDE"), ("APPLICATION_KEYS", &keys)];
    let (world, _) = start(&unbound);
    let statuses = send(&world, (1..=70).map(|host| format!("198.51.100.{host}"))).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let statuses = send(&world, std::iter::repeat_n("198.51.100.1".to_owned(), 30)).await;
    assert!(statuses.contains(&429), "an address has one");
}

async fn unbound_ceiling() {
    let (world, workerd) = start(&[("UNBOUND", "LIMITER_WIDE")]);
    let response = world.request_reset(json!({ "username": "unknown" })).await;
    assert_eq!((response.status, response.code().as_str()), (503, "misconfigured"));
    let words = ["configuration: `LIMITER_WIDE` must be bound to a rate limit", "scope `request`"];
    assert!(workerd.wait_until(MINUTE, async || log_line(&workerd, &words)).await);
}

async fn visitors() {
    let (world, _) = start(&[("IP_LIMIT", "1")]);
    let ask = async |server: &str, visitor: &str| {
        let request = from_visitor(server, visitor, NARROW_KEY);
        world.send(request).await.status
    };
    // Forty visitors call through one server. An address may send one request a minute.
    for visitor in 1..=40 {
        let address = format!("8.8.{visitor}.8");
        assert_eq!(ask("192.0.2.1", &address).await, 200, "{address}");
    }
    let mut statuses = Vec::new();
    for _ in 0..10 {
        statuses.push(ask("192.0.2.1", VISITOR).await);
    }
    assert!(statuses.starts_with(&[200]) && statuses.contains(&429), "{statuses:?}");
    assert_eq!(ask("192.0.2.1", "203.0.113.8").await, 200, "another visitor is not affected");
    // Eight groups of twenty requests are the ceiling of a key.
    let mut is_limited = false;
    for visitor in 0..320 {
        let address = format!("9.{}.{}.9", visitor / 200, visitor % 200);
        is_limited = ask("192.0.2.1", &address).await == 429;
        if is_limited {
            break;
        }
    }
    assert!(is_limited, "a key has a ceiling");
    let direct = send(&world, std::iter::once(VISITOR.to_owned())).await;
    assert_eq!(direct, [200], "the visitor itself is counted apart");
}
