//! The limits of a mailbox: what counts, and when an exception is granted.

use std::time::Duration;

use super::{addressee, fingerprint, mail};
use crate::application::{Application, MailboxLimits};
use crate::claims::{Commit, ObjectState as _, Step};
use crate::events::{Action, Event};
use crate::mailbox::{
    CallOutcome, Candidate, CountCall, EnqueueMail, EnqueueOutcome, Job, MailKind, Mailbox,
    Requester, Revoke,
};
use crate::stored_formats::definition;
use crate::testing;
use crate::values::account::{AccountId, PasswordHash};
use crate::values::link::{Link, LinkId, LinkRecord};
use crate::values::object_id::MailboxId;
use crate::values::time::Moment;

const NOON: Moment = Moment::from_seconds(1_800_000_000);
const MINUTE: Duration = Duration::from_secs(60);
const WINDOW: Duration = Duration::from_secs(1800);
const HOUR: Duration = Duration::from_secs(3600);
const LIFETIME: Duration = Duration::from_secs(7200);

/// A mailbox, and the time.
struct Fixture {
    application: Application,
    mailbox: Mailbox,
    lifetime: Duration,
    now: Moment,
    requests: u32,
}

impl Fixture {
    /// Returns an empty mailbox with an interval of a minute and these limits.
    fn new(per_window: u32, per_day: u32) -> Self {
        let mut application = testing::application();
        application.limits =
            MailboxLimits { interval: MINUTE, per_window, window: WINDOW, per_day };
        let (mailbox, lifetime) = (Mailbox::default(), LIFETIME);
        Self { application, mailbox, lifetime, now: NOON, requests: 0 }
    }

    /// Returns a mailbox whose counts were used up by another account a minute ago.
    fn used_up() -> Self {
        let mut fixture = Self::new(1, 1);
        let other = addressee("", "another account");
        let outcome = fixture.enqueue(|mail| mail.account = other);
        assert_eq!(outcome, EnqueueOutcome::Queued);
        fixture.wait(MINUTE);
        fixture
    }

    fn wait(&mut self, span: Duration) {
        self.now = self.now.after(span);
    }

    fn enqueue(&mut self, change: impl FnOnce(&mut EnqueueMail)) -> EnqueueOutcome {
        self.requests = self.requests.saturating_add(1);
        let mut mail = mail(&format!("request {}", self.requests), "1");
        change(&mut mail);
        self.mailbox.enqueue(mail, &self.application.limits, self.lifetime, self.now)
    }

    /// Makes a request for the account whose fingerprint is "before". Returns whether a link is
    /// mailed, after which a minute passes.
    fn request(&mut self) -> bool {
        let granted = self.enqueue(|_| {}) == EnqueueOutcome::Queued;
        if granted {
            self.deliver(Some(Action::LinkSent));
        }
        self.wait(MINUTE);
        granted
    }

    /// Attempts the mail of the last request, and finishes its job with this event.
    fn deliver(&mut self, action: Option<Action>) -> LinkId {
        let job = format!("request {}", self.requests);
        let entry = self.mailbox.claims().jobs().find(|entry| entry.id == job).unwrap();
        let Job::Link(link_job) = entry.job.clone() else { panic!("{entry:?}") };
        let keys = &self.application.keys;
        let mailbox = MailboxId::new(keys, "peter@example.com");
        let (link, _) = Link::issue(keys, &link_job.seed, &mailbox, link_job.expires_at).unwrap();
        let record = LinkRecord {
            account: link_job.account.clone(),
            fingerprint: fingerprint("before"),
            expires_at: link_job.expires_at,
        };
        let candidate = Candidate {
            account: link_job.account,
            link: Some((link.id.clone(), record)),
            failure: crate::stored_formats::event(),
        };
        let start = self.mailbox.start_mail(&job, vec![candidate], self.now);
        assert_eq!(start.links, std::slice::from_ref(&link.id));
        if let Some(action) = action {
            let event = Event { action, ..crate::stored_formats::event() };
            self.mailbox.finish(&job, vec![event], self.now);
        }
        link.id
    }

    fn revoke(&mut self) {
        let revoke = Revoke { account: Some(AccountId("1".to_owned())), forget: false };
        let step = Step { application: &self.application.id, now: self.now };
        let _ended = self.mailbox.revoke(&revoke, step);
    }

