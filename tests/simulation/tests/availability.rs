//! The law of availability: an account owner who can read the mailbox can always reset.
//!
//! The scenarios of the protocol explore steps; this law needs hours. So each action here runs to
//! its end, and the explorer tries every sequence of actions: requests by a stranger, mails that
//! fail, links that are used, claimed, revoked or erased, and changes of the account. After every
//! action the owner makes a request on a copy of the state, in which nothing fails.

use std::cell::Cell;
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::future::ready;
use std::hash::{Hash as _, Hasher as _};
use std::rc::Rc;
use std::time::Duration;

use relatch_domain::application::Application;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::ports::{Capabilities, Directory as _, RequestCall};
use relatch_domain::service::Service;
use relatch_domain::use_cases::request::Requested;
use relatch_domain::use_cases::server::{ServerApi, ServerCommand, Subject};
use relatch_domain::values::account::{Account, AccountId, PasswordHash, Role};
use relatch_domain::values::identifier::Identifier;
use relatch_memory::{Fault, Memory};
use relatch_tests::in_process::{NOON, application_with};
use relatch_tests::mail::Mail;

use crate::laws::{Violation, holds};
use crate::process::run_to_end;
use crate::setup::{MAILBOX, OTHER_MAILBOX, cheap_hash, client, confirm, other_account};

pub const CAN_RESET: &str = "an account owner who can read the mailbox can always reset";

/// The time in which a request becomes a mail: the delay of the lookup and the delivery.
const DELIVERY: Duration = Duration::from_secs(10);
/// The longest time that an owner has to wait: the shortest time between two mails, and its end.
const INTERVAL: Duration = Duration::from_secs(60);
const MINUTE: Duration = Duration::from_secs(60);

/// An action of a stranger, of the owner, of a server or of the application, or a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A stranger requests a link, and it is mailed.
    Request,
    /// A stranger requests a link, and the mail server rejects the mail for good.
    RequestRejected,
    /// A stranger requests a link, and the mail server is down during the first attempt.
    RequestDelayed,
    /// A stranger requests a link, and a server revokes it before the mail is attempted.
    RequestRevoked,
    /// The owner uses the latest link that works.
    Use,
    /// The owner uses the latest link that works, and the write of the password fails.
    Claim,
    /// A server revokes the links of the account.
    Revoke,
    /// A server erases the data about the account.
    Erase,
    /// The application changes the password, or changes it back.
    ChangePassword,
    /// The application changes the address, or changes it back.
    ChangeAddress,
    /// The owner of the other account changes its password, which ends its link.
    ChangeOther,
    /// Strangers request links under many names that no account has. With a brake, mails wait for
    /// hours after it.
    Flood,
    /// Time passes.
    Wait(Duration),
}

const WINDOW: Action = Action::Wait(Duration::from_secs(30 * 60));
const LIFETIME: Action = Action::Wait(Duration::from_secs(120 * 60));

impl Action {
    const ALL: [Self; 12] = [
        Self::Request,
        Self::RequestRejected,
        Self::RequestDelayed,
        Self::RequestRevoked,
        Self::Use,
        Self::Claim,
        Self::Revoke,
        Self::Erase,
        Self::ChangePassword,
        Self::ChangeAddress,
        WINDOW,
        LIFETIME,
    ];

    /// Returns whether the action may end a link before it expires. The law holds for an account
    /// with at most [`MAX_ENDED`] such links in 24 hours.
    const fn ends_link(self) -> bool {
        matches!(
            self,
            Self::RequestRejected
                | Self::RequestRevoked
                | Self::Use
                | Self::Revoke
                | Self::Erase
                | Self::ChangePassword
                | Self::ChangeAddress
        )
    }
}

/// The lowest limits of requests.
pub const LOWEST: [(&str, &str); 2] = [("REQUESTS_PER_DAY", "1"), ("REQUESTS_PER_WINDOW", "1")];

/// The lowest brake: one request in a minute.
const BRAKE: (&str, &str) = ("BRAKE_REQUESTS_PER_MINUTE", "1");
/// The requests of a flood: as many minutes for which mails wait.
const FLOOD: u32 = 200;

