//! The mailbox: the limits, the links and the outgoing mail of one e-mail address.
//!
//! [`Mailbox`] is a state machine without I/O. Each method is one step. Its shell loads the state,
//! calls one method, stores the state with its next alarm, and only then acts on the result, so
//! that a crash between two steps loses nothing.
//!
//! # Methods in the order of a link's life
//!
//! 1. [`Mailbox::enqueue`] accepts a mail from an intake, within the limits: see `decide.rs`.
//! 2. The alarm calls [`Claims::begin`](crate::claims::Claims::begin), which returns the job of the
//!    mail.
//! 3. [`Mailbox::start_mail`] decides, before the mail is sent, whether the job still exists and
//!    which accounts and fingerprints its links are for.
//! 4. [`Mailbox::finish`](ObjectState::finish) ends the job when the mail was sent or has failed
//!    for good.
//! 5. [`Mailbox::link_record`] answers readers whose own store has no record of the link yet.
//! 6. [`Mailbox::claims`](ObjectState::claims) runs the commit and the replay check of a confirm:
//!    see [`claims`](crate::claims).
//! 7. [`Mailbox::revoke`] ends links at the request of the application's server, or erases what the
//!    mailbox stores about an account. [`Mailbox::count_call`] counts such calls, in objects that
//!    do nothing else.
//! 8. [`Mailbox::note_check`] adds the event of a link that was checked, and
//!    [`Mailbox::note_refusal`] that of a link that set no password. [`Mailbox::notify`] adds an
//!    event for the hook `onEvent`, and [`Mailbox::brake`] counts the accepted requests of an
//!    application, each in objects that do nothing else.
//! 9. [`Mailbox::prune`](ObjectState::prune) deletes what has expired, and
//!    [`Mailbox::next_alarm`](ObjectState::next_alarm) says when something is next due or expires.

use std::time::Duration;

use serde::{Deserialize, Serialize};

mod brake;
mod call;
mod decide;
mod enqueue;
mod extras;
mod grant;
mod job;
mod limits;
mod notify;
mod refusal;
mod revoke;
mod start;

pub use brake::{BRAKE_WINDOW, BrakeCall, BrakeOutcome};
pub use call::{CallOutcome, CountCall};
pub use decide::MAX_LINKS;
pub use job::{
    Addressee, AmbiguousJob, Candidate, EnqueueMail, EnqueueOutcome, Job, LinkJob, MailKind,
    MailStart, ReplayCheck, Requester, SharedJob,
};
pub use refusal::{ConfirmRefusal, LinkCheck};
pub use revoke::{Revoke, Revoked};

use crate::application::Application;
use crate::claims::{Claims, ObjectState, Permit};
use crate::events::{Action, Event};
use crate::mail::rendering::Renderings;
use crate::mailbox::extras::Extras;
use crate::mailbox::limits::Limits;
use crate::outbox::{Entry, or_default};
use crate::rate_log::RateLog;
use crate::values::account::AccountId;
use crate::values::link::{LinkId, LinkRecord};
use crate::values::time::{Moment, RandomShare};
use crate::waiting::Failures;

/// The remaining lifetime below which a link is not mailed, and does not keep another one from
/// being mailed. It sets a password until it expires.
pub const MIN_REMAINING_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The time for which the refusals and the checks of a link are counted.
const REFUSAL_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// The state of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mailbox {
    limits: Limits,
    claims: Claims<LinkId, Job>,
    /// The refusals and the checks of links that have an event; in an object of an endpoint, the
    /// windows of counted events.
    #[serde(default, deserialize_with = "or_default")]
    refusals: RateLog,
    /// The texts of mails by the hook `render`.
    #[serde(default, deserialize_with = "or_default")]
    renderings: Renderings,
    /// Why the latest attempts at mails failed.
    #[serde(default, deserialize_with = "or_default")]
    failures: Failures,
    /// What few mailboxes have.
    #[serde(default, skip_serializing_if = "Extras::is_empty", deserialize_with = "or_default")]
    extras: Extras,
}

/// The state of a mailbox in format `a`, which had no grants.
#[derive(Debug, Serialize, Deserialize)]
pub struct Previous {
    mails: RateLog,
    claims: Claims<LinkId, Job>,
}

impl From<Previous> for Mailbox {
    fn from(previous: Previous) -> Self {
        Self {
            limits: Limits::from(&previous),
            claims: previous.claims,
            refusals: RateLog::default(),
            renderings: Renderings::default(),
            failures: Failures::default(),
            extras: Extras::default(),
        }
    }
}

