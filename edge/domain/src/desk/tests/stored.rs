//! Pins the bytes of the stored state: every kind of job, of claim and of link.

use super::super::*;
use crate::stored_formats::{EXPIRY, NOON, SEED, account, application, definition, event, hex, link, record};
use crate::values::link::DeskId;

fn outbox(jobs: Vec<Job>) -> Desk {
    let mut outbox = Outbox::default();
    for (number, job) in jobs.into_iter().enumerate() {
        outbox.add(format!("job {number}"), job, NOON, EXPIRY);
    }
    let _first_attempt = outbox.begin(EXPIRY);
    Desk { outbox, ..Desk::default() }
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

fn claims(used: bool, states: &[ClaimState]) -> Desk {
    let claim = |state: &ClaimState| Claim {
        version: account().version(&application().id).unwrap(),
        lease_ends: NOON,
        address: Some("192.0.2.1".to_owned()),
        state: *state,
    };
    let claims = states.iter().map(claim).collect();
    Desk { links: vec![DeskLink { id: link().0.id, record: record(), used, claims }], ..Desk::default() }
}

#[test]
fn the_bytes_of_an_objects_ids_are_fixed() {
    let application = application();
    let mailbox = DeskId::for_mailbox(&application.keys, "peter@example.com");
    assert_eq!(hex(&(&application.id, &mailbox)), "0764656661756c7416524b77355074763837444535794a79545575696a3241");
    assert_eq!(hex(&Desk::default()), "000000");
}

#[test]
fn the_bytes_of_counted_mails_are_fixed() {
    let sent = Sent { request: "request".to_owned(), at: NOON };
    assert_eq!(hex(&Desk { sent: vec![sent], ..Desk::default() }), "01077265717565737480d4cfc69f340000");
}

#[test]
fn the_bytes_of_links_and_claims_are_fixed() {
    assert_eq!(
        hex(&claims(false, &[])),
        "00012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d595465\
         5f71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e483272\
         6d4856684c7157363480a0f1c2b134000000"
    );
    assert_eq!(
        hex(&claims(true, &[])),
        "00012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d595465\
         5f71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e483272\
         6d4856684c7157363480a0f1c2b134010000"
    );
    assert_eq!(
        hex(&claims(false, &[ClaimState::Pending])),
        "00012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d595465\
         5f71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e483272\
         6d4856684c7157363480a0f1c2b13400012b7251593479746a4a35417245433950743547505571597175\
         474f3962756b564252343877576d754372357380d4cfc69f3401093139322e302e322e310000"
    );
    assert_eq!(
        hex(&claims(false, &[ClaimState::Void])),
        "00012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d595465\
         5f71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e483272\
         6d4856684c7157363480a0f1c2b13400012b7251593479746a4a35417245433950743547505571597175\
         474f3962756b564252343877576d754372357380d4cfc69f3401093139322e302e322e310100"
    );
    assert_eq!(
        hex(&claims(true, &[ClaimState::Settled { at: EXPIRY, repeats: 3 }])),
        "00012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d595465\
         5f71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e483272\
         6d4856684c7157363480a0f1c2b13401012b7251593479746a4a35417245433950743547505571597175\
         474f3962756b564252343877576d754372357380d4cfc69f3401093139322e302e322e310280a0f1c2b1\
         340300"
    );
}

#[test]
fn the_bytes_of_every_job_are_fixed() {
    let link = link_job();
    let plain = LinkJob { address: None, definition: None, ..link.clone() };
    let LinkJob { account, seed, date, address, .. } = link.clone();
    assert_eq!(
        hex(&outbox(vec![Job::Link(link)])),
        "000001056a6f622030000231370705050505050505050505050505050505050505050505050505050505\
         0505050580d4cfc69f3480a0f1c2b13401093139322e302e322e3101010548656c6c6f0e3c623e247b68\
         6173687d3c2f623e01074578616d706c65136e6f7265706c79406578616d706c652e636f6d0180d4cfc6\
         9f34b08af3c2b134"
    );
    assert_eq!(
        hex(&outbox(vec![Job::Link(plain)])),
        "000001056a6f622030000231370705050505050505050505050505050505050505050505050505050505\
         0505050580d4cfc69f3480a0f1c2b13400000180d4cfc69f34b08af3c2b134"
    );
    let ambiguous = AmbiguousJob { account: account.clone(), seed, date, address };
    assert_eq!(
        hex(&outbox(vec![Job::Ambiguous(ambiguous)])),
        "000001056a6f622030010231370705050505050505050505050505050505050505050505050505050505\
         0505050580d4cfc69f3401093139322e302e322e310180d4cfc69f34b08af3c2b134"
    );
    let change = LinkId::for_change(&[5; 32]);
    let notice = NoticeJob { account: account.clone(), at: NOON, link: change.clone() };
    assert_eq!(
        hex(&outbox(vec![Job::Notice(notice)])),
        "000001056a6f6220300202313780d4cfc69f34326368616e67652f425155464251554642515546425155\
         464251554642515546425155464251554642515546425155464251550180d4cfc69f34b08af3c2b134"
    );
    assert_eq!(
        hex(&outbox(vec![Job::Settle { link: change, account }])),
        "000001056a6f62203003326368616e67652f425155464251554642515546425155464251554642515546\
         425155464251554642515546425155464251550231370180d4cfc69f34b08af3c2b134"
    );
    assert_eq!(
        hex(&outbox(vec![Job::Event(event())])),
        "000001056a6f62203004086576656e7420696480d4cfc69f34060764656661756c740102313701093139\
         322e302e322e31010c6163636f756e745f676f6e650180d4cfc69f34b08af3c2b134"
    );
}
