//! The work of the Durable Objects: look up requests, deliver mail, and commit passwords.

use crate::claims::{AccountSnapshot, ObjectState, Step};
use crate::ports::{Clock as _, Directory as _, Outage, Platform, StateStore};
use crate::service::Service;
use crate::values::account::AccountId;
use crate::values::time::Moment;

mod brake;
pub mod commit;
pub mod delivery;
pub mod lookup;
pub(crate) mod plan;
pub mod trail;

/// A mailbox or a password change at work. Its commands and its alarm are its methods.
///
/// A method never holds the state across an await: each step loads, changes and stores it. Between
/// two steps anything may happen: a crash, another command, the alarm.
pub struct ObjectService<'a, P, S> {
    /// The application that the object belongs to, and its ports.
    pub service: Service<'a, P>,
    /// The object's storage.
    pub store: &'a S,
}

/// The type of a store's permit ids.
pub(crate) type PermitIdOf<S> = <<S as StateStore>::State as ObjectState>::PermitId;
/// The type of a store's jobs.
pub(crate) type JobOf<S> = <<S as StateStore>::State as ObjectState>::Job;

impl<P: Platform, S: StateStore> ObjectService<'_, P, S> {
    fn now(&self) -> Moment {
        self.service.platform.clock().now()
    }

    fn step(&self) -> Step<'_> {
        Step { application: &self.service.application.id, now: self.now() }
    }

    /// Reads an account for the machine. If the account has the version of a claim whose reply was
    /// lost, sessions that did not end with the write end now, before the claim is settled: also the
    /// one that was to continue, which only the lost attempt knew.
    async fn snapshot(&self, id: &AccountId) -> Result<AccountSnapshot, Outage> {
        let Service { application, platform } = self.service;
        let directory = platform.directory();
        let read_began = self.now();
        let account = directory.account(id).await?;
        let snapshot = AccountSnapshot::new(&application.id, read_began, account.as_ref());
        if directory.ends_sessions_separately()
            && let Some(version) = &snapshot.version
            && self.store.change(|state| state.claims().is_unsettled(version)).await?
        {
            directory.end_sessions(id).await?;
        }
        Ok(snapshot)
    }
}
