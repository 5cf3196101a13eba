//! Delivery over SMTP with TLS and over Cloudflare's binding. Each trial has its own Worker,
//! because each needs another configuration.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_tests::certificates::CertificateAuthority;
use relatch_tests::inbox::Inbox;
use relatch_tests::person::Person;
use relatch_tests::process::{free_port, root, tool};
use relatch_tests::smtp_server::{
    PASSWORD, REFUSED, ScriptedReply, ScriptedServer, SmtpServer, USERNAME,
};
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::World;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{NEW, assert_mentions};

/// The first attempt is immediate, the first retry follows within 30 seconds, and the machine may
/// be busy.
const TIMEOUT: Duration = Duration::from_secs(75);

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "workerd: implicit TLS with PLAIN and LOGIN, and a failed handshake or log-in is retried",
            tls,
        ),
        trial(
            "workerd: STARTTLS is required before credentials, and injected responses are ignored",
            starttls,
        ),
        trial("workerd: a server that is slow at every step gets one mail", slow_server),
        trial(
            "workerd: an old server, a refused mechanism and refusals that concern us do not lose a mail",
            strange_servers,
        ),
        trial(
            "workerd: a mail whose answer is lost, also by a kill, arrives at most twice",
            lost_answers,
        ),
        trial("workerd: Cloudflare's binding delivers mail", binding),
        trial(
            "workerd: a mail that the binding rejects is retried, and its content is not logged",
            binding_rejects,
        ),
        trial("make mail sends one mail as configured, or explains the failure", make_mail),
    ]
}

/// A temporary folder, deleted on drop.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("relatch-tests-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder can be created");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _already_deleted = std::fs::remove_dir_all(&self.0);
    }
}

/// Starts a Worker that authenticates to the mail server on this port and trusts this authority.
fn worker(port: u16, security: &str, authority: &Path) -> (World, Arc<Workerd>) {
    let workerd = Arc::new(Workerd::start(&[
        ("NODE_EXTRA_CA_CERTS", &authority.display().to_string()),
        ("MAIL_PORT", &port.to_string()),
        ("MAIL_SECURITY", security),
        ("MAIL_USERNAME", USERNAME),
        ("MAIL_PASSWORD", PASSWORD),
    ]));
    (World::Workerd(Arc::clone(&workerd)), workerd)
}

/// Adds a person and requests a reset for them.
async fn request_for_new_person(world: &World) -> Person {
    let person = world.new_person().await;
    assert_eq!(world.request_reset(json!({ "username": person.username })).await.status, 200);
    person
}

/// Waits until the log contains this mail failure that many times.
async fn wait_for_failure(workerd: &Workerd, code: &str, times: usize) {
    let line = format!("mail: {code}");
    let is_logged = async || workerd.log().matches(&line).count() >= times;
    assert!(
        workerd.wait_until(TIMEOUT, is_logged).await,
        "`{line}` is not logged {times} times:\n{}",
        workerd.log()
    );
}

/// Waits for the mails to these people. Asserts that each was authenticated by one of these
/// methods.
async fn assert_delivered(workerd: &Workerd, server: &SmtpServer, people: &[(&Person, &[&str])]) {
    for (person, methods) in people {
        let arrived = async || server.auth_method_for(person.address()).is_some();
        assert!(
            workerd.wait_until(TIMEOUT, arrived).await,
            "the mail to {} is lost",
            person.username
        );
        let method = server.auth_method_for(person.address()).unwrap();
        assert!(methods.contains(&method.as_str()), "{method}");
    }
    assert!(server.record().iter().all(|entry| entry["secure"] == true), "{:?}", server.record());
}

/// Asserts that the log contains no address, no credentials and no text of a mail server.
fn assert_log_has_no_secrets(workerd: &Workerd, people: &[&Person]) {
    let log = workerd.log();
    for secret in people.iter().map(|person| person.address()).chain([
        PASSWORD,
        "no such mailbox",
        "unknown credentials",
    ]) {
        assert!(!log.contains(secret), "the log contains `{secret}`:\n{log}");
    }
}

