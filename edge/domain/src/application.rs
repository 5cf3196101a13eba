//! An application: one tenant, with its URLs, keys, limits and mail.

use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;

use relatch::PasswordRules;
use relatch_languages::Language;

use crate::brand::Brand;
use crate::captcha::Captcha;
use crate::hashing::HashFormat;
use crate::mail::custom_template::CustomTemplate;
use crate::mail::own_template::OwnTemplate;
use crate::values::application_id::ApplicationId;
use crate::values::keys::Keyring;
use crate::values::mail_address::MailAddress;
use crate::values::origin;
use crate::values::server_key::ServerKeys;
use crate::values::time::RequestDelay;
use crate::webhook::WebhookEndpoint;

/// One application and its settings.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "no setting depends on another one")]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// Its name in mails and on pages.
    pub name: String,
    /// Its looks in mails and on pages.
    pub brand: Brand,
    /// The language of its pages and mails if neither the account nor the request names one.
    pub language: Language,
    /// Its signing keys.
    pub keys: Keyring,
    /// The keys of the application's servers.
    pub server_keys: ServerKeys,
    /// The public origin, without a path.
    pub public_url: String,
    /// The path under which the service is mounted: empty, or for example `/auth`. It is the same
    /// for all applications of a deployment.
    pub mount: String,
    /// The path prefix of its routes: the mount for an application with its own host, else the
    /// mount and `/apps/{id}`.
    pub base_path: String,
    /// Whether the operator's page exists.
    pub operator_page: bool,
    /// Whether the gallery of mails and pages exists. It never does in a public deployment.
    pub gallery: bool,
    /// The dialects that are switched on.
    pub dialects: Vec<Dialect>,
    /// The origin of its hosted pages, as a browser writes it.
    pub own_origin: String,
    /// The URL of its sign-in page, if the pages are to link to it.
    pub login_url: Option<String>,
    /// The targets of mailed links.
    pub links: Links,
    /// The delay between a request and its lookup.
    pub request_delay: RequestDelay,
    /// The rate limits of one mailbox.
    pub limits: MailboxLimits,
    /// The accepted requests of all visitors in a minute above which mails wait, if there is such a
    /// number.
    pub brake: Option<u32>,
    /// The rules for new passwords.
    pub passwords: PasswordRules,
    /// The service that knows breached passwords, as a URL that ends before the prefix of a hash:
    /// see [`breaches`](crate::breaches). `None` if they are not checked.
    pub breaches: Option<String>,
    /// The captcha that requests need, if one is configured.
    pub captcha: Option<Captcha>,
    /// The format of new password hashes.
    pub hashing: HashFormat,
    /// The senders and texts of its mails.
    pub mail: MailSettings,
    /// The origins whose pages may call it, each as a browser writes it in `Origin`.
    pub origins: Vec<String>,
    /// The name of the cookie with the application's own session, if calls may be authenticated by
    /// it.
    pub session_cookie: Option<String>,
    /// The time for which events are kept.
    pub events_retention: Duration,
    /// Whether passwords can be reset. While they cannot, no call, page or link does anything. A
    /// change by a signed-in person is not affected.
    pub reset_enabled: bool,
    /// Whether only verified accounts may reset by mail.
    pub requires_verified: bool,
    /// The endpoints that get events.
    pub webhooks: Vec<WebhookEndpoint>,
    /// Whether administrators may reset by mail. Off by default, as in TYPO3.
    pub admins_may_reset: bool,
    /// The mail to a mailbox that several accounts share.
    pub shared_mailbox: SharedMailbox,
}

/// The mail to a mailbox that several accounts share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SharedMailbox {
    /// `ambiguous`: a mail without a link, which asks for the user name. Accounts with the same
    /// user name, or with none, get links, because their owners could not reset otherwise.
    #[default]
    Ambiguous,
    /// `links`: a link for each account.
    Links,
}

impl Application {
    /// Returns whether the application has a host to itself, so that its routes begin at the mount.
    #[must_use]
    pub fn has_own_host(&self) -> bool {
        self.base_path == self.mount
    }

    /// Returns whether a URL's origin is one of the application's own, or that of its links.
    #[must_use]
    pub fn leads_to(&self, origin: &str) -> bool {
        let origin = origin::normalize(origin);
        let links = origin::origin_of(&self.links.template).map(origin::normalize);
        self.origins.contains(&origin) || links.is_some_and(|links| links == origin)
    }
}

/// A surface for clients of another system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `rest`: one resource, the account's password.
    Rest,
    /// `flask`: forgot and reset.
    Flask,
    /// `cloudcms`: create, send, commit.
    CloudCms,
}

