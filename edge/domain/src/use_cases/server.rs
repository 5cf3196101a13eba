//! The calls of an application's own servers: start a reset, invite the owner of an account, query
//! whether an account can reset, revoke links, read events, erase stored data. Such a server may
//! learn which accounts exist. It never receives a link or a password.
//!
//! Every call is audited under the label of its key before it takes effect. If the audit event
//! cannot be stored, the call fails.
//!
//! Reset, invite, revoke and erase are limited: see [`server_limits`](super::server_limits).

use std::borrow::Cow;
use std::time::Duration;

use relatch::Code;

use crate::events::{Action, Event, Reason};
use crate::intake::RequestedTexts;
use crate::jobs::lookup;
use crate::jobs::plan::{Found, MailRequest, Recipient, enqueue, plan};
use crate::mail::failure::MailFailure;
use crate::mailbox::{EnqueueOutcome, MailKind, Requester};
use crate::ports::{Clock as _, Directory as _, Entropy as _, Events as _, Outage, Platform};
use crate::service::Service;
use crate::values::account::{AccountId, Ineligible};
use crate::values::identifier::Identifier;
use crate::values::keys::{base64url, first_half};

mod command;

pub use command::{LinkOptions, ServerCommand, ServerReply};

/// The subject of a call.
pub enum Subject {
    /// The account with this id.
    Account(AccountId),
    /// The accounts that an identifier matches.
    Named(Identifier),
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// The code of the response.
    pub code: Code,
    /// The detail of the response.
    pub detail: Option<Cow<'static, str>>,
    /// The time until a limit ends, if one is reached.
    pub retry_after: Option<Duration>,
}

impl From<Code> for ServerError {
    fn from(code: Code) -> Self {
        Self { code, detail: None, retry_after: None }
    }
}

impl From<Outage> for ServerError {
    fn from(_: Outage) -> Self {
        Code::Unavailable.into()
    }
}

/// The calls of one authenticated server.
pub struct ServerApi<'a, P> {
    /// The application and its platform.
    pub service: Service<'a, P>,
    /// The label of the server key.
    pub label: String,
    /// The address of the server.
    pub address: Option<String>,
}

/// The identifier matches several accounts.
pub(super) const AMBIGUOUS: &str = Reason::Ambiguous.as_str();
/// The identifier matches no account.
pub(super) const UNKNOWN: &str = Code::AccountUnknown.as_str();
/// Resets are switched off.
const SWITCHED_OFF: &str = Ineligible::SwitchedOff.as_str();

