//! Bounces and complaints that mail providers report.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Request;
use libtest_mimic::Trial;
use relatch_domain::values::keys::hex;
use relatch_memory::{Fault, Memory, MemoryHooks};
use relatch_tests::http_server::{HttpAnswer, HttpServer};
use relatch_tests::in_process::{NOON, mail_mark};
use relatch_tests::mail_api_double::MailApiDouble;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{AccountChange, World, in_memory, request};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{assert_problem, fail_calls, inject_faults, now, take_verbs};

const PATH: &str = "/webhooks/mail";
const SECRET: &str = "a-secret-of-the-tests-with-32-bytes";
/// 24 bytes in base64.
const SIGNING_SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:bounces";

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: a bounce is one event of each account with the address", bounces),
        trial("in process: a report about a mail of others is no event", foreign),
        trial("in process: all reports of one call are events", batch),
        trial("in process: repetitions of a call that is cut short record all reports", cut_short),
        trial("in process: a repeated report is one event of each account", stable_ids),
        trial("in process: a replayed report of Mailgun is no other event", replay),
        trial("in process: a recorded report is announced once", announced_once),
        trial(
            "in process: a report is announced again while it is not recorded",
            announced_until_recorded,
        ),
        trial(
            "in process: a report of Mailgun about a shared address is one event",
            replay_to_shared_address,
        ),
        trial(
            "in process: a replay of a call of Mailgun without an event is at most one",
            replay_of_another_kind,
        ),
        trial("in process: a bounce changes neither who is mailed nor what is answered", no_effect),
        trial(
            "in process: a report needs its signature, and costs no port call without it",
            forged,
        ),
        trial("in process: a report is repeated by its provider during an outage", outage),
        trial("in process: the path of reports exists only with a secret", disabled),
        trial("in process: a report has a limit of its size", sizes),
        trial("workerd: reports with a secret or a signature become events", on_workerd),
        trial("workerd: a topic of Amazon is confirmed once it has the secret", subscription),
    ]
}

const RESEND: [(&str, &str); 3] =
    [("MAIL_PROVIDER", "resend"), ("MAIL_API_KEY", "key"), ("MAIL_WEBHOOK_SECRET", SIGNING_SECRET)];

/// Returns the report of a bounced mail of the default application of the tests in process.
fn bounce(id: &str, recipient: &str) -> String {
    marked_bounce(id, recipient, &mail_mark(&RESEND))
}

fn marked_bounce(id: &str, recipient: &str, mark: &str) -> String {
    tagged_bounce(id, recipient, &json!({ "relatch": mark }))
}

fn tagged_bounce(id: &str, recipient: &str, tags: &Value) -> String {
    let bounce = json!({ "type": "Permanent", "subType": "General", "message": recipient });
    let data = json!({ "email_id": id, "to": [recipient], "bounce": bounce, "tags": tags });
    json!({ "type": "email.bounced", "data": data }).to_string()
}

