//! Every error that a call can return.

use std::time::Duration;

use relatch::{
    Client, Code, Error, MAX_RESPONSE_BYTES, Password, Problem, ProtocolError, ProtocolErrorKind,
    Reason, Refusal, RefusalCode, TransportError,
};
use serde_json::json;

use crate::support::{
    Answer, IDENTIFIER, PASSWORD, Script, answer, client, client_without_retries, confirm, printed,
    problem, token,
};

async fn confirmed(first: Answer) -> Error {
    let script = Script::of([first]);
    confirm(&client_without_retries(&script)).await.unwrap_err()
}

async fn refusal(first: Answer) -> Refusal {
    match confirmed(first).await {
        Error::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

async fn fault(first: Answer) -> ProtocolError {
    match confirmed(first).await {
        Error::Protocol(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_code_is_read_with_its_fields() {
    for code in Code::ALL {
        let written = Problem::new(*code)
            .detail("the field x")
            .reasons(vec![Reason::TooShort])
            .retry_after(7);
        let read = refusal(problem(written)).await;
        assert_eq!((&read.code, read.status), (&RefusalCode::Known(*code), code.status()));
        assert_eq!(read.detail.as_deref(), Some("the field x"));
        assert_eq!(read.reasons, [Reason::TooShort]);
        assert_eq!(read.retry_after, Some(Duration::from_secs(7)));
        assert_eq!(read.code, *code);
        assert_eq!(read.code.as_str(), code.as_str());

        let bare = refusal(problem(*code)).await;
        assert_eq!((bare.code, bare.status), ((*code).into(), code.status()));
        assert_eq!((bare.detail, bare.reasons, bare.retry_after), (None, vec![], None));
    }
}

#[tokio::test]
async fn every_code_prints_its_title_and_the_next_step() {
    let mut texts = std::collections::HashSet::new();
    for code in Code::ALL {
        let text = refusal(problem(*code)).await.to_string();
        let next = text.strip_prefix(code.title()).expect("the title is first");
        assert!(next.len() > 10, "{text}");
        assert!(texts.insert(text));
    }
}

#[tokio::test]
async fn a_refusal_prints_detail_reasons_and_wait() {
    let rejected =
        Problem::new(Code::PasswordRejected).reasons(vec![Reason::TooShort, Reason::Common]);
    let text = refusal(problem(rejected)).await.to_string();
    assert!(text.ends_with("Reasons: too_short, common"), "{text}");
    let text =
        refusal(problem(Problem::new(Code::TooManyRequests).retry_after(42))).await.to_string();
    assert!(text.ends_with("Wait at least 42 s."), "{text}");
    let text = refusal(problem(Problem::new(Code::RequestInvalid).detail("`url` is unknown")))
        .await
        .to_string();
    assert!(text.ends_with("Detail: `url` is unknown"), "{text}");
}

#[tokio::test]
async fn the_text_of_an_own_rule_is_read_as_one_line() {
    let rejected = |text: &str| {
        let rejected = Problem::new(Code::PasswordRejected).reasons(vec![Reason::Custom]);
        problem(rejected.custom_message(Some(text.to_owned())))
    };
    let read = refusal(rejected("Not our name,\nplease.")).await;
    assert_eq!(read.reasons, [Reason::Custom]);
    assert_eq!(read.messages.custom.as_deref(), Some("Not our name, please."));
    assert!(refusal(problem(Code::PasswordRejected)).await.messages.is_empty());
    for messages in [json!("custom"), json!({ "custom": 7 }), json!({ "other": "x" }), json!(null)]
    {
        let body = json!({ "code": "password_rejected", "messages": messages }).to_string();
        assert!(refusal(answer(422, body)).await.messages.is_empty());
    }
}

#[tokio::test]
async fn unknown_codes_reasons_and_fields_of_a_newer_service_are_accepted() {
    let body = json!({
        "code": "link_paused", "status": 409, "title": "…", "type": "…", "detail": 7, "retry_after": "soon",
        "reasons": ["too_short", "too_plain", 3], "instance": "/x",
    });
    let refusal = refusal(answer(409, body.to_string())).await;
    assert_eq!(refusal.code, RefusalCode::Unknown("link_paused".to_owned()));
    assert_eq!(refusal.code.known(), None);
    assert_eq!(refusal.reasons, [Reason::TooShort]);
    assert_eq!((refusal.detail.as_deref(), refusal.retry_after), (None, None));
    assert!(refusal.to_string().contains("link_paused"));
}

#[tokio::test]
async fn the_wait_is_read_from_the_header_and_then_from_the_body() {
    let body = json!({"code": "too_many_requests", "retry_after": 9}).to_string();
    assert_eq!(refusal(answer(429, body.clone())).await.retry_after, Some(Duration::from_secs(9)));
    for (header, expected) in
        [("4", 4), (" 4 ", 4), ("Fri, 20 Nov 2026 20:00:00 GMT", 9), ("-1", 9), ("", 9)]
    {
        let mut response = answer(429, body.clone()).unwrap();
        response.headers_mut().insert("retry-after", header.parse().unwrap());
        assert_eq!(
            refusal(Ok(response)).await.retry_after,
            Some(Duration::from_secs(expected)),
            "{header}"
        );
    }
}

#[tokio::test]
async fn a_response_of_another_server_is_a_protocol_error() {
    let unrecognized = [
        (200, ""),
        (200, "<!doctype html><title>Welcome</title>"),
        (200, "{\"message\":\"chan"),
        (200, "{}"),
        (200, "[]"),
        (200, "{\"message\":null}"),
        (204, ""),
        (101, ""),
        (400, ""),
        (404, "<html>not found</html>"),
        (404, "{\"error\":\"not found\"}"),
        (403, "{\"code\":1020}"),
        (403, "{\"code\":\"Access Denied!\"}"),
        (403, "{\"code\":\"\"}"),
        (500, "Internal Server Error"),
        (502, "<html>Bad gateway</html>"),
        (503, "null"),
        (599, "\u{0}"),
    ];
    for (status, body) in unrecognized {
        let error = fault(answer(status, body)).await;
        assert_eq!(
            (error.status, error.kind),
            (status, ProtocolErrorKind::Unrecognized),
            "{status} {body}"
        );
    }
    assert_eq!(fault(answer(500, [0xff, 0xfe])).await.kind, ProtocolErrorKind::Unrecognized);
    let deep = "[".repeat(MAX_RESPONSE_BYTES);
    assert_eq!(fault(answer(200, deep)).await.kind, ProtocolErrorKind::Unrecognized);
}

#[tokio::test]
async fn a_redirect_is_a_protocol_error_and_not_followed() {
    for status in [300, 301, 302, 303, 304, 307, 308] {
        let mut response = answer(status, "").unwrap();
        response.headers_mut().insert("location", "https://evil.example/".parse().unwrap());
        let script = Script::of([Ok(response)]);
        let error = confirm(&client(&script)).await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::Protocol(ProtocolError { kind: ProtocolErrorKind::Redirect, .. })
            ),
            "{error:?}"
        );
        assert_eq!(script.requests.borrow().len(), 1);
    }
}

#[tokio::test]
async fn a_response_of_64_kib_is_read_and_a_longer_one_is_not() {
    let body = |length: usize| {
        let mut body = br#"{"message":"changed"}"#.to_vec();
        body.resize(length, b' ');
        body
    };
    let script = Script::of([
        answer(200, body(MAX_RESPONSE_BYTES)),
        answer(200, body(MAX_RESPONSE_BYTES + 1)),
    ]);
    assert_eq!(confirm(&client(&script)).await.unwrap(), "changed");
    let error = confirm(&client(&script)).await.unwrap_err();
    assert!(matches!(
        error,
        Error::Protocol(ProtocolError { status: 200, kind: ProtocolErrorKind::TooLarge, .. })
    ));
}

#[tokio::test]
async fn a_detail_that_repeats_a_value_of_the_request_is_dropped() {
    let echoes = [
        PASSWORD.to_owned(),
        format!("the password {PASSWORD} is bad"),
        PASSWORD.to_uppercase(),
        format!("unexpected {} here", token().expose()),
    ];
    for echo in echoes {
        let refusal =
            refusal(problem(Problem::new(Code::RequestInvalid).detail(echo.clone()))).await;
        assert_eq!(refusal.detail, None, "{echo}");
    }
    let echo = problem(Problem::new(Code::RequestInvalid).detail(format!("no <{IDENTIFIER}>")));
    let script = Script::of([echo]);
    let error = client(&script).request(IDENTIFIER).await.unwrap_err();
    assert!(!printed(&error).contains(IDENTIFIER), "{error:?}");
}

#[tokio::test]
async fn a_detail_is_truncated_to_one_line() {
    let refusal =
        refusal(problem(Problem::new(Code::RequestInvalid).detail("a\nb\u{1b}".repeat(1000))))
            .await;
    let detail = refusal.detail.unwrap();
    assert_eq!(detail.chars().count(), 300);
    assert!(detail.starts_with("a b ") && !detail.contains(char::is_control));
}

#[tokio::test]
async fn no_error_prints_a_token_or_a_password() {
    let echo = format!("{} {PASSWORD} {IDENTIFIER}", token().expose());
    let mut answers: Vec<Answer> =
        Code::ALL.iter().map(|code| problem(Problem::new(*code).detail(echo.clone()))).collect();
    for status in [200, 301, 404, 502] {
        answers.push(answer(status, echo.clone()));
        answers.push(answer(
            status,
            json!({"message": [echo], "code": echo, "detail": echo}).to_string(),
        ));
    }
    answers.push(Err(TransportError::timed_out()));
    answers.push(Err(TransportError::new("connection refused")));
    for first in answers {
        let error = confirmed(first).await;
        let printed = printed(&error);
        for secret in [token().expose(), PASSWORD] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}

#[tokio::test]
async fn a_transport_error_keeps_its_cause_and_prints_the_next_step() {
    let error =
        confirmed(Err(TransportError::new(std::io::Error::other("connection reset")))).await;
    assert!(error.to_string().contains("repeat the call"), "{error}");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "connection reset");
    let Error::Transport(error) = error else { panic!("{error:?}") };
    assert!(!error.is_timeout());
}

#[tokio::test]
async fn the_code_of_an_error_is_set_for_a_refusal_only() {
    let script = Script::of([problem(Code::LinkUsed), answer(404, "")]);
    let client = client(&script);
    let password = Password::from(PASSWORD);
    assert_eq!(client.confirm(&token(), &password).await.unwrap_err().code(), Some(Code::LinkUsed));
    assert_eq!(client.confirm(&token(), &password).await.unwrap_err().code(), None);
}

#[test]
fn errors_can_cross_threads() {
    fn assert_send_and_sync<T: Send + Sync + 'static>() {}
    assert_send_and_sync::<Error>();
    assert_send_and_sync::<relatch::BuildError>();
    assert_send_and_sync::<relatch::ParseLinkError>();
    assert_send_and_sync::<Client<fn()>>();
}
