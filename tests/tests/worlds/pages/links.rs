//! Links that do not work, visits of every kind, and what decides which link a form is of.

use std::time::Duration;

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::in_process::InProcess;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, request};

use super::visitor::{Visitor, assert_page, assert_page_headers, digest};
use super::{NEW, OTHER};
use crate::bad_input::raw::Raw;
use crate::bad_input::{Untouched, assert_not_burned};

const NOT_A_LINK: &str = "This link does not work";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("pages: a link that is cut, forged or none at all says so, and leads on", flow!(damaged)),
        ("pages: a damaged link never shows the form of an earlier one", flow!(damaged_after_good)),
        ("pages: two tabs with two links: the later one works, the earlier form burns nothing", flow!(two_tabs)),
        ("pages: no method but a form's uses a link, and no other parameter means anything", flow!(visits)),
        ("pages: whatever host a visit names, it leads to our own path", flow!(hosts)),
        ("pages: another method is refused, and Allow says which ones are not", flow!(methods)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![trial("in process: pages: an expired link says so and offers a new one, also when its form was open", expired)]
}

async fn damaged(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let untouched = Untouched::since(world);
    for cut in
        [&token[..94], &token[..40], "", "x", "%ff", "a%0d%0aSet-Cookie:%20x=y", "%3Cscript%3E", &"A".repeat(9000)]
    {
        let mut visitor = Visitor::new(world);
        let answer = visitor.open(cut).await;
        assert_page(&answer, 400, NOT_A_LINK);
        assert!(answer.body.contains(r#"href="/password/forgot""#));
        assert_eq!(visitor.cookie.as_deref(), Some("relatch-link=incomplete"), "what came is not copied");
    }
    let forged = format!("{}AAAA{}", &token[..50], &token[54..]);
    assert_page(&Visitor::new(world).open(&forged).await, 400, NOT_A_LINK);
    assert_page(&Visitor::new(world).visit(path::RESET_PAGE).await, 400, "Open the link in your email");
    let huge = Visitor::new(world).visit(&format!("{}?token={}", path::RESET_PAGE, "A".repeat(17_000))).await;
    assert!(matches!(huge.status, 400 | 413 | 414 | 431), "{huge:?}");
    let two = Visitor::new(world).visit(&format!("{0}?token={token}&token={token}", path::RESET_PAGE)).await;
    assert_eq!((two.status, two.header("set-cookie").map(|set| set.contains(&token))), (303, Some(false)));
    untouched.assert("damaged links");
    // What mail programs do to long links is undone.
    let broken = format!("{}%0D%0A%20{}", &token[..60], &token[60..]);
    assert_page(&Visitor::new(world).open(&broken).await, 200, "Choose a new password");
    assert_not_burned(world, &token).await;
}

async fn damaged_after_good(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(world);
    let form = visitor.open(&token).await;
    assert_page(&visitor.open(&token[..94]).await, 400, NOT_A_LINK);
    assert_page(&visitor.choose(&form, NEW).await, 403, "You have opened another link since");
    assert_not_burned(world, &token).await;
}

async fn two_tabs(world: &World) {
    let (peter, john) = (world.somebody().await, world.somebody().await);
    let (first, second) = (world.token_for(&peter).await, world.token_for(&john).await);
    let mut visitor = Visitor::new(world);
    let (earlier, later) = (visitor.open(&first).await, visitor.open(&second).await);
    let refused = visitor.choose(&earlier, NEW).await;
    assert_page(&refused, 403, "You have opened another link since");
    assert!(refused.body.contains("both links still work"), "{}", refused.body);
    assert!(world.has_password(&peter, &peter.password).await && world.has_password(&john, &john.password).await);
    assert_page(&visitor.choose(&later, NEW).await, 200, "Your password was changed");
    assert!(world.has_password(&john, NEW).await && world.has_password(&peter, &peter.password).await);
    let again = visitor.open(&first).await;
    assert_page(&visitor.choose(&again, OTHER).await, 200, "Your password was changed");
    assert!(world.has_password(&peter, OTHER).await);
}

async fn visits(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(world);
    let form = visitor.open(&token).await;
    let sent = format!("link={}&password=a+quite+new+passphrase&again=a+quite+new+passphrase", digest(&form));
    for method in ["GET", "HEAD", "OPTIONS"] {
        for query in [format!("token={token}"), sent.clone(), format!("token={token}&{sent}"), String::new()] {
            let mut visit = request(method, &format!("{}?{query}", path::RESET_PAGE), "");
            visit.headers_mut().insert("cookie", visitor.cookie.clone().unwrap().parse().unwrap());
            let answer = world.send(visit).await;
            let expected = match (method, query.starts_with("token=")) {
                ("OPTIONS", _) => 204,
                (_, true) => 303,
                _ => 200,
            };
            assert_eq!(answer.status, expected, "{method} {query}");
            assert!(method == "GET" || answer.body.is_empty());
            assert_page_headers(&answer);
        }
    }
    for query in ["hash", "Token", "t", "link"] {
        let answer = Visitor::new(world).visit(&format!("{}?{query}={token}", path::RESET_PAGE)).await;
        assert_page(&answer, 400, "Open the link in your email");
    }
    // A form's own address is no place for a link: what stands there is not read.
    let mut elsewhere = Visitor::new(world);
    let target = format!("{}?token={token}", path::RESET_PAGE);
    let fields = [("link", &*digest(&form)), ("password", NEW), ("again", NEW)];
    assert_page(&elsewhere.send(&target, &fields).await, 403, "Open the link in your email again");
    assert!(world.has_password(&peter, &peter.password).await);
    assert_not_burned(world, &token).await;
}

async fn hosts(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let target = format!("{}?token={token}", path::RESET_PAGE);
    for (name, value) in [
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "host=evil.example"),
        ("X-Original-URL", "http://evil.example/"),
        ("Host", "evil.example"),
        ("Host", "localhost@evil.example"),
    ] {
        let visit = Raw { method: "GET", ..Raw::post(&target, "") }.header(name, value);
        // An HTTP server may refuse a host that is none.
        let Some(answer) = visit.send(world).await.filter(|answer| answer.status == 303) else { continue };
        assert_eq!(answer.header("location"), Some(path::RESET_PAGE), "{name}");
        let cookie = answer.header("set-cookie").unwrap_or_default();
        assert!(cookie.contains(&token) && !cookie.to_lowercase().contains("domain"), "{cookie}");
        let form = Raw { method: "GET", ..Raw::post(path::FORGOT_PAGE, "") }.header(name, value);
        let form = form.send(world).await.expect("an answer");
        assert!(!form.body.contains("evil"), "{}", form.body);
    }
    assert_not_burned(world, &token).await;
}

async fn methods(world: &World) {
    let untouched = Untouched::since(world);
    for path in [path::FORGOT_PAGE, path::RESET_PAGE] {
        for method in ["PUT", "PATCH", "DELETE"] {
            let answer = world.send(request(method, path, "x")).await;
            assert_page(&answer, 405, "This did not work");
            assert_eq!(answer.header("allow"), Some("GET, HEAD, POST, OPTIONS"), "{method} {path}");
        }
        let answer = world.send(request("OPTIONS", path, "")).await;
        assert_eq!((answer.status, answer.header("allow")), (204, Some("GET, HEAD, POST, OPTIONS")));
        let head = world.send(request("HEAD", path::FORGOT_PAGE, "")).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        for other in [format!("{path}/"), path.to_uppercase(), format!("/{path}"), path.replace("word/", "word%2f")] {
            let answer = Raw { method: "GET", ..Raw::post(&other, "") }.send(world).await.expect("an answer");
            assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{other}");
        }
    }
    untouched.assert("other methods");
}

async fn expired() {
    let memory = InProcess::new(&[]);
    let world = World::InProcess(memory.clone());
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(&world);
    let form = visitor.open(&token).await;
    memory.advance(Duration::from_secs(2 * 60 * 60 + 60)).await;
    for answer in [
        visitor.choose(&form, NEW).await,
        visitor.visit(path::RESET_PAGE).await,
        Visitor::new(&world).open(&token).await,
    ] {
        assert_page(&answer, 410, "This link has expired");
        assert!(answer.body.contains("A link works for 2 hours."), "{}", answer.body);
        assert!(answer.body.contains(r#"<a class="button" href="/password/forgot">Request a new link</a>"#));
    }
    assert!(world.has_password(&peter, &peter.password).await);
    assert!(memory.memory.notes().iter().any(|note| note.detail.as_deref() == Some("link_expired")), "the log says so");
}
