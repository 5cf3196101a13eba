//! Requests for a reset mail: stored in one durable write, then answered, always the same. Lookup
//! and mail come later.

use crate::intake::{IntakeId, RequestJob};
use crate::ports::{Clock as _, Entropy as _, Intakes as _, Limiter as _, Outage, Platform};
use crate::service::Service;
use crate::values::client::ClientInfo;
use crate::values::identifier::Identifier;

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Submitted {
    /// The request is stored.
    Accepted,
    /// The client's address block is over its rate limit.
    RateLimited,
}

impl<P: Platform> Service<'_, P> {
    /// Submits a request for a reset mail: one call to the limiter and one to the intake, for every
    /// identifier.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the limiter or the intake does not respond. The request may have been stored all
    /// the same.
    pub async fn request_reset(
        &self,
        identifier: Identifier,
        client: &ClientInfo,
    ) -> Result<Submitted, Outage> {
        let Self { application, platform } = self;
        if !platform.limiter().check(&client.block()).await? {
            return Ok(Submitted::RateLimited);
        }
        let intake = IntakeId::choose(application, &identifier, (client.continent)());
        let seed = platform.entropy().random_bytes()?;
        let job = RequestJob::new(application, &seed, identifier, client, platform.clock().now());
        platform.intakes().accept(&intake, job).await?;
        Ok(Submitted::Accepted)
    }
}
