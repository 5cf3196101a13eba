//! The alarm of a mailbox or a password change: works on the jobs of its outbox.

use std::cell::Cell;
use std::time::Duration;

use relatch_languages::{Language, Texts};

use crate::claims::ObjectState;
use crate::events::{Detail, Event};
use crate::jobs::{JobOf, ObjectService};
use crate::mail::Message;
use crate::mail::failure::MailFailure;
use crate::mailbox::{Job, Mailbox};
use crate::outbox::Entry;
use crate::password_change::PasswordChange;
use crate::ports::{Entropy as _, Mailer as _, Outage, Platform, StateStore};
use crate::timeouts;
use crate::values::account::Account;
use crate::values::object_id::MailboxId;
use crate::values::time::{Moment, RandomShare};

mod events;
mod follow_up;
mod link_mail;
mod link_message;
mod links;
mod mail;
mod render;
mod wait;

use events::EventSource;
use link_mail::LinkMail;
use wait::Wait;

/// The time for which a notice, and the recording of an event, is attempted.
pub const NOTICE_RETRY_WINDOW: Duration = Duration::from_secs(24 * 3600);
/// The number of attempts at a mail to a mailbox.
pub const MAX_ATTEMPTS: u32 = 8;
/// The number of attempts at one mail that may end without an answer after the message was handed
/// over. Each of them may have delivered the mail.
pub const MAX_UNANSWERED: usize = 2;

/// The outcome of an attempt at a job.
enum Attempt {
    /// The job is finished. These events are to be recorded.
    Finished(Vec<Event>),
    /// The job stays in the outbox and is attempted again when it is next due.
    Retry,
    /// As [`Self::Retry`], of a mail: why it was not sent, and the events that report it. They get
    /// the time of the next attempt.
    Deferred(Detail, Vec<Event>),
}

/// An attempt at a job that has begun.
struct Current<J> {
    entry: Entry<J>,
    /// The earlier attempts that handed the message over and have no answer.
    unanswered: usize,
    /// The tag of the language that the request of the mail names.
    language: Option<String>,
    /// The random part of the time until the next attempt.
    share: RandomShare,
    hand_over: Cell<HandOver>,
    /// The wait before the next attempt that the mail provider asks for.
    wait: Wait,
}

/// How far an attempt has handed its message over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HandOver {
    /// Nothing was stored.
    Pending,
    /// The attempt has stored, or tried to store, that it hands the message over.
    Begun,
    /// The message was handed over, and there is no answer.
    Unanswered,
}

impl<J> Current<J> {
    /// Returns the id of the request of a mail that was requested. A request with several mails has
    /// one job for each.
    fn request(&self) -> &str {
        self.entry.id.split('/').next().unwrap_or_default()
    }

    /// Returns when the next attempt may begin if this one ends now.
    fn next_attempt(&self, now: Moment) -> Moment {
        self.entry.next_attempt(now, self.share).max(self.wait.end(now))
    }

    /// Returns whether this or an earlier attempt may have delivered the mail.
    fn may_have_delivered(&self) -> bool {
        self.unanswered > 0 || self.hand_over.get() == HandOver::Unanswered
    }

    /// Returns the reason for giving up: that of the last attempt, unless the mail may have been
    /// delivered.
    fn final_reason(&self, reason: Detail) -> Detail {
        if self.may_have_delivered() { MailFailure::Unknown.into() } else { reason }
    }
}

impl<P: Platform, S: StateStore<State = Mailbox>> ObjectService<'_, P, S> {
    /// Runs the alarm of a mailbox: attempts each job that is due, prunes the state and sets the
    /// next alarm. A job that fails stays in the outbox with its next due time.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the next alarm could not be set. The caller must set one.
    pub async fn run_mailbox_alarm(&self, mailbox: &MailboxId) -> Result<(), Outage> {
        self.run_alarm(async |current| {
            let job = &current.entry.job;
            current.wait.set_job(job);
            match job {
                Job::Link(job) => self.attempt_links(mailbox, current, job.into()).await,
                Job::Invitation(job) => {
                    self.attempt_links(mailbox, current, LinkMail::invitation(job)).await
                }
                Job::Shared(job) => self.attempt_links(mailbox, current, job.into()).await,
                Job::Ambiguous(job) => self.attempt_ambiguous(mailbox, current, job).await,
                Job::FollowUp(job) => self.attempt_follow_up(current, job).await,
                Job::Notify(event) => self.attempt_notification(current, event).await,
                Job::Webhook(job) => self.attempt_webhook(current, job).await,
            }
        })
        .await
    }
}

impl<P: Platform, S: StateStore<State = PasswordChange>> ObjectService<'_, P, S> {
    /// Runs the alarm of a password change, as [`Self::run_mailbox_alarm`] does that of a mailbox.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the next alarm could not be set. The caller must set one.
    pub async fn run_password_change_alarm(&self) -> Result<(), Outage> {
        self.run_alarm(async |current| self.attempt_follow_up(current, &current.entry.job).await)
            .await
    }
}

