//! Whether the directory of an application is valid, as far as the probes in this isolate have
//! found. Neither statements nor functions can change while it lives.

use std::cell::RefCell;
use std::time::Duration;

use crate::host::{HostClock, log_error};
use crate::options::Instance;
use relatch_domain::ports::{Clock as _, Outage};
use relatch_domain::values::application_id::{ApplicationId, DEFAULT_APPLICATION};
use relatch_domain::values::time::Moment;

/// The time after which a rejected directory is probed again, if it may become valid meanwhile.
pub const PROBE_INTERVAL: Duration = Duration::from_secs(5);

/// The state of an application's directory.
pub enum State {
    Unchecked,
    /// The database accepts the statements.
    Accepted,
    /// A write compares every value.
    Compared,
    /// Invalid until this time, or permanently.
    Invalid {
        line: String,
        until: Option<Moment>,
    },
}

thread_local! {
    static STATES: RefCell<Vec<(Instance, ApplicationId, State)>> = const { RefCell::new(Vec::new()) };
}

/// Reads the state of an application's directory.
pub fn with_state<T>(
    instance: Instance,
    application: &ApplicationId,
    read: impl FnOnce(&State) -> T,
) -> T {
    STATES.with_borrow(|states| {
        let state = states.iter().find(|(of, id, _)| *of == instance && id == application);
        read(state.map_or(&State::Unchecked, |(_, _, state)| state))
    })
}

/// Returns the log line about an invalid directory, or `None` if it is not known to be invalid.
pub fn configuration_error(instance: Instance, application: &ApplicationId) -> Option<String> {
    with_state(instance, application, |state| match state {
        State::Invalid { line, until } if until.is_none_or(|until| HostClock.now() < until) => {
            Some(line.clone())
        }
        _ => None,
    })
}

/// Logs that a first password was not written although the account had not changed. A comparison of
/// the old hash with `=` writes nothing then, and no other comparison that the probes accept. Other
/// writes are right, so the directory is not rejected as a whole.
pub fn log_no_first_write(application: &ApplicationId, writer: &str) {
    let reason = format!(
        "{writer} must write the first password of an account whose hash is `NULL`, but wrote \
         nothing although the account had not changed: compare the hash with `IS`, because `=` is \
         never true of `NULL`"
    );
    log_fault(application, &reason);
}

/// Logs a fault of the configuration, and returns the line.
fn log_fault(application: &ApplicationId, reason: &str) -> String {
    let line = match application.as_str() {
        DEFAULT_APPLICATION => format!("configuration: {reason}"),
        id => format!("configuration: application {id}: {reason}"),
    };
    log_error(&line);
    line
}

/// Stores that the directory, or the hasher of its passwords, must not be used in this isolate, and
/// logs why.
///
/// # Errors
///
/// Always [`Outage`].
pub fn conclude_invalid(
    instance: Instance,
    application: &ApplicationId,
    reason: String,
) -> Result<(), Outage> {
    conclude(instance, application, Err(Invalid { reason, retry_after: None }))
}

/// The fault that a probe has found.
pub struct Invalid {
    /// The fault, and how to correct it.
    pub reason: String,
    /// The time after which the probe runs again, or `None` if it does not.
    pub retry_after: Option<Duration>,
}

/// Stores the outcome of a probe and logs an error.
///
/// # Errors
///
/// [`Outage`] if the outcome is an error.
pub fn conclude(
    instance: Instance,
    application: &ApplicationId,
    outcome: Result<State, Invalid>,
) -> Result<(), Outage> {
    let result = if outcome.is_ok() { Ok(()) } else { Err(Outage) };
    let state = match outcome {
        Ok(state) => state,
        Err(Invalid { reason, retry_after }) => {
            let line = log_fault(application, &reason);
            State::Invalid { line, until: retry_after.map(|span| HostClock.now().after(span)) }
        }
    };
    STATES.with_borrow_mut(|states| {
        states.retain(|(of, other, _)| *of != instance || other != application);
        states.push((instance, application.clone(), state));
    });
    result
}
