//! What ends a delivery over SMTP, as a mail failure. The words of the server are read here and
//! then dropped, because they repeat addresses.

use relatch_domain::mail::failure::MailFailure;

use super::reply::Reply;

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

/// A step of a delivery that the server can refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The greeting.
    Greeting,
    /// EHLO or HELO.
    Ehlo,
    /// STARTTLS.
    StartTls,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    MailFrom,
    /// RCPT TO.
    RcptTo,
    /// DATA.
    Data,
    /// The message.
    Message,
}

/// Why a message was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SmtpError {
    /// The connection failed.
    Socket(SocketError),
    /// The server closed the connection.
    Closed,
    /// The server sent something other than a reply.
    Malformed,
    /// The server refused a step.
    Rejected(Step, Reply),
    /// The server does not offer STARTTLS.
    StarttlsUnsupported,
    /// Data arrived before the TLS handshake.
    StarttlsInjected,
    /// The server offers neither PLAIN nor LOGIN.
    AuthUnsupported,
    /// An address does not fit into a command.
    AddressUnsupported,
    /// The hand-over could not be stored.
    HandOver,
}

impl From<SocketError> for SmtpError {
    fn from(error: SocketError) -> Self {
        Self::Socket(error)
    }
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

/// Returns the failure for an error of a delivery.
#[must_use]
pub fn failure(error: &SmtpError) -> MailFailure {
    match error {
        SmtpError::Socket(SocketError::TimedOut) => MailFailure::Timeout,
        SmtpError::Socket(SocketError::Tls) => MailFailure::TlsFailed,
        SmtpError::Socket(SocketError::Lost) | SmtpError::Closed => MailFailure::ConnectionLost,
        SmtpError::Malformed => MailFailure::Protocol,
        SmtpError::Rejected(step, reply) => rejection(*step, reply),
        SmtpError::StarttlsUnsupported => MailFailure::StarttlsUnsupported,
        SmtpError::StarttlsInjected => MailFailure::StarttlsInjected,
        SmtpError::AuthUnsupported => MailFailure::AuthUnsupported,
        SmtpError::AddressUnsupported => MailFailure::AddressUnsupported,
        SmtpError::HandOver => MailFailure::HandOverFailed,
    }
}

/// Returns whether the server refuses the mechanism of a log-in, and says nothing about the user
/// name or the password (RFC 4954 section 6). The words count, because Postfix and others refuse a
/// mechanism with the codes of a wrong password.
#[must_use]
pub fn refuses_mechanism(reply: &Reply) -> bool {
    let status = reply.enhanced();
    // These require an encrypted connection or an earlier log-in.
    let needs_more = matches!(reply.code, 523 | 530 | 538) || status == Some((7, 11));
    if !reply.is_permanent() || needs_more {
        return false;
    }
    let is_about_command = matches!(reply.code, 500..=504) && !matches!(status, Some((7, _)));
    let words = Words(reply.words());
    is_about_command || status == Some((7, 4)) || (words.has(MECHANISM) && !words.has(CREDENTIALS))
}

fn rejection(step: Step, reply: &Reply) -> MailFailure {
    match step {
        Step::Greeting => MailFailure::Greeting,
        Step::Ehlo => MailFailure::Ehlo,
        Step::StartTls => MailFailure::StarttlsRejected,
        Step::Auth if !reply.is_permanent() => MailFailure::AuthDeferred,
        Step::Auth if refuses_mechanism(reply) => MailFailure::AuthUnsupported,
        Step::Auth if matches!(reply.code, 523 | 530 | 538) => MailFailure::AuthRequired,
        Step::Auth => MailFailure::AuthRejected,
        Step::MailFrom | Step::RcptTo | Step::Data | Step::Message => refusal(step, reply),
    }
}

/// Returns the failure for a refusal of the mail.
///
/// A reply of 5yz is permanent (RFC 5321 section 4.2.1), but it ends a mail only if it concerns the
/// recipient or the message. Everything else is about the account with the provider, its limits or
/// its policy, which an operator can correct between two attempts. The enhanced status code decides
/// (RFC 3463 and its registry), then the words of the reply, then the reply code.
fn refusal(step: Step, reply: &Reply) -> MailFailure {
    let words = Words(reply.words());
    if !reply.is_permanent() {
        let is_about_mailbox = matches!(reply.enhanced(), Some((2, _)));
        return match step {
            _ if words.has(RATE) && !is_about_mailbox => MailFailure::SendingLimit,
            Step::RcptTo => MailFailure::RecipientDeferred,
            _ => MailFailure::MessageDeferred,
        };
    }
    let found = match reply.enhanced() {
        _ if matches!(reply.code, 523..=525 | 530 | 534 | 535 | 538) => {
            Some(MailFailure::AuthRequired)
        }
        Some(status) => by_status(status, &words),
        None => words.cause(),
    };
    match (step, found) {
        // Nothing about a recipient or a message is known at this step.
        (Step::MailFrom, Some(failure)) if failure.is_transient() => failure,
        (Step::MailFrom, _) => MailFailure::SenderRejected,
        (_, Some(failure)) => failure,
        (_, None) => by_code(step, reply.code),
    }
}

/// Returns the failure for an enhanced status code, or `None` if it says too little.
fn by_status((subject, detail): (u16, u16), words: &Words) -> Option<MailFailure> {
    let cause = words.cause();
    let ours = cause.filter(|failure| failure.is_transient());
    match (subject, detail) {
        // About the sender, whatever the code: Postfix, Exchange and others.
        _ if words.has(SENDER) => Some(MailFailure::SenderRejected),
        (1, 7 | 8) | (2, 251 | 252) | (7, 60) => Some(MailFailure::SenderRejected),
        (1, 90) | (4, 5) => Some(ours.unwrap_or(MailFailure::SendingLimit)),
        (1, _) if words.has(RELAY) => Some(MailFailure::RelayDenied),
        (1 | 2 | 5, 0) => cause,
        (2, 3) | (3, 4) | (6, _) => Some(MailFailure::MessageRejected),
        (2, 121 | 122) => Some(MailFailure::RecipientDeferred),
        (2, 1) if words.has(RATE) => Some(MailFailure::RecipientDeferred),
        (2, _) if words.has(OUTGOING) && words.has(LIMIT) => Some(MailFailure::SendingLimit),
        (1 | 2, _) | (7, 17 | 18) => Some(MailFailure::RecipientRejected),
        (4, 1) if words.has(RECIPIENT) => Some(MailFailure::RecipientRejected),
        (3 | 4, _) => Some(ours.unwrap_or(MailFailure::ServerFailed)),
        (5, _) => cause.or(Some(MailFailure::Protocol)),
        (7, 8 | 9 | 11 | 57) => Some(MailFailure::AuthRequired),
        // DKIM, SPF, DMARC and reverse DNS (RFC 7372).
        (7, 20..=27) => Some(MailFailure::PolicyRejected),
        (7, _) => Some(ours.unwrap_or(MailFailure::PolicyRejected)),
        _ => cause,
    }
}

/// Returns the failure for a reply code whose reply says nothing more.
const fn by_code(step: Step, code: u16) -> MailFailure {
    match (step, code) {
        (_, 500 | 502..=504 | 555) => MailFailure::Protocol,
        // An old code for too many recipients (RFC 5321 section 4.5.3.1.10).
        (Step::RcptTo, 552) => MailFailure::RecipientDeferred,
        (Step::RcptTo, _) => MailFailure::RecipientRejected,
        // Exceeded storage, but not that of the recipient, who was accepted.
        (_, 552) => MailFailure::SendingLimit,
        _ => MailFailure::MessageRejected,
    }
}

/// The words of a reply.
struct Words(String);

impl Words {
    fn has(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.0.contains(phrase))
    }

