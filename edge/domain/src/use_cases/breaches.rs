//! Whether a new password is known from breaches. The service that knows it is asked last, so that
//! only the owner of a link or a session causes a query, and for a password that every other rule
//! accepts.
//!
//! A service that does not answer rejects no password: an outage elsewhere must not keep an account
//! owner from a reset. The password is accepted then, with an event.

use std::time::Duration;

use relatch::Password;

use crate::breaches::{BreachedRange, MAX_QUERIES, PasswordDigest};
use crate::events::{Action, Event, Reason};
use crate::mailbox::{CallOutcome, CountCall};
use crate::ports::{
    BreachedPasswords as _, Clock as _, Entropy as _, Mailboxes as _, Platform, RangeError,
};
use crate::service::Service;
use crate::values::account::AccountId;
use crate::values::client::ClientInfo;
use crate::values::keys::{base64url, first_half};
use crate::values::object_id::MailboxId;

/// The time for which a query counts. No link lives longer.
const QUERY_SPAN: Duration = Duration::from_secs(24 * 3600);

/// Who causes a query.
#[derive(Clone, Copy)]
pub(super) struct BreachQuery<'a> {
    /// The link, or the session, whose queries are counted.
    pub(super) subject: &'a str,
    /// The part of the event's id that names the link or the change.
    pub(super) permit: &'a str,
    /// The client, for the event.
    pub(super) client: &'a ClientInfo,
}

/// A password is known from breaches.
pub(super) struct Breached;

impl<P: Platform> Service<'_, P> {
    /// Checks a password against known breaches, if that is configured. Returns the event that it
    /// could not be checked, if so.
    ///
    /// # Errors
    ///
    /// [`Breached`] if the password is known.
    pub(super) async fn check_breaches(
        &self,
        password: &Password,
        account: &AccountId,
        query: BreachQuery<'_>,
    ) -> Result<Option<Event>, Breached> {
        let Some(service) = &self.application.breaches else { return Ok(None) };
        let Some(digest) = PasswordDigest::new(password) else { return Ok(None) };
        let url = [service.as_str(), digest.prefix()].concat();
        match self.breached_range(&url, query.subject).await {
            Ok(range) if range.contains(&digest) => Err(Breached),
            Ok(_) => Ok(None),
            Err(reason) => {
                let action = Action::BreachCheckFailed;
                Ok(Some(Event {
                    id: [query.permit, "/", action.as_str()].concat(),
                    at: self.platform.clock().now(),
                    action,
                    application: self.application.id.clone(),
                    account: Some(account.clone()),
                    address: query.client.address_text(),
                    detail: Some(reason.as_str().to_owned()),
                }))
            }
        }
    }

    /// Returns the range at a URL. A query is counted durably before it is sent.
    async fn breached_range(&self, url: &str, subject: &str) -> Result<BreachedRange, Reason> {
        let Self { application, platform } = self;
        if let Some(range) = platform.breached_passwords().cached(url) {
            return Ok(range);
        }
        let unavailable = |_| Reason::BreachesUnavailable;
        let random = platform.entropy().random_bytes().map_err(unavailable)?;
        let id = base64url(&first_half(random));
        let call = CountCall { id, max: MAX_QUERIES, span: QUERY_SPAN };
        let object = MailboxId::for_breaches(&application.keys, subject);
        match platform.mailboxes().count_call(&object, &call).await.map_err(unavailable)? {
            CallOutcome::Counted => {}
            CallOutcome::RateLimited { .. } => return Err(Reason::BreachesLimited),
        }
        platform.breached_passwords().range(url).await.map_err(|error| match error {
            RangeError::Unavailable => Reason::BreachesUnavailable,
            RangeError::Invalid => Reason::BreachesInvalid,
        })
    }
}
