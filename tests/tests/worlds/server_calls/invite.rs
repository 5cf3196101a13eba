//! `/server/invite`: a first password for an account that has none.

use relatch_domain::values::account::Role;
use relatch_tests::flow;
use relatch_tests::in_process::{NARROW_KEY, SERVER_KEY};
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::Flow;
use relatch_tests::world::{AccountChange, World, request};
use serde_json::{Value, json};

use super::{account_body, call_with_key};
use crate::support::{NEW, OTHER, assert_code, assert_problem, assert_security_headers};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("an invited person chooses a first password", flow!(first_password)),
        ("an account with a password, or none to mail, gets no invitation", flow!(ineligible)),
        ("an invitation needs a scope that is named, and a valid body", flow!(rejected)),
        ("the pages of an invitation speak of a first password", flow!(pages)),
        ("a revoked invitation sets no password", flow!(revoked)),
        ("flask: the answer to a first password speaks of no change", flow!(flask)),
    ]
}

/// Invites with a key that names the scope.
async fn invite(world: &World, body: &Value) -> Response {
    call_with_key(world, NARROW_KEY, ("POST", "/server/invite", &body.to_string())).await
}

async fn new_account(world: &World) -> Person {
    let person = Person { has_password: false, ..Person::new() };
    world.add(&person).await;
    person
}

async fn token_of(world: &World, person: &Person) -> String {
    let response = invite(world, &account_body(person)).await;
    assert_eq!(response.status, 202, "{response:?}");
    world.wait_for_mail(person.address(), 1).await.token()
}

async fn first_password(world: &World) {
    let peter = new_account(world).await;
    let mut body = json!({ "email": peter.address() });
    body["lifetime_minutes"] = json!(1440);
    let response = invite(world, &body).await;
    assert_eq!(response.status, 202, "{response:?}");
    assert_security_headers(&response, "invite");
    assert!(response.json()["message"].is_string() && !response.body.contains("http"));
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert_eq!(mail.subject, "Choose your Example password");
    for part in [&mail.text, &mail.html] {
        for words in ["works once, for 24 hours, until ", "ignore this", "no password yet"] {
            assert!(part.contains(words), "{words}: {part}");
        }
        assert!(!part.contains("eset your"), "{part}");
    }
    let token = mail.token();
    assert_eq!(world.check(&token).await.status, 200);
    assert_code(&world.confirm(&token, "too short").await, 422, "password_rejected");
    let confirmed = world.confirm(&token, NEW).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    assert!(confirmed.body.contains("has been set"), "{}", confirmed.body);
    assert!(world.has_password(&peter, NEW).await);
    assert_eq!(world.confirm(&token, NEW).await, confirmed, "a repeated confirm");
    assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
    for event in ["server_invite: narrow", "invite_sent", "password_created", "notice_sent"] {
        world.wait_for_event(&peter, event).await;
    }
    let notice = world.wait_for_mail(peter.address(), 2).await;
    assert_eq!(notice.subject, "Your Example password was set");
    for part in [&notice.text, &notice.html] {
        let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
        let sentence = "The first password of your Example account was set on ";
        assert!(part.contains(sentence) && part.contains("If you set it"), "{part}");
        assert!(!part.contains("changed"), "{part}");
    }
    let events = world.events(&peter).await;
    for event in ["link_sent", "password_reset"] {
        assert!(!events.iter().any(|line| line.starts_with(event)), "{events:?}");
    }
    // From now on the account resets like every other, and is not invited again.
    let again = invite(world, &account_body(&peter)).await;
    assert_eq!(assert_problem(&again, 409, "account_ineligible", "again"), "has_password");
}

async fn ineligible(world: &World) {
    let without = || Person { has_password: false, ..Person::new() };
    for (person, reason) in [
        (Person::new(), "has_password"),
        (Person { disabled: true, ..without() }, "disabled"),
        (Person { role: Role::Machine, ..without() }, "machine"),
        (Person { role: Role::Admin, ..without() }, "admin"),
        (Person { email: None, ..without() }, "no_email"),
    ] {
        world.add(&person).await;
        let response = invite(world, &account_body(&person)).await;
        assert_eq!(assert_problem(&response, 409, "account_ineligible", reason), reason);
        assert_eq!(world.events(&person).await, [format!("server_invite: narrow: {reason}")]);
    }
    let response = invite(world, &account_body(&Person::new())).await;
    assert_problem(&response, 404, "account_unknown", "no account");
    // Two accounts share the address, so the server names one by its id.
    let peter = new_account(world).await;
    let paula = Person { email: peter.email.clone(), ..without() };
    world.add(&paula).await;
    let response = invite(world, &json!({ "email": peter.address() })).await;
    assert_eq!(assert_problem(&response, 409, "account_ineligible", "shared"), "ambiguous");
    assert_eq!(invite(world, &account_body(&paula)).await.status, 202);
    // The counts are those of resets by servers.
    let response = invite(world, &account_body(&paula)).await;
    assert_problem(&response, 429, "too_many_requests", "a second invitation");
    assert!(response.header("retry-after").is_some());
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&paula, NEW).await);
    assert!(!world.has_password(&peter, NEW).await);
    // A visitor's request still mails nothing to an account without a password.
    let quiet = new_account(world).await;
    let body = json!({ "identifier": quiet.username });
    assert_eq!(world.request_reset(body).await.status, 200);
    world.wait_for_event(&quiet, "request_refused: no_password").await;
    assert!(world.mails_to(quiet.address()).await.is_empty());
}

