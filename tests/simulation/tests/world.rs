//! One run: its environment, its processes, and the choices of what happens next.

use std::cell::Cell;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash as _, Hasher as _};
use std::rc::Rc;
use std::time::Duration;

use relatch_domain::claims::{Commit, FollowUp, LEASE, ObjectState as _, WRITE_DEADLINE};
use relatch_domain::jobs::{ObjectService, lookup};
use relatch_domain::mailbox::{Job, Mailbox};
use relatch_domain::ports::Outage;
use relatch_domain::values::account::{Account, Fingerprint};
use relatch_domain::values::link::LinkId;
use relatch_domain::values::object_id::MailboxId;
use relatch_domain::values::time::Moment;
use relatch_memory::Fault;

use crate::laws::{self, Violation};
use crate::platform::{IntakeRows, MailboxStore, ProcessPlatform};
use crate::process::{Activity, Alarm, ConfirmOutcome, Name, Process};
use crate::setup::{AccountChange, Alarms, Environment, Laws, Setup, Wait, confirm};
use crate::{delivered, used};

/// A choice of what happens next.
#[derive(Clone, Debug)]
pub enum Choice {
    /// A confirm begins.
    Start(usize),
    /// A process makes its next call, with a fault.
    Proceed(usize, Fault),
    /// A confirm that waits for its commit gets no reply.
    GiveUp(usize),
    /// A message to a mailbox arrives twice.
    Duplicate(usize),
    /// An alarm crashes.
    Crash(usize),
    /// A late write is applied.
    ApplyLateWrite(usize),
    /// Time passes.
    Wait(Wait),
    /// An alarm fires.
    Fire(Alarm),
    /// The application changes the account.
    Change(usize),
    /// All running processes crash, and faults cease.
    End(End),
}

/// The first step after faults have ceased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A confirm is sent, after a lease.
    Confirmed,
    /// The alarms fire.
    Alarms,
}

/// A password that a link has set.
#[derive(Clone, Debug)]
pub struct Write {
    /// The link.
    pub link: usize,
    /// The password.
    pub password: &'static str,
    /// Its hash.
    pub hash: String,
    /// The time.
    pub at: Moment,
}

/// One run.
pub struct World {
    /// The state shared by all runs of the scenario.
    pub setup: Rc<Setup>,
    /// The environment.
    pub environment: Rc<Environment>,
    /// The processes, in the order in which they began.
    pub processes: Vec<Process>,
    /// The writes so far.
    pub writes: Vec<Write>,
    /// Whether the run has ended.
    pub has_ended: bool,
    /// Whether the application has made each of its changes.
    pub changed: Vec<bool>,
    /// The fingerprint of the account when the first mail was sent.
    pub first_mailed: Option<Fingerprint>,
    messages: Vec<Option<(MailboxId, Commit<LinkId>)>>,
    faults: u8,
    waits: u8,
    alarms_fired: u8,
}

impl World {
    /// Returns a run at its beginning.
    pub fn new(setup: &Rc<Setup>) -> Self {
        let changed = vec![false; setup.scenario.account_changes.len()];
        let (faults, waits) = (setup.scenario.faults, setup.scenario.max_waits);
        let (processes, messages, writes) = (Vec::new(), Vec::new(), Vec::new());
        let mut world = Self {
            setup: Rc::clone(setup),
            environment: setup.start(),
            processes,
            writes,
            changed,
            first_mailed: None,
            messages,
            faults,
            waits,
            alarms_fired: 0,
            has_ended: false,
        };
        if let crate::setup::Begins::Used(password) = setup.scenario.begins {
            world.note_writes(|_, _| (0, password)).expect("no law is violated at the beginning");
        }
        for &(who, link, password) in setup.scenario.confirms {
            let platform = ProcessPlatform::new(
                &world.environment,
                Name { who, activity: Activity::Confirm },
                Some((link, password)),
            );
            let token = setup.links[link].token.clone();
            world.add(platform, move |platform| async move {
                confirm(Rc::clone(&platform.environment.application), &platform, token, password)
                    .await
            });
        }
        world
    }

    /// Returns the account.
    pub fn account(&self) -> Account {
        self.environment.memory.account_now(&self.setup.account.id).expect("the account is there")
    }

    /// Returns the time.
    pub fn now(&self) -> Moment {
        self.environment.memory.time()
    }

