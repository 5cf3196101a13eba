//! Known weaknesses of other password resets, each as a test that fails if Relatch has it. Trials
//! are named after the list of known weaknesses: `b` is a published bug; the others are
//! requirements of the OWASP Forgot Password Cheat Sheet (`f`), OWASP ASVS 5.0 (`v`) and NIST SP
//! 800-63B-4 (`n`).

use libtest_mimic::Trial;
use relatch_tests::response::Response;
use relatch_tests::trials::Flow;
use relatch_tests::world::{World, request};
use serde_json::{Value, json};

use crate::support::NEW;

mod account_integrity;
mod availability;
mod enumeration;
mod lifetimes;
mod limits;
mod origins;
mod passwords;
mod recipients;
mod scanners;
mod secrets;
mod similar_accounts;
mod single_use;
mod tokens;

pub fn flows() -> Vec<(&'static str, Flow)> {
    [
        account_integrity::flows(),
        enumeration::flows(),
        lifetimes::flows(),
        limits::flows(),
        origins::flows(),
        passwords::flows(),
        recipients::flows(),
        scanners::flows(),
        secrets::flows(),
        similar_accounts::flows(),
        single_use::flows(),
        tokens::flows(),
    ]
    .concat()
}

pub fn trials() -> Vec<Trial> {
    [
        enumeration::trials(),
        lifetimes::trials(),
        availability::trials(),
        limits::trials(),
        recipients::trials(),
        secrets::trials(),
        similar_accounts::trials(),
        single_use::trials(),
        tokens::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Requests a reset, always from the same address.
async fn request_from_one_address(world: &World, body: &Value) -> Response {
    let mut request = request("POST", relatch::wire::path::REQUEST, &body.to_string());
    request.headers_mut().insert("cf-connecting-ip", "192.0.2.7".parse().unwrap());
    world.send(request).await
}

/// Sends a valid confirm with one more field.
async fn confirm_with_field(world: &World, token: &str, field: &str, value: &str) -> Response {
    let body = json!({ "token": token, "password": NEW, field: value });
    world.post(relatch::wire::path::CONFIRM, body.to_string()).await
}
