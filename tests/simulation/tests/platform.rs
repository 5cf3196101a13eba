//! The platform of one process: the platform in memory, with a stop before every call and a record
//! of the replies.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::rc::Rc;

use relatch::{Password, SessionToken};
use relatch_domain::claims::{Commit, CommitOutcome, ReplayVerdict};
use relatch_domain::event_query::{EventCount, EventPage, EventQuery, StatsQuery};
use relatch_domain::events::{Action, Event, EventView, Refusal};
use relatch_domain::hashing::{self, HashFormat};
use relatch_domain::intake::{IntakeId, RequestJob};
use relatch_domain::jobs::ObjectService;
use relatch_domain::mail::Message;
use relatch_domain::mail::failure::SendError;
use relatch_domain::mailbox::{
    BrakeCall, BrakeOutcome, CallOutcome, ConfirmRefusal, CountCall, EnqueueMail, EnqueueOutcome,
    LinkCheck, Mailbox, ReplayCheck, Revoke, Revoked,
};
use relatch_domain::outbox::Entry;
use relatch_domain::password_change::{Attempt, AttemptOutcome, CommitChange};
use relatch_domain::ports::{
    BreachedPasswords, Capabilities, CaptchaProviders, CasOutcome, Clock, CompiledLanguages,
    Directory, Entropy, Events, Hooks, HtmlFilter, IntakeStore, Intakes, Limiter, LinkRecords,
    Mailboxes, Mailer, Outage, PasswordChanges, PasswordWrite, Passwords, Platform, StateStore,
    Templates, Webhooks,
};
use relatch_domain::service::Service;
use relatch_domain::values::account::{Account, AccountId, PasswordHash};
use relatch_domain::values::client::AddressBlock;
use relatch_domain::values::identifier::{AccountQuery, Identifier};
use relatch_domain::values::link::{LinkId, LinkRecord};
use relatch_domain::values::object_id::{MailboxId, PasswordChangeId};
use relatch_domain::values::session::Session;
use relatch_domain::values::time::{Moment, RandomShare};
use relatch_domain::waiting::{RetriedMails, WaitingMail};
use relatch_domain::webhook::{WebhookFailure, WebhookJob, WebhookMessage};
use relatch_memory::{Fault, hash_account};

use crate::process::{Name, Spawned, StepChannel};
use crate::setup::Environment;

/// One process's platform.
#[derive(Clone)]
pub struct ProcessPlatform {
    /// The environment that it acts on.
    pub environment: Rc<Environment>,
    /// The name of the process.
    pub name: Name,
    /// The link and the password of a confirm.
    pub about: Option<(usize, &'static str)>,
    /// The channel to the explorer.
    pub channel: Rc<StepChannel>,
    drawn: Rc<Cell<u8>>,
}

impl ProcessPlatform {
    /// Returns the platform of a new process.
    pub fn new(
        environment: &Rc<Environment>,
        name: Name,
        about: Option<(usize, &'static str)>,
    ) -> Self {
        Self {
            environment: Rc::clone(environment),
            name,
            about,
            channel: Rc::default(),
            drawn: Rc::default(),
        }
    }

    /// Returns the service whose platform is this process.
    pub fn service(&self) -> Service<'_, Self> {
        Service { application: &self.environment.application, platform: self }
    }

    /// Waits until the explorer lets a call proceed, and returns its fault.
    async fn turn(&self, verb: &'static str) -> Fault {
        let fault = if self.environment.quiet.contains(&verb) {
            Fault::None
        } else {
            self.channel.turn(verb).await
        };
        self.environment.fault.set(fault);
        fault
    }

    /// Records a reply, and returns it.
    fn learn<T>(
        &self,
        reply: Result<T, Outage>,
        hash: impl FnOnce(&T, &mut DefaultHasher),
    ) -> Result<T, Outage> {
        let mut hasher = DefaultHasher::new();
        if let Ok(reply) = &reply {
            hash(reply, &mut hasher);
        }
        self.channel.learn(&(reply.is_ok(), hasher.finish()));
        reply
    }
}

impl Directory for ProcessPlatform {
    fn capabilities(&self) -> Capabilities {
        self.environment.memory.capabilities()
    }

