use std::rc::Rc;
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use relatch_domain::application::{Application, SharedMailbox};
use relatch_domain::hashing::{HashCost, HashFormat};
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::keys::digest;
use relatch_domain::values::time::RequestDelay;

use super::*;

/// A valid configuration of a public deployment, with [`keys`].
const GOOD: &[(&str, &str)] = &[
    ("PUBLIC_URL", "https://accounts.example.com"),
    ("MAIL_FROM", "Example <noreply@example.com>"),
    ("MAIL_SERVER", "localhost"),
    ("CONTACT", "support@example.com"),
];

/// The changes that make it a deployment on one machine.
const LOCAL: (&str, &str) = ("PUBLIC_URL", "http://localhost:8787");

/// Returns keys that are in no file.
pub(crate) fn keys() -> String {
    let key = digest(&ApplicationId::default(), "the key of a test", &[]);
    format!("7:{}", Base64::encode_string(&key))
}

/// Reads a valid configuration with these changes.
pub(crate) fn deployment(changes: &[(&str, &str)]) -> Result<Deployment<()>, Vec<ConfigError>> {
    mounted("", changes)
}

/// As [`deployment`], for a service that is mounted under a path.
pub(crate) fn mounted(
    mount: &str,
    changes: &[(&str, &str)],
) -> Result<Deployment<()>, Vec<ConfigError>> {
    Deployment::parse_mounted(mount, |name| find(changes, name).or_else(|| valid(name)))
}

/// Returns a variable of a valid configuration.
pub(crate) fn valid(name: &str) -> Option<String> {
    (name == "RELATCH_KEYS").then(keys).or_else(|| find(GOOD, name))
}

fn find(list: &[(&str, &str)], name: &str) -> Option<String> {
    let found = list.iter().find(|(variable, _)| *variable == name);
    found.map(|(_, value)| (*value).to_owned())
}

/// Returns the default application of a valid configuration with these changes.
pub(crate) fn parse(changes: &[(&str, &str)]) -> Result<Rc<Application>, Vec<ConfigError>> {
    deployment(changes)
        .map(|deployment| Rc::clone(deployment.applications().of_id("default").unwrap()))
}

/// Returns the names of the invalid variables of a valid configuration with these changes.
fn named(changes: &[(&str, &str)]) -> Vec<String> {
    let errors = deployment(changes).err().unwrap_or_default();
    errors.into_iter().map(|error| error.variable).collect()
}

/// Returns the mail provider of a valid configuration with these changes.
fn with_provider<T>(changes: &[(&str, &str)], use_provider: impl FnOnce(&MailProvider) -> T) -> T {
    use_provider(&deployment(changes).unwrap().all_settings().next().unwrap().mail)
}

#[test]
fn the_defaults_follow_the_standards() {
    let application = parse(&[]).unwrap();
    assert_eq!(application.links.lifetime, Duration::from_secs(7200));
    assert_eq!(application.passwords.min_length, 15);
    let hash = HashCost { memory_kib: 19_456, iterations: 2, parallelism: 1 };
    assert_eq!(application.hashing, HashFormat::Argon2id(hash));
    assert_eq!(application.passwords.max_bytes, None);
    assert_eq!(
        application.links.address("T"),
        "https://accounts.example.com/password/reset?token=T"
    );
    assert_eq!(application.origins, ["https://accounts.example.com"]);
    assert_eq!(application.own_origin, "https://accounts.example.com");
    assert_eq!(application.login_url, None);
    assert!(!application.admins_may_reset);
    let [shortest, longest] = [1, 5].map(Duration::from_secs);
    assert_eq!(application.request_delay, RequestDelay { shortest, longest });
}

