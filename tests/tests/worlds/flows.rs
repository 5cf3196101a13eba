//! What people do: ask, open the mail, choose a password; and what goes wrong for them.

use std::time::Duration;

use libtest_mimic::Trial;
use relatch::{Code, Password, Reason, ResetRequest};
use relatch_domain::values::account::Role;
use relatch_tests::flow;
use relatch_tests::in_process::InProcess;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{Change, World, request};
use serde_json::json;

const NEW: &str = "a quite new passphrase";
const OTHER: &str = "some other long passphrase";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("somebody asks, opens the mail and sets a new password", flow!(the_story)),
        ("the client tells the same story", flow!(the_story_by_the_client)),
        ("user name, address and identifier mean the same, in any case and with blanks", flow!(names)),
        ("a check tells when the link ends, and never uses it", flow!(check)),
        ("a used link is used, for every other password", flow!(used)),
        ("a confirm sent again with the same password gets the same success, five times", flow!(repeated)),
        ("a refused password never burns the link", flow!(refused)),
        ("a password made of one's own names is refused with the reason", flow!(personal_terms)),
        ("a password given twice is compared", flow!(given_twice)),
        ("a link dies with the password it was made for", flow!(dies_with_password)),
        ("a link dies with the address it was made for", flow!(dies_with_email)),
        ("a link dies with the account switched off", flow!(dies_with_status)),
        ("a link dies with the role it was made for", flow!(dies_with_role)),
        ("every session ends with the reset, and no other account's", flow!(sessions)),
        ("a shared mailbox is told so, and a user name still gets a link", flow!(shared_mailbox)),
        ("accounts that may not reset by mail get none, and an event says why", flow!(ineligible)),
        ("a second request soon after the first sends no second mail, and says nothing of it", flow!(interval)),
        ("the rules and the health are told", flow!(rules_and_health)),
        ("pages of allowed sites may call, others may not", flow!(cors)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![
        trial("in process: three mails in 30 minutes, ten a day, and notices count toward none", limits),
        trial("in process: a link ends when it says", expiry),
        trial("in process: the repeat ends after ten minutes", repeat_ends),
        trial("in process: an address that asks too often hears so", asks_too_often),
        trial("in process: administrators may reset where configuration allows it", admins),
        trial("in process: links of one account work until one of them is used", several_links),
        trial("in process: a rotated key still confirms its links, and a dropped one does not", rotation),
    ]
}

async fn the_story(world: &World) {
    let peter = world.somebody().await;
    let answer = world.ask(json!({ "username": peter.username })).await;
    assert_eq!(answer.status, 200);
    let promised = "An email has been sent. It contains a link you must click to reset your password.";
    assert_eq!(answer.json(), json!({ "message": promised }));
    let token = world.mail(peter.address(), 1).await.token();
    assert!(world.has_password(&peter, &peter.password).await, "nothing changes until the link is used");
    let answer = world.confirm(&token, NEW).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(world.has_password(&peter, NEW).await);
    let notice = world.mail(peter.address(), 2).await;
    assert!(notice.subject.contains("was changed"), "{}", notice.subject);
    assert!(!notice.source.contains(NEW));
    world.told(&peter, "link_sent").await;
    world.told(&peter, "password_reset").await;
    world.told(&peter, "notice_sent").await;
    assert_eq!(world.events(&peter).await.len(), 3, "{:?}", world.events(&peter).await);
}

async fn the_story_by_the_client(world: &World) {
    let ada = world.somebody().await;
    let client = world.client();
    client.request(ResetRequest::new(ada.address()).locale("en-GB")).await.unwrap();
    let link = world.mail(ada.address(), 1).await.link();
    let token = relatch::LinkToken::from_url(&link).unwrap();
    let state = client.check(&token).await.unwrap();
    assert!(state.expires_at.ends_with('Z'), "{}", state.expires_at);
    let weak = client.confirm(&token, &Password::from("short")).await.unwrap_err();
    assert_eq!(weak.code(), Some(Code::PasswordRejected));
    client.confirm(&token, &Password::from(NEW)).await.unwrap();
    assert!(world.has_password(&ada, NEW).await);
    let used = client.confirm(&token, &Password::from(OTHER)).await.unwrap_err();
    assert_eq!(used.code(), Some(Code::LinkUsed));
    assert_eq!(client.rules().await.unwrap().min_length, 15);
}

