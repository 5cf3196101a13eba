//! Servers of the application that call for visitors and report their addresses.

use http::Request;
use libtest_mimic::Trial;
use relatch::wire::path;
use relatch::{Client, RetryPolicy, TransportError, server};
use relatch_tests::flow;
use relatch_tests::in_process::{NARROW_KEY, SERVER_KEY, SHOP_KEY};
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request, unique_address};
use serde_json::{Value, json};

use crate::server_calls::{account_body, call};
use crate::support::{MINUTE, NEW, StoreSnapshot, assert_mentions, assert_problem, take_verbs};

const HEADER: &str = "relatch-visitor-address";
/// The address of a server in these tests.
const SERVER: &str = "192.0.2.1";
pub const VISITOR: &str = "203.0.113.7";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("events and the notice of a visitor's reset name both addresses", flow!(recorded)),
        ("an address that is not one public address is rejected", flow!(invalid_addresses)),
        (
            "the header counts only with a key of the scope, and a wrong key is rejected",
            flow!(keys),
        ),
        ("the server client makes every call, and those for visitors", flow!(server_client)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: each visitor of a server has a limit", limits),
        trial("in process: the visitors of a server and direct callers are counted apart", apart),
        trial("in process: a key has a ceiling, which one network cannot use up", ceiling),
        trial("in process: the calls of the dialects are limited by visitor as well", dialects),
        trial("in process: unmatched requests are counted by key and visitor", unmatched),
        trial("in process: a request for a visitor costs one call of the intake", cost),
        trial("in process: an invalid link costs no port call, also for a visitor", forged),
        trial("in process: the log of a rejected call names both addresses", logged),
        trial("in process: a change is limited by the address of the server", changes),
    ]
}

/// Adds the headers by which a server names a visitor.
pub fn name_visitor(mut request: Request<Vec<u8>>, key: &str, visitor: &str) -> Request<Vec<u8>> {
    let headers = request.headers_mut();
    headers.insert("authorization", format!("Bearer {key}").parse().unwrap());
    headers.insert(HEADER, visitor.parse().unwrap());
    request
}

