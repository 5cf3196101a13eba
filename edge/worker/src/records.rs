//! Link records in KV. They never change, so it does not matter how stale a reader's copy is.

use std::fmt;
use std::time::Duration;

use wasm_bindgen::JsValue;

use crate::bindings::{KvNamespace, object};
use crate::host::{HostClock, log_error, parse, settle, write};
use relatch_domain::ports::{Clock as _, LinkRecords, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::link::{LinkId, LinkRecord};
use relatch_domain::values::time::Moment;

/// The name of the KV namespace.
pub const BINDING: &str = "LINKS";

/// The shortest life that KV accepts.
const SHORTEST_LIFE: Duration = Duration::from_secs(60);

/// A link's key: `{application}:link:{hash of its nonce}`. Links that are out depend on this spelling.
struct LinkKey<'a> {
    application: &'a ApplicationId,
    link: &'a LinkId,
}

impl fmt::Display for LinkKey<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:link:{}", self.application.as_str(), self.link.as_str())
    }
}

/// Link records in KV.
pub struct KvRecords {
    namespace: KvNamespace,
    application: ApplicationId,
}

impl KvRecords {
    /// Link records in this namespace.
    pub fn new(namespace: KvNamespace, application: &ApplicationId) -> Self {
        Self { namespace, application: application.clone() }
    }

    fn key(&self, link: &LinkId) -> String {
        LinkKey { application: &self.application, link }.to_string()
    }
}

impl LinkRecords for KvRecords {
    async fn put(&self, id: &LinkId, record: &LinkRecord, until: Moment) -> Result<(), Outage> {
        let life = until.since(HostClock.now()).max(SHORTEST_LIFE).as_secs();
        // A link lives for hours; whatever does not fit is longer than that.
        let life = u32::try_from(life).unwrap_or(u32::MAX);
        let value = write(record)?;
        let options = object(&[("expirationTtl", JsValue::from(life))]);
        settle("records: put", timeouts::RECORDS, self.namespace.put(&self.key(id), &value, &options)).await?;
        Ok(())
    }

    async fn delete(&self, id: &LinkId) -> Result<(), Outage> {
        settle("records: delete", timeouts::RECORDS, self.namespace.delete(&self.key(id))).await.map(drop)
    }

    async fn read(&self, id: &LinkId) -> Result<Option<LinkRecord>, Outage> {
        let value = settle("records: read", timeouts::RECORDS, self.namespace.get(&self.key(id))).await?;
        let record = value.as_string().map(|text| parse(&text)).transpose();
        record.map_err(|_| {
            log_error("records: read: not a record");
            Outage
        })
    }
}
