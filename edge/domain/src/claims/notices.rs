//! The notices of an object: their recipients, and the limit on their number.
//!
//! A notice goes to the address that the account had when the password was changed, because an
//! attacker who takes over an account changes its address next. The address is stored encrypted,
//! from the claim until the notice is sent.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::mail::notice::NoticedChange;
use crate::rate_log::{RateLog, free_at};
use crate::values::keys::base64url;
use crate::values::sealed_address::SealedAddress;
use crate::values::time::Moment;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The number of an object's notices to one recipient within an hour. Further changes share a later
/// mail.
const MAX_PER_HOUR: u32 = 3;
/// The number of an object's notices to one recipient within a day.
const MAX_PER_DAY: u32 = 10;
/// The number of changes that one notice reports.
const MAX_CHANGES: usize = 32;

/// The notices of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Notices<Id> {
    /// The recipient for each permit that was claimed.
    recipients: Vec<(Id, SealedAddress)>,
    unsent: Vec<Notice>,
    /// The notices that were sent or are scheduled, each with the time at which it is due.
    scheduled: RateLog,
}

/// A notice that is not sent yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Notice {
    /// The id of its job.
    job: String,
    /// The recipient, or `None` if the account had no address.
    pub recipient: Option<SealedAddress>,
    /// The changes that it reports, oldest first.
    pub changes: Vec<NoticedChange>,
}

impl<Id> Default for Notices<Id> {
    fn default() -> Self {
        Self { recipients: Vec::new(), unsent: Vec::new(), scheduled: RateLog::default() }
    }
}

impl<Id: Clone + PartialEq> Notices<Id> {
    /// Stores the recipient of a permit's notice.
    pub(super) fn set_recipient(&mut self, permit: &Id, recipient: Option<SealedAddress>) {
        self.recipients.retain(|(id, _)| id != permit);
        self.recipients.extend(recipient.map(|recipient| (permit.clone(), recipient)));
    }

    /// Adds a change of a permit's account. Returns when a new job with this id is due, or `None`
    /// if a notice to the same recipient that is not due yet reports the change as well.
    pub(super) fn add(
        &mut self,
        job: &str,
        permit: &Id,
        change: NoticedChange,
        now: Moment,
    ) -> Option<Moment> {
        let recipient =
            self.recipients.iter().find(|(id, _)| id == permit).map(|(_, found)| found.clone());
        let due = recipient.as_ref().map_or(now, |recipient| self.next_due(recipient, now));
        if due > now
            && let Some(waiting) = self.waiting(recipient.as_ref(), now)
        {
            waiting.changes.push(change);
            return None;
        }
        if let Some(recipient) = &recipient {
            self.scheduled.add(entry_id(recipient, job), due);
        }
        self.unsent.push(Notice { job: job.to_owned(), recipient, changes: vec![change] });
        Some(due)
    }

    /// Returns the unsent notice of a job.
    pub(super) fn of_job(&self, job: &str) -> Option<&Notice> {
        self.unsent.iter().find(|notice| notice.job == job)
    }

    /// Deletes the notice of a job that is finished.
    pub(super) fn finish(&mut self, job: &str) {
        self.unsent.retain(|notice| notice.job != job);
    }

    /// Deletes what no permit needs any longer, and what no longer counts.
    pub(super) fn prune(&mut self, now: Moment, is_needed: impl Fn(&Id) -> bool) {
        self.recipients.retain(|(permit, _)| is_needed(permit));
        self.scheduled.prune(DAY, now);
    }

    /// Returns when [`Self::prune`] next deletes a counted notice.
    pub(super) fn next_prune(&self) -> Option<Moment> {
        self.scheduled.next_prune(DAY)
    }

    /// Returns when the limits allow the next notice to a recipient.
    fn next_due(&self, recipient: &SealedAddress, now: Moment) -> Moment {
        let prefix = entry_id(recipient, "");
        let end = |max, span| {
            let counted = self.scheduled.iter().filter(|(id, _)| id.starts_with(&prefix));
            free_at(counted.map(|(_, at)| at), max, span, now)
        };
        end(MAX_PER_HOUR, HOUR).max(end(MAX_PER_DAY, DAY))
    }

