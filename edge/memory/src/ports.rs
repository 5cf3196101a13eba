//! The ports to accounts and services, in memory.

use std::collections::BTreeMap;
use std::rc::Rc;

use askama::filters::{Escaper as _, Html};
use relatch::{Password, SessionToken};
use sha2::{Digest as _, Sha256};

use super::{Fault, LateWrite, Memory, Posted, Staleness};
use relatch_domain::event_query::{EventCount, EventCursor, EventPage, EventQuery, StatsQuery};
use relatch_domain::events::{Event, EventView, Refusal};
use relatch_domain::hashing::{self, HashFormat};
use relatch_domain::mail::Message;
use relatch_domain::mail::failure::{MailFailure, SendError};
use relatch_domain::mail::rendering::{MailToRender, RenderOutcome};
use relatch_domain::mail::report::{MailReport, ReportCall, ReportError};
use relatch_domain::ports::{
    Capabilities, CasOutcome, Clock, CompiledLanguages, Directory, Entropy, Events, HookResponse,
    Hooks, HtmlFilter, Limiter, LinkRecords, Mailer, Outage, PageTextsFile, PasswordWrite,
    Passwords, Platform, RequestCall, ResetDecision, Templates, Webhooks,
};
use relatch_domain::template_key::TemplateKey;
use relatch_domain::values::account::{Account, AccountId, PasswordHash};
use relatch_domain::values::client::{AddressBlock, ClientInfo};
use relatch_domain::values::identifier::{AccountQuery, NameColumn};
use relatch_domain::values::link::{LinkId, LinkRecord};
use relatch_domain::values::mail_address::canonical_address;
use relatch_domain::values::session::{Session, SessionId, digest};
use relatch_domain::values::time::{Moment, RandomShare};
use relatch_domain::webhook::{WebhookFailure, WebhookMessage};

impl Memory {
    /// Compares and sets a password in one step, and never after the deadline.
    pub(super) fn write_password(&self, write: PasswordWrite<'_>) -> CasOutcome {
        let PasswordWrite { account: id, expected, hash, deadline, keep } = write;
        let mut accounts = self.accounts.borrow_mut();
        let matches =
            |account: &&mut Account| account.fingerprint(&self.application.id) == *expected;
        match accounts.get_mut(id).filter(matches) {
            Some(account) if self.time() < deadline => {
                account.password_hash = Some(hash.clone());
                if !self.ends_sessions_separately.get() {
                    self.drop_sessions(id, keep, hash);
                }
                self.passwords_set.borrow_mut().push((id.clone(), hash.clone()));
                CasOutcome::Applied
            }
            _ => CasOutcome::Conflict,
        }
    }

    /// Ends the sessions of an account that end with a write, except `keep`, which continues under
    /// the new password.
    fn drop_sessions(&self, id: &AccountId, keep: Option<&SessionId>, hash: &PasswordHash) {
        let Capabilities { ends_sessions, ends_other_sessions, .. } = self.capabilities();
        if !(if keep.is_some() { ends_other_sessions } else { ends_sessions }) {
            return;
        }
        let mut sessions = self.sessions.borrow_mut();
        sessions.retain(|session| session.owner != *id || Some(&session.id) == keep);
        for kept in sessions.iter_mut().filter(|session| session.owner == *id) {
            kept.version = kept.version.is_some().then(|| digest(hash.expose()));
        }
    }
}

/// The number of accounts that a query returns.
const FIND_LIMIT: usize = 20;

/// Folds a name more than Relatch does, as databases do, so that the service must compare again.
fn roughly(name: &str) -> String {
    relatch::internal::case_fold(name).chars().filter(char::is_ascii_alphanumeric).collect()
}

impl Directory for Memory {
    fn capabilities(&self) -> Capabilities {
        self.capabilities.get()
    }

