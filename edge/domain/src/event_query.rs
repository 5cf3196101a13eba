//! How operators read the events of an application: in pages with filters, and as counts.

use std::fmt;
use std::time::Duration;

use crate::events::{Action, EventView};
use crate::values::account::AccountId;
use crate::values::time::Moment;

/// The events of one page, in bytes of JSON. A client accepts a response of 64 KiB.
const MAX_PAGE_BYTES: usize = 64_000;
/// The bytes that an event adds to a response besides its texts: names of fields, time and numbers.
const EVENT_BYTES: usize = 320;

/// Selects events of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventQuery {
    /// Only those of this account.
    pub account: Option<AccountId>,
    /// Only those of this kind.
    pub action: Option<Action>,
    /// Only those that happened at this time or later.
    pub since: Option<Moment>,
    /// Only those that happened before this time.
    pub until: Option<Moment>,
    /// Only those after this place of an earlier page.
    pub cursor: Option<EventCursor>,
    /// The most events of the page.
    pub limit: u32,
}

/// The place of an event in the order of a reading: its time, and its row among those of one
/// second. New events do not change the place of others, so no page repeats or omits an event that
/// was stored before the first page was read. A text from elsewhere is at worst another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventCursor {
    /// The time of the event, in whole seconds.
    pub at: Moment,
    /// The number of its row.
    pub row: u64,
}

impl EventCursor {
    /// Parses what `Display` writes, or returns `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (at, row) = text.split_once('-')?;
        Some(Self { at: Moment::from_seconds(number(at, 11)?), row: number(row, 15)? })
    }
}

impl fmt::Display for EventCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.at.seconds(), self.row)
    }
}

/// Parses a number of at most `digits` digits.
fn number(text: &str, digits: usize) -> Option<u64> {
    let is_number = text.len() <= digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// A page of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    /// The events, newest first.
    pub events: Vec<EventView>,
    /// The place after which the next page begins, or `None` on the last page.
    pub next: Option<EventCursor>,
}

impl EventPage {
    /// Returns the page of these rows, of which there is one more than the page may have if another
    /// page follows. A page of long texts is shorter, and has at least one event.
    #[must_use]
    pub fn of(rows: impl IntoIterator<Item = (EventCursor, EventView)>, limit: u32) -> Self {
        let mut page = Self::default();
        let (mut bytes, mut last) = (0_usize, None);
        for (place, event) in rows {
            bytes = bytes.saturating_add(size(&event));
            let is_full = u32::try_from(page.events.len()).is_ok_and(|count| count >= limit)
                || bytes > MAX_PAGE_BYTES;
            if is_full && last.is_some() {
                page.next = last;
                break;
            }
            last = Some(place);
            page.events.push(event);
        }
        page
    }
}

/// Returns the size of an event as JSON, or more.
fn size(event: &EventView) -> usize {
    let EventView { id, account, address, block, reported_by, reported_from, .. } = event;
    let EventView { request, link, identifier, detail, .. } = event;
    let texts =
        [account, address, block, reported_by, reported_from, request, link, identifier, detail];
    let texts = texts.into_iter().flatten().chain([id]);
    texts.map(|text| json_length(text)).fold(EVENT_BYTES, usize::saturating_add)
}

/// Returns the length of a text in a JSON string (RFC 8259, section 7).
fn json_length(text: &str) -> usize {
    let length = |byte| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(length).sum()
}

/// The length of a period in which events are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// An hour.
    Hour,
    /// A day, in UTC.
    Day,
}

impl Period {
    /// Returns the period with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Hour, Self::Day].into_iter().find(|period| period.as_str() == name)
    }

    /// Returns the name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Returns its length.
    #[must_use]
    pub const fn length(self) -> Duration {
        match self {
            Self::Hour => Duration::from_secs(3600),
            Self::Day => Duration::from_secs(24 * 3600),
        }
    }

    /// Returns the longest span of a query: 48 hours, or 31 days.
    #[must_use]
    pub const fn longest_span(self) -> Duration {
        match self {
            Self::Hour => Duration::from_secs(48 * 3600),
            Self::Day => Duration::from_secs(31 * 24 * 3600),
        }
    }

    /// Returns the number of leading characters that the RFC 3339 times of one period share.
    #[must_use]
    pub const fn prefix(self) -> usize {
        match self {
            Self::Hour => "2026-11-20T14".len(),
            Self::Day => "2026-11-20".len(),
        }
    }

    /// Returns the time at which the period with this common prefix begins (RFC 3339).
    #[must_use]
    pub fn begin(self, prefix: &str) -> String {
        let rest = match self {
            Self::Hour => ":00:00Z",
            Self::Day => "T00:00:00Z",
        };
        [prefix, rest].concat()
    }
}

/// Selects events of an application to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatsQuery {
    /// The time from which events count.
    pub since: Moment,
    /// The time before which events count.
    pub until: Moment,
    /// The periods.
    pub period: Period,
}

/// How often one kind of event happened in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventCount {
    /// The begin of the period (RFC 3339, UTC).
    pub at: String,
    /// The name of the event.
    pub event: String,
    /// The number.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_written_and_anything_else_is_none() {
        let cursor = EventCursor { at: Moment::from_seconds(1_795_183_512), row: 42 };
        assert_eq!(cursor.to_string(), "1795183512-42");
        assert_eq!(EventCursor::parse("1795183512-42"), Some(cursor));
        for text in [
            "",
            "-",
            "1-",
            "-1",
            "1",
            "+1-1",
            "1-+1",
            "1--1",
            "1-1-1",
            "a-b",
            "1-1 ",
            "123456789012-1",
            "1-1234567890123456",
            "' OR 1=1",
        ] {
            assert_eq!(EventCursor::parse(text), None, "{text}");
        }
    }

    fn rows(count: u64, detail: &str) -> Vec<(EventCursor, EventView)> {
        let row = |row| {
            let place = EventCursor { at: Moment::from_seconds(9), row };
            (place, EventView { detail: Some(detail.to_owned()), ..EventView::default() })
        };
        (0..count).rev().map(row).collect()
    }

    #[test]
    fn a_page_ends_at_its_limit_or_at_its_size() {
        let row_after = |page: &EventPage| page.next.map(|next| next.row);
        let page = EventPage::of(rows(3, ""), 3);
        assert_eq!((page.events.len(), row_after(&page)), (3, None));
        let page = EventPage::of(rows(4, ""), 3);
        assert_eq!((page.events.len(), row_after(&page)), (3, Some(1)));
        let page = EventPage::of(rows(4, &"x".repeat(25_000)), 3);
        assert_eq!((page.events.len(), row_after(&page)), (2, Some(2)));
        let page = EventPage::of(rows(4, &"\"".repeat(15_000)), 3);
        assert_eq!((page.events.len(), row_after(&page)), (2, Some(2)), "a quote is escaped");
        let page = EventPage::of(rows(2, &"x".repeat(50_000)), 3);
        assert_eq!((page.events.len(), row_after(&page)), (1, Some(1)));
        assert_eq!(EventPage::of(rows(0, ""), 3), EventPage::default());
    }

    #[test]
    fn a_period_begins_at_its_first_second() {
        let at = "2026-11-20T14:05:12Z";
        for (period, begin) in
            [(Period::Hour, "2026-11-20T14:00:00Z"), (Period::Day, "2026-11-20T00:00:00Z")]
        {
            assert_eq!(period.begin(at.get(..period.prefix()).unwrap()), begin);
            assert_eq!(Period::parse(period.as_str()), Some(period));
        }
        assert_eq!(Period::parse("week"), None);
    }
}