async fn names(world: &World) {
    for field in ["identifier", "username", "email"] {
        let one = world.somebody().await;
        let typed = format!("  {} ", one.address().to_uppercase());
        assert_eq!(world.ask(json!({ field: typed })).await.status, 200);
        world.mail(one.address(), 1).await;
        let other = world.somebody().await;
        assert_eq!(world.ask(json!({ field: other.username.to_uppercase() })).await.status, 200);
        world.mail(other.address(), 1).await;
    }
}

async fn check(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    for _ in 0..3 {
        let answer = world.check(&token).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.json()["expires_at"].as_str().unwrap().starts_with("20"));
    }
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let answer = world.check(&token).await;
    assert_eq!((answer.status, answer.code().as_str()), (410, "link_used"));
}

async fn used(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let answer = world.confirm(&token, OTHER).await;
    assert_eq!((answer.status, answer.code().as_str()), (410, "link_used"));
    assert!(world.has_password(&peter, NEW).await);
}

async fn repeated(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let first = world.confirm(&token, NEW).await;
    assert_eq!(first.status, 200);
    for _ in 0..5 {
        assert_eq!(world.confirm(&token, NEW).await, first);
    }
    let answer = world.confirm(&token, NEW).await;
    assert_eq!((answer.status, answer.code().as_str()), (410, "link_used"), "the sixth repeat");
    world.mail(peter.address(), 2).await;
    world.settle().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 2, "one link, one notice");
}

async fn refused(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    for (password, reason) in [("short", "too_short"), ("123456789012345", "common"), (&"x9".repeat(100), "too_long")] {
        let answer = world.confirm(&token, password).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "password_rejected"), "{password}");
        let reasons = answer.json()["reasons"].clone();
        assert!(reasons.as_array().unwrap().contains(&json!(reason)), "{password}: {reasons}");
    }
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn personal_terms(world: &World) {
    let ada = Person { name: Some("Ada Lovelace".to_owned()), ..Person::new() };
    world.add(&ada).await;
    let token = world.token_for(&ada).await;
    let answer = world.confirm(&token, &format!("{} lovelace", ada.username)).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert_eq!(answer.json()["reasons"], json!([Reason::Personal.as_str()]));
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn given_twice(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let twice = async |first: &str, second: &str| {
        let body = json!({ "token": token, "plainPassword": { "first": first, "second": second } });
        world.post("/password/reset/confirm", body.to_string()).await
    };
    let answer = twice(NEW, OTHER).await;
    assert_eq!((answer.status, answer.json()["reasons"].clone()), (422, json!(["mismatch"])));
    assert_eq!(twice(NEW, NEW).await.status, 200);
    assert!(world.has_password(&peter, NEW).await);
}

async fn dies_with(world: &World, change: Change<'_>) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    world.change(&peter, change).await;
    let before = world.hash_of(&peter).await.unwrap();
    for answer in [world.check(&token).await, world.confirm(&token, NEW).await] {
        assert_eq!((answer.status, answer.code().as_str()), (410, "link_used"), "{answer:?}");
    }
    assert_eq!(world.hash_of(&peter).await.unwrap().expose(), before.expose());
}

async fn dies_with_password(world: &World) {
    dies_with(world, Change::Password("changed by its owner")).await;
}

async fn dies_with_email(world: &World) {
    dies_with(world, Change::Email("elsewhere@mail.example")).await;
}

async fn dies_with_status(world: &World) {
    dies_with(world, Change::Disabled(true)).await;
}

async fn dies_with_role(world: &World) {
    dies_with(world, Change::Role(Role::Admin)).await;
}

async fn sessions(world: &World) {
    let (peter, john) = (world.somebody().await, world.somebody().await);
    for device in ["phone", "laptop"] {
        world.sign_in(&peter, device).await;
        world.sign_in(&john, device).await;
    }
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, "short").await.status, 422);
    assert_eq!(world.sessions(&peter).await, 2, "a refusal signs nobody out");
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_eq!((world.sessions(&peter).await, world.sessions(&john).await), (0, 2));
}

