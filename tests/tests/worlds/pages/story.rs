//! The whole story by pages, and what becomes of a link on the way.

use std::rc::Rc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_memory::Fault;
use relatch_tests::flow;
use relatch_tests::in_process::InProcess;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::World;

use super::visitor::{Visitor, assert_page, assert_page_headers, digest};
use super::{NEW, OTHER};

const CHANGED: &str = "Your password was changed";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("pages: somebody asks, opens the mail and sets a new password, without scripts", flow!(the_story)),
        ("pages: a refused password comes back with reasons in words, and the link still works", flow!(refused)),
        ("pages: a form that is sent twice tells no failure, whatever the browser has heard meanwhile", flow!(twice)),
        ("pages: what somebody is called is text on the page, and no address is told in full", flow!(names)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![
        trial(
            "in process: pages: a link in use comes back with its form, an outage says that nothing was used",
            faults,
        ),
        trial("in process: pages: after success there is a way to sign in, where configuration knows one", login),
        trial("in process: pages: a form outlives a rotation of the keys with its link", rotation),
    ]
}

async fn the_story(world: &World) {
    let peter = world.somebody().await;
    let mut visitor = Visitor::new(world);
    let asks = visitor.visit(path::FORGOT_PAGE).await;
    assert_page(&asks, 200, "Forgot your password?");
    assert!(asks.body.contains(r#"<label for="identifier">"#) && asks.body.contains(r#"autocomplete="username""#));
    assert_page(&visitor.ask(peter.address()).await, 200, "Check your email");
    assert_eq!(visitor.cookie, None, "asking leaves nothing in the browser");

    let link = world.mail(peter.address(), 1).await.link();
    let token = link.split_once("token=").unwrap().1.to_owned();
    let moved = visitor.visit(link.strip_prefix(&world.base()).unwrap()).await;
    assert_eq!((moved.status, moved.body.as_str()), (303, ""));
    assert_eq!(moved.header("location"), Some("/password/reset"));
    assert_eq!(moved.header("referrer-policy"), Some("no-referrer"));
    assert_page_headers(&moved);
    let set = format!("relatch-link={token}; Path=/password/reset; Max-Age=900; HttpOnly; Secure; SameSite=Lax");
    assert_eq!(moved.header("set-cookie"), Some(set.as_str()));

    let form = visitor.visit(path::RESET_PAGE).await;
    assert_page(&form, 200, "Choose a new password");
    assert!(!form.body.contains(&token[31..60]), "the page holds the link");
    assert!(!form.body.contains(peter.address()));
    let (name, domain) = peter.address().split_once('@').unwrap();
    assert!(form.body.contains(&format!("<strong>{}•••{}@{domain}</strong>", &name[..1], &name[name.len() - 1..])));
    let username = format!(r#"autocomplete="username" value="{}" readonly hidden"#, peter.username);
    assert!(form.body.contains(&username), "{}", form.body);
    assert_eq!(form.body.matches(r#"autocomplete="new-password""#).count(), 2);
    assert!(form.body.contains("15 to 128 characters"), "the rules are said beforehand");
    assert!(world.has_password(&peter, &peter.password).await, "nothing changes until the form is sent");

    let done = visitor.choose(&form, NEW).await;
    assert_page(&done, 200, CHANGED);
    assert!(world.has_password(&peter, NEW).await);
    assert!(!done.body.contains(NEW));
    let cookie = visitor.cookie.clone().unwrap();
    assert!(cookie.starts_with("relatch-done="), "the link's cookie is deleted: {cookie}");
    assert!(!cookie.contains(&token[..20]) && !cookie.contains(&token[31..60]), "the link is gone from the browser");
    let notice = world.mail(peter.address(), 2).await;
    assert!(notice.subject.contains("was changed"), "{}", notice.subject);
    let used = Visitor::new(world).open(&token).await;
    assert_page(&used, 410, "This link has been used");
    assert!(used.body.contains(r#"href="/password/forgot""#));
}

async fn refused(world: &World) {
    let ada = Person { name: Some("Ada Lovelace".to_owned()), ..Person::new() };
    world.add(&ada).await;
    let token = world.token_for(&ada).await;
    let mut visitor = Visitor::new(world);
    let mut form = visitor.open(&token).await;
    let own = format!("{} lovelace", ada.username);
    for (first, second, words) in [
        ("hunter2hunter", "hunter2hunter", &["too short"][..]),
        ("", "", &["too short"]),
        ("123456789012345", "123456789012345", &["too common"]),
        (&own, &own, &["too similar to your name"]),
        (&"x9 y".repeat(40), &"x9 y".repeat(40), &["too long"]),
        (NEW, OTHER, &["do not match"]),
        ("hunter2hunter", "hunter3hunter", &["do not match", "too short"]),
    ] {
        let fields = [("link", &*digest(&form)), ("password", first), ("again", second)];
        let answer = visitor.send(path::RESET_PAGE, &fields).await;
        assert_page(&answer, 422, "Choose a new password");
        for said in words {
            // Once in the summary, once at its field; and with all others in the form's own data, for the script.
            assert_eq!(answer.body.matches(said).count(), 3, "{said}: {}", answer.body);
        }
        assert_eq!(answer.body.matches("<a href=").count(), words.len() + 1, "every reason, and the contact");
        assert_eq!(answer.body.matches("aria-invalid=\"true\"").count(), words.len());
        assert!(answer.body.contains(r#"role="alert" tabindex="-1" autofocus"#));
        assert!(answer.body.contains("<title>Error: "));
        for typed in [first, second] {
            assert!(typed.is_empty() || !answer.body.contains(typed), "what was typed is not said again");
        }
        form = answer;
    }
    assert_eq!(world.check(&token).await.status, 200, "the link is not burned");
    assert_page(&visitor.choose(&form, NEW).await, 200, CHANGED);
    assert!(world.has_password(&ada, NEW).await);
}

async fn twice(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(world);
    let form = visitor.open(&token).await;
    let before = visitor.cookie.clone();
    assert_page(&visitor.choose(&form, NEW).await, 200, CHANGED);

    // The browser sends the form again before it has heard of the success.
    let mut impatient = Visitor { world, cookie: before };
    assert_page(&impatient.choose(&form, NEW).await, 200, CHANGED);
    // It sends it again, or reloads the page, after it has.
    assert_page(&visitor.choose(&form, NEW).await, 200, CHANGED);
    assert_page(&visitor.visit(path::RESET_PAGE).await, 200, CHANGED);
    // Another password, from a form that is gone back to, is not said to be in force.
    let again = visitor.choose(&form, OTHER).await;
    assert_page(&again, 200, CHANGED);
    assert!(again.body.contains("The password that you chose first is the one that works."), "{}", again.body);
    assert!(world.has_password(&peter, NEW).await);
    // The mark of the success is worth nothing to another form, nor to a browser that has none.
    let john = world.somebody().await;
    let others = Visitor::new(world).open(&world.token_for(&john).await).await;
    assert_page(&visitor.choose(&others, OTHER).await, 403, "Open the link in your email again");
    let forgetful = Visitor::new(world).choose(&form, NEW).await;
    assert_page(&forgetful, 403, "Open the link in your email again");
    assert!(forgetful.body.contains("If an earlier attempt confirmed that your password was changed"));
    world.mail(peter.address(), 2).await;
    world.settle().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 2, "one link, one notice");
}

async fn names(world: &World) {
    let odd = Person::new();
    let username = format!(r#"<b onclick='x'>"{}"&amp;"#, odd.id);
    let email = Some(format!("o'b<{}>&co@mail.example", odd.id).replace(['<', '>'], "|"));
    let odd = Person { username, email, name: Some("<script>alert(1)</script>".to_owned()), ..odd };
    world.add(&odd).await;
    let form = Visitor::new(world).open(&world.token_for(&odd).await).await;
    assert_page(&form, 200, "Choose a new password");
    for markup in ["<b onclick", "onclick='", "<script>alert", "&amp;\""] {
        assert!(!form.body.contains(markup), "{markup}: {}", form.body);
    }
    let typed = r#""><script>alert(1)</script>@@{{ 7*7 }}"#;
    let answer = Visitor::new(world).ask(typed).await;
    assert_page(&answer, 400, "Forgot your password?");
    assert!(!answer.body.contains("<script>alert") && !answer.body.contains("49"), "{}", answer.body);

    // A user name that is itself an address would tell the whole of it.
    let keyed = Person { username: format!("keyed{}@mail.example", odd.id), ..Person::new() };
    let keyed = Person { email: Some(keyed.username.clone()), ..keyed };
    world.add(&keyed).await;
    let form = Visitor::new(world).open(&world.token_for(&keyed).await).await;
    assert_page(&form, 200, "Choose a new password");
    assert!(!form.body.contains(keyed.address()), "{}", form.body);
}

fn memory(changes: &[(&str, &str)]) -> (World, InProcess) {
    let memory = InProcess::new(changes);
    (World::InProcess(memory.clone()), memory)
}

/// From now on, every call of this verb fails so.
fn fails(memory: &InProcess, verb: &'static str, fault: Fault) {
    memory.memory.set_gate(Some(Rc::new(move |call| {
        let fault = if call.verb == verb { fault } else { Fault::None };
        Box::pin(async move { fault })
    })));
}

async fn faults() {
    let (world, memory) = memory(&[]);
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(&world);
    let form = visitor.open(&token).await;

    fails(&memory, "directory.account", Fault::Before);
    let answer = visitor.choose(&form, NEW).await;
    assert_page(&answer, 503, "Try again in a moment");
    assert!(answer.header("retry-after").is_some() && answer.body.contains("temporarily unavailable"));
    assert_page(&visitor.visit(path::RESET_PAGE).await, 503, "Try again in a moment");
    // What is wrong with a password can be said all the same.
    let answer = visitor.choose(&form, "short").await;
    assert_page(&answer, 422, "Choose a new password");
    assert!(!answer.body.contains("<strong>"), "whose account it is, is not known");

    fails(&memory, "desks.commit", Fault::After);
    let answer = visitor.choose(&form, NEW).await;
    assert_page(&answer, 409, "Choose a new password");
    assert!(answer.header("retry-after").is_some() && answer.body.contains("submit the same password again"));
    memory.memory.set_gate(None);
    assert_page(&visitor.choose(&answer, NEW).await, 200, CHANGED);
    assert!(world.has_password(&peter, NEW).await);
}

async fn login() {
    for (url, shown) in [("", false), ("https://app.example.com/login?from=\"reset\"&x", true)] {
        let (world, _) = memory(&[("LOGIN_URL", url)]);
        let peter = world.somebody().await;
        let mut visitor = Visitor::new(&world);
        let form = visitor.open(&world.token_for(&peter).await).await;
        assert!(!form.body.contains("app.example.com"));
        let done = visitor.choose(&form, NEW).await;
        assert_page(&done, 200, CHANGED);
        assert_eq!(done.body.contains(">Sign in</a>"), shown);
        assert_eq!(done.body.contains(r#"href="https://app.example.com/login?from="#), shown);
        assert!(!done.body.contains("\"reset\""), "{}", done.body);
    }
}

async fn rotation() {
    const ROTATED: &str =
        "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const DROPPED: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    let (world, memory) = memory(&[]);
    let peter = world.somebody().await;
    let mut visitor = Visitor::new(&world);
    let form = visitor.open(&world.token_for(&peter).await).await;
    memory.advance(Duration::from_secs(60)).await;
    let dropped = World::InProcess(memory.with_configuration(&[("RELATCH_KEYS", DROPPED)]));
    let mut after = Visitor { world: &dropped, cookie: visitor.cookie.clone() };
    assert_page(&after.visit(path::RESET_PAGE).await, 400, "This link does not work");
    assert_eq!(after.choose(&form, NEW).await.status, 403);
    let rotated = World::InProcess(memory.with_configuration(&[("RELATCH_KEYS", ROTATED)]));
    let mut after = Visitor { world: &rotated, cookie: visitor.cookie.clone() };
    assert_page(&after.choose(&form, NEW).await, 200, CHANGED);
}
