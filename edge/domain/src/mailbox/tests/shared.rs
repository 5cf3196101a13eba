//! A mail with a link for each account that shares the mailbox.

use std::time::Duration;

use super::{addressee, fingerprint, mail};
use crate::application::{Application, MailboxLimits};
use crate::claims::{FollowUp, ObjectState as _, Step};
use crate::events::{Action, Event};
use crate::mailbox::{
    Candidate, EnqueueMail, EnqueueOutcome, Job, MailStart, Mailbox, Requester, Revoke, SharedJob,
};
use crate::testing;
use crate::values::account::AccountId;
use crate::values::link::{Link, LinkId, LinkRecord};
use crate::values::object_id::{AddressName, MailboxId};
use crate::values::time::{Moment, RandomShare};

const NOON: Moment = Moment::from_seconds(1_800_000_000);
const MINUTE: Duration = Duration::from_secs(60);
const LIFETIME: Duration = Duration::from_secs(7200);

/// A mailbox, and the time.
struct Fixture {
    application: Application,
    mailbox: Mailbox,
    now: Moment,
}

impl Fixture {
    /// Returns an empty mailbox that gets so many mails a day.
    fn new(per_day: u32) -> Self {
        let mut application = testing::application();
        application.limits = MailboxLimits {
            interval: MINUTE,
            per_window: per_day,
            window: Duration::from_secs(1800),
            per_day,
        };
        Self { application, mailbox: Mailbox::default(), now: NOON }
    }

    fn enqueue(&mut self, mail: EnqueueMail) -> EnqueueOutcome {
        self.mailbox.enqueue(mail, &self.application.limits, LIFETIME, self.now)
    }

    /// Makes a request for these accounts and sends its mails. Returns the accounts with a link,
    /// by mail. A minute passes.
    fn request(&mut self, request: &str, accounts: &[&str]) -> Vec<Vec<String>> {
        let _queued_or_limited = self.enqueue(shared(request, accounts));
        let mut mails = Vec::new();
        while let Some(entry) = self.mailbox.claims_mut().begin(self.now, RandomShare::HALF) {
            let start = self.start(&entry.id, |_| Some("before"));
            let Job::Shared(job) = &entry.job else { panic!("{entry:?}") };
            assert_eq!(start.links.len(), job.links.len());
            mails.push(job.links.iter().map(|link| link.account.0.clone()).collect());
            self.finish(&entry.id, Action::LinkSent);
        }
        self.now = self.now.after(MINUTE);
        mails
    }

    fn job(&self, id: &str) -> SharedJob {
        let entry = self.mailbox.claims().jobs().find(|entry| entry.id == id).unwrap();
        let Job::Shared(job) = entry.job.clone() else { panic!("{entry:?}") };
        job
    }

    /// Starts an attempt at a mail. `fingerprint_of` returns the fingerprint of an account now, or
    /// `None` if the account is gone.
    fn start(&mut self, id: &str, of: impl Fn(&str) -> Option<&'static str>) -> MailStart {
        let job = self.job(id);
        let candidates = job.links.iter().map(|link| {
            let name = &link.account.0;
            let record = of(name).map(|name| LinkRecord {
                account: link.account.clone(),
                fingerprint: fingerprint(name),
                expires_at: job.expires_at,
            });
            Candidate {
                account: link.account.clone(),
                link: record.map(|record| (self.link(id, name), record)),
                failure: event(Action::LinkFailed, name),
            }
        });
        let candidates = candidates.collect();
        self.mailbox.start_mail(id, candidates, self.now)
    }

    fn link(&self, id: &str, account: &str) -> LinkId {
        let keys = &self.application.keys;
        let mailbox = MailboxId::new(keys, "peter@example.com");
        let request = id.split_once('/').map_or(id, |(request, _)| request);
        let seed = addressee(request, account).seed;
        Link::issue(keys, &seed, &mailbox, self.now.after(LIFETIME)).unwrap().0.id
    }

    fn finish(&mut self, id: &str, action: Action) {
        let accounts = self.job(id).links;
        let events = accounts.iter().map(|link| event(action, &link.account.0)).collect();
        self.mailbox.finish(id, events, self.now);
        self.mailbox.claims.outbox.retain(|entry| !matches!(entry.job, Job::FollowUp(_)));
    }

    fn revoke(&mut self, account: &str, forget: bool) {
        let revoke = Revoke { account: Some(AccountId(account.to_owned())), forget };
        let step = Step { application: &self.application.id, now: self.now };
        let _ended = self.mailbox.revoke(&revoke, step);
    }

    /// Returns the ids of the events in the outbox.
    fn events(&self) -> Vec<String> {
        let entries = self.mailbox.claims().jobs();
        let ids = entries.filter_map(|entry| match &entry.job {
            Job::FollowUp(FollowUp::Event(event)) => Some(event.id.clone()),
            _ => None,
        });
        ids.collect()
    }
}

