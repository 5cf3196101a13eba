//! Mail over SMTP (RFC 5321), with TLS from the first byte (RFC 8314) or by STARTTLS (RFC 3207) as configuration says.
//! What the server says stays here: it echoes addresses. Only codes go out, each naming the step that failed.

use secrecy::ExposeSecret as _;
use wasm_smtp::{AuthError, ProtocolError, SmtpClient, SmtpError, SmtpOp};

use crate::host::within;
use crate::mail::provider::ADDRESS_UNSUPPORTED;
use crate::mail::socket::{Broken, SocketTransport};
use relatch_config::{MailSecurity, SmtpServer};
use relatch_domain::mail::Message;
use relatch_domain::ports::MailError;
use relatch_domain::timeouts;

/// Hands one message over to a server, which is told this name of ours.
pub async fn send(server: &SmtpServer, own_name: &str, message: &Message) -> Result<(), MailError> {
    let exchange = within(timeouts::MAIL, deliver(server, own_name, message)).await;
    let client = exchange.unwrap_or(Err(MailError::transient("timeout")))?;
    // The server has the message, whatever becomes of the good-bye.
    let _sent_either_way = within(timeouts::SMTP_QUIT, client.quit()).await;
    Ok(())
}

async fn deliver(
    server: &SmtpServer,
    own_name: &str,
    message: &Message,
) -> Result<SmtpClient<SocketTransport>, MailError> {
    let connected = SocketTransport::connect(&server.host, server.port, server.security).await;
    let transport = connected.map_err(|broken| match broken {
        Broken::TimedOut => MailError::transient("connect_timeout"),
        Broken::Lost => MailError::transient("connect_failed"),
        Broken::Tls => TLS_FAILED,
    })?;
    let broken = transport.broken();
    exchange(transport, server, own_name, message).await.map_err(|error| fault(&error, broken.get()))
}

async fn exchange(
    transport: SocketTransport,
    server: &SmtpServer,
    own_name: &str,
    message: &Message,
) -> Result<SmtpClient<SocketTransport>, SmtpError> {
    let mut client = SmtpClient::connect(transport, own_name).await?;
    if server.security == MailSecurity::StartTls {
        // A server that does not offer it, or an attacker who hides that it does, gets nothing more.
        client.starttls().await?;
    }
    // Here the connection is protected, or else leads to this very machine: configuration sees to that.
    if let Some((username, password)) = &server.credentials {
        client.login(username, password.expose_secret()).await?;
    }
    client.send_mail_bytes(&message.from, &[&message.to], &message.mime).await?;
    Ok(client)
}

/// A certificate that is not trusted, or no TLS at all. An operator has to put it right.
const TLS_FAILED: MailError = MailError::transient("tls_failed");

fn fault(error: &SmtpError, broken: Option<Broken>) -> MailError {
    match error {
        SmtpError::Io(_) if broken == Some(Broken::TimedOut) => MailError::transient("timeout"),
        SmtpError::Io(_) if broken == Some(Broken::Tls) => TLS_FAILED,
        SmtpError::Io(_) | SmtpError::Protocol(ProtocolError::UnexpectedClose) => {
            MailError::transient("connection_lost")
        }
        SmtpError::Protocol(ProtocolError::UnexpectedCode { during, actual, .. }) => refused(*during, *actual),
        SmtpError::Protocol(ProtocolError::ExtensionUnavailable { .. }) => MailError::transient("starttls_unsupported"),
        // Somebody slipped answers in that would have been taken for protected ones (CVE-2011-0411 and its kin).
        SmtpError::Protocol(ProtocolError::StartTlsBufferResidue { .. }) => MailError::transient("starttls_injected"),
        SmtpError::Protocol(_) => MailError::transient("protocol"),
        SmtpError::Auth(AuthError::UnsupportedMechanism) => MailError::transient("auth_unsupported"),
        SmtpError::Auth(_) => MailError::transient("auth_rejected"),
        SmtpError::InvalidInput(_) | SmtpError::Policy(_) => ADDRESS_UNSUPPORTED,
    }
}

/// A refusal for good (RFC 5321 section 4.2.1: 5yz) ends a mail only where it is about this mail. About us, such as a
/// wrong password or a sender that is not allowed yet, it is for an operator to put right while attempts go on.
fn refused(during: SmtpOp, reply: u16) -> MailError {
    let for_good = (500..600).contains(&reply);
    match during {
        SmtpOp::Greeting => MailError::transient("greeting"),
        SmtpOp::Ehlo => MailError::transient("ehlo"),
        SmtpOp::StartTls => MailError::transient("starttls_rejected"),
        SmtpOp::AuthPlain | SmtpOp::AuthLogin => MailError::transient("auth_rejected"),
        SmtpOp::MailFrom => MailError::transient("sender_rejected"),
        SmtpOp::RcptTo if for_good => MailError::permanent("recipient_rejected"),
        SmtpOp::RcptTo => MailError::transient("recipient_deferred"),
        SmtpOp::Data if for_good => MailError::permanent("message_rejected"),
        SmtpOp::Data => MailError::transient("message_deferred"),
        _ => MailError::transient("protocol"),
    }
}
