//! The ports to objects, in memory: a call runs one command on one object, and may be lost.

use std::fmt::Display;

use super::{Fault, Memory};
use crate::objects::MemoryIntake;
use relatch_domain::claims::{Commit, CommitOutcome, ObjectState as _, ReplayVerdict, Step};
use relatch_domain::events::Event;
use relatch_domain::intake::{IntakeId, RequestJob};
use relatch_domain::jobs::ObjectService;
use relatch_domain::mailbox::{
    BrakeCall, BrakeOutcome, CallOutcome, ConfirmRefusal, CountCall, EnqueueMail, EnqueueOutcome,
    LinkCheck, Mailbox, ReplayCheck, Revoke, Revoked,
};
use relatch_domain::password_change::{Attempt, AttemptOutcome, CommitChange};
use relatch_domain::ports::{
    IntakeStore as _, Intakes, Mailboxes, Outage, PasswordChanges, StateStore as _,
};
use relatch_domain::values::account::AccountId;
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::link::{LinkId, LinkRecord};
use relatch_domain::values::object_id::{MailboxId, PasswordChangeId};
use relatch_domain::waiting::{RetriedMails, WaitingMail};
use relatch_domain::webhook::WebhookJob;

impl Memory {
    /// Runs a command on an object. The call may be lost before or after it.
    async fn reach<R>(
        &self,
        verb: &'static str,
        object: &impl Display,
        run: impl AsyncFnOnce() -> Result<R, Outage>,
    ) -> Result<R, Outage> {
        match self.call(verb, &object.to_string()).await {
            Fault::Before | Fault::Late => Err(Outage),
            Fault::None | Fault::Twice => run().await,
            Fault::After => run().await.and(Err(Outage)),
        }
    }
}

impl Intakes for Memory {
    async fn accept(&self, intake: &IntakeId, job: RequestJob) -> Result<(), Outage> {
        let store = MemoryIntake { memory: self, name: intake.as_str() };
        let (id, due) = (job.id.clone(), job.due(&self.application, self.share()));
        match self.call("intakes.accept", intake.as_str()).await {
            Fault::Before | Fault::Late => Err(Outage),
            Fault::None | Fault::Twice => store.insert(&id, job, due).await,
            Fault::After => store.insert(&id, job, due).await.and(Err(Outage)),
        }
    }

    async fn release(&self, intake: &IntakeId, job: &str) -> Result<(), Outage> {
        let store = MemoryIntake { memory: self, name: intake.as_str() };
        let due = self.application.request_delay.draw(self.time(), self.share());
        match self.call("intakes.release", intake.as_str()).await {
            Fault::Before | Fault::Late => Err(Outage),
            Fault::None | Fault::Twice => store.release(job, due).await,
            Fault::After => store.release(job, due).await.and(Err(Outage)),
        }
    }

    async fn forget(&self, intake: &IntakeId, identifier: &Identifier) -> Result<(), Outage> {
        let store = MemoryIntake { memory: self, name: intake.as_str() };
        match self.call("intakes.forget", intake.as_str()).await {
            Fault::Before | Fault::Late => Err(Outage),
            Fault::None | Fault::Twice => store.forget(identifier).await,
            Fault::After => store.forget(identifier).await.and(Err(Outage)),
        }
    }
}

impl Mailboxes for Memory {
    async fn enqueue(
        &self,
        mailbox: &MailboxId,
        mail: EnqueueMail,
    ) -> Result<EnqueueOutcome, Outage> {
        let (limits, lifetime) = (&self.application.limits, self.application.links.lifetime);
        let store = self.mailbox_object(mailbox);
        self.reach("mailboxes.enqueue", mailbox, async || {
            store.change(|mailbox| mailbox.enqueue(mail, limits, lifetime, self.time())).await
        })
        .await
    }

    async fn link_record(
        &self,
        mailbox: &MailboxId,
        link: &LinkId,
    ) -> Result<Option<LinkRecord>, Outage> {
        let store = self.mailbox_object(mailbox);
        self.reach("mailboxes.link_record", mailbox, async || {
            store.change(|mailbox| mailbox.link_record(link)).await
        })
        .await
    }

    async fn check_link(
        &self,
        mailbox: &MailboxId,
        check: &LinkCheck,
    ) -> Result<Option<LinkRecord>, Outage> {
        let store = self.mailbox_object(mailbox);
        let step = Step { application: &self.application.id, now: self.time() };
        self.reach("mailboxes.check_link", mailbox, async || {
            let check_and_note = |mailbox: &mut Mailbox| {
                mailbox.note_check(check, step);
                mailbox.link_record(&check.link)
            };
            store.change(check_and_note).await
        })
        .await
    }

    async fn revoke(&self, mailbox: &MailboxId, revoke: &Revoke) -> Result<Revoked, Outage> {
        let store = &self.mailbox_object(mailbox);
        self.reach("mailboxes.revoke", mailbox, async || {
            let revoked = ObjectService { service: self.service(), store }.revoke(revoke).await?;
            // A mailbox that has become empty is deleted, as in the real store.
            store.rearm().await.map(|()| revoked)
        })
        .await
    }

