//! How mail goes out: who sends it, whom to turn to, and by which provider.

use secrecy::{ExposeSecret as _, SecretString};

use crate::reader::{Reader, one_line};
use crate::url::{is_loopback, safe_authority};
use relatch_domain::values::identifier::is_plain_address;
use relatch_domain::values::mail_address::MailAddress;

/// Submission (RFC 6409). Cloudflare does not let Workers reach port 25.
const DEFAULT_PORT: u16 = 587;

/// Several mailboxes.
pub(crate) fn senders(text: &str) -> Result<Vec<MailAddress>, String> {
    let all =
        text.split(',').map(|one| MailAddress::parse(one).ok_or("is not a list of `Name <address>` or addresses"));
    Ok(all.collect::<Result<_, _>>()?)
}

/// Who takes the mails, as `MAIL_PROVIDER` names it.
#[derive(Debug)]
pub enum MailProvider {
    /// `smtp`: a mail server.
    Smtp(SmtpServer),
    /// `cloudflare`: the Worker's `send_email` binding.
    Cloudflare,
}

/// An SMTP server, named as the Flask system names it.
#[derive(Clone, Debug)]
pub struct SmtpServer {
    /// `MAIL_SERVER`.
    pub host: String,
    /// `MAIL_PORT`.
    pub port: u16,
    /// `MAIL_SECURITY`.
    pub security: MailSecurity,
    /// `MAIL_USERNAME` and `MAIL_PASSWORD`; without a password there is no AUTH.
    pub credentials: Option<(String, SecretString)>,
}

/// How the connection to the server is protected. Whichever it is, there is no falling back to less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// `tls`: TLS from the first byte (RFC 8314 section 3.3).
    Tls,
    /// `starttls`: TLS before anything is said but the greeting (RFC 3207), or no mail.
    StartTls,
    /// `none`: no protection. Credentials then go to a server on this very machine only.
    None,
}

impl MailSecurity {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "tls" => Ok(Self::Tls),
            "starttls" => Ok(Self::StartTls),
            "none" => Ok(Self::None),
            _ => Err("is none of tls, starttls and none".to_owned()),
        }
    }

    /// What is asked of a server where nothing is configured: what its port is for, and elsewhere TLS too, unless the
    /// server is on this very machine.
    fn default_for(host: &str, port: u16) -> Self {
        match port {
            465 => Self::Tls,
            587 => Self::StartTls,
            _ if is_loopback(host) => Self::None,
            _ => Self::StartTls,
        }
    }
}

impl Reader<'_> {
    /// The provider that the variables name. What is said of a server counts for nothing where another one is named.
    pub(crate) fn mail_provider(&mut self) -> Option<MailProvider> {
        let by_smtp = |text: &str| match text {
            "smtp" => Ok(true),
            "cloudflare" => Ok(false),
            _ => Err("is neither smtp nor cloudflare".to_owned()),
        };
        if self.optional("MAIL_PROVIDER", by_smtp, true) {
            self.smtp_server().map(MailProvider::Smtp)
        } else {
            Some(MailProvider::Cloudflare)
        }
    }

    fn smtp_server(&mut self) -> Option<SmtpServer> {
        let host = self.required("MAIL_SERVER", |host| {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
            if host.chars().all(fits) { Ok(host.to_owned()) } else { Err("is not a host name".to_owned()) }
        })?;
        let port = self.number("MAIL_PORT", DEFAULT_PORT.into(), 1..=65_535);
        let port = u16::try_from(port).unwrap_or(DEFAULT_PORT);
        let security = self.optional("MAIL_SECURITY", MailSecurity::parse, MailSecurity::default_for(&host, port));
        let username = self.text("MAIL_USERNAME").map(|name| name.expose_secret().trim().to_owned());
        let credentials = match (username, self.text("MAIL_PASSWORD")) {
            (Some(username), Some(password)) => Some((username, password)),
            (None, Some(_)) => {
                self.collect::<()>("MAIL_USERNAME", Err("is not set, but MAIL_PASSWORD is".to_owned()));
                None
            }
            (_, None) => None,
        };
        if credentials.is_some() && security == MailSecurity::None && !is_loopback(&host) {
            let reason = "would go over an unencrypted connection: MAIL_SECURITY has to be tls or starttls";
            self.collect::<()>("MAIL_PASSWORD", Err(reason.to_owned()));
        }
        Some(SmtpServer { host, port, security, credentials })
    }
}

/// An e-mail address or an https page.
pub(crate) fn contact(text: &str) -> Result<String, String> {
    if is_plain_address(text) || safe_authority(text).is_ok() {
        one_line(text)
    } else {
        Err("is neither an e-mail address nor an https address".to_owned())
    }
}
