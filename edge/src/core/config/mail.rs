//! How mail goes out: who sends it, whom to turn to, and by which server.

use secrecy::{ExposeSecret as _, SecretString};

use super::reader::{Reader, one_line};
use super::url::{is_loopback, safe_authority};
use crate::core::identifier::is_plain_address;

/// How mail goes out.
#[derive(Debug)]
pub struct MailSettings {
    /// The sender.
    pub from: Mailbox,
    /// Whom to turn to when it was not you: an address or an https page, named in the notice.
    pub contact: String,
    /// The SMTP server.
    pub server: SmtpServer,
}

/// A name and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Empty if there is none.
    pub name: String,
    /// Exactly one plain address.
    pub address: String,
}

impl Mailbox {
    /// Reads `Name <address>` or `address`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, address) = match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"'), address.trim()),
            None => ("", text.trim()),
        };
        let well_formed = is_plain_address(address) && address.is_ascii() && !name.chars().any(char::is_control);
        well_formed.then(|| Self { name: name.to_owned(), address: address.to_owned() })
    }

    /// The part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// An SMTP server, named as the Flask system names it.
#[derive(Debug)]
pub struct SmtpServer {
    /// `MAIL_SERVER`.
    pub host: String,
    /// `MAIL_PORT`.
    pub port: u16,
    /// `MAIL_USERNAME` and `MAIL_PASSWORD`; without a password there is no AUTH.
    pub credentials: Option<(String, SecretString)>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    /// The SMTP server that the variables name.
    pub(super) fn smtp_server(&mut self) -> Option<SmtpServer> {
        let host = self.required("MAIL_SERVER", |host| {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
            if host.chars().all(fits) { Ok(host.to_owned()) } else { Err("is not a host name".to_owned()) }
        })?;
        let port = self.number("MAIL_PORT", 25, 1..=65_535);
        let port = u16::try_from(port).unwrap_or(25);
        let username = self.text("MAIL_USERNAME").map(|name| name.expose_secret().trim().to_owned());
        let credentials = match (username, self.text("MAIL_PASSWORD")) {
            (Some(username), Some(password)) => Some((username, password)),
            (None, Some(_)) => {
                self.keep::<()>("MAIL_USERNAME", Err("is not set, but MAIL_PASSWORD is".to_owned()));
                None
            }
            (_, None) => None,
        };
        if credentials.is_some() && !is_loopback(&host) {
            let reason = "would go over an unencrypted connection: credentials are for TLS or a server on this machine";
            self.keep::<()>("MAIL_PASSWORD", Err(reason.to_owned()));
        }
        Some(SmtpServer { host, port, credentials })
    }
}

/// An e-mail address or an https page.
pub(super) fn contact(text: &str) -> Result<String, String> {
    if is_plain_address(text) || safe_authority(text).is_ok() {
        one_line(text)
    } else {
        Err("is neither an e-mail address nor an https address".to_owned())
    }
}
