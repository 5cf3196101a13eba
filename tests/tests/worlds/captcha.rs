//! The captcha: what a request needs, and what its provider may answer.

use std::rc::Rc;
use std::sync::Arc;

use http::Request;
use libtest_mimic::Trial;
use relatch_domain::captcha::ACTION;
use relatch_languages::Texts;
use relatch_memory::{CAPTCHA_SECRET, Fault, Memory, MemoryHooks};
use relatch_tests::in_process::{NARROW_KEY, SERVER_KEY};
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::service_double::{Behaviour, CAPTCHA_SITE_KEY as SITE_KEY, ServiceDouble};
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, in_memory, request};
use serde_json::json;

use crate::hooks::SURFACES;
use crate::pages::visitor::{Visitor, message};
use crate::support::{
    MINUTE, NEW, StoreSnapshot, assert_problem, fail_calls, log_line, take_verbs,
};
use crate::visitors::{VISITOR, name_visitor};

const TURNSTILE: &[(&str, &str)] = &[
    ("CAPTCHA_PROVIDER", "turnstile"),
    ("CAPTCHA_SITE_KEY", SITE_KEY),
    ("CAPTCHA_SECRET", CAPTCHA_SECRET),
    ("APPLICATIONS", "shop"),
    ("APP_SHOP_CAPTCHA_PROVIDER", "none"),
];

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: a request needs a captcha that was solved for it, on every surface",
            needed,
        ),
        trial(
            "in process: every captcha that is not valid gets the same response, for every identifier",
            refused,
        ),
        trial(
            "in process: an outage of the captcha's provider is one, for every identifier",
            outages,
        ),
        trial("in process: a rejected captcha costs no call of an object", cost),
        trial("in process: the captcha comes after the limit and before `beforeRequest`", order),
        trial("in process: a server that speaks for its visitors needs no captcha", servers),
        trial("in process: only a request needs a captcha", others),
        trial("in process: the page has the widget of the provider that is configured", widgets),
        trial("in process: the page without a solved captcha says what to do", unsolved_page),
        trial("workerd: a captcha is verified by the protocol of its provider", on_workerd),
    ]
}

/// Builds a call that requests a link for an identifier, on a surface, with the token of a captcha
/// if there is one.
fn call(surface: &str, identifier: &str, token: Option<&str>) -> Request<Vec<u8>> {
    let email = format!("{identifier}@mail.example");
    let cloudcms = "/pub/applications/default/requests/resetpassword";
    let in_header = !matches!(surface, "request" | "page");
    let mut request = match surface {
        "request" => {
            let body = match token {
                Some(token) => json!({ "username": identifier, "captcha": token }),
                None => json!({ "username": identifier }),
            };
            request("POST", "/password/reset/request", &body.to_string())
        }
        "page" => {
            let captcha = token.map(|token| format!("&cf-turnstile-response={token}"));
            let form = format!("identifier={identifier}{}", captcha.unwrap_or_default());
            let mut request = request("POST", "/password/forgot", &form);
            let headers = request.headers_mut();
            headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
            headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
            request
        }
        "rest" => {
            request("PUT", "/api/v1/account/password", &json!({ "email": email }).to_string())
        }
        "flask" => request("POST", "/api/auth/forgot", &json!({ "email": email }).to_string()),
        _ => request("POST", cloudcms, &json!({ "principal": identifier }).to_string()),
    };
    if let Some(token) = token.filter(|_| in_header) {
        request.headers_mut().insert("relatch-captcha", token.parse().unwrap());
    }
    request
}

async fn send(world: &World, surface: &str, identifier: &str, token: Option<&str>) -> Response {
    let mut response = world.send(call(surface, identifier, token)).await;
    // The form shows what was entered.
    response.body = response.body.replace(&format!("value=\"{identifier}\""), "value=\"\"");
    response
}

fn solved(memory: &Memory) -> String {
    memory.solve_captcha("localhost", Some(ACTION))
}

