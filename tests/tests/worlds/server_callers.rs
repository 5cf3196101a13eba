//! The application's own servers, by their keys: what they can have done, and what not even they learn or decide.

use std::rc::Rc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_domain::ports::MailError;
use relatch_memory::{Fault, Staleness};
use relatch_tests::flow;
use relatch_tests::in_process::{InProcess, NARROW_KEY, SERVER_KEY, SHOP_KEY, SHOP_KEYS};
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{Answer, Change, World, request};
use serde_json::{Value, json};

use super::bad_input::{Untouched, assert_refused, assert_secured};
use super::shared;

const NEW: &str = "a quite new passphrase";

const MINUTE: Duration = Duration::from_secs(60);

/// Every call, with a body that it takes.
const CALLS: [(&str, &str, &str); 6] = [
    ("POST", "/server/reset", r#"{"account":"1"}"#),
    ("GET", "/server/status", ""),
    ("POST", "/server/status", r#"{"account":"1"}"#),
    ("POST", "/server/links/revoke", r#"{"account":"1"}"#),
    ("POST", "/server/events", r#"{"account":"1"}"#),
    ("POST", "/server/erase", r#"{"account":"1"}"#),
];

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a server starts a reset, and the link goes to the account's address alone", flow!(reset)),
        ("a server hears why an account cannot be reset", flow!(cannot_be_reset)),
        ("a server asks whether a reset is possible, at all and for somebody", flow!(status)),
        ("a server reads what happened to an account, the newest first", flow!(events)),
        ("a link that a server revoked is used, at check and at confirm", flow!(revoked)),
        ("a server has somebody forgotten, and one event says so without saying whom", flow!(erased)),
        ("without a key, with a wrong one, or beyond its scope a server gets nothing", flow!(keys)),
        ("a page of another site makes no server's call, whatever key it has", flow!(pages)),
        ("a body that is not what a server's call takes is refused", flow!(bodies)),
        ("a server's call has one path and its methods", flow!(paths)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: the key of another application is none of this one's", another_applications_key),
        trial("workerd: the key of another application is none of this one's, either way", another_applications_paths),
        trial("in process: a refused key costs no port call, and leaves a line without it", refused_key),
        trial("in process: a link that was revoked stays so over records that are old or never there", stale_records),
        trial("in process: a link that is still to be mailed is revoked with an event", revoked_before_the_mail),
        trial("in process: a link that is revoked while its mail goes out is dead on arrival", revoked_in_the_mail),
        trial("in process: a claim under way goes on, and its link is revoked or erased only after it", claim_goes_on),
        trial("in process: a revocation that crashes at any step is made again", crashes),
        trial("in process: a request that waits is erased before anybody looks it up", erased_request),
        trial("in process: what cannot be told is not done", untold),
        trial("in process: one of those who share a mailbox is forgotten, and the other is not", shared_mailbox),
        trial("in process: no key and no address stands in what servers' calls leave", leaves),
    ]
}

/// Makes a call with a key.
async fn call_with(world: &World, key: &str, (method, path, body): (&str, &str, &str)) -> Answer {
    let mut request = request(method, path, body);
    request.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
    world.send(request).await
}

async fn call(world: &World, path: &str, body: Value) -> Answer {
    call_with(world, SERVER_KEY, ("POST", path, &body.to_string())).await
}

fn assert_code(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
}

fn account(person: &Person) -> Value {
    json!({ "account": person.id.to_string() })
}

async fn reset(world: &World) {
    for field in ["account", "identifier", "username", "email"] {
        let peter = world.somebody().await;
        let body = match field {
            "account" => account(&peter),
            "email" => json!({ "email": peter.address().to_uppercase() }),
            _ => json!({ field: peter.username }),
        };
        let answer = call(world, "/server/reset", body).await;
        assert_eq!(answer.status, 202, "{field}: {answer:?}");
        assert_secured(&answer, field);
        let said = answer.json();
        assert_eq!(said.as_object().map(|said| said.keys().cloned().collect::<Vec<_>>()).unwrap(), ["message"]);
        let mail = world.mail(peter.address(), 1).await;
        assert_eq!(mail.recipients, [peter.address()]);
        let token = mail.token();
        assert!(!answer.body.contains(&token[..40]) && !answer.body.contains("http"), "the server gets no link");
        assert_eq!(world.check(&token).await.status, 200);
        assert_eq!(world.confirm(&token, NEW).await.status, 200);
        assert!(world.has_password(&peter, NEW).await);
        world.told(&peter, "server_reset: main").await;
        world.told(&peter, "link_sent").await;
    }
    // Nothing in the body says where the link goes or which password it sets.
    let peter = world.somebody().await;
    for field in ["password", "url", "link", "from", "body", "locale"] {
        let mut body = account(&peter);
        body[field] = json!("x");
        assert_code(&call(world, "/server/reset", body).await, 400, "request_invalid");
    }
    world.settle().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
}

async fn cannot_be_reset(world: &World) {
    let unknown = Person::new();
    for body in [account(&unknown), json!({ "username": unknown.username }), json!({ "email": unknown.address() })] {
        let answer = call(world, "/server/reset", body).await;
        assert_refused(&answer, 404, "account_unknown", "nobody");
    }
    for (person, why) in [
        (Person { disabled: true, ..Person::new() }, "disabled"),
        (Person { role: relatch_domain::values::account::Role::Machine, ..Person::new() }, "machine"),
        (Person { role: relatch_domain::values::account::Role::Admin, ..Person::new() }, "admin"),
        (Person { email: None, ..Person::new() }, "no_email"),
        (Person { has_password: false, ..Person::new() }, "no_password"),
    ] {
        world.add(&person).await;
        let answer = call(world, "/server/reset", account(&person)).await;
        assert_eq!(assert_refused(&answer, 409, "account_ineligible", why), why);
        assert_eq!(world.events(&person).await, [format!("server_reset: main: {why}")]);
        let answer = call(world, "/server/status", json!({ "username": person.username })).await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "enabled": false, "reason": why })));
    }
    // The limits of the mailbox hold for servers too.
    let peter = world.somebody().await;
    assert_eq!(call(world, "/server/reset", account(&peter)).await.status, 202);
    let answer = call(world, "/server/reset", account(&peter)).await;
    assert_refused(&answer, 429, "too_many_requests", "a second one at once");
    assert!(answer.header("retry-after").is_some());
    world.told(&peter, "request_limited: main").await;
    world.mail(peter.address(), 1).await;
}

