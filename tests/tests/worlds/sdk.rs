//! The acts that the npm package performs in each of its runtimes (`tests/runtimes/acts.mjs`),
//! performed by the native client over real sockets. `acts.json` has the expected outcome of every
//! call for both.

use std::fs::{read_to_string, write};

use libtest_mimic::Trial;
use relatch::server::{self, Account};
use relatch::{Client, Error, LinkToken, Password, SessionToken};
use relatch_tests::in_process::{NARROW_KEY, SERVER_KEY};
use relatch_tests::process::root;
use relatch_tests::trials::trial;
use relatch_tests::world::World;
use serde_json::{Value, json};

use crate::shared;
use crate::support::{NEW, OTHER};

pub fn trials() -> Vec<Trial> {
    vec![trial(
        "workerd: the native client has the same outcomes as the npm package in every runtime",
        acts,
    )]
}

fn outcome<T>(result: Result<T, Error>, to_json: impl FnOnce(T) -> Value) -> Value {
    match result {
        Ok(result) => to_json(result),
        Err(Error::Refused(refusal)) => json!({
            "code": refusal.code.as_str(), "status": refusal.status,
            "reasons": refusal.reasons.iter().map(|reason| reason.as_str()).collect::<Vec<_>>(),
        }),
        Err(error) => json!({ "error": error.to_string() }),
    }
}

/// Compares the outcomes with `acts.json`. `RELATCH_WRITE_ACTS=1` writes the file.
async fn acts() {
    let World::Workerd(workerd) = shared() else { return };
    let world = World::Workerd(workerd.clone());
    let base = workerd.base_url();
    let client = Client::new(&base).unwrap();
    let message = |done: relatch::Message| json!({ "message": done.message });
    let person = world.new_person().await;

    let unknown_application =
        Client::builder(&base).application("no-such-application").build().unwrap();
    let requests = json!([
        outcome(
            client.rules().await,
            |rules| json!({ "minLength": rules.min_length, "maxLength": rules.max_length })
        ),
        outcome(
            client.request(relatch::ResetRequest::new(&person.username).locale("de")).await,
            message
        ),
        outcome(client.request(format!("unknown-{}", person.username)).await, message),
        outcome(client.request("a control\u{7}character").await, message),
        outcome(unknown_application.request(&person.username).await, message),
    ]);

    let token = world.wait_for_mail(person.address(), 1).await.token();
    let check = async |text: &str| match LinkToken::from_pasted(text) {
        Ok(token) => outcome(client.check(&token).await, |_| json!("can be used")),
        // The client rejects it without a call.
        Err(_) => json!({ "code": "link_invalid", "reasons": [] }),
    };
    let confirm = async |password: &str| {
        outcome(client.confirm(&token.parse().unwrap(), &Password::from(password)).await, message)
    };
    let mut forged: Vec<char> = token.chars().collect();
    forged[60] = if forged[60] == 'A' { 'B' } else { 'A' };
    let name = &person.username;
    let reset = json!([
        check(&token).await,
        check(&format!("  {}\r\n {}\n", &token[..40], &token[40..])).await,
        check(&forged.iter().collect::<String>()).await,
        check(&token[1..]).await,
        confirm("too short").await,
        confirm(&format!("{name} {name} {name}")).await,
        check(&token).await,
        confirm(NEW).await,
        confirm(NEW).await,
        confirm(OTHER).await,
        check(&token).await,
    ]);

    let session = SessionToken::from(world.open_session(&person).await);
    let change = async |session: &SessionToken, old: &str, new: &str| {
        outcome(client.change(session, &Password::from(old), &Password::from(new)).await, message)
    };
    let change = json!([
        change(&session, "not the old one, I think", OTHER).await,
        change(&session, NEW, "too short").await,
        change(&SessionToken::from("unknown-session"), NEW, OTHER).await,
        change(&session, NEW, OTHER).await,
    ]);

    let person = world.new_person().await;
    let token = world.link_token_for(&person).await;
    let password = Password::from(NEW);
    let (first, second) =
        tokio::join!(client.confirm(&token, &password), client.confirm(&token, &password));
    let twice = json!([outcome(first, message), outcome(second, message)]);

    let serve = served(&world, &base).await;
    let acts = json!({ "serve": serve, "ask": requests, "reset": reset, "change": change, "twice": twice });
    let path = root().join("tests/runtimes/acts.json");
    if std::env::var_os("RELATCH_WRITE_ACTS").is_some() {
        write(&path, serde_json::to_string_pretty(&acts).unwrap() + "\n").unwrap();
    }
    let expected: Value = serde_json::from_str(&read_to_string(path).unwrap()).unwrap();
    assert_eq!(acts, expected);
}

/// Makes the calls of a server, and calls for a visitor. Returns their outcomes.
async fn served(world: &World, base: &str) -> Value {
    let message = |done: relatch::Message| json!({ "message": done.message });
    let person = world.new_person().await;
    let (account, nobody) = (
        Account::username(&person.username),
        Account::username(format!("nobody-{}", person.username)),
    );
    let server = server::Client::new(base, SERVER_KEY).unwrap();
    let status = |status: server::Status| match status.reason {
        Some(reason) => json!({ "enabled": status.enabled, "reason": reason }),
        None => json!({ "enabled": status.enabled }),
    };
    let names = |events: Vec<server::Event>| {
        json!(events.into_iter().map(|event| event.event).collect::<Vec<_>>())
    };
    let visitors = server::Client::new(base, NARROW_KEY).unwrap();
    let request_for = async |address: &str| {
        let visitor = visitors.for_visitor(address.parse().unwrap());
        outcome(visitor.request(&person.username).await, message)
    };
    json!([
        outcome(server.is_available().await, |enabled| json!({ "enabled": enabled })),
        outcome(server.status(&nobody).await, status),
        outcome(server.status(&account).await, status),
        outcome(server.events(&account, Some(1)).await, names),
        outcome(server.reset(&account).await, message),
        outcome(server.reset(&nobody).await, message),
        outcome(server.revoke_links(&account).await, message),
        outcome(server.erase(&account).await, message),
        outcome(server::Client::new(base, "another key").unwrap().status(&account).await, status),
        request_for("203.0.113.7").await,
        request_for("10.0.0.1").await,
    ])
}
