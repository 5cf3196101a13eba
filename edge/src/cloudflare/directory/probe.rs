//! Whether the directory's statements do what they must, found out by running them where they cannot do harm.
//!
//! *The statements*, once an isolate, before the first of them is used and by the health check: all five in one
//! transaction, with values that match nothing. The database says what it does not understand, and a write that must
//! match no row has to be told as no row.
//!
//! *The comparison* of a team's own statements, once an isolate, with the first account that is read, so before a link is
//! mailed: the write with one value after the other wrong, each of which has to match no row.
//!
//! *The revocation* of a team's own statements, before every write, for only an account with sessions shows anything: for
//! a password that is not in force it has to end none.
//!
//! After every write stands a guard, a statement that fails if that write took effect; and a batch of which one
//! statement fails is undone altogether. So not even a statement that ignores all it is given changes anything here.

use std::cell::RefCell;
use std::time::Duration;

use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::{D1Directory, Row, prepare};
use crate::cloudflare::bindings::field;
use crate::cloudflare::host::{HostClock, failed, log_error, within};
use crate::core::config::Statement;
use crate::core::ports::{Clock as _, Outage};
use crate::core::time::Moment;

/// Fails if the statement before it wrote. A trigger's writes do not count.
const GUARD: &str = "SELECT json(CASE changes() WHEN 0 THEN '0' ELSE '' END)";
/// What it fails with.
const WROTE: &str = "malformed JSON";

/// What no table holds.
const NOTHING: &str = "relatch: no such value";

const LIMIT: Duration = Duration::from_secs(4);
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
    static STATE: RefCell<State> = const { RefCell::new(State::Unknown) };
}

/// What is wrong with the directory's statements, for the log; nothing while that is not known.
pub fn wrong_sql() -> Option<String> {
    STATE.with_borrow(|state| match state {
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
    if STATE.with_borrow(|state| matches!(state, State::Understood | State::Compared)) {
        return Ok(());
    }
    if wrong_sql().is_some() {
        return Err(Outage);
    }
    let sql = directory.sql();
    let reads = [Some(&sql.find_by_email), sql.find_by_username.as_ref(), Some(&sql.account)];
    let writes = [Some(&sql.set_password), sql.revoke_sessions.as_ref()];
    let values = || vec![JsValue::from_str(NOTHING); 7];
    let reads = reads.into_iter().flatten().map(|statement| (statement, values(), false));
    let writes = writes.into_iter().flatten().map(|statement| (statement, values(), true));
    let all: Vec<Step<'_>> = reads.chain(writes).collect();
    let outcome = match run(directory, &all).await {
        Ok(()) => Ok(()),
        Err(Failure::Outage) => return Err(Outage),
        // One of them. Which one is found out by asking again.
        Err(Failure::Sql(reason)) => Err(blame(directory, &all, reason).await?),
    };
    conclude(outcome, State::Understood, Some(LOOK_AGAIN))
}

/// Sees to it that a team's own write compares everything it is given with this account, which it would leave as it is.
pub async fn comparison(directory: &D1Directory, row: &Row) -> Result<(), Outage> {
    let known = STATE.with_borrow(|state| matches!(state, State::Compared));
    let sql = directory.sql();
    if known || !sql.own || row.text("password_hash").is_none() {
        return Ok(());
    }
    let deadline = HostClock.now().after(SOON);
    // In the order of the parameters. The new hash, which comes first, is compared with nothing.
    let compared = ["the id", "the e-mail", "`disabled`", "`role`", "the hash before", "the deadline"];
    for (place, what) in (1..).zip(compared) {
        let mut values = row.write(NOTHING, deadline).to_vec();
        if let Some(value) = values.get_mut(place) {
            *value = if what == "the deadline" { JsValue::from_f64(0.0) } else { JsValue::from_str(NOTHING) };
        }
        check(directory, &sql.set_password, values, &format!("writes although {what} differs")).await?;
    }
    conclude(Ok(()), State::Compared, None)
}

/// Sees to it that a team's own revocation ends nothing of this account as long as no password was written.
pub async fn revocation(directory: &D1Directory, row: &Row) -> Result<(), Outage> {
    let sql = directory.sql();
    match (&sql.revoke_sessions, row.id()) {
        (Some(revoke), Some(id)) if sql.own => {
            let values = vec![JsValue::from_str(&id), JsValue::from_str(NOTHING)];
            check(directory, revoke, values, "ends sessions though no password was written").await
        }
        _ => Ok(()),
    }
}

/// A statement, its values, and whether it must not write.
type Step<'a> = (&'a Statement, Vec<JsValue>, bool);

async fn check(
    directory: &D1Directory,
    statement: &Statement,
    values: Vec<JsValue>,
    reason: &str,
) -> Result<(), Outage> {
    match run(directory, &[(statement, values, true)]).await {
        Ok(()) => Ok(()),
        Err(Failure::Outage) => Err(Outage),
        Err(Failure::Sql(said)) => {
            let reason = if said.contains(WROTE) { reason.to_owned() } else { said };
            conclude(Err(format!("{}: {reason}", statement.variable)), State::Unknown, None)
        }
    }
}

/// The line about the first statement that fails by itself.
async fn blame(directory: &D1Directory, all: &[Step<'_>], together: String) -> Result<String, Outage> {
    for step in all {
        match run(directory, std::slice::from_ref(step)).await {
            Ok(()) => {}
            Err(Failure::Outage) => return Err(Outage),
            Err(Failure::Sql(said)) => {
                let reason = if said.contains(WROTE) { "writes though nothing fits".to_owned() } else { said };
                return Ok(format!("{}: {reason}", step.0.variable));
            }
        }
    }
    Ok(format!("DIRECTORY_*: {together}"))
}

/// Remembers how it went, and tells it.
fn conclude(outcome: Result<(), String>, good: State, look_again: Option<Duration>) -> Result<(), Outage> {
    let result = outcome.as_ref().map_err(|_| Outage).copied();
    let state = match outcome {
        Ok(()) => good,
        Err(reason) => {
            let line = format!("configuration: {reason}");
            log_error(&line);
            State::Wrong { line, until: look_again.map(|span| HostClock.now().after(span)) }
        }
    };
    STATE.set(state);
    result
}

/// Runs them in one transaction, each write with its guard.
async fn run(directory: &D1Directory, steps: &[Step<'_>]) -> Result<(), Failure> {
    let batch = directory.primary().and_then(|session| {
        let batch = Array::new();
        for (statement, values, guarded) in steps {
            batch.push(&prepare(&session, statement, values)?.into());
            if *guarded {
                batch.push(&session.session_prepare(GUARD)?.into());
            }
        }
        session.session_batch(batch)
    });
    let settled = match batch {
        Ok(promise) => within(LIMIT, JsFuture::from(promise)).await,
        Err(thrown) => Some(Err(thrown)),
    };
    match settled {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(sorted(&error)),
        None => {
            log_error("directory: probe: no answer in time");
            Err(Failure::Outage)
        }
    }
}

/// Tells what the database does not understand from a database that does not answer.
fn sorted(error: &JsValue) -> Failure {
    let message = field(error, "message").as_string().unwrap_or_default();
    let about_sql = ["SQLITE_ERROR", "SQLITE_CONSTRAINT", "no such ", "syntax error", "parameter bindings"];
    if about_sql.iter().any(|sign| message.contains(sign)) {
        Failure::Sql(message.replace("D1_ERROR: ", "").replace(": SQLITE_ERROR", ""))
    } else {
        failed("directory: probe", error).into()
    }
}
