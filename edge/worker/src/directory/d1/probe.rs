//! Whether the directory's statements do what they must, found out by running them where they cannot do harm.
//!
//! *The statements*, once an isolate, before the first of them is used and by the health check: all of them, with values
//! that match nothing. The database says what it does not understand, and a write that must
//! match no row has to be told as no row.
//!
//! *The comparison* of a team's own statements, once an isolate, with the first account that is read, so before a link is
//! mailed: the write with one value after the other wrong, each of which has to match no row.
//!
//! *The revocation* of a team's own statements, of all sessions or of all but one, before every write, for only an account with sessions shows anything: for
//! a password that is not in force it has to end none.
//!
//! After every write stands a guard, a statement that always fails, and says how; and a batch of which one statement
//! fails is undone altogether. So not even a statement that ignores all it is given changes anything here. What cannot be
//! seen is what a trigger writes, as that of a view does, and a constant that is compared in a column's place.

use std::cell::RefCell;
use std::time::Duration;

use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::{D1Directory, Row, prepare};
use crate::bindings::field;
use crate::directory::statements::Statement;
use crate::host::{HostClock, failed, log_error, millis, within};
use relatch_domain::join_all::join_all;
use relatch_domain::ports::{Clock as _, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::application_id::{ApplicationId, DEFAULT_APPLICATION};
use relatch_domain::values::time::Moment;

/// Fails in any case, so that the transaction is undone: in one way if the statement before it wrote, in another if not.
/// What a trigger writes does not count.
const GUARD: &str = "SELECT CASE changes() WHEN 0 THEN json_extract('0', 'relatch: nothing written') ELSE json('') END";
const WROTE: &str = "malformed JSON";
const WROTE_NOTHING: &str = "relatch: nothing written";

/// What no table holds.
const NOTHING: &str = "relatch: no such value";
/// The place of the deadline among the parameters.
const DEADLINE: usize = 6;

/// How long what is wrong stays so: somebody may be about to create the tables.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// A deadline that is met.
const SOON: Duration = Duration::from_secs(3600);

/// What this isolate knows of the statements, which cannot change while it lives.
enum State {
    Unknown,
    Understood,
    Compared,
    Wrong { line: String, until: Option<Moment> },
}

thread_local! {
    static STATES: RefCell<Vec<(ApplicationId, State)>> = const { RefCell::new(Vec::new()) };
}

/// Looks at what is known of an application's statements.
fn known<T>(application: &ApplicationId, look: impl FnOnce(&State) -> T) -> T {
    STATES.with_borrow(|states| {
        let state = states.iter().find(|(id, _)| id == application);
        look(state.map_or(&State::Unknown, |(_, state)| state))
    })
}

/// What is wrong with the directory's statements, for the log; nothing while that is not known.
pub fn wrong_sql(application: &ApplicationId) -> Option<String> {
    known(application, |state| match state {
        State::Wrong { line, until } if until.is_none_or(|until| HostClock.now() < until) => Some(line.clone()),
        _ => None,
    })
}

/// Why a probe did not pass.
enum Failure {
    /// The database refuses it, in these words. They speak of the statement alone: no value of an account is in them.
    Sql(String),
    Outage,
}

impl From<Outage> for Failure {
    fn from(_: Outage) -> Self {
        Self::Outage
    }
}

/// Sees to it that every statement is understood, and that a write which must match no row is told as no row.
pub async fn statements(directory: &D1Directory) -> Result<(), Outage> {
    in_time(understood(directory)).await
}

/// Sees to it that a team's own write compares everything it is given with this account, which it would leave as it is.
pub async fn comparison(directory: &D1Directory, row: &Row) -> Result<(), Outage> {
    in_time(compared(directory, row)).await
}

/// Sees to it that a team's own revocation ends nothing of this account as long as no password was written.
pub async fn revocation(
    directory: &D1Directory,
    row: &Row,
    statement: Option<&Statement>,
    keep: &str,
) -> Result<(), Outage> {
    in_time(ends_nothing(directory, row, statement, keep)).await
}

/// However many steps a probe has, who waits for it waits no longer than for one.
async fn in_time(probe: impl Future<Output = Result<(), Outage>>) -> Result<(), Outage> {
    within(timeouts::PROBE, probe).await.unwrap_or_else(|| {
        log_error("directory: probe: no answer in time");
        Err(Outage)
    })
}

async fn understood(directory: &D1Directory) -> Result<(), Outage> {
    let application = &directory.application.id;
    if known(application, |state| matches!(state, State::Understood | State::Compared)) {
        return Ok(());
    }
    if wrong_sql(application).is_some() {
        return Err(Outage);
    }
    let sql = directory.sql();
    let statements = [
        (Some(&sql.find_by_email), false),
        (sql.find_by_username.as_ref(), false),
        (Some(&sql.account), false),
        (sql.any.as_ref(), false),
        (sql.session.as_ref(), false),
        (Some(&sql.set_password), true),
        (sql.revoke_sessions.as_ref(), true),
        (sql.revoke_other_sessions.as_ref(), true),
    ];
    let values = || vec![JsValue::from_str(NOTHING); 7];
    let step = |(statement, writes): (Option<_>, bool)| Some(Step { statement: statement?, values: values(), writes });
    let all: Vec<Step<'_>> = statements.into_iter().filter_map(step).collect();
    let outcome = match verdict(directory, &all).await {
        Ok(()) => Ok(()),
        Err((_, Failure::Outage)) => return Err(Outage),
        Err((step, Failure::Sql(said))) => Err(step.blamed(&said, "writes though nothing fits")),
    };
    conclude(directory, outcome, State::Understood, Some(LOOK_AGAIN))
}

async fn compared(directory: &D1Directory, row: &Row) -> Result<(), Outage> {
    let known = known(&directory.application.id, |state| matches!(state, State::Compared));
    let sql = directory.sql();
    if known || !sql.own || row.text("password_hash").is_none() {
        return Ok(());
    }
    let now = HostClock.now();
    // In the order of the parameters. The new hash, which comes first, is compared with nothing.
    let compared = ["the id", "the e-mail", "`disabled`", "`role`", "the hash before", "the deadline"];
    let wrong = |(place, _)| {
        let mut values = row.write(NOTHING, now.after(SOON)).to_vec();
        if let Some(value) = values.get_mut(place) {
            // A deadline in the past by any unit.
            *value = if place == DEADLINE {
                JsValue::from_f64(millis(now.before(SOON)))
            } else {
                JsValue::from_str(NOTHING)
            };
        }
        Step { statement: &sql.set_password, values, writes: true }
    };
    let steps: Vec<Step<'_>> = (1..).zip(compared).map(wrong).collect();
    let outcomes = join_all(steps.iter().map(|step| run(directory, step))).await;
    for ((step, outcome), what) in steps.iter().zip(outcomes).zip(compared) {
        tell(directory, step, outcome, &format!("writes although {what} differs"))?;
    }
    conclude(directory, Ok(()), State::Compared, None)
}

async fn ends_nothing(
    directory: &D1Directory,
    row: &Row,
    statement: Option<&Statement>,
    keep: &str,
) -> Result<(), Outage> {
    let (Some(statement), Some(id), true) = (statement, row.id(), directory.sql().own) else { return Ok(()) };
    let values = [&id, NOTHING, keep, NOTHING].map(JsValue::from_str).to_vec();
    let step = Step { statement, values, writes: true };
    let outcome = run(directory, &step).await;
    tell(directory, &step, outcome, "ends sessions though no password was written")
}

/// A statement with its values, and whether it is one that writes, and must not.
struct Step<'a> {
    statement: &'a Statement,
    values: Vec<JsValue>,
    writes: bool,
}

