//! The platform of one process: the platform in memory, with a stop before every call and a record
//! of the replies.

use std::cell::Cell;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::rc::Rc;

use relatch::{Password, SessionToken};
use relatch_domain::claims::{Commit, CommitOutcome, ReplayVerdict};
use relatch_domain::events::{Event, EventView};
use relatch_domain::intake::{IntakeId, RequestJob};
use relatch_domain::jobs::ObjectService;
use relatch_domain::mail::Message;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::mailbox::{EnqueueMail, EnqueueOutcome, Mailbox, ReplayCheck, Revoke, Revoked};
use relatch_domain::outbox::Entry;
use relatch_domain::password_change::{AttemptOutcome, CommitChange};
use relatch_domain::ports::{
    Capabilities, CasOutcome, Clock, Directory, Entropy, Events, HtmlFilter, IntakeStore, Intakes,
    Limiter, LinkRecords, Mailboxes, Mailer, Outage, PasswordChanges, PasswordWrite, Platform,
    StateStore,
};
use relatch_domain::service::Service;
use relatch_domain::values::account::{Account, AccountId};
use relatch_domain::values::client::AddressBlock;
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::link::{ChangeId, LinkId, LinkRecord};
use relatch_domain::values::object_id::{MailboxId, PasswordChangeId};
use relatch_domain::values::session::Session;
use relatch_domain::values::time::Moment;
use relatch_memory::{Fault, hash_account};

use crate::process::{Name, Slot, Spawned};
use crate::stage::Stage;

/// One process's platform.
#[derive(Clone)]
pub struct Actor {
    /// The stage that it acts on.
    pub stage: Rc<Stage>,
    /// The name of the process.
    pub name: Name,
    /// The link and the password of a confirm.
    pub about: Option<(usize, &'static str)>,
    /// The channel to the explorer.
    pub slot: Rc<Slot>,
    drawn: Rc<Cell<u8>>,
}

impl Actor {
    /// Returns the platform of a new process.
    pub fn new(stage: &Rc<Stage>, name: Name, about: Option<(usize, &'static str)>) -> Self {
        Self { stage: Rc::clone(stage), name, about, slot: Rc::default(), drawn: Rc::default() }
    }

    /// Returns the service whose platform is this process.
    pub fn service(&self) -> Service<'_, Self> {
        Service { application: &self.stage.application, platform: self }
    }

    /// Waits until the explorer lets a call proceed. Returns its fault.
    async fn turn(&self, verb: &'static str) -> Fault {
        let fault =
            if self.stage.quiet.contains(&verb) { Fault::None } else { self.slot.turn(verb).await };
        self.stage.fault.set(fault);
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
        self.slot.learn(&(reply.is_ok(), hasher.finish()));
        reply
    }
}

impl Directory for Actor {
    fn capabilities(&self) -> Capabilities {
        Capabilities { sessions: true }
    }

    async fn find_accounts(&self, identifier: &Identifier) -> Result<Vec<Account>, Outage> {
        self.turn("directory.find_accounts").await;
        let found = self.stage.memory.find_accounts(identifier).await;
        self.learn(found, |accounts, hasher| {
            for account in accounts {
                hash_account(account, hasher);
            }
        })
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Outage> {
        self.turn("directory.account").await;
        let account = self.stage.memory.account(id).await;
        self.learn(account, |account, hasher| {
            if let Some(account) = account {
                hash_account(account, hasher);
            }
        })
    }

    async fn has_resettable_account(&self) -> Result<bool, Outage> {
        self.stage.memory.has_resettable_account().await
    }

    async fn set_password(&self, write: PasswordWrite<'_>) -> Result<CasOutcome, Outage> {
        self.turn("directory.set_password").await;
        let written = self.stage.memory.set_password(write).await;
        self.learn(written, |written, hasher| (*written == CasOutcome::Applied).hash(hasher))
    }

    async fn verify(&self, id: &AccountId, password: &Password) -> Result<bool, Outage> {
        let fault = self.turn("directory.verify").await;
        if let (Some((link, _)), false) = (self.about, fault == Fault::Before) {
            self.stage.notebook.verified.borrow_mut()[link] += 1;
        }
        let verified = self.stage.memory.verify(id, password).await;
        self.learn(verified, bool::hash)
    }

    /// No scenario has a signed-in person.
    async fn authenticate(&self, _: &SessionToken) -> Result<Option<Session>, Outage> {
        Ok(None)
    }
}

impl LinkRecords for Actor {
    async fn put(&self, id: &LinkId, record: &LinkRecord, until: Moment) -> Result<(), Outage> {
        self.turn("records.put").await;
        LinkRecords::put(&self.stage.memory, id, record, until).await
    }

