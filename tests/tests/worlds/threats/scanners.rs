//! What follows links without being asked to: mail scanners, previews, prefetching browsers; and what a link's address
//! leaves behind.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::{World, request};
use serde_json::json;

use super::{NEW, assert_code};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b32 a hundred visits to the link and to the calls use nothing", flow!(b32)),
        ("b33 no answer holds a token, leads elsewhere or lets a referrer out", flow!(b33)),
        ("b36 the calls have no cookie to fix and no form to forge, and the page's cookie signs nobody in", flow!(b36)),
    ]
}

async fn b32(world: &World) {
    let peter = world.somebody().await;
    world.ask(json!({ "username": peter.username })).await;
    let mail = world.mail(peter.address(), 1).await;
    let (link, token) = (mail.link(), mail.token());
    let target = &link[link.find("/password").expect("the link has a path")..];
    for _ in 0..12 {
        for method in ["GET", "HEAD", "OPTIONS"] {
            for target in
                [target, &format!("{}?token={token}", path::CHECK), &format!("{}?token={token}", path::CONFIRM)]
            {
                let mut visit = request(method, target, "");
                visit.headers_mut().insert("purpose", "prefetch".parse().unwrap());
                visit.headers_mut().insert("user-agent", "Mozilla/5.0 (scanner)".parse().unwrap());
                let answer = world.send(visit).await;
                assert!(!answer.body.contains(&token[31..60]));
            }
        }
    }
    // A scanner that runs scripts may even ask whether the link is good.
    assert_eq!(world.check(&token).await.status, 200);
    assert!(world.has_password(&peter, &peter.password).await);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn b33(world: &World) {
    let peter = world.somebody().await;
    world.ask(json!({ "username": peter.username })).await;
    let mail = world.mail(peter.address(), 1).await;
    let (link, token) = (mail.link(), mail.token());
    assert!(!mail.html.contains("src="), "a mail that loads nothing tells nobody that it was read: {}", mail.html);
    assert_eq!(mail.html.matches("href=").count(), 1, "{}", mail.html);
    let visit = world.send(request("GET", &link[link.find("/password").expect("the link has a path")..], "")).await;
    // The visit hands the token to the browser's cookie, and to nothing that leaves the browser for anywhere else.
    assert_eq!((visit.status, visit.header("location")), (303, Some(path::RESET_PAGE)));
    assert!(visit.header("set-cookie").is_some_and(|set| set.contains(&token) && set.contains("; HttpOnly; Secure;")));
    assert_eq!(
        (visit.header("referrer-policy"), visit.header("cache-control")),
        (Some("no-referrer"), Some("no-store"))
    );
    assert_eq!((visit.header("refresh"), visit.body.as_str()), (None, ""));
    let answers = [
        world.check(&token).await,
        world.confirm(&token, "short").await,
        // A token in the address of a call is not read: addresses stand in logs and histories.
        world.post(&format!("{}?token={token}", path::CONFIRM), json!({ "password": NEW }).to_string()).await,
        world.confirm(&token, NEW).await,
        world.confirm(&token, super::OTHER).await,
    ];
    assert_code(&answers[2], 400, "request_invalid");
    assert_eq!(answers[3].status, 200);
    for answer in &answers {
        assert!(!format!("{answer:?}").contains(&token[31..60]), "{answer:?}");
        assert_eq!(answer.header("location"), None, "{answer:?}");
        assert_eq!(answer.header("refresh"), None);
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'") && !policy.contains("http"), "{policy}");
    }
}

/// A recovery flow whose state is kept in a cookie can be fixed, and one that takes forms can be forged from another
/// site. Every call here takes JSON that holds all it needs, and sets no cookie. The page has one, of its own path, that
/// holds nothing but the link and is worth nothing to a call; what a form of the page has to show is in `pages`.
async fn b36(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let form = format!("token={token}&password={}", NEW.replace(' ', "+"));
    for content_type in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
        for body in [&form, &json!({ "token": token, "password": NEW }).to_string()] {
            let mut forged = request("POST", path::CONFIRM, body);
            forged.headers_mut().insert("content-type", content_type.parse().unwrap());
            assert_code(&world.send(forged).await, 415, "content_type_unsupported");
        }
    }
    let mut elsewhere = request("POST", path::CONFIRM, &json!({ "token": token, "password": NEW }).to_string());
    elsewhere.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    assert_code(&world.send(elsewhere).await, 403, "origin_not_allowed");

    let mut with_cookie = request("POST", path::CONFIRM, &json!({ "password": NEW }).to_string());
    let cookies = format!("token={token}; relatch-link={token}; __Host-reset={token}; session=1");
    with_cookie.headers_mut().insert("cookie", cookies.parse().unwrap());
    assert_code(&world.send(with_cookie).await, 400, "request_invalid");

    let answers = [
        world.ask(json!({ "username": peter.username })).await,
        world.check(&token).await,
        world.confirm(&token, NEW).await,
        world.send(request("GET", path::RULES, "")).await,
        world.send(request("GET", path::HEALTH, "")).await,
    ];
    for answer in &answers {
        assert_eq!((answer.status, answer.header("set-cookie")), (200, None), "{answer:?}");
    }
    let page = world.send(request("GET", path::FORGOT_PAGE, "")).await;
    assert_eq!((page.status, page.header("set-cookie")), (200, None), "{page:?}");
}