impl<P: Platform, S: StateStore> ObjectService<'_, P, S> {
    /// Begins attempts until no job is due or the time for new attempts is used up.
    async fn run_alarm(
        &self,
        attempt: impl AsyncFn(&Current<JobOf<S>>) -> Attempt,
    ) -> Result<(), Outage> {
        let began = self.now();
        while self.now().since(began) < timeouts::ALARM_START_BUDGET {
            let Ok(Some(current)) = self.begin_attempt().await else { break };
            let now = self.now();
            let id = &current.entry.id;
            let _attempted_again = match attempt(&current).await {
                Attempt::Finished(events) => {
                    self.store.change(|state| state.finish(id, events, now)).await
                }
                Attempt::Retry => self.schedule_retry(&current, None).await,
                Attempt::Deferred(reason, events) => {
                    self.schedule_retry(&current, Some((reason, events))).await
                }
            };
        }
        let now = self.now();
        let _pruned_next_time = self.store.change(|state| state.prune(now)).await;
        self.store.rearm().await
    }

    async fn begin_attempt(&self) -> Result<Option<Current<JobOf<S>>>, Outage> {
        let now = self.now();
        let share = self.service.platform.entropy().random_share()?;
        self.store
            .change(|state| {
                let entry = state.begin(self.service.application, now, share)?;
                let unanswered = state.claims().unanswered(&entry.id);
                let language = state.requested_language(&entry.id).map(str::to_owned);
                Some(Current {
                    entry,
                    unanswered,
                    language,
                    share,
                    hand_over: Cell::new(HandOver::Pending),
                    wait: Wait::default(),
                })
            })
            .await
    }

    /// Schedules the next attempt after one that has failed. Of a mail, it stores why, and adds the
    /// events. If it cannot be stored, the time that was stored when the attempt began remains.
    async fn schedule_retry(
        &self,
        current: &Current<JobOf<S>>,
        deferred: Option<(Detail, Vec<Event>)>,
    ) -> Result<(), Outage> {
        let (entry, now) = (&current.entry, self.now());
        let hand_over = current.hand_over.get();
        let stays = hand_over == HandOver::Pending && current.next_attempt(now) <= entry.due;
        if stays && deferred.is_none() {
            return Ok(());
        }
        let next = if stays { entry.due } else { current.next_attempt(now) };
        let answered = hand_over == HandOver::Begun;
        self.store
            .change(|state| {
                // The job may have been revoked meanwhile.
                if !state.claims().has_job(&entry.id) {
                    return;
                }
                if !stays {
                    state.claims_mut().retry(&entry.id, entry.attempts, answered, next);
                }
                let Some((reason, events)) = deferred else { return };
                state.failures_mut().set(&entry.id, &reason);
                for event in events {
                    state.claims_mut().enqueue_minor(event.with_attempt(entry.attempts, next), now);
                }
            })
            .await
    }

    /// Sends a message. Before the step after which the provider may deliver it, the attempt is
    /// stored as handing over, so that a crash or a lost answer is counted: after
    /// [`MAX_UNANSWERED`] such attempts the mail is not sent again.
    async fn send(
        &self,
        current: &Current<JobOf<S>>,
        message: Result<Message, MailFailure>,
    ) -> Result<(), MailFailure> {
        if current.unanswered >= MAX_UNANSWERED {
            return Err(MailFailure::Unknown);
        }
        let message = message?;
        let hand_over = async || self.hand_over(current).await;
        let sent = self.service.platform.mailer().send(&message, hand_over).await;
        let sent = sent.map_err(|error| {
            current.wait.set(error.retry_after);
            error.failure
        });
        let unanswered = matches!(sent, Err(failure) if !failure.is_answer());
        if unanswered && current.hand_over.get() == HandOver::Unanswered {
            if current.unanswered.saturating_add(1) >= MAX_UNANSWERED {
                return Err(MailFailure::Unknown);
            }
        } else if current.hand_over.get() == HandOver::Unanswered {
            current.hand_over.set(HandOver::Begun);
        }
        sent
    }

    /// Stores that this attempt hands its message over.
    async fn hand_over(&self, current: &Current<JobOf<S>>) -> Result<(), Outage> {
        current.hand_over.set(HandOver::Begun);
        let entry = &current.entry;
        let until = self.now().after(timeouts::HAND_OVER);
        let stored = self
            .store
            .change(|state| state.claims_mut().hand_over(&entry.id, entry.attempts, until))
            .await?;
        if !stored {
            return Err(Outage);
        }
        current.hand_over.set(HandOver::Unanswered);
        Ok(())
    }

    /// Returns the texts of a mail: in the language of its accounts if they have one, or else of its
    /// request, or else of the application.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the texts cannot be loaded. The mail must not be sent in another language, so
    /// that every attempt sends the same bytes.
    async fn mail_texts<'a>(
        &self,
        current: &Current<JobOf<S>>,
        accounts: impl IntoIterator<Item = &'a Account>,
    ) -> Result<Texts, Outage> {
        let mut languages = accounts.into_iter().map(Account::language);
        let first = languages.next().flatten();
        let of_accounts = first.filter(|_| languages.all(|other| other == first));
        let of_request = || current.language.as_deref().and_then(Language::parse);
        let language = of_accounts.or_else(of_request);
        self.service.texts(language).await
    }
}