async fn rejected(world: &World) {
    let peter = new_account(world).await;
    let body = account_body(&peter).to_string();
    let without_scope = call_with_key(world, SERVER_KEY, ("POST", "/server/invite", &body)).await;
    assert_problem(&without_scope, 403, "key_out_of_scope", "a key without scopes");
    let unknown = call_with_key(world, "no key", ("POST", "/server/invite", &body)).await;
    assert_problem(&unknown, 401, "key_invalid", "an unknown key");
    let wrong = call_with_key(world, NARROW_KEY, ("GET", "/server/invite", "")).await;
    assert_problem(&wrong, 405, "method_not_allowed", "GET");
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"account":1}"#,
        r#"{"account":"1","email":"a@mail.example"}"#,
        r#"{"account":"1","password":"x"}"#,
        r#"{"account":"1","url":"https://evil.example"}"#,
        r#"{"account":"1","lifetime_minutes":29}"#,
        r#"{"account":"1","lifetime_minutes":"60"}"#,
    ] {
        let response = call_with_key(world, NARROW_KEY, ("POST", "/server/invite", body)).await;
        assert_problem(&response, 400, "request_invalid", body);
    }
    world.drain().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    // A link ends when the account changes.
    let token = token_of(world, &peter).await;
    world.update_account(&peter, AccountChange::Disabled(true)).await;
    assert_code(&world.check(&token).await, 410, "link_used");
    assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
    world.update_account(&peter, AccountChange::Disabled(false)).await;
    world.update_account(&peter, AccountChange::Password(OTHER)).await;
    assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
    assert!(world.has_password(&peter, OTHER).await);
}

async fn pages(world: &World) {
    let peter = new_account(world).await;
    let token = token_of(world, &peter).await;
    let opened = world.send(request("GET", &format!("/password/reset?token={token}"), "")).await;
    assert_eq!(opened.status, 303);
    let cookie = opened.header("set-cookie").unwrap_or_default();
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let visit = |method: &str, body: &str| {
        let mut visit = request(method, "/password/reset", body);
        let headers = visit.headers_mut();
        headers.insert("cookie", cookie.parse().unwrap());
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
        visit
    };
    let form = world.send(visit("GET", "")).await;
    assert_eq!(form.status, 200, "{form:?}");
    for words in ["<h1>Choose a password</h1>", "<label for=\"password\">Password", "Save password"]
    {
        assert!(form.body.contains(words), "{words}: {}", form.body);
    }
    for words in ["new password", "signed out", "Change password"] {
        assert!(!form.body.contains(words), "{words}: {}", form.body);
    }
    let digest = form.body.split("name=\"link\" value=\"").nth(1).unwrap_or_default();
    let digest = digest.split('"').next().unwrap_or_default();
    let submit = |password: &str| {
        let password = password.replace(' ', "+");
        visit("POST", &format!("link={digest}&password={password}&again={password}"))
    };
    let refused = world.send(submit("short")).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.body.contains("Your password was not saved"), "{}", refused.body);
    let set = world.send(submit(NEW)).await;
    assert_eq!(set.status, 200, "{set:?}");
    assert!(set.body.contains("<h1>Your password is set</h1>"), "{}", set.body);
    for words in ["old password", "was changed", "signed out"] {
        assert!(!set.body.contains(words), "{words}: {}", set.body);
    }
    assert!(world.has_password(&peter, NEW).await);
    // The form is sent again, by a browser that has the cookies of the first response.
    let cookies = set.headers.iter().filter(|(name, _)| name == "set-cookie");
    let cookies: Vec<&str> = cookies.filter_map(|(_, set)| set.split(';').next()).collect();
    let mut again = submit(OTHER);
    again.headers_mut().insert("cookie", cookies.join("; ").parse().unwrap());
    let again = world.send(again).await;
    assert_eq!(again.status, 200, "{again:?}");
    assert!(again.body.contains("Your password was already set"), "{}", again.body);
    assert!(!again.body.contains("changed"), "{}", again.body);
    assert!(world.has_password(&peter, NEW).await);
}

async fn revoked(world: &World) {
    let peter = new_account(world).await;
    let token = token_of(world, &peter).await;
    let body = account_body(&peter).to_string();
    let ended = call_with_key(world, SERVER_KEY, ("POST", "/server/links/revoke", &body)).await;
    assert_eq!(ended.status, 200, "{ended:?}");
    assert_code(&world.check(&token).await, 410, "link_used");
    assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
    assert_eq!(world.hash_of(&peter).await.map(drop), None);
}

async fn flask(world: &World) {
    let peter = new_account(world).await;
    let body = json!({ "reset_token": token_of(world, &peter).await, "password": NEW });
    let set = world.post("/api/auth/reset", body.to_string()).await;
    assert_eq!(set.status, 200, "{set:?}");
    assert_eq!(set.json(), json!({ "message": relatch::wire::PASSWORD_SET }));
}
