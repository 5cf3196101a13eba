//! An SMTP client (RFC 5321) that sends one message over a connection.
//!
//! It is written here because a client must go on after a refusal: with HELO after EHLO, with LOGIN
//! after PLAIN. It must also stop before the final dot, so that the hand-over is stored first.
#![expect(async_fn_in_trait, reason = "one thread, as in the ports")]

use std::pin::Pin;
use std::time::Duration;

use crate::mail::MailSecurity;
use base64ct::{Base64, Encoding as _};
use relatch_domain::mail::Message;
use relatch_domain::ports::Outage;
use relatch_domain::timeouts::{SMTP_ACCEPT, SMTP_REPLY};

use super::reply::{Extensions, Reply, ReplyError};
use super::smtp_errors::{SmtpError, SocketError, Step, refuses_mechanism};

/// A connection to a mail server.
pub trait Transport {
    /// Returns the next bytes, or none if the server has closed the connection.
    ///
    /// # Errors
    ///
    /// [`SocketError`] if nothing arrives within the limit or the connection is lost.
    async fn read(&mut self, limit: Duration) -> Result<Vec<u8>, SocketError>;

    /// Sends bytes.
    ///
    /// # Errors
    ///
    /// [`SocketError`] if the connection is lost or the server does not accept them in time.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), SocketError>;

    /// Encrypts the connection.
    ///
    /// # Errors
    ///
    /// [`SocketError`] if the handshake fails.
    async fn start_tls(&mut self) -> Result<(), SocketError>;
}

/// How to introduce oneself to a server.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// The client's name in EHLO.
    pub name: &'a str,
    /// The protection of the connection.
    pub security: MailSecurity,
    /// The user name and the password, if the server requires a log-in. They are sent over a
    /// connection that is encrypted, or to loopback: the configuration allows no other.
    pub credentials: Option<(&'a str, &'a str)>,
}

/// The hand-over of a message, which is stored when it is awaited. Boxed, so that the dialogue is
/// compiled only once.
pub type HandOver<'a> = Pin<Box<dyn Future<Output = Result<(), Outage>> + 'a>>;

/// Sends a message up to the acknowledgement of the server. `hand_over` is awaited directly before
/// the final dot.
///
/// # Errors
///
/// [`SmtpError`] if the server did not accept the message, or did not confirm that it did.
pub async fn deliver(
    transport: &mut impl Transport,
    session: &Session<'_>,
    message: &Message,
    hand_over: HandOver<'_>,
) -> Result<(), SmtpError> {
    // The domain builds no other addresses; a line end here would be a second command.
    if ![&message.from, &message.to].into_iter().all(|address| is_path(address)) {
        return Err(SmtpError::AddressUnsupported);
    }
    let mut client = Client { transport, received: Vec::new() };
    client.greet(session).await?;
    client.expect(&format!("MAIL FROM:<{}>", message.from), Step::MailFrom).await?;
    client.expect(&format!("RCPT TO:<{}>", message.to), Step::RcptTo).await?;
    let reply = client.command("DATA").await?;
    if !reply.is_intermediate() {
        return Err(SmtpError::Rejected(Step::Data, reply));
    }
    client.transport.write(&stuffed(&message.mime)).await?;
    hand_over.await.map_err(|Outage| SmtpError::HandOver)?;
    client.transport.write(b".\r\n").await?;
    let reply = client.reply(SMTP_ACCEPT).await?;
    if reply.is_positive() { Ok(()) } else { Err(SmtpError::Rejected(Step::Message, reply)) }
}

/// Ends the connection. The server has accepted the message, so a failure does not matter.
pub async fn quit(transport: &mut impl Transport) {
    if transport.write(b"QUIT\r\n").await.is_ok() {
        let _goodbye = transport.read(SMTP_REPLY).await;
    }
}

struct Client<'a, T> {
    transport: &'a mut T,
    received: Vec<u8>,
}

