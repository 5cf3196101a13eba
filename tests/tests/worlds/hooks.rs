//! The hooks of `createRelatch`, as far as they are rules of the domain. The JavaScript around them
//! is tested with the packed package.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use libtest_mimic::Trial;
use relatch_domain::events::RefusalReason;
use relatch_domain::mail::Parts;
use relatch_domain::mail::rendering::{MailToRender, RenderOutcome};
use relatch_domain::ports::{HookResponse, ResetDecision};
use relatch_memory::{Fault, Memory, MemoryHooks};
use relatch_tests::in_process::SERVER_KEY;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::trial;
use relatch_tests::world::{World, in_memory, request};
use serde_json::json;

use crate::support::{MINUTE, NEW, assert_problem, fail_calls, inject_faults, take_verbs};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: `beforeRequest` gets every call that requests a link", gated_calls),
        trial("in process: the response of `beforeRequest` is served and not stored", answered),
        trial("in process: while `beforeRequest` fails, no caller gets a link", failing_gate),
        trial("in process: a call over the rate limit does not reach `beforeRequest`", limited),
        trial("in process: `mayReset` refuses a reset with a reason", refused),
        trial("in process: `mayReset` is asked again before the mail", refused_later),
        trial("in process: while `mayReset` fails, requests wait", failing_decision),
        trial("in process: a server learns why `mayReset` refuses an account", server_refusal),
        trial("in process: `onEvent` gets every event, also after a crash", events),
        trial("in process: an `onEvent` that fails delays nothing else", failing_receiver),
        trial("in process: an event is passed to `onEvent` for a day at most", given_up),
        trial("in process: an erasure deletes the events that wait for `onEvent`", erased),
        trial("in process: `render` writes every mail", rendered_mails),
        trial(
            "in process: every attempt has the texts of the first call of `render`",
            rendered_once,
        ),
        trial(
            "in process: refused texts of `render` are replaced by the built-in ones",
            refused_texts,
        ),
        trial(
            "in process: a `render` that fails delays a mail and does not stop it",
            failing_render,
        ),
    ]
}

/// Sends a call that requests a link for an identifier, on a surface.
pub async fn send_on(surface: &str, world: &World, identifier: &str) -> Response {
    let email = format!("{identifier}@mail.example");
    let (method, path, body) = match surface {
        "request" => {
            let body = json!({ "username": identifier }).to_string();
            ("POST", "/password/reset/request", body)
        }
        "page" => ("POST", "/password/forgot", format!("identifier={identifier}&captcha=a+token")),
        "rest" => ("PUT", "/api/v1/account/password", json!({ "email": email }).to_string()),
        "flask" => ("POST", "/api/auth/forgot", json!({ "email": email }).to_string()),
        _ => {
            let path = "/pub/applications/default/requests/resetpassword";
            ("POST", path, json!({ "principal": identifier }).to_string())
        }
    };
    let mut request = request(method, path, &body);
    let headers = request.headers_mut();
    headers.insert("user-agent", "a browser".parse().unwrap());
    headers.insert("cookie", "a=secret".parse().unwrap());
    if surface == "page" {
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        headers.insert("origin", "http://localhost".parse().unwrap());
    } else {
        headers.insert("relatch-captcha", "a token".parse().unwrap());
    }
    world.send(request).await
}

pub const SURFACES: [&str; 5] = ["request", "page", "rest", "flask", "cloudcms"];

async fn gated_calls() {
    let (world, memory) = in_memory(&[]);
    let calls = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&calls);
    memory.set_hooks(MemoryHooks {
        before_request: Some(Rc::new(move |call| {
            seen.borrow_mut().push(format!("{call:?}"));
            None
        })),
        ..MemoryHooks::default()
    });
    for surface in SURFACES {
        let response = send_on(surface, &world, "peter").await;
        assert!((200..=202).contains(&response.status), "{surface}: {response:?}");
        let [call] = <[String; 1]>::try_from(calls.take()).unwrap();
        let method = if surface == "rest" { "PUT" } else { "POST" };
        for part in [
            format!("surface: \"{surface}\", method: \"{method}\", path: \"/"),
            "(\"user-agent\", Some(\"a browser\"))".to_owned(),
            "captcha: Some(\"a token\")".to_owned(),
        ] {
            assert!(call.contains(&part), "{part}: {call}");
        }
        assert!(!call.contains("peter") && !call.contains("secret"), "{call}");
    }
    // A call that is not valid is rejected before.
    assert_eq!(world.request_reset(json!({ "nickname": "peter" })).await.status, 400);
    assert_eq!(world.check("malformed").await.status, 400);
    assert!(calls.take().is_empty());
}