/// Builds a request for a mail that a server makes for a visitor.
pub fn from_visitor(server: &str, visitor: &str, key: &str) -> Request<Vec<u8>> {
    let mut request = request("POST", path::REQUEST, r#"{"username": "unknown"}"#);
    request.headers_mut().insert("cf-connecting-ip", server.parse().unwrap());
    name_visitor(request, key, visitor)
}

async fn ask(world: &World, visitor: &str) -> Response {
    world.send(from_visitor(SERVER, visitor, NARROW_KEY)).await
}

async fn ask_directly(world: &World, address: &str) -> Response {
    let mut request = request("POST", path::REQUEST, r#"{"username": "unknown"}"#);
    request.headers_mut().insert("cf-connecting-ip", address.parse().unwrap());
    world.send(request).await
}

async fn limits() {
    let (world, memory) = in_memory(&[]);
    memory.set_request_limit(30);
    for visitor in 1..=40 {
        for _ in 0..5 {
            assert_eq!(ask(&world, &format!("8.8.8.{visitor}")).await.status, 200, "{visitor}");
        }
    }
    let mut accepted = 0;
    for host in 0..60 {
        let address = format!("2001:db8:5:6::{host:x}");
        let response = ask(&world, &address).await;
        accepted += u32::from(response.status == 200);
        if response.status != 200 {
            assert_problem(&response, 429, "too_many_requests", &address);
            assert_eq!(response.header("retry-after"), Some("60"));
        }
    }
    assert_eq!(accepted, 30, "a visitor has the limit of a caller, and a /64 is one visitor");
    assert_eq!(ask(&world, "2001:db8:5:7::1").await.status, 200);
}

async fn apart() {
    let (world, memory) = in_memory(&[]);
    memory.set_request_limit(3);
    for _ in 0..5 {
        let _limited = ask(&world, VISITOR).await;
    }
    assert_eq!(ask(&world, VISITOR).await.status, 429);
    assert_eq!(ask_directly(&world, VISITOR).await.status, 200, "the visitor itself");
    assert_eq!(ask_directly(&world, SERVER).await.status, 200, "the server itself");
    for _ in 0..5 {
        let _limited = ask_directly(&world, "203.0.113.9").await;
    }
    assert_eq!(ask_directly(&world, "203.0.113.9").await.status, 429);
    assert_eq!(ask(&world, "203.0.113.9").await.status, 200, "a direct caller used up its limit");
    // A server has several addresses, and a key is one server.
    let elsewhere = from_visitor("2001:db8::1", VISITOR, NARROW_KEY);
    assert_eq!(world.send(elsewhere).await.status, 429);
}

async fn ceiling() {
    let (world, memory) = in_memory(&[]);
    memory.set_wide_request_limit(10);
    let accepted = async |addresses: &mut dyn Iterator<Item = String>| {
        let mut accepted = 0;
        for address in addresses {
            accepted += u32::from(ask(&world, &address).await.status == 200);
        }
        accepted
    };
    assert_eq!(accepted(&mut (1..=50).map(|host| format!("192.0.2.{host}"))).await, 10, "a /24");
    let others = accepted(&mut (1..=8).map(|net| format!("8.8.{net}.1"))).await;
    assert!(others >= 3, "other networks are not affected: {others} of 8");
    let all = accepted(&mut (0..1000).map(|net| format!("9.9.{}.{}", net % 250, net / 250))).await;
    assert_eq!(all + others + 10, 80, "the ceiling is eight times the limit of a network");
    assert_eq!(ask_directly(&world, "8.8.8.8").await.status, 200);
}

async fn dialects() {
    let create = "/pub/applications/default/requests/resetpassword/create";
    for (method, path, body, success) in [
        ("PUT", "/api/v1/account/password", json!({ "email": "nobody@mail.example" }), 202),
        ("POST", "/api/auth/forgot", json!({ "email": "nobody@mail.example" }), 200),
        ("POST", create, json!({ "principal": "unknown" }), 200),
    ] {
        let (world, memory) = in_memory(&[]);
        memory.set_request_limit(2);
        let ask = async |visitor: &str| {
            let mut request = request(method, path, &body.to_string());
            request.headers_mut().insert("cf-connecting-ip", SERVER.parse().unwrap());
            world.send(name_visitor(request, NARROW_KEY, visitor)).await
        };
        for visitor in 1..=10 {
            let address = format!("8.8.8.{visitor}");
            for status in [success, success, 429] {
                assert_eq!(ask(&address).await.status, status, "{path} {address}");
            }
        }
        assert_eq!(ask("10.0.0.1").await.status, 400, "{path}");
    }
}

async fn unmatched() {
    let (world, memory) = in_memory(&[]);
    for _ in 0..3 {
        assert_eq!(ask(&world, VISITOR).await.status, 200);
        assert_eq!(ask_directly(&world, VISITOR).await.status, 200);
        assert_eq!(ask(&world, "203.0.113.8").await.status, 200);
    }
    memory.advance(MINUTE / 3).await;
    let events = memory.events();
    let mut rows: Vec<_> = events
        .iter()
        .map(|event| (event.address.as_deref().unwrap_or_default(), memory.event_count(&event.id)))
        .collect();
    rows.sort_unstable();
    let expected = [
        ("203.0.113.7", 3),
        ("203.0.113.7 reported by narrow at 192.0.2.1", 3),
        ("203.0.113.8 reported by narrow at 192.0.2.1", 3),
    ];
    assert_eq!(rows, expected);
}

async fn cost() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let mut calls = Vec::new();
    for username in ["unknown", &peter.username] {
        let body = json!({ "username": username }).to_string();
        let _before = take_verbs(&memory);
        let request = request("POST", path::REQUEST, &body);
        let response = world.send(name_visitor(request, NARROW_KEY, VISITOR)).await;
        assert_eq!(response.status, 200, "{response:?}");
        calls.push(take_verbs(&memory));
    }
    assert_eq!(calls[0], ["limiter.check", "intakes.accept", "intake.insert"]);
    assert_eq!(calls[0], calls[1], "the calls do not reveal whether the account exists");
}

async fn forged() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let forged = format!("{}AAA{}", &token[..60], &token[63..]);
    let _before = take_verbs(&memory);
    for (path, body) in [
        (path::CHECK, json!({ "token": forged })),
        (path::CONFIRM, json!({ "token": forged, "password": NEW })),
    ] {
        let request = request("POST", path, &body.to_string());
        let response = world.send(name_visitor(request, NARROW_KEY, VISITOR)).await;
        assert_problem(&response, 400, "link_invalid", path);
    }
    assert!(take_verbs(&memory).is_empty());
}

