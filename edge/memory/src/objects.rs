//! Intakes and desks in memory: the same state machines, in maps.

use std::collections::BTreeMap;

use super::{Fault, Memory};
use relatch_domain::desk::Desk;
use relatch_domain::intake::{RequestJob, alarm_at};
use relatch_domain::outbox::Entry;
use relatch_domain::ports::{DeskStore, IntakeStore, Outage};
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::link::DeskId;
use relatch_domain::values::time::Moment;

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
                intake.rows.insert(id.to_owned(), Entry::new(id.to_owned(), job, now, due));
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

    async fn begin(&self, now: Moment, most: usize) -> Result<Vec<Entry<RequestJob>>, Outage> {
        self.memory
            .effect("intake.begin", self.name, || {
                let mut intakes = self.memory.intakes.borrow_mut();
                let Some(intake) = intakes.get_mut(self.name) else { return Vec::new() };
                let begun = intake
                    .rows
                    .values_mut()
                    .filter(|entry| entry.due <= now)
                    .take(most)
                    .map(|entry| {
                        entry.begin(now);
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
                    intake.rows.retain(|_, entry| entry.job.identifier.canonical() != identifier.canonical());
                }
            })
            .await
    }

    async fn done(&self, id: &str) -> Result<(), Outage> {
        self.memory
            .effect("intake.done", self.name, || {
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

/// The storage of one desk.
pub(super) struct MemoryDesk<'a> {
    pub(super) memory: &'a Memory,
    pub(super) id: &'a DeskId,
}

impl DeskStore for MemoryDesk<'_> {
    async fn change<R>(&self, change: impl FnOnce(&mut Desk) -> R) -> Result<R, Outage> {
        // As in the real store, nothing lies between the load and the store; a fault strikes around the whole.
        let fault = self.memory.call("desk.change", self.id.as_str()).await;
        if matches!(fault, Fault::Before | Fault::Late) {
            return Err(Outage);
        }
        let mut desks = self.memory.desks.borrow_mut();
        let before = desks.get(self.id).map(|row| row.desk.clone()).unwrap_or_default();
        let mut desk = before.clone();
        let outcome = change(&mut desk);
        if desk != before {
            let row = desks.entry(self.id.clone()).or_default();
            row.alarm = desk.next_alarm();
            row.desk = desk;
        }
        if fault == Fault::After { Err(Outage) } else { Ok(outcome) }
    }

    async fn rearm(&self) -> Result<(), Outage> {
        self.memory
            .effect("desk.rearm", self.id.as_str(), || {
                let mut desks = self.memory.desks.borrow_mut();
                if let Some(row) = desks.get_mut(self.id) {
                    row.alarm = row.desk.next_alarm();
                    if row.alarm.is_none() {
                        desks.remove(self.id);
                    }
                }
            })
            .await
    }
}