async fn shared_mailbox(world: &World) {
    let one = world.somebody().await;
    let two = Person { email: one.email.clone(), ..Person::new() };
    world.add(&two).await;
    world.ask(json!({ "email": one.address() })).await;
    let mail = world.mail(one.address(), 1).await;
    assert!(mail.text.contains("several accounts"), "{}", mail.text);
    assert!(!mail.text.contains("token="));

    let three = world.somebody().await;
    let four = Person { email: three.email.clone(), ..Person::new() };
    world.add(&four).await;
    let token = world.token_for(&four).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&four, NEW).await);
    assert!(world.has_password(&three, &three.password).await);
}

async fn ineligible(world: &World) {
    let people = [
        (Person { disabled: true, ..Person::new() }, "disabled"),
        (Person { role: Role::Machine, ..Person::new() }, "machine"),
        (Person { role: Role::Admin, ..Person::new() }, "admin"),
        (Person { email: None, ..Person::new() }, "no_email"),
        (Person { has_password: false, ..Person::new() }, "no_password"),
    ];
    for (person, _) in &people {
        world.add(person).await;
        assert_eq!(world.ask(json!({ "username": person.username })).await.status, 200);
    }
    for (person, why) in &people {
        world.told(person, &format!("request_refused: {why}")).await;
        assert!(person.email.is_none() || world.mails_to(person.address()).await.is_empty());
    }
}

async fn interval(world: &World) {
    let peter = world.somebody().await;
    let first = world.ask(json!({ "username": peter.username })).await;
    world.mail(peter.address(), 1).await;
    let second = world.ask(json!({ "email": peter.address() })).await;
    assert_eq!(first, second);
    world.told(&peter, "request_limited").await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1);
}

