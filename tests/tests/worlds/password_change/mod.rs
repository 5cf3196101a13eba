//! A signed-in person changes the password with the old one.

use std::sync::Arc;

use libtest_mimic::Trial;
use relatch::wire::path::CHANGE;
use relatch::{Code, Password, SessionToken};
use relatch_domain::ports::{Capabilities, Directory as _};
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, change_request, in_memory, request};
use serde_json::json;

use crate::directories::built_in_variables;
use crate::support::{NEW, OTHER, assert_code};

mod attempts;
mod concurrency;
mod sessions;

pub fn flows() -> Vec<(&'static str, Flow)> {
    let own: Vec<(&'static str, Flow)> = vec![
        ("a change keeps this session, ends the others and sends a notice", flow!(full_change)),
        ("the native client changes a password and distinguishes the errors", flow!(by_the_client)),
        (
            "a rejected new password has its reasons and does not count as an attempt",
            flow!(rejected_password),
        ),
        (
            "a change to the same password is rejected and does not count as an attempt",
            flow!(unchanged_password),
        ),
        ("a link mailed before a change ends with it", flow!(mailed_link)),
        ("a change takes exactly two fields, by POST only", flow!(invalid_requests)),
    ];
    [own, attempts::flows(), concurrency::flows(), sessions::flows()].concat()
}

pub fn trials() -> Vec<Trial> {
    let own = vec![
        trial("in process: stores and logs contain no session token or password", secrets),
        trial("in process: a change that ends no other session says so", kept_sessions),
        trial(
            "workerd: a change over tables whose other sessions do not end says so",
            kept_sessions_of_own_tables,
        ),
    ];
    [own, attempts::trials(), concurrency::trials(), sessions::trials()]
        .into_iter()
        .flatten()
        .collect()
}

async fn full_change(world: &World) {
    let (peter, john) = (world.new_person().await, world.new_person().await);
    for device in ["phone", "laptop"] {
        world.add_session(&peter, device).await;
        world.add_session(&john, device).await;
    }
    let session = world.open_session(&peter).await;
    let response = world.change_password(&session, &peter.password, NEW).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.json(), json!({ "message": relatch::wire::PASSWORD_CHANGED }));
    assert!(world.has_password(&peter, NEW).await);
    assert_eq!((world.session_count(&peter).await, world.session_count(&john).await), (1, 2));
    let notice = world.wait_for_mail(peter.address(), 1).await;
    assert!(notice.subject.contains("changed"), "{}", notice.subject);
    assert!(!notice.source.contains(NEW));
    let text = notice.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("by someone who was signed in and entered the current password")
            && text.contains("The device that made the change is still signed in.")
            && !text.contains("All devices have been signed out")
            && !text.contains("link that was sent"),
        "{text}"
    );
    world.wait_for_event(&peter, "password_changed").await;
    world.wait_for_event(&peter, "notice_sent").await;
    assert_eq!(world.events(&peter).await.len(), 2, "{:?}", world.events(&peter).await);
    assert_eq!(
        world.change_password(&session, NEW, OTHER).await.status,
        200,
        "the session is still valid"
    );
    assert!(world.has_password(&peter, OTHER).await);
}

async fn kept_sessions() {
    let (world, memory) = in_memory(&[]);
    let all = memory.capabilities();
    memory.set_capabilities(Capabilities { ends_other_sessions: false, ..all });
    assert_others_stay(&world).await;
}

async fn kept_sessions_of_own_tables() {
    let own = built_in_variables();
    let mut variables: Vec<(&str, &str)> =
        own.iter().map(|(name, sql)| (*name, sql.as_str())).collect();
    variables.extend([
        (
            "DIRECTORY_SESSION",
            "SELECT user_id AS account, id AS session FROM sessions WHERE id = ?2",
        ),
        ("DIRECTORY_REVOKE_OTHER_SESSIONS", "none"),
    ]);
    assert_others_stay(&World::Workerd(Arc::new(Workerd::start(&variables)))).await;
}

/// Asserts that a change ends no session, and that its notice does not say that it did.
async fn assert_others_stay(world: &World) {
    let peter = world.new_person().await;
    world.add_session(&peter, "phone").await;
    let session = world.open_session(&peter).await;
    assert_eq!(world.change_password(&session, &peter.password, NEW).await.status, 200);
    assert!(world.has_password(&peter, NEW).await);
    assert_eq!(world.session_count(&peter).await, 2);
    let notice = world.wait_for_mail(peter.address(), 1).await;
    for body in [&notice.text, &notice.html] {
        let text = body.split_whitespace().collect::<Vec<_>>().join(" ");
        let others = "Other devices that were signed in before may still be signed in.";
        assert!(text.contains(others) && !text.contains("signed out"), "{text}");
        // A reset ends them.
        assert!(text.contains("which signs out all devices"), "{text}");
    }
}

async fn by_the_client(world: &World) {
    let peter = world.new_person().await;
    let session = SessionToken::from(world.open_session(&peter).await);
    let (old, new) = (Password::from(peter.password.as_str()), Password::from(NEW));
    let client = world.client();
    let code = async |session: &SessionToken, old: &Password, new: &Password| {
        client.change(session, old, new).await.unwrap_err().code()
    };
    assert_eq!(
        code(&SessionToken::from("unknown-session"), &old, &new).await,
        Some(Code::NotSignedIn)
    );
    assert_eq!(code(&session, &new, &Password::from(OTHER)).await, Some(Code::OldPasswordWrong));
    assert_eq!(code(&session, &old, &Password::from("short")).await, Some(Code::PasswordRejected));
    let done = client.change(&session, &old, &new).await.unwrap();
    assert_eq!(done.message, relatch::wire::PASSWORD_CHANGED);
    assert!(world.has_password(&peter, NEW).await);
}

