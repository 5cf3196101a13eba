//! Accounts that are easily taken for one another: without a password, with one and the same, with another's address as
//! their name.

use libtest_mimic::Trial;
use relatch_domain::values::account::Account;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::World;
use serde_json::json;

use super::{MINUTE, NEW, OTHER, assert_code, in_memory};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b39 an account without a password gets no link, alone or beside another one", flow!(b39)),
        ("b25 a user name that is somebody else's address gets nobody else's mail", flow!(b25)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![trial("in process: b39 two accounts with one and the same hash have links of their own", b39_same_hash)]
}

async fn b39(world: &World) {
    let one = Person { has_password: false, ..Person::new() };
    let two = Person { has_password: false, ..Person::new() };
    let with = Person { email: one.email.clone(), ..Person::new() };
    for person in [&one, &two] {
        world.add(person).await;
        world.ask(json!({ "username": person.username })).await;
        world.told(person, "request_refused: no_password").await;
        assert!(world.mails_to(person.address()).await.is_empty());
    }
    // Of two who share a mailbox, the one who can reset does, and only that one.
    world.add(&with).await;
    world.ask(json!({ "email": with.address() })).await;
    let token = world.mail(with.address(), 1).await.token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&with, NEW).await);
    assert!(world.hash_of(&one).await.is_none());
}

async fn b39_same_hash() {
    let (world, memory) = in_memory(&[]);
    let (ada, bob) = (Person::new(), Person::new());
    memory.memory.put_account(ada.account());
    let hash = ada.account().password_hash;
    // All that is equal but the id, and the user name, which is no part of what a link is made for.
    let twin = Account { password_hash: hash, email: ada.email.clone(), ..bob.account() };
    memory.memory.put_account(twin);
    let of_ada = world.token_for(&ada).await;
    memory.advance(2 * MINUTE).await;
    world.ask(json!({ "username": bob.username })).await;
    let of_bob = world.mail(ada.address(), 2).await.token();
    assert_eq!(world.confirm(&of_ada, NEW).await.status, 200);
    assert!(world.has_password(&ada, NEW).await);
    assert!(world.has_password(&bob, &ada.password).await, "the twin's stays");
    assert_eq!(world.confirm(&of_bob, OTHER).await.status, 200, "and so does the twin's link");
    assert!(world.has_password(&bob, OTHER).await);
    assert!(world.has_password(&ada, NEW).await);
    assert_code(&world.confirm(&of_ada, OTHER).await, 410, "link_used");
}

async fn b25(world: &World) {
    let victim = world.somebody().await;
    let sly = Person { username: victim.address().to_owned(), ..Person::new() };
    world.add(&sly).await;
    assert_eq!(world.ask(json!({ "identifier": victim.address() })).await.status, 200);
    let mail = world.mail(victim.address(), 1).await;
    assert_eq!(mail.recipients, [victim.address()]);
    assert_eq!(world.confirm(&mail.token(), NEW).await.status, 200);
    assert!(world.has_password(&victim, NEW).await);
    assert!(world.has_password(&sly, &sly.password).await);
    assert!(world.mails_to(sly.address()).await.is_empty());
}
