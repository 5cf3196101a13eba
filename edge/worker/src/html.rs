//! The HTML allow-list: a JavaScript library, because an HTML parser in Rust would be larger than
//! the rest of the Worker. A request provides it (`edge/call.mjs`). Outside of a request, it fails.

use crate::bindings::HostRequest;
use crate::host::log_failure;
use relatch_domain::ports::{HtmlFilter, Outage};

/// The filter of a request.
pub struct RequestHtmlFilter(pub Option<HostRequest>);

impl HtmlFilter for RequestHtmlFilter {
    fn clean(&self, html: &str) -> Result<String, Outage> {
        self.0
            .as_ref()
            .ok_or(Outage)?
            .clean(html)
            .map_err(|error| log_failure("html: clean", &error))
    }
}
