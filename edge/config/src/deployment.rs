//! Several applications in one deployment.
//!
//! The default application is read from plain variables. Every other one is named in
//! `APPLICATIONS`, and its own variables have the prefix `APP_{ID}_`, with the id in capitals and
//! underscores for hyphens. A variable without such a value is inherited from the default
//! application, with two exceptions:
//!
//! - the name, the origins, the server keys, the webhooks, and the URLs of links and sign-in are
//!   never inherited;
//! - the mail server and its credentials form a group, and so do the statements and the database of
//!   the directory, and the captcha: if one of a group is set, none of it is inherited. So no
//!   password is sent to a server that it is not for.

use std::rc::Rc;

use relatch_domain::application::{Application, Applications};
use relatch_domain::values::application_id::{ApplicationId, DEFAULT_APPLICATION};

use crate::application::{self, Paths};
use crate::mail::MailProvider;
use crate::reader::{ConfigError, Reader, Variables};
use crate::url;

/// The variables that another application never inherits from the default one.
const NEVER_INHERITED: [&str; 12] = [
    "APPLICATION_NAME",
    "BRAND_COLOR",
    "LOGO_URL",
    "PRODUCT_URL",
    "APPLICATION_KEYS",
    "LINK_URL",
    "LOGIN_URL",
    "ALLOWED_ORIGINS",
    "MAIL_SENDERS",
    "WEBHOOK_URLS",
    "WEBHOOK_SECRETS",
    "WEBHOOK_EVENTS",
];

/// The groups of variables that are inherited together or not at all.
const INHERITED_AS_GROUP: [&[&str]; 5] = [
    &[
        "MAIL_PROVIDER",
        "MAIL_SERVER",
        "MAIL_PORT",
        "MAIL_SECURITY",
        "MAIL_USERNAME",
        "MAIL_PASSWORD",
        "MAIL_API_KEY",
        "MAIL_REGION",
        "MAIL_DOMAIN",
        "MAIL_ENDPOINT",
        "MAIL_WEBHOOK_SECRET",
        "MAIL_WEBHOOK_TOPIC",
    ],
    &[
        "DIRECTORY_DATABASE",
        "DIRECTORY_FIND_BY_EMAIL",
        "DIRECTORY_FIND_BY_USERNAME",
        "DIRECTORY_ACCOUNT",
        "DIRECTORY_SET_PASSWORD",
        "DIRECTORY_REVOKE_SESSIONS",
        "DIRECTORY_ANY",
        "DIRECTORY_SESSION",
        "DIRECTORY_REVOKE_OTHER_SESSIONS",
    ],
    &["RESET_MAIL_SUBJECT", "RESET_MAIL_BODY", "RESET_MAIL_TEXT"],
    &["NOTICE_MAIL_SUBJECT", "NOTICE_MAIL_BODY", "NOTICE_MAIL_TEXT"],
    &["CAPTCHA_PROVIDER", "CAPTCHA_SITE_KEY", "CAPTCHA_SECRET", "CAPTCHA_VERIFY_URL"],
];

/// The most applications besides the default one: each takes memory in every isolate.
const MAX_APPLICATIONS: usize = 50;

/// The accounts that an application lets reset their password by mail, as far as an adapter has to
/// know them.
#[derive(Clone, Copy, Debug, Default)]
pub struct ResettableAccounts {
    /// Whether administrators are among them.
    pub with_admins: bool,
    /// Whether only verified accounts are among them.
    pub verified_only: bool,
}

/// The settings that an adapter reads for each application, from the same variables and into the
/// same list of errors.
pub trait AdapterSettings: Sized {
    /// Reads the settings. Returns `None` if a variable is invalid; the reader has the errors.
    fn read(reader: &mut Reader<'_>, accounts: ResettableAccounts) -> Option<Self>;
}

/// No settings, for platforms whose adapters need none.
impl AdapterSettings for () {
    fn read(_: &mut Reader<'_>, _: ResettableAccounts) -> Option<Self> {
        Some(())
    }
}

/// How a service is mounted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mounting<'a> {
    /// The path under which everything is: empty, or for example `/auth`.
    pub path: &'a str,
    /// Whether a mailer replaces the providers, whose variables are then ignored.
    pub has_mailer: bool,
}