fn event(action: Action, account: &str) -> Event {
    let account = AccountId(account.to_owned());
    Event {
        id: format!("{}/{}", account.0, action.as_str()),
        action,
        account: Some(account),
        ..crate::stored_formats::event()
    }
}

fn shared(request: &str, accounts: &[&str]) -> EnqueueMail {
    let mut others = accounts.iter().map(|account| addressee(request, account));
    let account = others.next().unwrap();
    EnqueueMail { account, others: others.collect(), ..mail(request, "") }
}

#[test]
fn a_mail_has_a_link_for_each_account_and_counts_once() {
    let mut fixture = Fixture::new(2);
    for request in ["a", "b"] {
        assert_eq!(fixture.request(request, &["1", "2", "3"]), [["1", "2", "3"]]);
    }
    assert!(fixture.request("c", &["1", "2", "3"]).is_empty(), "two mails a day");
    assert_eq!(fixture.enqueue(shared("a", &["1", "2", "3"])), EnqueueOutcome::Queued);
    assert_eq!(fixture.mailbox.claims().jobs().count(), 0, "the mail of before");
}

#[test]
fn an_exceptional_mail_has_links_of_the_accounts_without_a_usable_one() {
    let mut fixture = Fixture::new(1);
    assert_eq!(fixture.request("a", &["1", "2", "3"]), [["1", "2", "3"]]);
    fixture.revoke("2", false);
    fixture.mailbox.claims.outbox.retain(|_| false);
    assert_eq!(fixture.request("b", &["1", "2", "3"]), [["2"]]);
    assert!(fixture.request("c", &["1", "2", "3"]).is_empty());
    // A link that ends is given back four times, and takes nothing from the other accounts.
    for request in ["d", "e", "f", "g", "h"] {
        fixture.revoke("2", false);
        fixture.mailbox.claims.outbox.retain(|_| false);
        let given_back = request != "h";
        assert_eq!(!fixture.request(request, &["1", "2", "3"]).is_empty(), given_back);
    }
    fixture.revoke("1", false);
    fixture.mailbox.claims.outbox.retain(|_| false);
    assert_eq!(fixture.request("i", &["1", "2", "3"]), [["1"]]);
}

