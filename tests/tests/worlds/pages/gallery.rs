//! The gallery: every mail and page in every language, as people get them, on loopback only.

use std::rc::Rc;

use libtest_mimic::Trial;
use relatch_domain::mail::Parts;
use relatch_domain::mail::rendering::RenderOutcome;
use relatch_languages::{Language, Texts};
use relatch_memory::{Memory, MemoryHooks};
use relatch_tests::in_process::invalid_variables;
use relatch_tests::mail::Mail;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::trial;
use relatch_tests::world::{World, in_memory, request};
use serde_json::json;

use super::visitor::Visitor;
use crate::support::{NEW, StoreSnapshot};

const GALLERY: &str = "/password/gallery";
pub const ON: (&str, &str) = ("GALLERY", "true");

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: the gallery is off by default, and on only on loopback", off),
        trial("in process: the gallery shows every mail and page in every language", || async {
            let (world, _) = in_memory(&[ON]);
            every_language(&world).await;
        }),
        trial("in process: what the gallery shows is what people get", || async {
            same(&in_memory(&[ON]).0).await;
        }),
        trial("in process: the gallery shows the words of the application", own_words),
    ]
}

/// Asserts that the gallery shows every mail and page as people get them.
pub async fn gallery(world: &World) {
    every_language(world).await;
    same(world).await;
}

async fn off() {
    for changes in [&[][..], &[("GALLERY", "false")]] {
        let (world, memory) = in_memory(changes);
        for query in ["", "?page=forgot", "?mail=link&part=html"] {
            let response = world.send(request("GET", &[GALLERY, query].concat(), "")).await;
            assert_eq!((response.status, response.code().as_str()), (404, "not_found"));
        }
        assert_eq!(memory.take_trace(), []);
    }
    let public = ("PUBLIC_URL", "https://accounts.example.com");
    let is_invalid = |value| invalid_variables(&[public, ("GALLERY", value)]);
    assert!(is_invalid("true").contains(&"GALLERY".to_owned()));
    assert!(!is_invalid("false").contains(&"GALLERY".to_owned()));
    assert_eq!(invalid_variables(&[("GALLERY", "on")]), ["GALLERY"]);
}

async fn show(world: &World, query: &str) -> Response {
    let response = world.send(request("GET", &[GALLERY, query].concat(), "")).await;
    assert_eq!(response.status, 200, "{query}: {response:?}");
    assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"), "{query}");
    assert_eq!(response.header("set-cookie"), None, "{query}");
    response
}

/// Returns the queries of all links of the gallery's index.
async fn queries(world: &World) -> Vec<String> {
    let index = show(world, "").await.body;
    let links = index.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let queries = links.filter(|link| link.starts_with('?'));
    queries.map(|query| query.replace("&amp;", "&")).collect()
}

async fn every_language(world: &World) {
    let before = StoreSnapshot::take(world);
    let queries = queries(world).await;
    let count = Language::all().count();
    assert_eq!(queries.len() % count, 0, "{queries:?}");
    let mut headings = String::new();
    for query in &queries {
        let (_, tag) = query.rsplit_once("locale=").unwrap();
        let is_mail = query.starts_with("?mail=");
        let part = if is_mail { "&part=html" } else { "" };
        let shown = show(world, &[query, part].concat()).await;
        let opening = format!("<html lang=\"{tag}\" dir=\"ltr\"");
        assert!(shown.body.contains(&opening), "{query}: {shown:?}");
        let policy = shown.header("content-security-policy").unwrap();
        if is_mail {
            assert!(policy.ends_with("; sandbox"), "{policy}");
            assert_eq!(shown.header("x-frame-options"), Some("SAMEORIGIN"));
            let mail = show(world, query).await;
            assert!(mail.body.contains(&format!("<pre lang=\"{tag}\"")), "{mail:?}");
            assert_eq!(mail.header("x-frame-options"), Some("DENY"));
        }
        headings.push_str(&shown.body);
    }
    for language in Language::all() {
        let t = Texts::compiled(language).unwrap();
        for title in [
            t.request_title(),
            t.sent_title(),
            t.reset_title(),
            t.page_changed_title(),
            t.link_missing_title(),
            t.link_invalid_title(),
            t.link_expired_title(),
            t.link_used_title(),
            t.page_busy_title(),
            t.page_limited_title(),
            t.page_foreign_title(),
            t.page_link_again(),
            t.page_too_large_title(),
            t.page_failed_title(),
            t.page_unavailable_title(),
        ] {
            let heading = format!("<h1>{title}</h1>");
            assert!(headings.contains(&heading), "{}: {title}", language.tag());
        }
    }
    before.assert_unchanged("the gallery");
    for query in ["?mail=unknown", "?page=unknown", "?mail=", "?page=%00"] {
        let response = world.send(request("GET", &[GALLERY, query].concat(), "")).await;
        assert_eq!((response.status, response.code().as_str()), (404, "not_found"), "{query}");
    }
    let post = world.send(request("POST", GALLERY, "")).await;
    assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
}

