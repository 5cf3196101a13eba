//! Account enumeration: no response depends on whether an account exists, on its state or on its
//! mail.

use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::values::account::Role;
use relatch_memory::{Fault, Memory};
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, reconfigured};
use serde_json::{Value, json};

use super::request_from_one_address;
use crate::support::{
    MINUTE, NEW, assert_code, count_events, fail_calls, inject_faults, take_verbs,
};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b18 the response is the same for every kind of account and for none", flow!(b18)),
        (
            "b19 a rejected request gets the same response for known and unknown identifiers",
            flow!(b19),
        ),
        (
            "b20 a second request soon after the first gets the same response, known or not",
            flow!(b20),
        ),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: b17 a mailer that fails, hangs or panics changes no response and loses no mail",
            b17,
        ),
        trial(
            "in process: b18 the port calls before the response are the same for every kind of account",
            b18_trace,
        ),
        trial(
            "in process: b18 a forged link reveals nothing about the mailbox it names",
            b18_forged,
        ),
        trial(
            "in process: b20 the limit by address is checked before any lookup, known or not",
            b20_limit,
        ),
        trial(
            "in process: b21 a recipient that the mail server rejects is reported as an event only",
            b21,
        ),
        trial(
            "in process: b38 no hash precedes the response, and every hash has the configured cost",
            b38,
        ),
        trial(
            "in process: b42 a job is stored before the response, and a failed write is reported",
            b42,
        ),
    ]
}

/// Adds one account of every kind. The last person returned has no account.
async fn every_kind(world: &World) -> Vec<Person> {
    let shared = Person::new();
    let people = vec![
        Person::new(),
        Person { disabled: true, ..Person::new() },
        Person { role: Role::Machine, ..Person::new() },
        Person { role: Role::Admin, ..Person::new() },
        Person { email: None, ..Person::new() },
        Person { has_password: false, ..Person::new() },
        Person { email: shared.email.clone(), ..Person::new() },
        shared,
    ];
    for person in &people {
        world.add(person).await;
    }
    people.into_iter().chain([Person::new()]).collect()
}

async fn b18(world: &World) {
    let mut responses: Vec<Response> = Vec::new();
    for person in every_kind(world).await {
        responses.push(world.request_reset(json!({ "username": person.username })).await);
        if person.email.is_some() {
            responses.push(world.request_reset(json!({ "email": person.address() })).await);
        }
    }
    assert_eq!(responses[0].status, 200);
    assert!(responses.iter().all(|response| *response == responses[0]), "{responses:#?}");
}

async fn b18_trace() {
    let (world, memory) = in_memory(&[]);
    let people = every_kind(&world).await;
    let _before = take_verbs(&memory);
    // Without an earlier request, just after one, and long after one.
    for _ in 0..3 {
        for person in &people {
            let response =
                request_from_one_address(&world, &json!({ "username": person.username })).await;
            assert_eq!(response.status, 200);
            assert_eq!(
                take_verbs(&memory),
                ["limiter.check", "intakes.accept", "intake.insert"],
                "{}",
                person.username
            );
        }
        memory.advance(MINUTE).await;
        let _later = take_verbs(&memory);
    }
}

async fn b18_forged() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let _before = take_verbs(&memory);
    let real_mailbox = format!("{}{}", &token[..60], "A".repeat(35));
    let no_mailbox = format!("{}{}", &token[..12], "A".repeat(83));
    let checked = world.check(&real_mailbox).await;
    assert_eq!(checked.code(), "link_invalid");
    assert_eq!(checked, world.check(&no_mailbox).await);
    assert_eq!(world.confirm(&real_mailbox, NEW).await, world.confirm(&no_mailbox, NEW).await);
    assert_eq!(
        world.confirm(&real_mailbox, "short").await,
        world.confirm(&no_mailbox, "short").await
    );
    assert!(take_verbs(&memory).is_empty());
}

