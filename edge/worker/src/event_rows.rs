//! Events as rows of a table and as log lines. In the statements, `{events}` is the table's name.

use relatch_domain::event_query::{EventCursor, EventQuery};
use relatch_domain::events::{Action, Event, EventView, Refusal};
use relatch_domain::values::link::LinkId;
use relatch_domain::values::time::Moment;
use serde::Serialize;

/// Stores an event. One that is already stored stays unchanged.
pub const INSERT: &str = "INSERT OR IGNORE INTO {events} (id, at, action, application, account, address, detail) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
/// Stores a counted event, or adds one to the count of the stored one with the same id. Returns the
/// count.
pub const COUNT: &str = "INSERT INTO {events} (id, at, action, application, account, address, detail) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET count = {events}.count + 1 \
    RETURNING count";
/// Selects a row if the event with this id is stored.
pub const IS_RECORDED: &str = "SELECT 1 FROM {events} WHERE id = ?1";
/// Deletes old events by the index on `at`. The parameters are application, the time from which
/// events are kept, and the limit. Returns a row for each. The `+` keeps the application's index
/// out.
pub const DELETE_BEFORE: &str = "DELETE FROM {events} WHERE id IN (SELECT id FROM {events} \
    WHERE +application = ?1 AND at < ?2 ORDER BY at LIMIT ?3) RETURNING 1";
/// Selects the latest events of an account, newest first. The parameters are application, account
/// and limit.
pub const RECENT: &str = "SELECT id, at, action, account, address, detail, count FROM {events} \
    WHERE application = ?1 AND account = ?2 \
    ORDER BY at DESC, rowid DESC LIMIT ?3";
/// Counts events by period and name. The parameters are application, the number of characters that
/// the times of one period share, and the times from which and before which events count. As in
/// [`DELETE_BEFORE`], the `+` keeps the application's index out.
pub const COUNT_BY_PERIOD: &str = "SELECT substr(at, 1, ?2) AS period, action, sum(count) AS count FROM {events} \
    WHERE +application = ?1 AND at >= ?3 AND at < ?4 GROUP BY 1, 2 ORDER BY 1, 2";
/// Deletes the events of an account. The parameters are application and account.
pub const ERASE: &str = "DELETE FROM {events} WHERE application = ?1 AND account = ?2";

/// Selects no row, and fails if the table is missing or has other columns.
pub const PROBE: &str =
    "SELECT id, at, action, application, account, address, detail, count FROM {events} LIMIT 0";

/// The name of the table, unless the deployment has another one.
pub const TABLE: &str = "events";

/// Returns a statement for the table with this name.
#[must_use]
pub fn statement(sql: &str, table: &str) -> String {
    sql.replace("{events}", table)
}

/// A parameter of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    /// A text.
    Text(String),
    /// A whole number of at most 53 bits.
    Number(u64),
}

/// Returns the statement of a page of events and its parameters. It selects one row more than the
/// page may have. A page of one account uses the index on accounts; all others read backwards by
/// the index on `at`, which the `+` ensures.
#[must_use]
pub fn page(application: &str, query: &EventQuery) -> (String, Vec<Param>) {
    let EventQuery { account, action, since, until, cursor, limit } = query;
    let mut sql =
        "SELECT rowid AS row, id, at, action, account, address, detail, count FROM {events} WHERE "
            .to_owned();
    let mut params = Vec::new();
    let mut add = |condition: &str, param: Param| {
        if !params.is_empty() {
            sql.push_str(" AND ");
        }
        sql.push_str(condition);
        params.push(param);
    };
    let time = |at: &Moment| Param::Text(at.rfc3339());
    let own = if account.is_some() { "application = ?" } else { "+application = ?" };
    add(own, Param::Text(application.to_owned()));
    if let Some(account) = account {
        add("account = ?", Param::Text(account.0.clone()));
    }
    if let Some(action) = action {
        add("action = ?", Param::Text(action.as_str().to_owned()));
    }
    if let Some(since) = since {
        add("at >= ?", time(since));
    }
    if let Some(until) = until {
        add("at < ?", time(until));
    }
    if let Some(EventCursor { at, row }) = cursor {
        add("at <= ?", time(at));
        add("(at < ?", time(at));
        params.push(Param::Number(*row));
        sql.push_str(" OR rowid < ?)");
    }
    sql.push_str(" ORDER BY at DESC, rowid DESC LIMIT ?");
    params.push(Param::Number(u64::from(*limit).saturating_add(1)));
    (sql, params)
}

/// Returns the parameters of [`INSERT`].
#[must_use]
pub fn insert_params(event: &Event) -> [Option<String>; 7] {
    [
        Some(event.id.clone()),
        Some(event.at.rfc3339()),
        Some(event.action.as_str().to_owned()),
        Some(event.application.as_str().to_owned()),
        event.account.as_ref().map(|account| account.0.clone()),
        event.address.clone(),
        event.detail.clone(),
    ]
}

