//! Several applications in one deployment: links, requests and limits of one have no effect in
//! another.

use libtest_mimic::Trial;
use relatch_tests::flow;
use relatch_tests::response::Response;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, request};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

use crate::on_workerd;
use crate::support::{NEW, assert_code, assert_problem, log_line};

pub fn trials() -> Vec<Trial> {
    vec![
        on_workerd(
            "an application has its own pages, links and mails under its own path",
            flow!(full_reset),
        ),
        on_workerd("a link of one application is invalid in another", flow!(foreign_link)),
        on_workerd(
            "a request id of one application is not found in another",
            flow!(foreign_request),
        ),
        on_workerd("the limits of one application do not apply in another", flow!(limits)),
        on_workerd("an unknown application is not found", flow!(unknown)),
        trial(
            "workerd: an application with its own host is reached there and uses its own configuration",
            own_host,
        ),
        trial(
            "workerd: pages exist at the hosts of applications only, and calls at every host",
            other_hosts,
        ),
        trial(
            "workerd: an application without its database binding stops the service, the log names it",
            unbound,
        ),
        trial("workerd: a dialect that is not enabled is not found", disabled_dialect),
    ]
}

/// Posts to the application `shop`.
async fn post_to_shop(world: &World, path: &str, body: serde_json::Value) -> Response {
    world.post(&format!("/apps/shop{path}"), body.to_string()).await
}

async fn full_reset(world: &World) {
    let peter = world.new_person().await;
    assert_eq!(
        post_to_shop(world, "/password/reset/request", json!({ "username": peter.username }))
            .await
            .status,
        200
    );
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert!(mail.subject.contains("Shop"), "{}", mail.subject);
    assert!(mail.link().contains("/apps/shop/password/reset?token="), "{}", mail.link());
    let page = world.send(request("GET", "/apps/shop/password/forgot", "")).await;
    assert!(page.body.contains("action=\"/apps/shop/password/forgot\""), "{}", page.body);
    let opened = world
        .send(request("GET", &format!("/apps/shop/password/reset?token={}", mail.token()), ""))
        .await;
    assert_eq!(
        (opened.status, opened.header("location")),
        (303, Some("/apps/shop/password/reset"))
    );
    assert!(
        opened
            .header("set-cookie")
            .is_some_and(|cookie| cookie.contains("Path=/apps/shop/password/reset;"))
    );
    let response = post_to_shop(
        world,
        "/password/reset/confirm",
        json!({ "token": mail.token(), "password": NEW }),
    )
    .await;
    assert_eq!(response.status, 200, "{response:?}");
    assert!(world.has_password(&peter, NEW).await);
}

async fn foreign_link(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for path in ["/password/reset/check", "/password/reset/confirm"] {
        let mut body = json!({ "token": token });
        if path.ends_with("confirm") {
            body["password"] = json!(NEW);
        }
        assert_problem(&post_to_shop(world, path, body).await, 400, "link_invalid", path);
    }
    let commit = format!("/pub/applications/shop/requests/resetpassword/{token}/commit");
    assert_eq!(
        world.post(&commit, json!({ "password": NEW }).to_string()).await.code(),
        "link_invalid"
    );
    assert_eq!(
        world.confirm(&token, NEW).await.status,
        200,
        "the link works in its own application"
    );
}

async fn foreign_request(world: &World) {
    let path =
        |application: &str| format!("/pub/applications/{application}/requests/resetpassword");
    let created =
        world.post(&path("shop"), json!({ "principal": "unknown-user" }).to_string()).await;
    let doc = created.json()["_doc"].as_str().expect("the response has an id").to_owned();
    assert_eq!(world.post(&format!("{}/{doc}/send", path("default")), "").await.status, 404);
    assert_eq!(world.post(&format!("{}/{doc}/send", path("shop")), "").await.status, 200);
}

async fn limits(world: &World) {
    let peter = world.new_person().await;
    world.token_for(&peter).await;
    assert_eq!(
        post_to_shop(world, "/password/reset/request", json!({ "username": peter.username }))
            .await
            .status,
        200
    );
    world.wait_for_mail(peter.address(), 2).await;
}

