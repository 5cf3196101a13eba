//! Several applications in one deployment. The default one is built from plain variables and needs no id. Every other one
//! is named in `APPLICATIONS`, and a variable of its own is written `APP_{ID}_{VARIABLE}`, with the id in capitals and
//! underscores for hyphens. What it does not set, it shares with the default one, but for what would be wrong to share:
//!
//! - its name, its origins, its keys for server callers, and where links and sign-in lead are always its own;
//! - the mail server and what signs in there go together: setting one of them shares none, so no password goes to a
//!   server that it is not for;
//! - so do the directory's statements and its database.

use std::rc::Rc;

use super::reader::Variables;
use super::{Application, ApplicationId, DEFAULT_APPLICATION, Misconfigured};

/// Never shared.
const OWN: [&str; 6] =
    ["APPLICATION_NAME", "APPLICATION_KEYS", "LINK_URL", "LOGIN_URL", "ALLOWED_ORIGINS", "MAIL_SENDERS"];

/// Shared all together or not at all.
const TOGETHER: [&[&str]; 3] = [
    &["MAIL_PROVIDER", "MAIL_SERVER", "MAIL_PORT", "MAIL_SECURITY", "MAIL_USERNAME", "MAIL_PASSWORD"],
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
    &["RESET_MAIL_SUBJECT", "RESET_MAIL_BODY"],
];

/// The most applications in one deployment: each is some memory in every isolate.
const MOST: usize = 50;

/// All applications of a deployment.
#[derive(Debug)]
pub struct Applications {
    all: Vec<Rc<Application>>,
}

impl Applications {
    /// Reads the default application and every other one. `variable` gives a variable's text; an empty one counts as not
    /// set. Every variable that does not hold is named, not the first alone.
    pub fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Misconfigured>> {
        Self::read(&|name| variable(name).filter(|text| !text.trim().is_empty()))
    }

    fn read(set: Variables<'_>) -> Result<Self, Vec<Misconfigured>> {
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        let mut keep = |parsed: Result<Application, Vec<Misconfigured>>| match parsed {
            Ok(application) => all.push(Rc::new(application)),
            Err(mistakes) => wrong.extend(mistakes),
        };
        keep(Application::parse(set));
        let others = set("APPLICATIONS").map_or(Ok(Vec::new()), |text| ids(&text));
        let mut mistake = others.as_ref().err().cloned();
        for id in others.unwrap_or_default() {
            let prefix = format!("APP_{}_", id.as_str().to_ascii_uppercase().replace('-', "_"));
            let has_host = set(&[&prefix, "PUBLIC_URL"].concat()).is_some();
            keep(Application::parse_other(id, &prefix, has_host, &|name| own_or_shared(set, &prefix, name)));
        }
        for (index, application) in all.iter().enumerate() {
            let twin =
                |other: &&Rc<Application>| other.base_path.is_empty() && other.own_origin == application.own_origin;
            if application.base_path.is_empty() && all.iter().take(index).any(|other| twin(&other)) {
                mistake = Some(format!("{} has the host of another application", application.id.as_str()));
            }
        }
        wrong.extend(mistake.map(|reason| Misconfigured { variable: "APPLICATIONS".to_owned(), reason }));
        if wrong.is_empty() { Ok(Self { all }) } else { Err(wrong) }
    }

    /// All of them, the default one first.
    pub fn iter(&self) -> impl Iterator<Item = &Rc<Application>> {
        self.all.iter()
    }

    /// The application of this id.
    #[must_use]
    pub fn of_id(&self, id: &str) -> Option<&Rc<Application>> {
        self.all.iter().find(|application| application.id.as_str() == id)
    }

    /// The application whose own host this is, as it stands in an address.
    #[must_use]
    pub fn of_host(&self, host: &str) -> Option<&Rc<Application>> {
        self.all.iter().find(|application| {
            let own = application.own_origin.split_once("://").map(|(_, own)| own);
            application.base_path.is_empty() && own.is_some_and(|own| own.eq_ignore_ascii_case(host))
        })
    }
}

/// A variable of another application: its own, or else the default one's, where that is shared.
fn own_or_shared(set: Variables<'_>, prefix: &str, name: &str) -> Option<String> {
    let own = |name: &str| set(&[prefix, name].concat());
    let has_own = |group: &&[&str]| group.contains(&name) && group.iter().any(|member| own(member).is_some());
    let shares = !OWN.contains(&name) && !TOGETHER.iter().any(has_own);
    own(name).or_else(|| shares.then(|| set(name)).flatten())
}

