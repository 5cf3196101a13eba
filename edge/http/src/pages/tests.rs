//! Every page in every language.

use askama::filters::{Escaper as _, Html};
use http::StatusCode;
use relatch::{Code, PasswordRules, Reason};
use relatch_domain::application::Application;
use relatch_domain::brand::{Brand, BrandColor, Scheme};
use relatch_domain::captcha::{Captcha, PROVIDERS};
use relatch_domain::testing::application;
use relatch_domain::values::color::Color;
use relatch_languages::{Language, PageMessage, Pseudo, Texts};

use super::Page;
use super::document::{
    Changed, Forgot, FormNotice, Message, Reset, SentPage, View, document, hash_source,
    page_background,
};
use super::message::{self, PageError};
use super::reset::Reasons;

/// A name without characters that HTML escapes.
const PLAIN: &str = "PlainName";

/// Returns the texts of every language, and of those for tests.
fn all_texts() -> Vec<Texts> {
    let pseudo = [Pseudo::Long, Pseudo::RightToLeft].map(Pseudo::texts);
    Language::all().filter_map(Texts::compiled).chain(pseudo).collect()
}

/// Returns every page, with this name wherever a page has a name.
fn pages(t: Texts, name: &str) -> Vec<String> {
    let mut application = application();
    name.clone_into(&mut application.name);
    name.clone_into(&mut application.mail.contact);
    let rules = &application.passwords;
    let reasons = Reason::ALL.map(|reason| message::reason(t, reason, rules));
    let reset = |notice, ends_sessions, is_first| {
        View::Reset(Reset {
            address: Some(name),
            username: Some(name),
            ends_sessions,
            is_first,
            digest: "digest",
            rules: "{}".to_owned(),
            reasons: "{}".to_owned(),
            length: message::length(t, rules),
            notice,
            first: reasons.iter().cloned().chain([name.to_owned()]).collect(),
            second: vec![t.reason_mismatch().to_owned()],
        })
    };
    let (lifetime, window) =
        (t.span(application.links.lifetime), t.span(application.limits.window));
    let sent = |interval| {
        View::Sent(SentPage {
            lifetime: &lifetime,
            interval,
            per_window: application.limits.per_window.into(),
            window: &window,
            from: name,
        })
    };
    let forgot = |wrong, is_robot| {
        let locale = Some(t.language().tag().to_owned());
        View::Forgot(Forgot { typed: name, locale, wrong, is_robot })
    };
    let changed = |now, ends_sessions, login| {
        View::Changed(Changed { now, is_first: false, ends_sessions, login })
    };
    let created =
        |now, login| View::Changed(Changed { now, is_first: true, ends_sessions: true, login });
    let text = [name.to_owned()];
    let views = [
        forgot(None, false),
        forgot(None, true),
        forgot(Some(t.request_identifier_missing()), false),
        sent(None),
        sent(Some(t.span(application.limits.interval))),
        reset(None, true, false),
        reset(None, true, true),
        reset(Some(FormNotice::Rejected), false, false),
        reset(Some(FormNotice::Rejected), true, true),
        reset(Some(FormNotice::Busy), true, false),
        changed(true, true, Some(name)),
        changed(true, false, None),
        changed(false, true, Some(name)),
        created(true, Some(name)),
        created(true, None),
        created(false, None),
        View::Message(Message { title: name, text: &text, action: Some((name, name)) }),
    ];
    let views = views.iter().map(|view| document(&application, t, StatusCode::OK, view));
    let errors = [
        PageError::NoLink,
        PageError::ForeignForm,
        PageError::FormWithoutLink,
        PageError::FormOfAnotherLink,
    ];
    let errors = errors.into_iter().chain(Code::ALL.iter().copied().map(PageError::Call));
    let errors = errors.flat_map(|error| error_pages(&application, t, error));
    let bodies = views.map(http::Response::into_body).chain(errors);
    bodies.map(|body| String::from_utf8(body).unwrap()).collect()
}

