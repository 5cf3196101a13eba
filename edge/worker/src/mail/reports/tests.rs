use serde_json::json;

use super::*;
use crate::mail::testing;

const NOW: Moment = Moment::from_seconds(1_614_265_330);
const SECRET: &str = "a-secret-of-the-tests-with-32-bytes-or-more";
/// The secret and the message of the reference vector of Standard Webhooks.
const REFERENCE: &str = concat!("whsec_", "MfKQ9r8GKYqr", "TwjUPD8ILPZIo2LaLaSw");
const REFERENCE_HEADERS: [(&str, &str); 3] = [
    ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
    ("webhook-timestamp", "1614265330"),
    ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
];
const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:bounces";

fn api(provider: ApiProvider, secret: &str) -> MailApi {
    let secret = ("MAIL_WEBHOOK_SECRET", secret);
    let topic = ("MAIL_WEBHOOK_TOPIC", TOPIC);
    let changes = if provider == ApiProvider::Ses { &[secret, topic][..] } else { &[secret] };
    testing::api(provider, changes)
}

fn receive(
    api: &MailApi,
    headers: &[(&str, &str)],
    body: &str,
    now: Moment,
) -> Result<Received, ReportError> {
    let header =
        |name: &str| headers.iter().find(|(header, _)| *header == name).map(|(_, value)| *value);
    read(api, &ReportCall { header: &header, body: body.as_bytes() }, now)
}

/// Receives a body with the secret in the header `Authorization`.
fn with_secret(provider: ApiProvider, body: &Value) -> Result<Received, ReportError> {
    let bearer = format!("Bearer {SECRET}");
    receive(&api(provider, SECRET), &[("authorization", &bearer)], &body.to_string(), NOW)
}

fn report_of(
    provider: ApiProvider,
    item: &Value,
) -> Option<(String, String, &'static str, String)> {
    let MailReport { id, recipient, kind, code } = report(row(provider), item)?;
    Some((id, recipient, kind.as_str(), code))
}

fn mailgun_body(timestamp: &str, signature: &str) -> String {
    json!({
        "signature": { "timestamp": timestamp, "token": "a-token", "signature": signature },
        "event-data": {
            "event": "failed", "severity": "permanent", "id": "e1", "recipient": "ada@mail.example",
            "delivery-status": { "code": 550, "enhanced-code": "5.1.1", "message": "ada unknown" },
        },
    })
    .to_string()
}

