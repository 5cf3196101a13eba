//! Links that do not work, visits of every kind, and the link that a form belongs to.

use std::time::Duration;

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request};

use super::visitor::{LINK_COOKIE, Page, Visitor, assert_page, assert_page_headers, link_digest};
use crate::raw::RawRequest;
use crate::support::{NEW, OTHER, StoreSnapshot, assert_code, assert_link_works, assert_mentions};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "pages: a truncated, forged or missing link is reported, and a new one is offered",
            flow!(damaged),
        ),
        (
            "pages: a damaged link never shows the form of an earlier link",
            flow!(damaged_after_good),
        ),
        ("pages: two links in two tabs work independently of each other", flow!(two_tabs)),
        ("pages: only a form uses a link, and only the parameter `token` is read", flow!(visits)),
        ("pages: the redirect of a link ignores the host of the request", flow!(hosts)),
        (
            "pages: the root and the well-known URL for changing passwords lead to the form",
            flow!(entry_points),
        ),
        ("pages: a wrong method is rejected, and Allow lists the right ones", flow!(methods)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![trial(
        "in process: pages: an expired link is reported and a new one offered, also from an open form",
        expired,
    )]
}

async fn damaged(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let snapshot = StoreSnapshot::take(world);
    for cut in [
        &token[..94],
        &token[..40],
        "",
        "x",
        "%ff",
        "a%0d%0aSet-Cookie:%20x=y",
        "%3Cscript%3E",
        &"A".repeat(9000),
    ] {
        let mut visitor = Visitor::new(world);
        let response = visitor.open_link(cut).await;
        assert_page(&response, 400, Page::InvalidLink);
        assert!(response.body.contains(r#"href="/password/forgot""#));
        assert_eq!(
            visitor.cookie.as_deref(),
            Some(format!("{LINK_COOKIE}=incomplete").as_str()),
            "the cookie does not repeat the input"
        );
    }
    let forged = format!("{}AAAA{}", &token[..50], &token[54..]);
    assert_page(&Visitor::new(world).open_link(&forged).await, 400, Page::InvalidLink);
    assert_page(&Visitor::new(world).visit(path::RESET_PAGE).await, 400, Page::NoLink);
    let huge = Visitor::new(world)
        .visit(&format!("{}?token={}", path::RESET_PAGE, "A".repeat(17_000)))
        .await;
    assert!(matches!(huge.status, 400 | 413 | 414 | 431), "{huge:?}");
    let two = Visitor::new(world)
        .visit(&format!("{0}?token={token}&token={token}", path::RESET_PAGE))
        .await;
    assert_eq!(
        (two.status, two.header("set-cookie").map(|set| set.contains(&token))),
        (303, Some(false))
    );
    snapshot.assert_unchanged("damaged links");
    // Line breaks and spaces that mail programs insert into a link are removed.
    let broken = format!("{}%0D%0A%20{}", &token[..60], &token[60..]);
    assert_page(&Visitor::new(world).open_link(&broken).await, 200, Page::ResetForm);
    assert_link_works(world, &token).await;
}

async fn damaged_after_good(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(world);
    let form = visitor.open_link(&token).await;
    assert_page(&visitor.open_link(&token[..94]).await, 400, Page::InvalidLink);
    assert_page(&visitor.visit(path::RESET_PAGE).await, 400, Page::InvalidLink);
    // The form that is still open in another tab belongs to a link that works.
    assert_page(&visitor.submit_password(&form, NEW).await, 200, Page::PasswordChanged);
    assert!(world.has_password(&peter, NEW).await);
}

async fn two_tabs(world: &World) {
    let (peter, john) = (world.new_person().await, world.new_person().await);
    let (first, second) = (world.token_for(&peter).await, world.token_for(&john).await);
    let mut visitor = Visitor::new(world);
    let (earlier, later) = (visitor.open_link(&first).await, visitor.open_link(&second).await);
    assert_page(&visitor.submit_password(&earlier, NEW).await, 200, Page::PasswordChanged);
    assert!(
        world.has_password(&peter, NEW).await && world.has_password(&john, &john.password).await
    );
    assert_page(&visitor.submit_password(&later, OTHER).await, 200, Page::PasswordChanged);
    assert!(world.has_password(&john, OTHER).await && world.has_password(&peter, NEW).await);
}

async fn entry_points(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    for path in ["/", "/.well-known/change-password"] {
        for method in ["GET", "HEAD"] {
            let response = world.send(request(method, path, "")).await;
            assert_eq!(
                (response.status, response.header("location"), response.body.as_str()),
                (303, Some(path::FORGOT_PAGE), ""),
                "{method} {path}"
            );
            assert_page_headers(&response);
        }
        let response = world.send(request("POST", path, "")).await;
        assert_page(&response, 405, Page::Error);
        assert_eq!(response.header("allow"), Some("GET, HEAD, OPTIONS"));
    }
    // A server that answers every well-known URL has none (W3C, section 3.2).
    let absent = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200";
    assert_code(&world.send(request("GET", absent, "")).await, 404, "not_found");
    snapshot.assert_unchanged("visits of the entry points");
}

async fn visits(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(world);
    let form = visitor.open_link(&token).await;
    let sent = format!(
        "link={}&password=a+quite+new+passphrase&again=a+quite+new+passphrase",
        link_digest(&form)
    );
    for method in ["GET", "HEAD", "OPTIONS"] {
        for query in
            [format!("token={token}"), sent.clone(), format!("token={token}&{sent}"), String::new()]
        {
            let mut visit = request(method, &format!("{}?{query}", path::RESET_PAGE), "");
            visit.headers_mut().insert("cookie", visitor.cookie.clone().unwrap().parse().unwrap());
            let response = world.send(visit).await;
            let expected = match (method, query.starts_with("token=")) {
                ("OPTIONS", _) => 204,
                (_, true) => 303,
                _ => 200,
            };
            assert_eq!(response.status, expected, "{method} {query}");
            assert!(method == "GET" || response.body.is_empty());
            assert_page_headers(&response);
        }
    }
    for query in ["hash", "Token", "t", "link"] {
        let response =
            Visitor::new(world).visit(&format!("{}?{query}={token}", path::RESET_PAGE)).await;
        assert_page(&response, 400, Page::NoLink);
    }
    // A token in the URL of a form is not read.
    let mut elsewhere = Visitor::new(world);
    let target = format!("{}?token={token}", path::RESET_PAGE);
    let fields = [("link", &*link_digest(&form)), ("password", NEW), ("again", NEW)];
    assert_page(&elsewhere.submit(&target, &fields).await, 403, Page::FormWithoutLink);
    assert!(world.has_password(&peter, &peter.password).await);
    assert_link_works(world, &token).await;
}

async fn hosts(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let target = format!("{}?token={token}", path::RESET_PAGE);
    for (name, value) in [
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "host=evil.example"),
        ("X-Original-URL", "http://evil.example/"),
        ("Host", "evil.example"),
        ("Host", "localhost@evil.example"),
    ] {
        let visit =
            RawRequest { method: "GET", ..RawRequest::post(&target, "") }.header(name, value);
        // The HTTP server may reject an invalid host.
        let Some(response) = visit.send(world).await.filter(|response| response.status == 303)
        else {
            continue;
        };
        assert_eq!(response.header("location"), Some(path::RESET_PAGE), "{name}");
        let cookie = response.header("set-cookie").unwrap_or_default();
        assert!(cookie.contains(&token) && !cookie.to_lowercase().contains("domain"), "{cookie}");
        let form = RawRequest { method: "GET", ..RawRequest::post(path::FORGOT_PAGE, "") }
            .header(name, value);
        let form = form.send(world).await.expect("a response");
        assert!(!form.body.contains("evil"), "{}", form.body);
    }
    assert_link_works(world, &token).await;
}

async fn methods(world: &World) {
    let snapshot = StoreSnapshot::take(world);
    for path in [path::FORGOT_PAGE, path::RESET_PAGE] {
        for method in ["PUT", "PATCH", "DELETE"] {
            let response = world.send(request(method, path, "x")).await;
            assert_page(&response, 405, Page::Error);
            assert_eq!(
                response.header("allow"),
                Some("GET, HEAD, POST, OPTIONS"),
                "{method} {path}"
            );
        }
        let response = world.send(request("OPTIONS", path, "")).await;
        assert_eq!(
            (response.status, response.header("allow")),
            (204, Some("GET, HEAD, POST, OPTIONS"))
        );
        let head = world.send(request("HEAD", path::FORGOT_PAGE, "")).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        for other in [
            format!("{path}/"),
            path.to_uppercase(),
            format!("/{path}"),
            path.replace("word/", "word%2f"),
        ] {
            let response = RawRequest { method: "GET", ..RawRequest::post(&other, "") }
                .send(world)
                .await
                .expect("a response");
            assert_code(&response, 404, "not_found");
        }
    }
    snapshot.assert_unchanged("wrong methods");
}

async fn expired() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(&world);
    let form = visitor.open_link(&token).await;
    memory.advance(Duration::from_secs(2 * 60 * 60 + 60)).await;
    for response in [
        visitor.submit_password(&form, NEW).await,
        visitor.visit(path::RESET_PAGE).await,
        Visitor::new(&world).open_link(&token).await,
    ] {
        assert_page(&response, 410, Page::ExpiredLink);
        assert_mentions(&response.body, &["2 hours"], "the lifetime of a link");
    }
    assert!(world.has_password(&peter, &peter.password).await);
    assert!(
        memory.logged_events().iter().any(|event| event.detail.as_deref() == Some("link_expired")),
        "the expired link is logged"
    );
}
