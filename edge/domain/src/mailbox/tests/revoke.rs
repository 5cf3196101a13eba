use std::time::Duration;

use super::{fingerprint, mail};
use crate::application::Application;
use crate::claims::{
    AccountSnapshot, ClaimOutcome, Claims, Commit, CommitOutcome, LEASE, ObjectState as _,
    ReplayVerdict, Step,
};
use crate::mailbox::{EnqueueOutcome, Mailbox, Revoke, Revoked};
use crate::testing;
use crate::values::account::{AccountId, PasswordHash, PasswordVersion};
use crate::values::link::{Link, LinkId, LinkRecord, Seed};
use crate::values::object_id::{AccountName, MailboxId};
use crate::values::sealed_address::SealedAddress;
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
        let mail = mail(&format!("request {request}"), &of.to_string());
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
        self.mailbox.finish(&format!("request {request}"), Vec::new(), NOW);
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
            recipient: SealedAddress::seal(&self.application.keys, &[1; 32], "a@mail.example"),
            unchecked: None,
            is_first: false,
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
    let recipients = |fixture: &Fixture| {
        let claims = serde_json::to_value(fixture.mailbox.claims()).unwrap();
        claims["notices"]["recipients"].as_array().unwrap().len()
    };
    assert_eq!(recipients(&fixture), 1);
    let (revoked, _) = fixture.revoke(Some(1), true, NOW);
    assert_eq!(revoked.links, fixture.links);
    assert_eq!(recipients(&fixture), 0, "only the notice that is not sent holds an address");
    assert_eq!(
        fixture.mailbox.claims_mut().check_replay(&link, &snapshot, NOW),
        ReplayVerdict::Used
    );
    let jobs = fixture.jobs();
    let [mail, notice] = jobs.as_slice() else { panic!("{jobs:?}") };
    assert_eq!(*mail, "request 2", "its event is erased");
    assert!(notice.starts_with("notice/"), "the account owner learns of the reset");
}

#[test]
fn only_counts_under_keyed_names_are_left_of_an_erased_mailbox() {
    let mut fixture = Fixture::new(2);
    let _one = fixture.revoke(Some(1), true, NOW);
    assert_eq!(fixture.jobs(), ["request 3"]);
    let _all = fixture.revoke(None, true, NOW);
    assert_eq!(fixture.mailbox.claims(), &Claims::default());
    let mut stored = serde_json::to_value(&fixture.mailbox.limits).unwrap();
    for grant in stored["grants"].as_array_mut().unwrap() {
        // Request ids and link ids are random, and the account is under a keyed name.
        let keyed = AccountName::new(&fixture.application.keys, &account(1));
        let other = AccountName::new(&fixture.application.keys, &account(2));
        let name = grant["account"].take();
        assert!([keyed, other].map(|name| serde_json::to_value(name).unwrap()).contains(&name));
    }
    let end = NOW.after(Duration::from_secs(24 * 3600));
    assert_eq!(fixture.mailbox.next_alarm(), Some(end));
    fixture.mailbox.prune(end);
    assert_eq!(fixture.mailbox, Mailbox::default());
}

#[test]
fn erasing_and_revoking_keep_the_counts() {
    for forget in [false, true] {
        let mut fixture = Fixture::new(1);
        fixture.application.limits.per_day = 3;
        let refused = |fixture: &mut Fixture| {
            let mail = mail("one more", "1");
            let outcome = fixture.mailbox.enqueue(mail, &fixture.application.limits, LIFETIME, NOW);
            matches!(outcome, EnqueueOutcome::RateLimited { .. })
        };
        assert!(refused(&mut fixture), "three mails a day, and a usable link");
        for account in [Some(1), None] {
            let _ended = fixture.revoke(account, forget, NOW);
        }
        // The exception that follows is within its own limits.
        let mut links = 0;
        for number in 0..20 {
            let mail = mail(&format!("after {number}"), "1");
            let outcome = fixture.mailbox.enqueue(mail, &fixture.application.limits, LIFETIME, NOW);
            links += usize::from(outcome == EnqueueOutcome::Queued);
            let _ended = fixture.revoke(Some(1), forget, NOW);
        }
        assert_eq!(links, 5, "one exception, which is given back four times");
    }
}
