//! The calls of the application's own servers, which need a server key.
//!
//! An admin page, a support tool, or a job starts resets, reads events, revokes links, and erases
//! data. A back end that shows its own forms calls for its visitors: [`Client::for_visitor`].
//!
//! A server key must not be in a browser or an app.
//!
//! ```no_run
//! # #[cfg(feature = "native")]
//! # async fn admin(key: &str) -> Result<(), Box<dyn std::error::Error>> {
//! use relatch::server::{Account, Client};
//!
//! let server = Client::new("https://accounts.example.com", key)?;
//! let account = Account::username("peter");
//! if server.status(&account).await?.enabled {
//!     server.reset(&account).await?;
//! }
//! for event in server.events(&account, None).await? {
//!     println!("{} {}", event.at, event.event);
//! }
//! # Ok(())
//! # }
//! ```

use std::{
    collections::BTreeMap,
    net::IpAddr,
    string::{String, ToString as _},
    vec,
    vec::Vec,
};

use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    BuildError, DefaultTransport, Error, ServerKey,
    api_call::{ApiCall, read, read_nested},
    client::Visitor,
    transport::Transport,
    wire::{Message, field, path},
};

/// A client of one service, or of one of its applications, that has a server key.
///
/// Its options are those of the [`Client`](crate::Client) that it uses: time-out, retries,
/// transport. Every call except [`Client::reset`], [`Client::invite`] and [`Client::retry`] is
/// retried as the policy says.
///
/// Every call can fail with [`Error::Transport`], [`Error::Protocol`], and with the codes
/// `key_invalid`, `key_out_of_scope`, `request_invalid`, `misconfigured`, and `unavailable`. Each
/// method lists its further codes.
#[derive(Clone)]
pub struct Client<T = DefaultTransport> {
    client: crate::Client<T>,
    key: ServerKey,
}

#[cfg(feature = "native")]
impl Client {
    /// Creates a client with the default options: over reqwest, or in a JavaScript host over its
    /// `fetch`.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the base URL or the key cannot be used, or reqwest cannot be set up.
    ///
    /// ```
    /// use relatch::{BuildError, server::Client};
    ///
    /// let server = Client::new("https://accounts.example.com", "a server key")?;
    /// assert!(matches!(
    ///     Client::new("https://accounts.example.com", ""),
    ///     Err(BuildError::ServerKey)
    /// ));
    /// # Ok::<(), BuildError>(())
    /// ```
    pub fn new(base_url: &str, key: impl Into<ServerKey>) -> Result<Self, BuildError> {
        Self::with_client(crate::Client::new(base_url)?, key)
    }
}

impl<T: Transport> Client<T> {
    /// Creates a client with the options of another one.
    ///
    /// # Errors
    ///
    /// [`BuildError::ServerKey`] if the key cannot be sent in a header.
    ///
    /// ```
    /// # #[cfg(feature = "native")] {
    /// use relatch::{Client, server};
    ///
    /// let client = Client::builder("https://accounts.example.com").application("shop").build()?;
    /// let server = server::Client::with_client(client, "a server key of the shop")?;
    /// # }
    /// # Ok::<(), relatch::BuildError>(())
    /// ```
    pub fn with_client(
        client: crate::Client<T>,
        key: impl Into<ServerKey>,
    ) -> Result<Self, BuildError> {
        let key = key.into();
        let is_allowed = |byte: u8| matches!(byte, b' '..=b'~');
        let text = key.expose();
        if text.is_empty() || text.trim_ascii() != text || !text.bytes().all(is_allowed) {
            return Err(BuildError::ServerKey);
        }
        Ok(Self { client, key })
    }

    /// Returns a client whose calls are made for the visitor with this address.
    ///
    /// The limits by address then are the visitor's and not this server's, and events and notices
    /// name the visitor's address. The key needs the scope `request`. The address must be public: a
    /// loopback or private one is refused with `request_invalid`. Take it from where a client cannot
    /// forge it: the peer of the connection, or a header that your own proxy sets.
    ///
    /// A [`change`](crate::Client::change) sends the visitor's session instead of the key, and is
    /// limited by this server's address.
    ///
    /// ```no_run
    /// # async fn forgot(
    /// #     server: relatch::server::Client<impl relatch::Transport + Clone>,
    /// #     peer: std::net::SocketAddr,
    /// # ) -> Result<(), relatch::Error> {
    /// server.for_visitor(peer.ip()).request("peter@example.com").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "visitorAddress")]
    #[must_use]
    pub fn for_visitor(&self, address: IpAddr) -> crate::Client<T>
    where
        T: Clone,
    {
        let address = address.to_canonical();
        self.client.with_visitor(Visitor { key: self.key.clone(), address })
    }

