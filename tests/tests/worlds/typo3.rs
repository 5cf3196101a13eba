//! TYPO3's `PasswordReset`, method by method as its documentation lists them.

use std::time::Duration;

use libtest_mimic::Trial;
use relatch_domain::values::account::Role;
use relatch_tests::flow;
use relatch_tests::in_process::{InProcess, SERVER_KEY};
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{Answer, Change, World, request};
use serde_json::{Value, json};

const NEW: &str = "a quite new passphrase";
const MINUTE: Duration = Duration::from_secs(60);

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("typo3: isEnabled, and isEnabledForUser of whoever may and may not", flow!(is_available)),
        ("typo3: initiateReset tells nothing, and mails whoever may reset", flow!(initiate)),
        ("typo3: initiateReset for an address that several share sends the ambiguous mail", flow!(ambiguous)),
        ("typo3: isValidResetTokenFromRequest is asked before the form is shown", flow!(valid_before_the_form)),
        ("typo3: the e-mail is part of what the link is bound to", flow!(bound_to_email)),
        ("typo3: resetPassword ends every session of the user", flow!(sessions)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![
        trial("in process: typo3: at most three attempts in 30 minutes, also after a success", attempts),
        trial("in process: typo3: a link is good for two hours", two_hours),
    ]
}

async fn server(world: &World, method: &str, path: &str, body: &str) -> Answer {
    let mut call = request(method, path, body);
    let bearer = format!("Bearer {SERVER_KEY}").parse().expect("a key is a header");
    call.headers_mut().insert("authorization", bearer);
    world.send(call).await
}

async fn enabled_for(world: &World, person: &Person) -> Value {
    let body = json!({ "account": person.account_id().0 }).to_string();
    server(world, "POST", "/server/status", &body).await.json()
}

async fn is_available(world: &World) {
    let peter = world.somebody().await;
    assert_eq!(server(world, "GET", "/server/status", "").await.json(), json!({ "enabled": true }));
    assert_eq!(enabled_for(world, &peter).await, json!({ "enabled": true }));
    for (person, why) in [
        (Person { disabled: true, ..Person::new() }, "disabled"),
        (Person { role: Role::Admin, ..Person::new() }, "admin"),
        (Person { email: None, ..Person::new() }, "no_email"),
        (Person { has_password: false, ..Person::new() }, "no_password"),
    ] {
        world.add(&person).await;
        assert_eq!(enabled_for(world, &person).await, json!({ "enabled": false, "reason": why }));
    }
}

async fn initiate(world: &World) {
    let peter = world.somebody().await;
    let root = Person { role: Role::Admin, ..Person::new() };
    world.add(&root).await;
    let known = world.ask(json!({ "email": peter.address() })).await;
    assert_eq!(known, world.ask(json!({ "email": root.address() })).await);
    assert_eq!(known, world.ask(json!({ "email": "nobody-at-all@example.com" })).await);
    world.mail(peter.address(), 1).await;
    world.told(&root, "request_refused: admin").await;
    assert!(world.mails_to(root.address()).await.is_empty());
}

async fn ambiguous(world: &World) {
    let one = world.somebody().await;
    world.add(&Person { email: one.email.clone(), ..Person::new() }).await;
    world.ask(json!({ "email": one.address() })).await;
    let mail = world.mail(one.address(), 1).await;
    assert!(mail.text.contains("several accounts") && !mail.text.contains("token="), "{}", mail.text);
}

async fn valid_before_the_form(world: &World) {
    let peter = world.somebody().await;
    let open = async |token: &str| {
        let visit = world.send(request("GET", &format!("/password/reset?token={token}"), "")).await;
        let cookie =
            visit.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned();
        let mut page = request("GET", "/password/reset", "");
        page.headers_mut().insert("cookie", cookie.parse().expect("a cookie is a header"));
        world.send(page).await
    };
    let token = world.token_for(&peter).await;
    assert!(open(&token).await.body.contains("autocomplete=\"new-password\""));
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let used = open(&token).await;
    assert!(used.status == 410 && !used.body.contains("new-password"), "{}", used.body);
}

async fn bound_to_email(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    world.change(&peter, Change::Email("elsewhere@example.org")).await;
    assert_eq!(world.check(&token).await.code(), "link_used");
    assert_eq!(world.confirm(&token, NEW).await.code(), "link_used");
}

async fn sessions(world: &World) {
    let peter = world.somebody().await;
    world.sign_in(&peter, "first").await;
    world.sign_in(&peter, "second").await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.sessions(&peter).await, 2, "asking ends none");
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_eq!(world.sessions(&peter).await, 0);
}

fn in_memory() -> (World, InProcess) {
    let memory = InProcess::new(&[]);
    (World::InProcess(memory.clone()), memory)
}

async fn attempts() {
    let (world, memory) = in_memory();
    let peter = world.somebody().await;
    let mut links = Vec::new();
    for _ in 0..4 {
        world.ask(json!({ "email": peter.address() })).await;
        memory.advance(2 * MINUTE).await;
        let mails = memory.mails_to(peter.address());
        links = mails.into_iter().filter(|mail| mail.text.contains("token=")).collect();
        if links.len() == 1 {
            assert_eq!(world.confirm(&links[0].token(), NEW).await.status, 200);
        }
    }
    assert_eq!(links.len(), 3);
    world.told(&peter, "request_limited").await;
}

async fn two_hours() {
    let (world, memory) = in_memory();
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    memory.advance(115 * MINUTE).await;
    assert_eq!(world.check(&token).await.status, 200);
    memory.advance(5 * MINUTE).await;
    assert_eq!(world.check(&token).await.code(), "link_expired");
}
