//! Authentication and authorisation of server calls.

use libtest_mimic::Trial;
use relatch_tests::flow;
use relatch_tests::in_process::{NARROW_KEY, SERVER_KEY, SHOP_KEY, SHOP_KEYS};
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request};
use serde_json::json;

use super::{CALLS, account_body, call, call_with_key};
use crate::shared;
use crate::support::{StoreSnapshot, assert_code, assert_problem};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "a server call without a valid key, or beyond the scopes of its key, is rejected",
            flow!(keys),
        ),
        ("a page of a foreign origin cannot make a server call, even with a key", flow!(origins)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: a key of another application is invalid", other_application),
        trial(
            "workerd: a key of one application is invalid on the paths of another",
            other_applications_paths,
        ),
        trial("in process: an invalid key causes no port call and is not logged", invalid_key),
    ]
}

async fn keys(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    for (method, path, body) in CALLS {
        let context = format!("{method} {path}");
        let response = world.send(request(method, path, body)).await;
        assert_problem(&response, 401, "key_invalid", &context);
        assert_eq!(response.header("www-authenticate"), Some("Bearer"));
        let half = &SERVER_KEY[..20];
        for key in
            ["", " ", "wrong", half, &SERVER_KEY.to_uppercase(), &format!("{SERVER_KEY}x"), "main"]
        {
            let response = call_with_key(world, key, (method, path, body)).await;
            assert_problem(&response, 401, "key_invalid", &context);
            assert!(key.len() < 10 || !response.body.contains(key), "{response:?}");
        }
        for scheme in ["Basic ", "", "Bearer", "Bearer,"] {
            let mut request = request(method, path, body);
            request
                .headers_mut()
                .insert("authorization", format!("{scheme}{SERVER_KEY}").parse().unwrap());
            assert_problem(&world.send(request).await, 401, "key_invalid", &context);
        }
        // A key in the query is not read.
        let in_query = SERVER_KEY.replace(' ', "%20");
        let response = world
            .send(request(method, &format!("{path}?key={in_query}&access_token={in_query}"), body))
            .await;
        assert_problem(&response, 401, "key_invalid", &context);
        if path != "/server/status" {
            let response = call_with_key(world, NARROW_KEY, (method, path, body)).await;
            assert_problem(&response, 403, "key_out_of_scope", &context);
        }
    }
    snapshot.assert_unchanged("invalid keys");
    // Several keys are valid at the same time, each for its scopes, and the scheme is
    // case-insensitive.
    assert_eq!(call_with_key(world, NARROW_KEY, ("GET", "/server/status", "")).await.status, 200);
    assert_eq!(call_with_key(world, SERVER_KEY, ("GET", "/server/status", "")).await.status, 200);
    let mut lower = request("GET", "/server/status", "");
    lower.headers_mut().insert("authorization", format!("bearer {SERVER_KEY}").parse().unwrap());
    assert_eq!(world.send(lower).await.status, 200);
}

async fn origins(world: &World) {
    let peter = world.new_person().await;
    for origin in ["https://evil.example", "null", "https://app.example.com.evil.example"] {
        let mut request = request("POST", "/server/reset", &account_body(&peter).to_string());
        request
            .headers_mut()
            .insert("authorization", format!("Bearer {SERVER_KEY}").parse().unwrap());
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let response = world.send(request).await;
        assert_problem(&response, 403, "origin_not_allowed", origin);
        assert_eq!(response.header("access-control-allow-origin"), None);
    }
    // CORS never allows a page to send a key or to read the response, not even from an allowed
    // origin.
    for method in ["OPTIONS", "GET"] {
        let mut request = request(method, "/server/status", "");
        request
            .headers_mut()
            .insert("authorization", format!("Bearer {SERVER_KEY}").parse().unwrap());
        request.headers_mut().insert("origin", "https://app.example.com".parse().unwrap());
        request
            .headers_mut()
            .insert("access-control-request-headers", "authorization".parse().unwrap());
        let response = world.send(request).await;
        assert_eq!(response.status, if method == "GET" { 200 } else { 405 }, "{response:?}");
        assert!(
            response.headers.iter().all(|(name, _)| !name.starts_with("access-control-")),
            "{response:?}"
        );
    }
    world.drain().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
}

async fn other_application() {
    let (world, _) = in_memory(&[("APPLICATION_KEYS", SHOP_KEYS)]);
    for call in CALLS {
        assert_code(&call_with_key(&world, SERVER_KEY, call).await, 401, "key_invalid");
    }
    assert_eq!(call_with_key(&world, SHOP_KEY, ("GET", "/server/status", "")).await.status, 200);
    // Without configured keys no key is valid.
    let (world, _) = in_memory(&[("APPLICATION_KEYS", "")]);
    for call in CALLS {
        for key in [SERVER_KEY, SHOP_KEY, ""] {
            assert_code(&call_with_key(&world, key, call).await, 401, "key_invalid");
        }
    }
}

async fn other_applications_paths() {
    let world = shared();
    for (method, path, body) in CALLS {
        assert_code(
            &call_with_key(&world, SHOP_KEY, (method, path, body)).await,
            401,
            "key_invalid",
        );
        let shop_path = format!("/apps/shop{path}");
        assert_code(
            &call_with_key(&world, SERVER_KEY, (method, &shop_path, body)).await,
            401,
            "key_invalid",
        );
        assert_code(
            &call_with_key(&world, NARROW_KEY, (method, &shop_path, body)).await,
            401,
            "key_invalid",
        );
    }
    let peter = world.new_person().await;
    let response = call_with_key(
        &world,
        SHOP_KEY,
        ("POST", "/apps/shop/server/reset", &account_body(&peter).to_string()),
    )
    .await;
    assert_eq!(response.status, 202, "{response:?}");
    let link = world.wait_for_mail(peter.address(), 1).await;
    assert!(link.text.contains("/apps/shop/password/reset?token="), "{}", link.text);
    // An application reads only its own events and ends only its own links.
    let body = account_body(&peter).to_string();
    let response =
        call_with_key(&world, SHOP_KEY, ("POST", "/apps/shop/server/events", &body)).await;
    assert!(response.body.contains("server_reset"), "{response:?}");
    assert!(
        !call(&world, "/server/events", account_body(&peter)).await.body.contains("server_reset")
    );
    assert_eq!(call(&world, "/server/erase", account_body(&peter)).await.status, 200);
    let check = json!({ "token": link.token() }).to_string();
    assert_eq!(world.post("/apps/shop/password/reset/check", check.clone()).await.status, 200);
    let response =
        call_with_key(&world, SHOP_KEY, ("POST", "/apps/shop/server/links/revoke", &body)).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_code(&world.post("/apps/shop/password/reset/check", check).await, 410, "link_used");
}

async fn invalid_key() {
    let (world, memory) = in_memory(&[]);
    let _before = memory.take_trace();
    assert_code(
        &call_with_key(&world, "guessed", ("GET", "/server/status", "")).await,
        401,
        "key_invalid",
    );
    assert_code(&call_with_key(&world, NARROW_KEY, CALLS[0]).await, 403, "key_out_of_scope");
    assert_eq!(memory.take_trace(), []);
    let logged = memory.logged_events();
    let details: Vec<_> = logged.iter().filter_map(|event| event.detail.as_deref()).collect();
    assert_eq!(details, ["key_invalid", "key_out_of_scope"]);
    assert!(!format!("{logged:?}").contains("guessed"));
}
