//! Delivery over the HTTP APIs of mail providers, against a local server that speaks them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_domain::mail::failure::MailFailure;
use relatch_tests::http_server::{HttpAnswer, HttpCall, HttpServer};
use relatch_tests::mail_api_double::MailApiDouble;
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
        trial("workerd: a mail waits until its HTTP API knows the key", wrong_keys),
        trial(
            "workerd: the answer of an HTTP API decides whether a mail is sent again",
            every_answer,
        ),
        trial("in process: the wait that a mail provider asks for is kept", retry_after),
        trial(
            "in process: a mail with a short link is sent again before it expires",
            retry_after_of_short_links,
        ),
    ]
}

/// The providers, each for one application.
const PROVIDERS: [&str; 6] = ["resend", "postmark", "ses", "mailgun", "sendgrid", "brevo"];

/// A Worker with an application for each provider, and the doubles of their APIs.
struct Providers {
    world: World,
    workerd: Arc<Workerd>,
    doubles: Vec<(&'static str, MailApiDouble)>,
}

impl Providers {
    /// Starts the doubles with this key, and the Worker with [`KEY`].
    async fn start(key: &str) -> Self {
        let mut doubles = Vec::new();
        let mut variables = vec![("APPLICATIONS".to_owned(), PROVIDERS.join(","))];
        for name in PROVIDERS {
            let double = MailApiDouble::start(name, key).await;
            for (variable, value) in [
                ("MAIL_PROVIDER", name),
                ("MAIL_API_KEY", KEY),
                ("MAIL_ENDPOINT", &double.origin()),
                ("MAIL_REGION", if name == "ses" { "eu-central-1" } else { "us" }),
            ] {
                let variable = format!("APP_{}_{variable}", name.to_uppercase());
                variables.push((variable, value.to_owned()));
            }
            doubles.push((name, double));
        }
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let workerd = Arc::new(Workerd::start(&variables));
        Self { world: World::Workerd(Arc::clone(&workerd)), workerd, doubles }
    }

    /// Requests a mail from each application, for another person each time.
    async fn request_all(&self) -> Vec<Person> {
        let mut people = Vec::new();
        for (name, _) in &self.doubles {
            let person = self.world.new_person().await;
            let path = format!("/apps/{name}/password/reset/request");
            let body = json!({ "username": person.username }).to_string();
            assert_eq!(self.world.post(&path, body).await.status, 200);
            people.push(person);
        }
        people
    }

