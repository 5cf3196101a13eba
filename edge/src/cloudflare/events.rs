//! Events: a row in D1, and a line of JSON in the log.

use js_sys::Array;
use serde::Serialize;
use wasm_bindgen::JsValue;
use worker::console_log;
use worker_sys::D1Database;

use super::host::settle;
use crate::core::events::Event;
use crate::core::patience;
use crate::core::ports::{Events, Outage};

/// An event that is there already stays as it is.
const INSERT: &str = "INSERT OR IGNORE INTO events (id, at, action, application, account, address, detail) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// Events in D1.
pub struct D1Events {
    database: D1Database,
}

impl D1Events {
    /// Events in this database.
    pub fn new(database: D1Database) -> Self {
        Self { database }
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
        let text = |text: Option<&str>| text.map_or(JsValue::NULL, JsValue::from_str);
        let values: Array = [
            text(Some(&event.id)),
            text(Some(&line.at)),
            text(Some(line.event)),
            text(Some(line.application)),
            text(event.account.as_ref().map(|account| account.0.as_str())),
            text(line.address),
            text(line.detail),
        ]
        .into_iter()
        .collect();
        let inserted = self.database.prepare(INSERT).and_then(|insert| insert.bind(values)).and_then(|it| it.run());
        settle("events: record", patience::EVENTS, inserted).await?;
        self.note(event);
        Ok(())
    }

    fn note(&self, event: &Event) {
        if let Ok(line) = serde_json::to_string(&Line::of(event)) {
            console_log!("{line}");
        }
    }
}
