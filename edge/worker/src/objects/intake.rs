//! The intake as a Durable Object: takes a job in one durable write; its alarm works on what is due.

use std::cell::Cell;

use wasm_bindgen::prelude::*;
use worker::Env;
use worker_sys::DurableObjectState;

use super::{IntakeCommand, LOOK_AGAIN, answer, no_alarm, read};
use crate::bindings::field;
use crate::configuration::application;
use crate::host::{HostClock, log_error, millis, moment, parse, write};
use crate::objects::storage::{Storage, text};
use crate::platform::CloudflarePlatform;
use relatch_domain::intake::{RequestJob, alarm_at, due_at};
use relatch_domain::jobs::lookup;
use relatch_domain::outbox::Entry;
use relatch_domain::ports::{Clock as _, IntakeStore, Outage};
use relatch_domain::service::Service;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::time::Moment;

const TABLE: &str = "jobs";
const CREATE: &str = "CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, application TEXT NOT NULL, \
    due INTEGER NOT NULL, body TEXT NOT NULL) \
    WITHOUT ROWID; \
    CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due)";
const INSERT: &str = "INSERT OR IGNORE INTO jobs (id, application, due, body) VALUES (?1, ?2, ?3, ?4)";
const DUE: &str = "SELECT id, body FROM jobs WHERE due <= ?1 ORDER BY due LIMIT ?2";
const ONE: &str = "SELECT body FROM jobs WHERE id = ?1";
const PUT: &str = "UPDATE jobs SET due = ?2, body = ?3 WHERE id = ?1";
const DELETE: &str = "DELETE FROM jobs WHERE id = ?1";
// An intake has the jobs of one application.
const ALL: &str = "SELECT id, body FROM jobs";
const WHOSE: &str = "SELECT application FROM jobs LIMIT 1";
const EARLIEST: &str = "SELECT min(due) AS due FROM jobs";

/// The object.
#[wasm_bindgen]
pub struct Intake {
    env: Env,
    jobs: Jobs,
}

#[wasm_bindgen]
impl Intake {
    #[wasm_bindgen(constructor)]
    pub fn new(state: &DurableObjectState, env: Env) -> Self {
        Self { env, jobs: Jobs { storage: Storage::of(state), created: Cell::new(false), armed: Cell::new(None) } }
    }

    pub async fn call(&self, command: String) -> Option<String> {
        answer(match read(&command) {
            Ok(IntakeCommand::Accept(job)) => self.accept(job).await,
            Ok(IntakeCommand::Release(job)) => self.jobs.release(&job, due_at(HostClock.now())).await,
            Ok(IntakeCommand::Forget(identifier)) => self.jobs.forget(&identifier).await,
            Err(Outage) => Err(Outage),
        })
    }

    pub async fn alarm(&self) -> Result<(), JsValue> {
        // This alarm is over: from now on, none is set until somebody sets one.
        self.jobs.armed.set(None);
        match self.jobs.whose().map(|whose| whose.map(|id| application(&self.env, &id))) {
            Ok(Some(Some(configured))) => {
                let platform = CloudflarePlatform::new(&self.env, &configured);
                let service = Service { application: &configured.application, platform: &platform };
                lookup::run(service, &self.jobs).await.map_err(no_alarm)?;
            }
            Ok(None) => self.jobs.rearm().await.map_err(no_alarm)?,
            Ok(Some(None)) | Err(Outage) => {
                let _logged = self.jobs.arm(HostClock.now().after(LOOK_AGAIN)).await;
            }
        }
        // Otherwise never an error, for the runtime repeats a failed alarm a few times and then deletes it. For this one
        // `entry.js` sets another.
        Ok(())
    }
}

impl Intake {
    async fn accept(&self, job: RequestJob) -> Result<(), Outage> {
        application(&self.env, &job.application).ok_or(Outage)?;
        let (id, due) = (job.id.clone(), job.due());
        self.jobs.insert(&id, job, due).await
    }
}

/// The jobs, one row each.
struct Jobs {
    storage: Storage,
    /// Whether the table is there, as far as this instance knows.
    created: Cell<bool>,
    /// When the alarm is set for, as far as this instance knows.
    armed: Cell<Option<Moment>>,
}

impl Jobs {
    async fn arm(&self, at: Moment) -> Result<(), Outage> {
        self.armed.set(Some(at));
        let set = self.storage.arm(at).await;
        if set.is_err() {
            self.armed.set(None);
        }
        set
    }

