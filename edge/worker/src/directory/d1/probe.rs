//! Probes of the directory's statements: runs them where they cannot change anything.
//!
//! - **The statements**, once in each isolate, before the first of them is used and in the health
//!   check: each statement, with values that match no row. The database reports what it does not
//!   understand, and a write must report that it matched no row.
//! - **The comparison** of a team's own statements, once in each isolate, with the first account
//!   that is read, so before a link is mailed: the write with one wrong value after the other, each
//!   of which must match no row.
//! - **The revocation** of a team's own statements before every write, because only an account with
//!   sessions can show an error: with a password that is not in force, it must end no session.
//!
//! After each probed write comes [`GUARD`], a statement that always fails, in the same transaction,
//! which is rolled back as a whole. So even a statement that ignores its parameters changes
//! nothing. Two errors are not found: writes of triggers, such as those of a view, and a constant
//! that is compared instead of a column.

use std::time::Duration;

use js_sys::{Array, JSON};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::{D1Directory, Row, prepare};
use crate::bindings::field;
use crate::directory::probe_errors::{GUARD, SqlError, advice, rejected, sql_error};
use crate::directory::statements::Statement;
use crate::directory::validity::{
    self, Invalid, PROBE_INTERVAL, State, configuration_error, with_state,
};
use crate::host::{HostClock, log_error, log_failure, millis, within};
use relatch_domain::join_all::join_all;
use relatch_domain::ports::{Clock as _, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::time::Moment;

/// A value that no table contains.
const NO_SUCH_VALUE: &str = "relatch: no such value";
/// The spellings of no name, as the statements that find accounts take them.
const NO_SPELLINGS: &str = "[]";
/// The index of the deadline among the parameters of the write.
const DEADLINE: usize = 6;

/// The distance of a deadline that is certainly met, or missed.
const FAR: Duration = Duration::from_secs(3600);

/// Why a probe failed.
enum Failure {
    Sql(SqlError),
    Outage,
}

/// Checks, once, that the database accepts each statement, and that a write that matches no row
/// reports none.
pub async fn check_statements(directory: &D1Directory) -> Result<(), Outage> {
    with_timeout(statements(directory)).await
}

/// Checks, once, that a team's own write compares every value with this account, which it leaves
/// unchanged.
pub async fn check_comparison(directory: &D1Directory, row: &Row) -> Result<(), Outage> {
    with_timeout(comparison(directory, row)).await
}

/// As [`check_comparison`], before a first password is written. It shows what a write does to an
/// account without one, and not that it compares every value, so it is repeated for the next one.
///
/// Returns whether a team's own write writes this hash. See [`validity::log_no_first_write`].
pub async fn check_first_write(
    directory: &D1Directory,
    row: &Row,
    hash: &str,
) -> Result<bool, Outage> {
    if has_hash(row) || !directory.sql().is_custom {
        return Ok(true);
    }
    with_timeout(first_write(directory, row, hash)).await
}

/// Checks that a team's own revocation ends no session of this account before a password is
/// written.
pub async fn check_revocation(
    directory: &D1Directory,
    row: &Row,
    statement: Option<&Statement>,
    keep: &str,
) -> Result<(), Outage> {
    with_timeout(revocation(directory, row, statement, keep)).await
}

/// Limits the time of a probe, whatever the number of its steps.
async fn with_timeout<T>(probe: impl Future<Output = Result<T, Outage>>) -> Result<T, Outage> {
    within(timeouts::PROBE, probe).await.unwrap_or_else(|| {
        log_error("directory: probe: timed out");
        Err(Outage)
    })
}

async fn statements(directory: &D1Directory) -> Result<(), Outage> {
    let (instance, application) = (directory.instance, &directory.application.id);
    let is_accepted = |state: &State| matches!(state, State::Accepted | State::Compared);
    if with_state(instance, application, is_accepted) {
        return Ok(());
    }
    if configuration_error(instance, application).is_some() {
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
    let values = || {
        let mut values = vec![JsValue::from_str(NO_SUCH_VALUE); 7];
        // The statements that find accounts take it as JSON. In the others it matches no row either.
        if let Some(third) = values.get_mut(2) {
            *third = JsValue::from_str(NO_SPELLINGS);
        }
        values
    };
    let step = |(statement, writes): (Option<_>, bool)| {
        Some(Step { statement: statement?, values: values(), writes })
    };
    let steps: Vec<Step<'_>> = statements.into_iter().filter_map(step).collect();
    let outcomes = join_all(steps.iter().map(|step| run(directory, step))).await;
    let failure =
        steps.iter().zip(outcomes).find_map(|(step, outcome)| Some((step, outcome.err()?)));
    let outcome = match failure {
        None => Ok(State::Accepted),
        Some((_, Failure::Outage)) => return Err(Outage),
        Some((step, Failure::Sql(error))) => Err(Invalid {
            reason: step.reason(
                &error,
                "must match no row for values that do not exist, but writes",
                directory.sql().is_custom,
            ),
            retry_after: Some(PROBE_INTERVAL),
        }),
    };
    conclude(directory, outcome)
}

fn is_compared(directory: &D1Directory) -> bool {
    with_state(directory.instance, &directory.application.id, |state| {
        matches!(state, State::Compared)
    })
}

fn has_hash(row: &Row) -> bool {
    row.column("password_hash").into_text().is_some()
}

async fn comparison(directory: &D1Directory, row: &Row) -> Result<(), Outage> {
    if is_compared(directory) || !directory.sql().is_custom || !has_hash(row) {
        return Ok(());
    }
    compare(directory, row).await?;
    conclude(directory, Ok(State::Compared))
}

async fn first_write(directory: &D1Directory, row: &Row, hash: &str) -> Result<bool, Outage> {
    if !is_compared(directory) {
        compare(directory, row).await?;
    }
    let statement = &directory.sql().set_password;
    let values = row.write_params(hash, HostClock.now().after(FAR)).to_vec();
    // The write itself reports an outage and an error of the database.
    let writes = run(directory, &Step { statement, values, writes: true }).await.is_err();
    // A right statement does not write either if the row has changed since its read. The write
    // itself reports that.
    if writes || !is_unchanged(directory, row).await? {
        return Ok(true);
    }
    validity::log_no_first_write(&directory.application.id, statement.variable);
    Ok(false)
}

/// Returns whether a row still has every value that the write compares.
async fn is_unchanged(directory: &D1Directory, row: &Row) -> Result<bool, Outage> {
    let compared = |row: &Row| {
        let params: Array = row.write_params("", Moment::from_seconds(0)).into_iter().collect();
        JSON::stringify(&params).map(String::from).ok()
    };
    let id = row.id().unwrap_or_default();
    let rows = directory.rows("directory: account", &directory.sql().account, &[&id]).await?;
    Ok(rows.iter().any(|again| compared(again) == compared(row)))
}

/// Runs the write with one wrong value after the other.
async fn compare(directory: &D1Directory, row: &Row) -> Result<(), Outage> {
    let (sql, now) = (directory.sql(), HostClock.now());
    // In the order of the parameters. The first is the new hash, which is not compared.
    let compared = ["the id", "the e-mail", "`disabled`", "`role`", "the old hash", "the deadline"];
    let with_wrong_value = |(index, _)| {
        let mut values = row.write_params(NO_SUCH_VALUE, now.after(FAR)).to_vec();
        if let Some(value) = values.get_mut(index) {
            // A deadline in the past, in whatever unit it is compared.
            *value = if index == DEADLINE {
                JsValue::from_f64(millis(now.before(FAR)))
            } else {
                JsValue::from_str(NO_SUCH_VALUE)
            };
        }
        Step { statement: &sql.set_password, values, writes: true }
    };
    let steps: Vec<Step<'_>> = (1..).zip(compared).map(with_wrong_value).collect();
    let outcomes = join_all(steps.iter().map(|step| run(directory, step))).await;
    for ((step, outcome), name) in steps.iter().zip(outcomes).zip(compared) {
        check(
            directory,
            step,
            outcome,
            &format!("must compare {name}, but writes although it differs"),
        )?;
    }
    Ok(())
}

async fn revocation(
    directory: &D1Directory,
    row: &Row,
    statement: Option<&Statement>,
    keep: &str,
) -> Result<(), Outage> {
    let (Some(statement), Some(id), true) = (statement, row.id(), directory.sql().is_custom) else {
        return Ok(());
    };
    let values = [&id, NO_SUCH_VALUE, keep, NO_SUCH_VALUE].map(JsValue::from_str).to_vec();
    let step = Step { statement, values, writes: true };
    let outcome = run(directory, &step).await;
    check(
        directory,
        &step,
        outcome,
        "must compare the new password hash, but ends sessions although none was written",
    )
}

/// A statement with its values. One that writes must match no row.
struct Step<'a> {
    statement: &'a Statement,
    values: Vec<JsValue>,
    writes: bool,
}

impl Step<'_> {
    /// Returns the variable and the error: `if_wrote` if the statement wrote.
    fn reason(&self, error: &SqlError, if_wrote: &str, is_custom: bool) -> String {
        let variable = self.statement.variable;
        let reason = match error {
            SqlError::Wrote => if_wrote,
            SqlError::WroteNothing => "wrote nothing",
            SqlError::Rejected(message) => return rejected(variable, message, is_custom),
        };
        format!("{variable}: {reason}{}", advice(is_custom))
    }
}

