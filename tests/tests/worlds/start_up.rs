//! A configuration that does not hold does not start, and says which variable it is.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_config::VARIABLES;
use relatch_tests::process::root;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, request};
use serde_json::json;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("workerd: a broken configuration answers 503 everywhere and names the variables in the log", broken),
        trial("wrangler.toml lists every variable, but for the two secrets", listed),
    ]
}

async fn broken() {
    let workerd = Arc::new(Workerd::start(&[
        ("RELATCH_KEYS", "1:c2hvcnQ="),
        ("PUBLIC_URL", "http://accounts.example.com"),
        ("MAIL_FROM", ""),
        ("MAIL_PROVIDER", "cloudflare"),
        ("ARGON2_MEMORY_KIB", "a lot"),
        ("UNBOUND", "LIMITER,LINKS"),
    ]));
    let world = World::Workerd(Arc::clone(&workerd));
    let answers = [
        world.send(request("GET", "/healthz", "")).await,
        world.ask(json!({ "username": "peter" })).await,
        world.send(request("GET", "/nowhere", "")).await,
    ];
    for answer in answers {
        assert_eq!((answer.status, answer.code().as_str()), (503, "misconfigured"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(!answer.body.contains("RELATCH_KEYS"), "the log says which; the answer does not");
    }
    // The log arrives a little after the answers.
    let variables = ["RELATCH_KEYS", "PUBLIC_URL", "MAIL_FROM", "EMAIL", "ARGON2_MEMORY_KIB", "LIMITER", "LINKS"];
    let named = async || variables.iter().all(|variable| workerd.log().contains(&format!("{variable}:")));
    assert!(workerd.until(Duration::from_secs(10), named).await, "not all are named:\n{}", workerd.log());
    assert!(!workerd.log().contains("c2hvcnQ="), "a key stands in the log");
}

async fn listed() {
    let toml = std::fs::read_to_string(root().join("wrangler.toml")).expect("wrangler.toml is there");
    let vars = toml.split_once("[vars]").expect("it has variables").1;
    let listed: Vec<&str> = vars.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    let listed: Vec<&str> = listed.into_iter().filter(|name| !name.starts_with('#')).collect();
    for variable in VARIABLES {
        assert_eq!(listed.contains(&variable.name), !variable.secret, "{}", variable.name);
    }
    assert_eq!(listed.len(), VARIABLES.len() - 2, "{listed:?}");
}
