use super::*;

use crate::mail::notice::ChangeOutcome;
use crate::values::time::RandomShare;

#[test]
fn a_claim_is_stored_with_its_lease_and_its_settle_job() {
    let mut fixture = Fixture::new();
    let claimed = Claimed { account: ada(), deadline: NOW.after(WRITE_DEADLINE) };
    assert_eq!(fixture.claim(0, "new", NOW), ClaimOutcome::Claimed(claimed));
    assert!(!fixture.claims.is_settled(&permit(0)));
    assert_eq!(fixture.claims.next_alarm(), Some(NOW.after(LEASE)));
    let entry = fixture.claims.begin(NOW.after(LEASE), RandomShare::HALF).unwrap();
    assert_eq!(entry.job, FollowUp::Settle { permit: permit(0), account: ada() });
}

#[test]
fn a_recorded_write_settles_the_claim_once_with_a_notice_and_an_event() {
    let mut fixture = Fixture::new();
    let _claimed = fixture.claim(0, "new", NOW);
    for _ in 0..2 {
        fixture.record_write("new", NOW);
        assert!(fixture.claims.is_settled(&permit(0)));
        assert_eq!(fixture.jobs(), ["notice", "password_changed"]);
    }
    assert_eq!(fixture.claim(0, "another", NOW), ClaimOutcome::Rejected(CommitOutcome::Replay));
    assert_eq!(fixture.claims.record(&permit(0)).unwrap().expires_at, expiry());
}

/// Claims permit 0 for the first password of its account.
fn claim_first(fixture: &mut Fixture, password: &str) {
    let commit = Commit {
        permit: permit(0),
        expected: fingerprint("before"),
        hash: PasswordHash::from(password),
        address: None,
        recipient: None,
        unchecked: None,
        is_first: true,
    };
    let claimed = fixture.claims.claim(&commit, &version(password), NOW);
    assert!(matches!(claimed, ClaimOutcome::Claimed(_)));
}

#[test]
fn a_first_password_has_its_own_event_and_notice_whoever_settles_it() {
    for settled_by_job in [false, true] {
        let mut fixture = Fixture::new();
        claim_first(&mut fixture, "new");
        assert!(!fixture.claims.is_settled(&permit(0)));
        if settled_by_job {
            fixture.reconcile(0, &snapshot("new", NOW.after(LEASE)));
        } else {
            fixture.record_write("new", NOW);
        }
        assert_eq!(fixture.jobs(), ["notice", "password_created"]);
        let job = fixture.claims.jobs().next().unwrap().id.clone();
        let notice = fixture.claims.notice(&job).unwrap();
        assert_eq!(notice.changes[0].outcome, ChangeOutcome::FirstWritten);
    }
    let mut fixture = Fixture::new();
    claim_first(&mut fixture, "new");
    fixture.reconcile(0, &snapshot("set by the owner", NOW.after(LEASE)));
    assert_eq!(fixture.jobs(), ["notice", "change_outcome_unknown"]);
    let job = fixture.claims.jobs().next().unwrap().id.clone();
    let notice = fixture.claims.notice(&job).unwrap();
    assert_eq!(notice.changes[0].outcome, ChangeOutcome::FirstUnknown);
}

#[test]
fn a_void_claim_that_wrote_after_all_was_for_the_first_password() {
    for is_first in [false, true] {
        let mut fixture = Fixture::new();
        if is_first {
            claim_first(&mut fixture, "new");
        } else {
            assert!(matches!(fixture.claim(0, "new", NOW), ClaimOutcome::Claimed(_)));
        }
        let outcome = fixture.reconcile_no_write(0, "new", &snapshot("old", NOW));
        assert_eq!(outcome, CommitOutcome::Busy);
        assert!(fixture.claims.is_settled(&permit(0)) && fixture.jobs().is_empty());
        // A later attempt, or the settle job of another claim, finds its version.
        fixture.reconcile(0, &snapshot("new", NOW.after(SECOND)));
        let (event, outcome) = if is_first {
            ("password_created", ChangeOutcome::FirstWritten)
        } else {
            ("password_changed", ChangeOutcome::Written)
        };
        assert_eq!(fixture.jobs(), ["notice", event]);
        let job = fixture.claims.jobs().next().unwrap().id.clone();
        assert_eq!(fixture.claims.notice(&job).unwrap().changes[0].outcome, outcome);
    }
}

