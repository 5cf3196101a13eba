//! Pins the bytes of a mailbox's stored state: its limits and every kind of job. Those of links and
//! claims are pinned in `claims`.

use std::time::Duration;

use super::mail;
use crate::application::MailboxLimits;
use crate::claims::{FollowUp, NoticeJob};
use crate::mailbox::*;
use crate::stored_formats::{
    EXPIRY, NOON, SEED, account, application, definition, event, hex, link, record,
};
use crate::values::object_id::{AccountName, AddressName, MailboxId};
use crate::values::time::RandomShare;
use crate::webhook::WebhookJob;

/// Returns a mailbox with one job, whose first attempt has begun.
fn with_job(job: Job) -> Mailbox {
    let mut mailbox = Mailbox::default();
    mailbox.claims.outbox.add("job 0".to_owned(), job, NOON, EXPIRY);
    let _first_attempt = mailbox.claims.begin(EXPIRY, RandomShare::HALF);
    mailbox
}

fn link_job() -> LinkJob {
    LinkJob {
        account: account().id,
        seed: SEED,
        date: NOON,
        expires_at: EXPIRY,
        address: Some("192.0.2.1".to_owned()),
        definition: Some(definition()),
    }
}

#[test]
fn the_bytes_of_an_objects_ids_are_fixed() {
    let application = application();
    let mailbox = MailboxId::new(&application.keys, "peter@example.com");
    assert_eq!(
        hex(&(&application.id, &mailbox)),
        "0764656661756c7416524b77355074763837444535794a79545575696a3241"
    );
    assert_eq!(hex(&Mailbox::default()), "00000000000000000000000000");
}

#[test]
fn the_bytes_of_counted_mails_and_of_links_are_fixed() {
    let mut mailbox = Mailbox::default();
    let limits = &application().limits;
    let mail = mail("request", "17");
    let _granted = mailbox.enqueue(mail, limits, EXPIRY.since(NOON), NOON);
    mailbox.finish("request", Vec::new(), NOON);
    assert_eq!(
        hex(&mailbox),
        "01077265717565737401166c69577a50584137414a5a4f757264546b6749735a410080d4cfc69f3480a0f1\
         c2b134000200000000000000000000000000"
    );
    let mut mailbox = Mailbox::default();
    assert!(mailbox.pin_link(&link().0.id, &record()));
    assert_eq!(
        hex(&mailbox),
        "00000000012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d595465\
         5f71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e483272\
         6d4856684c7157363480a0f1c2b13400000000000000000000"
    );
}

/// Format `a` had no grants. Its mails keep counting, and its links and jobs stay.
#[test]
fn the_format_before_is_read() {
    let previous = |bytes: &str| -> Mailbox {
        let bytes: Vec<u8> = (0..bytes.len())
            .step_by(2)
            .map(|place| u8::from_str_radix(&bytes[place..place + 2], 16).unwrap())
            .collect();
        postcard::from_bytes::<Previous>(&bytes).unwrap().into()
    };
    let mut mailbox = previous("01077265717565737480d4cfc69f340000");
    let limits = &MailboxLimits { per_day: 1, ..application().limits };
    let later = NOON.after(Duration::from_secs(60));
    let mut enqueue =
        |request, now| mailbox.enqueue(mail(request, "17"), limits, Duration::from_secs(7200), now);
    assert_eq!(enqueue("request", later), EnqueueOutcome::Queued, "the mail of before");
    assert_eq!(mailbox.claims.jobs().count(), 0);
    let job = mail("another request", "17");
    let _exception = mailbox.enqueue(job, limits, Duration::from_secs(7200), later);
    let grants = serde_json::to_value(&mailbox.limits).unwrap()["grants"].clone();
    assert_eq!(grants[0]["reason"], "Ordinary");
    assert_eq!(grants[1]["reason"]["Exception"]["given_back"], false, "the count of before");
    let bytes = "00012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d59\
        54655f71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e4832\
        726d4856684c7157363480a0f1c2b134000000";
    assert_eq!(previous(bytes).link_record(&link().0.id), Some(record()));
}

