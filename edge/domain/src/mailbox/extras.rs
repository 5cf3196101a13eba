//! What few mailboxes have.

use serde::{Deserialize, Serialize};

use super::brake::Brake;
use crate::outbox::or_default;
use crate::values::account::Fingerprint;

/// The last part of the state of a mailbox. It is not stored while it is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Extras {
    /// The languages that requests name.
    pub(super) languages: ByJob<String>,
    /// The brake, in an object that does nothing else.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) brake: Option<Brake>,
    /// The fingerprints of the accounts of link mails that have to wait, as the lookups read them.
    #[serde(default, skip_serializing_if = "ByJob::is_empty", deserialize_with = "or_default")]
    pub(super) fingerprints: ByJob<Fingerprint>,
}

impl Extras {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Deletes the values of other jobs.
    pub(super) fn retain(&mut self, has_job: impl Fn(&str) -> bool) {
        self.languages.0.retain(|(job, _)| has_job(job));
        self.fingerprints.0.retain(|(job, _)| has_job(job));
    }
}

/// A value for each of some jobs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct ByJob<T>(Vec<(String, T)>);

impl<T> Default for ByJob<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByJob<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, job: &str, value: Option<T>) {
        self.0.extend(value.map(|value| (job.to_owned(), value)));
    }

    pub(super) fn of_job(&self, job: &str) -> Option<&T> {
        self.0.iter().find(|(id, _)| id == job).map(|(_, value)| value)
    }
}
