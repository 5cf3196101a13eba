//! The guarantees that a reader of the README is promised, each shown as directly as it can be.

use std::rc::Rc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_domain::ports::MailError;
use relatch_memory::{Call, Fault, Staleness};
use relatch_tests::flow;
use relatch_tests::in_process::InProcess;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{Answer, Change, World, request};
use serde_json::json;

const NEW: &str = "a quite new passphrase";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("answers to a request are equal byte for byte, whoever is meant", flow!(equal_answers)),
        ("fifty confirms at once: one wins, its password is stored, one notice is sent", flow!(fifty_at_once)),
        ("a link scanner's visits never use a link", flow!(scanner)),
        ("every answer has the security headers", flow!(security_headers)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![
        trial("in process: a link outlives any number of writes that fail", failing_writes),
        trial(
            "in process: what is touched before an answer is the same in four histories, on every surface",
            same_trace,
        ),
        trial("in process: a request is one limiter call, one object call, one durable write", request_cost),
        trial("in process: a forged, expired or malformed link costs no port call", forged_cost),
        trial("in process: link records that are old or never there break nothing", stale_records),
        trial("in process: a mail server that is down loses nothing", mail_outage),
        trial("in process: what cannot be delivered ends as an event", undeliverable),
        trial("in process: what the stores and logs hold makes no link and tells no secret", leaks),
    ]
}

async fn equal_answers(world: &World) {
    let known = world.somebody().await;
    let disabled = Person { disabled: true, ..Person::new() };
    world.add(&disabled).await;
    let shared = world.somebody().await;
    world.add(&Person { email: shared.email.clone(), ..Person::new() }).await;
    let unknown = Person::new();
    let mut answers: Vec<Answer> = Vec::new();
    for _ in 0..2 {
        for person in [&known, &disabled, &shared, &unknown] {
            answers.push(world.ask(json!({ "email": person.address() })).await);
        }
    }
    assert_eq!(answers[0].status, 200);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

async fn fifty_at_once(world: &World) {
    let peter = world.somebody().await;
    world.sign_in(&peter, "phone").await;
    let token = world.token_for(&peter).await;
    let passwords: Vec<String> = (0..50).map(|number| format!("passphrase of confirm {number}")).collect();
    let answers = join_all(passwords.iter().map(|password| world.confirm(&token, password))).await;
    let winners: Vec<usize> = (0..50).filter(|&number| answers[number].status == 200).collect();
    let told: Vec<_> = answers.iter().map(|answer| (answer.status, answer.code())).collect();
    assert_eq!(winners.len(), 1, "{told:?}");
    assert!(world.has_password(&peter, &passwords[winners[0]]).await);
    assert!(answers.iter().all(|answer| matches!(answer.code().as_str(), "" | "link_busy" | "link_used")), "{told:?}");
    assert_eq!(world.sessions(&peter).await, 0);
    // Whoever signs in now was not signed in when the winner wrote: no loser ends that session.
    world.sign_in(&peter, "laptop").await;
    for (number, password) in passwords.iter().enumerate() {
        if number != winners[0] {
            assert_eq!(world.confirm(&token, password).await.code(), "link_used");
        }
    }
    assert_eq!(world.sessions(&peter).await, 1);
    world.mail(peter.address(), 2).await;
    world.settle().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 2, "one link and one notice");
    let resets = world.events(&peter).await.iter().filter(|event| *event == "password_reset").count();
    assert_eq!(resets, 1);
}

/// Runs them all at once, in one task.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    futures_util::future::join_all(futures).await
}

