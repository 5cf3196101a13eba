//! An invalid configuration does not start, and the log names the variables.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_config::VARIABLES;
use relatch_tests::process::root;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, request};
use serde_json::json;

use crate::support::{MINUTE, assert_code, log_line};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "workerd: with an invalid configuration every call responds 503, and the log names the variables",
            invalid,
        ),
        trial(
            "workerd: unsafe values in a public deployment stop the start, and the log names each variable",
            unsafe_in_public,
        ),
        trial("wrangler.toml lists every variable except the secrets", listed),
    ]
}

async fn invalid() {
    let workerd = Arc::new(Workerd::start(&[
        ("RELATCH_KEYS", "1:c2hvcnQ="),
        ("PUBLIC_URL", "http://accounts.example.com"),
        ("MAIL_FROM", ""),
        ("MAIL_PROVIDER", "cloudflare"),
        ("ARGON2_MEMORY_KIB", "a lot"),
        ("UNBOUND", "LIMITER,LINKS"),
    ]));
    let world = World::Workerd(Arc::clone(&workerd));
    let responses = [
        world.send(request("GET", "/healthz", "")).await,
        world.request_reset(json!({ "username": "peter" })).await,
        world.send(request("GET", "/nowhere", "")).await,
    ];
    for response in responses {
        assert_code(&response, 503, "misconfigured");
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert!(!response.body.contains("RELATCH_KEYS"), "the response does not name the variable");
    }
    // The log is written shortly after the responses.
    let variables = [
        "RELATCH_KEYS",
        "PUBLIC_URL",
        "MAIL_FROM",
        "EMAIL",
        "ARGON2_MEMORY_KIB",
        "LIMITER",
        "LINKS",
    ];
    let all_named =
        async || variables.iter().all(|variable| log_line(&workerd, &["configuration", variable]));
    assert!(
        workerd.wait_until(Duration::from_secs(10), all_named).await,
        "not all are named:\n{}",
        workerd.log()
    );
    assert!(!workerd.log().contains("c2hvcnQ="), "the log contains a key");
}

async fn unsafe_in_public() {
    // The keys of the tests are published.
    let workerd = Arc::new(Workerd::start(&[
        ("PUBLIC_URL", "https://reset.example.com"),
        ("MAIL_SERVER", "mail.example.com"),
        ("MAIL_SECURITY", "none"),
        ("LOGIN_URL", "http://localhost:5173/"),
        ("ALLOWED_ORIGINS", "capacitor://localhost, http://localhost:5173"),
        ("APP_SHOP_LINK_URL", "http://localhost:5173/#{token}"),
        ("APP_SHOP_RESET_MAIL_BODY", "<img src=\"https://t.example/?${hash}\">${link}"),
        ("ARGON2_ITERATIONS", "1"),
        ("REQUESTS_PER_DAY", "1000"),
        ("WEBHOOK_URLS", "a:http://hooks.example.com/key-in-a-path"),
        ("WEBHOOK_SECRETS", "a:whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("BRAND_COLOR", "#ffe066"),
        ("LOGO_URL", "<svg onload=alert(1)>"),
        ("CAPTCHA_PROVIDER", "turnstile"),
        ("BREACHED_PASSWORDS", "http://passwords.example.com/range"),
    ]));
    let world = World::Workerd(Arc::clone(&workerd));
    assert_code(&world.send(request("GET", "/healthz", "")).await, 503, "misconfigured");
    let lines = [
        "configuration: RELATCH_KEYS: key 1",
        "configuration: APP_SHOP_RELATCH_KEYS: key 1",
        "configuration: MAIL_SECURITY: must be `tls` or `starttls`",
        "configuration: LOGIN_URL: must not lead to loopback",
        "configuration: ALLOWED_ORIGINS: origin 2 must not be http on loopback",
        "configuration: APP_SHOP_LINK_URL: must not lead to loopback",
        "configuration: APP_SHOP_RESET_MAIL_BODY: must have `${link}` and `${hash}` only",
        "configuration: ARGON2_ITERATIONS: must be at least 2",
        "configuration: REQUESTS_PER_DAY: must be a whole number from 1 to 100",
        "configuration: WEBHOOK_URLS: endpoint 1 must be https",
        "configuration: WEBHOOK_SECRETS: secret 1",
        "configuration: BRAND_COLOR: must have a contrast of at least 3:1",
        "configuration: LOGO_URL: must begin with `https://`",
        "configuration: CAPTCHA_SITE_KEY: must be set",
        "configuration: CAPTCHA_SECRET: must be set",
        "configuration: BREACHED_PASSWORDS: must be https",
    ];
    let all_named = async || lines.iter().all(|line| log_line(&workerd, &[line]));
    let named = workerd.wait_until(MINUTE, all_named).await;
    assert!(named, "not all are named:\n{}", workerd.log());
    for secret in ["key-in-a-path", "AAAAAAAA"] {
        assert!(!workerd.log().contains(secret), "the log contains `{secret}`");
    }
}

async fn listed() {
    let toml = std::fs::read_to_string(root().join("wrangler.toml")).expect("wrangler.toml exists");
    let vars = toml.split_once("[vars]").expect("wrangler.toml has variables").1;
    let listed: Vec<&str> =
        vars.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    let listed: Vec<&str> = listed.into_iter().filter(|name| !name.starts_with('#')).collect();
    for variable in VARIABLES {
        assert_eq!(listed.contains(&variable.name), !variable.secret, "{}", variable.name);
    }
    let secrets = VARIABLES.iter().filter(|variable| variable.secret).count();
    assert_eq!(listed.len(), VARIABLES.len() - secrets, "{listed:?}");
}
