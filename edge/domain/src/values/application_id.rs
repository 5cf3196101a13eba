//! The id of an application.

use serde::{Deserialize, Serialize};

/// The id of the application that is reached without an id in the path.
pub const DEFAULT_APPLICATION: &str = "default";

/// The id of an application, as used in paths, object names and every authentication code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApplicationId(String);

impl ApplicationId {
    /// Parses an id of 1 to 36 lower-case letters, digits and hyphens.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        ((1..=36).contains(&id.len()) && id.chars().all(fits)).then(|| Self(id.to_owned()))
    }

    /// Returns the id of the default application.
    #[must_use]
    pub fn default_application() -> Self {
        Self(DEFAULT_APPLICATION.to_owned())
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