    /// Starts a reset. The link goes to the stored address of the account and to no other.
    ///
    /// A reset is sent once. After [`Error::Transport`] it is unknown whether it was started. If it
    /// was, a repeated call within the interval between mails (60 seconds by default, never more)
    /// is refused with `too_many_requests`.
    ///
    /// # Errors
    ///
    /// [`Error`]. Codes of a refusal are `account_unknown`, `account_ineligible` with the reason as
    /// its detail, and `too_many_requests`.
    ///
    /// ```no_run
    /// # async fn reset(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::server::Account;
    ///
    /// server.reset(&Account::id("17")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn reset(&self, account: &Account) -> Result<Message, Error> {
        self.reset_with(account, LinkOptions::new()).await
    }

    /// As [`Self::reset`], with options of the link.
    ///
    /// # Errors
    ///
    /// As [`Self::reset`], and `request_invalid` for a lifetime that the service does not allow.
    ///
    /// ```no_run
    /// # async fn reset(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::server::{Account, LinkOptions};
    ///
    /// let options = LinkOptions::new().lifetime_minutes(30);
    /// server.reset_with(&Account::id("17"), options).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn reset_with(
        &self,
        account: &Account,
        options: LinkOptions,
    ) -> Result<Message, Error> {
        self.mail_link(path::SERVER_RESET, account, options).await
    }

    /// Invites the owner of an account without a password to choose one. The link goes to the
    /// stored address of the account and to no other. The key needs the scope `invite`.
    ///
    /// It is sent once, as [`Self::reset`].
    ///
    /// # Errors
    ///
    /// As [`Self::reset`]. An account that has a password is `account_ineligible` with the detail
    /// `has_password`.
    ///
    /// ```no_run
    /// # async fn invite(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::server::Account;
    ///
    /// server.invite(&Account::id("17")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn invite(&self, account: &Account) -> Result<Message, Error> {
        self.invite_with(account, LinkOptions::new()).await
    }

    /// As [`Self::invite`], with options of the link.
    ///
    /// # Errors
    ///
    /// As [`Self::invite`], and `request_invalid` for a lifetime that the service does not allow.
    ///
    /// ```no_run
    /// # async fn invite(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::server::{Account, LinkOptions};
    ///
    /// let options = LinkOptions::new().lifetime_minutes(1440);
    /// server.invite_with(&Account::id("17"), options).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn invite_with(
        &self,
        account: &Account,
        options: LinkOptions,
    ) -> Result<Message, Error> {
        self.mail_link(path::SERVER_INVITE, account, options).await
    }

    /// Returns whether any account can reset its password by mail.
    ///
    /// # Errors
    ///
    /// [`Error`].
    ///
    /// ```no_run
    /// # async fn is_available(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// if server.is_available().await? {
    ///     println!("Show the link \"Forgot password?\".");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn is_available(&self) -> Result<bool, Error> {
        let call = ApiCall::server(path::SERVER_STATUS, Vec::new(), self.key.expose());
        let status: Status = self.client.call_and_read(&call, read_nested).await?;
        Ok(status.enabled)
    }

    /// Returns whether this account may get a link. It does not consider rate limits.
    ///
    /// # Errors
    ///
    /// [`Error`]. An unknown account is no error: its reason is `account_unknown`.
    ///
    /// ```no_run
    /// # async fn status(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::server::Account;
    ///
    /// let status = server.status(&Account::email("peter@example.com")).await?;
    /// if let Some(reason) = status.reason {
    ///     println!("No link would be sent: {reason}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn status(&self, account: &Account) -> Result<Status, Error> {
        let call = self.about(path::SERVER_STATUS, account);
        self.client.call_and_read(&call, read_nested).await
    }

    /// Ends every mailed link of each account that matches, and removes their link mails that were
    /// not sent. After `link_busy`, everything else has ended: repeat the call.
    ///
    /// # Errors
    ///
    /// [`Error`]. Codes of a refusal are `account_unknown`, `link_busy` while a link is being used,
    /// and `too_many_requests`.
    ///
    /// ```no_run
    /// # async fn revoke(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::server::Account;
    ///
    /// server.revoke_links(&Account::id("17")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn revoke_links(&self, account: &Account) -> Result<Message, Error> {
        self.message(path::SERVER_REVOKE, account).await
    }

    /// Returns the latest events of the account, newest first: at most `limit`, from 1 to 100, or 20
    /// without one.
    ///
    /// # Errors
    ///
    /// [`Error`]. Codes of a refusal are `account_unknown`, and `account_ineligible` with the detail
    /// `ambiguous` if several accounts match.
    ///
    /// ```no_run
    /// # async fn events(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::server::Account;
    ///
    /// for event in server.events(&Account::username("peter"), Some(5)).await? {
    ///     println!("{} {} {}", event.at, event.event, event.detail.unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn events(&self, account: &Account, limit: Option<u32>) -> Result<Vec<Event>, Error> {
        let call = self.about(path::SERVER_EVENTS, account).number(field::LIMIT, limit);
        let Events { events } = self.client.call_and_read(&call, read_nested).await?;
        Ok(events)
    }

    /// Returns a page of the events of all accounts, or of those that the filter selects, newest
    /// first. The key needs the scope `operator`.
    ///
    /// # Errors
    ///
    /// [`Error`]. `request_invalid` names a filter that cannot be used.
    ///
    /// ```no_run
    /// # async fn failed(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::server::EventFilter;
    ///
    /// let mut filter = EventFilter::default().event("link_failed").since("2026-11-20");
    /// loop {
    ///     let page = server.list_events(&filter).await?;
    ///     for event in page.events {
    ///         println!("{} {:?} {:?}", event.at, event.account, event.detail);
    ///     }
    ///     let Some(next) = page.next_cursor else { break };
    ///     filter = filter.cursor(next);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn list_events(&self, filter: &EventFilter) -> Result<EventPage, Error> {
        self.read_with(path::SERVER_EVENTS, &filter.0).await
    }

    /// Returns how often each event happened, by day or by hour. The key needs the scope `operator`.
    ///
    /// # Errors
    ///
    /// [`Error`]. `request_invalid` names a parameter that cannot be used.
    ///
    /// ```no_run
    /// # async fn sent(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::server::StatsRange;
    ///
    /// for period in server.stats(&StatsRange::by_day()).await?.periods {
    ///     println!("{} {:?}", period.at, period.events.get("link_sent"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stats(&self, range: &StatsRange) -> Result<Stats, Error> {
        self.read_with(path::SERVER_STATS, &range.0).await
    }

    /// Returns the mails that wait for the account, or, for an e-mail address, for its mailbox. The
    /// key needs the scope `operator`.
    ///
    /// # Errors
    ///
    /// [`Error`]. The code of a refusal is `account_unknown` if neither an account nor a mail is
    /// found.
    ///
    /// ```no_run
    /// # async fn waiting(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::server::Account;
    ///
    /// for mail in server.outbox(&Account::username("peter")).await? {
    ///     println!("{} {:?}, next at {}", mail.mail, mail.last_code, mail.next_attempt);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn outbox(&self, account: &Account) -> Result<Vec<WaitingMail>, Error> {
        let call = self.about(path::SERVER_OUTBOX, account);
        let Outbox { mails } = self.client.call_and_read(&call, read_nested).await?;
        Ok(mails)
    }

    /// Has the mails that wait for the account attempted at once, except one that may have been
    /// delivered, and one that was not attempted yet. Each retry is one of a mail's attempts. The
    /// key needs the scope `retry`.
    ///
    /// It is sent once: after [`Error::Transport`] it is unknown whether the mails are attempted.
    ///
    /// # Errors
    ///
    /// [`Error`]. Codes of a refusal are `account_unknown` and `too_many_requests`.
    ///
    /// ```no_run
    /// # async fn retry(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::server::Account;
    ///
    /// println!("{} mails", server.retry(&Account::id("17")).await?.retried);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn retry(&self, account: &Account) -> Result<RetriedMails, Error> {
        let call = self.about(path::SERVER_RETRY, account);
        self.client.call_and_read(&call, read_nested).await
    }

    /// Erases what is stored about each account that matches: events, links, mails, and pending
    /// requests. Counts, unsent notices and the event of this call stay. After `link_busy`,
    /// everything else is erased: repeat the call.
    ///
    /// # Errors
    ///
    /// [`Error`]. Codes of a refusal are `link_busy` while a link is being used, and
    /// `too_many_requests`.
    ///
    /// ```no_run
    /// # async fn erase(
    /// #     server: relatch::server::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::server::Account;
    ///
    /// server.erase(&Account::id("17")).await?;
    /// server.erase(&Account::email("peter@example.com")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn erase(&self, account: &Account) -> Result<Message, Error> {
        self.message(path::SERVER_ERASE, account).await
    }

    async fn mail_link(
        &self,
        path: &'static str,
        account: &Account,
        LinkOptions { lifetime_minutes }: LinkOptions,
    ) -> Result<Message, Error> {
        let call = self.about(path, account).number(field::LIFETIME_MINUTES, lifetime_minutes);
        self.client.call_and_read(&call, read).await
    }

    async fn read_with<R: DeserializeOwned>(
        &self,
        path: &'static str,
        query: &[(&'static str, String)],
    ) -> Result<R, Error> {
        let call = ApiCall::server(path, Vec::new(), self.key.expose()).query(query);
        self.client.call_and_read(&call, read_nested).await
    }

    async fn message(&self, path: &'static str, account: &Account) -> Result<Message, Error> {
        let call = self.about(path, account);
        self.client.call_and_read(&call, read).await
    }

    fn about<'a>(&'a self, path: &'static str, account: &'a Account) -> ApiCall<'a> {
        ApiCall::server(path, vec![account.field()], self.key.expose())
    }
}