    /// The application whose jobs these are; nothing if there are none.
    fn whose(&self) -> Result<Option<ApplicationId>, Outage> {
        if !self.storage.has_table(TABLE)? {
            return Ok(None);
        }
        let rows = self.storage.run(WHOSE, &[])?;
        Ok(rows.first().and_then(|row| text(row, "application")).and_then(|id| ApplicationId::parse(&id).ok()))
    }

    /// When the alarm has to ring if a job is due then. An instance that has just started knows of no alarm, and there may be
    /// one for a job that is due sooner: one that is held is due only in an hour.
    fn ring_at(&self, due: Moment) -> Result<Moment, Outage> {
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

    /// A row's job, with one more attempt begun. A row that cannot be read would come up again for ever.
    fn begin_row(&self, row: &JsValue, now: Moment) -> Result<Option<Entry<RequestJob>>, Outage> {
        let Some(id) = text(row, "id") else { return Ok(None) };
        let body = text(row, "body").unwrap_or_default();
        let Ok(mut entry) = parse::<Entry<RequestJob>>(&body) else {
            log_error(&format!("intake: job {id} cannot be read and was dropped"));
            self.storage.run(DELETE, &[JsValue::from_str(&id)])?;
            return Ok(None);
        };
        entry.begin(now);
        self.put(&entry)?;
        Ok(Some(entry))
    }

    /// Stores a job that is there, as it is now.
    fn put(&self, entry: &Entry<RequestJob>) -> Result<(), Outage> {
        let body = write(entry)?;
        let values = [JsValue::from_str(&entry.id), JsValue::from_f64(millis(entry.due)), JsValue::from_str(&body)];
        self.storage.run(PUT, &values).map(drop)
    }
}

impl IntakeStore for Jobs {
    async fn insert(&self, id: &str, job: RequestJob, due: Moment) -> Result<(), Outage> {
        let (added, application) = (job.at, job.application.as_str().to_owned());
        let body = write(&Entry::new(id.to_owned(), job, added, due))?;
        if !self.created.get() {
            self.storage.run(CREATE, &[])?;
            self.created.set(true);
        }
        let [id, application, body] = [id, &application, &body].map(JsValue::from_str);
        let values = [id, application, JsValue::from_f64(millis(due)), body];
        self.storage.run(INSERT, &values)?;
        // In the same turn as the row, and for every row, so that what is done does not depend on what waits already.
        self.arm(self.ring_at(due)?).await
    }

    async fn release(&self, id: &str, due: Moment) -> Result<(), Outage> {
        if !self.storage.has_table(TABLE)? {
            return Ok(());
        }
        let rows = self.storage.run(ONE, &[JsValue::from_str(id)])?;
        let row = rows.first().and_then(|row| parse::<Entry<RequestJob>>(&text(row, "body")?).ok());
        let Some(mut entry) = row else { return Ok(()) };
        if !entry.release(due) {
            return Ok(());
        }
        self.put(&entry)?;
        self.arm(self.ring_at(due)?).await
    }

    async fn begin(&self, now: Moment, most: usize) -> Result<Vec<Entry<RequestJob>>, Outage> {
        if !self.storage.has_table(TABLE)? {
            return Ok(Vec::new());
        }
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let rows = self.storage.run(DUE, &[JsValue::from_f64(millis(now)), JsValue::from(most)])?;
        let mut begun = Vec::new();
        for row in &rows {
            begun.extend(self.begin_row(row, now)?);
        }
        if let Some(earliest) = self.earliest()? {
            self.arm(earliest).await?;
        }
        Ok(begun)
    }

    async fn forget(&self, identifier: &Identifier) -> Result<(), Outage> {
        if !self.storage.has_table(TABLE)? {
            return Ok(());
        }
        // The alarm stays as it is: what finds no job clears the storage.
        for row in &self.storage.run(ALL, &[])? {
            let job = text(row, "body").and_then(|body| parse::<Entry<RequestJob>>(&body).ok());
            if job.is_some_and(|entry| entry.job.identifier.canonical() == identifier.canonical()) {
                self.storage.run(DELETE, &[field(row, "id")])?;
            }
        }
        Ok(())
    }

    async fn done(&self, id: &str) -> Result<(), Outage> {
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
            Err(Outage) => self.arm(HostClock.now().after(LOOK_AGAIN)).await,
        }
    }
}
