//! `BRAKE_REQUESTS_PER_MINUTE`: above so many accepted requests in a minute, mails wait.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_domain::events::Action;
use relatch_domain::values::time::Moment;
use relatch_memory::{Fault, Memory, MemoryHooks, OnEvent};
use relatch_tests::person::Person;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{AccountChange, World, in_memory};
use serde_json::json;

use crate::server_calls::{account_body, call};
use crate::support::{MINUTE, NEW, OTHER, fail_calls, now, take_verbs};

const BRAKE: [(&str, &str); 1] = [("BRAKE_REQUESTS_PER_MINUTE", "2")];
const SECOND: Duration = Duration::from_secs(1);

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: above the brake, mails wait, and their links live from then on", waits),
        trial("in process: requests of unknown names and of accounts count alike", counts_alike),
        trial("in process: who asks again while mails wait gets a link at once", asks_again),
        trial(
            "in process: a mail that waited is not sent after the password was reset",
            superseded,
        ),
        trial(
            "in process: a mail that waited longer than the link that reset the password is not sent",
            superseded_for_long,
        ),
        trial(
            "in process: a mail that waited is not sent after the account has changed",
            changed_meanwhile,
        ),
        trial("in process: notices and resets by a server do not wait", not_delayed),
        trial(
            "in process: the brake, webhooks, templates and hooks add no call before the response",
            no_added_call,
        ),
        trial("in process: without a count, no mail waits, and an event says so", without_count),
        trial("workerd: above the brake, mails wait, and an event says so", on_workerd),
    ]
}

/// Makes requests for names that no account has.
async fn flood(world: &World, requests: u32) {
    for number in 0..requests {
        let body = json!({ "identifier": format!("nobody-{number}") });
        assert_eq!(world.request_reset(body).await.status, 200);
    }
}

/// Returns the details of the events that mails wait.
fn delays(memory: &Memory) -> Vec<String> {
    let events = memory.events();
    let delayed = events.iter().filter(|event| event.action == Action::MailsDelayed);
    let details = delayed.map(|event| {
        assert_eq!((&event.account, &event.address), (&None, &None));
        event.detail.clone().unwrap_or_default()
    });
    details.collect()
}

async fn waits() {
    let (world, memory) = in_memory(&BRAKE);
    let peter = world.new_person().await;
    flood(&world, 2).await;
    memory.advance(SECOND).await;
    assert!(delays(&memory).is_empty(), "two requests are allowed");
    let response = world.request_reset(json!({ "identifier": peter.username })).await;
    assert_eq!(response.status, 200);
    memory.advance(50 * SECOND).await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    assert_eq!(delays(&memory), ["1"]);
    memory.advance(69 * SECOND).await;
    let mails = world.mails_to(peter.address()).await;
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert!(
        mail.text.contains("works once, for 2 hours, until 20 November, 14:01"),
        "{}",
        mail.text
    );
    // The lifetime begins with the first attempt, in the second minute.
    let checked = world.check(&mail.token()).await.json();
    let expires_at = checked["expires_at"].as_str().unwrap_or_default();
    assert!(("2026-11-20T14:01:00Z".."2026-11-20T14:02:00Z").contains(&expires_at), "{expires_at}");
    assert_eq!(world.confirm(&mail.token(), NEW).await.status, 200);
    assert_eq!(delays(&memory).len(), 1, "once in a minute");
}

async fn counts_alike() {
    let ends = async |known: bool| {
        let (world, memory) = in_memory(&BRAKE);
        let (peter, paula) = (world.new_person().await, world.new_person().await);
        for number in 0..2 {
            let name = if known { paula.username.clone() } else { format!("nobody-{number}") };
            world.request_reset(json!({ "identifier": name })).await;
        }
        memory.advance(SECOND).await;
        world.request_reset(json!({ "identifier": peter.username })).await;
        memory.advance(50 * SECOND).await;
        (world.mails_to(peter.address()).await.len(), delays(&memory))
    };
    assert_eq!(ends(true).await, ends(false).await);
    assert_eq!(ends(true).await, (0, vec!["1".to_owned()]));
}

