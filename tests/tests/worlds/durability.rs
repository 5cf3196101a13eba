//! Delivery after a killed process and a mail server outage. Each trial has its own Worker, because
//! it kills the Worker or changes its configuration.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch::{Client, Code, LinkToken, Password};
use relatch_tests::process::free_port;
use relatch_tests::smtp_server::ScriptedServer;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, request};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::support::{NEW, log_line};

/// The first retry comes within 30 seconds, and the machine may be busy.
const RETRY_TIMEOUT: Duration = Duration::from_secs(75);

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "workerd: killed between response and mail, the mail arrives after the restart",
            killed_before_delivery,
        ),
        trial(
            "workerd: killed during a delivery, the mail arrives after the restart",
            killed_during_delivery,
        ),
        trial(
            "workerd: after a panic in the middle of a delivery the mail arrives once",
            panic_during_delivery,
        ),
        trial(
            "workerd: no mail is lost during an outage of the mail server, and health stays ok",
            mail_outage,
        ),
        trial(
            "workerd: the native client works over a real socket, including several links and the limit",
            real_client,
        ),
    ]
}

fn start(changes: &[(&str, &str)]) -> (World, Arc<Workerd>) {
    let workerd = Arc::new(Workerd::start(changes));
    (World::Workerd(Arc::clone(&workerd)), workerd)
}

/// The requests have a delay, so that the kill comes before any delivery begins: a mail that was
/// handed over by then would be sent again only after the time that a mail server has to answer.
async fn killed_before_delivery() {
    let (world, workerd) = start(&[("REQUEST_DELAY_SECONDS", "30")]);
    let mut people = Vec::new();
    for _ in 0..8 {
        people.push(world.new_person().await);
    }
    for person in &people {
        assert_eq!(world.request_reset(json!({ "username": person.username })).await.status, 200);
    }
    workerd.kill();
    for person in &people {
        assert!(workerd.mails_to(person.address()).await.is_empty(), "the delivery has begun");
    }
    workerd.start_worker();
    for person in &people {
        let arrived = async || !workerd.mails_to(person.address()).await.is_empty();
        assert!(
            workerd.wait_until(RETRY_TIMEOUT, arrived).await,
            "the mail to {} is lost: {}",
            person.username,
            workerd.log()
        );
    }
    let token = workerd.mails_to(people[0].address()).await[0].token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

/// Kills the Worker while it waits for a mail server that sends a greeting and then nothing.
async fn killed_during_delivery() {
    let port = free_port();
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    let (world, workerd) = start(&[("MAIL_PORT", &port.to_string()), ("MAIL_SERVER", "127.0.0.1")]);
    let peter = world.new_person().await;
    assert_eq!(world.request_reset(json!({ "username": peter.username })).await.status, 200);
    let (mut connection, _) = listener.accept().await.expect("the delivery begins");
    connection
        .write_all(b"220 silent.example ESMTP\r\n")
        .await
        .expect("the Worker reads the greeting");
    workerd.kill();
    drop((connection, listener));
    let log = std::env::temp_dir().join(format!("relatch-tests-inbox-{port}.log"));
    let inbox = relatch_tests::inbox::Inbox::start_on(port, free_port(), Path::new(&log));
    workerd.start_worker();
    let arrived = async || !inbox.mails_to(peter.address()).await.is_empty();
    assert!(workerd.wait_until(RETRY_TIMEOUT, arrived).await, "the mail is lost");
    let token = inbox.mails_to(peter.address()).await[0].token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let _already_deleted = std::fs::remove_file(log);
}

/// Traps the WebAssembly instance while it reads the reply to RCPT. Rust's timers have then stopped,
/// and `edge/worker/src/alarm.mjs` ends the alarm when the step would have timed out.
async fn panic_during_delivery() {
    let slow = |command: &str| {
        command.starts_with("RCPT").then_some((Duration::from_secs(4), "250 ok\r\n"))
    };
    let server = ScriptedServer::start(slow).await;
    let port = server.port().to_string();
    let (world, workerd) = start(&[("MAIL_PORT", &port), ("MAIL_SECURITY", "none")]);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    assert_eq!(world.request_reset(json!({ "username": peter.username })).await.status, 200);
    let count = |command: &str| {
        let received = server.received().commands;
        received.iter().filter(|line| line.starts_with(command)).count()
    };
    let is_in_dialogue = async || count("RCPT") == 1;
    assert!(workerd.wait_until(RETRY_TIMEOUT, is_in_dialogue).await, "{}", workerd.log());
    workerd.set_trap().await;
    let trapped = async || log_line(&workerd, &["Critical error"]);
    assert!(workerd.wait_until(RETRY_TIMEOUT, trapped).await, "{}", workerd.log());
    assert_eq!(count("DATA"), 0, "the dialogue has ended");

    // The other objects of the isolate go on.
    assert_eq!(world.request_reset(json!({ "username": john.username })).await.status, 200);
    world.wait_for_event(&john, "link_sent").await;
    assert_eq!(world.events(&peter).await, [] as [&str; 0]);

    // The step ends after 65 s, and the attempt that is then due succeeds.
    let sent = async || world.events(&peter).await == ["link_sent"];
    assert!(workerd.wait_until(2 * RETRY_TIMEOUT, sent).await, "{}", workerd.log());
    assert!(log_line(&workerd, &["mailbox: alarm timed out"]), "{}", workerd.log());
    let messages = server.received().messages;
    let to_peter = messages.iter().filter(|message| message.contains(peter.address())).count();
    assert_eq!((to_peter, messages.len()), (1, 2));
}

async fn mail_outage() {
    let (world, workerd) = start(&[]);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    let token = world.token_for(&john).await;
    let ports = workerd.stop_inbox().await;
    assert_eq!(world.request_reset(json!({ "username": peter.username })).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(world.send(request("GET", "/healthz", "")).await.status, 200);
    workerd.restart_inbox(ports).await;
    for (person, mail) in [(&peter, "link"), (&john, "notice")] {
        let arrived = async || !workerd.mails_to(person.address()).await.is_empty();
        assert!(workerd.wait_until(RETRY_TIMEOUT, arrived).await, "the {mail} is lost");
    }
}

async fn real_client() {
    let (world, workerd) = start(&[
        ("REQUEST_INTERVAL_SECONDS", "0"),
        ("REQUESTS_PER_WINDOW", "100"),
        ("IP_LIMIT", "5"),
    ]);
    let client = Client::new(&workerd.base_url()).expect("the base URL is valid");
    let peter = world.new_person().await;
    client.request(peter.username.as_str()).await.expect("the request is accepted");
    let first: LinkToken = world
        .wait_for_mail(peter.address(), 1)
        .await
        .token()
        .parse()
        .expect("the mail holds a token");
    client.request(peter.address()).await.expect("the second request is accepted");
    let second: LinkToken = world
        .wait_for_mail(peter.address(), 2)
        .await
        .token()
        .parse()
        .expect("the mail holds a token");
    client.check(&first).await.expect("the first link still works");
    client.confirm(&second, &Password::from(NEW)).await.expect("the second link sets the password");
    assert!(world.has_password(&peter, NEW).await);
    let error = client.check(&first).await.expect_err("the first link ended with the password");
    assert_eq!(error.code(), Some(Code::LinkUsed));
    client.confirm(&second, &Password::from(NEW)).await.expect("the repeated confirm succeeds");

    let mut limited = None;
    for _ in 0..6 {
        limited = client.request("an unknown user").await.err().or(limited);
    }
    let error = limited.expect("the limit of five requests a minute is reached");
    assert_eq!(error.code(), Some(Code::TooManyRequests));
}
