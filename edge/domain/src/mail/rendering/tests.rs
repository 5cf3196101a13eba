//! The rules for the texts of the hook `render`.

use std::time::Duration;

use relatch_languages::{Language, Texts};

use super::*;
use crate::mail::notice::{ChangeOutcome, NoticeContent};
use crate::mail::placeholders::PlaceholderValues;
use crate::mail::{AccountLink, LinkTimes, MailWriter, SharedContent};
use crate::testing::application;
use crate::values::account::{Account, AccountId, Role};
use crate::values::time::Moment;

const NOON: Moment = Moment::from_seconds(1_795_176_000);
const LINK: &str = "https://link.invalid/AAAA";
const OTHER: &str = "https://link.invalid/BBBB";

fn account() -> Account {
    Account {
        id: AccountId("1".into()),
        username: "peter".into(),
        email: Some("peter@example.com".into()),
        name: Some("Peter".into()),
        password_hash: None,
        role: Role::User,
        disabled: false,
        verified: true,
        locale: None,
    }
}

fn mail(name: MailName, links: &[&str], built_in: Parts) -> MailToRender {
    MailToRender {
        language: Language::ENGLISH,
        name,
        to: "peter@example.com".to_owned(),
        greeting: None,
        links: links.iter().map(|link| (None, (*link).to_owned())).collect(),
        times: None,
        notice: None,
        built_in,
        values: PlaceholderValues::default(),
    }
}

fn parts(subject: &str, text: &str, html: &str) -> Parts {
    let [subject, text, html] = [subject, text, html].map(str::to_owned);
    Parts { subject, text, html }
}

/// Checks the parts of a mail with one link.
fn check(parts: Parts) -> Result<HookTexts, Reason> {
    HookTexts::check(&application(), &mail(MailName::Link, &[LINK], Parts::default()), parts)
}

fn html(html: &str) -> Option<Reason> {
    check(parts("Subject", &format!("Open {LINK}"), &html.replace("LINK", LINK))).err()
}

fn text(text: &str) -> Option<Reason> {
    let html = format!("<a href=\"{LINK}\">Go</a>");
    check(parts("Subject", &text.replace("LINK", LINK), &html)).err()
}

#[test]
fn the_built_in_texts_of_every_mail_are_accepted() {
    let mut application = application();
    let lifetime = Duration::from_secs(7200);
    let times = LinkTimes { lifetime, expires_at: NOON, next_link_at: Some(NOON) };
    let logo = "https://cdn.example.org/logo.png?v=2&s=1";
    for (name, logo) in
        [("Example", None), ("Grüße & Söhne <GmbH>", Some(logo)), ("Booking.example", Some(logo))]
    {
        name.clone_into(&mut application.name);
        application.brand.logo = logo.map(str::to_owned);
        application.brand.product_url = logo.map(|_| "https://product.example.net/".to_owned());
        let changes = [ChangeOutcome::Written, ChangeOutcome::Unknown].map(|outcome| {
            NoticedChange { at: NOON, outcome, address: Some("192.0.2.1".to_owned()) }
        });
        let shared = [Some("peter"), None].into_iter().zip([LINK, OTHER]);
        let shared: Vec<_> = shared.map(|(label, link)| AccountLink { label, link }).collect();
        let content = SharedContent { links: &shared, times, is_partial: true };
        let writer = MailWriter { application: &application, texts: Texts::ENGLISH };
        let reset = writer.reset_parts(&account(), LINK, times).unwrap();
        let invitation = writer.invitation_parts(&account(), LINK, times);
        let mut mails = vec![
            mail(MailName::Link, &[LINK], reset.0),
            mail(MailName::Invitation, &[LINK], invitation.unwrap().0),
            mail(MailName::Links, &[LINK, OTHER], writer.shared_parts(content).unwrap().0),
            mail(MailName::Ambiguous, &[], writer.ambiguous_parts().unwrap().0),
        ];
        for method in [ChangeMethod::Link, ChangeMethod::SignedIn] {
            let content = NoticeContent {
                to: "peter@example.com",
                name: Some("Peter"),
                method,
                changes: &changes,
                ends_sessions: true,
                ends_other_sessions: true,
            };
            let built_in = writer.notice_parts(&content).unwrap().0;
            let notice = RenderedNotice { method, changes: changes.to_vec(), ends_sessions: true };
            let of_notice = mail(MailName::Notice, &[], built_in);
            mails.push(MailToRender { notice: Some(notice), ..of_notice });
        }
        for mail in mails {
            let checked = HookTexts::check(&application, &mail, mail.built_in.clone());
            assert!(checked.is_ok(), "{:?} {name}: {checked:?}", mail.name);
        }
    }
}

