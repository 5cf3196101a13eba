//! Delivery over the HTTP APIs of mail providers, against a local server that speaks them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use libtest_mimic::Trial;
use relatch_domain::mail::failure::MailFailure;
use relatch_tests::api_server::{ApiAnswer, ApiCall, ApiServer};
use relatch_tests::mail::Mail;
use relatch_tests::person::Person;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, in_memory};
use serde_json::{Value, json};

use crate::support::{MINUTE, assert_mentions, take_verbs};

/// An attempt may wait for a time-out of 60 seconds, and for the back-off.
const TIMEOUT: Duration = Duration::from_secs(200);
const KEY: &str = "key_of-the:tests";

pub fn trials() -> Vec<Trial> {
    vec![
        trial("workerd: each HTTP API gets a mail as its provider documents", every_provider),
        trial(
            "workerd: the answer of an HTTP API decides whether a mail is sent again",
            every_answer,
        ),
        trial("in process: the wait that a mail provider asks for is kept", retry_after),
    ]
}

/// The providers, each for one application, with the path of its API and the header with
/// the key.
const PROVIDERS: [(&str, &str, &str, &str); 6] = [
    ("resend", "/emails", "authorization", "Bearer key_of-the:tests"),
    ("postmark", "/email", "x-postmark-server-token", KEY),
    (
        "ses",
        "/v2/email/outbound-emails",
        "authorization",
        "AWS4-HMAC-SHA256 Credential=key_of-the/",
    ),
    (
        "mailgun",
        "/v3/example.com/messages.mime",
        "authorization",
        "Basic YXBpOmtleV9vZi10aGU6dGVzdHM=",
    ),
    ("sendgrid", "/v3/mail/send", "authorization", "Bearer key_of-the:tests"),
    ("brevo", "/v3/smtp/email", "api-key", KEY),
];

/// Returns the mail in a call: the message, or its plain text.
fn mail_text(call: &ApiCall) -> String {
    let parsed = |source: &[u8]| {
        let mail = Mail::parse("", Vec::new(), source);
        assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
        assert_eq!(mail.from, "noreply@example.com");
        mail.text
    };
    let Ok(body) = serde_json::from_str::<Value>(&call.body) else {
        let start = call.body.find("Date: ").expect("the form has a message");
        return parsed(&call.body.as_bytes()[start..]);
    };
    if let Some(data) = body["Content"]["Raw"]["Data"].as_str() {
        return parsed(&Base64::decode_vec(data).expect("the message is base64"));
    }
    assert!(call.body.contains("auto-generated"), "{}", call.body);
    let texts =
        [&body["text"], &body["TextBody"], &body["textContent"], &body["content"][0]["value"]];
    let text = texts.into_iter().find_map(Value::as_str).expect("the call has a text");
    text.to_owned()
}

fn token(text: &str) -> String {
    let (_, token) = text.split_once("token=").expect("the text has a link");
    token.split_whitespace().next().unwrap_or_default().to_owned()
}

async fn every_provider() {
    let server = ApiServer::start(|_| ApiAnswer::Answer(202, "", "{}")).await;
    let origin = server.origin();
    let mut variables = vec![
        ("APPLICATIONS".to_owned(), PROVIDERS.map(|(name, ..)| name).join(",")),
        ("MAIL_ENDPOINT".to_owned(), origin.clone()),
    ];
    for (name, ..) in PROVIDERS {
        let prefix = format!("APP_{}_", name.to_uppercase());
        for (variable, value) in [
            ("MAIL_PROVIDER", name),
            ("MAIL_API_KEY", KEY),
            ("MAIL_ENDPOINT", &origin),
            ("MAIL_REGION", if name == "ses" { "eu-central-1" } else { "us" }),
        ] {
            variables.push((format!("{prefix}{variable}"), value.to_owned()));
        }
    }
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let workerd = Arc::new(Workerd::start(&variables));
    let world = World::Workerd(Arc::clone(&workerd));
    let mut people = Vec::new();
    for (name, ..) in PROVIDERS {
        let person = world.new_person().await;
        let path = format!("/apps/{name}/password/reset/request");
        let body = json!({ "username": person.username }).to_string();
        assert_eq!(world.post(&path, body).await.status, 200);
        people.push(person);
    }
    for ((name, path, header, value), person) in PROVIDERS.into_iter().zip(&people) {
        let of_person = || server.calls().into_iter().find(|call| is_for(call, person));
        let arrived = async || of_person().is_some();
        assert!(workerd.wait_until(TIMEOUT, arrived).await, "{name}: {}", workerd.log());
        let call = of_person().unwrap();
        assert_eq!(call.path, path, "{name}");
        assert!(call.headers[header].starts_with(value), "{name}: {:?}", call.headers);
        let token = token(&mail_text(&call));
        let check = json!({ "token": token }).to_string();
        let check = world.post(&format!("/apps/{name}/password/reset/check"), check).await;
        assert_eq!(check.status, 200, "{name}");
        world.wait_for_event(person, "link_sent").await;
    }
    assert_eq!(server.calls().len(), PROVIDERS.len());
    let log = workerd.log();
    assert!(!log.contains(KEY), "{log}");
    for provider in ["RESEND", "SES", "BREVO"] {
        let warning = format!("APP_{provider}_MAIL_PROVIDER: `");
        assert!(log.contains(&warning), "{log}");
    }
}

