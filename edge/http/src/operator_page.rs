//! The operator's page: recent events, the mails that wait, and numbers, in a browser and without
//! scripts. It is off by default, is read with GET only, and changes nothing.
//!
//! A server key with the scope `operator` is typed into a form once. The cookie that follows holds the
//! key's label and its expiry under a MAC that includes the scope and the stored hash of the key, so
//! it ends with the key or its scope, and never holds the key. It is in English, as the names of events
//! are.

use std::time::Duration;

use askama::Template;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use relatch::wire::{field, path};
use relatch::{Code, Problem};

use crate::context::Context;
use crate::decode::{self, FORM, Fields, Json, account_id, check_content};
use crate::operator::{OutboxEntry, PeriodCounts, StatsFields, by_period};
use crate::pages::cookie::values;
use crate::pages::document::{hash_source, html_response};
use crate::pages::form::{is_ours, value};
use crate::problem::{Reply, problem_for};
use relatch_domain::application::Application;
use relatch_domain::event_query::{EventPage, EventQuery};
use relatch_domain::events::{Action, EventView};
use relatch_domain::ports::{Clock as _, Outage, Platform};
use relatch_domain::use_cases::server::{ServerApi, ServerError, Subject};
use relatch_domain::values::keys::{self, Purpose, base64url, first_half};
use relatch_domain::values::server_key::{KeyError, Scope};
use relatch_domain::values::time::Moment;
use relatch_domain::waiting::WaitingMail;

pub(crate) const STYLE: &str = include_str!("../templates/operator/style.css");

/// The time for which the browser keeps the page open.
const SESSION: Duration = Duration::from_secs(15 * 60);
/// The field of the form with the key.
const KEY: &str = "key";
/// The parameter that selects a view.
const VIEW: &str = "view";

const EVENTS: &str = "Events";
const OUTBOX: &str = "Waiting mails";
const STATS: &str = "Numbers";
const TABS: [(&str, &str); 3] = [("events", EVENTS), ("outbox", OUTBOX), ("stats", STATS)];

/// The content of the page.
enum View {
    Message(&'static str),
    SignIn,
    Events(EventsView),
    Outbox(OutboxView),
    Stats(StatsView),
}

/// A view with its title, and what is wrong.
struct Sheet<'a> {
    title: &'a str,
    alert: Option<&'a str>,
    view: &'a View,
}

impl<'a> Sheet<'a> {
    /// Returns a sheet on which nothing is wrong.
    fn new(title: &'a str, view: &'a View) -> Self {
        Self { title, alert: None, view }
    }
}

/// A link to a view.
#[derive(Clone)]
struct Tab {
    name: &'static str,
    label: &'static str,
    is_current: bool,
}

/// An event to select.
struct Choice {
    name: &'static str,
    is_selected: bool,
}

/// The filters as they were typed.
#[derive(Default)]
struct Typed {
    account: String,
    event: String,
    since: String,
    until: String,
}

struct EventsView {
    typed: Typed,
    names: Vec<Choice>,
    events: Vec<EventRow>,
    /// The URL of the next page.
    older: Option<String>,
}

#[derive(Default)]
struct OutboxView {
    who: String,
    by_name: bool,
    mails: Option<Vec<MailRow>>,
}

struct StatsView {
    by_hour: bool,
    periods: Vec<PeriodTable>,
}

#[derive(Template)]
#[template(path = "operator/page.html")]
struct Document<'a> {
    application: &'a str,
    path: &'a str,
    title: &'a str,
    tabs: Vec<Tab>,
    alert: Option<&'a str>,
    style: &'static str,
    view: &'a View,
}

/// An event as the page shows it.
struct EventRow {
    at: String,
    plain: String,
    event: String,
    account: String,
    detail: String,
    address: String,
}

impl From<EventView> for EventRow {
    fn from(view: EventView) -> Self {
        let EventView { at, event, account, address, reported_by, detail, count, .. } = view;
        let times = |count: u32| format!(" ({count} times)");
        let by = |label: String| format!(", reported by {label}");
        let attempt = |number: u32| format!(", attempt {number}");
        Self {
            plain: plain(&at),
            at,
            event: [event, count.map(times).unwrap_or_default()].concat(),
            account: or_dash(account),
            detail: [or_dash(detail), view.attempt.map(attempt).unwrap_or_default()].concat(),
            address: [or_dash(address), reported_by.map(by).unwrap_or_default()].concat(),
        }
    }
}

/// A mail that waits, as the page shows it.
struct MailRow {
    mail: &'static str,
    accounts: String,
    added: String,
    attempts: u32,
    next_attempt: String,
    failure: String,
}

