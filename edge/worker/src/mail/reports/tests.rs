use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use hmac::Mac as _;
use relatch_domain::testing::application;
use serde_json::json;

use super::*;
use crate::mail::mac::hmac;
use crate::mail::{MailApi, testing};

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
    let sender = ApiSender { api, application: &application() };
    read(&sender, &ReportCall { header: &header, body: body.as_bytes() }, now)
}

/// Returns the mark of the mails that the tests sent.
fn mark() -> String {
    ApiSender { api: &api(ApiProvider::Resend, REFERENCE), application: &application() }.mark()
}

fn reports(reports: Vec<MailReport>) -> Received {
    Received::Reports { reports, others: 0 }
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
    let MailReport { id, recipient, kind, code, .. } = report(row(provider), item)?;
    Some((id, recipient, kind.as_str(), code))
}

fn mailgun_body(timestamp: &str, signature: &str) -> String {
    mailgun_event(
        &json!({ "timestamp": timestamp, "token": "a-token", "signature": signature }),
        "ada@mail.example",
    )
}

fn mailgun_event(signature: &Value, recipient: &str) -> String {
    json!({
        "signature": signature,
        "event-data": {
            "user-variables": { "relatch": mark() },
            "event": "failed", "severity": "permanent", "id": "e1", "recipient": recipient,
            "delivery-status": { "code": 550, "enhanced-code": "5.1.1", "message": "ada unknown" },
        },
    })
    .to_string()
}

