//! Webhooks: the endpoints that get events, their secrets and filters.

use relatch_domain::webhook::{EventFilter, WebhookEndpoint, WebhookSecret};
use secrecy::ExposeSecret as _;

use crate::keys;
use crate::reader::Reader;
use crate::url::endpoint_url;

/// The most endpoints of an application. Each is one more call for every event.
const MAX_ENDPOINTS: usize = 5;
/// The most secrets of an endpoint: one, and the one that it replaces.
const MAX_SECRETS: usize = 2;
const MAX_NAME: usize = 32;

/// The entries of a list, each with the name of its endpoint.
type Named<T> = Vec<(String, T)>;

/// Reads the endpoints.
pub(crate) fn endpoints(read: &mut Reader<'_>) -> Vec<WebhookEndpoint> {
    let is_public = read.is_public;
    let before = read.errors.len();
    let urls = read.optional("WEBHOOK_URLS", |text| urls(text, is_public), Vec::new());
    let is_known = read.errors.len() == before;
    let names: Vec<&str> = urls.iter().map(|(name, _)| name.as_str()).collect();
    // A wrong list of endpoints is one error, not one for each other list as well.
    let known = |name: &str| !is_known || names.contains(&name);
    let mut secrets =
        read.optional("WEBHOOK_SECRETS", |text| secrets(text, is_public, &known), Vec::new());
    let mut filters = read.optional("WEBHOOK_EVENTS", |text| filters(text, &known), Vec::new());
    let missing = || names.iter().find(|name| secrets.iter().all(|(of, _)| of != *name));
    if read.errors.len() == before
        && let Some(name) = missing()
    {
        let reason = format!("must have a secret of the endpoint `{name}`: `{name}:whsec_…`");
        let _collected = read.collect::<()>("WEBHOOK_SECRETS", Err(reason));
    }
    urls.into_iter()
        .map(|(name, url)| WebhookEndpoint {
            url: url.into(),
            events: take(&mut filters, &name).into_iter().next().unwrap_or_default(),
            secrets: take(&mut secrets, &name),
            name,
        })
        .collect()
}

/// Removes the entries of an endpoint.
fn take<T>(entries: &mut Named<T>, name: &str) -> Vec<T> {
    let all = std::mem::take(entries);
    let (own, others) = all.into_iter().partition(|(of, _)| of == name);
    *entries = others;
    own.into_iter().map(|(_, entry): (String, T)| entry).collect()
}

/// Parses a list of `name:VALUE`. `what` is what its entries are called.
fn entries<T>(
    text: &str,
    (what, shape): (&str, &str),
    parse: impl Fn(&str, &str) -> Result<T, String>,
) -> Result<Named<T>, String> {
    let mut all = Vec::new();
    for (place, entry) in (1..).zip(text.split(',').map(str::trim)) {
        let (name, value) = entry
            .split_once(':')
            .filter(|(name, value)| is_name(name) && !value.starts_with("//"))
            .ok_or_else(|| {
                format!(
                    "{what} {place} must be `{shape}`, with a name of up to {MAX_NAME} letters, \
                     digits and `-`"
                )
            })?;
        let parsed =
            parse(name, value.trim()).map_err(|reason| format!("{what} {place} {reason}"))?;
        all.push((name.to_owned(), parsed));
    }
    Ok(all)
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(fits)
}

fn urls(text: &str, is_public: bool) -> Result<Named<String>, String> {
    let urls =
        entries(text, ("endpoint", "name:https://…"), |_, url| endpoint_url(url, is_public))?;
    if urls.len() > MAX_ENDPOINTS {
        return Err(format!("must have at most {MAX_ENDPOINTS} endpoints"));
    }
    match twice(&urls, 1) {
        Some(name) => Err(format!("must have one endpoint with the name `{name}`")),
        None => Ok(urls),
    }
}

fn secrets(
    text: &str,
    is_public: bool,
    known: &dyn Fn(&str) -> bool,
) -> Result<Named<WebhookSecret>, String> {
    let secrets = entries(text, ("secret", "name:whsec_…"), |name, secret| {
        check_known(name, known)?;
        let bytes = WebhookSecret::decode(secret)?;
        let secret = WebhookSecret::new(bytes.expose_secret())?;
        if is_public {
            keys::check_one(bytes.expose_secret())?;
        }
        Ok(secret)
    })?;
    match twice(&secrets, MAX_SECRETS) {
        Some(name) => Err(format!("must have at most {MAX_SECRETS} secrets of `{name}`")),
        None => Ok(secrets),
    }
}

fn filters(text: &str, known: &dyn Fn(&str) -> bool) -> Result<Named<EventFilter>, String> {
    let filters = entries(text, ("entry", "name:event+event"), |name, events| {
        check_known(name, known)?;
        EventFilter::new(events.split('+').map(str::trim)).map_err(|event| {
            format!(
                "must have names of events that are sent, or beginnings of names with `*`, not \
                 `{event}`"
            )
        })
    })?;
    match twice(&filters, 1) {
        Some(name) => Err(format!("must have one entry of `{name}`: `{name}:event+event`")),
        None => Ok(filters),
    }
}

