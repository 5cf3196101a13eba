//! Mail scanners, link previews and prefetching browsers that open links, and what the URL of a
//! link leaves behind.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::{World, request};
use serde_json::json;

use crate::pages::visitor::LINK_COOKIE;
use crate::support::{NEW, OTHER, assert_code};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b32 a hundred GET, HEAD and OPTIONS requests do not use the link", flow!(b32)),
        (
            "b33 no response contains the token, redirects elsewhere or leaks it as a referrer",
            flow!(b33),
        ),
        (
            "b36 calls use no cookies and accept no forms, and the page's cookie is no session",
            flow!(b36),
        ),
    ]
}

async fn b32(world: &World) {
    let peter = world.new_person().await;
    world.request_reset(json!({ "username": peter.username })).await;
    let mail = world.wait_for_mail(peter.address(), 1).await;
    let (link, token) = (mail.link(), mail.token());
    let target = &link[link.find("/password").expect("the link has a path")..];
    for _ in 0..12 {
        for method in ["GET", "HEAD", "OPTIONS"] {
            for target in [
                target,
                &format!("{}?token={token}", path::CHECK),
                &format!("{}?token={token}", path::CONFIRM),
            ] {
                let mut visit = request(method, target, "");
                visit.headers_mut().insert("purpose", "prefetch".parse().unwrap());
                visit.headers_mut().insert("user-agent", "Mozilla/5.0 (scanner)".parse().unwrap());
                let response = world.send(visit).await;
                assert!(!response.body.contains(&token[31..60]));
            }
        }
    }
    // A scanner that runs scripts may also call the check.
    assert_eq!(world.check(&token).await.status, 200);
    assert!(world.has_password(&peter, &peter.password).await);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn b33(world: &World) {
    let peter = world.new_person().await;
    world.request_reset(json!({ "username": peter.username })).await;
    let mail = world.wait_for_mail(peter.address(), 1).await;
    let (link, token) = (mail.link(), mail.token());
    assert!(
        !mail.html.contains("src="),
        "a mail that loads nothing does not reveal that it was read: {}",
        mail.html
    );
    assert_eq!(mail.html.matches("href=").count(), 1, "{}", mail.html);
    let visit = world
        .send(request("GET", &link[link.find("/password").expect("the link has a path")..], ""))
        .await;
    // The response to the link moves the token into a cookie and nowhere else.
    assert_eq!((visit.status, visit.header("location")), (303, Some(path::RESET_PAGE)));
    assert!(
        visit
            .header("set-cookie")
            .is_some_and(|set| set.contains(&token) && set.contains("; HttpOnly;"))
    );
    assert_eq!(
        (visit.header("referrer-policy"), visit.header("cache-control")),
        (Some("no-referrer"), Some("no-store"))
    );
    assert_eq!((visit.header("refresh"), visit.body.as_str()), (None, ""));
    let responses = [
        world.check(&token).await,
        world.confirm(&token, "short").await,
        // A token in the URL of a call is not read, because URLs end up in logs and histories.
        world
            .post(
                &format!("{}?token={token}", path::CONFIRM),
                json!({ "password": NEW }).to_string(),
            )
            .await,
        world.confirm(&token, NEW).await,
        world.confirm(&token, OTHER).await,
    ];
    assert_code(&responses[2], 400, "request_invalid");
    assert_eq!(responses[3].status, 200);
    for response in &responses {
        assert!(!format!("{response:?}").contains(&token[31..60]), "{response:?}");
        assert_eq!(response.header("location"), None, "{response:?}");
        assert_eq!(response.header("refresh"), None);
        assert_eq!(response.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
        let policy = response.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'") && !policy.contains("http"), "{policy}");
    }
}

/// A recovery flow with state in a cookie is open to fixation, and one that accepts forms to
/// cross-site request forgery. Every call takes JSON with everything it needs and sets no cookie.
/// The hosted page has a cookie for its own path that holds the link; no call reads it. The tests
/// of the page's forms are in `pages`.
async fn b36(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let form = format!("token={token}&password={}", NEW.replace(' ', "+"));
    for content_type in
        ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]
    {
        for body in [&form, &json!({ "token": token, "password": NEW }).to_string()] {
            let mut forged = request("POST", path::CONFIRM, body);
            forged.headers_mut().insert("content-type", content_type.parse().unwrap());
            assert_code(&world.send(forged).await, 415, "content_type_unsupported");
        }
    }
    let mut elsewhere =
        request("POST", path::CONFIRM, &json!({ "token": token, "password": NEW }).to_string());
    elsewhere.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    assert_code(&world.send(elsewhere).await, 403, "origin_not_allowed");

    let mut with_cookie = request("POST", path::CONFIRM, &json!({ "password": NEW }).to_string());
    let cookies = format!("token={token}; {LINK_COOKIE}={token}; __Host-reset={token}; session=1");
    with_cookie.headers_mut().insert("cookie", cookies.parse().unwrap());
    assert_code(&world.send(with_cookie).await, 400, "request_invalid");

    let responses = [
        world.request_reset(json!({ "username": peter.username })).await,
        world.check(&token).await,
        world.confirm(&token, NEW).await,
        world.send(request("GET", path::RULES, "")).await,
        world.send(request("GET", path::HEALTH, "")).await,
    ];
    for response in &responses {
        assert_eq!((response.status, response.header("set-cookie")), (200, None), "{response:?}");
    }
    let page = world.send(request("GET", path::FORGOT_PAGE, "")).await;
    assert_eq!((page.status, page.header("set-cookie")), (200, None), "{page:?}");
}