impl Mailbox {
    /// Clears the counts of requests if a reset was completed. It is called before links are
    /// deleted and before the counts are used, so no reset is missed.
    fn clear_counts_after_reset(&mut self) {
        let last = self.claims.permits.iter().filter_map(Permit::settled_at).max();
        if let Some(at) = last {
            self.limits.complete(at);
        }
    }

    /// Deletes the texts, failures and other values of mails whose job is gone.
    fn prune_renderings(&mut self) {
        let claims = &self.claims;
        self.renderings.retain(|job| claims.has_job(job));
        self.failures.retain(|job| claims.has_job(job));
        self.extras.retain(|job| claims.has_job(job));
    }

    /// Counts a call of a server, once for each call, unless `max` calls within `span` are counted.
    /// A rejected call is not counted, so it does not prolong the wait. A count ends with its
    /// window; no call and no reset ends it earlier.
    pub fn count_call(&mut self, call: &CountCall, now: Moment) -> CallOutcome {
        let CountCall { id, max, span } = call;
        let calls = &mut self.limits.calls;
        if calls.contains(id) {
            return CallOutcome::Counted;
        }
        calls.prune(*span, now);
        let until = calls.free_at(*max, *span, now);
        if now < until {
            return CallOutcome::RateLimited { until };
        }
        calls.add(id.clone(), now);
        CallOutcome::Counted
    }

    /// Returns whether the object has no links, jobs, notices, grants and counts of mails, as one
    /// that only counts calls. Tests leave such objects out of what they compare.
    #[must_use]
    pub fn only_counts_calls(&self) -> bool {
        self.claims == Claims::default() && self.limits.only_counts_calls()
    }

    /// Returns whether the outbox has a job with this id: see [`Claims::has_job`].
    #[must_use]
    pub fn has_job(&self, id: &str) -> bool {
        self.claims.has_job(id)
    }

    /// Returns the record of a link, or `None` if it was never pinned, was revoked or erased, or
    /// was deleted some minutes after its expiry. A used link keeps its record until then.
    #[must_use]
    pub fn link_record(&self, id: &LinkId) -> Option<LinkRecord> {
        self.claims.record(id).cloned()
    }
}

impl ObjectState for Mailbox {
    const FORMAT: char = 'b';
    const PREVIOUS_FORMAT: char = 'a';
    type Previous = Previous;
    type PermitId = LinkId;
    type Job = Job;

    fn claims(&self) -> &Claims<LinkId, Job> {
        &self.claims
    }

    fn claims_mut(&mut self) -> &mut Claims<LinkId, Job> {
        &mut self.claims
    }

    fn renderings(&self) -> &Renderings {
        &self.renderings
    }

    fn renderings_mut(&mut self) -> &mut Renderings {
        &mut self.renderings
    }

    fn failures(&self) -> &Failures {
        &self.failures
    }

    fn failures_mut(&mut self) -> &mut Failures {
        &mut self.failures
    }

    fn requested_language(&self, job: &str) -> Option<&str> {
        self.extras.languages.of_job(job).map(String::as_str)
    }

    fn begin(
        &mut self,
        application: &Application,
        now: Moment,
        share: RandomShare,
    ) -> Option<Entry<Job>> {
        self.begin_job(application, now, share)
    }

    fn finish(&mut self, job: &str, mut events: Vec<Event>, now: Moment) {
        if let Some(Entry { job: Job::Shared(shared), .. }) =
            self.claims.jobs().find(|entry| entry.id == job)
        {
            // An account that was left out or revoked has its event already.
            let has_link =
                |account: &AccountId| shared.links.iter().any(|link| link.account == *account);
            events.retain(|event| event.account.as_ref().is_none_or(has_link));
        }
        let is_sent = |event: &Event| matches!(event.action, Action::LinkSent | Action::InviteSent);
        let accepted = events.iter().any(is_sent);
        if self.claims.finish(job, events, now) {
            self.limits.finish(job, accepted);
        }
    }

    fn prune(&mut self, now: Moment) {
        self.clear_counts_after_reset();
        self.limits.prune(now);
        self.refusals.prune(REFUSAL_WINDOW, now);
        self.claims.prune(now);
        self.prune_renderings();
        self.prune_brake(now);
    }

    fn next_alarm(&self) -> Option<Moment> {
        let counts =
            [self.limits.next_prune(), self.refusals.next_prune(REFUSAL_WINDOW), self.brake_end()];
        self.claims.next_alarm().into_iter().chain(counts.into_iter().flatten()).min()
    }
}

#[cfg(test)]
mod tests;
