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

use crate::support::{assert_code, log_line};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "workerd: with an invalid configuration every call responds 503, and the log names the variables",
            invalid,
        ),
        trial("wrangler.toml lists every variable except the two secrets", listed),
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

async fn listed() {
    let toml = std::fs::read_to_string(root().join("wrangler.toml")).expect("wrangler.toml exists");
    let vars = toml.split_once("[vars]").expect("wrangler.toml has variables").1;
    let listed: Vec<&str> =
        vars.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    let listed: Vec<&str> = listed.into_iter().filter(|name| !name.starts_with('#')).collect();
    for variable in VARIABLES {
        assert_eq!(listed.contains(&variable.name), !variable.secret, "{}", variable.name);
    }
    assert_eq!(listed.len(), VARIABLES.len() - 2, "{listed:?}");
}