async fn needed() {
    for surface in SURFACES {
        let (world, memory) = in_memory(TURNSTILE);
        let rejected = send(&world, surface, "peter", None).await;
        assert_eq!(rejected.status, 403, "{surface}: {rejected:?}");
        let title = "Confirm that you are not a robot, then try again.";
        assert!(rejected.body.contains(title), "{surface}: {}", rejected.body);
        let token = solved(&memory);
        let _before = take_verbs(&memory);
        let accepted = send(&world, surface, "peter", Some(&token)).await;
        assert!((200..=202).contains(&accepted.status), "{surface}: {accepted:?}");
        assert_eq!(
            take_verbs(&memory),
            ["limiter.check", "captcha.verify", "intakes.accept", "intake.insert"],
            "{surface}"
        );
        // A page of an allowed origin may show the widget, too.
        let token = memory.solve_captcha("app.example.com", Some(ACTION));
        let accepted = send(&world, surface, "peter", Some(&token)).await;
        assert!((200..=202).contains(&accepted.status), "{surface}: {accepted:?}");
    }
    // In the JSON call, the header does as well.
    let (world, memory) = in_memory(TURNSTILE);
    let mut request = call("request", "peter", None);
    request.headers_mut().insert("relatch-captcha", solved(&memory).parse().unwrap());
    assert_eq!(world.send(request).await.status, 200);
    let wrong = json!({ "username": "peter", "captcha": 7 });
    let detail = assert_problem(&world.request_reset(wrong).await, 400, "request_invalid", "7");
    assert!(detail.contains("`captcha`"), "{detail}");
}

async fn refused() {
    for surface in SURFACES {
        let (world, memory) = in_memory(TURNSTILE);
        let peter = Person {
            username: "peter".to_owned(),
            email: Some("peter@mail.example".to_owned()),
            ..Person::new()
        };
        world.add(&peter).await;
        let expected = send(&world, surface, "nobody", None).await;
        assert_eq!(expected.status, 403);
        let expired = [solved(&memory), solved(&memory)];
        memory.advance(6 * MINUTE).await;
        let mut used = [solved(&memory), solved(&memory)];
        for token in &used {
            let status = send(&world, surface, "anna", Some(token)).await.status;
            assert!((200..=202).contains(&status), "{surface}");
        }
        let of = |host: &str, action: Option<&str>| {
            [memory.solve_captcha(host, action), memory.solve_captcha(host, action)]
        };
        let long = "x".repeat(8193);
        let mut kinds = vec![
            ("expired", expired),
            ("of another host", of("evil.example", Some(ACTION))),
            ("of another action", of("localhost", Some("login"))),
            ("without an action", of("localhost", None)),
            ("unknown", ["unknown".to_owned(), "unknown".to_owned()]),
            ("too long", [long.clone(), long]),
        ];
        kinds.push(("used", std::mem::take(&mut used)));
        for (kind, tokens) in kinds {
            let store = StoreSnapshot::take(&world);
            for (identifier, token) in ["peter", "nobody"].iter().zip(&tokens) {
                let response = send(&world, surface, identifier, Some(token)).await;
                assert_eq!(response, expected, "{surface}: {kind}, {identifier}");
            }
            let verbs = take_verbs(&memory);
            assert!(
                verbs.iter().all(|verb| ["limiter.check", "captcha.verify"].contains(verb)),
                "{surface}: {kind}: {verbs:?}"
            );
            store.assert_unchanged(kind);
        }
    }
    let (world, memory) = in_memory(TURNSTILE);
    let response = world.request_reset(json!({ "username": "peter" })).await;
    assert_problem(&response, 403, "captcha_rejected", "missing");
    let refusals = memory.logged_refusals();
    assert_eq!(refusals.last().map(|refusal| refusal.code), Some("captcha_rejected"));
}

async fn outages() {
    for surface in SURFACES {
        let (world, memory) = in_memory(TURNSTILE);
        world.add(&Person { username: "peter".to_owned(), ..Person::new() }).await;
        let stored = memory.everything_stored();
        fail_calls(&memory, "captcha.verify", Fault::Before);
        let known = send(&world, surface, "peter", Some(&solved(&memory))).await;
        assert_eq!(known.status, 503, "{surface}: {known:?}");
        assert_eq!(known, send(&world, surface, "nobody", Some(&solved(&memory))).await);
        assert_eq!(memory.everything_stored(), stored, "{surface}");
    }
    // A secret that is wrong or revoked is not the visitor's fault.
    let changes = [TURNSTILE, &[("CAPTCHA_SECRET", "another-secret")]].concat();
    let (world, memory) = in_memory(&changes);
    let response = send(&world, "request", "peter", Some(&solved(&memory))).await;
    assert_problem(&response, 503, "unavailable", "wrong secret");
}

