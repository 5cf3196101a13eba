//! The intakes, as Durable Objects.

use worker_sys::DurableObjectNamespace;

use crate::objects::{IntakeCommand, ObjectCall};
use relatch_domain::intake::{IntakeId, RequestJob};
use relatch_domain::ports::{Intakes, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::identifier::Identifier;

/// The binding of the namespace.
pub const BINDING: &str = "INTAKE";

/// The intakes. The platform creates an object near its first caller. The name of an intake
/// contains its callers' continent, so a location hint would not place it better.
pub struct ObjectIntakes {
    namespace: DurableObjectNamespace,
}

impl ObjectIntakes {
    /// Returns the intakes in a namespace.
    pub fn new(namespace: DurableObjectNamespace) -> Self {
        Self { namespace }
    }

    async fn run(
        &self,
        step: &'static str,
        intake: &IntakeId,
        command: IntakeCommand,
    ) -> Result<(), Outage> {
        let (limit, object) = (timeouts::INTAKE, intake.as_str());
        ObjectCall { step, limit, namespace: &self.namespace, object }.run(&command).await
    }
}

impl Intakes for ObjectIntakes {
    async fn accept(&self, intake: &IntakeId, job: RequestJob) -> Result<(), Outage> {
        self.run("intake: accept", intake, IntakeCommand::Accept(job)).await
    }

    async fn release(&self, intake: &IntakeId, job: &str) -> Result<(), Outage> {
        self.run("intake: release", intake, IntakeCommand::Release(job.to_owned())).await
    }

    async fn forget(&self, intake: &IntakeId, identifier: &Identifier) -> Result<(), Outage> {
        self.run("intake: forget", intake, IntakeCommand::Forget(identifier.clone())).await
    }
}