/// Asserts that the gallery shows a page byte for byte.
async fn assert_page(world: &World, name: &str, page: &Response) {
    let shown = show(world, &format!("?page={name}")).await;
    assert_eq!(shown.body, page.body, "{name}");
    for header in ["content-security-policy", "referrer-policy", "x-frame-options"] {
        assert_eq!(shown.header(header), page.header(header), "{name}");
    }
}

/// Returns a text with the data of a person replaced by those of the gallery, and without digits.
fn anonymous(text: &str, person: &Person, replaced: &[(&str, &str)]) -> String {
    let own = [(person.address(), "ada@example.com"), (person.username.as_str(), "ada")];
    let text = text.replace("\r\n", "\n");
    let text =
        replaced.iter().chain(&own).fold(text, |text, (own, shown)| text.replace(own, shown));
    let digit = |c: char| if c.is_ascii_digit() { '#' } else { c };
    text.trim().chars().map(digit).collect()
}

/// Asserts that the gallery shows a mail, whose times and networks may differ.
async fn assert_mail(world: &World, name: &str, mail: &Mail, person: &Person) {
    let sample = "A".repeat(95);
    let tokens = mail.tokens();
    let network = mail.text.split("from the network ").nth(1);
    let network = network.and_then(|rest| rest.split_whitespace().next());
    let network = network.map(|network| network.trim_end_matches('.'));
    let networks = network.map(|network| (network, "192.0.2.0/24"));
    let links = tokens.iter().map(|token| (token.as_str(), sample.as_str()));
    let replaced: Vec<_> = links.chain(networks).collect();
    let anonymous = |text: &str| anonymous(text, person, &replaced);
    let shown = show(world, &format!("?mail={name}&locale=en")).await.body;
    let html = show(world, &format!("?mail={name}&locale=en&part=html")).await.body;
    let text = shown.split("<pre lang=\"en\" dir=\"ltr\">").nth(1).unwrap();
    let text = unescaped(text.split("</pre>").next().unwrap());
    assert_eq!(anonymous(&mail.html), anonymous(&html), "{name}");
    assert_eq!(anonymous(&mail.text), anonymous(&text), "{name}");
    assert!(unescaped(&shown).contains(&mail.subject), "{name}: {shown}");
}