    async fn find_accounts(&self, query: &AccountQuery) -> Result<Vec<Account>, Outage> {
        self.turn("directory.find_accounts").await;
        let found = self.environment.memory.find_accounts(query).await;
        self.learn(found, |accounts, hasher| {
            for account in accounts {
                hash_account(account, hasher);
            }
        })
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Outage> {
        self.turn("directory.account").await;
        let account = self.environment.memory.account(id).await;
        self.learn(account, |account, hasher| {
            if let Some(account) = account {
                hash_account(account, hasher);
            }
        })
    }

    async fn has_resettable_account(&self) -> Result<bool, Outage> {
        self.environment.memory.has_resettable_account().await
    }

    async fn set_password(&self, write: PasswordWrite<'_>) -> Result<CasOutcome, Outage> {
        self.turn("directory.set_password").await;
        let written = self.environment.memory.set_password(write).await;
        self.learn(written, |written, hasher| (*written == CasOutcome::Applied).hash(hasher))
    }

    /// No scenario has a signed-in person.
    async fn authenticate(&self, _: &SessionToken) -> Result<Option<Session>, Outage> {
        Ok(None)
    }
}

thread_local! {
    /// The hashes that earlier runs made. A hash is a function of its input, and makes up a third of
    /// the time of a run.
    static HASHES: RefCell<HashMap<HashInput, PasswordHash>> = RefCell::default();
}

/// The password, the format and the seed.
type HashInput = (String, HashFormat, [u8; 32]);

impl Passwords for ProcessPlatform {
    async fn hash(
        &self,
        password: &Password,
        format: HashFormat,
        seed: &[u8; 32],
    ) -> Result<PasswordHash, Outage> {
        let input = (password.expose().to_owned(), format, *seed);
        if let Some(hash) = HASHES.with_borrow(|hashes| hashes.get(&input).cloned()) {
            return Ok(hash);
        }
        let hash = hashing::hash(password, format, seed).ok_or(Outage)?;
        HASHES.with_borrow_mut(|hashes| hashes.insert(input, hash.clone()));
        Ok(hash)
    }

    /// Is not a step: it compares with a hash that was read before.
    async fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<bool, Outage> {
        self.environment.fault.set(Fault::None);
        if let Some((link, _)) = self.about {
            self.environment.log.verified.borrow_mut()[link] += 1;
        }
        let verified = Passwords::verify(&self.environment.memory, password, hash).await;
        self.learn(verified, bool::hash)
    }
}

impl LinkRecords for ProcessPlatform {
    async fn put(&self, id: &LinkId, record: &LinkRecord, until: Moment) -> Result<(), Outage> {
        self.turn("records.put").await;
        LinkRecords::put(&self.environment.memory, id, record, until).await
    }

    /// Is not a step: a record never changes, so the time of a read makes no difference.
    async fn read(&self, id: &LinkId) -> Result<Option<LinkRecord>, Outage> {
        self.environment.fault.set(Fault::None);
        let record = LinkRecords::read(&self.environment.memory, id).await;
        self.learn(record, Option::hash)
    }

    async fn delete(&self, id: &LinkId) -> Result<(), Outage> {
        self.environment.memory.delete(id).await
    }
}

impl Mailboxes for ProcessPlatform {
    async fn enqueue(
        &self,
        mailbox: &MailboxId,
        mail: EnqueueMail,
    ) -> Result<EnqueueOutcome, Outage> {
        let (limits, lifetime) =
            (self.environment.application.limits, self.environment.application.links.lifetime);
        let store = MailboxStore { platform: self, mailbox, checks: None };
        store.change(|mailbox| mailbox.enqueue(mail, &limits, lifetime, self.now())).await
    }

    /// Is not a step: see [`LinkRecords::read`].
    async fn link_record(
        &self,
        mailbox: &MailboxId,
        link: &LinkId,
    ) -> Result<Option<LinkRecord>, Outage> {
        self.environment.fault.set(Fault::None);
        let record = self.environment.memory.link_record(mailbox, link).await;
        self.learn(record, Option::hash)
    }

    /// As [`Self::link_record`]: the event of a check affects no claim.
    async fn check_link(
        &self,
        mailbox: &MailboxId,
        check: &LinkCheck,
    ) -> Result<Option<LinkRecord>, Outage> {
        self.link_record(mailbox, &check.link).await
    }

    async fn revoke(&self, mailbox: &MailboxId, revoke: &Revoke) -> Result<Revoked, Outage> {
        self.environment.memory.revoke(mailbox, revoke).await
    }

    async fn count_call(
        &self,
        object: &MailboxId,
        call: &CountCall,
    ) -> Result<CallOutcome, Outage> {
        self.environment.memory.count_call(object, call).await
    }