fn set_answer(memory: &Memory) {
    memory.set_hooks(MemoryHooks {
        before_request: Some(Rc::new(|_| {
            Some(HookResponse {
                status: 403,
                headers: vec![("content-type".to_owned(), "text/html".to_owned())],
                body: "<p>Solve the captcha.</p>".to_owned(),
            })
        })),
        ..MemoryHooks::default()
    });
}

async fn answered() {
    let (world, memory) = in_memory(&[]);
    world.add(&Person { username: "peter".to_owned(), ..Person::new() }).await;
    set_answer(&memory);
    for surface in SURFACES {
        let mut responses = Vec::new();
        for identifier in ["peter", "nobody"] {
            let _before = take_verbs(&memory);
            responses.push(send_on(surface, &world, identifier).await);
            let verbs = take_verbs(&memory);
            assert_eq!(verbs, ["limiter.check", "hooks.before_request"], "{surface}");
        }
        assert_eq!(responses[0], responses[1]);
        let response = &responses[0];
        assert_eq!((response.status, response.body.as_str()), (403, "<p>Solve the captcha.</p>"));
        assert_eq!(response.header("content-type"), Some("text/html"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert_eq!(response.header("content-security-policy"), None, "it is served as it is");
    }
}

async fn failing_gate() {
    let (world, memory) = in_memory(&[]);
    world.add(&Person { username: "peter".to_owned(), ..Person::new() }).await;
    set_answer(&memory);
    fail_calls(&memory, "hooks.before_request", Fault::Before);
    for surface in SURFACES {
        let stored = memory.everything_stored();
        let known = send_on(surface, &world, "peter").await;
        assert_eq!(known.status, 503, "{surface}: {known:?}");
        assert_eq!(known, send_on(surface, &world, "nobody").await);
        assert_eq!(memory.everything_stored(), stored, "{surface}");
    }
}

async fn limited() {
    let (world, memory) = in_memory(&[]);
    set_answer(&memory);
    memory.set_request_limit(0);
    let response = world.request_reset(json!({ "username": "peter" })).await;
    assert_problem(&response, 429, "too_many_requests", "over the limit");
    assert_eq!(take_verbs(&memory), ["limiter.check"]);
}

/// Sets `mayReset` to refuse an account from its given number of the question on.
fn refuse(memory: &Memory, person: &Person, from: u32) -> Rc<Cell<u32>> {
    let (asked, id) = (Rc::new(Cell::new(0)), person.account_id());
    let count = Rc::clone(&asked);
    memory.set_hooks(MemoryHooks {
        may_reset: Some(Rc::new(move |account| {
            if account.id != id {
                return ResetDecision::Allowed;
            }
            count.set(count.get() + 1);
            if count.get() < from {
                return ResetDecision::Allowed;
            }
            ResetDecision::Refused(RefusalReason::new("on legal hold").unwrap())
        })),
        ..MemoryHooks::default()
    });
    asked
}

async fn refused() {
    let (world, memory) = in_memory(&[]);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    let asked = refuse(&memory, &peter, 1);
    let response = world.request_reset(json!({ "username": peter.username })).await;
    assert_eq!(response, world.request_reset(json!({ "username": john.username })).await);
    memory.advance(MINUTE).await;
    assert_eq!(world.events(&peter).await, ["request_refused: on legal hold"]);
    assert_eq!((world.mails_to(peter.address()).await.len(), asked.get()), (0, 1));
    world.wait_for_mail(john.address(), 1).await;
    // An account that is not eligible has its own reason.
    let disabled = Person { disabled: true, ..Person::new() };
    world.add(&disabled).await;
    let asked = refuse(&memory, &disabled, 1);
    world.request_reset(json!({ "username": disabled.username })).await;
    memory.advance(MINUTE).await;
    assert_eq!(world.events(&disabled).await, ["request_refused: disabled"]);
    assert_eq!(asked.get(), 0);
    // Of two accounts that share a mailbox, the other one gets its mail.
    let anna = Person { email: john.email.clone(), ..Person::new() };
    world.add(&anna).await;
    let _asked = refuse(&memory, &anna, 1);
    memory.advance(2 * MINUTE).await;
    world.request_reset(json!({ "email": john.address() })).await;
    let token = world.wait_for_mail(john.address(), 2).await.token();
    assert_eq!(world.events(&anna).await, ["request_refused: on legal hold"]);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&john, NEW).await);
}