/// Omits the key.
impl<T> std::fmt::Debug for Client<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("server::Client")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// The options of a call that mails a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkOptions {
    lifetime_minutes: Option<u32>,
}

impl LinkOptions {
    /// Returns the options of the service.
    #[must_use]
    pub const fn new() -> Self {
        Self { lifetime_minutes: None }
    }

    /// Sets the lifetime of the link in minutes: from 30 to 1440.
    #[must_use]
    pub const fn lifetime_minutes(mut self, minutes: u32) -> Self {
        self.lifetime_minutes = Some(minutes);
        self
    }
}

/// The account that a call is about.
#[derive(Clone)]
pub struct Account {
    field: &'static str,
    value: String,
}

impl Account {
    /// The account with this id.
    #[must_use]
    pub fn id(id: impl Into<String>) -> Self {
        Self { field: field::ACCOUNT, value: id.into() }
    }

    /// The accounts with this e-mail address or user name.
    #[must_use]
    pub fn identifier(identifier: impl Into<String>) -> Self {
        Self { field: field::IDENTIFIER, value: identifier.into() }
    }

    /// As [`Self::identifier`], under the name that `FOSUserBundle` uses.
    #[must_use]
    pub fn username(username: impl Into<String>) -> Self {
        Self { field: field::USERNAME, value: username.into() }
    }