#[test]
fn the_links_take_the_places_of_their_placeholders() {
    let texts = HookTexts::check(
        &application(),
        &mail(MailName::Links, &[LINK, OTHER], Parts::default()),
        parts(
            " Two\r\nlinks ",
            &format!("One: {LINK}\nTwo: {OTHER}, again {LINK}."),
            &format!("<p><a href='{LINK}'>One</a> <a class=x href={OTHER}>{OTHER}</a></p>"),
        ),
    );
    let texts = texts.unwrap();
    let links = ["https://example.com/?a=1&b=2", "https://example.com/?c"].map(str::to_owned);
    assert_eq!(
        texts.with_links(&links),
        Some(parts(
            "Two  links",
            "One: https://example.com/?a=1&b=2\nTwo: https://example.com/?c, again https://example.com/?a=1&b=2.",
            "<p><a href='https://example.com/?a=1&#38;b=2'>One</a> <a class=x href=https://example.com/?c>https://example.com/?c</a></p>",
        ))
    );
    assert_eq!(texts.with_links(&links[..1]), None);
}

#[test]
fn each_link_stands_in_both_parts_as_text_or_as_a_whole_href() {
    for fine in [
        "<a href=\"LINK\">Go</a>",
        "<A HREF = 'LINK' >Go</A>",
        "<a target=_blank href=LINK>Go</a>",
        "<p>Open LINK.</p>",
        "<td>LINK</td>",
        "<p>(LINK)</p>",
        "<!doctype html><html><head><title>Hello</title><style>a{color:red}p.a{margin:0}</style>\
         </head><body><a href=\"LINK\"\n>1 < 2</a></body></html>",
    ] {
        assert_eq!(html(fine), None, "{fine}");
    }
    for misplaced in [
        "<p>no link</p>",
        "<a href=\"LINK?x=1\">Go</a>",
        "<a href=\"https://example.com/?to=LINK\">Go</a>",
        "<a href=\" LINK\">Go</a>",
        "<a title=\"LINK\">Go</a>",
        "<img src=\"LINK\">",
        "<area href=\"LINK\">",
        "<p style=\"background:url(LINK)\">",
        "<p LINK>",
        "<p>https://example.com/LINK</p>",
        "<p>LINK.evil</p>",
        "<p>LINK/x</p>",
        "<!-- LINK --><p></p>",
        "<title>LINK</title>",
        "<style>LINK</style>",
        "<!doctype LINK>",
    ] {
        assert_eq!(html(misplaced), Some(Reason::RenderLinkMisplaced), "{misplaced}");
    }
    for fine in ["LINK", "Open LINK.", "Open (LINK)", "<LINK>", "a\nLINK\nb", "LINK, LINK!"] {
        assert_eq!(text(fine), None, "{fine}");
    }
    for misplaced in
        ["", "Open", "xLINK", "LINKx", "LINK.x", "/LINK", "LINK?x", "?to=LINK", "LINK%20"]
    {
        let reason = text(misplaced);
        let expected = [Some(Reason::RenderLinkMisplaced), Some(Reason::RenderInvalid)];
        assert!(expected.contains(&reason), "{misplaced}: {reason:?}");
    }
    let subject = check(parts(LINK, LINK, LINK)).err();
    assert_eq!(subject, Some(Reason::RenderLinkMisplaced));
}

