//! Webhooks: signed by the Standard Webhooks, at least once, and without an effect on anything else.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use base64ct::{Base64, Encoding as _};
use http::HeaderMap;
use libtest_mimic::Trial;
use relatch_domain::values::account::AccountId;
use relatch_domain::values::time::Moment;
use relatch_domain::webhook::WebhookFailure;
use relatch_memory::{Fault, Memory, Posted};
use relatch_tests::certificates::CertificateAuthority;
use relatch_tests::in_process::InProcess;
use relatch_tests::trials::trial;
use relatch_tests::webhook_server::WebhookServer;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, in_memory};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::server_calls::{account_body, call};
use crate::support::{MINUTE, NEW, fail_calls, inject_faults, log_line, take_verbs};

static NEWER: LazyLock<String> = LazyLock::new(secret);
static OLDER: LazyLock<String> = LazyLock::new(secret);
static SECRETS: LazyLock<String> = LazyLock::new(|| format!("audit:{}", *OLDER));
const URLS: (&str, &str) = ("WEBHOOK_URLS", "audit:https://hooks.example.com/secret-path");

/// Returns a random secret.
fn secret() -> String {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).unwrap();
    format!("whsec_{}", Base64::encode_string(&bytes))
}

/// Returns the variables of one endpoint.
fn audit() -> [(&'static str, &'static str); 2] {
    [URLS, ("WEBHOOK_SECRETS", &SECRETS)]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: an endpoint gets every event, signed by its secret", signed),
        trial("in process: during a rotation, either secret verifies a webhook", rotated),
        trial("in process: an endpoint gets the events that its filter selects", filtered),
        trial("in process: an endpoint that fails is tried for a day, and delays nothing", failing),
        trial("in process: an endpoint that is down does not delay another one", apart),
        trial("in process: a webhook that may have arrived has the same id again", repeated),
        trial("in process: an endpoint that is removed gets nothing more", removed),
        trial("in process: an account id that looks like an address is sent keyed", keyed),
        trial("in process: an erasure deletes the events that wait for an endpoint", erased),
        trial("in process: a webhook that cannot be stored is stored later", stored_later),
        trial("in process: repeated events of a window are one webhook", counted),
        trial("workerd: webhooks are posted, verified by the npm package, and retried", posted),
    ]
}

/// Starts a world with these endpoints at the system's time, which the verifier compares.
#[expect(clippy::disallowed_methods, reason = "the verifier takes the time of the system")]
fn start(changes: &[(&str, &str)]) -> (World, std::rc::Rc<Memory>) {
    let (world, memory) = in_memory(changes);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    memory.set_clock(Moment::from_seconds(now.as_secs()));
    (world, memory)
}

/// Returns the headers of a request, as a receiver gets them.
fn headers(posted: &Posted) -> HeaderMap {
    let parse = |(name, value): &(&'static str, String)| {
        (http::HeaderName::from_static(name), value.parse().unwrap())
    };
    posted.headers.iter().map(parse).collect()
}

fn verify(posted: &Posted, secret: &str) -> bool {
    let webhook = Webhook::new(secret).unwrap();
    webhook.verify(posted.body.as_bytes(), &headers(posted)).is_ok()
}

fn kind(posted: &Posted) -> String {
    let body: Value = serde_json::from_str(&posted.body).unwrap();
    body["type"].as_str().unwrap_or_default().to_owned()
}

/// Returns the names of the posted events, sorted.
fn kinds(posted: &[Posted]) -> Vec<String> {
    let mut kinds: Vec<String> = posted.iter().map(kind).collect();
    kinds.sort_unstable();
    kinds
}

const RESET: [&str; 5] =
    ["link_sent", "notice_sent", "password_reset", "request_accepted", "sessions_revoked"];

/// Completes a reset of a new person.
async fn reset(world: &World, memory: &Memory) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(MINUTE / 4).await;
}

