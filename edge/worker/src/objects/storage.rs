//! An object's storage: its database and its alarm. Statements run at once; what is issued between two waits is stored
//! together or not at all, and no answer leaves the object before it is durable.

use std::future::Future;

use js_sys::Array;
use wasm_bindgen::{JsCast as _, JsValue};
use worker_sys::DurableObjectState;

use crate::bindings::{ObjectStorage, field};
use crate::host::{failed, millis, settle};
use relatch_domain::ports::Outage;
use relatch_domain::timeouts;
use relatch_domain::values::time::Moment;

const HAS_TABLE: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1";

/// One object's storage.
#[derive(Clone)]
pub struct Storage {
    storage: ObjectStorage,
}

impl Storage {
    /// The storage of this object.
    pub fn of(state: &DurableObjectState) -> Self {
        Self { storage: field(state, "storage").unchecked_into() }
    }

    /// Runs a statement. Gives its rows.
    pub fn run(&self, sql: &str, values: &[JsValue]) -> Result<Vec<JsValue>, Outage> {
        let values: Array = values.iter().collect();
        let rows = self.storage.sql().and_then(|database| database.exec(sql, &values)?.to_array());
        Ok(rows.map_err(|error| failed("object: storage", &error))?.to_vec())
    }

    /// Whether there is such a table: storage that was cleared has none, and looking must not make one.
    pub fn has_table(&self, name: &str) -> Result<bool, Outage> {
        Ok(!self.run(HAS_TABLE, &[JsValue::from_str(name)])?.is_empty())
    }

    /// Sets the alarm, at once. The future only tells whether that worked.
    pub fn arm(&self, at: Moment) -> impl Future<Output = Result<(), Outage>> + use<> {
        let set = self.storage.set_alarm(millis(at));
        async move { settle("object: alarm", timeouts::STORAGE, set).await.map(drop) }
    }

    /// Deletes everything, the alarm too, at once. The future only tells whether that worked.
    pub fn clear(&self) -> impl Future<Output = Result<(), Outage>> + use<> {
        let cleared = self.storage.delete_all();
        async move { settle("object: clear", timeouts::STORAGE, cleared).await.map(drop) }
    }
}

/// A column of a row, as text.
pub fn text(row: &JsValue, column: &str) -> Option<String> {
    field(row, column).as_string()
}
