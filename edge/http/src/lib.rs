//! HTTP, without a server: a request with its whole body in, a response out. So the real client can drive the real
//! service in one process.

mod api;
mod applications;
mod context;
mod cors;
mod decode;
mod dialects;
mod pages;
mod problem;
mod router;
mod routes;
mod server;
mod session;

pub use applications::{resolve_application, unknown_application};
pub use decode::LARGEST_BODY;
pub use problem::misconfigured;
pub use router::handle;

use http::HeaderName;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, ORIGIN};

/// The headers of a request that are looked at: a server need not hand over any other. Names that are known beforehand also
/// spare the Worker a table of all the names that there are.
pub const HEADERS_READ: [HeaderName; 6] = [AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, ORIGIN, SEC_FETCH_SITE];

/// How the page that sent a request stands to us (W3C Fetch Metadata, section 2.3).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
