//! The parameters and the responses of the calls that read all accounts of an application. They are
//! in the query of a GET, and every one has the checks of a body: no unknown one, and each once.

use std::time::Duration;

use http::Response;
use relatch::Problem;
use relatch::wire::field;
use serde::{Serialize, Serializer};

use crate::decode::{Body, Fields, invalid, query};
use crate::decode::{account_id, limit};
use crate::problem::success;
use relatch_domain::event_query::{
    EventCount, EventCursor, EventPage, EventQuery, Period, StatsQuery,
};
use relatch_domain::events::{Action, EventView};
use relatch_domain::mail::mail_name::MailName;
use relatch_domain::values::time::Moment;
use relatch_domain::waiting::WaitingMail;

/// The span of statistics without `since`.
const DEFAULT_HOURS: Duration = Duration::from_secs(24 * 3600);
const DEFAULT_DAYS: Duration = Duration::from_secs(7 * 24 * 3600);

const TIME: &str = "a time in UTC, such as `2026-11-20T14:05:00Z`, or a date";

/// Takes a time.
fn time(fields: &mut Fields, name: &str) -> Result<Option<Moment>, Problem> {
    let parse = |text: String| {
        Moment::parse(&text).ok_or_else(|| invalid(&format!("`{name}` must be {TIME}.")))
    };
    fields.text(name)?.map(parse).transpose()
}

impl Body for EventQuery {
    const FIELDS: &'static [&'static str] =
        &[field::ACCOUNT, field::EVENT, field::SINCE, field::UNTIL, field::CURSOR, field::LIMIT];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let action = match fields.text(field::EVENT)? {
            None => None,
            Some(name) => {
                Some(*Action::ALL.iter().find(|action| action.as_str() == name).ok_or_else(
                    || invalid("`event` must be the name of an event, such as `link_sent`."),
                )?)
            }
        };
        let cursor = match fields.text(field::CURSOR)? {
            None => None,
            Some(text) => Some(EventCursor::parse(&text).ok_or_else(|| {
                invalid("`cursor` must be the `next_cursor` of an earlier page.")
            })?),
        };
        Ok(Self {
            account: fields.text(field::ACCOUNT)?.map(account_id).transpose()?,
            action,
            since: time(fields, field::SINCE)?,
            until: time(fields, field::UNTIL)?,
            cursor,
            limit: limit(fields)?,
        })
    }
}

/// What to count. A missing time depends on the present one.
pub(crate) struct StatsFields {
    period: Period,
    since: Option<Moment>,
    until: Option<Moment>,
}

impl Body for StatsFields {
    const FIELDS: &'static [&'static str] = &[field::BY, field::SINCE, field::UNTIL];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let period = match fields.text(field::BY)? {
            None => Period::Day,
            Some(name) => {
                Period::parse(&name).ok_or_else(|| invalid("`by` must be `hour` or `day`."))?
            }
        };
        Ok(Self { period, since: time(fields, field::SINCE)?, until: time(fields, field::UNTIL)? })
    }
}

impl StatsFields {
    /// Returns the query at this time: by default the last 24 hours by hour, or the last 7 days by
    /// day.
    ///
    /// # Errors
    ///
    /// `request_invalid` if the span is empty or too long.
    pub(crate) fn at(self, now: Moment) -> Result<StatsQuery, Problem> {
        let Self { period, since, until } = self;
        let span = match period {
            Period::Hour => DEFAULT_HOURS,
            Period::Day => DEFAULT_DAYS,
        };
        // The event of this second is not left out.
        let until = until.unwrap_or_else(|| now.after(Duration::from_secs(1)));
        let since = since.unwrap_or_else(|| until.before(span));
        if until <= since {
            return Err(invalid("`since` must be before `until`."));
        }
        if until.since(since) > period.longest_span() {
            return Err(invalid(
                "`since` and `until` must be at most 48 hours apart by hour, and 31 days by day.",
            ));
        }
        Ok(StatsQuery { since, until, period })
    }
}

/// A page of events.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "EventPage"))]
pub(crate) struct Page {
    /// The events, newest first.
    events: Vec<EventView>,
    /// The `cursor` of the next page.
    next_cursor: Option<String>,
}

