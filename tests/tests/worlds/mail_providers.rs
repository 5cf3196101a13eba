//! Mail as it really goes out: over TLS to a server that insists on it, and over Cloudflare's binding. Each trial has a
//! Worker of its own, for it is configured differently.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_tests::certificates::Authority;
use relatch_tests::inbox::Inbox;
use relatch_tests::person::Person;
use relatch_tests::process::{free_port, root};
use relatch_tests::smtp_server::{PASSWORD, REFUSED, SmtpServer, USERNAME};
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::World;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The first attempt comes at once, the first retry within 30 seconds; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(75);

pub fn trials() -> Vec<Trial> {
    vec![
        trial("workerd: TLS from the first byte, PLAIN and LOGIN; a refused certificate or log-in is tried again", tls),
        trial(
            "workerd: STARTTLS or nothing: no credentials without it, and nothing injected before it counts",
            starttls,
        ),
        trial("workerd: mail by Cloudflare's binding, read back from the local sender", binding),
        trial("workerd: a mail that the binding refuses is tried again, and nothing of it is logged", binding_refuses),
        trial("make mail sends one mail as configured, or says why not", make_mail),
        trial("every code that a mail can fail with is explained by make mail and in docs/mail.md", explained),
    ]
}

/// A folder of a trial's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("relatch-tests-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_dir_all(&self.0);
    }
}

/// A Worker that logs in at a server on this port, and trusts this authority.
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

/// Somebody who asked for a reset mail.
async fn asked(world: &World) -> Person {
    let person = world.somebody().await;
    assert_eq!(world.ask(json!({ "username": person.username })).await.status, 200);
    person
}

/// Waits until the log has told this fault that many times.
async fn fault(workerd: &Workerd, code: &str, times: usize) {
    let line = format!("mail: {code}");
    let told = async || workerd.log().matches(&line).count() >= times;
    assert!(workerd.until(PATIENCE, told).await, "`{line}` is not told {times} times:\n{}", workerd.log());
}

/// Waits for the mails to these people, each logged in for in this way.
async fn delivered(workerd: &Workerd, server: &SmtpServer, people: &[(&Person, &[&str])]) {
    for (person, methods) in people {
        let arrived = async || server.log_in_of(person.address()).is_some();
        assert!(workerd.until(PATIENCE, arrived).await, "the mail to {} is lost", person.username);
        let method = server.log_in_of(person.address()).unwrap();
        assert!(methods.contains(&method.as_str()), "{method}");
    }
    assert!(server.record().iter().all(|entry| entry["secure"] == true), "{:?}", server.record());
}

/// Neither addresses, nor what servers say, nor credentials.
fn is_silent(workerd: &Workerd, people: &[&Person]) {
    let log = workerd.log();
    for secret in people.iter().map(|person| person.address()).chain([PASSWORD, "no such mailbox", "not welcome"]) {
        assert!(!log.contains(secret), "`{secret}` stands in the log:\n{log}");
    }
}

