//! There is one spelling of every path. Any other is nothing.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::json;

use super::raw::Raw;
use super::{Untouched, assert_not_burned, assert_refused, confirm_with};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a path in any other spelling is nothing", flow!(other_spellings)),
        ("dot segments lead nowhere that the plain path does not", flow!(dot_segments)),
        ("paths that the service does not have are nothing", flow!(not_there)),
        ("a query does not make another path, and nothing is read from it", flow!(queries)),
    ]
}

async fn other_spellings(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let asked = json!({ "username": peter.username }).to_string();
    let confirmed = confirm_with(&token, &json!({}));
    let untouched = Untouched::since(world);
    for (target, body) in [
        ("//password/reset/request", &asked),
        ("/password//reset/request", &asked),
        ("/password/reset/request/", &asked),
        ("/password/reset/request//", &asked),
        ("/password%2freset%2frequest", &asked),
        ("/password/reset%2Frequest", &asked),
        ("/password/r%65set/request", &asked),
        ("/%70assword/reset/request", &asked),
        ("/password/reset/request%00", &asked),
        ("/password/reset/request%20", &asked),
        ("/password/reset/request%ff", &asked),
        ("/password/reset/request%0d%0aX-Evil:%20yes", &asked),
        ("/password/reset/request;x", &asked),
        ("/password/reset/request;jsessionid=1", &asked),
        ("/password/reset;x/request", &asked),
        ("/password/reset/request.json", &asked),
        ("/password/reset/Request", &asked),
        ("/PASSWORD/RESET/REQUEST", &asked),
        ("/Password/reset/request", &asked),
        ("/password/reset/reque\u{17f}t", &asked),
        ("//password/reset/confirm", &confirmed),
        ("/password/reset/confirm/", &confirmed),
        ("/password/reset/%63onfirm", &confirmed),
        ("/password/reset/CONFIRM", &confirmed),
        ("/password/reset/confirm;x", &confirmed),
        ("///", &confirmed),
        ("/", &confirmed),
    ] {
        // What is not ASCII goes over the wire in one encoding only.
        if !target.is_ascii() && matches!(world, World::InProcess(_)) {
            continue;
        }
        let answer = Raw::post(target, body.as_bytes()).send(world).await.expect("an answer");
        assert_refused(&answer, 404, "not_found", target);
        assert_eq!(answer.header("x-evil"), None);
    }
    untouched.assert("other spellings");
    world.settle().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1, "the first one, which was asked for");
    assert!(world.has_password(&peter, &peter.password).await);
    assert_not_burned(world, &token).await;
}

/// An HTTP server may resolve dot segments and turn backslashes before anyone sees the address (workerd does, as every
/// WHATWG URL does): then it is the plain path, with all that is asked of it. It is never a third thing.
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
        let answer = Raw::post(target, r#"{"token": "x"}"#).send(world).await;
        let Some(answer) = answer else { continue };
        match (world, answer.status) {
            (World::Workerd(_), 400) => {
                assert_refused(&answer, 400, "link_invalid", target);
            }
            (World::Workerd(_), 405) => {
                assert_refused(&answer, 405, "method_not_allowed", target);
            }
            _ => {
                assert_refused(&answer, 404, "not_found", target);
            }
        }
    }
}

async fn not_there(world: &World) {
    let untouched = Untouched::since(world);
    for target in [
        "/",
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
            let answer = Raw { method, ..Raw::post(target, if method == "GET" { "" } else { "{}" }) };
            assert_refused(&answer.send(world).await.expect("an answer"), 404, "not_found", target);
        }
    }
    untouched.assert("paths that are not there");
}

async fn queries(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let untouched = Untouched::since(world);
    for (path, query) in [
        (path::CHECK, format!("token={token}")),
        (path::CONFIRM, format!("token={token}&password=another+good+passphrase")),
        (path::REQUEST, format!("username={}", peter.username)),
    ] {
        let target = format!("{path}?{query}");
        let answer = Raw::post(&target, "{}").send(world).await.expect("an answer");
        assert_refused(&answer, 400, "request_invalid", &target);
        assert!(!answer.body.contains(&token[31..60]));
    }
    untouched.assert("queries");
    let target = format!("{}?x=%00&y[]=1&&=;?", path::CHECK);
    let answer = Raw::post(&target, json!({ "token": token }).to_string()).send(world).await.expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_not_burned(world, &token).await;
}