async fn refused_later() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let asked = refuse(&memory, &peter, 2);
    world.request_reset(json!({ "username": peter.username })).await;
    memory.advance(MINUTE).await;
    assert_eq!(world.events(&peter).await, ["link_failed: on legal hold"]);
    assert_eq!((world.mails_to(peter.address()).await.len(), asked.get()), (0, 2));
}

async fn failing_decision() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let asked = refuse(&memory, &peter, u32::MAX);
    // At the lookup, or before the mail; without an effect, or as in a crash after it.
    for (failing, fault) in
        [(1, Fault::Before), (2, Fault::Before), (1, Fault::After), (2, Fault::After)]
    {
        let calls = Cell::new(0);
        inject_faults(&memory, move |call| {
            if call.verb != "hooks.may_reset" {
                return Fault::None;
            }
            calls.set(calls.get() + 1);
            if calls.get() == failing { fault } else { Fault::None }
        });
        asked.set(0);
        memory.advance(31 * MINUTE).await;
        world.request_reset(json!({ "username": peter.username })).await;
        memory.advance(MINUTE / 6).await;
        let before = world.mails_to(peter.address()).await.len();
        memory.advance(MINUTE).await;
        world.wait_for_mail(peter.address(), before + 1).await;
        assert_eq!(asked.get(), if fault == Fault::Before { 2 } else { 3 });
    }
}

async fn server_refusal() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let _asked = refuse(&memory, &peter, 1);
    let call = async |path: &str| {
        let body = json!({ "account": peter.account_id().0 }).to_string();
        let mut request = request("POST", path, &body);
        let key = format!("Bearer {SERVER_KEY}").parse().unwrap();
        request.headers_mut().insert("authorization", key);
        world.send(request).await
    };
    let reset = call("/server/reset").await;
    assert_eq!(assert_problem(&reset, 409, "account_ineligible", "reset"), "on legal hold");
    let status = call("/server/status").await.json();
    assert_eq!(status, json!({ "enabled": false, "reason": "on legal hold" }));
    memory.advance(MINUTE).await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    assert_eq!(
        world.events(&peter).await,
        ["server_reset: main: on legal hold", "server_status: main: on legal hold"]
    );
    fail_calls(&memory, "hooks.may_reset", Fault::Before);
    assert_problem(&call("/server/reset").await, 503, "unavailable", "the hook fails");
}

/// Sets `onEvent`. Returns the ids and the actions that it gets.
fn receive(memory: &Memory) -> Rc<RefCell<Vec<(String, &'static str)>>> {
    let events = Rc::new(RefCell::new(Vec::new()));
    let received = Rc::clone(&events);
    memory.set_hooks(MemoryHooks {
        on_event: Some(Rc::new(move |event| {
            received.borrow_mut().push((event.id.clone(), event.action.as_str()));
        })),
        ..MemoryHooks::default()
    });
    events
}

async fn events() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let received = receive(&memory);
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    world.request_reset(json!({ "username": "nobody" })).await;
    memory.advance(MINUTE).await;
    let sorted = |mut actions: Vec<&'static str>| {
        actions.sort_unstable();
        actions
    };
    let actions = |events: &[(String, &'static str)]| {
        sorted(events.iter().map(|(_, action)| *action).collect())
    };
    let expected = [
        "link_sent",
        "notice_sent",
        "password_reset",
        "request_accepted",
        "request_unmatched",
        "sessions_revoked",
    ];
    assert_eq!(actions(&received.borrow()), expected);
    let stored: Vec<_> = memory.events().into_iter().map(|event| event.id).collect();
    assert!(
        received.borrow().iter().all(|(id, _)| stored.contains(id)),
        "the ids are those stored"
    );

    // The hook has its effect and its answer is lost, as in a crash.
    received.borrow_mut().clear();
    let calls = Cell::new(0);
    inject_faults(&memory, move |call| {
        let is_of_link = call.verb == "hooks.on_event" && call.subject == "link_sent";
        let is_first = is_of_link && calls.replace(calls.get() + 1) == 0;
        if is_first { Fault::After } else { Fault::None }
    });
    let anna = world.new_person().await;
    world.token_for(&anna).await;
    memory.advance(MINUTE).await;
    let mut events = received.take();
    events.retain(|(_, action)| *action != "request_accepted");
    assert_eq!(actions(&events), ["link_sent", "link_sent"]);
    assert_eq!(events[0], events[1], "the id is stable");
}