async fn tls() {
    let folder = Folder::new("tls");
    let authority = Authority::new(&folder.0);
    let port = free_port();
    let mut server = SmtpServer::new(&folder.0, port, true);
    let (world, workerd) = worker(port, "tls", &authority.root());

    // Certificates that are not to be trusted: for another name, and of nobody.
    server.start(&authority.certificate("elsewhere.example"), "LOGIN", PASSWORD);
    let first = asked(&world).await;
    fault(&workerd, "tls_failed", 1).await;
    server.start(&authority.self_signed("localhost"), "LOGIN", PASSWORD);
    let second = asked(&world).await;
    fault(&workerd, "tls_failed", 2).await;
    assert!(server.record().is_empty(), "something was said all the same: {:?}", server.record());

    let good = authority.certificate("localhost");
    server.start(&good, "LOGIN", PASSWORD);
    let third = asked(&world).await;
    delivered(&workerd, &server, &[(&third, &["LOGIN"])]).await;

    server.start(&good, "PLAIN", "another password by now");
    let fourth = asked(&world).await;
    fault(&workerd, "auth_rejected", 1).await;
    assert_eq!(server.log_in_of(fourth.address()), None);

    server.start(&good, "PLAIN", PASSWORD);
    let somebody = Person::new();
    let email = Some(format!("{REFUSED}-{}@mail.example", somebody.id));
    let fifth = Person { email, ..somebody };
    world.add(&fifth).await;
    assert_eq!(world.ask(json!({ "username": fifth.username })).await.status, 200);
    world.told(&fifth, "link_failed: recipient_rejected").await;

    // Once everything is put right, everything arrives.
    let either: &[&str] = &["LOGIN", "PLAIN"];
    delivered(&workerd, &server, &[(&fourth, &["PLAIN"]), (&first, either), (&second, either)]).await;

    server.stop();
    asked(&world).await;
    fault(&workerd, "connect_failed", 1).await;
    is_silent(&workerd, &[&first, &second, &third, &fourth, &fifth]);
}

/// Reads until this has been sent, or the connection ends. Gives all that was sent.
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

/// A server without TLS, which is then told everything there is to tell: greets, offers these extensions, and to the next
/// command answers this. Gives all that it was told.
async fn plain_server(listener: &TcpListener, extensions: &str, answer: &str) -> String {
    let (mut stream, _) = listener.accept().await.expect("a delivery begins");
    stream.write_all(b"220 mail.example ESMTP\r\n").await.expect("it listens");
    let mut told = read_until(&mut stream, "\r\n").await;
    stream.write_all(format!("250-mail.example\r\n{extensions}").as_bytes()).await.expect("it listens");
    if !answer.is_empty() {
        told += &read_until(&mut stream, "\r\n").await;
        stream.write_all(answer.as_bytes()).await.expect("it listens");
    }
    told + &read_until(&mut stream, "").await
}

async fn starttls() {
    let folder = Folder::new("starttls");
    let authority = Authority::new(&folder.0);
    let port = free_port();
    let (world, workerd) = worker(port, "starttls", &authority.root());

    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    let first = asked(&world).await;
    let told = plain_server(&listener, "250 AUTH PLAIN LOGIN\r\n", "").await;
    assert_eq!(told, "EHLO example.com\r\n", "a server without STARTTLS gets nothing else");
    fault(&workerd, "starttls_unsupported", 1).await;

    // Answers that came unprotected must not be taken for protected ones (CVE-2011-0411).
    let second = asked(&world).await;
    let injected =
        "220 go ahead\r\n250-mail.example\r\n250 AUTH PLAIN\r\n235 welcome\r\n250 sender\r\n250 recipient\r\n";
    let told = plain_server(&listener, "250-AUTH PLAIN\r\n250 STARTTLS\r\n", injected).await;
    assert_eq!(told, "EHLO example.com\r\nSTARTTLS\r\n", "what was injected counts for nothing");
    fault(&workerd, "starttls_injected", 1).await;
    drop(listener);

    let mut server = SmtpServer::new(&folder.0, port, false);
    server.start(&authority.certificate("elsewhere.example"), "PLAIN", PASSWORD);
    let third = asked(&world).await;
    fault(&workerd, "tls_failed", 1).await;
    assert!(server.record().is_empty(), "something was said all the same: {:?}", server.record());

    server.start(&authority.certificate("localhost"), "PLAIN", PASSWORD);
    let fourth = asked(&world).await;
    let plain: &[&str] = &["PLAIN"];
    let people = [&fourth, &first, &second, &third];
    delivered(&workerd, &server, &people.map(|person| (person, plain))).await;
    is_silent(&workerd, &people);
}

