//! The retention of events: one object for each application, among the intakes, whose alarm deletes
//! old events in batches.
//!
//! The alarms of other objects start it, once in each isolate, so that it needs no set-up. It ends
//! if the application is no longer configured.

use std::cell::RefCell;
use std::time::Duration;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;
use worker::Env;
use worker_sys::DurableObjectState;

use super::storage::{Storage, text};
use super::{IntakeCommand, ObjectCall, RETRY_DELAY};
use crate::bindings::field;
use crate::configuration::application;
use crate::host::{HostClock, log_failure};
use crate::names::retention_name;
use crate::options::{Instance, Options};
use crate::platform::CloudflarePlatform;
use relatch_domain::ports::{Clock as _, Outage};
use relatch_domain::service::Service;
use relatch_domain::timeouts;
use relatch_domain::values::application_id::ApplicationId;
use wasm_bindgen::JsCast as _;

const TABLE: &str = "retention";
const CREATE: &str = "CREATE TABLE IF NOT EXISTS retention \
    (only INTEGER PRIMARY KEY CHECK (only = 1), application TEXT NOT NULL)";
const STORE: &str = "INSERT OR REPLACE INTO retention (only, application) VALUES (1, ?1)";
const LOAD: &str = "SELECT application FROM retention";

/// The time from the start to the first run.
const FIRST_RUN: Duration = Duration::from_secs(5);

thread_local! {
    /// The instances' applications whose retention this isolate has started.
    static STARTED: RefCell<Vec<(Instance, ApplicationId)>> = const { RefCell::new(Vec::new()) };
}

/// Starts the retention of an application's events, once in each isolate. The caller does not wait.
pub fn start(state: &DurableObjectState, env: &Env, id: &ApplicationId) {
    let key = (Options::of(env).instance(), id.clone());
    if STARTED.with_borrow(|started| started.contains(&key)) {
        return;
    }
    STARTED.with_borrow_mut(|started| started.push(key.clone()));
    let (env, id) = (env.clone(), id.clone());
    let task = future_to_promise(async move {
        let call = ObjectCall {
            step: "retention: start",
            limit: timeouts::INTAKE,
            namespace: &field(&env, crate::intakes::BINDING).unchecked_into(),
            object: &retention_name(&id),
        };
        if call.run::<_, ()>(&IntakeCommand::StartRetention(id.clone())).await.is_err() {
            // A later alarm tries again.
            STARTED.with_borrow_mut(|started| started.retain(|other| *other != key));
        }
        Ok(JsValue::UNDEFINED)
    });
    if let Err(error) = state.wait_until(&task) {
        // The task continues in any case for as long as the object lives.
        log_failure("retention: start", &error);
    }
}

/// Returns whether this object is one of retention.
///
/// # Errors
///
/// [`Outage`] if the storage cannot be read.
pub fn is_here(storage: &Storage) -> Result<bool, Outage> {
    storage.has_table(TABLE)
}

/// Stores that this object deletes an application's old events, and sets the alarm.
pub async fn arm(storage: &Storage, id: &ApplicationId) -> Result<(), Outage> {
    storage.run(CREATE, &[])?;
    storage.run(STORE, &[JsValue::from_str(id.as_str())])?;
    storage.arm(HostClock.now().after(FIRST_RUN)).await
}

/// Deletes a batch of old events, and sets the next alarm.
///
/// # Errors
///
/// [`Outage`] if no alarm could be set.
pub async fn run(env: &Env, storage: &Storage) -> Result<(), Outage> {
    // In case the run does not reach its end.
    storage.arm(HostClock.now().after(RETRY_DELAY)).await?;
    let rows = storage.run(LOAD, &[])?;
    let id = rows.first().and_then(|row| text(row, "application"));
    let configured = id.and_then(|id| application(env, &ApplicationId::parse(&id).ok()?));
    let Some(configured) = configured else { return storage.clear().await };
    let platform = CloudflarePlatform::new(env, &configured);
    let service = Service { application: &configured.application, platform: &platform };
    storage.arm(service.delete_old_events().await).await
}