async fn b19(world: &World) {
    let (known, unknown) = (world.new_person().await, Person::new());
    let variants: [fn(&Person) -> Value; 14] = [
        |who| json!({ "username": who.username, "reset_url": "https://evil.example" }),
        |who| json!({ "username": who.username, "locale": "not a locale" }),
        |who| json!({ "username": who.username, "locale": 5 }),
        |who| json!({ "username": who.username, "email": who.address() }),
        |who| json!({ "username": [who.username] }),
        |who| json!({ "username": { "eq": who.username } }),
        |who| json!({ "username": format!("{}\n", who.username) }),
        |who| json!({ "username": format!("{}\0", who.username) }),
        |who| json!({ "email": format!("{},{}", who.address(), who.address()) }),
        |who| json!({ "email": format!("<{}>", who.address()) }),
        |who| json!({ "email": format!("{}@x", who.address()) }),
        |who| json!({ "username": format!("{}{}", who.username, "x".repeat(300)) }),
        |who| json!({ "Username": who.username }),
        |who| json!([who.username]),
    ];
    for variant in variants {
        let of_known = request_from_one_address(world, &variant(&known)).await;
        let of_unknown = request_from_one_address(world, &variant(&unknown)).await;
        assert_eq!(of_known.status, 400, "{}", variant(&known));
        assert_eq!(of_known, of_unknown, "{}", variant(&known));
    }
    world.drain().await;
    assert!(world.events(&known).await.is_empty(), "no account was looked up");
}

async fn b20(world: &World) {
    let (known, unknown) = (world.new_person().await, Person::new());
    let mut responses = Vec::new();
    for _ in 0..4 {
        for who in [&known, &unknown] {
            responses.push(world.request_reset(json!({ "email": who.address() })).await);
        }
    }
    assert!(
        responses.iter().all(|response| *response == responses[0] && response.status == 200),
        "{responses:#?}"
    );
    world.wait_for_event(&known, "request_limited").await;
    // The first mail may still be in delivery while the other requests are already dropped.
    world.wait_for_mail(known.address(), 1).await;
    let later = [
        world.request_reset(json!({ "email": known.address() })).await,
        world.request_reset(json!({ "email": unknown.address() })).await,
    ];
    assert!(later.iter().all(|response| *response == responses[0]), "{later:#?}");
    world.drain().await;
    assert_eq!(world.mails_to(known.address()).await.len(), 1);
}

async fn b20_limit() {
    let (world, memory) = in_memory(&[]);
    let (known, unknown) = (world.new_person().await, Person::new());
    memory.set_request_limit(0);
    let mut responses = Vec::new();
    for who in [&known, &unknown] {
        responses
            .push(request_from_one_address(&world, &json!({ "username": who.username })).await);
        assert_eq!(take_verbs(&memory), ["limiter.check"]);
    }
    assert_code(&responses[0], 429, "too_many_requests");
    assert_eq!(responses[0], responses[1]);
    assert_eq!(memory.objects_in_use(), 0);
}

async fn b21() {
    let (world, memory) = in_memory(&[]);
    let (known, unknown) = (world.new_person().await, Person::new());
    memory.fail_mail(Some(MailFailure::RecipientRejected));
    for _ in 0..2 {
        let responses = [
            world.request_reset(json!({ "email": known.address() })).await,
            world.request_reset(json!({ "email": unknown.address() })).await,
        ];
        assert_eq!(responses[0].status, 200);
        assert_eq!(responses[0], responses[1]);
        memory.advance(5 * MINUTE).await;
    }
    assert_eq!(count_events(&world, &known, "link_failed: recipient_rejected").await, 2);
}

/// Asserts that the responses and the port calls are the same for a known and an unknown user name.
async fn assert_indistinguishable(world: &World, memory: &Memory, known: &Person, context: &str) {
    let _before = take_verbs(memory);
    let of_known = request_from_one_address(world, &json!({ "username": known.username })).await;
    let calls = take_verbs(memory);
    let of_unknown = request_from_one_address(world, &json!({ "username": "unknown user" })).await;
    assert_eq!(of_known.status, 200, "{context}");
    assert_eq!(of_known, of_unknown, "{context}");
    assert_eq!(calls, take_verbs(memory), "{context}");
    assert_eq!(calls, ["limiter.check", "intakes.accept", "intake.insert"], "{context}");
}

