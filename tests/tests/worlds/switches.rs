//! `RESET_ENABLED`: while it is `false`, nothing resets a password, and everything else works.

use std::rc::Rc;
use std::sync::Arc;

use libtest_mimic::Trial;
use relatch_domain::mail::failure::MailFailure;
use relatch_memory::Memory;
use relatch_tests::in_process::{InProcess, NARROW_KEY, SERVER_KEY};
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, in_memory, request};
use serde_json::{Value, json};

use crate::server_calls::call_with_key;
use crate::support::{MINUTE, NEW, OTHER, assert_code, assert_problem};

const OFF: [(&str, &str); 1] = [("RESET_ENABLED", "false")];
const REST: &str = "/api/v1/account/password";
const CLOUD_CMS: &str = "/pub/applications/default/requests/resetpassword";

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: with resets switched off, nothing resets a password", in_process),
        trial("workerd: with resets switched off, nothing resets a password", on_workerd),
        trial(
            "in process: what was accepted before resets are switched off ends as an event",
            accepted_before,
        ),
        trial(
            "in process: the notice of a change leads to no page while resets are switched off",
            notice,
        ),
        trial(
            "workerd: resets are switched off for one application, and for all that inherit it",
            one_application,
        ),
    ]
}

/// The state before resets are switched off: a mailed link, a request in two steps, a session.
struct Before {
    peter: Person,
    token: String,
    handle: String,
    paula: Person,
    session: String,
}

impl Before {
    async fn new(world: &World) -> Self {
        let (peter, paula) = (world.new_person().await, world.new_person().await);
        let token = world.token_for(&peter).await;
        let created = world.post(CLOUD_CMS, json!({ "principal": peter.username }).to_string());
        let handle = created.await.json()["_doc"].as_str().expect("there is a handle").to_owned();
        let session = world.open_session(&paula).await;
        Self { peter, token, handle, paula, session }
    }

    /// Asserts what works, and what does not, while resets are switched off.
    async fn assert_off(&self, world: &World) {
        self.assert_calls_are_gone(world).await;
        assert_pages_are_gone(world, &self.token).await;
        self.assert_server_calls(world).await;
        for path in ["/password/rules", "/healthz"] {
            assert_eq!(world.send(request("GET", path, "")).await.status, 200, "{path}");
        }
        // A signed-in person changes the password on both surfaces.
        let changed = world.change_password(&self.session, &self.paula.password, OTHER).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let mut put = request("PUT", REST, &json!({ "old": OTHER, "new": NEW }).to_string());
        let bearer = format!("Bearer {}", self.session).parse().expect("it is a valid header");
        put.headers_mut().insert("authorization", bearer);
        assert_eq!(world.send(put).await.status, 204);
        assert!(world.has_password(&self.paula, NEW).await);
        assert!(world.has_password(&self.peter, &self.peter.password).await);
    }