    async fn find_accounts(&self, query: &AccountQuery) -> Result<Vec<Account>, Outage> {
        self.effect("directory.find_accounts", "", || {
            let wanted = roughly(query.canonical());
            let matches = |account: &&Account| match query.column() {
                NameColumn::Email => {
                    let email = account.email.as_deref().map(canonical_address);
                    email.is_some_and(|email| roughly(&email) == wanted)
                }
                NameColumn::Username => {
                    self.capabilities.get().finds_by_username
                        && roughly(&account.username) == wanted
                }
            };
            let mut found: Vec<Account> =
                self.accounts.borrow().values().filter(matches).cloned().collect();
            found.sort_by_key(|account| self.application.eligible(account).is_err());
            found.truncate(FIND_LIMIT);
            found
        })
        .await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Outage> {
        self.effect("directory.account", &id.0, || self.account_now(id)).await
    }

    async fn has_resettable_account(&self) -> Result<bool, Outage> {
        let could = |account: &Account| self.application.eligible(account).is_ok();
        self.effect("directory.has_resettable_account", "", || {
            self.accounts.borrow().values().any(could)
        })
        .await
    }

    async fn set_password(&self, write: PasswordWrite<'_>) -> Result<CasOutcome, Outage> {
        let fault = self.call("directory.set_password", &write.account.0).await;
        if self.refuses_writes.get() {
            return Ok(CasOutcome::Refused);
        }
        match fault {
            Fault::None if self.ends_sessions_separately.get() => {
                let outcome = self.write_password(write);
                if outcome == CasOutcome::Applied {
                    self.effect("directory.end_sessions", &write.account.0, || {
                        self.drop_sessions(write.account, write.keep, write.hash);
                    })
                    .await?;
                }
                Ok(outcome)
            }
            Fault::None => Ok(self.write_password(write)),
            Fault::Twice => {
                let _first = self.write_password(write);
                Ok(self.write_password(write))
            }
            Fault::Before => Err(Outage),
            Fault::After => {
                let _reply_is_lost = self.write_password(write);
                Err(Outage)
            }
            Fault::Late => {
                self.late.borrow_mut().push(LateWrite {
                    account: write.account.clone(),
                    expected: write.expected.clone(),
                    hash: write.hash.expose().to_owned(),
                    deadline: write.deadline,
                    keep: write.keep.cloned(),
                });
                Err(Outage)
            }
        }
    }

    fn ends_sessions_separately(&self) -> bool {
        self.ends_sessions_separately.get()
    }

    async fn end_sessions(&self, id: &AccountId) -> Result<(), Outage> {
        self.effect("directory.end_sessions", &id.0, || {
            let hash = self.account_now(id).and_then(|account| account.password_hash);
            self.drop_sessions(id, None, &hash.unwrap_or_else(|| PasswordHash::from("")));
        })
        .await
    }

    async fn authenticate(&self, session: &SessionToken) -> Result<Option<Session>, Outage> {
        self.effect("directory.authenticate", "", || {
            let id = digest(session.expose());
            let sessions = self.sessions.borrow();
            let found = sessions.iter().find(|session| session.id.0 == id)?;
            Session::of(self.account_now(&found.owner)?, found.id.clone(), found.version.as_deref())
        })
        .await
    }
}

impl Passwords for Memory {
    async fn hash(
        &self,
        password: &Password,
        format: HashFormat,
        seed: &[u8; 32],
    ) -> Result<PasswordHash, Outage> {
        self.effect("passwords.hash", "", || hashing::hash(password, format, seed))
            .await?
            .ok_or(Outage)
    }

    async fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<bool, Outage> {
        self.effect("passwords.verify", "", || hashing::verify(password, hash)).await
    }

    async fn check(
        &self,
        password: &Password,
        account: &Account,
    ) -> Result<Option<String>, Outage> {
        let rule = self.own_rule.borrow().clone();
        let Some(rule) = rule else { return Ok(None) };
        self.effect("passwords.check", &account.id.0, || rule(password.expose(), account)).await
    }
}

impl LinkRecords for Memory {
    async fn put(&self, id: &LinkId, record: &LinkRecord, until: Moment) -> Result<(), Outage> {
        self.effect("records.put", id.as_str(), || {
            self.records.borrow_mut().insert(id.clone(), (record.clone(), until));
        })
        .await
    }

