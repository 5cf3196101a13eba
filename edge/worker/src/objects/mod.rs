//! The Durable Objects, and the calls that the rest of the Worker makes to them.
//!
//! A call is text over the platform's own channel, which no client can reach. An object that cannot
//! reply returns 503, and the caller sees an outage.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use futures_channel::oneshot;
use js_sys::Function;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::future_to_promise;
use worker::{Env, web_sys};
use worker_sys::{DurableObjectNamespace, DurableObjectState};

use crate::host::{await_without_timeout, log_error, log_failure, within};
use crate::names::object_name;
use crate::stored::{decode, encode};
use relatch_domain::claims::{Commit, CommitOutcome};
use relatch_domain::events::Event;
use relatch_domain::intake::RequestJob;
use relatch_domain::mailbox::{
    BrakeCall, ConfirmRefusal, CountCall, EnqueueMail, LinkCheck, ReplayCheck, Revoke,
};
use relatch_domain::outbox::or_default;
use relatch_domain::password_change::{Attempt, CommitChange};
use relatch_domain::ports::Outage;
use relatch_domain::values::account::AccountId;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::link::LinkId;
use relatch_domain::webhook::WebhookJob;

pub mod intake;
pub mod mailbox;
pub mod password_change;
mod retention;
mod stall;
mod state;
mod storage;

pub use storage::text;

/// The time until an object tries again whose storage does not respond.
const RETRY_DELAY: Duration = Duration::from_secs(60);

/// A class of Durable Objects.
pub trait ObjectClass: Sized + 'static {
    /// The name in log lines.
    const NAME: &'static str;

    /// Creates the object.
    fn new(state: DurableObjectState, env: Env) -> Self;

    /// Runs a command. Returns the reply, or `None` for an outage.
    fn call(&self, command: String) -> impl Future<Output = Option<String>>;

    /// Runs the alarm. `report` is called at the beginning of each long step with its limit in
    /// milliseconds, and at its end. Fails only if no next alarm could be set.
    fn alarm(&self, report: Function) -> impl Future<Output = Result<(), JsValue>>;
}

/// A command for a mailbox or a password change. An object does not know its own name, so each
/// command contains it.
#[derive(Serialize, Deserialize)]
pub struct ObjectCommand<Id, Command> {
    pub application: ApplicationId,
    pub id: Id,
    pub command: Command,
}

/// A command for a mailbox: a method of [`relatch_domain::ports::Mailboxes`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailboxCommand {
    Enqueue(EnqueueMail),
    LinkRecord(LinkId),
    /// A commit, its [`Commit::unchecked`] and its [`Commit::is_first`]. A command of an earlier
    /// version lacks them.
    Commit(
        Commit<LinkId>,
        #[serde(default, deserialize_with = "or_default")] Option<Event>,
        #[serde(default, deserialize_with = "or_default")] bool,
    ),
    CheckReplay(ReplayCheck),
    Revoke(Revoke),
    CountCall(CountCall),
    NoteRefusal(ConfirmRefusal),
    Notify(Event),
    WaitingMails(Option<AccountId>),
    RetryMails(Option<AccountId>),
    CheckLink(LinkCheck),
    EnqueueWebhook(WebhookJob),
    Brake(BrakeCall),
    NoteEvent(Event),
}

/// A command for a password change: a method of [`relatch_domain::ports::PasswordChanges`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordChangeCommand {
    CountAttempt(Attempt),
    /// A commit, and its [`Commit::unchecked`], which a command of an earlier version lacks.
    Commit(Box<CommitChange>, #[serde(default, deserialize_with = "or_default")] Option<Event>),
    Erase,
    WaitingMails,
    RetryMails,
}

/// A command for an intake: a method of [`relatch_domain::ports::Intakes`], or to delete an
/// application's old events from now on.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntakeCommand {
    Accept(RequestJob),
    Release(String),
    Forget(Identifier),
    StartRetention(ApplicationId),
}

/// The objects of one class for one application.
#[derive(Clone)]
pub struct ApplicationObjects {
    namespace: DurableObjectNamespace,
    application: ApplicationId,
}

impl ApplicationObjects {
    /// Returns the objects of an application in the namespace of a class.
    pub fn new(namespace: DurableObjectNamespace, application: &ApplicationId) -> Self {
        Self { namespace, application: application.clone() }
    }