async fn b17() {
    for failure in ["fails transiently", "fails permanently", "hangs", "panics"] {
        let (world, memory) = in_memory(&[]);
        let known = world.new_person().await;
        assert_indistinguishable(&world, &memory, &known, failure).await;
        let alarms_of = memory.clone();
        match failure {
            "fails transiently" | "fails permanently" => {
                let is_transient = failure == "fails transiently";
                let code = if is_transient {
                    MailFailure::ConnectFailed
                } else {
                    MailFailure::RecipientRejected
                };
                memory.fail_mail(Some(code));
                memory.advance(Duration::from_secs(10)).await;
                assert_indistinguishable(&world, &memory, &known, failure).await;
                memory.fail_mail(None);
            }
            "hangs" => {
                memory.set_gate(Some(Rc::new(|call| {
                    Box::pin(async move {
                        if call.verb == "mailer.send" { pending().await } else { Fault::None }
                    })
                })));
                let mut alarms = Box::pin(alarms_of.advance(Duration::from_secs(10)));
                assert!(futures_util::poll!(alarms.as_mut()).is_pending(), "the alarm hangs");
                assert!(take_verbs(&memory).contains(&"mailer.send"));
                assert_indistinguishable(&world, &memory, &known, failure).await;
                memory.set_gate(None);
            }
            _ => {
                inject_faults(&memory, |call| {
                    if call.verb == "mailer.send" {
                        // A panic without the panic hook, which would print a report.
                        std::panic::resume_unwind(Box::new("the mailer panics"));
                    }
                    Fault::None
                });
                let crash = async {
                    tokio::task::spawn_local(async move { alarms_of.advance(MINUTE).await }).await
                };
                let crashed = tokio::task::LocalSet::new().run_until(crash).await;
                assert!(crashed.is_err_and(|error| error.is_panic()));
                assert_indistinguishable(&world, &memory, &known, failure).await;
                memory.set_gate(None);
            }
        }
        memory.advance(5 * MINUTE).await;
        if failure == "fails permanently" {
            assert_eq!(count_events(&world, &known, "link_failed: recipient_rejected").await, 1);
        } else {
            assert!(
                !world.mails_to(known.address()).await.is_empty(),
                "{failure}: the mail is lost"
            );
        }
    }
}

/// A dummy hash for unknown names would need the cost of a real one in every configuration. There
/// is no dummy hash: a request looks up no account, and a confirm hashes only after the link has
/// been verified.
async fn b38() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let _before = take_verbs(&memory);
    request_from_one_address(&world, &json!({ "username": peter.username })).await;
    assert!(take_verbs(&memory).iter().all(|verb| !verb.starts_with("directory.")));
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let hash = world.hash_of(&peter).await.expect("the account has a password");
    assert!(
        hash.expose().starts_with("$argon2id$v=19$m=7168,t=1,p=1$"),
        "the configured cost: {}",
        hash.expose()
    );
    let higher_cost =
        reconfigured(&memory, &[("ARGON2_MEMORY_KIB", "8192"), ("ARGON2_ITERATIONS", "2")]);
    assert_eq!(
        higher_cost.confirm(&token, NEW).await.status,
        200,
        "an older hash is verified at its own cost"
    );
    let ada = higher_cost.new_person().await;
    let token = higher_cost.token_for(&ada).await;
    assert_eq!(higher_cost.confirm(&token, NEW).await.status, 200);
    let hash = higher_cost.hash_of(&ada).await.expect("the account has a password");
    assert!(hash.expose().starts_with("$argon2id$v=19$m=8192,t=2,p=1$"), "{}", hash.expose());
}

async fn b42() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let body = json!({ "username": peter.username });
    // While the write is pending there is no response.
    memory.set_gate(Some(Rc::new(|call| {
        Box::pin(
            async move { if call.verb == "intake.insert" { pending().await } else { Fault::None } },
        )
    })));
    let mut pending_request = Box::pin(request_from_one_address(&world, &body));
    assert!(futures_util::poll!(pending_request.as_mut()).is_pending());
    drop(pending_request);
    // If the write fails, the response reports it, and a later request succeeds.
    fail_calls(&memory, "intake.insert", Fault::Before);
    let response = world.post(path::REQUEST, body.to_string()).await;
    assert_code(&response, 503, "unavailable");
    assert_eq!(response.header("retry-after"), Some("5"));
    assert_eq!(memory.objects_in_use(), 0);
    memory.set_gate(None);
    assert_eq!(world.post(path::REQUEST, body.to_string()).await.status, 200);
    assert_eq!(memory.objects_in_use(), 1, "the job is stored");
    assert!(memory.next_alarm().is_some(), "an alarm is set for it");
    assert!(world.mails_to(peter.address()).await.is_empty());
    // From here on only the alarm of the stored job runs.
    world.wait_for_mail(peter.address(), 1).await;
}