/// Signs a body as Svix does.
fn signed(body: &str, seconds: u64) -> Request<Vec<u8>> {
    let key = Base64::decode_vec(SIGNING_SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("msg_1.{seconds}.{body}").as_bytes());
    let signature = format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()));
    let mut request = request("POST", PATH, body);
    for (name, value) in [
        ("svix-id", "msg_1"),
        ("svix-timestamp", &seconds.to_string()),
        ("svix-signature", &signature),
    ] {
        request
            .headers_mut()
            .insert(name.to_owned().parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    request
}

async fn report(world: &World, body: &str) -> Response {
    world.send(signed(body, NOON.seconds())).await
}

async fn with_secret(world: &World, secret: &str, body: &Value) -> Response {
    with_secret_at(world, PATH, secret, body).await
}

async fn with_secret_at(world: &World, path: &str, secret: &str, body: &Value) -> Response {
    let mut request = request("POST", path, &body.to_string());
    let pair = Base64::encode_string(format!("relatch:{secret}").as_bytes());
    let headers = request.headers_mut();
    headers.insert("content-type", "text/plain; charset=UTF-8".parse().unwrap());
    headers.insert("authorization", format!("Basic {pair}").parse().unwrap());
    world.send(request).await
}

async fn bounces() {
    let (world, memory) = in_memory(&RESEND);
    let peter = world.new_person().await;
    let twin = Person { email: peter.email.clone(), ..Person::new() };
    world.add(&twin).await;
    let john = world.new_person().await;
    for _ in 0..3 {
        let recipient = peter.address().to_uppercase();
        assert_eq!(report(&world, &bounce("e1", &recipient)).await.status, 200);
    }
    for person in [&peter, &twin] {
        assert_eq!(world.events(person).await, ["mail_bounced: permanent: General"]);
    }
    // Resend documents a list of tags, and an object in its examples.
    let tags = json!([{ "name": "relatch", "value": mail_mark(&RESEND) }]);
    assert_eq!(report(&world, &tagged_bounce("e2", peter.address(), &tags)).await.status, 200);
    assert_eq!(world.events(&peter).await.len(), 2, "another mail has bounced");
    assert!(world.events(&john).await.is_empty());

    for recipient in ["nobody@mail.example", "not an address", "a@b@c"] {
        assert_eq!(report(&world, &bounce("e3", recipient)).await.status, 200);
    }
    let unmatched = memory.events().into_iter().filter(|event| event.account.is_none()).count();
    assert_eq!(unmatched, 3);
    assert!(!memory.everything_stored().contains("nobody@mail.example"));
}

async fn foreign() {
    let (world, memory) = in_memory(&RESEND);
    let peter = world.new_person().await;
    let foreign = marked_bounce("e1", peter.address(), "another");
    let unmarked = bounce("e1", peter.address()).replace("relatch", "other");
    for body in [foreign, unmarked] {
        assert_eq!(report(&world, &body).await.status, 200);
    }
    assert!(memory.events().is_empty(), "{:?}", memory.events());
}

const SENDGRID: [(&str, &str); 3] =
    [("MAIL_PROVIDER", "sendgrid"), ("MAIL_API_KEY", "key"), ("MAIL_WEBHOOK_SECRET", SECRET)];

/// Returns reports of bounces with these ids.
fn bounces_of_sendgrid(recipient: &str, ids: impl IntoIterator<Item = usize>) -> Value {
    let mark = mail_mark(&SENDGRID);
    let item = |id: usize| {
        json!({
            "email": recipient, "event": "bounce", "sg_event_id": id.to_string(),
            "status": "5.1.1", "relatch": mark,
        })
    };
    ids.into_iter().map(item).collect()
}

async fn batch() {
    let (world, memory) = in_memory(&SENDGRID);
    let peter = world.new_person().await;
    // As many as SendGrid sends at most.
    let body = bounces_of_sendgrid(peter.address(), 0..1000);
    fail_calls(&memory, "events.record", Fault::Before);
    assert_eq!(with_secret(&world, SECRET, &body).await.status, 503);
    fail_calls(&memory, "none", Fault::Before);
    for _ in 0..2 {
        assert_eq!(with_secret(&world, SECRET, &body).await.status, 200);
        assert_eq!(world.events(&peter).await.len(), 1000);
    }
    let other = bounces_of_sendgrid(peter.address(), [1000, 0]);
    assert_eq!(with_secret(&world, SECRET, &other).await.status, 200);
    assert_eq!(world.events(&peter).await.len(), 1001);
}

async fn cut_short() {
    const REPORTS: usize = 100;
    let (world, memory) = in_memory(&SENDGRID);
    let peter = world.new_person().await;
    let body = bounces_of_sendgrid(peter.address(), 0..REPORTS);
    let begun = Rc::new(Cell::new(0));
    let counted = Rc::clone(&begun);
    inject_faults(&memory, move |call| {
        if call.verb == "events.is_recorded" {
            counted.set(counted.get() + 1);
        }
        if counted.get() > REPORTS / 4 { Fault::Before } else { Fault::None }
    });
    let mut calls = 0;
    while memory.events().len() < REPORTS {
        assert!(calls < 40, "{} after {calls} calls", memory.events().len());
        begun.set(0);
        assert_eq!(with_secret(&world, SECRET, &body).await.status, 503);
        // Repetitions at a regular interval, of as many seconds as there are reports.
        memory.set_clock(NOON.after(Duration::from_secs(REPORTS as u64 * calls)));
        calls += 1;
    }
    assert_eq!(world.events(&peter).await.len(), REPORTS);
}

async fn stable_ids() {
    let (world, memory) = in_memory(&RESEND);
    let peter = world.new_person().await;
    let twin = Person { email: peter.email.clone(), ..Person::new() };
    world.add(&twin).await;
    let body = bounce("e1", peter.address());
    let records = Cell::new(0);
    inject_faults(&memory, move |call| {
        if call.verb == "events.record" {
            records.set(records.get() + 1);
        }
        if records.get() == 2 { Fault::Before } else { Fault::None }
    });
    assert_eq!(report(&world, &body).await.status, 503);
    fail_calls(&memory, "none", Fault::Before);
    // One has its event, and no longer the address. The other takes its place in the lookup.
    let (first, other) =
        if world.events(&peter).await.is_empty() { (&twin, &peter) } else { (&peter, &twin) };
    world.update_account(first, AccountChange::Email("elsewhere@mail.example")).await;
    for _ in 0..2 {
        assert_eq!(report(&world, &body).await.status, 200);
    }
    for person in [first, other] {
        assert_eq!(world.events(person).await, ["mail_bounced: permanent: General"]);
    }
}

const MAILGUN: [(&str, &str); 3] =
    [("MAIL_PROVIDER", "mailgun"), ("MAIL_API_KEY", "key"), ("MAIL_WEBHOOK_SECRET", SECRET)];

/// Returns the signature of a call of Mailgun.
fn of_token(secret: &str, seconds: u64, token: &str) -> Value {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{seconds}{token}").as_bytes());
    let signature = hex(&mac.finalize().into_bytes());
    json!({ "timestamp": seconds.to_string(), "token": token, "signature": signature })
}

/// Sends a call of Mailgun, whose signature covers the token only.
async fn of_mailgun(world: &World, token: &str, event: &str, recipient: &str) {
    let body = json!({
        "signature": of_token(SECRET, NOON.seconds(), token),
        "event-data": {
            "event": event, "severity": "permanent", "id": "e1", "recipient": recipient,
            "user-variables": { "relatch": mail_mark(&MAILGUN) },
        },
    });
    assert_eq!(world.send(request("POST", PATH, &body.to_string())).await.status, 200);
}

async fn replay() {
    let (world, memory) = in_memory(&MAILGUN);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    for (recipient, token) in [(&peter, "one"), (&peter, "one"), (&john, "one"), (&john, "two")] {
        of_mailgun(&world, token, "failed", recipient.address()).await;
    }
    assert_eq!(world.events(&peter).await, ["mail_bounced: permanent"]);
    assert_eq!(world.events(&john).await, ["mail_bounced: permanent"], "its own call only");
    assert_eq!(memory.events().len(), 2);
}

/// The ids and the accounts of events.
type Announced = Rc<RefCell<Vec<(String, Option<String>)>>>;

/// Sets a hook that collects the events.
fn collect_events(memory: &Memory) -> Announced {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let collected = Rc::clone(&seen);
    memory.set_hooks(MemoryHooks {
        on_event: Some(Rc::new(move |event| {
            let account = event.account.as_ref().map(|account| account.0.clone());
            collected.borrow_mut().push((event.id.clone(), account));
        })),
        ..MemoryHooks::default()
    });
    seen
}

async fn announced_once() {
    let (world, memory) = in_memory(&MAILGUN);
    let seen = collect_events(&memory);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    for recipient in [&peter, &peter, &john] {
        of_mailgun(&world, "one", "failed", recipient.address()).await;
        world.drain().await;
    }
    let recorded = memory.events().into_iter().map(|event| (event.id, Some(peter.id.to_string())));
    assert_eq!(*seen.borrow(), recorded.collect::<Vec<_>>(), "a replay of another account");
}

async fn announced_until_recorded() {
    let (world, memory) = in_memory(&RESEND);
    let seen = collect_events(&memory);
    let peter = world.new_person().await;
    let body = bounce("e1", peter.address());
    // A call ends before and after each step of its event. No repetition must find an event that is
    // recorded and was never handed over to the hook.
    for verb in ["events.is_recorded", "mailboxes.notify", "events.record"] {
        for fault in [Fault::Before, Fault::After] {
            fail_calls(&memory, verb, fault);
            assert_eq!(report(&world, &body).await.status, 503, "{verb}");
            fail_calls(&memory, "none", Fault::Before);
            world.drain().await;
            assert!(memory.events().is_empty() || !seen.borrow().is_empty(), "{verb}");
        }
    }
    assert_eq!(memory.events().len(), 1);
    let announced = seen.borrow().len();
    for _ in 0..2 {
        assert_eq!(report(&world, &body).await.status, 200);
        world.drain().await;
    }
    assert_eq!(seen.borrow().len(), announced);
    let ids: BTreeSet<String> = seen.borrow().iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

async fn replay_to_shared_address() {
    let (world, memory) = in_memory(&MAILGUN);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    let twin = Person { email: peter.email.clone(), ..Person::new() };
    world.add(&twin).await;
    of_mailgun(&world, "one", "failed", john.address()).await;
    of_mailgun(&world, "one", "failed", peter.address()).await;
    assert_eq!(memory.events().len(), 1, "the token is used up");
    for recipient in [peter.address(), john.address(), "nobody@mail.example"] {
        of_mailgun(&world, "two", "failed", recipient).await;
        of_mailgun(&world, "two", "complained", recipient).await;
    }
    assert_eq!(memory.events().len(), 2, "one of the accounts has the event");
    let of_both = [world.events(&peter).await, world.events(&twin).await].concat();
    assert_eq!(of_both, ["mail_bounced: permanent"]);
}

async fn replay_of_another_kind() {
    let (world, memory) = in_memory(&MAILGUN);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    of_mailgun(&world, "one", "opened", john.address()).await;
    assert!(memory.events().is_empty(), "it is no bounce");
    // The token of a call without an event is not used up, so it makes one event, and no other.
    for recipient in [&peter, &john, &peter] {
        of_mailgun(&world, "one", "failed", recipient.address()).await;
    }
    assert_eq!(memory.events().len(), 1);
    assert_eq!(world.events(&peter).await, ["mail_bounced: permanent"]);
}

async fn no_effect() {
    let (world, _) = in_memory(&RESEND);
    let peter = world.new_person().await;
    let before = world.request_reset(json!({ "username": peter.username })).await;
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    assert_eq!(report(&world, &bounce("e1", peter.address())).await.status, 200);
    assert_eq!(world.check(&token).await.status, 200, "the link stays valid");
    world.drain().await;
    let peter_again = world.new_person().await;
    assert_eq!(report(&world, &bounce("e2", peter_again.address())).await.status, 200);
    let after = world.request_reset(json!({ "username": peter_again.username })).await;
    assert_eq!(after, before);
    world.wait_for_mail(peter_again.address(), 1).await;
}

async fn forged() {
    let (world, memory) = in_memory(&RESEND);
    let peter = world.new_person().await;
    let body = bounce("e1", peter.address());
    take_verbs(&memory);
    let mut other = signed(&body, NOON.seconds());
    *other.body_mut() = bounce("e2", peter.address()).into_bytes();
    let mut unsigned = signed(&body, NOON.seconds());
    unsigned.headers_mut().remove("svix-signature");
    let old = signed(&body, NOON.seconds() - 301);
    for request in [other, unsigned, old, request("POST", PATH, &body)] {
        let response = world.send(request).await;
        assert_problem(&response, 401, "key_invalid", "a forged report");
        assert_eq!(response.header("www-authenticate"), Some("Basic realm=\"relatch\""));
    }
    let verbs = take_verbs(&memory);
    assert!(verbs.iter().all(|verb| verb.starts_with("events.log")), "{verbs:?}");
    assert!(world.events(&peter).await.is_empty());
    let response = world.send(request("GET", PATH, "")).await;
    assert_problem(&response, 405, "method_not_allowed", "a GET");
    let response = report(&world, "[").await;
    assert_problem(&response, 400, "request_invalid", "a body that is no JSON");
}

async fn outage() {
    let (world, memory) = in_memory(&RESEND);
    let peter = world.new_person().await;
    let body = bounce("e1", peter.address());
    for verb in ["directory.find_accounts", "events.record"] {
        fail_calls(&memory, verb, Fault::Before);
        let response = report(&world, &body).await;
        assert_problem(&response, 503, "unavailable", verb);
    }
    fail_calls(&memory, "none", Fault::Before);
    assert_eq!(report(&world, &body).await.status, 200);
    assert_eq!(world.events(&peter).await, ["mail_bounced: permanent: General"]);
}

async fn disabled() {
    for variables in [&[][..], &RESEND[..2]] {
        let (world, _) = in_memory(variables);
        let response = report(&world, &bounce("e1", "a@b.example")).await;
        assert_problem(&response, 404, "not_found", "without a secret");
    }
}

async fn sizes() {
    let (world, _) = in_memory(&RESEND);
    let body = bounce("e1", "a@b.example");
    let padded = |length: usize| body.clone() + &" ".repeat(length - body.len());
    assert_eq!(report(&world, &padded(1024 * 1024)).await.status, 200);
    let response = report(&world, &padded(1024 * 1024 + 1)).await;
    assert_problem(&response, 413, "body_too_large", "a report that is too large");
    let (world, _) = in_memory(&MAILGUN);
    for (length, status, code) in
        [(64 * 1024, 401, "key_invalid"), (64 * 1024 + 1, 413, "body_too_large")]
    {
        let response = world.send(request("POST", PATH, &padded(length))).await;
        assert_problem(&response, status, code, "a report of Mailgun");
    }
}

/// The further providers of [`on_workerd`], each for one application.
const OTHERS: [&str; 3] = ["postmark", "brevo", "mailgun"];

/// Returns the report of a hard bounce as its provider documents it, and the code of its event.
fn documented(provider: &str, recipient: &str, mark: &str) -> (Value, &'static str) {
    let tags = json!({ "relatch": mark });
    match provider {
        "postmark" => (
            json!({
                "RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "TypeCode": 1,
                "Name": "Hard bounce", "Tag": "", "ServerID": 1234, "MessageStream": "outbound",
                "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
                "Description": "The server was unable to deliver your message.",
                "Details": "smtp;550 5.1.1 unknown", "Email": recipient,
                "From": "noreply@example.com", "BouncedAt": "2026-11-20T12:00:00Z",
                "DumpAvailable": true, "Inactive": true, "CanActivate": true,
                "Subject": "A password", "Metadata": tags,
            }),
            "HardBounce",
        ),
        "brevo" => (
            json!({
                "event": "hard_bounce", "email": recipient, "id": 26224,
                "date": "2026-11-20 12:00:00", "ts": 1_795_176_000, "ts_event": 1_795_176_000,
                "message-id": "<201798300811.5787683@relay.domain.com>",
                "subject": "A password", "sending_ip": "192.0.2.1", "reason": "unknown",
                "tags": [mark], "tag": json!([mark]).to_string(),
            }),
            "hard_bounce",
        ),
        _ => (
            json!({
                "signature": of_token(SECRET, now().seconds(), "a-token-of-this-trial"),
                "event-data": {
                    "event": "failed", "severity": "permanent", "id": "G9Bn5sl1TC6nu79C8C0bwg",
                    "timestamp": 1_795_176_000.5, "log-level": "error", "recipient": recipient,
                    "reason": "bounce", "user-variables": tags, "tags": [],
                    "delivery-status": { "attempt-no": 1, "code": 550, "enhanced-code": "5.1.1" },
                },
            }),
            "5.1.1",
        ),
    }
}

/// Asserts that a documented report of each of [`OTHERS`] is an event.
async fn assert_documented(world: &World, doubles: &[(&'static str, MailApiDouble)]) {
    for (name, double) in doubles {
        let person = world.new_person().await;
        let body = json!({ "username": person.username }).to_string();
        let path = format!("/apps/{name}/password/reset/request");
        assert_eq!(world.post(&path, body).await.status, 200);
        world.wait_for_event(&person, "link_sent").await;
        let mark = double.accepted()[0].mark.clone();
        let (body, code) = documented(name, person.address(), &mark);
        let (mut forged, mut secret) = (body.clone(), "another");
        if *name == "mailgun" {
            (forged["signature"]["token"], secret) = (json!("another-token"), SECRET);
        }
        let path = format!("/apps/{name}/webhooks/mail");
        assert_eq!(with_secret_at(world, &path, secret, &forged).await.status, 401, "{name}");
        assert_eq!(with_secret_at(world, &path, SECRET, &body).await.status, 200, "{name}");
        let bounced = format!("mail_bounced: permanent: {code}");
        assert_eq!(world.events(&person).await, ["link_sent", &bounced], "{name}");
    }
}

async fn on_workerd() {
    let resend = MailApiDouble::start("resend", "key").await;
    let sendgrid = MailApiDouble::start("sendgrid", "key").await;
    let mut variables = vec![
        ("APPLICATIONS".to_owned(), format!("shop,{}", OTHERS.join(","))),
        ("MAIL_ENDPOINT".to_owned(), resend.origin()),
    ];
    let mut add = |application: &str, provider: &str, double: &MailApiDouble| {
        for (name, value) in [
            ("MAIL_PROVIDER", provider),
            ("MAIL_API_KEY", "key"),
            ("MAIL_REGION", "us"),
            ("MAIL_ENDPOINT", &double.origin()),
            ("MAIL_WEBHOOK_SECRET", SECRET),
        ] {
            variables.push((format!("APP_{application}_{name}"), value.to_owned()));
        }
    };
    add("SHOP", "sendgrid", &sendgrid);
    let mut doubles = Vec::new();
    for name in OTHERS {
        let double = MailApiDouble::start(name, "key").await;
        add(&name.to_uppercase(), name, &double);
        doubles.push((name, double));
    }
    let variables = variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let variables: Vec<(&str, &str)> = RESEND.into_iter().chain(variables).collect();
    let workerd = std::sync::Arc::new(Workerd::start(&variables));
    let world = World::Workerd(std::sync::Arc::clone(&workerd));
    // The provider returns the mark of the mail that it has accepted.
    let mail = async |path: &str, double: &MailApiDouble| {
        let person = world.new_person().await;
        let body = json!({ "username": person.username }).to_string();
        assert_eq!(world.post(path, body).await.status, 200);
        world.wait_for_event(&person, "link_sent").await;
        (person, double.accepted()[0].mark.clone())
    };
    let (peter, mark) = mail("/password/reset/request", &resend).await;
    let (john, shop_mark) = mail("/apps/shop/password/reset/request", &sendgrid).await;

    let body = marked_bounce("e1", peter.address(), &mark);
    assert_eq!(world.send(signed(&body, now().seconds())).await.status, 200);
    assert_eq!(world.send(signed(&body, now().seconds() - 600)).await.status, 401);
    let foreign = marked_bounce("e2", peter.address(), &shop_mark);
    assert_eq!(world.send(signed(&foreign, now().seconds())).await.status, 200);
    assert_eq!(world.events(&peter).await, ["link_sent", "mail_bounced: permanent: General"]);

    let items: Vec<Value> = (0..1000)
        .map(|number| {
            let email = if number == 500 { john.address() } else { "a@b.example" };
            let reason = format!("550 5.1.1 {email} {}", "x".repeat(400));
            json!({
                "email": email, "event": if number == 500 { "spamreport" } else { "open" },
                "sg_event_id": number.to_string(), "status": "5.1.1", "reason": reason,
                "relatch": shop_mark,
            })
        })
        .collect();
    let body = Value::Array(items);
    assert!(body.to_string().len() > 256 * 1024);
    let send = async |secret: &str| {
        let mut request = request("POST", "/apps/shop/webhooks/mail", &body.to_string());
        let bearer = format!("Bearer {secret}").parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        world.send(request).await.status
    };
    assert_eq!(send("another").await, 401);
    assert_eq!(send(SECRET).await, 200);
    let large = request("POST", PATH, &" ".repeat(1024 * 1024 + 1));
    assert_eq!(world.send(large).await.status, 413);
    assert_eq!(world.events(&john).await, ["link_sent", "mail_bounced: complaint: 5.1.1"]);
    assert_documented(&world, &doubles).await;
    let log = workerd.log();
    assert!(log.contains("mail: reports about other mails: 1 ignored"), "{log}");
    for secret in [peter.address(), john.address(), SECRET, SIGNING_SECRET] {
        assert!(!log.contains(secret), "the log contains `{secret}`:\n{log}");
    }
}

async fn subscription() {
    let server = HttpServer::start(|_| HttpAnswer::Answer(200, &[], "".into())).await;
    let workerd = std::sync::Arc::new(Workerd::start(&[
        ("MAIL_PROVIDER", "ses"),
        ("MAIL_API_KEY", "id:secret"),
        ("MAIL_REGION", "eu-central-1"),
        ("MAIL_ENDPOINT", &server.origin()),
        ("MAIL_WEBHOOK_SECRET", SECRET),
        ("MAIL_WEBHOOK_TOPIC", TOPIC),
    ]));
    let world = World::Workerd(workerd);
    let confirmation = |topic: &str| {
        json!({
            "Type": "SubscriptionConfirmation", "TopicArn": topic, "Token": "abc123",
            "SubscribeURL": "http://127.0.0.1:9/",
        })
    };
    assert_eq!(with_secret(&world, "another", &confirmation(TOPIC)).await.status, 401);
    let other = TOPIC.replace("1234", "9999");
    assert_eq!(with_secret(&world, SECRET, &confirmation(&other)).await.status, 400);
    assert_eq!(server.calls().len(), 0);
    assert_eq!(with_secret(&world, SECRET, &confirmation(TOPIC)).await.status, 200);
    let paths: Vec<String> = server.calls().into_iter().map(|call| call.path).collect();
    let path = format!("/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc123");
    assert_eq!(paths, [path]);

    let peter = world.new_person().await;
    let request = json!({ "username": peter.username });
    assert_eq!(world.request_reset(request).await.status, 200);
    world.wait_for_event(&peter, "link_sent").await;
    let call = server.calls().pop().expect("a mail was sent");
    let body: Value = serde_json::from_str(&call.body).expect("the body is JSON");
    let tags = json!({ "relatch": [body["EmailTags"][0]["Value"]] });
    let message = |tags: &Value| {
        let message = json!({
            "eventType": "Complaint",
            "mail": { "tags": tags },
            "complaint": {
                "feedbackId": "f1", "complaintFeedbackType": "abuse",
                "complainedRecipients": [{ "emailAddress": peter.address() }],
            },
        });
        json!({ "Type": "Notification", "TopicArn": TOPIC, "Message": message.to_string() })
    };
    assert_eq!(with_secret(&world, SECRET, &message(&json!({}))).await.status, 200);
    assert_eq!(world.events(&peter).await, ["link_sent"], "it is a mail of others");
    assert_eq!(with_secret(&world, SECRET, &message(&tags)).await.status, 200);
    assert_eq!(world.events(&peter).await, ["link_sent", "mail_bounced: complaint: abuse"]);
}
