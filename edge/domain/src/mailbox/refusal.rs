//! Records that a link set no password, or that it was checked.

use serde::{Deserialize, Serialize};

use super::{Mailbox, REFUSAL_WINDOW};
use crate::claims::{REFUSAL_DELAY, Step};
use crate::events::{Action, Event};
use crate::values::client::RecordedAddress;
use crate::values::keys::{base64url, digest, first_half};
use crate::values::link::LinkId;
use crate::values::time::Moment;

/// The refusals of one link that have an event.
const MAX_REFUSALS: u8 = 5;
/// The refusals of all links that have an event while they count. An attacker with a leaked key can
/// make any number of links of a mailbox.
const MAX_IN_WINDOW: usize = 100;

/// The address blocks whose checks of one link have an event. The owner of a link may have any
/// number of them.
const MAX_CHECKS: usize = 10;

/// A refused confirm of a link that was issued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConfirmRefusal {
    /// The link.
    pub link: LinkId,
    /// The problem code.
    pub code: String,
    /// The caller's IP address.
    pub address: Option<String>,
}

/// A check of a link that can be used, unless it was revoked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LinkCheck {
    /// The link.
    pub link: LinkId,
    /// The caller's IP address.
    pub address: Option<String>,
}

impl Mailbox {
    /// Adds the event of a check, for the first one of each address block, `MAX_CHECKS` blocks of
    /// a link, and `MAX_IN_WINDOW` of all links. Does nothing if the mailbox does not have the
    /// link.
    pub fn note_check(&mut self, check: &LinkCheck, step: Step<'_>) {
        let LinkCheck { link, address } = check;
        let Some(account) = self.claims.record(link).map(|record| record.account.clone()) else {
            return;
        };
        let action = Action::LinkChecked;
        let block = RecordedAddress::parse(address.as_deref().unwrap_or_default()).counted_as();
        let block = first_half(digest(step.application, "block", &[block.as_bytes()]));
        let of_link = format!("{}/{}/", link.as_str(), action.as_str());
        let id = [of_link.as_str(), &base64url(&block)].concat();
        let known = self.refusals.iter().filter(|(id, _)| id.starts_with(&of_link)).count();
        if self.refusals.contains(&id)
            || known >= MAX_CHECKS
            || self.count_noted(action, step.now) >= MAX_IN_WINDOW
        {
            return;
        }
        self.refusals.add(id.clone(), step.now);
        let event = Event {
            id,
            at: step.now,
            action,
            application: step.application.clone(),
            account: Some(account),
            address: address.clone(),
            detail: None,
        };
        self.claims.enqueue_refusal(event, step.now.after(REFUSAL_DELAY));
    }

    /// Returns the number of refusals or checks that have an event and still count.
    fn count_noted(&self, action: Action, now: Moment) -> usize {
        let of_action = |id: &str| id.split('/').nth(1) == Some(action.as_str());
        let counts = |(id, at): &(&str, Moment)| of_action(id) && now.since(*at) < REFUSAL_WINDOW;
        self.refusals.iter().filter(counts).count()
    }

    /// Adds the event of a refusal, for the first `MAX_REFUSALS` refusals of a link and
    /// `MAX_IN_WINDOW` of all within 24 hours. A repeated call counts again. The event names the
    /// account if the mailbox still has the link.
    pub fn note_refusal(&mut self, refusal: &ConfirmRefusal, step: Step<'_>) {
        let ConfirmRefusal { link, code, address } = refusal;
        let action = Action::ConfirmRefused;
        if self.count_noted(action, step.now) >= MAX_IN_WINDOW {
            return;
        }
        let mut ids = (1..=MAX_REFUSALS)
            .map(|number| format!("{}/{}/{number}", link.as_str(), action.as_str()));
        let Some(id) = ids.find(|id| !self.refusals.contains(id)) else { return };
        self.refusals.add(id.clone(), step.now);
        let event = Event {
            id,
            at: step.now,
            action,
            application: step.application.clone(),
            account: self.claims.record(link).map(|record| record.account.clone()),
            address: address.clone(),
            detail: Some(code.clone()),
        };
        self.claims.enqueue_refusal(event, step.now.after(REFUSAL_DELAY));
    }

