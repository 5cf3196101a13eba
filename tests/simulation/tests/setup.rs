//! Scenarios, and the environment on which a run begins.

use std::cell::Cell;
use std::future::ready;
use std::rc::Rc;
use std::time::Duration;

use relatch::{LinkToken, Password};
use relatch_domain::application::{Application, SharedMailbox};
use relatch_domain::claims::{ObjectState as _, retention_end};
use relatch_domain::hashing;
use relatch_domain::hashing::{HashCost, HashFormat};
use relatch_domain::ports::{LinkRecords as _, Platform, RequestCall, StateStore as _};
use relatch_domain::service::Service;
use relatch_domain::use_cases::confirm::ConfirmError;
use relatch_domain::use_cases::request::Requested;
use relatch_domain::values::account::{Account, AccountId, PasswordHash, Role};
use relatch_domain::values::client::{ClientInfo, Continent};
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::link::{Link, LinkRecord, Seed};
use relatch_domain::values::object_id::MailboxId;
use relatch_domain::values::time::Moment;
use relatch_memory::{Fault, Memory};
use relatch_tests::in_process::{NOON, application_with};

use crate::process::{ConfirmOutcome, RunLog, run_to_end};

/// The address of the account.
pub const MAILBOX: &str = "ada@example.com";
/// The address that the account may change to.
pub const OTHER_MAILBOX: &str = "ada@example.org";
/// The password at the beginning.
const FIRST_PASSWORD: &str = "the password of before";
/// The cheapest cost of Argon2, because hashes are not explored.
pub const CHEAP: HashFormat =
    HashFormat::Argon2id(HashCost { memory_kib: 8, iterations: 1, parallelism: 1 });

/// A trial: the initial state, and the steps and faults to explore.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// The name of the trial.
    pub name: &'static str,
    /// The state at the beginning.
    pub begins: Begins,
    /// The links, all of one account.
    pub links: &'static [Mailed],
    /// The remaining lifetime of the links at the beginning.
    pub life: Duration,
    /// The confirms: the person, the link and the password.
    pub confirms: &'static [(&'static str, usize, &'static str)],
    /// The number of confirms that may run at the same time.
    pub max_concurrent: usize,
    /// The number of faults in one run, at most.
    pub faults: u8,
    /// Whether a message to a mailbox may arrive twice, as one of the faults.
    pub duplicates: bool,
    /// The steps that the clock may take.
    pub waits: &'static [Wait],
    /// The number of steps of the clock in one run, at most.
    pub max_waits: u8,
    /// The changes that the application may make to the account, each at most once, at any time.
    pub account_changes: &'static [AccountChange],
    /// The alarms that are explored step by step. The others fire at the end.
    pub alarms: Alarms,
    /// Calls that are no steps: they have no faults.
    pub quiet: &'static [&'static str],
    /// The laws that hold at the end.
    pub laws: Laws,
    /// Whether another account shares the mailbox, which gets links.
    pub is_shared: bool,
}

/// The state at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// The links have been mailed.
    Mailed,
    /// The first link has just been used, with this password.
    Used(&'static str),
    /// A request has been accepted.
    Requested,
}

/// A link.
#[derive(Clone, Copy, Debug)]
pub struct Mailed {
    /// The mailbox that decides about it.
    pub mailbox: &'static str,
    /// The address of the account when the link was issued.
    pub to: &'static str,
}

/// A step of the clock.
#[derive(Clone, Copy, Debug)]
pub enum Wait {
    /// This number of seconds.
    Seconds(u64),
    /// Until the next alarm is due.
    NextAlarm,
    /// Until the deadline of the next claim's write.
    Deadline,
    /// Until the lease of the next claim ends.
    LeaseEnd,
}

/// A change that the application makes to the account.
#[derive(Clone, Copy, Debug)]
pub enum AccountChange {
    /// The owner changes the password in the application.
    Password,
    /// The owner changes the address.
    Email,
    /// The account is disabled.
    Disabled,
}

