//! The calls of servers: what they send, how their responses are read, and calls for visitors.

use std::net::IpAddr;

use relatch::{
    BuildError, Client, Code, Error, Password, Problem, ProtocolErrorKind, SessionToken,
    TransportError,
    http::Method,
    server::{self, Account, EventFilter, LinkOptions, StatsRange},
};
use serde_json::{Value, json};

use crate::support::{
    IDENTIFIER, PASSWORD, SERVICE, Script, answer, changed, client, confirm, printed, problem,
    token,
};

const KEY: &str = "a server key of the shop";

fn server(script: &Script) -> server::Client<&Script> {
    server::Client::with_client(client(script), KEY).unwrap()
}

fn done() -> crate::support::Answer {
    answer(202, r#"{"message":"done"}"#)
}

/// Returns method, path and body of the only request, and asserts that it has the key.
fn sent(script: &Script) -> (Method, String, Value) {
    let requests = script.requests.borrow();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.headers()["authorization"], format!("Bearer {KEY}"));
    assert!(!format!("{:?}", request.headers()).contains(KEY), "the header is redacted");
    assert!(!request.headers().contains_key("relatch-visitor-address"));
    let body = request.body();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(body).unwrap() };
    (request.method().clone(), request.uri().path().to_owned(), body)
}

#[tokio::test]
async fn a_call_about_an_account_sends_the_key_and_one_name_of_the_account() {
    for (account, body) in [
        (Account::id("17"), json!({"account": "17"})),
        (Account::identifier(IDENTIFIER), json!({"identifier": IDENTIFIER})),
        (Account::username("peter"), json!({"username": "peter"})),
        (Account::email(IDENTIFIER), json!({"email": IDENTIFIER})),
    ] {
        let script = Script::of([done()]);
        assert_eq!(server(&script).reset(&account).await.unwrap().message, "done");
        assert_eq!(sent(&script), (Method::POST, "/server/reset".to_owned(), body));
    }
    let body = json!({"account": "17"});
    let account = Account::id("17");
    let script = Script::of([done()]);
    server(&script).revoke_links(&account).await.unwrap();
    assert_eq!(sent(&script), (Method::POST, "/server/links/revoke".to_owned(), body.clone()));
    let script = Script::of([done()]);
    server(&script).erase(&account).await.unwrap();
    assert_eq!(sent(&script), (Method::POST, "/server/erase".to_owned(), body));
}

#[tokio::test]
async fn a_reset_sends_the_lifetime_of_its_link() {
    let account = Account::id("17");
    let script = Script::of([done()]);
    let options = LinkOptions::new().lifetime_minutes(60);
    server(&script).reset_with(&account, options).await.unwrap();
    let body = json!({"account": "17", "lifetime_minutes": 60});
    assert_eq!(sent(&script), (Method::POST, "/server/reset".to_owned(), body));
    let script = Script::of([done()]);
    server(&script).reset_with(&account, LinkOptions::default()).await.unwrap();
    assert_eq!(sent(&script).2, json!({"account": "17"}));
}

#[tokio::test]
async fn an_invitation_is_sent_once_with_the_lifetime_of_its_link() {
    let account = Account::id("17");
    let script = Script::of([done()]);
    server(&script).invite(&account).await.unwrap();
    let body = json!({"account": "17"});
    assert_eq!(sent(&script), (Method::POST, "/server/invite".to_owned(), body));
    let script = Script::of([Err(TransportError::unreachable())]);
    let options = LinkOptions::new().lifetime_minutes(1440);
    assert!(server(&script).invite_with(&account, options).await.is_err());
    assert_eq!(sent(&script).2, json!({"account": "17", "lifetime_minutes": 1440}));
}