    /// Returns what the words are about, or `None` if they say too little.
    fn cause(&self) -> Option<MailFailure> {
        let is_full = self.has(FULL) && !self.has(OUTGOING);
        if self.has(SENDER) {
            Some(MailFailure::SenderRejected)
        } else if self.has(RATE) {
            Some(MailFailure::SendingLimit)
        } else if self.has(RELAY) {
            Some(MailFailure::RelayDenied)
        } else if self.has(LOG_IN) {
            Some(MailFailure::AuthRequired)
        } else if self.has(RECIPIENT) || (is_full && self.has(MAILBOX)) {
            Some(MailFailure::RecipientRejected)
        } else if self.has(SIZE) {
            Some(MailFailure::MessageRejected)
        } else if !is_full && self.has(LIMIT) {
            Some(MailFailure::SendingLimit)
        } else if self.has(POLICY) {
            Some(MailFailure::PolicyRejected)
        } else {
            None
        }
    }
}

const MECHANISM: &[&str] =
    &["mechanism", "authentication type", "authentication method", "auth type", "auth method"];
const CREDENTIALS: &[&str] = &["password", "user", "credential"];
const SENDER: &[&str] = &[
    "sender address",
    "sender rejected",
    "sender verif",
    "sender domain",
    "invalid sender",
    "bad sender",
    "outbound sender",
    "verified sender",
    "envelope sender",
    "as this sender",
    "from address",
    "from header",
    "mail from",
    "return path",
    "send as",
    "sendas",
    "not owned by",
    "not verified",
    "unverified",
    "authorization user",
    "authorized user",
    "not allowed to send",
    "not authorized to send",
    "not authorised to send",
    "no permission to send",
    "permissions to send",
];
const RELAY: &[&str] = &["relay", "rcpthosts"];
const LOG_IN: &[&str] = &[
    "authenticat",
    "authentification",
    "log in first",
    "login first",
    "smtp auth",
    "auth first",
    "starttls",
    "credential",
    "tls required",
    "requires tls",
];
const RECIPIENT: &[&str] = &[
    "user unknown",
    "unknown user",
    "recipient unknown",
    "unknown recipient",
    "mailbox unknown",
    "unknown mailbox",
    "address unknown",
    "unknown address",
    "no such",
    "not exist",
    "n't exist",
    "n't have a",
    "not have a",
    "not found",
    "no mailbox",
    "mailbox unavailable",
    "mailbox not available",
    "mailbox disabled",
    "mailbox is disabled",
    "invalid recipient",
    "invalid mailbox",
    "invalid address",
    "bad recipient",
    "bad destination",
    "recipient address rejected",
    "recipient rejected",
    "unrouteable",
    "unroutable",
    "not a valid mailbox",
];
const MAILBOX: &[&str] = &["mailbox", "inbox", "user", "recipient"];
const FULL: &[&str] = &["full", "over quota", "quota", "storage"];
const OUTGOING: &[&str] =
    &["your", "send", "sent", "outgoing", "outbound", "submission", "messages", "emails"];