#[test]
fn a_request_delay_is_a_range_and_short_only_on_loopback() {
    const PUBLIC: &str = "https://accounts.example.com";
    let delay = |text, public_url| {
        parse(&[("REQUEST_DELAY_SECONDS", text), ("PUBLIC_URL", public_url)])
            .map(|application| {
                let RequestDelay { shortest, longest } = application.request_delay;
                (shortest.as_secs(), longest.as_secs())
            })
            .map_err(|errors| errors[0].to_string())
    };
    for (text, range) in [("1-5", (1, 5)), ("0-2", (0, 2)), (" 58 - 60 ", (58, 60))] {
        assert_eq!(delay(text, PUBLIC), Ok(range), "{text}");
    }
    for local in ["http://localhost:8787", "http://127.0.0.1", "http://[::1]:80"] {
        for (text, range) in [("0", (0, 0)), ("0-1", (0, 1)), ("3", (3, 3))] {
            assert_eq!(delay(text, local), Ok(range), "{text}");
        }
    }
    for (text, reason) in [
        ("0", "at least 2 seconds"),
        ("3-4", "at least 2 seconds"),
        ("5-1", "the shorter delay"),
        ("1-61", "from 0 to 60"),
        ("1-", "from 0 to 60"),
        ("-5", "from 0 to 60"),
        ("1.5-5", "from 0 to 60"),
        ("soon", "from 0 to 60"),
    ] {
        let error = delay(text, PUBLIC).unwrap_err();
        assert!(error.starts_with("REQUEST_DELAY_SECONDS: must "), "{text}: {error}");
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn the_gallery_exists_on_loopback_only() {
    let gallery = |changes: &[(&str, &str)]| {
        parse(changes)
            .map(|application| application.gallery)
            .map_err(|errors| errors[0].to_string())
    };
    let local = ("PUBLIC_URL", "http://localhost:8787");
    assert_eq!(gallery(&[]), Ok(false));
    assert_eq!(gallery(&[("GALLERY", "false")]), Ok(false));
    assert_eq!(gallery(&[local, ("GALLERY", "true")]), Ok(true));
    let error = gallery(&[("GALLERY", "true")]).unwrap_err();
    assert_eq!(error, "GALLERY: must be `false`, except where `PUBLIC_URL` is on loopback");
}

#[test]
fn the_own_origin_has_the_spelling_of_an_origin_header() {
    for (public_url, origin) in [
        ("https://Accounts.Example.com/", "https://accounts.example.com"),
        ("https://accounts.example.com:443", "https://accounts.example.com"),
        ("https://accounts.example.com:8443", "https://accounts.example.com:8443"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:8787", "http://localhost:8787"),
    ] {
        assert_eq!(parse(&[("PUBLIC_URL", public_url)]).unwrap().own_origin, origin);
    }
}

#[test]
fn keys_that_are_missing_or_malformed_are_reported_with_the_command_that_writes_them() {
    for (keys, reason) in [
        ("", "must be set"),
        ("c2hvcnQ=", "key 1 must be `id:base64`"),
        ("1:c2hvcnQ=", "key 1 must have at least 32 bytes"),
    ] {
        let errors = parse(&[("RELATCH_KEYS", keys), LOCAL]).unwrap_err();
        let advice = "`npx relatch-worker keys >> .dev.vars` writes new ones for this machine";
        let [error] = &*errors else { panic!("{errors:?}") };
        assert_eq!(error.to_string(), format!("RELATCH_KEYS: {reason}; {advice}"));
    }
    // The command does not write the keys of a further application, or of a deployment.
    let shop = [("APPLICATIONS", "shop"), ("APP_SHOP_RELATCH_KEYS", "1:c2hvcnQ="), LOCAL];
    for variables in [&shop[..], &[("RELATCH_KEYS", "1:c2hvcnQ=")]] {
        let errors = parse(variables).unwrap_err();
        let error = errors.iter().map(ToString::to_string).find(|error| error.contains("_KEYS: "));
        let error = error.unwrap_or_else(|| panic!("{errors:?}"));
        assert!(error.ends_with("bytes; `npx relatch-worker keys` prints new ones"), "{error}");
    }
    let missing = parse(&[("CONTACT", "")]).unwrap_err();
    assert_eq!(missing[0].to_string(), "CONTACT: must be set");
}

#[test]
fn an_invalid_variable_is_reported_without_its_value() {
    for (variable, value) in [
        ("RELATCH_KEYS", ""),
        ("RELATCH_KEYS", "1:c2hvcnQ="),
        ("APPLICATION_KEYS", "a key in clear"),
        ("APPLICATION_KEYS", &format!("a:{0},b:{0},c:{0}", "0123456789abcdef".repeat(4))),
        ("PUBLIC_URL", "http://accounts.example.com"),
        ("PUBLIC_URL", "accounts.example.com"),
        ("PUBLIC_URL", "https://user@evil.example"),
        ("PUBLIC_URL", "https://x.example/?a=b"),
        ("PUBLIC_URL", "https://x.example/app"),
        ("LINK_URL", "http://app.example.com/#{token}"),
        ("LINK_URL", "https://app.example.com/reset"),
        ("LINK_URL", "https://app.example.com/{token}/{token}"),
        ("LINK_URL", "https://{token}.example.com/"),
        ("LOGIN_URL", "http://app.example.com/login"),
        ("LOGIN_URL", "javascript:alert(1)"),
        ("LOGIN_URL", "app.example.com/login"),
        ("LOGIN_URL", "https://app.example.com/log in"),
        ("BRAND_COLOR", "yellow"),
        ("BRAND_COLOR", "#ffff00"),
        ("LOGO_URL", "javascript:alert(1)"),
        ("LOGO_URL", "https://cdn.example.com/logo.svg"),
        ("PRODUCT_URL", "http://example.com"),
        ("PRODUCT_URL", "javascript:alert(1)"),
        ("MAIL_FROM", "two@example.com, three@example.com"),
        ("MAIL_FROM", "no address"),
        ("REPLY_TO", "two@example.com, three@example.com"),
        ("REPLY_TO", "Help <help>"),
        ("MAIL_SERVER", ""),
        ("MAIL_SERVER", "mail.example.com/x"),
        ("MAIL_PROVIDER", "sendmail"),
        ("MAIL_SECURITY", "ssl"),
        ("MAIL_PORT", "0"),
        ("MAIL_PORT", "smtp"),
        ("MAIL_PORT", "70000"),
        ("CONTACT", ""),
        ("CONTACT", "the help desk"),
        ("ALLOWED_ORIGINS", "https://app.example.com/path"),
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", "null"),
        ("SESSION_COOKIE", "two names"),
        ("SESSION_COOKIE", "name=value"),
        ("ALLOW_ADMINS", "yes"),
        ("REQUIRE_VERIFIED", "1"),
        ("RESET_ENABLED", "off"),
        ("RESET_ENABLED", "True"),
        ("SHARED_MAILBOX", "several"),
        ("LINK_LIFETIME_MINUTES", "1441"),
        ("LINK_LIFETIME_MINUTES", "29"),
        ("REQUEST_INTERVAL_SECONDS", "7201"),
        ("REQUESTS_PER_WINDOW", "0"),
        ("BRAKE_REQUESTS_PER_MINUTE", "0"),
        ("BRAKE_REQUESTS_PER_MINUTE", "100001"),
        ("BRAKE_REQUESTS_PER_MINUTE", "many"),
        ("PASSWORD_MIN_LENGTH", "7"),
        ("PASSWORD_MAX_LENGTH", "63"),
        ("ARGON2_MEMORY_KIB", "1024"),
        ("ARGON2_ITERATIONS", "-1"),
        ("PASSWORD_HASH", "md5crypt"),
        ("PASSWORD_HASH", "Argon2id"),
        ("BCRYPT_COST", "9"),
        ("BCRYPT_COST", "15"),
        ("SCRYPT_LOG_N", "17"),
        ("PBKDF2_ITERATIONS", "99999"),
    ] {
        // Every kind of value is also rejected on one machine.
        assert!(variable == "PUBLIC_URL" || parse(&[LOCAL, (variable, value)]).is_err());
        let wrong = parse(&[(variable, value)]).expect_err(&format!("{variable}={value}"));
        assert_eq!(
            wrong.iter().map(|wrong| wrong.variable.as_str()).collect::<Vec<_>>(),
            [variable],
            "{variable}={value}"
        );
        assert!(
            value.is_empty() || value.len() < 3 || !wrong[0].to_string().contains(value),
            "{wrong:?}"
        );
    }
}

#[test]
fn each_hash_format_has_its_own_cost() {
    let format = |changes: &[(&str, &str)]| parse(changes).unwrap().hashing;
    assert_eq!(format(&[("PASSWORD_HASH", "bcrypt")]), HashFormat::Bcrypt { cost: 12 });
    assert_eq!(
        format(&[("PASSWORD_HASH", "bcrypt"), ("BCRYPT_COST", "10")]),
        HashFormat::Bcrypt { cost: 10 }
    );
    assert_eq!(format(&[("PASSWORD_HASH", "better-auth")]), HashFormat::BetterAuth);
    assert_eq!(format(&[("PASSWORD_HASH", "pbkdf2")]), HashFormat::Pbkdf2 { iterations: 600_000 });
    for (log_n, parallelism) in [(13, 10), (14, 5), (15, 3), (16, 2)] {
        let scrypt = format(&[("PASSWORD_HASH", "scrypt"), ("SCRYPT_LOG_N", &log_n.to_string())]);
        assert_eq!(scrypt, HashFormat::Scrypt { log_n, parallelism });
    }
    assert_eq!(
        format(&[("PASSWORD_HASH", "scrypt")]),
        HashFormat::Scrypt { log_n: 15, parallelism: 3 }
    );
    assert_eq!(parse(&[("PASSWORD_HASH", "bcrypt")]).unwrap().passwords.max_bytes, Some(72));
}

#[test]
fn all_invalid_variables_are_reported_at_once() {
    let wrong = parse(&[("PUBLIC_URL", ""), ("CONTACT", ""), ("MAIL_PORT", "x")]).unwrap_err();
    assert_eq!(wrong.len(), 3);
}

/// Returns the SMTP server of a valid configuration with these changes.
fn server(changes: &[(&str, &str)]) -> SmtpServer {
    with_provider(changes, |provider| match provider {
        MailProvider::Smtp(server) => server.clone(),
        MailProvider::Cloudflare | MailProvider::Api(_) | MailProvider::Own => {
            panic!("this is not a server")
        }
    })
}

#[test]
fn mail_uses_tls_by_default_except_on_loopback() {
    for (host, port, security) in [
        ("mail.example.com", "", MailSecurity::StartTls),
        ("mail.example.com", "465", MailSecurity::Tls),
        ("mail.example.com", "587", MailSecurity::StartTls),
        ("mail.example.com", "2525", MailSecurity::StartTls),
        ("mail.example.com", "25", MailSecurity::StartTls),
        ("localhost", "465", MailSecurity::Tls),
        ("localhost", "587", MailSecurity::StartTls),
        ("localhost", "1025", MailSecurity::None),
        ("127.0.0.1", "25", MailSecurity::None),
    ] {
        let server = server(&[("MAIL_SERVER", host), ("MAIL_PORT", port)]);
        assert_eq!(server.security, security, "{host}:{port}");
    }
    let configured =
        |security| server(&[("MAIL_PORT", "2525"), ("MAIL_SECURITY", security)]).security;
    assert_eq!(
        [configured("tls"), configured("starttls"), configured("none")],
        [MailSecurity::Tls, MailSecurity::StartTls, MailSecurity::None]
    );
}

#[test]
fn credentials_need_tls_or_loopback() {
    let with = |server, security| {
        parse(&[
            ("MAIL_SERVER", server),
            ("MAIL_SECURITY", security),
            ("MAIL_USERNAME", "u"),
            ("MAIL_PASSWORD", "p"),
        ])
    };
    for (server, security) in [
        ("localhost", "none"),
        ("127.0.0.1", "none"),
        ("mail.example.com", "tls"),
        ("mail.example.com", "starttls"),
        ("mail.example.com", ""),
    ] {
        assert!(with(server, security).is_ok(), "{server} {security}");
    }
    let clear = [
        LOCAL,
        ("MAIL_SERVER", "mail.example.com"),
        ("MAIL_SECURITY", "none"),
        ("MAIL_USERNAME", "u"),
    ];
    assert_eq!(named(&[&clear[..], &[("MAIL_PASSWORD", "p")]].concat()), ["MAIL_PASSWORD"]);
    assert_eq!(named(&clear), [""; 0], "without a password, on one machine");
    assert!(server(&[("MAIL_USERNAME", "u"), ("MAIL_PASSWORD", "p")]).credentials.is_some());
    assert!(server(&[("MAIL_USERNAME", "u"), ("MAIL_PASSWORD", "")]).credentials.is_none());
}

#[test]
fn the_provider_cloudflare_needs_no_server() {
    let changes = [("MAIL_PROVIDER", "cloudflare"), ("MAIL_SERVER", ""), ("MAIL_PASSWORD", "p")];
    assert!(with_provider(&changes, |provider| matches!(provider, MailProvider::Cloudflare)));
}

#[test]
fn a_deployment_does_not_print_its_secrets() {
    let deployment =
        deployment(&[("MAIL_USERNAME", "u"), ("MAIL_PASSWORD", "hunter2hunter2")]).unwrap();
    let printed = format!("{deployment:?}");
    assert!(!printed.contains("hunter2") && !printed.contains("AAEC"), "{printed}");
}

#[test]
fn the_default_language_is_one_with_texts() {
    let tag = |changes: &[_]| parse(changes).unwrap().language.tag();
    assert_eq!((tag(&[]), tag(&[("DEFAULT_LANGUAGE", "zh-Hans")])), ("en", "zh-Hans"));
    for tag in ["DE", "de-AT", "ko", "german", "de,en", "../de"] {
        assert_eq!(named(&[("DEFAULT_LANGUAGE", tag)]), ["DEFAULT_LANGUAGE"], "{tag}");
    }
}

#[test]
fn the_names_of_variables_are_fixed() {
    let mut names: Vec<_> = VARIABLES.iter().map(|variable| variable.name).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "ALLOWED_ORIGINS",
            "ALLOW_ADMINS",
            "APPLICATIONS",
            "APPLICATION_KEYS",
            "APPLICATION_NAME",
            "ARGON2_ITERATIONS",
            "ARGON2_MEMORY_KIB",
            "ARGON2_PARALLELISM",
            "BCRYPT_COST",
            "BRAKE_REQUESTS_PER_MINUTE",
            "BRAND_COLOR",
            "BREACHED_PASSWORDS",
            "CAPTCHA_PROVIDER",
            "CAPTCHA_SECRET",
            "CAPTCHA_SITE_KEY",
            "CAPTCHA_VERIFY_URL",
            "CONTACT",
            "DEFAULT_LANGUAGE",
            "DIALECTS",
            "DIRECTORY_ACCOUNT",
            "DIRECTORY_ANY",
            "DIRECTORY_DATABASE",
            "DIRECTORY_FIND_BY_EMAIL",
            "DIRECTORY_FIND_BY_USERNAME",
            "DIRECTORY_REVOKE_OTHER_SESSIONS",
            "DIRECTORY_REVOKE_SESSIONS",
            "DIRECTORY_SESSION",
            "DIRECTORY_SET_PASSWORD",
            "EVENTS_DAYS",
            "GALLERY",
            "LINK_LIFETIME_MINUTES",
            "LINK_URL",
            "LOGIN_URL",
            "LOGO_URL",
            "MAIL_API_KEY",
            "MAIL_DOMAIN",
            "MAIL_ENDPOINT",
            "MAIL_FROM",
            "MAIL_PASSWORD",
            "MAIL_PORT",
            "MAIL_PROVIDER",
            "MAIL_REGION",
            "MAIL_SECURITY",
            "MAIL_SENDERS",
            "MAIL_SERVER",
            "MAIL_USERNAME",
            "MAIL_WEBHOOK_SECRET",
            "MAIL_WEBHOOK_TOPIC",
            "NOTICE_MAIL_BODY",
            "NOTICE_MAIL_SUBJECT",
            "NOTICE_MAIL_TEXT",
            "OPERATOR_PAGE",
            "PASSWORD_HASH",
            "PASSWORD_MAX_LENGTH",
            "PASSWORD_MIN_LENGTH",
            "PBKDF2_ITERATIONS",
            "PRODUCT_URL",
            "PUBLIC_URL",
            "RELATCH_KEYS",
            "REPLY_TO",
            "REQUESTS_PER_DAY",
            "REQUESTS_PER_WINDOW",
            "REQUEST_DELAY_SECONDS",
            "REQUEST_INTERVAL_SECONDS",
            "REQUEST_WINDOW_MINUTES",
            "REQUIRE_VERIFIED",
            "RESET_ENABLED",
            "RESET_MAIL_BODY",
            "RESET_MAIL_SUBJECT",
            "RESET_MAIL_TEXT",
            "SCRYPT_LOG_N",
            "SESSION_COOKIE",
            "SHARED_MAILBOX",
            "WEBHOOK_EVENTS",
            "WEBHOOK_SECRETS",
            "WEBHOOK_URLS",
        ]
    );
}

#[test]
fn the_defaults_of_variables_are_fixed() {
    let application = parse(&[]).unwrap();
    assert_eq!((application.id.as_str(), application.name.as_str()), ("default", "Relatch"));
    assert_eq!(application.base_path, "");
    assert_eq!(
        (application.session_cookie.as_deref(), application.dialects.as_slice()),
        (None, [].as_slice())
    );
    let limits = application.limits;
    assert_eq!(
        (limits.interval.as_secs(), limits.per_window, limits.window.as_secs()),
        (60, 3, 1800)
    );
    assert_eq!(limits.per_day, 10);
    assert_eq!(application.shared_mailbox, SharedMailbox::Ambiguous);
    let links = parse(&[("SHARED_MAILBOX", "links")]).unwrap();
    assert_eq!(links.shared_mailbox, SharedMailbox::Links);
    assert_eq!((application.passwords.min_length, application.passwords.max_length), (15, 128));
    assert_eq!((application.mail.senders.len(), application.mail.reset.as_ref()), (0, None));
    let server = server(&[("MAIL_SERVER", "mail.example.com")]);
    assert_eq!(
        (server.port, server.security, server.credentials.is_none()),
        (587, MailSecurity::StartTls, true)
    );
}

/// The keys of a test, which are public.
const PUBLISHED: &str = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[test]
fn what_is_fit_for_one_machine_does_not_start_in_public() {
    for (changes, variable) in [
        (&[("MAIL_SERVER", "mail.example.com"), ("MAIL_SECURITY", "none")][..], "MAIL_SECURITY"),
        (&[("MAIL_SERVER", "10.0.0.1"), ("MAIL_SECURITY", "none")], "MAIL_SECURITY"),
        (&[("LINK_URL", "http://localhost:5173/#{token}")], "LINK_URL"),
        (&[("LINK_URL", "http://127.0.0.1/#{token}")], "LINK_URL"),
        (&[("LINK_URL", "http://[::1]:5173/#{token}")], "LINK_URL"),
        (&[("LINK_URL", "https://app.localhost/#{token}")], "LINK_URL"),
        (&[("LOGIN_URL", "http://localhost:5173/login")], "LOGIN_URL"),
        (&[("LOGO_URL", "http://localhost:5173/logo.png")], "LOGO_URL"),
        (&[("PRODUCT_URL", "http://localhost:5173/")], "PRODUCT_URL"),
        (&[("CONTACT", "http://localhost:5173/help")], "CONTACT"),
        (&[("ALLOWED_ORIGINS", "http://localhost:3000")], "ALLOWED_ORIGINS"),
        (&[("ALLOWED_ORIGINS", "https://app.example.com, http://LOCALHOST")], "ALLOWED_ORIGINS"),
        (&[("ALLOWED_ORIGINS", "http://tauri.localhost")], "ALLOWED_ORIGINS"),
        (&[("RELATCH_KEYS", PUBLISHED)], "RELATCH_KEYS"),
        (&[("RELATCH_KEYS", "1:passwordpasswordpasswordpasswordpasswordpass")], "RELATCH_KEYS"),
        (
            &[("RESET_MAIL_BODY", "<a href=\"https://evil.example/?t=${hash}\">x</a>")],
            "RESET_MAIL_BODY",
        ),
        (
            &[("RESET_MAIL_BODY", "<img src=\"https://t.example/?${ hash }\">${link}")],
            "RESET_MAIL_BODY",
        ),
        (&[("ARGON2_MEMORY_KIB", "7168"), ("ARGON2_ITERATIONS", "4")], "ARGON2_ITERATIONS"),
        (&[("ARGON2_MEMORY_KIB", "9216"), ("ARGON2_ITERATIONS", "3")], "ARGON2_ITERATIONS"),
        (&[("ARGON2_MEMORY_KIB", "12288")], "ARGON2_ITERATIONS"),
        (&[("ARGON2_ITERATIONS", "1")], "ARGON2_ITERATIONS"),
        (&[("PASSWORD_HASH", "pbkdf2"), ("PBKDF2_ITERATIONS", "100000")], "PBKDF2_ITERATIONS"),
        (&[("REQUESTS_PER_WINDOW", "21")], "REQUESTS_PER_WINDOW"),
        (&[("REQUESTS_PER_DAY", "101")], "REQUESTS_PER_DAY"),
        (&[("REQUEST_INTERVAL_SECONDS", "0")], "REQUEST_INTERVAL_SECONDS"),
    ] {
        assert_eq!(named(changes), [variable], "{changes:?}");
        let local = [changes, &[LOCAL]].concat();
        assert_eq!(named(&local), [""; 0], "on one machine: {changes:?}");
    }
}

#[test]
fn every_application_of_a_public_deployment_is_checked() {
    let shop = ("APPLICATIONS", "shop");
    for (name, value) in [
        ("APP_SHOP_PUBLIC_URL", "http://localhost:5173"),
        ("APP_SHOP_LINK_URL", "http://localhost:5173/#{token}"),
        ("APP_SHOP_LOGIN_URL", "http://localhost:5173/"),
        ("APP_SHOP_CONTACT", "http://localhost:5173/"),
        ("APP_SHOP_ALLOWED_ORIGINS", "http://localhost:5173"),
        ("APP_SHOP_RELATCH_KEYS", PUBLISHED),
        ("APP_SHOP_RESET_MAIL_BODY", "evil.example/${hash}"),
        ("APP_SHOP_ARGON2_ITERATIONS", "1"),
        ("APP_SHOP_REQUESTS_PER_WINDOW", "1000"),
        ("APP_SHOP_REQUESTS_PER_DAY", "1000"),
        ("APP_SHOP_REQUEST_INTERVAL_SECONDS", "0"),
    ] {
        assert_eq!(named(&[shop, (name, value)]), [name]);
    }
    let mail =
        [shop, ("APP_SHOP_MAIL_SERVER", "mail.example.org"), ("APP_SHOP_MAIL_SECURITY", "none")];
    assert_eq!(named(&mail), ["APP_SHOP_MAIL_SECURITY"]);
    // One public application makes the deployment public.
    let public_shop = [shop, LOCAL, ("APP_SHOP_PUBLIC_URL", "https://shop.example.com")];
    assert_eq!(named(&public_shop), ["PUBLIC_URL"]);
}

#[test]
fn all_unsafe_variables_are_reported_at_once() {
    let mut all = named(&[
        ("RELATCH_KEYS", PUBLISHED),
        ("MAIL_SERVER", "mail.example.com"),
        ("MAIL_SECURITY", "none"),
        ("LOGIN_URL", "http://localhost/"),
        ("RESET_MAIL_BODY", "evil.example/${hash}"),
        ("ARGON2_ITERATIONS", "1"),
        ("REQUESTS_PER_DAY", "1000"),
    ]);
    all.sort_unstable();
    assert_eq!(
        all,
        [
            "ARGON2_ITERATIONS",
            "LOGIN_URL",
            "MAIL_SECURITY",
            "RELATCH_KEYS",
            "REQUESTS_PER_DAY",
            "RESET_MAIL_BODY"
        ]
    );
}

#[test]
fn the_values_at_the_bounds_start_in_public() {
    for (memory, passes) in [
        ("47104", "1"),
        ("65536", "1"),
        ("19456", "2"),
        ("12288", "3"),
        ("9216", "4"),
        ("7168", "5"),
    ] {
        let cost = [("ARGON2_MEMORY_KIB", memory), ("ARGON2_ITERATIONS", passes)];
        assert_eq!(named(&cost), [""; 0], "{memory} {passes}");
    }
    for (name, value) in [
        ("REQUESTS_PER_WINDOW", "20"),
        ("REQUESTS_PER_DAY", "100"),
        ("REQUEST_INTERVAL_SECONDS", "1"),
        ("PBKDF2_ITERATIONS", "600000"),
        ("MAIL_SECURITY", "none"),
        ("LINK_URL", "https://app.example.com/#{token}"),
    ] {
        assert_eq!(named(&[(name, value)]), [""; 0], "{name}={value}");
    }
}

#[test]
fn a_configured_mail_may_use_every_origin_of_the_application() {
    let body = |origin: &str| format!("<a href=\"{origin}/?t=${{hash}}\">x</a>");
    let with = |origin: &str| {
        named(&[
            ("LINK_URL", "https://app.example.com/#{token}"),
            ("ALLOWED_ORIGINS", "https://WWW.example.com:443, capacitor://localhost"),
            ("RESET_MAIL_BODY", &body(origin)),
        ])
    };
    for origin in
        ["https://accounts.example.com", "https://app.example.com", "https://www.example.com"]
    {
        assert_eq!(with(origin), [""; 0], "{origin}");
    }
    assert_eq!(with("https://example.com"), ["RESET_MAIL_BODY"]);
    // A wrong URL is one error, not a second one in the mail.
    let wrong =
        [("LINK_URL", "app.example.com"), ("RESET_MAIL_BODY", &body("https://app.example.com"))];
    assert_eq!(named(&wrong), ["LINK_URL"]);
}

#[test]
fn every_origin_that_a_page_or_an_app_can_send_is_allowed() {
    for (origin, sent) in [
        ("https://app.example.com", "https://app.example.com"),
        ("HTTPS://App.Example.com:443", "https://app.example.com"),
        ("https://app.example.com:8443", "https://app.example.com:8443"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://192.0.2.1", "https://192.0.2.1"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://localhost", "https://localhost"),
        ("https://localhost:8443", "https://localhost:8443"),
        ("https://tauri.localhost", "https://tauri.localhost"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("ionic://localhost", "ionic://localhost"),
        ("tauri://localhost", "tauri://localhost"),
        ("app://localhost", "app://localhost"),
        ("app://.", "app://."),
        ("app://-", "app://-"),
        ("app://", "app://"),
        ("App://obsidian.md", "app://obsidian.md"),
        ("vscode-webview://0a1b2c", "vscode-webview://0a1b2c"),
        ("com.example.app://localhost", "com.example.app://localhost"),
        (
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        ),
        (
            "moz-extension://0B5D4C1B-93a4-4a1c-9c1e-2d7a3d0c5a4e",
            "moz-extension://0B5D4C1B-93a4-4a1c-9c1e-2d7a3d0c5a4e",
        ),
    ] {
        let origins = parse(&[("ALLOWED_ORIGINS", origin)]).unwrap().origins.clone();
        assert_eq!(origins.last().map(String::as_str), Some(sent), "{origin}");
    }
    let several = parse(&[("ALLOWED_ORIGINS", "app://-, ,https://a.example")]).unwrap();
    assert_eq!(several.origins.get(1..).unwrap(), ["app://-", "https://a.example"]);
}

#[test]
fn an_origin_that_no_page_sends_is_rejected_by_its_place() {
    for origin in [
        "*",
        "null",
        "app.example.com",
        "https://*.example.com",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://app.example.com?x",
        "https://user@app.example.com",
        "https://b\u{fc}cher.example",
        "https://app.example.com:",
        "https://app.example.com:https",
        "https://app.example.com https://b.example",
        "https://",
        "https://127.1",
        "http://app.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0:3000",
        "file://",
        "data://x",
        "javascript://x",
        "wss://app.example.com",
        "capacitor://localhost/",
        "capacitor://local host",
        "://localhost",
        "1app://localhost",
    ] {
        for public_url in [LOCAL.1, "https://accounts.example.com"] {
            let changes =
                [("PUBLIC_URL", public_url), ("ALLOWED_ORIGINS", &format!("app://-,{origin}"))];
            let errors = deployment(&changes).err().unwrap_or_default();
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            assert!(
                lines.len() == 1 && lines[0].starts_with("ALLOWED_ORIGINS: origin 2 "),
                "{origin}: {lines:?}"
            );
        }
    }
}

#[test]
fn a_server_key_of_nothing_is_rejected() {
    let empty = "shop:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(named(&[("APPLICATION_KEYS", empty)]), ["APPLICATION_KEYS"]);
    assert_eq!(named(&[LOCAL, ("APPLICATION_KEYS", empty)]), ["APPLICATION_KEYS"]);
}

/// A captcha of a public deployment.
const CAPTCHA: [(&str, &str); 3] = [
    ("CAPTCHA_PROVIDER", "turnstile"),
    ("CAPTCHA_SITE_KEY", "0x4AAAAAAA-a_b"),
    ("CAPTCHA_SECRET", "0x4AAAAAAA-the-secret"),
];

#[test]
fn a_captcha_is_for_the_hosts_of_the_pages_and_its_secret_does_not_print() {
    assert!(parse(&[]).unwrap().captcha.is_none());
    assert!(parse(&[("CAPTCHA_PROVIDER", "none")]).unwrap().captcha.is_none());
    let origins = ("ALLOWED_ORIGINS", "https://App.example.com:8443,capacitor://localhost");
    let application = parse(&[&CAPTCHA[..], &[origins]].concat()).unwrap();
    let captcha = application.captcha.as_ref().unwrap();
    assert_eq!(captcha.hosts, ["accounts.example.com", "app.example.com", "localhost"]);
    assert_eq!(captcha.verify_url, captcha.provider.verify_url);
    assert!(!captcha.is_test && !format!("{application:?}").contains("the-secret"));
    // A published secret for tests, on one machine.
    let test = ("CAPTCHA_SECRET", "1x0000000000000000000000000000000AA");
    let local = parse(&[&[LOCAL, test], &CAPTCHA[..2]].concat()).unwrap();
    assert!(local.captcha.as_ref().unwrap().is_test);
    assert_eq!(named(&[&[test], &CAPTCHA[..2]].concat()), ["CAPTCHA_SECRET"]);
}

#[test]
fn an_invalid_captcha_names_its_variable() {
    assert_eq!(named(&CAPTCHA[..1]), ["CAPTCHA_SITE_KEY", "CAPTCHA_SECRET"]);
    assert_eq!(named(&CAPTCHA[1..]), ["CAPTCHA_PROVIDER"]);
    for (variable, value) in [
        ("CAPTCHA_PROVIDER", "Turnstile"),
        ("CAPTCHA_PROVIDER", "friendly"),
        ("CAPTCHA_SITE_KEY", "a key"),
        ("CAPTCHA_SITE_KEY", "\"><script>"),
        ("CAPTCHA_SECRET", "two secrets"),
        ("CAPTCHA_VERIFY_URL", "challenges.cloudflare.com"),
        ("CAPTCHA_VERIFY_URL", "http://challenges.cloudflare.com/siteverify"),
        ("CAPTCHA_VERIFY_URL", "https://challenges.cloudflare.com/siteverify?a"),
        ("CAPTCHA_VERIFY_URL", "https://localhost/siteverify"),
        ("CAPTCHA_VERIFY_URL", "https://user@example.com/siteverify"),
    ] {
        assert_eq!(named(&[&[(variable, value)], &CAPTCHA[..]].concat()), [variable], "{value}");
    }
}

#[test]
fn a_captcha_is_inherited_as_a_whole_or_not_at_all() {
    let shop = |changes: &[(&str, &str)]| {
        let changes = [&[("APPLICATIONS", "shop")], &CAPTCHA[..], changes].concat();
        deployment(&changes).map(|all| all.applications().of_id("shop").unwrap().captcha.is_some())
    };
    assert_eq!(shop(&[]), Ok(true));
    assert_eq!(shop(&[("APP_SHOP_CAPTCHA_PROVIDER", "none")]), Ok(false));
    let errors = shop(&[("APP_SHOP_CAPTCHA_PROVIDER", "hcaptcha")]).unwrap_err();
    let variables: Vec<&str> = errors.iter().map(|error| error.variable.as_str()).collect();
    assert_eq!(variables, ["APP_SHOP_CAPTCHA_SITE_KEY", "APP_SHOP_CAPTCHA_SECRET"]);
    let keys = [("APP_SHOP_CAPTCHA_SITE_KEY", "a-key"), ("APP_SHOP_CAPTCHA_SECRET", "a-secret")];
    let errors = shop(&keys).unwrap_err();
    let variables: Vec<&str> = errors.iter().map(|error| error.variable.as_str()).collect();
    assert_eq!(variables, ["APP_SHOP_CAPTCHA_PROVIDER"], "keys alone are no captcha");
}

#[test]
fn breached_passwords_are_off_on_or_those_of_a_service() {
    let url = |value: &str| parse(&[("BREACHED_PASSWORDS", value)]).map(|it| it.breaches.clone());
    assert_eq!(parse(&[]).unwrap().breaches, None);
    assert_eq!(url("off"), Ok(None));
    let pwned = "https://api.pwnedpasswords.com/range/".to_owned();
    assert_eq!(url("on"), Ok(Some(pwned)));
    let own = Some("https://breaches.example.com/range/".to_owned());
    assert_eq!(url("https://breaches.example.com/range"), Ok(own.clone()));
    assert_eq!(url("https://breaches.example.com/range/"), Ok(own));
    let local = [LOCAL, ("BREACHED_PASSWORDS", "http://127.0.0.1:9000/range")];
    assert!(parse(&local).is_ok());
    for value in [
        "yes",
        "http://breaches.example.com/range",
        "https://localhost/range",
        "https://breaches.example.com/range?x=",
        "https://breaches.example.com/#",
        "ftp://breaches.example.com/",
    ] {
        assert_eq!(named(&[("BREACHED_PASSWORDS", value)]), ["BREACHED_PASSWORDS"], "{value}");
    }
}
