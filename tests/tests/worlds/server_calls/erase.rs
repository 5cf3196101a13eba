//! `/server/erase`.

use libtest_mimic::Trial;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory};
use serde_json::json;

use super::{account_body, call};
use crate::support::{MINUTE, NEW, OTHER, assert_code, assert_problem};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![(
        "a server erases an account's data, and one event without the account remains",
        flow!(erased),
    )]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: a pending request is erased before it is looked up", erased_request),
        trial("in process: attempts at a password are erased, and still count", attempts),
        trial(
            "in process: erasing one account of a shared mailbox keeps the data of the other",
            shared_mailbox,
        ),
    ]
}

async fn erased(world: &World) {
    for field in ["account", "username", "email"] {
        let peter = world.new_person().await;
        let other = world.new_person().await;
        let (token, others) = (world.token_for(&peter).await, world.token_for(&other).await);
        world.wait_for_event(&peter, "link_sent").await;
        let body = match field {
            "account" => account_body(&peter),
            "username" => json!({ field: peter.username }),
            _ => json!({ field: peter.address() }),
        };
        let response = call(world, "/server/erase", body).await;
        assert_eq!(response.status, 200, "{field}: {response:?}");
        assert_eq!(world.events(&peter).await, Vec::<String>::new(), "{field}");
        assert_code(&world.check(&token).await, 410, "link_used");
        assert_code(&world.confirm(&token, NEW).await, 410, "link_used");
        assert_eq!(world.check(&others).await.status, 200, "the link of another mailbox");
        world.drain().await;
        assert_eq!(world.events(&peter).await, Vec::<String>::new(), "{field}");
        assert_eq!(world.mails_to(peter.address()).await.len(), 1);
        // The counts of the mailbox stay: the next reset is limited as without the erasure.
        let response = call(world, "/server/reset", account_body(&peter)).await;
        assert_problem(&response, 429, "too_many_requests", field);
        assert_eq!(call(world, "/server/erase", account_body(&peter)).await.status, 200);
        assert_eq!(world.mails_to(peter.address()).await.len(), 1);
    }
    // Erasing an unknown account succeeds as well.
    assert_eq!(call(world, "/server/erase", account_body(&Person::new())).await.status, 200);
    assert_eq!(
        call(world, "/server/erase", json!({ "email": Person::new().address() })).await.status,
        200
    );
    match world {
        World::InProcess(service) => {
            let events = service.memory.events();
            let erasures = events.iter().filter(|event| event.action.as_str() == "server_erase");
            assert_eq!(erasures.clone().count(), 8);
            assert!(erasures.clone().all(|event| event.account.is_none() && event.detail.as_deref() == Some("main")));
        }
        World::Workerd(workerd) => {
            let rows = workerd
                .sql("SELECT account, detail FROM events WHERE action = 'server_erase'")
                .await;
            assert!(
                rows.len() >= 8
                    && rows.iter().all(|row| row[0].is_null() && row[1] == json!("main")),
                "{rows:?}"
            );
        }
    }
}

async fn erased_request() {
    for field in ["account", "username", "email"] {
        let (world, memory) = in_memory(&[]);
        let peter = world.new_person().await;
        world.request_reset(json!({ "username": peter.username })).await;
        world.request_reset(json!({ "email": peter.address() })).await;
        let body = match field {
            "account" => account_body(&peter),
            "username" => json!({ field: peter.username }),
            _ => json!({ field: peter.address() }),
        };
        assert_eq!(call(&world, "/server/erase", body).await.status, 200);
        memory.drop_call_counts();
        assert_eq!(memory.objects_in_use(), 0, "{field}");
        memory.advance(10 * MINUTE).await;
        assert!(world.mails_to(peter.address()).await.is_empty());
        assert!(!memory.everything_stored().contains(&peter.username));
        assert_eq!(world.events(&peter).await, Vec::<String>::new());
    }
}

async fn attempts() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    for _ in 0..6 {
        let _refused = world.change_password(&session, OTHER, NEW).await;
    }
    assert!(memory.everything_stored().contains("change_refused"), "it waits in the object");
    assert_eq!(call(&world, "/server/erase", account_body(&peter)).await.status, 200);
    assert!(!memory.everything_stored().contains("change_refused"));
    let response = world.change_password(&session, &peter.password, NEW).await;
    assert_code(&response, 429, "too_many_requests");
    memory.advance(MINUTE).await;
    assert_eq!(world.events(&peter).await, Vec::<String>::new());
    // The counts of server calls end after a day.
    memory.advance(25 * 60 * MINUTE).await;
    assert_eq!(memory.objects_in_use(), 0);
}

async fn shared_mailbox() {
    let (world, memory) = in_memory(&[("REQUEST_INTERVAL_SECONDS", "0")]);
    let one = world.new_person().await;
    let two = Person { email: one.email.clone(), ..Person::new() };
    world.add(&two).await;
    let mut tokens = Vec::new();
    for (person, count) in [(&one, 1), (&two, 2)] {
        assert_eq!(call(&world, "/server/reset", account_body(person)).await.status, 202);
        tokens.push(world.wait_for_mail(one.address(), count).await.token());
    }
    assert_eq!(call(&world, "/server/erase", account_body(&one)).await.status, 200);
    assert_code(&world.check(&tokens[0]).await, 410, "link_used");
    assert_eq!(world.check(&tokens[1]).await.status, 200);
    memory.advance(MINUTE).await;
    assert!(world.events(&one).await.is_empty() && !world.events(&two).await.is_empty());
    // The address selects both accounts.
    assert_eq!(call(&world, "/server/erase", json!({ "email": one.address() })).await.status, 200);
    assert_code(&world.check(&tokens[1]).await, 410, "link_used");
    assert!(world.events(&two).await.is_empty());
    // The counts of the mailbox are left for a day. They name no account.
    let accounts = [&one, &two].map(|person| format!("\\\"{}\\\"", person.id));
    assert!(!accounts.iter().any(|account| memory.everything_stored().contains(account)));
    memory.advance(25 * 60 * MINUTE).await;
    assert_eq!(memory.objects_in_use(), 0);
}
