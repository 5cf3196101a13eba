//! Helpers that several modules use.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use relatch_domain::values::time::Moment;
use relatch_memory::{Fault, Memory, PortCall};
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::World;
use serde_json::json;

/// A password that every rule accepts.
pub const NEW: &str = "a quite new passphrase";
/// Another password that every rule accepts.
pub const OTHER: &str = "some other long passphrase";

pub const MINUTE: Duration = Duration::from_secs(60);

/// Asserts the status and the code of a problem.
#[track_caller]
pub fn assert_code(response: &Response, status: u16, code: &str) {
    assert_eq!((response.status, response.code().as_str()), (status, code), "{response:?}");
}

/// Asserts that the response is a complete problem document with this status and code. Returns its
/// detail, or an empty string if it has none.
#[track_caller]
pub fn assert_problem(response: &Response, status: u16, code: &str, context: &str) -> String {
    assert_eq!(
        (response.status, response.code().as_str()),
        (status, code),
        "{context}: {response:?}"
    );
    assert_eq!(response.header("content-type"), Some("application/problem+json"), "{context}");
    let problem = response.json();
    assert_eq!(problem["type"], json!(format!("urn:relatch:problem:{code}")), "{context}");
    assert_eq!(problem["status"], json!(status), "{context}");
    assert!(
        problem["title"].as_str().is_some_and(|title| title.len() > 10),
        "{context}: {problem}"
    );
    assert_security_headers(response, context);
    problem["detail"].as_str().unwrap_or_default().to_owned()
}

/// Asserts the headers that every response of a call has.
#[track_caller]
pub fn assert_security_headers(response: &Response, context: &str) {
    let expected = [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("vary", "Origin"),
    ];
    for (name, value) in expected {
        assert_eq!(response.header(name), Some(value), "{context}");
    }
    assert!(
        response
            .header("content-security-policy")
            .is_some_and(|csp| csp.starts_with("default-src 'none';"))
    );
    assert!(
        response
            .header("strict-transport-security")
            .is_some_and(|sts| sts.starts_with("max-age=63072000"))
    );
    assert_eq!(response.header("set-cookie"), None, "{context}");
}

/// Asserts that a text mentions all of these words. Tests compare the words that carry the meaning
/// and not whole sentences, so that the wording can change.
#[track_caller]
pub fn assert_mentions(text: &str, words: &[&str], context: &str) {
    for word in words {
        assert!(text.contains(word), "{context}: `{word}` is missing in: {text}");
    }
}

/// Asserts that a link was neither used nor revoked, by using it. The password differs from
/// [`NEW`]: with the password of an earlier confirm, a used link would succeed as well.
pub async fn assert_link_works(world: &World, token: &str) {
    assert_eq!(world.check(token).await.status, 200, "the link no longer works");
    let response = world.confirm(token, "hush hush passphrase").await;
    assert_eq!(response.status, 200, "the link no longer works: {response:?}");
}

/// Returns how often an account has exactly this event.
pub async fn count_events(world: &World, person: &Person, event: &str) -> usize {
    world.events(person).await.iter().filter(|line| *line == event).count()
}

/// A copy of the stores, to assert later that no port was called and nothing was stored.
/// In the workerd world this asserts nothing, because only memory records its calls.
pub struct StoreSnapshot<'a> {
    before: Option<(&'a Memory, String)>,
}

impl<'a> StoreSnapshot<'a> {
    /// Takes a snapshot and clears the trace of port calls.
    pub fn take(world: &'a World) -> Self {
        let World::InProcess(service) = world else { return Self { before: None } };
        let _earlier = service.memory.take_trace();
        Self { before: Some((&service.memory, service.memory.everything_stored())) }
    }

    /// Asserts that no port was called since the snapshot and that the stores are unchanged.
    #[track_caller]
    pub fn assert_unchanged(&self, context: &str) {
        if let Some((memory, stored)) = &self.before {
            assert_eq!(memory.take_trace(), [], "{context}: a port was called");
            assert_eq!(memory.everything_stored(), *stored, "{context}: something was stored");
        }
    }
}

/// Decides the fault of every port call from now on.
pub fn inject_faults(memory: &Memory, decide: impl Fn(&PortCall) -> Fault + 'static) {
    memory.set_gate(Some(Rc::new(move |call| {
        let fault = decide(&call);
        Box::pin(async move { fault })
    })));
}

/// Injects this fault into every call of this verb from now on, and none into the others.
pub fn fail_calls(memory: &Memory, verb: &'static str, fault: Fault) {
    inject_faults(memory, move |call| if call.verb == verb { fault } else { Fault::None });
}

/// Returns the verbs of all port calls since the trace was last taken.
pub fn take_verbs(memory: &Memory) -> Vec<&'static str> {
    memory.take_trace().iter().map(|call| call.verb).collect()
}

/// Returns the time of the system, which is that of a real Worker.
#[expect(clippy::disallowed_methods, reason = "a real Worker has the real time")]
pub fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Moment::from_seconds(since.expect("the clock is right").as_secs())
}

/// Returns whether the log of a Worker has a line that contains all of these words.
pub fn log_line(workerd: &Workerd, words: &[&str]) -> bool {
    workerd.log().lines().any(|line| words.iter().all(|word| line.contains(word)))
}
