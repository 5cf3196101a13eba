//! What every adapter needs of the host: the clock, randomness, time-outs and the log.

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use futures_util::future::{Either, select};
use js_sys::Promise;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use worker::console_error;

use crate::bindings::{clear_timeout, field, set_timeout};
use relatch_domain::ports::{Clock, Entropy, Outage};
use relatch_domain::values::keys::base64url;
use relatch_domain::values::time::Moment;

/// The host's clock.
pub struct HostClock;

impl Clock for HostClock {
    fn now(&self) -> Moment {
        moment(js_sys::Date::now())
    }
}

/// The host's generator.
pub struct HostEntropy;

impl Entropy for HostEntropy {
    fn random_bytes(&self) -> Result<[u8; 32], Outage> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| Outage)?;
        Ok(seed)
    }
}

/// A moment as JavaScript and databases know it: milliseconds in a double.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 milliseconds: the year 287396")]
pub fn millis(moment: Moment) -> f64 {
    moment.millis() as f64
}

/// The moment of these milliseconds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates, also for NaN")]
pub fn moment(millis: f64) -> Moment {
    Moment::from_millis(millis as u64)
}

/// What a future gives, unless it takes longer than this.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), Timer::set(limit)).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(((), _)) => None,
    }
}

/// A timer of the host, cleared when it is dropped. `worker` has one too, but that one wakes whoever polled it first, and a
/// call is first polled by nobody (`fetch`).
struct Timer {
    state: Rc<RefCell<Ringing>>,
    id: Option<JsValue>,
    _called_by_the_host: Closure<dyn FnMut()>,
}

#[derive(Default)]
struct Ringing {
    rang: bool,
    waker: Option<Waker>,
}

impl Timer {
    fn set(limit: Duration) -> Self {
        let state = Rc::new(RefCell::new(Ringing::default()));
        let ringing = Rc::clone(&state);
        let ring = Closure::new(move || {
            let mut ringing = ringing.borrow_mut();
            ringing.rang = true;
            if let Some(waker) = ringing.waker.take() {
                waker.wake();
            }
        });
        let id = set_timeout(&ring, limit.as_secs_f64() * 1000.0).ok();
        Self { state, id, _called_by_the_host: ring }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.borrow_mut();
        if state.rang {
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

/// What a call of the host resolves to, unless it fails or takes longer than this.
pub async fn settle(step: &'static str, limit: Duration, call: Result<Promise, JsValue>) -> Result<JsValue, Outage> {
    within(limit, outcome(step, call)).await.unwrap_or_else(|| {
        log_error(&format!("{step}: no answer within {} s", limit.as_secs()));
        Err(Outage)
    })
}

/// What a call of the host resolves to, unless it fails: for a step of something that has a time-out as a whole, for every
/// timer is two more calls of the host. A failure is logged by the step's name: the host's own words may hold addresses.
pub async fn outcome(step: &'static str, call: Result<Promise, JsValue>) -> Result<JsValue, Outage> {
    let settled = match call {
        Ok(promise) => JsFuture::from(promise).await,
        Err(thrown) => Err(thrown),
    };
    settled.map_err(|error| failed(step, &error))
}

/// Logs that a step failed.
pub fn failed(step: &str, error: &JsValue) -> Outage {
    let message = field(error, "message").as_string().unwrap_or_default();
    let reason = if message.contains("no such table") || message.contains("no such column") {
        "a table or column is missing: are the migrations applied?".to_owned()
    } else {
        field(error, "name").as_string().unwrap_or_else(|| "failed".to_owned())
    };
    log_error(&format!("{step}: {reason}"));
    Outage
}

/// Names the format of what [`write`] writes. A version that changes the shape of anything stored takes another letter,
/// and reads this one for as long as old values may be there: two days, the longest life of a link and of a window.
const FORMAT: char = 'a';

/// Writes what only this Worker reads: postcard, whose reader is a fraction of JSON's, in base64url, which every store
/// and channel takes as text.
pub fn write<T: Serialize>(value: &T) -> Result<String, Outage> {
    postcard::to_allocvec(value).map(|bytes| format!("{FORMAT}{}", base64url(&bytes))).map_err(|_| Outage)
}

/// Reads what [`write`] wrote.
pub fn parse<T: DeserializeOwned>(written: &str) -> Result<T, Outage> {
    let encoded = written.strip_prefix(FORMAT).ok_or(Outage)?;
    let bytes = Base64UrlUnpadded::decode_vec(encoded).map_err(|_| Outage)?;
    postcard::from_bytes(&bytes).map_err(|_| Outage)
}

/// Writes a line that an operator should see.
pub fn log_error(line: &str) {
    console_error!("{line}");
}
