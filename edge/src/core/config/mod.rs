//! Configuration, parsed once into one [`Application`]: everything that applications may differ in.
//!
//! A configuration that does not hold stops the service from starting: every call answers 503, and the log names the
//! variable. A server that is down is not configuration.

use std::time::Duration;

use relatch::PasswordRules;
use relatch::password::{LONGEST_AT_LEAST, SHORTEST_ALLOWED};
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use super::keys::Keyring;
use super::server_key::ServerKeys;

mod applications;
mod directory;
mod hashing;
mod mail;
mod reader;
#[cfg(test)]
pub(crate) mod tests;
mod url;

pub use applications::Applications;
pub use directory::{DATABASE, DirectorySql, Statement};
pub use hashing::{HashCost, HashFormat};
pub use mail::{MailProvider, MailSecurity, MailSettings, Mailbox, SmtpServer};

use mail::{contact, senders};
use reader::{Reader, Variables, cookie_name, one_line, truth};
use url::{as_browsers_write, link_url, login_url, origin_of, origins, public_url};

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
    /// What mails and pages call it.
    pub name: String,
    /// Its keys.
    pub keys: Keyring,
    /// The keys of its own servers.
    pub server_keys: ServerKeys,
    /// Where people reach it, without the path before its own.
    pub public_url: String,
    /// What stands before each of its own paths: nothing where it has a host of its own, else `/apps/{id}`.
    pub base_path: String,
    /// The surfaces that it has beside the canonical one.
    pub dialects: Vec<Dialect>,
    /// The origin of its own pages, as a browser writes it.
    pub own_origin: String,
    /// Where they sign in, if the pages are to say so.
    pub login_url: Option<String>,
    /// Where mailed links point.
    pub links: Links,
    /// How often one mailbox gets a mail.
    pub limits: MailboxLimits,
    /// Which passwords it accepts.
    pub passwords: PasswordRules,
    /// How a new password is hashed.
    pub hashing: HashFormat,
    /// How accounts are read and written.
    pub directory: DirectorySql,
    /// How its mails go out.
    pub mail: MailSettings,
    /// Sites whose pages may call it, each as a browser writes it in `Origin`.
    pub origins: Vec<String>,
    /// The cookie that the application's own sessions are in, where a call may be made by it.
    pub session_cookie: Option<String>,
    /// Whether administrators may reset by mail. TYPO3's default and ours: no.
    pub admins_may_reset: bool,
}

/// A surface beside the canonical one, for clients of another system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `rest`: one resource, the account's password.
    Rest,
    /// `flask`: forgot and reset.
    Flask,
    /// `cloudcms`: create, send, commit.
    CloudCms,
}

impl Dialect {
    fn parse(text: &str) -> Result<Vec<Self>, String> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names
            .map(|name| match name {
                "rest" => Ok(Self::Rest),
                "flask" => Ok(Self::Flask),
                "cloudcms" => Ok(Self::CloudCms),
                _ => Err("is no list of rest, flask and cloudcms".to_owned()),
            })
            .collect()
    }
}

impl Application {
    /// Whether an address is on one of its own origins, or where its links lead.
    #[must_use]
    pub fn leads_to(&self, origin: &str) -> bool {
        let origin = as_browsers_write(origin);
        let links = origin_of(&self.links.template).map(as_browsers_write);
        self.origins.contains(&origin) || links.is_some_and(|links| links == origin)
    }
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

/// One variable that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misconfigured {
    /// Its name.
    pub variable: String,
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
    "APPLICATIONS",
    "DIALECTS",
    "RELATCH_KEYS",
    "APPLICATION_KEYS",
    "PUBLIC_URL",
    "LINK_URL",
    "LOGIN_URL",
    "APPLICATION_NAME",
    "MAIL_FROM",
    "MAIL_SENDERS",
    "RESET_MAIL_SUBJECT",
    "RESET_MAIL_BODY",
    "MAIL_PROVIDER",
    "MAIL_SERVER",
    "MAIL_PORT",
    "MAIL_SECURITY",
    "MAIL_USERNAME",
    "MAIL_PASSWORD",
    "CONTACT",
    "ALLOWED_ORIGINS",
    "SESSION_COOKIE",
    "ALLOW_ADMINS",
    "LINK_LIFETIME_MINUTES",
    "REQUEST_INTERVAL_SECONDS",
    "REQUESTS_PER_WINDOW",
    "REQUEST_WINDOW_MINUTES",
    "REQUESTS_PER_DAY",
    "PASSWORD_MIN_LENGTH",
    "PASSWORD_MAX_LENGTH",
    "PASSWORD_HASH",
    "ARGON2_MEMORY_KIB",
    "ARGON2_ITERATIONS",
    "ARGON2_PARALLELISM",
    "BCRYPT_COST",
    "SCRYPT_LOG_N",
    "PBKDF2_ITERATIONS",
    "DIRECTORY_DATABASE",
    "DIRECTORY_FIND_BY_EMAIL",
    "DIRECTORY_FIND_BY_USERNAME",
    "DIRECTORY_ACCOUNT",
    "DIRECTORY_SET_PASSWORD",
    "DIRECTORY_REVOKE_SESSIONS",
    "DIRECTORY_ANY",
    "DIRECTORY_SESSION",
    "DIRECTORY_REVOKE_OTHER_SESSIONS",
];

