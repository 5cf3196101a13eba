//! What an application's own servers may ask for: a reset for somebody, whether one is possible, the end of links that are
//! out, what happened, and that all of it is forgotten. They are trusted with who has an account, and no further: no link
//! and no password ever passes through them.
//!
//! Every call leaves an event with the key's label before anything comes of it. What cannot be told does not happen.

use relatch::Code;

use crate::desk::{Revoke, TakeMail, Taken};
use crate::events::{Action, Event, EventView};
use crate::intake::IntakeId;
use crate::jobs::lookup::{self, MailRequest, Recipient};
use crate::ports::{
    Clock as _, Desks as _, Directory as _, Entropy as _, Events as _, Intakes as _, LinkRecords as _, Outage, Platform,
};
use crate::service::Service;
use crate::values::account::{Account, AccountId};
use crate::values::client::Continent;
use crate::values::identifier::{Identifier, Kind, canonical};
use crate::values::keys::base64url;
use crate::values::link::DeskId;

/// Whom a call is about.
pub enum Subject {
    /// The account of this id.
    Account(AccountId),
    /// Whoever answers to this.
    Named(Identifier),
}

/// Why a call came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// What it is answered with.
    pub code: Code,
    /// What there is to add.
    pub detail: Option<&'static str>,
}

impl From<Outage> for ServerError {
    fn from(_: Outage) -> Self {
        Self { code: Code::Unavailable, detail: None }
    }
}

/// One call of a server, and who makes it.
pub struct ServerApi<'a, P> {
    /// The application and its platform.
    pub service: Service<'a, P>,
    /// What configuration calls the key.
    pub label: String,
    /// Where the call came from.
    pub address: Option<String>,
}

/// What a server asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerCommand {
    /// A reset, as if the account's owner had asked for it: the link goes to the account's address and nowhere else.
    Reset,
    /// To know whether the account could reset.
    Status,
    /// The end of every link of the account that is out.
    Revoke,
    /// The account's latest events, so many at most. One that is gone has its events still, under its id.
    Events(u32),
    /// That what is kept about somebody is erased, but for a link that is being used this very moment.
    Erase,
}

/// What came of it.
pub enum ServerReply {
    /// It is done.
    Done,
    /// What stands in the way of a reset, if anything does.
    Status(Option<&'static str>),
    /// The events, the newest first.
    Events(Vec<EventView>),
}

/// Several accounts answer to the name, and the call is about one.
const AMBIGUOUS: &str = "ambiguous";
/// No account does.
const UNKNOWN: &str = Code::AccountUnknown.as_str();

impl<P: Platform> ServerApi<'_, P> {
    /// Whether anybody could reset.
    pub async fn is_available(&self) -> Result<bool, Outage> {
        let any = self.service.platform.directory().has_resettable_account().await?;
        self.record(Action::ServerStatus, None, None).await?;
        Ok(any)
    }

    /// Does what a server asks for.
    pub async fn execute(&self, wish: ServerCommand, who: &Subject) -> Result<ServerReply, ServerError> {
        let accounts = self.find(who).await?;
        let meant = lookup::choose(self.service.application, &accounts);
        let obstacle = match &meant {
            Ok(meant) if meant.mail == TakeMail::Ambiguous => Some(AMBIGUOUS),
            Ok(_) => None,
            Err(unmet) => Some(unmet.detail.unwrap_or(if accounts.is_empty() { UNKNOWN } else { AMBIGUOUS })),
        };
        let one = match (who, accounts.as_slice()) {
            (Subject::Account(id), _) => Ok(id),
            (_, [account]) => Ok(&account.id),
            (_, []) => Err(UNKNOWN),
            _ => Err(AMBIGUOUS),
        };
        let (action, why) = match wish {
            ServerCommand::Reset => (Action::ServerReset, obstacle),
            ServerCommand::Status => (Action::ServerStatus, obstacle),
            ServerCommand::Revoke => (Action::ServerRevoke, accounts.is_empty().then_some(UNKNOWN)),
            ServerCommand::Events(_) => (Action::ServerEvents, one.err()),
            ServerCommand::Erase => (Action::ServerErase, None),
        };
        // Read before this very call is told.
        let events = match (wish, one) {
            (ServerCommand::Events(limit), Ok(account)) => {
                self.service.platform.events().recent(account, limit).await?
            }
            _ => Vec::new(),
        };
        // Whom an erasure was about is erased as well; and an id that nobody has is whatever somebody typed.
        let account = one.ok().filter(|_| wish != ServerCommand::Erase && !accounts.is_empty());
        self.record(action, account, why).await?;
        if let (Some(why), true) = (why, wish != ServerCommand::Status) {
            return Err(if why == UNKNOWN {
                ServerError { code: Code::AccountUnknown, detail: None }
            } else {
                ServerError { code: Code::AccountIneligible, detail: Some(why) }
            });
        }
        match (wish, meant) {
            (ServerCommand::Reset, Ok(meant)) => self.reset(&meant).await,
            (ServerCommand::Events(_), _) => Ok(ServerReply::Events(events)),
            (ServerCommand::Revoke | ServerCommand::Erase, _) => {
                self.end(who, &accounts, wish == ServerCommand::Erase).await
            }
            _ => Ok(ServerReply::Status(obstacle)),
        }
    }

