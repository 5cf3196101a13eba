use super::*;

use crate::claims::{AccountSnapshot, ClaimOutcome, CommitOutcome, Step};
use crate::events::{Action, Event};
use crate::stored_formats::{EXPIRY, NOON, account, event, hex, record};
use crate::values::account::{Fingerprint, PasswordHash, PasswordVersion};
use crate::values::application_id::ApplicationId;
use crate::values::time::RandomShare;

const NOW: Moment = Moment::from_seconds(1_800_000_000);
const MINUTE: Duration = Duration::from_secs(60);

fn id(number: u8) -> ChangeId {
    ChangeId::new(&[number; 32])
}

fn fingerprint(text: &str) -> Fingerprint {
    serde_json::from_value(text.into()).unwrap()
}

/// Returns a change that expects the fingerprint "before".
fn change(number: u8) -> CommitChange {
    let hash = PasswordHash::from(format!("hash {number}"));
    let commit = Commit {
        permit: id(number),
        expected: fingerprint("before"),
        hash,
        address: None,
        recipient: None,
        unchecked: None,
        is_first: false,
    };
    CommitChange { commit, account: ada(), keep: SessionId("session".to_owned()) }
}

fn ada() -> AccountId {
    AccountId("3".to_owned())
}

fn version(number: u8) -> PasswordVersion {
    change(number).commit.hash.version(&ApplicationId::default())
}

/// Counts an attempt for a change.
fn attempt(state: &mut PasswordChange, number: u8, now: Moment) -> AttemptOutcome {
    let attempt =
        Attempt { change: id(number), account: ada(), address: Some("192.0.2.1".to_owned()) };
    state.count_attempt(&attempt, Step { application: &ApplicationId::default(), now })
}

/// Returns the events in the outbox, and the seconds until each is recorded.
fn events(state: &PasswordChange) -> Vec<(&'static str, u64)> {
    let jobs = state.claims().jobs().map(|entry| match &entry.job {
        FollowUp::Event(event) => {
            assert_eq!((event.account.as_ref(), event.id.split('/').count()), (Some(&ada()), 2));
            (event.action.as_str(), entry.due.since(entry.added).as_secs())
        }
        job => panic!("{job:?}"),
    });
    jobs.collect()
}

/// Returns the outcome over the limit, if the five counted attempts began at [`NOW`].
fn limited() -> AttemptOutcome {
    AttemptOutcome::RateLimited { until: NOW.after(ATTEMPT_WINDOW) }
}

/// Begins a change and claims it.
fn claim(state: &mut PasswordChange, number: u8) {
    assert!(state.begin_change(&change(number), NOW));
    let outcome = state.claims_mut().claim(&change(number).commit, &version(number), NOW);
    assert!(matches!(outcome, ClaimOutcome::Claimed(_)), "{outcome:?}");
}

#[test]
fn five_attempts_in_fifteen_minutes_are_allowed_and_each_is_counted_once() {
    let mut state = PasswordChange::default();
    for number in 0..5 {
        for _ in 0..2 {
            assert_eq!(attempt(&mut state, number, NOW), AttemptOutcome::Counted);
        }
    }
    assert_eq!(attempt(&mut state, 5, NOW.after(14 * MINUTE)), limited());
    assert_eq!(attempt(&mut state, 5, NOW.after(15 * MINUTE)), AttemptOutcome::Counted);
}

#[test]
fn a_rejected_attempt_does_not_prolong_the_wait() {
    let mut state = PasswordChange::default();
    for number in 0..5 {
        let _counted = attempt(&mut state, number, NOW);
    }
    for minute in 0..15 {
        assert_eq!(attempt(&mut state, 9, NOW.after(minute * MINUTE)), limited());
    }
    assert_eq!(attempt(&mut state, 9, NOW.after(15 * MINUTE)), AttemptOutcome::Counted);
}

#[test]
fn the_correct_password_gives_its_own_attempt_back() {
    let mut state = PasswordChange::default();
    for number in 0..5 {
        let _counted = attempt(&mut state, number, NOW);
    }
    assert!(state.begin_change(&change(4), NOW));
    assert_eq!(attempt(&mut state, 5, NOW), AttemptOutcome::Counted);
    assert_eq!(attempt(&mut state, 6, NOW), limited());
}

