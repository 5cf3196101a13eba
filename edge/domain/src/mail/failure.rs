//! Why a mail was not sent.

use std::time::Duration;

codes! {
/// Why a mail was not sent. The code names the step that failed and never contains a response of
/// the server, because servers repeat addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailFailure {
    /// No server accepts a connection at `MAIL_SERVER` and `MAIL_PORT`. Check both, and that a
    /// firewall allows it. Workers on Cloudflare cannot reach port 25.
    ConnectFailed = "connect_failed",
    /// The connection to `MAIL_SERVER` and `MAIL_PORT` took too long. Check both, and that a
    /// firewall allows it. Workers on Cloudflare cannot reach port 25.
    ConnectTimeout = "connect_timeout",
    /// The server was connected but took too long to respond. If this persists, ask the provider.
    Timeout = "timeout",
    /// The server closed the connection. With SMTP, port 465 needs `MAIL_SECURITY` `tls`, port 587
    /// `starttls`.
    ConnectionLost = "connection_lost",
    /// The server refused the connection in its greeting. Its log has the reason.
    Greeting = "greeting",
    /// The server rejected EHLO, whose name is the domain of `MAIL_FROM`. Its log has the reason.
    Ehlo = "ehlo",
    /// The responses are not those of a mail server, or the server does not know a command. Check
    /// that `MAIL_PORT` is the port of a mail server.
    Protocol = "protocol",
    /// The TLS handshake failed: the certificate is expired, for a name other than `MAIL_SERVER`,
    /// or not trusted; or the server does not speak TLS on this port. Port 465 needs
    /// `MAIL_SECURITY` `tls`, port 587 `starttls`.
    TlsFailed = "tls_failed",
    /// The server does not offer STARTTLS, so nothing was sent. Use port 465 with `MAIL_SECURITY`
    /// `tls`, or another server.
    StarttlsUnsupported = "starttls_unsupported",
    /// The server offers STARTTLS but rejected the command. Its log has the reason.
    StarttlsRejected = "starttls_rejected",
    /// Data arrived before the TLS handshake that could be taken for protected data. An attacker
    /// may be tampering with the connection, so nothing was sent.
    StarttlsInjected = "starttls_injected",
    /// The server offers neither PLAIN nor LOGIN, or refuses them. Leave `MAIL_USERNAME` and
    /// `MAIL_PASSWORD` empty if it needs no authentication.
    AuthUnsupported = "auth_unsupported",
    /// The server rejected `MAIL_USERNAME` or `MAIL_PASSWORD`. Some providers require a separate
    /// password for each application.
    AuthRejected = "auth_rejected",
    /// The provider rejected `MAIL_API_KEY`: it is wrong or revoked, or may not send mail from
    /// `MAIL_FROM`. Create another one with the permission to send.
    KeyRejected = "key_rejected",
    /// The server cannot check the log-in at present, or delays log-ins after too many that failed.
    AuthDeferred = "auth_deferred",
    /// The server accepts mail only after a log-in or over an encrypted connection. Set
    /// `MAIL_USERNAME` and `MAIL_PASSWORD`, and `MAIL_SECURITY` to `tls` or `starttls`.
    AuthRequired = "auth_required",
    /// The provider does not accept `MAIL_FROM` as the sender. Verify its address or domain there,
    /// or authenticate as its owner.
    SenderRejected = "sender_rejected",
    /// The provider rejected the recipient permanently. Check the address of the account; some
    /// providers accept only verified recipients at first.
    RecipientRejected = "recipient_rejected",
    /// The server does not pass on mail of this deployment to other domains. Log in, or allow the
    /// deployment to send there.
    RelayDenied = "relay_denied",
    /// A limit of the account with the provider is used up: messages, recipients or storage. Wait,
    /// or ask the provider for a higher one.
    SendingLimit = "sending_limit",
    /// The server refused the mail by its policy: SPF, DKIM or DMARC of `MAIL_FROM`, a blocklist,
    /// or a suspended account. Its log has the reason.
    PolicyRejected = "policy_rejected",
    /// The server reports a fault of its system or its network. If this persists, ask the provider.
    ServerFailed = "server_failed",
    /// The provider does not accept mail to this recipient at present.
    RecipientDeferred = "recipient_deferred",
    /// The recipient is on the suppression list of the provider, because an earlier mail bounced or
    /// was reported as spam. Remove the address from the list.
    RecipientSuppressed = "recipient_suppressed",
    /// The binding `EMAIL`, or the account with the provider, allows no mail to this recipient.
    /// Remove the restrictions of the binding and check that the domain is onboarded, or ask the
    /// provider for access to production.
    RecipientNotAllowed = "recipient_not_allowed",
    /// The provider rejected the message permanently. Its log has the reason.
    MessageRejected = "message_rejected",
    /// The provider does not accept the message at present.
    MessageDeferred = "message_deferred",
    /// The provider's rate limit was exceeded.
    RateLimited = "rate_limited",
    /// The daily limit of the Cloudflare account was reached. Ask Cloudflare for a higher one.
    DailyLimit = "daily_limit",
    /// The server of the recipient did not accept the mail from Cloudflare. Cloudflare's email log
    /// has the reason.
    DeliveryFailed = "delivery_failed",
    /// Cloudflare reports an internal error.
    ProviderFailed = "provider_failed",
    /// The provider rejected the mail with an error that Relatch does not know. Its log has the
    /// reason.
    ProviderRefused = "provider_refused",
    /// The address of the account, or the sender, is not one plain ASCII address as SMTP writes it
    /// (RFC 5321 section 4.1.2).
    AddressUnsupported = "address_unsupported",
    /// The outbox could not store that the message is being handed over, or a later attempt has
    /// begun, so nothing was sent.
    HandOverFailed = "hand_over_failed",
    /// The server received the whole message and gave no answer, so the mail may have arrived. It is
    /// not sent again after the second such attempt.
    Unknown = "mail_unknown",
    /// The hook `mailer` refused the mail and asks not to repeat it. The log has its reason.
    MailerRefused = "mailer_refused",
    /// The hook `mailer` refused the mail for now. The log has its reason.
    MailerDeferred = "mailer_deferred",
    /// The hook `mailer` threw, did not answer in time or returned something else, so the mail may
    /// have been sent. The log has the reason.
    MailerFailed = "mailer_failed",
    /// The mail could not be rendered. Check the placeholders in the variables `RESET_MAIL_…` and
    /// `NOTICE_MAIL_…`, or in the template of the server caller.
    Template = "template",
}
}