/// The alarms that are explored step by step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarms {
    /// Only the jobs that settle a claim.
    Settling,
    /// All alarms.
    All,
}

/// The laws that hold at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Laws {
    /// The laws about the use of links.
    OfUse,
    /// The laws about the delivery of a request.
    OfDelivery,
}

/// A link that exists at the beginning.
pub struct PreparedLink {
    /// The link.
    pub link: Link,
    /// Its record.
    pub record: LinkRecord,
    /// Its token.
    pub token: String,
}

/// The state shared by all runs of a scenario.
pub struct Setup {
    /// The scenario.
    pub scenario: Scenario,
    /// The application.
    pub application: Rc<Application>,
    /// The links.
    pub links: Vec<PreparedLink>,
    /// The account at the beginning.
    pub account: Account,
    application_hash: PasswordHash,
}

/// The environment of one run.
pub struct Environment {
    /// The application.
    pub application: Rc<Application>,
    /// The platform in memory.
    pub memory: Memory,
    /// The fault of the next call.
    pub fault: Rc<Cell<Fault>>,
    /// Calls that are no steps.
    pub quiet: &'static [&'static str],
    /// The record of the run so far.
    pub log: RunLog,
    lives: Vec<Moment>,
}

impl Environment {
    /// Returns whether a link is before its expiry, and whether it is before the end of its
    /// retention.
    pub fn life_of(&self, link: usize, now: Moment) -> (bool, bool) {
        (now < self.lives[link], now < retention_end(self.lives[link]))
    }
}

impl Setup {
    /// Prepares the runs of a scenario.
    pub fn new(scenario: Scenario) -> Rc<Self> {
        // A short mail, because the texts are not explored and every run sends one.
        let mut application = application_with(&[
            ("RESET_MAIL_SUBJECT", "Link"),
            ("RESET_MAIL_BODY", "<a href=\"${link}\">Link</a>"),
            ("RESET_MAIL_TEXT", "${link}"),
        ]);
        let settings = Rc::get_mut(&mut application).expect("the application is not shared yet");
        settings.hashing = CHEAP;
        if scenario.is_shared {
            settings.shared_mailbox = SharedMailbox::Links;
        }
        let hash = cheap_hash;
        let account = Account {
            id: AccountId("3".to_owned()),
            username: "ada".to_owned(),
            email: Some(MAILBOX.to_owned()),
            name: Some("Ada Lovelace".to_owned()),
            password_hash: Some(hash(FIRST_PASSWORD)),
            role: Role::User,
            disabled: false,
            verified: true,
            locale: None,
        };
        let expires_at = NOON.after(scenario.life);
        let links = scenario.links.iter().zip(1..).map(|(mailed, number)| {
            let made_for = Account { email: Some(mailed.to.to_owned()), ..account.clone() };
            let mailbox = MailboxId::new(&application.keys, mailed.mailbox);
            let seed = Seed { key_id: application.keys.signing_key_id(), random: [number; 32] };
            let (link, token) = Link::issue(&application.keys, &seed, &mailbox, expires_at)
                .expect("the key is there");
            let fingerprint = made_for.fingerprint(&application.id);
            let record = LinkRecord { account: account.id.clone(), fingerprint, expires_at };
            PreparedLink { link, record, token: LinkToken::expose(&token).to_owned() }
        });
        let links = links.collect();
        let application_hash = hash("a password set in the application");
        Rc::new(Self { scenario, application, links, account, application_hash })
    }

