//! The limit by address: the host's rate limit, which counts near the caller and touches no storage.

use wasm_bindgen::JsValue;
use worker_sys::RateLimiter;

use crate::bindings::{field, object};
use crate::host::settle;
use relatch_domain::ports::{Limiter, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::client::AddressBlock;

/// The name of the rate limit.
pub const BINDING: &str = "LIMITER";

/// The host's rate limit.
pub struct RateLimit {
    limiter: RateLimiter,
}

impl RateLimit {
    /// Asks this rate limit.
    pub fn new(limiter: RateLimiter) -> Self {
        Self { limiter }
    }
}

impl Limiter for RateLimit {
    async fn check(&self, block: &AddressBlock) -> Result<bool, Outage> {
        let key = object(&[("key", JsValue::from_str(block.as_str()))]);
        let outcome = settle("limiter", timeouts::LIMITER, self.limiter.limit(key)).await?;
        field(&outcome, "success").as_bool().ok_or(Outage)
    }
}