impl From<WaitingMail> for MailRow {
    fn from(waiting: WaitingMail) -> Self {
        let OutboxEntry {
            mail,
            accounts,
            added,
            attempts,
            next_attempt,
            last_code,
            may_be_delivered,
        } = waiting.into();
        let note = if may_be_delivered { " (may have been delivered)" } else { "" };
        Self {
            mail,
            accounts: accounts.join(", "),
            added: plain(&added),
            attempts,
            next_attempt: plain(&next_attempt),
            failure: or_dash(last_code) + note,
        }
    }
}

/// The numbers of one period, as the page shows them.
struct PeriodTable {
    at: String,
    plain: String,
    events: Vec<(String, u64)>,
}

impl From<PeriodCounts> for PeriodTable {
    fn from(PeriodCounts { at, events }: PeriodCounts) -> Self {
        Self { plain: plain(&at), at, events }
    }
}

/// Writes an RFC 3339 time for people.
fn plain(at: &str) -> String {
    at.replace('T', " ").replace('Z', "")
}

/// Writes a text, or a dash for a missing one.
fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "\u{2013}".to_owned())
}

/// Answers a visit of the page, or its form.
pub(crate) async fn answer<P: Platform>(context: Context<'_, P>) -> Reply {
    if context.method() == Method::POST {
        return sign_in(context).await.unwrap_or_else(|code| refused(context, code));
    }
    let application = context.application();
    let now = context.service.platform.clock().now();
    let Some(label) = signed_in(application, context.headers(), now) else {
        return document(application, StatusCode::OK, Sheet::new("Operations", &View::SignIn))
            .into();
    };
    let api = ServerApi { service: context.service, label, address: context.caller.address_text() };
    match show(context, &api, now).await {
        Ok((title, view, None)) => {
            document(application, StatusCode::OK, Sheet::new(title, &view)).into()
        }
        Ok((title, view, Some(wrong))) => {
            // A search without a result is a valid one.
            let is_unknown = wrong.code == Code::AccountUnknown.as_str();
            let status = if is_unknown { StatusCode::OK } else { StatusCode::BAD_REQUEST };
            let text = wrong.detail.as_deref().unwrap_or(&wrong.title);
            document(application, status, Sheet { title, alert: Some(text), view: &view }).into()
        }
        Err(code) => refused(context, code),
    }
}

/// Returns the page that reports an error of a call.
pub(crate) fn error_reply(application: &Application, code: Option<Code>) -> Reply {
    let code = code.unwrap_or(Code::RequestInvalid);
    let text = match code {
        Code::Unavailable => "A part of the service does not respond. Try again in a moment.",
        Code::TooManyRequests => "Too many attempts came from this address. Try again in a minute.",
        Code::OriginNotAllowed => "Your browser did not confirm that this form is from this page.",
        _ => "Your browser sent something that this page does not accept.",
    };
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let view = View::Message(text);
    let mut response = document(application, status, Sheet::new("This did not work", &view));
    if let Some(seconds) = problem_for(code).retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Reply { response, problem: Some(code) }
}

/// Returns the page after a refusal: the form again for a wrong key, and otherwise a message.
fn refused<P>(context: Context<'_, P>, code: Code) -> Reply {
    let application = context.application();
    let alert = match code {
        Code::KeyInvalid => "This is not a server key of this application.",
        Code::KeyOutOfScope => "This server key does not have the scope `operator`.",
        _ => return error_reply(application, Some(code)),
    };
    let sheet = Sheet { alert: Some(alert), ..Sheet::new("Operations", &View::SignIn) };
    let response = document(application, StatusCode::FORBIDDEN, sheet);
    Reply { response, problem: Some(code) }
}

