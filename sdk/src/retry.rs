//! When a call is made again, and how long after.

use core::time::Duration;

use crate::{Code, Error};

/// The service answers a repeated confirm of one link at most this often, so no call is made more often either.
const MOST_ATTEMPTS: u32 = 5;

/// How often a call is made, and how long the client waits in between.
///
/// Every call but a change is safe to make again, and a change is made once. A check and the rules change nothing. A repeated request sends no second mail: the
/// service leaves a pause between two mails to one mailbox (unless it is configured to leave none). And a confirm whose answer was lost has the same success
/// when it is sent again with the same password: for 10 minutes after the link's use the service remembers which
/// password the link set, and tells only who knows it. So no answer that was merely lost looks like a failure.
///
/// Made again are calls that failed in transport, that `unavailable` or `link_busy` refused, or that a gateway in
/// between answered with 502, 503 or 504. `too_many_requests` is tried again only when the service says how long to
/// wait. Every other refusal would be the same the next time. The wait is the longer of the service's `Retry-After` and
/// the back-off; where it does not fit into the rest of the call's time-out, the refusal is returned at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    attempts: u32,
    first_wait: Duration,
}

impl Default for Retry {
    /// 3 attempts, waiting 250 ms and then 500 ms.
    fn default() -> Self {
        Self { attempts: 3, first_wait: Duration::from_millis(250) }
    }
}

impl Retry {
    /// One attempt only.
    #[must_use]
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// At most this many attempts, the first included: from 1 to 5, and the nearest of them for any other number.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.clamp(1, MOST_ATTEMPTS);
        self
    }

    /// How long to wait before the second attempt; before each further one twice as long as before the last.
    #[must_use]
    pub fn first_wait(mut self, wait: Duration) -> Self {
        self.first_wait = wait;
        self
    }

    /// How long to wait before a call is made again that was made so often and failed so, with this much time left for
    /// all of it; nothing where that would not help or does not fit.
    #[must_use]
    pub fn wait_after(self, attempts: u32, failure: &Error, left: Duration) -> Option<Duration> {
        if attempts >= self.attempts {
            return None;
        }
        let doubled = attempts.saturating_sub(1).min(MOST_ATTEMPTS);
        let back_off = self.first_wait.saturating_mul(1 << doubled);
        let wait = match failure {
            Error::Transport(_) => back_off,
            Error::Answer(answer) if matches!(answer.status, 502..=504) => back_off,
            Error::Answer(_) => return None,
            Error::Refused(refusal) => match refusal.code.known()? {
                Code::Unavailable | Code::LinkBusy => back_off.max(refusal.retry_after.unwrap_or_default()),
                Code::TooManyRequests => back_off.max(refusal.retry_after?),
                _ => return None,
            },
        };
        (wait < left).then_some(wait)
    }
}