#[test]
fn each_of_many_accounts_gets_a_link_by_a_further_request() {
    let names: Vec<String> = (10..22).map(|number| number.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut fixture = Fixture::new(1);
    let first = fixture.request("a", &names);
    assert_eq!(first, [["10", "11", "12", "13", "14"]], "the first ones of the lookup");
    assert_eq!(fixture.request("b", &names), [["15", "16", "17", "18", "19"]]);
    assert_eq!(fixture.request("c", &names), [["20", "21"]]);
    assert!(fixture.request("d", &names).is_empty());
}

#[test]
fn links_that_end_at_once_push_no_account_out_of_the_mails() {
    let names: Vec<String> = (10..30).map(|number| number.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut fixture = Fixture::new(100);
    let mut mailed = Vec::new();
    for request in ["a", "b", "c", "d", "e", "f"] {
        mailed.extend(fixture.request(request, &names).concat());
        for name in &names {
            fixture.revoke(name, false);
        }
        fixture.mailbox.claims.outbox.retain(|_| false);
    }
    assert!(names.iter().all(|name| mailed.iter().any(|other| other == name)), "{mailed:?}");
    // The last account of a queue gets its turn again, whatever the others do.
    let waits = (0..20).find(|number| {
        let mails = fixture.request(&format!("request {number}"), &names).concat();
        for name in &names {
            fixture.revoke(name, false);
        }
        fixture.mailbox.claims.outbox.retain(|_| false);
        mails.iter().any(|name| name == "29")
    });
    assert_eq!(waits, Some(3), "four requests, as without accounts that end their links");
}

#[test]
fn accounts_that_are_registered_again_push_no_other_out_of_the_mails() {
    // The limits allow every mail, or exceptions only.
    for per_day in [100, 1] {
        let mut fixture = Fixture::new(per_day);
        for number in 0..5 {
            let fresh: Vec<String> = (0..19).map(|place| format!("{number}-{place}")).collect();
            let accounts = std::iter::once("owner").chain(fresh.iter().map(String::as_str));
            let accounts: Vec<&str> = accounts.collect();
            let mailed = fixture.request(&format!("request {number}"), &accounts).concat();
            assert_eq!(mailed.len(), 5, "{mailed:?}");
            assert!(mailed.iter().any(|name| name == "owner"), "{number}: {mailed:?}");
            fixture.revoke("owner", false);
            fixture.mailbox.claims.outbox.retain(|_| false);
        }
    }
}

#[test]
fn a_link_is_mailed_to_the_spelling_that_its_account_stores() {
    let mut fixture = Fixture::new(10);
    let mut mail = shared("a", &["1", "2", "3"]);
    let other = AddressName::new(&fixture.application.keys, "Peter@example.com");
    mail.others[0].address = other.clone();
    assert_eq!(fixture.enqueue(mail), EnqueueOutcome::Queued);
    let [first, second] = ["a", "a/1"].map(|id| fixture.job(id));
    let of = |job: &SharedJob| -> Vec<String> {
        job.links.iter().map(|link| link.account.0.clone()).collect()
    };
    assert_eq!((of(&first), of(&second)), (vec!["1".into(), "3".into()], vec!["2".into()]));
    assert!(second.links.iter().all(|link| link.address == other));
    assert!(first.is_partial && second.is_partial);
}

#[test]
fn an_account_that_is_left_out_has_its_own_event_and_no_usable_link() {
    let mut fixture = Fixture::new(1);
    assert_eq!(fixture.enqueue(shared("a", &["1", "2", "3"])), EnqueueOutcome::Queued);
    let start = fixture.start("a", |name| (name != "2").then_some("before"));
    assert_eq!(start.links, ["1", "3"].map(|name| fixture.link("a", name)));
    assert_eq!(fixture.events(), ["2/link_failed"]);
    // The next attempt finds the third account changed.
    let start = fixture.start("a", |name| Some(if name == "3" { "after" } else { "before" }));
    assert_eq!(start.links, [fixture.link("a", "1")]);
    assert!(!start.has_changed, "no attempt has handed the mail over");
    assert_eq!(fixture.events(), ["2/link_failed", "3/link_failed"]);
    fixture.finish("a", Action::LinkSent);
    fixture.now = fixture.now.after(MINUTE);
    assert_eq!(fixture.request("b", &["1", "2", "3"]), [["2", "3"]]);
}

#[test]
fn a_mail_that_may_be_delivered_is_not_sent_with_other_links() {
    let mut fixture = Fixture::new(1);
    assert_eq!(fixture.enqueue(shared("a", &["1", "2", "3"])), EnqueueOutcome::Queued);
    let _links = fixture.start("a", |name| (name != "1").then_some("before"));
    let attempt = fixture.mailbox.claims_mut().begin(NOON, RandomShare::HALF).unwrap().attempts;
    assert!(fixture.mailbox.claims_mut().hand_over("a", attempt, NOON));
    let start = fixture.start("a", |_| Some("before"));
    assert!(!start.has_changed && start.links.len() == 2, "the same bytes");
    fixture.revoke("2", false);
    for _ in 0..2 {
        let start = fixture.start("a", |_| Some("before"));
        assert!(start.has_changed, "also after an attempt that crashed");
        assert_eq!(start.links, [fixture.link("a", "3")]);
    }
}

#[test]
fn a_job_without_links_ends() {
    let mut fixture = Fixture::new(1);
    assert_eq!(fixture.enqueue(shared("a", &["1", "2"])), EnqueueOutcome::Queued);
    assert_eq!(fixture.start("a", |_| None), MailStart::default());
    assert!(!fixture.mailbox.has_job("a"));
    assert_eq!(fixture.events(), ["1/link_failed", "2/link_failed"]);
    assert_eq!(fixture.mailbox.start_mail("a", Vec::new(), NOON), MailStart::default());
}

#[test]
fn revoking_and_erasing_end_the_link_of_their_account_only() {
    for forget in [false, true] {
        let mut fixture = Fixture::new(1);
        assert_eq!(fixture.enqueue(shared("a", &["1", "2"])), EnqueueOutcome::Queued);
        fixture.revoke("1", forget);
        assert_eq!(fixture.events().len(), usize::from(!forget));
        let stored = serde_json::to_string(&fixture.job("a")).unwrap();
        assert!(!stored.contains("\"label\":\"1\""), "{stored}");
        let start = fixture.start("a", |_| Some("before"));
        assert_eq!(start.links, [fixture.link("a", "2")]);
        // A revocation during an attempt ends the link that the attempt has stored.
        fixture.revoke("2", forget);
        assert!(!fixture.mailbox.has_job("a"));
        assert_eq!(fixture.mailbox.link_record(&start.links[0]), None);
        let events = if forget { 0 } else { 2 };
        assert_eq!(fixture.events().len(), events, "one for each account: {:?}", fixture.events());
        // Both get a link again.
        fixture.mailbox.claims.outbox.retain(|_| false);
        fixture.now = fixture.now.after(MINUTE);
        assert_eq!(fixture.request("b", &["1", "2"]), [["1", "2"]]);
    }
}

#[test]
fn a_servers_reset_of_a_shared_mailbox_has_its_own_count() {
    let mut fixture = Fixture::new(1);
    let mut granted = Vec::new();
    for minute in 0..4 {
        let mail = shared(&format!("request {minute}"), &["1", "2"]);
        granted.push(fixture.enqueue(EnqueueMail { requester: Requester::Server, ..mail }));
        fixture.now = fixture.now.after(MINUTE);
    }
    let until = NOON.after(30 * MINUTE);
    let queued = EnqueueOutcome::Queued;
    assert_eq!(granted, [queued, queued, queued, EnqueueOutcome::RateLimited { until }]);
    let mails = fixture.request("of a visitor", &["1", "2"]);
    assert_eq!(mails.len(), 4, "its own and the three of the server");
}
