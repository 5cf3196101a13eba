//! Every port in memory, with a clock to turn, faults on demand, and a trace of every call: the world that tests run
//! the real service in. It exists outside wasm32 only.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use relatch_domain::application::Application;
use relatch_domain::desk::Desk;
use relatch_domain::events::Event;
use relatch_domain::intake::RequestJob;
use relatch_domain::jobs::{delivery, lookup};
use relatch_domain::mail::Message;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::outbox::Entry;
use relatch_domain::ports::Outage;
use relatch_domain::service::Service;
use relatch_domain::values::account::{Account, AccountId, PasswordHash};
use relatch_domain::values::link::{DeskId, LinkId, LinkRecord};
use relatch_domain::values::session::{SessionId, digest};
use relatch_domain::values::time::Moment;

mod objects;
mod ports;
mod stepping;

pub use stepping::hash_account;

/// A port, and what was asked of it: what a trace shows, and what a fault is chosen by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// Which verb of which port, as `directory.find_accounts`.
    pub verb: &'static str,
    /// Which object, key or account; empty where there is none.
    pub subject: String,
}

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nothing.
    None,
    /// It fails, and nothing has happened.
    Before,
    /// It happens, and the answer is lost.
    After,
    /// It fails, and happens later: see [`Memory::apply_late_write`]. Only writes to the directory can; elsewhere this is
    /// [`Fault::Before`].
    Late,
    /// It happens twice, one after the other; the answer is the second one's. Elsewhere than in the directory's writes
    /// this is [`Fault::None`].
    Twice,
}

/// Decides about every call before it happens. A test may let it wait.
pub type Gate = Rc<dyn Fn(Call) -> Pin<Box<dyn Future<Output = Fault>>>>;

/// How old the answers of the link records are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Staleness {
    /// As written.
    #[default]
    Fresh,
    /// Nothing written is ever there yet.
    NeverThere,
    /// What once was written stays, whatever its time to live.
    NeverGone,
}

/// A write that will land later.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct LateWrite {
    id: AccountId,
    expected: relatch_domain::values::account::Fingerprint,
    hash: String,
    deadline: Moment,
    keep: Option<SessionId>,
}

/// A session, as the host application keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct OpenSession {
    owner: AccountId,
    id: SessionId,
    version: Option<String>,
}

/// An intake's storage.
#[derive(Clone, Debug, Default)]
struct IntakeRows {
    rows: BTreeMap<String, Entry<RequestJob>>,
    alarm: Option<Moment>,
}

/// A desk's storage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct DeskRow {
    desk: Desk,
    alarm: Option<Moment>,
}

/// The world.
pub struct Memory {
    application: Rc<Application>,
    now: Cell<Moment>,
    drawn: Cell<u64>,
    accounts: RefCell<BTreeMap<AccountId, Account>>,
    authenticates_sessions: Cell<bool>,
    sessions: RefCell<Vec<OpenSession>>,
    passwords_set: RefCell<Vec<(AccountId, PasswordHash)>>,
    late: RefCell<Vec<LateWrite>>,
    records: RefCell<BTreeMap<LinkId, (LinkRecord, Moment)>>,
    staleness: Cell<Staleness>,
    intakes: RefCell<BTreeMap<String, IntakeRows>>,
    desks: RefCell<BTreeMap<DeskId, DeskRow>>,
    mails: RefCell<Vec<Message>>,
    mail_failure: Cell<Option<MailFailure>>,
    events: RefCell<Vec<Event>>,
    notes: RefCell<Vec<Event>>,
    most_asked: Cell<u32>,
    asked: RefCell<BTreeMap<String, u32>>,
    trace: RefCell<Vec<Call>>,
    gate: RefCell<Option<Gate>>,
}

impl Memory {
    /// An empty world at this moment.
    #[must_use]
    pub fn new(application: impl Into<Rc<Application>>, now: Moment) -> Self {
        Self {
            application: application.into(),
            now: Cell::new(now),
            drawn: Cell::new(0),
            accounts: RefCell::default(),
            authenticates_sessions: Cell::new(true),
            sessions: RefCell::default(),
            passwords_set: RefCell::default(),
            late: RefCell::default(),
            records: RefCell::default(),
            staleness: Cell::default(),
            intakes: RefCell::default(),
            desks: RefCell::default(),
            mails: RefCell::default(),
            mail_failure: Cell::default(),
            events: RefCell::default(),
            notes: RefCell::default(),
            most_asked: Cell::new(u32::MAX),
            asked: RefCell::default(),
            trace: RefCell::default(),
            gate: RefCell::default(),
        }
    }