    /// Waits for the only mail of a provider, and asserts that it is that to this person.
    async fn assert_mail(&self, name: &str, double: &MailApiDouble, person: &Person) {
        let arrived = async || !double.accepted().is_empty();
        let in_time = self.workerd.wait_until(TIMEOUT, arrived).await;
        assert!(in_time, "{name}: {:?}\n{}", double.rejected(), self.workerd.log());
        let [mail] = <[_; 1]>::try_from(double.accepted()).expect("there is one mail");
        assert_eq!((mail.name.as_str(), mail.from.as_str()), ("Example", "noreply@example.com"));
        assert_eq!(mail.to, person.address(), "{name}");
        assert_mentions(&mail.subject, &[name, "password"], name);
        assert!(!mail.is_tracked, "{name} may replace the link");
        let header = |name: &str| mail.headers.get(name).map_or("", String::as_str);
        assert_eq!(header("auto-submitted"), "auto-generated", "{name}");
        assert_eq!(header("x-auto-response-suppress"), "All", "{name}");
        let id = header("message-id");
        assert!(id.starts_with('<') && id.ends_with("@example.com>"), "{name}: {id}");
        let token = token(&mail.text);
        assert!(mail.html.contains(&token), "{name}: {}", mail.html);
        let check = json!({ "token": token }).to_string();
        let check = self.world.post(&format!("/apps/{name}/password/reset/check"), check).await;
        assert_eq!(check.status, 200, "{name}");
        self.world.wait_for_event(person, "link_sent").await;
    }
}

fn token(text: &str) -> String {
    let (_, token) = text.split_once("token=").expect("the text has a link");
    token.split_whitespace().next().unwrap_or_default().to_owned()
}

async fn every_provider() {
    let providers = Providers::start(KEY).await;
    let people = providers.request_all().await;
    for ((name, double), person) in providers.doubles.iter().zip(&people) {
        providers.assert_mail(name, double, person).await;
        assert_eq!(double.rejected(), [""; 0], "{name}");
    }
    let marks: BTreeSet<String> =
        providers.doubles.iter().map(|(_, double)| double.accepted()[0].mark.clone()).collect();
    assert_eq!(marks.len(), PROVIDERS.len(), "each application has its mark: {marks:?}");
    assert!(marks.iter().all(|mark| !mark.is_empty()));
    let log = providers.workerd.log();
    assert!(!log.contains(KEY), "{log}");
    for provider in ["RESEND", "SES", "BREVO"] {
        let warning = format!("APP_{provider}_MAIL_PROVIDER: `");
        assert!(log.contains(&warning), "{log}");
    }
}

/// The answers of the providers to a key that they do not know, as they are logged.
const UNKNOWN_KEY: [(&str, &str); 6] = [
    ("resend", "401 validation_error"),
    ("postmark", "401 10"),
    ("ses", "403 InvalidSignatureException"),
    ("mailgun", "401 "),
    ("sendgrid", "401 "),
    ("brevo", "401 unauthorized"),
];

async fn wrong_keys() {
    // The same id of an access key, with another secret.
    let providers = Providers::start("key_of-the:others").await;
    let people = providers.request_all().await;
    for (((name, double), person), (_, answer)) in
        providers.doubles.iter().zip(&people).zip(UNKNOWN_KEY)
    {
        providers.world.wait_for_event(person, "mail_deferred: key_rejected").await;
        let line = format!("mail: `{name}` answered {answer}");
        assert_mentions(&providers.workerd.log(), &[&line], name);
        assert!(double.accepted().is_empty(), "{name}");
        // The key is made known to the provider, and no mail is lost.
        double.set_key(KEY);
    }
    for ((name, double), person) in providers.doubles.iter().zip(&people) {
        providers.assert_mail(name, double, person).await;
    }
    let log = providers.workerd.log();
    let addresses = people.iter().map(Person::address);
    for secret in addresses.chain([KEY, "authorization grant", "Key not found"]) {
        assert!(!log.contains(secret), "the log contains `{secret}`:\n{log}");
    }
}

fn is_for(call: &HttpCall, person: &Person) -> bool {
    call.body.contains(person.address())
}

const OK: HttpAnswer =
    HttpAnswer::Answer(200, &[], Cow::Borrowed(r#"{"id":"49a3999c-0ce1-4ea6"}"#));
const REVOKED: HttpAnswer = HttpAnswer::Answer(
    401,
    &[],
    Cow::Borrowed(r#"{"name":"validation_error","message":"API key is invalid"}"#),
);
const INVALID: HttpAnswer = HttpAnswer::Answer(
    422,
    &[],
    Cow::Borrowed(
        r#"{"name":"validation_error","message":"Invalid `to` field: ada@mail.example"}"#,
    ),
);
const LIMITED: HttpAnswer = HttpAnswer::Answer(
    429,
    &[("retry-after", "45")],
    Cow::Borrowed(r#"{"name":"rate_limit_exceeded"}"#),
);
const FAILED: HttpAnswer =
    HttpAnswer::Answer(500, &[], Cow::Borrowed(r#"{"name":"application_error"}"#));
const CONFLICT: HttpAnswer =
    HttpAnswer::Answer(409, &[], Cow::Borrowed(r#"{"name":"invalid_idempotent_request"}"#));
const MOVED: HttpAnswer =
    HttpAnswer::Answer(307, &[("location", "http://127.0.0.1:9/")], Cow::Borrowed(""));
const HANG: HttpAnswer = HttpAnswer::Hang(Duration::from_secs(600));

/// The answers to the attempts at one mail, and the event of its end.
const SCRIPTS: [(&[HttpAnswer], &str); 8] = [
    (&[REVOKED, OK], "link_sent"),
    (&[INVALID], "link_failed: recipient_rejected"),
    (&[LIMITED, OK], "link_sent"),
    (&[FAILED, OK], "link_sent"),
    (&[MOVED, OK], "link_sent"),
    (&[CONFLICT], "link_sent"),
    (&[HANG, OK], "link_sent"),
    (&[HttpAnswer::Close, HttpAnswer::Close], "link_failed: mail_unknown"),
];

async fn every_answer() {
    let scripts: Arc<Mutex<BTreeMap<String, (usize, usize)>>> = Arc::default();
    let shared = Arc::clone(&scripts);
    let server = HttpServer::start(move |call| {
        let body: Value = serde_json::from_str(&call.body).unwrap_or_default();
        let to = body["to"][0].as_str().unwrap_or_default().to_owned();
        let mut scripts = shared.lock().unwrap();
        let Some((script, step)) = scripts.get_mut(&to) else { return FAILED };
        let answer = SCRIPTS[*script].0.get(*step).cloned().unwrap_or(FAILED);
        *step += 1;
        answer
    })
    .await;
    let (resend, brevo) =
        (MailApiDouble::start("resend", KEY).await, MailApiDouble::start("brevo", KEY).await);
    let workerd = Arc::new(Workerd::start(&[
        ("MAIL_PROVIDER", "resend"),
        ("MAIL_API_KEY", KEY),
        ("MAIL_ENDPOINT", &server.origin()),
        ("APPLICATIONS", "resend,brevo"),
        ("APP_RESEND_MAIL_PROVIDER", "resend"),
        ("APP_RESEND_MAIL_API_KEY", KEY),
        ("APP_RESEND_MAIL_ENDPOINT", &resend.origin()),
        ("APP_BREVO_MAIL_PROVIDER", "brevo"),
        ("APP_BREVO_MAIL_API_KEY", KEY),
        ("APP_BREVO_MAIL_ENDPOINT", &brevo.origin()),
    ]));
    let world = World::Workerd(Arc::clone(&workerd));
    let mut uncertain = Vec::new();
    for (name, double) in [("resend", resend), ("brevo", brevo)] {
        double.lose_answer();
        let person = world.new_person().await;
        let body = json!({ "username": person.username }).to_string();
        let path = format!("/apps/{name}/password/reset/request");
        assert_eq!(world.post(&path, body).await.status, 200);
        uncertain.push((name, double, person));
    }
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
        let calls: Vec<HttpCall> =
            server.calls().into_iter().filter(|call| is_for(call, person)).collect();
        assert_eq!(calls.len(), answers.len(), "{answers:?}");
        let first = &calls[0];
        for call in &calls {
            assert_eq!(call.headers["idempotency-key"], first.headers["idempotency-key"]);
            assert_eq!(call.body, first.body);
        }
        if let [HttpAnswer::Answer(429, ..), _] = answers {
            let wait = calls[1].at - first.at;
            assert!(wait >= Duration::from_secs(45), "{wait:?}");
        }
    }
    // A provider with idempotency keys accepts a mail once, although its answer was lost.
    for (name, double, person) in &uncertain {
        let ended = async || !world.events(person).await.is_empty();
        assert!(workerd.wait_until(TIMEOUT, ended).await, "{name}\n{}", workerd.log());
        assert_eq!(world.events(person).await, ["link_sent"], "{name}");
        assert_eq!((double.count_calls(), double.accepted().len()), (2, 1), "{name}");
        people.push(person.clone());
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

async fn retry_after_of_short_links() {
    let (world, memory) = in_memory(&[("LINK_LIFETIME_MINUTES", "30")]);
    let peter = world.new_person().await;
    memory.defer_mail(MailFailure::RateLimited, 60 * MINUTE);
    let response = world.request_reset(json!({ "username": peter.username })).await;
    assert_eq!(response.status, 200);
    memory.advance(MINUTE).await;
    assert!(world.events(&peter).await.is_empty(), "the mail waits");
    memory.fail_mail(None);
    memory.advance(8 * MINUTE).await;
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert_eq!(world.check(&mail.token()).await.status, 200);
    world.wait_for_event(&peter, "link_sent").await;
}
