//! Events: a row in D1 and a log line.

use js_sys::Array;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;
use worker_sys::{D1Database, D1Result};

use crate::bindings::field;
use crate::configuration::events_database;
use crate::event_rows::{
    COUNT, DELETE_BEFORE, ERASE, INSERT, PROBE, RECENT, insert_params, log_line, refusal_line,
    statement,
};
use crate::host::{
    await_promise, is_schema_error, log_error, log_event, log_failure, log_refusal, within,
};
use crate::objects::text;
use crate::options::Options;
use relatch_domain::events::{Event, EventView, Refusal};
use relatch_domain::ports::{Events, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::account::AccountId;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::time::Moment;

/// The events of one application.
pub struct D1Events {
    database: D1Database,
    table: String,
    application: ApplicationId,
}

impl D1Events {
    /// Creates the adapter for an application.
    pub fn new(env: &Env, application: &ApplicationId) -> Self {
        let database = field(env, events_database(env)).unchecked_into();
        let table = Options::of(env).events_table();
        Self { database, table, application: application.clone() }
    }

    /// Runs a statement about the application and `subject`, and returns its rows.
    async fn run(
        &self,
        step: &'static str,
        sql: &str,
        subject: &str,
        limit: Option<u32>,
    ) -> Result<Array, Outage> {
        let texts = [self.application.as_str(), subject].map(JsValue::from_str);
        self.rows(step, sql, texts.into_iter().chain(limit.map(JsValue::from)).collect()).await
    }

    /// Runs a statement and returns its rows.
    async fn rows(&self, step: &'static str, sql: &str, params: Array) -> Result<Array, Outage> {
        let prepared = self.database.prepare(&statement(sql, &self.table));
        let run = prepared.and_then(|sql| sql.bind(params)).and_then(|it| it.all());
        let result: D1Result = await_promise(step, timeouts::EVENTS, run).await?.unchecked_into();
        Ok(result.results().map_err(|error| log_failure(step, &error))?.unwrap_or_default())
    }
}

impl Events for D1Events {
    async fn record(&self, event: &Event) -> Result<(), Outage> {
        let param =
            |text: Option<String>| text.map_or(JsValue::NULL, |text| JsValue::from_str(&text));
        let params: Array = insert_params(event).map(param).into_iter().collect();
        let sql = if event.action.is_counted() { COUNT } else { INSERT };
        let rows = self.rows("events: record", sql, params).await?;
        if count_of(&rows.get(0)).is_none_or(|count| count <= 1) {
            self.log(event);
        }
        Ok(())
    }

    async fn recent(&self, account: &AccountId, limit: u32) -> Result<Vec<EventView>, Outage> {
        let rows = self.run("events: recent", RECENT, &account.0, Some(limit)).await?;
        let view = |row: JsValue| EventView {
            at: text(&row, "at").unwrap_or_default(),
            event: text(&row, "action").unwrap_or_default(),
            detail: text(&row, "detail"),
            count: count_of(&row).filter(|count| *count > 1),
            ..EventView::of_address(text(&row, "address").as_deref())
        };
        Ok(rows.iter().map(view).collect())
    }

    async fn erase(&self, account: &AccountId) -> Result<(), Outage> {
        self.run("events: erase", ERASE, &account.0, None).await.map(drop)
    }

    async fn delete_before(&self, before: Moment, limit: u32) -> Result<u32, Outage> {
        let rows =
            self.run("events: retention", DELETE_BEFORE, &before.rfc3339(), Some(limit)).await?;
        Ok(rows.length())
    }

    async fn check_configuration(&self) -> Result<bool, Outage> {
        let probe = self.database.prepare(&statement(PROBE, &self.table)).and_then(|it| it.all());
        let outcome = match probe {
            Ok(promise) => within(timeouts::EVENTS, JsFuture::from(promise)).await.ok_or(Outage)?,
            Err(thrown) => Err(thrown),
        };
        match outcome {
            Ok(_) => Ok(true),
            Err(error) if is_schema_error(&error) => {
                log_error(&format!(
                    "configuration: the table `{}` must have the columns of events: apply the \
                     migrations, or name another table in `tables.events` of `createRelatch`",
                    self.table
                ));
                Ok(false)
            }
            Err(error) => Err(log_failure("events: probe", &error)),
        }
    }

    fn log(&self, event: &Event) {
        log_event(log_line(event));
    }

    fn log_refusal(&self, refusal: &Refusal) {
        log_refusal(|| refusal_line(refusal));
    }
}

/// Returns the column `count` of a row, if it has one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn count_of(row: &JsValue) -> Option<u32> {
    field(row, "count").as_f64().map(|count| count as u32)
}