/// Returns the response with a page of events.
pub(crate) fn events_response(EventPage { events, next }: EventPage) -> Response<Vec<u8>> {
    success(&Page { events, next_cursor: next.map(|next| next.to_string()) })
}

/// The numbers of events.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "EventStats"))]
pub(crate) struct Stats {
    /// The length of a period: `hour` or `day`.
    by: &'static str,
    /// The time from which events count.
    since: String,
    /// The time before which events count.
    until: String,
    /// The periods in order.
    periods: Vec<PeriodCounts>,
}

/// The numbers of one period. Periods without events are left out.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct PeriodCounts {
    /// The begin of the period (RFC 3339).
    pub(crate) at: String,
    /// The number of each event.
    #[serde(serialize_with = "as_map")]
    #[cfg_attr(feature = "openapi", schemars(with = "std::collections::BTreeMap<String, u64>"))]
    pub(crate) events: Vec<(String, u64)>,
}

fn as_map<S: Serializer>(pairs: &[(String, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, count)| (name, count)))
}

/// Groups counts by their periods, which are in order.
pub(crate) fn by_period(counts: Vec<EventCount>) -> Vec<PeriodCounts> {
    let mut periods: Vec<PeriodCounts> = Vec::new();
    for EventCount { at, event, count } in counts {
        match periods.last_mut().filter(|period| period.at == at) {
            Some(period) => period.events.push((event, count)),
            None => periods.push(PeriodCounts { at, events: vec![(event, count)] }),
        }
    }
    periods
}

/// Returns the response with the numbers of events.
pub(crate) fn stats_response(query: &StatsQuery, counts: Vec<EventCount>) -> Response<Vec<u8>> {
    success(&Stats {
        by: query.period.as_str(),
        since: query.since.rfc3339(),
        until: query.until.rfc3339(),
        periods: by_period(counts),
    })
}

/// A mail that waits.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "WaitingMail"))]
pub(crate) struct OutboxEntry {
    /// Which mail it is: `link`, `links`, `ambiguous`, `notice` or `invitation`.
    pub(crate) mail: &'static str,
    /// The ids of the accounts that it is about.
    pub(crate) accounts: Vec<String>,
    /// When it was accepted (RFC 3339, UTC).
    pub(crate) added: String,
    /// The attempts that have begun.
    pub(crate) attempts: u32,
    /// When the next attempt may begin (RFC 3339, UTC).
    pub(crate) next_attempt: String,
    /// Why the latest attempt failed.
    pub(crate) last_code: Option<String>,
    /// Whether an attempt has no answer, so that the mail may have arrived.
    pub(crate) may_be_delivered: bool,
}

impl From<WaitingMail> for OutboxEntry {
    fn from(waiting: WaitingMail) -> Self {
        Self {
            mail: match waiting.mail {
                MailName::Link => "link",
                MailName::Links => "links",
                MailName::Ambiguous => "ambiguous",
                MailName::Notice => "notice",
                MailName::Invitation => "invitation",
            },
            accounts: waiting.accounts.into_iter().map(|account| account.0).collect(),
            added: waiting.added.rfc3339(),
            attempts: waiting.attempts,
            next_attempt: waiting.next_attempt.rfc3339(),
            last_code: waiting.last_code,
            may_be_delivered: waiting.may_be_delivered,
        }
    }
}

/// The mails that wait.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "WaitingMails"))]
pub(crate) struct Outbox {
    /// The number of mails that are due now, after a retry.
    #[serde(skip_serializing_if = "Option::is_none")]
    retried: Option<u32>,
    /// The mails.
    mails: Vec<OutboxEntry>,
}

/// Returns the response with the mails that wait, and the number of those that are due now.
pub(crate) fn outbox_response(mails: Vec<WaitingMail>, retried: Option<u32>) -> Response<Vec<u8>> {
    success(&Outbox { retried, mails: mails.into_iter().map(OutboxEntry::from).collect() })
}

/// Decodes the query of a GET.
pub(crate) fn read<T: Body>(request: &http::Request<Vec<u8>>) -> Result<T, Problem> {
    query(request.uri().query().unwrap_or_default())?.into_body()
}
