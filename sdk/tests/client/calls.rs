//! The request of each call, and the reading of its response.

use std::{cell::RefCell, rc::Rc};

use relatch::{
    Client, Code, Password, PasswordRules, ResetRequest, SessionToken, TransportError,
    http::{Method, Request, Response},
};
use serde_json::{Value, json};

use crate::support::{
    IDENTIFIER, PASSWORD, Script, answer, changed, client, confirm, problem, token,
};

fn body(script: &Script) -> Value {
    serde_json::from_slice(script.requests.borrow()[0].body()).unwrap()
}

#[tokio::test]
async fn a_request_sends_the_identifier() {
    let script = Script::of([answer(200, r#"{"message":"sent"}"#)]);
    let answer = client(&script).request(IDENTIFIER).await.unwrap();
    assert_eq!(answer.message, "sent");
    assert_eq!(body(&script), json!({"identifier": IDENTIFIER}));
    let request = &script.requests.borrow()[0];
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "https://accounts.example.com/password/reset/request");
    assert_eq!(request.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn a_request_can_set_the_language() {
    let script = Script::of([answer(200, r#"{"message":"sent"}"#)]);
    client(&script).request(ResetRequest::new(IDENTIFIER).locale("de-AT")).await.unwrap();
    assert_eq!(body(&script), json!({"identifier": IDENTIFIER, "locale": "de-AT"}));
}

#[test]
fn debug_output_of_a_request_omits_the_identifier() {
    assert!(!format!("{:?}", ResetRequest::new(IDENTIFIER)).contains("peter"));
}

#[tokio::test]
async fn a_check_returns_when_the_link_expires() {
    let script = Script::of([answer(
        200,
        r#"{"expires_at":"2026-11-20T20:00:00Z","from_a_newer_service":1}"#,
    )]);
    let state = client(&script).check(&token()).await.unwrap();
    assert_eq!(state.expires_at, "2026-11-20T20:00:00Z");
    assert_eq!(body(&script), json!({"token": token().expose()}));
    assert_eq!(script.requests.borrow()[0].uri().path(), "/password/reset/check");
}

#[tokio::test]
async fn a_confirm_sends_token_and_password_unchanged() {
    let password = "  Ünïcode \u{1f511} \"quoted\" \\ e\u{301}  ";
    let script = Script::of([changed()]);
    let done = client(&script).confirm(&token(), &Password::from(password)).await.unwrap();
    assert_eq!(done.message, "changed");
    assert_eq!(body(&script), json!({"token": token().expose(), "password": password}));
    assert_eq!(script.requests.borrow()[0].uri().path(), "/password/reset/confirm");
}

#[tokio::test]
async fn url_and_headers_contain_no_token_and_no_password() {
    let script = Script::of([changed()]);
    confirm(&client(&script)).await.unwrap();
    let requests = script.requests.borrow();
    let around = format!("{:?} {:?}", requests[0].uri(), requests[0].headers());
    assert!(!around.contains(token().expose()) && !around.contains(PASSWORD), "{around}");
}

#[tokio::test]
async fn a_change_sends_the_session_as_a_bearer_token_and_both_passwords_unchanged() {
    let script = Script::of([changed()]);
    let (session, old, new) =
        (SessionToken::from("a-session"), Password::from(" old "), Password::from(PASSWORD));
    let done = client(&script).change(&session, &old, &new).await.unwrap();
    assert_eq!(done.message, "changed");
    assert_eq!(body(&script), json!({"old": " old ", "new": PASSWORD}));
    let requests = script.requests.borrow();
    assert_eq!(
        (requests[0].method(), requests[0].uri().path()),
        (&Method::POST, "/password/change")
    );
    assert_eq!(requests[0].headers()["authorization"], "Bearer a-session");
    assert!(
        !format!("{:?}", requests[0].headers()).contains("a-session"),
        "the header is redacted"
    );
}

#[tokio::test]
async fn a_change_is_never_retried() {
    let (session, old, new) =
        (SessionToken::from("a-session"), Password::from("old"), Password::from(PASSWORD));
    for code in [Code::ChangeBusy, Code::Unavailable, Code::OldPasswordWrong] {
        let script = Script::of([problem(code)]);
        assert_eq!(
            client(&script).change(&session, &old, &new).await.unwrap_err().code(),
            Some(code)
        );
    }
    let script = Script::of([Err(TransportError::new("connection reset"))]);
    assert!(client(&script).change(&session, &old, &new).await.is_err());
    let script = Script::of([]);
    let error = client(&script).change(&SessionToken::from("a\nb"), &old, &new).await.unwrap_err();
    assert!(
        !crate::support::printed(&error).contains("a\nb"),
        "an invalid session token is neither sent nor printed"
    );
}

#[tokio::test]
async fn the_rules_are_read_with_a_get() {
    let script = Script::of([answer(200, r#"{"min_length":12,"max_length":64}"#)]);
    let rules = client(&script).rules().await.unwrap();
    assert_eq!(rules, PasswordRules { min_length: 12, max_length: 64, ..PasswordRules::default() });
    let request = &script.requests.borrow()[0];
    assert_eq!(request.method(), Method::GET);
    assert_eq!(request.uri().path(), "/password/rules");
    assert!(request.body().is_empty() && !request.headers().contains_key("content-type"));
}

#[tokio::test]
async fn the_client_sends_a_user_agent() {
    let script = Script::of([changed(), changed()]);
    confirm(&client(&script)).await.unwrap();
    let named = Client::builder("https://example.com")
        .user_agent("shop/1.4")
        .transport(&script)
        .build()
        .unwrap();
    confirm(&named).await.unwrap();
    let requests = script.requests.borrow();
    assert_eq!(requests[0].headers()["user-agent"], concat!("relatch/", env!("CARGO_PKG_VERSION")));
    assert_eq!(requests[1].headers()["user-agent"], "shop/1.4");
}

#[tokio::test]
async fn a_closure_is_a_transport_and_does_not_have_to_be_send() {
    let paths = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&paths);
    let client = Client::builder("https://example.com")
        .transport(async move |request: Request<Vec<u8>>| {
            seen.borrow_mut().push(request.uri().path().to_owned());
            Ok(Response::new(br#"{"message":"changed"}"#.to_vec()))
        })
        .build()
        .unwrap();
    confirm(&client).await.unwrap();
    assert_eq!(*paths.borrow(), ["/password/reset/confirm"]);
}

#[tokio::test]
async fn an_async_function_is_a_transport_whose_calls_are_send() {
    async fn service(_: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        tokio::task::yield_now().await;
        Ok(Response::new(br#"{"message":"changed"}"#.to_vec()))
    }
    let client = Client::builder("https://example.com").transport(service).build().unwrap();
    let call = tokio::spawn(async move { confirm(&client).await });
    assert_eq!(call.await.unwrap().unwrap(), "changed");
}
