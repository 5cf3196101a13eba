use std::time::Duration;

use super::mail;
use crate::application::MailboxLimits;
use crate::claims::ObjectState as _;
use crate::mailbox::{EnqueueOutcome, Job, Mailbox};
use crate::stored_formats::{link, record};
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
    mailbox.enqueue(mail(request, "1"), &LIMITS, LIFETIME, now)
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
    mailbox.finish(&entry.id, Vec::new(), NOW);
    assert_eq!(enqueue(&mut mailbox, "a", NOW), EnqueueOutcome::Queued);
    assert_eq!(mailbox.claims().jobs().count(), 0, "the mail was sent already");
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
    mailbox.finish("a", Vec::new(), NOW);
    let later = NOW.after(24 * 60 * MINUTE);
    assert_eq!(mailbox.next_alarm(), Some(later));
    mailbox.prune(later);
    assert_eq!((mailbox.next_alarm(), mailbox), (None, Mailbox::default()));
}
