//! The errors of the SMTP client as mail failures. The responses of the server are dropped here,
//! because they repeat addresses.

use relatch_domain::mail::failure::MailFailure;
use wasm_smtp::{AuthError, ProtocolError, SmtpError, SmtpOp};

/// Why a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketError {
    /// The server took too long.
    TimedOut,
    /// The connection could not be established, or was lost.
    Lost,
    /// The server accepts connections, but the TLS handshake failed, mostly because of its
    /// certificate.
    Tls,
}

/// Returns the failure for a connection that could not be established.
#[must_use]
pub const fn connect_failure(error: SocketError) -> MailFailure {
    match error {
        SocketError::TimedOut => MailFailure::ConnectTimeout,
        SocketError::Lost => MailFailure::ConnectFailed,
        SocketError::Tls => MailFailure::TlsFailed,
    }
}

/// Returns the failure for an error of the client. `socket` is the error of the socket, if it had
/// one.
#[must_use]
pub fn failure(error: &SmtpError, socket: Option<SocketError>) -> MailFailure {
    match error {
        SmtpError::Io(_) if socket == Some(SocketError::TimedOut) => MailFailure::Timeout,
        SmtpError::Io(_) if socket == Some(SocketError::Tls) => MailFailure::TlsFailed,
        SmtpError::Io(_) | SmtpError::Protocol(ProtocolError::UnexpectedClose) => {
            MailFailure::ConnectionLost
        }
        SmtpError::Protocol(ProtocolError::UnexpectedCode { during, actual, .. }) => {
            rejection(*during, *actual)
        }
        SmtpError::Protocol(ProtocolError::ExtensionUnavailable { .. }) => {
            MailFailure::StarttlsUnsupported
        }
        // Responses before the handshake would be taken for protected ones (CVE-2011-0411).
        SmtpError::Protocol(ProtocolError::StartTlsBufferResidue { .. }) => {
            MailFailure::StarttlsInjected
        }
        SmtpError::Protocol(_) => MailFailure::Protocol,
        SmtpError::Auth(AuthError::UnsupportedMechanism) => MailFailure::AuthUnsupported,
        SmtpError::Auth(_) => MailFailure::AuthRejected,
        SmtpError::InvalidInput(_) | SmtpError::Policy(_) => MailFailure::AddressUnsupported,
    }
}

/// Returns the failure for a command that the server rejected. A reply of 5yz is permanent (RFC
/// 5321 section 4.2.1), but it ends a mail only if it concerns its recipient or its message.
fn rejection(during: SmtpOp, reply: u16) -> MailFailure {
    let is_permanent = (500..600).contains(&reply);
    match during {
        SmtpOp::Greeting => MailFailure::Greeting,
        SmtpOp::Ehlo => MailFailure::Ehlo,
        SmtpOp::StartTls => MailFailure::StarttlsRejected,
        SmtpOp::AuthPlain | SmtpOp::AuthLogin => MailFailure::AuthRejected,
        SmtpOp::MailFrom => MailFailure::SenderRejected,
        SmtpOp::RcptTo if is_permanent => MailFailure::RecipientRejected,
        SmtpOp::RcptTo => MailFailure::RecipientDeferred,
        SmtpOp::Data if is_permanent => MailFailure::MessageRejected,
        SmtpOp::Data => MailFailure::MessageDeferred,
        _ => MailFailure::Protocol,
    }
}

#[cfg(test)]
mod tests {
    use wasm_smtp::{InvalidInputError, IoError};

    use super::*;

    fn rejected(during: SmtpOp, actual: u16) -> MailFailure {
        let error = ProtocolError::UnexpectedCode {
            during,
            expected_class: 2,
            actual,
            enhanced: None,
            message: String::new(),
        };
        failure(&error.into(), None)
    }

    #[test]
    fn a_rejected_command_maps_to_the_failure_of_its_step() {
        for (during, expected) in [
            (SmtpOp::Greeting, MailFailure::Greeting),
            (SmtpOp::Ehlo, MailFailure::Ehlo),
            (SmtpOp::StartTls, MailFailure::StarttlsRejected),
            (SmtpOp::AuthPlain, MailFailure::AuthRejected),
            (SmtpOp::AuthLogin, MailFailure::AuthRejected),
            (SmtpOp::MailFrom, MailFailure::SenderRejected),
            (SmtpOp::Quit, MailFailure::Protocol),
        ] {
            for reply in [421, 454, 500, 535, 550, 599, 600] {
                assert_eq!(rejected(during, reply), expected, "{during} {reply}");
                assert!(expected.is_transient(), "{during}");
            }
        }
    }

    #[test]
    fn only_a_5yz_reply_to_the_recipient_or_the_message_is_permanent() {
        for reply in [500, 550, 599] {
            assert_eq!(rejected(SmtpOp::RcptTo, reply), MailFailure::RecipientRejected);
            assert_eq!(rejected(SmtpOp::Data, reply), MailFailure::MessageRejected);
        }
        for reply in [250, 421, 450, 499, 600] {
            assert_eq!(rejected(SmtpOp::RcptTo, reply), MailFailure::RecipientDeferred);
            assert_eq!(rejected(SmtpOp::Data, reply), MailFailure::MessageDeferred);
        }
    }

    #[test]
    fn an_error_of_the_client_maps_to_a_failure() {
        for (error, expected) in [
            (ProtocolError::UnexpectedClose.into(), MailFailure::ConnectionLost),
            (ProtocolError::LineTooLong.into(), MailFailure::Protocol),
            (ProtocolError::Malformed("hello".to_owned()).into(), MailFailure::Protocol),
            (
                ProtocolError::ExtensionUnavailable { name: "STARTTLS" }.into(),
                MailFailure::StarttlsUnsupported,
            ),
            (
                ProtocolError::StartTlsBufferResidue { byte_count: 1 }.into(),
                MailFailure::StarttlsInjected,
            ),
            (AuthError::UnsupportedMechanism.into(), MailFailure::AuthUnsupported),
            (InvalidInputError::new("a line end").into(), MailFailure::AddressUnsupported),
        ] {
            let error: SmtpError = error;
            assert_eq!(failure(&error, None), expected, "{error}");
        }
    }

    #[test]
    fn an_io_error_maps_to_the_error_of_the_socket() {
        let error = SmtpError::Io(IoError::new("failed"));
        for (socket, expected) in [
            (None, MailFailure::ConnectionLost),
            (Some(SocketError::Lost), MailFailure::ConnectionLost),
            (Some(SocketError::TimedOut), MailFailure::Timeout),
            (Some(SocketError::Tls), MailFailure::TlsFailed),
        ] {
            assert_eq!(failure(&error, socket), expected);
        }
        assert_eq!(connect_failure(SocketError::TimedOut), MailFailure::ConnectTimeout);
        assert_eq!(connect_failure(SocketError::Lost), MailFailure::ConnectFailed);
        assert_eq!(connect_failure(SocketError::Tls), MailFailure::TlsFailed);
    }
}
