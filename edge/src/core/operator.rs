//! What an application's own servers may ask for: a reset for somebody, whether one is possible, the end of links that are
//! out, what happened, and that all of it is forgotten. They are trusted with who has an account, and no further: no link
//! and no password ever passes through them.
//!
//! Every call leaves an event with the key's label before anything comes of it. What cannot be told does not happen.

use futures_util::future::join_all;
use relatch::Code;

use super::account::{Account, AccountId};
use super::caller::Continent;
use super::config::Application;
use super::desk::{Revoke, TakeMail, Taken};
use super::events::{Action, Event, Told};
use super::identifier::{Identifier, Kind, canonical};
use super::intake::IntakeId;
use super::keys::text;
use super::link::DeskId;
use super::lookup::{self, Unmet};
use super::ports::{
    Clock as _, Desks as _, Directory as _, Entropy as _, Events as _, Intakes as _, LinkRecords as _, Outage, Platform,
};

/// Whom a call is about.
pub enum Who {
    /// The account of this id.
    Account(AccountId),
    /// Whoever answers to this.
    Named(Identifier),
}

/// Why a call came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declined {
    /// What it is answered with.
    pub code: Code,
    /// What there is to add.
    pub detail: Option<&'static str>,
}

impl From<Outage> for Declined {
    fn from(_: Outage) -> Self {
        Self { code: Code::Unavailable, detail: None }
    }
}

/// One call of a server, and who makes it.
pub struct Operator<'a, P> {
    /// Of this application.
    pub application: &'a Application,
    /// Its world.
    pub platform: &'a P,
    /// What configuration calls the key.
    pub label: String,
    /// Where the call came from.
    pub address: Option<String>,
}

/// Several accounts answer to the name, and the call is about one.
const AMBIGUOUS: &str = "ambiguous";

