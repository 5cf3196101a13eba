//! The mailboxes, as Durable Objects.

use worker_sys::DurableObjectNamespace;

use crate::bindings::HostRequest;
use crate::host::run_in_background;
use crate::objects::{ApplicationObjects, MailboxCommand};
use relatch_domain::claims::{Commit, CommitOutcome, ReplayVerdict};
use relatch_domain::events::Event;
use relatch_domain::mailbox::{
    BrakeCall, BrakeOutcome, CallOutcome, ConfirmRefusal, CountCall, EnqueueMail, EnqueueOutcome,
    LinkCheck, ReplayCheck, Revoke, Revoked,
};
use relatch_domain::ports::{Mailboxes, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::account::AccountId;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::link::{LinkId, LinkRecord};
use relatch_domain::values::object_id::MailboxId;
use relatch_domain::waiting::{RetriedMails, WaitingMail};
use relatch_domain::webhook::WebhookJob;

/// The binding of the namespace.
pub const BINDING: &str = "MAILBOX";

/// The mailboxes of one application.
pub struct ObjectMailboxes(ApplicationObjects, Option<HostRequest>);

impl ObjectMailboxes {
    /// Returns the mailboxes of an application in a namespace, for the request that is answered.
    pub fn new(
        namespace: DurableObjectNamespace,
        application: &ApplicationId,
        request: Option<HostRequest>,
    ) -> Self {
        Self(ApplicationObjects::new(namespace, application), request)
    }

    /// Runs a command that adds an event. The caller of a request does not wait for it.
    async fn note(&self, step: &'static str, object: &MailboxId, command: MailboxCommand) {
        let (objects, object) = (self.0.clone(), object.clone());
        let call = async move {
            let _logged: Result<(), Outage> =
                objects.run(step, timeouts::REFUSAL, &object, command).await;
        };
        match &self.1 {
            Some(request) => run_in_background(request, call),
            None => call.await,
        }
    }
}

impl Mailboxes for ObjectMailboxes {
    async fn enqueue(
        &self,
        mailbox: &MailboxId,
        mail: EnqueueMail,
    ) -> Result<EnqueueOutcome, Outage> {
        self.0
            .run("mailbox: enqueue", timeouts::MAILBOX, mailbox, MailboxCommand::Enqueue(mail))
            .await
    }

    async fn link_record(
        &self,
        mailbox: &MailboxId,
        link: &LinkId,
    ) -> Result<Option<LinkRecord>, Outage> {
        let command = MailboxCommand::LinkRecord(link.clone());
        self.0.run("mailbox: link record", timeouts::MAILBOX, mailbox, command).await
    }

    async fn check_link(
        &self,
        mailbox: &MailboxId,
        check: &LinkCheck,
    ) -> Result<Option<LinkRecord>, Outage> {
        let command = MailboxCommand::CheckLink(check.clone());
        self.0.run("mailbox: check link", timeouts::MAILBOX, mailbox, command).await
    }

    async fn revoke(&self, mailbox: &MailboxId, revoke: &Revoke) -> Result<Revoked, Outage> {
        self.0
            .run(
                "mailbox: revoke",
                timeouts::MAILBOX,
                mailbox,
                MailboxCommand::Revoke(revoke.clone()),
            )
            .await
    }

    async fn waiting_mails(
        &self,
        mailbox: &MailboxId,
        account: Option<&AccountId>,
    ) -> Result<Vec<WaitingMail>, Outage> {
        let command = MailboxCommand::WaitingMails(account.cloned());
        self.0.run("mailbox: waiting mails", timeouts::MAILBOX, mailbox, command).await
    }

    async fn retry_mails(
        &self,
        mailbox: &MailboxId,
        account: Option<&AccountId>,
    ) -> Result<RetriedMails, Outage> {
        let command = MailboxCommand::RetryMails(account.cloned());
        self.0.run("mailbox: retry mails", timeouts::MAILBOX, mailbox, command).await
    }

    async fn count_call(
        &self,
        object: &MailboxId,
        call: &CountCall,
    ) -> Result<CallOutcome, Outage> {
        let command = MailboxCommand::CountCall(call.clone());
        self.0.run("mailbox: count call", timeouts::MAILBOX, object, command).await
    }

    async fn brake(&self, object: &MailboxId, call: BrakeCall) -> Result<BrakeOutcome, Outage> {
        let command = MailboxCommand::Brake(call);
        self.0.run("mailbox: brake", timeouts::BRAKE, object, command).await
    }

    async fn notify(&self, object: &MailboxId, event: &Event) -> Result<(), Outage> {
        let command = MailboxCommand::Notify(event.clone());
        self.0.run("mailbox: notify", timeouts::NOTIFY, object, command).await
    }

    async fn enqueue_webhook(&self, object: &MailboxId, job: &WebhookJob) -> Result<(), Outage> {
        let command = MailboxCommand::EnqueueWebhook(job.clone());
        self.0.run("mailbox: enqueue webhook", timeouts::NOTIFY, object, command).await
    }

    async fn commit(
        &self,
        mailbox: &MailboxId,
        mut commit: Commit<LinkId>,
    ) -> Result<CommitOutcome, Outage> {
        let unchecked = commit.unchecked.take();
        let is_first = commit.is_first;
        let command = MailboxCommand::Commit(commit, unchecked, is_first);
        self.0.run("mailbox: commit", timeouts::COMMIT, mailbox, command).await
    }

    async fn check_replay(
        &self,
        mailbox: &MailboxId,
        check: ReplayCheck,
    ) -> Result<ReplayVerdict, Outage> {
        self.0
            .run(
                "mailbox: check replay",
                timeouts::MAILBOX,
                mailbox,
                MailboxCommand::CheckReplay(check),
            )
            .await
    }

    async fn note_refusal(
        &self,
        mailbox: &MailboxId,
        refusal: &ConfirmRefusal,
    ) -> Result<(), Outage> {
        let command = MailboxCommand::NoteRefusal(refusal.clone());
        self.note("mailbox: note refusal", mailbox, command).await;
        Ok(())
    }

    async fn note_event(&self, object: &MailboxId, event: &Event) -> Result<(), Outage> {
        self.note("mailbox: note event", object, MailboxCommand::NoteEvent(event.clone())).await;
        Ok(())
    }
}