    async fn reset(&self, meant: &Recipient<'_>) -> Result<ServerReply, ServerError> {
        let request = self.fresh_id()?;
        let request = MailRequest { id: request, address: self.address.clone(), template: None };
        match lookup::enqueue(self.service, meant, request).await? {
            Taken::Taken => Ok(ServerReply::Done),
            Taken::Limited => {
                self.record(Action::RequestLimited, Some(&meant.account.id), None).await?;
                Err(ServerError { code: Code::TooManyRequests, detail: Some("The mailbox has had its mails for now.") })
            }
        }
    }

    /// Ends links, or forgets all there is: in the order in which jobs travel, so that none slips through. Mailboxes that an
    /// account had before are not reached; their links do not fit it as it is now.
    async fn end(&self, who: &Subject, accounts: &[Account], forget: bool) -> Result<ServerReply, ServerError> {
        let (application, platform) = (self.service.application, self.service.platform);
        // Whose events to erase, and which mailboxes to end the links of: all of them, or those of one account.
        let mut ids: Vec<AccountId> = accounts.iter().map(|account| account.id.clone()).collect();
        let mut mailboxes: Vec<(String, Option<AccountId>)> = Vec::new();
        let mut names: Vec<Identifier> = Vec::new();
        for account in accounts {
            if let Some(email) = &account.email {
                mailboxes.push((canonical(email), Some(account.id.clone())));
            }
            let own = [Some(account.username.as_str()), account.email.as_deref()];
            names.extend(own.into_iter().flatten().filter_map(|name| Identifier::parse(name).ok()));
        }
        // A request may have named an account by its id.
        names.extend(ids.iter().filter_map(|id| Identifier::parse(&id.0).ok()));
        match who {
            Subject::Account(id) if accounts.is_empty() => ids.push(id.clone()),
            Subject::Account(_) => {}
            Subject::Named(identifier) => {
                if forget && identifier.kind() == Kind::Email {
                    mailboxes.push((identifier.canonical().to_owned(), None));
                }
                // Most often one of the account's own.
                if names.iter().all(|name| name.canonical() != identifier.canonical()) {
                    names.push(identifier.clone());
                }
            }
        }
        if forget {
            for name in &names {
                for continent in Continent::ALL {
                    platform.intakes().forget(&IntakeId::choose(application, name, continent), name).await?;
                }
            }
        }
        let mut busy = false;
        for (mailbox, account) in mailboxes {
            let revoke = Revoke { account, forget };
            for desk in DeskId::all_for_mailbox(&application.keys, &mailbox) {
                let revoked = platform.desks().revoke(&desk, &revoke).await?;
                busy |= revoked.busy;
                for link in revoked.links {
                    // Best effort: a record ends by itself, and means nothing without the desk.
                    let _gone_later = platform.records().delete(&link).await;
                }
            }
        }
        if forget {
            for id in &ids {
                platform.events().erase(id).await?;
            }
        }
        if busy { Err(ServerError { code: Code::LinkBusy, detail: None }) } else { Ok(ServerReply::Done) }
    }

    async fn find(&self, who: &Subject) -> Result<Vec<Account>, Outage> {
        match who {
            Subject::Account(id) => Ok(self.service.platform.directory().account(id).await?.into_iter().collect()),
            Subject::Named(identifier) => lookup::find(self.service.platform, identifier).await,
        }
    }

    fn fresh_id(&self) -> Result<String, Outage> {
        let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            self.service.platform.entropy().random_bytes()?;
        let first: [u8; 16] = first;
        Ok(base64url(&first))
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
    async fn record(&self, action: Action, account: Option<&AccountId>, why: Option<&str>) -> Result<(), Outage> {
        let event = Event {
            id: format!("{}/{}", self.fresh_id()?, action.as_str()),
            at: self.service.platform.clock().now(),
            action,
            application: self.service.application.id.clone(),
            account: account.cloned(),
            address: self.address.clone(),
            detail: Some(why.map_or_else(|| self.label.clone(), |why| format!("{}: {why}", self.label))),
        };
        self.service.platform.events().record(&event).await
    }
}
