//! The interfaces of the domain to the outside. Each port has an adapter on Cloudflare, in
//! `relatch-worker`, and one in memory, in `relatch-memory`. [`Directory`], [`Mailer`] and
//! [`Passwords`] have one more in `relatch-worker`, for the functions of the host application.
//!
//! Futures are not `Send`, because an isolate has one thread, and so has every test.
#![expect(async_fn_in_trait, reason = "one thread by design, see above")]

use relatch::Password;
use relatch_languages::{Language, Texts};

use crate::event_query::{EventCount, EventPage, EventQuery, StatsQuery};
use crate::events::{Event, EventView, Refusal};
use crate::hashing::{self, HashFormat};
use crate::values::account::{Account, AccountId, PasswordHash};
use crate::values::client::AddressBlock;
use crate::values::link::{LinkId, LinkRecord};
use crate::values::time::{Moment, RandomShare};

mod directory;
mod hooks;
mod objects;
mod services;
mod templates;

pub use directory::{Capabilities, CasOutcome, Directory, PasswordWrite};
pub use hooks::{HookResponse, Hooks, RequestCall, ResetDecision};
pub use objects::{IntakeStore, Intakes, Mailboxes, PasswordChanges, StateStore};
pub use services::{BreachedPasswords, CaptchaProviders, Mailer, RangeError, Webhooks};
pub use templates::{PageTextsFile, Templates};

/// The error of a port that did not respond in time, or whose response cannot be used. The call may
/// have had its effect, may have it later, or may never have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage;

/// The hashes of passwords, and the application's own rules. The defaults are the formats of
/// [`hashing`] and no rules.
///
/// # Errors
///
/// Every method returns [`Outage`] if a hasher or a rule of the application fails.
pub trait Passwords {
    /// Returns the hash of a password. The salt comes from `seed`. A hasher of the application
    /// ignores `format` and `seed`, and draws a salt itself.
    async fn hash(
        &self,
        password: &Password,
        format: HashFormat,
        seed: &[u8; 32],
    ) -> Result<PasswordHash, Outage> {
        hashing::hash(password, format, seed).ok_or(Outage)
    }

    /// Returns whether a password has a hash.
    async fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<bool, Outage> {
        Ok(hashing::verify(password, hash))
    }

    /// Returns why the application's own rules reject a password for an account, in words for its
    /// owner, or `None` if they accept it.
    async fn check(&self, _: &Password, _: &Account) -> Result<Option<String>, Outage> {
        Ok(None)
    }
}

/// Copies of link records near the reader. They may be arbitrarily stale: a record may not have
/// arrived yet, and may still be there after it was deleted.
///
/// # Errors
///
/// Every method returns [`Outage`] if the store does not reply.
pub trait LinkRecords {
    /// Stores a record at least until a time. A caller may ignore the error, because
    /// [`Mailboxes::link_record`] has every record.
    async fn put(&self, id: &LinkId, record: &LinkRecord, until: Moment) -> Result<(), Outage>;

    /// Returns the record, or `None` if this reader does not have it.
    async fn read(&self, id: &LinkId) -> Result<Option<LinkRecord>, Outage>;

    /// Deletes a record. Readers may have it for some more time.
    async fn delete(&self, id: &LinkId) -> Result<(), Outage>;
}

/// The record of what happened, for operators. Events contain no secrets.
///
/// # Errors
///
/// Every method with a result returns [`Outage`] if the store does not reply.
pub trait Events {
    /// Stores an event, then logs it. An event with the same id is stored once, but logged each
    /// time. After an [`Outage`] it may be stored and is not logged.
    ///
    /// If the action is counted ([`Action::is_counted`]), a further event with the same id adds one
    /// to the count of the first and is not logged. A repeated attempt may be counted twice.
    ///
    /// [`Action::is_counted`]: crate::events::Action::is_counted
    async fn record(&self, event: &Event) -> Result<(), Outage>;

    /// Returns whether the event with this id is stored.
    async fn is_recorded(&self, id: &str) -> Result<bool, Outage>;

    /// Returns up to `limit` events of an account, newest first.
    async fn recent(&self, account: &AccountId, limit: u32) -> Result<Vec<EventView>, Outage>;

    /// Returns a page of the application's events, newest first: by the time at which they happened,
    /// and of one second, those that were stored last.
    async fn page(&self, query: &EventQuery) -> Result<EventPage, Outage>;

    /// Counts the application's events of each period by name, in the order of time and name.
    async fn count_by_period(&self, query: &StatsQuery) -> Result<Vec<EventCount>, Outage>;

    /// Deletes all events of an account.
    async fn erase(&self, account: &AccountId) -> Result<(), Outage>;

    /// Deletes up to `limit` events of the application that are older than `before`. Returns how
    /// many it deleted.
    async fn delete_before(&self, before: Moment, limit: u32) -> Result<u32, Outage>;

