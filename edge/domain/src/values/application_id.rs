//! The id of an application, as used in paths, object names and every authentication code.

pub use relatch::ApplicationId;

/// The id of the application that is reached without an id in the path.
pub const DEFAULT_APPLICATION: &str = ApplicationId::DEFAULT;
