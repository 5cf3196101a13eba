//! The languages of mails and pages: which one is chosen, and that every one is there.

use libtest_mimic::Trial;
use relatch_languages::{Language, Texts};
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request};
use serde_json::json;

use crate::support::NEW;

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("the language of an account takes precedence over that of its request", flow!(account)),
        ("the language of a request is its locale, or else its Accept-Language", flow!(of_request)),
        ("a malformed or unknown language is ignored", flow!(unknown)),
        ("every page of a reset is in the language of the browser", flow!(pages)),
        ("a page keeps the language of its URL", flow!(page_of_url)),
        ("mails and pages exist in every language", flow!(every_language)),
        ("a notice has the language of the account, not of the request", flow!(notice)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![trial("in process: a request without a language has that of the application", default)]
}

fn texts(tag: &str) -> Texts {
    Texts::compiled(Language::parse(tag).expect("the language exists")).expect("it has texts")
}

/// Returns a person with this locale, added to the directory.
async fn person(world: &World, locale: Option<&str>) -> Person {
    let person = Person { locale: locale.map(str::to_owned), ..Person::new() };
    world.add(&person).await;
    person
}

/// Requests a reset with this header, and a locale if there is one.
async fn request_in(world: &World, person: &Person, locale: Option<&str>, header: &str) {
    let mut body = json!({ "username": person.username });
    if let Some(locale) = locale {
        body["locale"] = json!(locale);
    }
    let mut call = request("POST", "/password/reset/request", &body.to_string());
    call.headers_mut().insert("accept-language", header.parse().unwrap());
    assert_eq!(world.send(call).await.status, 200);
}

