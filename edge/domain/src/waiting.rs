//! The mails that wait in the outbox of an object, as operators see them.

use serde::{Deserialize, Serialize};

use crate::events::Detail;
use crate::mail::mail_name::MailName;
use crate::values::account::AccountId;
use crate::values::time::Moment;

/// A mail that waits for its first or another attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingMail {
    /// Which mail it is.
    pub mail: MailName,
    /// The accounts that it is about.
    pub accounts: Vec<AccountId>,
    /// When it was accepted.
    pub added: Moment,
    /// The attempts that have begun.
    pub attempts: u32,
    /// When the next attempt may begin.
    pub next_attempt: Moment,
    /// Why the latest attempt failed: a code, or the text of the hook `mayReset`.
    pub last_code: Option<String>,
    /// Whether an attempt handed the mail over and has no answer, so that it may have arrived.
    pub may_be_delivered: bool,
}

/// The outcome of a call that has waiting mails attempted at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetriedMails {
    /// The number of mails that are due now.
    pub retried: u32,
    /// The mails that wait, these included.
    pub mails: Vec<WaitingMail>,
}

/// Why the latest attempts at the mails of an object failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Failures(Vec<Failure>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Failure {
    job: String,
    code: String,
}

impl Failures {
    /// Stores why the latest attempt at a job failed.
    pub fn set(&mut self, job: &str, reason: &Detail) {
        self.retain(|other| other != job);
        self.0.push(Failure { job: job.to_owned(), code: reason.as_str().to_owned() });
    }

    /// Returns why the latest attempt at a job failed.
    #[must_use]
    pub fn of_job(&self, job: &str) -> Option<&str> {
        self.0.iter().find(|failure| failure.job == job).map(|failure| failure.code.as_str())
    }

    /// Removes what is about jobs that `stays` rejects.
    pub fn retain(&mut self, stays: impl Fn(&str) -> bool) {
        self.0.retain(|failure| stays(&failure.job));
    }
}
