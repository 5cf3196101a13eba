//! Stores and logs contain nothing that makes a link, and logs contain neither passwords nor
//! addresses.

use std::path::Path;

use libtest_mimic::Trial;
use relatch::LinkToken;
use relatch_memory::Memory;
use relatch_tests::flow;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request};
use serde_json::json;

use crate::support::{MINUTE, NEW, OTHER, assert_code};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("f16 the notice of a reset contains neither the password nor a link", flow!(f16)),
        ("v14.2.1 secrets in a URL are never read", flow!(v14_2_1)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: v16.2.5 stores, events and log lines contain no token, password or address",
            v16_2_5,
        ),
        trial(
            "workerd: v16.2.5 the databases contain no token or password, and the log no address either",
            on_disk,
        ),
        trial("in process: v16.3.3 a rejected call is logged with time, address and code", v16_3_3),
    ]
}

async fn f16(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let notice = world.wait_for_mail(peter.address(), 2).await;
    assert_eq!(notice.recipients, [peter.address()]);
    for part in [&notice.text, &notice.html] {
        assert!(part.contains("support@example.com") && part.contains("UTC"), "{part}");
        assert!(
            !part.contains(NEW) && !part.contains(&token[31..60]) && !part.contains("http"),
            "{part}"
        );
    }
    assert!(!notice.source.contains(NEW) && !notice.source.contains(&token[31..60]));
    let first = &world.mails_to(peter.address()).await[0];
    assert!(!first.source.contains(&peter.password), "no mail contains the old password");
}

async fn v14_2_1(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let query = format!("token={token}&password={}", NEW.replace(' ', "%20"));
    for (method, body) in [("POST", ""), ("POST", "{}"), ("GET", ""), ("PUT", "{}")] {
        let response =
            world.send(request(method, &format!("/password/reset/confirm?{query}"), body)).await;
        assert!(matches!(response.status, 400 | 405), "{response:?}");
        assert!(!response.body.contains(&token[31..60]) && !response.body.contains(NEW));
    }
    let response = world
        .send(request(
            "POST",
            &format!("/password/reset/request?username={}", peter.username),
            "{}",
        ))
        .await;
    assert_code(&response, 400, "request_invalid");
    assert!(world.has_password(&peter, &peter.password).await);
    assert_eq!(world.check(&token).await.status, 200);
}

async fn v16_2_5() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let mut copies = Vec::new();
    let mut copy = |memory: &Memory| {
        copies.push(memory.everything_stored());
        copies.push(format!("{:?} {:?}", memory.logged_events(), memory.events()));
    };
    world.request_reset(json!({ "email": peter.address() })).await;
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    copy(&memory);
    world.request_reset(json!({ "email": peter.address() })).await;
    world.request_reset(json!({ "email": "nobody@mail.example" })).await;
    memory.advance(MINUTE).await;
    assert_code(&world.confirm(&token, "short one").await, 422, "password_rejected");
    let last = if token.ends_with('A') { 'Q' } else { 'A' };
    assert_code(
        &world.confirm(&format!("{}{last}", &token[..94]), OTHER).await,
        400,
        "link_invalid",
    );
    copy(&memory);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    copy(&memory);
    assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
    memory.advance(MINUTE).await;
    copy(&memory);
    let hash = world.hash_of(&peter).await.expect("the account has a password");
    let nonce = LinkToken::parse(&token).expect("the mail holds a token").parts().nonce;
    // A nonce may be printed as text or as a list of numbers.
    let numbers = format!("{:?}", &nonce[..4]);
    let secrets = [
        token.as_str(),
        &token[31..52],
        numbers.trim_matches(['[', ']']),
        NEW,
        OTHER,
        "short one",
        &peter.password,
        peter.address(),
        "nobody@mail.example",
        &peter.username,
        hash.expose(),
    ];
    for copy in &copies {
        for secret in secrets {
            assert!(!copy.contains(secret), "{copy} contains {secret}");
        }
    }
    assert!(
        copies.iter().any(|copy| copy.contains("PasswordReset")),
        "the copies contain the events"
    );
}