    /// Runs a command on the object with this id and returns its reply. `step` names the call in
    /// log lines.
    ///
    /// # Errors
    ///
    /// As [`ObjectCall::run`].
    pub async fn run<Id, Command, Reply>(
        &self,
        step: &'static str,
        limit: Duration,
        id: &Id,
        command: Command,
    ) -> Result<Reply, Outage>
    where
        Id: Clone + Display + Serialize,
        Command: Serialize,
        Reply: DeserializeOwned,
    {
        let object = &object_name(&self.application, id);
        let command =
            ObjectCommand { application: self.application.clone(), id: id.clone(), command };
        ObjectCall { step, limit, namespace: &self.namespace, object }.run(&command).await
    }
}

/// A call of one object.
pub struct ObjectCall<'a> {
    /// The name of the call in log lines.
    pub step: &'static str,
    /// The time-out.
    pub limit: Duration,
    /// The namespace of the object's class.
    pub namespace: &'a DurableObjectNamespace,
    /// The name of the object.
    pub object: &'a str,
}

impl ObjectCall<'_> {
    /// Runs a command on the object and returns its reply.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the object does not reply in time. The command may have run, or may run later.
    pub async fn run<Command: Serialize, Reply: DeserializeOwned>(
        &self,
        command: &Command,
    ) -> Result<Reply, Outage> {
        decode(&self.exchange(encode(command)?).await?)
    }

    /// Sends a command as text and returns the reply as text. Unlike [`Self::run`], it is compiled
    /// only once.
    async fn exchange(&self, command: String) -> Result<String, Outage> {
        within(self.limit, self.send(command)).await.unwrap_or_else(|| {
            log_error(&format!("{}: timed out after {} s", self.step, self.limit.as_secs()));
            Err(Outage)
        })
    }

    async fn send(&self, command: String) -> Result<String, Outage> {
        let init = web_sys::RequestInit::new();
        init.set_method("POST");
        init.set_body(&JsValue::from_str(&command));
        let sent = self.namespace.get_by_name(self.object).and_then(|stub| {
            stub.fetch_with_request(&web_sys::Request::new_with_str_and_init(
                "https://object/",
                &init,
            )?)
        });
        let response: web_sys::Response =
            await_without_timeout(self.step, sent).await?.unchecked_into();
        let text = await_without_timeout(self.step, response.text()).await?;
        if response.status() == 200 { text.as_string().ok_or(Outage) } else { Err(Outage) }
    }
}

/// Runs a task to its end even if the caller of the object disconnects. Returns its outcome.
///
/// # Errors
///
/// [`Outage`] if the task was cancelled with the object.
async fn run_to_end<T: 'static>(
    state: &DurableObjectState,
    step: &'static str,
    task: impl Future<Output = T> + 'static,
) -> Result<T, Outage> {
    let (sender, receiver) = oneshot::channel();
    let promise = future_to_promise(async move {
        let _caller_disconnected = sender.send(task.await);
        Ok(JsValue::UNDEFINED)
    });
    if let Err(error) = state.wait_until(&promise) {
        // The task continues in any case for as long as the object lives.
        log_failure(step, &error);
    }
    receiver.await.map_err(|_| Outage)
}

/// The error of an alarm that could not set the next one. `alarm.mjs` sets it instead. An alarm has
/// no other errors, because the runtime deletes an alarm after its handler has failed six times.
fn no_alarm_set(_: Outage) -> JsValue {
    js_sys::Error::new("no alarm is set").into()
}

/// Parses the command of a call.
fn parse_command<Command: DeserializeOwned>(text: &str) -> Result<Command, Outage> {
    decode(text).map_err(|_| {
        log_error("object: the call contains no valid command");
        Outage
    })
}

/// Returns the reply to a command for an application whose configuration is invalid: for a commit,
/// that nothing was written.
fn refusal(is_commit: bool) -> Option<String> {
    is_commit.then(|| reply(Ok(CommitOutcome::Unclaimed))).flatten()
}

/// Writes the reply to a call. A caller gets 503 instead of `None`.
fn reply<Reply: Serialize>(outcome: Result<Reply, Outage>) -> Option<String> {
    outcome.and_then(|reply| encode(&reply)).ok()
}
