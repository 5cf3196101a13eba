//! Processes: futures that stop before every call of a port, until the explorer lets the call
//! proceed and chooses its fault. A process that is never polled again has crashed.

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

/// The name of a process in reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The person or object whose process it is.
    pub who: &'static str,
    /// The activity of the process.
    pub activity: Activity,
}

/// The activity of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activity {
    /// Sends a confirm.
    Confirm,
    /// Runs the commit of a confirm. A message that arrives twice runs two.
    Commit(u8),
    /// Runs the alarm of a mailbox.
    MailboxAlarm,
    /// Runs the alarm of an intake.
    IntakeAlarm(u8),
    /// Runs the job that settles the claims of a link.
    Settle(usize),
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.activity {
            Activity::Confirm => write!(formatter, "{}'s confirm", self.who),
            Activity::Commit(0) => write!(formatter, "{}'s commit", self.who),
            Activity::Commit(_) => write!(formatter, "{}'s commit, delivered again", self.who),
            Activity::MailboxAlarm | Activity::IntakeAlarm(_) | Activity::Settle(_) => {
                write!(formatter, "{}", self.who)
            }
        }
    }
}

/// The channel between a process and the explorer.
#[derive(Default)]
pub struct StepChannel {
    pending: Cell<Option<&'static str>>,
    grant: Cell<Option<Fault>>,
    history: Cell<u64>,
    waiting: Cell<bool>,
    reply: Cell<Option<Result<CommitOutcome, Outage>>>,
}

impl StepChannel {
    /// Waits until the explorer lets a call proceed, and returns its fault.
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
    pub async fn committed(&self) -> Result<CommitOutcome, Outage> {
        self.waiting.set(true);
        let outcome = poll_fn(|_| self.reply.take().map_or(Poll::Pending, Poll::Ready)).await;
        self.waiting.set(false);
        self.learn(&format_args!("{outcome:?}").to_string());
        outcome
    }

    /// Returns whether the process has learned nothing yet.
    pub fn is_new(&self) -> bool {
        self.history.get() == 0
    }

    /// Forgets what the process has learned, at a place from which it does not depend on that.
    pub fn forget(&self, place: &'static str) {
        self.history.set(0);
        self.learn(place);
    }

    /// Adds a reply to what the process has learned. Its further steps depend on nothing else.
    pub fn learn(&self, reply: &(impl Hash + ?Sized)) {
        let mut hasher = DefaultHasher::new();
        self.history.get().hash(&mut hasher);
        reply.hash(&mut hasher);
        self.history.set(hasher.finish());
    }
}

/// The end of a process, as its caller sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfirmOutcome {
    /// The password was set.
    Success,
    /// The link is busy: not final.
    Busy,
    /// The link is used: final.
    Used,
    /// The link has expired: final.
    Expired,
    /// Another error that is not final.
    Unavailable,
    /// The process has no caller.
    Nothing,
}

/// One process.
pub struct Process {
    /// Its name.
    pub name: Name,
    /// The channel to the explorer.
    pub channel: Rc<StepChannel>,
    /// The process that waits for its outcome.
    pub caller: Option<usize>,
    /// The alarm that it runs. An object has only one at a time.
    pub alarm: Option<Alarm>,
    /// The outcome, or `None` if the process is running or has crashed.
    pub outcome: Option<ConfirmOutcome>,
    future: Option<Pin<Box<dyn Future<Output = ConfirmOutcome>>>>,
    /// The outcome of a commit, for its caller.
    pub committed: Rc<Cell<Option<CommitOutcome>>>,
}

/// The alarm of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// The alarm of a mailbox.
    Mailbox(MailboxId),
    /// The alarm of an intake.
    Intake(String),
    /// Only that part of a mailbox's alarm that settles the claims of one link.
    Settle(usize),
}

impl Process {
    /// Returns a process that has not begun.
    pub fn new(
        name: Name,
        channel: Rc<StepChannel>,
        future: impl Future<Output = ConfirmOutcome> + 'static,
    ) -> Self {
        Self {
            name,
            channel,
            caller: None,
            alarm: None,
            outcome: None,
            future: Some(Box::pin(future)),
            committed: Rc::default(),
        }
    }

    /// Returns the call that it waits to make.
    pub fn pending(&self) -> Option<&'static str> {
        self.future.as_ref().and_then(|_| self.channel.pending.get())
    }

    /// Returns whether it waits for the outcome of a commit.
    pub fn is_waiting(&self) -> bool {
        self.future.is_some() && self.channel.waiting.get()
    }

    /// Returns whether it has neither ended nor crashed.
    pub fn is_alive(&self) -> bool {
        self.future.is_some()
    }

    /// Crashes it.
    pub fn crash(&mut self) {
        self.future = None;
    }

    /// Lets its call proceed with a fault.
    pub fn proceed(&mut self, fault: Fault) {
        self.channel.pending.set(None);
        self.channel.grant.set(Some(fault));
        self.poll();
    }

    /// Passes it the outcome of the commit that it waits for.
    pub fn reply(&mut self, outcome: Result<CommitOutcome, Outage>) {
        self.channel.reply.set(Some(outcome));
        self.poll();
    }

    /// Runs it to its next call.
    pub fn poll(&mut self) {
        let Some(future) = &mut self.future else { return };
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            self.outcome = Some(outcome);
            self.future = None;
        }
    }

    /// Returns everything that decides its next steps while it is alive.
    pub fn state(&self) -> (Name, u64, Option<&'static str>, bool) {
        (
            self.name,
            self.channel.history.get(),
            self.channel.pending.get(),
            self.channel.waiting.get(),
        )
    }

    /// Hashes what the rest of the run depends on. A process that has ended counts only if its
    /// outcome is final.
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self.outcome {
            None if self.is_alive() => self.state().hash(&mut hasher),
            _ if self.alarm.is_some() => return 0,
            None
            | Some(ConfirmOutcome::Nothing | ConfirmOutcome::Busy | ConfirmOutcome::Unavailable) => {
                return 0;
            }
            Some(outcome) => (self.name, outcome).hash(&mut hasher),
        }
        hasher.finish()
    }
}

/// Runs a future to its end that waits for nothing.
pub fn run_to_end<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future waits"),
    }
}

/// A record of one run, for reports and laws.
#[derive(Default)]
pub struct RunLog {
    /// Commits to be started after this step.
    pub spawned: RefCell<Vec<Spawned>>,
    /// The number of passwords that the directory verified, by link.
    pub verified: RefCell<Vec<u8>>,
    /// An upper bound of the replay checks that were counted, by link.
    pub replay_checks: RefCell<Vec<u8>>,
    /// The hashes of new passwords, each with the link and the password.
    pub hashes: RefCell<Vec<(String, usize, &'static str)>>,
}

/// A commit that was sent to a mailbox.
pub struct Spawned {
    /// The person whose confirm it is.
    pub who: &'static str,
    /// The mailbox.
    pub mailbox: MailboxId,
    /// The commit.
    pub commit: Commit<LinkId>,
}