/// The settings of one application's adapters.
#[derive(Debug)]
pub struct Settings<A> {
    /// The way in which its mails are sent.
    pub mail: MailProvider,
    /// The settings of the platform's adapters.
    pub adapters: A,
}

/// A valid configuration: all applications, with the settings of their adapters.
#[derive(Debug)]
pub struct Deployment<A> {
    applications: Applications,
    settings: Vec<(ApplicationId, Rc<Settings<A>>)>,
    /// The applications whose name is the default one.
    unnamed: Vec<ApplicationId>,
}

impl<A: AdapterSettings> Deployment<A> {
    /// Reads the default application and every other one. `variable` returns the text of a
    /// variable; an empty one counts as not set.
    ///
    /// # Errors
    ///
    /// One error for each invalid variable, all at once.
    pub fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<ConfigError>> {
        Self::parse_mounted("", variable)
    }

    /// As [`Self::parse`], for a service whose paths are all under `mount`: empty, or for example
    /// `/auth`.
    ///
    /// # Errors
    ///
    /// As [`Self::parse`].
    pub fn parse_mounted(
        mount: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<ConfigError>> {
        Self::parse_as(Mounting { path: mount, has_mailer: false }, variable)
    }

    /// As [`Self::parse`], for a service that is mounted in this way.
    ///
    /// # Errors
    ///
    /// As [`Self::parse`].
    pub fn parse_as(
        mounting: Mounting<'_>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<ConfigError>> {
        Self::read(mounting, &|name| variable(name).filter(|text| !text.trim().is_empty()))
    }

    fn read(mounting: Mounting<'_>, set: Variables<'_>) -> Result<Self, Vec<ConfigError>> {
        let mut all = Vec::new();
        let mut settings = Vec::new();
        let mut unnamed = Vec::new();
        let mut errors = Vec::new();
        let mut collect =
            |id: ApplicationId, name: String, has_own_host: bool, mut reader: Reader<'_>| {
                let apps = (!has_own_host).then(|| format!("/apps/{}", id.as_str()));
                let paths = Paths {
                    mount: mounting.path.to_owned(),
                    base_path: [mounting.path, &apps.unwrap_or_default()].concat(),
                };
                if reader.text("APPLICATION_NAME").is_none() {
                    unnamed.push(id.clone());
                }
                let application = application::read(id.clone(), name, paths, &mut reader);
                let accounts = application.as_ref().map(|application| ResettableAccounts {
                    with_admins: application.admins_may_reset,
                    verified_only: application.requires_verified,
                });
                let mail = reader.mail_provider(mounting.has_mailer);
                let adapters = A::read(&mut reader, accounts.unwrap_or_default());
                let failed = !reader.errors.is_empty();
                errors.append(&mut reader.errors);
                if let (false, Some(application), Some(mail), Some(adapters)) =
                    (failed, application, mail, adapters)
                {
                    all.push(Rc::new(application));
                    settings.push((id, Rc::new(Settings { mail, adapters })));
                }
            };
        let others = set("APPLICATIONS").map_or(Ok(Vec::new()), |text| ids(&text));
        let is_public = is_public(set, others.as_deref().unwrap_or_default());
        let default = ApplicationId::default();
        let reader = Reader::new(set, "").for_public(is_public);
        collect(default, "Relatch".to_owned(), true, reader);
        let mut mistake = others.as_ref().err().cloned();
        for id in others.unwrap_or_default() {
            let prefix = variable_prefix(&id);
            let has_host = set(&[&prefix, "PUBLIC_URL"].concat()).is_some();
            let name = id.as_str().to_owned();
            let variable = |name: &str| own_or_inherited(set, &prefix, name);
            let reader = Reader::new(&variable, &prefix).for_public(is_public);
            collect(id, name, has_host, reader);
        }
        for (index, application) in all.iter().enumerate() {
            let twin = |other: &&Rc<Application>| {
                other.has_own_host() && other.own_origin == application.own_origin
            };
            if application.has_own_host() && all.iter().take(index).any(|other| twin(&other)) {
                mistake = Some(format!(
                    "`{}` has the host of another application",
                    application.id.as_str()
                ));
            }
        }
        errors.extend(
            mistake.map(|reason| ConfigError { variable: "APPLICATIONS".to_owned(), reason }),
        );
        if errors.is_empty() {
            Ok(Self { applications: Applications::new(all), settings, unnamed })
        } else {
            Err(errors)
        }
    }

