//! The password changes, as Durable Objects.

use std::time::Duration;

use serde::de::DeserializeOwned;
use worker_sys::DurableObjectNamespace;

use crate::names::object_name;
use crate::objects::{ObjectCall, ObjectCommand, PasswordChangeCommand};
use relatch_domain::claims::CommitOutcome;
use relatch_domain::password_change::{AttemptOutcome, CommitChange};
use relatch_domain::ports::{Outage, PasswordChanges};
use relatch_domain::timeouts;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::link::ChangeId;
use relatch_domain::values::object_id::PasswordChangeId;

/// The binding of the namespace.
pub const BINDING: &str = "PASSWORD_CHANGE";

/// The password changes of one application.
pub struct ObjectPasswordChanges {
    namespace: DurableObjectNamespace,
    application: ApplicationId,
}

impl ObjectPasswordChanges {
    /// Returns the password changes of an application in a namespace.
    pub fn new(namespace: DurableObjectNamespace, application: &ApplicationId) -> Self {
        Self { namespace, application: application.clone() }
    }

    async fn run<Reply: DeserializeOwned>(
        &self,
        step: &'static str,
        limit: Duration,
        id: &PasswordChangeId,
        command: PasswordChangeCommand,
    ) -> Result<Reply, Outage> {
        let object = &object_name(&self.application, id);
        let command =
            ObjectCommand { application: self.application.clone(), id: id.clone(), command };
        ObjectCall { step, limit, namespace: &self.namespace, object }.run(&command).await
    }
}

impl PasswordChanges for ObjectPasswordChanges {
    async fn count_attempt(
        &self,
        object: &PasswordChangeId,
        change: &ChangeId,
    ) -> Result<AttemptOutcome, Outage> {
        let command = PasswordChangeCommand::CountAttempt(change.clone());
        self.run("password change: count attempt", timeouts::PASSWORD_CHANGE, object, command).await
    }

    async fn commit(
        &self,
        object: &PasswordChangeId,
        commit: CommitChange,
    ) -> Result<CommitOutcome, Outage> {
        let command = PasswordChangeCommand::Commit(commit);
        self.run("password change: commit", timeouts::COMMIT, object, command).await
    }
}
