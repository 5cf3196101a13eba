//! The intake as a Durable Object. Each job is one row, and accepting one is one durable write.

use std::cell::Cell;

use js_sys::Function;
use wasm_bindgen::JsValue;
use worker::Env;
use worker_sys::DurableObjectState;

use super::{
    IntakeCommand, ObjectClass, RETRY_DELAY, no_alarm_set, parse_command, reply, retention, stall,
};
use crate::bindings::field;
use crate::configuration::{application, configured};
use crate::host::{HostClock, HostEntropy, flush_log, log_error, millis, moment};
use crate::objects::storage::{Storage, text};
use crate::platform::CloudflarePlatform;
use crate::stored::{decode, encode};
use relatch_domain::events::Event;
use relatch_domain::intake::{RequestJob, alarm_at};
use relatch_domain::jobs::lookup;
use relatch_domain::outbox::Entry;
use relatch_domain::ports::{Clock as _, Entropy as _, IntakeStore, Outage};
use relatch_domain::service::Service;
use relatch_domain::stall::{StallCause, StallStep, request_event};
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::time::Moment;

const TABLE: &str = "jobs";
const CREATE: &str = "CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, application TEXT NOT NULL, \
    due INTEGER NOT NULL, body TEXT NOT NULL) \
    WITHOUT ROWID; \
    CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due)";
const INSERT: &str =
    "INSERT OR IGNORE INTO jobs (id, application, due, body) VALUES (?1, ?2, ?3, ?4)";
const DUE: &str = "SELECT id, application, body FROM jobs WHERE due <= ?1 ORDER BY due LIMIT ?2";
const ONE: &str = "SELECT body FROM jobs WHERE id = ?1";
const PUT: &str = "UPDATE jobs SET due = ?2, body = ?3 WHERE id = ?1";
const POSTPONE: &str = "UPDATE jobs SET due = ?2 WHERE id = ?1";
const DELETE: &str = "DELETE FROM jobs WHERE id = ?1";
// An intake has the jobs of one application.
const ALL: &str = "SELECT id, body FROM jobs";
const OWNER: &str = "SELECT application FROM jobs LIMIT 1";
const EARLIEST: &str = "SELECT min(due) AS due FROM jobs";

/// The object.
pub struct Intake {
    state: DurableObjectState,
    env: Env,
    store: IntakeStorage,
}

impl ObjectClass for Intake {
    const NAME: &'static str = "intake";

    fn new(state: DurableObjectState, env: Env) -> Self {
        let store = IntakeStorage {
            storage: Storage::of(&state),
            env: env.clone(),
            created: Cell::new(false),
            armed: Cell::new(None),
        };
        Self { state, env, store }
    }

    async fn call(&self, command: String) -> Option<String> {
        reply(match parse_command(&command) {
            Ok(IntakeCommand::Accept(job)) => self.accept(job).await,
            Ok(IntakeCommand::Release(job)) => self.release(&job).await,
            Ok(IntakeCommand::Forget(identifier)) => self.store.forget(&identifier).await,
            Ok(IntakeCommand::StartRetention(id)) => retention::arm(&self.store.storage, &id).await,
            Err(Outage) => Err(Outage),
        })
    }

    async fn alarm(&self, _: Function) -> Result<(), JsValue> {
        flush_log();
        // The runtime clears an alarm before it runs the handler.
        self.store.armed.set(None);
        let stall = async |application: Option<&ApplicationId>, cause| {
            // The storage may be deleted.
            self.store.created.set(false);
            stall::wait(&self.state, &self.env, application, cause).await
        };
        let storage = &self.store.storage;
        let application = match retention::is_here(storage) {
            Ok(true) => {
                stall::end(storage);
                return retention::run(&self.env, storage).await.map_err(no_alarm_set);
            }
            Ok(false) => self.store.application(),
            Err(Outage) => Err(Outage),
        };
        match application {
            Ok(Some(id)) => match configured(&self.env, &id) {
                Ok(configured) => {
                    stall::end(storage);
                    retention::start(&self.state, &self.env, &id);
                    let platform = CloudflarePlatform::new(&self.env, &configured);
                    let service =
                        Service { application: &configured.application, platform: &platform };
                    lookup::run(service, &self.store).await
                }
                Err(cause) => stall(Some(&id), cause).await,
            },
            Ok(None) => self.store.rearm().await,
            Err(Outage) => stall(None, StallCause::StateUnreadable).await,
        }
        .map_err(no_alarm_set)
    }
}