async fn status(world: &World) {
    let peter = world.somebody().await;
    let answer = call_with(world, SERVER_KEY, ("GET", "/server/status", "")).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "enabled": true })));
    assert_secured(&answer, "status");
    let answer = call_with(world, SERVER_KEY, ("HEAD", "/server/status", "")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    for body in [account(&peter), json!({ "identifier": peter.username }), json!({ "email": peter.address() })] {
        let answer = call(world, "/server/status", body).await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "enabled": true })));
    }
    let answer = call(world, "/server/status", account(&Person::new())).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "enabled": false, "reason": "account_unknown" })));
    // A mailbox of two is told of both, and nobody is mailed a link.
    let twin = Person { email: peter.email.clone(), ..Person::new() };
    world.add(&twin).await;
    let answer = call(world, "/server/status", json!({ "email": peter.address() })).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "enabled": false, "reason": "ambiguous" })));
    let answer = call(world, "/server/status", account(&twin)).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "enabled": true })));
    world.told(&peter, "server_status: main").await;
    assert!(world.mails_to(peter.address()).await.is_empty());
}

async fn events(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    world.told(&peter, "notice_sent").await;
    let answer = call(world, "/server/events", account(&peter)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let told = answer.json()["events"].as_array().cloned().unwrap();
    let names: Vec<&str> = told.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(names.len(), 3, "{told:?}");
    assert!(names.contains(&"link_sent") && names.contains(&"password_reset") && names.contains(&"notice_sent"));
    let times: Vec<&str> = told.iter().filter_map(|event| event["at"].as_str()).collect();
    assert!(times.is_sorted_by(|later, earlier| later >= earlier), "{times:?}");
    for event in &told {
        let fields: Vec<&String> = event.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["address", "at", "detail", "event"]);
    }
    assert!(told.iter().any(|event| event["address"].as_str().is_some_and(|address| address.starts_with("2001:db8:"))));
    // The call itself is told to whoever asks next, by any of the account's names.
    for field in ["username", "email", "identifier"] {
        let name = if field == "email" { peter.address() } else { &peter.username };
        let answer = call(world, "/server/events", json!({ field: name, "limit": 1 })).await;
        let told = answer.json()["events"].as_array().cloned().unwrap();
        assert_eq!((told.len(), &told[0]["event"]), (1, &json!("server_events")), "{told:?}");
        assert_eq!(told[0]["detail"], json!("main"));
    }
    for limit in [json!(0), json!(101), json!(-1), json!(1.5), json!("1"), json!(null), json!(99_999_999_999_i64)] {
        let mut body = account(&peter);
        body["limit"] = limit;
        assert_code(&call(world, "/server/events", body).await, 400, "request_invalid");
    }
    let unknown = Person::new();
    let answer = call(world, "/server/events", json!({ "username": unknown.username })).await;
    assert_code(&answer, 404, "account_unknown");
    let answer = call(world, "/server/events", account(&unknown)).await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "events": [] })),
        "an account may be gone, its events not"
    );
    world.add(&Person { email: peter.email.clone(), ..Person::new() }).await;
    let answer = call(world, "/server/events", json!({ "email": peter.address() })).await;
    assert_eq!(assert_refused(&answer, 409, "account_ineligible", "two accounts"), "ambiguous");
}

