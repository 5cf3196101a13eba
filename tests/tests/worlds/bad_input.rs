//! Everything that is not what a call takes. Each is refused clearly, in one shape and with a stable code; nothing is
//! stored, no link is burned, and no refusal repeats a password or a token.

use libtest_mimic::Trial;
use relatch_tests::trials::Flow;
use relatch_tests::world::{Answer, World, request};
use serde_json::{Value, json};

mod bodies;
mod dialects;
mod headers;
mod paths;
pub mod raw;
mod sizes;
mod tokens;

/// A good password, for bodies in which something else is wrong.
const NEW: &str = "hush hush passphrase";

pub fn flows() -> Vec<(&'static str, Flow)> {
    [bodies::flows(), dialects::flows(), headers::flows(), paths::flows(), sizes::flows(), tokens::flows()].concat()
}

/// What only one of the worlds can show.
pub fn in_process() -> Vec<Trial> {
    [sizes::in_process(), sizes::workerd(), headers::in_process()].into_iter().flatten().collect()
}

/// Posts these bytes as JSON.
pub async fn post(world: &World, path: &str, body: impl Into<Vec<u8>>) -> Answer {
    let mut request = request("POST", path, "");
    *request.body_mut() = body.into();
    world.send(request).await
}

/// The answer is a refusal with this status and code, in the one shape that all refusals have. Gives its detail.
pub fn assert_refused(answer: &Answer, status: u16, code: &str, what: &str) -> String {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{what}: {answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}");
    let problem = answer.json();
    assert_eq!(problem["type"], json!(format!("urn:relatch:problem:{code}")), "{what}");
    assert_eq!(problem["status"], json!(status), "{what}");
    assert!(problem["title"].as_str().is_some_and(|title| title.ends_with('.') && title.len() > 10), "{what}");
    assert_secured(answer, what);
    problem["detail"].as_str().unwrap_or_default().to_owned()
}

/// The headers that every answer has.
pub fn assert_secured(answer: &Answer, what: &str) {
    let expected = [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("vary", "Origin"),
    ];
    for (name, value) in expected {
        assert_eq!(answer.header(name), Some(value), "{what}");
    }
    assert!(answer.header("content-security-policy").is_some_and(|csp| csp.starts_with("default-src 'none';")));
    assert!(answer.header("strict-transport-security").is_some_and(|sts| sts.starts_with("max-age=63072000")));
    assert_eq!(answer.header("set-cookie"), None, "{what}");
}

/// Holds on to what the stores hold, to see later that no port was asked and nothing was stored. Only the world in
/// memory shows this; in the other one nothing is looked at.
pub struct Untouched<'a> {
    before: Option<(&'a relatch_memory::Memory, String)>,
}

impl<'a> Untouched<'a> {
    /// From now on.
    pub fn since(world: &'a World) -> Self {
        let World::InProcess(world) = world else { return Self { before: None } };
        let _earlier = world.memory.take_trace();
        Self { before: Some((&world.memory, world.memory.everything_stored())) }
    }

    /// Until now.
    pub fn assert(&self, what: &str) {
        if let Some((memory, stored)) = &self.before {
            assert_eq!(memory.take_trace(), [], "{what}: a port was asked");
            assert_eq!(memory.everything_stored(), *stored, "{what}: something was stored");
        }
    }
}

/// The link is still there: it is neither used nor broken.
pub async fn assert_not_burned(world: &World, token: &str) {
    assert_eq!(world.check(token).await.status, 200, "the link is burned");
    let answer = world.confirm(token, NEW).await;
    assert_eq!(answer.status, 200, "the link is burned: {answer:?}");
}

/// A confirm's body with these fields in place of, or beside, the good ones.
pub fn confirm_with(token: &str, changes: &Value) -> String {
    let mut body = json!({ "token": token, "password": NEW });
    for (field, value) in changes.as_object().into_iter().flatten() {
        body[field.as_str()] = value.clone();
    }
    body.to_string()
}
