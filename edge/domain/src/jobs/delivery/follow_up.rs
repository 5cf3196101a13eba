//! Attempts at the jobs that follow a claim: settle, notice, event.

use super::{Attempt, Current, EventSource, NOTICE_RETRY_WINDOW};
use crate::claims::{FollowUp, Notice, NoticeJob, ObjectState as _, PermitId};
use crate::events::{Action, CHANGE_PREFIX, Detail, Event, EventValue, EventView, Reason};
use crate::jobs::{JobOf, ObjectService, PermitIdOf};
use crate::mail::failure::MailFailure;
use crate::mail::mail_name::MailName;
use crate::mail::notice::{ChangeMethod, NoticeContent, NoticedChange};
use crate::mail::rendering::{HookTexts, MailToRender, RenderedNotice};
use crate::mail::{self, MailWriter, Message, Stamp, with_parts};
use crate::ports::{
    Directory as _, Events as _, Hooks as _, Outage, Platform, StateStore, Webhooks as _,
};
use crate::service::Service;
use crate::values::account::{Account, Ineligible};
use crate::values::keys::{digest, first_half};
use crate::values::mail_address::canonical_address;
use crate::webhook::{WebhookFailure, WebhookJob, WebhookMessage};

impl<Id: PermitId> NoticeJob<Id> {
    fn event_source(&self) -> EventSource<'_> {
        let permit = self.permit.as_str();
        EventSource {
            subject: event_subject(Id::METHOD, permit),
            key: permit.as_bytes(),
            account: &self.account,
            address: None,
        }
    }

    /// Writes the notice, with the texts of the hook if it has any.
    fn message(
        &self,
        writer: MailWriter<'_>,
        content: &NoticeContent<'_>,
        own: Option<HookTexts>,
    ) -> Result<Message, MailFailure> {
        let application = &writer.application.id;
        let id = first_half(digest(application, "notice", &[self.permit.as_str().as_bytes()]));
        let stamp = Stamp { id, date: self.at };
        match own.and_then(|own| own.with_links(&[])) {
            Some(parts) => with_parts(writer.application, content.to, &parts, stamp),
            None => writer.notice(content, stamp),
        }
    }
}

/// Returns how the ids of events about a permit begin: with the link, or as those of a change.
fn event_subject(method: ChangeMethod, permit: &str) -> String {
    match method {
        ChangeMethod::Link => permit.to_owned(),
        ChangeMethod::SignedIn => [CHANGE_PREFIX, permit].concat(),
    }
}

