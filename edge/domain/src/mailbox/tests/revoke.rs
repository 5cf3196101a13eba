use std::time::Duration;

use crate::application::Application;
use crate::claims::{
    AccountSnapshot, ClaimOutcome, Commit, CommitOutcome, LEASE, ObjectState as _, ReplayVerdict,
    Step,
};
use crate::mailbox::{EnqueueMail, EnqueueOutcome, MailKind, Mailbox, Revoke, Revoked};
use crate::testing;
use crate::values::account::{AccountId, Fingerprint, PasswordHash, PasswordVersion};
use crate::values::link::{Link, LinkId, LinkRecord, Seed};
use crate::values::object_id::MailboxId;
use crate::values::time::Moment;

const NOW: Moment = Moment::from_seconds(1_800_000_000);
const LIFETIME: Duration = Duration::from_secs(7200);

/// A mailbox of two accounts. The first has `mailed` links. One mail of each account is unsent.
struct Fixture {
    application: Application,
    mailbox: Mailbox,
    links: Vec<LinkId>,
}

fn account(number: u8) -> AccountId {
    AccountId(number.to_string())
}

fn fingerprint(name: &str) -> Fingerprint {
    serde_json::from_value(name.into()).unwrap()
}

impl Fixture {
    fn new(mailed: u8) -> Self {
        let mut application = testing::application();
        application.limits.interval = Duration::ZERO;
        application.limits.per_window = 100;
        let mut fixture = Self { application, mailbox: Mailbox::default(), links: Vec::new() };
        for number in 0..mailed {
            fixture.enqueue(number, 1);
            fixture.mail(number, 1);
        }
        for (number, of) in (mailed..).zip([1, 2]) {
            fixture.enqueue(number, of);
        }
        fixture
    }

    fn enqueue(&mut self, request: u8, of: u8) {
        let mail = EnqueueMail {
            request: format!("request {request}"),
            kind: MailKind::Link,
            account: account(of),
            seed: Seed { key_id: 7, random: [request; 32] },
            address: None,
            definition: None,
        };
        let outcome = self.mailbox.enqueue(mail, &self.application.limits, LIFETIME, NOW);
        assert_eq!(outcome, EnqueueOutcome::Queued);
    }

    /// Sends the mail of a request.
    fn mail(&mut self, request: u8, of: u8) {
        let mailbox = MailboxId::new(&self.application.keys, "peter@example.com");
        let seed = Seed { key_id: 7, random: [request; 32] };
        let expires_at = NOW.after(LIFETIME);
        let (link, _) = Link::issue(&self.application.keys, &seed, &mailbox, expires_at).unwrap();
        let record =
            LinkRecord { account: account(of), fingerprint: fingerprint("before"), expires_at };
        assert!(self.mailbox.pin_link(&link.id, &record));
        self.mailbox.claims_mut().finish(&format!("request {request}"), [], NOW);
        self.links.push(link.id);
    }

    fn version(&self) -> PasswordVersion {
        PasswordHash::from("$new").version(&self.application.id)
    }

    fn claim(&mut self, link: usize, at: Moment) -> ClaimOutcome {
        let commit = Commit {
            permit: self.links[link].clone(),
            expected: fingerprint("before"),
            hash: PasswordHash::from("$new"),
            address: None,
            recipient: None,
        };
        let version = self.version();
        self.mailbox.claims_mut().claim(&commit, &version, at)
    }

    fn revoke(
        &mut self,
        of: Option<u8>,
        forget: bool,
        now: Moment,
    ) -> (Revoked, Option<(LinkId, AccountId)>) {
        let revoke = Revoke { account: of.map(account), forget };
        self.mailbox.revoke(&revoke, Step { application: &self.application.id, now })
    }

    fn jobs(&self) -> Vec<&str> {
        self.mailbox.claims().jobs().map(|entry| entry.id.as_str()).collect()
    }
}

