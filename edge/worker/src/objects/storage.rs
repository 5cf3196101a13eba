//! The storage of an object: its database and its alarm.
//!
//! Statements run synchronously. Everything that is issued between two awaits is stored together or
//! not at all, and the platform holds back the object's reply until it is durable.

use std::future::Future;

use js_sys::Array;
use wasm_bindgen::{JsCast as _, JsValue};
use worker_sys::DurableObjectState;

use crate::bindings::{ObjectStorage, field};
use crate::host::{await_promise, log_failure, millis};
use relatch_domain::ports::Outage;
use relatch_domain::timeouts;
use relatch_domain::values::time::Moment;

const HAS_TABLE: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1";

/// The storage of one object.
#[derive(Clone)]
pub struct Storage {
    storage: ObjectStorage,
}

impl Storage {
    /// Returns the storage of an object.
    pub fn of(state: &DurableObjectState) -> Self {
        Self { storage: field(state, "storage").unchecked_into() }
    }

    /// Runs a statement and returns its rows.
    pub fn run(&self, sql: &str, values: &[JsValue]) -> Result<Vec<JsValue>, Outage> {
        let values: Array = values.iter().collect();
        let rows = self.storage.sql().and_then(|database| database.exec(sql, &values)?.to_array());
        Ok(rows.map_err(|error| log_failure("object: storage", &error))?.to_vec())
    }

    /// Returns whether the storage has this table. An empty storage has none, and reading must not
    /// create one.
    pub fn has_table(&self, name: &str) -> Result<bool, Outage> {
        Ok(!self.run(HAS_TABLE, &[JsValue::from_str(name)])?.is_empty())
    }

    /// Sets the alarm before it returns. The future resolves to whether that succeeded.
    pub fn arm(&self, at: Moment) -> impl Future<Output = Result<(), Outage>> + use<> {
        let set = self.storage.set_alarm(millis(at));
        async move { await_promise("object: alarm", timeouts::STORAGE, set).await.map(drop) }
    }

    /// Deletes the database and the alarm before it returns. The future resolves to whether that
    /// succeeded.
    pub fn clear(&self) -> impl Future<Output = Result<(), Outage>> + use<> {
        let cleared = self.storage.delete_all();
        async move { await_promise("object: clear", timeouts::STORAGE, cleared).await.map(drop) }
    }
}

/// Returns a column of a row, if it is text.
pub fn text(row: &JsValue, column: &str) -> Option<String> {
    field(row, column).as_string()
}
