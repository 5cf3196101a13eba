//! Mail: the provider, further senders and the contact.

use secrecy::{ExposeSecret as _, SecretString};

use crate::mail_api::{ApiProvider, MailApi};
use crate::reader::{Reader, one_line};
use crate::url::check;
use relatch_domain::values::mail_address::{MailAddress, is_plain_address};
use relatch_domain::values::origin::is_loopback;

/// The port for submission (RFC 6409). Workers cannot reach port 25.
const DEFAULT_PORT: u16 = 587;

/// Parses a list of senders.
pub(crate) fn senders(text: &str) -> Result<Vec<MailAddress>, String> {
    let all = text.split(',').map(|one| {
        MailAddress::parse(one).ok_or("must be a list of `Name <address>` or plain addresses")
    });
    Ok(all.collect::<Result<_, _>>()?)
}

/// Parses one address, with or without a display name.
pub(crate) fn address(text: &str) -> Result<MailAddress, String> {
    MailAddress::parse(text)
        .ok_or_else(|| "must be `Name <address>` or one plain address".to_owned())
}

/// The way in which mails are sent, by `MAIL_PROVIDER`.
#[derive(Debug)]
pub enum MailProvider {
    /// `smtp`: an SMTP server.
    Smtp(SmtpServer),
    /// `cloudflare`: the Worker's `send_email` binding.
    Cloudflare,
    /// The name of a provider with an HTTP API: see [`ApiProvider`](crate::ApiProvider).
    Api(MailApi),
    /// A mailer that replaces the providers: see [`Mounting`](crate::Mounting).
    Own,
}

/// The SMTP server.
#[derive(Clone, Debug)]
pub struct SmtpServer {
    /// `MAIL_SERVER`.
    pub host: String,
    /// `MAIL_PORT`.
    pub port: u16,
    /// `MAIL_SECURITY`.
    pub security: MailSecurity,
    /// `MAIL_USERNAME` and `MAIL_PASSWORD`. Without a password there is no authentication.
    pub credentials: Option<(String, SecretString)>,
}

/// The protection of the connection. There is no fallback to a weaker one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// `tls`: TLS from the first byte (RFC 8314 section 3.3).
    Tls,
    /// `starttls`: TLS after the greeting (RFC 3207). Without it no mail is sent.
    StartTls,
    /// `none`: no protection. In a public deployment it is allowed on loopback only, and so are
    /// credentials with it in every deployment.
    None,
}

impl MailSecurity {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "tls" => Ok(Self::Tls),
            "starttls" => Ok(Self::StartTls),
            "none" => Ok(Self::None),
            _ => Err("must be one of `tls`, `starttls`, `none`".to_owned()),
        }
    }

    /// Returns the default: TLS as the port implies, STARTTLS on every other port, and none on
    /// loopback.
    fn default_for(host: &str, port: u16) -> Self {
        match port {
            465 => Self::Tls,
            587 => Self::StartTls,
            _ if is_loopback(host) => Self::None,
            _ => Self::StartTls,
        }
    }
}

/// A value of `MAIL_PROVIDER`.
enum Kind {
    Smtp,
    Cloudflare,
    Api(ApiProvider),
}

impl Reader<'_> {
    /// Reads the provider. The variables of other providers are ignored, and all of them where a
    /// mailer replaces the providers.
    pub(crate) fn mail_provider(&mut self, has_mailer: bool) -> Option<MailProvider> {
        if has_mailer {
            return Some(MailProvider::Own);
        }
        let kind = |text: &str| match (text, ApiProvider::parse(text)) {
            ("smtp", _) => Ok(Kind::Smtp),
            ("cloudflare", _) => Ok(Kind::Cloudflare),
            (_, Some(provider)) => Ok(Kind::Api(provider)),
            _ => {
                Err("must be one of `smtp`, `cloudflare`, `resend`, `postmark`, `ses`, `mailgun`, \
                      `sendgrid`, `brevo`"
                    .to_owned())
            }
        };
        match self.optional("MAIL_PROVIDER", kind, Kind::Smtp) {
            Kind::Smtp => self.smtp_server().map(MailProvider::Smtp),
            Kind::Cloudflare => Some(MailProvider::Cloudflare),
            Kind::Api(provider) => self.mail_api(provider).map(MailProvider::Api),
        }
    }

    fn smtp_server(&mut self) -> Option<SmtpServer> {
        let host = self.required("MAIL_SERVER", |host| {
            let is_allowed =
                |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
            if host.chars().all(is_allowed) {
                Ok(host.to_owned())
            } else {
                Err("must be a host name".to_owned())
            }
        })?;
        let port = self.number("MAIL_PORT", DEFAULT_PORT.into(), 1..=65_535);
        let port = u16::try_from(port).unwrap_or(DEFAULT_PORT);
        let security = self.optional(
            "MAIL_SECURITY",
            MailSecurity::parse,
            MailSecurity::default_for(&host, port),
        );
        let username =
            self.text("MAIL_USERNAME").map(|name| name.expose_secret().trim().to_owned());
        let credentials = match (username, self.text("MAIL_PASSWORD")) {
            (Some(username), Some(password)) => Some((username, password)),
            (None, Some(_)) => {
                self.collect::<()>(
                    "MAIL_USERNAME",
                    Err("must be set when `MAIL_PASSWORD` is set".to_owned()),
                );
                None
            }
            (_, None) => None,
        };
        let is_exposed = security == MailSecurity::None && !is_loopback(&host);
        if is_exposed && self.is_public {
            let reason = "must be `tls` or `starttls`, except for a server on loopback: anyone on the \
                          way could read the links";
            self.collect::<()>("MAIL_SECURITY", Err(reason.to_owned()));
        } else if is_exposed && credentials.is_some() {
            let reason =
                "needs `MAIL_SECURITY` to be `tls` or `starttls`, except for a server on loopback";
            self.collect::<()>("MAIL_PASSWORD", Err(reason.to_owned()));
        }
        Some(SmtpServer { host, port, security, credentials })
    }
}

/// Parses a contact: an e-mail address or an https URL.
pub(crate) fn contact(text: &str, is_public: bool) -> Result<String, String> {
    if is_plain_address(text) {
        return one_line(text);
    }
    if !text.contains("://") {
        return Err("must be an e-mail address or an https URL".to_owned());
    }
    check(text, is_public)?;
    one_line(text)
}