    async fn assert_calls_are_gone(&self, world: &World) {
        let Self { peter, token, handle, .. } = self;
        let unknown = Person::new();
        for (path, body) in [
            ("/password/reset/request", json!({ "username": peter.username })),
            ("/password/reset/request", json!({ "username": unknown.username })),
            ("/password/reset/request", json!({})),
            ("/password/reset/check", json!({ "token": token })),
            ("/password/reset/check", json!({ "token": "x" })),
            ("/password/reset/confirm", json!({ "token": token, "password": NEW })),
            (CLOUD_CMS, json!({ "principal": peter.username })),
            (&format!("{CLOUD_CMS}/create"), json!({ "principal": peter.username })),
            (&format!("{CLOUD_CMS}/{token}/commit"), json!({ "password": NEW })),
        ] {
            let response = world.post(path, body.to_string()).await;
            let detail = assert_problem(&response, 404, "not_found", path);
            assert!(detail.contains("switched off"), "{path}: {detail}");
        }
        let sent = world.post(&format!("{CLOUD_CMS}/{handle}/send"), "").await;
        assert_problem(&sent, 404, "not_found", "send");
        for body in [json!({ "email": peter.address() }), json!({ "token": token, "new": NEW })] {
            let response = world.send(request("PUT", REST, &body.to_string())).await;
            assert_problem(&response, 404, "not_found", "rest");
        }
        for (path, body) in [
            ("/api/auth/forgot", json!({ "email": peter.address() })),
            ("/api/auth/reset", json!({ "reset_token": token, "password": NEW })),
        ] {
            let response = world.post(path, body.to_string()).await;
            assert_eq!((response.status, &response.json()["status"]), (404, &json!(404)), "{path}");
            assert!(response.json()["message"].is_string(), "{path}");
        }
        // A page of another origin learns the status.
        let mut foreign = request("POST", "/password/reset/request", r#"{"username":"peter"}"#);
        let origin = "https://app.example.com";
        foreign.headers_mut().insert("origin", origin.parse().expect("it is a valid header"));
        let mut preflight = request("OPTIONS", "/password/reset/request", "");
        preflight.headers_mut().extend(foreign.headers().clone());
        assert_eq!(world.send(preflight).await.status, 204);
        let response = world.send(foreign).await;
        assert_eq!(response.status, 404);
        assert_eq!(response.header("access-control-allow-origin"), Some(origin));
    }

    async fn assert_server_calls(&self, world: &World) {
        let off = json!({ "enabled": false, "reason": "switched_off" });
        let general = server_call(world, "GET", "/server/status", &json!(null)).await;
        assert_eq!((general.status, general.json()), (200, off.clone()));
        for account in [self.peter.id, Person::new().id] {
            let body = json!({ "account": account.to_string() });
            let status = server_call(world, "POST", "/server/status", &body).await;
            assert_eq!((status.status, status.json()), (200, off.clone()));
            let reset = server_call(world, "POST", "/server/reset", &body).await;
            let detail = assert_problem(&reset, 409, "account_ineligible", "reset");
            assert_eq!(detail, "switched_off");
        }
        // Invitations are refused alike.
        let paul = Person { has_password: false, ..Person::new() };
        world.add(&paul).await;
        for account in [paul.id, self.peter.id, Person::new().id] {
            let body = json!({ "account": account.to_string() }).to_string();
            let invite = call_with_key(world, NARROW_KEY, ("POST", "/server/invite", &body)).await;
            let detail = assert_problem(&invite, 409, "account_ineligible", "invite");
            assert_eq!(detail, "switched_off");
        }
        world.wait_for_event(&paul, "server_invite: narrow: switched_off").await;
        let body = json!({ "account": self.peter.id.to_string() });
        let events = server_call(world, "POST", "/server/events", &body).await;
        assert_eq!(events.status, 200);
        assert!(events.body.contains("main: switched_off"), "{}", events.body);
    }

    /// Asserts that the link works that was mailed before.
    async fn assert_on(&self, world: &World) {
        assert_eq!(world.check(&self.token).await.status, 200);
        assert_eq!(world.confirm(&self.token, NEW).await.status, 200);
        assert!(world.has_password(&self.peter, NEW).await);
        let general = server_call(world, "GET", "/server/status", &json!(null)).await;
        assert_eq!(general.json(), json!({ "enabled": true }));
    }
}

async fn assert_pages_are_gone(world: &World, token: &str) {
    for (method, path) in [
        ("GET", "/password/forgot"),
        ("POST", "/password/forgot"),
        ("GET", "/password/reset"),
        ("POST", "/password/reset"),
        ("GET", &format!("/password/reset?token={token}")),
        ("GET", "/"),
        ("GET", "/.well-known/change-password"),
    ] {
        let mut visit = request(method, path, "identifier=peter");
        let form = "application/x-www-form-urlencoded".parse().expect("it is a valid header");
        visit.headers_mut().insert("content-type", form);
        let page = world.send(visit).await;
        assert_eq!(page.status, 404, "{method} {path}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert!(page.body.contains("Password reset is not available"), "{}", page.body);
        assert!(!page.body.contains("<form") && !page.body.contains(token), "{}", page.body);
        // The link in the URL works again later.
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(page.header("set-cookie"), None, "{path}");
    }
}

async fn server_call(world: &World, method: &str, path: &str, body: &Value) -> Response {
    let body = if method == "GET" { String::new() } else { body.to_string() };
    call_with_key(world, SERVER_KEY, (method, path, &body)).await
}

/// Returns the world with other variables, and its stores.
fn deployed(memory: &Memory, changes: &[(&str, &str)]) -> (World, Rc<Memory>) {
    let service = InProcess::reconfigured(memory, changes);
    let memory = Rc::clone(&service.memory);
    (World::InProcess(service), memory)
}

/// Asserts the general status without any account.
async fn assert_nobody(world: &World) {
    let general = server_call(world, "GET", "/server/status", &json!(null)).await;
    assert_eq!((general.status, general.json()), (200, json!({ "enabled": false })));
}

async fn in_process() {
    let (on, memory) = in_memory(&[]);
    assert_nobody(&on).await;
    let before = Before::new(&on).await;
    let (off, memory) = deployed(&memory, &OFF);
    before.assert_off(&off).await;
    let (on, _memory) = deployed(&memory, &[]);
    before.assert_on(&on).await;
}

async fn on_workerd() {
    let workerd = Arc::new(Workerd::start(&[]));
    let world = World::Workerd(Arc::clone(&workerd));
    assert_nobody(&world).await;
    let before = Before::new(&world).await;
    workerd.kill();
    workerd.start_worker_with(&[("RESET_ENABLED", "false".to_owned())]);
    before.assert_off(&world).await;
    workerd.kill();
    workerd.start_worker_with(&[("RESET_ENABLED", "true".to_owned())]);
    before.assert_on(&world).await;
    workerd.shut_down();
}

async fn accepted_before() {
    let (on, memory) = in_memory(&[]);
    let (peter, paula) = (on.new_person().await, on.new_person().await);
    memory.fail_mail(Some(MailFailure::ConnectTimeout));
    assert_eq!(on.request_reset(json!({ "username": paula.username })).await.status, 200);
    memory.advance(2 * MINUTE).await;
    assert_eq!(on.request_reset(json!({ "username": peter.username })).await.status, 200);
    memory.fail_mail(None);
    let (off, memory) = deployed(&memory, &OFF);
    memory.advance(30 * MINUTE).await;
    assert_eq!(off.events(&peter).await, ["request_refused: switched_off"]);
    assert_eq!(off.events(&paula).await, ["link_failed: switched_off"]);
    assert_eq!(memory.count_mails(), 0);
    // Both can reset at once when resets are switched on.
    let (on, _memory) = deployed(&memory, &[]);
    for person in [&peter, &paula] {
        on.token_for(person).await;
    }
}

async fn notice() {
    for (changes, leads_to_a_page) in [(&[][..], true), (&OFF[..], false)] {
        let (world, _memory) = in_memory(changes);
        let peter = world.new_person().await;
        let session = world.open_session(&peter).await;
        let changed = world.change_password(&session, &peter.password, NEW).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let mail = world.wait_for_mail(peter.address(), 1).await;
        assert!(mail.subject.contains("changed"), "{}", mail.subject);
        for part in [&mail.text, &mail.html] {
            assert_eq!(part.contains("/password/forgot"), leads_to_a_page, "{part}");
            assert!(part.contains("support@example.com"), "{part}");
        }
    }
}

async fn one_application() {
    let workerd = Arc::new(Workerd::start(&[("APP_SHOP_RESET_ENABLED", "false")]));
    let world = World::Workerd(Arc::clone(&workerd));
    let body = json!({ "username": "peter" }).to_string();
    let in_shop = "/apps/shop/password/reset/request";
    assert_eq!(world.post("/password/reset/request", body.clone()).await.status, 200);
    assert_code(&world.post(in_shop, body.clone()).await, 404, "not_found");
    workerd.kill();
    let changes = [("RESET_ENABLED", "false"), ("APP_SHOP_RESET_ENABLED", "")];
    workerd.start_worker_with(&changes.map(|(name, value)| (name, value.to_owned())));
    for path in ["/password/reset/request", in_shop] {
        assert_code(&world.post(path, body.clone()).await, 404, "not_found");
    }
    workerd.kill();
    workerd.start_worker_with(&[("APP_SHOP_RESET_ENABLED", "true".to_owned())]);
    assert_eq!(world.post(in_shop, body).await.status, 200);
    workerd.shut_down();
}