    /// No scenario has a brake. Its law is that of availability.
    async fn brake(&self, object: &MailboxId, call: BrakeCall) -> Result<BrakeOutcome, Outage> {
        self.environment.memory.brake(object, call).await
    }

    /// Starts a process that runs the commit, so that it continues if this process crashes. Its
    /// first step may be delayed, as the message may be.
    async fn commit(
        &self,
        mailbox: &MailboxId,
        commit: Commit<LinkId>,
    ) -> Result<CommitOutcome, Outage> {
        if let Some((link, password)) = self.about {
            let hash = commit.hash.expose().to_owned();
            self.environment.log.hashes.borrow_mut().push((hash, link, password));
        }
        // From here on, a confirm depends only on the outcome, its link and its password. The same
        // holds for the replay check.
        self.channel.forget("waits for the commit");
        let spawned = Spawned { who: self.name.who, mailbox: mailbox.clone(), commit };
        self.environment.log.spawned.borrow_mut().push(spawned);
        self.channel.committed().await
    }

    async fn check_replay(
        &self,
        mailbox: &MailboxId,
        check: ReplayCheck,
    ) -> Result<ReplayVerdict, Outage> {
        self.channel.forget("runs the replay check");
        let store =
            &MailboxStore { platform: self, mailbox, checks: self.about.map(|(link, _)| link) };
        let verdict = ObjectService { service: self.service(), store }.check_replay(&check).await;
        if let (Some((link, _)), Ok(ReplayVerdict::Verify)) = (self.about, verdict) {
            self.environment.log.replay_checks.borrow_mut()[link] += 1;
        }
        verdict
    }

    /// No scenario has the hook that receives events.
    async fn notify(&self, object: &MailboxId, event: &Event) -> Result<(), Outage> {
        self.environment.memory.notify(object, event).await
    }

    async fn waiting_mails(
        &self,
        mailbox: &MailboxId,
        account: Option<&AccountId>,
    ) -> Result<Vec<WaitingMail>, Outage> {
        Mailboxes::waiting_mails(&self.environment.memory, mailbox, account).await
    }

    async fn retry_mails(
        &self,
        mailbox: &MailboxId,
        account: Option<&AccountId>,
    ) -> Result<RetriedMails, Outage> {
        Mailboxes::retry_mails(&self.environment.memory, mailbox, account).await
    }

    async fn enqueue_webhook(&self, object: &MailboxId, job: &WebhookJob) -> Result<(), Outage> {
        self.environment.memory.enqueue_webhook(object, job).await
    }

    /// Is not a step: the event of a refusal affects no claim.
    async fn note_refusal(&self, _: &MailboxId, _: &ConfirmRefusal) -> Result<(), Outage> {
        Ok(())
    }

    async fn note_event(&self, object: &MailboxId, event: &Event) -> Result<(), Outage> {
        self.environment.memory.note_event(object, event).await
    }
}

/// No scenario has a signed-in person.
impl PasswordChanges for ProcessPlatform {
    async fn count_attempt(
        &self,
        _: &PasswordChangeId,
        _: &Attempt,
    ) -> Result<AttemptOutcome, Outage> {
        Err(Outage)
    }

    async fn erase(&self, _: &PasswordChangeId) -> Result<bool, Outage> {
        Err(Outage)
    }

    async fn waiting_mails(&self, _: &PasswordChangeId) -> Result<Vec<WaitingMail>, Outage> {
        Err(Outage)
    }

    async fn retry_mails(&self, _: &PasswordChangeId) -> Result<RetriedMails, Outage> {
        Err(Outage)
    }

    async fn commit(&self, _: &PasswordChangeId, _: CommitChange) -> Result<CommitOutcome, Outage> {
        Err(Outage)
    }
}

impl Mailer for ProcessPlatform {
    async fn send(
        &self,
        message: &Message,
        hand_over: impl AsyncFnOnce() -> Result<(), Outage>,
    ) -> Result<(), SendError> {
        self.turn("mailer.send").await;
        let sent = self.environment.memory.send(message, hand_over).await;
        self.channel.learn(&sent.is_ok());
        sent
    }
}

impl Events for ProcessPlatform {
    async fn record(&self, event: &Event) -> Result<(), Outage> {
        // It follows another event, and affects no claim: no step.
        if event.action == Action::SessionsRevoked {
            return Ok(());
        }
        self.turn("events.record").await;
        let kept = Events::record(&self.environment.memory, event).await;
        self.learn(kept, |(), _| ())
    }