    async fn read(&self, id: &LinkId) -> Result<Option<LinkRecord>, Outage> {
        self.effect("records.read", id.as_str(), || {
            let records = self.records.borrow();
            let (record, until) = records.get(id)?;
            let there = match self.staleness.get() {
                Staleness::Fresh => self.time() < *until,
                Staleness::NeverThere => false,
                Staleness::NeverGone => true,
            };
            there.then(|| record.clone())
        })
        .await
    }

    async fn delete(&self, id: &LinkId) -> Result<(), Outage> {
        // A reader whose records are never gone has seen it before.
        self.effect("records.delete", id.as_str(), || {
            if self.staleness.get() != Staleness::NeverGone {
                self.records.borrow_mut().remove(id);
            }
        })
        .await
    }
}

/// Allows no HTML at all: everything is text.
impl HtmlFilter for Memory {
    async fn clean(&self, html: &str) -> Result<String, Outage> {
        let mut text = String::new();
        Html.write_escaped_str(&mut text, html).map_err(|_| Outage)?;
        Ok(text)
    }
}

impl Mailer for Memory {
    async fn send(
        &self,
        message: &Message,
        hand_over: impl AsyncFnOnce() -> Result<(), Outage>,
    ) -> Result<(), SendError> {
        let fault = self.call("mailer.send", "").await;
        if matches!(fault, Fault::Before | Fault::Late) {
            return Err(MailFailure::ConnectionLost.into());
        }
        if let Some(error) = self.mail_failure.get() {
            return Err(error);
        }
        hand_over().await.map_err(|Outage| MailFailure::HandOverFailed)?;
        self.mails.borrow_mut().push(message.clone());
        if fault == Fault::After { Err(MailFailure::ConnectionLost.into()) } else { Ok(()) }
    }

    async fn reports(
        &self,
        call: ReportCall<'_>,
        now: Moment,
    ) -> Result<Vec<MailReport>, ReportError> {
        let read = self.read_reports.borrow().clone().ok_or(ReportError::Disabled)?;
        read(&call, now)
    }
}

impl Memory {
    /// Returns an event as its readers get it.
    fn view(&self, event: &Event) -> EventView {
        let count = Some(self.event_count(&event.id)).filter(|count| *count > 1);
        EventView { count, ..EventView::from(event) }
    }
}

impl Events for Memory {
    async fn record(&self, event: &Event) -> Result<(), Outage> {
        self.effect("events.record", event.action.as_str(), || {
            let mut events = self.events.borrow_mut();
            if events.iter().all(|kept| kept.id != event.id) {
                events.push(event.clone());
            } else if event.action.is_counted() {
                let mut counts = self.counts.borrow_mut();
                let count = counts.entry(event.id.clone()).or_insert(1);
                *count = count.saturating_add(1);
            }
        })
        .await
    }

    async fn is_recorded(&self, id: &str) -> Result<bool, Outage> {
        self.effect("events.is_recorded", id, || {
            self.events.borrow().iter().any(|event| event.id == id)
        })
        .await
    }

    async fn recent(&self, account: &AccountId, limit: u32) -> Result<Vec<EventView>, Outage> {
        self.effect("events.recent", &account.0, || {
            let events = self.events.borrow();
            let own = events.iter().rev().filter(|event| event.account.as_ref() == Some(account));
            let limit = usize::try_from(limit).unwrap_or_default();
            own.take(limit).map(|event| self.view(event)).collect()
        })
        .await
    }

