//! Forms that no hosted page sends: from another site, with other fields, or too large.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;

use super::visitor::{LINK_COOKIE, Page, Visitor, assert_page, link_digest};
use crate::support::{NEW, StoreSnapshot, assert_link_works};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "pages: a form needs matching cookie, digest and origin, else nothing changes",
            flow!(agreement),
        ),
        (
            "pages: a form whose origin is hidden is accepted if the browser says that it is ours",
            flow!(hidden_origin),
        ),
        ("pages: a form of another site cannot request a mail", flow!(foreign_request)),
        (
            "pages: a malformed or too large form is rejected, and the link stays usable",
            flow!(invalid_forms),
        ),
        ("pages: of two link cookies a form uses the one of its own link", flow!(two_cookies)),
    ]
}

/// The content type of a form.
const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

/// `Origin` and `Sec-Fetch-Site` of forms that a hosted page did not send.
const FOREIGN: [(Option<&str>, Option<&str>); 11] = [
    (None, None),
    (Some("https://evil.example"), None),
    (Some("https://evil.example"), Some("cross-site")),
    (Some("https://app.example.com"), Some("same-site")),
    (Some("null"), None),
    (Some("null"), Some("cross-site")),
    (Some("null"), Some("same-site")),
    (Some("null"), Some("none")),
    (None, Some("cross-site")),
    (None, Some("same-site")),
    (None, Some("none")),
];

/// Replaces `Origin` and `Sec-Fetch-Site`.
fn sent_from(
    mut form: http::Request<Vec<u8>>,
    origin: Option<&str>,
    site: Option<&str>,
) -> http::Request<Vec<u8>> {
    for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
        form.headers_mut().remove(name);
        if let Some(value) = value {
            form.headers_mut().insert(name, value.parse().unwrap());
        }
    }
    form
}

async fn agreement(world: &World) {
    let (peter, john) = (world.new_person().await, world.new_person().await);
    let token = world.token_for(&peter).await;
    let other_token = world.token_for(&john).await;
    let mut visitor = Visitor::new(world);
    let page = visitor.open_link(&token).await;
    let other = Visitor::new(world).open_link(&other_token).await;
    let (own, others) = (link_digest(&page), link_digest(&other));
    let fields = |digest| [("link", digest), ("password", NEW), ("again", NEW)];
    let snapshot = StoreSnapshot::take(world);
    for (origin, site) in FOREIGN {
        let form = sent_from(visitor.form_request(path::RESET_PAGE, &fields(&own)), origin, site);
        let response = world.send(form).await;
        assert_page(&response, 403, Page::ForeignForm);
        assert!(
            response.body.contains(&world.base_url()),
            "the page names its own URL: {}",
            response.body
        );
        assert_eq!(response.header("set-cookie"), None);
    }
    let base = world.base_url();
    let contradictory = sent_from(
        visitor.form_request(path::RESET_PAGE, &fields(&own)),
        Some(&base),
        Some("cross-site"),
    );
    assert_page(&world.send(contradictory).await, 403, Page::ForeignForm);
    let (lower_case, invented) = (own.to_lowercase(), "A".repeat(43));
    for wrong in [others.as_str(), "", "x", &own[1..], &lower_case, &token, &invented] {
        let response = visitor.submit(path::RESET_PAGE, &fields(wrong)).await;
        assert_page(&response, 403, Page::FormOfAnotherLink);
    }
    let response = Visitor::new(world).submit(path::RESET_PAGE, &fields(&own)).await;
    assert_page(&response, 403, Page::FormWithoutLink);
    snapshot.assert_unchanged("forms without matching cookie, digest and origin");
    assert!(world.has_password(&peter, &peter.password).await);
    // One of the two headers is enough: older browsers send `Origin` only.
    let form = sent_from(visitor.form_request(path::RESET_PAGE, &fields(&own)), Some(&base), None);
    assert_eq!(world.send(form).await.status, 200);
    let mut visitor = Visitor::new(world);
    let page = visitor.open_link(&other_token).await;
    let own = link_digest(&page);
    let form =
        sent_from(visitor.form_request(path::RESET_PAGE, &fields(&own)), None, Some("same-origin"));
    assert_eq!(world.send(form).await.status, 200);
    assert!(world.has_password(&peter, NEW).await && world.has_password(&john, NEW).await);
}

/// A policy `no-referrer` that something between the service and the browser sets hides the origin.
async fn hidden_origin(world: &World) {
    let peter = world.new_person().await;
    let mut visitor = Visitor::new(world);
    let fields = [("identifier", peter.username.as_str())];
    let hidden = |form| sent_from(form, Some("null"), Some("same-origin"));
    let asked = hidden(visitor.form_request(path::FORGOT_PAGE, &fields));
    assert_eq!(world.send(asked).await.status, 200);
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    let own = link_digest(&visitor.open_link(&token).await);
    let fields = [("link", own.as_str()), ("password", NEW), ("again", NEW)];
    let set = hidden(visitor.form_request(path::RESET_PAGE, &fields));
    assert_eq!(world.send(set).await.status, 200);
    assert!(world.has_password(&peter, NEW).await);
}

