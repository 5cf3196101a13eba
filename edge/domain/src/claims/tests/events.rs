use super::*;
use crate::claims::follow_up::{DROPPED_WINDOW, MAX_EVENTS, MAX_EVENTS_BESIDE_REFUSAL};
use crate::events::{Action, Event};
use crate::jobs::delivery::NOTICE_RETRY_WINDOW;
use crate::values::time::RandomShare;

fn event(number: u32, action: Action) -> Event {
    Event {
        id: format!("event {number}"),
        at: NOW,
        action,
        application: ApplicationId::default(),
        account: Some(ada()),
        address: None,
        detail: None,
    }
}

impl Fixture {
    /// Returns the details of the counts of dropped events.
    fn dropped(&self) -> Vec<String> {
        let events = self.claims.jobs().filter_map(|entry| match &entry.job {
            FollowUp::Event(event) if event.action == Action::EventsDropped => event.detail.clone(),
            _ => None,
        });
        events.collect()
    }

    fn enqueue(&mut self, numbers: std::ops::Range<u32>, now: Moment) {
        let events = numbers.map(|number| event(number, Action::LinkSent));
        self.claims.enqueue_events(events, now);
    }
}

#[test]
fn thirty_two_events_wait_and_further_ones_are_counted_in_one_event() {
    let mut fixture = Fixture::new();
    fixture.enqueue(0..100, NOW);
    assert_eq!(fixture.jobs().len(), MAX_EVENTS + 1);
    assert_eq!(fixture.dropped(), ["68"]);
    fixture.enqueue(0..32, NOW);
    assert_eq!(fixture.dropped(), ["68"], "an event that waits already is not dropped");

    let finished = event_job("event 0");
    assert!(fixture.claims.finish(&finished, [], NOW));
    fixture.enqueue(200..201, NOW);
    assert_eq!(fixture.dropped(), ["68"], "there is room again");
}

#[test]
fn refusals_leave_room_for_the_events_of_outcomes() {
    let mut fixture = Fixture::new();
    for number in 0..100 {
        fixture.claims.enqueue_refusal(event(number, Action::ConfirmRefused), NOW);
    }
    assert_eq!(fixture.jobs().len(), MAX_EVENTS_BESIDE_REFUSAL + 1);
    assert_eq!(fixture.dropped(), ["76"]);
    let _claimed = fixture.claim(0, "new", NOW);
    fixture.record_write("new", NOW);
    assert!(fixture.jobs().contains(&"password_changed"));
}

#[test]
fn a_full_outbox_prevents_no_claim_and_no_settlement() {
    let mut fixture = Fixture::new();
    fixture.enqueue(0..100, NOW);
    assert!(matches!(fixture.claim(0, "new", NOW), ClaimOutcome::Claimed(_)));
    fixture.record_write("new", NOW);
    assert!(fixture.claims.is_settled(&permit(0)));
    assert!(fixture.jobs().contains(&"notice"));
    assert_eq!(fixture.dropped(), ["69"]);
}

#[test]
fn the_events_of_a_day_without_a_database_are_bounded() {
    let mut fixture = Fixture::new();
    let hours = u32::try_from(NOTICE_RETRY_WINDOW.as_secs() / 3600).unwrap();
    for hour in 0..hours {
        let now = NOW.after(DROPPED_WINDOW * hour);
        fixture.enqueue(hour * 100..(hour + 1) * 100, now);
        // Every event that is due is attempted, and none is stored.
        while fixture.claims.begin(now, RandomShare::HALF).is_some() {}
    }
    let counts = fixture.dropped();
    assert!(counts.len() <= 24, "{counts:?}");
    assert_eq!(fixture.jobs().len(), MAX_EVENTS + counts.len());
    let number: u32 = counts.iter().map(|count| count.parse::<u32>().unwrap()).sum();
    assert_eq!(number, hours * 100 - 32, "every dropped event is counted once");
}

#[test]
fn claims_are_settled_before_notices_are_sent_and_events_recorded() {
    let mut fixture = Fixture::new();
    fixture.enqueue(0..2, NOW);
    let _claimed = fixture.claim(0, "new", NOW);
    fixture.record_write("new", NOW);
    let _claimed = fixture.claim(1, "another", NOW);
    let mut order = Vec::new();
    while let Some(entry) = fixture.claims.begin(NOW.after(LEASE), RandomShare::HALF) {
        order.push(entry.id.split('/').next().unwrap().to_owned());
    }
    assert_eq!(order, ["settle", "notice", "event", "event", "event"]);
}
