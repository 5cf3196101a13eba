//! The services that a request waits for: the provider of a captcha, and the one with breached
//! passwords. `outbound.mjs` sends the requests.

use std::cell::RefCell;
use std::time::Duration;

use js_sys::{Function, Promise};
use secrecy::ExposeSecret as _;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::Env;

use crate::bindings::{field, object};
use crate::host::{await_promise, log_error};
use crate::options::Options;
use relatch_domain::breaches::{BreachedRange, MAX_ANSWER_BYTES, RangeCache};
use relatch_domain::captcha::{Captcha, CaptchaAnswer};
use relatch_domain::ports::{BreachedPasswords, CaptchaProviders, Outage, RangeError};
use relatch_domain::timeouts;

thread_local! {
    static RANGES: RefCell<RangeCache> = RefCell::default();
}

/// The services of an instance.
pub struct Outbound {
    calls: JsValue,
}

impl Outbound {
    /// Creates the adapter.
    pub fn new(env: &Env) -> Self {
        Self { calls: Options::of(env).outbound() }
    }

    /// Makes the call with this name. JavaScript aborts it at the same time limit.
    async fn call(
        &self,
        name: &'static str,
        limit: Duration,
        fields: &[(&str, JsValue)],
    ) -> Result<JsValue, Outage> {
        let value = object(fields);
        let millis = JsValue::from_f64(limit.as_secs_f64() * 1000.0);
        let _is_new = js_sys::Reflect::set(&value, &JsValue::from_str("timeout"), &millis);
        let function: Function = field(&self.calls, name).dyn_into().map_err(|_| Outage)?;
        let promise = function.call1(&JsValue::UNDEFINED, &value);
        await_promise(name, limit, promise.map(|promise| Promise::resolve(&promise))).await
    }
}

impl CaptchaProviders for Outbound {
    async fn verify(&self, captcha: &Captcha, token: &str) -> Result<CaptchaAnswer, Outage> {
        let text = JsValue::from_str;
        let fields = [
            ("url", text(&captcha.verify_url)),
            ("secret", text(captcha.secret.expose_secret())),
            ("response", text(token)),
            ("sitekey", text(&captcha.site_key)),
        ];
        let answer = self.call("captcha", timeouts::CAPTCHA, &fields).await?;
        let errors: js_sys::Array = field(&answer, "errors").dyn_into().map_err(|_| Outage)?;
        Ok(CaptchaAnswer {
            success: field(&answer, "success").as_bool().ok_or(Outage)?,
            hostname: field(&answer, "hostname").as_string(),
            action: field(&answer, "action").as_string(),
            is_scored: field(&answer, "isScored").is_truthy(),
            errors: errors.iter().filter_map(|code| code.as_string()).collect(),
        })
    }

    fn log_unavailable(&self) {
        log_error(
            "captcha: the provider rejected the call: check `CAPTCHA_SECRET`, and that it belongs \
             to `CAPTCHA_PROVIDER` and `CAPTCHA_SITE_KEY`, which must not be of reCAPTCHA v3",
        );
    }
}

impl BreachedPasswords for Outbound {
    fn cached(&self, url: &str) -> Option<BreachedRange> {
        RANGES.with_borrow(|ranges| ranges.get(url).cloned())
    }

    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    async fn range(&self, url: &str) -> Result<BreachedRange, RangeError> {
        let fields = [
            ("url", JsValue::from_str(url)),
            ("limit", JsValue::from_f64(MAX_ANSWER_BYTES as f64)),
        ];
        let answer = self.call("breaches", timeouts::BREACHES, &fields).await;
        let answer = answer.map_err(|Outage| RangeError::Unavailable)?;
        let range = answer.as_string().as_deref().and_then(BreachedRange::parse);
        let Some(range) = range else {
            log_error("breaches: the answer is not a range of hashes");
            return Err(RangeError::Invalid);
        };
        RANGES.with_borrow_mut(|ranges| ranges.add(url.to_owned(), range.clone()));
        Ok(range)
    }
}