    /// Uses a link. The account's fingerprint stays the same, as after a change back.
    fn use_link(&mut self, link: LinkId) {
        let hash = PasswordHash::from(format!("$new at {}", self.now.millis()));
        let version = hash.version(&self.application.id);
        let commit = Commit {
            permit: link,
            expected: fingerprint("before"),
            hash,
            address: None,
            recipient: None,
            unchecked: None,
            is_first: false,
        };
        let _claimed = self.mailbox.claims_mut().claim(&commit, &version, self.now);
        let step = Step { application: &self.application.id, now: self.now };
        self.mailbox.claims_mut().record_write(&version, step);
    }

    /// Makes a request every minute. Returns after how many minutes each link was mailed.
    fn mailed_minutes(&mut self, minutes: u32) -> Vec<u32> {
        (0..minutes).filter(|_| self.request()).collect()
    }
}

#[test]
fn the_interval_the_window_and_the_day_limit_mails() {
    let mut fixture = Fixture::new(3, 4);
    assert_eq!(fixture.mailed_minutes(60), [0, 1, 2, 30]);
    let mut fixture = Fixture::new(3, 4);
    assert!(fixture.request());
    fixture.now = fixture.now.before(MINUTE / 2);
    let until = NOON.after(MINUTE);
    assert_eq!(fixture.enqueue(|_| {}), EnqueueOutcome::RateLimited { until });
}

#[test]
fn an_interval_of_more_than_a_minute_holds_for_ordinary_mails_only() {
    let mut fixture = Fixture::new(10, 10);
    fixture.application.limits.interval = 10 * MINUTE;
    assert_eq!(fixture.mailed_minutes(25), [0, 10, 20]);
    fixture.revoke();
    assert_eq!(fixture.mailed_minutes(10), [0], "an exception, five minutes after the last mail");
}

#[test]
fn while_no_link_is_usable_one_is_mailed_as_an_exception() {
    // The links of the first mails are usable until 15 minutes before they expire. From then on
    // there is an exception, and the next one when its link has expired.
    let mut fixture = Fixture::new(1, 1);
    assert_eq!(fixture.mailed_minutes(6 * 60), [0, 106, 226, 346]);
    // The interval holds for exceptions too.
    let mut fixture = Fixture::new(1, 1);
    assert!(fixture.request());
    fixture.revoke();
    fixture.now = fixture.now.before(Duration::from_secs(1));
    assert_eq!(fixture.enqueue(|_| {}), EnqueueOutcome::RateLimited { until: NOON.after(MINUTE) });
}

#[test]
fn an_exceptional_grant_is_given_back_when_its_link_ends_or_its_mail_fails() {
    type End = fn(&mut Fixture);
    let ends: [(&str, End); 3] = [
        ("revoked", |fixture| {
            fixture.deliver(Some(Action::LinkSent));
            fixture.revoke();
        }),
        ("revoked before its mail", Fixture::revoke),
        ("failed", |fixture| {
            fixture.deliver(Some(Action::LinkFailed));
        }),
    ];
    for (name, end) in ends {
        let mut fixture = Fixture::used_up();
        let mut granted = 0;
        for _ in 0..8 {
            if fixture.enqueue(|_| {}) == EnqueueOutcome::Queued {
                granted += 1;
                end(&mut fixture);
            }
            fixture.wait(MINUTE);
        }
        assert_eq!(granted, 5, "{name}: one, and four that were given back");
        fixture.wait(LIFETIME);
        assert!(fixture.request(), "{name}: a lifetime after the last one");
    }
}

#[test]
fn a_link_for_another_fingerprint_is_not_usable() {
    let mut fixture = Fixture::new(1, 1);
    assert!(fixture.request());
    let changed = |mail: &mut EnqueueMail| mail.account.fingerprint = fingerprint("after");
    assert_eq!(fixture.enqueue(changed), EnqueueOutcome::Queued, "the account has changed");
    fixture.wait(MINUTE);
    assert!(!fixture.request(), "a change back makes the first link usable again");
}

#[test]
fn a_mail_that_is_being_tried_counts_as_usable_and_a_failed_one_does_not() {
    let mut fixture = Fixture::new(1, 1);
    assert_eq!(fixture.enqueue(|_| {}), EnqueueOutcome::Queued);
    fixture.wait(MINUTE);
    let limited = |outcome| matches!(outcome, EnqueueOutcome::RateLimited { .. });
    assert!(limited(fixture.enqueue(|_| {})), "no attempt has begun");
    fixture.requests = 1;
    fixture.deliver(None);
    assert!(limited(fixture.enqueue(|_| {})), "an attempt has begun");
    fixture.mailbox.finish(
        "request 1",
        vec![Event { action: Action::LinkFailed, ..crate::stored_formats::event() }],
        fixture.now,
    );
    assert!(fixture.request());
}

