//! Configuration, parsed once into one [`Application`]: everything that applications may differ in.
//!
//! A configuration that does not hold stops the service from starting: every call answers 503, and the log names the
//! variable. A server that is down is not configuration.

use std::time::Duration;

use relatch::PasswordRules;
use relatch::password::{LONGEST_AT_LEAST, SHORTEST_ALLOWED};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::identifier::is_plain_address;
use super::keys::Keyring;

/// The id of the application that needs none in a path.
pub const DEFAULT_APPLICATION: &str = "default";

/// An application's id, as it stands in paths, names and every authentication code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApplicationId(String);

impl ApplicationId {
    /// 1 to 32 lower-case letters, digits and hyphens.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        ((1..=32).contains(&id.len()) && id.chars().all(fits)).then(|| Self(id.to_owned()))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One application and all that it decides.
#[derive(Debug)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// What mails call it.
    pub name: String,
    /// Its keys.
    pub keys: Keyring,
    /// Where mailed links point.
    pub links: Links,
    /// How often one mailbox gets a mail.
    pub limits: MailboxLimits,
    /// Which passwords it accepts.
    pub passwords: PasswordRules,
    /// What a new password's hash costs.
    pub hashing: HashCost,
    /// How its mails go out.
    pub mail: MailSettings,
    /// Sites whose pages may call it, each as a browser writes it in `Origin`.
    pub origins: Vec<String>,
    /// Whether administrators may reset by mail. TYPO3's default and ours: no.
    pub admins_may_reset: bool,
}

/// Where links point and how long they live.
#[derive(Debug)]
pub struct Links {
    template: String,
    /// A link's life: at least 30 minutes, at most 24 hours (NIST SP 800-63B-4 section 4.2.1.2), 2 hours by default.
    pub lifetime: Duration,
}

impl Links {
    /// The address of this token: configuration alone decides where it points.
    #[must_use]
    pub fn address(&self, token: &str) -> String {
        self.template.replace("{token}", token)
    }
}

/// How often one mailbox gets a mail with a link. Notices count toward none of these.
#[derive(Clone, Copy, Debug)]
pub struct MailboxLimits {
    /// The least time between two.
    pub interval: Duration,
    /// The most within [`Self::window`].
    pub per_window: u32,
    /// The window.
    pub window: Duration,
    /// The most within 24 hours.
    pub per_day: u32,
}

/// The parameters of Argon2id (OWASP Password Storage Cheat Sheet: 19 MiB, 2, 1).
#[derive(Clone, Copy, Debug)]
pub struct HashCost {
    /// KiB.
    pub memory_kib: u32,
    /// Passes.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

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

/// One variable that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misconfigured {
    /// Its name.
    pub variable: &'static str,
    /// What is wrong with it; never its value.
    pub reason: String,
}

impl std::fmt::Display for Misconfigured {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.variable, self.reason)
    }
}

/// Every variable there is. `wrangler.toml` lists the same ones, but for the two secrets.
pub const VARIABLES: &[&str] = &[
    "RELATCH_KEYS",
    "PUBLIC_URL",
    "LINK_URL",
    "APPLICATION_NAME",
    "MAIL_FROM",
    "MAIL_SERVER",
    "MAIL_PORT",
    "MAIL_USERNAME",
    "MAIL_PASSWORD",
    "CONTACT",
    "ALLOWED_ORIGINS",
    "ALLOW_ADMINS",
    "LINK_LIFETIME_MINUTES",
    "REQUEST_INTERVAL_SECONDS",
    "REQUESTS_PER_WINDOW",
    "REQUEST_WINDOW_MINUTES",
    "REQUESTS_PER_DAY",
    "PASSWORD_MIN_LENGTH",
    "PASSWORD_MAX_LENGTH",
    "ARGON2_MEMORY_KIB",
    "ARGON2_ITERATIONS",
    "ARGON2_PARALLELISM",
];

