//! Every path has exactly one spelling. Any other is not found.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::json;

use super::confirm_body;
use crate::raw::RawRequest;
use crate::support::{StoreSnapshot, assert_link_works, assert_problem};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("any other spelling of a path is not found", flow!(other_spellings)),
        ("a path with dot segments is resolved or not found", flow!(dot_segments)),
        ("unknown paths are not found", flow!(unknown_paths)),
        ("the query neither changes the path nor supplies fields", flow!(queries)),
    ]
}

async fn other_spellings(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let request_body = json!({ "username": peter.username }).to_string();
    let confirm = confirm_body(&token, &json!({}));
    let snapshot = StoreSnapshot::take(world);
    for (target, body) in [
        ("//password/reset/request", &request_body),
        ("/password//reset/request", &request_body),
        ("/password/reset/request/", &request_body),
        ("/password/reset/request//", &request_body),
        ("/password%2freset%2frequest", &request_body),
        ("/password/reset%2Frequest", &request_body),
        ("/password/r%65set/request", &request_body),
        ("/%70assword/reset/request", &request_body),
        ("/password/reset/request%00", &request_body),
        ("/password/reset/request%20", &request_body),
        ("/password/reset/request%ff", &request_body),
        ("/password/reset/request%0d%0aX-Evil:%20yes", &request_body),
        ("/password/reset/request;x", &request_body),
        ("/password/reset/request;jsessionid=1", &request_body),
        ("/password/reset;x/request", &request_body),
        ("/password/reset/request.json", &request_body),
        ("/password/reset/Request", &request_body),
        ("/PASSWORD/RESET/REQUEST", &request_body),
        ("/Password/reset/request", &request_body),
        ("/password/reset/reque\u{17f}t", &request_body),
        ("//password/reset/confirm", &confirm),
        ("/password/reset/confirm/", &confirm),
        ("/password/reset/%63onfirm", &confirm),
        ("/password/reset/CONFIRM", &confirm),
        ("/password/reset/confirm;x", &confirm),
        ("///", &confirm),
    ] {
        // The `http` crate rejects a URI that is not ASCII.
        if !target.is_ascii() && matches!(world, World::InProcess(_)) {
            continue;
        }
        let response =
            RawRequest::post(target, body.as_bytes()).send(world).await.expect("a response");
        assert_problem(&response, 404, "not_found", target);
        assert_eq!(response.header("x-evil"), None);
    }
    snapshot.assert_unchanged("other spellings");
    world.drain().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1, "only the mail with the link");
    assert!(world.has_password(&peter, &peter.password).await);
    assert_link_works(world, &token).await;
}

/// workerd resolves dot segments and backslashes before the Worker sees the URL, as the WHATWG URL
/// standard says. The response is then that of the resolved path, and otherwise 404.
async fn dot_segments(world: &World) {
    for target in [
        "/./password/reset/check",
        "/password/./reset/check",
        "/password/x/../reset/check",
        "/../password/reset/check",
        "/password/%2e/reset/check",
        "/password/x/%2e%2e/reset/check",
        "/password/reset/check/.",
        "/password/reset/../../healthz",
        "/password\\reset\\check",
    ] {
        let response = RawRequest::post(target, r#"{"token": "x"}"#).send(world).await;
        let Some(response) = response else { continue };
        match (world, response.status) {
            (World::Workerd(_), 400) => {
                assert_problem(&response, 400, "link_invalid", target);
            }
            (World::Workerd(_), 405) => {
                assert_problem(&response, 405, "method_not_allowed", target);
            }
            _ => {
                assert_problem(&response, 404, "not_found", target);
            }
        }
    }
}

async fn unknown_paths(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    for target in [
        "/password",
        "/password/reset/",
        "/password/reset/verify",
        "/password/reset/code",
        "/password/reset/send",
        "/password/reset/request/1",
        "/reset",
        "/login",
        "/admin",
        "/users",
        "/.env",
        "/.dev.vars",
        "/wrangler.toml",
        "/index.html",
        "/favicon.ico",
        "/robots.txt",
        "/.well-known/security.txt",
    ] {
        for method in ["GET", "POST"] {
            let response = RawRequest {
                method,
                ..RawRequest::post(target, if method == "GET" { "" } else { "{}" })
            };
            assert_problem(
                &response.send(world).await.expect("a response"),
                404,
                "not_found",
                target,
            );
        }
    }
    snapshot.assert_unchanged("unknown paths");
}

async fn queries(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let snapshot = StoreSnapshot::take(world);
    for (path, query) in [
        (path::CHECK, format!("token={token}")),
        (path::CONFIRM, format!("token={token}&password=another+good+passphrase")),
        (path::REQUEST, format!("username={}", peter.username)),
    ] {
        let target = format!("{path}?{query}");
        let response = RawRequest::post(&target, "{}").send(world).await.expect("a response");
        assert_problem(&response, 400, "request_invalid", &target);
        assert!(!response.body.contains(&token[31..60]));
    }
    snapshot.assert_unchanged("queries");
    let target = format!("{}?x=%00&y[]=1&&=;?", path::CHECK);
    let response = RawRequest::post(&target, json!({ "token": token }).to_string())
        .send(world)
        .await
        .expect("a response");
    assert_eq!(response.status, 200, "{response:?}");
    assert_link_works(world, &token).await;
}
