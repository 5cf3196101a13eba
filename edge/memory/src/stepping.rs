//! For a test that decides itself what happens next, one step at a time: each object's storage as a port of its own,
//! alarms that ring when the test says so, and one number for all that the world holds.

use std::hash::{Hash as _, Hasher};
use std::time::Duration;

use super::{LateWrite, Memory};
use crate::objects::{MemoryDesk, MemoryIntake};
use relatch_domain::desk::Desk;
use relatch_domain::ports::{DeskStore, IntakeStore};
use relatch_domain::values::account::Account;
use relatch_domain::values::account::PasswordHash;
use relatch_domain::values::link::DeskId;
use relatch_domain::values::time::Moment;

/// As `entry.js` has it.
const RINGS_AGAIN: Duration = Duration::from_secs(30);

impl Memory {
    /// A desk's storage.
    pub fn desk_store<'a>(&'a self, id: &'a DeskId) -> impl DeskStore + 'a {
        MemoryDesk { memory: self, id }
    }

    /// An intake's storage.
    pub fn intake_store<'a>(&'a self, name: &'a str) -> impl IntakeStore + 'a {
        MemoryIntake { memory: self, name }
    }

    /// The desks whose alarm is due.
    #[must_use]
    pub fn desks_due(&self) -> Vec<DeskId> {
        let desks = self.desks.borrow();
        desks.iter().filter(|(_, row)| self.is_due(row.alarm)).map(|(id, _)| id.clone()).collect()
    }

    /// The intakes whose alarm is due.
    #[must_use]
    pub fn intakes_due(&self) -> Vec<String> {
        let intakes = self.intakes.borrow();
        intakes.iter().filter(|(_, row)| self.is_due(row.alarm)).map(|(name, _)| name.clone()).collect()
    }

    fn is_due(&self, alarm: Option<Moment>) -> bool {
        alarm.is_some_and(|due| due <= self.time())
    }

    /// A desk's alarm rings: from now on none is set. What it does is up to the test.
    pub fn ring_desk(&self, id: &DeskId) {
        if let Some(row) = self.desks.borrow_mut().get_mut(id) {
            row.alarm = None;
        }
    }

    /// As [`Self::ring_desk`], for an intake.
    pub fn ring_intake(&self, name: &str) {
        if let Some(row) = self.intakes.borrow_mut().get_mut(name) {
            row.alarm = None;
        }
    }

    /// What is done about a desk's alarm that crashed or failed: unless another one is set, it rings again soon.
    pub fn ring_desk_again(&self, id: &DeskId) {
        if let Some(row) = self.desks.borrow_mut().get_mut(id) {
            row.alarm.get_or_insert(self.time().after(RINGS_AGAIN));
        }
    }

    /// As [`Self::ring_desk_again`], for an intake.
    pub fn ring_intake_again(&self, name: &str) {
        if let Some(row) = self.intakes.borrow_mut().get_mut(name) {
            row.alarm.get_or_insert(self.time().after(RINGS_AGAIN));
        }
    }

    /// Lets one of the late writes land, by its place in the order in which they were sent. Tells whether it was there.
    pub fn land_nth(&self, place: usize) -> bool {
        let mut late = self.late.borrow_mut();
        if place >= late.len() {
            return false;
        }
        let write = late.remove(place);
        drop(late);
        let LateWrite { id, expected, hash, deadline, keep } = write;
        let _nobody_hears = self.write_password(&id, &expected, &hash.into(), deadline, keep.as_ref());
        true
    }

    /// How many writes there were: the length of [`Self::passwords_set`].
    #[must_use]
    pub fn count_passwords_set(&self) -> usize {
        self.passwords_set.borrow().len()
    }

    /// How many mails went out: the length of [`Self::mails`].
    #[must_use]
    pub fn count_mails(&self) -> usize {
        self.mails.borrow().len()
    }

    /// Looks at a desk without a copy.
    pub fn with_desk<R>(&self, id: &DeskId, look: impl FnOnce(&Desk) -> R) -> Option<R> {
        self.desks.borrow().get(id).map(|row| look(&row.desk))
    }

    /// Everything that decides what can happen from here: two worlds that hash alike go on alike. What was traced,
    /// and what was drawn from the entropy, is not in it.
    pub fn hash_into(&self, hasher: &mut impl Hasher) {
        self.time().hash(hasher);
        for account in self.accounts.borrow().values() {
            hash_account(account, hasher);
        }
        self.sessions.borrow().hash(hasher);
        for (id, hash) in self.passwords_set.borrow().iter() {
            (id, hash.expose()).hash(hasher);
        }
        self.late.borrow().hash(hasher);
        self.records.borrow().hash(hasher);
        self.desks.borrow().hash(hasher);
        for (name, intake) in self.intakes.borrow().iter() {
            (name, intake.alarm).hash(hasher);
            serde_json::to_string(&intake.rows).unwrap_or_default().hash(hasher);
        }
        for mail in self.mails.borrow().iter() {
            (&mail.to, &mail.mime).hash(hasher);
        }
        self.events.borrow().hash(hasher);
        self.notes.borrow().hash(hasher);
    }
}

/// All of an account, password and all.
pub fn hash_account(account: &Account, hasher: &mut impl Hasher) {
    let Account { id, username, email, name, password_hash, role, disabled } = account;
    (id, username, email, name).hash(hasher);
    password_hash.as_ref().map(PasswordHash::expose).hash(hasher);
    std::mem::discriminant(role).hash(hasher);
    disabled.hash(hasher);
}
