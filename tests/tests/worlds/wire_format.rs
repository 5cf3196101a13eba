//! Pins the wire contract: statuses and all headers of every surface, problem codes and their
//! members, scopes of server keys, and the names of form fields. Texts for people may change.

use http::Request;
use libtest_mimic::Trial;
use relatch::Code;
use relatch_tests::flow;
use relatch_tests::in_process::{NARROW_KEY, SERVER_KEY};
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, change_request, in_memory, request};
use serde_json::{Value, json};

use crate::pages::visitor::{DONE_COOKIE, LINK_COOKIE, Visitor, link_digest};
use crate::support::NEW;

pub fn trials() -> Vec<Trial> {
    let flows: [(&str, Flow); 6] = [
        ("every problem has the members that its code promises", flow!(members)),
        ("the headers of the canonical calls are fixed", flow!(canonical)),
        ("the headers of the pages are fixed", flow!(pages)),
        ("the headers of the server calls are fixed", flow!(server)),
        ("the headers of the dialects are fixed", flow!(dialects)),
        ("the names of the form fields are fixed", flow!(fields)),
    ];
    let mut trials: Vec<Trial> = Vec::new();
    for (name, flow) in flows {
        let run = move || async move { flow(&in_memory(&[]).0).await };
        trials.push(trial(format!("in process: {name}"), run));
    }
    trials.push(trial("in process: every problem code has its status", codes));
    trials.push(trial("in process: the headers of a rate limit are fixed", limits));
    trials.push(trial(
        "in process: the names of server key scopes and what each permits are fixed",
        scopes,
    ));
    trials
}

/// A name and a value.
type Header = (&'static str, &'static str);

/// The headers of every response. The two policies depend on whether it is a page.
const ALWAYS: [Header; 7] = [
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "browsing-topics=(), camera=(), display-capture=(), geolocation=(), hid=(), \
         microphone=(), midi=(), payment=(), serial=(), usb=()",
    ),
    ("strict-transport-security", "max-age=63072000"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];
const NO_CONTENT_POLICY: Header = (
    "content-security-policy",
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);
const NO_REFERRER: Header = ("referrer-policy", "no-referrer");
const VARY: Header = ("vary", "Origin");
const JSON: Header = ("content-type", "application/json");
const PROBLEM: Header = ("content-type", "application/problem+json");
const HTML: Header = ("content-type", "text/html; charset=utf-8");

/// Asserts the status, and that the headers are exactly [`ALWAYS`] and these.
#[track_caller]
fn assert_headers(response: &Response, status: u16, more: &[Header]) {
    let mut expected = [&ALWAYS, more].concat();
    expected.sort_unstable();
    let plain = |(name, value): &(String, String)| (name.clone(), without_hashes(value));
    let headers: Vec<(String, String)> = response.headers.iter().map(plain).collect();
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!((response.status, headers), (status, expected), "{}", response.body);
}

/// Asserts the status and the headers of a response that is not a page.
#[track_caller]
fn assert_data(response: &Response, status: u16, more: &[Header]) {
    assert_headers(response, status, &[&[NO_CONTENT_POLICY, NO_REFERRER, VARY], more].concat());
}

/// Replaces the hashes of the style and the script in a policy, which change with the pages.
fn without_hashes(value: &str) -> String {
    let mut parts = value.split("'sha256-");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str("'sha256-{hash}'");
        plain.push_str(part.split_once('\'').map_or("", |(_, rest)| rest));
    }
    plain
}

async fn codes() {
    let statuses: Vec<(&str, u16)> =
        Code::ALL.iter().map(|code| (code.as_str(), code.status())).collect();
    assert_eq!(
        statuses,
        [
            ("request_invalid", 400),
            ("link_invalid", 400),
            ("key_invalid", 401),
            ("key_out_of_scope", 403),
            ("not_signed_in", 401),
            ("old_password_wrong", 403),
            ("captcha_rejected", 403),
            ("origin_not_allowed", 403),
            ("not_found", 404),
            ("account_unknown", 404),
            ("method_not_allowed", 405),
            ("account_ineligible", 409),
            ("link_busy", 409),
            ("change_busy", 409),
            ("link_expired", 410),
            ("link_used", 410),
            ("body_too_large", 413),
            ("content_type_unsupported", 415),
            ("password_rejected", 422),
            ("too_many_requests", 429),
            ("misconfigured", 503),
            ("unavailable", 503),
        ]
    );
}