impl Application {
    /// Reads the default application from plain variables. `variable` gives a variable's text; an empty one counts as
    /// not set. Every variable that does not hold is named, not the first alone.
    pub fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Misconfigured>> {
        let id = ApplicationId(DEFAULT_APPLICATION.to_owned());
        Self::read(
            id,
            "Relatch".to_owned(),
            String::new(),
            Reader { variable: &variable, prefix: "", wrong: Vec::new() },
        )
    }

    /// Reads another one, whose own variables have this prefix.
    fn parse_other(
        id: ApplicationId,
        prefix: &str,
        has_host: bool,
        variable: Variables<'_>,
    ) -> Result<Self, Vec<Misconfigured>> {
        let base_path = if has_host { String::new() } else { format!("/apps/{}", id.as_str()) };
        let name = id.as_str().to_owned();
        Self::read(id, name, base_path, Reader { variable, prefix, wrong: Vec::new() })
    }

    fn read(
        id: ApplicationId,
        usual_name: String,
        base_path: String,
        mut read: Reader<'_>,
    ) -> Result<Self, Vec<Misconfigured>> {
        let keys = read.required("RELATCH_KEYS", |text| Keyring::parse(&id, text));
        let server_keys = read.optional("APPLICATION_KEYS", ServerKeys::parse, ServerKeys::default());
        let public_url = read.required("PUBLIC_URL", public_url);
        let link_url = read.optional("LINK_URL", |url| link_url(url).map(Some), None);
        let login_url = read.optional("LOGIN_URL", |url| login_url(url).map(Some), None);
        let lifetime = read.number("LINK_LIFETIME_MINUTES", 120, 30..=1440);
        let interval = read.number("REQUEST_INTERVAL_SECONDS", 60, 0..=lifetime.saturating_mul(60));
        let per_window = read.number("REQUESTS_PER_WINDOW", 3, 1..=1000);
        let window = read.number("REQUEST_WINDOW_MINUTES", 30, 1..=1440);
        let per_day = read.number("REQUESTS_PER_DAY", 10, 1..=1000);
        let hashing = read.hash_format();
        let passwords = PasswordRules {
            min_length: read.number("PASSWORD_MIN_LENGTH", 15, SHORTEST_ALLOWED..=64),
            max_length: read.number("PASSWORD_MAX_LENGTH", 128, LONGEST_AT_LEAST..=512),
            max_bytes: hashing.most_bytes(),
        };
        let admins_may_reset = read.optional("ALLOW_ADMINS", truth, false);
        let directory = read.directory_sql(admins_may_reset);
        let from = read.required("MAIL_FROM", |text| {
            Mailbox::parse(text).ok_or_else(|| "is not `Name <address>` with one plain address".to_owned())
        });
        let contact = read.required("CONTACT", contact);
        let senders = read.optional("MAIL_SENDERS", senders, Vec::new());
        let subject = read.optional("RESET_MAIL_SUBJECT", |text| one_line(text).map(Some), None);
        let reset = read.optional(
            "RESET_MAIL_BODY",
            |text| Definition::configured(subject.clone(), text.to_owned()).map(Some),
            None,
        );
        if subject.is_some() && reset.is_none() {
            let _told = read.keep::<()>("RESET_MAIL_SUBJECT", Err("needs RESET_MAIL_BODY".to_owned()));
        }
        let provider = read.mail_provider();
        let name = read.optional("APPLICATION_NAME", one_line, usual_name);
        let dialects = read.optional("DIALECTS", Dialect::parse, Vec::new());
        let origins = read.optional("ALLOWED_ORIGINS", origins, Vec::new());
        let session_cookie = read.optional("SESSION_COOKIE", cookie_name, None);

        let (Some(keys), Some(public_url), Some(from), Some(contact), Some(provider), Some(directory), true) =
            (keys, public_url, from, contact, provider, directory, read.wrong.is_empty())
        else {
            return Err(read.wrong);
        };
        let template = link_url
            .unwrap_or_else(|| format!("{public_url}{base_path}{}?token={{token}}", relatch::wire::path::RESET_PAGE));
        let own_origin = as_browsers_write(origin_of(&public_url).unwrap_or_default());
        let minutes = |minutes: u32| Duration::from_secs(u64::from(minutes).saturating_mul(60));
        Ok(Self {
            id,
            name,
            keys,
            server_keys,
            links: Links { template, lifetime: minutes(lifetime) },
            limits: MailboxLimits {
                interval: Duration::from_secs(interval.into()),
                per_window,
                window: minutes(window),
                per_day,
            },
            passwords,
            hashing,
            directory,
            mail: MailSettings { from, senders, reset, contact, provider },
            origins: std::iter::once(own_origin.clone()).chain(origins).collect(),
            public_url,
            base_path,
            dialects,
            own_origin,
            login_url,
            session_cookie,
            admins_may_reset,
        })
    }
}
