//! Dialogues with servers that exist: strange, slow in steps, and older than ESMTP.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use relatch_domain::mail::MessageParts;
use relatch_domain::mail::failure::MailFailure;

use super::*;
use crate::mail::smtp_errors::failure;

/// A server that answers each command with the next reply of its script.
struct Server {
    script: VecDeque<&'static str>,
    /// The rest of the current reply, which the server sends in pieces.
    pending: VecDeque<Vec<u8>>,
    log: RefCell<Vec<String>>,
    secure: bool,
    limits: Vec<Duration>,
}

const CLOSES: &str = "";
const TIMES_OUT: &str = "time-out";

impl Server {
    /// Creates a server with a greeting and the replies to the commands in order.
    fn new(script: &[&'static str]) -> Self {
        let mut server = Self {
            script: script.iter().copied().collect(),
            pending: VecDeque::new(),
            log: RefCell::default(),
            secure: false,
            limits: Vec::new(),
        };
        server.answer();
        server
    }

    fn answer(&mut self) {
        let reply = self.script.pop_front().unwrap_or(CLOSES);
        // In two pieces, the second of which begins anywhere.
        let (first, second) = reply.as_bytes().split_at(reply.len() / 2);
        self.pending.extend([first, second].map(<[u8]>::to_vec));
    }

    /// Delivers a message and returns its outcome with the commands, in which the message is
    /// `MESSAGE` and the hand-over `HAND OVER`.
    fn deliver(&mut self, session: &Session<'_>) -> (Result<(), SmtpError>, Vec<String>) {
        let message = message(b"Subject: x\r\n\r\n.hidden\r\n..\r\nend");
        let log = RefCell::new(Vec::new());
        let outcome = run(deliver(
            self,
            session,
            &message,
            Box::pin(async {
                log.borrow_mut().push(());
                Ok(())
            }),
        ));
        let commands = self.log.borrow().clone();
        assert_eq!(log.borrow().len(), usize::from(commands.iter().any(|line| line == ".")));
        (outcome, commands)
    }
}

impl Transport for Server {
    async fn read(&mut self, limit: Duration) -> Result<Vec<u8>, SocketError> {
        self.limits.push(limit);
        let pieces: Vec<Vec<u8>> = self.pending.drain(..).collect();
        let whole = pieces.concat();
        if whole == TIMES_OUT.as_bytes() {
            return Err(SocketError::TimedOut);
        }
        let Some((first, rest)) = pieces.split_first() else { return Ok(Vec::new()) };
        if first.is_empty() {
            return Ok(rest.concat());
        }
        self.pending.extend(rest.iter().filter(|piece| !piece.is_empty()).cloned());
        Ok(first.clone())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), SocketError> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let line = text.strip_suffix("\r\n").expect("a whole line").to_owned();
        let is_message = line.starts_with("Subject");
        self.log.borrow_mut().push(line);
        if !is_message {
            self.answer();
        }
        Ok(())
    }

    async fn start_tls(&mut self) -> Result<(), SocketError> {
        self.secure = true;
        Ok(())
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the server waits for something"),
    }
}

fn message(mime: &[u8]) -> Message {
    Message {
        from: "noreply@example.com".to_owned(),
        to: "peter@example.org".to_owned(),
        mime: mime.to_vec(),
        parts: MessageParts::default(),
    }
}

const PLAIN: Session<'_> =
    Session { name: "example.com", security: MailSecurity::None, credentials: None };
const LOG_IN: Session<'_> = Session { credentials: Some(("me", "secret")), ..PLAIN };
const STARTTLS: Session<'_> = Session { security: MailSecurity::StartTls, ..LOG_IN };

const GREETING: &str = "220 mail.example ESMTP\r\n";
const OK: &str = "250 ok\r\n";
const GO_AHEAD: &str = "354 go ahead\r\n";