#[test]
fn a_signature_of_standard_webhooks_is_verified() {
    let api = api(ApiProvider::Resend, REFERENCE);
    let body = r#"{"test": 2432232314}"#;
    let accepted = Ok(reports(Vec::new()));
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
fn a_call_with_many_signatures_is_refused() {
    let api = api(ApiProvider::Resend, REFERENCE);
    let [id, timestamp, (_, right)] = REFERENCE_HEADERS;
    let wrong = format!("v1,{}", Base64::encode_string(&[7; 32]));
    let received = |items: &[&str]| {
        let signatures = items.join(" ");
        let headers = [id, timestamp, ("webhook-signature", signatures.as_str())];
        receive(&api, &headers, r#"{"test": 2432232314}"#, NOW)
    };
    let with = |others: usize| {
        let mut items = vec![wrong.as_str(); others];
        items.push(right);
        received(&items)
    };
    assert_eq!(with(7), Ok(reports(Vec::new())));
    let rejected = Err(ReportError::Unauthenticated);
    for others in [8, 999] {
        assert_eq!(with(others), rejected, "{others}");
    }
    assert_eq!(received(&[right; 9]), rejected);
    for length in [0, 31, 33, 64] {
        let item = format!("v1,{}", Base64::encode_string(&vec![7; length]));
        assert_eq!(received(&[&item]), rejected, "{length} bytes");
        assert_eq!(received(&[&item, right]), Ok(reports(Vec::new())), "{length} bytes");
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
    let report = |recipient: &str| MailReport {
        id: "a-token".to_owned(),
        is_covered: false,
        recipient: recipient.to_owned(),
        kind: Permanent,
        code: "5.1.1".to_owned(),
    };
    let accepted = Ok(reports(vec![report("ada@mail.example")]));
    assert_eq!(receive(&api, &[], &body, NOW), accepted);
    let last_repetition = NOW.after(Duration::from_secs(8 * 3600));
    assert_eq!(receive(&api, &[], &body, last_repetition), accepted);
    // The signature does not cover the event, so a replayed one has the same id.
    let signature =
        json!({ "timestamp": timestamp, "token": "a-token", "signature": sign(&timestamp) });
    let replayed = mailgun_event(&signature, "eve@mail.example");
    assert_eq!(receive(&api, &[], &replayed, NOW), Ok(reports(vec![report("eve@mail.example")])));
    // An event of a subaccount has the signature of the account too.
    let both = json!({
        "timestamp": timestamp, "token": "a-token", "signature": "00",
        "parent-signature": sign(&timestamp),
    });
    assert_eq!(receive(&api, &[], &mailgun_event(&both, "ada@mail.example"), NOW), accepted);

    let rejected = Err(ReportError::Unauthenticated);
    for seconds in [8 * 3600 + 601, 12 * 3600] {
        let later = NOW.after(Duration::from_secs(seconds));
        assert_eq!(receive(&api, &[], &body, later), rejected);
    }
    let earlier = NOW.before(Duration::from_secs(301));
    assert_eq!(receive(&api, &[], &body, earlier), rejected, "it is from the future");
    let large = body.replace("ada unknown", &"x".repeat(MAX_MAILGUN_BYTES));
    assert_eq!(receive(&api, &[], &large, NOW), Err(ReportError::TooLarge));
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
            let accepted = Ok(reports(Vec::new()));
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
    let failed = json!({
        "email_id": "e1", "to": ["ada@mail.example"],
        "failed": { "reason": "reached_daily_quota" },
    });
    for (provider, item, id, kind, code) in [
        (ApiProvider::Resend, resend("email.bounced", bounce), "e1", "permanent", "General"),
        (
            ApiProvider::Resend,
            resend("email.failed", failed),
            "e1",
            "transient",
            "reached_daily_quota",
        ),
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
        let id = format!("{id} ada@mail.example {kind} {code}");
        let code = code.to_owned();
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
    assert_eq!((id.find(' '), code.as_str()), (Some(64), ""));
    assert_eq!(report_of(ApiProvider::SendGrid, &item("550 a@b.example")).unwrap().0, id);
    let other = report_of(ApiProvider::SendGrid, &item("5.1.1")).unwrap();
    assert_ne!(id, other.0);
}

#[test]
fn a_list_has_several_reports() {
    let item = |email: &str, mark: &str| json!({ "event": "bounce", "email": email, "sg_event_id": email, "relatch": mark });
    let (one, other) = (item("a@b.example", &mark()), item("c@d.example", &mark()));
    let list = json!([one, { "event": "open" }, 5, other, item("e@f.example", "another")]);
    let Ok(Received::Reports { reports, others }) = with_secret(ApiProvider::SendGrid, &list)
    else {
        panic!("the call is authentic")
    };
    let recipients: Vec<&str> = reports.iter().map(|report| report.recipient.as_str()).collect();
    assert_eq!((recipients.as_slice(), others), (&["a@b.example", "c@d.example"][..], 1));
    for body in [json!(5), json!("bounce"), json!(null)] {
        let malformed = Err(ReportError::Malformed);
        assert_eq!(with_secret(ApiProvider::SendGrid, &body), malformed, "{body}");
    }
}

#[test]
fn a_report_about_a_mail_of_others_is_counted() {
    let of_resend = |tags: Value| json!({ "type": "email.bounced", "data": { "to": ["a@b.example"], "tags": tags } });
    let of_postmark = |metadata: Value| json!({ "RecordType": "Bounce", "Type": "HardBounce", "Email": "a@b.example", "Metadata": metadata });
    let of_sendgrid =
        |mark: &str| json!({ "event": "bounce", "email": "a@b.example", "relatch": mark });
    let of_brevo =
        |tags: Value| json!({ "event": "hard_bounce", "email": "a@b.example", "tags": tags });
    let of_amazon = |mail: Value| {
        let recipients = json!([{ "emailAddress": "a@b.example" }]);
        let bounce = json!({ "bounceType": "Permanent", "bouncedRecipients": recipients });
        json!({ "notificationType": "Bounce", "mail": mail, "bounce": bounce })
    };
    let mark = mark();
    let headers = |id: &str| json!({ "headers": [{ "name": "From", "value": "x" }, { "name": "Message-ID", "value": id }] });
    let with_headers = |mut item: Value| {
        item["mail"] = headers("<BwcHBwcHBwcHBwcHBwcHBw@example.com>");
        item
    };
    let api = api(ApiProvider::Brevo, SECRET);
    let sender = ApiSender { api: &api, application: &application() };
    for (provider, item, is_own) in [
        (ApiProvider::Resend, of_resend(json!({ "relatch": mark, "a": "b" })), true),
        (ApiProvider::Resend, of_resend(json!({ "relatch": "another", "a": mark })), false),
        (
            ApiProvider::Resend,
            of_resend(json!([{ "name": "a", "value": "b" }, { "name": "relatch", "value": mark }])),
            true,
        ),
        (ApiProvider::Resend, of_resend(json!([{ "name": "a", "value": mark }])), false),
        (ApiProvider::Resend, of_resend(json!([{ "name": "relatch", "value": "a" }])), false),
        (ApiProvider::Resend, of_resend(json!([{ "name": "relatch" }])), false),
        (ApiProvider::Resend, of_resend(Value::Null), false),
        (ApiProvider::Postmark, of_postmark(json!({ "relatch": mark })), true),
        (ApiProvider::Postmark, of_postmark(json!({ "relatch": 5 })), false),
        (ApiProvider::Postmark, of_postmark(json!({})), false),
        (ApiProvider::SendGrid, of_sendgrid(&mark), true),
        (ApiProvider::SendGrid, of_sendgrid("another"), false),
        (ApiProvider::Brevo, of_brevo(json!(["a", mark])), true),
        (ApiProvider::Brevo, of_brevo(json!(["a"])), false),
        (ApiProvider::Ses, of_amazon(json!({ "tags": { "relatch": [mark] } })), true),
        (ApiProvider::Ses, of_amazon(json!({ "tags": { "other": [mark] } })), false),
        (ApiProvider::Ses, of_amazon(headers("<BwcHBwcHBwcHBwcHBwcHBw@example.com>")), true),
        (ApiProvider::Ses, of_amazon(headers("<BwcHBwcHBwcHBwcHBwcHBw@other.example>")), false),
        (ApiProvider::Ses, of_amazon(headers("<20261120@example.com>")), false),
        (ApiProvider::Ses, of_amazon(json!({})), false),
        (
            ApiProvider::Ses,
            of_amazon(json!({
                "tags": { "relatch": ["another"] },
                "headers": headers("<BwcHBwcHBwcHBwcHBwcHBw@example.com>")["headers"],
            })),
            false,
        ),
        // Only Amazon has the headers of the mail.
        (ApiProvider::Postmark, with_headers(of_postmark(Value::Null)), false),
        (ApiProvider::Resend, with_headers(of_resend(Value::Null)), false),
        (ApiProvider::SendGrid, with_headers(of_sendgrid("another")), false),
    ] {
        assert!(report(row(provider), &item).is_some(), "{item}");
        assert_eq!(is_of(&sender, row(provider), &item), is_own, "{item}");
    }
}

#[test]
fn a_message_of_amazon_comes_from_the_configured_topic() {
    let notice = |topic: &str, message: &str| json!({ "Type": "Notification", "TopicArn": topic, "Message": message });
    let message = json!({
        "eventType": "Bounce", "mail": { "tags": { "relatch": [mark()] } },
        "bounce": {
            "feedbackId": "f1", "bounceType": "Permanent", "bounceSubType": "NoEmail",
            "bouncedRecipients": [{ "emailAddress": "ada@mail.example" }],
        },
    });
    let report = MailReport {
        id: "f1 ada@mail.example permanent NoEmail".to_owned(),
        is_covered: true,
        recipient: "ada@mail.example".to_owned(),
        kind: Permanent,
        code: "NoEmail".to_owned(),
    };
    let received = |body: &Value| with_secret(ApiProvider::Ses, body);
    let accepted = Ok(reports(vec![report]));
    assert_eq!(received(&notice(TOPIC, &message.to_string())), accepted);
    let test = "Successfully validated SNS topic for Amazon SES event publishing.";
    assert_eq!(received(&notice(TOPIC, test)), Ok(reports(Vec::new())));
    let other = TOPIC.replace("1234", "9999");
    let malformed = Err(ReportError::Malformed);
    assert_eq!(received(&notice(&other, &message.to_string())), malformed);
    assert_eq!(received(&message), malformed, "it has no topic");
}

#[test]
fn a_subscription_is_confirmed_in_the_region_of_its_topic() {
    let topic = "arn:aws-us-gov:sns:us-gov-west-1:123456789012:a";
    let changes = [
        ("MAIL_REGION", "us-gov-west-1"),
        ("MAIL_WEBHOOK_SECRET", SECRET),
        ("MAIL_WEBHOOK_TOPIC", topic),
    ];
    let api = testing::api(ApiProvider::Ses, &changes);
    let bearer = format!("Bearer {SECRET}");
    let body = json!({ "Type": "SubscriptionConfirmation", "TopicArn": topic, "Token": "12" });
    let received = receive(&api, &[("authorization", &bearer)], &body.to_string(), NOW);
    let url = format!(
        "https://sns.us-gov-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={topic}\
         &Token=12"
    );
    assert_eq!(received, Ok(Received::Subscription(url)));
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
