//! A request for a reset mail: taken in one durable write and answered, always the same. Look-up and mail come later.

use crate::application::Application;
use crate::intake::{IntakeId, RequestJob};
use crate::ports::{Clock as _, Entropy as _, Intakes as _, Limiter as _, Outage, Platform};
use crate::values::client::ClientInfo;
use crate::values::identifier::Identifier;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Submitted {
    /// It will be worked on.
    Accepted,
    /// This address has asked too often.
    TooMany,
}

/// Takes a request: one call to the limiter, one to the intake, whoever is meant.
pub async fn submit<P: Platform>(
    application: &Application,
    platform: &P,
    identifier: Identifier,
    caller: &ClientInfo,
) -> Result<Submitted, Outage> {
    if !platform.limiter().check(&caller.block()).await? {
        return Ok(Submitted::TooMany);
    }
    let intake = IntakeId::choose(application, &identifier, (caller.continent)());
    let job =
        RequestJob::new(application, &platform.entropy().random_bytes()?, identifier, caller, platform.clock().now());
    platform.intakes().accept(&intake, job).await?;
    Ok(Submitted::Accepted)
}
