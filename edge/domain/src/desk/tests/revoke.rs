use crate::application::Application;
use crate::desk::*;
use crate::testing;
use crate::values::account::PasswordHash;
use crate::values::link::{DeskId, Link};

const NOW: Moment = Moment::from_seconds(1_800_000_000);
const LIFETIME: Duration = Duration::from_secs(7200);

/// A desk whose mailbox has two accounts; `out` links of the first are out, and a mail for each of them still waits.
struct Mailbox {
    application: Application,
    desk: Desk,
    links: Vec<LinkId>,
}

fn account(number: u8) -> AccountId {
    AccountId(number.to_string())
}

fn fingerprint(name: &str) -> Fingerprint {
    serde_json::from_value(name.into()).unwrap()
}

impl Mailbox {
    fn new(out: u8) -> Self {
        let mut application = testing::application();
        application.limits.interval = Duration::ZERO;
        application.limits.per_window = 100;
        let mut mailbox = Self { application, desk: Desk::default(), links: Vec::new() };
        for number in 0..out {
            mailbox.take(number, 1);
            mailbox.mail(number, 1);
        }
        for (number, of) in (out..).zip([1, 2]) {
            mailbox.take(number, of);
        }
        mailbox
    }

    fn take(&mut self, request: u8, of: u8) {
        let take = Take {
            request: format!("request {request}"),
            mail: TakeMail::Link,
            account: account(of),
            seed: Seed { key_id: 7, random: [request; 32] },
            address: None,
            definition: None,
        };
        assert_eq!(self.desk.take(take, &self.application.limits, LIFETIME, NOW), Taken::Taken);
    }

    /// The mail of a request goes out.
    fn mail(&mut self, request: u8, of: u8) {
        let desk = DeskId::for_mailbox(&self.application.keys, "peter@example.com");
        let seed = Seed { key_id: 7, random: [request; 32] };
        let expires_at = NOW.after(LIFETIME);
        let (link, _) = Link::issue(&self.application.keys, &seed, &desk, expires_at).unwrap();
        let record = LinkRecord { account: account(of), fingerprint: fingerprint("as it is"), expires_at };
        assert!(self.desk.fix(&link.id, &record));
        self.desk.finish(&format!("request {request}"), [], NOW);
        self.links.push(link.id);
    }

    fn claim(&mut self, link: usize, at: Moment) -> ClaimOutcome {
        let commit = CommitLink {
            link: self.links[link].clone(),
            expected: fingerprint("as it is"),
            hash: PasswordHash::from("$new"),
            address: None,
        };
        let version = commit.hash.version(&self.application.id);
        self.desk.claim(&commit, &version, at)
    }

    fn revoke(&mut self, of: Option<u8>, forget: bool, at: Moment) -> (Revoked, Option<(LinkId, AccountId)>) {
        let revoke = Revoke { account: of.map(account), forget };
        self.desk.revoke(&revoke, &self.application.id, at)
    }

    fn jobs(&self) -> Vec<&str> {
        self.desk.jobs().map(|entry| entry.id.as_str()).collect()
    }
}

#[test]
fn a_revoked_link_is_used_for_whoever_asks_and_mails_that_wait_end_with_an_event() {
    let mut mailbox = Mailbox::new(2);
    let (revoked, unsettled) = mailbox.revoke(Some(1), false, NOW);
    assert_eq!((revoked, unsettled), (Revoked { links: mailbox.links.clone(), busy: false }, None));
    for link in 0..2 {
        assert_eq!(mailbox.desk.record(&mailbox.links[link]), None);
        assert_eq!(mailbox.claim(link, NOW), ClaimOutcome::Refused(Committed::Used));
    }
    assert_eq!(mailbox.jobs(), ["request 3", "event/request 2/revoked"], "the other account's mail waits on");
    assert!(!mailbox.desk.has_job("request 2") && mailbox.desk.has_job("request 3"));
    let again = mailbox.revoke(Some(1), false, NOW);
    assert_eq!(again, (Revoked::default(), None));
    assert_eq!(mailbox.jobs().len(), 2);
}

#[test]
fn a_claim_under_lease_goes_on_and_one_past_it_is_settled_first() {
    for forget in [false, true] {
        let mut mailbox = Mailbox::new(2);
        assert!(matches!(mailbox.claim(0, NOW), ClaimOutcome::Claimed(_)));
        let (revoked, unsettled) = mailbox.revoke(Some(1), forget, NOW);
        assert_eq!((revoked.links.as_slice(), revoked.busy), (&mailbox.links[1..], true), "the other link ends");
        assert_eq!(unsettled, None);
        assert!(mailbox.desk.record(&mailbox.links[0]).is_some());
        assert!(mailbox.jobs().iter().any(|job| job.starts_with("settle/")), "{:?}", mailbox.jobs());

        let later = NOW.after(LEASE);
        let (revoked, unsettled) = mailbox.revoke(Some(1), forget, later);
        assert_eq!((revoked, unsettled), (Revoked::default(), Some((mailbox.links[0].clone(), account(1)))));
        let seen = Seen { began: later, version: None, fingerprint: Some(fingerprint("as it is")) };
        mailbox.desk.observe(&mailbox.links[0], &seen, &mailbox.application.id, later);
        let (revoked, unsettled) = mailbox.revoke(Some(1), forget, later);
        assert_eq!((revoked.links.as_slice(), revoked.busy, unsettled), (&mailbox.links[..1], false, None));
        assert_eq!(mailbox.claim(0, later), ClaimOutcome::Refused(Committed::Used));
    }
}

#[test]
fn a_used_link_stays_for_the_repeat_question_unless_it_is_forgotten() {
    let mut mailbox = Mailbox::new(1);
    assert!(matches!(mailbox.claim(0, NOW), ClaimOutcome::Claimed(_)));
    let version = PasswordHash::from("$new").version(&mailbox.application.id);
    mailbox.desk.wrote(&version, &mailbox.application.id, NOW);
    assert_eq!(mailbox.revoke(Some(1), false, NOW), (Revoked::default(), None));
    let seen = Seen { began: NOW, version: Some(version), fingerprint: Some(fingerprint("as it is now")) };
    assert_eq!(mailbox.desk.repeat(&mailbox.links[0], &seen, NOW), RepeatAnswer::Verify);
    let (revoked, _) = mailbox.revoke(Some(1), true, NOW);
    assert_eq!(revoked.links, mailbox.links);
    assert_eq!(mailbox.desk.repeat(&mailbox.links[0], &seen, NOW), RepeatAnswer::Used);
    assert_eq!(mailbox.jobs(), ["request 2"], "neither its event nor its notice is left");
}

#[test]
fn of_a_mailbox_that_is_forgotten_nothing_is_left() {
    let mut mailbox = Mailbox::new(2);
    let _one = mailbox.revoke(Some(1), true, NOW);
    assert_eq!(mailbox.jobs(), ["request 3"]);
    assert_ne!(mailbox.desk, Desk::default());
    let _all = mailbox.revoke(None, true, NOW);
    assert_eq!(mailbox.desk, Desk::default());
}
