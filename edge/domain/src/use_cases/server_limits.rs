//! The limits of server calls that reset, revoke, erase or retry, so that a leaked key neither
//! floods a mailbox nor takes the ability to reset away: [`MAX_CALLS_PER_KEY`] within [`KEY_SPAN`]
//! for each key, and [`MAX_CALLS_PER_ACCOUNT`] within [`ACCOUNT_SPAN`] for each account and call. No
//! call clears these counts.

use std::time::Duration;

use relatch::Code;

use super::server::{ServerApi, ServerCommand, ServerError, Subject};
use crate::events::Action;
use crate::mailbox::{CallOutcome, CountCall};
use crate::ports::{Clock as _, Mailboxes as _, Platform};
use crate::values::account::Account;
use crate::values::object_id::MailboxId;
use crate::values::time::Moment;

/// The most calls of one key within [`KEY_SPAN`] that reset, revoke, erase or retry.
pub const MAX_CALLS_PER_KEY: u32 = 100;
/// The time for which a call counts for its key.
pub const KEY_SPAN: Duration = Duration::from_secs(60);
/// The most revocations, erasures and retries, each, of one account within [`ACCOUNT_SPAN`]. Its
/// mailbox limits resets.
pub const MAX_CALLS_PER_ACCOUNT: u32 = 10;
/// The time for which a call counts for an account.
pub const ACCOUNT_SPAN: Duration = Duration::from_secs(24 * 3600);

impl ServerCommand {
    /// Returns whether the counts of server calls apply.
    pub(super) const fn is_counted(self) -> bool {
        matches!(self, Self::Reset(_) | Self::Invite(_) | Self::Revoke | Self::Erase)
    }
}

impl<P: Platform> ServerApi<'_, P> {
    /// Counts this call for its key.
    pub(super) async fn count_for_key(&self) -> Result<(), ServerError> {
        let object = MailboxId::for_calls_by(&self.service.application.keys, &self.label);
        let call = CountCall { id: self.fresh_id()?, max: MAX_CALLS_PER_KEY, span: KEY_SPAN };
        match self.service.platform.mailboxes().count_call(&object, &call).await? {
            CallOutcome::Counted => Ok(()),
            CallOutcome::RateLimited { until } => {
                Err(self.limited(until, "This key has reached its limit of calls per minute."))
            }
        }
    }

    /// Counts a revocation, an erasure or a retry for each account, or, where no account matches,
    /// for the subject of the call. The count of an erasure names the account by a keyed name.
    pub(super) async fn count_for_accounts(
        &self,
        action: Action,
        subject: &Subject,
        accounts: &[Account],
    ) -> Result<(), ServerError> {
        let mut subjects: Vec<&str> =
            accounts.iter().map(|account| account.id.0.as_str()).collect();
        if subjects.is_empty() {
            subjects.push(match subject {
                Subject::Account(id) => &id.0,
                Subject::Named(identifier) => identifier.canonical(),
            });
        }
        let id = self.fresh_id()?;
        for subject in subjects {
            let keys = &self.service.application.keys;
            let object = MailboxId::for_calls_about(keys, action.as_str(), subject);
            let call = CountCall { id: id.clone(), max: MAX_CALLS_PER_ACCOUNT, span: ACCOUNT_SPAN };
            let counted = self.service.platform.mailboxes().count_call(&object, &call).await?;
            if let CallOutcome::RateLimited { until } = counted {
                let account = (action != Action::ServerErase)
                    .then(|| accounts.iter().find(|account| account.id.0 == subject))
                    .flatten();
                self.record(Action::RequestLimited, account.map(|account| &account.id), None)
                    .await?;
                return Err(self.limited(
                    until,
                    "The account has reached its limit of these calls for 24 hours.",
                ));
            }
        }
        Ok(())
    }

    /// Returns the error of a call over a limit that ends at `until`.
    pub(super) fn limited(&self, until: Moment, detail: &'static str) -> ServerError {
        let now = self.service.platform.clock().now();
        ServerError {
            detail: Some(detail.into()),
            retry_after: Some(until.since(now)),
            ..Code::TooManyRequests.into()
        }
    }
}