    /// Returns all applications, the default one first.
    #[must_use]
    pub const fn applications(&self) -> &Applications {
        &self.applications
    }

    /// Returns what is valid and should be checked or changed, one line for each: applications
    /// without a name, server keys that name no scopes, and mail providers whose account decides
    /// about tracking.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        self.name_warnings().chain(self.key_warnings()).chain(self.tracking_warnings())
    }

    fn name_warnings(&self) -> impl Iterator<Item = String> {
        let is_unnamed = |application: &&Rc<Application>| self.unnamed.contains(&application.id);
        self.applications.iter().filter(is_unnamed).map(|application| {
            format!(
                "{}APPLICATION_NAME: is not set, so mails and pages say `{}`",
                prefix_of(&application.id),
                application.name
            )
        })
    }

    fn tracking_warnings(&self) -> impl Iterator<Item = String> {
        self.settings.iter().filter_map(|(id, settings)| match &settings.mail {
            MailProvider::Api(api) if api.provider.tracks_by_account() => Some(format!(
                "{}MAIL_PROVIDER: `{}` has no call that turns off the tracking of opens and clicks. \
                 Turn it off for the sending domain in the account with the provider: a tracked \
                 link leads to the provider first",
                prefix_of(id),
                api.provider.as_str()
            )),
            _ => None,
        })
    }

    fn key_warnings(&self) -> impl Iterator<Item = String> {
        self.applications.iter().flat_map(|application| {
            let prefix = prefix_of(&application.id);
            application.server_keys.without_scopes().map(move |label| {
                format!(
                    "{prefix}APPLICATION_KEYS: the key `{label}` names no scopes and has `reset`, \
                     `status`, `links`, `events`, `erase` and `mail`. Name those that it needs: \
                     `{label}:sha256:scope+scope`"
                )
            })
        })
    }

    /// Returns the adapter settings of an application.
    #[must_use]
    pub fn settings(&self, id: &ApplicationId) -> Option<&Rc<Settings<A>>> {
        self.settings.iter().find(|(known, _)| known == id).map(|(_, settings)| settings)
    }

    /// Returns the adapter settings of all applications, the default one first.
    pub fn all_settings(&self) -> impl Iterator<Item = &Settings<A>> {
        self.settings.iter().map(|(_, settings)| &**settings)
    }
}

/// Returns whether an application has a `PUBLIC_URL` that does not lead to loopback. One of them
/// makes the whole deployment public, because all applications share its Worker.
fn is_public(set: Variables<'_>, others: &[ApplicationId]) -> bool {
    let prefixes = std::iter::once(String::new()).chain(others.iter().map(variable_prefix));
    let mut urls = prefixes.filter_map(|prefix| set(&[&prefix, "PUBLIC_URL"].concat()));
    urls.any(|url| url::is_public(&url))
}

/// Returns the application's own value of a variable, or the inherited one.
fn own_or_inherited(set: Variables<'_>, prefix: &str, name: &str) -> Option<String> {
    let own = |name: &str| set(&[prefix, name].concat());
    let has_own =
        |group: &&[&str]| group.contains(&name) && group.iter().any(|member| own(member).is_some());
    let inherits = !NEVER_INHERITED.contains(&name) && !INHERITED_AS_GROUP.iter().any(has_own);
    own(name).or_else(|| inherits.then(|| set(name)).flatten())
}

/// Returns the prefix of an application's own variables. It is the same for ids that differ only in
/// case, or in `-` and `_`.
fn variable_prefix(id: &ApplicationId) -> String {
    format!("APP_{}_", id.as_str().to_ascii_uppercase().replace('-', "_"))
}

/// Returns the prefix of the variables of any application: that of the default one is empty.
fn prefix_of(id: &ApplicationId) -> String {
    if *id == ApplicationId::default() { String::new() } else { variable_prefix(id) }
}