async fn cost() {
    let (world, memory) = in_memory(TURNSTILE);
    for (surface, token) in SURFACES.iter().flat_map(|it| [(it, None), (it, Some("unknown"))]) {
        let _before = take_verbs(&memory);
        assert_eq!(send(&world, surface, "peter", token).await.status, 403);
        let expected: &[&str] = match token {
            None => &["limiter.check"],
            Some(_) => &["limiter.check", "captcha.verify"],
        };
        assert_eq!(take_verbs(&memory), expected, "{surface}");
        assert_eq!(memory.objects_in_use(), 0);
    }
}

async fn order() {
    let (world, memory) = in_memory(TURNSTILE);
    let tokens = Rc::new(std::cell::RefCell::new(Vec::new()));
    let seen = Rc::clone(&tokens);
    memory.set_hooks(MemoryHooks {
        before_request: Some(Rc::new(move |call| {
            seen.borrow_mut().push(call.captcha.unwrap_or_default().to_owned());
            None
        })),
        ..MemoryHooks::default()
    });
    let token = solved(&memory);
    assert_eq!(send(&world, "request", "peter", Some(&token)).await.status, 200);
    assert_eq!(send(&world, "request", "peter", Some(&token)).await.status, 403);
    assert_eq!(tokens.take(), [token]);
    memory.set_request_limit(0);
    let _before = take_verbs(&memory);
    let response = send(&world, "request", "peter", Some(&solved(&memory))).await;
    assert_problem(&response, 429, "too_many_requests", "over the limit");
    assert_eq!(take_verbs(&memory), ["limiter.check"]);
}

async fn servers() {
    let (world, memory) = in_memory(TURNSTILE);
    let keyed = |surface: &str, key: &str| {
        let mut request = call(surface, "peter", None);
        let bearer = format!("Bearer {key}").parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        request
    };
    for surface in SURFACES.into_iter().filter(|surface| *surface != "page") {
        let visitor = name_visitor(call(surface, "peter", None), NARROW_KEY, VISITOR);
        for request in [visitor, keyed(surface, NARROW_KEY)] {
            let _before = take_verbs(&memory);
            let response = world.send(request).await;
            assert!((200..=202).contains(&response.status), "{surface}: {response:?}");
            assert!(!take_verbs(&memory).contains(&"captcha.verify"), "{surface}");
        }
        // A key without the scope, and none that the application has.
        for key in [SERVER_KEY, "unknown"] {
            let response = world.send(keyed(surface, key)).await;
            assert_eq!(response.status, 403, "{surface}: {response:?}");
        }
    }
}

async fn others() {
    let (world, memory) = in_memory(TURNSTILE);
    let peter = world.new_person().await;
    let response = send(&world, "request", &peter.username, Some(&solved(&memory))).await;
    assert_eq!(response.status, 200);
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    let session = world.open_session(&peter).await;
    let response = world.change_password(&session, NEW, "another long passphrase").await;
    assert_eq!(response.status, 200, "{response:?}");
    // The handle of a request proves that its captcha was solved.
    let token = solved(&memory);
    let created = send(&world, "cloudcms", &peter.username, Some(&token)).await;
    let handle = created.json()["_doc"].as_str().unwrap().to_owned();
    let path = format!("/pub/applications/default/requests/resetpassword/{handle}/send");
    assert_eq!(world.post(&path, "").await.status, 200);
}