async fn rejected_password(world: &World) {
    let ada = Person { name: Some("Ada Lovelace".to_owned()), ..Person::new() };
    world.add(&ada).await;
    let session = world.open_session(&ada).await;
    for (new, reason) in [
        ("short", "too_short"),
        ("123456789012345", "common"),
        ("ada lovelace lovelace ada", "personal"),
    ] {
        for _ in 0..3 {
            let response = world.change_password(&session, &ada.password, new).await;
            assert_code(&response, 422, "password_rejected");
            assert!(
                response.json()["reasons"].as_array().unwrap().contains(&json!(reason)),
                "{response:?}"
            );
        }
    }
    assert!(world.has_password(&ada, &ada.password).await);
    assert_eq!(world.change_password(&session, &ada.password, NEW).await.status, 200);
}

async fn unchanged_password(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let session = world.open_session(&peter).await;
    let composed = "caf\u{e9} au lait, s'il vous pla\u{ee}t";
    let decomposed = "cafe\u{301} au lait, s'il vous plai\u{302}t";
    assert_eq!(world.confirm(&token, composed).await.status, 200);
    let session = if world.session_count(&peter).await == 0 {
        world.open_session(&peter).await
    } else {
        session
    };
    for (old, new) in
        [(composed, composed), (composed, decomposed), ("not the old one", "not the old one")]
    {
        for _ in 0..6 {
            let response = world.change_password(&session, old, new).await;
            assert_code(&response, 422, "password_rejected");
            assert_eq!(response.json()["reasons"], json!(["unchanged"]), "{old} {new}");
        }
    }
    let response = world.change_password(&session, "123456789012345", "123456789012345").await;
    assert_eq!(response.json()["reasons"], json!(["common", "unchanged"]));
    assert!(world.has_password(&peter, composed).await);
    assert_eq!(world.change_password(&session, composed, NEW).await.status, 200);
    // A reset does not know the old password, and sets the same one again.
    let john = world.new_person().await;
    let token = world.token_for(&john).await;
    assert_eq!(world.confirm(&token, &john.password).await.status, 200);
}

async fn mailed_link(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let session = world.open_session(&peter).await;
    assert_eq!(world.change_password(&session, &peter.password, NEW).await.status, 200);
    for response in [
        world.check(&token).await,
        world.confirm(&token, OTHER).await,
        world.confirm(&token, NEW).await,
    ] {
        assert_code(&response, 410, "link_used");
    }
    assert!(world.has_password(&peter, NEW).await);
}

async fn invalid_requests(world: &World) {
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    let with = |body: serde_json::Value| {
        let mut request = change_request(&session, "", "");
        *request.body_mut() = body.to_string().into_bytes();
        request
    };
    for body in [
        json!({ "old": peter.password }),
        json!({ "new": NEW }),
        json!({ "old": peter.password, "new": NEW, "id": "1" }),
        json!({ "old": [peter.password], "new": NEW }),
        json!([peter.password, NEW]),
    ] {
        assert_code(&world.send(with(body)).await, 400, "request_invalid");
    }
    let mut plain_text = with(json!({ "old": peter.password, "new": NEW }));
    plain_text.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_code(&world.send(plain_text).await, 415, "content_type_unsupported");
    let large = json!({ "old": "x".repeat(20_000), "new": NEW });
    assert_code(&world.send(with(large)).await, 413, "body_too_large");
    for method in ["GET", "PUT", "DELETE"] {
        let response = world.send(request(method, CHANGE, "")).await;
        assert_code(&response, 405, "method_not_allowed");
        assert_eq!(response.header("allow"), Some("POST, OPTIONS"));
    }
    let mut foreign = change_request(&session, &peter.password, NEW);
    foreign.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    assert_code(&world.send(foreign).await, 403, "origin_not_allowed");
    let mut preflight = request("OPTIONS", CHANGE, "");
    preflight.headers_mut().insert("origin", "https://app.example.com".parse().unwrap());
    let response = world.send(preflight).await;
    let headers = response.header("access-control-allow-headers").unwrap_or_default();
    assert!(headers.starts_with("Authorization, Content-Type, "), "{headers}");
    assert!(world.has_password(&peter, &peter.password).await);
}

async fn secrets() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    assert_code(&world.change_password(&session, OTHER, NEW).await, 403, "old_password_wrong");
    assert_code(
        &world.change_password("an unknown session", OTHER, NEW).await,
        401,
        "not_signed_in",
    );
    assert_eq!(world.change_password(&session, &peter.password, NEW).await.status, 200);
    let (stored, logged) = (memory.everything_stored(), format!("{:?}", memory.logged_events()));
    for secret in
        [session.as_str(), "an unknown session", &peter.password, NEW, OTHER, peter.address()]
    {
        assert!(!stored.contains(secret) && !logged.contains(secret), "{secret}");
    }
    assert!(logged.contains("old_password_wrong") && logged.contains("not_signed_in"), "{logged}");
}