#[test]
fn another_account_of_the_mailbox_has_exceptions_of_its_own() {
    let mut fixture = Fixture::new(1, 1);
    assert!(fixture.request());
    let other = addressee("", "2");
    assert_eq!(fixture.enqueue(|mail| mail.account = other), EnqueueOutcome::Queued);
}

#[test]
fn an_account_gets_at_most_sixteen_exceptional_links_a_day() {
    let mut fixture = Fixture::used_up();
    let mut granted = 0;
    for _ in 0..24 * 4 {
        // A lifetime of half an hour.
        let mail = mail(&format!("exception {}", fixture.now.millis()), "1");
        let limits = &fixture.application.limits;
        let outcome = fixture.mailbox.enqueue(mail, limits, WINDOW, fixture.now);
        granted += u32::from(outcome == EnqueueOutcome::Queued);
        fixture.wait(15 * MINUTE);
    }
    assert_eq!(granted, 16);
}

#[test]
fn a_mailbox_gets_at_most_the_exceptional_mails_of_five_accounts() {
    // Two accounts take nothing from each other.
    for (accounts, expected) in [(2, 2 * 12), (20, 80)] {
        let mut fixture = Fixture::used_up();
        let mut granted = 0;
        for minute in 0..24 * 60 - 1 {
            let account = addressee("", &(minute % accounts).to_string());
            let outcome = fixture.enqueue(|mail| mail.account = account);
            granted += u32::from(outcome == EnqueueOutcome::Queued);
            fixture.wait(MINUTE);
        }
        assert_eq!(granted, expected);
        fixture.wait(MINUTE);
        let outcome = fixture.enqueue(|mail| mail.account = addressee("", "one more"));
        assert_eq!(outcome, EnqueueOutcome::Queued, "the first mails are a day ago");
    }
}

#[test]
fn an_exceptional_mail_ignores_the_definition_and_the_language_of_the_request() {
    let mut fixture = Fixture::new(1, 1);
    for expected in [true, false] {
        let outcome = fixture.enqueue(|mail| {
            mail.definition = Some(definition());
            mail.language = Some("de".to_owned());
        });
        assert_eq!(outcome, EnqueueOutcome::Queued);
        let entry = fixture.mailbox.claims().jobs().last().unwrap();
        assert_eq!(fixture.mailbox.requested_language(&entry.id).is_some(), expected);
        let Job::Link(job) = &entry.job else { panic!("{entry:?}") };
        assert_eq!(job.definition.is_some(), expected);
        fixture.revoke();
        fixture.wait(MINUTE);
    }
}

#[test]
fn a_completed_reset_clears_the_counts_of_requests() {
    let mut fixture = Fixture::new(2, 2);
    assert!(fixture.request());
    assert_eq!(fixture.enqueue(|_| {}), EnqueueOutcome::Queued);
    let link = fixture.deliver(Some(Action::LinkSent));
    fixture.wait(MINUTE);
    assert!(!fixture.request());
    fixture.use_link(link);
    fixture.wait(MINUTE);
    assert_eq!([fixture.request(), fixture.request(), fixture.request()], [true, true, false]);
    // The counts stay cleared after the used link was deleted.
    let mut fixture = Fixture::new(1, 1);
    assert_eq!(fixture.enqueue(|_| {}), EnqueueOutcome::Queued);
    let link = fixture.deliver(Some(Action::LinkSent));
    fixture.use_link(link);
    fixture.wait(3 * HOUR);
    fixture.mailbox.prune(fixture.now);
    assert_eq!([fixture.request(), fixture.request()], [true, false]);
}

#[test]
fn a_completed_reset_clears_no_request_after_it() {
    // The used link is stored for ten minutes after its longest lifetime, and the time of the reset
    // for a day.
    let mut fixture = Fixture::new(2, 2);
    fixture.lifetime = 24 * HOUR;
    assert_eq!(fixture.enqueue(|_| {}), EnqueueOutcome::Queued);
    let link = fixture.deliver(Some(Action::LinkSent));
    fixture.use_link(link);
    fixture.wait(24 * HOUR);
    let mut granted = 0;
    for _ in 0..10 {
        fixture.mailbox.prune(fixture.now);
        granted += u32::from(fixture.request());
    }
    assert_eq!(granted, 2);
}

