//! `/server/reset` and `/server/status`.

use relatch_domain::values::account::Role;
use relatch_tests::flow;
use relatch_tests::in_process::SERVER_KEY;
use relatch_tests::person::Person;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::json;

use super::{account_body, call, call_with_key};
use crate::support::{NEW, assert_code, assert_problem, assert_security_headers};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a server starts a reset, and only the account's address gets the link", flow!(reset)),
        ("a server learns why an account cannot be reset", flow!(ineligible)),
        ("a server asks whether resets are possible in general and for one account", flow!(status)),
    ]
}

async fn reset(world: &World) {
    for field in ["account", "identifier", "username", "email"] {
        let peter = world.new_person().await;
        let body = match field {
            "account" => account_body(&peter),
            "email" => json!({ "email": peter.address().to_uppercase() }),
            _ => json!({ field: peter.username }),
        };
        let response = call(world, "/server/reset", body).await;
        assert_eq!(response.status, 202, "{field}: {response:?}");
        assert_security_headers(&response, field);
        let body = response.json();
        assert_eq!(
            body.as_object().map(|body| body.keys().cloned().collect::<Vec<_>>()).unwrap(),
            ["message"]
        );
        let mail = world.wait_for_mail(peter.address(), 1).await;
        assert_eq!(mail.recipients, [peter.address()]);
        let token = mail.token();
        assert!(
            !response.body.contains(&token[..40]) && !response.body.contains("http"),
            "the response contains no link"
        );
        assert_eq!(world.check(&token).await.status, 200);
        assert_eq!(world.confirm(&token, NEW).await.status, 200);
        assert!(world.has_password(&peter, NEW).await);
        world.wait_for_event(&peter, "server_reset: main").await;
        world.wait_for_event(&peter, "link_sent").await;
    }
    // No field of the body sets the target of the link or the password.
    let peter = world.new_person().await;
    for field in ["password", "url", "link", "from", "body", "locale"] {
        let mut body = account_body(&peter);
        body[field] = json!("x");
        assert_code(&call(world, "/server/reset", body).await, 400, "request_invalid");
    }
    world.drain().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
}

async fn ineligible(world: &World) {
    let unknown = Person::new();
    for body in [
        account_body(&unknown),
        json!({ "username": unknown.username }),
        json!({ "email": unknown.address() }),
    ] {
        let response = call(world, "/server/reset", body).await;
        assert_problem(&response, 404, "account_unknown", "no account");
    }
    for (person, reason) in [
        (Person { disabled: true, ..Person::new() }, "disabled"),
        (Person { role: Role::Machine, ..Person::new() }, "machine"),
        (Person { role: Role::Admin, ..Person::new() }, "admin"),
        (Person { email: None, ..Person::new() }, "no_email"),
        (Person { has_password: false, ..Person::new() }, "no_password"),
    ] {
        world.add(&person).await;
        let response = call(world, "/server/reset", account_body(&person)).await;
        assert_eq!(assert_problem(&response, 409, "account_ineligible", reason), reason);
        assert_eq!(world.events(&person).await, [format!("server_reset: main: {reason}")]);
        let response = call(world, "/server/status", json!({ "username": person.username })).await;
        assert_eq!(
            (response.status, response.json()),
            (200, json!({ "enabled": false, "reason": reason }))
        );
    }
    // The limits of a mailbox apply to server calls as well.
    let peter = world.new_person().await;
    assert_eq!(call(world, "/server/reset", account_body(&peter)).await.status, 202);
    let response = call(world, "/server/reset", account_body(&peter)).await;
    assert_problem(&response, 429, "too_many_requests", "a second reset");
    assert!(response.header("retry-after").is_some());
    world.wait_for_event(&peter, "request_limited: main").await;
    world.wait_for_mail(peter.address(), 1).await;
}

async fn status(world: &World) {
    let peter = world.new_person().await;
    let response = call_with_key(world, SERVER_KEY, ("GET", "/server/status", "")).await;
    assert_eq!((response.status, response.json()), (200, json!({ "enabled": true })));
    assert_security_headers(&response, "status");
    let response = call_with_key(world, SERVER_KEY, ("HEAD", "/server/status", "")).await;
    assert_eq!((response.status, response.body.as_str()), (200, ""));
    for body in [
        account_body(&peter),
        json!({ "identifier": peter.username }),
        json!({ "email": peter.address() }),
    ] {
        let response = call(world, "/server/status", body).await;
        assert_eq!((response.status, response.json()), (200, json!({ "enabled": true })));
    }
    let response = call(world, "/server/status", account_body(&Person::new())).await;
    assert_eq!(
        (response.status, response.json()),
        (200, json!({ "enabled": false, "reason": "account_unknown" }))
    );
    // Two accounts share the mailbox: by address neither can be reset, by id both can.
    let other = Person { email: peter.email.clone(), ..Person::new() };
    world.add(&other).await;
    let response = call(world, "/server/status", json!({ "email": peter.address() })).await;
    assert_eq!(
        (response.status, response.json()),
        (200, json!({ "enabled": false, "reason": "ambiguous" }))
    );
    let response = call(world, "/server/status", account_body(&other)).await;
    assert_eq!((response.status, response.json()), (200, json!({ "enabled": true })));
    world.wait_for_event(&peter, "server_status: main").await;
    assert!(world.mails_to(peter.address()).await.is_empty());
}
