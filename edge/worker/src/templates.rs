//! The application's own templates for its mails, in KV.

use crate::bindings::KvNamespace;
use crate::host::await_promise;
use relatch_domain::mail::template_file::TemplateKey;
use relatch_domain::ports::{Outage, Templates};
use relatch_domain::timeouts;

/// The binding of the namespace. It is optional.
pub const BINDING: &str = "TEMPLATES";

/// The templates of a deployment, if a namespace is bound.
pub struct KvTemplates(pub Option<KvNamespace>);

impl Templates for KvTemplates {
    fn has_any(&self) -> bool {
        self.0.is_some()
    }

    async fn read(&self, key: &TemplateKey) -> Result<Option<String>, Outage> {
        let Some(namespace) = &self.0 else { return Ok(None) };
        let value = namespace.get(&key.to_string());
        Ok(await_promise("templates: read", timeouts::RECORDS, value).await?.as_string())
    }
}