const SIZE: &[&str] = &["size", "too large", "too big", "line too long", "lines too long"];
const RATE: &[&str] = &[
    "too many messages",
    "too many emails",
    "too many mails",
    "per hour",
    "per day",
    "per minute",
    "daily",
    "hourly",
    "sending limit",
    "sending quota",
    "throttl",
    " rate",
    "rate limit",
    "credits",
];
const LIMIT: &[&str] = &["limit", "quota", "exceed"];
const POLICY: &[&str] = &[
    "spam",
    "unsolicited",
    "spf",
    "dkim",
    "dmarc",
    "reverse dns",
    "ptr record",
    "blacklist",
    "blocklist",
    "blocked",
    "listed",
    "reputation",
    "policy",
    "policies",
    "prohibit",
    "suspend",
    "banned",
    "denied",
    "not authorized",
    "not authorised",
    "unauthorized",
    "not allowed",
    "not permitted",
    "try again",
    "temporar",
    "greylist",
    "graylist",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(step: Step, reply: &str) -> MailFailure {
        let reply = Reply::take(&mut format!("{reply}\r\n").into_bytes()).unwrap();
        failure(&SmtpError::Rejected(step, reply))
    }

    #[track_caller]
    fn assert_all(expected: MailFailure, replies: &[(Step, &str)]) {
        for (step, reply) in replies {
            assert_eq!(refused(*step, reply), expected, "{step:?} {reply}");
        }
    }

    #[test]
    fn a_refused_step_before_the_mail_maps_to_its_failure() {
        for (step, expected) in [
            (Step::Greeting, MailFailure::Greeting),
            (Step::Ehlo, MailFailure::Ehlo),
            (Step::StartTls, MailFailure::StarttlsRejected),
        ] {
            for code in ["421 x", "454 x", "500 x", "550 5.1.1 x", "554 5.7.1 x"] {
                assert_eq!(refused(step, code), expected, "{step:?} {code}");
                assert!(expected.is_transient(), "{step:?}");
            }
        }
    }

    #[test]
    fn a_refused_log_in_names_what_is_refused() {
        assert_all(
            MailFailure::AuthRejected,
            &[
                (Step::Auth, "535 5.7.8 Username and Password not accepted"),
                (Step::Auth, "535 Authentication failed"),
                (Step::Auth, "534 5.7.9 Application-specific password required"),
                (Step::Auth, "550 access denied"),
                (Step::Auth, "535 5.7.8 mechanism PLAIN: invalid user name or password"),
            ],
        );
        assert_all(MailFailure::AuthDeferred, &[(Step::Auth, "454 4.7.0 try later")]);
        assert_all(
            MailFailure::AuthRequired,
            &[
                (Step::Auth, "538 5.7.11 encrypt first"),
                (
                    Step::Auth,
                    "538 5.7.11 Encryption required for requested authentication mechanism",
                ),
            ],
        );
        assert_all(
            MailFailure::AuthUnsupported,
            &[
                (Step::Auth, "504 5.7.4 Unrecognized authentication type"),
                (Step::Auth, "535 5.7.4 mechanism"),
                (Step::Auth, "502 5.5.1 not implemented"),
                (Step::Auth, "503 5.5.1 Error: authentication not enabled"),
                (Step::Auth, "535 5.7.8 Error: authentication failed: no mechanism available"),
                (Step::Auth, "534 5.7.9 Authentication mechanism is too weak"),
            ],
        );
    }

    #[test]
    fn a_refusal_that_concerns_the_recipient_ends_the_mail() {
        assert!(!MailFailure::RecipientRejected.is_transient());
        assert_all(
            MailFailure::RecipientRejected,
            &[
                (Step::RcptTo, "550 5.1.1 <a@b.example>: user unknown"),
                (Step::RcptTo, "550 5.1.1 <quota@relay.example>: Recipient address rejected"),
                (Step::RcptTo, "550 No such user here"),
                (Step::RcptTo, "550 Requested action not taken: mailbox unavailable"),
                (Step::RcptTo, "550 #5.1.0 Address rejected."),
                (Step::RcptTo, "553 5.1.3 not a valid RFC 5321 address"),
                (Step::RcptTo, "501 Bad address syntax"),
                (Step::RcptTo, "551 User not local"),
                (Step::RcptTo, "556 5.1.10 null MX"),
                (Step::RcptTo, "550"),
                (Step::RcptTo, "550 5.5.0 Requested action not taken: mailbox unavailable"),
                (Step::RcptTo, "550 5.4.1 Recipient address rejected: Access denied."),
                (Step::RcptTo, "550 5.2.1 The email account is disabled."),
                (Step::RcptTo, "552 5.2.2 The recipient's inbox is out of storage space"),
                (Step::RcptTo, "552 Mailbox full"),
                (Step::RcptTo, "554 5.7.17 mailbox owner has changed"),
                (Step::Message, "554 delivery error: This user doesn't have a yahoo.com account"),
                (
                    Step::Message,
                    "552 5.2.2 <a@b.example> Quota exceeded (mailbox for user is full)",
                ),
            ],
        );
    }

    #[test]
    fn a_refusal_that_concerns_the_message_ends_the_mail() {
        assert!(!MailFailure::MessageRejected.is_transient());
        assert_all(
            MailFailure::MessageRejected,
            &[
                (Step::Message, "554 5.6.0 Malformed message"),
                (Step::Message, "552 5.3.4 Message size exceeds fixed limit"),
                (Step::Message, "552 message too large"),
                (Step::Message, "554 5.2.3 Message too long"),
                (Step::Message, "554 Transaction failed"),
                (Step::Message, "550"),
            ],
        );
    }

    #[test]
    fn a_refusal_that_concerns_us_is_retried_and_named() {
        use MailFailure as F;
        use Step::{Data, MailFrom, Message, RcptTo};
        for (expected, step, reply) in [
            // Limits of the account.
            (F::SendingLimit, Message, "550 5.4.5 Daily user sending limit exceeded. For more"),
            (F::SendingLimit, MailFrom, "550 5.4.5 Daily SMTP relay limit exceeded for user.x"),
            (F::SendingLimit, RcptTo, "550 5.1.90 Your message can't be sent: daily limit"),
            (F::SendingLimit, Message, "554 5.2.0 STOREDRV; SubmissionQuotaExceeded messages"),
            (F::SendingLimit, Message, "552 5.2.2 Your sending quota is exceeded"),
            (F::SendingLimit, Message, "552 Requested mail action aborted: exceeded storage"),
            (F::SendingLimit, Message, "552 Your mailbox quota is exceeded"),
            (F::SendingLimit, Message, "550 Domain x has exceeded the max emails per hour"),
            (F::SendingLimit, RcptTo, "550 5.7.1 Too many messages, slow down"),
            (F::SendingLimit, Message, "452 4.3.1 Maximum credits exceeded"),
            (F::SendingLimit, Message, "454 Throttling failure: Daily message quota exceeded"),
            // Relaying.
            (F::RelayDenied, RcptTo, "554 5.7.1 <relay@example.org>: Relay access denied"),
            (F::RelayDenied, RcptTo, "550 5.7.1 Unable to relay"),
            (F::RelayDenied, RcptTo, "550 relay not permitted"),
            (F::RelayDenied, RcptTo, "553 sorry, not in my list of allowed rcpthosts (#5.7.1)"),
            (F::RelayDenied, RcptTo, "553 Relaying disallowed as a@b.example"),
            // The sender.
            (F::SenderRejected, Message, "554 5.2.252 SendAsDenied; a@b.example not allowed"),
            (F::SenderRejected, Message, "554 Message rejected: Email address is not verified."),
            (F::SenderRejected, Message, "550 The from address does not match a verified Sender"),
            (
                F::SenderRejected,
                RcptTo,
                "550 5.1.0 <a@b.example>: Sender address rejected: User unknown",
            ),
            (F::SenderRejected, RcptTo, "553 5.7.1 Sender address rejected: not owned by user x"),
            (
                F::SenderRejected,
                RcptTo,
                "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
            ),
            (
                F::SenderRejected,
                RcptTo,
                "550-Verification failed for <a@b.example>\r\n550 Sender verify failed",
            ),
            (F::SenderRejected, Message, "550 5.1.8 Access denied, bad outbound sender"),
            (
                F::SenderRejected,
                MailFrom,
                "501 Mail from address must be same as authorization user",
            ),
            (F::SenderRejected, MailFrom, "550 5.1.1 user unknown"),
            (F::SenderRejected, MailFrom, "550"),
            // Log-in and encryption.
            (F::AuthRequired, MailFrom, "530 5.7.0 Must issue a STARTTLS command first"),
            (F::AuthRequired, MailFrom, "530 5.5.1 Authentication Required. Learn more at"),
            (F::AuthRequired, MailFrom, "530 5.7.57 Client not authenticated to send mail"),
            (F::AuthRequired, RcptTo, "550 authentication required"),
            (F::AuthRequired, RcptTo, "550 Unauthenticated senders not allowed"),
            // Policy.
            (
                F::PolicyRejected,
                Message,
                "550-5.7.26 This mail is unauthenticated\r\n550 5.7.26 DMARC",
            ),
            (
                F::PolicyRejected,
                Message,
                "550 5.7.1 Our system has detected that this message is likely unsolicited mail",
            ),
            (
                F::PolicyRejected,
                RcptTo,
                "554 5.7.1 Service unavailable; Client host blocked using zen",
            ),
            (F::PolicyRejected, RcptTo, "550 5.7.1 Refused"),
            (F::PolicyRejected, RcptTo, "550 Administrative prohibition"),
            (
                F::PolicyRejected,
                Message,
                "554-Transaction failed\r\n554 Reject due to policy restrictions.",
            ),
            (
                F::PolicyRejected,
                Message,
                "554 Access denied: User is not allowed to use SendRawEmail",
            ),
            // The server and its network.
            (F::ServerFailed, RcptTo, "550 5.4.4 Unable to route"),
            (F::ServerFailed, Message, "554 5.4.6 Too many hops"),
            (F::ServerFailed, Message, "554 5.3.0 Internal error"),
            (F::Protocol, Data, "503 5.5.1 Bad sequence of commands"),
            (F::Protocol, RcptTo, "502 command not implemented"),
            // Temporary.
            (F::RecipientDeferred, RcptTo, "450 4.2.0 Greylisted, try again later"),
            (F::RecipientDeferred, RcptTo, "452 4.2.2 Mailbox full"),
            (F::RecipientDeferred, RcptTo, "552 too many recipients"),
            (F::RecipientDeferred, RcptTo, "550 5.2.1 The user is receiving mail at a rate that"),
            (F::MessageDeferred, Message, "451 4.3.0 try again"),
            (F::MessageDeferred, MailFrom, "421 4.3.2 closing"),
        ] {
            assert_eq!(refused(step, reply), expected, "{step:?} {reply}");
            assert!(expected.is_transient(), "{expected:?}");
        }
    }

    #[test]
    fn an_error_without_a_reply_maps_to_a_failure() {
        for (error, expected) in [
            (SmtpError::Closed, MailFailure::ConnectionLost),
            (SocketError::Lost.into(), MailFailure::ConnectionLost),
            (SocketError::TimedOut.into(), MailFailure::Timeout),
            (SocketError::Tls.into(), MailFailure::TlsFailed),
            (SmtpError::Malformed, MailFailure::Protocol),
            (SmtpError::StarttlsUnsupported, MailFailure::StarttlsUnsupported),
            (SmtpError::StarttlsInjected, MailFailure::StarttlsInjected),
            (SmtpError::AuthUnsupported, MailFailure::AuthUnsupported),
            (SmtpError::AddressUnsupported, MailFailure::AddressUnsupported),
            (SmtpError::HandOver, MailFailure::HandOverFailed),
        ] {
            assert_eq!(failure(&error), expected);
        }
        for (error, expected) in [
            (SocketError::TimedOut, MailFailure::ConnectTimeout),
            (SocketError::Lost, MailFailure::ConnectFailed),
            (SocketError::Tls, MailFailure::TlsFailed),
        ] {
            assert_eq!(connect_failure(error), expected);
        }
    }
}
