//! Messages conform on the wire, whatever names, templates and configuration hold. The messages
//! are read back by a parser that does not share any code with the writer.

use mail_parser::MessageParser;

use relatch_languages::{Language, Pseudo, Texts};

use super::*;
use crate::application::Application;
use crate::brand::{BrandColor, Scheme};
use crate::mail::failure::MailFailure;
use crate::mail::notice::{ChangeMethod, ChangeOutcome, NoticeContent, NoticedChange};
use crate::mail::template_input::{MailTemplateInput, parse};
use crate::testing::{application, mail_address};
use crate::values::account::{AccountId, Role};
use crate::values::color::Color;
use crate::values::link::{Link, Seed};
use crate::values::mail_address::MailAddress;
use crate::values::object_id::MailboxId;

const ENGLISH: Texts = Texts::ENGLISH;
const STAMP: Stamp = Stamp { id: [5; 16], date: Moment::from_seconds(1_795_176_000) };
/// Two hours after [`STAMP`].
const EXPIRES_AT: Moment = Moment::from_seconds(1_795_183_200);
const TIMES: LinkTimes =
    LinkTimes { lifetime: Duration::from_secs(7200), expires_at: EXPIRES_AT, next_link_at: None };

fn account(name: &str) -> Account {
    Account {
        id: AccountId("1".into()),
        username: "peter".into(),
        email: Some("peter@example.com".into()),
        name: Some(name.into()),
        password_hash: None,
        role: Role::User,
        disabled: false,
        verified: true,
        locale: None,
    }
}

fn token() -> LinkToken {
    let application = application();
    let mailbox = MailboxId::new(&application.keys, "peter@example.com");
    let seed = Seed { key_id: 7, random: [5; 32] };
    Link::issue(&application.keys, &seed, &mailbox, STAMP.date).unwrap().1
}

fn link() -> String {
    application().links.address(token().expose())
}

fn change() -> NoticedChange {
    let address = Some("192.0.2.1".to_owned());
    NoticedChange { at: STAMP.date, outcome: ChangeOutcome::Written, address }
}

fn notice_content<'a>(to: &'a str, changes: &'a [NoticedChange]) -> NoticeContent<'a> {
    NoticeContent {
        to,
        name: Some("Ada"),
        method: ChangeMethod::Link,
        changes,
        ends_sessions: true,
        ends_other_sessions: true,
    }
}

fn shared_content<'a>(links: &'a [AccountLink<'a>]) -> SharedContent<'a> {
    SharedContent {
        links,
        times: LinkTimes { next_link_at: Some(STAMP.date), ..TIMES },
        is_partial: true,
    }
}

fn english(application: &Application) -> MailWriter<'_> {
    MailWriter { application, texts: ENGLISH }
}

/// Writes the mail with a link for each account.
fn shared(
    writer: MailWriter<'_>,
    to: &str,
    content: SharedContent<'_>,
) -> Result<Message, MailFailure> {
    let (parts, _) = writer.shared_parts(content).ok_or(MailFailure::Template)?;
    with_parts(writer.application, to, &parts, STAMP)
}

