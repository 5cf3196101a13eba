//! The page that requests a link.

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_memory::Fault;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory};

use super::visitor::{Page, Visitor, assert_page, message};
use crate::support::{StoreSnapshot, assert_mentions, fail_calls, take_verbs};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "pages: the response to a request is the same byte for byte, whether an account exists or not",
            flow!(equal),
        ),
        (
            "pages: an invalid identifier is rejected with the reason and without a lookup",
            flow!(invalid_identifiers),
        ),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: pages: a request makes one limiter call, one object call and one durable write",
            calls,
        ),
        trial(
            "in process: pages: after too many requests or an outage the page offers another attempt",
            errors,
        ),
        trial(
            "in process: pages: interval, lifetime and sender are shown as configured",
            configured_values,
        ),
    ]
}

async fn equal(world: &World) {
    let known = world.new_person().await;
    let disabled = Person { disabled: true, ..Person::new() };
    world.add(&disabled).await;
    let unknown = Person::new();
    let mut responses: Vec<Response> = Vec::new();
    for _ in 0..2 {
        for person in [&known, &disabled, &unknown] {
            responses.push(Visitor::new(world).request_link(person.address()).await);
            responses.push(Visitor::new(world).request_link(&person.username).await);
        }
    }
    assert_page(&responses[0], 200, Page::RequestSent);
    assert!(responses.iter().all(|response| *response == responses[0]), "{responses:#?}");
    world.wait_for_mail(known.address(), 1).await;
}

async fn invalid_identifiers(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    for (typed, key) in [
        ("", "request.identifier_missing"),
        ("   ", "request.identifier_missing"),
        ("peter\nBcc: x@y.org", "request.identifier_invalid"),
        (&"x".repeat(255), "request.identifier_invalid"),
        (&"x".repeat(10_000), "request.identifier_invalid"),
    ] {
        let response = Visitor::new(world).request_link(typed).await;
        assert_page(&response, 400, Page::ForgotForm);
        assert!(response.body.contains(&format!(r#"id="why">{}</p>"#, message(key))), "{typed}");
        assert!(response.body.contains(r#"aria-invalid="true" aria-describedby="why""#));
        assert!(response.body.contains("<title>Error: "));
        assert!(response.body.len() < 8_000, "an identifier that is too long is not repeated");
    }
    snapshot.assert_unchanged("invalid identifiers");
}

async fn calls() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    for name in [peter.username.as_str(), peter.address(), "unknown"] {
        Visitor::new(&world).request_link(name).await;
        assert_eq!(take_verbs(&memory), ["limiter.check", "intakes.accept", "intake.insert"]);
    }
    Visitor::new(&world).visit(path::FORGOT_PAGE).await;
    assert_eq!(memory.take_trace(), [], "the form itself calls no port");
}

async fn errors() {
    let (world, memory) = in_memory(&[]);
    memory.set_request_limit(0);
    let response = Visitor::new(&world).request_link("peter").await;
    assert_page(&response, 429, Page::Error);
    assert_eq!(response.header("retry-after"), Some("60"));
    memory.set_request_limit(10);
    fail_calls(&memory, "intakes.accept", Fault::Before);
    let response = Visitor::new(&world).request_link("peter").await;
    assert_page(&response, 503, Page::Error);
    assert!(
        response.header("retry-after").is_some()
            && response.body.contains(r#"href="/password/forgot""#)
    );
}

async fn configured_values() {
    let changes = [
        ("LINK_LIFETIME_MINUTES", "90"),
        ("REQUEST_INTERVAL_SECONDS", "120"),
        ("REQUESTS_PER_WINDOW", "5"),
        ("REQUEST_WINDOW_MINUTES", "60"),
        ("CONTACT", "https://help.example.com/contact"),
        ("APPLICATION_NAME", "Tom & Jerry's <shop>"),
    ];
    let (world, _memory) = in_memory(&changes);
    let body = Visitor::new(&world).request_link("peter").await.body;
    let values = [
        "2 minutes",
        " 5 ",
        "1 hour",
        "noreply@example.com",
        r#"<a href="https://help.example.com/contact" dir="ltr">"#,
        "Tom &#38; Jerry&#39;s &#60;shop&#62;",
    ];
    assert_mentions(&body, &values, "the page after a request");
    let promise = body.split(['.', '>']).find(|sentence| sentence.contains("works once")).unwrap();
    assert_mentions(promise, &["90 minutes"], "the sentence that the link works once");

    let (world, _memory) = in_memory(&[]);
    assert!(
        Visitor::new(&world).request_link("peter").await.body.contains("1 minute"),
        "the default interval"
    );
    let (world, _memory) = in_memory(&[("REQUEST_INTERVAL_SECONDS", "0")]);
    let body = Visitor::new(&world).request_link("peter").await.body;
    assert!(!body.contains("1 minute") && !body.contains("0 seconds"), "no interval: {body}");
}