async fn revoked(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let other = world.somebody().await;
    let others = world.token_for(&other).await;
    assert_eq!(world.check(&token).await.status, 200);
    for _ in 0..2 {
        let answer = call(world, "/server/links/revoke", json!({ "username": peter.username })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.json()["message"].is_string());
        assert_code(&world.check(&token).await, 410, "link_used");
        assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
    }
    assert!(world.has_password(&peter, &peter.password).await);
    world.told(&peter, "server_revoke: main").await;
    // A disabled account's links are revoked as well: they would be good again with the account.
    world.change(&other, Change::Disabled(true)).await;
    assert_eq!(call(world, "/server/links/revoke", account(&other)).await.status, 200);
    world.change(&other, Change::Disabled(false)).await;
    assert_code(&world.check(&others).await, 410, "link_used");
    assert_code(&world.confirm(&others, NEW).await, 410, "link_used");
    // Nothing is out, and nobody is there.
    assert_eq!(call(world, "/server/links/revoke", account(&world.somebody().await)).await.status, 200);
    assert_code(&call(world, "/server/links/revoke", account(&Person::new())).await, 404, "account_unknown");
}

async fn erased(world: &World) {
    for field in ["account", "username", "email"] {
        let peter = world.somebody().await;
        let other = world.somebody().await;
        let (token, others) = (world.token_for(&peter).await, world.token_for(&other).await);
        world.told(&peter, "link_sent").await;
        let body = match field {
            "account" => account(&peter),
            "username" => json!({ field: peter.username }),
            _ => json!({ field: peter.address() }),
        };
        let answer = call(world, "/server/erase", body).await;
        assert_eq!(answer.status, 200, "{field}: {answer:?}");
        assert_eq!(world.events(&peter).await, Vec::<String>::new(), "{field}");
        assert_code(&world.check(&token).await, 410, "link_used");
        assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
        assert_eq!(world.check(&others).await.status, 200, "another mailbox's link");
        world.settle().await;
        assert_eq!(world.events(&peter).await, Vec::<String>::new(), "{field}");
        assert_eq!(world.mails_to(peter.address()).await.len(), 1);
        // Nothing is left that would limit the mailbox: its desk is as if it had never been.
        assert_eq!(call(world, "/server/reset", account(&peter)).await.status, 202);
        world.mail(peter.address(), 2).await;
    }
    // Somebody who is gone, or never was, is forgotten just so.
    assert_eq!(call(world, "/server/erase", account(&Person::new())).await.status, 200);
    assert_eq!(call(world, "/server/erase", json!({ "email": Person::new().address() })).await.status, 200);
    match world {
        World::InProcess(world) => {
            let told = world.memory.events();
            let erasures = told.iter().filter(|event| event.action.as_str() == "server_erase");
            assert_eq!(erasures.clone().count(), 5);
            assert!(erasures.clone().all(|event| event.account.is_none() && event.detail.as_deref() == Some("main")));
        }
        World::Workerd(world) => {
            let rows = world.sql("SELECT account, detail FROM events WHERE action = 'server_erase'").await;
            assert!(rows.len() >= 5 && rows.iter().all(|row| row[0].is_null() && row[1] == json!("main")), "{rows:?}");
        }
    }
}