#[track_caller]
fn assert_members(response: &Response, status: u16, code: &str, members: &[&str]) {
    let problem = response.json();
    let names: Vec<&str> =
        problem.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!((response.status, names.as_slice()), (status, members), "{response:?}");
    assert_eq!(problem["type"], json!(format!("urn:relatch:problem:{code}")));
    assert_eq!((&problem["code"], &problem["status"]), (&json!(code), &json!(status)));
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()));
}

async fn members(world: &World) {
    let invalid = world.confirm("no token", NEW).await;
    assert_members(&invalid, 400, "link_invalid", &["code", "status", "title", "type"]);
    let wrong = world.request_reset(json!({ "nickname": "peter" })).await;
    assert_members(&wrong, 400, "request_invalid", &["code", "detail", "status", "title", "type"]);
    let peter = world.new_person().await;
    let rejected = world.confirm(&world.token_for(&peter).await, "short").await;
    assert_members(
        &rejected,
        422,
        "password_rejected",
        &["code", "reasons", "status", "title", "type"],
    );
    assert!(
        rejected.json()["reasons"].as_array().is_some_and(|all| all.iter().all(Value::is_string))
    );
}

fn with(mut request: Request<Vec<u8>>, headers: &[(&'static str, &str)]) -> Request<Vec<u8>> {
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("the value is a valid header"));
    }
    request
}