#[test]
fn a_claim_is_rejected_by_the_first_check_that_fails() {
    let mut fixture = Fixture::new();
    assert_eq!(
        fixture.claim(9, "new", NOW),
        ClaimOutcome::Rejected(CommitOutcome::Used),
        "no such permit"
    );
    assert_eq!(fixture.claim(0, "new", expiry()), ClaimOutcome::Rejected(CommitOutcome::Expired));
    let commit = Commit {
        permit: permit(0),
        expected: fingerprint("after"),
        hash: "new".into(),
        address: None,
        recipient: None,
        unchecked: None,
        is_first: false,
    };
    let outcome = fixture.claims.claim(&commit, &version("new"), NOW);
    assert_eq!(outcome, ClaimOutcome::Rejected(CommitOutcome::Used), "another fingerprint");

    assert!(matches!(fixture.claim(0, "new", NOW), ClaimOutcome::Claimed(_)));
    let lease_end = NOW.after(LEASE);
    let busy = ClaimOutcome::Rejected(CommitOutcome::Busy);
    assert_eq!(fixture.claim(0, "another", lease_end.before(SECOND)), busy, "claimed");
    assert_eq!(fixture.claim(0, "another", lease_end), ClaimOutcome::SettleFirst(ada()));
    fixture.reconcile(0, &snapshot("old", lease_end));
    assert_eq!(
        fixture.claim(0, "new", lease_end),
        busy,
        "the message of the first claim arrived twice"
    );
    assert!(matches!(fixture.claim(0, "another", lease_end), ClaimOutcome::Claimed(_)));
}

#[test]
fn a_reported_conflict_makes_the_claim_void_if_the_account_proves_it() {
    let mut fixture = Fixture::new();
    let _claimed = fixture.claim(0, "new", NOW);
    assert_eq!(fixture.reconcile_no_write(0, "new", &snapshot("old", NOW)), CommitOutcome::Busy);
    assert!(fixture.claims.is_settled(&permit(0)));
    assert!(fixture.jobs().is_empty());
    assert!(
        matches!(fixture.claim(0, "another", NOW), ClaimOutcome::Claimed(_)),
        "the permit is still usable"
    );
}

#[test]
fn a_reported_conflict_of_a_statement_that_ran_twice_is_a_success() {
    let mut fixture = Fixture::new();
    let _claimed = fixture.claim(0, "new", NOW);
    assert_eq!(fixture.reconcile_no_write(0, "new", &snapshot("new", NOW)), CommitOutcome::Set);
    assert_eq!(fixture.jobs(), ["notice", "password_changed"]);
}

#[test]
fn a_reported_conflict_with_another_password_leaves_the_claim_pending() {
    let mut fixture = Fixture::new();
    let _claimed = fixture.claim(0, "new", NOW);
    let outcome = fixture.reconcile_no_write(0, "new", &snapshot("set by the owner", NOW));
    assert_eq!(outcome, CommitOutcome::Used);
    assert!(
        !fixture.claims.is_settled(&permit(0)),
        "the first run of the statement may have written"
    );
    assert_eq!(fixture.jobs(), ["settle"]);
}

#[test]
fn a_reported_conflict_with_the_password_of_a_rival_permit_makes_the_claim_void() {
    let mut fixture = Fixture::new();
    let _claimed = (fixture.claim(0, "new", NOW), fixture.claim(1, "rival", NOW));
    let outcome = fixture.reconcile_no_write(0, "new", &snapshot("rival", NOW));
    assert_eq!(outcome, CommitOutcome::Replay, "the rival was settled by the same read");
    assert!(fixture.claims.is_settled(&permit(0)) && fixture.claims.is_settled(&permit(1)));
}

