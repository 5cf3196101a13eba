//! Attempts to take the ability to reset away: by requests that use up the limits of a mailbox, or
//! by a server key that revokes and erases.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_tests::in_process::SERVER_KEY;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{AccountChange, World, in_memory, request};
use serde_json::json;

use crate::support::{MINUTE, NEW, assert_code, count_events};

/// Low limits, so that few requests use them up.
const LIMITS: [(&str, &str); 3] =
    [("REQUEST_INTERVAL_SECONDS", "0"), ("REQUESTS_PER_WINDOW", "2"), ("REQUESTS_PER_DAY", "2")];

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: a used-up limit leaves the ability to reset", async || {
            ability_to_reset(&in_memory(&LIMITS).0).await;
        }),
        trial("workerd: a used-up limit leaves the ability to reset", async || {
            ability_to_reset(&World::Workerd(Arc::new(Workerd::start(&LIMITS)))).await;
        }),
        trial("in process: a mail says until when no other link is sent", next_link),
        trial("in process: a stranger's requests never delay a server's reset", server_reset),
        trial("in process: erasing and revoking by a server key clear no limit", cleared_limits),
        trial("in process: erasures and revocations of an account are limited", calls_of_account),
        trial("in process: the calls of a server key are limited", calls_of_key),
    ]
}

async fn call(world: &World, path: &str, person: &Person) -> Response {
    let body = json!({ "account": person.id.to_string() }).to_string();
    let mut request = request("POST", path, &body);
    request.headers_mut().insert("authorization", format!("Bearer {SERVER_KEY}").parse().unwrap());
    world.send(request).await
}

/// Returns how many mails with a link a person has got.
async fn count_links(world: &World, person: &Person) -> usize {
    world.mails_to(person.address()).await.iter().filter(|mail| mail.has_link()).count()
}

async fn wait_for_links(world: &World, person: &Person, count: usize) {
    for _ in 0..100 {
        if count_links(world, person).await >= count {
            break;
        }
        world.drain().await;
    }
    assert_eq!(count_links(world, person).await, count);
}

/// Uses up the limits, ends every link in one of the ways in which a link ends, and requests again.
async fn ability_to_reset(world: &World) {
    for ending in ["used", "revoked", "erased", "password", "server"] {
        let owner = world.new_person().await;
        let ask = async || {
            let body = json!({ "username": owner.username });
            assert_eq!(world.request_reset(body).await.status, 200, "{ending}");
        };
        for count in 1..=2 {
            ask().await;
            wait_for_links(world, &owner, count).await;
        }
        ask().await;
        world.wait_for_event(&owner, "request_limited").await;
        assert_eq!(count_links(world, &owner).await, 2, "a link is usable");
        match ending {
            "used" => {
                let token = world.mails_to(owner.address()).await[0].token();
                assert_eq!(world.confirm(&token, NEW).await.status, 200);
            }
            "erased" => assert_eq!(call(world, "/server/erase", &owner).await.status, 200),
            "password" => world.update_account(&owner, AccountChange::Password(NEW)).await,
            _ => assert_eq!(call(world, "/server/links/revoke", &owner).await.status, 200),
        }
        if ending == "server" {
            assert_eq!(call(world, "/server/reset", &owner).await.status, 202);
        } else {
            ask().await;
        }
        wait_for_links(world, &owner, 3).await;
        let mails = world.mails_to(owner.address()).await;
        let token = mails.iter().rev().find(|mail| mail.has_link()).unwrap().token();
        assert_eq!(world.confirm(&token, "another password of the owner").await.status, 200);
    }
}

async fn next_link() {
    let (world, memory) = in_memory(&LIMITS);
    let owner = world.new_person().await;
    let mut texts = Vec::new();
    for _ in 0..2 {
        let _token = world.token_for(&owner).await;
        let mail = world.mails_to(owner.address()).await.pop().unwrap();
        assert_eq!(mail.text.contains("no other link"), mail.html.contains("no other link"));
        texts.push(mail.text);
        memory.advance(MINUTE).await;
    }
    assert!(!texts[0].contains("no other link"), "{}", texts[0]);
    // The second one was mailed at one minute past noon, and is usable until 15 minutes before it
    // expires.
    let until = "no other link before 20 November 2026, 13:46 UTC";
    assert!(texts[1].contains(until), "{}", texts[1]);
    let until = "works once, for 2 hours, until 20 November, 14:0";
    assert!(texts.iter().all(|text| text.contains(until)), "{texts:?}");
    // What it says is true of the first mail, and if another link is mailed.
    for changes in [("REQUESTS_PER_DAY", "1"), ("REQUEST_INTERVAL_SECONDS", "600")] {
        let (world, memory) = in_memory(&[changes]);
        let owner = world.new_person().await;
        let _token = world.token_for(&owner).await;
        let mail = world.mails_to(owner.address()).await.pop().unwrap();
        for text in [&mail.text, &mail.html] {
            let says = "While this link works, requests for this account may send no other link";
            assert!(text.contains(says) && !text.contains("Several"), "{text}");
        }
        let other = Person { email: owner.email.clone(), ..Person::new() };
        world.add(&other).await;
        memory.advance(2 * MINUTE).await;
        world.request_reset(json!({ "username": other.username })).await;
        memory.advance(2 * MINUTE).await;
        assert_eq!(count_links(&world, &owner).await, 2, "{changes:?}: for the other account");
        assert_eq!(call(&world, "/server/reset", &owner).await.status, 202);
        memory.advance(MINUTE).await;
        assert_eq!(count_links(&world, &owner).await, 3, "{changes:?}: by a server");
    }
}

