//! The outbox: jobs that are stored until they are done, and retried with back-off.
//!
//! The intake keeps one row per job, the other objects keep all jobs in one value. An attempt is
//! counted and the next one scheduled before any I/O, so a crash in the middle of an attempt costs
//! one attempt and no job.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::values::time::{Moment, RandomShare};

/// The time from the start of each attempt to the next one, on average: each is drawn anew from
/// half to one and a half times as long. The last value repeats.
const BACK_OFF: [Duration; 7] = [
    Duration::from_secs(20),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(240),
    Duration::from_secs(480),
    Duration::from_secs(900),
    Duration::from_secs(1800),
];

/// A job with its schedule.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry<J> {
    /// The id of the job. Adding an id twice has no effect.
    pub id: String,
    /// The job.
    pub job: J,
    /// The attempts that have begun.
    pub attempts: u32,
    /// When it was added.
    pub added: Moment,
    /// When the next attempt may begin.
    pub due: Moment,
}

impl<J> Entry<J> {
    /// Creates an entry without attempts.
    #[must_use]
    pub fn new(id: String, job: J, now: Moment, due: Moment) -> Self {
        Self { id, job, attempts: 0, added: now, due }
    }

    /// Counts an attempt that begins now, and schedules the next one at a random time, so that a
    /// caller cannot predict when a job is attempted.
    pub fn begin(&mut self, now: Moment, share: RandomShare) {
        let back_off =
            usize::try_from(self.attempts).ok().and_then(|attempt| BACK_OFF.get(attempt));
        let [.., longest] = BACK_OFF;
        self.attempts = self.attempts.saturating_add(1);
        self.due = now.after(share.around(*back_off.unwrap_or(&longest)));
    }
}

/// Jobs stored as one value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outbox<J> {
    entries: Vec<Entry<J>>,
}

impl<J> Default for Outbox<J> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<J: Clone> Outbox<J> {
    /// Adds a job, unless its id exists.
    pub fn add(&mut self, id: String, job: J, now: Moment, due: Moment) {
        if self.entries.iter().all(|entry| entry.id != id) {
            self.entries.push(Entry::new(id, job, now, due));
        }
    }

    /// Begins an attempt at the job that has been due for the longest time.
    pub fn begin(&mut self, now: Moment, share: RandomShare) -> Option<Entry<J>> {
        let entry = self
            .entries
            .iter_mut()
            .filter(|entry| entry.due <= now)
            .min_by_key(|entry| entry.due)?;
        entry.begin(now, share);
        Some(entry.clone())
    }

    /// Removes a job. Returns whether it existed.
    pub fn remove(&mut self, id: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.id != id);
        self.entries.len() != before
    }

    /// Removes every job that `stays` rejects.
    pub fn retain(&mut self, stays: impl FnMut(&Entry<J>) -> bool) {
        self.entries.retain(stays);
    }

    /// Returns when the next attempt is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        self.entries.iter().map(|entry| entry.due).min()
    }

    /// Returns the jobs.
    pub fn iter(&self) -> impl Iterator<Item = &Entry<J>> {
        self.entries.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment::from_seconds(1_000_000);

    #[test]
    fn the_first_retry_comes_within_30_seconds_and_later_ones_back_off() {
        let waits = |share| {
            let mut entry = Entry::new("job".to_owned(), (), START, START);
            let waits = (1..=8).map(|attempt| {
                let began = entry.due;
                entry.begin(began, share);
                assert_eq!(entry.attempts, attempt);
                entry.due.since(began).as_secs()
            });
            waits.collect::<Vec<_>>()
        };
        assert_eq!(waits(RandomShare::HALF), [20, 60, 120, 240, 480, 900, 1800, 1800]);
        let [least, greatest] = [0, u16::MAX].map(RandomShare::from_bits);
        assert_eq!(waits(least), [10, 30, 60, 120, 240, 450, 900, 900]);
        assert_eq!(waits(greatest), [29, 89, 179, 359, 719, 1349, 2699, 2699]);
    }

    #[test]
    fn a_job_is_added_once_and_stays_until_it_is_removed() {
        let mut outbox = Outbox::default();
        outbox.add("a".to_owned(), 1, START, START);
        outbox.add("a".to_owned(), 2, START, START);
        assert_eq!(outbox.begin(START, RandomShare::HALF).unwrap().job, 1);
        assert!(outbox.begin(START, RandomShare::HALF).is_none(), "not due again yet");
        assert_eq!(outbox.next_due(), Some(START.after(Duration::from_secs(20))));
        assert!(outbox.remove("a"));
        assert!(!outbox.remove("a"));
        assert_eq!(outbox.next_due(), None);
    }
}