async fn asks_again() {
    let (world, memory) = in_memory(&BRAKE);
    let peter = world.new_person().await;
    flood(&world, 100).await;
    memory.advance(SECOND).await;
    let ask = async || world.request_reset(json!({ "identifier": peter.username })).await;
    assert_eq!(ask().await.status, 200);
    memory.advance(MINUTE).await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    assert_eq!(ask().await.status, 200);
    memory.advance(SECOND).await;
    let mails = world.mails_to(peter.address()).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(world.check(&mails[0].token()).await.status, 200);
    // While that link works, a further request waits as well.
    memory.advance(MINUTE).await;
    assert_eq!(ask().await.status, 200);
    memory.advance(MINUTE).await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1);
    // None is dropped.
    memory.advance(60 * MINUTE).await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 3);
}

/// Floods the service with requests, then resets a password by the first of two mails. The second
/// waits. Returns the world and the account's owner.
async fn reset_while_a_mail_waits(requests: u32) -> (World, Rc<Memory>, Person) {
    let (world, memory) = in_memory(&BRAKE);
    let peter = world.new_person().await;
    flood(&world, requests).await;
    memory.advance(SECOND).await;
    for _ in 0..2 {
        world.request_reset(json!({ "identifier": peter.username })).await;
        memory.advance(MINUTE + SECOND).await;
    }
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    (world, memory, peter)
}

/// Asserts that the mail that waited was not sent, because the account has changed.
async fn assert_superseded(world: &World, peter: &Person) {
    let mails = world.mails_to(peter.address()).await;
    let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(subjects.len(), 2, "the link and the notice: {subjects:?}");
    let events = world.events(peter).await;
    assert!(events.contains(&"link_failed: account_changed".to_owned()), "{events:?}");
}

async fn superseded() {
    let (world, memory, peter) = reset_while_a_mail_waits(100).await;
    memory.advance(120 * MINUTE).await;
    assert_superseded(&world, &peter).await;
}

/// The used link is forgotten some minutes after its expiry.
async fn superseded_for_long() {
    let (world, memory, peter) = reset_while_a_mail_waits(500).await;
    memory.advance(300 * MINUTE).await;
    assert_superseded(&world, &peter).await;
}

async fn changed_meanwhile() {
    let (world, memory) = in_memory(&[BRAKE[0], ("SHARED_MAILBOX", "links")]);
    let (peter, paula) = (world.new_person().await, world.new_person().await);
    let one = world.new_person().await;
    let other = Person { email: one.email.clone(), ..Person::new() };
    world.add(&other).await;
    flood(&world, 100).await;
    memory.advance(SECOND).await;
    for person in [&peter, &paula, &one] {
        world.request_reset(json!({ "identifier": person.address() })).await;
    }
    memory.advance(SECOND).await;
    for person in [&peter, &one] {
        world.update_account(person, AccountChange::Password(OTHER)).await;
    }
    memory.advance(120 * MINUTE).await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    assert_eq!(world.mails_to(paula.address()).await.len(), 1);
    assert_eq!(world.mails_to(one.address()).await.len(), 1);
    for (person, changed) in [(&peter, true), (&paula, false), (&one, true), (&other, false)] {
        let events = world.events(person).await;
        let failed = events.contains(&"link_failed: account_changed".to_owned());
        assert_eq!(failed, changed, "{events:?}");
    }
}

async fn not_delayed() {
    let (world, memory) = in_memory(&BRAKE);
    let peter = world.new_person().await;
    flood(&world, 100).await;
    memory.advance(SECOND).await;
    assert_eq!(call(&world, "/server/reset", account_body(&peter)).await.status, 202);
    memory.advance(SECOND).await;
    let mails = world.mails_to(peter.address()).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(world.confirm(&mails[0].token(), NEW).await.status, 200);
    memory.advance(SECOND).await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 2, "the notice");
}

