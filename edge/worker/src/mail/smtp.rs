//! Mail over SMTP (RFC 5321), with TLS from the first byte (RFC 8314) or after STARTTLS (RFC 3207),
//! as configured.

use secrecy::ExposeSecret as _;
use wasm_smtp::{SmtpClient, SmtpError};

use crate::host::within;
use crate::mail::smtp_errors::{connect_failure, failure};
use crate::mail::socket::SocketTransport;
use relatch_config::{MailSecurity, SmtpServer};
use relatch_domain::mail::Message;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::timeouts;

/// Sends one message over a new connection. `ehlo_name` is the client's name in EHLO.
pub async fn send(
    server: &SmtpServer,
    ehlo_name: &str,
    message: &Message,
) -> Result<(), MailFailure> {
    let delivery = within(timeouts::MAIL, deliver(server, ehlo_name, message)).await;
    let client = delivery.unwrap_or(Err(MailFailure::Timeout))?;
    // The server has accepted the message, so a failure of QUIT does not matter.
    let _accepted_already = within(timeouts::SMTP_QUIT, client.quit()).await;
    Ok(())
}

async fn deliver(
    server: &SmtpServer,
    ehlo_name: &str,
    message: &Message,
) -> Result<SmtpClient<SocketTransport>, MailFailure> {
    let connected = SocketTransport::connect(&server.host, server.port, server.security).await;
    let transport = connected.map_err(connect_failure)?;
    let socket_error = transport.socket_error();
    let exchanged = exchange(transport, server, ehlo_name, message).await;
    exchanged.map_err(|error| failure(&error, socket_error.get()))
}

async fn exchange(
    transport: SocketTransport,
    server: &SmtpServer,
    ehlo_name: &str,
    message: &Message,
) -> Result<SmtpClient<SocketTransport>, SmtpError> {
    let mut client = SmtpClient::connect(transport, ehlo_name).await?;
    if server.security == MailSecurity::StartTls {
        // Fails, before anything else is sent, if the server does not offer STARTTLS or an attacker
        // hides that it does.
        client.starttls().await?;
    }
    // From here on the connection is encrypted, or it is a loopback connection: the configuration
    // allows no other.
    if let Some((username, password)) = &server.credentials {
        client.login(username, password.expose_secret()).await?;
    }
    client.send_mail_bytes(&message.from, &[&message.to], &message.mime).await?;
    Ok(client)
}