#[test]
fn a_revoked_link_counts_as_used_and_unsent_mails_end_with_an_event() {
    let mut fixture = Fixture::new(2);
    let (revoked, unsettled) = fixture.revoke(Some(1), false, NOW);
    assert_eq!((revoked, unsettled), (Revoked { links: fixture.links.clone(), busy: false }, None));
    for link in 0..2 {
        assert_eq!(fixture.mailbox.link_record(&fixture.links[link]), None);
        assert_eq!(fixture.claim(link, NOW), ClaimOutcome::Rejected(CommitOutcome::Used));
    }
    assert_eq!(
        fixture.jobs(),
        ["request 3", "event/request 2/revoked"],
        "the other account's mail stays"
    );
    assert!(!fixture.mailbox.has_job("request 2") && fixture.mailbox.has_job("request 3"));
    let again = fixture.revoke(Some(1), false, NOW);
    assert_eq!(again, (Revoked::default(), None));
    assert_eq!(fixture.jobs().len(), 2);
}

#[test]
fn a_claim_under_lease_stays_and_one_past_its_lease_is_settled_first() {
    for forget in [false, true] {
        let mut fixture = Fixture::new(2);
        assert!(matches!(fixture.claim(0, NOW), ClaimOutcome::Claimed(_)));
        let (revoked, unsettled) = fixture.revoke(Some(1), forget, NOW);
        assert_eq!(
            (revoked.links.as_slice(), revoked.busy),
            (&fixture.links[1..], true),
            "the other link ends"
        );
        assert_eq!(unsettled, None);
        assert!(fixture.mailbox.link_record(&fixture.links[0]).is_some());
        assert!(
            fixture.jobs().iter().any(|job| job.starts_with("settle/")),
            "{:?}",
            fixture.jobs()
        );

        let later = NOW.after(LEASE);
        let (revoked, unsettled) = fixture.revoke(Some(1), forget, later);
        assert_eq!(
            (revoked, unsettled),
            (Revoked::default(), Some((fixture.links[0].clone(), account(1))))
        );
        let snapshot = AccountSnapshot {
            read_began: later,
            version: None,
            fingerprint: Some(fingerprint("before")),
        };
        let step = Step { application: &fixture.application.id, now: later };
        fixture.mailbox.claims_mut().reconcile(&fixture.links[0], &snapshot, step);
        let (revoked, unsettled) = fixture.revoke(Some(1), forget, later);
        assert_eq!(
            (revoked.links.as_slice(), revoked.busy, unsettled),
            (&fixture.links[..1], false, None)
        );
        assert_eq!(fixture.claim(0, later), ClaimOutcome::Rejected(CommitOutcome::Used));
    }
}

#[test]
fn a_used_link_stays_for_the_replay_check_unless_it_is_erased() {
    let mut fixture = Fixture::new(1);
    assert!(matches!(fixture.claim(0, NOW), ClaimOutcome::Claimed(_)));
    let version = fixture.version();
    fixture
        .mailbox
        .claims_mut()
        .record_write(&version, Step { application: &fixture.application.id, now: NOW });
    assert_eq!(fixture.revoke(Some(1), false, NOW), (Revoked::default(), None));
    let snapshot = AccountSnapshot {
        read_began: NOW,
        version: Some(version),
        fingerprint: Some(fingerprint("after")),
    };
    let link = fixture.links[0].clone();
    assert_eq!(
        fixture.mailbox.claims_mut().check_replay(&link, &snapshot, NOW),
        ReplayVerdict::Verify
    );
    let (revoked, _) = fixture.revoke(Some(1), true, NOW);
    assert_eq!(revoked.links, fixture.links);
    assert_eq!(
        fixture.mailbox.claims_mut().check_replay(&link, &snapshot, NOW),
        ReplayVerdict::Used
    );
    assert_eq!(fixture.jobs(), ["request 2"], "its event and its notice are erased");
}

#[test]
fn nothing_is_left_of_an_erased_mailbox() {
    let mut fixture = Fixture::new(2);
    let _one = fixture.revoke(Some(1), true, NOW);
    assert_eq!(fixture.jobs(), ["request 3"]);
    assert_ne!(fixture.mailbox, Mailbox::default());
    let _all = fixture.revoke(None, true, NOW);
    assert_eq!(fixture.mailbox, Mailbox::default());
}
