//! What an answer tells about an account: nothing, whatever is wrong with the account, with the mail or with the request.

use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_domain::ports::MailError;
use relatch_domain::values::account::Role;
use relatch_memory::Fault;
use relatch_tests::flow;
use relatch_tests::in_process::InProcess;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{Answer, World};
use serde_json::{Value, json};

use super::{MINUTE, NEW, ask_from_one_place, gate, in_memory, verbs};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b18 every kind of account, and none at all, gets the same answer", flow!(b18)),
        ("b19 what is refused is refused alike, for a name that exists and for one that does not", flow!(b19)),
        ("b20 a second request at once is answered as the first, known or not", flow!(b20)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![
        trial("in process: b17 mail that fails, hangs or panics changes no answer and loses no mail", b17),
        trial("in process: b18 every kind of account costs the same calls before the answer", b18_trace),
        trial("in process: b18 a forged link tells nothing of the mailbox it names", b18_forged),
        trial("in process: b20 the limit by address is told alike, and asked before anything is looked up", || {
            b20_limit()
        }),
        trial("in process: b21 an address that the mail provider rejects is the operator's event", b21),
        trial("in process: b38 no hash is made before the answer, and none costs another than configured", b38),
        trial("in process: b42 the job is durable before the answer, and an answer without it is none", b42),
    ]
}

/// Every kind of account, with a name to ask by; the last is nobody.
async fn everybody(world: &World) -> Vec<Person> {
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
    let mut answers: Vec<Answer> = Vec::new();
    for person in everybody(world).await {
        answers.push(world.ask(json!({ "username": person.username })).await);
        if person.email.is_some() {
            answers.push(world.ask(json!({ "email": person.address() })).await);
        }
    }
    assert_eq!(answers[0].status, 200);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

async fn b18_trace() {
    let (world, memory) = in_memory(&[]);
    let people = everybody(&world).await;
    let _before = verbs(&memory);
    // Asked for never before, just before, and long before.
    for _ in 0..3 {
        for person in &people {
            let answer = ask_from_one_place(&world, &json!({ "username": person.username })).await;
            assert_eq!(answer.status, 200);
            assert_eq!(verbs(&memory), ["limiter.check", "intakes.accept", "intake.insert"], "{}", person.username);
        }
        memory.advance(MINUTE).await;
        let _later = verbs(&memory);
    }
}

async fn b18_forged() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let _before = verbs(&memory);
    let mailbox = format!("{}{}", &token[..60], "A".repeat(35));
    let nobody = format!("{}{}", &token[..12], "A".repeat(83));
    let checked = world.check(&mailbox).await;
    assert_eq!(checked.code(), "link_invalid");
    assert_eq!(checked, world.check(&nobody).await);
    assert_eq!(world.confirm(&mailbox, NEW).await, world.confirm(&nobody, NEW).await);
    assert_eq!(world.confirm(&mailbox, "short").await, world.confirm(&nobody, "short").await);
    assert!(verbs(&memory).is_empty());
}

async fn b19(world: &World) {
    let (known, unknown) = (world.somebody().await, Person::new());
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
        let of_known = ask_from_one_place(world, &variant(&known)).await;
        let of_unknown = ask_from_one_place(world, &variant(&unknown)).await;
        assert_eq!(of_known.status, 400, "{}", variant(&known));
        assert_eq!(of_known, of_unknown, "{}", variant(&known));
    }
    world.settle().await;
    assert!(world.events(&known).await.is_empty(), "nobody looked");
}

async fn b20(world: &World) {
    let (known, unknown) = (world.somebody().await, Person::new());
    let mut answers = Vec::new();
    for _ in 0..4 {
        for who in [&known, &unknown] {
            answers.push(world.ask(json!({ "email": who.address() })).await);
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.status == 200), "{answers:#?}");
    world.told(&known, "request_limited").await;
    // The first mail may still be on its way: the desk sends it while the intake already drops the other requests.
    world.mail(known.address(), 1).await;
    let later =
        [world.ask(json!({ "email": known.address() })).await, world.ask(json!({ "email": unknown.address() })).await];
    assert!(later.iter().all(|answer| *answer == answers[0]), "{later:#?}");
    world.settle().await;
    assert_eq!(world.mails_to(known.address()).await.len(), 1);
}

async fn b20_limit() {
    let (world, memory) = in_memory(&[]);
    let (known, unknown) = (world.somebody().await, Person::new());
    memory.memory.limit_asking(0);
    let mut answers = Vec::new();
    for who in [&known, &unknown] {
        answers.push(ask_from_one_place(&world, &json!({ "username": who.username })).await);
        assert_eq!(verbs(&memory), ["limiter.check"]);
    }
    assert_eq!((answers[0].status, answers[0].code().as_str()), (429, "too_many_requests"));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(memory.memory.objects_in_use(), 0);
}

async fn b21() {
    let (world, memory) = in_memory(&[]);
    let (known, unknown) = (world.somebody().await, Person::new());
    memory.memory.fail_mail(Some(MailError { code: "recipient_rejected", retry: false }));
    for _ in 0..2 {
        let answers = [
            world.ask(json!({ "email": known.address() })).await,
            world.ask(json!({ "email": unknown.address() })).await,
        ];
        assert_eq!(answers[0].status, 200);
        assert_eq!(answers[0], answers[1]);
        memory.advance(5 * MINUTE).await;
    }
    assert_eq!(super::times_told(&world, &known, "link_failed: recipient_rejected").await, 2);
}

