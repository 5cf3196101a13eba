//! Invalid input. Every call rejects it with a problem of a stable code, stores nothing, leaves the
//! link usable, and repeats neither password nor token.

use libtest_mimic::Trial;
use relatch_tests::response::Response;
use relatch_tests::trials::Flow;
use relatch_tests::world::{World, request};
use serde_json::{Value, json};

use crate::support::NEW;

mod bodies;
mod dialects;
mod headers;
mod paths;
mod sizes;
mod tokens;

pub fn flows() -> Vec<(&'static str, Flow)> {
    [
        bodies::flows(),
        dialects::flows(),
        headers::flows(),
        paths::flows(),
        sizes::flows(),
        tokens::flows(),
    ]
    .concat()
}

pub fn trials() -> Vec<Trial> {
    [sizes::trials(), headers::trials()].into_iter().flatten().collect()
}

/// Posts these bytes with a JSON content type.
async fn post(world: &World, path: &str, body: impl Into<Vec<u8>>) -> Response {
    let mut request = request("POST", path, "");
    *request.body_mut() = body.into();
    world.send(request).await
}

/// Returns the body of a valid confirm with these fields added or replaced.
fn confirm_body(token: &str, changes: &Value) -> String {
    let mut body = json!({ "token": token, "password": NEW });
    for (field, value) in changes.as_object().into_iter().flatten() {
        body[field.as_str()] = value.clone();
    }
    body.to_string()
}