    /// Returns whether events can be stored as the store is configured. The adapter logs what is
    /// wrong.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the store does not reply.
    async fn check_configuration(&self) -> Result<bool, Outage> {
        Ok(true)
    }

    /// Logs an event without storing it.
    fn log(&self, event: &Event);

    /// Logs a rejected call.
    fn log_refusal(&self, refusal: &Refusal);
}

/// The rate limit by IP address.
pub trait Limiter {
    /// Counts a request for its address block and, if that is within its limit, for the wider
    /// block. Returns whether both are within their limits.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the limiter does not reply.
    async fn check(&self, block: &AddressBlock) -> Result<bool, Outage>;
}

/// The texts of pages and mails in every language but English, which is compiled in.
pub trait Languages {
    /// Returns the texts in a language, or `None` if the deployment does not have them.
    ///
    /// # Errors
    ///
    /// [`Outage`] if they cannot be loaded now.
    async fn texts(&self, language: Language) -> Result<Option<Texts>, Outage>;
}

/// The texts that are linked into the program, in all languages.
#[derive(Clone, Copy, Debug, Default)]
pub struct CompiledLanguages;

impl Languages for CompiledLanguages {
    async fn texts(&self, language: Language) -> Result<Option<Texts>, Outage> {
        Ok(Texts::compiled(language))
    }
}

/// The filter for HTML that an application's server wrote.
pub trait HtmlFilter {
    /// Returns what an allow-list leaves of the HTML: text, paragraphs, lists, tables, and links to
    /// http and https URLs, without images, styles and scripts.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the host's parser fails, or outside of a request.
    async fn clean(&self, html: &str) -> Result<String, Outage>;
}

/// The clock.
pub trait Clock {
    /// Returns the time.
    fn now(&self) -> Moment;
}

/// The host's generator of random numbers, which is cryptographically secure.
pub trait Entropy {
    /// Returns 32 random bytes.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the generator fails.
    fn random_bytes(&self) -> Result<[u8; 32], Outage>;

    /// Returns a random share, from which a delay is drawn.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the generator fails.
    fn random_share(&self) -> Result<RandomShare, Outage> {
        let [first, second, ..] = self.random_bytes()?;
        Ok(RandomShare::from_bits(u16::from_be_bytes([first, second])))
    }
}

/// All ports of one application.
pub trait Platform {
    /// The user accounts.
    type Directory: Directory;
    /// The hashes of passwords, and the application's own rules.
    type Passwords: Passwords;
    /// The copies of link records.
    type Records: LinkRecords;
    /// The intakes.
    type Intakes: Intakes;
    /// The mailboxes.
    type Mailboxes: Mailboxes;
    /// The password changes.
    type PasswordChanges: PasswordChanges;
    /// The mail provider.
    type Mailer: Mailer;
    /// The events.
    type Events: Events;
    /// The endpoints that get events.
    type Webhooks: Webhooks;
    /// The rate limit by IP address.
    type Limiter: Limiter;
    /// The texts in every language.
    type Languages: Languages;
    /// The provider of a captcha.
    type CaptchaProviders: CaptchaProviders;
    /// The service with breached passwords.
    type BreachedPasswords: BreachedPasswords;
    /// The application's own templates for its mails.
    type Templates: Templates;
    /// The filter for HTML.
    type HtmlFilter: HtmlFilter;
    /// The functions of the host application.
    type Hooks: Hooks;
    /// The clock.
    type Clock: Clock;
    /// Random numbers.
    type Entropy: Entropy;

    /// The user accounts.
    fn directory(&self) -> &Self::Directory;
    /// The hashes of passwords, and the application's own rules.
    fn passwords(&self) -> &Self::Passwords;
    /// The copies of link records.
    fn records(&self) -> &Self::Records;
    /// The intakes.
    fn intakes(&self) -> &Self::Intakes;
    /// The mailboxes.
    fn mailboxes(&self) -> &Self::Mailboxes;
    /// The password changes.
    fn password_changes(&self) -> &Self::PasswordChanges;
    /// The mail provider.
    fn mailer(&self) -> &Self::Mailer;
    /// The events.
    fn events(&self) -> &Self::Events;
    /// The endpoints that get events.
    fn webhooks(&self) -> &Self::Webhooks;
    /// The rate limit by IP address.
    fn limiter(&self) -> &Self::Limiter;
    /// The texts in every language.
    fn languages(&self) -> &Self::Languages;
    /// The provider of a captcha.
    fn captcha_providers(&self) -> &Self::CaptchaProviders;
    /// The service with breached passwords.
    fn breached_passwords(&self) -> &Self::BreachedPasswords;
    /// The application's own templates for its mails.
    fn templates(&self) -> &Self::Templates;
    /// The filter for HTML.
    fn html_filter(&self) -> &Self::HtmlFilter;
    /// The functions of the host application.
    fn hooks(&self) -> &Self::Hooks;
    /// The clock.
    fn clock(&self) -> &Self::Clock;
    /// Random numbers.
    fn entropy(&self) -> &Self::Entropy;
}