/// Parses the ids of further applications.
fn ids(text: &str) -> Result<Vec<ApplicationId>, String> {
    let mut ids: Vec<ApplicationId> = Vec::new();
    for (index, id) in text.split(',').map(str::trim).enumerate() {
        let place = index.saturating_add(1);
        let id = ApplicationId::parse(id)
            .map_err(|error| format!("id {place} is not valid: {error}"))?;
        if id.as_str().eq_ignore_ascii_case(DEFAULT_APPLICATION) {
            return Err(format!(
                "id {place} is the id of the default application, which always exists"
            ));
        }
        if ids.contains(&id) {
            return Err(format!("id {place} is a duplicate"));
        }
        let prefix = variable_prefix(&id);
        if ids.iter().any(|other| variable_prefix(other) == prefix) {
            return Err(format!(
                "id {place} must not share the variables `{prefix}…` with another id"
            ));
        }
        ids.push(id);
    }
    if ids.len() > MAX_APPLICATIONS {
        Err(format!("must have at most {MAX_APPLICATIONS} ids"))
    } else {
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MailProvider;
    use crate::tests::{deployment, keys};

    fn parse(changes: &[(&str, &str)]) -> Result<Applications, Vec<String>> {
        let parsed = deployment(changes).map(|deployment| {
            Applications::new(deployment.applications().iter().cloned().collect())
        });
        parsed.map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    fn shop(changes: &[(&str, &str)]) -> Rc<Application> {
        let all = [&[("APPLICATIONS", "shop")], changes].concat();
        Rc::clone(parse(&all).unwrap().of_id("shop").unwrap())
    }

    #[test]
    fn an_application_inherits_variables_without_a_value() {
        let plain = shop(&[("LINK_LIFETIME_MINUTES", "60"), ("REQUESTS_PER_DAY", "5")]);
        assert_eq!(plain.links.lifetime.as_secs(), 3600);
        assert_eq!(plain.name, "shop");
        let own = shop(&[
            ("REQUESTS_PER_DAY", "5"),
            ("APP_SHOP_REQUESTS_PER_DAY", "7"),
            ("APP_SHOP_APPLICATION_NAME", "Shop"),
        ]);
        assert_eq!((own.limits.per_day, own.name.as_str()), (7, "Shop"));
    }

    #[test]
    fn urls_are_never_inherited() {
        let shared = shop(&[
            ("LOGIN_URL", "https://example.com/in"),
            ("LINK_URL", "https://example.com/#{token}"),
        ]);
        assert_eq!(shared.login_url, None);
        assert!(
            shared.links.address("T").ends_with("/apps/shop/password/reset?token=T"),
            "{}",
            shared.links.address("T")
        );
        let own = shop(&[("APP_SHOP_PUBLIC_URL", "https://shop.example.com")]);
        assert_eq!(own.links.address("T"), "https://shop.example.com/password/reset?token=T");
        assert_eq!(
            (own.base_path.as_str(), own.own_origin.as_str()),
            ("", "https://shop.example.com")
        );
    }

    #[test]
    fn every_url_of_a_mounted_service_is_under_its_path() {
        let changes = [
            ("PUBLIC_URL", "https://example.com"),
            ("APPLICATIONS", "shop,blog"),
            ("APP_BLOG_PUBLIC_URL", "https://blog.example.com"),
        ];
        let deployment = crate::tests::mounted("/auth", &changes).unwrap();
        let all = deployment.applications();
        for (id, base_path, url) in [
            ("default", "/auth", "https://example.com/auth"),
            ("shop", "/auth/apps/shop", "https://example.com/auth/apps/shop"),
            ("blog", "/auth", "https://blog.example.com/auth"),
        ] {
            let application = all.of_id(id).unwrap();
            assert_eq!(application.base_path, base_path);
            let link = format!("{url}/password/reset?token=T");
            assert_eq!(application.links.address("T"), link);
        }
        let of_host = |host| all.of_host(host).map(|application| application.id.as_str());
        assert_eq!(of_host("example.com"), Some("default"));
        assert_eq!(of_host("blog.example.com"), Some("blog"));
        assert_eq!(all.mount(), "/auth");
    }

    #[test]
    fn credentials_are_not_inherited_for_another_mail_server() {
        let credentials = |changes: &[(&str, &str)]| {
            let deployment = deployment(&[&[("APPLICATIONS", "shop")], changes].concat()).unwrap();
            match &deployment.settings(&ApplicationId::parse("shop").unwrap()).unwrap().mail {
                MailProvider::Smtp(server) => server.credentials.is_some(),
                MailProvider::Cloudflare | MailProvider::Api(_) | MailProvider::Own => false,
            }
        };
        let theirs = [
            ("MAIL_USERNAME", "peter"),
            ("MAIL_PASSWORD", "secret"),
            ("MAIL_SERVER", "smtp.example.com"),
        ];
        assert!(credentials(&theirs));
        assert!(!credentials(
            &[&theirs[..], &[("APP_SHOP_MAIL_SERVER", "smtp.example.org")]].concat()
        ));
    }

    #[test]
    fn a_mailer_that_replaces_the_providers_needs_none_of_their_variables() {
        let read = |has_mailer| {
            let mounting = Mounting { path: "", has_mailer };
            Deployment::<()>::parse_as(mounting, |name| match name {
                "MAIL_SERVER" => None,
                "MAIL_SECURITY" => Some("some".to_owned()),
                name => crate::tests::valid(name),
            })
        };
        assert!(matches!(
            read(true).unwrap().all_settings().next().unwrap().mail,
            MailProvider::Own
        ));
        let errors = read(false).map(drop).unwrap_err();
        assert!(errors.iter().all(|error| error.variable == "MAIL_SERVER"), "{errors:?}");
    }

    #[test]
    fn an_application_is_found_by_its_id_and_by_its_own_host() {
        let all = parse(&[
            ("PUBLIC_URL", "https://example.com"),
            ("APPLICATIONS", "shop, blog"),
            ("APP_SHOP_PUBLIC_URL", "https://Shop.example.com:8443"),
        ])
        .unwrap();
        let of_host = |host| all.of_host(host).map(|application| application.id.as_str());
        assert_eq!(of_host("shop.example.com:8443"), Some("shop"));
        assert_eq!(of_host("SHOP.example.com:8443"), Some("shop"));
        assert_eq!(of_host("example.com"), Some("default"));
        assert_eq!(of_host("blog.example.com"), None);
        assert_eq!(
            all.of_id("blog").map(|application| application.base_path.as_str()),
            Some("/apps/blog")
        );
        assert!(all.of_id("Shop").is_none());
    }

    #[test]
    fn the_guid_of_a_cloud_cms_application_is_an_application_id() {
        let guid = "2f1c9a44-6b0e-4f53-9d1e-7a54c0e8b312";
        let variable = "APP_2F1C9A44_6B0E_4F53_9D1E_7A54C0E8B312_APPLICATION_NAME";
        let all = parse(&[("APPLICATIONS", guid), (variable, "Shop")]).unwrap();
        assert_eq!(all.of_id(guid).map(|application| application.name.as_str()), Some("Shop"));
    }

    #[test]
    fn each_application_derives_its_own_keys() {
        let all = parse(&[("APPLICATIONS", "shop")]).unwrap();
        let code = |id: &str| {
            all.of_id(id).unwrap().keys.sign(relatch_domain::values::keys::Purpose::Link, &[b"x"])
        };
        assert_ne!(code("default"), code("shop"));
        let own = [("APPLICATIONS", "shop"), ("APP_SHOP_RELATCH_KEYS", &*keys())];
        assert!(parse(&own).is_ok());
    }

    #[test]
    fn a_server_key_without_scopes_causes_a_warning() {
        let [one, other] = ["1", "2"].map(|digit| digit.repeat(64));
        let keys = format!("main:{one},narrow:{other}:status");
        let changes = [
            ("APPLICATIONS", "my-shop"),
            ("APPLICATION_KEYS", keys.as_str()),
            ("APP_MY_SHOP_APPLICATION_KEYS", keys.as_str()),
            ("APPLICATION_NAME", "Example"),
            ("APP_MY_SHOP_APPLICATION_NAME", "Shop"),
        ];
        let warnings: Vec<String> = deployment(&changes).unwrap().warnings().collect();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].starts_with("APPLICATION_KEYS: the key `main` names no scopes"));
        assert!(warnings[1].starts_with("APP_MY_SHOP_APPLICATION_KEYS: the key `main`"));
    }

    #[test]
    fn an_application_without_a_name_of_its_own_causes_a_warning() {
        let warnings = |changes: &[(&str, &str)]| -> Vec<String> {
            deployment(changes).unwrap().warnings().collect()
        };
        let own = ("APPLICATION_NAME", "Example");
        assert_eq!(warnings(&[own]), [""; 0]);
        for unset in [&[][..], &[("APPLICATION_NAME", " ")]] {
            let lines = warnings(unset);
            let expected = "APPLICATION_NAME: is not set, so mails and pages say `Relatch`";
            assert!(lines.len() == 1 && lines[0].starts_with(expected), "{lines:?}");
        }
        let lines = warnings(&[own, ("APPLICATIONS", "my-shop")]);
        let expected = "APP_MY_SHOP_APPLICATION_NAME: is not set, so mails and pages say `my-shop`";
        assert!(lines.len() == 1 && lines[0].starts_with(expected), "{lines:?}");
        let shop = ("APP_MY_SHOP_APPLICATION_NAME", "my-shop");
        assert_eq!(warnings(&[own, ("APPLICATIONS", "my-shop"), shop]), [""; 0]);
    }

    #[test]
    fn a_provider_whose_account_decides_about_tracking_causes_a_warning() {
        let warnings = |provider| -> Vec<String> {
            let changes = [
                ("APPLICATIONS", "shop"),
                ("APP_SHOP_MAIL_PROVIDER", provider),
                ("APP_SHOP_MAIL_API_KEY", "id:secret"),
                ("APP_SHOP_MAIL_REGION", "eu-central-1"),
                ("APPLICATION_NAME", "Example"),
                ("APP_SHOP_APPLICATION_NAME", "Shop"),
            ];
            deployment(&changes).unwrap().warnings().collect()
        };
        for provider in ["resend", "ses", "brevo"] {
            let lines = warnings(provider);
            let expected = format!("APP_SHOP_MAIL_PROVIDER: `{provider}` has no call");
            assert!(lines.len() == 1 && lines[0].starts_with(&expected), "{lines:?}");
        }
        assert_eq!(warnings("postmark"), [""; 0]);
    }

    #[test]
    fn an_error_names_the_variable_of_the_application() {
        for (changes, wrong) in [
            (
                &[("APPLICATIONS", "my shop")][..],
                "APPLICATIONS: id 1 is not valid: an application id must be 1 to 64",
            ),
            (&[("APPLICATIONS", "shop,,blog")], "APPLICATIONS: id 2 is not valid"),
            (
                &[("APPLICATIONS", "my-shop,My_Shop")],
                "APPLICATIONS: id 2 must not share the variables `APP_MY_SHOP_…`",
            ),
            (&[("APPLICATIONS", "Default")], "APPLICATIONS: id 1 is the id of the default"),
            (&[("APPLICATIONS", "shop,shop")], "APPLICATIONS: id 2 is a duplicate"),
            (&[("APPLICATIONS", "default")], "APPLICATIONS: id 1 is the id of the default"),
            (
                &[("APPLICATIONS", "shop"), ("APP_SHOP_MAIL_FROM", "no address")],
                "APP_SHOP_MAIL_FROM: must be `Name",
            ),
            (
                &[("APPLICATIONS", "my-shop"), ("APP_MY_SHOP_REQUESTS_PER_DAY", "0")],
                "APP_MY_SHOP_REQUESTS_PER_DAY: must be",
            ),
            (
                &[("APPLICATIONS", "shop"), ("APP_SHOP_MAIL_PORT", "465")],
                "APP_SHOP_MAIL_SERVER: must be set",
            ),
            (
                &[
                    ("APPLICATIONS", "shop"),
                    ("APP_SHOP_PUBLIC_URL", "https://accounts.example.com"),
                ],
                "APPLICATIONS: `shop` has the host of another application",
            ),
        ] {
            let all = parse(changes).map(drop).expect_err(wrong);
            assert!(all.iter().any(|line| line.starts_with(wrong)), "{wrong}: {all:?}");
        }
    }

    #[test]
    fn the_document_names_each_variable_that_is_not_shared() {
        let document = include_str!("../../../docs/applications.md");
        let groups = INHERITED_AS_GROUP.iter().copied().flatten();
        // All variables of the directory are not shared, and those of webhooks have their own page.
        let others = |name: &&str| !name.starts_with("DIRECTORY_") && !name.starts_with("WEBHOOK_");
        for name in NEVER_INHERITED.iter().chain(groups).copied().filter(others) {
            assert!(document.contains(&format!("`{name}`")), "`{name}` is missing");
        }
    }
}
