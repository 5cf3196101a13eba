//! The log of a rate limit.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::values::time::Moment;

/// The entries that count toward a rate limit, oldest first. Its users add an id only once, so that
/// a message that arrives twice is counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RateLog(Vec<RateLogEntry>);

/// One counted mail or attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct RateLogEntry {
    id: String,
    at: Moment,
}

impl RateLog {
    /// Returns whether an entry has this id.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.0.iter().any(|entry| entry.id == id)
    }

    /// Returns the number of entries that are younger than `span`.
    #[must_use]
    pub fn count_within(&self, span: Duration, now: Moment) -> usize {
        self.0.iter().filter(|entry| now.since(entry.at) < span).count()
    }

    /// Returns the time of the entry with this id.
    #[must_use]
    pub fn at(&self, id: &str) -> Option<Moment> {
        self.0.iter().find(|entry| entry.id == id).map(|entry| entry.at)
    }

    /// Adds an entry.
    pub fn add(&mut self, id: String, now: Moment) {
        self.0.push(RateLogEntry { id, at: now });
    }

    /// Removes the entry with this id, so that it no longer counts.
    pub fn remove(&mut self, id: &str) {
        self.0.retain(|entry| entry.id != id);
    }

    /// Removes the entries that are `span` old or older.
    pub fn prune(&mut self, span: Duration, now: Moment) {
        self.0.retain(|entry| now.since(entry.at) < span);
    }

    /// Returns when fewer than `max` entries are younger than `span`: now, or later.
    #[must_use]
    pub fn free_at(&self, max: u32, span: Duration, now: Moment) -> Moment {
        free_at(self.0.iter().map(|entry| entry.at), max, span, now)
    }

    /// Returns the entries: their id and time.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Moment)> {
        self.0.iter().map(|entry| (entry.id.as_str(), entry.at))
    }

    /// Returns when [`Self::prune`] with the same `span` next removes an entry.
    #[must_use]
    pub fn next_prune(&self, span: Duration) -> Option<Moment> {
        self.0.iter().map(|entry| entry.at.after(span)).min()
    }
}

/// Returns when fewer than `max` of these times, oldest first, are younger than `span`: now, or
/// later. A limit of `max` within `span` ends then.
#[must_use]
pub fn free_at(
    times: impl Iterator<Item = Moment>,
    max: u32,
    span: Duration,
    now: Moment,
) -> Moment {
    let young: Vec<Moment> = times.filter(|at| now.since(*at) < span).collect();
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    young
        .len()
        .checked_sub(max)
        .and_then(|surplus| young.get(surplus))
        .map_or(now, |at| at.after(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_seconds(1_800_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn an_entry_counts_until_its_span_ends() {
        let mut log = RateLog::default();
        log.add("first".to_owned(), NOW);
        log.add("second".to_owned(), NOW.after(MINUTE / 2));
        assert_eq!(log.count_within(MINUTE, NOW.after(MINUTE / 2)), 2);
        assert_eq!(log.next_prune(MINUTE), Some(NOW.after(MINUTE)));
        assert_eq!(log.count_within(MINUTE, NOW.after(MINUTE)), 1);
        log.prune(MINUTE, NOW.after(MINUTE));
        assert!(!log.contains("first") && log.contains("second"));
        assert_eq!(log.free_at(2, MINUTE, NOW.after(MINUTE)), NOW.after(MINUTE), "it is free now");
        assert_eq!(log.free_at(1, MINUTE, NOW.after(MINUTE)), NOW.after(MINUTE * 3 / 2));
        log.remove("second");
        assert_eq!((log.next_prune(MINUTE), log), (None, RateLog::default()));
    }
}
