//! Bounces and complaints that mail providers report.

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Request;
use libtest_mimic::Trial;
use relatch_memory::Fault;
use relatch_tests::http_server::{HttpAnswer, HttpServer};
use relatch_tests::in_process::NOON;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, in_memory, request};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{assert_problem, fail_calls, take_verbs};

const PATH: &str = "/webhooks/mail";
const SECRET: &str = "a-secret-of-the-tests-with-32-bytes";
/// 24 bytes in base64.
const SIGNING_SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:bounces";

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: a bounce is one event of each account with the address", bounces),
        trial("in process: a bounce changes neither who is mailed nor what is answered", no_effect),
        trial(
            "in process: a report needs its signature, and costs no port call without it",
            forged,
        ),
        trial("in process: a report is repeated by its provider during an outage", outage),
        trial("in process: the path of reports exists only with a secret", disabled),
        trial("in process: a report has a limit of its size", sizes),
        trial("workerd: reports with a secret or a signature become events", on_workerd),
        trial("workerd: a topic of Amazon is confirmed once it has the secret", subscription),
    ]
}

const RESEND: [(&str, &str); 3] =
    [("MAIL_PROVIDER", "resend"), ("MAIL_API_KEY", "key"), ("MAIL_WEBHOOK_SECRET", SIGNING_SECRET)];

fn bounce(id: &str, recipient: &str) -> String {
    let bounce = json!({ "type": "Permanent", "subType": "General", "message": recipient });
    let data = json!({ "email_id": id, "to": [recipient], "bounce": bounce });
    json!({ "type": "email.bounced", "data": data }).to_string()
}

/// Signs a body as Svix does.
fn signed(body: &str, seconds: u64) -> Request<Vec<u8>> {
    let key = Base64::decode_vec(SIGNING_SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("msg_1.{seconds}.{body}").as_bytes());
    let signature = format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()));
    let mut request = request("POST", PATH, body);
    for (name, value) in [
        ("svix-id", "msg_1"),
        ("svix-timestamp", &seconds.to_string()),
        ("svix-signature", &signature),
    ] {
        request
            .headers_mut()
            .insert(name.to_owned().parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    request
}

async fn report(world: &World, body: &str) -> Response {
    world.send(signed(body, NOON.seconds())).await
}

async fn with_secret(world: &World, secret: &str, body: &Value) -> Response {
    let mut request = request("POST", PATH, &body.to_string());
    let pair = Base64::encode_string(format!("relatch:{secret}").as_bytes());
    let headers = request.headers_mut();
    headers.insert("content-type", "text/plain; charset=UTF-8".parse().unwrap());
    headers.insert("authorization", format!("Basic {pair}").parse().unwrap());
    world.send(request).await
}

async fn bounces() {
    let (world, memory) = in_memory(&RESEND);
    let peter = world.new_person().await;
    let twin = Person { email: peter.email.clone(), ..Person::new() };
    world.add(&twin).await;
    let john = world.new_person().await;
    for _ in 0..3 {
        let recipient = peter.address().to_uppercase();
        assert_eq!(report(&world, &bounce("e1", &recipient)).await.status, 200);
    }
    for person in [&peter, &twin] {
        assert_eq!(world.events(person).await, ["mail_bounced: permanent: General"]);
    }
    assert_eq!(report(&world, &bounce("e2", peter.address())).await.status, 200);
    assert_eq!(world.events(&peter).await.len(), 2, "another mail has bounced");
    assert!(world.events(&john).await.is_empty());

    for recipient in ["nobody@mail.example", "not an address", "a@b@c"] {
        assert_eq!(report(&world, &bounce("e3", recipient)).await.status, 200);
    }
    let unmatched = memory.events().into_iter().filter(|event| event.account.is_none()).count();
    assert_eq!(unmatched, 3);
    assert!(!memory.everything_stored().contains("nobody@mail.example"));
}

async fn no_effect() {
    let (world, _) = in_memory(&RESEND);
    let peter = world.new_person().await;
    let before = world.request_reset(json!({ "username": peter.username })).await;
    let token = world.wait_for_mail(peter.address(), 1).await.token();
    assert_eq!(report(&world, &bounce("e1", peter.address())).await.status, 200);
    assert_eq!(world.check(&token).await.status, 200, "the link stays valid");
    world.drain().await;
    let peter_again = world.new_person().await;
    assert_eq!(report(&world, &bounce("e2", peter_again.address())).await.status, 200);
    let after = world.request_reset(json!({ "username": peter_again.username })).await;
    assert_eq!(after, before);
    world.wait_for_mail(peter_again.address(), 1).await;
}

async fn forged() {
    let (world, memory) = in_memory(&RESEND);
    let peter = world.new_person().await;
    let body = bounce("e1", peter.address());
    take_verbs(&memory);
    let mut other = signed(&body, NOON.seconds());
    *other.body_mut() = bounce("e2", peter.address()).into_bytes();
    let mut unsigned = signed(&body, NOON.seconds());
    unsigned.headers_mut().remove("svix-signature");
    let old = signed(&body, NOON.seconds() - 301);
    for request in [other, unsigned, old, request("POST", PATH, &body)] {
        let response = world.send(request).await;
        assert_problem(&response, 401, "key_invalid", "a forged report");
        assert_eq!(response.header("www-authenticate"), Some("Basic realm=\"relatch\""));
    }
    let verbs = take_verbs(&memory);
    assert!(verbs.iter().all(|verb| verb.starts_with("events.log")), "{verbs:?}");
    assert!(world.events(&peter).await.is_empty());
    let response = world.send(request("GET", PATH, "")).await;
    assert_problem(&response, 405, "method_not_allowed", "a GET");
    let response = report(&world, "[").await;
    assert_problem(&response, 400, "request_invalid", "a body that is no JSON");
}

async fn outage() {
    let (world, memory) = in_memory(&RESEND);
    let peter = world.new_person().await;
    let body = bounce("e1", peter.address());
    for verb in ["directory.find_accounts", "events.record"] {
        fail_calls(&memory, verb, Fault::Before);
        let response = report(&world, &body).await;
        assert_problem(&response, 503, "unavailable", verb);
    }
    fail_calls(&memory, "none", Fault::Before);
    assert_eq!(report(&world, &body).await.status, 200);
    assert_eq!(world.events(&peter).await, ["mail_bounced: permanent: General"]);
}

async fn disabled() {
    for variables in [&[][..], &RESEND[..2]] {
        let (world, _) = in_memory(variables);
        let response = report(&world, &bounce("e1", "a@b.example")).await;
        assert_problem(&response, 404, "not_found", "without a secret");
    }
}

async fn sizes() {
    let (world, _) = in_memory(&RESEND);
    let body = bounce("e1", "a@b.example");
    let padded = |length: usize| body.clone() + &" ".repeat(length - body.len());
    assert_eq!(report(&world, &padded(256 * 1024)).await.status, 200);
    let response = report(&world, &padded(256 * 1024 + 1)).await;
    assert_problem(&response, 413, "body_too_large", "a report that is too large");
}

#[expect(clippy::disallowed_methods, reason = "a real Worker has the real time")]
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("the clock is right").as_secs()
}

