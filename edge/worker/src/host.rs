//! The parts of the JavaScript host that every adapter uses: the clock, random bytes, time-outs and
//! the log.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::future::{Either, select};
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::{console_error, console_log};

use crate::bindings::{HostRequest, clear_timeout, field, set_timeout};
use crate::log::{Level, Line, Log};
use relatch_domain::ports::{Clock, Entropy, Outage};
use relatch_domain::values::time::Moment;

/// The clock of the host.
pub struct HostClock;

impl Clock for HostClock {
    fn now(&self) -> Moment {
        moment(js_sys::Date::now())
    }
}

/// The random number generator of the host.
pub struct HostEntropy;

impl Entropy for HostEntropy {
    fn random_bytes(&self) -> Result<[u8; 32], Outage> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| Outage)?;
        Ok(bytes)
    }
}

/// Returns a moment as JavaScript represents it: milliseconds in a double.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 milliseconds: the year 287396")]
pub fn millis(moment: Moment) -> f64 {
    moment.millis() as f64
}

/// Returns the moment for milliseconds of JavaScript.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, also for NaN"
)]
pub fn moment(millis: f64) -> Moment {
    Moment::from_millis(millis as u64)
}

/// Returns the output of a future, or `None` if it takes longer than the limit.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), Timer::set(limit)).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(((), _)) => None,
    }
}

/// Reports the steps of an alarm to `alarm.mjs`, which ends an alarm that has reported nothing
/// for its idle limit. Outside of an alarm it reports nothing.
#[derive(Clone, Default)]
pub struct AlarmProgress(Option<Function>);

impl AlarmProgress {
    /// Creates the progress of an alarm from the function that `alarm.mjs` passes to it.
    pub fn new(report: Function) -> Self {
        Self(Some(report))
    }

    /// Runs a step that may take longer than the idle limit: see [`within`].
    pub async fn within<T>(&self, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
        self.report(&JsValue::from_f64(limit.as_secs_f64() * 1000.0));
        let output = within(limit, future).await;
        self.report(&JsValue::UNDEFINED);
        output
    }

    fn report(&self, limit: &JsValue) {
        if let Some(report) = &self.0 {
            let _no_result = report.call1(&JsValue::NULL, limit);
        }
    }
}

/// A timer of the host, cleared on drop. The timer of `worker` wakes the waker of the first poll
/// only, which in `fetch` is one that does nothing.
struct Timer {
    state: Rc<RefCell<TimerState>>,
    id: Option<JsValue>,
    _called_by_the_host: Closure<dyn FnMut()>,
}

#[derive(Default)]
struct TimerState {
    fired: bool,
    waker: Option<Waker>,
}

