//! The password changes, as Durable Objects.

use worker_sys::DurableObjectNamespace;

use crate::objects::{ApplicationObjects, PasswordChangeCommand};
use relatch_domain::claims::CommitOutcome;
use relatch_domain::password_change::{Attempt, AttemptOutcome, CommitChange};
use relatch_domain::ports::{Outage, PasswordChanges};
use relatch_domain::timeouts;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::object_id::PasswordChangeId;
use relatch_domain::waiting::{RetriedMails, WaitingMail};

/// The binding of the namespace.
pub const BINDING: &str = "PASSWORD_CHANGE";

/// The password changes of one application.
pub struct ObjectPasswordChanges(ApplicationObjects);

impl ObjectPasswordChanges {
    /// Returns the password changes of an application in a namespace.
    pub fn new(namespace: DurableObjectNamespace, application: &ApplicationId) -> Self {
        Self(ApplicationObjects::new(namespace, application))
    }
}

impl PasswordChanges for ObjectPasswordChanges {
    async fn count_attempt(
        &self,
        object: &PasswordChangeId,
        attempt: &Attempt,
    ) -> Result<AttemptOutcome, Outage> {
        let command = PasswordChangeCommand::CountAttempt(attempt.clone());
        self.0
            .run("password change: count attempt", timeouts::PASSWORD_CHANGE, object, command)
            .await
    }

    async fn waiting_mails(&self, object: &PasswordChangeId) -> Result<Vec<WaitingMail>, Outage> {
        let command = PasswordChangeCommand::WaitingMails;
        let step = "password change: waiting mails";
        self.0.run(step, timeouts::PASSWORD_CHANGE, object, command).await
    }

    async fn retry_mails(&self, object: &PasswordChangeId) -> Result<RetriedMails, Outage> {
        let command = PasswordChangeCommand::RetryMails;
        let step = "password change: retry mails";
        self.0.run(step, timeouts::PASSWORD_CHANGE, object, command).await
    }

    async fn erase(&self, object: &PasswordChangeId) -> Result<bool, Outage> {
        let command = PasswordChangeCommand::Erase;
        self.0.run("password change: erase", timeouts::PASSWORD_CHANGE, object, command).await
    }

    async fn commit(
        &self,
        object: &PasswordChangeId,
        mut change: CommitChange,
    ) -> Result<CommitOutcome, Outage> {
        let unchecked = change.commit.unchecked.take();
        let command = PasswordChangeCommand::Commit(Box::new(change), unchecked);
        self.0.run("password change: commit", timeouts::COMMIT, object, command).await
    }
}