fn is_for(call: &ApiCall, person: &Person) -> bool {
    call.body.contains(person.address())
}

const OK: ApiAnswer = ApiAnswer::Answer(200, "", r#"{"id":"49a3999c-0ce1-4ea6"}"#);
const REVOKED: ApiAnswer =
    ApiAnswer::Answer(401, "", r#"{"name":"validation_error","message":"API key is invalid"}"#);
const INVALID: ApiAnswer = ApiAnswer::Answer(
    422,
    "",
    r#"{"name":"validation_error","message":"Invalid `to` field: ada@mail.example"}"#,
);
const LIMITED: ApiAnswer =
    ApiAnswer::Answer(429, "retry-after: 45\r\n", r#"{"name":"rate_limit_exceeded"}"#);
const FAILED: ApiAnswer = ApiAnswer::Answer(500, "", r#"{"name":"application_error"}"#);
const CONFLICT: ApiAnswer = ApiAnswer::Answer(409, "", r#"{"name":"invalid_idempotent_request"}"#);
const MOVED: ApiAnswer = ApiAnswer::Answer(307, "location: http://127.0.0.1:9/\r\n", "");
const HANG: ApiAnswer = ApiAnswer::Hang(Duration::from_secs(600));

/// The answers to the attempts at one mail, and the event of its end.
const SCRIPTS: [(&[ApiAnswer], &str); 8] = [
    (&[REVOKED, OK], "link_sent"),
    (&[INVALID], "link_failed: recipient_rejected"),
    (&[LIMITED, OK], "link_sent"),
    (&[FAILED, OK], "link_sent"),
    (&[MOVED, OK], "link_sent"),
    (&[CONFLICT], "link_sent"),
    (&[HANG, OK], "link_sent"),
    (&[ApiAnswer::Close, ApiAnswer::Close], "link_failed: mail_unknown"),
];

async fn every_answer() {
    let scripts: Arc<Mutex<BTreeMap<String, (usize, usize)>>> = Arc::default();
    let shared = Arc::clone(&scripts);
    let server = ApiServer::start(move |call| {
        let body: Value = serde_json::from_str(&call.body).unwrap_or_default();
        let to = body["to"][0].as_str().unwrap_or_default().to_owned();
        let mut scripts = shared.lock().unwrap();
        let Some((script, step)) = scripts.get_mut(&to) else { return FAILED };
        let answer = SCRIPTS[*script].0.get(*step).cloned().unwrap_or(FAILED);
        *step += 1;
        answer
    })
    .await;
    let workerd = Arc::new(Workerd::start(&[
        ("MAIL_PROVIDER", "resend"),
        ("MAIL_API_KEY", KEY),
        ("MAIL_ENDPOINT", &server.origin()),
    ]));
    let world = World::Workerd(Arc::clone(&workerd));
    let mut people = Vec::new();
    for script in 0..SCRIPTS.len() {
        let person = world.new_person().await;
        scripts.lock().unwrap().insert(person.address().to_owned(), (script, 0));
        let request = json!({ "username": person.username });
        assert_eq!(world.request_reset(request).await.status, 200);
        people.push(person);
    }
    for ((answers, event), person) in SCRIPTS.into_iter().zip(&people) {
        let ended = async || world.events(person).await.contains(&event.to_owned());
        let in_time = workerd.wait_until(TIMEOUT, ended).await;
        assert!(in_time, "{answers:?}: {:?}\n{}", world.events(person).await, workerd.log());
        let calls: Vec<ApiCall> =
            server.calls().into_iter().filter(|call| is_for(call, person)).collect();
        assert_eq!(calls.len(), answers.len(), "{answers:?}");
        let first = &calls[0];
        for call in &calls {
            assert_eq!(call.headers["idempotency-key"], first.headers["idempotency-key"]);
            assert_eq!(call.body, first.body);
        }
        if let [ApiAnswer::Answer(429, ..), _] = answers {
            let wait = calls[1].at - first.at;
            assert!(wait >= Duration::from_secs(45), "{wait:?}");
        }
    }
    let log = workerd.log();
    assert_mentions(
        &log,
        &["mail: key_rejected: The provider rejected `MAIL_API_KEY`", "`resend` answered 422"],
        "log",
    );
    for secret in people.iter().map(Person::address).chain([KEY, "ada@mail.example"]) {
        assert!(!log.contains(secret), "the log contains `{secret}`:\n{log}");
    }
}

async fn retry_after() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    memory.defer_mail(MailFailure::RateLimited, 10 * MINUTE);
    let response = world.request_reset(json!({ "username": peter.username })).await;
    assert_eq!(response.status, 200);
    memory.advance(MINUTE).await;
    let attempts = |memory| {
        let verbs = take_verbs(memory);
        verbs.into_iter().filter(|verb| *verb == "mailer.send").count()
    };
    assert_eq!(attempts(&memory), 1);
    memory.advance(8 * MINUTE).await;
    assert_eq!(attempts(&memory), 0, "the provider asked for ten minutes");
    memory.defer_mail(MailFailure::RateLimited, 600 * MINUTE);
    memory.advance(2 * MINUTE).await;
    assert_eq!(attempts(&memory), 1);
    memory.fail_mail(None);
    memory.advance(31 * MINUTE).await;
    assert_eq!(attempts(&memory), 1, "no wait is longer than half an hour");
    world.wait_for_event(&peter, "link_sent").await;
}