impl<P: Platform, S: StateStore> ObjectService<'_, P, S> {
    pub(super) async fn attempt_follow_up(
        &self,
        current: &Current<JobOf<S>>,
        job: &FollowUp<PermitIdOf<S>>,
    ) -> Attempt {
        match job {
            FollowUp::Settle { permit, account } => {
                // The step that settles the last claim of the permit removes the job as well, so it
                // is never finished here.
                let _attempted_again = self.settle(permit, account).await;
                Attempt::Retry
            }
            FollowUp::Notice(job) => self.attempt_notice(current, job).await,
            FollowUp::Event(event) => self.attempt_event(current, event).await,
        }
    }

    /// Attempts a notice, and gives up after [`NOTICE_RETRY_WINDOW`].
    async fn attempt_notice(
        &self,
        current: &Current<JobOf<S>>,
        job: &NoticeJob<PermitIdOf<S>>,
    ) -> Attempt {
        let source = job.event_source();
        let failed = |reason: Detail| self.finished(&source, Action::NoticeFailed, Some(reason));
        let retry = |reason: Detail| {
            if self.is_last_attempt(current) {
                failed(current.final_reason(reason))
            } else {
                let event = self.deferred(current, &source, reason.clone());
                Attempt::Deferred(reason, vec![event])
            }
        };
        let notice = self.store.change(|state| state.claims().notice(&current.entry.id).cloned());
        let Ok(notice) = notice.await else { return retry(Reason::Outage.into()) };
        let Some(Notice { recipient: Some(recipient), changes, .. }) = notice else {
            return failed(Ineligible::NoEmail.into());
        };
        let Some(to) = recipient.open(&self.service.application.keys) else {
            return failed(Reason::KeyDropped.into());
        };
        let Ok(account) = self.service.platform.directory().account(&job.account).await else {
            return retry(Reason::Outage.into());
        };
        let owner = account.as_ref().filter(|account| is_owner(account, &to));
        let Ok(texts) = self.mail_texts(current, owner).await else {
            return retry(Reason::Outage.into());
        };
        let content = self.notice_content(&to, &changes, owner);
        let writer = MailWriter { application: self.service.application, texts };
        let describe = |_: &[String]| {
            let (built_in, values) = writer.notice_parts(&content)?;
            Some(MailToRender {
                name: MailName::Notice,
                language: texts.language(),
                to: to.clone(),
                greeting: content.name.map(str::to_owned),
                links: Vec::new(),
                times: None,
                notice: Some(RenderedNotice {
                    method: content.method,
                    changes: changes.clone(),
                    ends_sessions: match content.method {
                        ChangeMethod::Link => content.ends_sessions,
                        ChangeMethod::SignedIn => content.ends_other_sessions,
                    },
                }),
                built_in,
                values,
            })
        };
        let Ok(own) = self.own_parts(current, &source, 0, describe).await else {
            return retry(Reason::Outage.into());
        };
        match self.send(current, job.message(writer, &content, own)).await {
            Ok(()) => self.finished(&source, Action::NoticeSent, None),
            Err(failure) if failure.is_transient() => retry(failure.into()),
            Err(failure) => failed(failure.into()),
        }
    }

    /// Returns the content of a notice. It greets the account owner if the account still has the
    /// recipient's address.
    fn notice_content<'a>(
        &self,
        to: &'a str,
        changes: &'a [NoticedChange],
        owner: Option<&'a Account>,
    ) -> NoticeContent<'a> {
        let capabilities = self.service.platform.directory().capabilities();
        NoticeContent {
            to,
            name: owner.and_then(mail::greeting),
            method: <PermitIdOf<S>>::METHOD,
            changes,
            ends_sessions: capabilities.ends_sessions,
            ends_other_sessions: capabilities.ends_other_sessions,
        }
    }

    /// Attempts to record an event, and after a new password that sessions ended with it. After
    /// [`NOTICE_RETRY_WINDOW`] they are only logged.
    async fn attempt_event(&self, current: &Current<JobOf<S>>, event: &Event) -> Attempt {
        let sessions = self.sessions_revoked(event);
        let events = || std::iter::once(event).chain(&sessions);
        for one in events() {
            match self.service.record_event(one).await {
                Ok(()) => {}
                Err(Outage) if self.is_last_attempt(current) => {
                    for event in events() {
                        self.service.log_event(event).await;
                    }
                    break;
                }
                Err(Outage) => return Attempt::Retry,
            }
        }
        Attempt::Finished(Vec::new())
    }

    /// Returns the event of the sessions that ended with a new password, or `None` for every other
    /// event, and if the directory has ended none. It needs no place in the outbox.
    fn sessions_revoked(&self, event: &Event) -> Option<Event> {
        let capabilities = self.service.platform.directory().capabilities();
        let (ends, method) = match event.action {
            Action::PasswordReset | Action::PasswordCreated => {
                (capabilities.ends_sessions, ChangeMethod::Link)
            }
            Action::PasswordChanged => (capabilities.ends_other_sessions, ChangeMethod::SignedIn),
            _ => return None,
        };
        let action = Action::SessionsRevoked;
        let permit = event.id.split('/').next().unwrap_or_default();
        let id = format!("{}/{}", event_subject(method, permit), action.as_str());
        ends.then(|| Event { id, action, ..event.clone() })
    }

    /// Attempts to pass an event to the hook `onEvent`. After [`NOTICE_RETRY_WINDOW`] it is dropped
    /// with a log line; the event itself was recorded before.
    pub(super) async fn attempt_notification(
        &self,
        current: &Current<JobOf<S>>,
        event: &Event,
    ) -> Attempt {
        let Service { platform, .. } = self.service;
        match platform.hooks().on_event(event).await {
            Ok(()) => Attempt::Finished(Vec::new()),
            Err(Outage) if self.is_last_attempt(current) => {
                platform.events().log(event);
                Attempt::Finished(Vec::new())
            }
            Err(Outage) => Attempt::Retry,
        }
    }

    /// Attempts to post an event to an endpoint. After [`NOTICE_RETRY_WINDOW`], or if the endpoint
    /// is no longer configured, it is dropped with a log line, and the failure is an event.
    pub(super) async fn attempt_webhook(
        &self,
        current: &Current<JobOf<S>>,
        WebhookJob { endpoint: name, event }: &WebhookJob,
    ) -> Attempt {
        let Service { application, platform } = self.service;
        let failed = |reason| {
            platform.events().log(event);
            Attempt::Finished(vec![self.service.webhook_failed(name, reason)])
        };
        let Some(endpoint) = application.webhooks.iter().find(|endpoint| endpoint.name == *name)
        else {
            return failed(WebhookFailure::EndpointRemoved);
        };
        let view = EventView::from(event);
        let value =
            &EventValue::new(application.id.as_str(), &view).with_keyed_address(&application.keys);
        let message = WebhookMessage { endpoint, sent_at: self.now(), value };
        match platform.webhooks().post(&message).await {
            Ok(()) => Attempt::Finished(Vec::new()),
            Err(reason) if self.is_last_attempt(current) => failed(reason),
            Err(_) => Attempt::Retry,
        }
    }

    /// Returns whether the next attempt would begin after [`NOTICE_RETRY_WINDOW`].
    fn is_last_attempt(&self, current: &Current<JobOf<S>>) -> bool {
        current.next_attempt(self.now()).since(current.entry.added) >= NOTICE_RETRY_WINDOW
    }
}

/// Returns whether an account still has the address of a notice. Otherwise the notice uses neither
/// its name nor its locale: they may have been changed with the address.
fn is_owner(account: &Account, to: &str) -> bool {
    account.recipient().is_ok_and(|email| email.canonical() == canonical_address(to))
}
