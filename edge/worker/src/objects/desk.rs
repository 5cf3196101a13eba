//! The desk as a Durable Object: one mailbox, or one account's changes, as one small value; its alarm works on its outbox.

use std::rc::Rc;

use futures_channel::oneshot;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use worker::Env;
use worker_sys::DurableObjectState;

use super::{DeskCall, DeskCommand, LOOK_AGAIN, answer, no_alarm, read};
use crate::configuration::application;
use crate::host::{HostClock, failed, log_error, parse, write};
use crate::objects::storage::{Storage, text};
use crate::platform::CloudflarePlatform;
use relatch_domain::application::Application;
use relatch_domain::desk::{self, Change, CommitLink, Committed};
use relatch_domain::jobs::{commit, delivery};
use relatch_domain::ports::{Clock as _, DeskStore, Outage};
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::link::DeskId;
use relatch_domain::values::time::Moment;

const TABLE: &str = "desk";
const CREATE: &str = "CREATE TABLE IF NOT EXISTS desk (only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL, \
    body TEXT NOT NULL)";
const LOAD: &str = "SELECT id, body FROM desk";
const STORE: &str = "INSERT OR REPLACE INTO desk (only, id, body) VALUES (1, ?1, ?2)";

/// The object.
#[wasm_bindgen]
pub struct Desk {
    state: DurableObjectState,
    env: Env,
}

#[wasm_bindgen]
impl Desk {
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self { state, env }
    }

    pub async fn call(&self, command: String) -> Option<String> {
        let DeskCall { application: id, desk, command } = read(&command).ok()?;
        let configured = application(&self.env, &id)?;
        let platform = CloudflarePlatform::new(&self.env, &configured);
        let application = configured.application;
        let value = Value { storage: Storage::of(&self.state), application: id, id: desk };
        match command {
            DeskCommand::Take(take) => {
                let (limits, lifetime) = (application.limits, application.links.lifetime);
                answer(value.change(|desk| desk.take(take, &limits, lifetime, HostClock.now())).await)
            }
            DeskCommand::Record(link) => answer(value.change(|desk| desk.record(&link)).await),
            DeskCommand::Commit(commit, change) => {
                answer(self.commit(application, platform, value, commit, change).await)
            }
            DeskCommand::Count(change) => answer(value.change(|desk| desk.count(&change, HostClock.now())).await),
            DeskCommand::Revoke(revoke) => answer(commit::revoke(&application, &platform, &value, &revoke).await),
            DeskCommand::Repeat(question) => answer(commit::repeat(&application, &platform, &value, question).await),
        }
    }

    pub async fn alarm(&self) -> Result<(), JsValue> {
        let storage = Storage::of(&self.state);
        match load(&storage).map(|loaded| loaded.map(|(whose, id, _)| (application(&self.env, &whose), whose, id))) {
            Ok(Some((Some(configured), whose, id))) => {
                let platform = CloudflarePlatform::new(&self.env, &configured);
                let application = configured.application;
                let value = Value { storage, application: whose, id: id.clone() };
                delivery::run(&application, &platform, &value, &id).await.map_err(no_alarm)?;
            }
            Ok(None) => {
                let _logged = storage.clear().await;
            }
            Ok(Some((None, ..))) | Err(Outage) => {
                let _logged = storage.arm(HostClock.now().after(LOOK_AGAIN)).await;
            }
        }
        // Otherwise never an error, for the runtime repeats a failed alarm a few times and then deletes it. For this one
        // `entry.js` sets another.
        Ok(())
    }
}

impl Desk {
    /// Runs to its end though the caller is gone: the commit is a task of its own, and this only waits for it.
    async fn commit(
        &self,
        application: Rc<Application>,
        platform: CloudflarePlatform,
        value: Value,
        link: CommitLink,
        change: Option<Change>,
    ) -> Result<Committed, Outage> {
        let (sender, receiver) = oneshot::channel();
        let task = future_to_promise(async move {
            let committed = commit::commit(&application, &platform, &value, link, change).await;
            let _caller_is_gone = sender.send(committed);
            Ok(JsValue::UNDEFINED)
        });
        if let Err(error) = self.state.wait_until(&task) {
            // The task runs all the same, as long as the object does.
            failed("desk: commit", &error);
        }
        receiver.await.map_err(|_| Outage)
    }
}

/// The desk's application, its id and its value as it is stored.
fn load(storage: &Storage) -> Result<Option<(ApplicationId, DeskId, String)>, Outage> {
    if !storage.has_table(TABLE)? {
        return Ok(None);
    }
    let rows = storage.run(LOAD, &[])?;
    let Some(row) = rows.first() else { return Ok(None) };
    // The ids as `write` writes them, as everything that is stored.
    let ids = text(row, "id").and_then(|ids| parse::<(ApplicationId, DeskId)>(&ids).ok());
    ids.zip(text(row, "body")).map(|((application, desk), body)| Some((application, desk, body))).ok_or(Outage)
}

/// The desk's value, in its object's storage.
struct Value {
    storage: Storage,
    application: ApplicationId,
    id: DeskId,
}

impl Value {
    /// The desk, and its value as it is stored. A desk that was never stored is an empty one.
    fn open(&self) -> Result<(desk::Desk, String), Outage> {
        let Some((.., body)) = load(&self.storage)? else {
            let empty = desk::Desk::default();
            let body = write(&empty)?;
            return Ok((empty, body));
        };
        let Ok(desk) = parse(&body) else {
            log_error("desk: its value cannot be read");
            return Err(Outage);
        };
        Ok((desk, body))
    }

    /// Loads the desk, changes it, and stores it if it is not as it was. Apart from [`DeskStore::change`], which is compiled
    /// for every change that there is.
    fn apply(&self, change: &mut dyn FnMut(&mut desk::Desk)) -> Result<Then, Outage> {
        let (mut desk, before) = self.open()?;
        change(&mut desk);
        let body = write(&desk)?;
        if body == before {
            return Ok(Then::Nothing);
        }
        let Some(at) = desk.next_alarm() else { return Ok(Then::Clear) };
        let ids = write(&(&self.application, &self.id))?;
        self.storage.run(CREATE, &[])?;
        self.storage.run(STORE, &[JsValue::from_str(&ids), JsValue::from_str(&body)])?;
        Ok(Then::Arm(at))
    }

    /// Sets the alarm, at once, or clears the storage.
    async fn end(&self, then: Then) -> Result<(), Outage> {
        match then {
            Then::Nothing => Ok(()),
            Then::Clear => self.storage.clear().await,
            Then::Arm(at) => self.storage.arm(at).await,
        }
    }
}

/// What has to be done about the alarm.
enum Then {
    /// It is as it was.
    Nothing,
    /// Nothing is left, and so needs none.
    Clear,
    /// It rings then.
    Arm(Moment),
}

impl DeskStore for Value {
    async fn change<R>(&self, change: impl FnOnce(&mut desk::Desk) -> R) -> Result<R, Outage> {
        let (mut change, mut outcome) = (Some(change), None);
        let then = self.apply(&mut |desk| outcome = change.take().map(|change| change(desk)))?;
        self.end(then).await?;
        outcome.ok_or(Outage)
    }

    async fn rearm(&self) -> Result<(), Outage> {
        let then = self.open().map_or_else(
            |_| Then::Arm(HostClock.now().after(LOOK_AGAIN)),
            |(desk, _)| desk.next_alarm().map_or(Then::Clear, Then::Arm),
        );
        self.end(then).await
    }
}
