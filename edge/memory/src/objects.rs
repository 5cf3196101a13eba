//! The objects in memory: the state machines of the real objects, in maps.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use relatch_domain::claims::ObjectState;
use relatch_domain::intake::{RequestJob, alarm_at};
use relatch_domain::mailbox::Mailbox;
use relatch_domain::outbox::Entry;
use relatch_domain::password_change::PasswordChange;
use relatch_domain::ports::{IntakeStore, Outage, StateStore};
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::object_id::{MailboxId, PasswordChangeId};
use relatch_domain::values::time::Moment;

use super::{Fault, Memory};

/// `ALARM_RETRY_MS` in edge/worker/src/alarm.mjs.
pub(super) const ALARM_RETRY: Duration = Duration::from_secs(30);

/// The stored jobs of an intake, and its alarm.
#[derive(Clone, Debug, Default)]
pub(super) struct IntakeRows {
    pub(super) rows: BTreeMap<String, Entry<RequestJob>>,
    pub(super) alarm: Option<Moment>,
}

/// The storage of one intake.
pub(super) struct MemoryIntake<'a> {
    pub(super) memory: &'a Memory,
    pub(super) name: &'a str,
}

impl IntakeStore for MemoryIntake<'_> {
    async fn insert(&self, id: &str, job: RequestJob, due: Moment) -> Result<(), Outage> {
        let now = self.memory.time();
        self.memory
            .effect("intake.insert", self.name, || {
                let mut intakes = self.memory.intakes.borrow_mut();
                let intake = intakes.entry(self.name.to_owned()).or_default();
                let row = intake.rows.entry(id.to_owned());
                row.or_insert_with(|| Entry::new(id.to_owned(), job, now, due));
                intake.alarm = Some(alarm_at(intake.alarm, due));
            })
            .await
    }

    async fn release(&self, id: &str, due: Moment) -> Result<(), Outage> {
        self.memory
            .effect("intake.release", self.name, || {
                let mut intakes = self.memory.intakes.borrow_mut();
                let Some(intake) = intakes.get_mut(self.name) else { return };
                if intake.rows.get_mut(id).is_some_and(|entry| entry.release(due)) {
                    intake.alarm = Some(alarm_at(intake.alarm, due));
                }
            })
            .await
    }

    async fn begin(&self, now: Moment, limit: usize) -> Result<Vec<Entry<RequestJob>>, Outage> {
        self.memory
            .effect("intake.begin", self.name, || {
                let mut intakes = self.memory.intakes.borrow_mut();
                let Some(intake) = intakes.get_mut(self.name) else { return Vec::new() };
                let begun = intake
                    .rows
                    .values_mut()
                    .filter(|entry| entry.due <= now)
                    .take(limit)
                    .map(|entry| {
                        entry.begin(now, self.memory.share());
                        entry.clone()
                    })
                    .collect();
                intake.alarm = next_due(&intake.rows);
                begun
            })
            .await
    }

    async fn forget(&self, identifier: &Identifier) -> Result<(), Outage> {
        self.memory
            .effect("intake.forget", self.name, || {
                if let Some(intake) = self.memory.intakes.borrow_mut().get_mut(self.name) {
                    intake.rows.retain(|_, entry| {
                        entry.job.identifier.canonical() != identifier.canonical()
                    });
                }
            })
            .await
    }

    async fn finish(&self, id: &str) -> Result<(), Outage> {
        self.memory
            .effect("intake.finish", self.name, || {
                if let Some(intake) = self.memory.intakes.borrow_mut().get_mut(self.name) {
                    intake.rows.remove(id);
                }
            })
            .await
    }

    async fn rearm(&self) -> Result<(), Outage> {
        self.memory
            .effect("intake.rearm", self.name, || {
                if let Some(intake) = self.memory.intakes.borrow_mut().get_mut(self.name) {
                    intake.alarm = next_due(&intake.rows);
                }
            })
            .await
    }
}

fn next_due(rows: &BTreeMap<String, Entry<RequestJob>>) -> Option<Moment> {
    rows.values().map(|entry| entry.due).min()
}

/// The stored state of a mailbox or a password change, and its alarm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ObjectRow<State> {
    pub(super) state: State,
    pub(super) alarm: Option<Moment>,
}

/// The storage of one mailbox or password change.
pub(super) struct MemoryObject<'a, Id, State> {
    memory: &'a Memory,
    objects: &'a RefCell<BTreeMap<Id, ObjectRow<State>>>,
    id: &'a Id,
    change: &'static str,
    rearm: &'static str,
}

impl Memory {
    pub(super) fn mailbox_object<'a>(
        &'a self,
        id: &'a MailboxId,
    ) -> MemoryObject<'a, MailboxId, Mailbox> {
        let (change, rearm) = ("mailbox.change", "mailbox.rearm");
        MemoryObject { memory: self, objects: &self.mailboxes, id, change, rearm }
    }

    pub(super) fn password_change_object<'a>(
        &'a self,
        id: &'a PasswordChangeId,
    ) -> MemoryObject<'a, PasswordChangeId, PasswordChange> {
        let (change, rearm) = ("password_change.change", "password_change.rearm");
        MemoryObject { memory: self, objects: &self.password_changes, id, change, rearm }
    }
}

impl<Id: Ord, State> MemoryObject<'_, Id, State> {
    /// Clears the alarm, as the runtime does before it runs the handler.
    pub(super) fn fire_alarm(&self) {
        if let Some(row) = self.objects.borrow_mut().get_mut(self.id) {
            row.alarm = None;
        }
    }

    /// Sets the alarm after a failed one, as `edge/worker/src/alarm.mjs` does, unless another
    /// one is set.
    pub(super) fn retry_alarm(&self) {
        if let Some(row) = self.objects.borrow_mut().get_mut(self.id) {
            row.alarm.get_or_insert(self.memory.time().after(ALARM_RETRY));
        }
    }
}

impl<Id: Ord + Clone + Display, State: ObjectState> StateStore for MemoryObject<'_, Id, State> {
    type State = State;

    async fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> Result<R, Outage> {
        // Nothing happens between the load and the store, as in the real store. A fault affects
        // both.
        let fault = self.memory.call(self.change, &self.id.to_string()).await;
        if matches!(fault, Fault::Before | Fault::Late) {
            return Err(Outage);
        }
        let mut objects = self.objects.borrow_mut();
        let before = objects.get(self.id).map(|row| row.state.clone()).unwrap_or_default();
        let mut state = before.clone();
        let outcome = change(&mut state);
        if state != before {
            let alarm = state.next_alarm();
            objects.insert(self.id.clone(), ObjectRow { state, alarm });
        }
        if fault == Fault::After { Err(Outage) } else { Ok(outcome) }
    }

    async fn rearm(&self) -> Result<(), Outage> {
        self.memory
            .effect(self.rearm, &self.id.to_string(), || {
                let mut objects = self.objects.borrow_mut();
                if let Some(row) = objects.get_mut(self.id) {
                    row.alarm = row.state.next_alarm();
                    if row.alarm.is_none() {
                        objects.remove(self.id);
                    }
                }
            })
            .await
    }
}
