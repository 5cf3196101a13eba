//! Requests for a reset mail: stored in one durable write, then answered, always the same. Lookup
//! and mail come later.

use relatch::Code;

use crate::intake::{IntakeId, RequestJob};
use crate::ports::{Clock as _, Entropy as _, Intakes as _, Platform};
use crate::service::{Service, unavailable};
use crate::values::client::ClientInfo;
use crate::values::identifier::Identifier;

impl<P: Platform> Service<'_, P> {
    /// Submits a request for a reset mail: one call to the limiter and one to the intake, for every
    /// identifier.
    ///
    /// # Errors
    ///
    /// `too_many_requests` over the rate limit, `unavailable` if the limiter or the intake does not
    /// respond. The request may have been stored all the same.
    pub async fn request_reset(
        &self,
        identifier: Identifier,
        client: &ClientInfo,
    ) -> Result<(), Code> {
        let Self { application, platform } = self;
        self.check_limit(client).await?;
        let intake = IntakeId::choose(application, &identifier, (client.continent)());
        let seed = platform.entropy().random_bytes().map_err(unavailable)?;
        let job = RequestJob::new(application, &seed, identifier, client, platform.clock().now());
        platform.intakes().accept(&intake, job).await.map_err(unavailable)
    }
}