    async fn page(&self, query: &EventQuery) -> Result<EventPage, Outage> {
        self.effect("events.page", "", || {
            let events = self.events.borrow();
            let place = |(row, event): (usize, &Event)| EventCursor {
                at: Moment::from_seconds(event.at.seconds()),
                row: u64::try_from(row).unwrap_or(u64::MAX),
            };
            let is_asked = |(place, event): &(EventCursor, &Event)| {
                query.account.as_ref().is_none_or(|id| event.account.as_ref() == Some(id))
                    && query.action.is_none_or(|action| event.action == action)
                    && query.since.is_none_or(|since| since <= place.at)
                    && query.until.is_none_or(|until| place.at < until)
                    && query.cursor.is_none_or(|cursor| *place < cursor)
            };
            let rows = events.iter().enumerate().map(|(row, event)| (place((row, event)), event));
            let mut rows: Vec<(EventCursor, &Event)> = rows.filter(is_asked).collect();
            rows.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
            let rows = rows.into_iter().map(|(place, event)| (place, self.view(event)));
            EventPage::of(rows, query.limit)
        })
        .await
    }

    async fn count_by_period(&self, query: &StatsQuery) -> Result<Vec<EventCount>, Outage> {
        self.effect("events.count_by_period", "", || {
            let StatsQuery { since, until, period } = *query;
            let mut counts = BTreeMap::new();
            for event in &*self.events.borrow() {
                if since <= event.at && event.at < until {
                    let at = event.at.rfc3339();
                    let begin = period.begin(at.get(..period.prefix()).unwrap_or_default());
                    let count: &mut u64 = counts.entry((begin, event.action.as_str())).or_default();
                    *count = count.saturating_add(self.event_count(&event.id).into());
                }
            }
            let count = |((at, event), count): ((String, &str), u64)| EventCount {
                at,
                event: event.to_owned(),
                count,
            };
            counts.into_iter().map(count).collect()
        })
        .await
    }

    async fn erase(&self, account: &AccountId) -> Result<(), Outage> {
        self.effect("events.erase", &account.0, || {
            self.events.borrow_mut().retain(|event| event.account.as_ref() != Some(account));
        })
        .await
    }

    async fn delete_before(&self, before: Moment, limit: u32) -> Result<u32, Outage> {
        self.effect("events.delete_before", "", || {
            let mut deleted = 0_u32;
            self.events.borrow_mut().retain(|event| {
                let is_old = event.at < before && deleted < limit;
                deleted = deleted.saturating_add(u32::from(is_old));
                !is_old
            });
            deleted
        })
        .await
    }

    fn log(&self, event: &Event) {
        self.logged.borrow_mut().push(event.clone());
    }

    fn log_refusal(&self, refusal: &Refusal) {
        self.log(&refusal.event());
        self.refusals.borrow_mut().push(refusal.clone());
    }
}

impl Webhooks for Memory {
    async fn post(&self, message: &WebhookMessage<'_>) -> Result<(), WebhookFailure> {
        let body =
            serde_json::to_string(&message.payload()).map_err(|_| WebhookFailure::NoAnswer)?;
        let posted = Posted {
            endpoint: message.endpoint.name.clone(),
            headers: message.headers(&body).to_vec(),
            body,
        };
        let answer = self.effect("webhooks.post", &message.endpoint.name, || {
            let status = self.webhook_status.get();
            self.posted.borrow_mut().push(posted);
            WebhookFailure::of_status(status)
        });
        answer.await.unwrap_or(Err(WebhookFailure::NoAnswer))
    }
}

impl Limiter for Memory {
    async fn check(&self, block: &AddressBlock) -> Result<bool, Outage> {
        self.effect("limiter.check", block.as_str(), || {
            let mut counts = self.request_counts.borrow_mut();
            let mut is_within = |block: &str, limit: u32| {
                let count = counts.entry(block.to_owned()).or_default();
                *count = count.saturating_add(1);
                *count <= limit
            };
            let wide = self.wide_request_limit.get();
            is_within(block.as_str(), self.request_limit.get())
                && wide.is_none_or(|limit| is_within(block.wide(), limit))
        })
        .await
    }
}

/// The hooks that a test has set: see [`Memory::set_hooks`].
impl Hooks for Memory {
    async fn before_request(
        &self,
        call: RequestCall<'_>,
        _: &ClientInfo,
    ) -> Result<Option<HookResponse>, Outage> {
        let hook = self.hooks.borrow().before_request.clone();
        let Some(hook) = hook else { return Ok(None) };
        self.effect("hooks.before_request", call.surface, || hook(call)).await
    }

