//! The HTML allow-list: a JavaScript library, because an HTML parser in Rust would be larger than
//! the rest of the Worker. A request provides it (`edge/call.mjs`), and loads it at its first use.
//! Outside of a request, it fails.

use crate::bindings::HostRequest;
use crate::host::await_without_timeout;
use relatch_domain::ports::{HtmlFilter, Outage};

/// The filter of a request.
pub struct RequestHtmlFilter(pub Option<HostRequest>);

impl HtmlFilter for RequestHtmlFilter {
    async fn clean(&self, html: &str) -> Result<String, Outage> {
        let cleaned = self.0.as_ref().ok_or(Outage)?.clean(html);
        let cleaned = await_without_timeout("html: clean", cleaned).await?;
        cleaned.as_string().ok_or(Outage)
    }
}
