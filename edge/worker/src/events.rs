//! Events: a row in D1 and a log line.

use js_sys::Array;
use wasm_bindgen::{JsCast as _, JsValue};
use worker_sys::{D1Database, D1Result};

use crate::event_rows::{ERASE, INSERT, RECENT, insert_params, log_line};
use crate::host::{await_promise, log_event, log_failure};
use crate::objects::text;
use relatch_domain::events::{Event, EventView};
use relatch_domain::ports::{Events, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::account::AccountId;
use relatch_domain::values::application_id::ApplicationId;

/// The events of one application.
pub struct D1Events {
    database: D1Database,
    application: ApplicationId,
}

impl D1Events {
    /// Creates the adapter for an application.
    pub fn new(database: D1Database, application: &ApplicationId) -> Self {
        Self { database, application: application.clone() }
    }

    /// Runs a statement about an account and returns its rows.
    async fn run(
        &self,
        step: &'static str,
        sql: &str,
        account: &AccountId,
        limit: Option<u32>,
    ) -> Result<Array, Outage> {
        let ids = [self.application.as_str(), account.0.as_str()].map(JsValue::from_str);
        let params: Array = ids.into_iter().chain(limit.map(JsValue::from)).collect();
        let run =
            self.database.prepare(sql).and_then(|sql| sql.bind(params)).and_then(|it| it.all());
        let result: D1Result = await_promise(step, timeouts::EVENTS, run).await?.unchecked_into();
        Ok(result.results().map_err(|error| log_failure(step, &error))?.unwrap_or_default())
    }
}

impl Events for D1Events {
    async fn record(&self, event: &Event) -> Result<(), Outage> {
        let param =
            |text: Option<String>| text.map_or(JsValue::NULL, |text| JsValue::from_str(&text));
        let params: Array = insert_params(event).map(param).into_iter().collect();
        let inserted = self
            .database
            .prepare(INSERT)
            .and_then(|insert| insert.bind(params))
            .and_then(|it| it.run());
        await_promise("events: record", timeouts::EVENTS, inserted).await?;
        self.log(event);
        Ok(())
    }

    async fn recent(&self, account: &AccountId, limit: u32) -> Result<Vec<EventView>, Outage> {
        let rows = self.run("events: recent", RECENT, account, Some(limit)).await?;
        let view = |row: JsValue| EventView {
            at: text(&row, "at").unwrap_or_default(),
            event: text(&row, "action").unwrap_or_default(),
            address: text(&row, "address"),
            detail: text(&row, "detail"),
        };
        Ok(rows.iter().map(view).collect())
    }

    async fn erase(&self, account: &AccountId) -> Result<(), Outage> {
        self.run("events: erase", ERASE, account, None).await.map(drop)
    }

    fn log(&self, event: &Event) {
        log_event(log_line(event));
    }
}
