//! Calls of the intakes.

use worker_sys::DurableObjectNamespace;

use crate::objects::{IntakeCommand, call};
use relatch_domain::intake::{IntakeId, RequestJob};
use relatch_domain::ports::{Intakes, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::identifier::Identifier;

/// The name of the namespace.
pub const BINDING: &str = "INTAKE";

/// The intakes, as Durable Objects. An object is made near whoever calls it first, and an intake's name holds its
/// callers' continent: no hint could place it better.
pub struct ObjectIntakes {
    namespace: DurableObjectNamespace,
}

impl ObjectIntakes {
    /// The intakes of this namespace.
    pub fn new(namespace: DurableObjectNamespace) -> Self {
        Self { namespace }
    }

    async fn call(&self, step: &'static str, intake: &IntakeId, command: IntakeCommand) -> Result<(), Outage> {
        call(step, timeouts::INTAKE, &self.namespace, intake.as_str(), &command).await
    }
}

impl Intakes for ObjectIntakes {
    async fn accept(&self, intake: &IntakeId, job: RequestJob) -> Result<(), Outage> {
        self.call("intake: accept", intake, IntakeCommand::Accept(job)).await
    }

    async fn release(&self, intake: &IntakeId, job: &str) -> Result<(), Outage> {
        self.call("intake: release", intake, IntakeCommand::Release(job.to_owned())).await
    }

    async fn forget(&self, intake: &IntakeId, identifier: &Identifier) -> Result<(), Outage> {
        self.call("intake: forget", intake, IntakeCommand::Forget(identifier.clone())).await
    }
}
