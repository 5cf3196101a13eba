//! The state interface that the shells of both machines use.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Claims, FollowUp, PermitId};
use crate::values::time::Moment;

/// The whole state of an object that sets passwords: a [`Mailbox`](crate::mailbox::Mailbox) or a
/// [`PasswordChange`](crate::password_change::PasswordChange). The default is the state of an
/// object that was never stored.
pub trait ObjectState: Clone + Default + PartialEq + Serialize + DeserializeOwned {
    /// The type of the ids of its permits.
    type PermitId: PermitId;
    /// The type of its jobs.
    type Job: Clone + From<FollowUp<Self::PermitId>>;

    /// Returns the permits, claims and jobs.
    fn claims(&self) -> &Claims<Self::PermitId, Self::Job>;

    /// Returns the permits, claims and jobs, to change them.
    fn claims_mut(&mut self) -> &mut Claims<Self::PermitId, Self::Job>;

    /// Deletes what has expired.
    fn prune(&mut self, now: Moment);

    /// Returns when something is next due or expires, or `None` if the state is empty.
    fn next_alarm(&self) -> Option<Moment>;
}
