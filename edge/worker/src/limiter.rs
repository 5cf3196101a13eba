//! The rate limit by address: a binding of the host, which counts near the client and uses no
//! storage.

use wasm_bindgen::JsValue;
use worker_sys::RateLimiter;

use crate::bindings::{field, object};
use crate::host::{await_without_timeout, log_error, within};
use relatch_domain::ports::{Limiter, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::client::AddressBlock;

/// The binding of the rate limit.
pub const BINDING: &str = "LIMITER";

/// The binding of the rate limit of wider blocks, and of the groups of a server key's visitors. It
/// is optional unless a server key has the scope `request`.
pub const WIDE_BINDING: &str = "LIMITER_WIDE";

/// The name of the step in the log.
const STEP: &str = "limiter";

/// The rate limits of the host.
pub struct RateLimit {
    limiter: RateLimiter,
    wide: Option<RateLimiter>,
}

impl RateLimit {
    /// Creates the adapter.
    pub fn new(limiter: RateLimiter, wide: Option<RateLimiter>) -> Self {
        Self { limiter, wide }
    }

    async fn count(&self, block: &AddressBlock) -> Result<bool, Outage> {
        // A request over the limit of a block does not count for the wide block.
        if !is_within(&self.limiter, block.as_str()).await? {
            return Ok(false);
        }
        match &self.wide {
            Some(wide) => is_within(wide, block.wide()).await,
            None => Ok(true),
        }
    }
}

/// Counts a request with this key. Returns whether it is within the limit.
async fn is_within(limiter: &RateLimiter, key: &str) -> Result<bool, Outage> {
    let key = object(&[("key", JsValue::from_str(key))]);
    let outcome = await_without_timeout(STEP, limiter.limit(key)).await?;
    field(&outcome, "success").as_bool().ok_or(Outage)
}

impl Limiter for RateLimit {
    async fn check(&self, block: &AddressBlock) -> Result<bool, Outage> {
        // One timer for both limits: each costs two calls of the host.
        within(timeouts::LIMITER, self.count(block)).await.unwrap_or_else(|| {
            log_error(&format!("{STEP}: timed out after {} s", timeouts::LIMITER.as_secs()));
            Err(Outage)
        })
    }
}