async fn no_added_call() {
    let calls = async |changes: &[(&str, &str)], hooks: MemoryHooks| {
        let (world, memory) = in_memory(changes);
        if hooks.on_event.is_some() {
            memory.set_template("default/link/en", "--- subject\nA\n--- text\n${link}");
        }
        memory.set_hooks(hooks);
        let peter = world.new_person().await;
        let _before = take_verbs(&memory);
        world.request_reset(json!({ "identifier": peter.username })).await;
        let calls = take_verbs(&memory);
        memory.advance(MINUTE).await;
        (calls, take_verbs(&memory))
    };
    let (usual, _) = calls(&[], MemoryHooks::default()).await;
    let secret = "audit:whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    let changes = [
        BRAKE[0],
        ("WEBHOOK_URLS", "audit:https://hooks.example.com"),
        ("WEBHOOK_SECRETS", secret),
        ("BREACHED_PASSWORDS", "on"),
    ];
    let on_event: Rc<OnEvent> = Rc::new(|_| {});
    let hooks = MemoryHooks { on_event: Some(on_event), ..MemoryHooks::default() };
    let (before, after) = calls(&changes, hooks).await;
    assert_eq!(before, usual);
    for call in ["mailboxes.brake", "templates.read", "webhooks.post", "hooks.on_event"] {
        assert!(after.contains(&call) && !before.contains(&call), "{call}: {after:?}");
    }
}

async fn without_count() {
    let (world, memory) = in_memory(&BRAKE);
    let peter = world.new_person().await;
    fail_calls(&memory, "mailboxes.brake", Fault::Before);
    flood(&world, 100).await;
    world.token_for(&peter).await;
    assert!(delays(&memory).is_empty());
    let events = memory.events();
    let mut failed = events.iter().filter(|event| event.action == Action::BrakeFailed);
    let event = failed.next().expect("an event says that the count failed");
    assert_eq!((&event.account, event.detail.as_deref()), (&None, Some("outage")));
    assert_eq!(failed.next(), None, "one row in a minute");
}

async fn on_workerd() {
    let workerd = Arc::new(Workerd::start(&[("BRAKE_REQUESTS_PER_MINUTE", "1")]));
    let world = World::Workerd(Arc::clone(&workerd));
    let has_event = async |action: &str| {
        let sql = format!("SELECT 1 FROM events WHERE action = '{action}'");
        !workerd.sql(&sql).await.is_empty()
    };
    flood(&world, 1).await;
    let is_counted = async || has_event("request_unmatched").await;
    assert!(workerd.wait_until(2 * MINUTE, is_counted).await, "{}", workerd.log());
    let mut waiting = None;
    while waiting.is_none() {
        let person = world.new_person().await;
        let next_minute = (now().seconds() / 60 + 1) * 60;
        let response = world.request_reset(json!({ "identifier": person.username })).await;
        assert_eq!(response.status, 200);
        let is_decided = async || {
            has_event("mails_delayed").await || !world.mails_to(person.address()).await.is_empty()
        };
        assert!(workerd.wait_until(2 * MINUTE, is_decided).await, "{}", workerd.log());
        // If a minute has begun meanwhile, this is its first request, and the next one waits.
        waiting = has_event("mails_delayed").await.then_some((person, next_minute));
    }
    let (peter, next_minute) = waiting.unwrap();
    let arrived = async || !world.mails_to(peter.address()).await.is_empty();
    assert!(workerd.wait_until(5 * MINUTE, arrived).await, "{}", workerd.log());
    let delayed = world.wait_for_mail(peter.address(), 1).await;
    // The lifetime begins with the first attempt, in the next minute.
    let checked = world.check(&delayed.token()).await;
    assert_eq!(checked.status, 200, "{checked:?}");
    let expiry = checked.json()["expires_at"].as_str().unwrap_or_default().to_owned();
    let of_attempt = |seconds: u64| Moment::from_seconds(seconds).after(120 * MINUTE).rfc3339();
    let times = of_attempt(next_minute)..=of_attempt(now().seconds());
    assert!(times.contains(&expiry), "{expiry} of {times:?}");
    workerd.shut_down();
}
