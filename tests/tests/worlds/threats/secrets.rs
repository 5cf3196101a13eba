//! What is kept and logged: nothing that makes a link, nobody's password, nobody's address.

use std::path::Path;

use libtest_mimic::Trial;
use relatch::LinkToken;
use relatch_tests::flow;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, request};
use serde_json::json;

use super::{MINUTE, NEW, OTHER, assert_code, in_memory};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("f16 the owner is told of the reset, without the password and without a link", flow!(f16)),
        ("v14.2.1 nothing secret is ever read from an address", flow!(v14_2_1)),
    ]
}

/// What only one of the worlds can show.
pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: v16.2.5 stores, events and log lines hold no token, password or address", v16_2_5),
        trial("workerd: v16.2.5 databases and log hold no token, no password, and the log no address", on_disk),
        trial("in process: v16.3.3 what is refused leaves a line that says when, where and why", v16_3_3),
    ]
}

async fn f16(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let notice = world.mail(peter.address(), 2).await;
    assert_eq!(notice.recipients, [peter.address()]);
    for part in [&notice.text, &notice.html] {
        assert!(
            part.contains("support@example.com") && part.contains("UTC") && part.contains("did not change it"),
            "{part}"
        );
        assert!(!part.contains(NEW) && !part.contains(&token[31..60]) && !part.contains("http"), "{part}");
    }
    assert!(!notice.source.contains(NEW) && !notice.source.contains(&token[31..60]));
    let first = &world.mails_to(peter.address()).await[0];
    assert!(!first.source.contains(&peter.password), "nor does any mail hold the old one");
}

async fn v14_2_1(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let query = format!("token={token}&password={}", NEW.replace(' ', "%20"));
    for (method, body) in [("POST", ""), ("POST", "{}"), ("GET", ""), ("PUT", "{}")] {
        let answer = world.send(request(method, &format!("/password/reset/confirm?{query}"), body)).await;
        assert!(matches!(answer.status, 400 | 405), "{answer:?}");
        assert!(!answer.body.contains(&token[31..60]) && !answer.body.contains(NEW));
    }
    let answer =
        world.send(request("POST", &format!("/password/reset/request?username={}", peter.username), "{}")).await;
    assert_code(&answer, 400, "request_invalid");
    assert!(world.has_password(&peter, &peter.password).await);
    assert_eq!(world.check(&token).await.status, 200);
}

async fn v16_2_5() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    let mut seen = Vec::new();
    let mut look = |memory: &relatch_tests::in_process::InProcess| {
        seen.push(memory.memory.everything_stored());
        seen.push(format!("{:?} {:?}", memory.memory.notes(), memory.memory.events()));
    };
    world.ask(json!({ "email": peter.address() })).await;
    let token = world.mail(peter.address(), 1).await.token();
    look(&memory);
    world.ask(json!({ "email": peter.address() })).await;
    world.ask(json!({ "email": "nobody@mail.example" })).await;
    memory.advance(MINUTE).await;
    assert_code(&world.confirm(&token, "short one").await, 422, "password_rejected");
    let last = if token.ends_with('A') { 'Q' } else { 'A' };
    assert_code(&world.confirm(&format!("{}{last}", &token[..94]), OTHER).await, 400, "link_invalid");
    look(&memory);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    look(&memory);
    assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
    memory.advance(MINUTE).await;
    look(&memory);
    let hash = world.hash_of(&peter).await.expect("there is a password");
    let nonce = LinkToken::parse(&token).expect("the mail holds a token").parts().nonce;
    // Bytes may be printed as text or as numbers.
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
    for kept in &seen {
        for secret in secrets {
            assert!(!kept.contains(secret), "{secret} stands in {kept}");
        }
    }
    assert!(seen.iter().any(|kept| kept.contains("PasswordReset")), "what is searched is what is kept");
}

/// Reads every file that the Workers of this run have written, the databases of KV, D1 and the objects among them.
fn everything_written(folder: &Path, read: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            everything_written(&path, read);
        } else if let Ok(bytes) = std::fs::read(&path) {
            read.push((path.display().to_string(), bytes));
        }
    }
}

fn holds(bytes: &[u8], secret: &[u8]) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret)
}

async fn on_disk() {
    let world = crate::shared();
    let peter = world.somebody().await;
    let password = format!("passphrase number {} of many", peter.id);
    let token = world.token_for(&peter).await;
    assert_code(&world.confirm(&token, &format!("{}!", peter.id)).await, 422, "password_rejected");
    assert_code(&world.confirm(&token.to_lowercase(), &password).await, 400, "link_invalid");
    let mut written = Vec::new();
    let mut look = || {
        let own = format!("relatch-tests-{}-", std::process::id());
        for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&own) {
                everything_written(&entry.path().join("worker"), &mut written);
            }
        }
    };
    look();
    assert_eq!(world.confirm(&token, &password).await.status, 200);
    world.mail(peter.address(), 2).await;
    world.told(&peter, "notice_sent").await;
    look();
    let parts = LinkToken::parse(&token).expect("the mail holds a token").parts();
    let secrets: [&[u8]; 6] = [
        token.as_bytes(),
        &token.as_bytes()[31..52],
        &parts.nonce,
        &parts.mac,
        password.as_bytes(),
        peter.password.as_bytes(),
    ];
    for (path, bytes) in &written {
        for secret in secrets {
            assert!(!holds(bytes, secret), "{:?} stands in {path}", String::from_utf8_lossy(secret));
        }
    }
    let has = |text: &str| written.iter().any(|(_, bytes)| holds(bytes, text.as_bytes()));
    assert!(has(peter.address()), "the account's database was searched");
    assert!(has("notice_sent"), "so were the events");
    let World::Workerd(workerd) = &world else { return };
    let log = workerd.log();
    assert!(log.contains("link_sent"), "events stand in the log");
    for secret in [&token[31..52], &password, &peter.password, peter.address(), &peter.username] {
        assert!(!log.contains(secret), "{secret} stands in the log");
    }
}

async fn v16_3_3() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let from = |body: &str| {
        let mut request = request("POST", "/password/reset/confirm", body);
        request.headers_mut().insert("cf-connecting-ip", "198.51.100.20".parse().unwrap());
        request
    };
    let bypass = |body: serde_json::Value| from(&body.to_string());
    let mut foreign = bypass(json!({ "token": token, "password": NEW }));
    foreign.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    for (request, code) in [
        (bypass(json!({ "token": "forged", "password": NEW })), "link_invalid"),
        (bypass(json!({ "token": token, "password": "short" })), "password_rejected"),
        (foreign, "origin_not_allowed"),
    ] {
        assert_eq!(world.send(request).await.code(), code);
        let notes = memory.memory.notes();
        let note = notes.last().expect("it is noted");
        assert_eq!((note.action.as_str(), note.detail.as_deref()), ("call_refused", Some(code)));
        assert_eq!((note.address.as_deref(), note.at), (Some("198.51.100.20"), memory.memory.time()));
    }
    assert_eq!(world.send(bypass(json!({ "token": token, "password": NEW }))).await.status, 200);
    memory.advance(MINUTE).await;
    let events = memory.memory.events();
    let reset = events.iter().find(|event| event.action.as_str() == "password_reset").expect("it is told");
    assert_eq!(reset.account, Some(peter.account_id()));
    assert_eq!(reset.address.as_deref(), Some("198.51.100.20"), "whoever used the link");
}
