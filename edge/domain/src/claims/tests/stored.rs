//! Pins the bytes of permits and claims.

use super::*;
use crate::mail::notice::{ChangeOutcome, NoticedChange};
use crate::stored_formats::{EXPIRY, NOON, account, application, hex, link, record};
use crate::values::link::LinkId;
use crate::values::sealed_address::SealedAddress;

fn claims(used: bool, states: &[ClaimState]) -> Claims<LinkId, FollowUp<LinkId>> {
    let claim = |state: &ClaimState| Claim {
        version: account().version(&application().id).unwrap(),
        lease_ends: NOON,
        address: Some("192.0.2.1".to_owned()),
        state: *state,
    };
    let mut permit = Permit::new(link().0.id, record());
    permit.used = used;
    permit.claims.extend(states.iter().map(claim));
    Claims { permits: vec![permit], ..Claims::default() }
}

#[test]
fn the_bytes_of_permits_and_claims_are_fixed() {
    assert_eq!(
        hex(&claims(false, &[])),
        "012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d5954655f\
         71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e4832726d\
         4856684c7157363480a0f1c2b13400000000000000"
    );
    assert_eq!(
        hex(&claims(true, &[])),
        "012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d5954655f\
         71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e4832726d\
         4856684c7157363480a0f1c2b13401000000000000"
    );
    assert_eq!(
        hex(&claims(false, &[ClaimState::Pending])),
        "012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d5954655f\
         71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e4832726d\
         4856684c7157363480a0f1c2b13400012b7251593479746a4a3541724543395074354750557159717547\
         4f3962756b564252343877576d754372357380d4cfc69f3401093139322e302e322e31000000000000"
    );
    assert_eq!(
        hex(&claims(false, &[ClaimState::Void])),
        "012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d5954655f\
         71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e4832726d\
         4856684c7157363480a0f1c2b13400012b7251593479746a4a3541724543395074354750557159717547\
         4f3962756b564252343877576d754372357380d4cfc69f3401093139322e302e322e31010000000000"
    );
    assert_eq!(
        hex(&claims(false, &[ClaimState::PendingFirst])),
        "012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d5954655f\
         71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e4832726d\
         4856684c7157363480a0f1c2b13400012b7251593479746a4a3541724543395074354750557159717547\
         4f3962756b564252343877576d754372357380d4cfc69f3401093139322e302e322e31030000000000"
    );
    assert_eq!(
        hex(&claims(false, &[ClaimState::VoidFirst])),
        "012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d5954655f\
         71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e4832726d\
         4856684c7157363480a0f1c2b13400012b7251593479746a4a3541724543395074354750557159717547\
         4f3962756b564252343877576d754372357380d4cfc69f3401093139322e302e322e31040000000000"
    );
    assert_eq!(
        hex(&claims(true, &[ClaimState::Settled { at: EXPIRY, replay_checks: 3 }])),
        "012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d5954655f\
         71534d0231372b4c7578475f644757317159556753573854577754633377504853716f71736e4832726d\
         4856684c7157363480a0f1c2b13401012b7251593479746a4a3541724543395074354750557159717547\
         4f3962756b564252343877576d754372357380d4cfc69f3401093139322e302e322e310280a0f1c2b134\
         030000000000"
    );
}

#[test]
fn the_bytes_of_notices_are_fixed() {
    let keys = application().keys;
    let permit = link().0.id;
    let change = |address: Option<&str>| NoticedChange {
        at: NOON,
        outcome: ChangeOutcome::Unknown,
        address: address.map(str::to_owned),
    };
    let mut claims = Claims::<LinkId, FollowUp<LinkId>>::default();
    claims.notices.set_recipient(&permit, SealedAddress::seal(&keys, &[5; 32], "ada@example.com"));
    let _due = claims.notices.add("job 0", &permit, change(Some("192.0.2.1")), NOON);
    assert_eq!(
        hex(&claims),
        "000000012b694b595878506e35666676552d463647447a426b4d766b634f4145615159526d6d74692d59\
         54655f71534d070505050505050505050505050505050505050505050505051f715704692564b07c26a3\
         677f98d5593af0cd9d1b9f884ad1334d51eb711ccacc29b70571f095a16f711bc182c0a73201056a6f62\
         203001070505050505050505050505050505050505050505050505051f715704692564b07c26a3677f98\
         d5593af0cd9d1b9f884ad1334d51eb711ccacc29b70571f095a16f711bc182c0a7320180d4cfc69f3401\
         01093139322e302e322e31011c7a436d33425848776c614676635276426773436e4d672f6a6f62203080\
         d4cfc69f34"
    );
}

#[test]
fn the_bytes_of_outcomes_are_fixed() {
    let outcomes = [
        ChangeOutcome::Written,
        ChangeOutcome::Unknown,
        ChangeOutcome::FirstWritten,
        ChangeOutcome::FirstUnknown,
    ];
    assert_eq!(hex(&outcomes), "00010203");
}