async fn failing_receiver() {
    let (world, memory) = in_memory(&[]);
    let received = receive(&memory);
    fail_calls(&memory, "hooks.on_event", Fault::Before);
    let people = [world.new_person().await, world.new_person().await];
    for person in &people {
        let token = world.token_for(person).await;
        assert_eq!(world.confirm(&token, NEW).await.status, 200);
        memory.advance(MINUTE / 2).await;
        assert_eq!(world.events(person).await, ["link_sent", "password_reset", "notice_sent"]);
    }
    assert!(received.borrow().is_empty());
    memory.set_gate(None);
    memory.advance(60 * MINUTE).await;
    assert_eq!(received.borrow().len(), 10);
    memory.advance(48 * 60 * MINUTE).await;
    assert_eq!(received.borrow().len(), 10, "each is passed on once");
    assert_eq!(memory.objects_in_use(), 0);
}

async fn given_up() {
    let (world, memory) = in_memory(&[]);
    let received = receive(&memory);
    fail_calls(&memory, "hooks.on_event", Fault::Before);
    let peter = world.new_person().await;
    world.token_for(&peter).await;
    memory.advance(25 * 60 * MINUTE).await;
    let _before = take_verbs(&memory);
    memory.advance(25 * 60 * MINUTE).await;
    assert!(!take_verbs(&memory).contains(&"hooks.on_event"));
    assert!(received.borrow().is_empty());
    let logged = memory.logged_events();
    let mut logged: Vec<_> = logged.iter().map(|event| event.action.as_str()).collect();
    logged.sort_unstable();
    assert_eq!(logged, ["link_sent", "request_accepted"]);
}

async fn erased() {
    let (world, memory) = in_memory(&[]);
    let received = receive(&memory);
    fail_calls(&memory, "hooks.on_event", Fault::Before);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    for person in [&peter, &john] {
        world.token_for(person).await;
    }
    let body = json!({ "account": peter.account_id().0 }).to_string();
    let mut request = request("POST", "/server/erase", &body);
    let key = format!("Bearer {SERVER_KEY}").parse().unwrap();
    request.headers_mut().insert("authorization", key);
    assert_eq!(world.send(request).await.status, 200);
    memory.set_gate(None);
    memory.advance(60 * MINUTE).await;
    let mut actions: Vec<_> = received.borrow().iter().map(|(_, action)| *action).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["link_sent", "request_accepted", "server_erase"]);
}

/// Sets `render`. Returns the mails that it gets.
fn render(
    memory: &Memory,
    hook: impl Fn(&MailToRender) -> RenderOutcome + 'static,
) -> Rc<RefCell<Vec<MailToRender>>> {
    let mails = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&mails);
    memory.set_hooks(MemoryHooks {
        render: Some(Rc::new(move |mail| {
            seen.borrow_mut().push(mail.clone());
            hook(mail)
        })),
        ..MemoryHooks::default()
    });
    mails
}

/// Returns other texts for a mail, with all its links.
fn branded(mail: &MailToRender) -> RenderOutcome {
    let links: Vec<&str> = mail.links.iter().map(|(_, link)| link.as_str()).collect();
    let html = |link: &&str| format!("<a href=\"{link}\">Go</a>");
    RenderOutcome::Parts(Parts {
        subject: format!("Branded {:?}", mail.name),
        text: format!("Branded text\n{}", links.join("\n")),
        html: format!("<b>Branded</b>{}", links.iter().map(html).collect::<String>()),
    })
}

async fn rendered_mails() {
    let (world, memory) = in_memory(&[("SHARED_MAILBOX", "links")]);
    let mails = render(&memory, branded);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert_eq!(mail.subject, "Branded Link");
    assert!(mail.text.starts_with("Branded text") && mail.html.contains("<b>Branded</b>"));
    assert!(mail.html.contains(&format!("token={token}\">Go</a>")), "{}", mail.html);
    let [of_link] = <[MailToRender; 1]>::try_from(mails.take()).unwrap();
    let (_, placeholder) = &of_link.links[0];
    assert!(!format!("{of_link:?}").contains(&token) && !mail.source.contains(placeholder));
    assert!(!memory.everything_stored().contains(&token));
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert_eq!(world.wait_for_mail(peter.address(), 2).await.subject, "Branded Notice");
    memory.advance(MINUTE).await;
    assert_eq!(world.events(&peter).await, ["link_sent", "password_reset", "notice_sent"]);

    let one = world.new_person().await;
    let other = Person { email: one.email.clone(), ..Person::new() };
    world.add(&other).await;
    world.request_reset(json!({ "email": one.address() })).await;
    let mail = world.wait_for_mail(one.address(), 1).await;
    assert_eq!((mail.subject.as_str(), mail.text.matches("token=").count()), ("Branded Links", 2));

    let (world, memory) = in_memory(&[]);
    let _mails = render(&memory, branded);
    let one = world.new_person().await;
    world.add(&Person { email: one.email.clone(), ..Person::new() }).await;
    world.request_reset(json!({ "email": one.address() })).await;
    assert_eq!(world.wait_for_mail(one.address(), 1).await.subject, "Branded Ambiguous");
}

