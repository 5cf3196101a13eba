//! The mailbox as a Durable Object.

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;
use worker::Env;
use worker_sys::DurableObjectState;

use super::state::{StateStorage, run_alarm};
use super::{
    MailboxCommand, ObjectClass, ObjectCommand, parse_command, refusal, reply, run_to_end,
};
use crate::configuration::{Configured, application};
use crate::host::{AlarmProgress, HostClock, next_turn};
use crate::platform::CloudflarePlatform;
use relatch_domain::claims::{Commit, CommitOutcome, ObjectState as _, Step};
use relatch_domain::jobs::ObjectService;
use relatch_domain::mailbox::{LinkCheck, Mailbox as State};
use relatch_domain::ports::{Clock as _, Outage, StateStore as _};
use relatch_domain::service::Service;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::link::LinkId;
use relatch_domain::values::object_id::MailboxId;

/// The storage of a mailbox.
type MailboxStorage = StateStorage<MailboxId, State>;

/// The object.
pub struct Mailbox {
    state: DurableObjectState,
    env: Env,
}

impl ObjectClass for Mailbox {
    const NAME: &'static str = "mailbox";

    fn new(state: DurableObjectState, env: Env) -> Self {
        Self { state, env }
    }

    async fn call(&self, command: String) -> Option<String> {
        let ObjectCommand { application: id, id: mailbox, command } =
            parse_command(&command).ok()?;
        let Some(configured) = application(&self.env, &id) else {
            return refusal(matches!(command, MailboxCommand::Commit(..)));
        };
        let store = MailboxStorage::new(&self.state, id, mailbox);
        if let MailboxCommand::Commit(commit, unchecked, is_first) = command {
            let commit = Commit { unchecked, is_first, ..commit };
            return reply(self.commit(configured, store, commit).await);
        }
        let platform = CloudflarePlatform::new(&self.env, &configured);
        let service = Service { application: &configured.application, platform: &platform };
        let object = ObjectService { service, store: &store };
        let now = || HostClock.now();
        match command {
            MailboxCommand::Enqueue(mail) => {
                let (limits, lifetime) =
                    (&service.application.limits, service.application.links.lifetime);
                reply(store.change(|mailbox| mailbox.enqueue(mail, limits, lifetime, now())).await)
            }
            MailboxCommand::LinkRecord(link) => {
                reply(store.change(|mailbox| mailbox.link_record(&link)).await)
            }
            MailboxCommand::CheckLink(check) => {
                let record = store.change(|mailbox| mailbox.link_record(&check.link)).await;
                if matches!(record, Ok(Some(_))) {
                    self.note_check(service.application.id.clone(), store, check);
                }
                reply(record)
            }
            MailboxCommand::CheckReplay(check) => reply(object.check_replay(&check).await),
            MailboxCommand::NoteRefusal(refusal) => {
                let step = Step { application: &service.application.id, now: now() };
                reply(store.change(|mailbox| mailbox.note_refusal(&refusal, step)).await)
            }
            MailboxCommand::Revoke(revoke) => reply(object.revoke(&revoke).await),
            MailboxCommand::CountCall(call) => {
                reply(store.change(|mailbox| mailbox.count_call(&call, now())).await)
            }
            MailboxCommand::Notify(event) => {
                reply(store.change(|mailbox| mailbox.notify(event, now())).await)
            }
            MailboxCommand::NoteEvent(event) => {
                reply(store.change(|mailbox| mailbox.note_event(event, now())).await)
            }
            MailboxCommand::WaitingMails(account) => {
                reply(store.change(|mailbox| mailbox.waiting_mails(account.as_ref())).await)
            }
            MailboxCommand::RetryMails(account) => {
                reply(store.change(|mailbox| mailbox.retry_mails(account.as_ref(), now())).await)
            }
            MailboxCommand::EnqueueWebhook(job) => {
                reply(store.change(|mailbox| mailbox.enqueue_webhook(job, now())).await)
            }
            MailboxCommand::Brake(call) => {
                reply(store.change(|mailbox| mailbox.brake(call, now())).await)
            }
            MailboxCommand::Commit(..) => None,
        }
    }

    async fn alarm(&self, report: Function) -> Result<(), JsValue> {
        let progress = AlarmProgress::new(report);
        run_alarm::<MailboxId, State>(&self.state, &self.env, progress, async |object, mailbox| {
            object.run_mailbox_alarm(mailbox).await
        })
        .await
    }
}

impl Mailbox {
    /// Adds the event of a check after the reply, which waits for no write.
    fn note_check(&self, application: ApplicationId, store: MailboxStorage, check: LinkCheck) {
        let task = future_to_promise(async move {
            next_turn().await;
            let step = Step { application: &application, now: HostClock.now() };
            let _event_is_lost = store.change(|mailbox| mailbox.note_check(&check, step)).await;
            Ok(JsValue::UNDEFINED)
        });
        // Without it, the task runs as long as the object lives.
        let _best_effort = self.state.wait_until(&task);
    }

    async fn commit(
        &self,
        configured: Configured,
        store: MailboxStorage,
        commit: Commit<LinkId>,
    ) -> Result<CommitOutcome, Outage> {
        let platform = CloudflarePlatform::new(&self.env, &configured);
        run_to_end(&self.state, "mailbox: commit", async move {
            let service = Service { application: &configured.application, platform: &platform };
            ObjectService { service, store: &store }.commit(&commit, None).await
        })
        .await
    }
}
