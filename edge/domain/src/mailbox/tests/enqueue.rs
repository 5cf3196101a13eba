use std::time::Duration;

use crate::application::MailboxLimits;
use crate::claims::ObjectState as _;
use crate::mailbox::{EnqueueMail, EnqueueOutcome, Job, MailKind, Mailbox};
use crate::stored_formats::{SEED, link, record};
use crate::values::account::AccountId;
use crate::values::link::LinkRecord;
use crate::values::time::{Moment, RandomShare};

const NOW: Moment = Moment::from_seconds(1_800_000_000);
const MINUTE: Duration = Duration::from_secs(60);
const LIFETIME: Duration = Duration::from_secs(7200);
const LIMITS: MailboxLimits = MailboxLimits {
    interval: MINUTE,
    per_window: 3,
    window: Duration::from_secs(1800),
    per_day: 4,
};

fn enqueue(mailbox: &mut Mailbox, request: &str, now: Moment) -> EnqueueOutcome {
    let mail = EnqueueMail {
        request: request.to_owned(),
        kind: MailKind::Link,
        account: AccountId("1".to_owned()),
        seed: SEED,
        address: None,
        definition: None,
    };
    mailbox.enqueue(mail, &LIMITS, LIFETIME, now)
}

#[test]
fn a_request_is_queued_once_and_answered_the_same_again() {
    let mut mailbox = Mailbox::default();
    for _ in 0..2 {
        assert_eq!(enqueue(&mut mailbox, "a", NOW), EnqueueOutcome::Queued);
    }
    assert_eq!(mailbox.claims().jobs().count(), 1);
    let entry = mailbox.claims_mut().begin(NOW, RandomShare::HALF).unwrap();
    let Job::Link(job) = &entry.job else { panic!("{entry:?}") };
    assert_eq!((job.date, job.expires_at), (NOW, NOW.after(LIFETIME)));
    mailbox.claims_mut().finish(&entry.id, [], NOW);
    assert_eq!(enqueue(&mut mailbox, "a", NOW), EnqueueOutcome::Queued);
    assert_eq!(mailbox.claims().jobs().count(), 0, "the mail was sent already");
}

#[test]
fn the_interval_the_window_and_the_day_limit_mails() {
    let mut mailbox = Mailbox::default();
    let mut at =
        |minute: u32| enqueue(&mut mailbox, &minute.to_string(), NOW.after(minute * MINUTE));
    assert_eq!(at(0), EnqueueOutcome::Queued);
    assert_eq!(at(1), EnqueueOutcome::Queued);
    assert_eq!(at(2), EnqueueOutcome::Queued);
    assert_eq!(at(29), EnqueueOutcome::RateLimited, "three within the window");
    assert_eq!(at(30), EnqueueOutcome::Queued, "the first has left the window");
    assert_eq!(at(300), EnqueueOutcome::RateLimited, "four within the day");
    assert_eq!(at(24 * 60), EnqueueOutcome::Queued);
    let mut mailbox = Mailbox::default();
    let _first = enqueue(&mut mailbox, "a", NOW);
    assert_eq!(enqueue(&mut mailbox, "b", NOW.after(MINUTE / 2)), EnqueueOutcome::RateLimited);
}

#[test]
fn the_first_attempt_at_a_mail_decides_what_its_link_is_for() {
    let mut mailbox = Mailbox::default();
    let (id, record) = (link().0.id, record());
    assert_eq!(mailbox.link_record(&id), None);
    assert!(mailbox.pin_link(&id, &record));
    assert!(mailbox.pin_link(&id, &record), "another attempt at the same mail");
    let other = LinkRecord {
        fingerprint: serde_json::from_value("changed".into()).unwrap(),
        ..record.clone()
    };
    assert!(!mailbox.pin_link(&id, &other));
    assert_eq!(mailbox.link_record(&id), Some(record));
}

#[test]
fn a_mailbox_is_empty_once_its_windows_and_links_have_ended() {
    let mut mailbox = Mailbox::default();
    let _queued = enqueue(&mut mailbox, "a", NOW);
    mailbox.claims_mut().finish("a", [], NOW);
    let later = NOW.after(24 * 60 * MINUTE);
    assert_eq!(mailbox.next_alarm(), Some(later));
    mailbox.prune(later);
    assert_eq!((mailbox.next_alarm(), mailbox), (None, Mailbox::default()));
}
