use super::*;

fn check(fixture: &mut Fixture, password: &str, now: Moment) -> ReplayVerdict {
    fixture.claims.check_replay(&permit(0), &snapshot(password, now), now)
}

#[test]
fn five_checks_within_the_window_verify_a_password() {
    let mut fixture = Fixture::new();
    let _claimed = fixture.claim(0, "new", NOW);
    fixture.record_write("new", NOW);
    let last = NOW.after(REPLAY_WINDOW).before(SECOND);
    for _ in 0..MAX_REPLAY_CHECKS {
        assert_eq!(check(&mut fixture, "new", last), ReplayVerdict::Verify);
    }
    assert_eq!(check(&mut fixture, "new", last), ReplayVerdict::Used);
}

#[test]
fn no_check_after_the_window_verifies_a_password() {
    let mut fixture = Fixture::new();
    let _claimed = fixture.claim(0, "new", NOW);
    fixture.record_write("new", NOW);
    assert_eq!(check(&mut fixture, "new", NOW.after(REPLAY_WINDOW)), ReplayVerdict::Used);
}

#[test]
fn a_password_that_the_permit_did_not_set_is_not_verified() {
    let mut fixture = Fixture::new();
    let _claimed = fixture.claim(0, "new", NOW);
    fixture.record_write("new", NOW);
    assert_eq!(check(&mut fixture, "set by the owner", NOW), ReplayVerdict::Used);
    let verdict = fixture.claims.check_replay(&permit(9), &snapshot("new", NOW), NOW);
    assert_eq!(verdict, ReplayVerdict::Used, "no such permit");
}

#[test]
fn a_read_from_before_the_write_is_inconclusive() {
    let mut fixture = Fixture::new();
    let _claimed = fixture.claim(0, "new", NOW);
    fixture.record_write("new", NOW);
    assert_eq!(check(&mut fixture, "old", NOW), ReplayVerdict::Busy);
}

#[test]
fn an_unused_permit_is_busy_until_it_expires() {
    let mut fixture = Fixture::new();
    assert_eq!(check(&mut fixture, "old", NOW), ReplayVerdict::Busy);
    assert_eq!(check(&mut fixture, "old", expiry()), ReplayVerdict::Expired);
    assert_eq!(check(&mut fixture, "set by the owner", NOW), ReplayVerdict::Used);
    let _claimed = fixture.claim(0, "new", NOW);
    assert_eq!(
        check(&mut fixture, "set by the owner", NOW),
        ReplayVerdict::Busy,
        "the outcome is unknown"
    );
}