/// Answers the form with the key.
async fn sign_in<P: Platform>(context: Context<'_, P>) -> Result<Reply, Code> {
    let (application, headers) = (context.application(), context.headers());
    if !is_ours(application, headers) {
        return Err(Code::OriginNotAllowed);
    }
    let invalid = |problem: Problem| problem.code.parse().unwrap_or(Code::RequestInvalid);
    check_content(context.request, FORM).map_err(invalid)?;
    let typed = value(context.request.body(), KEY).ok().flatten();
    let typed = typed.ok_or(Code::RequestInvalid)?;
    context.service.check_limit(context.caller).await?;
    let caller = application.server_keys.caller(typed.trim(), Scope::Operator);
    let caller = caller.map_err(|error| match error {
        KeyError::Unknown => Code::KeyInvalid,
        KeyError::OutOfScope => Code::KeyOutOfScope,
    })?;
    let label = caller.label;
    let cookie = cookie(application, &label, context.service.platform.clock().now());
    let api = ServerApi { service: context.service, label, address: context.caller.address_text() };
    api.record_sign_in().await.map_err(|Outage| Code::Unavailable)?;
    let mut response = Response::new(Vec::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    let location = HeaderValue::try_from(url(application)).map_err(|_| Code::RequestInvalid)?;
    headers.insert(header::LOCATION, location);
    headers.insert(header::SET_COOKIE, cookie.ok_or(Code::KeyInvalid)?);
    Ok(response.into())
}

/// A view with its title, and what is wrong with its parameters.
type Shown = (&'static str, View, Option<Problem>);

/// Reads what a view shows.
async fn show<P: Platform>(
    context: Context<'_, P>,
    api: &ServerApi<'_, P>,
    now: Moment,
) -> Result<Shown, Code> {
    let query = context.request.uri().query().unwrap_or_default();
    let Ok(mut fields) = decode::query(query) else { return Err(Code::RequestInvalid) };
    // A form sends the fields that were left empty.
    fields.0.retain(|(_, value)| !matches!(value, Json::Text(text) if text.is_empty()));
    let view = fields.text(VIEW).map_err(|_| Code::RequestInvalid)?;
    match view.as_deref() {
        None | Some("events") => events(context.application(), api, fields).await,
        Some("outbox") => outbox(api, fields).await,
        Some("stats") => stats(api, fields, now).await,
        Some(_) => Err(Code::RequestInvalid),
    }
}

/// Returns a field as it was typed, and leaves it.
fn typed(fields: &Fields, name: &str) -> String {
    let found = fields.0.iter().find(|(known, _)| known == name);
    match found {
        Some((_, Json::Text(text))) => text.clone(),
        _ => String::new(),
    }
}

async fn events<P: Platform>(
    application: &Application,
    api: &ServerApi<'_, P>,
    fields: Fields,
) -> Result<Shown, Code> {
    let typed = |name: &str| typed(&fields, name);
    let typed = Typed {
        account: typed(field::ACCOUNT),
        event: typed(field::EVENT),
        since: typed(field::SINCE),
        until: typed(field::UNTIL),
    };
    let (page, wrong) = match fields.into_body::<EventQuery>() {
        Ok(query) => (api.list_events(&query).await.map_err(|Outage| Code::Unavailable)?, None),
        Err(problem) => (EventPage::default(), Some(problem)),
    };
    let EventPage { events, next } = page;
    let older = next.map(|next| {
        let mut older = format!("{}?{VIEW}=events&{}={next}", url(application), field::CURSOR);
        for (name, value) in [
            (field::ACCOUNT, &typed.account),
            (field::EVENT, &typed.event),
            (field::SINCE, &typed.since),
            (field::UNTIL, &typed.until),
        ] {
            if !value.is_empty() {
                let value = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
                older.extend(["&", name, "=", &value]);
            }
        }
        older
    });
    let names = Action::ALL.iter().filter(|action| **action != Action::CallRefused);
    let choice = |name: &'static str| Choice { name, is_selected: name == typed.event };
    let names = names.map(|action| choice(action.as_str())).collect();
    let events = events.into_iter().map(EventRow::from).collect();
    Ok((EVENTS, View::Events(EventsView { typed, names, events, older }), wrong))
}

async fn outbox<P: Platform>(api: &ServerApi<'_, P>, fields: Fields) -> Result<Shown, Code> {
    let (who, by) = (typed(&fields, "who"), typed(&fields, field::BY));
    let by_name = by == field::IDENTIFIER;
    let mut view = OutboxView { who: who.clone(), by_name, mails: None };
    if who.is_empty() {
        return Ok((OUTBOX, View::Outbox(view), None));
    }
    let subject = if by_name {
        decode::identifier(field::IDENTIFIER, &who).map(Subject::Named)
    } else {
        account_id(who).map(Subject::Account)
    };
    let wrong = match subject {
        Err(problem) => Some(problem),
        Ok(subject) => match api.waiting_mails(&subject).await {
            Ok(mails) => {
                view.mails = Some(mails.into_iter().map(MailRow::from).collect());
                None
            }
            Err(ServerError { code: Code::AccountUnknown, .. }) => {
                Some(Code::AccountUnknown.into())
            }
            Err(error) => return Err(error.code),
        },
    };
    Ok((OUTBOX, View::Outbox(view), wrong))
}

async fn stats<P: Platform>(
    api: &ServerApi<'_, P>,
    fields: Fields,
    now: Moment,
) -> Result<Shown, Code> {
    let by_hour = typed(&fields, field::BY) == "hour";
    let query = fields.into_body::<StatsFields>().and_then(|fields| fields.at(now));
    let (periods, wrong) = match query {
        Ok(query) => {
            let counts = api.count_events(&query).await.map_err(|Outage| Code::Unavailable)?;
            let periods = by_period(counts).into_iter().rev().map(PeriodTable::from);
            (periods.collect(), None)
        }
        Err(problem) => (Vec::new(), Some(problem)),
    };
    Ok((STATS, View::Stats(StatsView { by_hour, periods }), wrong))
}

/// Returns the path of the page.
fn url(application: &Application) -> String {
    [&application.base_path, path::OPERATOR_PAGE].concat()
}

fn document(
    application: &Application,
    status: StatusCode,
    Sheet { title, alert, view }: Sheet<'_>,
) -> Response<Vec<u8>> {
    let tab = |(name, label)| Tab { name, label, is_current: label == title };
    let is_open = matches!(view, View::Events(_) | View::Outbox(_) | View::Stats(_));
    let document = Document {
        application: &application.name,
        path: &url(application),
        title,
        tabs: if is_open { TABS.map(tab).to_vec() } else { Vec::new() },
        alert,
        style: STYLE,
        view,
    };
    let style = hash_source(STYLE);
    let policy = format!(
        "default-src 'none'; style-src {style}; img-src data:; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    let mut response = html_response(document.render().unwrap_or_default(), &policy);
    *response.status_mut() = status;
    response
}

/// Returns the label of the key by which this browser has opened the page, if that is not over.
fn signed_in(application: &Application, headers: &HeaderMap, now: Moment) -> Option<String> {
    let name = cookie_name(application);
    values(headers, &name).find_map(|value| verified(application, value, now))
}

/// Returns the label in a cookie that is genuine and has not expired, while its key exists.
fn verified(application: &Application, cookie: &str, now: Moment) -> Option<String> {
    let mut parts = cookie.split('.');
    let (label, expiry, mac) = (parts.next()?, parts.next()?, parts.next()?);
    let seconds: u64 = expiry.parse().ok().filter(|_| parts.next().is_none())?;
    let expires_at = Moment::from_seconds(seconds);
    if expires_at <= now || expires_at > now.after(SESSION) {
        return None;
    }
    let mut bytes = [0; 32];
    let decoded = Base64UrlUnpadded::decode(mac, &mut bytes).is_ok_and(|mac| mac.len() == 32);
    let hash = application.server_keys.hash_of(label, Scope::Operator).filter(|_| decoded)?;
    let keys = &application.keys;
    let fields = signed_fields(label, expiry, hash);
    let is_genuine = keys.ids().any(|id| keys.verify(id, Purpose::Cookie, &fields, &bytes));
    is_genuine.then(|| label.to_owned())
}

fn signed_fields<'a>(label: &'a str, expiry: &'a str, hash: &'a [u8]) -> [&'a [u8]; 5] {
    [b"operator page", label.as_bytes(), b"operator", expiry.as_bytes(), hash]
}

/// Returns the cookie of the key with this label, or `None` if there is no such key.
fn cookie(application: &Application, label: &str, now: Moment) -> Option<HeaderValue> {
    let expiry = now.after(SESSION).seconds().to_string();
    let hash = application.server_keys.hash_of(label, Scope::Operator)?;
    let mac = application.keys.sign(Purpose::Cookie, &signed_fields(label, &expiry, hash));
    let (name, path) = (cookie_name(application), url(application));
    // Safari does not store a `Secure` cookie of a page over http, also on loopback.
    let secure = if has_https(application) { "; Secure" } else { "" };
    let seconds = SESSION.as_secs();
    let mac = base64url(&mac);
    let mut cookie = HeaderValue::try_from(format!(
        "{name}={label}.{expiry}.{mac}; Path={path}; Max-Age={seconds}; HttpOnly{secure}; \
         SameSite=Strict"
    ))
    .ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

fn has_https(application: &Application) -> bool {
    application.own_origin.starts_with("https:")
}

/// Returns the name of the cookie. It contains a digest of the application and its base path, as
/// those of the other pages do.
fn cookie_name(application: &Application) -> String {
    let prefix = if has_https(application) { "__Secure-" } else { "" };
    let fields = [application.base_path.as_bytes()];
    let digest = first_half(keys::digest(&application.id, "operator cookie", &fields));
    [prefix, "relatch-operator-", &base64url(&digest)].concat()
}