async fn unknown(world: &World) {
    for path in [
        "/apps/unknown/healthz",
        "/apps/Shop/healthz",
        "/apps/shop",
        "/apps/",
        "/apps/shop/apps/shop/healthz",
    ] {
        let response = world.send(request("GET", path, "")).await;
        assert_code(&response, 404, "not_found");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    let response = world.post("/apps/unknown/api/auth/forgot", "{}").await;
    assert_eq!((response.status, &response.json()["status"]), (404, &json!(404)));
}

async fn own_host() {
    let workerd = Arc::new(Workerd::start(&[
        ("APPLICATIONS", "shop"),
        ("APP_SHOP_PUBLIC_URL", "http://127.0.0.1:1"),
        ("APP_SHOP_RESET_MAIL_SUBJECT", "For ${user.name}"),
        ("APP_SHOP_RESET_MAIL_BODY", "<p>Dear ${user.name}: <a href=\"${link}\">here</a></p>"),
        ("APP_SHOP_RESET_MAIL_TEXT", "Here, for ${lifetime}: ${link}"),
        ("APP_SHOP_NOTICE_MAIL_SUBJECT", "Changed at ${application}"),
        ("APP_SHOP_NOTICE_MAIL_BODY", "<p>Shop notes: ${what}</p><p>${advice}</p>"),
        ("APP_SHOP_NOTICE_MAIL_TEXT", "Shop notes: ${what} ${advice}"),
        ("REPLY_TO", "Help <help@example.com>"),
    ]));
    let world = World::Workerd(Arc::clone(&workerd));
    let by_path = world.send(request("GET", "/apps/shop/healthz", "")).await;
    assert_eq!(by_path.status, 404, "an application with its own host has no path");
    let peter = world.new_person().await;
    let at_own_host = async |path: &str, body: serde_json::Value| {
        let mut request = request("POST", path, &body.to_string());
        let host = "127.0.0.1:1".parse().expect("the value is a valid header");
        request.headers_mut().insert("host", host);
        world.send(request).await.status
    };
    let body = json!({ "username": peter.username });
    assert_eq!(at_own_host("/password/reset/request", body).await, 200);
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert_eq!(mail.subject, format!("For {}", peter.username));
    assert!(mail.html.contains("http://127.0.0.1:1/password/reset?token="), "{}", mail.html);
    assert_eq!(mail.text.trim(), format!("Here, for 2 hours: {}", mail.link()));
    let body = json!({ "token": mail.token(), "password": NEW });
    assert_eq!(at_own_host("/password/reset/confirm", body).await, 200);
    let notice = world.wait_for_mail(peter.address(), 2).await;
    assert_eq!(notice.subject, "Changed at Shop");
    assert!(notice.html.starts_with("<p>Shop notes: "), "{}", notice.html);
    assert!(notice.text.starts_with("Shop notes: "), "{}", notice.text);
    for mail in [mail, notice] {
        let replies = mail.header("Reply-To").expect("the mail says where replies go");
        assert!(replies.contains("help@example.com") && replies.contains("Help"), "{replies}");
    }
    workerd.shut_down();
}

async fn other_hosts() {
    let workerd = Arc::new(Workerd::start(&[
        ("APP_SHOP_PUBLIC_URL", "http://127.0.0.1:1"),
        ("ALLOWED_ORIGINS", "capacitor://localhost, chrome-extension://abcdefghijklmnop"),
    ]));
    let world = World::Workerd(Arc::clone(&workerd));
    let at = async |host: &str, method: &str, path: &str, body: &str| {
        let mut request = request(method, path, body);
        request.headers_mut().insert("host", host.parse().expect("the value is a valid header"));
        world.send(request).await
    };
    let loopback = [
        format!("localhost:{}", workerd.port),
        format!("127.0.0.1:{}", workerd.port),
        format!("[::1]:{}", workerd.port),
        "127.0.0.1:1".to_owned(),
    ];
    for host in &loopback {
        for path in ["/password/forgot", "/password/reset"] {
            let status = at(host, "GET", path, "").await.status;
            assert_ne!(status, 404, "{host}{path}");
        }
    }
    for host in ["evil.example", "localhost.evil.example", "192.0.2.1"] {
        for (method, path) in [
            ("GET", "/password/forgot"),
            ("POST", "/password/forgot"),
            ("GET", "/password/reset?token=x"),
            ("GET", "/apps/shop/password/forgot"),
        ] {
            assert_code(&at(host, method, path, "").await, 404, "not_found");
        }
        assert_eq!(at(host, "GET", "/healthz", "").await.status, 200, "{host}");
        assert_eq!(at(host, "GET", "/password/rules", "").await.status, 200, "{host}");
        let check = at(host, "POST", "/password/reset/check", r#"{"token": "x"}"#).await;
        assert_code(&check, 400, "link_invalid");
        assert_code(&at(host, "POST", "/server/status", "{}").await, 401, "key_invalid");
    }
    for origin in ["capacitor://localhost", "chrome-extension://abcdefghijklmnop"] {
        let mut call = request("POST", "/password/reset/check", r#"{"token": "x"}"#);
        call.headers_mut().insert("origin", origin.parse().expect("the value is a valid header"));
        let response = world.send(call).await;
        assert_code(&response, 400, "link_invalid");
        assert_eq!(response.header("access-control-allow-origin"), Some(origin));
    }
    workerd.shut_down();
}

async fn unbound() {
    let workerd = Arc::new(Workerd::start(&[("APP_SHOP_DIRECTORY_DATABASE", "SHOP_DB")]));
    let world = World::Workerd(Arc::clone(&workerd));
    assert_code(&world.send(request("GET", "/healthz", "")).await, 503, "misconfigured");
    let is_named = async || log_line(&workerd, &["SHOP_DB", "D1"]);
    assert!(workerd.wait_until(Duration::from_secs(10), is_named).await, "{}", workerd.log());
    workerd.shut_down();
}

async fn disabled_dialect() {
    let workerd = Arc::new(Workerd::start(&[("DIALECTS", ""), ("APP_SHOP_DIALECTS", "rest")]));
    let world = World::Workerd(Arc::clone(&workerd));
    for (method, path, body) in [
        ("PUT", "/api/v1/account/password", json!({ "email": "peter@example.com" })),
        ("POST", "/api/auth/forgot", json!({ "email": "peter@example.com" })),
        ("POST", "/api/auth/reset", json!({ "reset_token": "x", "password": NEW })),
        (
            "POST",
            "/pub/applications/default/requests/resetpassword",
            json!({ "principal": "peter" }),
        ),
        ("POST", "/apps/shop/api/auth/forgot", json!({ "email": "peter@example.com" })),
    ] {
        let response = world.send(request(method, path, &body.to_string())).await;
        assert_eq!(response.status, 404, "{path}");
        // The error has the format of the dialect although the dialect is disabled.
        let (field, value) = if path.contains("/api/auth/") {
            ("status", json!(404))
        } else {
            ("code", json!("not_found"))
        };
        assert_eq!(response.json()[field], value, "{path}");
    }
    let rest = request(
        "PUT",
        "/apps/shop/api/v1/account/password",
        &json!({ "email": "nobody@example.com" }).to_string(),
    );
    assert_eq!(world.send(rest).await.status, 202);
    workerd.shut_down();
}
