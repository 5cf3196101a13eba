//! HTTP, without a server: a request with its whole body in, a response out. So the real client can drive the real
//! service in one process.

mod body;
mod cors;
mod fields;
mod pages;
mod problem;
mod router;

pub use body::{LARGEST_BODY, announces_too_much};
pub use problem::misconfigured;
pub use router::handle;