/// The number of links that may end before they expire.
const MAX_ENDED: usize = 4;

/// The state after some actions.
#[derive(Clone)]
struct History {
    application: Rc<Application>,
    memory: Memory,
    actions: Vec<Action>,
    mailbox: SharedBy,
    /// The number of requests, a minute apart, after which an owner has a link that works.
    requests: u32,
}

/// Who uses the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedBy {
    /// One account.
    One,
    /// A stranger has registered another account with the address, where accounts have no user
    /// names. The mails have a link for each.
    Stranger,
}

impl History {
    fn new(mailbox: SharedBy, limits: &[(&str, &str)]) -> Self {
        let mut application = application_with(limits);
        let settings = Rc::get_mut(&mut application).expect("the application is not shared yet");
        settings.hashing = crate::setup::CHEAP;
        let memory = Memory::new(Rc::clone(&application), NOON);
        let account = Account {
            id: ada(),
            username: "ada".to_owned(),
            email: Some(MAILBOX.to_owned()),
            name: None,
            password_hash: Some(cheap_hash("the password of before")),
            role: Role::User,
            disabled: false,
            verified: true,
            locale: None,
        };
        if mailbox == SharedBy::Stranger {
            let all = memory.capabilities();
            memory.set_capabilities(Capabilities { finds_by_username: false, ..all });
            memory.put_account(Account { id: other_account(), ..account.clone() });
        }
        memory.put_account(account);
        // While mails wait, the first request does, and the second one is an exception.
        let requests = if application.brake.is_some() { 2 } else { 1 };
        Self { application, memory, actions: Vec::new(), mailbox, requests }
    }

    /// Carries out an action to its end.
    fn take(&mut self, action: Action) {
        self.actions.push(action);
        let memory = &self.memory;
        match action {
            Action::Request => self.request(),
            Action::RequestRejected => {
                memory.fail_mail(Some(MailFailure::RecipientRejected));
                self.request();
                memory.fail_mail(None);
            }
            Action::RequestDelayed => {
                memory.fail_mail(Some(MailFailure::ConnectTimeout));
                self.request();
                memory.fail_mail(None);
            }
            Action::RequestRevoked => {
                let is_enqueued = Cell::new(false);
                memory.set_gate(Some(Rc::new(move |call| {
                    let fails = is_enqueued.get() && call.verb == "directory.account";
                    is_enqueued.set(is_enqueued.get() || call.verb == "mailboxes.enqueue");
                    Box::pin(ready(if fails { Fault::Before } else { Fault::None }))
                })));
                self.request();
                memory.set_gate(None);
                self.command(ServerCommand::Revoke);
            }
            Action::Use => self.use_link(),
            Action::Claim => {
                memory.set_gate(Some(Rc::new(|call| {
                    let fails = call.verb == "directory.set_password";
                    Box::pin(ready(if fails { Fault::Before } else { Fault::None }))
                })));
                self.use_link();
                memory.set_gate(None);
            }
            Action::Revoke => self.command(ServerCommand::Revoke),
            Action::Erase => self.command(ServerCommand::Erase),
            Action::ChangePassword => self.change_password(&ada()),
            Action::ChangeOther => self.change_password(&other_account()),
            Action::Flood => {
                for number in 0..FLOOD {
                    self.submit(&format!("nobody{number}"));
                }
                run_to_end(memory.advance(DELIVERY));
            }
            Action::ChangeAddress => {
                let mut account = self.account();
                let is_first = account.email.as_deref() == Some(MAILBOX);
                account.email = Some(if is_first { OTHER_MAILBOX } else { MAILBOX }.to_owned());
                memory.put_account(account);
            }
            Action::Wait(span) => run_to_end(memory.advance(span)),
        }
    }

    fn change_password(&self, id: &AccountId) {
        let (one, other) = ("one password of the application", "another one");
        let Some(mut account) = self.memory.account_now(id) else { return };
        let is_one = account.password_hash.as_ref().map(PasswordHash::expose) == Some(one);
        account.password_hash = Some(PasswordHash::from(if is_one { other } else { one }));
        self.memory.put_account(account);
    }