async fn widgets() {
    for (provider, class, script, sources, more) in [
        (
            "turnstile",
            "cf-turnstile",
            "https://challenges.cloudflare.com/turnstile/v0/api.js",
            "https://challenges.cloudflare.com",
            false,
        ),
        (
            "hcaptcha",
            "h-captcha",
            "https://js.hcaptcha.com/1/api.js",
            "https://hcaptcha.com https://*.hcaptcha.com",
            true,
        ),
        (
            "recaptcha",
            "g-recaptcha",
            "https://www.google.com/recaptcha/api.js",
            "https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/ \
             https://recaptcha.google.com/recaptcha/",
            false,
        ),
    ] {
        let changes = [TURNSTILE, &[("CAPTCHA_PROVIDER", provider)]].concat();
        let (world, _memory) = in_memory(&changes);
        let page = Visitor::new(&world).visit("/password/forgot").await;
        for text in [
            format!(
                "<div class=\"{class} field\" data-sitekey=\"{SITE_KEY}\" data-action=\"{ACTION}\">"
            ),
            format!("<script src=\"{script}\" async defer></script>"),
            format!(
                "<noscript><p class=\"error\">{}</p></noscript>",
                Texts::ENGLISH.page_captcha_script()
            ),
        ] {
            assert!(page.body.contains(&text), "{text}: {}", page.body);
        }
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains(&format!(" {sources}; frame-src {sources};")), "{policy}");
        assert_eq!(policy.contains(&format!("connect-src {sources};")), more, "{policy}");
        assert!(!policy.contains("trusted-types") && !policy.contains("unsafe"), "{policy}");
        // Nothing of it on any other page.
        for path in ["/password/reset", "/password/reset?token=a"] {
            let page = Visitor::new(&world).visit(path).await;
            let policy = page.header("content-security-policy").unwrap_or_default();
            assert!(!page.body.contains(class) && !policy.contains(sources), "{path}: {page:?}");
        }
    }
    let (world, _memory) = in_memory(&[]);
    let page = Visitor::new(&world).visit("/password/forgot").await;
    assert!(!page.body.contains("noscript") && !page.body.contains("script src"), "{}", page.body);
    assert!(page.header("content-security-policy").unwrap().contains("trusted-types 'none'"));
}

async fn unsolved_page() {
    let (world, memory) = in_memory(TURNSTILE);
    let mut visitor = Visitor::new(&world);
    for token in ["", "used"] {
        let fields = [("identifier", "peter&co"), ("cf-turnstile-response", token)];
        let page = visitor.submit("/password/forgot", &fields).await;
        assert_eq!(page.status, 403, "{page:?}");
        for text in ["Error: ", &message("captcha.rejected"), "peter&#38;co", "cf-turnstile"] {
            assert!(page.body.contains(text), "{text}: {}", page.body);
        }
    }
    let token = solved(&memory);
    let fields = [("identifier", "peter"), ("cf-turnstile-response", token.as_str())];
    assert_eq!(visitor.submit("/password/forgot", &fields).await.status, 200);
}

/// Asserts what a token of a provider other than Turnstile is worth, in the application of its name.
async fn assert_verified(world: &World, service: &ServiceDouble, provider: &str, widget: &str) {
    let peter = world.new_person().await;
    let (forgot, field) =
        (format!("/apps/{provider}/password/forgot"), format!("{widget}-response"));
    let mut visitor = Visitor::new(world);
    let page = visitor.visit(&forgot).await;
    assert!(page.body.contains(&format!("class=\"{widget} field\"")), "{}", page.body);
    let _earlier = service.take_received();
    for (host, status) in [("evil.example", 403), ("localhost", 200)] {
        // Their answers have no action.
        let token = service.solve(host, ACTION);
        let fields = [("identifier", peter.username.as_str()), (&field, &token)];
        let page = visitor.submit(&forgot, &fields).await;
        assert_eq!(page.status, status, "{provider}, {host}: {page:?}");
        let received = service.take_received();
        let paths: Vec<&str> = received.iter().map(|call| call.path.as_str()).collect();
        assert_eq!(paths, [format!("/{provider}/siteverify")]);
    }
    world.wait_for_mail(peter.address(), 1).await;
    let token = service.solve("localhost", ACTION);
    let path = format!("/apps/{provider}/password/reset/request");
    let body = json!({ "username": "unknown", "captcha": token }).to_string();
    assert_eq!(world.post(&path, body.clone()).await.status, 200, "{provider}");
    assert_problem(&world.post(&path, body).await, 403, "captcha_rejected", provider);
}

