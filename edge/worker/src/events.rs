//! Events: a row in D1 and a log line.

use js_sys::Array;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;
use worker_sys::{D1Database, D1Result};

use crate::bindings::field;
use crate::configuration::events_database;
use crate::event_rows::{
    COUNT, COUNT_BY_PERIOD, DELETE_BEFORE, ERASE, INSERT, IS_RECORDED, PROBE, Param, RECENT,
    insert_params, log_line, page, refusal_line, statement,
};
use crate::host::{
    await_promise, is_schema_error, log_error, log_event, log_failure, log_refusal, within,
};
use crate::metrics::Metrics;
use crate::objects::text;
use crate::options::Options;
use relatch_domain::event_query::{EventCount, EventCursor, EventPage, EventQuery, StatsQuery};
use relatch_domain::events::{Event, EventTexts, EventView, Refusal};
use relatch_domain::ports::{Events, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::account::AccountId;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::time::Moment;

/// The events of one application.
pub struct D1Events {
    database: D1Database,
    table: String,
    application: ApplicationId,
    metrics: Metrics,
}

impl D1Events {
    /// Creates the adapter for an application.
    pub fn new(env: &Env, application: &ApplicationId) -> Self {
        let database = field(env, events_database(env)).unchecked_into();
        let table = Options::of(env).events_table();
        let metrics = Metrics::of(env);
        Self { database, table, application: application.clone(), metrics }
    }

    /// Runs a statement about the application and `subject`, and returns its rows.
    async fn run(
        &self,
        step: &'static str,
        sql: &str,
        subject: &str,
        limit: Option<u32>,
    ) -> Result<Array, Outage> {
        let texts = [self.application.as_str(), subject].map(JsValue::from_str);
        self.rows(step, sql, texts.into_iter().chain(limit.map(JsValue::from)).collect()).await
    }

    /// Runs a statement and returns its rows.
    async fn rows(&self, step: &'static str, sql: &str, params: Array) -> Result<Array, Outage> {
        let prepared = self.database.prepare(&statement(sql, &self.table));
        let run = prepared.and_then(|sql| sql.bind(params)).and_then(|it| it.all());
        let result: D1Result = await_promise(step, timeouts::EVENTS, run).await?.unchecked_into();
        Ok(result.results().map_err(|error| log_failure(step, &error))?.unwrap_or_default())
    }
}

impl Events for D1Events {
    async fn record(&self, event: &Event) -> Result<(), Outage> {
        let param =
            |text: Option<String>| text.map_or(JsValue::NULL, |text| JsValue::from_str(&text));
        let params: Array = insert_params(event).map(param).into_iter().collect();
        let sql = if event.action.is_counted() { COUNT } else { INSERT };
        let rows = self.rows("events: record", sql, params).await?;
        self.metrics.write(event);
        if count_of(&rows.get(0)).is_none_or(|count| count <= 1) {
            self.log(event);
        }
        Ok(())
    }

    async fn is_recorded(&self, id: &str) -> Result<bool, Outage> {
        let params = Array::of1(&JsValue::from_str(id));
        let rows = self.rows("events: is recorded", IS_RECORDED, params).await?;
        Ok(rows.length() > 0)
    }

    async fn recent(&self, account: &AccountId, limit: u32) -> Result<Vec<EventView>, Outage> {
        let rows = self.run("events: recent", RECENT, &account.0, Some(limit)).await?;
        Ok(rows.iter().map(|row| view(&row)).collect())
    }

    async fn page(&self, query: &EventQuery) -> Result<EventPage, Outage> {
        let (sql, params) = page(self.application.as_str(), query);
        let param = |param: Param| match param {
            Param::Text(text) => JsValue::from_str(&text),
            Param::Number(number) => number_param(number),
        };
        let rows = self.rows("events: page", &sql, params.into_iter().map(param).collect()).await?;
        let row = |row: JsValue| {
            let at = text(&row, "at").and_then(|at| Moment::parse(&at));
            let place = EventCursor {
                at: at.unwrap_or(Moment::from_seconds(0)),
                row: number_of(&row, "row").unwrap_or_default(),
            };
            (place, view(&row))
        };
        Ok(EventPage::of(rows.iter().map(row), query.limit))
    }

    async fn count_by_period(&self, query: &StatsQuery) -> Result<Vec<EventCount>, Outage> {
        let StatsQuery { since, until, period } = query;
        let prefix = number_param(u64::try_from(period.prefix()).unwrap_or_default());
        let params = [
            JsValue::from_str(self.application.as_str()),
            prefix,
            JsValue::from_str(&since.rfc3339()),
            JsValue::from_str(&until.rfc3339()),
        ];
        let rows =
            self.rows("events: count", COUNT_BY_PERIOD, params.into_iter().collect()).await?;
        let count = |row: JsValue| EventCount {
            at: period.begin(&text(&row, "period").unwrap_or_default()),
            event: text(&row, "action").unwrap_or_default(),
            count: number_of(&row, "count").unwrap_or_default(),
        };
        Ok(rows.iter().map(count).collect())
    }

    async fn erase(&self, account: &AccountId) -> Result<(), Outage> {
        self.run("events: erase", ERASE, &account.0, None).await.map(drop)
    }

    async fn delete_before(&self, before: Moment, limit: u32) -> Result<u32, Outage> {
        let rows =
            self.run("events: retention", DELETE_BEFORE, &before.rfc3339(), Some(limit)).await?;
        Ok(rows.length())
    }

    async fn check_configuration(&self) -> Result<bool, Outage> {
        let probe = self.database.prepare(&statement(PROBE, &self.table)).and_then(|it| it.all());
        let outcome = match probe {
            Ok(promise) => within(timeouts::EVENTS, JsFuture::from(promise)).await.ok_or(Outage)?,
            Err(thrown) => Err(thrown),
        };
        match outcome {
            Ok(_) => Ok(true),
            Err(error) if is_schema_error(&error) => {
                log_error(&format!(
                    "configuration: the table `{}` must have the columns of events: apply the \
                     migrations, or name another table in `tables.events` of `createRelatch`",
                    self.table
                ));
                Ok(false)
            }
            Err(error) => Err(log_failure("events: probe", &error)),
        }
    }

    fn log(&self, event: &Event) {
        log_event(log_line(event));
    }

    fn log_refusal(&self, refusal: &Refusal) {
        log_refusal(|| refusal_line(refusal));
    }
}

/// Returns the view of a row.
fn view(row: &JsValue) -> EventView {
    let column = |name| text(row, name);
    let [id, action] = ["id", "action"].map(|name| column(name).unwrap_or_default());
    let [account, address, detail] = ["account", "address", "detail"].map(column);
    let texts = EventTexts {
        id: &id,
        action: &action,
        account: account.as_deref(),
        address: address.as_deref(),
        detail: detail.as_deref(),
    };
    let count = count_of(row).filter(|count| *count > 1);
    EventView { count, ..EventView::new(column("at").unwrap_or_default(), texts) }
}

/// Returns the column `count` of a row, if it has one.
fn count_of(row: &JsValue) -> Option<u32> {
    number_of(row, "count").map(|count| u32::try_from(count).unwrap_or(u32::MAX))
}

/// Returns a column of a row, if it is a number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn number_of(row: &JsValue, column: &str) -> Option<u64> {
    field(row, column).as_f64().map(|number| number as u64)
}

/// Returns the parameter for a number. D1 takes whole numbers as doubles.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
fn number_param(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}