    fn decides_resets(&self) -> bool {
        self.hooks.borrow().may_reset.is_some()
    }

    async fn may_reset(&self, account: &Account) -> Result<ResetDecision, Outage> {
        let hook = self.hooks.borrow().may_reset.clone();
        let Some(hook) = hook else { return Ok(ResetDecision::Allowed) };
        self.effect("hooks.may_reset", &account.id.0, || hook(account)).await
    }

    fn receives_events(&self) -> bool {
        self.hooks.borrow().on_event.is_some()
    }

    async fn on_event(&self, event: &Event) -> Result<(), Outage> {
        let hook = self.hooks.borrow().on_event.clone();
        let Some(hook) = hook else { return Ok(()) };
        self.effect("hooks.on_event", event.action.as_str(), || hook(event)).await
    }

    fn renders_mails(&self) -> bool {
        self.hooks.borrow().render.is_some()
    }

    async fn render(&self, mail: &MailToRender) -> Result<RenderOutcome, Outage> {
        let hook = self.hooks.borrow().render.clone();
        let Some(hook) = hook else { return Ok(RenderOutcome::Unset) };
        self.effect("hooks.render", &mail.to, || hook(mail)).await
    }
}

impl Templates for Memory {
    fn has_any(&self) -> bool {
        !self.templates.borrow().is_empty()
    }

    async fn read(&self, key: &TemplateKey) -> Result<Option<String>, Outage> {
        let key = key.to_string();
        self.effect("templates.read", &key, || self.templates.borrow().get(&key).cloned()).await
    }

    async fn read_page_texts(&self, key: &TemplateKey) -> Result<PageTextsFile, Outage> {
        Ok(PageTextsFile { file: Templates::read(self, key).await?.map(Rc::from), is_new: true })
    }
}

impl Clock for Memory {
    fn now(&self) -> Moment {
        self.time()
    }
}

impl Entropy for Memory {
    /// Different every time, and the same in every run: a run that failed fails again.
    fn random_bytes(&self) -> Result<[u8; 32], Outage> {
        let drawn = self.drawn.get().saturating_add(1);
        self.drawn.set(drawn);
        Ok(Sha256::digest(drawn.to_be_bytes()).into())
    }

    /// One half, unless a test has chosen other shares: see [`Memory::set_shares`].
    fn random_share(&self) -> Result<RandomShare, Outage> {
        Ok(self.share())
    }
}

impl Platform for Memory {
    type Directory = Self;
    type Passwords = Self;
    type Records = Self;
    type Intakes = Self;
    type Mailboxes = Self;
    type PasswordChanges = Self;
    type Mailer = Self;
    type Events = Self;
    type Webhooks = Self;
    type Limiter = Self;
    type Languages = CompiledLanguages;
    type CaptchaProviders = Self;
    type BreachedPasswords = Self;
    type Templates = Self;
    type HtmlFilter = Self;
    type Hooks = Self;
    type Clock = Self;
    type Entropy = Self;

    fn directory(&self) -> &Self {
        self
    }
    fn passwords(&self) -> &Self {
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
    fn webhooks(&self) -> &Self {
        self
    }
    fn limiter(&self) -> &Self {
        self
    }
    fn languages(&self) -> &CompiledLanguages {
        &CompiledLanguages
    }
    fn captcha_providers(&self) -> &Self {
        self
    }
    fn breached_passwords(&self) -> &Self {
        self
    }
    fn templates(&self) -> &Self {
        self
    }
    fn html_filter(&self) -> &Self {
        self
    }
    fn hooks(&self) -> &Self {
        self
    }
    fn clock(&self) -> &Self {
        self
    }
    fn entropy(&self) -> &Self {
        self
    }
}