impl<T: Transport> Client<'_, T> {
    async fn greet(&mut self, session: &Session<'_>) -> Result<(), SmtpError> {
        let greeting = self.reply(SMTP_REPLY).await?;
        if !greeting.is_positive() {
            return Err(SmtpError::Rejected(Step::Greeting, greeting));
        }
        let needs_extensions =
            session.security == MailSecurity::StartTls || session.credentials.is_some();
        let mut offered = match self.extensions(session.name).await {
            Err(SmtpError::Rejected(Step::Ehlo, reply))
                if reply.is_permanent() && !needs_extensions =>
            {
                return self.helo(session.name, reply).await;
            }
            offered => offered?,
        };
        if session.security == MailSecurity::StartTls {
            self.start_tls(offered).await?;
            offered = self.extensions(session.name).await?;
        }
        match session.credentials {
            Some((username, password)) => self.log_in(offered, username, password).await,
            None => Ok(()),
        }
    }

    async fn extensions(&mut self, name: &str) -> Result<Extensions, SmtpError> {
        let reply = self.expect(&format!("EHLO {name}"), Step::Ehlo).await?;
        Ok(Extensions::of(&reply))
    }

    /// Introduces oneself without extensions to a server that has refused EHLO (RFC 5321 section
    /// 3.2).
    async fn helo(&mut self, name: &str, refused: Reply) -> Result<(), SmtpError> {
        match self.command(&format!("HELO {name}")).await {
            Ok(reply) if reply.is_positive() => Ok(()),
            Ok(reply) => Err(SmtpError::Rejected(Step::Ehlo, reply)),
            Err(_) => Err(SmtpError::Rejected(Step::Ehlo, refused)),
        }
    }

    /// Encrypts the connection. Fails, before anything else is sent, if the server does not offer
    /// it or an attacker hides that it does.
    async fn start_tls(&mut self, offered: Extensions) -> Result<(), SmtpError> {
        if !offered.starttls {
            return Err(SmtpError::StarttlsUnsupported);
        }
        let reply = self.command("STARTTLS").await?;
        if reply.code != 220 {
            return Err(SmtpError::Rejected(Step::StartTls, reply));
        }
        // Data from before the handshake would be taken for protected data (CVE-2011-0411).
        if !self.received.is_empty() {
            return Err(SmtpError::StarttlsInjected);
        }
        Ok(self.transport.start_tls().await?)
    }

    /// Logs in by PLAIN, or by LOGIN if the server does not take PLAIN.
    async fn log_in(
        &mut self,
        offered: Extensions,
        username: &str,
        password: &str,
    ) -> Result<(), SmtpError> {
        if offered.plain {
            let answer = Base64::encode_string(format!("\0{username}\0{password}").as_bytes());
            let mut reply = self.command(&format!("AUTH PLAIN {answer}")).await?;
            if reply.is_intermediate() {
                // The server asks for what the command already contains.
                reply = self.command(&answer).await?;
            }
            if reply.is_positive() {
                return Ok(());
            }
            if !(offered.login && refuses_mechanism(&reply)) {
                return Err(SmtpError::Rejected(Step::Auth, reply));
            }
        } else if !offered.login {
            return Err(SmtpError::AuthUnsupported);
        }
        let username = Base64::encode_string(username.as_bytes());
        let password = Base64::encode_string(password.as_bytes());
        for line in ["AUTH LOGIN", &username] {
            let reply = self.command(line).await?;
            if !reply.is_intermediate() {
                return Err(SmtpError::Rejected(Step::Auth, reply));
            }
        }
        self.expect(&password, Step::Auth).await.map(drop)
    }

    /// Sends a command and returns its reply, which must be positive.
    async fn expect(&mut self, line: &str, step: Step) -> Result<Reply, SmtpError> {
        let reply = self.command(line).await?;
        if reply.is_positive() { Ok(reply) } else { Err(SmtpError::Rejected(step, reply)) }
    }

    async fn command(&mut self, line: &str) -> Result<Reply, SmtpError> {
        self.transport.write(format!("{line}\r\n").as_bytes()).await?;
        self.reply(SMTP_REPLY).await
    }

    async fn reply(&mut self, limit: Duration) -> Result<Reply, SmtpError> {
        loop {
            match Reply::take(&mut self.received) {
                Ok(reply) => return Ok(reply),
                Err(ReplyError::Malformed) => return Err(SmtpError::Malformed),
                Err(ReplyError::Incomplete) => {}
            }
            let bytes = self.transport.read(limit).await?;
            if bytes.is_empty() {
                return Err(SmtpError::Closed);
            }
            self.received.extend(bytes);
        }
    }
}

/// Returns whether an address can stand between angle brackets.
fn is_path(address: &str) -> bool {
    address.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'))
}

/// Returns the lines of a message with a second dot before each that begins with one (RFC 5321
/// section 4.5.2), and a line end after the last.
fn stuffed(mime: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(mime.len().saturating_add(64));
    for line in mime.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            lines.push(b'.');
        }
        lines.extend_from_slice(line);
    }
    if !lines.ends_with(b"\r\n") {
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

#[cfg(test)]
mod tests;