/// Asserts that the latest mail to a person is in a language, in both parts.
async fn assert_mail(world: &World, person: &Person, tag: &str, count: usize) {
    let (mail, texts) = (world.wait_for_mail(person.address(), count).await, texts(tag));
    let greeting = texts.mail_hello_name(&person.username);
    let tag = texts.language().tag();
    assert!(mail.text.starts_with(&greeting), "{tag}: {}", mail.text);
    assert!(mail.html.contains(&format!("<p>{greeting}</p>")), "{tag}: {}", mail.html);
    assert!(mail.html.contains(&format!(r#"<html lang="{tag}" dir="ltr" "#)), "{}", mail.html);
}

async fn account(world: &World) {
    for (stored, tag) in [("pl", "pl"), ("de_AT.UTF-8", "de"), ("zh-CN", "zh-Hans")] {
        let person = person(world, Some(stored)).await;
        request_in(world, &person, Some("ja"), "fr").await;
        assert_mail(world, &person, tag, 1).await;
    }
}

async fn of_request(world: &World) {
    for (locale, header, tag) in [
        (Some("ja-JP"), "fr", "ja"),
        (None, "nl-BE,nl;q=0.8,en;q=0.5", "nl"),
        (None, "en;q=0.5, tr;q=0.7", "tr"),
        (Some("ko"), "es-MX", "es"),
    ] {
        let person = person(world, None).await;
        request_in(world, &person, locale, header).await;
        assert_mail(world, &person, tag, 1).await;
    }
}

async fn unknown(world: &World) {
    for (stored, locale, header) in [
        (None, None, "*"),
        (None, Some("ko"), "xx"),
        (None, None, "de;q=2, ,;;,\u{7}\u{7}".trim_end_matches('\u{7}')),
        (Some("not a locale"), None, "ko"),
        (Some(""), Some("zh-TW"), "zh-Hant"),
        (Some("../../de"), None, "ko-KR;q=0.9"),
    ] {
        let person = person(world, stored).await;
        request_in(world, &person, locale, header).await;
        assert_mail(world, &person, "en", 1).await;
    }
}

async fn default() {
    let (world, _) = in_memory(&[("DEFAULT_LANGUAGE", "it")]);
    let unknown = person(&world, Some("ko")).await;
    request_in(&world, &unknown, None, "*").await;
    assert_mail(&world, &unknown, "it", 1).await;
    let page = world.send(request("GET", "/password/forgot", "")).await;
    assert_page(&page, "it", texts("it").request_title());
}

/// Asserts that a page is in a language and has this heading.
#[track_caller]
fn assert_page(page: &Response, tag: &str, heading: &str) {
    let opening = format!("<!doctype html>\n<html lang=\"{tag}\" dir=\"ltr\">");
    assert!(page.body.starts_with(&opening), "{tag}: {page:?}");
    let escaped = heading.replace('\'', "&#39;");
    assert!(page.body.contains(&format!("<h1>{escaped}</h1>")), "{tag}, {heading}: {page:?}");
}

/// Requests a page, or sends its form, from a browser with this language.
async fn browse(
    world: &World,
    method: &str,
    path: &str,
    form: &str,
    tag: &str,
    cookie: &str,
) -> Response {
    let mut call = request(method, path, form);
    let headers = call.headers_mut();
    headers.insert("accept-language", tag.parse().unwrap());
    headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
    if !cookie.is_empty() {
        headers.insert("cookie", cookie.parse().unwrap());
    }
    world.send(call).await
}

async fn pages(world: &World) {
    let (tag, texts) = ("fr", texts("fr"));
    let person = person(world, None).await;
    let get = async |path: &str| browse(world, "GET", path, "", "fr-CA", "").await;
    assert_page(&get("/password/forgot").await, tag, texts.request_title());
    assert_page(&get("/password/reset").await, tag, texts.link_missing_title());
    let empty = browse(world, "POST", "/password/forgot", "identifier=", tag, "").await;
    assert!(empty.body.contains(&texts.page_error(texts.request_title())), "{empty:?}");
    let form = format!("identifier={}", person.username);
    let sent = browse(world, "POST", "/password/forgot", &form, tag, "").await;
    assert_page(&sent, tag, texts.sent_title());
    assert_mail(world, &person, tag, 1).await;
    let token = world.wait_for_mail(person.address(), 1).await.token();
    let opened = get(&format!("/password/reset?token={token}")).await;
    let cookie = opened.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let form = browse(world, "GET", "/password/reset", "", tag, &cookie).await;
    assert_page(&form, tag, texts.reset_title());
    let digest = form.body.split(r#"name="link" value=""#).nth(1).unwrap();
    let digest = digest.split('"').next().unwrap();
    let fields = |password: &str| format!("link={digest}&password={password}&again={password}");
    let weak = browse(world, "POST", "/password/reset", &fields("short"), tag, &cookie).await;
    assert!(weak.body.contains(texts.reason_too_short()), "{weak:?}");
    let password = NEW.replace(' ', "+");
    let changed = browse(world, "POST", "/password/reset", &fields(&password), tag, &cookie).await;
    assert_page(&changed, tag, texts.page_changed_title());
}

async fn page_of_url(world: &World) {
    let texts = texts("pt");
    let path = "/password/forgot?locale=pt-BR";
    let form = browse(world, "GET", path, "", "de", "").await;
    assert_page(&form, "pt", texts.request_title());
    assert!(form.body.contains(r#"action="/password/forgot?locale=pt""#), "{form:?}");
    let person = person(world, None).await;
    let fields = format!("identifier={}", person.username);
    let sent = browse(world, "POST", "/password/forgot?locale=pt", &fields, "de", "").await;
    assert_page(&sent, "pt", texts.sent_title());
    assert_mail(world, &person, "pt", 1).await;
    for wrong in ["?locale=", "?locale=%00", "?locale=ko", "?locale=pt&locale=pl", "?locale=%22%3E"]
    {
        let page = browse(world, "GET", &format!("/password/forgot{wrong}"), "", "de", "").await;
        assert_page(&page, "de", self::texts("de").request_title());
        assert!(page.body.contains(r#"action="/password/forgot""#), "{page:?}");
    }
}

async fn every_language(world: &World) {
    for language in Language::all() {
        let page = browse(world, "GET", "/password/forgot", "", language.tag(), "").await;
        assert_page(&page, language.tag(), texts(language.tag()).request_title());
        let person = person(world, Some(language.tag())).await;
        request_in(world, &person, None, "*").await;
        assert_mail(world, &person, language.tag(), 1).await;
    }
}

async fn notice(world: &World) {
    let person = person(world, Some("es")).await;
    request_in(world, &person, None, "*").await;
    let token = world.wait_for_mail(person.address(), 1).await.token();
    let body = json!({ "token": token, "password": NEW }).to_string();
    let mut call = request("POST", "/password/reset/confirm", &body);
    call.headers_mut().insert("accept-language", "de".parse().unwrap());
    assert_eq!(world.send(call).await.status, 200);
    assert_mail(world, &person, "es", 2).await;
}