    /// Returns the notice to a recipient that is not due yet and can report another change. Every
    /// attempt at a notice sends the same bytes, so one that was due is not changed.
    fn waiting(&mut self, recipient: Option<&SealedAddress>, now: Moment) -> Option<&mut Notice> {
        let recipient = recipient?;
        let scheduled = &self.scheduled;
        self.unsent.iter_mut().find(|notice| {
            notice.changes.len() < MAX_CHANGES
                && scheduled.at(&entry_id(recipient, &notice.job)).is_some_and(|due| due > now)
        })
    }
}

fn entry_id(recipient: &SealedAddress, job: &str) -> String {
    format!("{}/{job}", base64url(recipient.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::notice::ChangeOutcome;
    use crate::testing;

    const NOW: Moment = Moment::from_seconds(1_800_000_000);

    fn sealed(address: &str, random: u8) -> SealedAddress {
        SealedAddress::seal(&testing::application().keys, &[random; 32], address).unwrap()
    }

    fn change(at: Moment) -> NoticedChange {
        NoticedChange { at, outcome: ChangeOutcome::Written, address: None }
    }

    /// Adds a change of a new permit, and returns when its job is due.
    fn add(notices: &mut Notices<u8>, permit: u8, address: &str, at: Moment) -> Option<Moment> {
        notices.set_recipient(&permit, Some(sealed(address, permit)));
        notices.add(&format!("notice/{permit}"), &permit, change(at), at)
    }

    #[test]
    fn three_notices_an_hour_are_due_at_once_and_further_changes_share_one() {
        let mut notices = Notices::default();
        for permit in 0..3 {
            assert_eq!(add(&mut notices, permit, "ada@example.com", NOW), Some(NOW));
        }
        let later = NOW.after(HOUR / 2);
        assert_eq!(add(&mut notices, 3, "ada@example.com", later), Some(NOW.after(HOUR)));
        assert_eq!(add(&mut notices, 4, "Ada@example.com", later), None);
        let shared = notices.of_job("notice/3").unwrap();
        assert_eq!(shared.changes, [change(later), change(later)]);
        assert_eq!(
            add(&mut notices, 5, "bob@example.com", later),
            Some(later),
            "another recipient"
        );
    }

    #[test]
    fn a_recipient_gets_ten_notices_a_day() {
        let mut notices = Notices::default();
        let at = |number: u32| NOW.after(HOUR * number);
        for number in 0..10 {
            let permit = u8::try_from(number).unwrap();
            assert_eq!(add(&mut notices, permit, "ada@example.com", at(number)), Some(at(number)));
            notices.finish(&format!("notice/{number}"));
        }
        assert_eq!(add(&mut notices, 10, "ada@example.com", at(10)), Some(NOW.after(DAY)));
        assert_eq!(add(&mut notices, 11, "ada@example.com", at(11)), None);
    }

    #[test]
    fn a_notice_that_is_due_stays_as_it_is() {
        let mut notices = Notices::default();
        for permit in 0..4 {
            let _due = add(&mut notices, permit, "ada@example.com", NOW);
        }
        let due = NOW.after(HOUR);
        assert_eq!(add(&mut notices, 4, "ada@example.com", due), Some(due));
        assert_eq!(notices.of_job("notice/3").unwrap().changes, [change(NOW)]);
    }

    #[test]
    fn an_account_without_an_address_has_a_notice_without_a_recipient() {
        let mut notices = Notices::<u8>::default();
        notices.set_recipient(&1, None);
        assert_eq!(notices.add("notice/1", &1, change(NOW), NOW), Some(NOW));
        assert_eq!(notices.of_job("notice/1").unwrap().recipient, None);
        notices.finish("notice/1");
        assert_eq!(notices, Notices::default());
    }

    #[test]
    fn recipients_end_with_their_permits_and_counts_after_a_day() {
        let mut notices = Notices::default();
        let _due = add(&mut notices, 1, "ada@example.com", NOW);
        notices.finish("notice/1");
        assert_eq!(notices.next_prune(), Some(NOW.after(DAY)));
        notices.prune(NOW.after(DAY), |_| false);
        assert_eq!((notices.next_prune(), notices), (None, Notices::default()));
    }
}