    /// Returns everything that may happen next, always in the same order.
    pub fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        let scenario = &self.setup.scenario;
        let may_fail = self.faults > 0;
        let running = self.processes.iter().filter(|process| is_running(process)).count();
        for (place, process) in self.processes.iter().enumerate() {
            if self.has_twin_before(place) {
                continue;
            }
            if let Some(verb) = process.pending() {
                choices.push(Choice::Proceed(place, Fault::None));
                if may_fail {
                    choices
                        .extend(faults_of(verb).iter().map(|&fault| Choice::Proceed(place, fault)));
                }
            } else if process.is_waiting() {
                if may_fail {
                    choices.push(Choice::GiveUp(place));
                }
            } else if process.is_alive() && running < scenario.max_concurrent {
                choices.push(Choice::Start(place));
            }
            if may_fail && scenario.duplicates && self.messages[place].is_some() {
                choices.push(Choice::Duplicate(place));
            }
            if may_fail && process.is_alive() && process.alarm.is_some() {
                choices.push(Choice::Crash(place));
            }
        }
        choices.extend((0..self.environment.memory.late_writes()).map(Choice::ApplyLateWrite));
        choices.extend(self.due_alarms().into_iter().map(Choice::Fire));
        if self.waits > 0 {
            let later = |wait: &&Wait| self.until(**wait).is_some_and(|then| then > self.now());
            choices.extend(scenario.waits.iter().filter(later).map(|&wait| Choice::Wait(wait)));
        }
        let unchanged = self.changed.iter().enumerate().filter(|(_, changed)| !**changed);
        choices.extend(unchanged.map(|(place, _)| Choice::Change(place)));
        choices
    }

    /// Returns the ways in which the run may end.
    pub fn ends(&self) -> &'static [Choice] {
        match self.setup.scenario.laws {
            Laws::OfUse => &[Choice::End(End::Alarms), Choice::End(End::Confirmed)],
            Laws::OfDelivery => &[Choice::End(End::Alarms)],
        }
    }

    /// Carries out a choice.
    ///
    /// # Errors
    ///
    /// The law that it violates.
    pub fn take(&mut self, choice: &Choice) -> Result<(), Violation> {
        match choice {
            Choice::Start(place) => self.step(*place, &mut Process::poll)?,
            Choice::Proceed(place, fault) => {
                self.faults -= u8::from(*fault != Fault::None);
                self.messages[*place] = None;
                self.step(*place, &mut |process| process.proceed(*fault))?;
            }
            Choice::GiveUp(place) => {
                self.faults -= 1;
                self.step(*place, &mut |process| process.reply(Err(Outage)))?;
            }
            Choice::Duplicate(place) => {
                self.faults -= 1;
                let (mailbox, commit) =
                    self.messages[*place].take().expect("the message has not arrived yet");
                let who = self.processes[*place].name.who;
                self.add_commit(Name { who, activity: Activity::Commit(1) }, mailbox, commit);
            }
            Choice::Crash(place) => {
                self.faults -= 1;
                self.processes[*place].crash();
                self.end_alarm(*place);
            }
            Choice::ApplyLateWrite(place) => {
                assert!(
                    self.environment.memory.apply_late_write_at(*place),
                    "there is such a write"
                );
            }
            Choice::Wait(wait) => {
                self.waits -= 1;
                let now = self.until(*wait).expect("the time is known");
                self.environment.memory.set_clock(now);
            }
            Choice::Fire(alarm) => self.fire(alarm),
            Choice::Change(place) => {
                self.changed[*place] = true;
                self.setup
                    .change(&self.environment.memory, self.setup.scenario.account_changes[*place]);
            }
            Choice::End(end) => {
                self.has_ended = true;
                for place in 0..self.processes.len() {
                    if self.processes[place].is_alive() {
                        self.processes[place].crash();
                        self.end_alarm(place);
                    }
                }
                return match self.setup.scenario.laws {
                    Laws::OfUse => used::end(self, *end),
                    Laws::OfDelivery => delivered::end(self),
                };
            }
        }
        self.note_writes(Self::origin)?;
        if self.first_mailed.is_none() && self.environment.memory.count_mails() > 0 {
            self.first_mailed = Some(self.account().fingerprint(&self.environment.application.id));
        }
        laws::always(self)
    }

    /// Returns two hashes: of everything that decides the outcome if the run ends here, and of
    /// everything that decides what may happen from here.
    pub fn hash(&self) -> (u64, u64) {
        let mut hasher = DefaultHasher::new();
        self.environment.memory.hash_into(&mut hasher);
        self.changed.hash(&mut hasher);
        self.first_mailed.hash(&mut hasher);
        (&*self.environment.log.verified.borrow(), &*self.environment.log.replay_checks.borrow())
            .hash(&mut hasher);
        self.writes.iter().for_each(|write| write.at.hash(&mut hasher));
        for process in &self.processes {
            match process.outcome {
                Some(
                    outcome @ (ConfirmOutcome::Success
                    | ConfirmOutcome::Used
                    | ConfirmOutcome::Expired),
                ) => {
                    (process.name, outcome).hash(&mut hasher);
                }
                None if process.is_alive() && process.alarm.is_some() => {
                    process.name.activity.hash(&mut hasher);
                }
                None | Some(_) => {}
            }
        }
        let end = hasher.finish();
        (self.faults, self.waits).hash(&mut hasher);
        // The order in which processes began makes no difference.
        let sum = self.processes.iter().zip(&self.messages).map(|(process, message)| {
            process.hash().wrapping_mul(if message.is_some() { 3 } else { 1 })
        });
        sum.fold(0_u64, u64::wrapping_add).hash(&mut hasher);
        (end, hasher.finish())
    }

    /// Returns whether an earlier confirm is in the same state. Only the first of them is explored.
    fn has_twin_before(&self, place: usize) -> bool {
        let one = &self.processes[place];
        let alike =
            |other: &Process| other.is_alive() && one.is_alive() && other.state() == one.state();
        one.name.activity == Activity::Confirm && self.processes[..place].iter().any(alike)
    }

    fn add<F: Future<Output = ConfirmOutcome> + 'static>(
        &mut self,
        platform: ProcessPlatform,
        run: impl FnOnce(ProcessPlatform) -> F,
    ) -> usize {
        let (name, channel) = (platform.name, Rc::clone(&platform.channel));
        self.processes.push(Process::new(name, channel, run(platform)));
        self.messages.push(None);
        self.processes.len() - 1
    }

    fn add_commit(&mut self, name: Name, mailbox: MailboxId, commit: Commit<LinkId>) -> usize {
        let platform = ProcessPlatform::new(&self.environment, name, None);
        let committed: Rc<Cell<_>> = Rc::default();
        let sender = Rc::clone(&committed);
        let place = self.add(platform, move |platform| async move {
            let store = &MailboxStore { platform: &platform, mailbox: &mailbox, checks: None };
            let object = ObjectService { service: platform.service(), store };
            sender.set(Some(object.commit(&commit, None).await));
            ConfirmOutcome::Nothing
        });
        self.processes[place].committed = committed;
        self.processes[place].poll();
        place
    }

    /// Runs a process to its next call, and the processes that it starts or replies to.
    fn step(&mut self, place: usize, run: &mut dyn FnMut(&mut Process)) -> Result<(), Violation> {
        let before = self.processes[place].outcome;
        run(&mut self.processes[place]);
        if let (None, Some(outcome)) = (before, self.processes[place].outcome) {
            self.note_writes(Self::origin)?;
            laws::confirmed(self, place, outcome)?;
            self.end_alarm(place);
        }
        let spawned = std::mem::take(&mut *self.environment.log.spawned.borrow_mut());
        for message in spawned {
            let name = Name { who: message.who, activity: Activity::Commit(0) };
            let commit = self.add_commit(name, message.mailbox.clone(), message.commit.clone());
            self.processes[commit].caller = Some(place);
            self.messages[commit] = Some((message.mailbox, message.commit));
        }
        let committed = self.processes[place].committed.take().zip(self.processes[place].caller);
        match committed {
            Some((outcome, caller)) if self.processes[caller].is_waiting() => {
                self.step(caller, &mut |process| process.reply(Ok(outcome)))
            }
            _ => Ok(()),
        }
    }

    /// Returns the time after a wait, or `None` if there is nothing to wait for.
    fn until(&self, wait: Wait) -> Option<Moment> {
        match wait {
            Wait::Seconds(seconds) => Some(self.now().after(Duration::from_secs(seconds))),
            // An alarm ends before the next attempt at a job is due, because of the time-outs of
            // its steps.
            Wait::NextAlarm
                if self
                    .processes
                    .iter()
                    .any(|process| process.is_alive() && process.alarm.is_some()) =>
            {
                None
            }
            Wait::NextAlarm => self.environment.memory.next_alarm(),
            Wait::LeaseEnd => self.leases().filter(|end| *end > self.now()).min(),
            Wait::Deadline => {
                let deadlines = self.leases().map(|end| end.before(LEASE).after(WRITE_DEADLINE));
                deadlines.filter(|deadline| *deadline > self.now()).min()
            }
        }
    }

    /// Returns when the leases of pending claims end, which is when their settle jobs are due.
    fn leases(&self) -> impl Iterator<Item = Moment> {
        (0..self.setup.links.len()).filter_map(|link| self.lease(link))
    }

    fn lease(&self, link: usize) -> Option<Moment> {
        let wanted = &self.setup.links[link].link;
        let settles = |job: &Job| match job {
            Job::FollowUp(FollowUp::Settle { permit, .. }) => *permit == wanted.id,
            _ => false,
        };
        let due = |mailbox: &Mailbox| {
            mailbox.claims().jobs().find(|entry| settles(&entry.job)).map(|entry| entry.due)
        };
        self.environment.memory.with_mailbox(&wanted.mailbox, due).flatten()
    }

    /// Returns the alarms that may fire: they are due, and no alarm of the same object is running.
    fn due_alarms(&self) -> Vec<Alarm> {
        let memory = &self.environment.memory;
        let due: Vec<Alarm> = match self.setup.scenario.alarms {
            Alarms::All => {
                let mailboxes = memory.mailboxes_due().into_iter().map(Alarm::Mailbox);
                mailboxes.chain(memory.intakes_due().into_iter().map(Alarm::Intake)).collect()
            }
            Alarms::Settling => (0..self.setup.links.len())
                .filter(|&link| self.is_to_settle(link))
                .map(Alarm::Settle)
                .collect(),
        };
        let may_fire = |alarm: &Alarm| {
            !self
                .processes
                .iter()
                .any(|process| process.is_alive() && process.alarm.as_ref() == Some(alarm))
        };
        due.into_iter().filter(may_fire).collect()
    }

    /// Returns whether the job that settles the claims of a link is due.
    fn is_to_settle(&self, link: usize) -> bool {
        self.lease(link).is_some_and(|end| end <= self.now())
    }

    fn fire(&mut self, alarm: &Alarm) {
        self.alarms_fired += 1;
        let (memory, number) = (&self.environment.memory, self.alarms_fired);
        let place = match alarm.clone() {
            Alarm::Mailbox(mailbox) => {
                memory.fire_mailbox_alarm(&mailbox);
                let name = Name { who: "the mailbox's alarm", activity: Activity::MailboxAlarm };
                self.add(
                    ProcessPlatform::new(&self.environment, name, None),
                    move |platform| async move {
                        let store =
                            &MailboxStore { platform: &platform, mailbox: &mailbox, checks: None };
                        let object = ObjectService { service: platform.service(), store };
                        alarm_outcome(object.run_mailbox_alarm(&mailbox).await)
                    },
                )
            }
            // Only what the mailbox's alarm does with this job.
            Alarm::Settle(link) => {
                let mailbox = self.setup.links[link].link.mailbox.clone();
                let (id, account) =
                    (self.setup.links[link].link.id.clone(), self.setup.account.id.clone());
                let name = Name { who: "the settle job", activity: Activity::Settle(link) };
                self.add(
                    ProcessPlatform::new(&self.environment, name, None),
                    move |platform| async move {
                        let store =
                            &MailboxStore { platform: &platform, mailbox: &mailbox, checks: None };
                        let object = ObjectService { service: platform.service(), store };
                        let _attempted_again = object.settle(&id, &account).await;
                        ConfirmOutcome::Nothing
                    },
                )
            }
            Alarm::Intake(intake) => {
                memory.fire_intake_alarm(&intake);
                let name =
                    Name { who: "the intake's alarm", activity: Activity::IntakeAlarm(number) };
                self.add(
                    ProcessPlatform::new(&self.environment, name, None),
                    move |platform| async move {
                        let rows = IntakeRows { platform: &platform, name: &intake };
                        alarm_outcome(lookup::run(platform.service(), &rows).await)
                    },
                )
            }
        };
        self.processes[place].alarm = Some(alarm.clone());
        self.processes[place].poll();
    }

    /// Sets the alarm again after it crashed or failed, unless it has set another one.
    fn end_alarm(&self, place: usize) {
        if self.processes[place].outcome == Some(ConfirmOutcome::Nothing) {
            return;
        }
        match &self.processes[place].alarm {
            Some(Alarm::Mailbox(mailbox)) => self.environment.memory.retry_mailbox_alarm(mailbox),
            Some(Alarm::Intake(intake)) => self.environment.memory.retry_intake_alarm(intake),
            Some(Alarm::Settle(_)) | None => {}
        }
    }

    /// Records the writes since the last call.
    pub fn note_writes(
        &mut self,
        origin: impl Fn(&Self, &str) -> (usize, &'static str),
    ) -> Result<(), Violation> {
        if self.environment.memory.count_passwords_set() == self.writes.len() {
            return Ok(());
        }
        for (_, hash) in self.environment.memory.passwords_set().into_iter().skip(self.writes.len())
        {
            let hash = hash.expose().to_owned();
            let (link, password) = origin(self, &hash);
            self.writes.push(Write { link, password, hash, at: self.now() });
            laws::written(self)?;
        }
        Ok(())
    }

    fn origin(&self, hash: &str) -> (usize, &'static str) {
        let hashes = self.environment.log.hashes.borrow();
        let known = hashes.iter().find(|(known, _, _)| known == hash);
        known
            .map(|(_, link, password)| (*link, *password))
            .expect("every write comes from a confirm")
    }
}