async fn canonical(world: &World) {
    let peter = world.new_person().await;
    let send = async |method: &str, path: &str, headers: &[(&'static str, &str)], body: &str| {
        world.send(with(request(method, path, body), headers)).await
    };
    let allowed_origin: Header = ("origin", "https://app.example.com");
    let allowed: [Header; 2] = [
        ("access-control-allow-origin", "https://app.example.com"),
        ("access-control-expose-headers", "Retry-After"),
    ];
    let from_page = |more: &[Header]| [&allowed, more].concat();
    let post: Header = ("allow", "POST, OPTIONS");
    let get: Header = ("allow", "GET, HEAD, OPTIONS");

    for path in [
        "/password/reset/request",
        "/password/reset/check",
        "/password/reset/confirm",
        "/password/change",
    ] {
        assert_data(&send("POST", path, &[], "{}").await, 400, &[PROBLEM]);
        assert_data(
            &send("POST", path, &[allowed_origin], "{}").await,
            400,
            &from_page(&[PROBLEM]),
        );
        assert_data(
            &send("POST", path, &[("origin", "https://evil.example")], "{}").await,
            403,
            &[PROBLEM],
        );
        assert_data(&send("GET", path, &[], "").await, 405, &[PROBLEM, post]);
        assert_data(
            &send("POST", path, &[("content-type", "text/plain")], "{}").await,
            415,
            &[PROBLEM, ("accept", "application/json")],
        );
        let preflight = [
            post,
            (
                "access-control-allow-headers",
                "Authorization, Content-Type, Relatch-Captcha, traceparent, tracestate, baggage, \
                 sentry-trace, b3, X-B3-TraceId, X-B3-SpanId, X-B3-ParentSpanId, X-B3-Sampled, \
                 X-B3-Flags, x-datadog-trace-id, x-datadog-parent-id, x-datadog-origin, \
                 x-datadog-sampling-priority, x-datadog-tags, newrelic, elastic-apm-traceparent, \
                 Request-Id, Request-Context, X-Amzn-Trace-Id, X-Cloud-Trace-Context, \
                 uber-trace-id, X-Request-ID, X-Correlation-ID, X-Requested-With",
            ),
            ("access-control-allow-methods", "POST, OPTIONS"),
            ("access-control-max-age", "600"),
        ];
        assert_data(
            &send("OPTIONS", path, &[allowed_origin], "").await,
            204,
            &from_page(&preflight),
        );
    }
    for path in ["/password/rules", "/healthz"] {
        assert_data(&send("GET", path, &[], "").await, 200, &[JSON]);
        assert_data(&send("HEAD", path, &[], "").await, 200, &[JSON]);
        assert_data(&send("POST", path, &[], "{}").await, 405, &[PROBLEM, get]);
    }
    assert_data(&send("GET", "/nothing", &[], "").await, 404, &[PROBLEM]);

    let body = json!({ "username": peter.username }).to_string();
    assert_data(
        &send("POST", "/password/reset/request", &[allowed_origin], &body).await,
        200,
        &from_page(&[JSON]),
    );
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    assert_data(&world.check(&token).await, 200, &[JSON]);
    assert_data(&world.confirm(&token, "short").await, 422, &[PROBLEM]);
    assert_data(&world.confirm(&token, NEW).await, 200, &[JSON]);
    assert_data(&world.check(&token).await, 410, &[PROBLEM]);
    assert_data(&world.confirm("no token", NEW).await, 400, &[PROBLEM]);

    let bearer: Header = ("www-authenticate", "Bearer");
    let john = world.new_person().await;
    let session = world.open_session(&john).await;
    assert_data(
        &world.send(change_request("unknown-session", "old", NEW)).await,
        401,
        &[PROBLEM, bearer],
    );
    assert_data(
        &world.send(change_request(&session, "not the password", NEW)).await,
        403,
        &[PROBLEM],
    );
    assert_data(&world.send(change_request(&session, &john.password, NEW)).await, 200, &[JSON]);
}

async fn limits() {
    let (world, memory) = in_memory(&[]);
    memory.set_request_limit(0);
    assert_data(
        &world.request_reset(json!({ "username": "peter" })).await,
        429,
        &[PROBLEM, ("retry-after", "60")],
    );
    let mut visitor = Visitor::new(&world);
    assert_headers(
        &visitor.request_link("peter").await,
        429,
        &[&page(PLAIN)[..], &[("retry-after", "60")]].concat(),
    );
}

/// The policy of a page that loads nothing.
const PLAIN: &str = "default-src 'none'; style-src 'sha256-{hash}'; script-src 'sha256-{hash}'; img-src data:; \
    require-trusted-types-for 'script'; trusted-types 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const ROBOTS: Header = ("x-robots-tag", "noindex");

fn page(policy: &'static str) -> [Header; 4] {
    [HTML, ROBOTS, ("content-security-policy", policy), ("referrer-policy", "same-origin")]
}

async fn pages(world: &World) {
    let mut visitor = Visitor::new(world);
    assert_headers(&visitor.visit("/password/forgot").await, 200, &page(PLAIN));
    assert_headers(&visitor.request_link("unknown").await, 200, &page(PLAIN));
    assert_headers(&visitor.request_link("").await, 400, &page(PLAIN));
    assert_headers(&visitor.visit("/password/reset").await, 400, &page(PLAIN));
    let allow: Header = ("allow", "GET, HEAD, POST, OPTIONS");
    let response = world.send(request("PUT", "/password/forgot", "")).await;
    assert_headers(&response, 405, &[&page(PLAIN)[..], &[allow]].concat());
    let response = world.send(request("OPTIONS", "/password/reset", "")).await;
    assert_headers(&response, 204, &[NO_CONTENT_POLICY, NO_REFERRER, ROBOTS, allow]);

    // The form of a link may load the service's own assets, and renews the cookie.
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let attributes = "Path=/password/reset; Max-Age=900; HttpOnly; SameSite=Lax";
    let cookie = format!("{LINK_COOKIE}={token}; {attributes}");
    let opened = world.send(request("GET", &format!("/password/reset?token={token}"), "")).await;
    assert_eq!(opened.header("set-cookie"), Some(cookie.as_str()));
    assert_headers(
        &without(&opened, "set-cookie"),
        303,
        &[NO_CONTENT_POLICY, NO_REFERRER, ROBOTS, ("location", "/password/reset")],
    );
    let broken = world.send(request("GET", "/password/reset?token=broken", "")).await;
    assert_eq!(
        broken.header("set-cookie"),
        Some(format!("{LINK_COOKIE}=incomplete; {attributes}").as_str())
    );

    let form = visitor.open_link(&token).await;
    assert_eq!(form.header("set-cookie"), Some(cookie.as_str()));
    let policy = form.header("content-security-policy").map(without_hashes).unwrap_or_default();
    let assets = format!("{}/password/assets/", world.base_url());
    let loads =
        format!("script-src 'sha256-{{hash}}' {assets} 'wasm-unsafe-eval'; connect-src {assets};");
    assert_eq!(policy, PLAIN.replace("script-src 'sha256-{hash}';", &loads));
    let rest = without(&without(&form, "set-cookie"), "content-security-policy");
    assert_headers(&rest, 200, &[HTML, ROBOTS, ("referrer-policy", "same-origin")]);

    let changed = visitor.submit_password(&form, NEW).await;
    let cookies: Vec<&str> = changed
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    let (done, deleted) = (cookies[0], cookies[1]);
    assert_eq!(
        deleted,
        format!("{LINK_COOKIE}=; Path=/password/reset; Max-Age=0; HttpOnly; SameSite=Lax")
    );
    assert!(done.starts_with(&format!("{DONE_COOKIE}={}.", link_digest(&form))), "{done}");
    assert!(
        done.ends_with("; Path=/password/reset; Max-Age=600; HttpOnly; SameSite=Lax"),
        "{done}"
    );
    assert_headers(&without(&changed, "set-cookie"), 200, &page(PLAIN));
}

fn without(response: &Response, header: &str) -> Response {
    let headers = response.headers.iter().filter(|(name, _)| name != header).cloned().collect();
    Response { headers, ..response.clone() }
}

async fn server(world: &World) {
    let peter = world.new_person().await;
    let about = json!({ "username": peter.username }).to_string();
    let send = async |method: &str, path: &str, key: &str, body: &str| {
        let bearer = format!("Bearer {key}");
        world.send(with(request(method, path, body), &[("authorization", &bearer)])).await
    };
    for (path, status, allow) in [
        ("/server/reset", 202, "POST"),
        ("/server/status", 200, "GET, HEAD, POST"),
        ("/server/links/revoke", 200, "POST"),
        ("/server/events", 200, "GET, HEAD, POST"),
        ("/server/outbox", 200, "GET, HEAD, POST"),
        ("/server/retry", 200, "POST"),
        ("/server/erase", 200, "POST"),
    ] {
        assert_data(&send("POST", path, SERVER_KEY, &about).await, status, &[JSON]);
        assert_data(&send("POST", path, SERVER_KEY, "{}").await, 400, &[PROBLEM]);
        let bearer: Header = ("www-authenticate", "Bearer");
        assert_data(&send("POST", path, "another key", &about).await, 401, &[PROBLEM, bearer]);
        assert_data(
            &send("PUT", path, SERVER_KEY, &about).await,
            405,
            &[PROBLEM, ("allow", allow)],
        );
        if path != "/server/status" {
            assert_data(&send("POST", path, NARROW_KEY, &about).await, 403, &[PROBLEM]);
        }
    }
    assert_data(&send("GET", "/server/status", NARROW_KEY, "").await, 200, &[JSON]);
    let unknown = r#"{"username":"unknown"}"#;
    assert_data(&send("POST", "/server/status", NARROW_KEY, unknown).await, 200, &[JSON]);
    assert_data(&send("POST", "/server/reset", SERVER_KEY, unknown).await, 404, &[PROBLEM]);
    assert_data(&send("POST", "/server/nothing", SERVER_KEY, "{}").await, 404, &[PROBLEM]);
}

async fn scopes() {
    let about = r#"{"username":"unknown"}"#;
    let create = "/pub/applications/default/requests/resetpassword/create";
    let define = r#"{"principal":"unknown","email":{"body":"${hash}"}}"#;
    let calls = [
        ("reset", "/server/reset", about),
        ("status", "/server/status", about),
        ("links", "/server/links/revoke", about),
        ("events", "/server/events", about),
        ("erase", "/server/erase", about),
        ("mail", create, define),
        ("operator", "/server/outbox", about),
        ("retry", "/server/retry", about),
        ("invite", "/server/invite", about),
    ];
    for (scope, ..) in calls {
        let key = format!(
            "narrow:bc9237ac2d0ba55602f12798d9841b791ee1e52110725fbe3fa5d1798719507f:{scope}"
        );
        let (world, _memory) = in_memory(&[("APPLICATION_KEYS", &key)]);
        for (other, path, body) in calls {
            let bearer = format!("Bearer {NARROW_KEY}");
            let response =
                world.send(with(request("POST", path, body), &[("authorization", &bearer)])).await;
            assert_eq!(response.status != 403, scope == other, "{scope} at {path}: {response:?}");
        }
    }
    // The scope `request` permits no call: it makes the header with the visitor's address count.
    for scope in ["request", "reset+status+links+events+erase+mail+operator+retry+invite"] {
        let key = format!(
            "narrow:bc9237ac2d0ba55602f12798d9841b791ee1e52110725fbe3fa5d1798719507f:{scope}"
        );
        let (world, _memory) = in_memory(&[("APPLICATION_KEYS", &key)]);
        let bearer = format!("Bearer {NARROW_KEY}");
        let headers = [("authorization", bearer.as_str()), ("relatch-visitor-address", "nonsense")];
        for (.., path, body) in calls {
            let response = world.send(with(request("POST", path, body), &headers)).await;
            assert_eq!(response.status == 403, scope == "request", "{path}: {response:?}");
        }
        let body = r#"{"username":"unknown"}"#;
        let request = request("POST", "/password/reset/request", body);
        let response = world.send(with(request, &headers)).await;
        assert_eq!(response.status == 400, scope == "request", "{scope}: {response:?}");
    }
}

async fn dialects(world: &World) {
    let send = async |method: &str, path: &str, body: Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        world.send(request(method, path, &body)).await
    };
    let rest = "/api/v1/account/password";
    let peter = world.new_person().await;
    assert_data(&send("PUT", rest, json!({ "email": peter.address() })).await, 202, &[JSON]);
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    assert_data(&send("PUT", rest, json!({ "token": token, "new": NEW })).await, 204, &[]);
    assert_data(&send("PUT", rest, json!({})).await, 400, &[PROBLEM]);
    assert_data(&send("GET", rest, Value::Null).await, 405, &[PROBLEM, ("allow", "PUT, OPTIONS")]);

    let john = world.new_person().await;
    let post: Header = ("allow", "POST, OPTIONS");
    assert_data(
        &send("POST", "/api/auth/forgot", json!({ "email": john.address() })).await,
        200,
        &[JSON],
    );
    let token = world.wait_for_mail(john.address(), 1).await.token();
    let flask = "/api/auth/reset";
    assert_data(
        &send("POST", flask, json!({ "reset_token": "none", "password": NEW })).await,
        403,
        &[JSON],
    );
    assert_data(
        &send("POST", flask, json!({ "reset_token": token, "password": NEW })).await,
        200,
        &[JSON],
    );
    assert_data(&send("GET", flask, Value::Null).await, 405, &[JSON, post]);

    let ada = world.new_person().await;
    let base = "/pub/applications/default/requests/resetpassword";
    let created =
        send("POST", &format!("{base}/create"), json!({ "principal": ada.username })).await;
    assert_data(&created, 200, &[JSON]);
    let name = created.json()["_doc"].as_str().expect("a name").to_owned();
    assert_data(&send("POST", &format!("{base}/{name}/send"), Value::Null).await, 200, &[JSON]);
    assert_data(&send("POST", &format!("{base}/none/send"), Value::Null).await, 404, &[PROBLEM]);
    let token = world.wait_for_mail(ada.address(), 1).await.token();
    let commit = format!("{base}/{token}/commit");
    assert_data(&send("POST", &commit, json!({ "password": "short" })).await, 422, &[PROBLEM]);
    assert_data(&send("POST", &commit, json!({ "password": NEW })).await, 200, &[JSON]);
    assert_data(&send("GET", &commit, Value::Null).await, 405, &[PROBLEM, post]);
}

async fn fields(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let mut visitor = Visitor::new(world);
    let names = |response: &Response| -> Vec<String> {
        let inputs = response
            .body
            .split("<input")
            .skip(1)
            .filter_map(|input| input.split_once('>'))
            .map(|(tag, _)| tag);
        let names = inputs.filter_map(|tag| tag.split_once("name=\"")).map(|(_, rest)| rest);
        names.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name.to_owned()).collect()
    };
    assert_eq!(names(&visitor.visit("/password/forgot").await), ["identifier"]);
    let form = visitor.open_link(&token).await;
    assert_eq!(names(&form), ["link", "password", "again"]);
}
