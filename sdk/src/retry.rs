//! The retry policy: which failures are retried, and after which delay.

use core::time::Duration;

use crate::{Code, Error};

/// The number of times that the service accepts a repeated confirm of one link, and so the most
/// attempts at any call.
const MAX_ATTEMPTS: u32 = 5;

/// The number of attempts at a call, and the delay between two of them.
///
/// Every call except a change is safe to repeat; the client sends a change once, and so the reset
/// that a server starts. A check and the rules change nothing. A repeated request sends no second
/// mail, because the service leaves a pause between two mails to one mailbox (unless it is
/// configured without one). A confirm whose response was lost succeeds again if it is repeated with
/// the same password: for 10 minutes after a link is used, the service compares a repeated password
/// with the one that the link set. What servers ask for twice happens once.
///
/// Retried are transport errors, the refusals `unavailable` and `link_busy`, and responses with
/// status 502, 503, or 504 from a gateway. `too_many_requests` is retried only if the service says
/// how long to wait. Every other refusal would be the same the next time. The delay is the longer
/// of the service's `Retry-After` and the back-off. If it exceeds the rest of the call's time-out,
/// the call fails at once.
///
/// ```
/// use std::time::Duration;
/// use relatch::RetryPolicy;
///
/// let policy = RetryPolicy::default()
///     .max_attempts(5)
///     .initial_backoff(Duration::from_millis(100));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: u32,
    initial_backoff: Duration,
}

impl Default for RetryPolicy {
    /// 3 attempts, with delays of 250 ms and 500 ms.
    fn default() -> Self {
        Self { max_attempts: 3, initial_backoff: Duration::from_millis(250) }
    }
}

impl RetryPolicy {
    /// Creates a policy without retries: one attempt.
    ///
    /// ```
    /// use relatch::RetryPolicy;
    ///
    /// assert_eq!(RetryPolicy::none(), RetryPolicy::default().max_attempts(1));
    /// ```
    #[must_use]
    pub fn none() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// Sets the largest number of attempts, including the first. Values are clamped to 1 to 5.
    ///
    /// ```
    /// use relatch::RetryPolicy;
    ///
    /// let policy = RetryPolicy::default();
    /// assert_eq!(policy.max_attempts(9), policy.max_attempts(5));
    /// ```
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.clamp(1, MAX_ATTEMPTS);
        self
    }

    /// Sets the delay before the second attempt. It doubles with each further attempt.
    ///
    /// ```
    /// use std::time::Duration;
    /// use relatch::RetryPolicy;
    ///
    /// // 1 s before the second attempt, 2 s before the third.
    /// let policy = RetryPolicy::default().initial_backoff(Duration::from_secs(1));
    /// ```
    #[must_use]
    pub fn initial_backoff(mut self, delay: Duration) -> Self {
        self.initial_backoff = delay;
        self
    }

    /// Returns the delay before the next attempt, or `None` if the failure is not retryable, the
    /// attempts are used up, or the delay exceeds the remaining time.
    ///
    /// `attempts` counts the attempts so far.
    #[must_use]
    pub fn next_delay(
        self,
        attempts: u32,
        failure: &Error,
        remaining: Duration,
    ) -> Option<Duration> {
        if attempts >= self.max_attempts {
            return None;
        }
        let doublings = attempts.saturating_sub(1).min(MAX_ATTEMPTS);
        let backoff = self.initial_backoff.saturating_mul(1 << doublings);
        let delay = match failure {
            Error::Transport(_) => backoff,
            Error::Protocol(error) if matches!(error.status, 502..=504) => backoff,
            Error::Protocol(_) => return None,
            Error::Refused(refusal) => match refusal.code.known()? {
                Code::Unavailable | Code::LinkBusy => {
                    backoff.max(refusal.retry_after.unwrap_or_default())
                }
                Code::TooManyRequests => backoff.max(refusal.retry_after?),
                _ => return None,
            },
        };
        (delay < remaining).then_some(delay)
    }
}