impl<P: Platform> Operator<'_, P> {
    /// Starts a reset, as if the account's owner had asked for it: the link goes to the account's address and nowhere else.
    pub async fn reset(&self, who: &Who) -> Result<(), Declined> {
        let accounts = self.find(who).await?;
        let meant = match lookup::choose(self.application, &accounts) {
            Ok(meant) => meant,
            Err(unmet) => {
                let (code, reason) = reason(&unmet);
                self.tell(Action::ServerReset, unmet.account.as_ref(), Some(reason)).await?;
                return Err(Declined { code, detail: Some(reason).filter(|_| code == Code::AccountIneligible) });
            }
        };
        let account = Some(&meant.account.id);
        self.tell(Action::ServerReset, account, None).await?;
        let request = self.fresh_id()?;
        match lookup::take(self.application, self.platform, &meant, request, self.address.clone(), None).await? {
            Taken::Taken => Ok(()),
            Taken::Limited => {
                self.tell(Action::RequestLimited, account, None).await?;
                Err(Declined { code: Code::TooManyRequests, detail: Some("The mailbox has had its mails for now.") })
            }
        }
    }

    /// Whether anybody could reset.
    pub async fn is_enabled(&self) -> Result<bool, Outage> {
        let any = self.platform.directory().any().await?;
        self.tell(Action::ServerStatus, None, None).await?;
        Ok(any)
    }

    /// Why this account could not reset, if it could not.
    pub async fn obstacle(&self, who: &Who) -> Result<Option<&'static str>, Outage> {
        let accounts = self.find(who).await?;
        let (account, why) = match lookup::choose(self.application, &accounts) {
            Ok(meant) if meant.mail == TakeMail::Ambiguous => (None, Some(AMBIGUOUS)),
            Ok(meant) => (Some(meant.account.id.clone()), None),
            Err(unmet) => {
                let why = reason(&unmet).1;
                (unmet.account, Some(why))
            }
        };
        self.tell(Action::ServerStatus, account.as_ref(), why).await?;
        Ok(why)
    }

    /// Ends every link of the account that is out. Its other mailboxes, should it have had any, are not reached; their links
    /// do not fit it as it is now.
    pub async fn revoke(&self, who: &Who) -> Result<(), Declined> {
        let accounts = self.find(who).await?;
        if accounts.is_empty() {
            self.tell(Action::ServerRevoke, None, Some(Code::AccountUnknown.as_str())).await?;
            return Err(Declined { code: Code::AccountUnknown, detail: None });
        }
        let mut busy = false;
        for account in &accounts {
            self.tell(Action::ServerRevoke, Some(&account.id), None).await?;
            let revoke = Revoke { account: Some(account.id.clone()), forget: false };
            busy |= self.end(account.email.as_deref(), &revoke).await?;
        }
        free(busy)
    }

    /// The latest events of an account, the newest first. One that is gone has its events still, under its id.
    pub async fn events(&self, who: &Who, limit: u32) -> Result<Vec<Told>, Declined> {
        let found;
        let account = match who {
            Who::Account(id) => Ok(id),
            Who::Named(_) => {
                found = self.find(who).await?;
                match found.as_slice() {
                    [account] => Ok(&account.id),
                    [] => Err(Declined { code: Code::AccountUnknown, detail: None }),
                    _ => Err(Declined { code: Code::AccountIneligible, detail: Some(AMBIGUOUS) }),
                }
            }
        };
        let account = match account {
            Ok(account) => account,
            Err(declined) => {
                self.tell(Action::ServerEvents, None, declined.detail.or(Some(declined.code.as_str()))).await?;
                return Err(declined);
            }
        };
        let events = self.platform.events().recent(account, limit).await?;
        self.tell(Action::ServerEvents, Some(account), None).await?;
        Ok(events)
    }

    /// Erases what is kept about somebody, but for a link that is being used this very moment: its call is answered so, and
    /// made again. In the order in which jobs travel, so that none slips through.
    pub async fn erase(&self, who: &Who) -> Result<(), Declined> {
        let accounts = self.find(who).await?;
        self.tell(Action::ServerErase, None, None).await?;
        self.forget_requests(who, &accounts).await?;
        let mut busy = false;
        if let Who::Named(identifier) = who
            && identifier.kind() == Kind::Email
        {
            busy |= self.end(Some(identifier.canonical()), &Revoke { account: None, forget: true }).await?;
        }
        for account in &accounts {
            let revoke = Revoke { account: Some(account.id.clone()), forget: true };
            busy |= self.end(account.email.as_deref(), &revoke).await?;
            self.platform.events().erase(&account.id).await?;
        }
        if let Who::Account(id) = who {
            self.platform.events().erase(id).await?;
        }
        free(busy)
    }

    async fn find(&self, who: &Who) -> Result<Vec<Account>, Outage> {
        match who {
            Who::Account(id) => Ok(self.platform.directory().account(id).await?.into_iter().collect()),
            Who::Named(identifier) => lookup::find(self.platform, identifier).await,
        }
    }

    /// Ends links at every desk of a mailbox. Tells whether one of them is in use.
    async fn end(&self, email: Option<&str>, revoke: &Revoke) -> Result<bool, Outage> {
        let mut busy = false;
        let email = email.map(canonical).unwrap_or_default();
        for desk in DeskId::all_of_mailbox(&self.application.keys, &email).filter(|_| !email.is_empty()) {
            let revoked = self.platform.desks().revoke(&desk, revoke).await?;
            busy |= revoked.busy;
            // Best effort: they end by themselves, and mean nothing without the desk.
            join_all(revoked.links.iter().map(|link| self.platform.records().delete(link))).await;
        }
        Ok(busy)
    }

    /// Deletes the requests that wait to be looked up, by every name that the call and its accounts have.
    async fn forget_requests(&self, who: &Who, accounts: &[Account]) -> Result<(), Outage> {
        let mut names: Vec<Identifier> = Vec::new();
        if let Who::Named(identifier) = who {
            names.push(identifier.clone());
        }
        for account in accounts {
            let own = [Some(account.username.as_str()), account.email.as_deref()];
            names.extend(own.into_iter().flatten().filter_map(|name| Identifier::parse(name).ok()));
        }
        let intakes = names.iter().flat_map(|name| {
            Continent::ALL.map(|continent| (IntakeId::choose(self.application, name, continent), name))
        });
        let forget = async |(intake, name)| self.platform.intakes().forget(&intake, name).await;
        join_all(intakes.map(forget)).await.into_iter().collect()
    }

    fn fresh_id(&self) -> Result<String, Outage> {
        let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = self.platform.entropy().seed()?;
        let first: [u8; 16] = first;
        Ok(text(&first))
    }

    /// Keeps the event of this call.
    async fn tell(&self, action: Action, account: Option<&AccountId>, why: Option<&str>) -> Result<(), Outage> {
        let event = Event {
            id: format!("{}/{}", self.fresh_id()?, action.as_str()),
            at: self.platform.clock().now(),
            action,
            application: self.application.id.clone(),
            account: account.cloned(),
            address: self.address.clone(),
            detail: Some(why.map_or_else(|| self.label.clone(), |why| format!("{}: {why}", self.label))),
        };
        self.platform.events().record(&event).await
    }
}

/// What nobody is mailed for, as a code and as the word of events and answers.
fn reason(unmet: &Unmet) -> (Code, &'static str) {
    match unmet.action {
        Action::RequestUnmatched => (Code::AccountUnknown, Code::AccountUnknown.as_str()),
        _ => (Code::AccountIneligible, unmet.detail.unwrap_or(AMBIGUOUS)),
    }
}

fn free(busy: bool) -> Result<(), Declined> {
    if busy { Err(Declined { code: Code::LinkBusy, detail: None }) } else { Ok(()) }
}