    /// Makes a request as anyone can, and waits for its mail.
    fn request(&self) {
        let name = match self.mailbox {
            SharedBy::One => "ada".to_owned(),
            SharedBy::Stranger => self.account().email.unwrap_or_default(),
        };
        self.submit(&name);
        run_to_end(self.memory.advance(DELIVERY));
    }

    /// Makes a request under a name.
    fn submit(&self, name: &str) {
        let identifier = Identifier::parse(name).expect("it is a name");
        let service = Service { application: &self.application, platform: &self.memory };
        let call = RequestCall::default();
        let requested = run_to_end(service.request_reset(identifier, &client(), call, None));
        assert_eq!(requested, Ok(Requested::Stored(())));
    }

    fn use_link(&self) {
        let Some(token) = self.working_link() else { return };
        let application = Rc::clone(&self.application);
        let _set_or_busy =
            run_to_end(confirm(application, &self.memory, token, "a new password by mail"));
    }

    fn command(&self, command: ServerCommand) {
        let service = Service { application: &self.application, platform: &self.memory };
        let api = ServerApi { service, label: "main".to_owned(), address: None };
        // A link under a claim is busy.
        let _done_or_busy = run_to_end(api.execute(command, &Subject::Account(ada())));
    }

    fn account(&self) -> Account {
        self.memory.account_now(&ada()).expect("the account exists")
    }

    /// Returns the token of the latest link in the owner's mailbox that works.
    fn working_link(&self) -> Option<String> {
        let address = self.account().email?;
        // A check adds an event, so it runs on a copy.
        let memory = self.memory.clone();
        let service = Service { application: &self.application, platform: &memory };
        self.memory.mails().iter().rev().filter(|mail| mail.to == address).find_map(|mail| {
            let mail = Mail::parse(&mail.from, vec![mail.to.clone()], &mail.mime);
            mail.tokens().into_iter().find(|token| {
                let link = run_to_end(service.check_link(Some(token), &client()));
                link.is_ok_and(|link| link.account.id == ada())
            })
        })
    }

    /// Checks the law: the owner finds a link that works, or gets one by a request after at most
    /// [`INTERVAL`]; while a brake holds, by a second one, as long after the first.
    fn check(&self) -> Result<(), Violation> {
        if self.working_link().is_some() {
            return Ok(());
        }
        let later = self.clone();
        for _ in 0..self.requests {
            run_to_end(later.memory.advance(INTERVAL));
            if later.working_link().is_none() {
                later.request();
            }
        }
        holds(CAN_RESET, later.working_link().is_some(), || {
            "no link works, and a request mails none".to_owned()
        })
    }

    /// Hashes everything that decides about later actions.
    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.memory.hash_into(&mut hasher);
        hasher.finish()
    }

    /// Returns the actions as text.
    fn report(&self, violation: &Violation) -> String {
        let mut report = format!("broken: {}\n        ({})\n", violation.law, violation.how);
        for (action, number) in self.actions.iter().zip(1..) {
            let _written = writeln!(report, "{number:4}. {action:?}");
        }
        report
    }
}

fn ada() -> AccountId {
    AccountId("3".to_owned())
}

/// Tries every sequence of this many actions. One link in 24 hours is within the limits.
///
/// # Errors
///
/// A report of a sequence that violates the law.
pub fn explore(mailbox: SharedBy, length: usize) -> Result<usize, String> {
    explore_from(&History::new(mailbox, &LOWEST), &[], length)
}

/// Tries every sequence of this many actions after a flood, and with further ones, where mails
/// wait.
///
/// # Errors
///
/// A report of a sequence that violates the law.
pub fn explore_under_brake(mailbox: SharedBy, length: usize) -> Result<usize, String> {
    let mut states = 0_usize;
    for limits in [&[LOWEST[0], LOWEST[1], BRAKE][..], &[BRAKE]] {
        let mut history = History::new(mailbox, limits);
        history.take(Action::Flood);
        states += explore_from(&history, &[Action::Flood], length)?;
    }
    Ok(states)
}