async fn foreign_request(world: &World) {
    let peter = world.new_person().await;
    let visitor = Visitor::new(world);
    let snapshot = StoreSnapshot::take(world);
    for (origin, site) in FOREIGN {
        let form = sent_from(
            visitor.form_request(path::FORGOT_PAGE, &[("identifier", &peter.username)]),
            origin,
            site,
        );
        let response = world.send(form).await;
        assert_page(&response, 403, Page::ForeignForm);
        assert!(
            response.body.contains(&format!(r#"href="{}/password/forgot""#, world.base_url())),
            "{}",
            response.body
        );
    }
    snapshot.assert_unchanged("forms of other sites");
    world.drain().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
}

async fn invalid_forms(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(world);
    let own = link_digest(&visitor.open_link(&token).await);
    let good = format!("link={own}&password=a+quite+new+passphrase&again=a+quite+new+passphrase");
    let snapshot = StoreSnapshot::take(world);
    let send = async |path: &str, content_type: Option<&str>, body: &[u8]| {
        let mut form = visitor.form_request(path, &[]);
        form.headers_mut().remove("content-type");
        if let Some(content_type) = content_type {
            form.headers_mut().insert("content-type", content_type.parse().unwrap());
        }
        *form.body_mut() = body.to_vec();
        world.send(form).await
    };
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/json"),
        Some("multipart/form-data; boundary=x"),
        Some("text/html"),
    ] {
        assert_page(&send(path::RESET_PAGE, content_type, good.as_bytes()).await, 415, Page::Error);
        assert_page(
            &send(path::FORGOT_PAGE, content_type, b"identifier=peter").await,
            415,
            Page::Error,
        );
    }
    for body in [
        String::new(),
        format!("link={own}&password=a+quite+new+passphrase"),
        good.replace("link=", "token="),
        good.replace("password=", "Password="),
        format!("{good}&password=another+good+passphrase"),
        format!("{good}&again=a+quite+new+passphrase"),
        format!("{good}&link={own}"),
        format!("{good}&%70assword=x"),
        good.replace("again=a", "again=%ff"),
        r#"{"link": "x", "password": "y"}"#.to_owned(),
    ] {
        assert_page(&send(path::RESET_PAGE, FORM, body.as_bytes()).await, 400, Page::Error);
    }
    for body in [
        "",
        "identifiers=peter",
        "identifier=peter&identifier=john",
        "identifier=%ff",
        "identifier[]=peter",
    ] {
        assert_page(&send(path::FORGOT_PAGE, FORM, body.as_bytes()).await, 400, Page::Error);
    }
    for length in [16 * 1024 + 1, 100_000, 1_000_000] {
        let huge = format!("{good}&x={}", "x".repeat(length - good.len() - 3));
        assert_page(&send(path::RESET_PAGE, FORM, huge.as_bytes()).await, 413, Page::Error);
        let huge = format!("identifier={}", "x".repeat(length));
        assert_page(&send(path::FORGOT_PAGE, FORM, huge.as_bytes()).await, 413, Page::Error);
    }
    snapshot.assert_unchanged("malformed forms");
    assert!(world.has_password(&peter, &peter.password).await);
    // Browser extensions add fields to forms, so unknown fields are ignored.
    let added = format!("{good}&url=https%3A%2F%2Fevil.example&body=x&email=x%40evil.example");
    assert_page(&send(path::RESET_PAGE, FORM, added.as_bytes()).await, 200, Page::PasswordChanged);
    assert!(world.has_password(&peter, NEW).await);
}

async fn two_cookies(world: &World) {
    let (peter, john) = (world.new_person().await, world.new_person().await);
    let (own, planted) = (world.token_for(&peter).await, world.token_for(&john).await);
    let mut visitor = Visitor::new(world);
    let page = visitor.open_link(&own).await;
    for other in [planted.as_str(), "tossed", "incomplete"] {
        visitor.cookie = Some(format!("{LINK_COOKIE}={other}; {LINK_COOKIE}={own}"));
        let shown = Visitor { world, cookie: visitor.cookie.clone() }.visit(path::RESET_PAGE).await;
        assert_page(&shown, 200, Page::ResetForm);
    }
    visitor.cookie = Some(format!("{LINK_COOKIE}={planted}; {LINK_COOKIE}={own}"));
    assert_page(&visitor.submit_password(&page, NEW).await, 200, Page::PasswordChanged);
    assert!(world.has_password(&peter, NEW).await);
    assert!(world.has_password(&john, &john.password).await);
    assert_link_works(world, &planted).await;
}