impl Intake {
    async fn accept(&self, job: RequestJob) -> Result<(), Outage> {
        let configured = application(&self.env, &job.application).ok_or(Outage)?;
        let due = job.due(&configured.application, HostEntropy.random_share()?);
        let id = job.id.clone();
        self.store.insert(&id, job, due).await
    }

    async fn release(&self, job: &str) -> Result<(), Outage> {
        let Some(id) = self.store.application()? else { return Ok(()) };
        let delay = application(&self.env, &id).ok_or(Outage)?.application.request_delay;
        self.store.release(job, delay.draw(HostClock.now(), HostEntropy.random_share()?)).await
    }
}

/// The storage of an intake.
struct IntakeStorage {
    storage: Storage,
    env: Env,
    /// Whether this instance has created the table.
    created: Cell<bool>,
    /// The time for which this instance has set the alarm.
    armed: Cell<Option<Moment>>,
}

impl IntakeStorage {
    async fn arm(&self, at: Moment) -> Result<(), Outage> {
        self.armed.set(Some(at));
        let set = self.storage.arm(at).await;
        if set.is_err() {
            self.armed.set(None);
        }
        set
    }

    /// Returns the application that the jobs belong to, or `None` if there are no jobs.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the storage cannot be read.
    fn application(&self) -> Result<Option<ApplicationId>, Outage> {
        if !self.storage.has_table(TABLE)? {
            return Ok(None);
        }
        let rows = self.storage.run(OWNER, &[])?;
        let parse = |row| ApplicationId::parse(&text(row, "application")?).ok();
        rows.first().map(|row| parse(row).ok_or(Outage)).transpose()
    }

    /// Returns the time for which to set the alarm when a job is added that is due at `due`. An
    /// instance that has just started does not know the alarm that is set, which may be earlier
    /// than `due`.
    fn next_alarm(&self, due: Moment) -> Result<Moment, Outage> {
        let sooner = match self.armed.get() {
            Some(at) => Some(at),
            None => self.earliest()?,
        };
        Ok(alarm_at(sooner, due))
    }

    fn earliest(&self) -> Result<Option<Moment>, Outage> {
        if !self.storage.has_table(TABLE)? {
            return Ok(None);
        }
        let rows = self.storage.run(EARLIEST, &[])?;
        Ok(rows.first().and_then(|row| field(row, "due").as_f64()).map(moment))
    }

    /// Begins an attempt at the job of a row. Returns `None` if the job cannot be read: a later
    /// version may have stored it, so it is due again later, and `ended` gets the end of one that
    /// has waited for too long.
    fn begin_row(
        &self,
        row: &JsValue,
        now: Moment,
        ended: &mut Vec<EndedJob>,
    ) -> Result<Option<Entry<RequestJob>>, Outage> {
        let Some(id) = text(row, "id") else { return Ok(None) };
        let body = text(row, "body").unwrap_or_default();
        if let Ok(mut entry) = decode::<Entry<RequestJob>>(&body) {
            entry.begin(now, HostEntropy.random_share()?);
            self.put(&entry)?;
            return Ok(Some(entry));
        }
        log_error(&format!("intake: job {id} cannot be read"));
        let application = text(row, "application").and_then(|id| ApplicationId::parse(&id).ok());
        let (_, step) = stall::attempt(&self.storage, &id, StallCause::StateUnreadable, now)?;
        let next = match step {
            StallStep::Retry(next) => next,
            StallStep::End { reason, retry } => {
                let event = application.map(|of| request_event(&of, &id, reason, now));
                ended.push(EndedJob { id: id.clone(), event, is_last: retry.is_none() });
                retry.unwrap_or_else(|| now.after(RETRY_DELAY))
            }
        };
        let values = [JsValue::from_str(&id), JsValue::from_f64(millis(next))];
        self.storage.run(POSTPONE, &values)?;
        Ok(None)
    }