#[test]
fn the_bytes_of_every_job_are_fixed() {
    let link_job = link_job();
    let plain = LinkJob { address: None, definition: None, ..link_job.clone() };
    let LinkJob { account, seed, date, address, .. } = link_job.clone();
    assert_eq!(
        hex(&with_job(Job::Link(link_job))),
        "000000000001056a6f622030000231370705050505050505050505050505050505050505050505050505050505\
         0505050580d4cfc69f3480a0f1c2b13401093139322e302e322e3101010548656c6c6f0e3c623e247b68\
         6173687d3c2f623e01074578616d706c65136e6f7265706c79406578616d706c652e636f6d0180d4cfc6\
         9f34a0bcf2c2b13400000000000000"
    );
    assert_eq!(
        hex(&with_job(Job::Link(plain))),
        "000000000001056a6f622030000231370705050505050505050505050505050505050505050505050505050505\
         0505050580d4cfc69f3480a0f1c2b13400000180d4cfc69f34a0bcf2c2b13400000000000000"
    );
    let shared = SharedJob {
        links: vec![Addressee {
            name: AccountName::new(&application().keys, &account),
            account: account.clone(),
            fingerprint: record().fingerprint,
            seed: seed.clone(),
            address: AddressName::new(&application().keys, "peter@example.com"),
            label: Some("peter".to_owned()),
        }],
        started: Some(1),
        is_partial: true,
        seed: seed.clone(),
        date,
        expires_at: EXPIRY,
        address: address.clone(),
    };
    assert_eq!(
        hex(&with_job(Job::Shared(shared))),
        "000000000001056a6f6220300301023137166c69577a50584137414a5a4f757264546b6749735a41\
         2b4c7578475f644757317159556753573854577754633377504853716f71736e4832726d4856684c7157\
         363407050505050505050505050505050505050505050505050505050505050505050516456737675966\
         52366a7832684858526d6f426e5f53770105706574657201010107050505050505050505050505050505\
         050505050505050505050505050505050580d4cfc69f3480a0f1c2b13401093139322e302e322e310180\
         d4cfc69f34a0bcf2c2b13400000000000000"
    );
    let ambiguous = AmbiguousJob { account: account.clone(), seed, date, address };
    assert_eq!(
        hex(&with_job(Job::Ambiguous(ambiguous))),
        "000000000001056a6f622030010231370705050505050505050505050505050505050505050505050505050505\
         0505050580d4cfc69f3401093139322e302e322e310180d4cfc69f34a0bcf2c2b13400000000000000"
    );
    let permit = link().0.id;
    let notice = NoticeJob { account: account.clone(), at: NOON, permit: permit.clone() };
    assert_eq!(
        hex(&with_job(FollowUp::Settle { permit, account }.into())),
        "000000000001056a6f62203002002b694b595878506e35666676552d463647447a426b4d766b634f4145615159\
         526d6d74692d5954655f71534d0231370180d4cfc69f34a0bcf2c2b13400000000000000"
    );
    assert_eq!(
        hex(&with_job(FollowUp::Notice(notice).into())),
        "000000000001056a6f622030020102313780d4cfc69f342b694b595878506e35666676552d463647447a426b4d\
         766b634f4145615159526d6d74692d5954655f71534d0180d4cfc69f34a0bcf2c2b13400000000000000"
    );
    assert_eq!(
        hex(&with_job(FollowUp::Event(event()).into())),
        "000000000001056a6f6220300202086576656e7420696480d4cfc69f34060764656661756c7401023137010931\
         39322e302e322e31010c6163636f756e745f676f6e650180d4cfc69f34a0bcf2c2b13400000000000000"
    );
}

#[test]
fn the_stored_form_of_an_event_for_the_hook_is_fixed() {
    assert_eq!(
        hex(&with_job(Job::Notify(event()))),
        "000000000001056a6f62203004086576656e7420696480d4cfc69f34060764656661756c74010231370109\
         3139322e302e322e31010c6163636f756e745f676f6e650180d4cfc69f34a0bcf2c2b13400000000000000"
    );
}