    /// The accounts with this e-mail address.
    #[must_use]
    pub fn email(email: impl Into<String>) -> Self {
        Self { field: field::EMAIL, value: email.into() }
    }

    fn field(&self) -> (&'static str, &str) {
        (self.field, &self.value)
    }
}

/// Prints no identifier: it may be a person's address.
impl std::fmt::Debug for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Account").field("field", &self.field).finish_non_exhaustive()
    }
}

/// Whether an account may get a link.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// Whether it may.
    pub enabled: bool,
    /// Why not: a code, such as `account_unknown`, or the text of the hook `mayReset`.
    pub reason: Option<String>,
}

/// Selects events of all accounts. The default selects all of them.
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct EventFilter(Vec<(&'static str, String)>);

impl EventFilter {
    /// Only the events of the account with this id.
    pub fn account(self, id: impl Into<String>) -> Self {
        self.with(field::ACCOUNT, id.into())
    }

    /// Only the events with this name, such as `link_failed`.
    pub fn event(self, name: impl Into<String>) -> Self {
        self.with(field::EVENT, name.into())
    }

    /// Only the events from this time on: in UTC by RFC 3339, or a date.
    pub fn since(self, time: impl Into<String>) -> Self {
        self.with(field::SINCE, time.into())
    }

    /// Only the events before this time: in UTC by RFC 3339, or a date.
    pub fn until(self, time: impl Into<String>) -> Self {
        self.with(field::UNTIL, time.into())
    }

    /// At most this many events, from 1 to 100. The default is 20.
    pub fn limit(self, limit: u32) -> Self {
        self.with(field::LIMIT, limit.to_string())
    }

    /// The page after the one with this [`EventPage::next_cursor`].
    pub fn cursor(self, cursor: impl Into<String>) -> Self {
        self.with(field::CURSOR, cursor.into())
    }

    fn with(self, name: &'static str, value: String) -> Self {
        Self(replaced(self.0, name, value))
    }
}

/// Prints no value: an account id may be a person's address.
impl std::fmt::Debug for EventFilter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Replaces a parameter, or adds it.
fn replaced(
    mut query: Vec<(&'static str, String)>,
    name: &'static str,
    value: String,
) -> Vec<(&'static str, String)> {
    query.retain(|(known, _)| *known != name);
    query.push((name, value));
    query
}

/// A page of events.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct EventPage {
    /// The events, newest first.
    pub events: Vec<Event>,
    /// What [`EventFilter::cursor`] takes for the next page, or `None` on the last one.
    pub next_cursor: Option<String>,
}

/// The periods in which events are counted: by default, of the last 7 days or the last 24 hours.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct StatsRange(Vec<(&'static str, String)>);

impl StatsRange {
    /// Counts by day, over at most 31 days.
    pub fn by_day() -> Self {
        Self(vec![(field::BY, "day".into())])
    }

    /// Counts by hour, over at most 48 hours.
    pub fn by_hour() -> Self {
        Self(vec![(field::BY, "hour".into())])
    }

    /// Counts from this time on: in UTC by RFC 3339, or a date.
    pub fn since(self, time: impl Into<String>) -> Self {
        Self(replaced(self.0, field::SINCE, time.into()))
    }

    /// Counts up to this time, exclusively: in UTC by RFC 3339, or a date.
    pub fn until(self, time: impl Into<String>) -> Self {
        Self(replaced(self.0, field::UNTIL, time.into()))
    }
}

/// How often each event happened.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Stats {
    /// The time from which events count (RFC 3339, UTC).
    pub since: String,
    /// The time before which events count.
    pub until: String,
    /// The periods in order, without those in which nothing happened.
    pub periods: Vec<PeriodCounts>,
}

/// How often each event happened in one period.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PeriodCounts {
    /// The begin of the period (RFC 3339, UTC).
    pub at: String,
    /// The number of each event.
    pub events: BTreeMap<String, u64>,
}

