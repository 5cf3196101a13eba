//! Several applications in one deployment: what one has is worth nothing in another.

use std::time::Duration;

use libtest_mimic::Trial;
use relatch_tests::flow;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{Answer, World, request};
use serde_json::json;

const NEW: &str = "a quite new passphrase";

/// Only a world that has `shop` beside the default application shows them.
pub fn on_workerd() -> Vec<(&'static str, Flow)> {
    vec![
        ("workerd: an application has its own pages, links and mails under its own path", flow!(the_story)),
        ("workerd: a link of one application is none in another", flow!(foreign_link)),
        ("workerd: a request of one application is none in another", flow!(foreign_request)),
        ("workerd: limits of one application leave another alone", flow!(limits)),
        ("workerd: an application that is not there is not found", flow!(unknown)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("workerd: an application is reached at its own host, and has what configuration gives it", own_host),
        trial("workerd: an application whose database is not bound stops the service, by name", unbound),
        trial("workerd: a dialect that is not switched on is not there", switched_off),
    ]
}

async fn shop(world: &World, path: &str, body: serde_json::Value) -> Answer {
    world.post(&format!("/apps/shop{path}"), body.to_string()).await
}

async fn the_story(world: &World) {
    let peter = world.somebody().await;
    assert_eq!(shop(world, "/password/reset/request", json!({ "username": peter.username })).await.status, 200);
    let mail = world.mail(peter.address(), 1).await;
    assert_eq!(mail.subject, "Reset your Shop password");
    assert!(mail.link().contains("/apps/shop/password/reset?token="), "{}", mail.link());
    let page = world.send(request("GET", "/apps/shop/password/forgot", "")).await;
    assert!(page.body.contains("action=\"/apps/shop/password/forgot\""), "{}", page.body);
    let opened = world.send(request("GET", &format!("/apps/shop/password/reset?token={}", mail.token()), "")).await;
    assert_eq!((opened.status, opened.header("location")), (303, Some("/apps/shop/password/reset")));
    assert!(opened.header("set-cookie").is_some_and(|cookie| cookie.contains("Path=/apps/shop/password/reset;")));
    let answer = shop(world, "/password/reset/confirm", json!({ "token": mail.token(), "password": NEW })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(world.has_password(&peter, NEW).await);
}

async fn foreign_link(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    for path in ["/password/reset/check", "/password/reset/confirm"] {
        let mut body = json!({ "token": token });
        if path.ends_with("confirm") {
            body["password"] = json!(NEW);
        }
        let answer = shop(world, path, body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "link_invalid"), "{path}");
    }
    let commit = format!("/pub/applications/shop/requests/resetpassword/{token}/commit");
    assert_eq!(world.post(&commit, json!({ "password": NEW }).to_string()).await.code(), "link_invalid");
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "where it belongs it works");
}

async fn foreign_request(world: &World) {
    let path = |application: &str| format!("/pub/applications/{application}/requests/resetpassword");
    let created = world.post(&path("shop"), json!({ "principal": "nobody-at-all" }).to_string()).await;
    let doc = created.json()["_doc"].as_str().expect("it has an id").to_owned();
    assert_eq!(world.post(&format!("{}/{doc}/send", path("default")), "").await.status, 404);
    assert_eq!(world.post(&format!("{}/{doc}/send", path("shop")), "").await.status, 200);
}

async fn limits(world: &World) {
    let peter = world.somebody().await;
    world.token_for(&peter).await;
    assert_eq!(shop(world, "/password/reset/request", json!({ "username": peter.username })).await.status, 200);
    world.mail(peter.address(), 2).await;
}

async fn unknown(world: &World) {
    for path in ["/apps/nobody/healthz", "/apps/Shop/healthz", "/apps/shop", "/apps/", "/apps/shop/apps/shop/healthz"] {
        let answer = world.send(request("GET", path, "")).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    let answer = world.post("/apps/nobody/api/auth/forgot", "{}").await;
    assert_eq!((answer.status, &answer.json()["status"]), (404, &json!(404)));
}

async fn own_host() {
    let workerd = std::sync::Arc::new(Workerd::start(&[
        ("APPLICATIONS", "shop"),
        ("APP_SHOP_PUBLIC_URL", "http://127.0.0.1:1"),
        ("APP_SHOP_RESET_MAIL_SUBJECT", "For ${user.name}"),
        ("APP_SHOP_RESET_MAIL_BODY", "<p>Dear ${user.name}: <a href=\"${link}\">here</a></p>"),
    ]));
    let world = World::Workerd(std::sync::Arc::clone(&workerd));
    let gone = world.send(request("GET", "/apps/shop/healthz", "")).await;
    assert_eq!(gone.status, 404, "it has a host of its own");
    let peter = world.somebody().await;
    let mut at_its_host =
        request("POST", "/password/reset/request", &json!({ "username": peter.username }).to_string());
    at_its_host.headers_mut().insert("host", "127.0.0.1:1".parse().expect("one"));
    assert_eq!(world.send(at_its_host).await.status, 200);
    let mail = world.mail(peter.address(), 1).await;
    assert_eq!(mail.subject, format!("For {}", peter.username));
    assert!(mail.html.contains("http://127.0.0.1:1/password/reset?token="), "{}", mail.html);
    workerd.shut_down();
}

async fn unbound() {
    let workerd = Workerd::start(&[("APP_SHOP_DIRECTORY_DATABASE", "SHOP_DB")]);
    let world = World::Workerd(std::sync::Arc::new(workerd));
    assert_eq!(world.send(request("GET", "/healthz", "")).await.status, 503);
    let World::Workerd(workerd) = &world else { return };
    let named = async || workerd.log().contains("SHOP_DB: is not bound to a D1 database");
    assert!(workerd.until(Duration::from_secs(10), named).await, "{}", workerd.log());
    workerd.shut_down();
}

async fn switched_off() {
    let workerd = std::sync::Arc::new(Workerd::start(&[("DIALECTS", ""), ("APP_SHOP_DIALECTS", "rest")]));
    let world = World::Workerd(std::sync::Arc::clone(&workerd));
    for (method, path, body) in [
        ("PUT", "/api/v1/account/password", json!({ "email": "peter@example.com" })),
        ("POST", "/api/auth/forgot", json!({ "email": "peter@example.com" })),
        ("POST", "/api/auth/reset", json!({ "reset_token": "x", "password": NEW })),
        ("POST", "/pub/applications/default/requests/resetpassword", json!({ "principal": "peter" })),
        ("POST", "/apps/shop/api/auth/forgot", json!({ "email": "peter@example.com" })),
    ] {
        let answer = world.send(request(method, path, &body.to_string())).await;
        assert_eq!(answer.status, 404, "{path}");
        // In the shape that the call's clients know, though there is no such call.
        let (field, said) =
            if path.contains("/api/auth/") { ("status", json!(404)) } else { ("code", json!("not_found")) };
        assert_eq!(answer.json()[field], said, "{path}");
    }
    let rest =
        request("PUT", "/apps/shop/api/v1/account/password", &json!({ "email": "nobody@example.com" }).to_string());
    assert_eq!(world.send(rest).await.status, 202);
    workerd.shut_down();
}