async fn on_workerd() {
    let service = ServiceDouble::start().await;
    let [url, hcaptcha, recaptcha] =
        ["/siteverify", "/hcaptcha/siteverify", "/recaptcha/siteverify"]
            .map(|path| service.url(path));
    let own = [
        ("CAPTCHA_VERIFY_URL", url.as_str()),
        ("APPLICATIONS", "shop,hcaptcha,recaptcha"),
        ("APP_HCAPTCHA_CAPTCHA_PROVIDER", "hcaptcha"),
        ("APP_HCAPTCHA_CAPTCHA_SITE_KEY", SITE_KEY),
        ("APP_HCAPTCHA_CAPTCHA_SECRET", CAPTCHA_SECRET),
        ("APP_HCAPTCHA_CAPTCHA_VERIFY_URL", &hcaptcha),
        ("APP_RECAPTCHA_CAPTCHA_PROVIDER", "recaptcha"),
        ("APP_RECAPTCHA_CAPTCHA_SITE_KEY", SITE_KEY),
        ("APP_RECAPTCHA_CAPTCHA_SECRET", CAPTCHA_SECRET),
        ("APP_RECAPTCHA_CAPTCHA_VERIFY_URL", &recaptcha),
    ];
    let workerd = Arc::new(Workerd::start(&[TURNSTILE, &own].concat()));
    let world = World::Workerd(Arc::clone(&workerd));
    let peter = world.new_person().await;
    let token = service.solve("localhost", ACTION);
    let request = async |identifier: &str, token: &str| {
        world.request_reset(json!({ "username": identifier, "captcha": token })).await
    };
    let accepted = request(&peter.username, &token).await;
    assert_eq!(accepted.status, 200, "{accepted:?}");
    let [received] = <[_; 1]>::try_from(service.take_received()).unwrap();
    assert_eq!((received.method.as_str(), received.path.as_str()), ("POST", "/siteverify"));
    let form = "application/x-www-form-urlencoded";
    assert!(received.header("content-type").starts_with(form), "{received:?}");
    world.wait_for_mail(peter.address(), 1).await;

    let missing = world.request_reset(json!({ "username": peter.username })).await;
    assert_problem(&missing, 403, "captcha_rejected", "missing");
    let others = [service.solve("evil.example", ACTION), service.solve("localhost", "login")];
    for token in [token.as_str(), "unknown", &others[0], &others[1]] {
        assert_eq!(request(&peter.username, token).await, missing, "{token}");
    }
    let used = service.solve("localhost", ACTION);
    assert_eq!(request("unknown", &used).await, accepted, "known or not");
    assert_eq!(request("unknown", &used).await, missing);
    let page = Visitor::new(&world).visit("/password/forgot").await;
    assert!(page.body.contains("cf-turnstile"), "{}", page.body);
    for (provider, widget) in [("hcaptcha", "h-captcha"), ("recaptcha", "g-recaptcha")] {
        assert_verified(&world, &service, provider, widget).await;
    }

    let outage = {
        service.set(Behaviour::Error);
        request("unknown", &service.solve("localhost", ACTION)).await
    };
    assert_problem(&outage, 503, "unavailable", "an error");
    for behaviour in Behaviour::WRONG {
        service.set(behaviour);
        let _earlier = service.take_received();
        let token = service.solve("localhost", ACTION);
        assert_eq!(request(&peter.username, &token).await, outage, "{behaviour:?}");
        let received = service.take_received();
        assert_eq!(received.len(), 1, "{behaviour:?}: no redirect is followed: {received:?}");
    }
    // A line may reach the log after the response.
    let is_logged =
        async |words: &[&str]| workerd.wait_until(MINUTE, async || log_line(&workerd, words)).await;
    for status in ["status 500", "status 302"] {
        assert!(is_logged(&["captcha", status]).await, "{}", workerd.log());
    }
    workerd.kill();
    service.set(Behaviour::Protocol);
    workerd.start_worker_with(&[("CAPTCHA_SECRET", "a-secret-that-was-revoked".to_owned())]);
    let token = service.solve("localhost", ACTION);
    assert_eq!(request(&peter.username, &token).await, outage, "a revoked secret");
    assert!(is_logged(&["captcha", "CAPTCHA_SECRET"]).await, "{}", workerd.log());
    for secret in [CAPTCHA_SECRET, "a-secret-that-was-revoked", token.as_str()] {
        assert!(!workerd.log().contains(secret), "the log has {secret}");
    }
    workerd.shut_down();
}
