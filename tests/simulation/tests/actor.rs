//! The platform as one process sees it: the world in memory, with a stop before every call, and a memory of what was
//! answered.

use std::cell::Cell;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::rc::Rc;

use relatch::{Password, SessionToken};
use relatch_domain::desk::{
    Change, CommitLink, Committed, Desk, RepeatAnswer, RepeatQuestion, Revoke, Revoked, Take, Taken,
};
use relatch_domain::events::{Event, EventView};
use relatch_domain::intake::{IntakeId, RequestJob};
use relatch_domain::jobs::commit;
use relatch_domain::mail::Message;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::outbox::Entry;
use relatch_domain::ports::{
    Capabilities, CasOutcome, Clock, DeskStore, Desks, Directory, Entropy, Events, HtmlFilter, IntakeStore, Intakes,
    Limiter, LinkRecords, Mailer, Outage, Platform,
};
use relatch_domain::values::account::{Account, AccountId, Fingerprint, PasswordHash};
use relatch_domain::values::client::AddressBlock;
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::link::{DeskId, LinkId, LinkRecord};
use relatch_domain::values::session::{Session, SessionId};
use relatch_domain::values::time::Moment;
use relatch_memory::{Fault, hash_account};

use crate::process::{Name, Slot, Spawned};
use crate::stage::Stage;

/// One process's platform.
#[derive(Clone)]
pub struct Actor {
    /// Where it acts.
    pub stage: Rc<Stage>,
    /// Who it is.
    pub name: Name,
    /// The link and the password that it is about, if it is a confirm.
    pub about: Option<(usize, &'static str)>,
    /// Its half of the conversation with the explorer.
    pub slot: Rc<Slot>,
    drawn: Rc<Cell<u8>>,
}

impl Actor {
    /// A new process's.
    pub fn new(stage: &Rc<Stage>, name: Name, about: Option<(usize, &'static str)>) -> Self {
        Self { stage: Rc::clone(stage), name, about, slot: Rc::default(), drawn: Rc::default() }
    }

    async fn turn(&self, verb: &'static str) -> Fault {
        let fault = if self.stage.quiet.contains(&verb) { Fault::None } else { self.slot.turn(verb).await };
        self.stage.fault.set(fault);
        fault
    }

    fn heard<T>(&self, answer: Result<T, Outage>, hash: impl FnOnce(&T, &mut DefaultHasher)) -> Result<T, Outage> {
        let mut hasher = DefaultHasher::new();
        if let Ok(answer) = &answer {
            hash(answer, &mut hasher);
        }
        self.slot.heard(&(answer.is_ok(), hasher.finish()));
        answer
    }
}

impl Directory for Actor {
    fn capabilities(&self) -> Capabilities {
        Capabilities { sessions: true }
    }

    async fn find_accounts(&self, identifier: &Identifier) -> Result<Vec<Account>, Outage> {
        self.turn("directory.find_accounts").await;
        let found = self.stage.memory.find_accounts(identifier).await;
        self.heard(found, |accounts, hasher| accounts.iter().for_each(|account| hash_account(account, hasher)))
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Outage> {
        self.turn("directory.account").await;
        let account = self.stage.memory.account(id).await;
        self.heard(account, |account, hasher| account.iter().for_each(|account| hash_account(account, hasher)))
    }

    async fn has_resettable_account(&self) -> Result<bool, Outage> {
        self.stage.memory.has_resettable_account().await
    }

    async fn set_password(
        &self,
        id: &AccountId,
        expected: &Fingerprint,
        hash: &PasswordHash,
        deadline: Moment,
        keep: Option<&SessionId>,
    ) -> Result<CasOutcome, Outage> {
        self.turn("directory.set_password").await;
        let written = self.stage.memory.set_password(id, expected, hash, deadline, keep).await;
        self.heard(written, |written, hasher| (*written == CasOutcome::Applied).hash(hasher))
    }

    async fn verify(&self, id: &AccountId, password: &Password) -> Result<bool, Outage> {
        let fault = self.turn("directory.verify").await;
        if let (Some((link, _)), false) = (self.about, fault == Fault::Before) {
            self.stage.notebook.verified.borrow_mut()[link] += 1;
        }
        let verified = self.stage.memory.verify(id, password).await;
        self.heard(verified, bool::hash)
    }

    /// Nobody in these stories is signed in.
    async fn authenticate(&self, _: &SessionToken) -> Result<Option<Session>, Outage> {
        Ok(None)
    }
}

impl LinkRecords for Actor {
    async fn put(&self, id: &LinkId, record: &LinkRecord, until: Moment) -> Result<(), Outage> {
        self.turn("records.put").await;
        LinkRecords::put(&self.stage.memory, id, record, until).await
    }

    /// A record never changes, so when it is read makes no difference.
    async fn read(&self, id: &LinkId) -> Result<Option<LinkRecord>, Outage> {
        self.stage.fault.set(Fault::None);
        let record = LinkRecords::read(&self.stage.memory, id).await;
        self.heard(record, Option::hash)
    }

    async fn delete(&self, id: &LinkId) -> Result<(), Outage> {
        self.stage.memory.delete(id).await
    }
}

impl Desks for Actor {
    async fn take(&self, desk: &DeskId, take: Take) -> Result<Taken, Outage> {
        let (limits, lifetime) = (self.stage.application.limits, self.stage.application.links.lifetime);
        let store = Store { actor: self, desk, asks_about: None };
        store.change(|desk| desk.take(take, &limits, lifetime, self.now())).await
    }