impl Step<'_> {
    /// The line about it: what the database said, or what it did that it should not have.
    fn blamed(&self, said: &str, wrote: &str) -> String {
        let reason = if said.contains(WROTE) { wrote } else { said };
        format!("{}: {reason}", self.statement.variable)
    }
}

/// Remembers that a step of a team's own statements did not pass: for good if it wrote, and otherwise until the database,
/// whose tables somebody may be changing, is asked again.
fn tell(directory: &D1Directory, step: &Step<'_>, outcome: Result<(), Failure>, wrote: &str) -> Result<(), Outage> {
    match outcome {
        Ok(()) => Ok(()),
        Err(Failure::Outage) => Err(Outage),
        Err(Failure::Sql(said)) => {
            let look_again = (!said.contains(WROTE)).then_some(LOOK_AGAIN);
            conclude(directory, Err(step.blamed(&said, wrote)), State::Unknown, look_again)
        }
    }
}

/// Runs all of them, and gives the first that does not pass.
async fn verdict<'a>(directory: &D1Directory, all: &'a [Step<'a>]) -> Result<(), (&'a Step<'a>, Failure)> {
    let outcomes = join_all(all.iter().map(|step| run(directory, step))).await;
    all.iter().zip(outcomes).try_for_each(|(step, outcome)| outcome.map_err(|failure| (step, failure)))
}

/// Remembers how it went, and tells it.
fn conclude(
    directory: &D1Directory,
    outcome: Result<(), String>,
    good: State,
    look_again: Option<Duration>,
) -> Result<(), Outage> {
    let result = outcome.as_ref().map_err(|_| Outage).copied();
    let state = match outcome {
        Ok(()) => good,
        Err(reason) => {
            let line = match directory.application.id.as_str() {
                DEFAULT_APPLICATION => format!("configuration: {reason}"),
                id => format!("configuration: application {id}: {reason}"),
            };
            log_error(&line);
            State::Wrong { line, until: look_again.map(|span| HostClock.now().after(span)) }
        }
    };
    STATES.with_borrow_mut(|states| {
        let id = &directory.application.id;
        states.retain(|(other, _)| other != id);
        states.push((id.clone(), state));
    });
    result
}

/// Runs a step, with its guard if it writes, in a transaction that then is undone.
async fn run(directory: &D1Directory, step: &Step<'_>) -> Result<(), Failure> {
    let batch = directory.primary().and_then(|session| {
        let batch = Array::of1(&prepare(&session, step.statement, &step.values)?.into());
        if step.writes {
            batch.push(&session.session_prepare(GUARD)?.into());
        }
        session.session_batch(batch)
    });
    let settled = match batch {
        Ok(promise) => JsFuture::from(promise).await.map(drop),
        Err(thrown) => Err(thrown),
    };
    match settled.map_err(|error| sorted(&error)) {
        Err(Failure::Sql(said)) if step.writes && said.contains(WROTE_NOTHING) => Ok(()),
        outcome => outcome,
    }
}

/// Tells what the database does not understand from a database that does not answer.
fn sorted(error: &JsValue) -> Failure {
    let message = field(error, "message").as_string().unwrap_or_default();
    let about_sql =
        [WROTE_NOTHING, "SQLITE_ERROR", "SQLITE_CONSTRAINT", "no such ", "syntax error", "parameter bindings"];
    if about_sql.iter().any(|sign| message.contains(sign)) {
        Failure::Sql(message.replace("D1_ERROR: ", "").replace(": SQLITE_ERROR", ""))
    } else {
        failed("directory: probe", error).into()
    }
}
