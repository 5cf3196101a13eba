//! Calls of the desks.

use std::time::Duration;

use serde::de::DeserializeOwned;
use worker_sys::DurableObjectNamespace;

use crate::host::{parse, write};
use crate::objects::{DeskCall, DeskCommand, ask};
use relatch_domain::desk::{Change, CommitLink, Committed, RepeatAnswer, RepeatQuestion, Revoke, Revoked, Take, Taken};
use relatch_domain::ports::{Desks, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::link::{DeskId, LinkId, LinkRecord};

/// The name of the namespace.
pub const BINDING: &str = "DESK";

/// The desks, as Durable Objects.
pub struct ObjectDesks {
    namespace: DurableObjectNamespace,
    application: ApplicationId,
}

impl ObjectDesks {
    /// The desks of this application.
    pub fn new(namespace: DurableObjectNamespace, application: &ApplicationId) -> Self {
        Self { namespace, application: application.clone() }
    }

    async fn call<Answer: DeserializeOwned>(
        &self,
        step: &'static str,
        limit: Duration,
        desk: &DeskId,
        command: DeskCommand,
    ) -> Result<Answer, Outage> {
        parse(&self.ask(step, limit, desk, command).await?)
    }

    /// As [`Self::call`], with the answer still to be read. Apart from it so that it is compiled once.
    async fn ask(
        &self,
        step: &'static str,
        limit: Duration,
        desk: &DeskId,
        command: DeskCommand,
    ) -> Result<String, Outage> {
        // Links that are out depend on this spelling: theirs is the desk of this name.
        let name = format!("{}/desk/{}", self.application.as_str(), desk.as_str());
        let call = DeskCall { application: self.application.clone(), desk: desk.clone(), command };
        ask(step, limit, &self.namespace, &name, write(&call)?).await
    }
}

impl Desks for ObjectDesks {
    async fn take(&self, desk: &DeskId, take: Take) -> Result<Taken, Outage> {
        self.call("desk: take", timeouts::DESK, desk, DeskCommand::Take(take)).await
    }

    async fn record(&self, desk: &DeskId, link: &LinkId) -> Result<Option<LinkRecord>, Outage> {
        self.call("desk: record", timeouts::DESK, desk, DeskCommand::Record(link.clone())).await
    }

    async fn revoke(&self, desk: &DeskId, revoke: &Revoke) -> Result<Revoked, Outage> {
        self.call("desk: revoke", timeouts::DESK, desk, DeskCommand::Revoke(revoke.clone())).await
    }

    async fn commit(&self, desk: &DeskId, commit: CommitLink, change: Option<Change>) -> Result<Committed, Outage> {
        self.call("desk: commit", timeouts::COMMIT, desk, DeskCommand::Commit(commit, change)).await
    }

    async fn count(&self, desk: &DeskId, change: &LinkId) -> Result<Taken, Outage> {
        self.call("desk: count", timeouts::DESK, desk, DeskCommand::Count(change.clone())).await
    }

    async fn repeat(&self, desk: &DeskId, question: RepeatQuestion) -> Result<RepeatAnswer, Outage> {
        self.call("desk: repeat", timeouts::DESK, desk, DeskCommand::Repeat(question)).await
    }
}
