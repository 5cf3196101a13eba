//! Link records in KV. A record never changes, so a stale copy is harmless.

use std::time::Duration;

use wasm_bindgen::JsValue;

use crate::bindings::{KvNamespace, object};
use crate::host::{HostClock, await_promise, log_error};
use crate::names::link_key;
use crate::stored::{decode, encode};
use relatch_domain::ports::{Clock as _, LinkRecords, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::link::{LinkId, LinkRecord};
use relatch_domain::values::time::Moment;

/// The binding of the namespace.
pub const BINDING: &str = "LINKS";

/// The shortest time to live that KV accepts.
const MIN_TTL: Duration = Duration::from_secs(60);

/// The link records of one application.
pub struct KvRecords {
    namespace: KvNamespace,
    application: ApplicationId,
}

impl KvRecords {
    /// Creates the adapter for an application.
    pub fn new(namespace: KvNamespace, application: &ApplicationId) -> Self {
        Self { namespace, application: application.clone() }
    }

    fn key(&self, link: &LinkId) -> String {
        link_key(&self.application, link)
    }
}

impl LinkRecords for KvRecords {
    async fn put(&self, id: &LinkId, record: &LinkRecord, until: Moment) -> Result<(), Outage> {
        let ttl = until.since(HostClock.now()).max(MIN_TTL).as_secs();
        let ttl = u32::try_from(ttl).unwrap_or(u32::MAX);
        let value = encode(record)?;
        let options = object(&[("expirationTtl", JsValue::from(ttl))]);
        await_promise(
            "records: put",
            timeouts::RECORDS,
            self.namespace.put(&self.key(id), &value, &options),
        )
        .await?;
        Ok(())
    }

    async fn delete(&self, id: &LinkId) -> Result<(), Outage> {
        await_promise("records: delete", timeouts::RECORDS, self.namespace.delete(&self.key(id)))
            .await
            .map(drop)
    }

    async fn read(&self, id: &LinkId) -> Result<Option<LinkRecord>, Outage> {
        let value =
            await_promise("records: read", timeouts::RECORDS, self.namespace.get(&self.key(id)))
                .await?;
        let record = value.as_string().map(|text| decode(&text)).transpose();
        record.map_err(|_| {
            log_error("records: read: not a link record");
            Outage
        })
    }
}