/// Returns the texts of an event's data point: its name, its application, and its detail if that is
/// one word, as codes are. The text of a hook may name a person.
#[must_use]
pub fn metric(event: &Event) -> [String; 3] {
    let is_word = |detail: &String| {
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-');
        detail.len() <= 40 && detail.bytes().all(is_allowed)
    };
    let view = EventView::from(event);
    let detail = view.detail.filter(is_word).unwrap_or_default();
    [view.event, event.application.as_str().to_owned(), detail]
}

#[derive(Serialize)]
struct LogLine<'a> {
    event: &'a str,
    at: &'a str,
    application: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reported_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reported_from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt: Option<&'a str>,
}

/// The log line of several events of one kind, without what differs between them.
#[derive(Serialize)]
struct CountLine<'a> {
    event: &'a str,
    at: String,
    count: u32,
}

/// Returns the log line of an event, a JSON object. The address of an account is shortened.
#[must_use]
pub fn log_line(event: &Event) -> String {
    write(event, None, None)
}

/// Returns the log line of a rejected call, as [`log_line`].
#[must_use]
pub fn refusal_line(refusal: &Refusal) -> String {
    let link = refusal.link.as_ref().map(LinkId::as_str);
    write(&refusal.event(), Some(refusal.call), link)
}

/// Returns the log line of events that have no line each.
#[must_use]
pub fn count_line(action: Action, at: Moment, count: u32) -> String {
    let line = CountLine { event: action.as_str(), at: at.rfc3339(), count };
    serde_json::to_string(&line).unwrap_or_default()
}