async fn signed() {
    let (world, memory) = start(&audit());
    reset(&world, &memory).await;
    let posted = memory.take_posted();
    assert_eq!(kinds(&posted), RESET);
    let mut ids = HashSet::new();
    for request in &posted {
        assert!(verify(request, &OLDER), "{request:?}");
        assert!(!verify(request, &NEWER), "{request:?}");
        let other = Posted { body: format!("{} ", request.body), ..request.clone() };
        assert!(!verify(&other, &OLDER), "{request:?}");
        let headers = headers(request);
        assert_eq!(headers["content-type"], "application/json");
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let data = &body["data"];
        assert_eq!(data["id"].as_str().unwrap(), headers["webhook-id"].to_str().unwrap());
        assert_eq!((&body["type"], &body["timestamp"]), (&data["event"], &data["at"]));
        assert_eq!(data["application"], "default");
        assert!(!data["id"].as_str().unwrap().contains('.'), "the signed text is unambiguous");
        assert!(!request.body.contains('@') && !request.body.contains("person"), "{request:?}");
        ids.insert(data["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), posted.len());
    let stored: HashSet<String> = memory.events().into_iter().map(|event| event.id).collect();
    assert_eq!(ids, stored, "the ids are those stored");
    memory.advance(48 * 60 * MINUTE).await;
    assert!(memory.take_posted().is_empty(), "each is posted once");
    assert_eq!(memory.objects_in_use(), 0);
}

async fn rotated() {
    let secrets = format!("audit:{},audit:{}", *NEWER, *OLDER);
    let (world, memory) = start(&[URLS, ("WEBHOOK_SECRETS", &secrets)]);
    reset(&world, &memory).await;
    let posted = memory.take_posted();
    assert_eq!(posted.len(), RESET.len());
    assert!(posted.iter().all(|request| verify(request, &NEWER) && verify(request, &OLDER)));

    // After the rotation, the old secret verifies nothing.
    let secrets = format!("audit:{}", *NEWER);
    let (world, memory) = start(&[URLS, ("WEBHOOK_SECRETS", &secrets)]);
    reset(&world, &memory).await;
    let posted = memory.take_posted();
    assert!(posted.iter().all(|request| verify(request, &NEWER) && !verify(request, &OLDER)));
}

async fn filtered() {
    let filter = ("WEBHOOK_EVENTS", "audit:link_*+password_reset");
    let (world, memory) = start(&[&audit()[..], &[filter, ("APPLICATIONS", "shop")]].concat());
    reset(&world, &memory).await;
    assert_eq!(kinds(&memory.take_posted()), ["link_sent", "password_reset"]);
}

async fn failing() {
    let (world, memory) = start(&audit());
    for status in [500, 307, 404, 199] {
        memory.answer_webhooks(status);
        reset(&world, &memory).await;
        memory.advance(MINUTE / 2).await;
        let posted = memory.take_posted();
        assert!(posted.len() > RESET.len(), "{status}: each is tried again");
    }
    memory.advance(23 * 60 * MINUTE).await;
    let posted = memory.take_posted();
    let timestamps: HashSet<String> = posted
        .iter()
        .map(|request| headers(request)["webhook-timestamp"].to_str().unwrap().to_owned())
        .collect();
    assert!(timestamps.len() > 30, "each attempt is signed with its own time");
    assert!(!memory.events().iter().any(|event| event.action.as_str() == "webhook_failed"));
    memory.advance(2 * 60 * MINUTE).await;
    let _last = memory.take_posted();
    memory.advance(48 * 60 * MINUTE).await;
    assert!(memory.take_posted().is_empty(), "it is given up, and its failure is not sent");
    let failures: Vec<_> = memory
        .events()
        .into_iter()
        .filter(|event| event.action.as_str() == "webhook_failed")
        .collect();
    assert!((1..=3).contains(&failures.len()), "one for each hour: {failures:?}");
    for failure in &failures {
        assert_eq!(failure.detail.as_deref(), Some("audit: refused"), "{failure:?}");
    }
    let logged = format!("{:?}", memory.logged_events());
    assert!(!logged.contains("hooks.example.com"), "{logged}");
    assert_eq!(memory.objects_in_use(), 0);
    assert_eq!(WebhookFailure::of_status(307), Err(WebhookFailure::Redirected));
}

async fn apart() {
    let urls = "audit:https://hooks.example.com,crm:https://crm.example.com";
    let secrets = format!("audit:{},crm:{}", *OLDER, *NEWER);
    let (world, memory) = start(&[("WEBHOOK_URLS", urls), ("WEBHOOK_SECRETS", &secrets)]);
    inject_faults(&memory, |call| match (call.verb, call.subject.as_str()) {
        ("webhooks.post", "audit") => Fault::Before,
        _ => Fault::None,
    });
    reset(&world, &memory).await;
    let posted = memory.take_posted();
    assert_eq!(kinds(&posted), RESET);
    assert!(posted.iter().all(|request| request.endpoint == "crm" && verify(request, &NEWER)));
    memory.set_gate(None);
    memory.advance(10 * MINUTE).await;
    let posted = memory.take_posted();
    assert_eq!(kinds(&posted), RESET);
    assert!(posted.iter().all(|request| request.endpoint == "audit" && verify(request, &OLDER)));
}

async fn repeated() {
    let (world, memory) =
        start(&[&audit()[..], &[("WEBHOOK_EVENTS", "audit:password_reset")]].concat());
    fail_calls(&memory, "webhooks.post", Fault::After);
    reset(&world, &memory).await;
    memory.set_gate(None);
    memory.advance(MINUTE).await;
    let posted = memory.take_posted();
    assert!(posted.len() >= 2, "{posted:?}");
    let ids: HashSet<_> =
        posted.iter().map(|request| headers(request)["webhook-id"].clone()).collect();
    assert_eq!(ids.len(), 1, "{posted:?}");
    assert!(posted.iter().all(|request| request.body == posted[0].body));
}

async fn removed() {
    let (world, memory) = start(&audit());
    memory.answer_webhooks(503);
    reset(&world, &memory).await;
    let _attempts = memory.take_posted();
    let later = InProcess::reconfigured(&memory, &[]).memory;
    later.advance(60 * MINUTE).await;
    assert!(later.take_posted().is_empty());
    let events = later.events();
    let details: HashSet<_> = events
        .iter()
        .filter(|event| event.action.as_str() == "webhook_failed")
        .map(|event| event.detail.clone())
        .collect();
    assert_eq!(details, HashSet::from([Some("audit: endpoint_removed".to_owned())]));
}

async fn keyed() {
    let (world, memory) = start(&audit());
    let person = relatch_tests::person::Person::new();
    let id = AccountId("ada@mail.example".to_owned());
    memory.put_account(relatch_domain::values::account::Account { id, ..person.account() });
    world.request_reset(json!({ "username": person.username })).await;
    memory.advance(MINUTE / 4).await;
    let posted = memory.take_posted();
    assert_eq!(kinds(&posted), ["link_sent", "request_accepted"]);
    let mut keys = HashSet::new();
    for request in &posted {
        let body: Value = serde_json::from_str(&request.body).unwrap();
        assert!(body["data"]["account"].is_null(), "{body}");
        keys.insert(body["data"]["account_key"].as_str().unwrap().to_owned());
        assert!(!request.body.contains("ada") && !request.body.contains("mail.example"), "{body}");
    }
    assert_eq!(keys.len(), 1, "the same name for the same account");
}

async fn erased() {
    let (world, memory) = start(&audit());
    memory.answer_webhooks(500);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    for person in [&peter, &john] {
        world.token_for(person).await;
    }
    memory.advance(MINUTE / 4).await;
    assert_eq!(call(&world, "/server/erase", account_body(&peter)).await.status, 200);
    memory.answer_webhooks(200);
    let _before = memory.take_posted();
    memory.advance(60 * MINUTE).await;
    let posted = memory.take_posted();
    assert_eq!(kinds(&posted), ["link_sent", "request_accepted", "server_erase"]);
    let id = format!("\"account\":\"{}\"", peter.id);
    assert!(posted.iter().all(|request| !request.body.contains(&id)));
}

async fn stored_later() {
    let (world, memory) = start(&audit());
    fail_calls(&memory, "mailboxes.enqueue_webhook", Fault::Before);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "no event delays a reset");
    assert!(memory.take_posted().is_empty());
    memory.set_gate(None);
    memory.advance(10 * MINUTE).await;
    let kinds = kinds(&memory.take_posted());
    for event in ["link_sent", "password_reset", "sessions_revoked", "notice_sent"] {
        assert!(kinds.iter().any(|kind| kind == event), "{event}: {kinds:?}");
    }
}

async fn counted() {
    let (world, memory) = start(&audit());
    for _ in 0..5 {
        world.request_reset(json!({ "username": "nobody" })).await;
    }
    memory.advance(MINUTE / 4).await;
    let count = kinds(&memory.take_posted()).len();
    assert!((1..=5).contains(&count), "one for each address block");
    let peter = world.new_person().await;
    for _ in 0..5 {
        world.request_reset(json!({ "username": peter.username })).await;
        memory.advance(Duration::from_secs(2)).await;
    }
    let kinds = kinds(&memory.take_posted());
    let accepted = kinds.iter().filter(|kind| *kind == "request_accepted").count();
    assert!((1..=2).contains(&accepted), "{kinds:?}");
    assert!(!take_verbs(&memory).is_empty());
}

async fn posted() {
    let folder = std::env::temp_dir().join(format!("relatch-webhooks-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let certificate = CertificateAuthority::new(&folder).self_signed("localhost");
    let server = WebhookServer::start(&folder, &certificate, &[&NEWER, &OLDER]);
    let (port, tls) = (server.port, server.tls_port);
    let urls = format!(
        "ok:http://localhost:{port}/ok,error:http://localhost:{port}/error,\
         hang:http://localhost:{port}/hang,redirect:http://localhost:{port}/redirect,\
         liar:https://localhost:{tls}/liar"
    );
    let (newer, older) = (&*NEWER, &*OLDER);
    let secrets =
        format!("ok:{newer},ok:{older},error:{older},hang:{older},redirect:{older},liar:{older}");
    let workerd = Arc::new(Workerd::start(&[
        ("WEBHOOK_URLS", &urls),
        ("WEBHOOK_SECRETS", &secrets),
        ("WEBHOOK_EVENTS", "error:link_*+password_reset"),
    ]));
    let world = World::Workerd(Arc::clone(&workerd));
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    for event in RESET {
        world.wait_for_event(&peter, event).await;
    }
    let arrived = async || server.received("/ok").await.len() >= RESET.len();
    assert!(workerd.wait_until(MINUTE, arrived).await, "{}", workerd.log());
    let mut names = Vec::new();
    for request in server.received("/ok").await {
        assert_eq!(request["verified"], json!([true, true]), "{request}");
        assert_eq!(request["method"], "POST");
        let body: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
        assert_eq!(request["headers"]["webhook-id"], body["data"]["id"], "{request}");
        names.push(body["type"].as_str().unwrap_or_default().to_owned());
    }
    names.sort_unstable();
    assert_eq!(names, RESET);
    // The others are tried again, each by its own queue.
    let is_retried = async || {
        let mut counts = Vec::new();
        for path in ["/error", "/redirect", "/hang"] {
            let all = server.received(path).await;
            let id = |request: &Value| request["headers"]["webhook-id"].clone();
            let ids: HashSet<String> = all.iter().map(|request| id(request).to_string()).collect();
            counts.push(all.len() > ids.len());
        }
        counts.iter().all(|is_retried| *is_retried)
    };
    assert!(workerd.wait_until(3 * MINUTE, is_retried).await, "{}", workerd.log());
    for (path, events) in
        [("/error", &["link_sent", "password_reset"][..]), ("/redirect", &RESET), ("/hang", &RESET)]
    {
        for request in server.received(path).await {
            assert_eq!(request["verified"], json!([false, true]), "{request}");
            let body: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
            let event = body["type"].as_str().unwrap_or_default();
            assert!(events.contains(&event), "{path}: {event}");
        }
    }
    let words = ["\"event\":\"password_reset\"", "\"application\":\"default\""];
    assert!(log_line(&workerd, &words), "{}", workerd.log());
    assert!(server.received("/redirected").await.is_empty(), "a redirect is not followed");
    assert!(server.received("/liar").await.is_empty(), "a certificate is checked");
    let log = workerd.log();
    for line in ["webhook `error`: answered 500", "webhook `redirect`: answered 307"] {
        assert!(log.contains(line), "{log}");
    }
    for name in ["hang", "liar"] {
        assert!(log.contains(&format!("webhook `{name}`: no answer")), "{log}");
    }
    assert!(!log.contains(&format!("localhost:{port}/")), "no URL is logged");
    workerd.shut_down();
    let _already_deleted = std::fs::remove_dir_all(&folder);
}
