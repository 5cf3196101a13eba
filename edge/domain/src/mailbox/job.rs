//! The commands of a mailbox, and the jobs of its outbox.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::claims::{FollowUp, ObjectJob};
use crate::events::Event;
use crate::mail::custom_template::CustomTemplate;
use crate::mail::mail_name::MailName;
use crate::outbox::or_default;
use crate::values::account::{AccountId, Fingerprint};
use crate::values::link::{LinkId, LinkRecord, Seed};
use crate::values::object_id::{AccountName, AddressName};
use crate::values::time::Moment;
use crate::webhook::WebhookJob;

/// Asks a mailbox to send a mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnqueueMail {
    /// The id of the request. Each request is accepted once.
    pub request: String,
    /// Which mail to send.
    pub kind: MailKind,
    /// Who requested it.
    pub requester: Requester,
    /// The account, or the first of those that share the mailbox.
    pub account: Addressee,
    /// The other accounts of the mailbox that may get a link: one mail has at most five links.
    pub others: Vec<Addressee>,
    /// The requester's IP address.
    pub address: Option<String>,
    /// The application's template for this mail, instead of the configured one. A mail to a shared
    /// mailbox and an exceptional mail do not use it.
    pub definition: Option<CustomTemplate>,
    /// The lifetime of the links, instead of that of the configuration.
    #[serde(default, deserialize_with = "or_default")]
    pub lifetime: Option<Duration>,
    /// The tag of the language that the request names.
    #[serde(default, deserialize_with = "or_default")]
    pub language: Option<String>,
    /// The time before which an ordinary mail is not attempted: the brake of the application.
    #[serde(default, deserialize_with = "or_default")]
    pub not_before: Option<Moment>,
}

/// An account that a mail is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Addressee {
    /// The account.
    pub account: AccountId,
    /// The account's name in the counts.
    pub name: AccountName,
    /// The account's fingerprint, as the lookup has just read it.
    pub fingerprint: Fingerprint,
    /// The random part of the account's link.
    pub seed: Seed,
    /// The spelling of the account's address.
    pub address: AddressName,
    /// The user name or the name, which the link is shown beside in a mail for several accounts. It
    /// is that of the lookup, so that every attempt sends the same bytes. `None` if neither may
    /// appear in a mail.
    pub label: Option<String>,
}

/// Who requested a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requester {
    /// A visitor, who may be a stranger.
    Visitor,
    /// A server of the application, with its key.
    Server,
}

/// The mail that a request is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// The mail with a link, or with a link for each account that shares the mailbox.
    Link,
    /// The mail that says that several accounts share the mailbox.
    Ambiguous,
    /// The mail with a link for the first password of an account.
    Invitation,
}

/// The outcome of [`Mailbox::enqueue`](super::Mailbox::enqueue).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use]
pub enum EnqueueOutcome {
    /// The mail is in the outbox, or has been.
    Queued,
    /// The mailbox has reached a limit: the request was dropped.
    RateLimited {
        /// The time at which the limit ends.
        until: Moment,
    },
}

/// A link that an attempt at a mail has prepared.
pub struct Candidate {
    /// The account.
    pub account: AccountId,
    /// The link and its record, or `None` if the account gets none.
    pub link: Option<(LinkId, LinkRecord)>,
    /// The event to add if the account is left out.
    pub failure: Event,
}

/// The values that an attempt at a mail with links needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailStart {
    /// The links of the mail. Without any, there is no mail, and the job is gone.
    pub links: Vec<LinkId>,
    /// Whether the mail may have been delivered with other links by an earlier attempt. Then it
    /// must not be sent again.
    pub has_changed: bool,
    /// The time before which requests may mail no other link while this one is usable, if a limit
    /// is reached.
    pub next_link_at: Option<Moment>,
}

/// Asks a mailbox whether a repeated confirm is the one that succeeded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReplayCheck {
    /// The link.
    pub link: LinkId,
    /// The account whose password it sets.
    pub account: AccountId,
}

/// A job of a mailbox's outbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Mail a link.
    Link(LinkJob),
    /// Mail that several accounts share the mailbox.
    Ambiguous(AmbiguousJob),
    /// Settle a claim, send a notice or record an event.
    FollowUp(FollowUp<LinkId>),
    // Stored by position: add new jobs at the end.
    /// Mail a link for each account that shares the mailbox.
    Shared(SharedJob),
    /// Pass an event to the hook `onEvent`.
    Notify(Event),
    /// Post an event to an endpoint.
    Webhook(WebhookJob),
    /// Mail a link for the first password of an account.
    Invitation(LinkJob),
}