fn alarm_outcome(ran: Result<(), Outage>) -> ConfirmOutcome {
    if ran.is_ok() { ConfirmOutcome::Nothing } else { ConfirmOutcome::Unavailable }
}

fn is_running(process: &Process) -> bool {
    process.name.activity == Activity::Confirm
        && process.is_alive()
        && (process.pending().is_some() || process.is_waiting())
}

/// Returns the faults of a call that make a difference. A read whose reply is lost is a read that
/// failed.
fn faults_of(verb: &str) -> &'static [Fault] {
    match verb {
        "directory.set_password" => &[Fault::Before, Fault::After, Fault::Late, Fault::Twice],
        "mailbox.change" | "mailer.send" | "events.record" | "intake.begin" | "intake.finish" => {
            &[Fault::Before, Fault::After]
        }
        _ => &[Fault::Before],
    }
}

/// One step of a run, as text.
pub struct Line<'a>(pub &'a World, pub &'a Choice);

impl fmt::Display for Line<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(world, choice) = self;
        let name = |place: &usize| world.processes[*place].name;
        match choice {
            Choice::Start(place) => write!(formatter, "{} begins", name(place)),
            Choice::Proceed(place, fault) => {
                let verb = world.processes[*place].pending().unwrap_or_default();
                let ends = match fault {
                    Fault::None => "",
                    Fault::Before => ", which fails",
                    Fault::After => ", which succeeds, but the reply is lost",
                    Fault::Late => ", which fails and takes effect later",
                    Fault::Twice => ", which takes effect twice",
                };
                write!(formatter, "{}: {verb}{ends}", name(place))
            }
            Choice::GiveUp(place) => {
                write!(formatter, "{} gets no reply to its commit", name(place))
            }
            Choice::Duplicate(place) => {
                write!(formatter, "the message of {} arrives twice", name(place))
            }
            Choice::Crash(place) => write!(formatter, "{} crashes", name(place)),
            Choice::ApplyLateWrite(place) => write!(formatter, "late write {place} is applied"),
            Choice::Wait(Wait::Seconds(seconds)) => write!(formatter, "{seconds} seconds pass"),
            Choice::Wait(Wait::Deadline) => {
                write!(formatter, "time passes until the deadline of a write")
            }
            Choice::Wait(Wait::LeaseEnd) => write!(formatter, "time passes until a lease ends"),
            Choice::Wait(Wait::NextAlarm) => write!(formatter, "time passes until the next alarm"),
            Choice::Fire(Alarm::Mailbox(_)) => write!(formatter, "a mailbox's alarm fires"),
            Choice::Fire(Alarm::Settle(link)) => {
                write!(formatter, "the job that settles the claims of link {link} begins")
            }
            Choice::Fire(Alarm::Intake(_)) => write!(formatter, "an intake's alarm fires"),
            Choice::Change(place) => {
                write!(
                    formatter,
                    "the application: {}",
                    of(world.setup.scenario.account_changes[*place])
                )
            }
            Choice::End(End::Confirmed) => {
                write!(
                    formatter,
                    "all processes crash, faults cease, a confirm is sent after a lease"
                )
            }
            Choice::End(End::Alarms) => {
                write!(formatter, "all processes crash, faults cease, the alarms fire")
            }
        }
    }
}

const fn of(account_changes: AccountChange) -> &'static str {
    match account_changes {
        AccountChange::Password => "the owner changes the password",
        AccountChange::Email => "the owner changes the address",
        AccountChange::Disabled => "the account is disabled",
    }
}