async fn logged() {
    let (world, memory) = in_memory(&[]);
    memory.set_request_limit(0);
    assert_eq!(ask(&world, VISITOR).await.status, 429);
    let mut request = request("POST", path::CHECK, r#"{"token": "none"}"#);
    request.headers_mut().insert("cf-connecting-ip", SERVER.parse().unwrap());
    assert_eq!(world.send(name_visitor(request, NARROW_KEY, VISITOR)).await.status, 400);
    // Without the address of a visitor, a rejected call is one of the server.
    assert_eq!(world.send(from_visitor(SERVER, VISITOR, "another key")).await.status, 401);
    let refusals = memory.logged_refusals();
    let lines: Vec<_> =
        refusals.iter().map(|refusal| (refusal.code, refusal.address.as_deref())).collect();
    let both = Some("203.0.113.7 reported by narrow at 192.0.2.1");
    let expected =
        [("too_many_requests", both), ("link_invalid", both), ("key_invalid", Some("192.0.2.1"))];
    assert_eq!(lines, expected);
}

async fn changes() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    memory.set_request_limit(2);
    for (visitor, status) in [("8.8.8.8", 403), ("8.8.8.9", 403), ("8.8.8.10", 429)] {
        let mut request =
            request("POST", path::CHANGE, &json!({ "old": "not it", "new": NEW }).to_string());
        request.headers_mut().insert("cf-connecting-ip", SERVER.parse().unwrap());
        let response = world.send(name_visitor(request, &session, visitor)).await;
        assert_eq!(response.status, status, "{response:?}");
    }
}

async fn recorded(world: &World) {
    let peter = world.new_person().await;
    let server = unique_address();
    let send = async |path: &str, body: Value| {
        let mut request = request("POST", path, &body.to_string());
        request.headers_mut().insert("cf-connecting-ip", server.parse().unwrap());
        let response = world.send(name_visitor(request, NARROW_KEY, VISITOR)).await;
        assert_eq!(response.status, 200, "{response:?}");
    };
    send(path::REQUEST, json!({ "username": peter.username })).await;
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    send(path::CHECK, json!({ "token": token })).await;
    send(path::CONFIRM, json!({ "token": token, "password": NEW })).await;
    let notice = world.wait_for_mail(peter.address(), 2).await;
    let sentence = "from the network 203.0.113.0/24, as reported by Example";
    for part in [&notice.text, &notice.html] {
        let words = part.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_mentions(&words, &[sentence], "the notice");
        assert!(!words.contains(VISITOR) && !words.contains(&server), "{words}");
    }
    world.wait_for_event(&peter, "notice_sent").await;

    let response = call(world, "/server/events", account_body(&peter)).await;
    let events = response.json()["events"].as_array().cloned().unwrap();
    for name in ["link_sent", "password_reset"] {
        let event = events.iter().find(|event| event["event"] == name).expect(name);
        assert_eq!(event["address"], VISITOR, "{event}");
        assert_eq!(event["reported_by"], "narrow", "{event}");
        assert_eq!(event["reported_from"], server.as_str(), "{event}");
    }
}

