//! Accounts that resemble each other: without a password, with the same hash, or with the address
//! of another account as the user name.

use libtest_mimic::Trial;
use relatch_domain::values::account::Account;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory};
use serde_json::json;

use crate::support::{MINUTE, NEW, OTHER, assert_code};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "b39 an account without a password gets no link, also when it shares a mailbox",
            flow!(b39),
        ),
        (
            "b25 a user name equal to the address of another account receives none of its mail",
            flow!(b25),
        ),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![trial(
        "in process: b39 two accounts with the same password hash have separate links",
        b39_same_hash,
    )]
}

async fn b39(world: &World) {
    let one = Person { has_password: false, ..Person::new() };
    let two = Person { has_password: false, ..Person::new() };
    let with = Person { email: one.email.clone(), ..Person::new() };
    for person in [&one, &two] {
        world.add(person).await;
        world.request_reset(json!({ "username": person.username })).await;
        world.wait_for_event(person, "request_refused: no_password").await;
        assert!(world.mails_to(person.address()).await.is_empty());
    }
    // Of two accounts that share a mailbox, only the one with a password is reset.
    world.add(&with).await;
    world.request_reset(json!({ "email": with.address() })).await;
    let token = world.wait_for_mail(with.address(), 1).await.token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&with, NEW).await);
    assert!(world.hash_of(&one).await.is_none());
}

async fn b39_same_hash() {
    let (world, memory) = in_memory(&[]);
    let (ada, bob) = (Person::new(), Person::new());
    memory.put_account(ada.account());
    let hash = ada.account().password_hash;
    // Only the id and the user name differ, and the user name is not part of the fingerprint.
    let twin = Account { password_hash: hash, email: ada.email.clone(), ..bob.account() };
    memory.put_account(twin);
    let of_ada = world.token_for(&ada).await;
    memory.advance(2 * MINUTE).await;
    world.request_reset(json!({ "username": bob.username })).await;
    let of_bob = world.wait_for_mail(ada.address(), 2).await.token();
    assert_eq!(world.confirm(&of_ada, NEW).await.status, 200);
    assert!(world.has_password(&ada, NEW).await);
    assert!(world.has_password(&bob, &ada.password).await, "the other account keeps its password");
    assert_eq!(
        world.confirm(&of_bob, OTHER).await.status,
        200,
        "the link of the other account still works"
    );
    assert!(world.has_password(&bob, OTHER).await);
    assert!(world.has_password(&ada, NEW).await);
    assert_code(&world.confirm(&of_ada, OTHER).await, 410, "link_used");
}

async fn b25(world: &World) {
    let victim = world.new_person().await;
    let attacker = Person { username: victim.address().to_owned(), ..Person::new() };
    world.add(&attacker).await;
    assert_eq!(world.request_reset(json!({ "identifier": victim.address() })).await.status, 200);
    let mail = world.wait_for_mail(victim.address(), 1).await;
    assert_eq!(mail.recipients, [victim.address()]);
    assert_eq!(world.confirm(&mail.token(), NEW).await.status, 200);
    assert!(world.has_password(&victim, NEW).await);
    assert!(world.has_password(&attacker, &attacker.password).await);
    // The other account is found by its user name, and gets a link for itself.
    let mail = world.wait_for_mail(attacker.address(), 1).await;
    assert_eq!(mail.recipients, [attacker.address()]);
    assert_eq!(world.confirm(&mail.token(), OTHER).await.status, 200);
    assert!(world.has_password(&attacker, OTHER).await);
    assert!(world.has_password(&victim, NEW).await);
}
