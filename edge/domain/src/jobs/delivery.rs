//! What a desk's alarm does: mails links, tells owners, keeps events, and settles claims that nobody came back for.

use crate::application::Application;
use crate::desk::{self, AmbiguousJob, Job, LinkJob, NoticeJob};
use crate::events::{Action, Event};
use crate::jobs::commit;
use crate::mail::failure::MailFailure;
use crate::mail::{self, Message, Stamp};
use crate::outbox::Entry;
use crate::ports::{
    Clock as _, DeskStore, Directory as _, Events as _, LinkRecords as _, Mailer as _, Outage, Platform,
};
use crate::timeouts;
use crate::values::account::{Account, AccountId};
use crate::values::identifier::canonical;
use crate::values::keys::{base64url, digest};
use crate::values::link::{DeskId, Link, LinkRecord};

/// Works on what is due. What could not be done is due again later, and the alarm is set. An error says that not even
/// that was possible: whoever rang has to ring again.
pub async fn run<P: Platform>(
    application: &Application,
    platform: &P,
    store: &impl DeskStore,
    desk: &DeskId,
) -> Result<(), Outage> {
    let began = platform.clock().now();
    let run = Run { application, platform, store, desk };
    while platform.clock().now().since(began) < timeouts::ALARM_START_BUDGET {
        let now = platform.clock().now();
        match store.change(|desk| desk.begin(now)).await {
            Ok(Some(entry)) => run.attempt(entry).await,
            Ok(None) | Err(Outage) => break,
        }
    }
    let now = platform.clock().now();
    let _due_again_later = store.change(|desk| desk.tidy(now)).await;
    store.rearm().await
}

/// How an attempt ended.
enum Attempt {
    /// The job is over, with these events to keep.
    Over(Vec<Event>),
    /// It did not work: once more later, if there is a later. The code says why.
    Later(&'static str),
}

impl From<Outage> for Attempt {
    fn from(_: Outage) -> Self {
        Self::Later("outage")
    }
}

struct Run<'a, P, S> {
    application: &'a Application,
    platform: &'a P,
    store: &'a S,
    desk: &'a DeskId,
}