#[test]
fn resets_by_servers_have_counts_of_their_own_and_keep_the_interval() {
    let server = |mail: &mut EnqueueMail| mail.requester = Requester::Server;
    let mut fixture = Fixture::new(1, 1);
    assert!(fixture.request());
    assert_eq!(fixture.enqueue(server), EnqueueOutcome::Queued);
    let until = fixture.now.after(MINUTE);
    assert_eq!(fixture.enqueue(server), EnqueueOutcome::RateLimited { until }, "interval");
    for _ in 0..2 {
        fixture.wait(MINUTE);
        assert_eq!(fixture.enqueue(server), EnqueueOutcome::Queued);
    }
    fixture.wait(MINUTE);
    // The first of them was granted a minute after noon.
    let until = NOON.after(31 * MINUTE);
    assert_eq!(fixture.enqueue(server), EnqueueOutcome::RateLimited { until }, "window");
    fixture.revoke();
    assert_eq!(
        fixture.enqueue(server),
        EnqueueOutcome::RateLimited { until },
        "no exception for servers"
    );
    assert!(fixture.request(), "a visitor gets one");
    let mut granted = 0;
    for _ in 0..24 * 60 - 60 {
        granted += u32::from(fixture.enqueue(server) == EnqueueOutcome::Queued);
        fixture.wait(MINUTE);
    }
    assert_eq!(granted, 7, "ten of one account a day");
}

#[test]
fn mails_without_a_link_use_up_nothing() {
    let ambiguous = |mail: &mut EnqueueMail| mail.kind = MailKind::Ambiguous;
    let mut fixture = Fixture::new(1, 1);
    assert_eq!(fixture.enqueue(ambiguous), EnqueueOutcome::Queued);
    let until = fixture.now.after(MINUTE);
    assert_eq!(fixture.enqueue(ambiguous), EnqueueOutcome::RateLimited { until }, "interval");
    for _ in 0..2 {
        fixture.wait(MINUTE);
        assert_eq!(fixture.enqueue(ambiguous), EnqueueOutcome::Queued);
    }
    fixture.wait(MINUTE);
    let until = NOON.after(24 * HOUR);
    assert_eq!(fixture.enqueue(ambiguous), EnqueueOutcome::RateLimited { until }, "three a day");
    let mut fixture = Fixture::new(1, 1);
    assert_eq!(fixture.enqueue(ambiguous), EnqueueOutcome::Queued);
    assert!(fixture.request(), "not even the interval");
}

#[test]
fn a_mail_says_until_when_no_other_link_is_sent_if_a_limit_is_reached() {
    let next = |fixture: &mut Fixture| {
        assert_eq!(fixture.enqueue(|_| {}), EnqueueOutcome::Queued);
        let job = format!("request {}", fixture.requests);
        let link = fixture.deliver(Some(Action::LinkSent));
        fixture.wait(MINUTE);
        let grant = fixture.mailbox.limits.set_link(&job, None, &link);
        grant.map(|at| at.since(NOON).as_secs() / 60)
    };
    let mut fixture = Fixture::new(2, 10);
    assert_eq!(next(&mut fixture), None, "no limit is reached");
    assert_eq!(next(&mut fixture), Some(30), "the window");
    assert_eq!(fixture.mailed_minutes(29), [28], "as it said");
    // Where the day is used up, the next link is the exception, once this one is not usable.
    let mut fixture = Fixture::new(1, 1);
    assert_eq!(next(&mut fixture), Some(105));
    fixture.wait(105 * MINUTE);
    assert_eq!(next(&mut fixture), Some(226), "after an exception, when its link has expired");
}

#[test]
fn the_calls_of_servers_are_counted_once_each() {
    let mut mailbox = Mailbox::default();
    let mut count = |id: u32, now: Moment| {
        mailbox.count_call(&CountCall { id: id.to_string(), max: 2, span: MINUTE }, now)
    };
    for _ in 0..2 {
        assert_eq!(count(1, NOON), CallOutcome::Counted);
    }
    let later = NOON.after(MINUTE / 2);
    assert_eq!(count(2, later), CallOutcome::Counted);
    let until = NOON.after(MINUTE);
    assert_eq!(count(3, later), CallOutcome::RateLimited { until });
    assert_eq!(count(4, until), CallOutcome::Counted, "a rejected call does not count");
    let until = later.after(MINUTE);
    assert_eq!(count(5, NOON.after(MINUTE)), CallOutcome::RateLimited { until });
}