#[test]
fn a_read_that_began_before_the_end_of_the_lease_voids_nothing() {
    let mut fixture = Fixture::new();
    let _claimed = fixture.claim(0, "new", NOW);
    let lease_end = NOW.after(LEASE);
    fixture.reconcile(0, &snapshot("old", lease_end.before(SECOND)));
    assert!(!fixture.claims.is_settled(&permit(0)));
    fixture.reconcile(0, &snapshot("old", lease_end));
    assert!(fixture.claims.is_settled(&permit(0)));
}

#[test]
fn a_read_that_shows_the_claimed_version_settles_at_any_time() {
    let mut fixture = Fixture::new();
    let _claimed = fixture.claim(0, "new", NOW);
    fixture.reconcile(0, &snapshot("new", NOW));
    assert!(fixture.claims.is_settled(&permit(0)));
    assert_eq!(fixture.jobs(), ["notice", "password_changed"]);
}

#[test]
fn an_outcome_that_cannot_be_determined_ends_the_permit_with_a_notice() {
    let mut fixture = Fixture::new();
    let _claimed = fixture.claim(0, "new", NOW);
    fixture.reconcile(0, &snapshot("set by the owner", NOW.after(LEASE)));
    assert!(fixture.claims.is_settled(&permit(0)));
    assert_eq!(fixture.jobs(), ["notice", "change_outcome_unknown"]);
    let outcome = fixture.claim(0, "another", NOW.after(LEASE));
    assert_eq!(outcome, ClaimOutcome::Rejected(CommitOutcome::Replay));
}

#[test]
fn a_finished_job_is_replaced_by_its_events_once() {
    let mut fixture = Fixture::new();
    let _claimed = fixture.claim(0, "new", NOW);
    fixture.record_write("new", NOW);
    let notice = fixture.claims.begin(NOW, RandomShare::HALF).unwrap();
    let event = crate::stored_formats::event();
    for _ in 0..2 {
        fixture.claims.finish(&notice.id, [event.clone()], NOW);
        assert_eq!(fixture.jobs(), ["password_changed", "link_failed"]);
    }
}

#[test]
fn the_oldest_void_claim_is_replaced_when_a_permit_has_too_many() {
    let mut fixture = Fixture::new();
    for number in 0..MAX_CLAIMS {
        assert!(matches!(
            fixture.claim(0, &format!("new {number}"), NOW),
            ClaimOutcome::Claimed(_)
        ));
        let _void = fixture.reconcile_no_write(0, &format!("new {number}"), &snapshot("old", NOW));
    }
    let busy = ClaimOutcome::Rejected(CommitOutcome::Busy);
    assert_eq!(
        fixture.claim(0, "one more", NOW),
        busy,
        "every lease may still have a write in progress"
    );
    assert!(matches!(fixture.claim(0, "one more", NOW.after(LEASE)), ClaimOutcome::Claimed(_)));
    assert_eq!(fixture.claims.permit(&permit(0)).unwrap().claims.len(), MAX_CLAIMS);
}

#[test]
fn a_void_claim_of_a_first_password_is_replaced_as_well() {
    let mut fixture = Fixture::new();
    for number in 0..MAX_CLAIMS {
        let password = format!("new {number}");
        claim_first(&mut fixture, &password);
        let _void = fixture.reconcile_no_write(0, &password, &snapshot("old", NOW));
    }
    assert!(matches!(fixture.claim(0, "one more", NOW.after(LEASE)), ClaimOutcome::Claimed(_)));
}

#[test]
fn an_expired_permit_is_kept_for_replays_and_until_its_claims_are_settled() {
    let mut fixture = Fixture::new();
    let end = retention_end(expiry());
    assert_eq!(end, expiry().after(REPLAY_WINDOW).after(LEASE));
    let _claimed = fixture.claim(0, "new", NOW);
    fixture.claims.prune(end.before(SECOND));
    assert!(fixture.claims.record(&permit(1)).is_some());
    fixture.claims.prune(end);
    assert!(fixture.claims.record(&permit(1)).is_none());
    assert!(fixture.claims.record(&permit(0)).is_some(), "its claim is pending");
    fixture.reconcile(0, &snapshot("old", end));
    fixture.claims.prune(end);
    assert_eq!(fixture.claims.next_alarm(), None);
}