fn check_known(name: &str, known: &dyn Fn(&str) -> bool) -> Result<(), String> {
    if known(name) {
        Ok(())
    } else {
        Err(format!("must name an endpoint of `WEBHOOK_URLS`, not `{name}`"))
    }
}

/// Returns a name that more than `max` entries have.
fn twice<T>(entries: &Named<T>, max: usize) -> Option<&str> {
    let count = |name: &str| entries.iter().filter(|(of, _)| of == name).count();
    entries.iter().map(|(name, _)| name.as_str()).find(|name| count(name) > max)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use base64ct::{Base64, Encoding as _};
    use relatch_domain::events::Action;
    use relatch_domain::values::application_id::ApplicationId;
    use relatch_domain::values::keys::digest;

    use crate::tests::deployment;

    static ONE: LazyLock<String> = LazyLock::new(|| secret(1));
    static TWO: LazyLock<String> = LazyLock::new(|| secret(2));
    const PUBLIC: (&str, &str) = ("PUBLIC_URL", "https://accounts.example.com");
    const LOCAL: (&str, &str) = ("PUBLIC_URL", "http://localhost:8787");

    /// Returns a secret without a pattern.
    fn secret(number: u8) -> String {
        let bytes = digest(&ApplicationId::default(), "a secret of a test", &[&[number]]);
        format!("whsec_{}", Base64::encode_string(&bytes))
    }

    fn errors(changes: &[(&str, &str)]) -> Vec<String> {
        let parsed = deployment(changes).map(drop);
        parsed.unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_endpoint_has_its_url_its_secrets_and_its_filter() {
        let secrets = format!("audit:{}, audit:{},crm:{}", *TWO, *ONE, *ONE);
        let deployment = deployment(&[
            PUBLIC,
            (
                "WEBHOOK_URLS",
                "audit:https://hooks.example.com/a?key=1, crm:https://[2606:4700::1]:8443",
            ),
            ("WEBHOOK_SECRETS", &secrets),
            ("WEBHOOK_EVENTS", "crm:link_*+password_reset"),
            ("APPLICATIONS", "shop"),
        ])
        .unwrap();
        let all = deployment.applications();
        let [audit, crm] = all.of_id("default").unwrap().webhooks.as_slice() else { panic!() };
        assert_eq!((audit.name.as_str(), audit.secrets.len()), ("audit", 2));
        assert_eq!((crm.name.as_str(), crm.secrets.len()), ("crm", 1));
        assert!(audit.wants(Action::NoticeSent) && !crm.wants(Action::NoticeSent));
        assert!(crm.wants(Action::LinkChecked) && crm.wants(Action::PasswordReset));
        let shop = ApplicationId::parse("shop").unwrap();
        assert!(all.of_id(shop.as_str()).unwrap().webhooks.is_empty(), "they are not inherited");
    }

    #[test]
    fn an_invalid_endpoint_is_rejected_with_its_variable_and_without_its_url() {
        let secrets = ("WEBHOOK_SECRETS", &*format!("a:{}", *ONE));
        for (url, why) in [
            ("http://hooks.example.com/key", "must be https"),
            ("ftp://hooks.example.com/key", "must begin with `https://`"),
            ("https://peter:key@hooks.example.com/", "must not have a user name or a password"),
            ("https://hooks.example.com/#key", "must not have a fragment"),
            ("https://localhost/key", "must not lead to loopback"),
            ("https://localhost./key", "must not lead to loopback"),
            ("http://127.0.0.1:9/key", "must not lead to loopback"),
            ("https://[::1]/key", "must not lead to loopback"),
            ("https://10.0.0.1/key", "must not lead to a private address"),
            ("https://192.168.1.1/key", "must not lead to a private address"),
            ("https://169.254.169.254/key", "must not lead to a private address"),
            ("https://100.64.0.1/key", "must not lead to a private address"),
            ("https://0.0.0.0/key", "must not lead to a private address"),
            ("https://[fd00::1]/key", "must not lead to a private address"),
            ("https://[fe80::1]/key", "must not lead to a private address"),
            ("https://[::ffff:10.0.0.1]/key", "must not lead to a private address"),
            ("https://[::ffff:127.0.0.1]/key", "must not lead to"),
            ("https://[64:ff9b::a00:1]/key", "must not lead to a private address"),
            ("https://[2002:a00:1::]/key", "must not lead to a private address"),
            ("https://2130706433/key", "must have a plain host"),
            ("https://0x7f000001/key", "must have a plain host"),
            ("https://127.1/key", "must have a plain host"),
            ("https://h\u{f6}st.example/key", "must have a plain host"),
            ("https:///key", "must have a plain host"),
            ("https://hooks.example.com/a b", "must not have blanks"),
        ] {
            let named = format!("a:{url}");
            let all = errors(&[PUBLIC, ("WEBHOOK_URLS", &named), secrets]);
            let [error] = all.as_slice() else { panic!("{url}: {all:?}") };
            assert!(error.starts_with("WEBHOOK_URLS: endpoint 1 must"), "{error}");
            assert!(error.contains(why) && !error.contains("key"), "{url}: {error}");
        }
    }

    #[test]
    fn loopback_is_allowed_where_the_service_is_on_loopback() {
        let secrets = ("WEBHOOK_SECRETS", &*format!("a:{}", *ONE));
        for url in ["a:http://localhost:9000/x", "a:https://127.0.0.1:9/", "a:https://example.com"]
        {
            assert!(deployment(&[LOCAL, ("WEBHOOK_URLS", url), secrets]).is_ok(), "{url}");
        }
        let all = errors(&[LOCAL, ("WEBHOOK_URLS", "a:https://10.0.0.1"), secrets]);
        assert!(all[0].contains("private address"), "{all:?}");
    }

    #[test]
    fn an_invalid_list_is_rejected_with_its_variable() {
        let url = ("WEBHOOK_URLS", "a:https://example.com");
        let secret = format!("a:{}", *ONE);
        let many: Vec<String> = (0..6).map(|n| format!("e{n}:https://example.com")).collect();
        for (changes, wrong) in [
            (
                vec![("WEBHOOK_URLS", "https://example.com/key")],
                "WEBHOOK_URLS: endpoint 1 must be `name:https://…`",
            ),
            (
                vec![("WEBHOOK_URLS", "a b:https://x.example")],
                "WEBHOOK_URLS: endpoint 1 must be `name:https://…`",
            ),
            (
                vec![
                    ("WEBHOOK_URLS", "a:https://x.example,a:https://y.example"),
                    ("WEBHOOK_SECRETS", &*secret),
                ],
                "WEBHOOK_URLS: must have one endpoint",
            ),
            (vec![("WEBHOOK_URLS", &*many.join(","))], "WEBHOOK_URLS: must have at most 5"),
            (vec![url], "WEBHOOK_SECRETS: must have a secret of the endpoint `a`"),
            (
                vec![url, ("WEBHOOK_SECRETS", "a:short")],
                "WEBHOOK_SECRETS: secret 1 must begin with `whsec_`",
            ),
            (
                vec![url, ("WEBHOOK_SECRETS", "a:whsec_MfKQ9r8G")],
                "WEBHOOK_SECRETS: secret 1 must have 24 to 64 bytes",
            ),
            (
                vec![url, ("WEBHOOK_SECRETS", &*format!("b:{}", *ONE))],
                "WEBHOOK_SECRETS: secret 1 must name an endpoint",
            ),
            (
                vec![url, ("WEBHOOK_SECRETS", &*format!("a:{},a:{},a:{}", *ONE, *TWO, *ONE))],
                "WEBHOOK_SECRETS: must have at most 2",
            ),
            (
                vec![("WEBHOOK_SECRETS", &*secret)],
                "WEBHOOK_SECRETS: secret 1 must name an endpoint",
            ),
            (
                vec![url, ("WEBHOOK_SECRETS", &*secret), ("WEBHOOK_EVENTS", "a:link_snet")],
                "WEBHOOK_EVENTS: entry 1 must have names of events",
            ),
            (
                vec![url, ("WEBHOOK_SECRETS", &*secret), ("WEBHOOK_EVENTS", "b:link_sent")],
                "WEBHOOK_EVENTS: entry 1 must name an endpoint",
            ),
            (
                vec![
                    url,
                    ("WEBHOOK_SECRETS", &*secret),
                    ("WEBHOOK_EVENTS", "a:link_sent,a:link_failed"),
                ],
                "WEBHOOK_EVENTS: must have one entry",
            ),
        ] {
            let all = errors(&changes);
            assert_eq!(all.len(), 1, "{wrong}: {all:?}");
            assert!(all[0].starts_with(wrong), "{wrong}: {all:?}");
            assert!(!all[0].contains(&ONE[6..20]) && !all[0].contains("key"), "{all:?}");
        }
    }

    #[test]
    fn a_secret_that_is_not_random_does_not_start_in_public() {
        let url = ("WEBHOOK_URLS", "a:https://hooks.example.com");
        let counting: [u8; 32] = std::array::from_fn(|place| u8::try_from(place).unwrap());
        for (bytes, why) in
            [([b'a'; 32], "has fewer than 16 different bytes"), (counting, "is a repeated block")]
        {
            let secret = format!("a:whsec_{}", Base64::encode_string(&bytes));
            let all = errors(&[PUBLIC, url, ("WEBHOOK_SECRETS", &secret)]);
            let expected = format!("WEBHOOK_SECRETS: secret 1 {why}");
            assert!(all[0].starts_with(&expected), "{all:?}");
            assert!(deployment(&[LOCAL, url, ("WEBHOOK_SECRETS", &secret)]).is_ok());
        }
    }
}
