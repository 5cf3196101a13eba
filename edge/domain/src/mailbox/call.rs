//! Counted calls: what an object is asked, and what it answers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::values::time::Moment;

/// Asks an object to count a call of a server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CountCall {
    /// The id of the call. Each call is counted once.
    pub id: String,
    /// The most calls within [`Self::span`].
    pub max: u32,
    /// The time for which a call counts, at most 24 hours.
    pub span: Duration,
}

/// The outcome of [`Mailbox::count_call`](super::Mailbox::count_call).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use]
pub enum CallOutcome {
    /// The call was counted.
    Counted,
    /// The limit is reached: the call must not take effect.
    RateLimited {
        /// The time at which the limit ends.
        until: Moment,
    },
}
