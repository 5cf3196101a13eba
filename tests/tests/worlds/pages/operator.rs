//! The operator's page: off by default, opened by a server key, read with GET only.

use std::time::Duration;

use libtest_mimic::Trial;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::values::keys::base64url;
use relatch_memory::Fault;
use relatch_tests::in_process::{NARROW_KEY, SERVER_KEY, SERVER_KEYS};
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::trial;
use relatch_tests::world::{World, in_memory, reconfigured, request};
use serde_json::json;

use crate::support::{MINUTE, StoreSnapshot, fail_calls};

const PAGE: &str = "/server/operator";
pub const ON: (&str, &str) = ("OPERATOR_PAGE", "true");

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: the operator's page is off by default", off),
        trial("in process: a key opens the operator's page for 15 minutes", opened),
        trial("in process: the operator's page closes with its key, scope or application", closed),
        trial("in process: a cookie that was made up does not open the operator's page", forged),
        trial(
            "in process: the form of the operator's page is same-origin, limited and strict",
            form,
        ),
        trial("in process: the operator's page shows events, waiting mails and numbers", views),
        trial("in process: the operator's page explains invalid filters", invalid),
        trial("in process: the operator's page has no scripts and no cache", headers),
    ]
}

fn key_form(key: &str) -> http::Request<Vec<u8>> {
    let key = key.replace(' ', "+");
    let mut form = request("POST", PAGE, &format!("key={key}"));
    let headers = form.headers_mut();
    headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    headers.insert("origin", "http://localhost".parse().unwrap());
    headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
    form
}

