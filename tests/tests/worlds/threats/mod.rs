//! What has gone wrong in other password resets, each as a test that fails if it goes wrong here. Trials are named after
//! the list of known weaknesses: `b` for a published bug, and then the requirement of the OWASP Forgot Password Cheat
//! Sheet (`f`), OWASP ASVS 5.0 (`v`) or NIST SP 800-63B-4 (`n`) that a trial shows.

use std::rc::Rc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_memory::{Call, Fault};
use relatch_tests::in_process::InProcess;
use relatch_tests::trials::Flow;
use relatch_tests::world::{Answer, World, request};
use serde_json::{Value, json};

mod accounts;
mod lifetimes;
mod limits;
mod once;
mod origins;
mod passwords;
mod recipients;
mod scanners;
mod secrets;
mod silence;
mod tokens;
mod unaffected;

/// A good password.
const NEW: &str = "a quite new passphrase";
/// Another one.
const OTHER: &str = "some other long passphrase";

const MINUTE: Duration = Duration::from_secs(60);

pub fn flows() -> Vec<(&'static str, Flow)> {
    [
        accounts::flows(),
        lifetimes::flows(),
        limits::flows(),
        once::flows(),
        origins::flows(),
        passwords::flows(),
        recipients::flows(),
        scanners::flows(),
        secrets::flows(),
        silence::flows(),
        tokens::flows(),
        unaffected::flows(),
    ]
    .concat()
}

/// What only one of the worlds can show.
pub fn in_process() -> Vec<Trial> {
    [
        accounts::in_process(),
        lifetimes::in_process(),
        limits::in_process(),
        once::in_process(),
        recipients::in_process(),
        secrets::trials(),
        silence::in_process(),
        tokens::in_process(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn in_memory(changes: &[(&str, &str)]) -> (World, InProcess) {
    let memory = InProcess::new(changes);
    (World::InProcess(memory.clone()), memory)
}

/// Lets this decide about every call from now on.
fn gate(memory: &InProcess, decide: impl Fn(&Call) -> Fault + 'static) {
    memory.memory.set_gate(Some(Rc::new(move |call| {
        let fault = decide(&call);
        Box::pin(async move { fault })
    })));
}

/// The verbs of every call since they were last taken.
fn verbs(memory: &InProcess) -> Vec<&'static str> {
    memory.memory.take_trace().iter().map(|call| call.verb).collect()
}

/// Asks, always from the same address.
async fn ask_from_one_place(world: &World, body: &Value) -> Answer {
    let mut request = request("POST", relatch::wire::path::REQUEST, &body.to_string());
    request.headers_mut().insert("cf-connecting-ip", "192.0.2.7".parse().unwrap());
    world.send(request).await
}

fn assert_code(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
}

/// How often this was told about somebody.
async fn times_told(world: &World, person: &relatch_tests::person::Person, event: &str) -> usize {
    world.events(person).await.iter().filter(|told| *told == event).count()
}

/// A confirm with one more field.
async fn confirm_and(world: &World, token: &str, field: &str, value: &str) -> Answer {
    let body = json!({ "token": token, "password": NEW, field: value });
    world.post(relatch::wire::path::CONFIRM, body.to_string()).await
}