    /// The same world as it is now, run by a service that is configured differently.
    #[must_use]
    pub fn reconfigured(&self, application: impl Into<Rc<Application>>) -> Self {
        Self {
            application: application.into(),
            now: self.now.clone(),
            drawn: self.drawn.clone(),
            accounts: self.accounts.clone(),
            authenticates_sessions: self.authenticates_sessions.clone(),
            sessions: self.sessions.clone(),
            passwords_set: self.passwords_set.clone(),
            late: self.late.clone(),
            records: self.records.clone(),
            staleness: self.staleness.clone(),
            intakes: self.intakes.clone(),
            desks: self.desks.clone(),
            mails: self.mails.clone(),
            mail_failure: self.mail_failure.clone(),
            events: self.events.clone(),
            notes: self.notes.clone(),
            most_asked: self.most_asked.clone(),
            asked: self.asked.clone(),
            trace: self.trace.clone(),
            gate: self.gate.clone(),
        }
    }

    /// Decides whether the directory authenticates sessions. It does by default.
    pub fn set_authenticates_sessions(&self, authenticates: bool) {
        self.authenticates_sessions.set(authenticates);
    }

    fn service(&self) -> Service<'_, Self> {
        Service { application: &self.application, platform: self }
    }

    /// The application that this world runs.
    #[must_use]
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Adds an account, or replaces the one of its id.
    pub fn put_account(&self, account: Account) {
        self.accounts.borrow_mut().insert(account.id.clone(), account);
    }

    /// The account as it is.
    #[must_use]
    pub fn account_now(&self, id: &AccountId) -> Option<Account> {
        self.accounts.borrow().get(id).cloned()
    }

    /// Signs somebody in, by a session that no token is known of.
    pub fn open_session(&self, id: &AccountId, name: &str) {
        self.push_session(id, name.to_owned(), None);
    }

    /// Signs somebody in, by a session of this token. It may keep the version of the password that it was opened with.
    pub fn open_session_of(&self, id: &AccountId, token: &str, version: Option<String>) {
        self.push_session(id, digest(token), version);
    }

    fn push_session(&self, owner: &AccountId, id: String, version: Option<String>) {
        self.sessions.borrow_mut().push(OpenSession { owner: owner.clone(), id: SessionId(id), version });
    }

    /// Who is signed in.
    #[must_use]
    pub fn sessions_of(&self, id: &AccountId) -> Vec<String> {
        let sessions = self.sessions.borrow();
        sessions.iter().filter(|session| session.owner == *id).map(|session| session.id.0.clone()).collect()
    }

    /// Every password that was ever in force by a write, in order.
    #[must_use]
    pub fn passwords_set(&self) -> Vec<(AccountId, PasswordHash)> {
        self.passwords_set.borrow().clone()
    }

    /// Every mail that went out.
    #[must_use]
    pub fn mails(&self) -> Vec<Message> {
        self.mails.borrow().clone()
    }

    /// Lets mail fail, or work again.
    pub fn fail_mail(&self, failure: Option<MailFailure>) {
        self.mail_failure.set(failure);
    }

    /// Every event that was kept.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.borrow().clone()
    }

    /// Every event that was only logged.
    #[must_use]
    pub fn notes(&self) -> Vec<Event> {
        self.notes.borrow().clone()
    }

    /// How often one address block may ask.
    pub fn limit_asking(&self, most: u32) {
        self.most_asked.set(most);
    }

    /// Lets the link records answer with something old.
    pub fn set_staleness(&self, staleness: Staleness) {
        self.staleness.set(staleness);
    }

    /// Everything that the stores hold, as one text: what would leak with them.
    #[must_use]
    pub fn everything_stored(&self) -> String {
        let rows: Vec<_> = self.intakes.borrow().values().map(|intake| format!("{:?}", intake.rows)).collect();
        let desks: Vec<_> =
            self.desks.borrow().values().map(|row| serde_json::to_string(&row.desk).unwrap_or_default()).collect();
        format!("{rows:?} {desks:?} {:?} {:?}", self.records.borrow(), self.events.borrow())
    }

    /// A desk's state, for tests that look inside.
    #[must_use]
    pub fn desk(&self, id: &DeskId) -> Option<Desk> {
        self.desks.borrow().get(id).map(|row| row.desk.clone())
    }

    /// How many objects hold anything at all.
    #[must_use]
    pub fn objects_in_use(&self) -> usize {
        self.intakes
            .borrow()
            .values()
            .filter(|intake| !intake.rows.is_empty())
            .count()
            .saturating_add(self.desks.borrow().len())
    }

    /// Every call so far, and forgets them.
    #[must_use]
    pub fn take_trace(&self) -> Vec<Call> {
        std::mem::take(&mut *self.trace.borrow_mut())
    }

    /// Lets this decide about every call from now on.
    pub fn set_gate(&self, gate: Option<Gate>) {
        *self.gate.borrow_mut() = gate;
    }

    /// Sets the clock, without working on what becomes due.
    pub fn set_clock(&self, now: Moment) {
        self.now.set(now);
    }

    /// What time it is.
    #[must_use]
    pub fn time(&self) -> Moment {
        self.now.get()
    }

    /// Lets the oldest late write land. Tells whether there was one.
    pub fn apply_late_write(&self) -> bool {
        self.land_nth(0)
    }

    /// How many writes may still land.
    #[must_use]
    pub fn late_writes(&self) -> usize {
        self.late.borrow().len()
    }

    /// When the next alarm is due.
    #[must_use]
    pub fn next_alarm(&self) -> Option<Moment> {
        let intakes = self.intakes.borrow();
        let desks = self.desks.borrow();
        intakes.values().filter_map(|row| row.alarm).chain(desks.values().filter_map(|row| row.alarm)).min()
    }

    /// Runs every alarm that is due now, until none is.
    pub async fn run_alarms(&self) {
        while self.next_alarm().is_some_and(|due| due <= self.now.get()) {
            let now = self.now.get();
            let rings = |alarm: &mut Option<Moment>| alarm.take_if(|due| *due <= now).is_some();
            let intakes: Vec<String> = self
                .intakes
                .borrow_mut()
                .iter_mut()
                .filter_map(|(name, row)| rings(&mut row.alarm).then(|| name.clone()))
                .collect();
            let desks: Vec<DeskId> = self
                .desks
                .borrow_mut()
                .iter_mut()
                .filter_map(|(id, row)| rings(&mut row.alarm).then(|| id.clone()))
                .collect();
            for intake in intakes {
                let store = objects::MemoryIntake { memory: self, name: &intake };
                if lookup::run(self.service(), &store).await.is_err() {
                    self.ring_intake_again(&intake);
                }
            }
            for desk in desks {
                let store = objects::MemoryDesk { memory: self, id: &desk };
                if delivery::run(&self.application, self, &store, &desk).await.is_err() {
                    self.ring_desk_again(&desk);
                }
            }
        }
    }

    /// Lets time pass, with every alarm rung when it is due.
    pub async fn advance(&self, span: Duration) {
        let end = self.now.get().after(span);
        self.run_alarms().await;
        while let Some(due) = self.next_alarm().filter(|due| *due <= end) {
            self.now.set(due.max(self.now.get()));
            self.run_alarms().await;
        }
        self.now.set(end);
    }

    /// Every call goes through here: it is traced, and the gate decides what becomes of it.
    async fn call(&self, verb: &'static str, subject: &str) -> Fault {
        let call = Call { verb, subject: subject.to_owned() };
        self.trace.borrow_mut().push(call.clone());
        let gate = self.gate.borrow().clone();
        match gate {
            Some(gate) => gate(call).await,
            None => Fault::None,
        }
    }

    /// A call whose effect is all or nothing.
    async fn effect<R>(&self, verb: &'static str, subject: &str, effect: impl FnOnce() -> R) -> Result<R, Outage> {
        match self.call(verb, subject).await {
            Fault::None | Fault::Twice => Ok(effect()),
            Fault::Before | Fault::Late => Err(Outage),
            Fault::After => {
                effect();
                Err(Outage)
            }
        }
    }
}