async fn tls() {
    let folder = Folder::new("tls");
    let authority = CertificateAuthority::new(&folder.0);
    let port = free_port();
    let mut server = SmtpServer::new(&folder.0, port, true);
    let (world, workerd) = worker(port, "tls", &authority.root());

    // Certificates that are not trusted: for another host name, and self-signed.
    server.start(&authority.issue("elsewhere.example"), "LOGIN", PASSWORD);
    let first = request_for_new_person(&world).await;
    wait_for_failure(&workerd, "tls_failed", 1).await;
    server.start(&authority.self_signed("localhost"), "LOGIN", PASSWORD);
    let second = request_for_new_person(&world).await;
    wait_for_failure(&workerd, "tls_failed", 2).await;
    assert!(server.record().is_empty(), "the server received: {:?}", server.record());

    let trusted = authority.issue("localhost");
    server.start(&trusted, "LOGIN", PASSWORD);
    let third = request_for_new_person(&world).await;
    assert_delivered(&workerd, &server, &[(&third, &["LOGIN"])]).await;

    server.start(&trusted, "PLAIN", "another password");
    let fourth = request_for_new_person(&world).await;
    wait_for_failure(&workerd, "auth_rejected", 1).await;
    assert_eq!(server.auth_method_for(fourth.address()), None);

    server.start(&trusted, "PLAIN", PASSWORD);
    let person = Person::new();
    let email = Some(format!("{REFUSED}-{}@mail.example", person.id));
    let fifth = Person { email, ..person };
    world.add(&fifth).await;
    assert_eq!(world.request_reset(json!({ "username": fifth.username })).await.status, 200);
    world.wait_for_event(&fifth, "link_failed: recipient_rejected").await;

    // Once server, certificate and password are right, every mail arrives.
    let either: &[&str] = &["LOGIN", "PLAIN"];
    assert_delivered(
        &workerd,
        &server,
        &[(&fourth, &["PLAIN"]), (&first, either), (&second, either)],
    )
    .await;

    server.stop();
    request_for_new_person(&world).await;
    wait_for_failure(&workerd, "connect_failed", 1).await;
    assert_log_has_no_secrets(&workerd, &[&first, &second, &third, &fourth, &fifth]);
}

