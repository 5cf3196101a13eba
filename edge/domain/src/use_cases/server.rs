//! The calls of an application's own servers: start a reset, query whether an account can reset,
//! revoke links, read events, erase stored data. Such a server may learn which accounts exist. It
//! never receives a link or a password.
//!
//! Every call is audited under the label of its key before it takes effect. If the audit event
//! cannot be stored, the call fails.
//!
//! Reset, revoke and erase are limited: see [`server_limits`](super::server_limits).

use std::time::Duration;

use relatch::Code;

use crate::events::{Action, Event, EventView, Reason};
use crate::intake::IntakeId;
use crate::jobs::lookup::{self, Found, MailRequest, Recipient};
use crate::mail::failure::MailFailure;
use crate::mailbox::{EnqueueOutcome, MailKind, Requester, Revoke};
use crate::ports::{
    Clock as _, Directory as _, Entropy as _, Events as _, Intakes as _, LinkRecords as _,
    Mailboxes as _, Outage, PasswordChanges as _, Platform,
};
use crate::service::Service;
use crate::values::account::{Account, AccountId};
use crate::values::client::Continent;
use crate::values::identifier::Identifier;
use crate::values::keys::{base64url, first_half};
use crate::values::mail_address::{PlainAddress, canonical_address};
use crate::values::object_id::{MailboxId, PasswordChangeId};

/// The subject of a call.
pub enum Subject {
    /// The account with this id.
    Account(AccountId),
    /// The accounts that an identifier matches.
    Named(Identifier),
}

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// The code of the response.
    pub code: Code,
    /// The detail of the response.
    pub detail: Option<&'static str>,
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

/// A command of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerCommand {
    /// Start a reset. The link goes to the stored address of the account and to no other.
    Reset,
    /// Query whether the account can reset.
    Status,
    /// Revoke every link of the account.
    Revoke,
    /// Read the latest events of the account, at most this many. A deleted account still has its
    /// events under its id.
    Events(u32),
    /// Erase what is stored about the subject. A link under a claim stays until its claim is
    /// settled, a notice until it is sent, and counts, which do not name the account, until their
    /// windows end.
    Erase,
}

/// The outcome of a command.
pub enum ServerReply {
    /// It is done.
    Done,
    /// Why the account cannot reset, or `None` if it can.
    Status(Option<&'static str>),
    /// The events, newest first.
    Events(Vec<EventView>),
}

/// The identifier matches several accounts.
const AMBIGUOUS: &str = Reason::Ambiguous.as_str();
/// The identifier matches no account.
const UNKNOWN: &str = Code::AccountUnknown.as_str();

impl<P: Platform> ServerApi<'_, P> {
    /// Returns whether any account can reset.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the directory or the event store does not respond.
    pub async fn is_available(&self) -> Result<bool, Outage> {
        let any = self.service.platform.directory().has_resettable_account().await?;
        self.record(Action::ServerStatus, None, None).await?;
        Ok(any)
    }

    /// Executes a command.
    ///
    /// # Errors
    ///
    /// `account_unknown`, `account_ineligible` with the reason, `too_many_requests`, `link_busy`,
    /// `unavailable`.
    pub async fn execute(
        &self,
        wish: ServerCommand,
        who: &Subject,
    ) -> Result<ServerReply, ServerError> {
        if wish.is_counted() {
            // A call over this limit causes no lookup and no event.
            self.count_for_key().await?;
        }
        let found = self.find(who).await?;
        let accounts = &found.accounts;
        let plan = lookup::plan(self.service.application, &found);
        let refused = plan.refused.as_ref().map_or(UNKNOWN, |(_, reason)| reason.as_str());
        // A request mails every mailbox. A server's reset is for one account.
        let links = |recipient: &Recipient<'_>| recipient.kind() == MailKind::Link;
        let (obstacle, reset_obstacle) = match plan.recipients.as_slice() {
            [] => (Some(refused), Some(refused)),
            [one] if links(one) => {
                let unsupported =
                    (!one.is_supported()).then(|| MailFailure::AddressUnsupported.as_str());
                (unsupported, unsupported)
            }
            several if several.iter().any(links) => (None, Some(AMBIGUOUS)),
            _ => (Some(AMBIGUOUS), Some(AMBIGUOUS)),
        };
        let one = match (who, accounts.as_slice()) {
            (Subject::Account(id), _) => Ok(id),
            (_, [account]) => Ok(&account.id),
            (_, []) => Err(UNKNOWN),
            _ => Err(AMBIGUOUS),
        };
        let (action, why) = match wish {
            ServerCommand::Reset => (Action::ServerReset, reset_obstacle),
            ServerCommand::Status => (Action::ServerStatus, obstacle),
            ServerCommand::Revoke => (Action::ServerRevoke, accounts.is_empty().then_some(UNKNOWN)),
            ServerCommand::Events(_) => (Action::ServerEvents, one.err()),
            ServerCommand::Erase => (Action::ServerErase, None),
        };
        // Read before the audit event of this call is stored.
        let events = match (wish, one) {
            (ServerCommand::Events(limit), Ok(account)) => {
                self.service.platform.events().recent(account, limit).await?
            }
            _ => Vec::new(),
        };
        // The audit event of an erasure names no account. An unknown id is text of the caller and
        // is not stored either.
        let account = one.ok().filter(|_| wish != ServerCommand::Erase && !accounts.is_empty());
        self.record(action, account, why).await?;
        if let (Some(why), true) = (why, wish != ServerCommand::Status) {
            return Err(if why == UNKNOWN {
                Code::AccountUnknown.into()
            } else {
                ServerError { detail: Some(why), ..Code::AccountIneligible.into() }
            });
        }
        if let ServerCommand::Revoke | ServerCommand::Erase = wish {
            self.count_for_accounts(action, who, accounts).await?;
        }
        match (wish, plan.recipients.as_slice()) {
            (ServerCommand::Reset, [recipient]) => self.reset(recipient).await,
            (ServerCommand::Events(_), _) => Ok(ServerReply::Events(events)),
            (ServerCommand::Revoke | ServerCommand::Erase, _) => {
                self.end(who, accounts, wish == ServerCommand::Erase).await
            }
            _ => Ok(ServerReply::Status(obstacle)),
        }
    }

