//! TYPO3's `PasswordReset`, method by method as its documentation lists them.

use libtest_mimic::Trial;
use relatch_domain::values::account::Role;
use relatch_tests::flow;
use relatch_tests::in_process::SERVER_KEY;
use relatch_tests::mail::Mail;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{AccountChange, World, in_memory, request};
use serde_json::{Value, json};

use crate::support::{MINUTE, NEW, assert_code};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "typo3: isEnabled and isEnabledForUser say whether a reset is possible",
            flow!(is_enabled),
        ),
        ("typo3: initiateReset reveals nothing and mails accounts that may reset", flow!(initiate)),
        ("typo3: initiateReset for a shared address sends the ambiguous mail", flow!(ambiguous)),
        (
            "typo3: isValidResetTokenFromRequest is checked before the form is shown",
            flow!(valid_before_the_form),
        ),
        ("typo3: the link is bound to the e-mail", flow!(bound_to_email)),
        ("typo3: resetPassword ends every session of the user", flow!(sessions)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: typo3: a mailbox gets at most three links in 30 minutes, and more after a reset",
            attempts,
        ),
        trial("in process: typo3: a link works for two hours", two_hours),
    ]
}

async fn server(world: &World, method: &str, path: &str, body: &str) -> Response {
    let mut call = request(method, path, body);
    let bearer = format!("Bearer {SERVER_KEY}").parse().expect("the key is a valid header");
    call.headers_mut().insert("authorization", bearer);
    world.send(call).await
}

async fn enabled_for(world: &World, person: &Person) -> Value {
    let body = json!({ "account": person.account_id().0 }).to_string();
    server(world, "POST", "/server/status", &body).await.json()
}

async fn is_enabled(world: &World) {
    let peter = world.new_person().await;
    assert_eq!(server(world, "GET", "/server/status", "").await.json(), json!({ "enabled": true }));
    assert_eq!(enabled_for(world, &peter).await, json!({ "enabled": true }));
    for (person, reason) in [
        (Person { disabled: true, ..Person::new() }, "disabled"),
        (Person { role: Role::Admin, ..Person::new() }, "admin"),
        (Person { email: None, ..Person::new() }, "no_email"),
        (Person { has_password: false, ..Person::new() }, "no_password"),
    ] {
        world.add(&person).await;
        assert_eq!(
            enabled_for(world, &person).await,
            json!({ "enabled": false, "reason": reason })
        );
    }
}

async fn initiate(world: &World) {
    let peter = world.new_person().await;
    let admin = Person { role: Role::Admin, ..Person::new() };
    world.add(&admin).await;
    let known = world.request_reset(json!({ "email": peter.address() })).await;
    assert_eq!(known, world.request_reset(json!({ "email": admin.address() })).await);
    assert_eq!(known, world.request_reset(json!({ "email": "unknown@example.com" })).await);
    world.wait_for_mail(peter.address(), 1).await;
    world.wait_for_event(&admin, "request_refused: admin").await;
    assert!(world.mails_to(admin.address()).await.is_empty());
}

async fn ambiguous(world: &World) {
    let one = world.new_person().await;
    world.add(&Person { email: one.email.clone(), ..Person::new() }).await;
    world.request_reset(json!({ "email": one.address() })).await;
    let mail = world.wait_for_mail(one.address(), 1).await;
    assert!(
        mail.text.to_lowercase().contains("several accounts") && !mail.has_link(),
        "{}",
        mail.text
    );
}

async fn valid_before_the_form(world: &World) {
    let peter = world.new_person().await;
    let open = async |token: &str| {
        let visit = world.send(request("GET", &format!("/password/reset?token={token}"), "")).await;
        let cookie = visit
            .header("set-cookie")
            .and_then(|cookie| cookie.split(';').next())
            .unwrap_or_default()
            .to_owned();
        let mut page = request("GET", "/password/reset", "");
        page.headers_mut().insert("cookie", cookie.parse().expect("the cookie is a valid header"));
        world.send(page).await
    };
    let token = world.token_for(&peter).await;
    assert!(open(&token).await.body.contains("autocomplete=\"new-password\""));
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let used = open(&token).await;
    assert!(used.status == 410 && !used.body.contains("new-password"), "{}", used.body);
}

async fn bound_to_email(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    world.update_account(&peter, AccountChange::Email("elsewhere@example.org")).await;
    assert_code(&world.check(&token).await, 410, "link_used");
    assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
}

async fn sessions(world: &World) {
    let peter = world.new_person().await;
    world.add_session(&peter, "first").await;
    world.add_session(&peter, "second").await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.session_count(&peter).await, 2, "a request ends no session");
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_eq!(world.session_count(&peter).await, 0);
}

async fn attempts() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let request = async || {
        world.request_reset(json!({ "email": peter.address() })).await;
        memory.advance(2 * MINUTE).await;
        let mails = world.mails_to(peter.address()).await;
        mails.into_iter().filter(Mail::has_link).collect::<Vec<Mail>>()
    };
    for expected in [1, 2, 3, 3] {
        assert_eq!(request().await.len(), expected);
    }
    world.wait_for_event(&peter, "request_limited").await;
    // Unlike TYPO3's, the count starts anew after a completed reset.
    let token = request().await[0].token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    for expected in [4, 5, 6, 6] {
        assert_eq!(request().await.len(), expected);
    }
}

async fn two_hours() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    memory.advance(115 * MINUTE).await;
    assert_eq!(world.check(&token).await.status, 200);
    memory.advance(5 * MINUTE).await;
    assert_eq!(world.check(&token).await.code(), "link_expired");
}