#[test]
fn a_signature_of_standard_webhooks_is_verified() {
    let api = api(ApiProvider::Resend, REFERENCE);
    let body = r#"{"test": 2432232314}"#;
    let accepted = Ok(Received::Reports(Vec::new()));
    let [id, timestamp, signature] = REFERENCE_HEADERS;
    assert_eq!(receive(&api, &REFERENCE_HEADERS, body, NOW), accepted);
    let svix =
        [("svix-id", id.1), ("svix-timestamp", timestamp.1), ("svix-signature", signature.1)];
    assert_eq!(receive(&api, &svix, body, NOW), accepted);
    let several = format!("v1a,AAAA v1,AAAA {}", signature.1);
    let headers = [id, timestamp, ("webhook-signature", several.as_str())];
    assert_eq!(receive(&api, &headers, body, NOW), accepted);
    for late in [299, 300] {
        let then = NOW.after(Duration::from_secs(late));
        assert_eq!(receive(&api, &REFERENCE_HEADERS, body, then), accepted);
    }

    let rejected = Err(ReportError::Unauthenticated);
    let later = NOW.after(Duration::from_secs(301));
    assert_eq!(receive(&api, &REFERENCE_HEADERS, body, later), rejected, "it is too old");
    let earlier = NOW.before(Duration::from_secs(301));
    assert_eq!(receive(&api, &REFERENCE_HEADERS, body, earlier), rejected, "it is from the future");
    assert_eq!(receive(&api, &REFERENCE_HEADERS, r#"{"test":1}"#, NOW), rejected);
    assert_eq!(receive(&api, &[id, timestamp], body, NOW), rejected);
    for changed in [
        ("webhook-id", "msg_other"),
        ("webhook-timestamp", "1614265331"),
        ("webhook-timestamp", "soon"),
        ("webhook-signature", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("webhook-signature", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("webhook-signature", "v1,"),
        ("webhook-signature", ""),
    ] {
        let others = REFERENCE_HEADERS.into_iter().filter(|(name, _)| *name != changed.0);
        let headers: Vec<_> = others.chain([changed]).collect();
        assert_eq!(receive(&api, &headers, body, NOW), rejected, "{changed:?}");
    }
}

#[test]
fn a_signature_of_mailgun_is_verified() {
    let api = api(ApiProvider::Mailgun, SECRET);
    let sign = |timestamp: &str| {
        let mac = hmac(SECRET.as_bytes(), &[timestamp.as_bytes(), b"a-token"]);
        hex(&mac.finalize().into_bytes())
    };
    let timestamp = NOW.seconds().to_string();
    let body = mailgun_body(&timestamp, &sign(&timestamp));
    let report = MailReport {
        id: "e1".to_owned(),
        recipient: "ada@mail.example".to_owned(),
        kind: Permanent,
        code: "5.1.1".to_owned(),
    };
    assert_eq!(receive(&api, &[], &body, NOW), Ok(Received::Reports(vec![report])));
    let rejected = Err(ReportError::Unauthenticated);
    let later = NOW.after(Duration::from_secs(13 * 3600));
    assert_eq!(receive(&api, &[], &body, later), rejected);
    for (timestamp, signature) in [
        (timestamp.as_str(), ""),
        (&timestamp, &sign("1614265329")),
        (&timestamp, &sign(&timestamp).to_uppercase()),
        ("", &sign("")),
    ] {
        assert_eq!(receive(&api, &[], &mailgun_body(timestamp, signature), NOW), rejected);
    }
    assert_eq!(receive(&api, &[], "{}", NOW), rejected);
    assert_eq!(receive(&api, &[], "{", NOW), Err(ReportError::Malformed));
}

#[test]
fn a_secret_is_a_bearer_token_or_a_password() {
    let basic = |pair: &str| format!("Basic {}", Base64::encode_string(pair.as_bytes()));
    for provider in [ApiProvider::Postmark, ApiProvider::SendGrid, ApiProvider::Brevo] {
        let api = api(provider, SECRET);
        let received =
            |authorization: &str| receive(&api, &[("authorization", authorization)], "{}", NOW);
        for authorization in [
            format!("Bearer {SECRET}"),
            format!("bearer  {SECRET} "),
            basic(&format!("relatch:{SECRET}")),
            basic(&format!(":{SECRET}")),
        ] {
            let accepted = Ok(Received::Reports(Vec::new()));
            assert_eq!(received(&authorization), accepted, "{authorization}");
        }
        for authorization in [
            String::new(),
            SECRET.to_owned(),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            format!("Bearer {SECRET}x"),
            format!("Bearer {}", &SECRET[1..]),
            format!("Basic {SECRET}"),
            basic(SECRET),
            basic("relatch:"),
            basic(&format!("{SECRET}:")),
        ] {
            let rejected = Err(ReportError::Unauthenticated);
            assert_eq!(received(&authorization), rejected, "{authorization}");
        }
        assert_eq!(receive(&api, &[], "{}", NOW), Err(ReportError::Unauthenticated));
    }
}

#[test]
fn without_a_secret_no_call_is_accepted() {
    let disabled = Err(ReportError::Disabled);
    for provider in ApiProvider::ALL {
        let secret = if provider == ApiProvider::Resend { REFERENCE } else { SECRET };
        let api = MailApi { webhook_secret: None, ..api(provider, secret) };
        assert_eq!(receive(&api, &REFERENCE_HEADERS, "{}", NOW), disabled);
        assert_eq!(receive(&api, &[("authorization", "Bearer ")], "{}", NOW), disabled);
    }
}

#[test]
fn a_documented_report_has_a_kind_and_a_code() {
    let resend = |event: &str, data: Value| json!({ "type": event, "data": data });
    let sendgrid = |event: &str, kind: &str| {
        json!({
            "email": "ada@mail.example", "event": event, "type": kind, "sg_event_id": "e1",
            "status": "5.0.0", "reason": "550 5.0.0 <ada@mail.example> unknown",
        })
    };
    let postmark = |record: &str, kind: &str| json!({ "RecordType": record, "Type": kind, "ID": 42, "Email": "ada@mail.example" });
    let bounce = json!({
        "email_id": "e1", "to": ["ada@mail.example"],
        "bounce": { "type": "Permanent", "subType": "General", "message": "ada unknown" },
    });
    let complaint = json!({ "email_id": "e1", "to": ["Ada <ada@mail.example>"] });
    for (provider, item, id, kind, code) in [
        (ApiProvider::Resend, resend("email.bounced", bounce), "e1", "permanent", "General"),
        (
            ApiProvider::Resend,
            resend("email.complained", complaint),
            "e1",
            "complaint",
            "email.complained",
        ),
        (ApiProvider::Postmark, postmark("Bounce", "HardBounce"), "42", "permanent", "HardBounce"),
        (ApiProvider::Postmark, postmark("Bounce", "DnsError"), "42", "transient", "DnsError"),
        (
            ApiProvider::Postmark,
            postmark("SpamComplaint", "SpamComplaint"),
            "42",
            "complaint",
            "SpamComplaint",
        ),
        (ApiProvider::SendGrid, sendgrid("bounce", "bounce"), "e1", "permanent", "5.0.0"),
        (ApiProvider::SendGrid, sendgrid("bounce", "blocked"), "e1", "transient", "5.0.0"),
        (ApiProvider::SendGrid, sendgrid("spamreport", ""), "e1", "complaint", "5.0.0"),
        (
            ApiProvider::Brevo,
            json!({ "event": "hard_bounce", "email": "ada@mail.example", "message-id": "<e1>" }),
            "<e1>",
            "permanent",
            "hard_bounce",
        ),
        (
            ApiProvider::Brevo,
            json!({ "event": "spam", "email": "ada@mail.example", "message-id": "<e1>" }),
            "<e1>",
            "complaint",
            "spam",
        ),
    ] {
        let (id, code) = (id.to_owned(), code.to_owned());
        let expected = Some((id, "ada@mail.example".to_owned(), kind, code));
        assert_eq!(report_of(provider, &item), expected, "{item}");
    }
    for (provider, item) in [
        (ApiProvider::Resend, resend("email.delivered", json!({ "to": ["ada@mail.example"] }))),
        (ApiProvider::Resend, resend("email.bounced", json!({ "to": [] }))),
        (ApiProvider::Postmark, postmark("Bounce", "AutoResponder")),
        (ApiProvider::Postmark, postmark("Delivery", "")),
        (ApiProvider::SendGrid, sendgrid("delivered", "")),
        (ApiProvider::Brevo, json!({ "event": "hard_bounce", "email": ["ada@mail.example"] })),
        (ApiProvider::Brevo, json!({ "event": "spam", "email": "a".repeat(255) })),
        (ApiProvider::Brevo, json!("spam")),
    ] {
        assert_eq!(report_of(provider, &item), None, "{item}");
    }
}

#[test]
fn the_words_of_a_server_are_no_code_and_a_report_without_an_id_gets_one() {
    let item =
        |status: &str| json!({ "event": "dropped", "email": "a@b.example", "status": status });
    let (id, _, _, code) = report_of(ApiProvider::SendGrid, &item("550 a@b.example")).unwrap();
    assert_eq!((id.len(), code.as_str()), (64, ""));
    let other = report_of(ApiProvider::SendGrid, &item("5.1.1")).unwrap();
    assert_ne!(id, other.0);
}

#[test]
fn a_list_has_several_reports() {
    let item = |email: &str| json!({ "event": "bounce", "email": email, "sg_event_id": email });
    let list = json!([item("a@b.example"), { "event": "open" }, 5, item("c@d.example")]);
    let Ok(Received::Reports(reports)) = with_secret(ApiProvider::SendGrid, &list) else {
        panic!("the call is authentic")
    };
    let recipients: Vec<&str> = reports.iter().map(|report| report.recipient.as_str()).collect();
    assert_eq!(recipients, ["a@b.example", "c@d.example"]);
    for body in [json!(5), json!("bounce"), json!(null)] {
        let malformed = Err(ReportError::Malformed);
        assert_eq!(with_secret(ApiProvider::SendGrid, &body), malformed, "{body}");
    }
}

#[test]
fn a_message_of_amazon_comes_from_the_configured_topic() {
    let notice = |topic: &str, message: &str| json!({ "Type": "Notification", "TopicArn": topic, "Message": message });
    let message = json!({
        "notificationType": "Bounce",
        "bounce": {
            "feedbackId": "f1", "bounceType": "Permanent", "bounceSubType": "NoEmail",
            "bouncedRecipients": [{ "emailAddress": "ada@mail.example" }],
        },
    });
    let report = MailReport {
        id: "f1".to_owned(),
        recipient: "ada@mail.example".to_owned(),
        kind: Permanent,
        code: "NoEmail".to_owned(),
    };
    let received = |body: &Value| with_secret(ApiProvider::Ses, body);
    let accepted = Ok(Received::Reports(vec![report]));
    assert_eq!(received(&notice(TOPIC, &message.to_string())), accepted);
    let test = "Successfully validated SNS topic for Amazon SES event publishing.";
    assert_eq!(received(&notice(TOPIC, test)), Ok(Received::Reports(Vec::new())));
    let other = TOPIC.replace("1234", "9999");
    let malformed = Err(ReportError::Malformed);
    assert_eq!(received(&notice(&other, &message.to_string())), malformed);
    assert_eq!(received(&message), malformed, "it has no topic");
}

#[test]
fn a_subscription_is_confirmed_at_amazon_and_for_the_configured_topic_only() {
    let confirmation = |topic: &str, token: &str| {
        with_secret(
            ApiProvider::Ses,
            &json!({
                "Type": "SubscriptionConfirmation", "TopicArn": topic, "Token": token,
                "SubscribeURL": "https://evil.example/",
            }),
        )
    };
    let url = format!(
        "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}\
         &Token=2336412f37fb687f"
    );
    assert_eq!(confirmation(TOPIC, "2336412f37fb687f"), Ok(Received::Subscription(url)));
    let malformed = Err(ReportError::Malformed);
    assert_eq!(confirmation("arn:aws:sns:evil.example/:1:a", "2336"), malformed);
    for token in ["", "a&TopicArn=b", "a b", "a#"] {
        assert_eq!(confirmation(TOPIC, token), malformed, "{token}");
    }
}