#[test]
fn a_url_that_leads_elsewhere_is_refused() {
    for fine in [
        "<a href=\"https://accounts.example.com/help\">Help</a>",
        "<img src=\"https://accounts.example.com/logo.png\" alt=\"Our logo\">",
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \
         \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\"><p>Hello</p>",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:v=\"urn:schemas-microsoft-com:vml\"></div>",
        "<!--[if mso]><xml xmlns:o=\"http://example.org/office\"></xml><![endif]-->",
        "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\">",
        "<p>For peter@example.com. Caf&eacute; &#169; &copy;</p>",
        "<style>@media (max-width:600px){a.button{display:block!important}}</style>",
        "<p style=\"font:16px/1.5 Arial, sans-serif;color:#1a4fd0\">Text</p>",
    ] {
        assert_eq!(html(&format!("{fine}<a href=\"LINK\">Go</a>")), None, "{fine}");
    }
    for foreign in [
        "<a href=\"https://evil.example/\">Help</a>",
        "<a href=https://evil.example>Help</a>",
        "<a href=\"&#104;ttps://evil.example\">Help</a>",
        "<a href=\"https&colon;//evil.example\">Help</a>",
        "<a href=\"//evil.example\">Help</a>",
        "<a href=\"javascript:alert(1)\">Help</a>",
        "<a href=\"mailto:a@evil.example\">Help</a>",
        "<a href=\"tel:+19005550199\">Help</a>",
        "<img src=\"https://evil.example/pixel.gif\">",
        "<p style=\"background:url(https://evil.example/a)\">",
        "<p>evil.example/login</p>",
        "<p>evil&period;example</p>",
        "<p>evil<b>.example</b></p>",
        "<style>@import url(https://evil.example/a.css);</style>",
        "<style>p{background:url('//evil.example')}</style>",
        "<!--[if mso]><a href=\"https://evil.example\">x</a><![endif]-->",
        "<!-- //evil.example -->",
    ] {
        let html = html(&format!("{foreign}<a href=\"LINK\">Go</a>"));
        assert_eq!(html, Some(Reason::RenderUrlForeign), "{foreign}");
    }
    for foreign in ["LINK peter@example.com.evil.example", "LINK evil.peter@example.com"] {
        assert_eq!(text(foreign), Some(Reason::RenderUrlForeign), "{foreign}");
    }
    for foreign in ["LINK or evil.example", "LINK, mail a@evil.example", "LINK +1 (900) 555-0199"] {
        assert_eq!(text(foreign), Some(Reason::RenderUrlForeign), "{foreign}");
    }
    let subject = check(parts("Go to evil.example", LINK, LINK)).err();
    assert_eq!(subject, Some(Reason::RenderUrlForeign));
}

#[test]
fn html_that_runs_or_embeds_something_or_is_malformed_is_refused() {
    for invalid in [
        "<script>1</script>",
        "<IFRAME src=x></IFRAME>",
        "<form></form>",
        "<base href=\"https://accounts.example.com/\">",
        "<svg><a></a></svg>",
        "<p onclick=\"x\">",
        "<meta http-equiv=\"refresh\" content=\"0\">",
        "<!-- no end",
        "<style>no end",
        "<style>a{content:\"\\68ttps\"}</style>",
        "<p title=\"no end>",
        "<p",
        "<p =x>",
    ] {
        let html = html(&format!("<a href=\"LINK\">Go</a>{invalid}"));
        assert_eq!(html, Some(Reason::RenderInvalid), "{invalid}");
    }
}

#[test]
fn a_result_that_lacks_a_part_or_is_too_long_is_refused() {
    let long = format!("{LINK} {}", "x".repeat(MAX_BYTES));
    for (subject, text, html) in [
        ("", LINK, LINK),
        ("\n", LINK, LINK),
        ("Subject", "", LINK),
        ("Subject", LINK, " "),
        ("Subject", &long, LINK),
        ("Subject", LINK, &long),
        (&"x".repeat(201), LINK, LINK),
        ("Subject", &format!("{LINK} \u{e001}"), LINK),
    ] {
        let reason = check(parts(subject, text, html)).err();
        assert_eq!(reason, Some(Reason::RenderInvalid), "{text:.30}");
    }
}

#[test]
fn stored_texts_are_those_of_the_same_number_of_links() {
    let texts = check(parts("Subject", LINK, LINK)).unwrap();
    let mut renderings = Renderings::default();
    renderings.set("job", Rendering::Hook(texts.clone()));
    assert_eq!(renderings.of_job("job", 1), Some(&Rendering::Hook(texts)));
    assert_eq!((renderings.of_job("job", 2), renderings.of_job("other", 1)), (None, None));
    renderings.set("job", Rendering::BuiltIn);
    assert_eq!(renderings.of_job("job", 2), Some(&Rendering::BuiltIn));
    renderings.retain(|job| job != "job");
    assert_eq!(renderings, Renderings::default());
}

#[test]
fn the_bytes_of_stored_texts_are_fixed() {
    let texts = check(parts("Subject", LINK, &format!("<p>{LINK}</p>"))).unwrap();
    let mut renderings = Renderings::default();
    renderings.set("a", Rendering::BuiltIn);
    renderings.set("b", Rendering::Hook(texts));
    let link = crate::values::keys::hex(LINK.as_bytes());
    assert_eq!(
        crate::stored_formats::hex(&renderings),
        format!("02016100016201075375626a65637419{link}203c703e{link}3c2f703e0119{link}")
    );
}