async fn keys(world: &World) {
    let untouched = Untouched::since(world);
    for (method, path, body) in CALLS {
        let what = format!("{method} {path}");
        let answer = world.send(request(method, path, body)).await;
        assert_refused(&answer, 401, "key_invalid", &what);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        let half = &SERVER_KEY[..20];
        for key in ["", " ", "wrong", half, &SERVER_KEY.to_uppercase(), &format!("{SERVER_KEY}x"), "main"] {
            let answer = call_with(world, key, (method, path, body)).await;
            assert_refused(&answer, 401, "key_invalid", &what);
            assert!(key.len() < 10 || !answer.body.contains(key), "{answer:?}");
        }
        for scheme in ["Basic ", "", "Bearer", "Bearer,"] {
            let mut request = request(method, path, body);
            request.headers_mut().insert("authorization", format!("{scheme}{SERVER_KEY}").parse().unwrap());
            assert_refused(&world.send(request).await, 401, "key_invalid", &what);
        }
        // The key stands in its header alone.
        let in_query = SERVER_KEY.replace(' ', "%20");
        let answer = world.send(request(method, &format!("{path}?key={in_query}&access_token={in_query}"), body)).await;
        assert_refused(&answer, 401, "key_invalid", &what);
        if path != "/server/status" {
            let answer = call_with(world, NARROW_KEY, (method, path, body)).await;
            assert_refused(&answer, 403, "key_out_of_scope", &what);
        }
    }
    untouched.assert("keys that are none");
    // Two are live at once, each for what it is for; and the scheme's name is read in any case.
    assert_eq!(call_with(world, NARROW_KEY, ("GET", "/server/status", "")).await.status, 200);
    assert_eq!(call_with(world, SERVER_KEY, ("GET", "/server/status", "")).await.status, 200);
    let mut lower = request("GET", "/server/status", "");
    lower.headers_mut().insert("authorization", format!("bearer {SERVER_KEY}").parse().unwrap());
    assert_eq!(world.send(lower).await.status, 200);
}

