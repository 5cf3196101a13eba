//! Forms that are not what our own page sends: from elsewhere, of another shape, or too large.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;

use super::NEW;
use super::visitor::{Visitor, assert_page, digest};
use crate::bad_input::{Untouched, assert_not_burned};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("pages: cookie, digest and origin have to agree, else nothing is changed", flow!(agreement)),
        ("pages: no other site's form asks for a mail", flow!(foreign_request)),
        ("pages: a form of another shape or size is refused, and burns nothing", flow!(shapes)),
        ("pages: two cookies are none: a link that somebody else put there is not used", flow!(two_cookies)),
    ]
}

/// What a form is sent as.
const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

/// What a browser says of a form that is not of our own page.
const FOREIGN: [(Option<&str>, Option<&str>); 8] = [
    (None, None),
    (Some("https://evil.example"), None),
    (Some("https://evil.example"), Some("cross-site")),
    (Some("https://app.example.com"), Some("same-site")),
    (Some("null"), None),
    (None, Some("cross-site")),
    (None, Some("same-site")),
    (None, Some("none")),
];

fn from(mut form: http::Request<Vec<u8>>, origin: Option<&str>, site: Option<&str>) -> http::Request<Vec<u8>> {
    for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
        form.headers_mut().remove(name);
        if let Some(value) = value {
            form.headers_mut().insert(name, value.parse().unwrap());
        }
    }
    form
}

async fn agreement(world: &World) {
    let (peter, john) = (world.somebody().await, world.somebody().await);
    let token = world.token_for(&peter).await;
    let other_token = world.token_for(&john).await;
    let mut visitor = Visitor::new(world);
    let page = visitor.open(&token).await;
    let other = Visitor::new(world).open(&other_token).await;
    let (own, others) = (digest(&page), digest(&other));
    let fields = |digest| [("link", digest), ("password", NEW), ("again", NEW)];
    let untouched = Untouched::since(world);
    for (origin, site) in FOREIGN {
        let form = from(visitor.form(path::RESET_PAGE, &fields(&own)), origin, site);
        let answer = world.send(form).await;
        assert_page(&answer, 403, "This form came from another site");
        assert!(answer.body.contains(&world.base()), "where the page is: {}", answer.body);
        assert_eq!(answer.header("set-cookie"), None);
    }
    let foreign_base = world.base();
    let with_site_of_others =
        from(visitor.form(path::RESET_PAGE, &fields(&own)), Some(&foreign_base), Some("cross-site"));
    assert_page(&world.send(with_site_of_others).await, 403, "This form came from another site");
    let (lower, made_up) = (own.to_lowercase(), "A".repeat(43));
    for wrong in [others.as_str(), "", "x", &own[1..], &lower, &token, &made_up] {
        let answer = visitor.send(path::RESET_PAGE, &fields(wrong)).await;
        assert_page(&answer, 403, "You have opened another link since");
    }
    let answer = Visitor::new(world).send(path::RESET_PAGE, &fields(&own)).await;
    assert_page(&answer, 403, "Open the link in your email again");
    untouched.assert("forms that do not agree");
    assert!(world.has_password(&peter, &peter.password).await);
    // One of the two that a browser says is enough: older ones say only where from.
    let base = world.base();
    assert_eq!(world.send(from(visitor.form(path::RESET_PAGE, &fields(&own)), Some(&base), None)).await.status, 200);
    let mut visitor = Visitor::new(world);
    let page = visitor.open(&other_token).await;
    let own = digest(&page);
    let form = from(visitor.form(path::RESET_PAGE, &fields(&own)), None, Some("same-origin"));
    assert_eq!(world.send(form).await.status, 200);
    assert!(world.has_password(&peter, NEW).await && world.has_password(&john, NEW).await);
}

async fn foreign_request(world: &World) {
    let peter = world.somebody().await;
    let visitor = Visitor::new(world);
    let untouched = Untouched::since(world);
    for (origin, site) in FOREIGN {
        let form = from(visitor.form(path::FORGOT_PAGE, &[("identifier", &peter.username)]), origin, site);
        let answer = world.send(form).await;
        assert_page(&answer, 403, "This form came from another site");
        assert!(answer.body.contains(&format!(r#"href="{}/password/forgot""#, world.base())), "{}", answer.body);
    }
    untouched.assert("forms of other sites");
    world.settle().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
}

async fn shapes(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(world);
    let own = digest(&visitor.open(&token).await);
    let good = format!("link={own}&password=a+quite+new+passphrase&again=a+quite+new+passphrase");
    let untouched = Untouched::since(world);
    let send = async |path: &str, content_type: Option<&str>, body: &[u8]| {
        let mut form = visitor.form(path, &[]);
        form.headers_mut().remove("content-type");
        if let Some(content_type) = content_type {
            form.headers_mut().insert("content-type", content_type.parse().unwrap());
        }
        *form.body_mut() = body.to_vec();
        world.send(form).await
    };
    for content_type in
        [None, Some("text/plain"), Some("application/json"), Some("multipart/form-data; boundary=x"), Some("text/html")]
    {
        assert_page(&send(path::RESET_PAGE, content_type, good.as_bytes()).await, 415, "This did not work");
        assert_page(&send(path::FORGOT_PAGE, content_type, b"identifier=peter").await, 415, "This did not work");
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
        assert_page(&send(path::RESET_PAGE, FORM, body.as_bytes()).await, 400, "This did not work");
    }
    for body in ["", "identifiers=peter", "identifier=peter&identifier=john", "identifier=%ff", "identifier[]=peter"] {
        assert_page(&send(path::FORGOT_PAGE, FORM, body.as_bytes()).await, 400, "This did not work");
    }
    for length in [16 * 1024 + 1, 100_000, 1_000_000] {
        let huge = format!("{good}&x={}", "x".repeat(length - good.len() - 3));
        assert_page(&send(path::RESET_PAGE, FORM, huge.as_bytes()).await, 413, "The form is too large");
        let huge = format!("identifier={}", "x".repeat(length));
        assert_page(&send(path::FORGOT_PAGE, FORM, huge.as_bytes()).await, 413, "The form is too large");
    }
    untouched.assert("forms of other shapes");
    assert!(world.has_password(&peter, &peter.password).await);
    // What a browser's extension adds to a form is no reason to turn somebody away.
    let added = format!("{good}&url=https%3A%2F%2Fevil.example&body=x&email=x%40evil.example");
    assert_page(&send(path::RESET_PAGE, FORM, added.as_bytes()).await, 200, "Your password was changed");
    assert!(world.has_password(&peter, NEW).await);
}

async fn two_cookies(world: &World) {
    let (peter, john) = (world.somebody().await, world.somebody().await);
    let (own, planted) = (world.token_for(&peter).await, world.token_for(&john).await);
    let mut visitor = Visitor::new(world);
    let page = visitor.open(&own).await;
    visitor.cookie = Some(format!("relatch-link={planted}; relatch-link={own}"));
    assert_page(&visitor.visit(path::RESET_PAGE).await, 400, "Open the link in your email");
    assert_page(&visitor.choose(&page, NEW).await, 403, "Open the link in your email again");
    assert_not_burned(world, &own).await;
    assert_not_burned(world, &planted).await;
}