impl Application {
    /// Reads the default application from plain variables. `variable` gives a variable's text; an empty one counts as
    /// not set. Every variable that does not hold is named, not the first alone.
    pub fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Misconfigured>> {
        let mut read = Reader { variable, wrong: Vec::new() };
        let id = ApplicationId(DEFAULT_APPLICATION.to_owned());
        let keys = read.required("RELATCH_KEYS", |text| Keyring::parse(&id, text));
        let public_url = read.required("PUBLIC_URL", public_url);
        let link_url = read.optional("LINK_URL", |url| link_url(url).map(Some), None);
        let lifetime = read.number("LINK_LIFETIME_MINUTES", 120, 30..=1440);
        let interval = read.number("REQUEST_INTERVAL_SECONDS", 60, 0..=lifetime.saturating_mul(60));
        let per_window = read.number("REQUESTS_PER_WINDOW", 3, 1..=1000);
        let window = read.number("REQUEST_WINDOW_MINUTES", 30, 1..=1440);
        let per_day = read.number("REQUESTS_PER_DAY", 10, 1..=1000);
        let passwords = PasswordRules {
            min_length: read.number("PASSWORD_MIN_LENGTH", 15, SHORTEST_ALLOWED..=64),
            max_length: read.number("PASSWORD_MAX_LENGTH", 128, LONGEST_AT_LEAST..=1024),
        };
        // An isolate has 128 MiB: a hash may take half of it.
        let hashing = HashCost {
            memory_kib: read.number("ARGON2_MEMORY_KIB", 19_456, 7_168..=65_536),
            iterations: read.number("ARGON2_ITERATIONS", 2, 1..=10),
            parallelism: read.number("ARGON2_PARALLELISM", 1, 1..=4),
        };
        let from = read.required("MAIL_FROM", |text| {
            Mailbox::parse(text).ok_or_else(|| "is not `Name <address>` with one plain address".to_owned())
        });
        let contact = read.required("CONTACT", contact);
        let server = read.smtp_server();
        let name = read.optional("APPLICATION_NAME", one_line, "Relatch".to_owned());
        let origins = read.optional("ALLOWED_ORIGINS", origins, Vec::new());
        let admins_may_reset = read.optional("ALLOW_ADMINS", truth, false);

        let (Some(keys), Some(public_url), Some(from), Some(contact), Some(server), true) =
            (keys, public_url, from, contact, server, read.wrong.is_empty())
        else {
            return Err(read.wrong);
        };
        let template =
            link_url.unwrap_or_else(|| format!("{public_url}{}?token={{token}}", relatch::wire::path::RESET_PAGE));
        let minutes = |minutes: u32| Duration::from_secs(u64::from(minutes).saturating_mul(60));
        Ok(Self {
            id,
            name,
            keys,
            links: Links { template, lifetime: minutes(lifetime) },
            limits: MailboxLimits {
                interval: Duration::from_secs(interval.into()),
                per_window,
                window: minutes(window),
                per_day,
            },
            passwords,
            hashing,
            mail: MailSettings { from, contact, server },
            origins: origin_of(&public_url).map(str::to_owned).into_iter().chain(origins).collect(),
            admins_may_reset,
        })
    }
}

/// Reads variables and keeps what is wrong with each.
struct Reader<F> {
    variable: F,
    wrong: Vec<Misconfigured>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    fn text(&self, name: &str) -> Option<SecretString> {
        (self.variable)(name).filter(|text| !text.trim().is_empty()).map(SecretString::from)
    }

    fn required<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let parsed = match self.text(name) {
            Some(text) => parse(text.expose_secret().trim()),
            None => Err("is not set".to_owned()),
        };
        self.keep(name, parsed)
    }

    fn optional<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>, otherwise: T) -> T {
        match self.text(name) {
            Some(text) => {
                let parsed = parse(text.expose_secret().trim());
                self.keep(name, parsed).unwrap_or(otherwise)
            }
            None => otherwise,
        }
    }

    fn number(&mut self, name: &'static str, otherwise: u32, range: std::ops::RangeInclusive<u32>) -> u32 {
        let parse = |text: &str| match text.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(format!("is not a whole number from {} to {}", range.start(), range.end())),
        };
        self.optional(name, parse, otherwise)
    }

    fn smtp_server(&mut self) -> Option<SmtpServer> {
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

    fn keep<T>(&mut self, variable: &'static str, parsed: Result<T, String>) -> Option<T> {
        parsed.map_err(|reason| self.wrong.push(Misconfigured { variable, reason })).ok()
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host and port of an address, if it is https, or http on this very machine.
fn safe_authority(url: &str) -> Result<&str, String> {
    let (rest, secure) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => return Err("does not begin with https://".to_owned()),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    if authority.is_empty() || !authority.chars().all(fits) {
        return Err("has no plain host name".to_owned());
    }
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    if secure || is_loopback(host) {
        Ok(authority)
    } else {
        Err("is not https: a reset link must not travel in clear text (only localhost may)".to_owned())
    }
}

fn public_url(url: &str) -> Result<String, String> {
    safe_authority(url)?;
    if url.contains(['?', '#']) || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("holds a query, a fragment or a blank".to_owned());
    }
    Ok(url.trim_end_matches('/').to_owned())
}

fn link_url(url: &str) -> Result<String, String> {
    let authority = safe_authority(url)?;
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("holds a blank".to_owned());
    }
    if url.matches("{token}").count() != 1 || authority.contains("{token}") {
        return Err("does not hold {token} exactly once, after the host".to_owned());
    }
    Ok(url.to_owned())
}

fn origin_of(url: &str) -> Option<&str> {
    let scheme = url.find("://")?.saturating_add(3);
    let end = url.get(scheme..)?.find('/').map_or(url.len(), |slash| scheme.saturating_add(slash));
    url.get(..end)
}

fn origins(text: &str) -> Result<Vec<String>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|origin| !origin.is_empty())
        .map(|origin| {
            safe_authority(origin)?;
            if origin_of(origin) == Some(origin) {
                Ok(origin.to_ascii_lowercase())
            } else {
                Err("holds an origin with a path; an origin is scheme, host and port".to_owned())
            }
        })
        .collect()
}

fn contact(text: &str) -> Result<String, String> {
    if is_plain_address(text) || safe_authority(text).is_ok() {
        one_line(text)
    } else {
        Err("is neither an e-mail address nor an https address".to_owned())
    }
}