async fn on_workerd() {
    let workerd = std::sync::Arc::new(Workerd::start(&[
        RESEND[0],
        RESEND[1],
        RESEND[2],
        ("APP_SHOP_MAIL_PROVIDER", "sendgrid"),
        ("APP_SHOP_MAIL_API_KEY", "key"),
        ("APP_SHOP_MAIL_WEBHOOK_SECRET", SECRET),
    ]));
    let world = World::Workerd(std::sync::Arc::clone(&workerd));
    let (peter, john) = (world.new_person().await, world.new_person().await);
    let body = bounce("e1", peter.address());
    assert_eq!(world.send(signed(&body, now())).await.status, 200);
    assert_eq!(world.send(signed(&body, now() - 600)).await.status, 401);
    assert_eq!(world.events(&peter).await, ["mail_bounced: permanent: General"]);

    let items: Vec<Value> = (0..400)
        .map(|number| {
            let email = if number == 50 { john.address() } else { "a@b.example" };
            let reason = format!("550 5.1.1 {email} {}", "x".repeat(100));
            json!({
                "email": email, "event": if number == 50 { "spamreport" } else { "open" },
                "sg_event_id": number.to_string(), "status": "5.1.1", "reason": reason,
            })
        })
        .collect();
    let body = Value::Array(items);
    assert!(body.to_string().len() > 64 * 1024);
    let send = async |secret: &str| {
        let mut request = request("POST", "/apps/shop/webhooks/mail", &body.to_string());
        let bearer = format!("Bearer {secret}").parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        world.send(request).await.status
    };
    assert_eq!(send("another").await, 401);
    assert_eq!(send(SECRET).await, 200);
    let large = request("POST", PATH, &" ".repeat(256 * 1024 + 1));
    assert_eq!(world.send(large).await.status, 413);
    assert_eq!(world.events(&john).await, ["mail_bounced: complaint: 5.1.1"]);
    let log = workerd.log();
    for secret in [peter.address(), john.address(), SECRET, SIGNING_SECRET] {
        assert!(!log.contains(secret), "the log contains `{secret}`:\n{log}");
    }
}

async fn subscription() {
    let server = HttpServer::start(|_| HttpAnswer::Answer(200, &[], "".into())).await;
    let workerd = std::sync::Arc::new(Workerd::start(&[
        ("MAIL_PROVIDER", "ses"),
        ("MAIL_API_KEY", "id:secret"),
        ("MAIL_REGION", "eu-central-1"),
        ("MAIL_ENDPOINT", &server.origin()),
        ("MAIL_WEBHOOK_SECRET", SECRET),
        ("MAIL_WEBHOOK_TOPIC", TOPIC),
    ]));
    let world = World::Workerd(workerd);
    let confirmation = |topic: &str| {
        json!({
            "Type": "SubscriptionConfirmation", "TopicArn": topic, "Token": "abc123",
            "SubscribeURL": "http://127.0.0.1:9/",
        })
    };
    assert_eq!(with_secret(&world, "another", &confirmation(TOPIC)).await.status, 401);
    let other = TOPIC.replace("1234", "9999");
    assert_eq!(with_secret(&world, SECRET, &confirmation(&other)).await.status, 400);
    assert_eq!(server.calls().len(), 0);
    assert_eq!(with_secret(&world, SECRET, &confirmation(TOPIC)).await.status, 200);
    let paths: Vec<String> = server.calls().into_iter().map(|call| call.path).collect();
    let path = format!("/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc123");
    assert_eq!(paths, [path]);

    let peter = world.new_person().await;
    let message = json!({
        "eventType": "Complaint",
        "complaint": {
            "feedbackId": "f1", "complaintFeedbackType": "abuse",
            "complainedRecipients": [{ "emailAddress": peter.address() }],
        },
    });
    let notice =
        json!({ "Type": "Notification", "TopicArn": TOPIC, "Message": message.to_string() });
    assert_eq!(with_secret(&world, SECRET, &notice).await.status, 200);
    assert_eq!(world.events(&peter).await, ["mail_bounced: complaint: abuse"]);
}
