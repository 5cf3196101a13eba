//! The session that a password change requires.

use libtest_mimic::Trial;
use relatch::wire::path::CHANGE;
use relatch_domain::values::account::Role;
use relatch_domain::values::session::digest;
use relatch_tests::flow;
use relatch_tests::in_process::statements_with;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{AccountChange, World, in_memory, request};
use serde_json::json;

use crate::shared;
use crate::support::{NEW, assert_code, take_verbs};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a change without a valid session is rejected", flow!(no_session)),
        ("a session opened with an earlier password is invalid", flow!(old_session)),
        (
            "an account that may not sign in cannot change its password, any other can",
            flow!(permitted_accounts),
        ),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: a session cookie counts only from an allowed origin", cookie),
        trial(
            "workerd: a session cookie counts only from an allowed origin, and only if configured",
            cookie_on_workerd,
        ),
        trial("in process: without sessions in the directory there is no change", not_configured),
    ]
}

async fn no_session(world: &World) {
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    let body = json!({ "old": peter.password, "new": NEW }).to_string();
    let mut responses = vec![world.post(CHANGE, body.as_str()).await];
    for wrong in ["unknown-session", &digest(&session), &session.to_uppercase(), "", "a b"] {
        responses.push(world.change_password(wrong, &peter.password, NEW).await);
    }
    for (name, value) in
        [("authorization", format!("Basic {session}")), ("cookie", format!("sid={session}"))]
    {
        let mut request = request("POST", CHANGE, &body);
        request.headers_mut().insert(name, value.parse().unwrap());
        responses.push(world.send(request).await);
    }
    responses.push(world.post(&format!("{CHANGE}?access_token={session}"), body.as_str()).await);
    for response in responses {
        assert_code(&response, 401, "not_signed_in");
        assert_eq!(response.header("www-authenticate"), Some("Bearer"));
    }
    assert!(world.has_password(&peter, &peter.password).await);
}

async fn old_session(world: &World) {
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    world.update_account(&peter, AccountChange::Password("changed by its owner")).await;
    let response = world.change_password(&session, "changed by its owner", NEW).await;
    assert_code(&response, 401, "not_signed_in");
    assert!(world.has_password(&peter, "changed by its owner").await);
}

async fn permitted_accounts(world: &World) {
    for change in [AccountChange::Disabled(true), AccountChange::Role(Role::Machine)] {
        let person = world.new_person().await;
        let session = world.open_session(&person).await;
        world.update_account(&person, change).await;
        assert_code(
            &world.change_password(&session, &person.password, NEW).await,
            401,
            "not_signed_in",
        );
    }
    let without_password = Person { has_password: false, ..Person::new() };
    world.add(&without_password).await;
    let session = world.open_session(&without_password).await;
    for old in ["", &without_password.password] {
        assert_code(&world.change_password(&session, old, NEW).await, 403, "old_password_wrong");
    }
    let admin = Person { role: Role::Admin, ..Person::new() };
    let without_email = Person { email: None, ..Person::new() };
    for person in [&admin, &without_email] {
        world.add(person).await;
        let session = world.open_session(person).await;
        assert_eq!(world.change_password(&session, &person.password, NEW).await.status, 200);
        world.wait_for_event(person, "password_changed").await;
    }
    world.wait_for_event(&without_email, "notice_failed: no_email").await;
    world.wait_for_mail(admin.address(), 1).await;
}

/// Asserts that a session in the cookie `sid` counts only in a request from this allowed origin.
async fn assert_cookie_needs_origin(world: &World, path: &str, allowed: &str) {
    let peter = world.new_person().await;
    world.add_session(&peter, "phone").await;
    let session = world.open_session(&peter).await;
    let send = async |cookie: &str, origin: Option<&str>| {
        let body = json!({ "old": peter.password, "new": NEW }).to_string();
        let mut request = request("POST", path, &body);
        request.headers_mut().insert("cookie", cookie.replace("TOKEN", &session).parse().unwrap());
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        world.send(request).await
    };
    assert_code(&send("sid=TOKEN", None).await, 403, "origin_not_allowed");
    for foreign in ["https://evil.example", "null"] {
        assert_code(&send("sid=TOKEN", Some(foreign)).await, 403, "origin_not_allowed");
    }
    for cookie in ["other=TOKEN", "sid=TOKEN; sid=TOKEN", "sid=", "sid=unknown"] {
        assert_code(&send(cookie, Some(allowed)).await, 401, "not_signed_in");
    }
    assert!(world.has_password(&peter, &peter.password).await);
    let response = send("theme=dark; sid=TOKEN", Some(allowed)).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("access-control-allow-credentials"), Some("true"));
    assert!(world.has_password(&peter, NEW).await);
    assert_eq!(world.session_count(&peter).await, 1);
}

async fn cookie() {
    let (world, _memory) = in_memory(&[("SESSION_COOKIE", "sid")]);
    assert_cookie_needs_origin(&world, CHANGE, "http://localhost").await;
    assert_cookie_needs_origin(&world, CHANGE, "https://app.example.com").await;
}

async fn cookie_on_workerd() {
    let world = shared();
    assert_cookie_needs_origin(&world, &format!("/apps/shop{CHANGE}"), &world.base_url()).await;
}

async fn not_configured() {
    let sql = statements_with(&[]);
    let statements = [
        Some(sql.find_by_email),
        sql.find_by_username,
        Some(sql.account),
        Some(sql.set_password),
        sql.revoke_sessions,
    ];
    let statements: Vec<(&str, String)> = statements
        .into_iter()
        .flatten()
        .map(|statement| (statement.variable, statement.sql))
        .collect();
    let statements: Vec<(&str, &str)> =
        statements.iter().map(|(variable, sql)| (*variable, sql.as_str())).collect();
    // Custom statements for everything but sessions: the directory then has none.
    let (world, memory) = in_memory(&statements);
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    let _before = take_verbs(&memory);
    assert_code(&world.change_password(&session, &peter.password, NEW).await, 404, "not_found");
    assert_eq!(take_verbs(&memory), [] as [&str; 0]);
}