#[test]
fn each_counted_attempt_and_the_limit_have_one_event() {
    let mut state = PasswordChange::default();
    for number in 0..40 {
        let _outcome = attempt(&mut state, number, NOW);
    }
    let refused = ("change_refused", 8);
    let expected = [refused, refused, refused, refused, refused, ("change_limited", 2)];
    assert_eq!(events(&state), expected);
    for number in 40..80 {
        let _outcome = attempt(&mut state, number, NOW.after(14 * MINUTE));
    }
    assert_eq!(events(&state).len(), 6, "the limit has one event in its window");
    // The database is down for a day.
    for minute in 15..1440 {
        let _outcome = attempt(&mut state, 100, NOW.after(minute * MINUTE));
        let _outcome = attempt(&mut state, 101, NOW.after(minute * MINUTE));
        state.prune(NOW.after(minute * MINUTE));
    }
    assert!(events(&state).len() <= 32, "{:?}", events(&state).len());
}

#[test]
fn a_change_removes_the_event_of_its_own_attempt() {
    let mut state = PasswordChange::default();
    let _counted = (attempt(&mut state, 0, NOW), attempt(&mut state, 1, NOW));
    assert!(state.begin_change(&change(1), NOW));
    assert_eq!(events(&state), [("change_refused", 8)]);
}

#[test]
fn an_erasure_keeps_counts_claims_and_notices_and_nothing_else() {
    let mut state = PasswordChange::default();
    claim(&mut state, 0);
    let step = Step { application: &ApplicationId::default(), now: NOW };
    state.claims_mut().record_write(&version(0), step);
    for number in 1..10 {
        let _counted = attempt(&mut state, number, NOW);
    }
    assert!(!state.erase(NOW));
    let jobs: Vec<_> = state.claims().jobs().map(|entry| &entry.job).collect();
    assert!(matches!(jobs[..], [FollowUp::Notice(_)]), "{jobs:?}");
    assert_eq!(attempt(&mut state, 10, NOW), limited());
    let mut state = PasswordChange::default();
    claim(&mut state, 0);
    assert!(state.erase(NOW), "the claim is not settled");
    assert!(!state.claims().is_settled(&id(0)));
}

#[test]
fn a_password_change_that_was_stored_without_the_limit_is_read() {
    let mut state = PasswordChange::default();
    let _counted = attempt(&mut state, 0, NOW);
    let stored = postcard::to_allocvec(&state).unwrap();
    let (earlier, last) = stored.split_last_chunk().unwrap();
    assert_eq!((*last, postcard::from_bytes(earlier)), ([0, 0, 0], Ok(state.clone())));
    for absent in [1, 2] {
        let earlier = &stored[..stored.len() - absent];
        assert_eq!(postcard::from_bytes(earlier).as_ref(), Ok(&state), "{absent}");
    }
}

#[test]
fn a_change_begins_once_and_the_number_of_stored_changes_is_limited() {
    let mut state = PasswordChange::default();
    assert!(state.begin_change(&change(0), NOW));
    assert!(!state.begin_change(&change(0), NOW.after(MINUTE)), "the message arrived twice000000");
    let begun = (1..100).filter(|number| state.begin_change(&change(*number), NOW)).count();
    assert_eq!(begun, MAX_CHANGES - 1);
    state.prune(NOW.after(11 * MINUTE));
    assert!(state.begin_change(&change(100), NOW.after(11 * MINUTE)));
}

#[test]
fn of_two_changes_that_expect_the_same_password_one_wins_and_one_has_not_written() {
    let mut state = PasswordChange::default();
    let step = Step { application: &ApplicationId::default(), now: NOW };
    claim(&mut state, 0);
    claim(&mut state, 1);
    state.claims_mut().record_write(&version(0), step);
    let snapshot = AccountSnapshot {
        read_began: NOW,
        version: Some(version(0)),
        fingerprint: Some(fingerprint("after")),
    };
    let outcome = state.claims_mut().reconcile_no_write(&id(1), &version(1), &snapshot, step);
    assert_eq!(outcome, CommitOutcome::Replay);
    assert!(state.claims().is_settled(&id(0)) && state.claims().is_settled(&id(1)));
    let jobs: Vec<&str> = state
        .claims()
        .jobs()
        .map(|entry| match &entry.job {
            FollowUp::Event(event) => event.action.as_str(),
            FollowUp::Notice(_) => "notice",
            FollowUp::Settle { .. } => "settle",
        })
        .collect();
    assert_eq!(jobs, ["notice", "password_changed"]);
}