async fn binding() {
    let workerd = Arc::new(Workerd::start(&[
        ("MAIL_PROVIDER", "cloudflare"),
        ("MAIL_SERVER", ""),
        ("SEND_EMAIL", "noreply@example.com"),
    ]));
    let world = World::Workerd(Arc::clone(&workerd));
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let mail = world.mail(peter.address(), 1).await;
    assert_eq!(
        (mail.recipients.as_slice(), mail.to.as_slice()),
        ([peter.address().to_owned()].as_slice(), mail.recipients.as_slice())
    );
    assert_eq!((mail.from.as_str(), mail.sender.as_str()), ("noreply@example.com", "noreply@example.com"));
    assert_eq!(mail.subject, "Reset your Example password");
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert!(mail.html.contains(&format!("href=\"{}\"", mail.link())), "{}", mail.html);
    assert_eq!(world.confirm(&token, "a quite new passphrase").await.status, 200);
    let notice = world.mail(peter.address(), 2).await;
    assert!(notice.text.contains("support@example.com") && !notice.source.contains(&token), "{}", notice.text);
    world.told(&peter, "notice_sent").await;
}

async fn binding_refuses() {
    let workerd =
        Arc::new(Workerd::start(&[("MAIL_PROVIDER", "cloudflare"), ("SEND_EMAIL", "somebody-else@example.com")]));
    let world = World::Workerd(Arc::clone(&workerd));
    let peter = asked(&world).await;
    fault(&workerd, "provider_refused", 1).await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    assert!(world.events(&peter).await.is_empty(), "the mail is not given up");
    is_silent(&workerd, &[&peter]);
}

async fn make_mail() {
    let folder = Folder::new("make-mail");
    let inbox = Inbox::start(&folder.0.join("inbox.log"));
    let mail = |variables: &[(&str, &str)]| {
        let mut command = Command::new("node");
        command.arg(root().join("edge/tools/mail.mjs")).env("APPLICATION_NAME", "Example");
        let output = command.envs(variables.iter().copied()).output().expect("it runs");
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
        (output.status.code(), said.concat())
    };

    let (code, said) = mail(&[("TO", "operator@example.com"), ("MAIL_PORT", &inbox.smtp.to_string())]);
    assert!(code == Some(0) && said.contains("Sent."), "{said}");
    let mails = inbox.mails_to("operator@example.com").await;
    assert_eq!(mails.len(), 1);
    assert_eq!((mails[0].subject.as_str(), mails[0].recipients.len()), ("Reset your Example password", 1));

    let away = free_port().to_string();
    let (code, said) = mail(&[("TO", "operator@example.com"), ("MAIL_PORT", &away)]);
    assert!(code == Some(1) && said.contains("Not sent: connect_failed"), "{said}");
    let (code, said) = mail(&[("TO", "operator@example.com"), ("MAIL_PORT", "smtp")]);
    assert!(code == Some(1) && said.contains("MAIL_PORT: is not a whole number"), "{said}");
    let (code, said) = mail(&[("TO", "two@example.com, three@example.com")]);
    assert!(code == Some(1) && said.contains("TO has to be one address"), "{said}");
}

async fn explained() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).expect(path);
    let (help, page) = (read("edge/tools/mail.mjs"), read("docs/mail.md"));
    let sources =
        ["cloudflare/mail/mod.rs", "cloudflare/mail/smtp.rs", "cloudflare/mail/send_email.rs", "core/mail/refusal.rs"];
    let mut codes = 0;
    for source in sources.map(|source| read(&format!("edge/src/{source}"))) {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for made in
            ["MailError::transient(\"", "MailError::permanent(\""].iter().flat_map(|made| code.split(made).skip(1))
        {
            let code = made.split('"').next().unwrap_or_default();
            assert!(help.contains(&format!("\n  {code}:")), "make mail does not explain {code}");
            assert!(page.contains(&format!("`{code}`")), "docs/mail.md does not explain {code}");
            codes += 1;
        }
    }
    assert!(codes > 20, "the codes were not found");
}