async fn pages(world: &World) {
    let peter = world.somebody().await;
    for origin in ["https://evil.example", "null", "https://app.example.com.evil.example"] {
        let mut request = request("POST", "/server/reset", &account(&peter).to_string());
        request.headers_mut().insert("authorization", format!("Bearer {SERVER_KEY}").parse().unwrap());
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let answer = world.send(request).await;
        assert_refused(&answer, 403, "origin_not_allowed", origin);
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    // Not even an allowed page gets leave to send a key, or to read an answer.
    for method in ["OPTIONS", "GET"] {
        let mut request = request(method, "/server/status", "");
        request.headers_mut().insert("authorization", format!("Bearer {SERVER_KEY}").parse().unwrap());
        request.headers_mut().insert("origin", "https://app.example.com".parse().unwrap());
        request.headers_mut().insert("access-control-request-headers", "authorization".parse().unwrap());
        let answer = world.send(request).await;
        assert_eq!(answer.status, if method == "GET" { 200 } else { 405 }, "{answer:?}");
        assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{answer:?}");
    }
    world.settle().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
}

async fn bodies(world: &World) {
    let peter = world.somebody().await;
    let untouched = Untouched::since(world);
    for path in ["/server/reset", "/server/status", "/server/links/revoke", "/server/events", "/server/erase"] {
        for body in [
            "",
            "{",
            "[]",
            "null",
            "{}",
            r#"{"account":1}"#,
            r#"{"account":""}"#,
            r#"{"account":null}"#,
            r#"{"account":"a\u0000b"}"#,
            r#"{"account":"1","email":"a@mail.example"}"#,
            r#"{"account":"1","account":"2"}"#,
            r#"{"username":"a","identifier":"a"}"#,
            r#"{"email":"a@x.org,b@y.org"}"#,
            r#"{"identifier":["a"]}"#,
            r#"{"account":"1","force":true}"#,
            &json!({ "account": "1".repeat(255) }).to_string(),
        ] {
            let answer = call_with(world, SERVER_KEY, ("POST", path, body)).await;
            assert_refused(&answer, 400, "request_invalid", &format!("{path} {body}"));
        }
        if path != "/server/events" {
            let answer = call_with(world, SERVER_KEY, ("POST", path, r#"{"account":"1","limit":5}"#)).await;
            let said = assert_refused(&answer, 400, "request_invalid", path);
            assert_eq!(said, "unknown field `limit`: this call takes `account`, `identifier`, `username`, `email`.");
        }
        let large = json!({ "account": "1".repeat(17_000) }).to_string();
        let answer = call_with(world, SERVER_KEY, ("POST", path, &large)).await;
        assert_refused(&answer, 413, "body_too_large", path);
        let mut form = request("POST", path, &account(&peter).to_string());
        form.headers_mut().insert("authorization", format!("Bearer {SERVER_KEY}").parse().unwrap());
        form.headers_mut().insert("content-type", "text/plain".parse().unwrap());
        assert_refused(&world.send(form).await, 415, "content_type_unsupported", path);
    }
    untouched.assert("bodies that are none");
}

async fn paths(world: &World) {
    let untouched = Untouched::since(world);
    for path in
        ["/server", "/server/", "/server/Reset", "/server/reset/", "/server/links", "/server/keys", "/server//reset"]
    {
        for method in ["GET", "POST"] {
            let answer = call_with(world, SERVER_KEY, (method, path, if method == "GET" { "" } else { "{}" })).await;
            assert_refused(&answer, 404, "not_found", path);
        }
    }
    for (method, path, allowed) in [
        ("GET", "/server/reset", "POST"),
        ("PUT", "/server/links/revoke", "POST"),
        ("DELETE", "/server/erase", "POST"),
        ("OPTIONS", "/server/events", "POST"),
        ("DELETE", "/server/status", "GET, HEAD, POST"),
    ] {
        let answer = call_with(world, SERVER_KEY, (method, path, "")).await;
        assert_refused(&answer, 405, "method_not_allowed", path);
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
    }
    untouched.assert("paths and methods that are none");
}

fn in_memory(changes: &[(&str, &str)]) -> (World, InProcess) {
    let memory = InProcess::new(changes);
    (World::InProcess(memory.clone()), memory)
}

async fn another_applications_key() {
    let (world, _) = in_memory(&[("APPLICATION_KEYS", SHOP_KEYS)]);
    for call in CALLS {
        assert_code(&call_with(&world, SERVER_KEY, call).await, 401, "key_invalid");
    }
    assert_eq!(call_with(&world, SHOP_KEY, ("GET", "/server/status", "")).await.status, 200);
    // None at all: there is nothing that would be let in.
    let (world, _) = in_memory(&[("APPLICATION_KEYS", "")]);
    for call in CALLS {
        for key in [SERVER_KEY, SHOP_KEY, ""] {
            assert_code(&call_with(&world, key, call).await, 401, "key_invalid");
        }
    }
}

async fn another_applications_paths() {
    let world = shared();
    for (method, path, body) in CALLS {
        assert_code(&call_with(&world, SHOP_KEY, (method, path, body)).await, 401, "key_invalid");
        let of_shop = format!("/apps/shop{path}");
        assert_code(&call_with(&world, SERVER_KEY, (method, &of_shop, body)).await, 401, "key_invalid");
        assert_code(&call_with(&world, NARROW_KEY, (method, &of_shop, body)).await, 401, "key_invalid");
    }
    let peter = world.somebody().await;
    let answer = call_with(&world, SHOP_KEY, ("POST", "/apps/shop/server/reset", &account(&peter).to_string())).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let link = world.mail(peter.address(), 1).await;
    assert!(link.text.contains("/apps/shop/password/reset?token="), "{}", link.text);
    // What one application is told, and may end, is its own.
    let body = account(&peter).to_string();
    let answer = call_with(&world, SHOP_KEY, ("POST", "/apps/shop/server/events", &body)).await;
    assert!(answer.body.contains("server_reset"), "{answer:?}");
    assert!(!call(&world, "/server/events", account(&peter)).await.body.contains("server_reset"));
    assert_eq!(call(&world, "/server/erase", account(&peter)).await.status, 200);
    let check = json!({ "token": link.token() }).to_string();
    assert_eq!(world.post("/apps/shop/password/reset/check", check.clone()).await.status, 200);
    let answer = call_with(&world, SHOP_KEY, ("POST", "/apps/shop/server/links/revoke", &body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_code(&world.post("/apps/shop/password/reset/check", check).await, 410, "link_used");
}

async fn refused_key() {
    let (world, memory) = in_memory(&[]);
    let _before = memory.memory.take_trace();
    assert_code(&call_with(&world, "guessed", ("GET", "/server/status", "")).await, 401, "key_invalid");
    assert_code(&call_with(&world, NARROW_KEY, CALLS[0]).await, 403, "key_out_of_scope");
    assert_eq!(memory.memory.take_trace(), []);
    let notes = memory.memory.notes();
    let details: Vec<_> = notes.iter().filter_map(|note| note.detail.as_deref()).collect();
    assert_eq!(details, ["key_invalid", "key_out_of_scope"]);
    assert!(!format!("{notes:?}").contains("guessed"));
}

async fn stale_records() {
    for staleness in [Staleness::Fresh, Staleness::NeverThere, Staleness::NeverGone] {
        let (world, memory) = in_memory(&[]);
        memory.memory.set_staleness(staleness);
        let peter = world.somebody().await;
        let token = world.token_for(&peter).await;
        assert_eq!(world.check(&token).await.status, 200);
        assert_eq!(call(&world, "/server/links/revoke", account(&peter)).await.status, 200);
        assert_code(&world.check(&token).await, 410, "link_used");
        assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
        // A new link of the same account is as good as any.
        memory.advance(2 * MINUTE).await;
        let fresh = world.token_for(&peter).await;
        assert_eq!(world.confirm(&fresh, NEW).await.status, 200);
        assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
        // One that was used just now still tells its own owner so.
        assert_eq!(call(&world, "/server/links/revoke", account(&peter)).await.status, 200);
        assert_eq!(world.confirm(&fresh, NEW).await.status, 200, "the repeat");
    }
}

const DOWN: MailError = MailError { code: "connect_failed", retry: true };

async fn revoked_before_the_mail() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    memory.memory.fail_mail(Some(DOWN));
    assert_eq!(call(&world, "/server/reset", account(&peter)).await.status, 202);
    memory.advance(MINUTE / 2).await;
    assert_eq!(call(&world, "/server/links/revoke", account(&peter)).await.status, 200);
    memory.memory.fail_mail(None);
    memory.advance(60 * MINUTE).await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    let told = world.events(&peter).await;
    assert_eq!(told, ["server_reset: main", "server_revoke: main", "link_failed: revoked"]);
}

/// At every call that an attempt at the mail makes, the link is revoked just before it.
async fn revoked_in_the_mail() {
    for verb in ["directory.account", "desk.change", "records.put", "mailer.send"] {
        let (world, memory) = in_memory(&[]);
        let peter = world.somebody().await;
        assert_eq!(call(&world, "/server/reset", account(&peter)).await.status, 202);
        let (of_peter, again) = (account(&peter), world.clone());
        let revoking = Rc::new(std::cell::Cell::new(false));
        let times = Rc::new(std::cell::Cell::new(0));
        memory.memory.set_gate(Some(Rc::new(move |about| {
            times.set(times.get() + u32::from(about.verb == verb && !revoking.get()));
            // A desk's second change is the one that brings the link into the world.
            let now = about.verb == verb && !revoking.get() && times.get() == if verb == "desk.change" { 2 } else { 1 };
            let (world, body, revoking) = (again.clone(), of_peter.clone(), Rc::clone(&revoking));
            Box::pin(async move {
                if now {
                    revoking.set(true);
                    assert_eq!(call(&world, "/server/links/revoke", body).await.status, 200);
                }
                Fault::None
            })
        })));
        memory.advance(MINUTE).await;
        memory.memory.set_gate(None);
        for mail in world.mails_to(peter.address()).await {
            assert_code(&world.check(&mail.token()).await, 410, "link_used");
            assert_code(&world.confirm(&mail.token(), NEW).await, 410, "link_used");
        }
        let told = world.events(&peter).await;
        assert_eq!(told, ["server_reset: main", "server_revoke: main", "link_failed: revoked"], "{verb}");
    }
}

async fn claim_goes_on() {
    for (path, lands) in [
        ("/server/links/revoke", true),
        ("/server/links/revoke", false),
        ("/server/erase", true),
        ("/server/erase", false),
    ] {
        let (world, memory) = in_memory(&[]);
        let peter = world.somebody().await;
        let token = world.token_for(&peter).await;
        let fault = if lands { Fault::After } else { Fault::Before };
        memory.memory.set_gate(Some(Rc::new(move |about| {
            let fault = if about.verb == "directory.set_password" { fault } else { Fault::None };
            Box::pin(async move { fault })
        })));
        assert_code(&world.confirm(&token, NEW).await, 409, "link_busy");
        memory.memory.set_gate(None);
        for _ in 0..2 {
            let answer = call(&world, path, account(&peter)).await;
            assert_refused(&answer, 409, "link_busy", path);
            assert!(answer.header("retry-after").is_some());
        }
        // The lease has ended and nobody has come back yet: what has become of the claim is found out first.
        memory.memory.set_clock(memory.memory.time().after(MINUTE));
        assert_eq!(call(&world, path, account(&peter)).await.status, 200, "{path}");
        assert!(world.has_password(&peter, if lands { NEW } else { &peter.password }).await);
        memory.advance(MINUTE).await;
        if lands && path == "/server/links/revoke" {
            assert_eq!(world.confirm(&token, NEW).await.status, 200, "it had been used before, by this very password");
            world.told(&peter, "password_reset").await;
        } else {
            assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
        }
        assert!(world.has_password(&peter, if lands { NEW } else { &peter.password }).await);
    }
}

async fn crashes() {
    for path in ["/server/links/revoke", "/server/erase"] {
        for fault in [Fault::Before, Fault::After] {
            for crashes_at in 0.. {
                let (world, memory) = in_memory(&[]);
                let peter = world.somebody().await;
                let token = world.token_for(&peter).await;
                let at = std::cell::Cell::new(0);
                memory.memory.set_gate(Some(Rc::new(move |_| {
                    let fault = if at.get() == crashes_at { fault } else { Fault::None };
                    at.set(at.get() + 1);
                    Box::pin(async move { fault })
                })));
                let first = call(&world, path, account(&peter)).await;
                let calls = memory.memory.take_trace().len();
                memory.memory.set_gate(None);
                assert!(first.status == 200 || first.code() == "unavailable", "{first:?}");
                assert_eq!(call(&world, path, account(&peter)).await.status, 200);
                assert_code(&world.check(&token).await, 410, "link_used");
                assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
                if calls <= crashes_at {
                    break;
                }
            }
        }
    }
}

async fn erased_request() {
    for field in ["account", "username", "email"] {
        let (world, memory) = in_memory(&[]);
        let peter = world.somebody().await;
        world.ask(json!({ "username": peter.username })).await;
        world.ask(json!({ "email": peter.address() })).await;
        let body = match field {
            "account" => account(&peter),
            "username" => json!({ field: peter.username }),
            _ => json!({ field: peter.address() }),
        };
        assert_eq!(call(&world, "/server/erase", body).await.status, 200);
        assert_eq!(memory.memory.objects_in_use(), 0, "{field}");
        memory.advance(10 * MINUTE).await;
        assert!(world.mails_to(peter.address()).await.is_empty());
        assert!(!memory.memory.everything_stored().contains(&peter.username));
        assert_eq!(world.events(&peter).await, Vec::<String>::new());
    }
}

async fn untold() {
    for (method, path, _) in CALLS {
        let (world, memory) = in_memory(&[]);
        let peter = world.somebody().await;
        let token = world.token_for(&peter).await;
        memory.advance(2 * MINUTE).await;
        let before = memory.memory.everything_stored();
        memory.memory.set_gate(Some(Rc::new(|about| {
            let fault = if about.verb == "events.record" { Fault::Before } else { Fault::None };
            Box::pin(async move { fault })
        })));
        let answer = call_with(&world, SERVER_KEY, (method, path, &account(&peter).to_string())).await;
        assert_refused(&answer, 503, "unavailable", path);
        assert_eq!(memory.memory.everything_stored(), before, "{path}");
        memory.memory.set_gate(None);
        assert_eq!(world.check(&token).await.status, 200);
    }
}

async fn shared_mailbox() {
    let (world, memory) = in_memory(&[("REQUEST_INTERVAL_SECONDS", "0")]);
    let one = world.somebody().await;
    let two = Person { email: one.email.clone(), ..Person::new() };
    world.add(&two).await;
    let mut tokens = Vec::new();
    for (person, count) in [(&one, 1), (&two, 2)] {
        assert_eq!(call(&world, "/server/reset", account(person)).await.status, 202);
        tokens.push(world.mail(one.address(), count).await.token());
    }
    assert_eq!(call(&world, "/server/erase", account(&one)).await.status, 200);
    assert_code(&world.check(&tokens[0]).await, 410, "link_used");
    assert_eq!(world.check(&tokens[1]).await.status, 200);
    memory.advance(MINUTE).await;
    assert!(world.events(&one).await.is_empty() && !world.events(&two).await.is_empty());
    // The address means both of them.
    assert_eq!(call(&world, "/server/erase", json!({ "email": one.address() })).await.status, 200);
    assert_code(&world.check(&tokens[1]).await, 410, "link_used");
    assert!(world.events(&two).await.is_empty());
    assert_eq!(memory.memory.objects_in_use(), 0);
}

async fn leaves() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    for path in ["/server/status", "/server/reset", "/server/events", "/server/links/revoke"] {
        let answer = call(&world, path, json!({ "email": peter.address() })).await;
        assert!(answer.status < 300, "{answer:?}");
    }
    for path in ["/server/reset", "/server/events", "/server/erase"] {
        call(&world, path, json!({ "email": "nobody@mail.example" })).await;
    }
    call_with(&world, "a wrong key", CALLS[0]).await;
    memory.advance(MINUTE).await;
    let kept = format!("{} {:?}", memory.memory.everything_stored(), memory.memory.notes());
    for secret in [SERVER_KEY, "a wrong key", peter.address(), "nobody@mail.example"] {
        assert!(!kept.contains(secret), "{secret} stands in {kept}");
    }
    assert!(kept.contains("ServerReset"), "what is searched is what is kept");
}
