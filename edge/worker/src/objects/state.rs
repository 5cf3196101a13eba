//! The storage of a mailbox or a password change: its whole state in one row.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use worker::Env;
use worker_sys::DurableObjectState;

use super::{RETRY_DELAY, no_alarm_set, retention, stall};
use crate::configuration::{Configured, configured};
use crate::host::{AlarmProgress, HostClock, flush_log, log_error};
use crate::objects::storage::{Storage, text};
use crate::platform::CloudflarePlatform;
use crate::stored::{decode, decode_state, encode, encode_state};
use relatch_domain::claims::ObjectState;
use relatch_domain::jobs::ObjectService;
use relatch_domain::ports::{Clock as _, Outage, StateStore};
use relatch_domain::service::Service;
use relatch_domain::stall::StallCause;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::time::Moment;

const TABLE: &str = "state";
const CREATE: &str = "CREATE TABLE IF NOT EXISTS state \
    (only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL, body TEXT NOT NULL)";
const LOAD: &str = "SELECT id, body FROM state";
const STORE: &str = "INSERT OR REPLACE INTO state (only, id, body) VALUES (1, ?1, ?2)";

/// The state of one object in its storage.
pub struct StateStorage<Id, State> {
    storage: Storage,
    application: ApplicationId,
    id: Id,
    state: PhantomData<State>,
}

/// The change of the alarm after a change of the state.
enum AlarmAction {
    /// Leave it: the state has not changed.
    Keep,
    /// Delete it, and the storage: the state is empty.
    Delete,
    /// Set it to this time.
    Set(Moment),
}

impl<Id: Serialize + DeserializeOwned, State: ObjectState> StateStorage<Id, State> {
    /// Returns the storage of the object with this id.
    pub fn new(state: &DurableObjectState, application: ApplicationId, id: Id) -> Self {
        Self { storage: Storage::of(state), application, id, state: PhantomData }
    }

    /// Returns the state and its stored text. A state that was never stored is the default.
    fn open(&self) -> Result<(State, String), Outage> {
        let Some((_, body)) = load(&self.storage).inspect_err(|_| self.notice_stall())? else {
            let empty = State::default();
            let body = encode_state(&empty)?;
            return Ok((empty, body));
        };
        let state = decode_state(&body).inspect_err(|_| self.notice_stall())?;
        Ok((state, body))
    }

    fn notice_stall(&self) {
        log_error("object: the stored state cannot be read");
        stall::notice(&self.storage);
    }

    /// Loads the state, applies a change and stores the state if it has changed. Unlike
    /// [`StateStore::change`], it is not compiled once for each kind of change.
    fn apply(&self, change: &mut dyn FnMut(&mut State)) -> Result<AlarmAction, Outage> {
        let (mut state, before) = self.open()?;
        change(&mut state);
        let body = encode_state(&state)?;
        if body == before {
            return Ok(AlarmAction::Keep);
        }
        let Some(at) = state.next_alarm() else { return Ok(AlarmAction::Delete) };
        let ids = encode(&(&self.application, &self.id))?;
        self.storage.run(CREATE, &[])?;
        self.storage.run(STORE, &[JsValue::from_str(&ids), JsValue::from_str(&body)])?;
        Ok(AlarmAction::Set(at))
    }

    /// Carries out an action in the same turn, so that it is stored together with the state.
    async fn update_alarm(&self, action: AlarmAction) -> Result<(), Outage> {
        match action {
            AlarmAction::Keep => Ok(()),
            AlarmAction::Delete => self.storage.clear().await,
            AlarmAction::Set(at) => self.storage.arm(at).await,
        }
    }
}

impl<Id: Serialize + DeserializeOwned, State: ObjectState> StateStore for StateStorage<Id, State> {
    type State = State;

    async fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> Result<R, Outage> {
        let (mut change, mut outcome) = (Some(change), None);
        let action =
            self.apply(&mut |state| outcome = change.take().map(|change| change(state)))?;
        self.update_alarm(action).await?;
        outcome.ok_or(Outage)
    }

    async fn rearm(&self) -> Result<(), Outage> {
        let action = match self.open() {
            Ok((state, _)) => state.next_alarm().map_or(AlarmAction::Delete, AlarmAction::Set),
            Err(Outage) => AlarmAction::Set(HostClock.now().after(RETRY_DELAY)),
        };
        self.update_alarm(action).await
    }
}

/// Runs an alarm. An alarm comes without the object's name, so the name is stored with the state.
/// An object that cannot work tries again later, and ends in time: see
/// [`stall`](relatch_domain::stall).
///
/// # Errors
///
/// Fails only if no next alarm could be set.
pub async fn run_alarm<Id: Serialize + DeserializeOwned, State: ObjectState>(
    state: &DurableObjectState,
    env: &Env,
    progress: AlarmProgress,
    run: impl AsyncFnOnce(
        &ObjectService<'_, CloudflarePlatform, StateStorage<Id, State>>,
        &Id,
    ) -> Result<(), Outage>,
) -> Result<(), JsValue> {
    flush_log();
    let storage = Storage::of(state);
    let (name, id, configured) = match prepare::<Id, State>(env, &storage) {
        Ok(Some(prepared)) => prepared,
        Ok(None) => {
            let _logged = storage.clear().await;
            return Ok(());
        }
        Err((application, cause)) => {
            let waits = stall::wait(state, env, application.as_ref(), cause);
            return waits.await.map_err(no_alarm_set);
        }
    };
    stall::end(&storage);
    retention::start(state, env, &name);
    let platform = CloudflarePlatform::for_alarm(env, &configured, progress);
    let service = Service { application: &configured.application, platform: &platform };
    let store = &StateStorage { storage, application: name, id, state: PhantomData };
    run(&ObjectService { service, store }, &store.id).await.map_err(no_alarm_set)
}

/// The ids of an object's application and of the object, and the configuration.
type Prepared<Id> = (ApplicationId, Id, Configured);
/// Why an object cannot work, and its application, if that can be read.
type Stalled = (Option<ApplicationId>, StallCause);

/// Returns what the alarm of an object needs, or `None` if nothing is stored.
///
/// # Errors
///
/// [`Stalled`] if the object cannot work.
fn prepare<Id: DeserializeOwned, State: ObjectState>(
    env: &Env,
    storage: &Storage,
) -> Result<Option<Prepared<Id>>, Stalled> {
    let unreadable = StallCause::StateUnreadable;
    let Some((ids, body)) = load(storage).map_err(|Outage| (None, unreadable))? else {
        return Ok(None);
    };
    let (name, id) = decode::<(ApplicationId, Id)>(&ids).map_err(|Outage| (None, unreadable))?;
    if decode_state::<State>(&body).is_err() {
        return Err((Some(name), unreadable));
    }
    match configured(env, &name) {
        Ok(configured) => Ok(Some((name, id, configured))),
        Err(cause) => Err((Some(name), cause)),
    }
}

/// Returns the stored ids and state as text, or `None` if nothing is stored.
fn load(storage: &Storage) -> Result<Option<(String, String)>, Outage> {
    if !storage.has_table(TABLE)? {
        return Ok(None);
    }
    let rows = storage.run(LOAD, &[])?;
    let Some(row) = rows.first() else { return Ok(None) };
    text(row, "id").zip(text(row, "body")).map(Some).ok_or(Outage)
}