impl Job {
    /// Returns the date of the mail, if a caller requested it.
    pub(super) const fn date(&self) -> Option<Moment> {
        match self {
            Self::Link(job) | Self::Invitation(job) => Some(job.date),
            Self::Shared(job) => Some(job.date),
            Self::Ambiguous(job) => Some(job.date),
            Self::FollowUp(_) | Self::Notify(_) | Self::Webhook(_) => None,
        }
    }

    /// Returns the accounts that the job mails a link to, each with its name in the grants, or
    /// `None` for the only one.
    pub(super) fn accounts(&self) -> Vec<(&AccountId, Option<&AccountName>)> {
        match self {
            Self::Link(job) | Self::Invitation(job) => vec![(&job.account, None)],
            Self::Shared(job) => {
                job.links.iter().map(|link| (&link.account, Some(&link.name))).collect()
            }
            Self::Ambiguous(_) | Self::FollowUp(_) | Self::Notify(_) | Self::Webhook(_) => {
                Vec::new()
            }
        }
    }

    /// Returns the event that a receiver is to get.
    pub(super) const fn notified(&self) -> Option<&Event> {
        match self {
            Self::Notify(event) | Self::Webhook(WebhookJob { event, .. }) => Some(event),
            _ => None,
        }
    }

    /// As [`Self::notified`], to change it.
    pub(super) const fn notified_mut(&mut self) -> Option<&mut Event> {
        match self {
            Self::Notify(event) | Self::Webhook(WebhookJob { event, .. }) => Some(event),
            _ => None,
        }
    }
}

impl From<FollowUp<LinkId>> for Job {
    fn from(job: FollowUp<LinkId>) -> Self {
        Self::FollowUp(job)
    }
}

impl ObjectJob<LinkId> for Job {
    fn follow_up(&self) -> Option<&FollowUp<LinkId>> {
        match self {
            Self::FollowUp(job) => Some(job),
            _ => None,
        }
    }

    fn is_notification(&self) -> bool {
        self.notified().is_some()
    }

    fn follow_up_mut(&mut self) -> Option<&mut FollowUp<LinkId>> {
        match self {
            Self::FollowUp(job) => Some(job),
            _ => None,
        }
    }

    fn mail(&self) -> Option<(MailName, Vec<&AccountId>)> {
        match self {
            Self::Link(job) => Some((MailName::Link, vec![&job.account])),
            Self::Invitation(job) => Some((MailName::Invitation, vec![&job.account])),
            Self::Shared(job) => {
                Some((MailName::Links, job.links.iter().map(|link| &link.account).collect()))
            }
            Self::Ambiguous(job) => Some((MailName::Ambiguous, vec![&job.account])),
            Self::FollowUp(job) => job.mail(),
            Self::Notify(_) | Self::Webhook(_) => None,
        }
    }
}

/// The job of a mail with a link: the state that all attempts share.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LinkJob {
    /// The account that the link is for.
    pub account: AccountId,
    /// The random part of the mail, from which the link, the Message-ID and the boundaries are
    /// derived.
    pub seed: Seed,
    /// The date of the mail.
    pub date: Moment,
    /// The time at which the link expires.
    pub expires_at: Moment,
    /// The requester's IP address.
    pub address: Option<String>,
    /// The application's template for this mail, instead of the configured one.
    pub definition: Option<CustomTemplate>,
}

/// The job of a mail to a shared mailbox: the state that all attempts share.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AmbiguousJob {
    /// One of the accounts. Its stored address is the recipient.
    pub account: AccountId,
    /// The random part of the mail.
    pub seed: Seed,
    /// The date of the mail.
    pub date: Moment,
    /// The requester's IP address.
    pub address: Option<String>,
}

/// The job of a mail with links to a shared mailbox: the state that all attempts share.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SharedJob {
    /// The accounts with a link in the mail, whose addresses are spelled alike. An account that is
    /// left out or revoked is removed.
    pub links: Vec<Addressee>,
    /// The number of links of the attempts that may have delivered the mail; without such an
    /// attempt, that of the latest one. `None` before the first attempt. A mail with another number is
    /// not sent: see [`MailStart::has_changed`](super::MailStart::has_changed).
    pub started: Option<u8>,
    /// Whether the mailbox has further accounts, whose links are in other mails.
    pub is_partial: bool,
    /// The random part of the mail, from which the Message-ID and the boundaries are derived.
    pub seed: Seed,
    /// The date of the mail.
    pub date: Moment,
    /// The time at which the links expire.
    pub expires_at: Moment,
    /// The requester's IP address.
    pub address: Option<String>,
}
