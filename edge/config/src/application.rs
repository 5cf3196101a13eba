//! Reads the variables of one application.

use std::time::Duration;

use relatch::PasswordRules;
use relatch::password::{MAX_LENGTH_FLOOR, MIN_LENGTH_FLOOR};
use relatch_domain::application::{
    Application, Dialect, LIFETIME_MINUTES, Links, MailSettings, MailboxLimits, SharedMailbox,
};
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::keys::Keyring;
use relatch_domain::values::origin::{host_and_port, normalize, origin_of};
use relatch_domain::values::server_key::ServerKeys;
use relatch_domain::values::time::RequestDelay;
use relatch_languages::Language;

use crate::guards;
use crate::keys::{check_random, check_server_keys};
use crate::mail::{address, contact, senders};
use crate::mail_texts::{notice_mail, reset_mail};
use crate::reader::{Reader, boolean, cookie_name, one_line};
use crate::url::{link_url, login_url, origins, public_url};
use crate::webhooks;

/// The paths of an application.
pub(crate) struct Paths {
    /// The path under which the service is mounted.
    pub(crate) mount: String,
    /// The path prefix of the application's routes.
    pub(crate) base_path: String,
}

/// What follows an error of `RELATCH_KEYS` on a machine of a developer, and elsewhere.
const NEW_KEYS: &str = "; `npx relatch-worker keys >> .dev.vars` writes new ones for this machine";
const OTHER_KEYS: &str = "; `npx relatch-worker keys` prints new ones";

/// Reads one application. Returns `None` if a required variable is missing or invalid; the reader
/// has the errors.
#[expect(clippy::too_many_lines, reason = "one line for each setting")]
pub(crate) fn read(
    id: ApplicationId,
    default_name: String,
    Paths { mount, base_path }: Paths,
    read: &mut Reader<'_>,
) -> Option<Application> {
    let is_public = read.is_public;
    // The command writes the keys of the default application.
    let new_keys = if is_public || !read.prefix.is_empty() { OTHER_KEYS } else { NEW_KEYS };
    let keys = read.required_with("RELATCH_KEYS", new_keys, |text| Keyring::parse(&id, text));
    if is_public && keys.is_some() {
        read.optional("RELATCH_KEYS", check_random, ());
    }
    let server_keys = read.optional(
        "APPLICATION_KEYS",
        |text| check_server_keys(text).and_then(|()| ServerKeys::parse(text)),
        ServerKeys::default(),
    );
    let before = read.errors.len();
    let public_url = read.required("PUBLIC_URL", |url| public_url(url, is_public));
    let link_url = read.optional("LINK_URL", |url| link_url(url, is_public).map(Some), None);
    let origins = read.optional("ALLOWED_ORIGINS", |text| origins(text, is_public), Vec::new());
    let urls_are_valid = read.errors.len() == before;
    let login_url = read.optional("LOGIN_URL", |url| login_url(url, is_public).map(Some), None);
    let lifetime = read.number("LINK_LIFETIME_MINUTES", 120, LIFETIME_MINUTES);
    let shortest = read.bound(1, 0);
    let interval =
        read.number("REQUEST_INTERVAL_SECONDS", 60, shortest..=lifetime.saturating_mul(60));
    let per_window = read.number("REQUESTS_PER_WINDOW", 3, 1..=read.bound(20, 1000));
    let window = read.number("REQUEST_WINDOW_MINUTES", 30, 1..=1440);
    let per_day = read.number("REQUESTS_PER_DAY", 10, 1..=read.bound(100, 1000));
    let brake = brake(read);
    let request_delay = read.optional(
        "REQUEST_DELAY_SECONDS",
        |text| request_delay(text, is_public),
        DEFAULT_REQUEST_DELAY,
    );
    let hashing = read.hash_format();
    let name = read.optional("APPLICATION_NAME", one_line, default_name);
    let brand = read.brand();
    let language = read.optional("DEFAULT_LANGUAGE", language, Language::ENGLISH);
    let passwords = PasswordRules {
        min_length: read.number("PASSWORD_MIN_LENGTH", 15, MIN_LENGTH_FLOOR..=64),
        max_length: read.number("PASSWORD_MAX_LENGTH", 128, MAX_LENGTH_FLOOR..=512),
        max_bytes: hashing.most_bytes(),
        application_name: Some(name.clone()),
    };
    let reset_enabled = read.optional("RESET_ENABLED", boolean, true);
    let requires_verified = read.optional("REQUIRE_VERIFIED", boolean, false);
    let admins_may_reset = read.optional("ALLOW_ADMINS", boolean, false);
    let shared_mailbox = read.optional("SHARED_MAILBOX", shared_mailbox, SharedMailbox::default());
    let from = read.required("MAIL_FROM", address);
    let contact = read.required("CONTACT", |text| contact(text, is_public));
    let senders = read.optional("MAIL_SENDERS", senders, Vec::new());
    let reply_to = read.optional("REPLY_TO", |text| address(text).map(Some), None);
    let own: Vec<String> = [public_url.as_ref(), link_url.as_ref()]
        .into_iter()
        .flatten()
        .filter_map(|url| origin_of(url).map(normalize))
        .chain(origins.iter().cloned())
        .collect();
    // A wrong URL is one error, not a second one in the mail.
    let reset = reset_mail(read, &|url| !urls_are_valid || has_origin_of(&own, url));
    let notice = notice_mail(read);
    let events_retention = days(read.number("EVENTS_DAYS", 90, 1..=3650));
    let dialects = read.optional("DIALECTS", dialects, Vec::new());
    let operator_page = read.optional("OPERATOR_PAGE", boolean, false);
    let gallery = read.optional("GALLERY", |text| gallery(text, is_public), false);
    let webhooks = webhooks::endpoints(read);
    let session_cookie = read.optional("SESSION_COOKIE", cookie_name, None);
    let guards = guards::read(read, public_url.iter().chain(&origins));

    let (keys, public_url, from, contact) = (keys?, public_url?, from?, contact?);
    let template = link_url.unwrap_or_else(|| {
        format!("{public_url}{base_path}{}?token={{token}}", relatch::wire::path::RESET_PAGE)
    });
    let own_origin = normalize(origin_of(&public_url).unwrap_or_default());
    let minutes = |minutes: u32| Duration::from_secs(u64::from(minutes).saturating_mul(60));
    Some(Application {
        id,
        name,
        brand,
        language,
        keys,
        server_keys,
        links: Links { template, lifetime: minutes(lifetime) },
        request_delay,
        limits: MailboxLimits {
            interval: Duration::from_secs(interval.into()),
            per_window,
            window: minutes(window),
            per_day,
        },
        brake,
        passwords,
        breaches: guards.breaches,
        captcha: guards.captcha,
        hashing,
        mail: MailSettings { from, senders, reply_to, reset, notice, contact },
        origins: std::iter::once(own_origin.clone()).chain(origins).collect(),
        public_url,
        mount,
        base_path,
        operator_page,
        gallery,
        dialects,
        own_origin,
        login_url,
        session_cookie,
        events_retention,
        reset_enabled,
        requires_verified,
        webhooks,
        admins_may_reset,
        shared_mailbox,
    })
}