fn unescaped(html: &str) -> String {
    let references =
        [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    references.iter().fold(html.to_owned(), |html, (from, to)| html.replace(from, to))
}

async fn same(world: &World) {
    let person = Person { name: Some("Ada Lovelace".to_owned()), ..Person::new() };
    world.add(&person).await;
    let mut visitor = Visitor::new(world);
    assert_page(world, "forgot", &visitor.visit("/password/forgot").await).await;
    assert_page(world, "link-missing", &visitor.visit("/password/reset").await).await;
    let wrong = visitor.submit("/password/forgot", &[("identifier", "")]).await;
    assert_page(world, "forgot-wrong", &wrong).await;
    let fields = [("identifier", person.username.as_str())];
    assert_page(world, "sent", &visitor.submit("/password/forgot", &fields).await).await;
    let invalid = visitor.open_link(&"A".repeat(95)).await;
    assert_page(world, "link-invalid", &invalid).await;

    let mail = world.wait_for_mail(person.address(), 1).await;
    assert_mail(world, "link", &mail, &person).await;
    let form = visitor.open_link(&mail.token()).await;
    let digest = form.body.split(r#"name="link" value=""#).nth(1).unwrap();
    let digest = digest.split('"').next().unwrap().to_owned();
    let masked = person.address().split('@').next().unwrap();
    let masked = format!("p\u{2022}\u{2022}\u{2022}{}@mail.example", &masked[masked.len() - 1..]);
    let replaced =
        [(masked.as_str(), "a\u{2022}\u{2022}\u{2022}@example.com"), (&digest, "sample")];
    let shown = show(world, "?page=reset").await.body;
    assert_eq!(
        anonymous(&form.body, &person, &replaced),
        anonymous(&shown, &person, &[]),
        "the form of a link"
    );
    let changed = visitor.submit_password(&form, NEW).await;
    assert_page(world, "changed", &changed).await;
    assert_page(world, "changed-before", &visitor.visit("/password/reset").await).await;
    let notice = world.wait_for_mail(person.address(), 2).await;
    assert_mail(world, "notice-reset", &notice, &person).await;

    let one = world.new_person().await;
    world.add(&Person { email: one.email.clone(), ..Person::new() }).await;
    world.request_reset(json!({ "email": one.address() })).await;
    let mail = world.wait_for_mail(one.address(), 1).await;
    assert_mail(world, "ambiguous", &mail, &one).await;
}

async fn own_words() {
    let (world, memory) = in_memory(&[
        ON,
        ("APPLICATION_NAME", "Grüße & Söhne"),
        ("RESET_MAIL_SUBJECT", "A password for ${user.fullName}"),
        ("RESET_MAIL_BODY", r#"<p>Own words: <a href="${link}">${user.name}</a></p>"#),
    ]);
    assert!(show(&world, "?page=forgot").await.body.contains("Grüße &#38; Söhne"));
    let html = show(&world, "?mail=link&part=html").await.body;
    let link = format!("http://localhost/password/reset?token={}", "A".repeat(95));
    assert_eq!(html, format!("<p>Own words: <a href=\"{link}\">ada</a></p>"));
    assert!(show(&world, "?mail=link").await.body.contains("A password for Ada Lovelace"));

    let with_links = |memory: &Memory, count: usize| {
        memory.set_hooks(MemoryHooks {
            render: Some(Rc::new(move |mail| {
                let links = mail.links.iter().take(count).map(|(_, link)| link.as_str());
                let links: Vec<&str> = links.collect();
                let html = links.iter().map(|link| format!("<a href=\"{link}\">Go</a>"));
                RenderOutcome::Parts(Parts {
                    subject: format!("Rendered {:?}", mail.name),
                    text: format!("Rendered\n{}", links.join("\n")),
                    html: format!("<b>Rendered</b>{}", html.collect::<String>()),
                })
            })),
            ..MemoryHooks::default()
        });
    };
    with_links(&memory, 2);
    for (name, kind, count) in
        [("link", "Link", 1), ("links", "Links", 2), ("ambiguous", "Ambiguous", 0)]
    {
        let shown = show(&world, &format!("?mail={name}&locale=de")).await.body;
        assert!(shown.contains(&format!("Rendered {kind}")), "{shown}");
        assert!(!shown.contains("refused"), "{shown}");
        let html = show(&world, &format!("?mail={name}&part=html")).await.body;
        assert_eq!(html.matches(&link).count(), count, "{html}");
    }
    with_links(&memory, 1);
    let refused = show(&world, "?mail=links").await.body;
    assert!(
        refused.contains("render_link_misplaced") && !refused.contains("Rendered"),
        "{refused}"
    );
    let accepted = show(&world, "?mail=notice-several").await.body;
    assert!(accepted.contains("Rendered Notice"), "{accepted}");
}
