//! The ways in which a link ends: expiry, use, a change of the account, and a dropped key.

use libtest_mimic::Trial;
use relatch_domain::values::account::Role;
use relatch_tests::flow;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{AccountChange, World, in_memory, reconfigured};

use crate::support::{MINUTE, NEW, OTHER, assert_code};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a link ends when the password changes", flow!(ends_with_password)),
        ("a link ends when the address changes", flow!(ends_with_email)),
        ("a link ends when the account is disabled", flow!(ends_with_status)),
        ("a link ends when the role changes", flow!(ends_with_role)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: an expired link is rejected", expiry),
        trial(
            "in process: several links of an account work until one of them is used",
            several_links,
        ),
        trial(
            "in process: a link works after its key is rotated, and not after it is dropped",
            rotation,
        ),
    ]
}

async fn ends_with(world: &World, change: AccountChange<'_>) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    world.update_account(&peter, change).await;
    let before = world.hash_of(&peter).await.unwrap();
    for response in [world.check(&token).await, world.confirm(&token, NEW).await] {
        assert_code(&response, 410, "link_used");
    }
    assert_eq!(world.hash_of(&peter).await.unwrap().expose(), before.expose());
}

async fn ends_with_password(world: &World) {
    ends_with(world, AccountChange::Password("changed by its owner")).await;
}

async fn ends_with_email(world: &World) {
    ends_with(world, AccountChange::Email("elsewhere@mail.example")).await;
}

async fn ends_with_status(world: &World) {
    ends_with(world, AccountChange::Disabled(true)).await;
}

async fn ends_with_role(world: &World) {
    ends_with(world, AccountChange::Role(Role::Admin)).await;
}

async fn expiry() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    memory.advance(118 * MINUTE).await;
    assert_eq!(world.check(&token).await.status, 200);
    memory.advance(3 * MINUTE).await;
    for response in [world.check(&token).await, world.confirm(&token, NEW).await] {
        assert_code(&response, 410, "link_expired");
    }
    memory.advance(60 * MINUTE).await;
    let _before = memory.take_trace();
    assert_eq!(world.confirm(&token, NEW).await.code(), "link_expired");
    assert_eq!(memory.take_trace(), [], "no port is called for a link that expired long ago");
    memory.advance(48 * 60 * MINUTE).await;
    assert_eq!(memory.objects_in_use(), 0, "every object has deleted its storage");
}

async fn several_links() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let first = world.token_for(&peter).await;
    memory.advance(2 * MINUTE).await;
    let second = world.token_for(&peter).await;
    assert_ne!(first, second);
    for token in [&first, &second] {
        assert_eq!(world.check(token).await.status, 200);
    }
    assert_eq!(world.confirm(&first, NEW).await.status, 200);
    assert_eq!(world.confirm(&second, OTHER).await.code(), "link_used");
    assert!(world.has_password(&peter, NEW).await);
}

async fn rotation() {
    const ROTATED: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const DROPPED: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    for (keys, status) in [(ROTATED, 200), (DROPPED, 400)] {
        let (world, memory) = in_memory(&[]);
        let peter = world.new_person().await;
        let token = world.token_for(&peter).await;
        let reconfigured = reconfigured(&memory, &[("RELATCH_KEYS", keys)]);
        assert_eq!(reconfigured.confirm(&token, NEW).await.status, status);
    }
}
