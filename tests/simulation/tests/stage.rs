//! What a scenario says, and the world that it begins in.

use std::cell::Cell;
use std::future::ready;
use std::rc::Rc;
use std::time::Duration;

use relatch::{LinkToken, Password};
use relatch_domain::application::Application;
use relatch_domain::claims::{ObjectState as _, retention_end};
use relatch_domain::hashing;
use relatch_domain::hashing::{HashCost, HashFormat};
use relatch_domain::ports::{LinkRecords as _, Platform, StateStore as _};
use relatch_domain::service::Service;
use relatch_domain::use_cases::confirm::ConfirmError;
use relatch_domain::values::account::{Account, AccountId, PasswordHash, Role};
use relatch_domain::values::client::{ClientInfo, Continent};
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::link::{Link, LinkRecord, Seed};
use relatch_domain::values::object_id::MailboxId;
use relatch_domain::values::time::Moment;
use relatch_memory::{Fault, Memory};
use relatch_tests::in_process::{NOON, application_with};

use crate::process::{ConfirmOutcome, Notebook, at_once};

/// The owner's address.
pub const MAILBOX: &str = "ada@example.com";
/// The address that the owner may change to.
pub const OTHER_MAILBOX: &str = "ada@example.org";
/// The password of before.
const FIRST_PASSWORD: &str = "the password of before";
/// As cheap as Argon2 gets: what a hash costs is not what is explored.
const CHEAP: HashFormat = HashFormat::Argon2id(HashCost { memory_kib: 8, iterations: 1, parallelism: 1 });

/// What is explored.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// The trial's name.
    pub name: &'static str,
    /// How the world begins.
    pub begins: Begins,
    /// Links, all of one account.
    pub links: &'static [Mailed],
    /// How long the links still live when it begins.
    pub life: Duration,
    /// Who asks for a new password: who, by which link, which password.
    pub confirms: &'static [(&'static str, usize, &'static str)],
    /// How many confirms may be under way at once.
    pub at_once: usize,
    /// Things that go wrong in one run, at most.
    pub faults: u8,
    /// Whether a message to a mailbox may arrive twice, as one of the faults.
    pub duplicates: bool,
    /// Steps that the clock may take.
    pub waits: &'static [Wait],
    /// Steps of the clock in one run, at most.
    pub most_waits: u8,
    /// What the application may do to the account, each once, at any time.
    pub outside: &'static [Outside],
    /// Which alarms are explored step by step; the others fire at the end.
    pub alarms: Alarms,
    /// Calls that nothing goes wrong with and that take no time.
    pub quiet: &'static [&'static str],
    /// What has to hold at the end.
    pub laws: Laws,
}

/// How the world begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// The links have been mailed.
    Mailed,
    /// The first link has been used just now, with this password.
    Used(&'static str),
    /// A request has been accepted.
    Requested,
}

/// A link.
#[derive(Clone, Copy, Debug)]
pub struct Mailed {
    /// The mailbox that decides about it.
    pub mailbox: &'static str,
    /// Which address the account had when it was made.
    pub to: &'static str,
}

/// A step of the clock.
#[derive(Clone, Copy, Debug)]
pub enum Wait {
    /// This much.
    Seconds(u64),
    /// Until the next alarm is due.
    NextAlarm,
    /// Until the next claim's write would come too late.
    Deadline,
    /// Until the next claim's lease ends.
    LeaseEnd,
}

/// What the application does to the account.
#[derive(Clone, Copy, Debug)]
pub enum Outside {
    /// The owner changes the password while signed in.
    Password,
    /// The owner changes the address.
    Email,
    /// The account is switched off.
    Disabled,
}

/// Which alarms are explored step by step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarms {
    /// None; only the jobs that settle a claim.
    Settling,
    /// All.
    All,
}

/// Which laws hold at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Laws {
    /// Those of links that were used, or not.
    OfUse,
    /// Those of the way from a request to its mail.
    OfDelivery,
}

/// A link as the world begins with it.
pub struct StageLink {
    /// The link.
    pub link: Link,
    /// Its record.
    pub record: LinkRecord,
    /// Its token.
    pub token: String,
}

/// All that is the same in every run of a scenario.
pub struct Props {
    /// What is explored.
    pub scenario: Scenario,
    /// The application.
    pub application: Rc<Application>,
    /// The links.
    pub links: Vec<StageLink>,
    /// The account as it is in the beginning.
    pub account: Account,
    outside_hash: PasswordHash,
}

/// One world.
pub struct Stage {
    /// The application.
    pub application: Rc<Application>,
    /// The world in memory.
    pub memory: Memory,
    /// What goes wrong with the next call.
    pub fault: Rc<Cell<Fault>>,
    /// Calls that are let go at once.
    pub quiet: &'static [&'static str],
    /// What happened.
    pub notebook: Notebook,
    lives: Vec<Moment>,
}

impl Stage {
    /// Where in its life a link is: alive, just expired, or past its end.
    pub fn life_of(&self, link: usize, now: Moment) -> (bool, bool) {
        (now < self.lives[link], now < retention_end(self.lives[link]))
    }
}

