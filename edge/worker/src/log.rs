//! The log: decides when a line is written.
//!
//! Cloudflare stores the URL of a request beside every line that is written while it is answered.
//! So a line of a request whose URL may hold a token or a handle waits in the isolate, until a
//! request without one or an alarm writes it.
//!
//! A flood of rejected calls must not hide the other lines. The first [`REFUSALS_PER_SECOND`] of a
//! second have a line each, and the rest one line with their number.

use std::collections::VecDeque;

use relatch_domain::events::Action;
use relatch_domain::values::time::Moment;

use crate::event_rows::count_line;

/// The rejected calls of one second that have a line each.
pub const REFUSALS_PER_SECOND: u32 = 10;
/// The lines that wait at a time. Further ones are only counted.
const MAX_WAITING: usize = 100;
/// The longest segment of a path that is no token and no handle. Handles have 75 characters and
/// tokens 95.
const MAX_PLAIN_SEGMENT: usize = 64;

/// The level of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// An event.
    Info,
    /// An error.
    Error,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its level.
    pub level: Level,
    /// Its text.
    pub text: String,
}

impl Line {
    /// Returns an error.
    #[must_use]
    pub fn error(text: impl Into<String>) -> Self {
        Self { level: Level::Error, text: text.into() }
    }

    /// Returns an event.
    #[must_use]
    pub fn info(text: impl Into<String>) -> Self {
        Self { level: Level::Info, text: text.into() }
    }
}

/// Returns whether a URL may hold a token or a handle: whether it has a query, or a segment that is
/// long enough.
#[must_use]
pub fn may_hold_secret(url: &str) -> bool {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let mut segments = path.split('/').skip(1);
    url.contains(['?', '#']) || segments.any(|segment| segment.len() > MAX_PLAIN_SEGMENT)
}

/// The lines of one isolate that are not written yet.
#[derive(Debug, Default)]
pub struct Log {
    waiting: VecDeque<Line>,
    dropped: u32,
    /// The second that `refusals` counts.
    second: u64,
    refusals: u32,
}

impl Log {
    /// Adds a line.
    pub fn add(&mut self, line: Line) {
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(line);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Adds the line of a rejected call in this second since 1970, or only counts it. Returns
    /// whether it is the first of its second that is only counted.
    pub fn add_refusal(&mut self, second: u64, line: impl FnOnce() -> String) -> bool {
        self.end_second(second);
        self.second = second;
        self.refusals = self.refusals.saturating_add(1);
        if self.refusals <= REFUSALS_PER_SECOND {
            self.add(Line::info(line()));
        }
        self.refusals == REFUSALS_PER_SECOND.saturating_add(1)
    }

    /// Returns the lines to write in this second since 1970.
    pub fn take(&mut self, second: u64) -> Vec<Line> {
        self.end_second(second);
        let mut lines: Vec<Line> = self.waiting.drain(..).collect();
        if self.dropped > 0 {
            lines.push(Line::error(format!("log: {} lines were dropped", self.dropped)));
            self.dropped = 0;
        }
        lines
    }

    /// Adds the line with the number of the rejected calls of an earlier second.
    fn end_second(&mut self, second: u64) {
        if second == self.second {
            return;
        }
        let more = self.refusals.saturating_sub(REFUSALS_PER_SECOND);
        self.refusals = 0;
        if more > 0 {
            let at = Moment::from_seconds(self.second);
            self.add(Line::info(count_line(Action::CallRefused, at, more)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_795_176_000;

    #[test]
    fn a_url_with_a_token_or_a_handle_may_hold_a_secret() {
        let (token, handle) = ("A".repeat(95), "A".repeat(75));
        for path in [
            format!("/password/reset?token={token}"),
            "/healthz?x".to_owned(),
            "/?".to_owned(),
            format!("/pub/applications/default/requests/resetpassword/{token}/commit"),
            format!("/pub/applications/default/requests/resetpassword/{handle}/send"),
            format!("/{}", token.replace('A', "%41")),
            format!("/unknown/{token}"),
            format!("/unknown;token={token}"),
        ] {
            assert!(may_hold_secret(&format!("https://example.com{path}")), "{path}");
        }
        for path in ["", "/", "/healthz", "/password/reset", "/apps/shop/password/reset/confirm"] {
            assert!(!may_hold_secret(&format!("https://example.com{path}")), "{path}");
        }
        assert!(!may_hold_secret(&format!("https://{}.example.com/", "a".repeat(90))));
    }

    #[test]
    fn lines_wait_in_their_order_and_further_ones_are_counted() {
        let mut log = Log::default();
        for number in 0..105 {
            log.add(Line::error(format!("{number}")));
        }
        let lines = log.take(SECOND);
        assert_eq!(lines.len(), 101);
        assert_eq!((lines[0].text.as_str(), lines[99].text.as_str()), ("0", "99"));
        assert_eq!(lines[100].text, "log: 5 lines were dropped");
        assert_eq!(log.take(SECOND), []);
    }

    #[test]
    fn ten_refusals_of_a_second_are_lines_and_the_rest_is_one_line_with_a_count() {
        let mut log = Log::default();
        let first_counted: Vec<_> =
            (0..40).filter(|number| log.add_refusal(SECOND, || number.to_string())).collect();
        assert_eq!(first_counted, [10]);
        assert_eq!(log.take(SECOND).len(), 10);
        assert_eq!(log.take(SECOND), [], "the second has not ended");
        let lines = log.take(SECOND + 1);
        let count = r#"{"event":"call_refused","at":"2026-11-20T12:00:00Z","count":30}"#;
        assert_eq!(lines, [Line::info(count)]);
        assert!(!log.add_refusal(SECOND + 1, String::new), "each second has its own ten");
        assert_eq!(log.take(SECOND + 2).len(), 1, "nothing was only counted");
    }
}