/// A mail that waits for its first or another attempt.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct WaitingMail {
    /// Which mail it is: `link`, `links`, `ambiguous`, `notice` or `invitation`.
    pub mail: String,
    /// The ids of the accounts that it is about.
    pub accounts: Vec<String>,
    /// When it was accepted (RFC 3339, UTC).
    pub added: String,
    /// The attempts that have begun.
    pub attempts: u32,
    /// When the next attempt may begin (RFC 3339, UTC).
    pub next_attempt: String,
    /// Why the latest attempt failed, as a code.
    pub last_code: Option<String>,
    /// Whether an attempt has no answer of the mail server, so that the mail may have arrived.
    pub may_be_delivered: bool,
}

/// The outcome of [`Client::retry`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RetriedMails {
    /// The number of mails that are attempted now.
    pub retried: u32,
    /// The mails that wait, these included.
    pub mails: Vec<WaitingMail>,
}

#[derive(Deserialize)]
struct Outbox {
    mails: Vec<WaitingMail>,
}

/// An event of an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// The id, the same in every place.
    pub id: Option<String>,
    /// When it happened (RFC 3339, UTC).
    pub at: String,
    /// The name of what happened, such as `link_sent`.
    pub event: String,
    /// The id of the account, if it is known.
    pub account: Option<String>,
    /// The address of the client.
    pub address: Option<String>,
    /// The block of addresses that one limit counts together.
    pub block: Option<String>,
    /// The label of the server key, if a server called for the client and reported its address.
    pub reported_by: Option<String>,
    /// The address of that server.
    pub reported_from: Option<String>,
    /// More detail: a code, a number, the text of the hook `mayReset`, or, in events of server
    /// calls, the label of the key and the reason.
    pub detail: Option<String>,
    /// The id of the request that the event belongs to.
    pub request: Option<String>,
    /// The id of the link that the event is about.
    pub link: Option<String>,
    /// The keyed name of the identifier that a visitor entered.
    pub identifier: Option<String>,
    /// The number of the attempt that failed.
    pub attempt: Option<u32>,
    /// The time of the next attempt (RFC 3339, UTC).
    pub next_attempt: Option<String>,
    /// How often it happened.
    #[serde(default = "once")]
    pub count: u32,
}

fn once() -> u32 {
    1
}

#[derive(Deserialize)]
struct Events {
    events: Vec<Event>,
}