/// Why an attempt at a mail failed, and when another one may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendError {
    /// The failure.
    pub failure: MailFailure,
    /// How long the provider asks to wait before the next attempt.
    pub retry_after: Option<Duration>,
}

impl From<MailFailure> for SendError {
    fn from(failure: MailFailure) -> Self {
        Self { failure, retry_after: None }
    }
}

impl MailFailure {
    /// Returns whether another attempt can succeed. Only a failure that concerns this mail or its
    /// recipient is permanent. One that concerns the sender or the server, such as a wrong
    /// password, can be corrected by an operator between two attempts.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        !matches!(
            self,
            Self::RecipientRejected
                | Self::RecipientSuppressed
                | Self::MessageRejected
                | Self::AddressUnsupported
                | Self::Unknown
                | Self::MailerRefused
                | Self::Template
        )
    }

    /// Returns whether the failure shows that the message was not accepted. After the message was
    /// handed over, any other failure leaves open whether it was.
    #[must_use]
    pub const fn is_answer(self) -> bool {
        !matches!(self, Self::Timeout | Self::ConnectionLost | Self::Protocol | Self::MailerFailed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_failure_without_an_answer_leaves_open_whether_the_message_was_accepted() {
        let open = MailFailure::ALL.iter().filter(|failure| !failure.is_answer());
        let codes: Vec<&str> = open.map(|failure| failure.as_str()).collect();
        assert_eq!(codes, ["timeout", "connection_lost", "protocol", "mailer_failed"]);
    }

    #[test]
    fn only_a_failure_that_concerns_the_mail_or_its_recipient_is_permanent() {
        let permanent = MailFailure::ALL.iter().filter(|failure| !failure.is_transient());
        let codes: Vec<&str> = permanent.map(|failure| failure.as_str()).collect();
        let expected = [
            "recipient_rejected",
            "recipient_suppressed",
            "message_rejected",
            "address_unsupported",
            "mail_unknown",
            "mailer_refused",
            "template",
        ];
        assert_eq!(codes, expected);
    }
}