/// Asserts the rules for every byte of a message (RFC 5321, 5322, 2045 and 2047).
#[track_caller]
fn assert_conforms(message: &Message, context: &str) {
    let text = std::str::from_utf8(&message.mime).unwrap();
    assert!(text.is_ascii(), "{context}: 7 bit");
    assert!(text.ends_with("\r\n"), "{context}: ends with a line end");
    let lines: Vec<&str> = text.split("\r\n").collect();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    for line in &lines {
        let odd = |c: char| c.is_ascii_control() && c != '\t';
        assert!(!line.contains(odd), "{context}: only CRLF and no controls: {line:?}");
        assert!(line.len() <= 998, "{context}: at most 998 bytes");
    }
    for line in head.split("\r\n") {
        assert!(line.len() <= 78, "{context}: {line}");
        assert!(!line.trim().is_empty(), "{context}: no line of blanks");
        let is_field = line
            .split_once(": ")
            .is_some_and(|(name, _)| name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-'));
        assert!(is_field || line.starts_with([' ', '\t']), "{context}: {line}");
        for word in line.split([' ', '\t']).filter(|word| word.contains("=?")) {
            assert!(word.len() <= 75 && word.ends_with("?="), "{context}: {word}");
        }
    }
}

#[track_caller]
fn assert_reads_as(message: &Message, name: &str, subject: &str, context: &str) {
    let parsed = MessageParser::default().parse(&message.mime).unwrap();
    let from = parsed.from().and_then(|from| from.first()).unwrap();
    assert_eq!(from.name().unwrap_or_default(), name, "{context}");
    assert_eq!(from.address(), Some(message.from.as_str()), "{context}");
    let to: Vec<_> = parsed.to().unwrap().iter().map(|to| to.address().unwrap()).collect();
    assert_eq!(to, [message.to.as_str()], "{context}");
    assert_eq!(parsed.subject(), Some(subject), "{context}");
    let parts = [parsed.text_body.len(), parsed.html_body.len(), parsed.attachments.len()];
    assert_eq!(parts, [1, 1, 0], "{context}");
    let names: Vec<&str> = parsed.headers().iter().map(|header| header.name.as_str()).collect();
    assert_eq!(names.len(), 9, "{context}: no header was injected: {names:?}");
}

#[test]
fn every_mail_conforms_whatever_names_and_texts_hold() {
    let long = "Ein sehr langer Name ".repeat(9);
    let unbroken = "x".repeat(190);
    for (name, shown) in [
        ("Example", "Example"),
        ("", ""),
        ("Grüße & Söhne GmbH", "Grüße & Söhne GmbH"),
        ("株式会社例え", "株式会社例え"),
        ("Example, Inc. \"The\" <Shop> (x) \\ @", "Example, Inc. \"The\" <Shop> (x) \\ @"),
        ("😀🎉 Party", "😀🎉 Party"),
        ("a\r\nBcc: b@example.com", "a  Bcc: b@example.com"),
        ("tab\tand\0nul\u{7f}end", "tab and nul end"),
        ("=?utf-8?Q?evil=2Ecom?=", "=?utf-8?Q?evil=2Ecom?="),
        (long.trim(), long.trim()),
        (&unbroken, &unbroken),
        (&"é".repeat(90), &"é".repeat(90)),
        ("e\u{301}\u{2028}x", "e\u{301}\u{2028}x"),
    ] {
        let mut application = application();
        name.clone_into(&mut application.name);
        application.mail.from = mail_address("noreply@example.com");
        name.clone_into(&mut application.mail.from.name);
        let account = account(name);
        let recipient = Recipient { account: &account, address: "peter@example.com" };
        let content = LinkContent { token: &token(), times: TIMES, template: None };
        let changes = [change()];
        for message in [
            english(&application).reset(recipient, content, STAMP),
            english(&application).notice(&notice_content("peter@example.com", &changes), STAMP),
            english(&application).ambiguous("peter@example.com", STAMP),
            shared(
                english(&application),
                "peter@example.com",
                shared_content(&[AccountLink { label: Some(name), link: &link() }]),
            ),
        ] {
            let message = message.unwrap();
            assert_conforms(&message, name);
            let parsed = MessageParser::default().parse(&message.mime).unwrap();
            let subject = parsed.subject().unwrap().to_owned();
            assert_reads_as(&message, shown, &subject, name);
            assert!(subject.contains(shown.trim()), "{subject}");
        }
    }
}

#[test]
fn a_defined_mail_conforms_whatever_it_holds() {
    let application = application();
    let bodies = [
        "plain ${hash}".to_owned(),
        "a\nb\r\nc\rd\r\n\ne ${hash}".to_owned(),
        format!("{} ${{hash}}", "x".repeat(5_000)),
        format!("{} ${{hash}}", "ü".repeat(2_000)),
        ".\r\n.hidden\r\n..\r\nFrom me\r\n--relatch-BQUFBQUFBQUFBQUFBQUFBQ--\r\n${hash}".to_owned(),
        "trailing \t \nblanks \n${hash} ".to_owned(),
        "nul \0 bell \u{7} escape \u{1b}[1m delete \u{7f} ${hash}".to_owned(),
        "= equals =3D =\r\n soft ${hash}".to_owned(),
    ];
    let subjects = [
        "A new password",
        "Ein neues Paßwort für Jürgen, das ein wenig länger ist als eine Zeile sein darf",
        "=?utf-8?B?ZXZpbC5jb20=?=",
        "x ",
        "新しいパスワードを設定するためのリンクをお送りします。新しいパスワードを設定する",
    ];
    for body in &bodies {
        for subject in subjects {
            let sent =
                MailTemplateInput { subject: Some(subject), body, from: None, reply_to: None };
            let template = parse(&application, &sent, |html| Ok::<_, ()>(html.to_owned()));
            let template = template.unwrap().unwrap();
            let account = account("Ada");
            let recipient = Recipient { account: &account, address: "peter@example.com" };
            let content = LinkContent { token: &token(), times: TIMES, template: Some(&template) };
            let message = english(&application).reset(recipient, content, STAMP).unwrap();
            assert_conforms(&message, body);
            let shown = subject.trim();
            assert_reads_as(&message, &application.mail.from.name, shown, body);
            let parsed = MessageParser::default().parse(&message.mime).unwrap();
            let html = parsed.body_html(0).unwrap().replace("\r\n", "\n");
            let mut expected = body.replace("${hash}", token().expose()).replace("\r\n", "\n");
            expected = expected.replace('\r', "\n");
            expected.retain(|c| !c.is_control() || matches!(c, '\n' | '\t'));
            assert_eq!(html.trim_end_matches('\n'), expected.trim_end_matches('\n'));
        }
    }
}

#[test]
fn a_mail_goes_to_one_plain_address_or_nowhere() {
    let application = application();
    for address in
        ["a@b.example,c@d.example", "a@b.example\r\nBcc: c@d.example", "jörg@b.example", ""]
    {
        let account = account("Ada");
        let recipient = Recipient { account: &account, address };
        let content = LinkContent { token: &token(), times: TIMES, template: None };
        let (changes, unsupported) = ([change()], Some(MailFailure::AddressUnsupported));
        assert_eq!(english(&application).reset(recipient, content, STAMP).err(), unsupported);
        let content = notice_content(address, &changes);
        assert_eq!(english(&application).notice(&content, STAMP).err(), unsupported);
        assert_eq!(english(&application).ambiguous(address, STAMP).err(), unsupported);
        let content = shared_content(&[]);
        assert_eq!(shared(english(&application), address, content).err(), unsupported);
    }
    let message = english(&application).ambiguous("a..b@example.com", STAMP).unwrap();
    assert_eq!(message.to, "\"a..b\"@example.com");
    assert_conforms(&message, "a quoted local part");
}

#[test]
fn replies_go_to_the_configured_address() {
    let replies = |application: &Application| {
        let message = english(application).ambiguous("ada@example.com", STAMP).unwrap();
        assert_conforms(&message, "replies");
        let text = String::from_utf8(message.mime).unwrap().replace("\r\n ", " ");
        let line = text.lines().find_map(|line| line.strip_prefix("Reply-To: "));
        (line.map(str::to_owned), message.parts.reply_to)
    };
    let mut application = application();
    assert_eq!(replies(&application), (None, None));
    for (configured, line) in [
        ("help@example.com", "<help@example.com>"),
        ("The \"Help\" desk <help@example.com>", r#""The \"Help\" desk" <help@example.com>"#),
        ("Hilf\u{fc} <help@example.com>", "=?utf-8?B?SGlsZsO8?= <help@example.com>"),
    ] {
        let address = MailAddress::parse(configured);
        application.mail.reply_to.clone_from(&address);
        assert_eq!(replies(&application), (Some(line.to_owned()), address), "{configured}");
    }
}

#[test]
fn an_account_is_greeted_by_a_name_that_is_no_link() {
    let named = |name: &str, username: &str| {
        greeting(&Account { username: username.into(), ..account(name) }).map(str::to_owned)
    };
    assert_eq!(named("Dr. J. R. Smith", "peter").as_deref(), Some("Dr. J. R. Smith"));
    assert_eq!(named("evil.com", "peter").as_deref(), Some("peter"));
    assert_eq!(named("bit.ly", "free-money.xyz"), None);
    assert_eq!(named(" ", "a@example.com"), None);
}

#[test]
fn a_link_is_shown_beside_a_name_that_is_no_link() {
    let named = |name: &str, username: &str| {
        label(&Account { username: username.into(), ..account(name) }).map(str::to_owned)
    };
    assert_eq!(named("Peter Pan", " peter ").as_deref(), Some("peter"));
    assert_eq!(named("Peter Pan", "peter@example.com").as_deref(), Some("Peter Pan"));
    assert_eq!(named("evil.com", ""), None);
    let application = application();
    let link = link();
    let links = [Some("peter"), None].map(|label| AccountLink { label, link: &link });
    let message =
        shared(english(&application), "peter@example.com", shared_content(&links)).unwrap();
    let parsed = MessageParser::default().parse(&message.mime).unwrap();
    let (text, html) = (parsed.body_text(0).unwrap(), parsed.body_html(0).unwrap());
    let links = |text: &str| text.matches("token=").count();
    assert_eq!((links(&text), html.matches("href=").count()), (2, 2));
    for part in [text, html] {
        for words in [
            "Account 1: ",
            "peter",
            "Account 2",
            "works once, for 2 hours, until 20 November, 14:00 UTC",
            "ignore this",
        ] {
            assert!(part.contains(words), "{words}: {part}");
        }
        assert!(part.contains("another email") && part.contains("20 November 2026"), "{part}");
    }
}

#[test]
fn all_attempts_at_a_mail_share_an_idempotency_key_that_no_other_mail_has() {
    let application = application();
    let key = |to: &str, stamp: Stamp| {
        english(&application).ambiguous(to, stamp).unwrap().parts.idempotency_key
    };
    let first = key("peter@example.com", STAMP);
    assert_eq!(first, key("peter@example.com", STAMP));
    assert_ne!(first, key("paul@example.com", STAMP));
    assert_ne!(first, key("peter@example.com", Stamp { id: [6; 16], ..STAMP }));
    assert!(first.len() == 43 && !first.contains("peter"), "{first}");
}

#[test]
fn the_parts_of_a_mail_are_those_of_its_message() {
    let application = application();
    let message = english(&application).ambiguous("peter@example.com", STAMP).unwrap();
    let parsed = MessageParser::default().parse(&message.mime).unwrap();
    let MessageParts { sender_name, subject, text, html, message_id, .. } = &message.parts;
    assert_eq!(sender_name, &application.mail.from.name);
    assert_eq!(parsed.subject(), Some(subject.as_str()));
    assert_eq!(parsed.message_id(), Some(message_id.trim_matches(['<', '>'])));
    let lines = |text: &str| text.trim().replace("\r\n", "\n");
    assert_eq!(lines(&parsed.body_text(0).unwrap()), lines(text));
    assert_eq!(lines(&parsed.body_html(0).unwrap()), lines(html));
}

/// Returns the texts of every language, and of those for tests.
fn all_texts() -> Vec<Texts> {
    let pseudo = [Pseudo::Long, Pseudo::RightToLeft].map(Pseudo::texts);
    Language::all().filter_map(Texts::compiled).chain(pseudo).collect()
}

#[test]
fn every_mail_is_safe_in_every_language_whatever_names_hold() {
    let long = "x".repeat(200);
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>'",
        "\u{202e}gnp.exe\u{2066}\u{2069}",
        "line\r\nBcc: evil@example.com\n\nbody",
        "{{ link }} ${hash} { $name } %s \u{1}\u{2}",
        &long,
    ];
    for texts in all_texts() {
        let tag = texts.language().tag();
        for name in hostile {
            let mut application = application();
            name.clone_into(&mut application.name);
            let writer = MailWriter { application: &application, texts };
            let account = account(name);
            let recipient = Recipient { account: &account, address: "peter@example.com" };
            let token = token();
            let content = |next_link_at| LinkContent {
                token: &token,
                times: LinkTimes { next_link_at, ..TIMES },
                template: None,
            };
            let unknown = NoticedChange { outcome: ChangeOutcome::Unknown, ..change() };
            let reported = NoticedChange {
                address: Some("203.0.113.7 reported by shop at 198.51.100.1".to_owned()),
                ..change()
            };
            let first = NoticedChange { outcome: ChangeOutcome::FirstWritten, ..change() };
            let first_unknown = NoticedChange { outcome: ChangeOutcome::FirstUnknown, ..change() };
            let lists = [
                vec![change()],
                vec![unknown.clone()],
                vec![reported, unknown, change()],
                vec![first.clone()],
                vec![first_unknown],
                vec![first, change()],
            ];
            let notices = lists.iter().flat_map(|changes| {
                [ChangeMethod::Link, ChangeMethod::SignedIn].into_iter().flat_map(|method| {
                    [false, true].map(|ends| NoticeContent {
                        name: Some(name),
                        method,
                        ends_sessions: ends,
                        ends_other_sessions: ends,
                        ..notice_content("peter@example.com", changes)
                    })
                })
            });
            let mut messages: Vec<Message> =
                notices.map(|content| writer.notice(&content, STAMP).unwrap()).collect();
            let link = link();
            let links = [Some(name), None].map(|label| AccountLink { label, link: &link });
            let to = "peter@example.com";
            messages.extend([
                writer.reset(recipient, content(None), STAMP).unwrap(),
                writer.reset(recipient, content(Some(EXPIRES_AT)), STAMP).unwrap(),
                shared(writer, to, shared_content(&links)).unwrap(),
                writer.ambiguous(to, STAMP).unwrap(),
            ]);
            let (invitation, _) = writer.invitation_parts(&account, &link, TIMES).unwrap();
            messages.push(with_parts(&application, to, &invitation, STAMP).unwrap());
            for message in messages {
                let MessageParts { subject, text, html, .. } = &message.parts;
                assert_conforms(&message, tag);
                let direction = texts.language().direction();
                let opening = format!("<html lang=\"{tag}\" dir=\"{direction}\" ");
                assert!(html.contains(&opening), "{tag}: {html}");
                assert!(!html.contains("<script") && !html.contains("<img"), "{tag}: {html}");
                for part in [subject, text, html] {
                    assert!(!part.trim().is_empty(), "{tag}");
                    // The places of values are filled.
                    let own = if name.contains('\u{1}') {
                        &['\u{3}'][..]
                    } else {
                        &['\u{1}', '\u{2}', '\u{3}']
                    };
                    assert!(!part.contains(own), "{tag}: {part}");
                }
                let parsed = MessageParser::default().parse(&message.mime).unwrap();
                assert_eq!(parsed.headers().len(), 9, "{tag}: no header was injected");
                assert_eq!(parsed.html_body.len(), 1, "{tag}");
            }
        }
    }
}

/// Returns the mail with a link, for this application.
fn reset_html(application: &Application, texts: Texts) -> String {
    let account = account("Ada");
    let recipient = Recipient { account: &account, address: "peter@example.com" };
    let content = LinkContent { token: &token(), times: TIMES, template: None };
    MailWriter { application, texts }.reset(recipient, content, STAMP).unwrap().parts.html
}

#[test]
fn a_button_has_the_color_of_the_application_in_both_schemes() {
    let mut application = application();
    let html = reset_html(&application, ENGLISH);
    assert!(html.contains("bgcolor=\"#1a4fd0\"") && html.contains("color:#ffffff;"), "{html}");
    let dark = |background: &str, color: &str| {
        format!("background: {background} !important;\n          color: {color} !important;")
    };
    assert!(html.contains(&dark("#8db2ff", "#000000")), "{html}");
    let [light, shade] = ["#ffb000", "#202020"].map(|text| Color::parse(text).unwrap());
    assert_eq!(BrandColor::new(light, shade).unwrap_err().scheme, Scheme::Light);
    application.brand.color = Some(BrandColor::new(Color::BLACK, light).unwrap());
    let html = reset_html(&application, ENGLISH);
    assert!(html.contains("bgcolor=\"#000000\"") && html.contains("color:#ffffff;"), "{html}");
    assert!(html.contains(&dark("#ffb000", "#000000")), "{html}");
}

#[test]
fn a_mail_names_its_application_with_and_without_images() {
    let mut application = application();
    let head = |application: &Application| {
        let html = reset_html(application, ENGLISH);
        let (_, head) = html.split_once("class=\"name\"").unwrap();
        let (_, head) = head.split_once("<div").unwrap();
        let (head, _) = head.split_once("</div>").unwrap();
        head.split_once('>').unwrap().1.to_owned()
    };
    "Söhne & \"Co\"".clone_into(&mut application.name);
    assert_eq!(head(&application), "Söhne &#38; &#34;Co&#34;");
    application.brand.logo = Some("https://cdn.example.org/logo.png?a=\"&b".to_owned());
    let image = head(&application);
    assert!(image.starts_with("<img src=\"https://cdn.example.org/logo.png?a=&#34;&#38;b\""));
    assert!(image.contains(" alt=\"Söhne &#38; &#34;Co&#34;\""), "{image}");
    application.brand.product_url = Some("https://example.com/".to_owned());
    let link = head(&application);
    assert!(link.starts_with("<a href=\"https://example.com/\""), "{link}");
    assert!(link.contains(&image) && link.ends_with("</a>"), "{link}");
}

#[test]
fn the_preview_of_a_mail_is_translated_and_not_shown_in_it() {
    for texts in all_texts() {
        let html = reset_html(&application(), texts);
        let (_, preview) = html.split_once("<div style=\"display:none;").unwrap();
        let (preview, _) = preview.split_once("</div>").unwrap();
        let works = texts.mail_reset_works("TIME", "");
        let start: String = works.chars().take_while(|c| *c != 'T').collect();
        assert!(preview.contains(&start.replace('\'', "&#39;")), "{preview}: {start}");
    }
}

#[test]
fn lines_start_at_the_side_of_the_language() {
    for (texts, side) in [(ENGLISH, "left"), (Pseudo::RightToLeft.texts(), "right")] {
        let html = reset_html(&application(), texts);
        let cell = format!("<td align=\"{side}\" class=\"text\"");
        assert!(html.contains(&cell), "{html}");
        let direction = texts.language().direction();
        let other = if direction == "ltr" { "rtl" } else { "ltr" };
        assert!(html.contains(&format!("direction:{direction}")), "{html}");
        assert!(!html.contains(&format!("direction:{other}")), "{html}");
    }
}
