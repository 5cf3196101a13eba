//! Mail over SMTP (RFC 5321), on a plain TCP connection. What the server says stays here: it echoes addresses. Only
//! codes go out, each naming the step that failed.

use std::rc::Rc;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use wasm_smtp::{AuthError, ProtocolError, SmtpClient, SmtpError, SmtpOp};

use super::socket::{Broken, SocketTransport};
use crate::cloudflare::host::{log_error, within};
use crate::core::config::{Application, SmtpServer};
use crate::core::mail::Message;
use crate::core::ports::{MailFault, Mailer};

/// The whole exchange, up to the server's word that it has the message. With the reads before it, an attempt takes less
/// than [`crate::core::outbox::LONGEST_ATTEMPT`].
const EXCHANGE: Duration = Duration::from_secs(15);
/// The good-bye after it.
const GOODBYE: Duration = Duration::from_secs(1);

/// The application's SMTP server.
pub struct SmtpMailer {
    application: Rc<Application>,
}

impl SmtpMailer {
    /// Sends as this application is configured.
    pub fn new(application: &Rc<Application>) -> Self {
        Self { application: Rc::clone(application) }
    }

    async fn attempt(&self, message: &Message) -> Result<(), MailFault> {
        if !message.to.is_ascii() {
            return Err(ADDRESS_UNSUPPORTED);
        }
        let mail = &self.application.mail;
        let exchange = within(EXCHANGE, deliver(&mail.server, mail.from.domain(), message)).await;
        let client = exchange.unwrap_or_else(|| Err(again("timeout")))?;
        // The server has the message, whatever becomes of the good-bye.
        let _sent_either_way = within(GOODBYE, client.quit()).await;
        Ok(())
    }
}

impl Mailer for SmtpMailer {
    async fn send(&self, message: &Message) -> Result<(), MailFault> {
        let sent = self.attempt(message).await;
        if let Err(fault) = &sent {
            // Attempts go on for an hour before an event tells: whoever looks at the log should know at once.
            log_error(&format!("mail: {}", fault.code));
        }
        sent
    }
}

async fn deliver(
    server: &SmtpServer,
    own_name: &str,
    message: &Message,
) -> Result<SmtpClient<SocketTransport>, MailFault> {
    let transport = SocketTransport::connect(&server.host, server.port).await.map_err(|broken| match broken {
        Broken::TimedOut => again("connect_timeout"),
        Broken::Lost => again("connect_failed"),
    })?;
    let timed_out = transport.timed_out();
    exchange(transport, server, own_name, message).await.map_err(|error| fault(&error, timed_out.get()))
}

async fn exchange(
    transport: SocketTransport,
    server: &SmtpServer,
    own_name: &str,
    message: &Message,
) -> Result<SmtpClient<SocketTransport>, SmtpError> {
    let mut client = SmtpClient::connect(transport, own_name).await?;
    // Configuration lets credentials go to a server on this very machine only.
    if let Some((username, password)) = &server.credentials {
        client.login(username, password.expose_secret()).await?;
    }
    client.send_mail_bytes(&message.from, &[&message.to], &message.mime).await?;
    Ok(client)
}

const ADDRESS_UNSUPPORTED: MailFault = never("address_unsupported");

const fn again(code: &'static str) -> MailFault {
    MailFault { code, retry: true }
}

const fn never(code: &'static str) -> MailFault {
    MailFault { code, retry: false }
}

fn fault(error: &SmtpError, timed_out: bool) -> MailFault {
    match error {
        SmtpError::Io(_) if timed_out => again("timeout"),
        SmtpError::Io(_) | SmtpError::Protocol(ProtocolError::UnexpectedClose) => again("connection_lost"),
        SmtpError::Protocol(ProtocolError::UnexpectedCode { during, actual, .. }) => refused(*during, *actual),
        SmtpError::Protocol(_) => again("protocol"),
        SmtpError::Auth(AuthError::UnsupportedMechanism) => again("auth_unsupported"),
        SmtpError::Auth(_) => again("auth_rejected"),
        SmtpError::InvalidInput(_) | SmtpError::Policy(_) => ADDRESS_UNSUPPORTED,
    }
}

/// A refusal for good (RFC 5321 section 4.2.1: 5yz) ends a mail only where it is about this mail. About us, such as a
/// wrong password or a sender that is not allowed yet, it is for an operator to put right while attempts go on.
fn refused(during: SmtpOp, reply: u16) -> MailFault {
    let for_good = (500..600).contains(&reply);
    match during {
        SmtpOp::Greeting => again("greeting"),
        SmtpOp::Ehlo => again("ehlo"),
        SmtpOp::AuthPlain | SmtpOp::AuthLogin => again("auth_rejected"),
        SmtpOp::MailFrom => again("sender_rejected"),
        SmtpOp::RcptTo if for_good => never("recipient_rejected"),
        SmtpOp::RcptTo => again("recipient_deferred"),
        SmtpOp::Data if for_good => never("message_rejected"),
        SmtpOp::Data => again("message_deferred"),
        _ => again("protocol"),
    }
}