/// Returns the texts that only some applications and scripts show.
fn other_texts(t: Texts) -> String {
    let mut application = application();
    let rules = PasswordRules { max_bytes: Some(72), ..application.passwords.clone() };
    let reasons =
        |is_first| serde_json::to_string(&Reasons { texts: t, rules: &rules, is_first }).unwrap();
    application.captcha = Some(Captcha {
        provider: &PROVIDERS[0],
        site_key: String::new(),
        secret: String::new().into(),
        verify_url: String::new(),
        hosts: Vec::new(),
        is_test: false,
    });
    let wrong = Some(t.request_identifier_invalid());
    let view = View::Forgot(Forgot { typed: "", locale: None, wrong, is_robot: false });
    let page = document(&application, t, StatusCode::OK, &view).into_body();
    let page = String::from_utf8(page).unwrap();
    [page, message::length(t, &rules), reasons(false), reasons(true)].concat()
}

fn error_pages(application: &Application, t: Texts, error: PageError) -> [Vec<u8>; 2] {
    [Page::Forgot, Page::Reset].map(|page| error.reply(application, t, page).response.into_body())
}

fn escaped(name: &str) -> String {
    let mut escaped = String::new();
    Html.write_escaped_str(&mut escaped, name).unwrap();
    escaped
}

#[test]
fn a_page_has_each_text_that_an_application_can_replace() {
    let marked = |message: &PageMessage| {
        let text = message.text(Texts::ENGLISH);
        let placeholders = text.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
        let placeholders: String =
            placeholders.map(|(name, _)| ["${", name, "} "].concat()).collect();
        format!("{key} = [{key}] {placeholders}\n", key = message.key())
    };
    let file: String = PageMessage::all().iter().map(marked).collect();
    let own = Texts::ENGLISH.with_page_texts(&file).unwrap();
    let pages = [pages(own, PLAIN).concat(), other_texts(own)].concat();
    let keys = PageMessage::all().iter().map(PageMessage::key);
    let unused: Vec<_> = keys.filter(|key| !pages.contains(&format!("[{key}]"))).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn a_name_is_text_on_every_page_in_every_language() {
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>'",
        "</style></title><svg onload=alert(1)>",
        "\u{202e}gnp.exe\u{2066}\u{2069}",
        "line\r\nSet-Cookie: a=b",
        "{{ name }} ${hash} { $name } {0} %s \u{1}\u{2}",
        "&lt;b&gt; &amp;",
        &"x".repeat(300),
    ];
    assert!(escaped(hostile[0]).chars().all(|c| !"<>\"'".contains(c)));
    for t in all_texts() {
        let tag = t.language().tag();
        let plain = pages(t, PLAIN);
        for name in hostile {
            let (pages, escaped) = (pages(t, name), escaped(name));
            assert_eq!(pages.len(), plain.len());
            for (page, plain) in pages.iter().zip(&plain) {
                assert_eq!(*page, plain.replace(PLAIN, &escaped), "{tag}");
            }
        }
    }
}

#[test]
fn every_page_is_complete_and_says_its_language_and_direction() {
    for t in all_texts() {
        let (tag, direction) = (t.language().tag(), t.language().direction());
        let opening = format!("<!doctype html>\n<html lang=\"{tag}\" dir=\"{direction}\">\n");
        for page in pages(t, PLAIN) {
            assert!(
                page.starts_with(&opening) && page.trim_end().ends_with("</html>"),
                "{tag}: {page}"
            );
            assert!(!page.contains(|c: char| c.is_control() && c != '\n'), "{tag}: {page}");
            for empty in ["<h1></h1>", "<p></p>", "<li></li>", "<button></button>", "></label>"] {
                assert!(!page.contains(empty), "{tag}, {empty}: {page}");
            }
            assert!(!page.contains("{ $"), "{tag}: {page}");
        }
    }
}

/// A token does not say what its link was mailed for, and a request mails nothing to an account
/// without a password.
#[test]
fn the_page_of_an_expired_or_used_link_is_true_for_an_invitation() {
    let page = |code| {
        let [_, page] = error_pages(&application(), Texts::ENGLISH, PageError::Call(code));
        String::from_utf8(page).unwrap()
    };
    let (expired, used) = (page(Code::LinkExpired), page(Code::LinkUsed));
    let sentences = "Nothing was changed. Request a new link or, if you have no password yet, ask \
                     the people who invited you for a new link. A requested link works for 2 \
                     hours.";
    assert!(expired.contains(sentences), "{expired}");
    let sentences = "If that was not you, request a new link now. If you have no password yet, ask \
                     the people who invited you for a new link.";
    assert!(used.contains(sentences), "{used}");
}

