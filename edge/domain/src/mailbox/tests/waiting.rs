//! The mails that wait, and those that a retry makes due.

use std::time::Duration;

use super::mail;
use crate::claims::{FollowUp, NoticeJob, ObjectState as _};
use crate::events::Reason;
use crate::mail::mail_name::MailName;
use crate::mailbox::{Candidate, EnqueueMail, Job, Mailbox};
use crate::outbox::Entry;
use crate::stored_formats::event;
use crate::testing;
use crate::values::account::AccountId;
use crate::values::link::{LinkId, LinkRecord};
use crate::values::time::{Moment, RandomShare};

const NOW: Moment = Moment::from_seconds(1_800_000_000);
const LIFETIME: Duration = Duration::from_secs(7200);

fn later(seconds: u64) -> Moment {
    NOW.after(Duration::from_secs(seconds))
}

/// Returns a mailbox with a link job that has failed once, and is due again after about 20 s.
fn with_failed_mail() -> Mailbox {
    let mut mailbox = Mailbox::default();
    let limits = &testing::application().limits;
    let _queued = mailbox.enqueue(mail("request", "17"), limits, LIFETIME, NOW);
    let _first = mailbox.claims_mut().begin(NOW, RandomShare::HALF).unwrap();
    mailbox.failures_mut().set("request", &Reason::Outage.into());
    mailbox
}

#[test]
fn a_waiting_mail_is_reported_with_its_last_failure() {
    let mailbox = with_failed_mail();
    let mails = mailbox.waiting_mails(None);
    let [waiting] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!((waiting.mail, waiting.attempts, waiting.added), (MailName::Link, 1, NOW));
    assert_eq!((waiting.next_attempt, waiting.may_be_delivered), (later(20), false));
    assert_eq!(waiting.last_code.as_deref(), Some("outage"));
    assert_eq!(mailbox.waiting_mails(Some(&AccountId("17".to_owned()))), mails);
    assert_eq!(mailbox.waiting_mails(Some(&AccountId("18".to_owned()))), []);
}

/// Returns a mailbox with the mail of a request that waits for an hour.
fn with_delayed_mail() -> Mailbox {
    let mut mailbox = Mailbox::default();
    let limits = &testing::application().limits;
    let mail = EnqueueMail { not_before: Some(later(3600)), ..mail("request", "17") };
    let _queued = mailbox.enqueue(mail, limits, LIFETIME, NOW);
    mailbox
}

/// Begins an attempt at the mail, for an account that has this fingerprint now. Returns the number
/// of its links, and the events.
fn attempt(mailbox: &mut Mailbox, now: Moment, fingerprint: &str) -> (usize, usize) {
    let application = testing::application();
    let entry = mailbox.begin(&application, now, RandomShare::HALF).unwrap();
    let Job::Link(job) = &entry.job else { panic!("{entry:?}") };
    let record = LinkRecord {
        account: job.account.clone(),
        fingerprint: super::fingerprint(fingerprint),
        expires_at: job.expires_at,
    };
    let candidate = Candidate {
        account: job.account.clone(),
        link: Some((serde_json::from_value("link".into()).unwrap(), record)),
        failure: event(),
    };
    let start = mailbox.start_mail(&entry.id, vec![candidate], now);
    let is_event = |entry: &&Entry<Job>| matches!(entry.job, Job::FollowUp(FollowUp::Event(_)));
    (start.links.len(), mailbox.claims().jobs().filter(is_event).count())
}

#[test]
fn a_mail_that_waited_is_sent_to_the_account_that_was_looked_up() {
    let mut mailbox = with_delayed_mail();
    // The first attempt does not read the account.
    let application = testing::application();
    assert!(mailbox.begin(&application, later(3599), RandomShare::HALF).is_none());
    let _outage = mailbox.begin(&application, later(3600), RandomShare::HALF).unwrap();
    mailbox.prune(later(3600));
    let mut changed = mailbox.clone();
    assert_eq!(attempt(&mut mailbox, later(3700), "before"), (1, 0));
    assert_eq!(attempt(&mut changed, later(3700), "after"), (0, 1));
    assert!(!changed.has_job("request"), "the mail has ended");
    changed.prune(later(3700));
    assert!(changed.extras.fingerprints.is_empty());
    // A mail that does not wait is for the account as the attempt reads it.
    let mut mailbox = Mailbox::default();
    let limits = &application.limits;
    let _queued = mailbox.enqueue(mail("request", "17"), limits, LIFETIME, NOW);
    assert_eq!(attempt(&mut mailbox, NOW, "after"), (1, 0));
}

#[test]
fn a_retry_makes_a_failed_mail_due_and_is_not_repeated() {
    let mut mailbox = with_failed_mail();
    let other = AccountId("18".to_owned());
    assert_eq!(mailbox.retry_mails(Some(&other), later(1)).retried, 0);
    let outcome = mailbox.retry_mails(None, later(1));
    assert_eq!((outcome.retried, outcome.mails[0].next_attempt), (1, later(1)));
    assert_eq!(mailbox.next_alarm(), Some(later(1)));
    assert_eq!(mailbox.retry_mails(None, later(2)).retried, 0, "it is due");
    let second = mailbox.claims_mut().begin(later(2), RandomShare::HALF).unwrap();
    assert_eq!(second.attempts, 2, "it is an attempt");
}

#[test]
fn a_mail_that_was_handed_over_keeps_its_time() {
    let mut mailbox = with_failed_mail();
    assert!(mailbox.claims_mut().hand_over("request", 1, later(330)));
    let outcome = mailbox.retry_mails(None, later(1));
    assert_eq!((outcome.retried, outcome.mails[0].may_be_delivered), (0, true));
    assert_eq!(outcome.mails[0].next_attempt, later(330));
    // Once the mail server has answered that it did not take the mail, it may be retried.
    mailbox.claims_mut().retry("request", 1, true, later(60));
    assert_eq!(mailbox.retry_mails(None, later(1)).retried, 1);
}

#[test]
fn a_retry_during_an_attempt_begins_no_other_before_the_provider_can_have_answered() {
    let mut mailbox = with_failed_mail();
    assert_eq!(mailbox.retry_mails(None, later(1)).retried, 1);
    assert!(mailbox.claims_mut().hand_over("request", 1, later(330)));
    assert_eq!(mailbox.next_alarm(), Some(later(330)));
    assert!(mailbox.claims_mut().begin(later(329), RandomShare::HALF).is_none());
}

#[test]
fn a_notice_that_waits_for_its_limit_keeps_its_time() {
    let mut mailbox = Mailbox::default();
    let permit: LinkId = serde_json::from_value("link".into()).unwrap();
    let notice = NoticeJob { account: AccountId("17".to_owned()), at: NOW, permit };
    let job: Job = FollowUp::Notice(notice).into();
    mailbox.claims_mut().outbox.add("notice".to_owned(), job, NOW, later(3600));
    let outcome = mailbox.retry_mails(None, later(1));
    assert_eq!((outcome.retried, outcome.mails[0].next_attempt), (0, later(3600)));
    assert_eq!(outcome.mails[0].mail, MailName::Notice);
}

#[test]
fn a_failure_ends_with_its_job() {
    let mut mailbox = with_failed_mail();
    mailbox.finish("request", Vec::new(), later(1));
    mailbox.prune(later(1));
    assert_eq!(mailbox.failures().of_job("request"), None);
}
