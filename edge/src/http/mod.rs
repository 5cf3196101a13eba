//! HTTP, without a server: a request with its whole body in, a response out. So the real client can drive the real
//! service in one process.

mod body;
mod cors;
mod fields;
mod problem;
mod router;

pub use body::{LARGEST_BODY, announced_length};
pub use problem::misconfigured;
pub use router::handle;
