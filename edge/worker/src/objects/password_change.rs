//! The password change as a Durable Object.

use js_sys::Function;
use wasm_bindgen::JsValue;
use worker::Env;
use worker_sys::DurableObjectState;

use super::state::{StateStorage, run_alarm};
use super::{
    ObjectClass, ObjectCommand, PasswordChangeCommand, parse_command, refusal, reply, run_to_end,
};
use crate::configuration::application;
use crate::host::{AlarmProgress, HostClock};
use crate::platform::CloudflarePlatform;
use relatch_domain::claims::{ObjectState as _, Step};
use relatch_domain::jobs::ObjectService;
use relatch_domain::password_change::PasswordChange as State;
use relatch_domain::ports::{Clock as _, StateStore as _};
use relatch_domain::service::Service;
use relatch_domain::values::object_id::PasswordChangeId;

/// The storage of a password change.
type PasswordChangeStorage = StateStorage<PasswordChangeId, State>;

/// The object.
pub struct PasswordChange {
    state: DurableObjectState,
    env: Env,
}

impl ObjectClass for PasswordChange {
    const NAME: &'static str = "password change";

    fn new(state: DurableObjectState, env: Env) -> Self {
        Self { state, env }
    }

    async fn call(&self, command: String) -> Option<String> {
        let ObjectCommand { application: id, id: object, command } =
            parse_command(&command).ok()?;
        let Some(configured) = application(&self.env, &id) else {
            let is_commit = matches!(command, PasswordChangeCommand::Commit(..));
            return refusal(is_commit);
        };
        let store = PasswordChangeStorage::new(&self.state, id, object);
        match command {
            PasswordChangeCommand::CountAttempt(attempt) => {
                let application = &configured.application.id;
                let step = Step { application, now: HostClock.now() };
                reply(store.change(|state| state.count_attempt(&attempt, step)).await)
            }
            PasswordChangeCommand::Erase => {
                reply(store.change(|state| state.erase(HostClock.now())).await)
            }
            PasswordChangeCommand::WaitingMails => {
                reply(store.change(|state| state.waiting_mails(None)).await)
            }
            PasswordChangeCommand::RetryMails => {
                reply(store.change(|state| state.retry_mails(None, HostClock.now())).await)
            }
            PasswordChangeCommand::Commit(mut change, unchecked) => {
                change.commit.unchecked = unchecked;
                let platform = CloudflarePlatform::new(&self.env, &configured);
                let committed = run_to_end(&self.state, "password change: commit", async move {
                    let service =
                        Service { application: &configured.application, platform: &platform };
                    ObjectService { service, store: &store }.commit_change(&change).await
                });
                reply(committed.await)
            }
        }
    }

    async fn alarm(&self, report: Function) -> Result<(), JsValue> {
        let progress = AlarmProgress::new(report);
        run_alarm::<PasswordChangeId, State>(&self.state, &self.env, progress, async |object, _| {
            object.run_password_change_alarm().await
        })
        .await
    }
}
