//! The allow-list of HTML: a library of JavaScript's, whose parser would be larger than the whole Worker in Rust. A call brings
//! it along (`edge/call.mjs`); where there is no call, nothing is filtered and nothing let through.

use crate::bindings::Call;
use crate::host::failed;
use relatch_domain::ports::{HtmlFilter, Outage};

/// The filter of this call.
pub struct CallHtmlFilter(pub Option<Call>);

impl HtmlFilter for CallHtmlFilter {
    fn clean(&self, html: &str) -> Result<String, Outage> {
        self.0.as_ref().ok_or(Outage)?.clean(html).map_err(|error| failed("html: clean", &error))
    }
}
