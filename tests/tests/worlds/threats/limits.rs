//! Rate limits: what they count, and attempts to get around them.

use std::time::Duration;

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request};
use serde_json::json;
use tokio::time::Instant;

use super::confirm_with_field;
use crate::support::{MINUTE, NEW, assert_code, count_events, take_verbs};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b24 no field of a confirm can select a limit, and confirms are not limited", flow!(b24)),
        ("b25 every spelling of an identifier counts for the same mailbox", flow!(b25)),
        (
            "b34 long input is rejected for its size, and a long password before it is hashed",
            flow!(b34),
        ),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: b22 all spellings of an address and a whole /64 share one limit, headers change nothing",
            b22,
        ),
        trial("in process: b23 no spelling of a path gets around the limit", b23),
        trial("in process: b24 confirm and check have no limit by address", b24_unlimited),
        trial("in process: b34 input that is too long causes no port call", b34_calls),
        trial("in process: f3 a mailbox cannot be flooded from many addresses", f3),
        trial(
            "in process: a wider block of addresses has a limit that no single address uses up",
            wide,
        ),
        trial(
            "in process: unmatched requests of a minute and address block are one event with a count",
            unmatched,
        ),
    ]
}

async fn b22() {
    let (world, memory) = in_memory(&[]);
    memory.set_request_limit(20);
    let status_from = async |address: &str, header: Option<(&'static str, &str)>| {
        let mut request = request("POST", path::REQUEST, r#"{"username": "unknown"}"#);
        request.headers_mut().insert("cf-connecting-ip", address.parse().unwrap());
        if let Some((name, value)) = header {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        world.send(request).await.status
    };
    let mut accepted = 0;
    for host in 0..1000 {
        accepted += u32::from(
            status_from(&format!("2001:db8:5:6:{host:x}:{host:x}::1"), None).await == 200,
        );
    }
    assert_eq!(accepted, 20, "a /64 is one network");
    for spelling in [
        "2001:DB8:5:6::1",
        "2001:0db8:0005:0006:0000:0000:0000:0001",
        "2001:db8:5:6:ffff:ffff:ffff:ffff",
    ] {
        assert_eq!(status_from(spelling, None).await, 429, "{spelling}");
    }
    let mut accepted = 0;
    for number in 0..30 {
        let spelling = if number % 2 == 0 { "198.51.100.9" } else { "::ffff:198.51.100.9" };
        let elsewhere = format!("203.0.113.{number}");
        let names = [
            "x-forwarded-for",
            "true-client-ip",
            "x-real-ip",
            "x-client-ip",
            "x-cluster-client-ip",
            "fastly-client-ip",
        ];
        accepted += u32::from(
            status_from(spelling, Some((names[number % names.len()], &elsewhere))).await == 200,
        );
    }
    assert_eq!(accepted, 20, "only the platform's header is trusted");
    // Callers without a valid address share one limit.
    let mut accepted = 0;
    for number in 0..30 {
        accepted += u32::from(status_from(&format!("nonsense {number}"), None).await == 200);
    }
    assert_eq!(accepted, 20);
    assert_eq!(status_from("2001:db8:5:7::1", None).await, 200, "the next /64 has its own limit");
}

/// Requests a mail for an unknown name from this address. Returns the status.
async fn request_from(world: &World, address: &str) -> u16 {
    let mut request = request("POST", path::REQUEST, r#"{"username": "unknown"}"#);
    request.headers_mut().insert("cf-connecting-ip", address.parse().unwrap());
    world.send(request).await.status
}

async fn wide() {
    let (world, memory) = in_memory(&[]);
    memory.set_request_limit(2);
    memory.set_wide_request_limit(10);
    for _ in 0..30 {
        let _limited = request_from(&world, "192.0.2.1").await;
    }
    let mut accepted = 2;
    for host in 2..40 {
        accepted += u32::from(request_from(&world, &format!("192.0.2.{host}")).await == 200);
    }
    assert_eq!(accepted, 10, "a /24");
    assert_eq!(request_from(&world, "192.0.3.1").await, 200, "the next /24 has its own limit");
    let mut accepted = 0;
    for network in 0..40 {
        let address = format!("2001:db8:7:{network:x}::1");
        accepted += u32::from(request_from(&world, &address).await == 200);
    }
    assert_eq!(accepted, 10, "a /48");
}

async fn unmatched() {
    let (world, memory) = in_memory(&[]);
    let rows = || {
        let events = memory.events();
        let unmatched = events.iter().filter(|event| event.action.as_str() == "request_unmatched");
        unmatched.map(|event| memory.event_count(&event.id)).collect::<Vec<_>>()
    };
    for host in 0..100 {
        assert_eq!(request_from(&world, &format!("2001:db8:5:6::{host:x}")).await, 200);
        assert_eq!(request_from(&world, "192.0.2.1").await, 200);
    }
    memory.advance(Duration::from_secs(20)).await;
    assert_eq!(rows(), [100, 100], "a block has one row");
    memory.advance(2 * MINUTE).await;
    assert_eq!(request_from(&world, "192.0.2.1").await, 200);
    memory.advance(Duration::from_secs(20)).await;
    assert_eq!(rows(), [100, 100, 1], "each minute has its own row");
}

async fn b23() {
    let (world, memory) = in_memory(&[]);
    memory.set_request_limit(3);
    let mut accepted = 0;
    for _ in 0..3 {
        for path in [
            "/password/reset/request",
            "//password/reset/request",
            "/password/reset/request/",
            "/password/reset/request?x=1",
            "/password%2freset/request",
            "/PASSWORD/reset/request",
            "/password/reset/request;x",
            "/./password/reset/request",
        ] {
            let mut request = request("POST", path, r#"{"username": "unknown"}"#);
            request.headers_mut().insert("cf-connecting-ip", "192.0.2.9".parse().unwrap());
            let response = world.send(request).await;
            assert!(matches!(response.status, 200 | 404 | 429), "{path}: {response:?}");
            accepted += u32::from(response.status == 200);
        }
    }
    assert_eq!(accepted, 3);
}

async fn b24(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for field in ["email", "username", "identifier", "ip", "key"] {
        assert_code(
            &confirm_with_field(world, &token, field, "rotating").await,
            400,
            "request_invalid",
        );
        let body = json!({ "token": token, field: "rotating" });
        assert_code(&world.post(path::CHECK, body.to_string()).await, 400, "request_invalid");
    }
    // A limit on guesses would let an attacker lock the account owner out. A forged token is
    // rejected without I/O instead.
    for number in 0..60 {
        let forged = format!("{}{number:02}A{}", &token[..60], &token[63..]);
        assert_code(&world.confirm(&forged, NEW).await, 400, "link_invalid");
    }
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn b24_unlimited() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    memory.set_request_limit(0);
    let _before = take_verbs(&memory);
    for number in 0..200 {
        let forged = format!("{}{number:03}{}", &token[..60], &token[63..]);
        assert_code(&world.confirm(&forged, NEW).await, 400, "link_invalid");
        assert_code(&world.check(&forged).await, 400, "link_invalid");
    }
    assert!(take_verbs(&memory).is_empty(), "guesses use up no limit");
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(!take_verbs(&memory).contains(&"limiter.check"));
}

async fn b25(world: &World) {
    let person = Person::new();
    let ada = Person {
        username: format!("Ada.Of.{}", person.id),
        email: Some(format!("Ada.Of.{}@Mail.Example", person.id)),
        ..person
    };
    world.add(&ada).await;
    assert_eq!(world.request_reset(json!({ "email": ada.address() })).await.status, 200);
    world.wait_for_mail(ada.address(), 1).await;
    let wide: String = ada.username.replace("Ada", "\u{ff21}\u{ff44}\u{ff41}");
    let spellings = [
        ada.address().to_lowercase(),
        ada.address().to_uppercase(),
        format!("  {}\u{a0}", ada.address()),
        ada.address().replace("Ada", "\u{ff21}da"),
        ada.username.to_lowercase(),
        ada.username.to_uppercase(),
        format!("\u{3000}{} ", ada.username),
        wide,
    ];
    for spelling in &spellings {
        assert_eq!(
            world.request_reset(json!({ "identifier": spelling })).await.status,
            200,
            "{spelling}"
        );
    }
    world.wait_for_event(&ada, "request_limited").await;
    let all_counted =
        async || count_events(world, &ada, "request_limited").await == spellings.len();
    for _ in 0..10 {
        if all_counted().await {
            break;
        }
        world.drain().await;
    }
    assert!(
        all_counted().await,
        "every spelling is matched and counted: {:?}",
        world.events(&ada).await
    );
    assert_eq!(world.mails_to(ada.address()).await.len(), 1);
}

async fn b34(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let mega = "\u{fdfa}".repeat(350_000);
    for (path, body) in [
        (path::REQUEST, json!({ "email": mega })),
        (path::CHECK, json!({ "token": mega })),
        (path::CONFIRM, json!({ "token": token, "password": mega })),
    ] {
        assert_code(&world.post(path, body.to_string()).await, 413, "body_too_large");
    }
    for long in [
        "x1".repeat(8_000),
        "\u{fdfa}".repeat(5_000),
        "e\u{301}".repeat(5_000),
        "\u{1f468}\u{200d}".repeat(2_000),
    ] {
        let response = world.confirm(&token, &long).await;
        assert_code(&response, 422, "password_rejected");
        assert_eq!(response.json()["reasons"], json!(["too_long"]));
        assert_code(
            &world.request_reset(json!({ "username": long })).await,
            400,
            "request_invalid",
        );
    }
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn b34_calls() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let _before = take_verbs(&memory);
    let began = Instant::now();
    for _ in 0..50 {
        for unit in ["x1", "\u{fdfa}", "e\u{301}", "\u{1e9b}\u{323}"] {
            let long = unit.repeat(15_000 / unit.len());
            assert_code(&world.confirm(&token, &long).await, 422, "password_rejected");
            assert_code(&world.confirm(&long, NEW).await, 400, "link_invalid");
            assert_code(
                &world.request_reset(json!({ "username": long })).await,
                400,
                "request_invalid",
            );
        }
    }
    assert!(take_verbs(&memory).is_empty());
    // 600 calls. Hashing even one of these passwords would take longer than many of the calls
    // together.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn f3() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    // Four hours of one request a minute, each from another address.
    for minute in 0..240 {
        let name = if minute % 2 == 0 { peter.username.as_str() } else { peter.address() };
        assert_eq!(world.request_reset(json!({ "identifier": name })).await.status, 200);
        memory.advance(MINUTE).await;
    }
    // Ten within a day, and one when the link of the tenth has less than 15 minutes left.
    assert_eq!(world.mails_to(peter.address()).await.len(), 11);
    let sent = count_events(&world, &peter, "link_sent").await;
    let limited = count_events(&world, &peter, "request_limited").await;
    assert_eq!((sent, limited), (11, 229), "every request has an event");
}