impl<P: Platform> ServerApi<'_, P> {
    /// Returns whether any account can reset. If not, the reason is `switched_off` or unknown.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the directory or the event store does not respond.
    pub async fn availability(&self) -> Result<(bool, Option<&'static str>), Outage> {
        let reason = self.switched_off();
        let any =
            reason.is_none() && self.service.platform.directory().has_resettable_account().await?;
        self.record(Action::ServerStatus, None, reason).await?;
        Ok((any, reason))
    }

    /// Returns why no account can reset, if resets are switched off.
    pub(super) fn switched_off(&self) -> Option<&'static str> {
        (!self.service.application.reset_enabled).then_some(SWITCHED_OFF)
    }

    /// Executes a command.
    ///
    /// # Errors
    ///
    /// `account_unknown`, `account_ineligible` with the reason, `too_many_requests`, `link_busy`,
    /// `unavailable`.
    pub async fn execute(
        &self,
        command: ServerCommand,
        subject: &Subject,
    ) -> Result<ServerReply, ServerError> {
        if command.is_counted() {
            // A call over this limit causes no lookup and no event.
            self.count_for_key().await?;
        }
        let mut found = self.find(subject).await?;
        if let ServerCommand::Invite(options) = command {
            return self.invite(&found, options).await;
        }
        if matches!(command, ServerCommand::Reset(_) | ServerCommand::Status) {
            found.ask_hook(self.service).await?;
        }
        let accounts = &found.accounts;
        let plan = plan(self.service, &found);
        let refused = plan.refused.as_ref().map_or(UNKNOWN, |(_, reason)| reason.as_str());
        let recipients = plan.recipients.as_slice();
        let mut supported = recipients.iter().filter(|recipient| recipient.is_supported());
        let obstacle = match supported.next() {
            None if recipients.is_empty() => Some(refused),
            None => Some(MailFailure::AddressUnsupported.as_str()),
            Some(first) => {
                let mut kinds = std::iter::once(first).chain(supported).map(Recipient::kind);
                (!kinds.any(|kind| kind == MailKind::Link)).then_some(AMBIGUOUS)
            }
        };
        let obstacle = self.switched_off().or(obstacle);
        // A request mails every mailbox. A server's reset is for one.
        let reset_obstacle = obstacle.or((recipients.len() > 1).then_some(AMBIGUOUS));
        let single = match (subject, accounts.as_slice()) {
            (Subject::Account(id), _) => Ok(id),
            (_, [account]) => Ok(&account.id),
            (_, []) => found.refused.first().map(|(account, _)| account).ok_or(UNKNOWN),
            _ => Err(AMBIGUOUS),
        };
        let (action, reason) = match command {
            ServerCommand::Reset(_) => (Action::ServerReset, reset_obstacle),
            ServerCommand::Status => (Action::ServerStatus, obstacle),
            ServerCommand::Revoke => (Action::ServerRevoke, accounts.is_empty().then_some(UNKNOWN)),
            ServerCommand::Events(_) => (Action::ServerEvents, single.err()),
            ServerCommand::Erase => (Action::ServerErase, None),
            ServerCommand::Invite(_) => (Action::ServerInvite, None),
        };
        // Read before the audit event of this call is stored.
        let events = match (command, single) {
            (ServerCommand::Events(limit), Ok(account)) => {
                self.service.platform.events().recent(account, limit).await?
            }
            _ => Vec::new(),
        };
        // The audit event of an erasure names no account. An unknown id is text of the caller and
        // is not stored either.
        let is_known = !accounts.is_empty() || !found.refused.is_empty();
        let account = single.ok().filter(|_| command != ServerCommand::Erase && is_known);
        // A reset that is started has this id too.
        let id = self.fresh_id()?;
        self.record_as(&id, action, account, reason).await?;
        if let (Some(reason), true) = (reason, command != ServerCommand::Status) {
            return Err(ineligible(reason));
        }
        match (command, plan.recipients.as_slice()) {
            (ServerCommand::Reset(options), [recipient]) => {
                self.mail_link(id, recipient, options).await
            }
            (ServerCommand::Events(_), _) => Ok(ServerReply::Events(events)),
            (ServerCommand::Revoke, _) => {
                self.count_for_accounts(action, subject, accounts).await?;
                self.revoke(accounts).await
            }
            (ServerCommand::Erase, _) => {
                self.count_for_accounts(action, subject, accounts).await?;
                self.erase(subject, accounts).await
            }
            _ => Ok(ServerReply::Status(obstacle.map(str::to_owned))),
        }
    }

    /// Enqueues a mail with a link that this server has asked for.
    pub(super) async fn mail_link(
        &self,
        request: String,
        recipient: &Recipient<'_>,
        options: LinkOptions,
    ) -> Result<ServerReply, ServerError> {
        let request = MailRequest {
            id: request,
            address: self.address.clone(),
            requester: Requester::Server,
            texts: RequestedTexts::Unset,
            lifetime: options.lifetime,
            not_before: None,
        };
        match enqueue(self.service, recipient, request).await? {
            EnqueueOutcome::Queued => Ok(ServerReply::Done),
            EnqueueOutcome::RateLimited { until } => {
                self.record(Action::RequestLimited, Some(&recipient.account().id), None).await?;
                Err(self.limited(until, "The mailbox has reached its limit of mails."))
            }
        }
    }

    pub(super) async fn find(&self, subject: &Subject) -> Result<Found, Outage> {
        match subject {
            Subject::Account(id) => Ok(self.service.platform.directory().account(id).await?.into()),
            Subject::Named(identifier) => lookup::find(self.service, identifier, None).await,
        }
    }

    pub(super) fn fresh_id(&self) -> Result<String, Outage> {
        Ok(base64url(&first_half(self.service.platform.entropy().random_bytes()?)))
    }

    /// Records that a server caller defined the template of a mail.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the event could not be stored.
    pub async fn record_template(&self) -> Result<(), Outage> {
        self.record(Action::ServerMail, None, None).await
    }

    /// Records the audit event of this call.
    pub(super) async fn record(
        &self,
        action: Action,
        account: Option<&AccountId>,
        reason: Option<&str>,
    ) -> Result<(), Outage> {
        self.record_as(&self.fresh_id()?, action, account, reason).await
    }

    /// Records the audit event of this call under an id.
    pub(super) async fn record_as(
        &self,
        id: &str,
        action: Action,
        account: Option<&AccountId>,
        reason: Option<&str>,
    ) -> Result<(), Outage> {
        let event = Event {
            id: format!("{id}/{}", action.as_str()),
            at: self.service.platform.clock().now(),
            action,
            application: self.service.application.id.clone(),
            account: account.cloned(),
            address: self.address.clone(),
            detail: Some(match reason {
                Some(reason) => format!("{}: {reason}", self.label),
                None => self.label.clone(),
            }),
        };
        self.service.record_event(&event).await
    }
}

/// Returns the error of a call about an account for which it cannot do anything.
pub(super) fn ineligible(reason: &str) -> ServerError {
    if reason == UNKNOWN {
        Code::AccountUnknown.into()
    } else {
        let detail = Some(Cow::Owned(reason.to_owned()));
        ServerError { detail, ..Code::AccountIneligible.into() }
    }
}