/// Reads until the client has sent this, or until the connection ends if it is empty. Returns
/// everything read.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    let mut buffer = [0; 1024];
    while end.is_empty() || !read.ends_with(end.as_bytes()) {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(length) => read.extend_from_slice(&buffer[..length]),
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// Serves one connection without TLS: sends a greeting, offers these extensions, and sends this
/// reply to the next command unless it is empty. Returns everything that the client sent.
async fn serve_plain(listener: &TcpListener, extensions: &str, reply: &str) -> String {
    let (mut stream, _) = listener.accept().await.expect("a delivery begins");
    stream.write_all(b"220 mail.example ESMTP\r\n").await.expect("the client is connected");
    let mut received = read_until(&mut stream, "\r\n").await;
    stream
        .write_all(format!("250-mail.example\r\n{extensions}").as_bytes())
        .await
        .expect("the client is connected");
    if !reply.is_empty() {
        received += &read_until(&mut stream, "\r\n").await;
        stream.write_all(reply.as_bytes()).await.expect("the client is connected");
    }
    received + &read_until(&mut stream, "").await
}

async fn starttls() {
    let folder = Folder::new("starttls");
    let authority = CertificateAuthority::new(&folder.0);
    let port = free_port();
    let (world, workerd) = worker(port, "starttls", &authority.root());

    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    let first = request_for_new_person(&world).await;
    let received = serve_plain(&listener, "250 AUTH PLAIN LOGIN\r\n", "").await;
    assert_eq!(received, "EHLO example.com\r\n", "without STARTTLS nothing else is sent");
    wait_for_failure(&workerd, "starttls_unsupported", 1).await;

    // Replies that arrive before the TLS handshake must be discarded (CVE-2011-0411).
    let second = request_for_new_person(&world).await;
    let injected = "220 go ahead\r\n250-mail.example\r\n250 AUTH PLAIN\r\n235 welcome\r\n250 sender\r\n250 recipient\r\n";
    let received = serve_plain(&listener, "250-AUTH PLAIN\r\n250 STARTTLS\r\n", injected).await;
    assert_eq!(received, "EHLO example.com\r\nSTARTTLS\r\n", "the injected replies have no effect");
    wait_for_failure(&workerd, "starttls_injected", 1).await;
    drop(listener);

    let mut server = SmtpServer::new(&folder.0, port, false);
    server.start(&authority.issue("elsewhere.example"), "PLAIN", PASSWORD);
    let third = request_for_new_person(&world).await;
    wait_for_failure(&workerd, "tls_failed", 1).await;
    assert!(server.record().is_empty(), "the server received: {:?}", server.record());

    server.start(&authority.issue("localhost"), "PLAIN", PASSWORD);
    let fourth = request_for_new_person(&world).await;
    let plain: &[&str] = &["PLAIN"];
    let people = [&fourth, &first, &second, &third];
    assert_delivered(&workerd, &server, &people.map(|person| (person, plain))).await;
    assert_log_has_no_secrets(&workerd, &people);
}

/// Starts a Worker that sends to a scripted server, with these variables.
async fn scripted(
    reply: impl Fn(&str) -> Option<ScriptedReply> + Send + Sync + 'static,
    variables: &[(&str, &str)],
) -> (World, Arc<Workerd>, ScriptedServer) {
    let server = ScriptedServer::start(reply).await;
    let port = server.port().to_string();
    let changes = [&[("MAIL_PORT", port.as_str()), ("MAIL_SECURITY", "none")], variables].concat();
    let workerd = Arc::new(Workerd::start(&changes));
    (World::Workerd(Arc::clone(&workerd)), workerd, server)
}

const SECOND: Duration = Duration::from_secs(1);

async fn slow_server() {
    let (world, workerd, server) = scripted(
        |command| match command {
            "" => Some((12 * SECOND, "220 mail.example ESMTP\r\n")),
            "." => Some((35 * SECOND, "250 queued\r\n")),
            "DATA" => Some((3 * SECOND, "354 go ahead\r\n")),
            "QUIT" => None,
            _ => Some((3 * SECOND, "250 ok\r\n")),
        },
        &[],
    )
    .await;
    let peter = request_for_new_person(&world).await;
    let sent = async || world.events(&peter).await == ["link_sent"];
    assert!(workerd.wait_until(2 * TIMEOUT, sent).await, "{}", workerd.log());
    // Longer than the time to the first retry.
    tokio::time::sleep(35 * SECOND).await;
    assert_eq!(server.received().messages.len(), 1, "{:?}", server.received().commands);
}

async fn strange_servers() {
    // Each connection is refused in another way before one succeeds.
    let step = AtomicUsize::new(0);
    let refuse_once = move |at: usize| {
        step.compare_exchange(at, at + 1, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    };
    let (world, workerd, server) = scripted(
        move |command| match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => Some((Duration::ZERO, "502 5.5.1 not implemented\r\n")),
            "RCPT" if refuse_once(0) => {
                Some((Duration::ZERO, "554 5.7.1 <x@mail.example>: Relay access denied\r\n"))
            }
            "." if refuse_once(1) => {
                Some((Duration::ZERO, "550 5.4.5 Daily user sending limit exceeded\r\n"))
            }
            _ => None,
        },
        &[],
    )
    .await;
    let peter = request_for_new_person(&world).await;
    wait_for_failure(&workerd, "relay_denied", 1).await;
    wait_for_failure(&workerd, "sending_limit", 1).await;
    let arrived = async || server.received().messages.len() == 2;
    assert!(workerd.wait_until(2 * TIMEOUT, arrived).await, "{}", workerd.log());
    world.wait_for_event(&peter, "link_sent").await;
    let commands = server.received().commands;
    assert_eq!(commands[..2], ["EHLO example.com", "HELO example.com"]);

    let (world, workerd, server) = scripted(
        |command| match command {
            "AUTH LOGIN" => Some((Duration::ZERO, "334 VXNlcm5hbWU6\r\n")),
            "cmVsYXRjaA==" => Some((Duration::ZERO, "334 UGFzc3dvcmQ6\r\n")),
            _ if command.starts_with("AUTH PLAIN") => {
                Some((Duration::ZERO, "504 5.7.4 Unrecognized authentication type\r\n"))
            }
            _ => None,
        },
        &[("MAIL_USERNAME", USERNAME), ("MAIL_PASSWORD", PASSWORD)],
    )
    .await;
    request_for_new_person(&world).await;
    let arrived = async || server.received().messages.len() == 1;
    assert!(workerd.wait_until(TIMEOUT, arrived).await, "{}", workerd.log());
    assert!(server.received().commands.iter().any(|command| command == "AUTH LOGIN"));
}

async fn lost_answers() {
    // Closes the connection instead of an answer.
    let (world, workerd, server) =
        scripted(|command| (command == ".").then_some((Duration::ZERO, "")), &[]).await;
    let peter = request_for_new_person(&world).await;
    let ended = async || world.events(&peter).await == ["link_failed: mail_unknown"];
    assert!(workerd.wait_until(2 * TIMEOUT, ended).await, "{}", workerd.log());
    assert_eq!(server.received().messages.len(), 2);
    assert_eq!(server.received().messages[0], server.received().messages[1]);

    // A kill in the middle of the hand-over is counted as well.
    let answers = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&answers);
    let (world, workerd, server) = scripted(
        move |command| {
            let is_first = command == "." && count.fetch_add(1, Ordering::SeqCst) == 0;
            is_first.then_some((600 * SECOND, "250 too late\r\n"))
        },
        &[],
    )
    .await;
    request_for_new_person(&world).await;
    let handed_over = async || server.received().messages.len() == 1;
    assert!(workerd.wait_until(TIMEOUT, handed_over).await, "{}", workerd.log());
    workerd.kill();
    workerd.start_worker();
    // No other attempt begins while the server may still answer.
    tokio::time::sleep(45 * SECOND).await;
    assert_eq!(server.received().messages.len(), 1);
}