    /// Deletes a job that could not be read, once its event is recorded.
    async fn end(&self, job: EndedJob) -> Result<(), Outage> {
        if let Some(event) = &job.event {
            stall::record(&self.env, event, job.is_last).await?;
        }
        stall::forget(&self.storage, &job.id);
        self.storage.run(DELETE, &[JsValue::from_str(&job.id)]).map(drop)
    }

    /// Stores a job that has a row already.
    fn put(&self, entry: &Entry<RequestJob>) -> Result<(), Outage> {
        let body = encode(entry)?;
        let values = [
            JsValue::from_str(&entry.id),
            JsValue::from_f64(millis(entry.due)),
            JsValue::from_str(&body),
        ];
        self.storage.run(PUT, &values).map(drop)
    }
}

/// A job that could not be read until its time was over.
struct EndedJob {
    id: String,
    event: Option<Event>,
    is_last: bool,
}

impl IntakeStore for IntakeStorage {
    async fn insert(&self, id: &str, job: RequestJob, due: Moment) -> Result<(), Outage> {
        let (added, application) = (job.at, job.application.as_str().to_owned());
        let body = encode(&Entry::new(id.to_owned(), job, added, due))?;
        if !self.created.get() {
            self.storage.run(CREATE, &[])?;
            self.created.set(true);
        }
        let [id, application, body] = [id, &application, &body].map(JsValue::from_str);
        let values = [id, application, JsValue::from_f64(millis(due)), body];
        self.storage.run(INSERT, &values)?;
        // In the same turn as the row. It is done for every row, so that the time that a request
        // takes does not depend on the jobs of others.
        self.arm(self.next_alarm(due)?).await
    }

    async fn release(&self, id: &str, due: Moment) -> Result<(), Outage> {
        if !self.storage.has_table(TABLE)? {
            return Ok(());
        }
        let rows = self.storage.run(ONE, &[JsValue::from_str(id)])?;
        let Some(row) = rows.first() else { return Ok(()) };
        let mut entry: Entry<RequestJob> = decode(&text(row, "body").unwrap_or_default())?;
        if !entry.release(due) {
            return Ok(());
        }
        self.put(&entry)?;
        self.arm(self.next_alarm(due)?).await
    }

    async fn begin(&self, now: Moment, limit: usize) -> Result<Vec<Entry<RequestJob>>, Outage> {
        if !self.storage.has_table(TABLE)? {
            return Ok(Vec::new());
        }
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let rows =
            self.storage.run(DUE, &[JsValue::from_f64(millis(now)), JsValue::from(limit)])?;
        let (mut begun, mut ended) = (Vec::new(), Vec::new());
        for row in &rows {
            begun.extend(self.begin_row(row, now, &mut ended)?);
        }
        if let Some(earliest) = self.earliest()? {
            self.arm(earliest).await?;
        }
        for job in ended {
            // A job that stays is due again later.
            if self.end(job).await.is_err() {
                break;
            }
        }
        Ok(begun)
    }

    async fn forget(&self, identifier: &Identifier) -> Result<(), Outage> {
        if !self.storage.has_table(TABLE)? {
            return Ok(());
        }
        // The alarm stays set. If it then finds no job, it deletes the storage.
        for row in &self.storage.run(ALL, &[])? {
            let job = text(row, "body").and_then(|body| decode::<Entry<RequestJob>>(&body).ok());
            if job.is_some_and(|entry| entry.job.identifier.canonical() == identifier.canonical()) {
                self.storage.run(DELETE, &[field(row, "id")])?;
            }
        }
        Ok(())
    }

    async fn finish(&self, id: &str) -> Result<(), Outage> {
        if self.storage.has_table(TABLE)? {
            self.storage.run(DELETE, &[JsValue::from_str(id)])?;
        }
        Ok(())
    }

    async fn rearm(&self) -> Result<(), Outage> {
        match self.earliest() {
            Ok(Some(earliest)) => self.arm(earliest).await,
            Ok(None) => {
                self.armed.set(None);
                self.created.set(false);
                self.storage.clear().await
            }
            Err(Outage) => self.arm(HostClock.now().after(RETRY_DELAY)).await,
        }
    }
}
