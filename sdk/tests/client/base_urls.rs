//! Which base URLs, application ids, and user agents a client accepts.

use relatch::{BuildError, Client};

use crate::support::{Script, changed, confirm};

fn built(base_url: &str) -> Result<(), BuildError> {
    let script = Script::default();
    Client::builder(base_url).transport(&script).build().map(|_| ())
}

#[tokio::test]
async fn a_base_url_may_have_a_port_and_a_path_prefix() {
    for (base_url, expected) in [
        ("https://accounts.example.com", "https://accounts.example.com/password/reset/confirm"),
        ("https://accounts.example.com/", "https://accounts.example.com/password/reset/confirm"),
        ("HTTPS://accounts.example.com", "https://accounts.example.com/password/reset/confirm"),
        (
            "https://example.com:8443/auth/v1/",
            "https://example.com:8443/auth/v1/password/reset/confirm",
        ),
        ("http://localhost:8787", "http://localhost:8787/password/reset/confirm"),
        ("http://LocalHost", "http://LocalHost/password/reset/confirm"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787/password/reset/confirm"),
        ("http://[::1]:8787/x", "http://[::1]:8787/x/password/reset/confirm"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]/password/reset/confirm"),
    ] {
        let script = Script::of([changed()]);
        confirm(&Client::builder(base_url).transport(&script).build().unwrap()).await.unwrap();
        assert_eq!(script.requests.borrow()[0].uri(), expected, "{base_url}");
    }
}

#[test]
fn a_base_url_that_could_leak_a_token_is_rejected_with_the_reason() {
    for (base_url, why) in [
        ("http://accounts.example.com", "plain http"),
        ("http://localhost.example.com", "plain http"),
        ("http://127.0.0.1.example.com", "plain http"),
        ("http://127.0.0.2", "plain http"),
        ("http://[::2]", "plain http"),
        ("https://accounts.example.com?x=1", "query"),
        ("https://accounts.example.com/?", "query"),
        ("https://accounts.example.com/#", "fragment"),
        ("https://accounts.example.com#@evil.example", "fragment"),
        ("https://peter:hunter2@accounts.example.com", "user name or password"),
        ("https://accounts.example.com@evil.example", "user name or password"),
        ("http://localhost@evil.example", "user name or password"),
        ("http://localhost\\@evil.example", "backslash"),
        ("https://accounts.example.com\\evil", "backslash"),
        ("https://accounts.example .com", "space"),
        (" https://accounts.example.com", "space"),
        ("https://accounts.example.com\r\nHost: evil", "space"),
        ("https://köln.example", "punycode"),
        ("ftp://accounts.example.com", "https://"),
        ("javascript:alert(1)", "https://"),
        ("accounts.example.com", "https://"),
        ("/password", "https://"),
        ("", "https://"),
        ("https://", "host"),
        ("https:///path", "host"),
        ("https://:443", "host"),
        ("https://a%2eb.example", "host"),
        ("https://[::1", "host"),
        ("https://[::g]", "host"),
        ("https://[]:443", "host"),
        ("https://::1", "host"),
        ("https://accounts.example.com:", "port"),
        ("https://accounts.example.com:0", "port"),
        ("https://accounts.example.com:99999", "port"),
        ("https://accounts.example.com:x", "port"),
        ("https://accounts.example.com:+1", "port"),
        ("https://[::1]:", "port"),
        ("https://accounts.example.com/a/../b", "path"),
        ("https://accounts.example.com/.", "path"),
        ("https://accounts.example.com/a//b", "path"),
        ("https://accounts.example.com//evil.example", "path"),
        ("https://accounts.example.com/%2e%2e", "path"),
        ("https://accounts.example.com/<b>", "path"),
    ] {
        let Err(error @ BuildError::BaseUrl(reason)) = built(base_url) else {
            panic!("{base_url} was accepted");
        };
        assert!(reason.contains(why), "{base_url}: {reason}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn an_application_is_called_under_its_path() {
    let script = Script::of([changed()]);
    let client = Client::builder("https://example.com/auth")
        .application("shop-2")
        .transport(&script)
        .build()
        .unwrap();
    confirm(&client).await.unwrap();
    assert_eq!(
        script.requests.borrow()[0].uri().path(),
        "/auth/apps/shop-2/password/reset/confirm"
    );
}

#[test]
fn an_application_id_that_could_change_the_path_is_rejected() {
    for id in ["", "a/b", "..", "a b", "a?b", "a#b", "%2e", "ä", &"a".repeat(65)] {
        let script = Script::default();
        let built =
            Client::builder("https://example.com").application(id).transport(&script).build();
        assert!(matches!(built, Err(BuildError::ApplicationId)), "{id}");
    }
}

#[test]
fn a_user_agent_cannot_add_headers() {
    let script = Script::default();
    let built = Client::builder("https://example.com")
        .user_agent("x\r\nHost: evil")
        .transport(&script)
        .build();
    assert!(matches!(built, Err(BuildError::UserAgent)));
}

#[test]
fn debug_output_of_a_builder_omits_the_base_url_until_it_is_validated() {
    let builder = Client::builder("https://peter:hunter2@example.com");
    assert!(!format!("{builder:?}").contains("hunter2"));
    let script = Script::default();
    let client = Client::builder("https://example.com").transport(&script).build().unwrap();
    assert!(format!("{client:?}").contains("https://example.com"));
}