impl<P: Platform, S: DeskStore> Run<'_, P, S> {
    async fn attempt(&self, entry: Entry<Job>) {
        let now = self.platform.clock().now();
        let attempt = match &entry.job {
            Job::Link(job) => self.link(&entry, job).await,
            Job::Ambiguous(job) => self.ambiguous(&entry, job).await,
            Job::Notice(job) => self.notice(&entry, job).await,
            Job::Event(event) => self.event(&entry, event).await,
            Job::Settle { link, account } => {
                // The job ends itself, in the step that finds out: it must outlive every claim but no longer.
                let _due_again_later = commit::settle(self.application, self.platform, self.store, link, account).await;
                return;
            }
        };
        if let Attempt::Over(events) = attempt {
            let _due_again_later = self.store.change(|desk| desk.finish(&entry.id, events, now)).await;
        }
    }

    async fn link(&self, entry: &Entry<Job>, job: &LinkJob) -> Attempt {
        let attempt = match self.mail_link(&entry.id, job).await {
            Ok(attempt) | Err(attempt) => attempt,
        };
        match attempt {
            Attempt::Later(why) => {
                let too_late = job.expires_at.since(entry.due) < desk::LEAST_LIFE;
                if entry.attempts >= desk::MOST_ATTEMPTS || too_late {
                    self.over(job, Action::LinkFailed, Some(why))
                } else {
                    Attempt::Later(why)
                }
            }
            over @ Attempt::Over(_) => over,
        }
    }

    async fn mail_link(&self, id: &str, job: &LinkJob) -> Result<Attempt, Attempt> {
        let failed = |why| Ok(self.over(job, Action::LinkFailed, Some(why)));
        let Some(account) = self.platform.directory().account(&job.account).await? else {
            return failed("account_gone");
        };
        let eligible = match self.application.eligible(&account) {
            Ok(eligible) => eligible,
            Err(why) => return failed(why.as_str()),
        };
        if !self.is_mailbox_of(eligible.email) {
            return failed("mailbox_left");
        }
        let Some((link, token)) = Link::issue(&self.application.keys, &job.seed, self.desk, job.expires_at) else {
            return failed("key_dropped");
        };
        let record =
            LinkRecord { account: account.id.clone(), fingerprint: eligible.fingerprint, expires_at: link.expires_at };
        // A job that was revoked meanwhile must not bring another link into the world: its event is told already.
        if !self.store.change(|desk| desk.has_job(id) && desk.fix(&link.id, &record)).await? {
            return failed("account_changed");
        }
        // Best effort: a reader that does not find it here asks the desk.
        let _asked_at_the_desk = self.platform.records().put(&link.id, &record, desk::link_end(link.expires_at)).await;
        let message = self.stamp(&job.seed, job.date).and_then(|stamp| {
            mail::reset(self.application, &account, eligible.email, &token, job.definition.as_ref(), stamp)
        });
        Ok(match self.send(message).await {
            Ok(()) => self.over(job, Action::LinkSent, None),
            Err(Sending::Never(why)) => self.over(job, Action::LinkFailed, Some(why)),
            Err(Sending::Later(why)) => Attempt::Later(why),
        })
    }

    async fn ambiguous(&self, entry: &Entry<Job>, job: &AmbiguousJob) -> Attempt {
        let over = |action, why: Option<&str>| {
            Attempt::Over(vec![self.told(&job.seed.random, action, Some(&job.account), job.address.clone(), why)])
        };
        let later = |why| {
            if entry.attempts >= desk::MOST_ATTEMPTS {
                over(Action::AmbiguousFailed, Some(why))
            } else {
                Attempt::Later(why)
            }
        };
        let account = match self.platform.directory().account(&job.account).await {
            Ok(Some(account)) => account,
            Ok(None) => return over(Action::AmbiguousFailed, Some("account_gone")),
            Err(Outage) => return later("outage"),
        };
        let Some(email) = account.email.as_deref().filter(|email| self.is_mailbox_of(email)) else {
            return over(Action::AmbiguousFailed, Some("mailbox_left"));
        };
        let message = self.stamp(&job.seed, job.date).and_then(|stamp| mail::ambiguous(self.application, email, stamp));
        match self.send(message).await {
            Ok(()) => over(Action::AmbiguousSent, None),
            Err(Sending::Never(why)) => over(Action::AmbiguousFailed, Some(why)),
            Err(Sending::Later(why)) => later(why),
        }
    }

    async fn notice(&self, entry: &Entry<Job>, job: &NoticeJob) -> Attempt {
        let over = |action, why: Option<&str>| {
            Attempt::Over(vec![self.told(job.link.as_str().as_bytes(), action, Some(&job.account), None, why)])
        };
        let later = |why| {
            if is_out_of_patience(entry) { over(Action::NoticeFailed, Some(why)) } else { Attempt::Later(why) }
        };
        let account = match self.platform.directory().account(&job.account).await {
            Ok(Some(account)) => account,
            Ok(None) => return over(Action::NoticeFailed, Some("account_gone")),
            Err(Outage) => return later("outage"),
        };
        let Some(email) = account.email.as_deref() else { return over(Action::NoticeFailed, Some("no_email")) };
        match self.send(self.notice_mail(&account, email, job)).await {
            Ok(()) => over(Action::NoticeSent, None),
            Err(Sending::Never(why)) => over(Action::NoticeFailed, Some(why)),
            Err(Sending::Later(why)) => later(why),
        }
    }

    fn notice_mail(&self, account: &Account, email: &str, job: &NoticeJob) -> Option<Message> {
        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            digest(&self.application.id, "notice", &[job.link.as_str().as_bytes()]);
        mail::notice(self.application, account, email, job.at, Stamp { id, date: job.at })
    }

    async fn event(&self, entry: &Entry<Job>, event: &Event) -> Attempt {
        match self.platform.events().record(event).await {
            Ok(()) => Attempt::Over(Vec::new()),
            Err(Outage) if is_out_of_patience(entry) => {
                self.platform.events().log(event);
                Attempt::Over(Vec::new())
            }
            Err(Outage) => Attempt::Later("outage"),
        }
    }

    async fn send(&self, message: Option<Message>) -> Result<(), Sending> {
        let message = message.ok_or(Sending::Never(MailFailure::Template.as_str()))?;
        self.platform.mailer().send(&message).await.map_err(|failure| {
            let code = failure.as_str();
            if failure.is_transient() { Sending::Later(code) } else { Sending::Never(code) }
        })
    }

    fn stamp(&self, seed: &crate::values::link::Seed, date: crate::values::time::Moment) -> Option<Stamp> {
        Some(Stamp { id: seed.derive(&self.application.keys, "message")?, date })
    }

    /// Whether mail to this address belongs to this desk. Under a newer key the same mailbox has another desk, but a
    /// job that was taken under the older one is still this desk's.
    fn is_mailbox_of(&self, email: &str) -> bool {
        self.desk.is_for_mailbox(&self.application.keys, &canonical(email))
    }

    fn over(&self, job: &LinkJob, action: Action, why: Option<&str>) -> Attempt {
        Attempt::Over(vec![self.told(&job.seed.random, action, Some(&job.account), job.address.clone(), why)])
    }

    fn told(
        &self,
        job: &[u8],
        action: Action,
        account: Option<&AccountId>,
        address: Option<String>,
        why: Option<&str>,
    ) -> Event {
        let id = digest(&self.application.id, "event", &[job, action.as_str().as_bytes()]);
        Event {
            id: base64url(&id),
            at: self.platform.clock().now(),
            action,
            application: self.application.id.clone(),
            account: account.cloned(),
            address,
            detail: why.map(str::to_owned),
        }
    }
}

/// Whether the next attempt would come after all patience.
fn is_out_of_patience(entry: &Entry<Job>) -> bool {
    entry.due.since(entry.added) >= desk::NOTICE_PATIENCE
}

/// Why a mail did not go out.
enum Sending {
    Later(&'static str),
    Never(&'static str),
}