#[tokio::test]
async fn a_status_says_whether_and_why_not() {
    let script = Script::of([answer(200, r#"{"enabled":true,"from_a_newer_service":[1]}"#)]);
    assert!(server(&script).is_available().await.unwrap());
    assert_eq!(sent(&script), (Method::GET, "/server/status".to_owned(), Value::Null));

    let script = Script::of([answer(200, r#"{"enabled":false,"reason":"disabled"}"#)]);
    let status = server(&script).status(&Account::id("17")).await.unwrap();
    assert_eq!((status.enabled, status.reason.as_deref()), (false, Some("disabled")));
    let (method, path, _) = sent(&script);
    assert_eq!((method, path.as_str()), (Method::POST, "/server/status"));
}

#[tokio::test]
async fn events_are_read_with_the_reporter_of_a_visitor() {
    let script = Script::of([answer(
        200,
        r#"{"events":[
            {"at":"2026-11-20T12:00:00Z","event":"request_limited","address":"203.0.113.7",
             "reported_by":"shop","reported_from":"192.0.2.1","detail":null,"count":3},
            {"at":"2026-11-20T11:00:00Z","event":"link_sent","address":null,"detail":"x","new":{}}
        ]}"#,
    )]);
    let events = server(&script).events(&Account::id("17"), Some(2)).await.unwrap();
    let body = json!({"account": "17", "limit": 2});
    assert_eq!(sent(&script), (Method::POST, "/server/events".to_owned(), body));
    let [limited, link] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((limited.event.as_str(), limited.count), ("request_limited", 3));
    assert_eq!(limited.address.as_deref(), Some("203.0.113.7"));
    assert_eq!(limited.reported_by.as_deref(), Some("shop"));
    assert_eq!(limited.reported_from.as_deref(), Some("192.0.2.1"));
    assert_eq!((link.at.as_str(), link.count), ("2026-11-20T11:00:00Z", 1));
    assert_eq!((link.address.as_deref(), link.detail.as_deref()), (None, Some("x")));
    assert_eq!(link.reported_by, None);

    let script = Script::of([answer(200, r#"{"events":[]}"#)]);
    assert!(server(&script).events(&Account::id("17"), None).await.unwrap().is_empty());
    assert_eq!(sent(&script).2, json!({"account": "17"}), "the service has a default");
}

#[tokio::test]
async fn a_page_of_events_is_read_by_a_filter() {
    let script = Script::of([answer(
        200,
        r#"{"events":[{"id":"r/mail_deferred/1/2","at":"2026-11-20T12:00:00Z",
            "event":"mail_deferred","account":"17","address":null,"detail":"connect_failed",
            "request":"r","attempt":2,"next_attempt":"2026-11-20T12:00:30Z"}],
            "next_cursor":"1795176000-3","new":1}"#,
    )]);
    let filter = EventFilter::default()
        .account(IDENTIFIER)
        .event("link_failed")
        .since("2026-11-20")
        .until("2026-11-21T00:00:00Z")
        .limit(1);
    let page = server(&script).list_events(&filter).await.unwrap();
    let [event] = page.events.as_slice() else { panic!("{page:?}") };
    assert_eq!(event.account.as_deref(), Some("17"));
    assert_eq!(
        (event.id.as_deref(), event.request.as_deref()),
        (Some("r/mail_deferred/1/2"), Some("r"))
    );
    assert_eq!((event.attempt, event.link.as_deref()), (Some(2), None));
    assert_eq!(event.next_attempt.as_deref(), Some("2026-11-20T12:00:30Z"));
    assert_eq!(page.next_cursor.as_deref(), Some("1795176000-3"));
    assert_eq!(sent(&script), (Method::GET, "/server/events".to_owned(), Value::Null));
    let query = script.requests.borrow()[0].uri().query().unwrap().to_owned();
    let account = IDENTIFIER.replace('@', "%40");
    let others = "event=link_failed&since=2026-11-20&until=2026-11-21T00%3A00%3A00Z&limit=1";
    assert_eq!(query, format!("account={account}&{others}"));
    assert!(!format!("{filter:?}").contains(IDENTIFIER));

    let script = Script::of([answer(200, r#"{"events":[],"next_cursor":null}"#)]);
    let filter = EventFilter::default().cursor("1-1").cursor("1795176000-3");
    let page = server(&script).list_events(&filter).await.unwrap();
    assert_eq!((page.events.len(), page.next_cursor), (0, None));
    assert_eq!(script.requests.borrow()[0].uri().query(), Some("cursor=1795176000-3"));
}

#[tokio::test]
async fn numbers_of_events_are_read() {
    let script = Script::of([answer(
        200,
        r#"{"by":"hour","since":"a","until":"b","periods":[
            {"at":"2026-11-20T12:00:00Z","events":{"link_sent":3,"new_event":4000000000000}}]}"#,
    )]);
    let range = StatsRange::by_hour().since("2026-11-20");
    let stats = server(&script).stats(&range).await.unwrap();
    assert_eq!((stats.since.as_str(), stats.periods.len()), ("a", 1));
    assert_eq!(stats.periods[0].events["new_event"], 4_000_000_000_000);
    assert_eq!(sent(&script), (Method::GET, "/server/stats".to_owned(), Value::Null));
    assert_eq!(script.requests.borrow()[0].uri().query(), Some("by=hour&since=2026-11-20"));
}

#[tokio::test]
async fn waiting_mails_are_read_and_retried_once() {
    let mail = r#"{"mail":"link","accounts":["17"],"added":"a","attempts":2,"next_attempt":"b",
        "last_code":null,"may_be_delivered":false}"#;
    let body = json!({"account": "17"});
    let account = Account::id("17");
    let script = Script::of([answer(200, format!(r#"{{"mails":[{mail}]}}"#))]);
    let mails = server(&script).outbox(&account).await.unwrap();
    assert_eq!((mails[0].mail.as_str(), mails[0].attempts), ("link", 2));
    assert_eq!(sent(&script), (Method::POST, "/server/outbox".to_owned(), body.clone()));

    let script = Script::of([answer(200, format!(r#"{{"retried":1,"mails":[{mail}]}}"#))]);
    let outcome = server(&script).retry(&account).await.unwrap();
    assert_eq!((outcome.retried, &outcome.mails), (1, &mails));
    assert_eq!(sent(&script), (Method::POST, "/server/retry".to_owned(), body));
    let script = Script::of([Err(TransportError::unreachable())]);
    assert!(server(&script).retry(&account).await.is_err());
    assert_eq!(script.requests.borrow().len(), 1);
}

#[tokio::test]
async fn a_response_of_another_shape_is_a_protocol_error() {
    for body in ["", "{}", r#"{"events":5}"#, r#"{"events":[{}]}"#, r#"{"enabled":"yes"}"#] {
        let script = Script::of([answer(200, body), answer(200, body), answer(200, body)]);
        let server = server(&script);
        let account = Account::id("17");
        for error in [
            server.events(&account, None).await.unwrap_err(),
            server.status(&account).await.unwrap_err(),
            server.erase(&account).await.unwrap_err(),
        ] {
            let Error::Protocol(error) = error else { panic!("{body}: {error}") };
            assert_eq!((error.status, error.kind), (200, ProtocolErrorKind::Unrecognized));
        }
    }
}

#[tokio::test]
async fn a_reset_is_sent_once_and_the_other_calls_are_retried() {
    let account = Account::id("17");
    let script = Script::of([Err(TransportError::unreachable())]);
    assert!(server(&script).reset(&account).await.is_err());
    assert_eq!(script.requests.borrow().len(), 1);

    let script =
        Script::of([problem(Code::Unavailable), Err(TransportError::unreachable()), done()]);
    server(&script).revoke_links(&account).await.unwrap();
    assert_eq!(script.requests.borrow().len(), 3);
}

#[tokio::test]
async fn an_error_contains_neither_the_key_nor_the_account() {
    let detail = format!("{IDENTIFIER} with {KEY}");
    for code in [Code::AccountUnknown, Code::KeyInvalid, Code::KeyOutOfScope] {
        let script = Script::of([problem(Problem::new(code).detail(detail.clone()))]);
        let error = server(&script).erase(&Account::email(IDENTIFIER)).await.unwrap_err();
        assert_eq!(error.code(), Some(code));
        let text = printed(&error);
        assert!(!text.contains(IDENTIFIER) && !text.contains(KEY), "{text}");
    }
    let script = Script::of([problem(Problem::new(Code::AccountIneligible).detail("disabled"))]);
    let error = server(&script).reset(&Account::id("17")).await.unwrap_err();
    let Error::Refused(refusal) = error else { panic!("{error}") };
    assert_eq!(refusal.detail.as_deref(), Some("disabled"));
}

#[test]
fn debug_output_contains_neither_the_key_nor_the_account() {
    let script = Script::default();
    let server = server(&script);
    let text = format!("{server:?} {:?}", Account::email(IDENTIFIER));
    assert!(!text.contains(KEY) && !text.contains(IDENTIFIER), "{text}");
}

#[test]
fn a_key_that_no_header_can_have_is_rejected() {
    let script = Script::default();
    for key in ["", " ", " key", "key ", "key\n", "a\nb", "a\tb", "schl\u{fc}ssel", "a\u{7f}"] {
        let built = server::Client::with_client(client(&script), key);
        let error = built.map(drop).unwrap_err();
        assert!(matches!(error, BuildError::ServerKey), "{key:?}");
        assert!(error.to_string().contains("server key"), "{error}");
    }
}

#[tokio::test]
async fn a_call_for_a_visitor_sends_the_key_and_the_address() {
    for (address, header) in [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ] {
        let address: IpAddr = address.parse().unwrap();
        let script = Script::of([
            changed(),
            answer(200, r#"{"expires_at":"2026-11-20T20:00:00Z"}"#),
            changed(),
            answer(200, r#"{"min_length":15,"max_length":128}"#),
        ]);
        let visitor = server(&script).for_visitor(address);
        visitor.request(IDENTIFIER).await.unwrap();
        visitor.check(&token()).await.unwrap();
        confirm(&visitor).await.unwrap();
        visitor.rules().await.unwrap();
        let requests = script.requests.borrow();
        assert_eq!(requests.len(), 4);
        for request in requests.iter() {
            assert_eq!(request.headers()["authorization"], format!("Bearer {KEY}"));
            assert_eq!(request.headers()["relatch-visitor-address"], header);
            assert!(!format!("{:?}", request.headers()).contains(KEY), "the header is redacted");
        }
    }
}

#[tokio::test]
async fn a_change_for_a_visitor_sends_the_session_and_not_the_key() {
    let script = Script::of([changed()]);
    let visitor = server(&script).for_visitor("203.0.113.7".parse().unwrap());
    let (session, old, new) =
        (SessionToken::from("a-session"), Password::from("old"), Password::from(PASSWORD));
    visitor.change(&session, &old, &new).await.unwrap();
    let requests = script.requests.borrow();
    assert_eq!(requests[0].headers()["authorization"], "Bearer a-session");
    assert!(!requests[0].headers().contains_key("relatch-visitor-address"));
}

#[tokio::test]
async fn a_server_client_has_the_options_of_its_client() {
    let script = Script::of([done()]);
    let client = Client::builder(SERVICE)
        .application("shop")
        .user_agent("shop-backend/1.4")
        .transport(&script)
        .build()
        .unwrap();
    let server = server::Client::with_client(client, KEY).unwrap();
    server.reset(&Account::id("17")).await.unwrap();
    let requests = script.requests.borrow();
    assert_eq!(requests[0].uri().path(), "/apps/shop/server/reset");
    assert_eq!(requests[0].headers()["user-agent"], "shop-backend/1.4");
}
