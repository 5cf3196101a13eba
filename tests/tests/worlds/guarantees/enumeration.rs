//! A caller cannot learn whether an account exists.

use std::rc::Rc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_domain::captcha::ACTION;
use relatch_domain::events::RefusalReason;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::mail::rendering::RenderOutcome;
use relatch_domain::ports::ResetDecision;
use relatch_domain::values::time::RandomShare;
use relatch_memory::{CAPTCHA_SECRET, Fault, Memory, MemoryHooks, PortCall};
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request};
use serde_json::json;

use crate::support::{MINUTE, NEW, fail_calls, take_verbs};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![(
        "the response to a request is the same byte for byte, whether an account exists or not",
        flow!(equal_responses),
    )]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: the port calls before the response are the same in four histories, on every surface",
            equal_traces,
        ),
        trial(
            "in process: the port calls before the response are the same with every hook in place",
            equal_traces_with_hooks,
        ),
        trial(
            "in process: the port calls before the response are the same with a captcha",
            equal_traces_with_captcha,
        ),
        trial(
            "in process: a request makes one limiter call, one object call and one durable write",
            request_calls,
        ),
        trial(
            "in process: a forged, expired or malformed link causes no port call",
            invalid_link_calls,
        ),
        trial(
            "in process: each request is worked on after its own random delay, also if it was held",
            random_delays,
        ),
        trial("in process: the retries of a request come at random times", random_retries),
    ]
}

async fn equal_responses(world: &World) {
    let known = world.new_person().await;
    let disabled = Person { disabled: true, ..Person::new() };
    world.add(&disabled).await;
    let shared = world.new_person().await;
    world.add(&Person { email: shared.email.clone(), ..Person::new() }).await;
    let unknown = Person::new();
    let mut responses: Vec<Response> = Vec::new();
    for _ in 0..2 {
        for person in [&known, &disabled, &shared, &unknown] {
            responses.push(world.request_reset(json!({ "email": person.address() })).await);
        }
    }
    assert_eq!(responses[0].status, 200);
    assert!(responses.iter().all(|response| *response == responses[0]), "{responses:#?}");
}