    /// No scenario has reports of a provider.
    async fn is_recorded(&self, id: &str) -> Result<bool, Outage> {
        self.environment.memory.is_recorded(id).await
    }

    async fn recent(&self, account: &AccountId, limit: u32) -> Result<Vec<EventView>, Outage> {
        self.environment.memory.recent(account, limit).await
    }

    async fn page(&self, query: &EventQuery) -> Result<EventPage, Outage> {
        self.environment.memory.page(query).await
    }

    async fn count_by_period(&self, query: &StatsQuery) -> Result<Vec<EventCount>, Outage> {
        self.environment.memory.count_by_period(query).await
    }

    async fn erase(&self, account: &AccountId) -> Result<(), Outage> {
        Events::erase(&self.environment.memory, account).await
    }

    /// No scenario deletes old events.
    async fn delete_before(&self, _: Moment, _: u32) -> Result<u32, Outage> {
        Ok(0)
    }

    fn log(&self, event: &Event) {
        self.environment.memory.log(event);
    }

    fn log_refusal(&self, refusal: &Refusal) {
        self.environment.memory.log_refusal(refusal);
    }
}

impl Intakes for ProcessPlatform {
    async fn accept(&self, intake: &IntakeId, job: RequestJob) -> Result<(), Outage> {
        self.environment.memory.accept(intake, job).await
    }

    async fn release(&self, intake: &IntakeId, job: &str) -> Result<(), Outage> {
        Intakes::release(&self.environment.memory, intake, job).await
    }

    async fn forget(&self, intake: &IntakeId, identifier: &Identifier) -> Result<(), Outage> {
        self.environment.memory.forget(intake, identifier).await
    }
}

impl HtmlFilter for ProcessPlatform {
    async fn clean(&self, html: &str) -> Result<String, Outage> {
        self.environment.memory.clean(html).await
    }
}

impl Limiter for ProcessPlatform {
    async fn check(&self, block: &AddressBlock) -> Result<bool, Outage> {
        Limiter::check(&self.environment.memory, block).await
    }
}

/// No scenario has endpoints of webhooks.
impl Webhooks for ProcessPlatform {
    async fn post(&self, message: &WebhookMessage<'_>) -> Result<(), WebhookFailure> {
        self.environment.memory.post(message).await
    }
}

/// No scenario has hooks.
impl Hooks for ProcessPlatform {}

/// No scenario has a captcha.
impl CaptchaProviders for ProcessPlatform {}

/// No scenario checks for breached passwords.
impl BreachedPasswords for ProcessPlatform {}

impl Clock for ProcessPlatform {
    fn now(&self) -> Moment {
        let now = self.environment.memory.time();
        match self.about.filter(|_| self.channel.is_new()) {
            // The first use of the time in a confirm is to check the expiry of the link.
            Some((link, _)) => self.channel.learn(&self.environment.life_of(link, now)),
            None => self.channel.learn(&now),
        }
        now
    }
}

impl Entropy for ProcessPlatform {
    /// Depends on the process and the number of the call, and not on the order of the processes.
    fn random_bytes(&self) -> Result<[u8; 32], Outage> {
        self.drawn.set(self.drawn.get() + 1);
        let mut seed = [0; 32];
        for (place, chunk) in seed.chunks_mut(8).enumerate() {
            let mut hasher = DefaultHasher::new();
            (self.name, self.drawn.get(), place).hash(&mut hasher);
            chunk.copy_from_slice(&hasher.finish().to_be_bytes());
        }
        Ok(seed)
    }

    fn random_share(&self) -> Result<RandomShare, Outage> {
        Ok(RandomShare::HALF)
    }
}

impl Templates for ProcessPlatform {}

impl Platform for ProcessPlatform {
    type Directory = Self;
    type Passwords = Self;
    type Records = Self;
    type Intakes = Self;
    type Mailboxes = Self;
    type PasswordChanges = Self;
    type Mailer = Self;
    type Events = Self;
    type Webhooks = Self;
    type Limiter = Self;
    type Languages = CompiledLanguages;
    type CaptchaProviders = Self;
    type BreachedPasswords = Self;
    type Templates = Self;
    type HtmlFilter = Self;
    type Hooks = Self;
    type Clock = Self;
    type Entropy = Self;