impl Props {
    /// Prepares a scenario.
    pub fn new(scenario: Scenario) -> Rc<Self> {
        let mut application = application_with(&[]);
        let settings = Rc::get_mut(&mut application).expect("the application is not shared yet");
        settings.hashing = CHEAP;
        let hash = |password: &str| hashing::hash(&Password::from(password), CHEAP, &[1; 32]).expect("it is hashed");
        let account = Account {
            id: AccountId("3".to_owned()),
            username: "ada".to_owned(),
            email: Some(MAILBOX.to_owned()),
            name: Some("Ada Lovelace".to_owned()),
            password_hash: Some(hash(FIRST_PASSWORD)),
            role: Role::User,
            disabled: false,
        };
        let expires_at = NOON.after(scenario.life);
        let links = scenario.links.iter().zip(1..).map(|(mailed, number)| {
            let made_for = Account { email: Some(mailed.to.to_owned()), ..account.clone() };
            let mailbox = MailboxId::new(&application.keys, mailed.mailbox);
            let seed = Seed { key_id: application.keys.signing_key_id(), random: [number; 32] };
            let (link, token) = Link::issue(&application.keys, &seed, &mailbox, expires_at).expect("the key is there");
            let fingerprint = made_for.fingerprint(&application.id);
            let record = LinkRecord { account: account.id.clone(), fingerprint, expires_at };
            StageLink { link, record, token: LinkToken::expose(&token).to_owned() }
        });
        let links = links.collect();
        let outside_hash = hash("a password set while signed in");
        Rc::new(Self { scenario, application, links, account, outside_hash })
    }

    /// The world as it begins.
    pub fn raise(&self) -> Rc<Stage> {
        let memory = Memory::new(Rc::clone(&self.application), NOON);
        memory.put_account(self.account.clone());
        memory.open_session(&self.account.id, "the owner's own");
        for StageLink { link, record, .. } in &self.links {
            let mailbox = memory.mailbox_store(&link.mailbox);
            assert_eq!(at_once(mailbox.change(|mailbox| mailbox.pin_link(&link.id, record))), Ok(true));
            at_once(memory.put(&link.id, record, retention_end(link.expires_at))).expect("the record is put");
        }
        match self.scenario.begins {
            Begins::Mailed => {}
            Begins::Used(password) => assert_eq!(self.ask(&memory, 0, password), ConfirmOutcome::Success),
            Begins::Requested => {
                let identifier = Identifier::parse(MAILBOX).expect("it is an address");
                let _accepted = at_once(
                    Service { application: &self.application, platform: &memory }.request_reset(identifier, &nobody()),
                )
                .expect("it is accepted");
            }
        }
        let fault = Rc::new(Cell::new(Fault::None));
        let next = Rc::clone(&fault);
        memory.set_gate(Some(Rc::new(move |_| Box::pin(ready(next.replace(Fault::None))))));
        let none = vec![0; self.links.len()];
        let notebook = Notebook { verified: none.clone().into(), replay_checks: none.into(), ..Notebook::default() };
        let application = Rc::clone(&self.application);
        let lives = self.links.iter().map(|link| link.link.expires_at).collect();
        Rc::new(Stage { application, memory, fault, quiet: self.scenario.quiet, notebook, lives })
    }

    /// Asks for a new password by a link and waits for the answer.
    pub fn ask(&self, memory: &Memory, link: usize, password: &'static str) -> ConfirmOutcome {
        at_once(ask(Rc::clone(&self.application), memory, self.links[link].token.clone(), password))
    }

    /// Does to the account what the application does.
    pub fn change(&self, memory: &Memory, outside: Outside) {
        let mut account = memory.account_now(&self.account.id).expect("the account is there");
        match outside {
            Outside::Password => account.password_hash = Some(self.outside_hash.clone()),
            Outside::Email => account.email = Some(OTHER_MAILBOX.to_owned()),
            Outside::Disabled => account.disabled = true,
        }
        memory.put_account(account);
    }
}

/// Asks for a new password by a link. Tells what is told.
pub async fn ask(
    application: Rc<Application>,
    platform: &impl Platform,
    token: String,
    password: &'static str,
) -> ConfirmOutcome {
    let service = Service { application: &application, platform };
    match service.confirm_reset(Some(&token), &Password::from(password), &nobody()).await {
        Ok(()) => ConfirmOutcome::Success,
        Err(ConfirmError::Call(relatch::Code::LinkBusy)) => ConfirmOutcome::Busy,
        Err(ConfirmError::Call(relatch::Code::LinkUsed)) => ConfirmOutcome::Used,
        Err(ConfirmError::Call(relatch::Code::LinkExpired)) => ConfirmOutcome::Expired,
        Err(_) => ConfirmOutcome::Unavailable,
    }
}

fn nobody() -> ClientInfo {
    ClientInfo { address: None, continent: Box::new(|| Continent::Elsewhere) }
}

/// Returns whether every claim of a link is settled. A mailbox that stores nothing has no claims.
pub fn is_settled(memory: &Memory, link: &Link) -> bool {
    memory.with_mailbox(&link.mailbox, |mailbox| mailbox.claims().is_settled(&link.id)).unwrap_or(true)
}