/// Reads the number of requests above which mails wait, if it is set.
fn brake(read: &mut Reader<'_>) -> Option<u32> {
    let range = read.bound(10, 1)..=100_000;
    let parse = |text: &str| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(Some(number)),
        _ => Err(format!("must be a whole number from {} to {}", range.start(), range.end())),
    };
    read.optional("BRAKE_REQUESTS_PER_MINUTE", parse, None)
}

const DEFAULT_REQUEST_DELAY: RequestDelay =
    RequestDelay { shortest: Duration::from_secs(1), longest: Duration::from_secs(5) };

/// The longest delay of a request, in seconds.
const MAX_REQUEST_DELAY: u32 = 60;
/// The smallest difference between the shortest and the longest delay, in seconds. With less, a
/// caller knows too well when a request is worked on.
const MIN_DELAY_SPAN: u32 = 2;

/// Parses `1-5`. A deployment that is not public allows any range, also `0` alone.
fn request_delay(text: &str, is_public: bool) -> Result<RequestDelay, String> {
    let (shortest, longest) = text.split_once('-').unwrap_or((text, text));
    let seconds = |text: &str| text.trim().parse::<u32>().ok().filter(|n| *n <= MAX_REQUEST_DELAY);
    let (Some(shortest), Some(longest)) = (seconds(shortest), seconds(longest)) else {
        return Err(format!(
            "must be two whole numbers from 0 to {MAX_REQUEST_DELAY}, such as `1-5`"
        ));
    };
    if longest < shortest {
        return Err("must begin with the shorter delay, such as `1-5`".to_owned());
    }
    if is_public && longest.saturating_sub(shortest) < MIN_DELAY_SPAN {
        return Err(format!(
            "must have at least {MIN_DELAY_SPAN} seconds between both numbers, such as `1-5`, \
             except where `PUBLIC_URL` is on loopback"
        ));
    }
    let [shortest, longest] =
        [shortest, longest].map(|seconds| Duration::from_secs(seconds.into()));
    Ok(RequestDelay { shortest, longest })
}

/// Returns whether a URL has one of these origins, and a plain host.
pub(crate) fn has_origin_of(origins: &[String], url: &str) -> bool {
    let origin = origin_of(url).map(normalize);
    let is_plain = |origin: &str| {
        origin.split_once("://").is_some_and(|(_, host)| host_and_port(host).is_some())
    };
    origin.is_some_and(|origin| is_plain(&origin) && origins.contains(&origin))
}

/// Parses the default language: exactly one that there are texts in.
fn language(text: &str) -> Result<Language, String> {
    let tags: Vec<&str> = Language::all().map(Language::tag).collect();
    Language::all()
        .find(|language| language.tag() == text)
        .ok_or_else(|| format!("must be one of `{}`", tags.join("`, `")))
}

fn dialects(text: &str) -> Result<Vec<Dialect>, String> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| match name {
            "rest" => Ok(Dialect::Rest),
            "flask" => Ok(Dialect::Flask),
            "cloudcms" => Ok(Dialect::CloudCms),
            _ => Err("must be a list of `rest`, `flask` and `cloudcms`".to_owned()),
        })
        .collect()
}

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days).saturating_mul(24 * 3600))
}

fn gallery(text: &str, is_public: bool) -> Result<bool, String> {
    match boolean(text)? {
        true if is_public => {
            Err("must be `false`, except where `PUBLIC_URL` is on loopback".to_owned())
        }
        gallery => Ok(gallery),
    }
}

fn shared_mailbox(text: &str) -> Result<SharedMailbox, String> {
    match text {
        "ambiguous" => Ok(SharedMailbox::Ambiguous),
        "links" => Ok(SharedMailbox::Links),
        _ => Err("must be `ambiguous` or `links`".to_owned()),
    }
}
