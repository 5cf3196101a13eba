//! The rate limit by address: a binding of the host, which counts near the client and uses no
//! storage.

use wasm_bindgen::JsValue;
use worker_sys::RateLimiter;

use crate::bindings::{field, object};
use crate::host::await_promise;
use relatch_domain::ports::{Limiter, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::client::AddressBlock;

/// The binding of the rate limit.
pub const BINDING: &str = "LIMITER";

/// The rate limit of the host.
pub struct RateLimit {
    limiter: RateLimiter,
}

impl RateLimit {
    /// Creates the adapter.
    pub fn new(limiter: RateLimiter) -> Self {
        Self { limiter }
    }
}

impl Limiter for RateLimit {
    async fn check(&self, block: &AddressBlock) -> Result<bool, Outage> {
        let key = object(&[("key", JsValue::from_str(block.as_str()))]);
        let outcome = await_promise("limiter", timeouts::LIMITER, self.limiter.limit(key)).await?;
        field(&outcome, "success").as_bool().ok_or(Outage)
    }
}