/// Signs in and returns the pair of the cookie.
async fn open(world: &World) -> String {
    let response = world.send(key_form(SERVER_KEY)).await;
    assert_eq!((response.status, response.header("location")), (303, Some(PAGE)), "{response:?}");
    let cookie = response.header("set-cookie").unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn visit(world: &World, cookie: &str, query: &str) -> Response {
    let mut request = request("GET", &format!("{PAGE}{query}"), "");
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    world.send(request).await
}

fn is_form(response: &Response) -> bool {
    response.body.contains(r#"<input id="key""#) && !response.body.contains("<nav")
}

fn is_open(response: &Response) -> bool {
    response.status == 200 && response.body.contains("<nav") && !is_form(response)
}

async fn off() {
    for changes in [&[][..], &[("OPERATOR_PAGE", "false")]] {
        let (world, memory) = in_memory(changes);
        for request in [request("GET", PAGE, ""), key_form(SERVER_KEY)] {
            let response = world.send(request).await;
            assert_eq!((response.status, response.code().as_str()), (404, "not_found"));
        }
        assert_eq!(memory.take_trace(), []);
    }
}

async fn opened() {
    let (world, memory) = in_memory(&[ON]);
    let closed = world.send(request("GET", PAGE, "")).await;
    assert!(closed.status == 200 && is_form(&closed), "{closed:?}");
    let response = world.send(key_form(SERVER_KEY)).await;
    let cookie = response.header("set-cookie").unwrap();
    assert!(cookie.contains("; Path=/server/operator; Max-Age=900; HttpOnly; SameSite=Strict"));
    assert!(cookie.starts_with("relatch-operator-") && !cookie.contains(SERVER_KEY), "{cookie}");
    assert!(!response.body.contains(SERVER_KEY));
    let cookie = open(&world).await;
    assert!(is_open(&visit(&world, &cookie, "").await));
    memory.set_clock(memory.time().after(15 * MINUTE).before(Duration::from_secs(1)));
    assert!(is_open(&visit(&world, &cookie, "?view=stats").await));
    memory.set_clock(memory.time().after(Duration::from_secs(1)));
    assert!(is_form(&visit(&world, &cookie, "").await), "15 minutes are over");
    // Every visit and the sign-in are audited.
    let events = memory.events();
    let details: Vec<_> = events
        .iter()
        .map(|event| (event.action.as_str(), event.detail.as_deref().unwrap_or_default()))
        .collect();
    let sign_in = ("server_sign_in", "main");
    assert_eq!(details, [sign_in, sign_in, ("server_events", "main"), ("server_stats", "main")]);
    fail_calls(&memory, "events.record", Fault::Before);
    let unaudited = world.send(key_form(SERVER_KEY)).await;
    assert_eq!((unaudited.status, unaudited.header("set-cookie")), (503, None));
    let https =
        [ON, ("PUBLIC_URL", "https://accounts.example.com"), ("MAIL_SERVER", "smtp.example.com")];
    let hashing = [
        ("ARGON2_MEMORY_KIB", "19456"),
        ("ARGON2_ITERATIONS", "2"),
        ("REQUEST_DELAY_SECONDS", "1-5"),
    ];
    let mut key = [0; 32];
    getrandom::fill(&mut key).unwrap();
    // Only the alphabet of base64url differs.
    let random = format!("7:{}", base64url(&key).replace('-', "+").replace('_', "/"));
    let all = [&https[..], &hashing[..], &[("RELATCH_KEYS", &random)]].concat();
    let (world, _memory) = in_memory(&all);
    let mut form = key_form(SERVER_KEY);
    form.headers_mut().insert("origin", "https://accounts.example.com".parse().unwrap());
    let response = world.send(form).await;
    let cookie = response.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Secure-relatch-operator-"), "{cookie}");
    assert!(cookie.ends_with("; HttpOnly; Secure; SameSite=Strict"), "{cookie}");
}

async fn closed() {
    let (world, memory) = in_memory(&[ON]);
    let cookie = open(&world).await;
    let hash = "545c9782ad81bf2f2538f0d2d3eaabe276de7739773bc67481ad841268c5512e";
    let other = "bc9237ac2d0ba55602f12798d9841b791ee1e52110725fbe3fa5d1798719507f";
    for (keys, stays_open) in [
        (format!("main:{hash}:operator"), true),
        (format!("main:{hash}:retry+events"), false),
        (format!("main:{other}:operator"), false),
        (format!("other:{hash}:operator"), false),
        (String::new(), false),
    ] {
        let world = reconfigured(&memory, &[ON, ("APPLICATION_KEYS", &keys)]);
        let response = visit(&world, &cookie, "").await;
        assert_eq!(is_open(&response), stays_open, "{keys}: {response:?}");
        assert_eq!(is_form(&response), !stays_open, "{keys}");
    }
    // The signing keys rotate, and an old one is dropped.
    let new = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    let old = relatch_tests::in_process::KEYS;
    for (keys, stays_open) in [(format!("{new},{old}"), true), (new.to_owned(), false)] {
        let world = reconfigured(&memory, &[ON, ("RELATCH_KEYS", &keys)]);
        assert_eq!(is_open(&visit(&world, &cookie, "").await), stays_open, "{keys}");
    }
}

async fn forged() {
    let (world, memory) = in_memory(&[ON]);
    let cookie = open(&world).await;
    let (name, value) = cookie.split_once('=').unwrap();
    let parts: Vec<&str> = value.split('.').collect();
    let (label, expiry, mac) = (parts[0], parts[1], parts[2]);
    let later = expiry.parse::<u64>().unwrap() + 1;
    let _before = memory.take_trace();
    for wrong in [
        String::new(),
        "..".to_owned(),
        format!("{label}.{expiry}"),
        format!("{label}.{expiry}."),
        format!("{label}.{expiry}.{mac}."),
        format!("{label}.{expiry}.{mac}A"),
        format!("{label}.{later}.{mac}"),
        format!("{label}.+{expiry}.{mac}"),
        format!("{label}.99999999999999999999.{mac}"),
        format!("narrow.{expiry}.{mac}"),
        format!("{label}.{expiry}.{}", "A".repeat(43)),
        SERVER_KEY.replace(' ', "+"),
    ] {
        let response = visit(&world, &format!("{name}={wrong}"), "").await;
        assert!(is_form(&response), "{wrong}: {response:?}");
    }
    assert_eq!(memory.take_trace(), [], "nothing is read for a forged cookie");
    // A cookie of a sibling host beside the own one does not close the page.
    for pair in [format!("{name}=tossed; {cookie}"), format!("{cookie}; {name}=tossed")] {
        assert!(is_open(&visit(&world, &pair, "").await), "{pair}");
    }
}

async fn form() {
    let (world, memory) = in_memory(&[ON]);
    let snapshot = StoreSnapshot::take(&world);
    for (name, value, status) in [
        ("origin", "https://evil.example", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("content-type", "application/json", 415),
    ] {
        let mut form = key_form(SERVER_KEY);
        form.headers_mut().insert(name, value.parse().unwrap());
        let response = world.send(form).await;
        assert_eq!((response.status, response.header("set-cookie")), (status, None), "{name}");
        assert!(response.body.starts_with("<!doctype html>"), "{response:?}");
    }
    for body in ["", "key", "key=a&key=b", "kez=a"] {
        let mut form = key_form(SERVER_KEY);
        *form.body_mut() = body.as_bytes().to_vec();
        let response = world.send(form).await;
        assert!(matches!(response.status, 400 | 403), "{body}: {response:?}");
        assert_eq!(response.header("set-cookie"), None);
    }
    let mut large = key_form(SERVER_KEY);
    *large.body_mut() = format!("key={}", "x".repeat(17_000)).into_bytes();
    assert_eq!(world.send(large).await.status, 413);
    for method in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(world.send(request(method, PAGE, "")).await.status, 405);
    }
    let _limiter_only = memory.take_trace();
    drop(snapshot);
    for (key, text) in [("guessed", "not a server key"), (NARROW_KEY, "scope `operator`")] {
        let response = world.send(key_form(key)).await;
        assert_eq!((response.status, response.header("set-cookie")), (403, None), "{response:?}");
        assert!(is_form(&response) && response.body.contains(text) && !response.body.contains(key));
    }
    let logged = memory.logged_events();
    assert!(logged.iter().any(|event| event.detail.as_deref() == Some("key_invalid")));
    // Guesses are limited by address, also of a valid key.
    memory.set_request_limit(3);
    let from = |key| {
        let mut form = key_form(key);
        form.headers_mut().insert("cf-connecting-ip", "198.51.100.7".parse().unwrap());
        form
    };
    for _ in 0..3 {
        assert_eq!(world.send(from("guessed")).await.status, 403);
    }
    let response = world.send(from(SERVER_KEY)).await;
    assert_eq!((response.status, response.header("retry-after")), (429, Some("60")));
    assert_eq!(response.header("set-cookie"), None);
}

async fn views() {
    let (world, memory) = in_memory(&[ON]);
    let peter = world.new_person().await;
    let username = "<script>alert(1)</script>".to_owned();
    let john = Person { username, ..Person::new() };
    world.add(&john).await;
    let _token = world.token_for(&peter).await;
    memory.fail_mail(Some(MailFailure::ConnectFailed));
    world.request_reset(json!({ "email": john.address() })).await;
    memory.advance(2 * MINUTE).await;
    let cookie = open(&world).await;
    let show = async |query: &str| visit(&world, &cookie, query).await.body;
    let events = show("").await;
    for text in ["<caption>Newest first", "link_sent", "2026-11-20 12:0", "server_sign_in"] {
        assert!(events.contains(text), "{text}: {events}");
    }
    let own =
        show(&format!("?view=events&account={}&event=link_sent&since=&until=", peter.id)).await;
    assert_eq!(own.matches("<tr").count(), 2, "{own}");
    assert!(own.contains("<option selected>link_sent</option>"), "{own}");
    for _ in 0..25 {
        let _more = show("?view=stats").await;
    }
    let first = show("?event=server_stats&account=").await;
    let older = first.split("href=\"").find(|link| link.contains("cursor=")).unwrap();
    let older = older.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let second = show(older.strip_prefix(PAGE).unwrap()).await;
    assert_eq!((first.matches("<tr").count(), second.matches("<tr").count()), (21, 6), "{second}");
    assert!(!second.contains("cursor="));

    let empty = show("?view=outbox").await;
    assert!(empty.contains(r#"<label for="who">"#) && !empty.contains("<table"), "{empty}");
    let waiting = show(&format!("?view=outbox&by=account&who={}", john.id)).await;
    assert!(waiting.contains("connect_failed") && waiting.contains("data-label=\"Attempts\""));
    let named =
        show(&format!("?view=outbox&by=identifier&who={}", john.address().replace('@', "%40")))
            .await;
    assert!(named.contains("connect_failed") && named.contains("selected"), "{named}");
    assert!(show(&format!("?view=outbox&who={}", peter.id)).await.contains("No mail waits."));
    let hostile = show("?view=outbox&by=identifier&who=%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    assert!(!hostile.contains("<script"), "{hostile}");

    let stats = show("?view=stats&by=hour").await;
    assert!(stats.contains("<th scope=\"row\">link_sent</th><td>1</td>"), "{stats}");
    let head = visit(&world, &cookie, "?view=stats").await;
    assert_eq!(head.status, 200);
}

async fn invalid() {
    let (world, _memory) = in_memory(&[ON]);
    let cookie = open(&world).await;
    for (query, status, text) in [
        ("?cursor=made-up", 400, "`cursor`"),
        ("?event=nothing", 400, "`event`"),
        ("?since=yesterday", 400, "`since`"),
        ("?view=events&limit=1000", 400, "`limit`"),
        ("?view=outbox&by=identifier&who=a%01b", 400, "`identifier`"),
        ("?view=outbox&who=nobody", 200, "does not exist"),
        ("?view=stats&by=week", 400, "`by`"),
        ("?account=1&account=2", 400, "does not accept"),
        ("?view=accounts", 400, "does not accept"),
    ] {
        let response = visit(&world, &cookie, query).await;
        assert_eq!(response.status, status, "{query}: {response:?}");
        assert!(response.body.contains(text), "{query}: {}", response.body);
        assert!(!response.body.contains("<script"), "{query}");
    }
    let long = visit(&world, &cookie, &format!("?account={}", "x".repeat(300))).await;
    assert_eq!(long.status, 400, "{long:?}");
}

async fn headers() {
    let (world, memory) = in_memory(&[ON, ("APPLICATION_KEYS", SERVER_KEYS)]);
    let cookie = open(&world).await;
    memory.set_request_limit(0);
    let limited = world.send(key_form(SERVER_KEY)).await;
    let not_allowed = world.send(request("PUT", PAGE, "")).await;
    for response in [
        visit(&world, "a=b", "").await,
        visit(&world, &cookie, "").await,
        visit(&world, &cookie, "?view=outbox").await,
        visit(&world, &cookie, "?view=nothing").await,
        limited,
        not_allowed,
    ] {
        assert_headers(&response);
    }
}

#[track_caller]
fn assert_headers(response: &Response) {
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("x-robots-tag"), Some("noindex"));
    assert_eq!(response.header("x-frame-options"), Some("DENY"));
    let policy = response.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("script-src"));
    assert!(!response.body.contains("<script") && !response.body.contains(" style="));
}

/// Asserts that the page opens with a key of its scope only, and is not there for the application
/// `shop`, which has it switched off.
pub async fn with_key_only(world: &World) {
    let form_at = |path: &str, key: &str| {
        let mut form = key_form(key);
        *form.uri_mut() = path.parse().unwrap();
        form.headers_mut().insert("origin", world.base_url().parse().unwrap());
        form
    };
    let closed = world.send(request("GET", PAGE, "")).await;
    assert!(closed.status == 200 && is_form(&closed), "{closed:?}");
    assert_headers(&closed);
    for key in ["guessed", NARROW_KEY] {
        let response = world.send(form_at(PAGE, key)).await;
        assert_eq!((response.status, response.header("set-cookie")), (403, None), "{response:?}");
        assert!(is_form(&response) && !response.body.contains(key), "{response:?}");
    }
    let response = world.send(form_at(PAGE, SERVER_KEY)).await;
    assert_eq!((response.status, response.header("location")), (303, Some(PAGE)), "{response:?}");
    let cookie = response.header("set-cookie").unwrap().split(';').next().unwrap();
    let opened = visit(world, cookie, "").await;
    assert!(is_open(&opened), "{opened:?}");
    assert_headers(&opened);
    let of_shop = ["/apps/shop", PAGE].concat();
    for request in [request("GET", &of_shop, ""), form_at(&of_shop, SERVER_KEY)] {
        let response = world.send(request).await;
        assert_eq!((response.status, response.code().as_str()), (404, "not_found"));
    }
}