async fn rules_and_health(world: &World) {
    let rules = world.send(request("GET", "/password/rules", "")).await;
    assert_eq!((rules.status, rules.json()), (200, json!({ "min_length": 15, "max_length": 128 })));
    let health = world.send(request("GET", "/healthz", "")).await;
    assert_eq!((health.status, health.json()), (200, json!({ "status": "ok" })));
    let head = world.send(request("HEAD", "/healthz", "")).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

async fn cors(world: &World) {
    let from = |origin: &str, method: &str| {
        let mut request = request(method, "/password/reset/request", r#"{"username":"nobody"}"#);
        request.headers_mut().insert("origin", origin.parse().unwrap());
        request
    };
    let preflight = world.send(from("https://app.example.com", "OPTIONS")).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-methods"), Some("POST, OPTIONS"));
    let allowed = world.send(from("https://app.example.com", "POST")).await;
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://app.example.com"));
    assert_eq!(allowed.header("access-control-allow-credentials"), None);
    for origin in ["https://evil.example", "https://app.example.com.evil.example", "http://app.example.com", "null"] {
        for method in ["POST", "OPTIONS"] {
            let refused = world.send(from(origin, method)).await;
            assert_eq!((refused.status, refused.code().as_str()), (403, "origin_not_allowed"), "{origin}");
            assert_eq!(refused.header("access-control-allow-origin"), None);
        }
    }
}

fn world(changes: &[(&str, &str)]) -> (World, InProcess) {
    let memory = InProcess::new(changes);
    (World::InProcess(memory.clone()), memory)
}

const MINUTE: Duration = Duration::from_secs(60);

async fn limits() {
    let (world, memory) = world(&[]);
    let peter = world.somebody().await;
    let ask = async || {
        world.ask(json!({ "username": peter.username })).await;
        memory.advance(Duration::from_secs(2)).await;
        memory.mails_to(peter.address()).iter().filter(|mail| mail.text.contains("token=")).count()
    };
    assert_eq!(ask().await, 1);
    assert_eq!(world.confirm(&memory.mails_to(peter.address())[0].token(), NEW).await.status, 200);
    memory.advance(2 * MINUTE).await;
    assert_eq!(ask().await, 2, "the notice did not count");
    memory.advance(2 * MINUTE).await;
    assert_eq!(ask().await, 3);
    memory.advance(2 * MINUTE).await;
    assert_eq!(ask().await, 3, "a fourth within 30 minutes, though one was used");
    memory.advance(26 * MINUTE).await;
    assert_eq!(ask().await, 4);
    for expected in 5..=10 {
        memory.advance(31 * MINUTE).await;
        assert_eq!(ask().await, expected);
    }
    memory.advance(31 * MINUTE).await;
    assert_eq!(ask().await, 10, "an eleventh within a day");
    memory.advance(20 * 60 * MINUTE).await;
    assert_eq!(ask().await, 11);
}

async fn expiry() {
    let (world, memory) = world(&[]);
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    memory.advance(118 * MINUTE).await;
    assert_eq!(world.check(&token).await.status, 200);
    memory.advance(3 * MINUTE).await;
    for answer in [world.check(&token).await, world.confirm(&token, NEW).await] {
        assert_eq!((answer.status, answer.code().as_str()), (410, "link_expired"));
    }
    memory.advance(60 * MINUTE).await;
    let _before = memory.memory.take_trace();
    assert_eq!(world.confirm(&token, NEW).await.code(), "link_expired");
    assert_eq!(memory.memory.take_trace(), [], "long expired: no port is asked");
    memory.advance(48 * 60 * MINUTE).await;
    assert_eq!(memory.memory.objects_in_use(), 0, "every object cleans up after itself");
}

async fn repeat_ends() {
    let (world, memory) = world(&[]);
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(9 * MINUTE).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(2 * MINUTE).await;
    assert_eq!(world.confirm(&token, NEW).await.code(), "link_used");

    let john = world.somebody().await;
    let token = world.token_for(&john).await;
    memory.advance(119 * MINUTE).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(5 * MINUTE).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "its answer was lost, and the link expired since");
    assert_eq!(world.confirm(&token, OTHER).await.code(), "link_used");
}

async fn asks_too_often() {
    let (world, memory) = world(&[]);
    memory.memory.limit_asking(30);
    let ask = async |address: &str| {
        let mut request = request("POST", "/password/reset/request", r#"{"username":"nobody"}"#);
        request.headers_mut().insert("cf-connecting-ip", address.parse().unwrap());
        world.send(request).await
    };
    for host in 0..30 {
        assert_eq!(ask(&format!("2001:db8:9:9::{host:x}")).await.status, 200);
    }
    let answer = ask("2001:db8:9:9:ffff::1").await;
    assert_eq!((answer.status, answer.code().as_str()), (429, "too_many_requests"));
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(ask("2001:db8:9:a::1").await.status, 200);
}

async fn admins() {
    let (world, memory) = world(&[("ALLOW_ADMINS", "true")]);
    let root = Person { role: Role::Admin, ..Person::new() };
    world.add(&root).await;
    let token = world.token_for(&root).await;
    let later = World::InProcess(memory.with_configuration(&[]));
    for answer in [later.check(&token).await, later.confirm(&token, NEW).await] {
        assert_eq!((answer.status, answer.code().as_str()), (410, "link_used"), "not allowed any more");
    }
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn several_links() {
    let (world, memory) = world(&[]);
    let peter = world.somebody().await;
    let first = world.token_for(&peter).await;
    memory.advance(2 * MINUTE).await;
    let second = world.token_for(&peter).await;
    assert_ne!(first, second);
    for token in [&first, &second] {
        assert_eq!(world.check(token).await.status, 200);
    }
    assert_eq!(world.confirm(&first, NEW).await.status, 200);
    assert_eq!(world.confirm(&second, OTHER).await.code(), "link_used");
    assert!(world.has_password(&peter, NEW).await);
}

async fn rotation() {
    const ROTATED: &str =
        "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const DROPPED: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    for (keys, status) in [(ROTATED, 200), (DROPPED, 400)] {
        let (world, memory) = world(&[]);
        let peter = world.somebody().await;
        let token = world.token_for(&peter).await;
        let later = World::InProcess(memory.with_configuration(&[("RELATCH_KEYS", keys)]));
        assert_eq!(later.confirm(&token, NEW).await.status, status);
    }
}