/// The ids of the others.
fn ids(text: &str) -> Result<Vec<ApplicationId>, String> {
    let mut ids: Vec<ApplicationId> = Vec::new();
    for (index, id) in text.split(',').map(str::trim).enumerate() {
        let place = index.saturating_add(1);
        let id = ApplicationId::parse(id)
            .ok_or_else(|| format!("id {place} is not 1 to 32 lower-case letters, digits and hyphens"))?;
        if id.as_str() == DEFAULT_APPLICATION {
            return Err(format!("id {place} is that of the default application, which is always there"));
        }
        // In a variable's name `a-b` and `a_b` would be the same, but no id has an underscore.
        if ids.contains(&id) {
            return Err(format!("id {place} is there twice"));
        }
        ids.push(id);
    }
    if ids.len() > MOST { Err(format!("has more than {MOST} ids")) } else { Ok(ids) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::config::MailProvider;
    use crate::core::config::tests::GOOD;

    fn parse(changes: &[(&str, &str)]) -> Result<Applications, Vec<String>> {
        let find = |name: &str| {
            let named = |(variable, _): &&(&str, &str)| *variable == name;
            changes.iter().find(named).or_else(|| GOOD.iter().find(named)).map(|(_, text)| (*text).to_owned())
        };
        Applications::parse(find).map_err(|wrong| wrong.iter().map(ToString::to_string).collect())
    }

    fn shop(changes: &[(&str, &str)]) -> Rc<Application> {
        let all = [&[("APPLICATIONS", "shop")], changes].concat();
        Rc::clone(parse(&all).unwrap().of_id("shop").unwrap())
    }

    #[test]
    fn another_application_shares_what_it_does_not_set() {
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
    fn where_things_lead_is_never_shared() {
        let shared = shop(&[("LOGIN_URL", "https://example.com/in"), ("LINK_URL", "https://example.com/#{token}")]);
        assert_eq!(shared.login_url, None);
        assert!(
            shared.links.address("T").ends_with("/apps/shop/password/reset?token=T"),
            "{}",
            shared.links.address("T")
        );
        let own = shop(&[("APP_SHOP_PUBLIC_URL", "https://shop.example.com")]);
        assert_eq!(own.links.address("T"), "https://shop.example.com/password/reset?token=T");
        assert_eq!((own.base_path.as_str(), own.own_origin.as_str()), ("", "https://shop.example.com"));
    }

    #[test]
    fn a_mail_servers_password_is_for_that_server_alone() {
        let credentials = |application: &Application| match &application.mail.provider {
            MailProvider::Smtp(server) => server.credentials.is_some(),
            MailProvider::Cloudflare => false,
        };
        let theirs = [("MAIL_USERNAME", "peter"), ("MAIL_PASSWORD", "secret"), ("MAIL_SERVER", "smtp.example.com")];
        assert!(credentials(&shop(&theirs)));
        assert!(!credentials(&shop(&[&theirs[..], &[("APP_SHOP_MAIL_SERVER", "smtp.example.org")]].concat())));
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
        assert_eq!(all.of_id("blog").map(|application| application.base_path.as_str()), Some("/apps/blog"));
        assert!(all.of_id("Shop").is_none());
    }

    #[test]
    fn nothing_of_one_application_is_a_key_of_another() {
        let all = parse(&[("APPLICATIONS", "shop")]).unwrap();
        let code = |id: &str| all.of_id(id).unwrap().keys.newest_code(crate::core::keys::Purpose::Link, &[b"x"]);
        assert_ne!(code("default"), code("shop"));
        let own =
            [("APPLICATIONS", "shop"), ("APP_SHOP_RELATCH_KEYS", "1:ABECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")];
        assert!(parse(&own).is_ok());
    }

    #[test]
    fn what_is_wrong_is_named_by_the_applications_own_variable() {
        for (changes, wrong) in [
            (&[("APPLICATIONS", "Shop")][..], "APPLICATIONS: id 1 is not 1 to 32"),
            (&[("APPLICATIONS", "shop,,blog")], "APPLICATIONS: id 2 is not"),
            (&[("APPLICATIONS", "shop,shop")], "APPLICATIONS: id 2 is there twice"),
            (&[("APPLICATIONS", "default")], "APPLICATIONS: id 1 is that of the default"),
            (&[("APPLICATIONS", "shop"), ("APP_SHOP_MAIL_FROM", "nobody")], "APP_SHOP_MAIL_FROM: is not `Name"),
            (&[("APPLICATIONS", "my-shop"), ("APP_MY_SHOP_REQUESTS_PER_DAY", "0")], "APP_MY_SHOP_REQUESTS_PER_DAY: is"),
            (&[("APPLICATIONS", "shop"), ("APP_SHOP_MAIL_PORT", "465")], "APP_SHOP_MAIL_SERVER: is not set"),
            (
                &[("APPLICATIONS", "shop"), ("APP_SHOP_PUBLIC_URL", "https://accounts.example.com")],
                "APPLICATIONS: shop has the host of another application",
            ),
        ] {
            let all = parse(changes).map(drop).expect_err(wrong);
            assert!(all.iter().any(|line| line.starts_with(wrong)), "{wrong}: {all:?}");
        }
    }
}
