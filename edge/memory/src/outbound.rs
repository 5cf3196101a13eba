//! The services that a request waits for, as they answer: the provider of a captcha, and the one with
//! breached passwords.

use std::time::Duration;

use relatch_domain::breaches::BreachedRange;
use relatch_domain::captcha::{Captcha, CaptchaAnswer};
use relatch_domain::ports::{BreachedPasswords, CaptchaProviders, Outage, RangeError};
use relatch_domain::values::keys::hex;
use relatch_domain::values::time::Moment;
use secrecy::ExposeSecret as _;
use sha1::{Digest as _, Sha1};

use super::Memory;

/// The secret that the provider of the captcha knows.
pub const CAPTCHA_SECRET: &str = "the-secret-of-the-widget";

/// The time for which a token is valid, as that of Turnstile.
const TOKEN_LIFETIME: Duration = Duration::from_secs(300);

/// A captcha that was solved, and whose token was not verified yet.
#[derive(Clone, Debug)]
pub(super) struct Solved {
    token: String,
    hostname: String,
    action: Option<String>,
    at: Moment,
}

impl Memory {
    /// Solves the captcha on a page of this host, in a widget with this action. Returns its token.
    pub fn solve_captcha(&self, hostname: &str, action: Option<&str>) -> String {
        let number = self.drawn.get().saturating_add(1);
        self.drawn.set(number);
        let token = format!("token-{number}");
        self.solved.borrow_mut().push(Solved {
            token: token.clone(),
            hostname: hostname.to_owned(),
            action: action.map(str::to_owned),
            at: self.time(),
        });
        token
    }

    /// Adds a password to those that are known from a breach.
    pub fn breach(&self, password: &str) {
        self.breached.borrow_mut().push(hex(&Sha1::digest(password)).to_ascii_uppercase());
    }

    /// Makes the service with breached passwords answer with this text, or as usual again.
    pub fn set_range_answer(&self, answer: Option<&str>) {
        *self.range_answer.borrow_mut() = answer.map(str::to_owned);
    }

    fn siteverify(&self, captcha: &Captcha, token: &str) -> CaptchaAnswer {
        let failed = |code: &str| CaptchaAnswer {
            errors: vec![code.to_owned()],
            ..CaptchaAnswer::default()
        };
        if captcha.secret.expose_secret() != CAPTCHA_SECRET {
            return failed("invalid-input-secret");
        }
        let mut solved = self.solved.borrow_mut();
        let Some(place) = solved.iter().position(|solved| solved.token == token) else {
            // The provider does not know whether a token was used or never made.
            return failed("timeout-or-duplicate");
        };
        let Solved { hostname, action, at, .. } = solved.remove(place);
        if self.time().since(at) >= TOKEN_LIFETIME {
            return failed("timeout-or-duplicate");
        }
        CaptchaAnswer {
            success: true,
            hostname: Some(hostname),
            action,
            ..CaptchaAnswer::default()
        }
    }

    /// Returns the padded range of a prefix, which ends a URL.
    fn padded_range(&self, url: &str) -> String {
        let prefix = url.rsplit('/').next().unwrap_or_default();
        let breached = self.breached.borrow();
        let known = breached.iter().filter_map(|hash| hash.strip_prefix(prefix));
        let padding = (0..800_u32).map(|number| hex(&Sha1::digest(number.to_be_bytes())));
        let padding = padding.filter_map(|hash| Some(format!("{}:0", hash.get(..35)?)));
        let lines: Vec<String> =
            known.map(|suffix| format!("{suffix}:42")).chain(padding).collect();
        lines.join("\r\n")
    }
}

impl CaptchaProviders for Memory {
    async fn verify(&self, captcha: &Captcha, token: &str) -> Result<CaptchaAnswer, Outage> {
        self.effect("captcha.verify", "", || self.siteverify(captcha, token)).await
    }
}

impl BreachedPasswords for Memory {
    fn cached(&self, url: &str) -> Option<BreachedRange> {
        self.ranges.borrow().get(url).cloned()
    }

    async fn range(&self, url: &str) -> Result<BreachedRange, RangeError> {
        let set = self.range_answer.borrow().clone();
        let answer = self
            .effect("breaches.range", url, || set.unwrap_or_else(|| self.padded_range(url)))
            .await
            .map_err(|Outage| RangeError::Unavailable)?;
        let range = BreachedRange::parse(&answer).ok_or(RangeError::Invalid)?;
        self.ranges.borrow_mut().add(url.to_owned(), range.clone());
        Ok(range)
    }
}