    /// Is not a step: a record never changes, so the time of a read makes no difference.
    async fn read(&self, id: &LinkId) -> Result<Option<LinkRecord>, Outage> {
        self.stage.fault.set(Fault::None);
        let record = LinkRecords::read(&self.stage.memory, id).await;
        self.learn(record, Option::hash)
    }

    async fn delete(&self, id: &LinkId) -> Result<(), Outage> {
        self.stage.memory.delete(id).await
    }
}

impl Mailboxes for Actor {
    async fn enqueue(
        &self,
        mailbox: &MailboxId,
        mail: EnqueueMail,
    ) -> Result<EnqueueOutcome, Outage> {
        let (limits, lifetime) =
            (self.stage.application.limits, self.stage.application.links.lifetime);
        let store = MailboxStore { actor: self, mailbox, checks: None };
        store.change(|mailbox| mailbox.enqueue(mail, &limits, lifetime, self.now())).await
    }

    /// Is not a step: see [`LinkRecords::read`].
    async fn link_record(
        &self,
        mailbox: &MailboxId,
        link: &LinkId,
    ) -> Result<Option<LinkRecord>, Outage> {
        self.stage.fault.set(Fault::None);
        let record = self.stage.memory.link_record(mailbox, link).await;
        self.learn(record, Option::hash)
    }

    async fn revoke(&self, mailbox: &MailboxId, revoke: &Revoke) -> Result<Revoked, Outage> {
        self.stage.memory.revoke(mailbox, revoke).await
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
            self.stage.notebook.hashes.borrow_mut().push((hash, link, password));
        }
        // What a confirm does from here depends only on the outcome, its link and its password. The
        // same holds for the replay check.
        self.slot.forget("waits for the commit");
        let spawned = Spawned { who: self.name.who, mailbox: mailbox.clone(), commit };
        self.stage.notebook.spawned.borrow_mut().push(spawned);
        self.slot.committed().await
    }

    async fn check_replay(
        &self,
        mailbox: &MailboxId,
        check: ReplayCheck,
    ) -> Result<ReplayVerdict, Outage> {
        self.slot.forget("runs the replay check");
        let store =
            &MailboxStore { actor: self, mailbox, checks: self.about.map(|(link, _)| link) };
        let verdict = ObjectService { service: self.service(), store }.check_replay(&check).await;
        if let (Some((link, _)), Ok(ReplayVerdict::Verify)) = (self.about, verdict) {
            self.stage.notebook.replay_checks.borrow_mut()[link] += 1;
        }
        verdict
    }
}

/// No scenario has a signed-in person.
impl PasswordChanges for Actor {
    async fn count_attempt(
        &self,
        _: &PasswordChangeId,
        _: &ChangeId,
    ) -> Result<AttemptOutcome, Outage> {
        Err(Outage)
    }

    async fn commit(&self, _: &PasswordChangeId, _: CommitChange) -> Result<CommitOutcome, Outage> {
        Err(Outage)
    }
}

impl Mailer for Actor {
    async fn send(&self, message: &Message) -> Result<(), MailFailure> {
        self.turn("mailer.send").await;
        let sent = self.stage.memory.send(message).await;
        self.slot.learn(&sent.is_ok());
        sent
    }
}

impl Events for Actor {
    async fn record(&self, event: &Event) -> Result<(), Outage> {
        self.turn("events.record").await;
        let kept = Events::record(&self.stage.memory, event).await;
        self.learn(kept, |(), _| ())
    }

    async fn recent(&self, account: &AccountId, limit: u32) -> Result<Vec<EventView>, Outage> {
        self.stage.memory.recent(account, limit).await
    }

    async fn erase(&self, account: &AccountId) -> Result<(), Outage> {
        self.stage.memory.erase(account).await
    }

    fn log(&self, event: &Event) {
        self.stage.memory.log(event);
    }
}

impl Intakes for Actor {
    async fn accept(&self, intake: &IntakeId, job: RequestJob) -> Result<(), Outage> {
        self.stage.memory.accept(intake, job).await
    }

    async fn release(&self, intake: &IntakeId, job: &str) -> Result<(), Outage> {
        Intakes::release(&self.stage.memory, intake, job).await
    }

