//! Every port in memory: the platform that tests run the real service on.
//!
//! The clock does not advance until a test advances it. Every call is traced, and a test decides
//! which calls fail, and how ([`Fault`]). The crate exists outside wasm32 only.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use relatch_domain::application::Application;
use relatch_domain::breaches::RangeCache;
use relatch_domain::claims::ObjectState;
use relatch_domain::events::{Event, Refusal};
use relatch_domain::jobs::{ObjectService, lookup};
use relatch_domain::mail::Message;
use relatch_domain::mail::failure::{MailFailure, SendError};
use relatch_domain::mail::rendering::{MailToRender, RenderOutcome};
use relatch_domain::mail::report::{MailReport, ReportCall, ReportError};
use relatch_domain::mailbox::Mailbox;
use relatch_domain::password_change::PasswordChange;
use relatch_domain::ports::{Capabilities, HookResponse, Outage, RequestCall, ResetDecision};
use relatch_domain::service::Service;
use relatch_domain::values::account::{Account, AccountId, Fingerprint, PasswordHash};
use relatch_domain::values::link::{LinkId, LinkRecord};
use relatch_domain::values::object_id::{MailboxId, PasswordChangeId};
use relatch_domain::values::session::{SessionId, digest};
use relatch_domain::values::time::{Moment, RandomShare};

mod object_ports;
mod objects;
mod outbound;
mod ports;
mod stepping;

use objects::{IntakeRows, MemoryIntake, ObjectRow};
pub use outbound::CAPTCHA_SECRET;
use outbound::Solved;
pub use stepping::hash_account;

/// A call of a port, as traces show it and as faults are chosen by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PortCall {
    /// The port and its method, such as `directory.find_accounts`.
    pub verb: &'static str,
    /// The object, key or account, or an empty string.
    pub subject: String,
}

/// A fault of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nothing.
    None,
    /// The call fails and has no effect.
    Before,
    /// The call has its effect, and the reply is lost.
    After,
    /// The call fails, and has its effect later: see [`Memory::apply_late_write`]. For calls other
    /// than the directory's writes this is [`Fault::Before`].
    Late,
    /// The call has its effect twice and returns the second reply. For calls other than the
    /// directory's writes this is [`Fault::None`].
    Twice,
}

/// Chooses the fault of each call before the call has its effect. It may also delay the call.
pub type Gate = Rc<dyn Fn(PortCall) -> Pin<Box<dyn Future<Output = Fault>>>>;

/// A rule for passwords that the application adds: returns why it rejects one.
pub type OwnRule = Rc<dyn Fn(&str, &Account) -> Option<String>>;

/// The staleness of the link records that a reader gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Staleness {
    /// Records are as they were written.
    #[default]
    Fresh,
    /// No record has arrived yet.
    NeverThere,
    /// Records stay after their time to live and after they were deleted.
    NeverGone,
}

/// A write to the directory that has its effect later.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct LateWrite {
    account: AccountId,
    expected: Fingerprint,
    hash: String,
    deadline: Moment,
    keep: Option<SessionId>,
}

/// A session, as the host application stores it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct OpenSession {
    owner: AccountId,
    id: SessionId,
    version: Option<String>,
}