/// Requests a reset for `peter` on a surface, whether or not he has an account, with a captcha that
/// is solved. Returns all responses.
async fn request_on(surface: &str, world: &World, memory: &Memory) -> Vec<Response> {
    let token = memory.solve_captcha("localhost", Some(ACTION));
    let send = async |method: &str, path: &str, body: &str| {
        let mut request = request(method, path, body);
        let headers = request.headers_mut();
        headers.insert("cf-connecting-ip", "192.0.2.7".parse().unwrap());
        headers.insert("relatch-captcha", token.parse().unwrap());
        if path == "/password/forgot" {
            headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
            headers.insert("origin", "http://localhost".parse().unwrap());
        }
        world.send(request).await
    };
    match surface {
        "fos" => vec![send("POST", "/password/reset/request", r#"{"username":"peter"}"#).await],
        "page" => vec![send("POST", "/password/forgot", "identifier=peter").await],
        "rest" => {
            vec![send("PUT", "/api/v1/account/password", r#"{"email":"peter@mail.example"}"#).await]
        }
        "flask" => {
            vec![send("POST", "/api/auth/forgot", r#"{"email":"peter@mail.example"}"#).await]
        }
        _ => {
            let path = "/pub/applications/default/requests/resetpassword";
            let mut created = send("POST", path, r#"{"principal":"peter"}"#).await;
            let doc = created.json()["_doc"].as_str().unwrap_or_default().to_owned();
            let mut released = send("POST", &format!("{path}/{doc}/send"), "").await;
            // The request id is random.
            for response in [&mut created, &mut released] {
                response.body = response.body.replace(&doc, "the request id");
            }
            vec![created, released]
        }
    }
}

const SURFACES: [&str; 5] = ["fos", "page", "rest", "flask", "cloudcms"];

async fn equal_traces() {
    for surface in SURFACES {
        equal_traces_on(surface, &MemoryHooks::default(), &[], &[200, 202]).await;
    }
}

async fn equal_traces_with_hooks() {
    let hooks = MemoryHooks {
        before_request: Some(Rc::new(|_| None)),
        may_reset: Some(Rc::new(|_| ResetDecision::Allowed)),
        on_event: Some(Rc::new(|_| ())),
        render: Some(Rc::new(|mail| RenderOutcome::Parts(mail.built_in.clone()))),
    };
    let refusing = MemoryHooks {
        may_reset: Some(Rc::new(|_| {
            ResetDecision::Refused(RefusalReason::new("refused").expect("it is a reason"))
        })),
        ..hooks.clone()
    };
    for surface in SURFACES {
        equal_traces_on(surface, &hooks, &[], &[200, 202]).await;
        equal_traces_on(surface, &refusing, &[], &[200, 202]).await;
    }
}

async fn equal_traces_with_captcha() {
    let secret = ("CAPTCHA_SECRET", CAPTCHA_SECRET);
    let hooks = MemoryHooks::default();
    for surface in SURFACES {
        let captcha = [("CAPTCHA_PROVIDER", "turnstile"), ("CAPTCHA_SITE_KEY", "key"), secret];
        equal_traces_on(surface, &hooks, &captcha, &[200, 202]).await;
        // The provider rejects the secret, as in an outage.
        let captcha = [captcha[0], captcha[1], ("CAPTCHA_SECRET", "another")];
        equal_traces_on(surface, &hooks, &captcha, &[503, 404]).await;
    }
}

/// Requests a reset for the same identifier, and so from the same intake, in four worlds with
/// different histories.
async fn equal_traces_on(
    surface: &str,
    hooks: &MemoryHooks,
    changes: &[(&str, &str)],
    statuses: &[u16],
) {
    let mut observed: Vec<(Vec<PortCall>, Vec<Response>)> = Vec::new();
    for history in [
        "no request before",
        "unknown, second request",
        "known, second request",
        "known, mail is down",
    ] {
        let (world, memory) = in_memory(changes);
        memory.set_hooks(hooks.clone());
        if history.starts_with("known") {
            let email = Some("peter@mail.example".to_owned());
            world.add(&Person { username: "peter".to_owned(), email, ..Person::new() }).await;
        }
        if history.contains("down") {
            memory.fail_mail(Some(MailFailure::ConnectFailed));
        }
        if history != "no request before" {
            request_on(surface, &world, &memory).await;
            memory.advance(MINUTE / 2).await;
        }
        let _before = memory.take_trace();
        let responses = request_on(surface, &world, &memory).await;
        observed.push((memory.take_trace(), responses));
    }
    assert!(observed.iter().all(|other| *other == observed[0]), "{surface}: {observed:#?}");
    assert!(
        observed[0].1.iter().all(|response| statuses.contains(&response.status)),
        "{surface}: {observed:#?}"
    );
}

async fn request_calls() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    world.request_reset(json!({ "username": peter.username })).await;
    assert_eq!(take_verbs(&memory), ["limiter.check", "intakes.accept", "intake.insert"]);
}

/// Advances the clock in steps, and returns the ends of those in which accounts were looked up.
async fn lookup_times(memory: &Memory, step: Duration, steps: u32) -> Vec<Duration> {
    let start = memory.time();
    let mut times = Vec::new();
    let _before = take_verbs(memory);
    for _ in 0..steps {
        memory.advance(step).await;
        if take_verbs(memory).contains(&"directory.find_accounts") {
            times.push(memory.time().since(start));
        }
    }
    times
}

async fn random_delays() {
    let (world, memory) = in_memory(&[("REQUEST_DELAY_SECONDS", "1-5")]);
    let path = "/pub/applications/default/requests/resetpassword";
    let created = world.post(path, r#"{"principal":"peter"}"#).await;
    let handle = created.json()["_doc"].as_str().unwrap_or_default().to_owned();
    memory.advance(MINUTE).await;
    memory.set_shares([0x6000, 0xe000, 0x1000, 0xa000].map(RandomShare::from_bits));
    // For one identifier, and so in one intake.
    for _ in 0..3 {
        assert_eq!(world.request_reset(json!({ "username": "peter" })).await.status, 200);
    }
    assert_eq!(world.post(&format!("{path}/{handle}/send"), "").await.status, 200);
    let times = lookup_times(&memory, Duration::from_millis(250), 24).await;
    assert_eq!(times, [1250, 2500, 3500, 4500].map(Duration::from_millis));
}

async fn random_retries() {
    let (world, memory) = in_memory(&[]);
    fail_calls(&memory, "directory.find_accounts", Fault::Before);
    memory.set_shares([0x8000, 0x4000, 0xc000, 0].map(RandomShare::from_bits));
    assert_eq!(world.request_reset(json!({ "username": "peter" })).await.status, 200);
    let times = lookup_times(&memory, Duration::from_secs(1), 149).await;
    // 20 s times 0.75, 60 s times 1.25, and 120 s times 0.5 after the attempt before.
    assert_eq!(times, [1, 15, 90].map(Duration::from_secs));
}

async fn invalid_link_calls() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    memory.advance(24 * 60 * MINUTE).await;
    let _before = memory.take_trace();
    let forged = format!("{}AAAA{}", &token[..50], &token[54..]);
    for (token, code) in
        [(token.as_str(), "link_expired"), (&forged, "link_invalid"), ("malformed", "link_invalid")]
    {
        assert_eq!(world.check(token).await.code(), code);
        assert_eq!(world.confirm(token, NEW).await.code(), code);
    }
    assert_eq!(memory.take_trace(), []);
}