/// Asks for somebody and for nobody: the same bytes, the same calls.
async fn assert_same(world: &World, memory: &InProcess, known: &Person, what: &str) {
    let _before = verbs(memory);
    let of_known = ask_from_one_place(world, &json!({ "username": known.username })).await;
    let calls = verbs(memory);
    let of_unknown = ask_from_one_place(world, &json!({ "username": "nobody at all" })).await;
    assert_eq!(of_known.status, 200, "{what}");
    assert_eq!(of_known, of_unknown, "{what}");
    assert_eq!(calls, verbs(memory), "{what}");
    assert_eq!(calls, ["limiter.check", "intakes.accept", "intake.insert"], "{what}");
}

async fn b17() {
    for failure in ["fails for now", "fails for good", "never answers", "panics"] {
        let (world, memory) = in_memory(&[]);
        let known = world.somebody().await;
        assert_same(&world, &memory, &known, failure).await;
        let handled = memory.clone();
        match failure {
            "fails for now" | "fails for good" => {
                let retry = failure == "fails for now";
                memory.memory.fail_mail(Some(MailError { code: "connect_failed", retry }));
                memory.advance(Duration::from_secs(10)).await;
                assert_same(&world, &memory, &known, failure).await;
                memory.memory.fail_mail(None);
            }
            "never answers" => {
                memory.memory.set_gate(Some(Rc::new(|call| {
                    Box::pin(async move { if call.verb == "mailer.send" { pending().await } else { Fault::None } })
                })));
                let mut alarms = Box::pin(handled.advance(Duration::from_secs(10)));
                assert!(futures_util::poll!(alarms.as_mut()).is_pending(), "the alarm hangs");
                assert!(verbs(&memory).contains(&"mailer.send"));
                assert_same(&world, &memory, &known, failure).await;
                memory.memory.set_gate(None);
            }
            _ => {
                gate(&memory, |call| {
                    if call.verb == "mailer.send" {
                        // As a panic, but without the report: this one is meant.
                        std::panic::resume_unwind(Box::new("the mailer panics"));
                    }
                    Fault::None
                });
                let crash = async { tokio::task::spawn_local(async move { handled.advance(MINUTE).await }).await };
                let crashed = tokio::task::LocalSet::new().run_until(crash).await;
                assert!(crashed.is_err_and(|error| error.is_panic()));
                assert_same(&world, &memory, &known, failure).await;
                memory.memory.set_gate(None);
            }
        }
        memory.advance(5 * MINUTE).await;
        if failure == "fails for good" {
            assert_eq!(super::times_told(&world, &known, "link_failed: connect_failed").await, 1);
        } else {
            assert!(!world.mails_to(known.address()).await.is_empty(), "{failure}: the mail is lost");
        }
    }
}

/// A dummy hash for unknown names would have to cost what a real one does, in every configuration and for ever. There is
/// none: a request looks nobody up, and the one hash of a confirm comes after the link has proved itself.
async fn b38() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let _before = verbs(&memory);
    ask_from_one_place(&world, &json!({ "username": peter.username })).await;
    assert!(verbs(&memory).iter().all(|verb| !verb.starts_with("directory.")));
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let hash = world.hash_of(&peter).await.expect("there is a password");
    assert!(hash.expose().starts_with("$argon2id$v=19$m=7168,t=1,p=1$"), "the configured cost: {}", hash.expose());
    let dearer = memory.with_configuration(&[("ARGON2_MEMORY_KIB", "8192"), ("ARGON2_ITERATIONS", "2")]);
    let dearer = World::InProcess(dearer);
    assert_eq!(dearer.confirm(&token, NEW).await.status, 200, "an older hash is verified at its own cost");
    let ada = dearer.somebody().await;
    let token = dearer.token_for(&ada).await;
    assert_eq!(dearer.confirm(&token, NEW).await.status, 200);
    let hash = dearer.hash_of(&ada).await.expect("there is a password");
    assert!(hash.expose().starts_with("$argon2id$v=19$m=8192,t=2,p=1$"), "{}", hash.expose());
}

async fn b42() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    let body = json!({ "username": peter.username });
    // The write does not come back: there is no answer yet.
    memory.memory.set_gate(Some(Rc::new(|call| {
        Box::pin(async move { if call.verb == "intake.insert" { pending().await } else { Fault::None } })
    })));
    let mut asking = Box::pin(ask_from_one_place(&world, &body));
    assert!(futures_util::poll!(asking.as_mut()).is_pending());
    drop(asking);
    // It fails: the answer says so, and who tries again is served.
    gate(&memory, |call| if call.verb == "intake.insert" { Fault::Before } else { Fault::None });
    let answer = world.post(path::REQUEST, body.to_string()).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "unavailable"));
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(memory.memory.objects_in_use(), 0);
    memory.memory.set_gate(None);
    assert_eq!(world.post(path::REQUEST, body.to_string()).await.status, 200);
    assert_eq!(memory.memory.objects_in_use(), 1, "the job is stored");
    assert!(memory.memory.next_alarm().is_some(), "and something will wake for it");
    assert!(world.mails_to(peter.address()).await.is_empty());
    // All that runs from here on is what the stored job wakes.
    world.mail(peter.address(), 1).await;
}