/// The function of `beforeRequest`.
pub type BeforeRequest = dyn Fn(RequestCall<'_>) -> Option<HookResponse>;
/// The function of `mayReset`.
pub type MayReset = dyn Fn(&Account) -> ResetDecision;
/// The function of `onEvent`.
pub type OnEvent = dyn Fn(&Event);
/// The reader of a mail provider's calls.
pub type ReadReports = dyn Fn(&ReportCall<'_>, Moment) -> Result<Vec<MailReport>, ReportError>;
/// The function of `render`.
pub type Render = dyn Fn(&MailToRender) -> RenderOutcome;

/// The hooks of the platform. None is set by default. A test lets one fail by its gate.
#[derive(Clone, Default)]
pub struct MemoryHooks {
    /// `beforeRequest`.
    pub before_request: Option<Rc<BeforeRequest>>,
    /// `mayReset`.
    pub may_reset: Option<Rc<MayReset>>,
    /// `onEvent`.
    pub on_event: Option<Rc<OnEvent>>,
    /// `render`.
    pub render: Option<Rc<Render>>,
}

/// A request to an endpoint of webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The name of the endpoint.
    pub endpoint: String,
    /// The headers by their names.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

/// The platform in memory.
#[derive(Clone)]
pub struct Memory {
    application: Rc<Application>,
    now: Cell<Moment>,
    drawn: Cell<u64>,
    shares: RefCell<VecDeque<RandomShare>>,
    accounts: RefCell<BTreeMap<AccountId, Account>>,
    capabilities: Cell<Capabilities>,
    ends_sessions_separately: Cell<bool>,
    refuses_writes: Cell<bool>,
    own_rule: RefCell<Option<OwnRule>>,
    sessions: RefCell<Vec<OpenSession>>,
    passwords_set: RefCell<Vec<(AccountId, PasswordHash)>>,
    late: RefCell<Vec<LateWrite>>,
    records: RefCell<BTreeMap<LinkId, (LinkRecord, Moment)>>,
    staleness: Cell<Staleness>,
    intakes: RefCell<BTreeMap<String, IntakeRows>>,
    mailboxes: RefCell<BTreeMap<MailboxId, ObjectRow<Mailbox>>>,
    password_changes: RefCell<BTreeMap<PasswordChangeId, ObjectRow<PasswordChange>>>,
    mails: RefCell<Vec<Message>>,
    mail_failure: Cell<Option<SendError>>,
    read_reports: RefCell<Option<Rc<ReadReports>>>,
    events: RefCell<Vec<Event>>,
    counts: RefCell<BTreeMap<String, u32>>,
    logged: RefCell<Vec<Event>>,
    refusals: RefCell<Vec<Refusal>>,
    posted: RefCell<Vec<Posted>>,
    webhook_status: Cell<u16>,
    request_limit: Cell<u32>,
    wide_request_limit: Cell<Option<u32>>,
    request_counts: RefCell<BTreeMap<String, u32>>,
    hooks: RefCell<MemoryHooks>,
    solved: RefCell<Vec<Solved>>,
    breached: RefCell<Vec<String>>,
    range_answer: RefCell<Option<String>>,
    ranges: RefCell<RangeCache>,
    templates: RefCell<BTreeMap<String, String>>,
    trace: RefCell<Vec<PortCall>>,
    gate: RefCell<Option<Gate>>,
}

impl Memory {
    /// Returns an empty platform at this time.
    #[must_use]
    pub fn new(application: impl Into<Rc<Application>>, now: Moment) -> Self {
        Self {
            application: application.into(),
            now: Cell::new(now),
            drawn: Cell::new(0),
            shares: RefCell::default(),
            accounts: RefCell::default(),
            capabilities: Cell::new(Capabilities {
                sessions: true,
                ends_sessions: true,
                ends_other_sessions: true,
                finds_by_username: true,
            }),
            ends_sessions_separately: Cell::default(),
            refuses_writes: Cell::default(),
            own_rule: RefCell::default(),
            sessions: RefCell::default(),
            passwords_set: RefCell::default(),
            late: RefCell::default(),
            records: RefCell::default(),
            staleness: Cell::default(),
            intakes: RefCell::default(),
            mailboxes: RefCell::default(),
            password_changes: RefCell::default(),
            mails: RefCell::default(),
            mail_failure: Cell::default(),
            read_reports: RefCell::default(),
            events: RefCell::default(),
            counts: RefCell::default(),
            logged: RefCell::default(),
            refusals: RefCell::default(),
            posted: RefCell::default(),
            webhook_status: Cell::new(204),
            request_limit: Cell::new(u32::MAX),
            wide_request_limit: Cell::default(),
            request_counts: RefCell::default(),
            hooks: RefCell::default(),
            solved: RefCell::default(),
            breached: RefCell::default(),
            range_answer: RefCell::default(),
            ranges: RefCell::default(),
            templates: RefCell::default(),
            trace: RefCell::default(),
            gate: RefCell::default(),
        }
    }

    /// Returns a copy with the same stored state, for a service with another configuration.
    #[must_use]
    pub fn reconfigured(&self, application: impl Into<Rc<Application>>) -> Self {
        Self { application: application.into(), ..self.clone() }
    }

    /// Sets what the directory supports. It supports everything by default.
    pub fn set_capabilities(&self, capabilities: Capabilities) {
        self.capabilities.set(capabilities);
    }

    /// Makes the directory end sessions by a separate call, after the write.
    pub fn end_sessions_separately(&self) {
        self.ends_sessions_separately.set(true);
    }

    /// Makes the directory refuse every write, as one does that does not keep its promises.
    pub fn refuse_writes(&self, refuses: bool) {
        self.refuses_writes.set(refuses);
    }

    /// Sets the rule for passwords that the application adds.
    pub fn set_own_rule(&self, rule: impl Fn(&str, &Account) -> Option<String> + 'static) {
        *self.own_rule.borrow_mut() = Some(Rc::new(rule));
    }

    /// Returns the service on these stores.
    pub fn service(&self) -> Service<'_, Self> {
        Service { application: &self.application, platform: self }
    }

    /// Returns the application.
    #[must_use]
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Adds an account, or replaces the one with the same id.
    pub fn put_account(&self, account: Account) {
        self.accounts.borrow_mut().insert(account.id.clone(), account);
    }

    /// Returns the account with this id, without a traced call.
    #[must_use]
    pub fn account_now(&self, id: &AccountId) -> Option<Account> {
        self.accounts.borrow().get(id).cloned()
    }

    /// Opens a session that has no known token.
    pub fn open_session(&self, id: &AccountId, name: &str) {
        self.push_session(id, name.to_owned(), None);
    }

    /// Opens a session with this token. `version` is the version of the password that it was opened
    /// with, if the host application stores one.
    pub fn open_session_of(&self, id: &AccountId, token: &str, version: Option<String>) {
        self.push_session(id, digest(token), version);
    }

    fn push_session(&self, owner: &AccountId, id: String, version: Option<String>) {
        self.sessions.borrow_mut().push(OpenSession {
            owner: owner.clone(),
            id: SessionId(id),
            version,
        });
    }

    /// Returns the ids of the open sessions of an account.
    #[must_use]
    pub fn sessions_of(&self, id: &AccountId) -> Vec<String> {
        let sessions = self.sessions.borrow();
        sessions
            .iter()
            .filter(|session| session.owner == *id)
            .map(|session| session.id.0.clone())
            .collect()
    }

    /// Returns every password that was written to the directory, in order.
    #[must_use]
    pub fn passwords_set(&self) -> Vec<(AccountId, PasswordHash)> {
        self.passwords_set.borrow().clone()
    }

    /// Returns every mail that was sent.
    #[must_use]
    pub fn mails(&self) -> Vec<Message> {
        self.mails.borrow().clone()
    }

    /// Makes sending mail fail with this error, or succeed again.
    pub fn fail_mail(&self, failure: Option<MailFailure>) {
        self.mail_failure.set(failure.map(SendError::from));
    }

    /// Sets the reader of the mail provider's calls. Without one, the provider reports nothing.
    pub fn set_read_reports(&self, read: Rc<ReadReports>) {
        self.read_reports.replace(Some(read));
    }

    /// Makes sending mail fail with this error, and with this wait until the next attempt.
    pub fn defer_mail(&self, failure: MailFailure, retry_after: Duration) {
        self.mail_failure.set(Some(SendError { failure, retry_after: Some(retry_after) }));
    }

    /// Returns every event that was recorded.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.borrow().clone()
    }

    /// Returns every event that was only logged.
    #[must_use]
    pub fn logged_events(&self) -> Vec<Event> {
        self.logged.borrow().clone()
    }

    /// Returns the requests to endpoints since the last time.
    #[must_use]
    pub fn take_posted(&self) -> Vec<Posted> {
        self.posted.take()
    }

    /// Sets the status with which endpoints answer, 204 by default.
    pub fn answer_webhooks(&self, status: u16) {
        self.webhook_status.set(status);
    }

    /// Returns how often the event with this id happened.
    #[must_use]
    pub fn event_count(&self, id: &str) -> u32 {
        self.counts.borrow().get(id).copied().unwrap_or(1)
    }

    /// Returns every rejected call that was logged.
    #[must_use]
    pub fn logged_refusals(&self) -> Vec<Refusal> {
        self.refusals.borrow().clone()
    }

    /// Deletes one batch of old events, as the object that does it on Cloudflare. Returns when that
    /// object would run again.
    pub async fn delete_old_events(&self) -> Moment {
        self.service().delete_old_events().await
    }

    /// Sets how many requests the limiter allows for one wide block. It does not count them by
    /// default.
    pub fn set_wide_request_limit(&self, limit: u32) {
        self.wide_request_limit.set(Some(limit));
    }

    /// Sets how many requests the limiter allows for one address block.
    pub fn set_request_limit(&self, limit: u32) {
        self.request_limit.set(limit);
    }

    /// Sets the shares from which the next delays are drawn, in order. Every further share is one
    /// half.
    pub fn set_shares(&self, shares: impl IntoIterator<Item = RandomShare>) {
        *self.shares.borrow_mut() = shares.into_iter().collect();
    }

    fn share(&self) -> RandomShare {
        self.shares.borrow_mut().pop_front().unwrap_or(RandomShare::HALF)
    }

    /// Stores a template of a mail under its key.
    pub fn set_template(&self, key: &str, template: &str) {
        self.templates.borrow_mut().insert(key.to_owned(), template.to_owned());
    }

    /// Sets the hooks.
    pub fn set_hooks(&self, hooks: MemoryHooks) {
        *self.hooks.borrow_mut() = hooks;
    }

    /// Sets how stale the link records are.
    pub fn set_staleness(&self, staleness: Staleness) {
        self.staleness.set(staleness);
    }

    /// Returns everything that the stores contain, as one text.
    #[must_use]
    pub fn everything_stored(&self) -> String {
        let rows: Vec<_> =
            self.intakes.borrow().values().map(|intake| format!("{:?}", intake.rows)).collect();
        let mailboxes = states(&self.mailboxes);
        let password_changes = states(&self.password_changes);
        format!(
            "{rows:?} {mailboxes:?} {password_changes:?} {:?} {:?}",
            self.records.borrow(),
            self.events.borrow()
        )
    }

    /// Returns the number of objects that store anything.
    #[must_use]
    pub fn objects_in_use(&self) -> usize {
        let intakes = self.intakes.borrow();
        let intakes = intakes.values().filter(|intake| !intake.rows.is_empty()).count();
        intakes
            .saturating_add(self.mailboxes.borrow().len())
            .saturating_add(self.password_changes.borrow().len())
    }

    /// Returns the calls since the last time, and clears the trace.
    #[must_use]
    pub fn take_trace(&self) -> Vec<PortCall> {
        std::mem::take(&mut *self.trace.borrow_mut())
    }

    /// Sets the gate that chooses the faults of all further calls.
    pub fn set_gate(&self, gate: Option<Gate>) {
        *self.gate.borrow_mut() = gate;
    }

    /// Sets the clock without firing alarms.
    pub fn set_clock(&self, now: Moment) {
        self.now.set(now);
    }

    /// Returns the time.
    #[must_use]
    pub fn time(&self) -> Moment {
        self.now.get()
    }

    /// Applies the oldest late write. Returns whether there was one.
    pub fn apply_late_write(&self) -> bool {
        self.apply_late_write_at(0)
    }

    /// Returns the number of late writes that were not applied yet.
    #[must_use]
    pub fn late_writes(&self) -> usize {
        self.late.borrow().len()
    }

    /// Returns when the next alarm is due.
    #[must_use]
    pub fn next_alarm(&self) -> Option<Moment> {
        let (intakes, mailboxes) = (self.intakes.borrow(), self.mailboxes.borrow());
        let password_changes = self.password_changes.borrow();
        let intakes = intakes.values().filter_map(|row| row.alarm);
        let mailboxes = mailboxes.values().filter_map(|row| row.alarm);
        intakes.chain(mailboxes).chain(password_changes.values().filter_map(|row| row.alarm)).min()
    }

    /// Fires the alarms that are due, until none is.
    pub async fn run_alarms(&self) {
        while self.next_alarm().is_some_and(|due| due <= self.now.get()) {
            let (intakes, mailboxes) = (self.intakes_due(), self.mailboxes_due());
            let password_changes = self.password_changes_due();
            for intake in &intakes {
                self.fire_intake_alarm(intake);
            }
            for mailbox in &mailboxes {
                self.fire_mailbox_alarm(mailbox);
            }
            for change in &password_changes {
                self.password_change_object(change).fire_alarm();
            }
            let service = self.service();
            for intake in intakes {
                let store = MemoryIntake { memory: self, name: &intake };
                if lookup::run(service, &store).await.is_err() {
                    self.retry_intake_alarm(&intake);
                }
            }
            for mailbox in mailboxes {
                let store = &self.mailbox_object(&mailbox);
                if (ObjectService { service, store }).run_mailbox_alarm(&mailbox).await.is_err() {
                    store.retry_alarm();
                }
            }
            for change in password_changes {
                let store = &self.password_change_object(&change);
                if (ObjectService { service, store }).run_password_change_alarm().await.is_err() {
                    store.retry_alarm();
                }
            }
        }
    }

    /// Advances the clock, firing each alarm when it is due.
    pub async fn advance(&self, span: Duration) {
        let end = self.now.get().after(span);
        self.run_alarms().await;
        while let Some(due) = self.next_alarm().filter(|due| *due <= end) {
            self.now.set(due.max(self.now.get()));
            self.run_alarms().await;
        }
        self.now.set(end);
    }

    /// Traces a call and returns its fault. Every call of a port begins with this.
    async fn call(&self, verb: &'static str, subject: &str) -> Fault {
        let call = PortCall { verb, subject: subject.to_owned() };
        self.trace.borrow_mut().push(call.clone());
        let gate = self.gate.borrow().clone();
        match gate {
            Some(gate) => gate(call).await,
            None => Fault::None,
        }
    }

    /// Runs a call whose effect happens as a whole or not at all.
    async fn effect<R>(
        &self,
        verb: &'static str,
        subject: &str,
        effect: impl FnOnce() -> R,
    ) -> Result<R, Outage> {
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

/// Returns the states of all objects of one kind, as text.
fn states<Id, State: ObjectState>(
    objects: &RefCell<BTreeMap<Id, ObjectRow<State>>>,
) -> Vec<String> {
    let text = |row: &ObjectRow<State>| serde_json::to_string(&row.state).unwrap_or_default();
    objects.borrow().values().map(text).collect()
}