#[test]
fn a_change_whose_caller_crashed_is_settled_by_its_job() {
    let mut state = PasswordChange::default();
    claim(&mut state, 0);
    let later = NOW.after(LEASE);
    assert_eq!(state.next_alarm(), Some(later));
    let entry = state.claims_mut().begin(later, RandomShare::HALF).unwrap();
    assert_eq!(entry.job, FollowUp::Settle { permit: id(0), account: ada() });
    let snapshot =
        AccountSnapshot { read_began: later, version: Some(version(0)), fingerprint: None };
    let step = Step { application: &ApplicationId::default(), now: later };
    state.claims_mut().reconcile(&id(0), &snapshot, step);
    assert!(state.claims().is_settled(&id(0)));
    let changed = |event: &Event| event.action == Action::PasswordChanged;
    let mut jobs = state.claims().jobs();
    assert!(jobs.any(|entry| matches!(&entry.job, FollowUp::Event(event) if changed(event))));
}

#[test]
fn an_unused_state_is_empty_once_its_attempts_no_longer_count() {
    let mut state = PasswordChange::default();
    let _counted = attempt(&mut state, 0, NOW);
    state.claims_mut().outbox.retain(|_| false);
    assert_eq!(state.next_alarm(), Some(NOW.after(ATTEMPT_WINDOW)));
    state.prune(NOW.after(ATTEMPT_WINDOW));
    assert_eq!((state.next_alarm(), state), (None, PasswordChange::default()));
}

#[test]
fn the_bytes_of_a_password_change_are_fixed() {
    assert_eq!(hex(&PasswordChange::default()), "00000000000000000000");
    let mut attempts = RateLog::default();
    attempts.add(id(5).as_str().to_owned(), NOON);
    assert_eq!(
        hex(&PasswordChange { attempts, ..PasswordChange::default() }),
        "012b42515546425155464251554642515546425155464251554642515546425155464251554642515546\
         42515580d4cfc69f34000000000000000000"
    );
    let stored = |job: FollowUp<ChangeId>| {
        let mut state = PasswordChange::default();
        state.claims.permits.push(Permit::new(id(5), record()));
        state.claims.outbox.add("job 0".to_owned(), job, NOON, EXPIRY);
        hex(&state)
    };
    let account = account().id;
    let notice = crate::claims::NoticeJob { account: account.clone(), at: NOON, permit: id(5) };
    assert_eq!(
        stored(FollowUp::Settle { permit: id(5), account }),
        "00012b425155464251554642515546425155464251554642515546425155464251554642515546425155\
         464251550231372b4c7578475f644757317159556753573854577754633377504853716f71736e483272\
         6d4856684c7157363480a0f1c2b134000001056a6f622030002b42515546425155464251554642515546\
         4251554642515546425155464251554642515546425155464251550231370080d4cfc69f3480a0f1c2b1\
         3400000000000000"
    );
    assert_eq!(
        stored(FollowUp::Notice(notice)),
        "00012b425155464251554642515546425155464251554642515546425155464251554642515546425155\
         464251550231372b4c7578475f644757317159556753573854577754633377504853716f71736e483272\
         6d4856684c7157363480a0f1c2b134000001056a6f6220300102313780d4cfc69f342b42515546425155\
         4642515546425155464251554642515546425155464251554642515546425155464251550080d4cfc69f\
         3480a0f1c2b13400000000000000"
    );
    assert_eq!(
        stored(FollowUp::Event(event())),
        "00012b425155464251554642515546425155464251554642515546425155464251554642515546425155\
         464251550231372b4c7578475f644757317159556753573854577754633377504853716f71736e483272\
         6d4856684c7157363480a0f1c2b134000001056a6f62203002086576656e7420696480d4cfc69f340607\
         64656661756c740102313701093139322e302e322e31010c6163636f756e745f676f6e650080d4cfc69f\
         3480a0f1c2b13400000000000000"
    );
}