/// Reads every file in this folder and below it: the databases of KV, D1 and the Durable Objects.
fn read_files(folder: &Path, read: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_files(&path, read);
        } else if let Ok(bytes) = std::fs::read(&path) {
            read.push((path.display().to_string(), bytes));
        }
    }
}

fn contains(bytes: &[u8], secret: &[u8]) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret)
}

async fn on_disk() {
    let world = crate::shared();
    let peter = world.new_person().await;
    let password = format!("passphrase number {} of many", peter.id);
    let token = world.token_for(&peter).await;
    assert_code(&world.confirm(&token, &format!("{}!", peter.id)).await, 422, "password_rejected");
    assert_code(&world.confirm(&token.to_lowercase(), &password).await, 400, "link_invalid");
    let mut files = Vec::new();
    let mut read_databases = || {
        let prefix = format!("relatch-tests-{}-", std::process::id());
        for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                read_files(&entry.path().join("worker"), &mut files);
            }
        }
    };
    read_databases();
    assert_eq!(world.confirm(&token, &password).await.status, 200);
    world.wait_for_mail(peter.address(), 2).await;
    world.wait_for_event(&peter, "notice_sent").await;
    read_databases();
    let parts = LinkToken::parse(&token).expect("the mail holds a token").parts();
    let secrets: [&[u8]; 6] = [
        token.as_bytes(),
        &token.as_bytes()[31..52],
        &parts.nonce,
        &parts.mac,
        password.as_bytes(),
        peter.password.as_bytes(),
    ];
    for (path, bytes) in &files {
        for secret in secrets {
            assert!(
                !contains(bytes, secret),
                "{path} contains {:?}",
                String::from_utf8_lossy(secret)
            );
        }
    }
    let any_contains = |text: &str| files.iter().any(|(_, bytes)| contains(bytes, text.as_bytes()));
    assert!(any_contains(peter.address()), "the files include the database of the accounts");
    assert!(any_contains("notice_sent"), "the files include the database of the events");
    let World::Workerd(workerd) = &world else { return };
    let log = workerd.log();
    assert!(log.contains("link_sent"), "the log contains the events");
    for secret in [&token[31..52], &password, &peter.password, peter.address(), &peter.username] {
        assert!(!log.contains(secret), "the log contains {secret}");
    }
}

async fn v16_3_3() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let confirm = |body: serde_json::Value| {
        let mut request = request("POST", "/password/reset/confirm", &body.to_string());
        request.headers_mut().insert("cf-connecting-ip", "198.51.100.20".parse().unwrap());
        request
    };
    let mut foreign = confirm(json!({ "token": token, "password": NEW }));
    foreign.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    for (request, code) in [
        (confirm(json!({ "token": "forged", "password": NEW })), "link_invalid"),
        (confirm(json!({ "token": token, "password": "short" })), "password_rejected"),
        (foreign, "origin_not_allowed"),
    ] {
        assert_eq!(world.send(request).await.code(), code);
        let logged = memory.logged_events();
        let note = logged.last().expect("the call is logged");
        assert_eq!((note.action.as_str(), note.detail.as_deref()), ("call_refused", Some(code)));
        assert_eq!((note.address.as_deref(), note.at), (Some("198.51.100.20"), memory.time()));
    }
    assert_eq!(world.send(confirm(json!({ "token": token, "password": NEW }))).await.status, 200);
    memory.advance(MINUTE).await;
    let events = memory.events();
    let reset = events
        .iter()
        .find(|event| event.action.as_str() == "password_reset")
        .expect("the reset has an event");
    assert_eq!(reset.account, Some(peter.account_id()));
    assert_eq!(reset.address.as_deref(), Some("198.51.100.20"), "the address of the confirm");
}