    /// Adds an event that happened outside of objects and that its call must not wait for.
    pub fn note_event(&mut self, event: Event, now: Moment) {
        self.claims.enqueue_events(Some(event), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::ObjectState as _;
    use crate::stored_formats::{NOON, link, record};
    use crate::values::application_id::ApplicationId;

    fn refuse(mailbox: &mut Mailbox, times: usize) {
        let refusal =
            ConfirmRefusal { link: link().0.id, code: "link_used".to_owned(), address: None };
        for _ in 0..times {
            mailbox
                .note_refusal(&refusal, Step { application: &ApplicationId::default(), now: NOON });
        }
    }

    #[test]
    fn five_refusals_of_a_link_have_an_event_with_its_account() {
        let mut mailbox = Mailbox::default();
        assert!(mailbox.pin_link(&link().0.id, &record()));
        refuse(&mut mailbox, 100);
        assert_eq!(mailbox.claims.jobs().count(), 5);
        for (number, entry) in mailbox.claims.jobs().enumerate() {
            let crate::mailbox::Job::FollowUp(crate::claims::FollowUp::Event(event)) = &entry.job
            else {
                panic!("{entry:?}")
            };
            let id = format!("{}/confirm_refused/{}", link().0.id.as_str(), number + 1);
            assert_eq!((event.id.as_str(), event.detail.as_deref()), (&*id, Some("link_used")));
            assert_eq!(event.account.as_ref(), Some(&record().account));
            assert!(entry.due > NOON, "its line is not written during the request");
        }
    }

    #[test]
    fn the_refusals_of_any_number_of_links_are_limited() {
        let mut mailbox = Mailbox::default();
        for number in 0..1000 {
            let id: LinkId = serde_json::from_str(&format!("\"{number}\"")).unwrap();
            let refusal = ConfirmRefusal { link: id, code: "link_used".to_owned(), address: None };
            let step = Step { application: &ApplicationId::default(), now: NOON };
            mailbox.note_refusal(&refusal, step);
        }
        assert_eq!(mailbox.refusals.count_within(REFUSAL_WINDOW, NOON), MAX_IN_WINDOW);
    }

    fn check(mailbox: &mut Mailbox, address: &str) {
        let check = LinkCheck { link: link().0.id, address: Some(address.to_owned()) };
        mailbox.note_check(&check, Step { application: &ApplicationId::default(), now: NOON });
    }

    #[test]
    fn the_first_check_of_a_link_from_an_address_block_has_an_event() {
        let mut mailbox = Mailbox::default();
        check(&mut mailbox, "192.0.2.1");
        assert_eq!(mailbox, Mailbox::default(), "the mailbox has no such link");
        assert!(mailbox.pin_link(&link().0.id, &record()));
        for address in ["192.0.2.1", "2001:db8::1", "2001:db8::2", "192.0.2.1"] {
            check(&mut mailbox, address);
        }
        let addresses: Vec<String> = mailbox
            .claims
            .jobs()
            .map(|entry| {
                let crate::mailbox::Job::FollowUp(crate::claims::FollowUp::Event(event)) =
                    &entry.job
                else {
                    panic!("{entry:?}")
                };
                assert_eq!(event.account.as_ref(), Some(&record().account));
                event.address.clone().unwrap()
            })
            .collect();
        assert_eq!(addresses, ["192.0.2.1", "2001:db8::1"]);
        for number in 0..100 {
            check(&mut mailbox, &format!("198.51.100.{number}"));
        }
        assert_eq!(mailbox.claims.jobs().count(), MAX_CHECKS);
        refuse(&mut mailbox, 100);
        assert_eq!(mailbox.claims.jobs().count(), MAX_CHECKS + 5, "refusals have their own limit");
    }

    #[test]
    fn the_count_of_refusals_ends_after_a_day() {
        let mut mailbox = Mailbox::default();
        refuse(&mut mailbox, 1);
        mailbox.claims.outbox.retain(|_| false);
        let end = mailbox.next_alarm().unwrap();
        assert_eq!(end, NOON.after(crate::mailbox::REFUSAL_WINDOW));
        mailbox.prune(end);
        assert_eq!(mailbox, Mailbox::default());
    }
}