async fn server_reset() {
    let (world, memory) = in_memory(&[]);
    let owner = world.new_person().await;
    for _ in 0..30 {
        world.request_reset(json!({ "username": owner.username })).await;
        memory.advance(MINUTE).await;
    }
    let before = count_links(&world, &owner).await;
    // The rest of the interval, and after the third reset the rest of the window of 30 minutes.
    for (count, wait) in [(1, "20"), (2, "20"), (3, "1640")] {
        assert_eq!(call(&world, "/server/reset", &owner).await.status, 202);
        memory.advance(Duration::from_secs(40)).await;
        let early = call(&world, "/server/reset", &owner).await;
        assert_code(&early, 429, "too_many_requests");
        assert_eq!(early.header("retry-after"), Some(wait));
        memory.advance(Duration::from_secs(20)).await;
        assert_eq!(count_links(&world, &owner).await, before + count);
    }
    let response = call(&world, "/server/reset", &owner).await;
    assert_code(&response, 429, "too_many_requests");
    let wait: u64 = response.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(response.json()["retry_after"], json!(wait));
    memory.advance(Duration::from_secs(wait - 1)).await;
    assert_eq!(call(&world, "/server/reset", &owner).await.status, 429);
    memory.advance(Duration::from_secs(1)).await;
    assert_eq!(call(&world, "/server/reset", &owner).await.status, 202);
}

async fn cleared_limits() {
    for path in ["/server/erase", "/server/links/revoke"] {
        let (world, memory) = in_memory(&[]);
        let owner = world.new_person().await;
        for _ in 0..8 {
            let _started_or_limited = call(&world, "/server/reset", &owner).await;
            memory.advance(Duration::from_secs(2)).await;
            assert_eq!(call(&world, path, &owner).await.status, 200);
        }
        assert_eq!(count_links(&world, &owner).await, 1, "{path}: 16 s, and 60 s between two");
    }
}

async fn calls_of_account() {
    for (path, audited) in [("/server/erase", 0), ("/server/links/revoke", 11)] {
        let (world, memory) = in_memory(&[]);
        let owner = world.new_person().await;
        for _ in 0..10 {
            assert_eq!(call(&world, path, &owner).await.status, 200, "{path}");
            memory.advance(MINUTE).await;
        }
        let token = world.token_for(&owner).await;
        let response = call(&world, path, &owner).await;
        assert_code(&response, 429, "too_many_requests");
        assert_eq!(world.check(&token).await.status, 200, "{path}: it had no effect");
        assert_eq!(count_events(&world, &owner, "server_revoke: main").await, audited);
        // The other call and other accounts have separate counts.
        let other = if audited == 0 { "/server/links/revoke" } else { "/server/erase" };
        assert_eq!(call(&world, other, &owner).await.status, 200);
        assert_eq!(call(&world, path, &world.new_person().await).await.status, 200);
        let wait: u64 = response.header("retry-after").unwrap().parse().unwrap();
        memory.advance(Duration::from_secs(wait)).await;
        assert_eq!(call(&world, path, &owner).await.status, 200, "{path}");
    }
}

async fn calls_of_key() {
    let (world, memory) = in_memory(&[]);
    let paths = ["/server/erase", "/server/links/revoke", "/server/reset"];
    for number in 0..100 {
        let person = Person::new();
        let response = call(&world, paths[number % 3], &person).await;
        assert!(response.status < 429, "{number}: {response:?}");
    }
    let owner = world.new_person().await;
    let events = memory.events().len();
    for path in paths {
        let response = call(&world, path, &owner).await;
        assert_code(&response, 429, "too_many_requests");
        assert_eq!(response.header("retry-after"), Some("60"));
    }
    assert_eq!(memory.events().len(), events, "a call over the limit leaves no row");
    assert_eq!(call(&world, "/server/status", &owner).await.status, 200, "not counted");
    memory.advance(MINUTE).await;
    for path in paths {
        assert!(call(&world, path, &owner).await.status < 300);
    }
}