async fn invalid_addresses(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    for address in [
        "",
        "nonsense",
        "203.0.113.7, 203.0.113.8",
        "203.0.113.7:443",
        "[2001:db8::1]",
        "10.0.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "0.0.0.0",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
    ] {
        for (method, path, body) in [
            ("POST", path::REQUEST, r#"{"username": "unknown"}"#),
            ("POST", path::CHECK, r#"{"token": "none"}"#),
            ("POST", path::CONFIRM, r#"{"token": "none", "password": "x"}"#),
            ("GET", path::RULES, ""),
        ] {
            let request = name_visitor(request(method, path, body), NARROW_KEY, address);
            let response = world.send(request).await;
            let detail = assert_problem(&response, 400, "request_invalid", address);
            assert_mentions(&detail, &["`Relatch-Visitor-Address`", "public"], address);
        }
    }
    // Several lines are a list.
    let mut twice = from_visitor(SERVER, VISITOR, NARROW_KEY);
    twice.headers_mut().append(HEADER, "203.0.113.8".parse().unwrap());
    assert_problem(&world.send(twice).await, 400, "request_invalid", "two lines");
    snapshot.assert_unchanged("invalid addresses");
}

async fn keys(world: &World) {
    let request_with = |key: Option<&str>, visitor: Option<&str>| {
        let body = json!({ "username": "unknown" }).to_string();
        let mut request = request("POST", path::REQUEST, &body);
        let headers = request.headers_mut();
        if let Some(key) = key {
            headers.insert("authorization", key.parse().unwrap());
        }
        if let Some(visitor) = visitor {
            headers.insert(HEADER, visitor.parse().unwrap());
        }
        request
    };
    let named = format!("Bearer {NARROW_KEY}");
    let unscoped = format!("Bearer {SERVER_KEY}");
    let foreign = format!("Bearer {SHOP_KEY}");
    let scheme = format!("Basic {NARROW_KEY}");
    // Without such a key, the header has no effect, whatever it contains. Without the header, the
    // key has none.
    for (key, visitor) in [
        (None, Some(VISITOR)),
        (None, Some("nonsense")),
        (Some(unscoped.as_str()), Some("nonsense")),
        (Some(&scheme), Some("nonsense")),
        (Some(&named), None),
        (Some("Bearer another key"), None),
        (Some(&foreign), None),
        (Some(&named), Some(VISITOR)),
    ] {
        let response = world.send(request_with(key, visitor)).await;
        assert_eq!(response.status, 200, "{key:?} {visitor:?}: {response:?}");
    }
    let snapshot = StoreSnapshot::take(world);
    for key in ["Bearer another key", "bearer x", &foreign, &named.to_uppercase()] {
        let response = world.send(request_with(Some(key), Some(VISITOR))).await;
        assert_problem(&response, 401, "key_invalid", key);
        assert_eq!(response.header("www-authenticate"), Some("Bearer"));
    }
    snapshot.assert_unchanged("wrong keys");
    // No page may send the header.
    let mut preflight = request("OPTIONS", path::REQUEST, "");
    let headers = preflight.headers_mut();
    headers.insert("origin", "https://app.example.com".parse().unwrap());
    headers.insert("access-control-request-headers", HEADER.parse().unwrap());
    let response = world.send(preflight).await;
    let allowed = response.header("access-control-allow-headers").unwrap_or_default();
    assert!(!allowed.to_lowercase().contains(HEADER), "{allowed}");
}

/// Returns the native client of a server, connected to this world.
fn client(world: &World, key: &str) -> server::Client<impl relatch::Transport + Clone> {
    let world = world.clone();
    let send = async move |mut request: http::Request<Vec<u8>>| {
        request.headers_mut().insert("cf-connecting-ip", unique_address().parse().unwrap());
        let response = world.send(request).await;
        let mut converted = http::Response::builder().status(response.status);
        for (name, value) in &response.headers {
            converted = converted.header(name, value);
        }
        converted.body(response.body.into_bytes()).map_err(TransportError::new)
    };
    let client = Client::builder("http://localhost").retry(RetryPolicy::none());
    server::Client::with_client(client.transport(send).build().unwrap(), key).unwrap()
}

async fn server_client(world: &World) {
    let server = client(world, SERVER_KEY);
    let peter = world.new_person().await;
    let account = account(&peter);
    assert!(server.is_available().await.unwrap());
    assert!(server.status(&account).await.unwrap().enabled);
    let unknown = server::Account::username("unknown");
    let status = server.status(&unknown).await.unwrap();
    assert_eq!((status.enabled, status.reason.as_deref()), (false, Some("account_unknown")));

    let done = server.reset(&account).await.unwrap();
    assert!(done.message.contains("started"), "{}", done.message);
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    let error = server.reset(&account).await.unwrap_err();
    assert_eq!(error.code(), Some(relatch::Code::TooManyRequests));
    let error = server.reset(&unknown).await.unwrap_err();
    assert_eq!(error.code(), Some(relatch::Code::AccountUnknown));

    server.revoke_links(&account).await.unwrap();
    assert_eq!(world.check(&token).await.status, 410);
    let events = server.events(&account, Some(2)).await.unwrap();
    let names: Vec<&str> = events.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(names.len(), 2, "{events:?}");
    assert!(names.contains(&"server_revoke"), "{events:?}");
    server.erase(&account).await.unwrap();
    assert!(server.events(&account, None).await.unwrap().is_empty());

    let error = client(world, "another key").is_available().await.unwrap_err();
    assert_eq!(error.code(), Some(relatch::Code::KeyInvalid));
    let narrow = client(world, NARROW_KEY);
    let error = narrow.reset(&account).await.unwrap_err();
    assert_eq!(error.code(), Some(relatch::Code::KeyOutOfScope));

    let ada = world.new_person().await;
    let visitor = narrow.for_visitor(VISITOR.parse().unwrap());
    visitor.request(&ada.username).await.unwrap();
    let token = world.wait_for_mail(ada.address(), 1).await.token().parse().unwrap();
    visitor.check(&token).await.unwrap();
    visitor.confirm(&token, &relatch::Password::from(NEW)).await.unwrap();
    assert_eq!(visitor.rules().await.unwrap().min_length, 15);
    world.wait_for_event(&ada, "password_reset").await;
    let reset = async || {
        let events = server.events(&self::account(&ada), None).await.unwrap();
        events.into_iter().find(|event| event.event == "password_reset").unwrap()
    };
    let event = reset().await;
    assert_eq!(event.address.as_deref(), Some(VISITOR), "{event:?}");
    assert_eq!(event.reported_by.as_deref(), Some("narrow"), "{event:?}");
    let local = narrow.for_visitor("127.0.0.1".parse().unwrap());
    let error = local.rules().await.unwrap_err();
    assert_eq!(error.code(), Some(relatch::Code::RequestInvalid));
    assert!(error.to_string().contains("`Relatch-Visitor-Address`"), "{error}");
}

fn account(person: &Person) -> server::Account {
    server::Account::id(person.id.to_string())
}