fn write(event: &Event, call: Option<&str>, link: Option<&str>) -> String {
    let view = EventView::from(event);
    let fields = LogLine {
        event: &view.event,
        at: &view.at,
        application: event.application.as_str(),
        call,
        request: view.request.as_deref(),
        link: link.or(view.link.as_deref()),
        account: event.account_for_log(),
        identifier: view.identifier.as_deref(),
        address: view.address.as_deref(),
        block: view.block.as_deref(),
        reported_by: view.reported_by.as_deref(),
        reported_from: view.reported_from.as_deref(),
        detail: view.detail.as_deref(),
        attempt: view.attempt,
        next_attempt: view.next_attempt.as_deref(),
    };
    // Only maps with keys that are not strings cannot be written as JSON.
    serde_json::to_string(&fields).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use relatch_domain::events::EventValue;
    use relatch_domain::testing::application;
    use relatch_domain::values::account::AccountId;
    use relatch_domain::values::time::Moment;

    use super::*;

    fn event() -> Event {
        Event {
            id: "the id".to_owned(),
            at: Moment::from_seconds(1_795_176_000),
            action: Action::LinkFailed,
            application: application().id,
            account: Some(AccountId("ada@example.com".to_owned())),
            address: Some("192.0.2.1".to_owned()),
            detail: Some("account_gone".to_owned()),
        }
    }

    #[test]
    fn an_event_is_inserted_in_the_order_of_the_columns() {
        let columns = INSERT.split(['(', ')']).nth(1).unwrap().split(", ");
        let params = insert_params(&event()).map(Option::unwrap);
        let row: Vec<(&str, &str)> = columns.zip(params.iter().map(String::as_str)).collect();
        let expected = [
            ("id", "the id"),
            ("at", "2026-11-20T12:00:00Z"),
            ("action", "link_failed"),
            ("application", "default"),
            ("account", "ada@example.com"),
            ("address", "192.0.2.1"),
            ("detail", "account_gone"),
        ];
        assert_eq!(row, expected);
    }

    #[test]
    fn a_data_point_has_no_text_about_a_person() {
        assert_eq!(metric(&event()), ["link_failed", "default", "account_gone"]);
        for detail in ["on hold for ada@example.com", "Ada", "ada lovelace", "main: ambiguous"] {
            let event = Event { detail: Some(detail.to_owned()), ..event() };
            assert_eq!(metric(&event), ["link_failed", "default", ""], "{detail}");
        }
        let event = Event { detail: None, ..event() };
        assert_eq!(metric(&event), ["link_failed", "default", ""]);
        let deferred = Event {
            action: Action::MailDeferred,
            detail: Some("connect_failed attempt 2 next 2026-11-20T12:00:30Z".to_owned()),
            ..event
        };
        assert_eq!(metric(&deferred), ["mail_deferred", "default", "connect_failed"]);
    }

    #[test]
    fn every_statement_is_for_the_table_of_the_deployment() {
        let page = page("default", &everything()).0;
        let all =
            [INSERT, COUNT, IS_RECORDED, DELETE_BEFORE, RECENT, COUNT_BY_PERIOD, ERASE, PROBE];
        for sql in all.into_iter().chain([&*page]) {
            let sql = statement(sql, "audit");
            assert!(sql.contains("audit") && !sql.contains("events"), "{sql}");
        }
    }

    fn everything() -> EventQuery {
        let (account, action, since, until, cursor) = (None, None, None, None, None);
        EventQuery { account, action, since, until, cursor, limit: 20 }
    }

    #[test]
    fn a_page_of_events_has_a_parameter_for_each_of_its_filters() {
        let text = |text: &str| Param::Text(text.to_owned());
        let (sql, params) = page("shop", &everything());
        let columns =
            "SELECT rowid AS row, id, at, action, account, address, detail, count FROM {events}";
        let order = "ORDER BY at DESC, rowid DESC LIMIT ?";
        assert_eq!(sql, format!("{columns} WHERE +application = ? {order}"));
        assert_eq!(params, [text("shop"), Param::Number(21)]);
        let (sql, params) = page(
            "shop",
            &EventQuery {
                account: Some(AccountId("17".to_owned())),
                action: Some(Action::LinkSent),
                since: Some(Moment::from_seconds(0)),
                until: Some(event().at),
                cursor: Some(EventCursor { at: event().at, row: 7 }),
                limit: 5,
            },
        );
        let conditions = "application = ? AND account = ? AND action = ? AND at >= ? AND at < ? \
            AND at <= ? AND (at < ? OR rowid < ?)";
        assert_eq!(sql, format!("{columns} WHERE {conditions} {order}"));
        let noon = text("2026-11-20T12:00:00Z");
        let filters = [text("shop"), text("17"), text("link_sent"), text("1970-01-01T00:00:00Z")];
        let place = [noon.clone(), noon.clone(), noon, Param::Number(7), Param::Number(6)];
        assert_eq!(params, [&filters[..], &place[..]].concat());
    }

    #[test]
    fn the_hook_gets_the_visitor_and_the_server_that_reported_it_apart() {
        let address = Some("203.0.113.7 reported by shop at 192.0.2.1".to_owned());
        let id = format!("{}/link_failed/1", "r".repeat(22));
        let view = EventView::from(&Event { id: id.clone(), address, ..event() });
        let expected = serde_json::json!({
            "id": id,
            "at": "2026-11-20T12:00:00Z",
            "event": "link_failed",
            "application": "default",
            "account": "ada@example.com",
            "identifier": null,
            "address": "203.0.113.7",
            "block": "203.0.113.7",
            "reported_by": "shop",
            "reported_from": "192.0.2.1",
            "request": "r".repeat(22),
            "link": null,
            "detail": "account_gone",
            "attempt": null,
            "next_attempt": null,
        });
        assert_eq!(serde_json::to_value(EventValue::new("default", &view)).unwrap(), expected);
    }

    #[test]
    fn the_line_of_a_rejected_call_names_the_call_and_the_link() {
        let refused = Event {
            id: format!("{}/confirm_refused/1", "l".repeat(43)),
            action: Action::ConfirmRefused,
            ..event()
        };
        let link = format!(r#""link":"{}","#, "l".repeat(43));
        assert!(log_line(&refused).contains(&link), "{}", log_line(&refused));
        let refusal = Refusal {
            at: event().at,
            application: event().application,
            call: "/password/change",
            code: "old_password_wrong",
            account: event().account,
            link: None,
            address: event().address,
        };
        assert_eq!(
            refusal_line(&refusal),
            "{\"event\":\"call_refused\",\"at\":\"2026-11-20T12:00:00Z\",\"application\":\"default\",\
             \"call\":\"/password/change\",\"account\":\"a\u{2026}@example.com\",\
             \"address\":\"192.0.2.1\",\"block\":\"192.0.2.1\",\"detail\":\"old_password_wrong\"}"
        );
    }

    #[test]
    fn a_log_line_is_json_without_a_full_address() {
        assert_eq!(
            log_line(&event()),
            "{\"event\":\"link_failed\",\"at\":\"2026-11-20T12:00:00Z\",\"application\":\"default\",\
             \"account\":\"a\u{2026}@example.com\",\"address\":\"192.0.2.1\",\"block\":\"192.0.2.1\",\
             \"detail\":\"account_gone\"}"
        );
        let address = Some("203.0.113.7 reported by shop at 192.0.2.1".to_owned());
        let reported = log_line(&Event { account: None, address, detail: None, ..event() });
        assert_eq!(
            reported,
            "{\"event\":\"link_failed\",\"at\":\"2026-11-20T12:00:00Z\",\"application\":\"default\",\
             \"address\":\"203.0.113.7\",\"block\":\"203.0.113.7\",\"reported_by\":\"shop\",\"reported_from\":\"192.0.2.1\"}"
        );
        let bare = Event { account: None, address: None, detail: None, ..event() };
        assert_eq!(
            log_line(&bare),
            r#"{"event":"link_failed","at":"2026-11-20T12:00:00Z","application":"default"}"#
        );
    }
}