    fn directory(&self) -> &Self {
        self
    }
    fn passwords(&self) -> &Self {
        self
    }
    fn records(&self) -> &Self {
        self
    }
    fn intakes(&self) -> &Self {
        self
    }
    fn mailboxes(&self) -> &Self {
        self
    }
    fn password_changes(&self) -> &Self {
        self
    }
    fn mailer(&self) -> &Self {
        self
    }
    fn events(&self) -> &Self {
        self
    }
    fn webhooks(&self) -> &Self {
        self
    }
    fn limiter(&self) -> &Self {
        self
    }
    fn languages(&self) -> &CompiledLanguages {
        &CompiledLanguages
    }
    fn captcha_providers(&self) -> &Self {
        self
    }
    fn breached_passwords(&self) -> &Self {
        self
    }
    fn templates(&self) -> &Self {
        self
    }
    fn html_filter(&self) -> &Self {
        self
    }
    fn hooks(&self) -> &Self {
        self
    }
    fn clock(&self) -> &Self {
        self
    }
    fn entropy(&self) -> &Self {
        self
    }
}

/// The storage of a mailbox, as one process uses it.
pub struct MailboxStore<'a> {
    /// The process.
    pub platform: &'a ProcessPlatform,
    /// The mailbox.
    pub mailbox: &'a MailboxId,
    /// The link whose replay check is run.
    pub checks: Option<usize>,
}

impl StateStore for MailboxStore<'_> {
    type State = Mailbox;

    async fn change<R>(&self, change: impl FnOnce(&mut Mailbox) -> R) -> Result<R, Outage> {
        let fault = self.platform.turn("mailbox.change").await;
        if let (Some(link), Fault::After) = (self.checks, fault) {
            self.platform.environment.log.replay_checks.borrow_mut()[link] += 1;
        }
        // The outcome of a step is a function of the state before it. Some outcomes show in what
        // the process does next: in its next call, or in its end.
        let outcome = std::any::type_name::<R>();
        let shows = ["()", "ClaimOutcome", "CommitOutcome", "ReplayVerdict"]
            .iter()
            .any(|shown| outcome.ends_with(shown));
        let mut hasher = DefaultHasher::new();
        if !shows {
            self.platform
                .environment
                .memory
                .with_mailbox(self.mailbox, |mailbox| mailbox.hash(&mut hasher));
        }
        let changed =
            self.platform.environment.memory.mailbox_store(self.mailbox).change(change).await;
        self.platform.learn(changed, |_, history| hasher.finish().hash(history))
    }

    async fn rearm(&self) -> Result<(), Outage> {
        self.platform.turn("mailbox.rearm").await;
        let armed = self.platform.environment.memory.mailbox_store(self.mailbox).rearm().await;
        self.platform.learn(armed, |(), _| ())
    }
}

/// The storage of an intake, as one process uses it.
pub struct IntakeRows<'a> {
    /// The process.
    pub platform: &'a ProcessPlatform,
    /// The intake.
    pub name: &'a str,
}

impl IntakeStore for IntakeRows<'_> {
    async fn insert(&self, id: &str, job: RequestJob, due: Moment) -> Result<(), Outage> {
        self.platform.environment.memory.intake_store(self.name).insert(id, job, due).await
    }

    async fn release(&self, id: &str, due: Moment) -> Result<(), Outage> {
        self.platform.environment.memory.intake_store(self.name).release(id, due).await
    }

    async fn begin(&self, now: Moment, limit: usize) -> Result<Vec<Entry<RequestJob>>, Outage> {
        self.platform.turn("intake.begin").await;
        let begun =
            self.platform.environment.memory.intake_store(self.name).begin(now, limit).await;
        self.platform.learn(begun, |rows, hasher| {
            for entry in rows {
                (&entry.id, entry.attempts, entry.due).hash(hasher);
            }
        })
    }

    async fn forget(&self, identifier: &Identifier) -> Result<(), Outage> {
        self.platform.environment.memory.intake_store(self.name).forget(identifier).await
    }

    async fn finish(&self, id: &str) -> Result<(), Outage> {
        self.platform.turn("intake.finish").await;
        let finished = self.platform.environment.memory.intake_store(self.name).finish(id).await;
        self.platform.learn(finished, |(), _| ())
    }

    async fn rearm(&self) -> Result<(), Outage> {
        self.platform.turn("intake.rearm").await;
        let armed = self.platform.environment.memory.intake_store(self.name).rearm().await;
        self.platform.learn(armed, |(), _| ())
    }
}
