//! Mail over SMTP (RFC 5321), with TLS from the first byte (RFC 8314) or after STARTTLS (RFC 3207),
//! as configured.

use secrecy::ExposeSecret as _;

use crate::host::within;
use crate::mail::SmtpServer;
use crate::mail::delivery::Delivery;
use crate::mail::dialogue::{Session, deliver, quit};
use crate::mail::smtp_errors::{connect_failure, failure};
use crate::mail::socket::SocketTransport;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::timeouts;

/// Sends one message over a new connection. `name` is the client's name in EHLO.
pub async fn send(
    server: &SmtpServer,
    name: &str,
    delivery: Delivery<'_>,
) -> Result<(), MailFailure> {
    let Delivery { message, progress, hand_over } = delivery;
    let delivery = async {
        let SmtpServer { host, port, security, credentials } = server;
        let connected = SocketTransport::connect(host, *port, *security, progress).await;
        let mut transport = connected.map_err(connect_failure)?;
        let credentials =
            credentials.as_ref().map(|(name, password)| (name.as_str(), password.expose_secret()));
        let session = Session { name, security: *security, credentials };
        let delivered = deliver(&mut transport, &session, message, hand_over).await;
        delivered.map_err(|error| failure(&error))?;
        Ok(transport)
    };
    let mut transport =
        within(timeouts::MAIL, delivery).await.unwrap_or(Err(MailFailure::Timeout))?;
    // The server has accepted the message, so a failure of QUIT does not matter.
    let _accepted_already = within(timeouts::SMTP_QUIT, quit(&mut transport)).await;
    Ok(())
}
