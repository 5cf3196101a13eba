//! Time in the domain: it comes from the [`Clock`](crate::ports::Clock) port, never from the host.

use std::time::Duration;

use relatch_languages::Texts;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A point in time, in milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(u64);

impl Moment {
    /// Creates a moment from milliseconds since 1970.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Creates a moment from seconds since 1970.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Returns the milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Returns the whole seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0.wrapping_div(1000)
    }

    /// Returns the moment `span` later.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Returns the moment `span` earlier.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Returns the time since an earlier moment, or zero if that one is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Parses a time in UTC (`2026-11-20T14:05:12Z`, also with a fraction of a second, which is
    /// dropped), or a date, which is its first second (RFC 3339).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, time.strip_suffix('Z')?),
            None => (text, "00:00:00"),
        };
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
        let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
        number(fraction, fraction.len().clamp(1, 9))?;
        let small = |number: u32| u8::try_from(number).ok();
        let month = time::Month::try_from(small(month)?).ok()?;
        let year = i32::try_from(year).ok()?;
        let date = time::Date::from_calendar_date(year, month, small(day)?).ok()?;
        let at = date.with_hms(small(hour)?, small(minute)?, small(second)?).ok()?;
        u64::try_from(at.assume_utc().unix_timestamp()).ok().map(Self::from_seconds)
    }

    /// Formats the moment by RFC 3339, in UTC, to the second.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.datetime().format(&Rfc3339).unwrap_or_default()
    }

    /// Formats the moment for people: `20 November 2026, 14:05 UTC`.
    #[must_use]
    pub fn for_people(self, texts: Texts) -> String {
        let (at, [day, time]) = (self.datetime(), self.day_and_time());
        let month = texts.month(u8::from(at.month()));
        texts.date_long(&day, month, &at.year().to_string(), &time)
    }

    /// Formats a moment of the next days for people: `20 November, 14:05 UTC`.
    #[must_use]
    pub fn soon_for_people(self, texts: Texts) -> String {
        let (at, [day, time]) = (self.datetime(), self.day_and_time());
        texts.date_short(&day, texts.month(u8::from(at.month())), &time)
    }

    /// Formats the day of the month, and the time of day.
    fn day_and_time(self) -> [String; 2] {
        let at = self.datetime();
        [at.day().to_string(), format!("{:02}:{:02}", at.hour(), at.minute())]
    }

    /// Formats the moment for the header of a mail (RFC 5322 section 3.3): `Fri, 20 Nov 2026 14:05:00
    /// +0000`.
    #[must_use]
    pub fn rfc5322(self) -> String {
        let at = self.datetime();
        let (weekday, month) = (at.weekday().to_string(), at.month().to_string());
        let short = |name: &str| name.chars().take(3).collect::<String>();
        format!(
            "{}, {} {} {} {:02}:{:02}:{:02} +0000",
            short(&weekday),
            at.day(),
            short(&month),
            at.year(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }

    fn datetime(self) -> OffsetDateTime {
        let seconds = i64::try_from(self.seconds()).unwrap_or(i64::MAX);
        OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// Parses numbers with these counts of digits, between separators.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[u32; 3]> {
    let mut parts = text.split(separator);
    let mut next = |digits: usize| number(parts.next()?, digits);
    let [first, second, third] = digits;
    let numbers = [next(first)?, next(second)?, next(third)?];
    parts.next().is_none().then_some(numbers)
}

/// Parses a number with this count of digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// A random share of a whole, uniform in steps of 1/65536. Delays are drawn with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomShare(u16);

impl RandomShare {
    /// One half: [`Self::around`] leaves a span unchanged.
    pub const HALF: Self = Self(1 << 15);

    /// Wraps 16 random bits.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// Returns this share of a span, in whole milliseconds.
    #[must_use]
    pub fn of(self, span: Duration) -> Duration {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(millis.saturating_mul(u64::from(self.0)) >> 16)
    }

    /// Returns the wait after this number of earlier waits: around that of the table, of which the
    /// last one repeats.
    #[must_use]
    pub fn back_off(self, waits: &[Duration; 7], earlier: u32) -> Duration {
        let [.., longest] = waits;
        let place = usize::try_from(earlier).unwrap_or(usize::MAX);
        self.around(*waits.get(place).unwrap_or(longest))
    }

    /// Returns a span from half to one and a half times as long.
    #[must_use]
    pub fn around(self, span: Duration) -> Duration {
        Self::HALF.of(span).saturating_add(self.of(span))
    }
}

/// The range of the random delay between a request, or its release, and its lookup. Where objects
/// share a thread, as under local workerd, a lookup and its mail delay the responses of that
/// moment, so the moment must not be predictable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestDelay {
    /// The shortest delay.
    pub shortest: Duration,
    /// The longest delay.
    pub longest: Duration,
}

impl RequestDelay {
    /// Returns when a job is due that is accepted or released now.
    #[must_use]
    pub fn draw(self, now: Moment, share: RandomShare) -> Moment {
        now.after(self.shortest).after(share.of(self.longest.saturating_sub(self.shortest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc() {
        let moment = Moment::from_millis(1_795_183_512_345);
        assert_eq!(moment.rfc3339(), "2026-11-20T14:05:12Z");
        assert_eq!(moment.for_people(Texts::ENGLISH), "20 November 2026, 14:05 UTC");
        assert_eq!(moment.soon_for_people(Texts::ENGLISH), "20 November, 14:05 UTC");
    }

    #[test]
    fn a_date_or_a_time_in_utc_is_parsed() {
        for (text, seconds) in [
            ("2026-11-20T14:05:12Z", 1_795_183_512),
            ("2026-11-20T14:05:12.345Z", 1_795_183_512),
            ("2026-11-20", 1_795_132_800),
            ("1970-01-01", 0),
            ("2028-02-29T23:59:59Z", 1_835_481_599),
        ] {
            assert_eq!(Moment::parse(text), Some(Moment::from_seconds(seconds)), "{text}");
        }
        for text in [
            "",
            "2026",
            "2026-11",
            "2026-11-20Z",
            "2026-11-20T14:05:12",
            "2026-11-20T14:05:12+01:00",
            "2026-11-20 14:05:12Z",
            "2026-11-20T14:05Z",
            "2026-11-20T14:05:12.Z",
            "2026-11-20T14:05:12.0000000000Z",
            "2026-11-20T24:00:00Z",
            "2026-13-01",
            "2027-02-29",
            "2026-1-1",
            "+026-11-20",
            "1969-12-31",
            "1969-12-31T23:59:59Z",
            "2026-11-20T14:05:12Z ",
            "2026-11-2\u{664}",
            "2026-11-20-01",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_random_share_covers_the_whole_span() {
        let span = Duration::from_secs(4);
        let [least, greatest] = [0, u16::MAX].map(RandomShare::from_bits);
        assert_eq!(least.of(span), Duration::ZERO);
        assert_eq!(greatest.of(span), Duration::from_millis(3999));
        assert_eq!(least.around(span), Duration::from_secs(2));
        assert_eq!(RandomShare::HALF.around(span), span);
        assert_eq!(greatest.around(span), Duration::from_millis(5999));
    }
}
