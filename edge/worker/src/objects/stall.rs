//! An object, or a job of an intake, that cannot work: see [`relatch_domain::stall`]. The time for
//! which it could not is stored in a separate table, which every version can read.

use wasm_bindgen::JsValue;
use worker::Env;
use worker_sys::DurableObjectState;

use super::RETRY_DELAY;
use super::storage::Storage;
use crate::bindings::field;
use crate::configuration;
use crate::events::D1Events;
use crate::host::{HostClock, HostEntropy, log_error, millis, moment};
use crate::platform::CloudflarePlatform;
use relatch_domain::events::Event;
use relatch_domain::ports::{Clock as _, Entropy as _, Events as _, Outage};
use relatch_domain::service::Service;
use relatch_domain::stall::{Stall, StallCause, StallStep};
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::time::Moment;

const TABLE: &str = "stalls";
const CREATE: &str = "CREATE TABLE IF NOT EXISTS stalls \
    (subject TEXT PRIMARY KEY, since INTEGER NOT NULL, attempts INTEGER NOT NULL) WITHOUT ROWID";
const LOAD: &str = "SELECT since, attempts FROM stalls WHERE subject = ?1";
const STORE: &str = "INSERT OR REPLACE INTO stalls (subject, since, attempts) VALUES (?1, ?2, ?3)";
const DELETE: &str = "DELETE FROM stalls WHERE subject = ?1";

/// The subject of the object as a whole. Any other is the id of a job.
const OBJECT: &str = "";

/// Notes that a call could not read the state, and sets the alarm, unless this is known.
pub fn notice(storage: &Storage) {
    let now = HostClock.now();
    if load(storage, OBJECT) == Ok(None) && store(storage, OBJECT, Stall::new(now)).is_ok() {
        // The alarm is set before the future is awaited.
        drop(storage.arm(now.after(RETRY_DELAY)));
    }
}

/// Notes that the object works.
pub fn end(storage: &Storage) {
    forget(storage, OBJECT);
}

/// Notes that a job is gone, or that an object works.
pub fn forget(storage: &Storage, subject: &str) {
    if storage.has_table(TABLE) == Ok(true) {
        let _logged = storage.run(DELETE, &[JsValue::from_str(subject)]);
    }
}

/// Sets the next alarm of an object that cannot work. If its time is over, records the event and
/// deletes what is stored. Without a known application the end is only logged.
///
/// # Errors
///
/// [`Outage`] if no alarm could be set.
pub async fn wait(
    state: &DurableObjectState,
    env: &Env,
    application: Option<&ApplicationId>,
    cause: StallCause,
) -> Result<(), Outage> {
    let (storage, now) = (Storage::of(state), HostClock.now());
    let name = application.map_or("unknown", ApplicationId::as_str);
    let next = match attempt(&storage, OBJECT, cause, now) {
        Err(Outage) => now.after(RETRY_DELAY),
        Ok((stall, StallStep::Retry(next))) => {
            // An invalid configuration has been logged.
            if cause != StallCause::ConfigurationInvalid {
                let end = stall.ends_at().rfc3339();
                log_error(&format!(
                    "object of application {name}: {}; it is deleted at {end}",
                    reason(cause)
                ));
            }
            next
        }
        Ok((stall, StallStep::End { reason, retry })) => {
            let recorded = if let Some(application) = application {
                let object = state.id().and_then(|id| id.to_string()).unwrap_or_default();
                let event = stall.object_event(application, &object, reason, now);
                record(env, &event, retry.is_none()).await
            } else {
                log_error(&format!("object: deleted, {}", reason.as_str()));
                Ok(())
            };
            match recorded {
                Ok(()) => return storage.clear().await,
                Err(Outage) => retry.unwrap_or_else(|| now.after(RETRY_DELAY)),
            }
        }
    };
    storage.arm(next).await
}

const fn reason(cause: StallCause) -> &'static str {
    match cause {
        StallCause::StateUnreadable => "the stored state cannot be read",
        StallCause::ApplicationRemoved => "the application is not configured",
        StallCause::ConfigurationInvalid => "the configuration is invalid",
    }
}

/// Counts an attempt of a subject that failed now. Returns what to do.
pub fn attempt(
    storage: &Storage,
    subject: &str,
    cause: StallCause,
    now: Moment,
) -> Result<(Stall, StallStep), Outage> {
    let mut stall = load(storage, subject)?.unwrap_or(Stall::new(now));
    let step = stall.attempt(cause, now, HostEntropy.random_share()?);
    store(storage, subject, stall)?;
    Ok((stall, step))
}

/// Records the event of an end. The last attempt logs an event that cannot be stored.
pub async fn record(env: &Env, event: &Event, is_last: bool) -> Result<(), Outage> {
    let events = D1Events::new(env, &event.application);
    let recorded = if let Some(configured) = configuration::application(env, &event.application) {
        let platform = CloudflarePlatform::new(env, &configured);
        let service = Service { application: &configured.application, platform: &platform };
        service.record_event(event).await
    } else {
        events.record(event).await
    };
    if recorded.is_err() && is_last {
        events.log(event);
        return Ok(());
    }
    recorded
}

fn load(storage: &Storage, subject: &str) -> Result<Option<Stall>, Outage> {
    if !storage.has_table(TABLE)? {
        return Ok(None);
    }
    let rows = storage.run(LOAD, &[JsValue::from_str(subject)])?;
    Ok(rows.first().map(|row| Stall {
        since: moment(field(row, "since").as_f64().unwrap_or_default()),
        attempts: count(field(row, "attempts").as_f64().unwrap_or_default()),
    }))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn count(number: f64) -> u32 {
    number as u32
}

fn store(storage: &Storage, subject: &str, stall: Stall) -> Result<(), Outage> {
    storage.run(CREATE, &[])?;
    let Stall { since, attempts } = stall;
    let values =
        [JsValue::from_str(subject), JsValue::from_f64(millis(since)), JsValue::from(attempts)];
    storage.run(STORE, &values).map(drop)
}