#[test]
fn a_style_has_logical_properties_so_that_it_fits_both_directions() {
    let styles = [
        include_str!("../../templates/pages/style.css"),
        include_str!("../../templates/operator/style.css"),
    ];
    for style in styles {
        for side in ["-left", "-right", ":left", ":right"] {
            assert!(!style.contains(side), "{side}: {style}");
        }
    }
}

/// Returns a page of an application with these looks, and its policy.
fn branded(color: Option<(&str, &str)>, logo: Option<&str>, url: Option<&str>) -> (String, String) {
    let color = color.map(|(light, dark)| {
        let [light, dark] = [light, dark].map(|text| Color::parse(text).unwrap());
        BrandColor::new(light, dark).unwrap()
    });
    let brand = Brand { color, logo: logo.map(str::to_owned), product_url: url.map(str::to_owned) };
    let application = Application { name: "A & B".to_owned(), brand, ..application() };
    let reply = PageError::NoLink.reply(&application, Texts::ENGLISH, Page::Reset);
    let policy = &reply.response.headers()["content-security-policy"];
    let policy = policy.to_str().unwrap().to_owned();
    (String::from_utf8(reply.response.into_body()).unwrap(), policy)
}

#[test]
fn the_style_has_the_color_of_the_application_and_the_policy_its_hash() {
    let white = "--on:#ffffff";
    let black = "--on:#000000";
    for (color, expected) in [
        (None, vec![]),
        (
            Some(("#0b2e6f", "#8fb4ff")),
            vec![
                format!(":root{{--act:#0b2e6f;{white};--link:#0b2e6f}}"),
                format!("dark){{:root{{--act:#8fb4ff;{black};--link:#8fb4ff}}}}"),
            ],
        ),
        // It has enough contrast for a button, and too little for text.
        (
            Some(("#d03a2f", "#d03a2f")),
            vec![
                format!(":root{{--act:#d03a2f;{white};--link:var(--text)}}"),
                format!("dark){{:root{{--act:#d03a2f;{white};--link:var(--text)}}}}"),
            ],
        ),
    ] {
        let (page, policy) = branded(color, None, None);
        let (_, style) = page.split_once("<style>").unwrap();
        let (style, _) = style.split_once("</style>").unwrap();
        for part in &expected {
            assert!(style.contains(part.as_str()), "{part}: {style}");
        }
        assert_eq!(style.contains("--link:"), color.is_some(), "{style}");
        let source = format!("; style-src {}; ", hash_source(style));
        assert!(policy.contains(&source), "{policy}");
        for scheme in Scheme::ALL {
            for background in [
                format!("--page:{}", page_background(scheme)),
                format!("--card:{}", scheme.background()).replace("#ffffff", "#fff"),
            ] {
                assert!(style.contains(&background), "{background}: {style}");
            }
        }
    }
}

#[test]
fn the_header_has_the_logo_and_the_page_of_the_application() {
    let logo = "https://CDN.example.org:8443/logo.png?a=1&b=2";
    let image = "<img src=\"https://CDN.example.org:8443/logo.png?a=1&#38;b=2\" alt=\"A &#38; B\">";
    let url = "https://example.com/?a=\"&b";
    let link = |content: &str| {
        format!("<header><a href=\"https://example.com/?a=&#34;&#38;b\">{content}</a></header>")
    };
    for (logo, url, header, images) in [
        (None, None, "<header>A &#38; B</header>".to_owned(), ""),
        (Some(logo), None, format!("<header>{image}</header>"), " https://cdn.example.org:8443"),
        (None, Some(url), link("A &#38; B"), ""),
        (Some(logo), Some(url), link(image), " https://cdn.example.org:8443"),
    ] {
        let (page, policy) = branded(None, logo, url);
        assert!(page.contains(&header), "{header}: {page}");
        assert!(policy.contains(&format!(" img-src data:{images}; ")), "{policy}");
    }
}