/// Returns a script that begins with these replies and goes on as usual.
fn then_usual(replies: &[&'static str]) -> Vec<&'static str> {
    [replies, &[OK, OK, GO_AHEAD, OK]].concat()
}

#[test]
fn a_message_is_sent_with_dots_doubled_and_handed_over_before_the_final_dot() {
    let mut server = Server::new(&then_usual(&[GREETING, "250-mail.example\r\n250 SIZE 1\r\n"]));
    let (outcome, commands) = server.deliver(&PLAIN);
    assert_eq!(outcome, Ok(()));
    assert_eq!(
        commands,
        [
            "EHLO example.com",
            "MAIL FROM:<noreply@example.com>",
            "RCPT TO:<peter@example.org>",
            "DATA",
            "Subject: x\r\n\r\n..hidden\r\n...\r\nend",
            ".",
        ]
    );
    assert_eq!(server.limits.first(), Some(&SMTP_REPLY));
    assert_eq!(server.limits.last(), Some(&SMTP_ACCEPT));
    run(quit(&mut server));
    assert_eq!(server.log.borrow().last().map(String::as_str), Some("QUIT"));
}

#[test]
fn a_hand_over_that_fails_ends_the_delivery_before_the_final_dot() {
    let mut server = Server::new(&then_usual(&[GREETING, OK]));
    let message = message(b"Subject: x\r\n\r\n");
    let outcome = run(deliver(&mut server, &PLAIN, &message, Box::pin(async { Err(Outage) })));
    assert_eq!(outcome, Err(SmtpError::HandOver));
    assert!(!server.log.borrow().iter().any(|line| line == "."));
}

#[test]
fn an_answer_to_the_message_is_told_from_none() {
    for (answer, is_answer) in [
        ("250 queued\r\n", true),
        ("550 5.1.1 no\r\n", true),
        ("451 later\r\n", true),
        ("421 closing\r\n", true),
        (CLOSES, false),
        (TIMES_OUT, false),
        ("queued\r\n", false),
    ] {
        let script = [GREETING, OK, OK, OK, GO_AHEAD, answer];
        let (outcome, _) = Server::new(&script).deliver(&PLAIN);
        let answered = outcome.is_ok_and(|()| true)
            || Server::new(&script)
                .deliver(&PLAIN)
                .0
                .is_err_and(|error| failure(&error).is_answer());
        assert_eq!(answered, is_answer, "{answer}");
    }
}

#[test]
fn a_server_without_ehlo_gets_helo_where_nothing_of_esmtp_is_needed() {
    for refused in
        ["500 what\r\n", "502 5.5.1 Command not implemented\r\n", "550 no\r\n", "504\r\n"]
    {
        let mut server = Server::new(&then_usual(&[GREETING, refused, OK]));
        let (outcome, commands) = server.deliver(&PLAIN);
        assert_eq!(outcome, Ok(()), "{refused}");
        assert_eq!(commands[..2], ["EHLO example.com", "HELO example.com"]);
    }
    let tls = Session { security: MailSecurity::Tls, ..PLAIN };
    assert_eq!(Server::new(&then_usual(&[GREETING, "502 no\r\n", OK])).deliver(&tls).0, Ok(()));
    for needs_more in [LOG_IN, STARTTLS, Session { credentials: None, ..STARTTLS }] {
        let mut server = Server::new(&then_usual(&[GREETING, "502 no\r\n", OK]));
        let (outcome, commands) = server.deliver(&needs_more);
        assert_eq!(outcome.map_err(|error| failure(&error)), Err(MailFailure::Ehlo));
        assert_eq!(commands, ["EHLO example.com"]);
    }
    // A server that is out of service, or refuses both, or hangs up.
    for replies in [&["421 later\r\n"][..], &["502 no\r\n", "502 no\r\n"], &["502 no\r\n", CLOSES]]
    {
        let script = [&[GREETING], replies].concat();
        let (outcome, _) = Server::new(&script).deliver(&PLAIN);
        assert_eq!(outcome.map_err(|error| failure(&error)), Err(MailFailure::Ehlo));
    }
}

const BOTH: &str = "250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n";
const LOGIN_ONLY: &str = "250-mail.example\r\n250-auth=login\r\n250 HELP\r\n";
const PASSWORD: &str = "334 UGFzc3dvcmQ6\r\n";
const USERNAME: &str = "334 VXNlcm5hbWU6\r\n";
const WELCOME: &str = "235 2.7.0 welcome\r\n";
const AUTH_PLAIN: &str = "AUTH PLAIN AG1lAHNlY3JldA==";
const AUTH_LOGIN: [&str; 3] = ["AUTH LOGIN", "bWU=", "c2VjcmV0"];

#[test]
fn a_log_in_uses_plain_and_falls_back_to_login_if_the_mechanism_is_refused() {
    let log_in = |replies: &[&'static str]| {
        let (outcome, mut commands) =
            Server::new(&then_usual(&[&[GREETING], replies].concat())).deliver(&LOG_IN);
        let mail = commands.iter().position(|line| line.starts_with("MAIL"));
        commands.truncate(mail.unwrap_or(commands.len()));
        commands.remove(0);
        (outcome.map_err(|error| failure(&error)), commands)
    };
    assert_eq!(log_in(&[BOTH, WELCOME]), (Ok(()), vec![AUTH_PLAIN.to_owned()]));
    assert_eq!(log_in(&[LOGIN_ONLY, USERNAME, PASSWORD, WELCOME]).1, AUTH_LOGIN);
    let both = [&[AUTH_PLAIN][..], &AUTH_LOGIN].concat();
    for refused in [
        "504 5.7.4 Unrecognized authentication type\r\n",
        "504 unknown mechanism\r\n",
        "535 5.7.4 Unrecognized authentication type\r\n",
        "502 5.5.1 not implemented\r\n",
        "501 5.5.4 Syntax: AUTH mechanism\r\n",
        "500 unrecognized\r\n",
        "503 5.5.1 Error: authentication not enabled\r\n",
        "503 AUTH not available\r\n",
        "535 5.7.8 Error: authentication failed: no mechanism available\r\n",
        "535 5.7.8 Error: authentication failed: Invalid authentication mechanism\r\n",
        "535 mechanism not supported\r\n",
        "535-5.7.8 Authentication failed\r\n535 5.7.8 Unsupported authentication method.\r\n",
        "534 5.7.9 Authentication mechanism is too weak\r\n",
        "550 5.7.1 Unrecognized authentication type\r\n",
    ] {
        let (outcome, commands) = log_in(&[BOTH, refused, USERNAME, PASSWORD, WELCOME]);
        assert_eq!((outcome, commands), (Ok(()), both.map_to_owned()), "{refused}");
    }
    // The server asks for the response that the command contained.
    let (outcome, commands) = log_in(&[BOTH, "334 \r\n", WELCOME]);
    assert_eq!((outcome, commands.len()), (Ok(()), 2));
    // A refused password is not tried again by another mechanism.
    for (refused, code) in [
        ("535 5.7.8 wrong\r\n", MailFailure::AuthRejected),
        ("535 wrong\r\n", MailFailure::AuthRejected),
        ("535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6\r\n", MailFailure::AuthRejected),
        ("535 5.7.3 Authentication unsuccessful\r\n", MailFailure::AuthRejected),
        ("535 Mechanism PLAIN: wrong password\r\n", MailFailure::AuthRejected),
        ("534 5.7.9 Application-specific password required\r\n", MailFailure::AuthRejected),
        ("503 5.7.0 wrong\r\n", MailFailure::AuthRejected),
        ("501 5.7.0 wrong\r\n", MailFailure::AuthRejected),
        ("454 4.7.0 later\r\n", MailFailure::AuthDeferred),
        ("454 4.7.0 no mechanism available\r\n", MailFailure::AuthDeferred),
        ("538 5.7.11 encrypt\r\n", MailFailure::AuthRequired),
        ("538 Encryption required for this mechanism\r\n", MailFailure::AuthRequired),
    ] {
        assert_eq!(log_in(&[BOTH, refused]), (Err(code), vec![AUTH_PLAIN.to_owned()]), "{refused}");
    }
    let (outcome, _) = log_in(&[LOGIN_ONLY, "504 no\r\n"]);
    assert_eq!(outcome, Err(MailFailure::AuthUnsupported));
    let (outcome, commands) = log_in(&["250-mail.example\r\n250 AUTH CRAM-MD5\r\n"]);
    assert_eq!((outcome, commands.len()), (Err(MailFailure::AuthUnsupported), 0));
}

trait ToOwnedLines {
    fn map_to_owned(&self) -> Vec<String>;
}

impl ToOwnedLines for Vec<&str> {
    fn map_to_owned(&self) -> Vec<String> {
        self.iter().map(|line| (*line).to_owned()).collect()
    }
}

#[test]
fn starttls_comes_before_the_log_in_and_is_never_left_out() {
    let offers = "250-mail.example\r\n250-AUTH LOGIN\r\n250 StartTLS\r\n";
    let ready = "220 go ahead\r\n";
    let mut server = Server::new(&then_usual(&[GREETING, offers, ready, BOTH, WELCOME]));
    let (outcome, commands) = server.deliver(&STARTTLS);
    assert_eq!((outcome, server.secure), (Ok(()), true));
    let hello = "EHLO example.com";
    assert_eq!(commands[..4], [hello, "STARTTLS", hello, AUTH_PLAIN]);

    let injected = "220 go ahead\r\n250 AUTH PLAIN\r\n";
    for (replies, code) in [
        (&[BOTH][..], MailFailure::StarttlsUnsupported),
        (&[offers, "454 not now\r\n"], MailFailure::StarttlsRejected),
        (&[offers, injected], MailFailure::StarttlsInjected),
    ] {
        let mut server = Server::new(&[&[GREETING], replies].concat());
        let (outcome, _) = server.deliver(&STARTTLS);
        assert_eq!((outcome.map_err(|error| failure(&error)), server.secure), (Err(code), false));
    }
}

#[test]
fn an_address_that_would_be_a_second_command_is_refused() {
    for to in ["a@b.example>\r\nRCPT TO:<c@d.example", "a b@c.example", "ä@b.example", "a@b\0"] {
        let message = Message { to: to.to_owned(), ..message(b"") };
        let mut server = Server::new(&then_usual(&[GREETING, OK]));
        let outcome = run(deliver(&mut server, &PLAIN, &message, Box::pin(async { Ok(()) })));
        assert_eq!(outcome, Err(SmtpError::AddressUnsupported), "{to:?}");
        assert!(server.log.borrow().is_empty());
    }
}

#[test]
fn a_refused_greeting_ends_the_delivery() {
    for greeting in ["554 no service\r\n", "421 busy\r\n"] {
        let (outcome, commands) = Server::new(&[greeting]).deliver(&PLAIN);
        assert_eq!(outcome.map_err(|error| failure(&error)), Err(MailFailure::Greeting));
        assert!(commands.is_empty());
    }
    let long = "220-welcome\r\n220-this takes a while\r\n220 mail.example\r\n";
    assert_eq!(Server::new(&then_usual(&[long, OK])).deliver(&PLAIN).0, Ok(()));
}
