//! The outbox: jobs that are stored until they are done, and retried with back-off.
//!
//! The intake keeps one row per job, the other objects keep all jobs in one value. An attempt is
//! counted and the next one scheduled before any I/O, so a crash in the middle of an attempt costs
//! one attempt and no job.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

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
        self.attempts = self.attempts.saturating_add(1);
        self.due = self.next_attempt(now, share);
    }

    /// Returns when the next attempt may begin if the latest one ends now.
    #[must_use]
    pub fn next_attempt(&self, now: Moment, share: RandomShare) -> Moment {
        now.after(share.back_off(&BACK_OFF, self.attempts.saturating_sub(1)))
    }
}

/// An attempt that handed a message over to a mail server and has no answer: it is running, was
/// interrupted, or the answer was lost.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct HandOver {
    job: String,
    attempt: u32,
}

/// Jobs stored as one value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outbox<J> {
    entries: Vec<Entry<J>>,
    #[serde(default, deserialize_with = "or_default")]
    handed_over: Vec<HandOver>,
}

impl<J> Default for Outbox<J> {
    fn default() -> Self {
        Self { entries: Vec::new(), handed_over: Vec::new() }
    }
}

/// Reads the last field of a stored value, or its default from a value that was stored before the
/// field existed. Postcard does not mark the end of a value, so `default` alone has no effect.
///
/// # Errors
///
/// None: a field that cannot be read is the default.
pub fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(T::deserialize(deserializer).unwrap_or_default())
}

impl<J: Clone> Outbox<J> {
    /// Adds a job, unless its id exists.
    pub fn add(&mut self, id: String, job: J, now: Moment, due: Moment) {
        if self.entries.iter().all(|entry| entry.id != id) {
            self.entries.push(Entry::new(id, job, now, due));
        }
    }

    /// Begins an attempt at a job that is due: of those with the lowest rank, the one that has been
    /// due for the longest time.
    pub fn begin(
        &mut self,
        now: Moment,
        share: RandomShare,
        rank: impl Fn(&J) -> u8,
    ) -> Option<Entry<J>> {
        let entry = self
            .entries
            .iter_mut()
            .filter(|entry| entry.due <= now)
            .min_by_key(|entry| (rank(&entry.job), entry.due))?;
        entry.begin(now, share);
        Some(entry.clone())
    }

    /// Stores that an attempt hands its message over, and that no other attempt begins before
    /// `until`. Returns `false` if the job is gone or a later attempt has begun: the message must
    /// not be handed over then.
    pub fn hand_over(&mut self, id: &str, attempt: u32, until: Moment) -> bool {
        let Some(entry) = self.current(id, attempt) else { return false };
        entry.due = entry.due.max(until);
        self.handed_over.push(HandOver { job: id.to_owned(), attempt });
        true
    }

    /// Schedules the next attempt after one that ended without success. `answered` is whether it is
    /// known that the message was not accepted. Does nothing if the job is gone or a later attempt
    /// has begun.
    pub fn retry(&mut self, id: &str, attempt: u32, answered: bool, next: Moment) {
        if let Some(entry) = self.current(id, attempt) {
            entry.due = next;
            self.handed_over.retain(|mark| !answered || mark.job != id || mark.attempt != attempt);
        }
    }

    /// Returns the number of attempts at a job that handed its message over and have no answer.
    #[must_use]
    pub fn unanswered(&self, id: &str) -> usize {
        self.handed_over.iter().filter(|mark| mark.job == id).count()
    }

    fn current(&mut self, id: &str, attempt: u32) -> Option<&mut Entry<J>> {
        self.entries.iter_mut().find(|entry| entry.id == id && entry.attempts == attempt)
    }

    /// Removes a job. Returns whether it existed.
    pub fn remove(&mut self, id: &str) -> bool {
        let before = self.entries.len();
        self.retain(|entry| entry.id != id);
        self.entries.len() != before
    }