    async fn waiting_mails(
        &self,
        mailbox: &MailboxId,
        account: Option<&AccountId>,
    ) -> Result<Vec<WaitingMail>, Outage> {
        let store = self.mailbox_object(mailbox);
        self.reach("mailboxes.waiting_mails", mailbox, async || {
            store.change(|mailbox| mailbox.waiting_mails(account)).await
        })
        .await
    }

    async fn retry_mails(
        &self,
        mailbox: &MailboxId,
        account: Option<&AccountId>,
    ) -> Result<RetriedMails, Outage> {
        let store = self.mailbox_object(mailbox);
        self.reach("mailboxes.retry_mails", mailbox, async || {
            store.change(|mailbox| mailbox.retry_mails(account, self.time())).await
        })
        .await
    }

    async fn count_call(
        &self,
        object: &MailboxId,
        call: &CountCall,
    ) -> Result<CallOutcome, Outage> {
        let store = self.mailbox_object(object);
        self.reach("mailboxes.count_call", object, async || {
            store.change(|mailbox| mailbox.count_call(call, self.time())).await
        })
        .await
    }

    async fn brake(&self, object: &MailboxId, call: BrakeCall) -> Result<BrakeOutcome, Outage> {
        let store = self.mailbox_object(object);
        self.reach("mailboxes.brake", object, async || {
            store.change(|mailbox| mailbox.brake(call, self.time())).await
        })
        .await
    }

    async fn notify(&self, object: &MailboxId, event: &Event) -> Result<(), Outage> {
        let store = self.mailbox_object(object);
        self.reach("mailboxes.notify", object, async || {
            store.change(|object| object.notify(event.clone(), self.time())).await
        })
        .await
    }

    async fn note_event(&self, object: &MailboxId, event: &Event) -> Result<(), Outage> {
        let store = self.mailbox_object(object);
        self.reach("mailboxes.note_event", object, async || {
            store.change(|object| object.note_event(event.clone(), self.time())).await
        })
        .await
    }

    async fn enqueue_webhook(&self, object: &MailboxId, job: &WebhookJob) -> Result<(), Outage> {
        let store = self.mailbox_object(object);
        self.reach("mailboxes.enqueue_webhook", object, async || {
            store.change(|object| object.enqueue_webhook(job.clone(), self.time())).await
        })
        .await
    }

    async fn commit(
        &self,
        mailbox: &MailboxId,
        commit: Commit<LinkId>,
    ) -> Result<CommitOutcome, Outage> {
        let store = &self.mailbox_object(mailbox);
        self.reach("mailboxes.commit", mailbox, async || {
            Ok(ObjectService { service: self.service(), store }.commit(&commit, None).await)
        })
        .await
    }

    async fn check_replay(
        &self,
        mailbox: &MailboxId,
        check: ReplayCheck,
    ) -> Result<ReplayVerdict, Outage> {
        let store = &self.mailbox_object(mailbox);
        self.reach("mailboxes.check_replay", mailbox, async || {
            ObjectService { service: self.service(), store }.check_replay(&check).await
        })
        .await
    }

    async fn note_refusal(
        &self,
        mailbox: &MailboxId,
        refusal: &ConfirmRefusal,
    ) -> Result<(), Outage> {
        let store = self.mailbox_object(mailbox);
        let step = Step { application: &self.application.id, now: self.time() };
        self.reach("mailboxes.note_refusal", mailbox, async || {
            store.change(|state| state.note_refusal(refusal, step)).await
        })
        .await
    }
}

impl PasswordChanges for Memory {
    async fn count_attempt(
        &self,
        object: &PasswordChangeId,
        attempt: &Attempt,
    ) -> Result<AttemptOutcome, Outage> {
        let store = self.password_change_object(object);
        let step = Step { application: &self.application.id, now: self.time() };
        self.reach("password_changes.count_attempt", object, async || {
            store.change(|state| state.count_attempt(attempt, step)).await
        })
        .await
    }

    async fn waiting_mails(&self, object: &PasswordChangeId) -> Result<Vec<WaitingMail>, Outage> {
        let store = self.password_change_object(object);
        self.reach("password_changes.waiting_mails", object, async || {
            store.change(|state| state.waiting_mails(None)).await
        })
        .await
    }

    async fn retry_mails(&self, object: &PasswordChangeId) -> Result<RetriedMails, Outage> {
        let store = self.password_change_object(object);
        self.reach("password_changes.retry_mails", object, async || {
            store.change(|state| state.retry_mails(None, self.time())).await
        })
        .await
    }

    async fn erase(&self, object: &PasswordChangeId) -> Result<bool, Outage> {
        let store = self.password_change_object(object);
        self.reach("password_changes.erase", object, async || {
            let busy = store.change(|state| state.erase(self.time())).await?;
            store.rearm().await.map(|()| busy)
        })
        .await
    }

    async fn commit(
        &self,
        object: &PasswordChangeId,
        commit: CommitChange,
    ) -> Result<CommitOutcome, Outage> {
        let store = &self.password_change_object(object);
        self.reach("password_changes.commit", object, async || {
            Ok(ObjectService { service: self.service(), store }.commit_change(&commit).await)
        })
        .await
    }
}
