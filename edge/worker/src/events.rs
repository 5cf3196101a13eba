//! Events: a row in D1, and a line of JSON in the log.

use js_sys::Array;
use serde::Serialize;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::console_log;
use worker_sys::{D1Database, D1Result};

use crate::host::{failed, settle};
use crate::objects::text;
use relatch_domain::events::{Event, EventView};
use relatch_domain::ports::{Events, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::account::AccountId;
use relatch_domain::values::application_id::ApplicationId;

/// An event that is there already stays as it is.
const INSERT: &str = "INSERT OR IGNORE INTO events (id, at, action, application, account, address, detail) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const RECENT: &str = "SELECT at, action, address, detail FROM events WHERE application = ?1 AND account = ?2 \
    ORDER BY at DESC, rowid DESC LIMIT ?3";
const ERASE: &str = "DELETE FROM events WHERE application = ?1 AND account = ?2";

/// Events in D1.
pub struct D1Events {
    database: D1Database,
    application: ApplicationId,
}

impl D1Events {
    /// Events in this database.
    pub fn new(database: D1Database, application: &ApplicationId) -> Self {
        Self { database, application: application.clone() }
    }

    /// Runs a statement about an account.
    async fn about(
        &self,
        step: &'static str,
        sql: &str,
        account: &AccountId,
        limit: Option<u32>,
    ) -> Result<Array, Outage> {
        let ids = [self.application.as_str(), account.0.as_str()].map(JsValue::from_str);
        let values: Array = ids.into_iter().chain(limit.map(JsValue::from)).collect();
        let run = self.database.prepare(sql).and_then(|sql| sql.bind(values)).and_then(|it| it.all());
        let result: D1Result = settle(step, timeouts::EVENTS, run).await?.unchecked_into();
        Ok(result.results().map_err(|error| failed(step, &error))?.unwrap_or_default())
    }
}

/// An event as it stands in the log.
#[derive(Serialize)]
struct Line<'a> {
    event: &'a str,
    at: String,
    application: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(event: &'a Event) -> Self {
        Self {
            event: event.action.as_str(),
            at: event.at.rfc3339(),
            application: event.application.as_str(),
            account: event.account_for_log(),
            address: event.address.as_deref(),
            detail: event.detail.as_deref(),
        }
    }
}

impl Events for D1Events {
    async fn record(&self, event: &Event) -> Result<(), Outage> {
        let line = Line::of(event);
        let value = |text: Option<&str>| text.map_or(JsValue::NULL, JsValue::from_str);
        let values: Array = [
            value(Some(&event.id)),
            value(Some(&line.at)),
            value(Some(line.event)),
            value(Some(line.application)),
            value(event.account.as_ref().map(|account| account.0.as_str())),
            value(line.address),
            value(line.detail),
        ]
        .into_iter()
        .collect();
        let inserted = self.database.prepare(INSERT).and_then(|insert| insert.bind(values)).and_then(|it| it.run());
        settle("events: record", timeouts::EVENTS, inserted).await?;
        self.log(event);
        Ok(())
    }

    async fn recent(&self, account: &AccountId, limit: u32) -> Result<Vec<EventView>, Outage> {
        let rows = self.about("events: recent", RECENT, account, Some(limit)).await?;
        let told = |row: JsValue| EventView {
            at: text(&row, "at").unwrap_or_default(),
            event: text(&row, "action").unwrap_or_default(),
            address: text(&row, "address"),
            detail: text(&row, "detail"),
        };
        Ok(rows.iter().map(told).collect())
    }

    async fn erase(&self, account: &AccountId) -> Result<(), Outage> {
        self.about("events: erase", ERASE, account, None).await.map(drop)
    }

    fn log(&self, event: &Event) {
        if let Ok(line) = serde_json::to_string(&Line::of(event)) {
            console_log!("{line}");
        }
    }
}
