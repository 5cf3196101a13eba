//! Ends links, or erases what a mailbox stores about an account, for the application's server.

use serde::{Deserialize, Serialize};

use super::{AmbiguousJob, Job, Mailbox, SharedJob};
use crate::claims::{FollowUp, Step};
use crate::events::{Action, Event, Reason};
use crate::outbox::Entry;
use crate::values::account::AccountId;
use crate::values::link::LinkId;
use crate::webhook::WebhookJob;

/// Asks a mailbox to end links.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revoke {
    /// The account whose links end, or `None` for all accounts of the mailbox.
    pub account: Option<AccountId>,
    /// Whether to erase what else is stored about these accounts as well: used links, events and
    /// mails that were not sent, except notices.
    pub forget: bool,
}

/// The outcome of a [`Revoke`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[must_use]
pub struct Revoked {
    /// The deleted links. With [`Revoke::forget`], also used ones.
    pub links: Vec<LinkId>,
    /// Whether a link is under a lease and was therefore left as it is.
    pub busy: bool,
}

impl Mailbox {
    /// Deletes unused links, without an event, and removes link mails that were not sent, each with
    /// an event. With `forget`, erases what is stored about the account, without events. A deleted
    /// link counts as used. A used link stays for the replay check, unless it is erased.
    ///
    /// Neither touches the counts, which name the account by a keyed name, or a notice that was
    /// not sent: otherwise a server could mail without a limit, or hide a reset from the account
    /// owner.
    ///
    /// A claimed link is left as it is. If its lease has ended, the link and its account are
    /// returned as well: reconcile that link, then revoke again.
    pub fn revoke(
        &mut self,
        revoke: &Revoke,
        step: Step<'_>,
    ) -> (Revoked, Option<(LinkId, AccountId)>) {
        let concerns =
            |account: &AccountId| revoke.account.as_ref().is_none_or(|one| one == account);
        self.clear_counts_after_reset();
        let mut revoked = Revoked::default();
        let mut unsettled = None;
        self.claims.permits.retain(|link| {
            if !concerns(&link.record.account) {
                return true;
            }
            if let Some(lease_ends) = link.pending_lease_end() {
                if step.now < lease_ends {
                    revoked.busy = true;
                } else {
                    unsettled = Some((link.id.clone(), link.record.account.clone()));
                }
                return true;
            }
            let ends = revoke.forget || !link.used;
            if ends {
                revoked.links.push(link.id.clone());
            }
            !ends
        });
        let mut events = Vec::new();
        let mut revoked_mail =
            |action, id: String, account: &AccountId, address: &Option<String>| {
                events.push(Event {
                    id,
                    at: step.now,
                    action,
                    application: step.application.clone(),
                    account: Some(account.clone()),
                    address: address.clone(),
                    detail: Some(Reason::Revoked.as_str().to_owned()),
                });
            };
        for Entry { id, job, .. } in self.claims.outbox.iter_mut() {
            let Job::Shared(SharedJob { links, address, .. }) = job else { continue };
            links.retain(|link| {
                if concerns(&link.account) {
                    self.limits.leave_out(id, Some(&link.name));
                    let id = format!("{id}/revoked/{}", link.name);
                    revoked_mail(Action::LinkFailed, id, &link.account, address);
                }
                !concerns(&link.account)
            });
        }
        self.claims.outbox.retain(|entry| match &entry.job {
            Job::Link(job) | Job::Invitation(job) if concerns(&job.account) => {
                let is_invitation = matches!(entry.job, Job::Invitation(_));
                let action = if is_invitation { Action::InviteFailed } else { Action::LinkFailed };
                let id = format!("{}/revoked", entry.id);
                revoked_mail(action, id, &job.account, &job.address);
                false
            }
            Job::Shared(job) => !job.links.is_empty(),
            // The settle job of a claimed link stays.
            Job::Link(_)
            | Job::Invitation(_)
            | Job::FollowUp(FollowUp::Settle { .. } | FollowUp::Notice(_)) => true,
            Job::Ambiguous(AmbiguousJob { account, .. }) => !(revoke.forget && concerns(account)),
            Job::FollowUp(FollowUp::Event(event)) => {
                !(revoke.forget && event.account.as_ref().is_none_or(concerns))
            }
            // In an object that has events about other accounts.
            Job::Notify(event) | Job::Webhook(WebhookJob { event, .. }) => {
                !(revoke.forget && event.account.as_ref().is_some_and(concerns))
            }
        });
        if revoke.forget {
            // The addresses of notices that no link needs any longer.
            self.claims.prune(step.now);
            self.prune_renderings();
        } else {
            self.claims.enqueue_events(events, step.now);
        }
        (revoked, unsettled)
    }
}