    /// Returns the environment of a new run.
    pub fn start(&self) -> Rc<Environment> {
        let memory = Memory::new(Rc::clone(&self.application), NOON);
        memory.put_account(self.account.clone());
        if self.scenario.is_shared {
            let (id, username) = (other_account(), "bob".to_owned());
            memory.put_account(Account { id, username, name: None, ..self.account.clone() });
        }
        memory.open_session(&self.account.id, "the session of the owner");
        for PreparedLink { link, record, .. } in &self.links {
            let mailbox = memory.mailbox_store(&link.mailbox);
            assert_eq!(
                run_to_end(mailbox.change(|mailbox| mailbox.pin_link(&link.id, record))),
                Ok(true)
            );
            run_to_end(memory.put(&link.id, record, retention_end(link.expires_at)))
                .expect("the record is put");
        }
        match self.scenario.begins {
            Begins::Mailed => {}
            Begins::Used(password) => {
                assert_eq!(self.confirm(&memory, 0, password), ConfirmOutcome::Success);
            }
            Begins::Requested => {
                let identifier = Identifier::parse(MAILBOX).expect("it is an address");
                let service = Service { application: &self.application, platform: &memory };
                let call = RequestCall::default();
                let requested =
                    run_to_end(service.request_reset(identifier, &client(), call, None));
                assert_eq!(requested, Ok(Requested::Stored(())));
            }
        }
        let fault = Rc::new(Cell::new(Fault::None));
        let next = Rc::clone(&fault);
        memory.set_gate(Some(Rc::new(move |_| Box::pin(ready(next.replace(Fault::None))))));
        let none = vec![0; self.links.len()];
        let log = RunLog {
            verified: none.clone().into(),
            replay_checks: none.into(),
            ..RunLog::default()
        };
        let application = Rc::clone(&self.application);
        let lives = self.links.iter().map(|link| link.link.expires_at).collect();
        Rc::new(Environment { application, memory, fault, quiet: self.scenario.quiet, log, lives })
    }

    /// Runs a confirm to its end.
    pub fn confirm(&self, memory: &Memory, link: usize, password: &'static str) -> ConfirmOutcome {
        run_to_end(confirm(
            Rc::clone(&self.application),
            memory,
            self.links[link].token.clone(),
            password,
        ))
    }

    /// Changes the account as the application does.
    pub fn change(&self, memory: &Memory, account_changes: AccountChange) {
        let mut account = memory.account_now(&self.account.id).expect("the account is there");
        match account_changes {
            AccountChange::Password => account.password_hash = Some(self.application_hash.clone()),
            AccountChange::Email => account.email = Some(OTHER_MAILBOX.to_owned()),
            AccountChange::Disabled => account.disabled = true,
        }
        memory.put_account(account);
    }
}

/// Returns the id of the other account of a shared mailbox. It does not change.
pub fn other_account() -> AccountId {
    AccountId("4".to_owned())
}

/// Sends a confirm and returns its outcome.
pub async fn confirm(
    application: Rc<Application>,
    platform: &impl Platform,
    token: String,
    password: &'static str,
) -> ConfirmOutcome {
    let service = Service { application: &application, platform };
    match service.confirm_reset(Some(&token), &Password::from(password), &client()).await {
        Ok(_) => ConfirmOutcome::Success,
        Err(ConfirmError::Call(relatch::Code::LinkBusy)) => ConfirmOutcome::Busy,
        Err(ConfirmError::Call(relatch::Code::LinkUsed)) => ConfirmOutcome::Used,
        Err(ConfirmError::Call(relatch::Code::LinkExpired)) => ConfirmOutcome::Expired,
        Err(_) => ConfirmOutcome::Unavailable,
    }
}

/// Hashes a password at the cheapest cost.
pub fn cheap_hash(password: &str) -> PasswordHash {
    hashing::hash(&Password::from(password), CHEAP, &[1; 32]).expect("it is hashed")
}

/// Returns a client without an address.
pub fn client() -> ClientInfo {
    ClientInfo { address: None, continent: Rc::new(|| Continent::Elsewhere), reporter: None }
}

/// Returns whether every claim of a link is settled. A mailbox that stores nothing has no claims.
pub fn is_settled(memory: &Memory, link: &Link) -> bool {
    memory
        .with_mailbox(&link.mailbox, |mailbox| mailbox.claims().is_settled(&link.id))
        .unwrap_or(true)
}
