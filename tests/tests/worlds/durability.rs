//! What survives: a killed process between answer and mail and in the middle of a mail, a mail server that is away.
//! Each trial has a Worker of its own, for it kills it.

use std::path::Path;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch::{Client, Code, LinkToken, Password};
use relatch_tests::process::free_port;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, request};
use serde_json::json;
use std::sync::Arc;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

const NEW: &str = "a quite new passphrase";
/// The first retry comes within 30 seconds; the machine may be busy.
const RETRY: Duration = Duration::from_secs(75);

pub fn trials() -> Vec<Trial> {
    vec![
        trial("workerd: killed between the answer and the mail, the mail arrives after the restart", killed_early),
        trial("workerd: killed in the middle of a delivery, the mail arrives after the restart", killed_late),
        trial("workerd: a mail server that is away for a while loses nothing, and health stays good", mail_away),
        trial("workerd: the native client over a real socket, several links, the limit by address", real_client),
    ]
}

fn start(changes: &[(&str, &str)]) -> (World, Arc<Workerd>) {
    let workerd = Arc::new(Workerd::start(changes));
    (World::Workerd(Arc::clone(&workerd)), workerd)
}

async fn killed_early() {
    let (world, workerd) = start(&[]);
    let mut people = Vec::new();
    for _ in 0..8 {
        people.push(world.somebody().await);
    }
    for person in &people {
        assert_eq!(world.ask(json!({ "username": person.username })).await.status, 200);
    }
    workerd.kill();
    workerd.boot();
    for person in &people {
        let arrived = async || !workerd.mails_to(person.address()).await.is_empty();
        assert!(workerd.until(RETRY, arrived).await, "the mail to {} is lost", person.username);
    }
    let token = workerd.mails_to(people[0].address()).await[0].token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

/// A mail server that greets, and then never says anything again.
async fn killed_late() {
    let port = free_port();
    let silent = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    let (world, workerd) = start(&[("MAIL_PORT", &port.to_string()), ("MAIL_SERVER", "127.0.0.1")]);
    let peter = world.somebody().await;
    assert_eq!(world.ask(json!({ "username": peter.username })).await.status, 200);
    let (mut delivery, _) = silent.accept().await.expect("the delivery begins");
    delivery.write_all(b"220 silent.example ESMTP\r\n").await.expect("the delivery listens");
    workerd.kill();
    drop((delivery, silent));
    let log = std::env::temp_dir().join(format!("relatch-tests-inbox-{port}.log"));
    let inbox = relatch_tests::inbox::Inbox::start_on(port, free_port(), Path::new(&log));
    workerd.boot();
    let arrived = async || !inbox.mails_to(peter.address()).await.is_empty();
    assert!(workerd.until(RETRY, arrived).await, "the mail is lost");
    let token = inbox.mails_to(peter.address()).await[0].token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let _gone_already = std::fs::remove_file(log);
}

async fn mail_away() {
    let (world, workerd) = start(&[]);
    let (peter, john) = (world.somebody().await, world.somebody().await);
    let token = world.token_for(&john).await;
    let ports = workerd.lose_inbox().await;
    assert_eq!(world.ask(json!({ "username": peter.username })).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(world.send(request("GET", "/healthz", "")).await.status, 200);
    workerd.bring_inbox_back(ports).await;
    for (person, what) in [(&peter, "the link"), (&john, "the notice")] {
        let arrived = async || !workerd.mails_to(person.address()).await.is_empty();
        assert!(workerd.until(RETRY, arrived).await, "{what} is lost");
    }
}

async fn real_client() {
    let (world, workerd) =
        start(&[("REQUEST_INTERVAL_SECONDS", "0"), ("REQUESTS_PER_WINDOW", "100"), ("IP_LIMIT", "5")]);
    let client = Client::new(&workerd.base()).expect("the address is good");
    let peter = world.somebody().await;
    client.request(peter.username.as_str()).await.expect("the request is accepted");
    let first: LinkToken = world.mail(peter.address(), 1).await.token().parse().expect("the mail holds a token");
    client.request(peter.address()).await.expect("so is a second one");
    let second: LinkToken = world.mail(peter.address(), 2).await.token().parse().expect("the mail holds a token");
    client.check(&first).await.expect("the first link is still good");
    client.confirm(&second, &Password::from(NEW)).await.expect("the second link sets the password");
    assert!(world.has_password(&peter, NEW).await);
    let error = client.check(&first).await.expect_err("the first link died with the password");
    assert_eq!(error.code(), Some(Code::LinkUsed));
    let again = client.confirm(&second, &Password::from(NEW)).await;
    again.expect("the same password again is the same success");

    let mut refused = None;
    for _ in 0..6 {
        refused = client.request("nobody at all").await.err().or(refused);
    }
    let error = refused.expect("a limit of five a minute is reached");
    assert_eq!(error.code(), Some(Code::TooManyRequests));
}