    /// As [`LinkRecords::read`].
    async fn record(&self, desk: &DeskId, link: &LinkId) -> Result<Option<LinkRecord>, Outage> {
        self.stage.fault.set(Fault::None);
        let record = Desks::record(&self.stage.memory, desk, link).await;
        self.heard(record, Option::hash)
    }

    async fn revoke(&self, desk: &DeskId, revoke: &Revoke) -> Result<Revoked, Outage> {
        self.stage.memory.revoke(desk, revoke).await
    }

    /// The commit is a process of its own: it goes on though this one is gone. The message takes its time: the
    /// commit's first step is as late as the explorer likes.
    async fn commit(&self, desk: &DeskId, commit: CommitLink, _: Option<Change>) -> Result<Committed, Outage> {
        if let Some((link, password)) = self.about {
            let hash = commit.hash.expose().to_owned();
            self.stage.notebook.hashes.borrow_mut().push((hash, link, password));
        }
        // What a confirm does after this depends on the answer, its link and its password alone; so with the next one.
        self.slot.forget("waits for the desk");
        let spawned = Spawned { who: self.name.who, desk: desk.clone(), commit };
        self.stage.notebook.spawned.borrow_mut().push(spawned);
        self.slot.answer().await
    }

    async fn count(&self, _: &DeskId, _: &LinkId) -> Result<Taken, Outage> {
        Err(Outage)
    }

    async fn repeat(&self, desk: &DeskId, question: RepeatQuestion) -> Result<RepeatAnswer, Outage> {
        self.slot.forget("asks whether it was itself");
        let store = Store { actor: self, desk, asks_about: self.about.map(|(link, _)| link) };
        let answer = commit::repeat(&self.stage.application, self, &store, question).await;
        if let (Some((link, _)), Ok(RepeatAnswer::Verify)) = (self.about, answer) {
            self.stage.notebook.repeated.borrow_mut()[link] += 1;
        }
        answer
    }
}

impl Mailer for Actor {
    async fn send(&self, message: &Message) -> Result<(), MailFailure> {
        self.turn("mailer.send").await;
        let sent = self.stage.memory.send(message).await;
        self.slot.heard(&sent.is_ok());
        sent
    }
}

impl Events for Actor {
    async fn record(&self, event: &Event) -> Result<(), Outage> {
        self.turn("events.record").await;
        let kept = Events::record(&self.stage.memory, event).await;
        self.heard(kept, |(), _| ())
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
            // A confirm first looks at the clock to see where in its life the link is.
            Some((link, _)) => self.slot.heard(&self.stage.life_of(link, now)),
            None => self.slot.heard(&now),
        }
        now
    }
}

impl Entropy for Actor {
    /// Different for every process and every draw, whatever the order of the processes.
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
    type Desks = Self;
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
    fn desks(&self) -> &Self {
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

/// A desk's storage, as one process sees it.
pub struct Store<'a> {
    /// The process.
    pub actor: &'a Actor,
    /// The desk.
    pub desk: &'a DeskId,
    /// The link whose repeat question is asked.
    pub asks_about: Option<usize>,
}

impl DeskStore for Store<'_> {
    async fn change<R>(&self, change: impl FnOnce(&mut Desk) -> R) -> Result<R, Outage> {
        let fault = self.actor.turn("desk.change").await;
        if let (Some(link), Fault::After) = (self.asks_about, fault) {
            self.actor.stage.notebook.repeated.borrow_mut()[link] += 1;
        }
        // What a step answers is a function of the state that it met. Some answers show in what the process does next:
        // the call that it makes, or that it ends.
        let answer = std::any::type_name::<R>();
        let shows = ["()", "ClaimOutcome", "Committed", "RepeatAnswer"].iter().any(|shown| answer.ends_with(shown));
        let mut hasher = DefaultHasher::new();
        if !shows {
            self.actor.stage.memory.with_desk(self.desk, |desk| desk.hash(&mut hasher));
        }
        let changed = self.actor.stage.memory.desk_store(self.desk).change(change).await;
        self.actor.heard(changed, |_, answer| hasher.finish().hash(answer))
    }

    async fn rearm(&self) -> Result<(), Outage> {
        self.actor.turn("desk.rearm").await;
        let armed = self.actor.stage.memory.desk_store(self.desk).rearm().await;
        self.actor.heard(armed, |(), _| ())
    }
}

/// An intake's storage, as one process sees it.
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

    async fn begin(&self, now: Moment, most: usize) -> Result<Vec<Entry<RequestJob>>, Outage> {
        self.actor.turn("intake.begin").await;
        let begun = self.actor.stage.memory.intake_store(self.name).begin(now, most).await;
        self.actor.heard(begun, |rows, hasher| {
            for entry in rows {
                (&entry.id, entry.attempts, entry.due).hash(hasher);
            }
        })
    }

    async fn forget(&self, identifier: &Identifier) -> Result<(), Outage> {
        self.actor.stage.memory.intake_store(self.name).forget(identifier).await
    }

    async fn done(&self, id: &str) -> Result<(), Outage> {
        self.actor.turn("intake.done").await;
        let done = self.actor.stage.memory.intake_store(self.name).done(id).await;
        self.actor.heard(done, |(), _| ())
    }

    async fn rearm(&self) -> Result<(), Outage> {
        self.actor.turn("intake.rearm").await;
        let armed = self.actor.stage.memory.intake_store(self.name).rearm().await;
        self.actor.heard(armed, |(), _| ())
    }
}