async fn scanner(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    for _ in 0..30 {
        for method in ["GET", "HEAD", "OPTIONS"] {
            for path in ["/password/reset", "/password/reset/check", "/password/reset/confirm"] {
                let answer = world.send(request(method, &format!("{path}?token={token}"), "")).await;
                assert!(answer.status != 200 || method == "GET", "{method} {path}: {answer:?}");
            }
        }
    }
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn security_headers(world: &World) {
    let answers = [
        world.send(request("GET", "/healthz", "")).await,
        world.send(request("GET", "/nowhere", "")).await,
        world.send(request("DELETE", "/password/reset/check", "")).await,
        world.ask(json!({ "username": "nobody" })).await,
        world.check("forged").await,
    ];
    for answer in &answers {
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert!(answer.header("strict-transport-security").is_some());
        assert!(answer.header("content-security-policy").is_some_and(|csp| csp.contains("default-src 'none'")));
        assert_eq!(answer.header("server"), None);
    }
}

fn world() -> (World, InProcess) {
    let memory = InProcess::new(&[]);
    (World::InProcess(memory.clone()), memory)
}

const MINUTE: Duration = Duration::from_secs(60);

/// The same name, and so the same intake, in four worlds that differ in what happened before.
/// What peter, who may be nobody, does on a surface, and what that answers.
async fn ask_by(surface: &str, world: &World) -> Vec<Answer> {
    let send = async |method: &str, path: &str, body: &str| {
        let mut request = request(method, path, body);
        let headers = request.headers_mut();
        headers.insert("cf-connecting-ip", "192.0.2.7".parse().unwrap());
        if path == "/password/forgot" {
            headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
            headers.insert("origin", "http://localhost".parse().unwrap());
        }
        world.send(request).await
    };
    match surface {
        "fos" => vec![send("POST", "/password/reset/request", r#"{"username":"peter"}"#).await],
        "page" => vec![send("POST", "/password/forgot", "identifier=peter").await],
        "rest" => vec![send("PUT", "/api/v1/account/password", r#"{"email":"peter"}"#).await],
        "flask" => vec![send("POST", "/api/auth/forgot", r#"{"email":"peter"}"#).await],
        _ => {
            let path = "/pub/applications/default/requests/resetpassword";
            let mut created = send("POST", path, r#"{"principal":"peter"}"#).await;
            let doc = created.json()["_doc"].as_str().unwrap_or_default().to_owned();
            let mut mailed = send("POST", &format!("{path}/{doc}/send"), "").await;
            // It names a request, and no two are the same.
            for answer in [&mut created, &mut mailed] {
                answer.body = answer.body.replace(&doc, "the request");
            }
            vec![created, mailed]
        }
    }
}

async fn same_trace() {
    for surface in ["fos", "page", "rest", "flask", "cloudcms"] {
        same_trace_on(surface).await;
    }
}

async fn same_trace_on(surface: &str) {
    let mut seen: Vec<(Vec<Call>, Vec<Answer>)> = Vec::new();
    for history in ["never asked for", "unknown, asked for before", "known, asked for before", "known, mail is down"] {
        let (world, memory) = world();
        if history.starts_with("known") {
            world.add(&Person { username: "peter".to_owned(), ..Person::new() }).await;
        }
        if history.contains("down") {
            memory.memory.fail_mail(Some(MailError { code: "connect_failed", retry: true }));
        }
        let ask = async || ask_by(surface, &world).await;
        if history != "never asked for" {
            ask().await;
            memory.advance(MINUTE / 2).await;
        }
        let _before = memory.memory.take_trace();
        let answer = ask().await;
        seen.push((memory.memory.take_trace(), answer));
    }
    assert!(seen.iter().all(|one| *one == seen[0]), "{surface}: {seen:#?}");
    assert!(seen[0].1.iter().all(|answer| (200..=202).contains(&answer.status)), "{surface}: {seen:#?}");
}

async fn request_cost() {
    let (world, memory) = world();
    let peter = world.somebody().await;
    world.ask(json!({ "username": peter.username })).await;
    let verbs: Vec<&str> = memory.memory.take_trace().iter().map(|call| call.verb).collect();
    assert_eq!(verbs, ["limiter.check", "intakes.accept", "intake.insert"]);
}

async fn forged_cost() {
    let (world, memory) = world();
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    memory.advance(24 * 60 * MINUTE).await;
    let _before = memory.memory.take_trace();
    let forged = format!("{}AAAA{}", &token[..50], &token[54..]);
    for (token, code) in [(token.as_str(), "link_expired"), (&forged, "link_invalid"), ("malformed", "link_invalid")] {
        assert_eq!(world.check(token).await.code(), code);
        assert_eq!(world.confirm(token, NEW).await.code(), code);
    }
    assert_eq!(memory.memory.take_trace(), []);
}

async fn stale_records() {
    for staleness in [Staleness::NeverThere, Staleness::NeverGone] {
        let (world, memory) = world();
        memory.memory.set_staleness(staleness);
        let peter = world.somebody().await;
        let token = world.token_for(&peter).await;
        assert_eq!(world.check(&token).await.status, 200, "{staleness:?}");
        assert_eq!(world.confirm(&token, "weak").await.status, 422);
        assert_eq!(world.confirm(&token, NEW).await.status, 200);
        assert_eq!(world.check(&token).await.code(), "link_used");
        assert_eq!(world.confirm(&token, "another good passphrase").await.code(), "link_used");
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "the repeat");
        assert!(world.has_password(&peter, NEW).await);
        memory.advance(30 * MINUTE).await;
        assert_eq!(world.confirm(&token, NEW).await.code(), "link_used");
    }
}

async fn mail_outage() {
    let (world, memory) = world();
    let (peter, john) = (world.somebody().await, world.somebody().await);
    let token = world.token_for(&john).await;
    memory.memory.fail_mail(Some(MailError { code: "connect_failed", retry: true }));
    world.ask(json!({ "username": peter.username })).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(10 * MINUTE).await;
    assert_eq!(world.send(request("GET", "/healthz", "")).await.status, 200);
    memory.memory.fail_mail(None);
    memory.advance(15 * MINUTE).await;
    let token = world.mail(peter.address(), 1).await.token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    world.mail(john.address(), 2).await;
}

async fn undeliverable() {
    let (world, memory) = world();
    memory.memory.fail_mail(Some(MailError { code: "connect_failed", retry: true }));
    let peter = world.somebody().await;
    world.ask(json!({ "username": peter.username })).await;
    memory.advance(3 * 60 * MINUTE).await;
    assert_eq!(world.events(&peter).await, ["link_failed: connect_failed"]);
    memory.memory.fail_mail(Some(MailError { code: "recipient_rejected", retry: false }));
    let john = world.somebody().await;
    world.ask(json!({ "username": john.username })).await;
    memory.advance(MINUTE).await;
    assert_eq!(world.events(&john).await, ["link_failed: recipient_rejected"]);

    memory.memory.fail_mail(None);
    let ada = world.somebody().await;
    let token = world.token_for(&ada).await;
    memory.memory.fail_mail(Some(MailError { code: "connect_failed", retry: true }));
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(30 * 60 * MINUTE).await;
    assert_eq!(world.events(&ada).await, ["link_sent", "password_reset", "notice_failed: connect_failed"]);

    memory.memory.fail_mail(None);
    let gone = world.somebody().await;
    world.ask(json!({ "username": gone.username })).await;
    world.change(&gone, Change::Disabled(true)).await;
    memory.advance(MINUTE).await;
    assert_eq!(world.events(&gone).await, ["request_refused: disabled"]);
    assert!(world.mails_to(gone.address()).await.is_empty());
}

async fn leaks() {
    let (world, memory) = world();
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, "weak").await.status, 422);
    assert_eq!(world.confirm("forged", NEW).await.status, 400);
    let while_open = memory.memory.everything_stored();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(MINUTE).await;
    let logged = format!("{:?} {:?}", memory.memory.notes(), memory.memory.events());
    for stored in [while_open, memory.memory.everything_stored(), logged] {
        // The nonce is what a leaked store would need to hold for a link: bytes 23 to 38, characters 31 to 52.
        for secret in [&token[..], &token[31..52], NEW, "weak", peter.address(), "$argon2id"] {
            assert!(!stored.contains(secret), "{secret} stands in {stored}");
        }
    }
}

async fn failing_writes() {
    let memory = InProcess::new(&[]);
    let world = World::InProcess(memory.clone());
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    memory.memory.set_gate(Some(Rc::new(|call| {
        let fault = if call.verb == "directory.set_password" { Fault::Before } else { Fault::None };
        Box::pin(async move { fault })
    })));
    for number in 0..100 {
        let answer = world.confirm(&token, &format!("a quite new passphrase {number}")).await;
        assert_eq!(answer.code(), "link_busy", "{number}");
        memory.advance(MINUTE).await;
    }
    memory.memory.set_gate(None);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&peter, NEW).await);
}