#[test]
fn the_stored_form_of_a_failed_attempt_is_fixed() {
    let mut mailbox = Mailbox::default();
    mailbox.failures_mut().set("job 0", &crate::events::Reason::Outage.into());
    assert_eq!(hex(&mailbox), "00000000000000000000000001056a6f622030066f7574616765");
}

#[test]
fn the_stored_form_of_an_event_for_an_endpoint_is_fixed() {
    let job = WebhookJob { endpoint: "audit".to_owned(), event: event() };
    assert_eq!(
        hex(&with_job(Job::Webhook(job))),
        "000000000001056a6f62203005056175646974086576656e7420696480d4cfc69f34060764656661756c74\
         01023137010931\
         39322e302e322e31010c6163636f756e745f676f6e650180d4cfc69f34a0bcf2c2b13400000000000000"
    );
}

#[test]
fn a_mailbox_that_was_stored_without_its_last_fields_is_read() {
    let mailbox = with_job(Job::Link(link_job()));
    let stored = postcard::to_allocvec(&mailbox).unwrap();
    for absent in [1, 2, 3, 4, 6, 7] {
        let earlier = &stored[..stored.len() - absent];
        assert_eq!(postcard::from_bytes(earlier).as_ref(), Ok(&mailbox), "{absent}");
    }
}

/// The languages of requests are only stored if there are some.
#[test]
fn the_bytes_of_requested_languages_are_fixed() {
    let mut mailbox = with_job(Job::Link(link_job()));
    let without = hex(&mailbox);
    mailbox.extras.languages.add("job 0", Some("de".to_owned()));
    let with = hex(&mailbox);
    let earlier = format!("{without}01056a6f622030026465");
    assert_eq!(with, format!("{earlier}00"));
    let read = |bytes: &str| -> Mailbox {
        let bytes: Vec<u8> = (0..bytes.len())
            .step_by(2)
            .map(|place| u8::from_str_radix(&bytes[place..place + 2], 16).unwrap())
            .collect();
        postcard::from_bytes(&bytes).unwrap()
    };
    for stored in [&with, &earlier] {
        assert_eq!(read(stored).requested_language("job 0"), Some("de"));
    }
    assert_eq!(read(&without).requested_language("job 0"), None);
    mailbox.finish("job 0", Vec::new(), NOON);
    mailbox.prune(NOON);
    assert!(mailbox.extras.is_empty());
}

/// The brake follows the languages of requests, and is only stored if there is one.
#[test]
fn the_bytes_of_a_brake_are_fixed() {
    let mut mailbox = Mailbox::default();
    let call = BrakeCall { requests: 3, per_minute: 2 };
    let _slots = mailbox.brake(call, Moment::from_seconds(600));
    assert_eq!(hex(&mailbox), format!("{}00010b01010a", hex(&Mailbox::default())));
    let stored = postcard::to_allocvec(&mailbox).unwrap();
    assert_eq!(postcard::from_bytes(&stored), Ok(mailbox));
}

/// The fingerprints of mails that wait are the last field of a state, and are only stored if there
/// are some.
#[test]
fn the_bytes_of_a_mail_that_waits_are_fixed() {
    let mut mailbox = with_job(Job::Link(link_job()));
    let without = hex(&mailbox);
    mailbox.extras.fingerprints.add("job 0", Some(record().fingerprint));
    assert_eq!(
        hex(&mailbox),
        format!(
            "{without}000001056a6f6220302b4c7578475f644757317159556753573854577754633377504853716f71\
             736e4832726d4856684c71573634"
        )
    );
    let stored = postcard::to_allocvec(&mailbox).unwrap();
    assert_eq!(postcard::from_bytes(&stored).as_ref(), Ok(&mailbox));
    mailbox.finish("job 0", Vec::new(), NOON);
    mailbox.prune(NOON);
    assert!(mailbox.extras.is_empty());
}