fn one_line(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) || text.len() > 200 {
        Err("is not one line of at most 200 bytes".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

fn truth(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("is neither true nor false".to_owned()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const GOOD: &[(&str, &str)] = &[
        ("RELATCH_KEYS", "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("PUBLIC_URL", "https://accounts.example.com"),
        ("MAIL_FROM", "Example <noreply@example.com>"),
        ("MAIL_SERVER", "localhost"),
        ("CONTACT", "support@example.com"),
    ];

    /// The application of a configuration that holds, with these variables instead.
    pub(crate) fn parse(changes: &[(&str, &str)]) -> Result<Application, Vec<Misconfigured>> {
        Application::parse(|name| {
            let find = |list: &[(&str, &str)]| {
                list.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
            };
            find(changes).or_else(|| find(GOOD))
        })
    }

    #[test]
    fn defaults_are_those_of_the_standards() {
        let application = parse(&[]).unwrap();
        assert_eq!(application.links.lifetime, Duration::from_secs(7200));
        assert_eq!(application.passwords.min_length, 15);
        assert_eq!(application.hashing.memory_kib, 19_456);
        assert_eq!(application.links.address("T"), "https://accounts.example.com/password/reset?token=T");
        assert_eq!(application.origins, ["https://accounts.example.com"]);
        assert!(!application.admins_may_reset);
    }

    #[test]
    fn a_variable_that_does_not_hold_is_named_without_its_value() {
        for (variable, value) in [
            ("RELATCH_KEYS", ""),
            ("RELATCH_KEYS", "1:c2hvcnQ="),
            ("PUBLIC_URL", "http://accounts.example.com"),
            ("PUBLIC_URL", "accounts.example.com"),
            ("PUBLIC_URL", "https://user@evil.example"),
            ("PUBLIC_URL", "https://x.example/?a=b"),
            ("LINK_URL", "http://app.example.com/#{token}"),
            ("LINK_URL", "https://app.example.com/reset"),
            ("LINK_URL", "https://app.example.com/{token}/{token}"),
            ("LINK_URL", "https://{token}.example.com/"),
            ("MAIL_FROM", "two@example.com, three@example.com"),
            ("MAIL_FROM", "nobody"),
            ("MAIL_SERVER", ""),
            ("MAIL_SERVER", "mail.example.com/x"),
            ("MAIL_PORT", "0"),
            ("MAIL_PORT", "smtp"),
            ("MAIL_PORT", "70000"),
            ("CONTACT", ""),
            ("CONTACT", "the help desk"),
            ("ALLOWED_ORIGINS", "https://app.example.com/path"),
            ("ALLOWED_ORIGINS", "*"),
            ("ALLOWED_ORIGINS", "null"),
            ("ALLOW_ADMINS", "yes"),
            ("LINK_LIFETIME_MINUTES", "1441"),
            ("LINK_LIFETIME_MINUTES", "29"),
            ("REQUEST_INTERVAL_SECONDS", "7201"),
            ("REQUESTS_PER_WINDOW", "0"),
            ("PASSWORD_MIN_LENGTH", "7"),
            ("PASSWORD_MAX_LENGTH", "63"),
            ("ARGON2_MEMORY_KIB", "1024"),
            ("ARGON2_ITERATIONS", "-1"),
        ] {
            let wrong = parse(&[(variable, value)]).expect_err(&format!("{variable}={value}"));
            assert_eq!(wrong.iter().map(|wrong| wrong.variable).collect::<Vec<_>>(), [variable], "{variable}={value}");
            assert!(value.is_empty() || value.len() < 3 || !wrong[0].to_string().contains(value), "{wrong:?}");
        }
    }

    #[test]
    fn every_wrong_variable_is_named_at_once() {
        let wrong = parse(&[("PUBLIC_URL", ""), ("CONTACT", ""), ("MAIL_PORT", "x")]).unwrap_err();
        assert_eq!(wrong.len(), 3);
    }

    #[test]
    fn credentials_go_to_this_machine_or_nowhere_without_tls() {
        let with = |server| parse(&[("MAIL_SERVER", server), ("MAIL_USERNAME", "u"), ("MAIL_PASSWORD", "p")]);
        assert!(with("localhost").unwrap().mail.server.credentials.is_some());
        assert!(with("127.0.0.1").is_ok());
        assert_eq!(with("mail.example.com").unwrap_err()[0].variable, "MAIL_PASSWORD");
        let without = parse(&[("MAIL_SERVER", "mail.example.com"), ("MAIL_USERNAME", "u"), ("MAIL_PASSWORD", "")]);
        assert!(without.unwrap().mail.server.credentials.is_none());
    }

    #[test]
    fn an_application_does_not_print_its_secrets() {
        let application = parse(&[("MAIL_USERNAME", "u"), ("MAIL_PASSWORD", "hunter2hunter2")]).unwrap();
        let printed = format!("{application:?}");
        assert!(!printed.contains("hunter2") && !printed.contains("AAEC"), "{printed}");
    }
}