fn explore_from(start: &History, more: &[Action], length: usize) -> Result<usize, String> {
    let (mut visited, mut open) = (HashSet::new(), vec![start.clone()]);
    for _ in 0..length {
        let mut next = Vec::new();
        for history in &open {
            for action in start.mailbox.actions().chain(more.iter().copied()) {
                let ended = history.actions.iter().filter(|action| action.ends_link()).count();
                if action.ends_link() && ended == MAX_ENDED {
                    continue;
                }
                let mut longer = history.clone();
                longer.take(action);
                if visited.insert(longer.hash()) {
                    longer.check().map_err(|violation| longer.report(&violation))?;
                    next.push(longer);
                }
            }
        }
        open = next;
    }
    Ok(visited.len())
}

/// Ends one link after the other at the lowest limits, in each way in which a link can end.
///
/// # Errors
///
/// A report of a sequence that violates the law.
pub fn in_a_row() -> Result<usize, String> {
    let mut mails = 0;
    for end in [Action::Use, Action::Revoke, Action::Erase, Action::ChangePassword] {
        let mut history = History::new(SharedBy::One, &LOWEST);
        for _ in 0..MAX_ENDED {
            for action in [Action::Request, Action::Wait(MINUTE), end, Action::Wait(MINUTE)] {
                history.take(action);
                history.check().map_err(|violation| history.report(&violation))?;
            }
        }
        mails += history.memory.count_mails();
    }
    Ok(mails)
}

impl SharedBy {
    /// Returns the actions that are possible.
    fn actions(self) -> impl Iterator<Item = Action> {
        let other = (self == Self::Stranger).then_some(Action::ChangeOther);
        Action::ALL.into_iter().chain(other)
    }
}

/// Takes random actions, in many sequences of this length, with at most [`MAX_ENDED`] links that
/// end within 24 hours. Every run takes the same ones.
///
/// # Errors
///
/// A report of a sequence that violates the law.
pub fn wander(mailbox: SharedBy, sequences: u64, length: u64) -> Result<usize, String> {
    let limits = [("REQUESTS_PER_DAY", "2"), ("REQUESTS_PER_WINDOW", "1")];
    let mut mails = 0;
    for sequence in 0..sequences {
        let mut history = History::new(mailbox, &limits);
        let actions: Vec<Action> = mailbox.actions().collect();
        let mut ended = Vec::new();
        for step in 0..length {
            let mut hasher = DefaultHasher::new();
            (sequence, step).hash(&mut hasher);
            let place = usize::try_from(hasher.finish() % 16).expect("16 places fit");
            // Requests are more frequent than everything else.
            let action = *actions.get(place).unwrap_or(&Action::Request);
            let now = history.memory.time();
            ended.retain(|at| now.since(*at) < Duration::from_secs(24 * 3600));
            if action.ends_link() {
                if ended.len() == MAX_ENDED {
                    continue;
                }
                ended.push(now);
            }
            history.take(action);
            history.check().map_err(|violation| history.report(&violation))?;
        }
        mails += history.memory.count_mails();
    }
    Ok(mails)
}

/// Makes a stranger's request every minute for two days. Every six hours a link that works ends, in
/// one of the ways in which a link can end. The stranger ends the link of the other account every
/// 17 minutes.
///
/// # Errors
///
/// A report of the first moment at which the law does not hold.
pub fn besiege(mailbox: SharedBy, limits: &[(&str, &str)]) -> Result<usize, String> {
    let mut history = History::new(mailbox, limits);
    let ends = [Action::Use, Action::Revoke, Action::ChangePassword, Action::Erase];
    let mut ends = ends.iter().cycle();
    for minute in 0..48 * 60 {
        history.take(Action::Request);
        history.take(Action::Wait(MINUTE.saturating_sub(DELIVERY)));
        if minute % 17 == 0 && mailbox == SharedBy::Stranger {
            history.take(Action::ChangeOther);
        }
        if minute % (6 * 60) == 3 * 60 {
            history.take(*ends.next().expect("a cycle does not end"));
        }
        history.check().map_err(|violation| {
            let report = history.report(&violation);
            let head: Vec<&str> = report.lines().take(2).collect();
            format!("{}\n        after {minute} minutes", head.join("\n"))
        })?;
    }
    Ok(history.memory.count_mails())
}