    async fn forget(&self, intake: &IntakeId, identifier: &Identifier) -> Result<(), Outage> {
        self.stage.memory.forget(intake, identifier).await
    }
}

impl HtmlFilter for Actor {
    fn clean(&self, html: &str) -> Result<String, Outage> {
        self.stage.memory.clean(html)
    }
}

impl Limiter for Actor {
    async fn check(&self, block: &AddressBlock) -> Result<bool, Outage> {
        self.stage.memory.check(block).await
    }
}

impl Clock for Actor {
    fn now(&self) -> Moment {
        let now = self.stage.memory.time();
        match self.about.filter(|_| self.slot.is_new()) {
            // The first use of the time in a confirm is to check the expiry of the link.
            Some((link, _)) => self.slot.learn(&self.stage.life_of(link, now)),
            None => self.slot.learn(&now),
        }
        now
    }
}

impl Entropy for Actor {
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
}

impl Platform for Actor {
    type Directory = Self;
    type Records = Self;
    type Intakes = Self;
    type Mailboxes = Self;
    type PasswordChanges = Self;
    type Mailer = Self;
    type Events = Self;
    type Limiter = Self;
    type HtmlFilter = Self;
    type Clock = Self;
    type Entropy = Self;

    fn directory(&self) -> &Self {
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
    fn limiter(&self) -> &Self {
        self
    }
    fn html_filter(&self) -> &Self {
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
    pub actor: &'a Actor,
    /// The mailbox.
    pub mailbox: &'a MailboxId,
    /// The link whose replay check is run.
    pub checks: Option<usize>,
}

impl StateStore for MailboxStore<'_> {
    type State = Mailbox;

    async fn change<R>(&self, change: impl FnOnce(&mut Mailbox) -> R) -> Result<R, Outage> {
        let fault = self.actor.turn("mailbox.change").await;
        if let (Some(link), Fault::After) = (self.checks, fault) {
            self.actor.stage.notebook.replay_checks.borrow_mut()[link] += 1;
        }
        // The outcome of a step is a function of the state before it. Some outcomes show in what
        // the process does next: in its next call, or in its end.
        let outcome = std::any::type_name::<R>();
        let shows = ["()", "ClaimOutcome", "CommitOutcome", "ReplayVerdict"]
            .iter()
            .any(|shown| outcome.ends_with(shown));
        let mut hasher = DefaultHasher::new();
        if !shows {
            self.actor.stage.memory.with_mailbox(self.mailbox, |mailbox| mailbox.hash(&mut hasher));
        }
        let changed = self.actor.stage.memory.mailbox_store(self.mailbox).change(change).await;
        self.actor.learn(changed, |_, history| hasher.finish().hash(history))
    }

    async fn rearm(&self) -> Result<(), Outage> {
        self.actor.turn("mailbox.rearm").await;
        let armed = self.actor.stage.memory.mailbox_store(self.mailbox).rearm().await;
        self.actor.learn(armed, |(), _| ())
    }
}

/// The storage of an intake, as one process uses it.
pub struct Rows<'a> {
    /// The process.
    pub actor: &'a Actor,
    /// The intake.
    pub name: &'a str,
}

impl IntakeStore for Rows<'_> {
    async fn insert(&self, id: &str, job: RequestJob, due: Moment) -> Result<(), Outage> {
        self.actor.stage.memory.intake_store(self.name).insert(id, job, due).await
    }

    async fn release(&self, id: &str, due: Moment) -> Result<(), Outage> {
        self.actor.stage.memory.intake_store(self.name).release(id, due).await
    }

    async fn begin(&self, now: Moment, limit: usize) -> Result<Vec<Entry<RequestJob>>, Outage> {
        self.actor.turn("intake.begin").await;
        let begun = self.actor.stage.memory.intake_store(self.name).begin(now, limit).await;
        self.actor.learn(begun, |rows, hasher| {
            for entry in rows {
                (&entry.id, entry.attempts, entry.due).hash(hasher);
            }
        })
    }

    async fn forget(&self, identifier: &Identifier) -> Result<(), Outage> {
        self.actor.stage.memory.intake_store(self.name).forget(identifier).await
    }

    async fn finish(&self, id: &str) -> Result<(), Outage> {
        self.actor.turn("intake.finish").await;
        let finished = self.actor.stage.memory.intake_store(self.name).finish(id).await;
        self.actor.learn(finished, |(), _| ())
    }

    async fn rearm(&self) -> Result<(), Outage> {
        self.actor.turn("intake.rearm").await;
        let armed = self.actor.stage.memory.intake_store(self.name).rearm().await;
        self.actor.learn(armed, |(), _| ())
    }
}
