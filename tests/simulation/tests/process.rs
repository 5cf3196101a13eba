//! A process: a future that is polled by hand and stops before every call of a port, until the explorer lets the call
//! go and says what goes wrong with it. A process that is never let go again has crashed.

use std::cell::{Cell, RefCell};
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::future::{Future, poll_fn};
use std::hash::{Hash, Hasher as _};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use relatch_domain::claims::{Commit, CommitOutcome};
use relatch_domain::ports::Outage;
use relatch_domain::values::link::LinkId;
use relatch_domain::values::object_id::MailboxId;
use relatch_memory::Fault;

/// Who a process is, in a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// Whose doing it is.
    pub who: &'static str,
    /// What it does.
    pub what: What,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Asks for a new password.
    Confirm,
    /// Runs the commit of a confirm. A message that arrives twice runs two.
    Commit(u8),
    /// Runs the alarm of a mailbox.
    MailboxAlarm,
    /// An intake's alarm.
    IntakeAlarm(u8),
    /// The job that settles a link's claims.
    Settle(usize),
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Confirm => write!(formatter, "{}'s confirm", self.who),
            What::Commit(0) => write!(formatter, "{}'s commit", self.who),
            What::Commit(_) => write!(formatter, "{}'s commit, delivered again", self.who),
            What::MailboxAlarm | What::IntakeAlarm(_) | What::Settle(_) => write!(formatter, "{}", self.who),
        }
    }
}

/// What a process and the explorer tell each other.
#[derive(Default)]
pub struct Slot {
    pending: Cell<Option<&'static str>>,
    grant: Cell<Option<Fault>>,
    history: Cell<u64>,
    waiting: Cell<bool>,
    reply: Cell<Option<Result<CommitOutcome, Outage>>>,
}

impl Slot {
    /// Stops before a call until it is let go. Gives what goes wrong with it.
    pub async fn turn(&self, verb: &'static str) -> Fault {
        poll_fn(|_| {
            if let Some(fault) = self.grant.take() {
                return Poll::Ready(fault);
            }
            self.pending.set(Some(verb));
            Poll::Pending
        })
        .await
    }

    /// Waits for the outcome of the commit.
    pub async fn answer(&self) -> Result<CommitOutcome, Outage> {
        self.waiting.set(true);
        let answer = poll_fn(|_| self.reply.take().map_or(Poll::Pending, Poll::Ready)).await;
        self.waiting.set(false);
        self.heard(&format_args!("{answer:?}").to_string());
        answer
    }

    /// Whether the process knows nothing yet.
    pub fn is_new(&self) -> bool {
        self.history.get() == 0
    }

    /// From here on, what the process knew does not matter, but only where it is.
    pub fn forget(&self, place: &'static str) {
        self.history.set(0);
        self.heard(place);
    }

    /// Adds to what the process knows: where it goes from here is a function of nothing else.
    pub fn heard(&self, answer: &(impl Hash + ?Sized)) {
        let mut hasher = DefaultHasher::new();
        self.history.get().hash(&mut hasher);
        answer.hash(&mut hasher);
        self.history.set(hasher.finish());
    }
}

/// How a process ended, as far as somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfirmOutcome {
    /// The password is set.
    Success,
    /// Ask again.
    Busy,
    /// For good: the link is used.
    Used,
    /// For good: the link has expired.
    Expired,
    /// Something else that is not for good.
    Unavailable,
    /// Nobody is told anything.
    Nothing,
}

/// One process.
pub struct Process {
    /// Who it is.
    pub name: Name,
    /// Its half of the conversation.
    pub slot: Rc<Slot>,
    /// Who waits for its answer.
    pub caller: Option<usize>,
    /// The alarm that it runs. An object has only one at a time.
    pub alarm: Option<Alarm>,
    /// How it ended.
    pub told: Option<ConfirmOutcome>,
    future: Option<Pin<Box<dyn Future<Output = ConfirmOutcome>>>>,
    /// The outcome of a commit, for its caller.
    pub answer: Rc<Cell<Option<CommitOutcome>>>,
}

/// An object's alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// A mailbox's.
    Mailbox(MailboxId),
    /// An intake's.
    Intake(String),
    /// A mailbox's, as far as it settles the claims of one link.
    Settle(usize),
}

impl Process {
    /// A process that has not begun.
    pub fn new(name: Name, slot: Rc<Slot>, future: impl Future<Output = ConfirmOutcome> + 'static) -> Self {
        Self {
            name,
            slot,
            caller: None,
            alarm: None,
            told: None,
            future: Some(Box::pin(future)),
            answer: Rc::default(),
        }
    }

    /// The call that it is about to make.
    pub fn pending(&self) -> Option<&'static str> {
        self.future.as_ref().and_then(|_| self.slot.pending.get())
    }

    /// Returns whether it waits for the outcome of a commit.
    pub fn is_waiting(&self) -> bool {
        self.future.is_some() && self.slot.waiting.get()
    }

    /// Whether it is still there.
    pub fn is_alive(&self) -> bool {
        self.future.is_some()
    }

    /// It is no more.
    pub fn crash(&mut self) {
        self.future = None;
    }

    /// Lets its call go.
    pub fn go(&mut self, fault: Fault) {
        self.slot.pending.set(None);
        self.slot.grant.set(Some(fault));
        self.poll();
    }

    /// Gives it the answer that it waits for.
    pub fn reply(&mut self, answer: Result<CommitOutcome, Outage>) {
        self.slot.reply.set(Some(answer));
        self.poll();
    }

    /// Lets it run up to its next call.
    pub fn poll(&mut self) {
        let Some(future) = &mut self.future else { return };
        if let Poll::Ready(told) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            self.told = Some(told);
            self.future = None;
        }
    }

    /// All that decides what it does next, while it is alive.
    pub fn state(&self) -> (Name, u64, Option<&'static str>, bool) {
        (self.name, self.slot.history.get(), self.slot.pending.get(), self.slot.waiting.get())
    }

    /// All of it that matters from here. One that is over, and told nobody anything, does not.
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self.told {
            None if self.is_alive() => self.state().hash(&mut hasher),
            _ if self.alarm.is_some() => return 0,
            // To have been told to ask again binds nobody to anything.
            None | Some(ConfirmOutcome::Nothing | ConfirmOutcome::Busy | ConfirmOutcome::Unavailable) => return 0,
            Some(told) => (self.name, told).hash(&mut hasher),
        }
        hasher.finish()
    }
}

/// Runs to its end what waits for nobody.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("this waits for somebody"),
    }
}

/// What happened in one world, for the story and for the laws.
#[derive(Default)]
pub struct Notebook {
    /// New processes, to be begun after this step.
    pub spawned: RefCell<Vec<Spawned>>,
    /// How often the directory was asked to verify a password, by link.
    pub verified: RefCell<Vec<u8>>,
    /// An upper bound of the replay checks that were counted, by link.
    pub replay_checks: RefCell<Vec<u8>>,
    /// What each new hash is: of which link, and of which password.
    pub hashes: RefCell<Vec<(String, usize, &'static str)>>,
}

/// A commit that was sent to a mailbox.
pub struct Spawned {
    /// Whose.
    pub who: &'static str,
    /// Where to.
    pub mailbox: MailboxId,
    /// What.
    pub commit: Commit<LinkId>,
}