async fn binding() {
    let workerd = Arc::new(Workerd::start(&[
        ("MAIL_PROVIDER", "cloudflare"),
        ("MAIL_SERVER", ""),
        ("SEND_EMAIL", "noreply@example.com"),
    ]));
    let world = World::Workerd(Arc::clone(&workerd));
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert_eq!(
        (mail.recipients.as_slice(), mail.to.as_slice()),
        ([peter.address().to_owned()].as_slice(), mail.recipients.as_slice())
    );
    assert_eq!(
        (mail.from.as_str(), mail.sender.as_str()),
        ("noreply@example.com", "noreply@example.com")
    );
    assert_mentions(&mail.subject, &["Example", "password"], "subject");
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert!(mail.html.contains(&format!("href=\"{}\"", mail.link())), "{}", mail.html);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let notice = world.wait_for_mail(peter.address(), 2).await;
    assert!(
        notice.text.contains("support@example.com") && !notice.source.contains(&token),
        "{}",
        notice.text
    );
    world.wait_for_event(&peter, "notice_sent").await;
}

async fn binding_rejects() {
    let workerd = Arc::new(Workerd::start(&[
        ("MAIL_PROVIDER", "cloudflare"),
        ("SEND_EMAIL", "another-sender@example.com"),
    ]));
    let world = World::Workerd(Arc::clone(&workerd));
    let peter = request_for_new_person(&world).await;
    wait_for_failure(&workerd, "provider_refused", 1).await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    assert!(world.events(&peter).await.is_empty(), "the mail is still to be retried");
    assert_log_has_no_secrets(&workerd, &[&peter]);
}

async fn make_mail() {
    let folder = Folder::new("make-mail");
    let inbox = Inbox::start(&folder.0.join("inbox.log"));
    let mail = |variables: &[(&str, &str)]| {
        let mut command = Command::new(tool("node"));
        command.arg(root().join("edge/tools/mail.mjs")).env("APPLICATION_NAME", "Example");
        let output = command.envs(variables.iter().copied()).output().expect("the tool runs");
        let printed =
            [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        (output.status.code(), printed.concat())
    };

    let (code, printed) =
        mail(&[("TO", "operator@example.com"), ("MAIL_PORT", &inbox.smtp.to_string())]);
    assert_eq!(code, Some(0), "{printed}");
    let mails = inbox.mails_to("operator@example.com").await;
    assert_eq!(mails.len(), 1);
    assert_mentions(&mails[0].subject, &["Example", "password"], "subject");
    assert_eq!(mails[0].recipients.len(), 1);

    let unused_port = free_port().to_string();
    for (to, port, words) in [
        ("operator@example.com", unused_port.as_str(), ["Not sent", "connect_failed"]),
        ("operator@example.com", "smtp", ["MAIL_PORT", "number"]),
        ("two@example.com, three@example.com", "25", ["TO", "one address"]),
    ] {
        let (code, printed) = mail(&[("TO", to), ("MAIL_PORT", port)]);
        assert_eq!(code, Some(1), "{printed}");
        assert_mentions(&printed, &words, to);
    }
}
