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
        ("a server chooses the lifetime of a link, within the limits", flow!(lifetime)),
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

async fn lifetime(world: &World) {
    for (minutes, words) in [(30, "30 minutes"), (60, "1 hour"), (95, "95 minutes")] {
        let peter = world.new_person().await;
        let mut body = account_body(&peter);
        body["lifetime_minutes"] = json!(minutes);
        let response = call(world, "/server/reset", body).await;
        assert_eq!(response.status, 202, "{response:?}");
        let mail = world.wait_for_mail(peter.address(), 1).await;
        let sentence = format!("works once, for {words}, until ");
        assert!(mail.text.contains(&sentence) && mail.html.contains(&sentence), "{}", mail.text);
        let checked = world.check(&mail.token()).await;
        let expires_at = checked.json()["expires_at"].as_str().unwrap().to_owned();
        let other = world.new_person().await;
        let usual = world.check(&world.token_for(&other).await).await;
        let usual = usual.json()["expires_at"].as_str().unwrap().to_owned();
        assert!(expires_at < usual, "{expires_at} {usual}");
        assert_eq!(world.confirm(&mail.token(), NEW).await.status, 200);
    }
    let peter = world.new_person().await;
    for wrong in [
        json!(29),
        json!(1441),
        json!(0),
        json!(-60),
        json!(60.5),
        json!(1e300),
        json!(4_294_967_356_u64),
        json!("60"),
        json!(null),
        json!([60]),
        json!({ "minutes": 60 }),
        json!(true),
    ] {
        let mut body = account_body(&peter);
        body["lifetime_minutes"] = wrong;
        let response = call(world, "/server/reset", body.clone()).await;
        let detail = assert_problem(&response, 400, "request_invalid", &body.to_string());
        assert_eq!(detail, "`lifetime_minutes` must be a whole number from 30 to 1440.");
    }
    // No other call has the field.
    for path in ["/server/status", "/server/links/revoke", "/server/events", "/server/erase"] {
        let mut body = account_body(&peter);
        body["lifetime_minutes"] = json!(60);
        assert_problem(&call(world, path, body).await, 400, "request_invalid", path);
    }
    let visitor = json!({ "username": peter.username, "lifetime_minutes": 60 });
    assert_code(&world.request_reset(visitor).await, 400, "request_invalid");
    world.drain().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    // The longest link outlives the usual one.
    let mut body = account_body(&peter);
    body["lifetime_minutes"] = json!(1440);
    assert_eq!(call(world, "/server/reset", body).await.status, 202);
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert!(mail.text.contains("works once, for 24 hours, until "), "{}", mail.text);
}