    /// Removes every job that `stays` rejects.
    pub fn retain(&mut self, stays: impl FnMut(&Entry<J>) -> bool) {
        self.entries.retain(stays);
        let entries = &self.entries;
        self.handed_over.retain(|mark| entries.iter().any(|entry| entry.id == mark.job));
    }

    /// Returns when the next attempt is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        self.entries.iter().map(|entry| entry.due).min()
    }

    /// Returns the jobs, to change them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Entry<J>> {
        self.entries.iter_mut()
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
    fn an_attempt_that_handed_its_message_over_counts_until_it_is_answered() {
        let mut outbox = Outbox::default();
        outbox.add("a".to_owned(), (), START, START);
        assert!(!outbox.hand_over("a", 1, START), "no attempt has begun");
        let first = outbox.begin(START, RandomShare::HALF, |&()| 0).unwrap();
        let until = START.after(Duration::from_secs(330));
        assert!(outbox.hand_over("a", first.attempts, until));
        assert_eq!((outbox.unanswered("a"), outbox.unanswered("b")), (1, 0));
        assert_eq!(outbox.next_due(), Some(until), "no attempt begins while the server may answer");

        outbox.retry("a", first.attempts, true, until);
        assert_eq!(outbox.unanswered("a"), 0);

        let second = outbox.begin(until, RandomShare::HALF, |&()| 0).unwrap();
        assert!(outbox.hand_over("a", second.attempts, until));
        outbox.retry("a", second.attempts, false, until);
        let third = outbox.begin(until, RandomShare::HALF, |&()| 0).unwrap();
        assert_eq!((third.attempts, outbox.unanswered("a")), (3, 1));
        assert!(outbox.remove("a"));
        assert_eq!(outbox, Outbox::default(), "the marks end with the job");
    }

    #[test]
    fn an_attempt_that_was_overtaken_hands_nothing_over_and_schedules_nothing() {
        let mut outbox = Outbox::default();
        outbox.add("a".to_owned(), (), START, START);
        let first = outbox.begin(START, RandomShare::HALF, |&()| 0).unwrap();
        let second = outbox.begin(first.due, RandomShare::HALF, |&()| 0).unwrap();
        let before = outbox.clone();
        assert!(!outbox.hand_over("a", first.attempts, second.due));
        outbox.retry("a", first.attempts, true, START);
        assert_eq!(outbox, before);
    }

    #[test]
    fn an_outbox_that_was_stored_without_marks_is_read() {
        let mut outbox = Outbox::default();
        outbox.add("a".to_owned(), 7_u8, START, START);
        let stored = postcard::to_allocvec(&outbox).unwrap();
        let (&last, earlier) = stored.split_last().unwrap();
        assert_eq!((last, postcard::from_bytes(earlier)), (0, Ok(outbox)));
    }

    #[test]
    fn of_the_jobs_that_are_due_the_lowest_rank_and_then_the_oldest_comes_first() {
        let mut outbox = Outbox::default();
        for (seconds, rank) in [(0, 3), (1, 1), (2, 0), (3, 1), (60, 0)] {
            let due = START.after(Duration::from_secs(seconds));
            outbox.add(seconds.to_string(), rank, START, due);
        }
        let now = START.after(Duration::from_secs(5));
        let begun = || outbox.begin(now, RandomShare::HALF, |rank| *rank).map(|entry| entry.id);
        assert_eq!(std::iter::from_fn(begun).collect::<Vec<_>>(), ["2", "1", "3", "0"]);
    }

    #[test]
    fn a_job_is_added_once_and_stays_until_it_is_removed() {
        let mut outbox = Outbox::default();
        outbox.add("a".to_owned(), 1, START, START);
        outbox.add("a".to_owned(), 2, START, START);
        assert_eq!(outbox.begin(START, RandomShare::HALF, |_| 0).unwrap().job, 1);
        assert!(outbox.begin(START, RandomShare::HALF, |_| 0).is_none(), "not due again yet");
        assert_eq!(outbox.next_due(), Some(START.after(Duration::from_secs(20))));
        assert!(outbox.remove("a"));
        assert!(!outbox.remove("a"));
        assert_eq!(outbox.next_due(), None);
    }
}
