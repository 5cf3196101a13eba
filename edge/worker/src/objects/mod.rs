//! The Durable Objects, and how the rest of the Worker talks with them: text over the host's own channel, which nobody
//! else reaches. An object that cannot answer answers 503, and the caller sees an outage.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast as _, JsValue};
use worker::web_sys;
use worker_sys::DurableObjectNamespace;

use crate::host::{log_error, outcome, parse, within, write};
use relatch_domain::desk::{Change, CommitLink, RepeatQuestion, Revoke, Take};
use relatch_domain::intake::RequestJob;
use relatch_domain::ports::Outage;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::link::{DeskId, LinkId};

mod desk;
mod intake;
mod storage;

pub use storage::text;

/// How long an object waits before it looks again whether its configuration holds, or its storage can be read.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// A call of a desk. An object is told whose it is and its own id: it answers for that desk.
#[derive(Serialize, Deserialize)]
pub struct DeskCall {
    pub application: ApplicationId,
    pub desk: DeskId,
    pub command: DeskCommand,
}

/// What a desk can be asked; see [`relatch_domain::ports::Desks`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskCommand {
    Take(Take),
    Record(LinkId),
    Commit(CommitLink, Option<Change>),
    Repeat(RepeatQuestion),
    Count(LinkId),
    Revoke(Revoke),
}

/// What an intake can be asked; see [`relatch_domain::ports::Intakes`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntakeCommand {
    Accept(RequestJob),
    Release(String),
    Forget(Identifier),
}

/// Runs one command on the object of this name.
pub async fn call<Command: Serialize, Answer: DeserializeOwned>(
    step: &'static str,
    limit: Duration,
    namespace: &DurableObjectNamespace,
    object: &str,
    command: &Command,
) -> Result<Answer, Outage> {
    parse(&ask(step, limit, namespace, object, write(command)?).await?)
}

/// As [`call`], for a command that is written already and an answer that is still to be read.
pub async fn ask(
    step: &'static str,
    limit: Duration,
    namespace: &DurableObjectNamespace,
    object: &str,
    command: String,
) -> Result<String, Outage> {
    within(limit, exchange(step, namespace, object, command)).await.unwrap_or_else(|| {
        log_error(&format!("{step}: no answer within {} s", limit.as_secs()));
        Err(Outage)
    })
}

/// Sends a text, and gives the text that comes back.
async fn exchange(
    step: &'static str,
    namespace: &DurableObjectNamespace,
    object: &str,
    text: String,
) -> Result<String, Outage> {
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&text));
    let sent = namespace
        .get_by_name(object)
        .and_then(|stub| stub.fetch_with_request(&web_sys::Request::new_with_str_and_init("https://object/", &init)?));
    let response: web_sys::Response = outcome(step, sent).await?.unchecked_into();
    let text = outcome(step, response.text()).await?;
    if response.status() == 200 { text.as_string().ok_or(Outage) } else { Err(Outage) }
}

/// What an alarm fails with that could not even set the next one.
fn no_alarm(_: Outage) -> JsValue {
    js_sys::Error::new("no alarm is set").into()
}

/// Reads the command of a call.
fn read<Command: DeserializeOwned>(text: &str) -> Result<Command, Outage> {
    parse(text).map_err(|_| {
        log_error("object: read: not a command");
        Outage
    })
}

/// Answers a call; an outage is answered with nothing, and `edge/guard.mjs` makes a 503 of it.
fn answer<Answer: Serialize>(outcome: Result<Answer, Outage>) -> Option<String> {
    outcome.and_then(|answer| write(&answer)).ok()
}