/// Concludes that a team's own statements are invalid if a step failed: permanently if the
/// statement wrote, and otherwise for [`PROBE_INTERVAL`], because the tables may be changing.
fn check(
    directory: &D1Directory,
    step: &Step<'_>,
    outcome: Result<(), Failure>,
    if_wrote: &str,
) -> Result<(), Outage> {
    match outcome {
        Ok(()) => Ok(()),
        Err(Failure::Outage) => Err(Outage),
        Err(Failure::Sql(error)) => {
            let retry_after = (error != SqlError::Wrote).then_some(PROBE_INTERVAL);
            let reason = step.reason(&error, if_wrote, directory.sql().is_custom);
            conclude(directory, Err(Invalid { reason, retry_after }))
        }
    }
}

/// Stores the outcome of a probe and logs an error.
fn conclude(directory: &D1Directory, outcome: Result<State, Invalid>) -> Result<(), Outage> {
    validity::conclude(directory.instance, &directory.application.id, outcome)
}

/// Runs a step. One that writes runs in a transaction with [`GUARD`], which rolls it back.
async fn run(directory: &D1Directory, step: &Step<'_>) -> Result<(), Failure> {
    let batch = directory.primary().and_then(|session| {
        let batch = Array::of1(&prepare(&session, step.statement, &step.values)?.into());
        if step.writes {
            batch.push(&session.session_prepare(GUARD)?.into());
        }
        session.session_batch(batch)
    });
    let outcome = match batch {
        Ok(promise) => JsFuture::from(promise).await.map(drop),
        Err(thrown) => Err(thrown),
    };
    let Err(error) = outcome else { return Ok(()) };
    match sql_error(&field(&error, "message").as_string().unwrap_or_default()) {
        Some(SqlError::WroteNothing) if step.writes => Ok(()),
        Some(error) => Err(Failure::Sql(error)),
        None => {
            let Outage = log_failure("directory: probe", &error);
            Err(Failure::Outage)
        }
    }
}