/// The targets and the lifetime of mailed links.
#[derive(Debug)]
pub struct Links {
    /// The URL with `{token}` in the place of the token.
    pub template: String,
    /// The lifetime of a link, within [`LIFETIME_MINUTES`]: 2 hours by default.
    pub lifetime: Duration,
}

/// The lifetimes of links that may be configured, or requested by a server, in minutes: 30 minutes to
/// 24 hours (NIST SP 800-63B-4 section 4.2.1.2).
pub const LIFETIME_MINUTES: RangeInclusive<u32> = 30..=1440;

impl Links {
    /// Returns the URL for a token. Only configuration decides where it points.
    #[must_use]
    pub fn address(&self, token: &str) -> String {
        self.template.replace("{token}", token)
    }
}

/// The rate limits of one mailbox. Notices do not count.
#[derive(Clone, Copy, Debug)]
pub struct MailboxLimits {
    /// The shortest time between two mails.
    pub interval: Duration,
    /// The most mails within [`Self::window`].
    pub per_window: u32,
    /// The window.
    pub window: Duration,
    /// The most mails within 24 hours.
    pub per_day: u32,
}

/// The senders and texts of an application's mails.
#[derive(Debug)]
pub struct MailSettings {
    /// The sender.
    pub from: MailAddress,
    /// Further senders that a server caller may choose for a mail.
    pub senders: Vec<MailAddress>,
    /// The address for replies, if it is not the sender's.
    pub reply_to: Option<MailAddress>,
    /// The configured template of the link mail, instead of the built-in one.
    pub reset: Option<CustomTemplate>,
    /// The configured template of the notice, instead of the built-in one.
    pub notice: Option<OwnTemplate>,
    /// The contact for "this was not me": an address or an https page, named in the notice.
    pub contact: String,
}

impl MailSettings {
    /// Returns whether replies to a mail from this sender go to this address, whatever its display
    /// name.
    #[must_use]
    pub fn receives_replies(&self, text: &str, sender: &MailAddress) -> bool {
        let configured = self.reply_to.as_ref().unwrap_or(sender);
        MailAddress::parse(text)
            .is_some_and(|asked| configured.address.eq_ignore_ascii_case(&asked.address))
    }

    /// Returns the configured sender with this address, whatever its display name.
    #[must_use]
    pub fn sender(&self, text: &str) -> Option<&MailAddress> {
        let asked = MailAddress::parse(text)?;
        std::iter::once(&self.from)
            .chain(&self.senders)
            .find(|known| known.address.eq_ignore_ascii_case(&asked.address))
    }
}

/// All applications of a deployment, the default one first.
#[derive(Debug, Default)]
pub struct Applications {
    all: Vec<Rc<Application>>,
}

impl Applications {
    /// Collects applications, the default one first.
    #[must_use]
    pub fn new(all: Vec<Rc<Application>>) -> Self {
        Self { all }
    }

    /// Returns the path under which the service is mounted.
    #[must_use]
    pub fn mount(&self) -> &str {
        self.all.first().map_or("", |application| &application.mount)
    }

    /// Returns all of them, the default one first.
    pub fn iter(&self) -> impl Iterator<Item = &Rc<Application>> {
        self.all.iter()
    }

    /// Returns the application with this id.
    #[must_use]
    pub fn of_id(&self, id: &str) -> Option<&Rc<Application>> {
        self.all.iter().find(|application| application.id.as_str() == id)
    }

    /// Returns the application that has this host to itself, as a URL names host and port.
    ///
    /// The names of loopback are one host. A loopback host with another port belongs to the default
    /// application if that one is on loopback too.
    #[must_use]
    pub fn of_host(&self, authority: &str) -> Option<&Rc<Application>> {
        let find = |is_asked: &dyn Fn(&str) -> bool| {
            self.all.iter().find(|application| has_host(application, is_asked))
        };
        let port_on_loopback = origin::port_on_loopback;
        let is_on_loopback = |own: &str| port_on_loopback(own).is_some();
        find(&|own| own.eq_ignore_ascii_case(authority)).or_else(|| {
            let asked = port_on_loopback(authority)?;
            find(&|own| port_on_loopback(own) == Some(asked))
                .or_else(|| self.all.first().filter(|default| has_host(default, &is_on_loopback)))
        })
    }
}

/// Returns whether an application has a host to itself, and the condition holds for it.
fn has_host(application: &Application, condition: &dyn Fn(&str) -> bool) -> bool {
    let own = application.own_origin.split_once("://").map(|(_, own)| own);
    application.has_own_host() && own.is_some_and(condition)
}