impl Timer {
    fn set(limit: Duration) -> Self {
        let state = Rc::new(RefCell::new(TimerState::default()));
        let shared = Rc::clone(&state);
        let callback = Closure::new(move || {
            let mut state = shared.borrow_mut();
            state.fired = true;
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        });
        let id = set_timeout(&callback, limit.as_secs_f64() * 1000.0).ok();
        Self { state, id, _called_by_the_host: callback }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.borrow_mut();
        if state.fired {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(id) = &self.id {
            clear_timeout(id);
        }
    }
}

/// Returns what a promise of the host resolves to.
///
/// # Errors
///
/// [`Outage`], with a log line, if it is rejected or takes longer than the limit.
pub async fn await_promise(
    step: &'static str,
    limit: Duration,
    promise: Result<Promise, JsValue>,
) -> Result<JsValue, Outage> {
    within(limit, await_without_timeout(step, promise)).await.unwrap_or_else(|| {
        log_error(&format!("{step}: timed out after {} s", limit.as_secs()));
        Err(Outage)
    })
}

/// Returns what a promise of the host resolves to. For a step of a task that has a time-out as a
/// whole: each timer costs two calls of the host.
///
/// # Errors
///
/// [`Outage`], with a log line, if it is rejected.
pub async fn await_without_timeout(
    step: &'static str,
    promise: Result<Promise, JsValue>,
) -> Result<JsValue, Outage> {
    let outcome = match promise {
        Ok(promise) => JsFuture::from(promise).await,
        Err(thrown) => Err(thrown),
    };
    outcome.map_err(|error| log_failure(step, &error))
}

/// Returns whether a statement failed because a table or column does not exist.
pub fn is_schema_error(error: &JsValue) -> bool {
    let message = field(error, "message").as_string().unwrap_or_default();
    let missing = ["no such table", "no such column", "has no column named"];
    missing.iter().any(|missing| message.contains(missing))
}

/// Logs that a step failed. The error's message is not logged, because it may contain addresses.
pub fn log_failure(step: &str, error: &JsValue) -> Outage {
    let reason = if is_schema_error(error) {
        "a table or column is missing; apply the migrations".to_owned()
    } else {
        field(error, "name").as_string().unwrap_or_else(|| "unknown error".to_owned())
    };
    log_error(&format!("{step}: {reason}"));
    Outage
}

/// Logs an error.
pub fn log_error(text: &str) {
    log(|log| log.add(Line::error(text)));
}

/// Logs an event.
pub fn log_event(text: String) {
    log(|log| log.add(Line::info(text)));
}

/// Logs a rejected call, or only counts it: see [`Log::add_refusal`].
pub fn log_refusal(line: impl FnOnce() -> String) {
    log(|log| {
        if log.add_refusal(HostClock.now().seconds(), line) {
            IS_COUNT_DUE.set(true);
        }
    });
}

thread_local! {
    static LOG: RefCell<Log> = RefCell::default();
    /// Whether the code that runs must not write to the log.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
    /// Whether rejected calls were only counted, and the line with their number has no time yet.
    static IS_COUNT_DUE: Cell<bool> = const { Cell::new(false) };
}

/// Changes the log, and writes its lines unless the request is a quiet one.
fn log(change: impl FnOnce(&mut Log)) {
    LOG.with_borrow_mut(change);
    flush_log();
}

/// Writes the lines that wait, unless the request is a quiet one.
pub fn flush_log() {
    if IS_QUIET.get() {
        return;
    }
    let lines = LOG.with_borrow_mut(|log| log.take(HostClock.now().seconds()));
    for Line { level, text } in lines {
        match level {
            Level::Info => console_log!("{text}"),
            Level::Error => console_error!("{text}"),
        }
    }
}

/// Returns a task that writes the number of the rejected calls that were only counted, once their
/// second has ended. Returns `None` if no call was only counted, if such a task runs, or if the
/// request is a quiet one; then a later request returns it.
pub fn count_task() -> Option<Promise> {
    if IS_QUIET.get() || !IS_COUNT_DUE.replace(false) {
        return None;
    }
    Some(future_to_promise(async {
        Timer::set(Duration::from_secs(1)).await;
        flush_log();
        Ok(JsValue::UNDEFINED)
    }))
}

/// Runs a future after the response to a request, as long as the host allows. Its log lines wait if
/// those of the request do.
pub fn run_in_background(request: &HostRequest, future: impl Future<Output = ()> + 'static) {
    let is_quiet = IS_QUIET.get();
    let task = future_to_promise(async move {
        if is_quiet {
            quietly(future).await;
        } else {
            future.await;
        }
        Ok(JsValue::UNDEFINED)
    });
    // Without it, the future runs as long as the isolate lives.
    let _best_effort = request.wait_until(&task);
}

/// Waits for the end of the current turn, so that a reply that is ready is sent before.
pub async fn next_turn() {
    Timer::set(Duration::ZERO).await;
}

/// Runs a future whose lines wait: that of a request whose URL may hold a token.
pub async fn quietly<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        // Other requests run between two polls, so the mark is set for each poll alone.
        let outer = IS_QUIET.replace(true);
        let polled = future.as_mut().poll(context);
        IS_QUIET.set(outer);
        polled
    })
    .await
}
