use crate::desk::*;
use crate::values::account::PasswordHash;

const NOW: Moment = Moment::from_seconds(1_800_000_000);
const MINUTE: Duration = Duration::from_secs(60);

fn change(number: u8) -> LinkId {
    LinkId::for_change(&[number; 32])
}

fn application() -> ApplicationId {
    ApplicationId::parse("default").unwrap()
}

fn commit(number: u8, fingerprint: &str) -> CommitLink {
    CommitLink {
        link: change(number),
        expected: serde_json::from_str(&format!("\"{fingerprint}\"")).unwrap(),
        hash: PasswordHash::from(format!("hash {number}")),
        address: None,
    }
}

fn ada() -> AccountId {
    AccountId("3".to_owned())
}

#[test]
fn five_tries_in_fifteen_minutes_are_verified_and_each_is_counted_once() {
    let mut desk = Desk::default();
    for number in 0..5 {
        for _ in 0..2 {
            assert_eq!(desk.count(&change(number), NOW), Taken::Taken);
        }
    }
    assert_eq!(desk.count(&change(5), NOW.after(14 * MINUTE)), Taken::Limited);
    assert_eq!(desk.count(&change(5), NOW.after(15 * MINUTE)), Taken::Taken);
}

#[test]
fn a_try_that_was_refused_does_not_make_the_wait_longer() {
    let mut desk = Desk::default();
    for number in 0..5 {
        let _counted = desk.count(&change(number), NOW);
    }
    for minute in 0..15 {
        assert_eq!(desk.count(&change(9), NOW.after(minute * MINUTE)), Taken::Limited);
    }
    assert_eq!(desk.count(&change(9), NOW.after(15 * MINUTE)), Taken::Taken);
}

#[test]
fn the_right_password_gives_its_try_back_and_no_other() {
    let mut desk = Desk::default();
    for number in 0..5 {
        let _counted = desk.count(&change(number), NOW);
    }
    assert!(desk.open(&commit(4, "f"), &ada(), NOW));
    assert_eq!(desk.count(&change(5), NOW), Taken::Taken);
    assert_eq!(desk.count(&change(6), NOW), Taken::Limited);
}

#[test]
fn a_change_is_opened_once_and_only_so_many_are_remembered() {
    let mut desk = Desk::default();
    assert!(desk.open(&commit(0, "f"), &ada(), NOW));
    assert!(!desk.open(&commit(0, "f"), &ada(), NOW.after(MINUTE)), "a message that came twice");
    let opened = (1..100).filter(|number| desk.open(&commit(*number, "f"), &ada(), NOW)).count();
    assert_eq!(opened, MOST_CHANGES - 1);
    desk.tidy(NOW.after(11 * MINUTE));
    assert!(desk.open(&commit(100, "f"), &ada(), NOW.after(11 * MINUTE)));
}

#[test]
fn of_two_changes_that_expect_the_same_one_is_told_and_the_other_has_not_written() {
    let mut desk = Desk::default();
    let application = application();
    let version = |number: u8| commit(number, "f").hash.version(&application);
    for number in 0..2 {
        assert!(desk.open(&commit(number, "f"), &ada(), NOW));
        assert!(matches!(desk.claim(&commit(number, "f"), &version(number), NOW), ClaimOutcome::Claimed(_)));
    }
    desk.wrote(&version(0), &application, NOW);
    let seen = Seen { began: NOW, version: Some(version(0)), fingerprint: Some(commit(0, "g").expected) };
    let outcome = desk.wrote_nothing(&change(1), &version(1), &seen, &application, NOW);
    assert_eq!(outcome, Committed::Repeat);
    assert!(desk.is_settled(&change(0)) && desk.is_settled(&change(1)));
    let told: Vec<&str> = desk
        .jobs()
        .map(|entry| match &entry.job {
            Job::Event(event) => event.action.as_str(),
            Job::Notice(_) => "notice",
            _ => "another job",
        })
        .collect();
    assert_eq!(told, ["notice", "password_changed"]);
}

#[test]
fn a_change_that_nobody_came_back_for_is_settled_by_its_job() {
    let mut desk = Desk::default();
    let (application, commit) = (application(), commit(0, "f"));
    let version = commit.hash.version(&application);
    assert!(desk.open(&commit, &ada(), NOW));
    assert!(matches!(desk.claim(&commit, &version, NOW), ClaimOutcome::Claimed(_)));
    let later = NOW.after(LEASE);
    assert_eq!(desk.next_alarm(), Some(later));
    let entry = desk.begin(later).unwrap();
    assert_eq!(entry.job, Job::Settle { link: commit.link.clone(), account: ada() });
    let seen = Seen { began: later, version: Some(version), fingerprint: None };
    desk.observe(&commit.link, &seen, &application, later);
    assert!(desk.is_settled(&commit.link));
    assert!(
        desk.jobs().any(|entry| matches!(&entry.job, Job::Event(event) if event.action == Action::PasswordChanged))
    );
}
