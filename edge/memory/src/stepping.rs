//! For tests that choose every step: the objects' storage, alarms that fire on demand, and a hash
//! of the whole state.

use std::hash::{Hash as _, Hasher};

use relatch_domain::mailbox::Mailbox;
use relatch_domain::ports::{IntakeStore, PasswordWrite, StateStore};
use relatch_domain::values::account::{Account, PasswordHash};
use relatch_domain::values::object_id::{MailboxId, PasswordChangeId};
use relatch_domain::values::time::Moment;

use super::{LateWrite, Memory};
use crate::objects::{ALARM_RETRY, MemoryIntake};

impl Memory {
    /// Returns the storage of a mailbox.
    pub fn mailbox_store<'a>(&'a self, id: &'a MailboxId) -> impl StateStore<State = Mailbox> + 'a {
        self.mailbox_object(id)
    }

    /// Returns the storage of an intake.
    pub fn intake_store<'a>(&'a self, name: &'a str) -> impl IntakeStore + 'a {
        MemoryIntake { memory: self, name }
    }

    /// Returns the mailboxes whose alarm is due.
    #[must_use]
    pub fn mailboxes_due(&self) -> Vec<MailboxId> {
        let mailboxes = self.mailboxes.borrow();
        mailboxes
            .iter()
            .filter(|(_, row)| self.is_due(row.alarm))
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Returns the password changes whose alarm is due.
    #[must_use]
    pub fn password_changes_due(&self) -> Vec<PasswordChangeId> {
        let changes = self.password_changes.borrow();
        changes.iter().filter(|(_, row)| self.is_due(row.alarm)).map(|(id, _)| id.clone()).collect()
    }

    /// Returns the intakes whose alarm is due.
    #[must_use]
    pub fn intakes_due(&self) -> Vec<String> {
        let intakes = self.intakes.borrow();
        intakes
            .iter()
            .filter(|(_, row)| self.is_due(row.alarm))
            .map(|(name, _)| name.clone())
            .collect()
    }

    fn is_due(&self, alarm: Option<Moment>) -> bool {
        alarm.is_some_and(|due| due <= self.time())
    }

    /// Fires the alarm of a mailbox: clears it, as the runtime does. The test runs the handler.
    pub fn fire_mailbox_alarm(&self, id: &MailboxId) {
        self.mailbox_object(id).fire_alarm();
    }

    /// Fires the alarm of an intake: clears it, as the runtime does. The test runs the handler.
    pub fn fire_intake_alarm(&self, name: &str) {
        if let Some(row) = self.intakes.borrow_mut().get_mut(name) {
            row.alarm = None;
        }
    }

    /// Sets the alarm of a mailbox after its handler failed, as `edge/worker/src/alarm.mjs`
    /// does, unless another one is set.
    pub fn retry_mailbox_alarm(&self, id: &MailboxId) {
        self.mailbox_object(id).retry_alarm();
    }

    /// Sets the alarm of an intake after its handler failed, as `edge/worker/src/alarm.mjs`
    /// does, unless another one is set.
    pub fn retry_intake_alarm(&self, name: &str) {
        if let Some(row) = self.intakes.borrow_mut().get_mut(name) {
            row.alarm.get_or_insert(self.time().after(ALARM_RETRY));
        }
    }

    /// Applies the late write at this index, in the order in which they were sent. Returns whether
    /// there was one.
    pub fn apply_late_write_at(&self, index: usize) -> bool {
        let mut late = self.late.borrow_mut();
        if index >= late.len() {
            return false;
        }
        let late_write = late.remove(index);
        drop(late);
        let LateWrite { account, expected, hash, deadline, keep } = late_write;
        let (account, expected, hash) = (&account, &expected, &hash.into());
        let write = PasswordWrite { account, expected, hash, deadline, keep: keep.as_ref() };
        let _reply_is_lost = self.write_password(write);
        true
    }

    /// Returns the number of writes to the directory: the length of [`Self::passwords_set`].
    #[must_use]
    pub fn count_passwords_set(&self) -> usize {
        self.passwords_set.borrow().len()
    }

    /// Returns the number of mails sent: the length of [`Self::mails`].
    #[must_use]
    pub fn count_mails(&self) -> usize {
        self.mails.borrow().len()
    }

    /// Calls `inspect` with the state of a mailbox. Returns `None` if it stores nothing.
    pub fn with_mailbox<R>(
        &self,
        id: &MailboxId,
        inspect: impl FnOnce(&Mailbox) -> R,
    ) -> Option<R> {
        self.mailboxes.borrow().get(id).map(|row| inspect(&row.state))
    }

    /// Deletes the counts of server calls, so that a test can compare everything else.
    pub fn drop_call_counts(&self) {
        self.mailboxes.borrow_mut().retain(|_, row| !row.state.only_counts_calls());
    }

    /// Hashes everything that decides what can happen next. The trace and the random numbers drawn
    /// so far are left out.
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
        self.mailboxes.borrow().hash(hasher);
        self.password_changes.borrow().hash(hasher);
        for (name, intake) in self.intakes.borrow().iter() {
            (name, intake.alarm).hash(hasher);
            serde_json::to_string(&intake.rows).unwrap_or_default().hash(hasher);
        }
        for mail in self.mails.borrow().iter() {
            (&mail.to, &mail.mime).hash(hasher);
        }
        self.events.borrow().hash(hasher);
        self.logged.borrow().hash(hasher);
    }
}

/// Hashes an account with its password hash.
pub fn hash_account(account: &Account, hasher: &mut impl Hasher) {
    let Account { id, username, email, name, password_hash, role, disabled, verified, locale } =
        account;
    (id, username, email, name).hash(hasher);
    password_hash.as_ref().map(PasswordHash::expose).hash(hasher);
    std::mem::discriminant(role).hash(hasher);
    (disabled, verified, locale).hash(hasher);
}
