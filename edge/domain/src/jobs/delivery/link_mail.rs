//! Mails with links as their jobs describe them, whether for one account or for several.

use super::EventSource;
use crate::events::{Action, Detail};
use crate::mail::LinkTimes;
use crate::mail::custom_template::CustomTemplate;
use crate::mail::failure::MailFailure;
use crate::mailbox::{LinkJob, SharedJob};
use crate::values::account::AccountId;
use crate::values::link::{LinkId, Seed};
use crate::values::object_id::AddressName;
use crate::values::time::Moment;

/// A mail with links, as its job describes it.
pub(super) struct LinkMail<'a> {
    pub(super) links: Vec<OneLink<'a>>,
    pub(super) text: Text<'a>,
    pub(super) seed: &'a Seed,
    pub(super) date: Moment,
    pub(super) expires_at: Moment,
    pub(super) address: Option<&'a str>,
}

/// The link of one account.
pub(super) struct OneLink<'a> {
    pub(super) account: &'a AccountId,
    pub(super) seed: &'a Seed,
    /// The spelling of the address, and the label, in a mail to a shared mailbox.
    pub(super) shared: Option<(&'a AddressName, Option<&'a str>)>,
}

/// The text of a mail.
pub(super) enum Text<'a> {
    /// That of one account's mail, or the template of its request.
    One(Option<&'a CustomTemplate>),
    /// That of a shared mailbox.
    Shared { is_partial: bool },
    /// That of an invitation.
    Invitation,
}

impl<'a> From<&'a LinkJob> for LinkMail<'a> {
    fn from(job: &'a LinkJob) -> Self {
        Self {
            links: vec![OneLink { account: &job.account, seed: &job.seed, shared: None }],
            text: Text::One(job.definition.as_ref()),
            seed: &job.seed,
            date: job.date,
            expires_at: job.expires_at,
            address: job.address.as_deref(),
        }
    }
}

impl<'a> From<&'a SharedJob> for LinkMail<'a> {
    fn from(job: &'a SharedJob) -> Self {
        let links = job.links.iter().map(|link| OneLink {
            account: &link.account,
            seed: &link.seed,
            shared: Some((&link.address, link.label.as_deref())),
        });
        Self {
            links: links.collect(),
            text: Text::Shared { is_partial: job.is_partial },
            seed: &job.seed,
            date: job.date,
            expires_at: job.expires_at,
            address: job.address.as_deref(),
        }
    }
}

/// The links that the outcome of an attempt is about, each with its id if it was issued.
pub(super) type LinksOfMail<'a> = Vec<(&'a OneLink<'a>, Option<LinkId>)>;

impl<'a> LinkMail<'a> {
    /// Returns the mail of an invitation.
    pub(super) fn invitation(job: &'a LinkJob) -> Self {
        Self { text: Text::Invitation, ..Self::from(job) }
    }
}

impl LinkMail<'_> {
    /// Returns the events of a mail that was sent, and of one that could not be sent.
    pub(super) const fn actions(&self) -> [Action; 2] {
        match self.text {
            Text::Invitation => [Action::InviteSent, Action::InviteFailed],
            Text::One(_) | Text::Shared { .. } => [Action::LinkSent, Action::LinkFailed],
        }
    }

    /// Returns the times of the links, which expire at `expires_at` by their tokens.
    pub(super) fn times(&self, expires_at: Moment, next_link_at: Option<Moment>) -> LinkTimes {
        LinkTimes { lifetime: self.expires_at.since(self.date), expires_at, next_link_at }
    }

    /// Returns the links of a mail for which none was issued.
    pub(super) fn unprepared(&self) -> LinksOfMail<'_> {
        self.links.iter().map(|link| (link, None)).collect()
    }

    /// Returns the source of the events about a link that a request asked for.
    pub(super) fn event_source<'a>(&'a self, request: &str, link: &OneLink<'a>) -> EventSource<'a> {
        EventSource {
            subject: request.to_owned(),
            key: &link.seed.random,
            account: link.account,
            address: self.address,
        }
    }
}

/// Why a mail was not sent.
pub(super) struct Failure {
    pub(super) reason: Detail,
    pub(super) is_transient: bool,
}

impl From<MailFailure> for Failure {
    fn from(failure: MailFailure) -> Self {
        Self { reason: failure.into(), is_transient: failure.is_transient() }
    }
}
