//! Reads the settings of the captcha and of the check for breached passwords.

use relatch_domain::breaches::PWNED_PASSWORDS;
use relatch_domain::captcha::{Captcha, PROVIDERS};
use relatch_domain::values::origin::host_and_port;
use secrecy::SecretString;

use crate::reader::Reader;
use crate::url;

/// The longest key in bytes. Those of the providers have at most some dozen.
const MAX_KEY_LENGTH: usize = 200;

/// The settings of both checks.
pub(crate) struct Guards {
    pub(crate) breaches: Option<String>,
    pub(crate) captcha: Option<Captcha>,
}

/// Reads the settings of both checks. The widget may be on pages of these origins.
pub(crate) fn read<'a>(read: &mut Reader<'_>, origins: impl Iterator<Item = &'a String>) -> Guards {
    let breaches = breaches(read);
    Guards { breaches, captcha: captcha(read, origins.map(String::as_str)) }
}

/// Reads the service with breached passwords: `off`, `on`, or the URL of another one with the same
/// protocol.
fn breaches(read: &mut Reader<'_>) -> Option<String> {
    let is_public = read.is_public;
    let parse = |text: &str| match text {
        "off" => Ok(None),
        "on" => Ok(Some(PWNED_PASSWORDS.to_owned())),
        url if url.contains("://") => {
            service_url(url, is_public).map(|url| Some([url.trim_end_matches('/'), "/"].concat()))
        }
        _ => Err("must be `off`, `on`, or the URL of a service with the same protocol".to_owned()),
    };
    read.optional("BREACHED_PASSWORDS", parse, None)
}

/// Reads the captcha. Its widget may be on pages of these origins.
fn captcha<'a>(read: &mut Reader<'_>, origins: impl Iterator<Item = &'a str>) -> Option<Captcha> {
    let is_public = read.is_public;
    let provider = read.optional(
        "CAPTCHA_PROVIDER",
        |text| match PROVIDERS.iter().find(|provider| provider.name == text) {
            Some(provider) => Ok(Some(provider)),
            None if text == "none" => Ok(None),
            None => Err("must be one of `none`, `turnstile`, `hcaptcha`, `recaptcha`".to_owned()),
        },
        None,
    );
    let is_set = |name: &&str| read.text(name).is_some();
    let names = ["CAPTCHA_PROVIDER", "CAPTCHA_SITE_KEY", "CAPTCHA_SECRET", "CAPTCHA_VERIFY_URL"];
    // Keys without a provider would look as if requests had a captcha.
    if names.iter().find(|name| is_set(name)).is_some_and(|first| *first != "CAPTCHA_PROVIDER") {
        return read.required("CAPTCHA_PROVIDER", |_| Err(String::new()));
    }
    let provider = provider?;
    let site_key = read.required("CAPTCHA_SITE_KEY", site_key);
    let secret = read.required("CAPTCHA_SECRET", |text| {
        secret(text)?;
        if is_public && provider.test_secrets.contains(&text) {
            return Err("is a published secret for tests, which accepts every token: use the \
                        secret of your widget"
                .to_owned());
        }
        let is_test = provider.test_secrets.contains(&text);
        Ok((SecretString::from(text), is_test))
    });
    let verify_url = read.optional(
        "CAPTCHA_VERIFY_URL",
        |url| service_url(url, is_public),
        provider.verify_url.to_owned(),
    );
    let (secret, is_test) = secret?;
    let hosts = origins.filter_map(host_of).collect();
    Some(Captcha { provider, site_key: site_key?, secret, verify_url, hosts, is_test })
}

/// Returns the host of an origin, as the providers name it.
fn host_of(origin: &str) -> Option<String> {
    let (_, authority) = origin.split_once("://")?;
    host_and_port(authority).map(|(host, _)| host.to_ascii_lowercase())
}

/// Parses the URL of a service: https, or http on loopback in a deployment that is not public.
fn service_url(url: &str, is_public: bool) -> Result<String, String> {
    url::check(url, is_public)?;
    if url.contains(['?', '#']) {
        return Err("must not have a query or a fragment".to_owned());
    }
    Ok(url.to_owned())
}

fn site_key(text: &str) -> Result<String, String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.len() <= MAX_KEY_LENGTH && text.chars().all(is_allowed) {
        Ok(text.to_owned())
    } else {
        Err("must be a site key of letters, digits, `-`, `_` and `.`".to_owned())
    }
}

fn secret(text: &str) -> Result<(), String> {
    if text.len() <= MAX_KEY_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("must be one secret of visible ASCII characters".to_owned())
    }
}
