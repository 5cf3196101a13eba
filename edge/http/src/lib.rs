//! The HTTP surface as a function: a request with its whole body in, a response out. The real
//! client can call the real service within one process.

mod api;
mod applications;
mod context;
mod cors;
mod decode;
mod dialects;
mod gallery;
mod hook;
mod language;
mod mail_reports;
#[cfg(feature = "openapi")]
pub mod openapi;
mod operator;
mod operator_page;
mod pages;
mod problem;
mod router;
mod routes;
mod server;
mod session;
mod visitor;

pub use applications::{resolve_application, unknown_application};
pub use decode::MAX_BODY_BYTES;
pub use mail_reports::body_limit;
pub use problem::misconfigured;
pub use router::handle;

use http::HeaderName;
use http::header::{
    ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    COOKIE, ORIGIN, USER_AGENT,
};

/// The headers that are read. A server need not pass any others.
pub const HEADERS_READ: [HeaderName; 18] = [
    ACCEPT_LANGUAGE,
    AUTHORIZATION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_TYPE,
    COOKIE,
    ORIGIN,
    hook::CAPTCHA,
    SEC_FETCH_SITE,
    USER_AGENT,
    visitor::VISITOR_ADDRESS,
    HeaderName::from_static("svix-id"),
    HeaderName::from_static("svix-signature"),
    HeaderName::from_static("svix-timestamp"),
    HeaderName::from_static("webhook-id"),
    HeaderName::from_static("webhook-signature"),
    HeaderName::from_static("webhook-timestamp"),
];

/// The relation of the sending page to this site (W3C Fetch Metadata, section 2.3).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
