//! A reset through the hosted pages, and the errors on the way.

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_domain::ports::{Capabilities, Directory as _};
use relatch_memory::Fault;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, reconfigured};
use std::time::Duration;

use super::visitor::{
    DONE_COOKIE, LINK_COOKIE, Page, Visitor, assert_page, assert_page_headers, link_digest, message,
};
use crate::support::{NEW, OTHER, assert_mentions, fail_calls};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        (
            "pages: a person requests a reset, opens the mail and sets a password, without scripts",
            flow!(full_reset),
        ),
        (
            "pages: a rejected password is explained, and the link still works",
            flow!(rejected_password),
        ),
        ("pages: a form that is sent twice never reports a failure", flow!(sent_twice)),
        ("pages: names are escaped, and no address is shown in full", flow!(names)),
        (
            "pages: password managers get the name that the account owner signs in with",
            flow!(sign_in_names),
        ),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: pages: devices are signed out only where the directory ends sessions",
            signed_out,
        ),
        trial(
            "in process: pages: after a busy link or an outage the same form can be sent again",
            faults,
        ),
        trial("in process: pages: after a reset the configured page to sign in is linked", login),
        trial(
            "in process: pages: a form works after its key is rotated, and not after it is dropped",
            rotation,
        ),
    ]
}

async fn full_reset(world: &World) {
    let peter = world.new_person().await;
    let mut visitor = Visitor::new(world);
    let forgot = visitor.visit(path::FORGOT_PAGE).await;
    assert_page(&forgot, 200, Page::ForgotForm);
    assert!(
        forgot.body.contains(r#"<label for="identifier">"#)
            && forgot.body.contains(r#"autocomplete="username""#)
    );
    assert_page(&visitor.request_link(peter.address()).await, 200, Page::RequestSent);
    assert_eq!(visitor.cookie, None, "a request sets no cookie");

    let link = world.wait_for_mail(peter.address(), 1).await.link();
    let token = link.split_once("token=").unwrap().1.to_owned();
    let redirect = visitor.visit(link.strip_prefix(&world.base_url()).unwrap()).await;
    assert_eq!((redirect.status, redirect.body.as_str()), (303, ""));
    assert_eq!(redirect.header("location"), Some("/password/reset"));
    assert_eq!(redirect.header("referrer-policy"), Some("no-referrer"));
    assert_page_headers(&redirect);
    let set =
        format!("{LINK_COOKIE}={token}; Path=/password/reset; Max-Age=900; HttpOnly; SameSite=Lax");
    assert_eq!(redirect.header("set-cookie"), Some(set.as_str()));

    let form = visitor.visit(path::RESET_PAGE).await;
    assert_page(&form, 200, Page::ResetForm);
    assert!(!form.body.contains(&token[31..60]), "the page does not contain the token");
    assert!(!form.body.contains(peter.address()));
    let (name, domain) = peter.address().split_once('@').unwrap();
    assert!(form.body.contains(&format!("{}•••{}@{domain}", &name[..1], &name[name.len() - 1..])));
    let username = format!(r#"autocomplete="username" value="{}" readonly hidden"#, peter.username);
    assert!(form.body.contains(&username), "{}", form.body);
    assert_eq!(form.body.matches(r#"autocomplete="new-password""#).count(), 2);
    let (_, rules) = form.body.split_once(r#"id="rules">"#).unwrap();
    assert_mentions(rules.split("</p>").next().unwrap(), &["15", "128"], "the password rules");
    assert!(
        world.has_password(&peter, &peter.password).await,
        "nothing changes until the form is sent"
    );

    let done = visitor.submit_password(&form, NEW).await;
    assert_page(&done, 200, Page::PasswordChanged);
    assert!(world.has_password(&peter, NEW).await);
    assert!(!done.body.contains(NEW));
    let cookie = visitor.cookie.clone().unwrap();
    assert!(cookie.starts_with(DONE_COOKIE), "the link's cookie is deleted: {cookie}");
    assert!(
        !cookie.contains(&token[..20]) && !cookie.contains(&token[31..60]),
        "the browser no longer has the token"
    );
    let notice = world.wait_for_mail(peter.address(), 2).await;
    assert!(notice.subject.contains("changed"), "{}", notice.subject);
    let used = Visitor::new(world).open_link(&token).await;
    assert_page(&used, 410, Page::UsedLink);
    assert!(used.body.contains(r#"href="/password/forgot""#));
}

async fn rejected_password(world: &World) {
    let ada = Person { name: Some("Ada Lovelace".to_owned()), ..Person::new() };
    world.add(&ada).await;
    let token = world.token_for(&ada).await;
    let mut visitor = Visitor::new(world);
    let mut form = visitor.open_link(&token).await;
    let personal = format!("{} lovelace", ada.username);
    for (first, second, first_reason, is_mismatch) in [
        ("three mice ran", "three mice ran", Some("reason.too_short"), false),
        ("", "", Some("reason.too_short"), false),
        ("123456789012345", "123456789012345", Some("reason.common"), false),
        (&personal, &personal, Some("reason.personal"), false),
        (&"x9 y".repeat(40), &"x9 y".repeat(40), Some("reason.too_long"), false),
        (NEW, OTHER, None, true),
        ("three mice ran", "three nice ran", Some("reason.too_short"), true),
    ] {
        let fields = [("link", &*link_digest(&form)), ("password", first), ("again", second)];
        let response = visitor.submit(path::RESET_PAGE, &fields).await;
        assert_page(&response, 422, Page::ResetForm);
        let (_, body) =
            response.body.split_once(r#"role="alert" tabindex="-1" autofocus>"#).unwrap();
        let (summary, fields) = body.split_once("<form").unwrap();
        let second_reason = is_mismatch.then_some("reason.mismatch");
        let reasons = usize::from(first_reason.is_some()) + usize::from(is_mismatch);
        assert_eq!(
            summary.matches("<a href=").count(),
            reasons,
            "a link for every reason: {summary}"
        );
        assert_eq!(fields.matches("aria-invalid=\"true\"").count(), reasons, "{fields}");
        for (field, reason) in [("password", first_reason), ("again", second_reason)] {
            let (_, at_field) = fields.split_once(&format!("id=\"{field}-message\"")).unwrap();
            let at_field = at_field.split("</p>").next().unwrap();
            assert_eq!(
                summary.contains(&format!("<a href=\"#{field}\">")),
                reason.is_some(),
                "{summary}"
            );
            assert_eq!(at_field.ends_with('>'), reason.is_none(), "{at_field}");
            if let Some(reason) = reason {
                assert_mentions(summary, &[&message(reason)], first);
                assert_mentions(at_field, &[&message(reason)], first);
            }
        }
        assert!(response.body.contains("<title>Error: "));
        for typed in [first, second] {
            assert!(
                typed.is_empty() || !response.body.contains(typed),
                "the page does not repeat the password"
            );
        }
        form = response;
    }
    assert_eq!(world.check(&token).await.status, 200, "the link is not used");
    assert_page(&visitor.submit_password(&form, NEW).await, 200, Page::PasswordChanged);
    assert!(world.has_password(&ada, NEW).await);
}

async fn sent_twice(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(world);
    let form = visitor.open_link(&token).await;
    let link_cookie = visitor.cookie.clone();
    let changed = visitor.submit_password(&form, NEW).await;
    assert_page(&changed, 200, Page::PasswordChanged);

    // The browser sends the form again before the first response.
    let mut second_click = Visitor { world, cookie: link_cookie };
    assert_page(&second_click.submit_password(&form, NEW).await, 200, Page::PasswordChanged);
    // It sends the form again, or reloads the page, after the response.
    assert_page(&visitor.submit_password(&form, NEW).await, 200, Page::PasswordChanged);
    assert_page(&visitor.visit(path::RESET_PAGE).await, 200, Page::PasswordChanged);
    // From a form in the history, another password: the page does not claim that this form changed
    // the password.
    let again = visitor.submit_password(&form, OTHER).await;
    assert_page(&again, 200, Page::PasswordChanged);
    assert_ne!(again.body, changed.body);
    assert!(world.has_password(&peter, NEW).await);
    // The cookie of the success applies to this form only, and without the cookie the form is
    // rejected.
    let john = world.new_person().await;
    let others = Visitor::new(world).open_link(&world.token_for(&john).await).await;
    assert_page(&visitor.submit_password(&others, OTHER).await, 403, Page::FormWithoutLink);
    let without_cookie = Visitor::new(world).submit_password(&form, NEW).await;
    assert_page(&without_cookie, 403, Page::FormWithoutLink);
    // An earlier success stays true: the page says to sign in.
    assert_mentions(&without_cookie.body.to_lowercase(), &["sign in"], "an earlier success");
    world.wait_for_mail(peter.address(), 2).await;
    world.drain().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 2, "one link, one notice");
}

async fn names(world: &World) {
    let odd = Person::new();
    let username = format!(r#"<b onclick='x'>"{}"&amp;"#, odd.id);
    let email = Some(format!("o'b<{}>&co@mail.example", odd.id).replace(['<', '>'], "|"));
    let odd = Person { username, email, name: Some("<script>alert(1)</script>".to_owned()), ..odd };
    world.add(&odd).await;
    let form = Visitor::new(world).open_link(&world.token_for(&odd).await).await;
    assert_page(&form, 200, Page::ResetForm);
    for markup in ["<b onclick", "onclick='", "<script>alert", "&amp;\""] {
        assert!(!form.body.contains(markup), "{markup}: {}", form.body);
    }
    // The control character makes it invalid, so the form shows it again.
    let typed = "\"><script>alert(1)</script>{{ 7*7 }}\u{7f}";
    let response = Visitor::new(world).request_link(typed).await;
    assert_page(&response, 400, Page::ForgotForm);
    assert!(
        !response.body.contains("<script>alert") && !response.body.contains("49"),
        "{}",
        response.body
    );
}

async fn sign_in_names(world: &World) {
    let named = Person::new();
    let mail = |person: &Person| format!("user{}@mail.example", person.id);
    let is_address = Person::new();
    let is_address =
        Person { username: mail(&is_address), email: Some(mail(&is_address)), ..is_address };
    let unnamed = Person { username: String::new(), ..Person::new() };
    for (person, expected) in [
        (&named, named.username.as_str()),
        (&is_address, is_address.address()),
        (&unnamed, unnamed.address()),
    ] {
        world.add(person).await;
        let form = Visitor::new(world).open_link(&world.token_for(person).await).await;
        assert_page(&form, 200, Page::ResetForm);
        let field = format!(r#"autocomplete="username" value="{expected}" readonly hidden"#);
        assert_eq!(form.body.matches(r#"autocomplete="username""#).count(), 1);
        assert!(form.body.contains(&field), "{}", form.body);
        let rest = form.body.replace(&field, "");
        assert!(!rest.contains(person.address()), "the visible address is masked: {rest}");
    }
}

async fn signed_out() {
    for (capabilities, is_stated) in [(true, true), (false, false)] {
        let (world, memory) = in_memory(&[]);
        memory.set_capabilities(Capabilities {
            ends_sessions: capabilities,
            ..memory.capabilities()
        });
        let peter = world.new_person().await;
        let mut visitor = Visitor::new(&world);
        let form = visitor.open_link(&world.token_for(&peter).await).await;
        assert_eq!(form.body.contains(&message("reset.signs_out")), is_stated, "{}", form.body);
        let done = visitor.submit_password(&form, NEW).await;
        assert_page(&done, 200, Page::PasswordChanged);
        assert_eq!(done.body.contains(&message("changed.signed_out")), is_stated, "{}", done.body);
    }
}

async fn faults() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(&world);
    let form = visitor.open_link(&token).await;

    fail_calls(&memory, "directory.account", Fault::Before);
    let response = visitor.submit_password(&form, NEW).await;
    assert_page(&response, 503, Page::Error);
    assert!(response.header("retry-after").is_some());
    assert_page(&visitor.visit(path::RESET_PAGE).await, 503, Page::Error);
    // The rules that need no account are still checked.
    let response = visitor.submit_password(&form, "short").await;
    assert_page(&response, 422, Page::ResetForm);
    assert!(!response.body.contains("•••"), "the address is unknown during the outage");

    fail_calls(&memory, "mailboxes.commit", Fault::After);
    let response = visitor.submit_password(&form, NEW).await;
    assert_page(&response, 409, Page::ResetForm);
    assert!(response.header("retry-after").is_some());
    assert_mentions(&response.body, &["same password"], "what to do about a busy link");
    memory.set_gate(None);
    assert_page(&visitor.submit_password(&response, NEW).await, 200, Page::PasswordChanged);
    assert!(world.has_password(&peter, NEW).await);
}

async fn login() {
    for (url, shown) in [("", false), ("https://app.example.com/login?from=\"reset\"&x", true)] {
        let (world, _) = in_memory(&[("LOGIN_URL", url)]);
        let peter = world.new_person().await;
        let mut visitor = Visitor::new(&world);
        let form = visitor.open_link(&world.token_for(&peter).await).await;
        assert!(!form.body.contains("app.example.com"));
        let done = visitor.submit_password(&form, NEW).await;
        assert_page(&done, 200, Page::PasswordChanged);
        assert_eq!(done.body.contains(r#"href="https://app.example.com/login?from="#), shown);
        assert!(!done.body.contains("\"reset\""), "{}", done.body);
    }
}

async fn rotation() {
    const ROTATED: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const DROPPED: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let mut visitor = Visitor::new(&world);
    let form = visitor.open_link(&world.token_for(&peter).await).await;
    memory.advance(Duration::from_secs(60)).await;
    let dropped = reconfigured(&memory, &[("RELATCH_KEYS", DROPPED)]);
    let mut after = Visitor { world: &dropped, cookie: visitor.cookie.clone() };
    assert_page(&after.visit(path::RESET_PAGE).await, 400, Page::InvalidLink);
    assert_eq!(after.submit_password(&form, NEW).await.status, 403);
    let rotated = reconfigured(&memory, &[("RELATCH_KEYS", ROTATED)]);
    let mut after = Visitor { world: &rotated, cookie: visitor.cookie.clone() };
    assert_page(&after.submit_password(&form, NEW).await, 200, Page::PasswordChanged);
}