async fn rendered_once() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let calls = Rc::new(Cell::new(0));
    let count = Rc::clone(&calls);
    let _mails = render(&memory, move |mail| {
        count.set(count.get() + 1);
        let RenderOutcome::Parts(parts) = branded(mail) else { return RenderOutcome::Invalid };
        RenderOutcome::Parts(Parts { subject: format!("Call {}", count.get()), ..parts })
    });
    let attempts = Cell::new(0);
    inject_faults(&memory, move |call| {
        if call.verb != "mailer.send" {
            return Fault::None;
        }
        attempts.set(attempts.get() + 1);
        // Not sent; sent, and the answer is lost; sent.
        [Fault::Before, Fault::After, Fault::None][(attempts.get() - 1).min(2)]
    });
    world.request_reset(json!({ "username": peter.username })).await;
    memory.advance(30 * MINUTE).await;
    let mails = world.mails_to(peter.address()).await;
    assert_eq!((mails.len(), calls.get()), (2, 1));
    assert_eq!(mails[0].subject, "Call 1");
    assert_eq!(mails[0].source, mails[1].source);
}

async fn refused_texts() {
    for (reason, change) in [
        (
            "render_invalid",
            (|mut parts| {
                parts.text.clear();
                parts
            }) as fn(Parts) -> Parts,
        ),
        ("render_link_misplaced", |parts| Parts { html: "<p>no link</p>".to_owned(), ..parts }),
        ("render_url_foreign", |parts| {
            let html = format!("{}<a href=\"https://evil.example\">x</a>", parts.html);
            Parts { html, ..parts }
        }),
    ] {
        let (world, memory) = in_memory(&[]);
        let peter = world.new_person().await;
        let _mails = render(&memory, move |mail| match branded(mail) {
            RenderOutcome::Parts(parts) => RenderOutcome::Parts(change(parts)),
            other => other,
        });
        let token = world.token_for(&peter).await;
        let mail = world.wait_for_mail(peter.address(), 1).await;
        assert_eq!(mail.subject, "Reset your Example password", "{reason}");
        assert_eq!(world.check(&token).await.status, 200);
        memory.advance(MINUTE).await;
        let events = world.events(&peter).await;
        assert!(events.contains(&format!("render_refused: {reason}")), "{events:?}");
        assert!(events.contains(&"link_sent".to_owned()), "{events:?}");
    }
}

async fn failing_render() {
    let (world, memory) = in_memory(&[]);
    let _mails = render(&memory, branded);
    let peter = world.new_person().await;
    fail_calls(&memory, "hooks.render", Fault::Before);
    world.request_reset(json!({ "username": peter.username })).await;
    memory.advance(MINUTE / 6).await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    memory.set_gate(None);
    memory.advance(MINUTE).await;
    assert_eq!(world.wait_for_mail(peter.address(), 1).await.subject, "Branded Link");

    let anna = world.new_person().await;
    let calls = Cell::new(0);
    inject_faults(&memory, move |call| {
        let is_first = call.verb == "hooks.render" && calls.replace(calls.get() + 1) == 0;
        if is_first { Fault::After } else { Fault::None }
    });
    world.request_reset(json!({ "username": anna.username })).await;
    memory.advance(MINUTE).await;
    assert_eq!(world.wait_for_mail(anna.address(), 1).await.subject, "Branded Link");

    let john = world.new_person().await;
    fail_calls(&memory, "hooks.render", Fault::Before);
    world.request_reset(json!({ "username": john.username })).await;
    memory.advance(10 * MINUTE).await;
    let mail = world.wait_for_mail(john.address(), 1).await;
    assert_eq!(mail.subject, "Reset your Example password");
    let events = world.events(&john).await;
    assert!(events.contains(&"render_refused: outage".to_owned()), "{events:?}");
}