    async fn reset(&self, recipient: &Recipient<'_>) -> Result<ServerReply, ServerError> {
        let request = self.fresh_id()?;
        let request = MailRequest {
            id: request,
            address: self.address.clone(),
            requester: Requester::Server,
            template: None,
        };
        match lookup::enqueue(self.service, recipient, request).await? {
            EnqueueOutcome::Queued => Ok(ServerReply::Done),
            EnqueueOutcome::RateLimited { until } => {
                self.record(Action::RequestLimited, Some(&recipient.account().id), None).await?;
                Err(self.limited(until, "The mailbox has had its mails for now."))
            }
        }
    }

    /// Revokes links, or erases everything, in the order in which jobs travel, so that no job
    /// escapes. Earlier mailboxes of an account are not reached; their links no longer match its
    /// fingerprint.
    async fn end(
        &self,
        who: &Subject,
        accounts: &[Account],
        forget: bool,
    ) -> Result<ServerReply, ServerError> {
        let (application, platform) = (self.service.application, self.service.platform);
        // The accounts whose events are erased, and the mailboxes to revoke links in: all links, or
        // those of one account.
        let mut ids: Vec<AccountId> = accounts.iter().map(|account| account.id.clone()).collect();
        let mut mailboxes: Vec<(String, Option<AccountId>)> = Vec::new();
        let mut names: Vec<Identifier> = Vec::new();
        for account in accounts {
            if let Some(email) = &account.email {
                mailboxes.push((canonical_address(email), Some(account.id.clone())));
            }
            let own = [Some(account.username.as_str()), account.email.as_deref()];
            names.extend(
                own.into_iter().flatten().filter_map(|name| Identifier::parse(name.trim()).ok()),
            );
        }
        // A request may have named an account by its id.
        names.extend(ids.iter().filter_map(|id| Identifier::parse(&id.0).ok()));
        match who {
            Subject::Account(id) if accounts.is_empty() => ids.push(id.clone()),
            Subject::Account(_) => {}
            Subject::Named(identifier) => {
                if forget && PlainAddress::parse(identifier.raw()).is_ok() {
                    mailboxes.push((identifier.canonical().to_owned(), None));
                }
                // The identifier is usually one of the account's own names.
                if names.iter().all(|name| name.canonical() != identifier.canonical()) {
                    names.push(identifier.clone());
                }
            }
        }
        if forget {
            for name in &names {
                for continent in Continent::ALL {
                    platform
                        .intakes()
                        .forget(&IntakeId::choose(application, name, continent), name)
                        .await?;
                }
            }
        }
        let mut busy = false;
        for (email, account) in mailboxes {
            let revoke = Revoke { account, forget };
            for mailbox in MailboxId::under_all_keys(&application.keys, &email) {
                let revoked = platform.mailboxes().revoke(&mailbox, &revoke).await?;
                busy |= revoked.busy;
                for link in revoked.links {
                    // Best effort: the record expires by itself and is useless without the mailbox.
                    let _gone_later = platform.records().delete(&link).await;
                }
            }
        }
        if forget {
            for id in &ids {
                for object in PasswordChangeId::under_all_keys(&application.keys, id) {
                    busy |= platform.password_changes().erase(&object).await?;
                }
                platform.events().erase(id).await?;
            }
        }
        if busy { Err(Code::LinkBusy.into()) } else { Ok(ServerReply::Done) }
    }

    async fn find(&self, who: &Subject) -> Result<Found, Outage> {
        match who {
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
        why: Option<&str>,
    ) -> Result<(), Outage> {
        let event = Event {
            id: format!("{}/{}", self.fresh_id()?, action.as_str()),
            at: self.service.platform.clock().now(),
            action,
            application: self.service.application.id.clone(),
            account: account.cloned(),
            address: self.address.clone(),
            detail: Some(
                why.map_or_else(|| self.label.clone(), |why| format!("{}: {why}", self.label)),
            ),
        };
        self.service.platform.events().record(&event).await
    }
}
