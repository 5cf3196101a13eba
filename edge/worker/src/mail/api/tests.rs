use relatch_domain::application::{Application, MailSettings};
use relatch_domain::mail::{AUTOMATIC, Parts, Stamp, with_parts};
use relatch_domain::testing::{application, mail_address};
use relatch_domain::values::application_id::ApplicationId;
use serde_json::json;

use super::*;
use crate::mail::MailApi;
use crate::mail::testing::api;

const NOW: Moment = Moment::from_seconds(1_440_938_160);

fn message_from(sender: &str) -> Message {
    let mail = MailSettings { from: mail_address(sender), ..application().mail };
    let application = Application { mail, ..application() };
    let parts = Parts {
        subject: "Пароль \"neu\" $to".to_owned(),
        text: "Grüße\n日本".to_owned(),
        html: "<p class=\"a\">Grüße</p>".to_owned(),
    };
    let stamp = Stamp { id: [7; 16], date: NOW };
    with_parts(&application, "zoe@xn--bcher-kva.example", &parts, stamp).unwrap()
}

fn message() -> Message {
    message_from("Müller, \"Shop\" <noreply@example.com>")
}

/// Returns the request that sends a message of the application of the tests.
fn sent(api: &MailApi, message: &Message, now: Moment) -> ApiRequest {
    ApiRequest::new(&ApiSender { api, application: &application() }, message, now)
}

/// Returns the mark of the application of the tests.
fn mark() -> String {
    let api = api(ApiProvider::Resend, &[]);
    ApiSender { api: &api, application: &application() }.mark()
}

fn request(provider: ApiProvider) -> ApiRequest {
    sent(&api(provider, &[]), &message(), NOW)
}

fn json_body(provider: ApiProvider) -> Value {
    serde_json::from_str(&request(provider).body).unwrap()
}

fn header<'a>(request: &'a ApiRequest, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|(header, _)| *header == name);
    found.map(|(_, value)| value.as_str())
}

fn outcome(provider: ApiProvider, status: u16, body: &str) -> Result<(), MailFailure> {
    let answer = Answer { status, body, ..Answer::default() };
    answer.outcome(provider).map_err(|error| error.failure)
}

#[test]
fn each_request_goes_to_the_documented_endpoint_with_the_documented_authentication() {
    let basic = "Basic YXBpOmlkOnNlY3JldA==";
    for (provider, url, name, value) in [
        (ApiProvider::Resend, "https://api.resend.com/emails", "Authorization", "Bearer id:secret"),
        (
            ApiProvider::Postmark,
            "https://api.postmarkapp.com/email",
            "X-Postmark-Server-Token",
            "id:secret",
        ),
        (
            ApiProvider::Mailgun,
            "https://api.mailgun.net/v3/example.com/messages.mime",
            "Authorization",
            basic,
        ),
        (
            ApiProvider::SendGrid,
            "https://api.sendgrid.com/v3/mail/send",
            "Authorization",
            "Bearer id:secret",
        ),
        (ApiProvider::Brevo, "https://api.brevo.com/v3/smtp/email", "api-key", "id:secret"),
    ] {
        let request = request(provider);
        assert_eq!((request.url.as_str(), header(&request, name)), (url, Some(value)));
        let is_form = provider == ApiProvider::Mailgun;
        let content_type = if is_form { "multipart/form-data; " } else { "application/json" };
        assert!(header(&request, "Content-Type").unwrap().starts_with(content_type));
    }
    let eu =
        |provider, changes: &[(&str, &str)]| sent(&api(provider, changes), &message(), NOW).url;
    let own = [("MAIL_REGION", "eu"), ("MAIL_DOMAIN", "mg.example.org")];
    let url = "https://api.eu.mailgun.net/v3/mg.example.org/messages.mime";
    assert_eq!(eu(ApiProvider::Mailgun, &own), url);
    assert_eq!(eu(ApiProvider::SendGrid, &own), "https://api.eu.sendgrid.com/v3/mail/send");
    let local = [("MAIL_ENDPOINT", "http://localhost:8025/")];
    assert_eq!(eu(ApiProvider::Resend, &local), "http://localhost:8025/emails");
}

#[test]
fn a_request_to_amazon_is_signed_for_its_region() {
    let request = request(ApiProvider::Ses);
    assert_eq!(request.url, "https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails");
    assert_eq!(header(&request, "X-Amz-Date"), Some("20150830T123600Z"));
    let authorization = header(&request, "Authorization").unwrap();
    let scope = "Credential=id/20150830/eu-central-1/ses/aws4_request";
    let start = format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=content-type;host;x-amz-date, ");
    assert!(authorization.starts_with(&start), "{authorization}");
    assert!(!authorization.contains("secret"));
}

#[test]
fn a_provider_that_takes_parts_gets_all_of_them() {
    let message = message();
    let (id, key) = (message.parts.message_id.as_str(), message.parts.idempotency_key.as_str());
    let automatic = || AUTOMATIC.map(|(name, value)| (name.to_owned(), json!(value)));
    let mut headers = serde_json::Map::from_iter(automatic());
    headers.insert("Message-ID".to_owned(), json!(id));
    let (subject, text) = ("Пароль \"neu\" $to", "Grüße\n日本");
    let (html, to) = ("<p class=\"a\">Grüße</p>", "zoe@xn--bcher-kva.example");
    let from = "\"Müller, \\\"Shop\" <noreply@example.com>";
    let sender = json!({ "email": "noreply@example.com", "name": "Müller, \"Shop" });
    assert_eq!(
        json_body(ApiProvider::Resend),
        json!({
            "from": from, "to": [to], "subject": subject, "text": text, "html": html,
            "headers": headers, "tags": [{ "name": "relatch", "value": mark() }],
        })
    );
    assert_eq!(header(&request(ApiProvider::Resend), "Idempotency-Key"), Some(key));

    let mut list = vec![
        json!({ "Name": "Message-ID", "Value": id }),
        json!({ "Name": "X-PM-KeepID", "Value": "true" }),
    ];
    list.extend(AUTOMATIC.map(|(name, value)| json!({ "Name": name, "Value": value })));
    assert_eq!(
        json_body(ApiProvider::Postmark),
        json!({
            "From": from, "To": to, "Subject": subject, "TextBody": text, "HtmlBody": html,
            "TrackOpens": false, "TrackLinks": "None", "MessageStream": "outbound",
            "Metadata": { "relatch": mark() }, "Headers": list,
        })
    );
    assert_eq!(
        json_body(ApiProvider::SendGrid),
        json!({
            "personalizations": [{ "to": [{ "email": to }] }],
            "from": sender, "subject": subject,
            "content": [
                { "type": "text/plain", "value": text },
                { "type": "text/html", "value": html },
            ],
            "headers": headers, "custom_args": { "relatch": mark() },
            "tracking_settings": {
                "click_tracking": { "enable": false, "enable_text": false },
                "open_tracking": { "enable": false },
                "subscription_tracking": { "enable": false },
                "ganalytics": { "enable": false },
            },
        })
    );
    headers.insert("idempotencyKey".to_owned(), json!(uuid(key)));
    assert_eq!(
        json_body(ApiProvider::Brevo),
        json!({
            "sender": sender, "to": [{ "email": to }], "subject": subject, "textContent": text,
            "htmlContent": html, "headers": headers, "tags": [mark()],
        })
    );
}

#[test]
fn a_provider_that_takes_a_message_gets_the_bytes_that_smtp_sends() {
    let message = message();
    let mime = String::from_utf8(message.mime.clone()).unwrap();
    assert_eq!(
        json_body(ApiProvider::Ses),
        json!({
            "FromEmailAddress": "noreply@example.com",
            "Destination": { "ToAddresses": ["zoe@xn--bcher-kva.example"] },
            "Content": { "Raw": { "Data": Base64::encode_string(mime.as_bytes()) } },
            "EmailTags": [{ "Name": "relatch", "Value": mark() }],
        })
    );
    let request = request(ApiProvider::Mailgun);
    let content_type = header(&request, "Content-Type").unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert!(boundary.len() <= 70 && !mime.contains(boundary));
    let mut fields: Vec<&str> = request.body.split(&format!("--{boundary}")).collect();
    assert_eq!((fields.remove(0), fields.pop()), ("", Some("--\r\n")));
    let values = fields.iter().map(|field| {
        let (head, value) = field.strip_suffix("\r\n").unwrap().split_once("\r\n\r\n").unwrap();
        (head.split('"').nth(1).unwrap(), value)
    });
    assert_eq!(
        values.collect::<Vec<_>>(),
        [
            ("to", "zoe@xn--bcher-kva.example"),
            ("o:tracking", "no"),
            ("o:tracking-clicks", "no"),
            ("o:tracking-opens", "no"),
            ("v:relatch", mark().as_str()),
            ("message", mime.as_str()),
        ]
    );
    assert!(fields[5].contains("name=\"message\"; filename=\"message.eml\""));
}

#[test]
fn the_address_for_replies_reaches_every_provider() {
    let replying = |reply_to: &str| {
        let mail = MailSettings { reply_to: Some(mail_address(reply_to)), ..application().mail };
        let application = Application { mail, ..application() };
        let parts = Parts::default();
        let stamp = Stamp { id: [7; 16], date: NOW };
        with_parts(&application, "zoe@example.com", &parts, stamp).unwrap()
    };
    let with_name = replying("Müller, \"Hilfe\" <help@example.com>");
    let plain = replying("a@b.example");
    for (provider, member, text) in [
        (ApiProvider::Resend, "reply_to", true),
        (ApiProvider::Postmark, "ReplyTo", true),
        (ApiProvider::SendGrid, "reply_to", false),
        (ApiProvider::Brevo, "replyTo", false),
    ] {
        let reply_to = |message: &Message| {
            let request = sent(&api(provider, &[]), message, NOW);
            serde_json::from_str::<Value>(&request.body).unwrap()[member].clone()
        };
        let (named, address) = if text {
            (json!("\"Müller, \\\"Hilfe\" <help@example.com>"), json!("a@b.example"))
        } else {
            (
                json!({ "email": "help@example.com", "name": "Müller, \"Hilfe" }),
                json!({ "email": "a@b.example" }),
            )
        };
        assert_eq!(reply_to(&with_name), named, "{}", provider.as_str());
        assert_eq!(reply_to(&plain), address, "{}", provider.as_str());
        assert_eq!(reply_to(&message()), Value::Null, "{}", provider.as_str());
    }
    for provider in [ApiProvider::Ses, ApiProvider::Mailgun] {
        let request = sent(&api(provider, &[]), &plain, NOW);
        let body = match serde_json::from_str::<Value>(&request.body) {
            Ok(body) => {
                let data = body["Content"]["Raw"]["Data"].as_str().unwrap();
                String::from_utf8(Base64::decode_vec(data).unwrap()).unwrap()
            }
            Err(_) => request.body,
        };
        assert!(body.contains("\r\nReply-To: <a@b.example>\r\n"), "{body}");
    }
}

#[test]
fn a_sender_without_a_name_is_an_address_alone() {
    let message = message_from("noreply@example.com");
    let body = |provider| -> Value {
        let request = sent(&api(provider, &[]), &message, NOW);
        serde_json::from_str(&request.body).unwrap()
    };
    assert_eq!(body(ApiProvider::Resend)["from"], "noreply@example.com");
    assert_eq!(body(ApiProvider::Brevo)["sender"], json!({ "email": "noreply@example.com" }));
}

#[test]
fn all_attempts_at_a_mail_have_the_same_body_and_key() {
    for provider in ApiProvider::ALL {
        let [one, other] = [NOW, Moment::from_seconds(1_800_000_000)]
            .map(|now| sent(&api(provider, &[]), &message(), now));
        assert_eq!(one.body, other.body);
        assert_eq!(header(&one, "User-Agent"), Some("relatch"), "{provider:?}");
        assert_eq!(header(&one, "Idempotency-Key"), header(&other, "Idempotency-Key"));
    }
    let key = uuid(&message().parts.idempotency_key);
    let dashes: Vec<usize> = key.match_indices('-').map(|(place, _)| place).collect();
    assert_eq!((key.len(), dashes), (36, vec![8, 13, 18, 23]), "{key}");
    assert_eq!(&key[14..15], "4", "{key}");
    assert!("89ab".contains(&key[19..20]), "{key}");
}

#[test]
fn each_application_of_each_deployment_has_its_own_mark() {
    let api = api(ApiProvider::Resend, &[]);
    let mark = |application: &Application| ApiSender { api: &api, application }.mark();
    let one = application();
    let elsewhere =
        Application { public_url: "https://staging.example.com".to_owned(), ..application() };
    let other = Application { id: ApplicationId::parse("shop").unwrap(), ..application() };
    assert_eq!(mark(&one), mark(&application()));
    assert_ne!(mark(&one), mark(&elsewhere));
    assert_ne!(mark(&one), mark(&other));
    // Postmark takes 80 characters, and Amazon and Resend letters, digits, `_` and `-`.
    assert!(mark(&one).len() <= 80 && mark(&one).bytes().all(|byte| byte.is_ascii_alphanumeric()));
}

#[test]
fn a_success_is_an_accepted_message() {
    for (provider, status, body) in [
        (ApiProvider::Resend, 200, r#"{"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}"#),
        (ApiProvider::Postmark, 200, r#"{"ErrorCode":0,"Message":"OK","MessageID":"x"}"#),
        (ApiProvider::Ses, 200, r#"{"MessageId":"x"}"#),
        (ApiProvider::Mailgun, 200, r#"{"id":"<x>","message":"Queued. Thank you."}"#),
        (ApiProvider::SendGrid, 202, ""),
        (ApiProvider::Brevo, 201, r#"{"messageId":"<x>"}"#),
    ] {
        assert_eq!(outcome(provider, status, body), Ok(()));
    }
}

#[test]
fn a_conflict_on_the_idempotency_key_is_an_accepted_message() {
    let used = r#"{"statusCode":409,"name":"invalid_idempotent_request","message":"x"}"#;
    assert_eq!(outcome(ApiProvider::Resend, 409, used), Ok(()));
    let running = r#"{"statusCode":409,"name":"concurrent_idempotent_requests","message":"x"}"#;
    let running = outcome(ApiProvider::Resend, 409, running);
    assert_eq!(running, Err(MessageDeferred), "its outcome is open, and the key is good again");
    for duplicate in ["duplicate_parameter", "duplicate_request"] {
        let duplicate = json!({ "code": duplicate, "message": "x" }).to_string();
        assert_eq!(outcome(ApiProvider::Brevo, 400, &duplicate), Ok(()));
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one line for each documented error")]
fn a_documented_error_maps_to_its_failure() {
    let resend = |name: &str, message: &str| {
        json!({ "statusCode": 0, "name": name, "message": message }).to_string()
    };
    let postmark =
        |code: u16, message: &str| json!({ "ErrorCode": code, "Message": message }).to_string();
    let words = |message: &str| json!({ "message": message }).to_string();
    let sendgrid = |field: Option<&str>, message: &str| {
        json!({ "errors": [{ "message": message, "field": field, "help": null }] }).to_string()
    };
    let brevo = |code: &str, message: &str| json!({ "code": code, "message": message }).to_string();
    let sandbox = "You can only send testing emails to your own email address (a@b.example).";
    let to =
        "Invalid `to` field. The email address needs to follow the `email@example.com` format.";
    let from = "Invalid `from` field. The email address needs to follow the format.";
    for (provider, status, body, failure) in [
        (ApiProvider::Resend, 401, resend("missing_api_key", ""), KeyRejected),
        (ApiProvider::Resend, 401, resend("restricted_api_key", ""), KeyRejected),
        (ApiProvider::Resend, 403, resend("invalid_api_key", ""), KeyRejected),
        (ApiProvider::Resend, 401, resend("validation_error", "API key is invalid"), KeyRejected),
        (ApiProvider::Resend, 400, resend("validation_error", "API key is invalid"), KeyRejected),
        (ApiProvider::Resend, 403, resend("validation_error", sandbox), RecipientNotAllowed),
        (
            ApiProvider::Resend,
            403,
            resend("validation_error", "The example.com domain is not verified."),
            SenderRejected,
        ),
        (ApiProvider::Resend, 422, resend("validation_error", to), RecipientRejected),
        (ApiProvider::Resend, 422, resend("validation_error", from), SenderRejected),
        (ApiProvider::Resend, 422, resend("invalid_from_address", ""), SenderRejected),
        (ApiProvider::Resend, 422, resend("missing_required_field", ""), MessageRejected),
        (ApiProvider::Resend, 429, resend("rate_limit_exceeded", ""), RateLimited),
        (ApiProvider::Resend, 429, resend("daily_quota_exceeded", ""), SendingLimit),
        (ApiProvider::Resend, 429, resend("monthly_quota_exceeded", ""), SendingLimit),
        (ApiProvider::Resend, 451, resend("security_error", ""), PolicyRejected),
        (ApiProvider::Resend, 500, resend("application_error", ""), ServerFailed),
        (ApiProvider::Postmark, 401, postmark(10, "No API token"), KeyRejected),
        (ApiProvider::Postmark, 503, postmark(100, "Maintenance"), ServerFailed),
        (ApiProvider::Postmark, 422, postmark(300, "Error parsing 'To': x"), RecipientRejected),
        (ApiProvider::Postmark, 422, postmark(300, "Invalid 'From' address: x"), SenderRejected),
        (ApiProvider::Postmark, 422, postmark(300, "x"), MessageRejected),
        (ApiProvider::Postmark, 422, postmark(400, "x"), SenderRejected),
        (ApiProvider::Postmark, 422, postmark(401, "x"), SenderRejected),
        (ApiProvider::Postmark, 422, postmark(405, "x"), SendingLimit),
        (ApiProvider::Postmark, 422, postmark(406, "x"), RecipientSuppressed),
        (ApiProvider::Postmark, 422, postmark(412, "x"), RecipientNotAllowed),
        (ApiProvider::Postmark, 422, postmark(413, "x"), PolicyRejected),
        (ApiProvider::Postmark, 429, postmark(429, "x"), RateLimited),
        (ApiProvider::Postmark, 422, postmark(1235, "x"), ProviderRefused),
        (ApiProvider::Mailgun, 401, "Forbidden".to_owned(), KeyRejected),
        (
            ApiProvider::Mailgun,
            400,
            words("'to' parameter is not a valid address. please check documentation"),
            RecipientRejected,
        ),
        (ApiProvider::Mailgun, 400, words("'from' parameter is not a valid"), SenderRejected),
        (
            ApiProvider::Mailgun,
            403,
            words(
                "Sandbox subdomains are for test purposes only. Please add your own domain or \
                   add the address to authorized recipients in Account Settings.",
            ),
            RecipientNotAllowed,
        ),
        (ApiProvider::Mailgun, 403, words("Domain example.com is disabled"), PolicyRejected),
        (ApiProvider::Mailgun, 404, words("Domain not found: example.com"), SenderRejected),
        (ApiProvider::Mailgun, 413, String::new(), MessageRejected),
        (ApiProvider::Mailgun, 429, words("x"), RateLimited),
        (
            ApiProvider::SendGrid,
            401,
            sendgrid(None, "The provided authorization grant is invalid, expired, or revoked"),
            KeyRejected,
        ),
        (ApiProvider::SendGrid, 401, sendgrid(None, "Maximum credits exceeded"), SendingLimit),
        (
            ApiProvider::SendGrid,
            403,
            sendgrid(Some("from"), "The from address does not match a verified Sender Identity."),
            SenderRejected,
        ),
        (ApiProvider::SendGrid, 403, sendgrid(None, "access forbidden"), KeyRejected),
        (
            ApiProvider::SendGrid,
            400,
            sendgrid(Some("personalizations.0.to.0.email"), "Does not contain a valid address."),
            RecipientRejected,
        ),
        (ApiProvider::SendGrid, 400, sendgrid(Some("from.email"), "x"), SenderRejected),
        (ApiProvider::SendGrid, 400, sendgrid(None, "Bad Request"), MessageRejected),
        (ApiProvider::SendGrid, 413, String::new(), MessageRejected),
        (ApiProvider::SendGrid, 429, sendgrid(None, "too many requests"), RateLimited),
        (ApiProvider::Brevo, 401, brevo("unauthorized", "Key not found"), KeyRejected),
        (ApiProvider::Brevo, 403, brevo("permission_denied", "x"), KeyRejected),
        (ApiProvider::Brevo, 402, brevo("not_enough_credits", "x"), SendingLimit),
        (
            ApiProvider::Brevo,
            400,
            brevo("invalid_parameter", "email is not valid in to"),
            RecipientRejected,
        ),
        (
            ApiProvider::Brevo,
            400,
            brevo("invalid_parameter", "valid sender email required"),
            SenderRejected,
        ),
        (
            ApiProvider::Brevo,
            400,
            brevo("missing_parameter", "subject is missing"),
            MessageRejected,
        ),
    ] {
        assert_eq!(outcome(provider, status, &body), Err(failure), "{provider:?} {status} {body}");
    }
}

#[test]
fn an_error_of_amazon_has_its_code_in_a_header() {
    let outcome = |status, code: &str, message: &str| {
        let body = json!({ "message": message }).to_string();
        let header = format!("{code}:http://internal.amazon.com/coral/com.amazonaws.ses.v2/");
        let answer =
            Answer { status, amazon_error: Some(&header), body: &body, ..Answer::default() };
        assert_eq!(answer.code(ApiProvider::Ses), code);
        answer.outcome(ApiProvider::Ses).unwrap_err().failure
    };
    let unverified = "Email address is not verified. The following identities failed the check";
    for (status, code, message, failure) in [
        (400, "MessageRejected", unverified, SenderRejected),
        (400, "MessageRejected", "Transaction failed: contains a virus", MessageRejected),
        (400, "MailFromDomainNotVerifiedException", "", SenderRejected),
        (400, "AccountSuspendedException", "", PolicyRejected),
        (400, "SendingPausedException", "", PolicyRejected),
        (400, "LimitExceededException", "", SendingLimit),
        (400, "BadRequestException", "Illegal address", MessageRejected),
        (429, "TooManyRequestsException", "Maximum sending rate exceeded.", RateLimited),
        (429, "TooManyRequestsException", "Daily message quota exceeded.", SendingLimit),
        (403, "UnrecognizedClientException", "", KeyRejected),
        (403, "InvalidSignatureException", "", KeyRejected),
        (403, "AccessDeniedException", "", KeyRejected),
        (404, "NotFoundException", "", ProviderRefused),
        (500, "InternalFailure", "", ServerFailed),
        (503, "ServiceUnavailable", "", ServerFailed),
    ] {
        assert_eq!(outcome(status, code, message), failure, "{status} {code} {message}");
    }
    let namespaced = Answer {
        status: 400,
        body: r#"{"__type":"com.amazonaws.ses.v2#SendingPausedException"}"#,
        ..Answer::default()
    };
    assert_eq!(namespaced.outcome(ApiProvider::Ses).unwrap_err().failure, PolicyRejected);
}

#[test]
fn an_answer_that_no_row_knows_is_transient_and_a_gateway_that_gave_up_is_no_answer() {
    for provider in ApiProvider::ALL {
        for (status, body) in
            [(302, ""), (404, "<html>"), (405, "{"), (418, r#"{"message":["a"]}"#), (500, "null")]
        {
            let failure = outcome(provider, status, body).unwrap_err();
            assert!(failure.is_transient() && failure.is_answer(), "{provider:?} {status}");
        }
        for status in [500, 502, 503, 521, 522, 523, 526, 530, 599] {
            assert_eq!(outcome(provider, status, ""), Err(ServerFailed), "{provider:?} {status}");
        }
        for status in [504, 520, 524] {
            let failure = outcome(provider, status, "").unwrap_err();
            assert!(!failure.is_answer(), "{provider:?} {status}");
        }
        assert_eq!(outcome(provider, 401, ""), Err(KeyRejected));
    }
}

#[test]
fn the_wait_that_a_provider_asks_for_is_passed_on() {
    let wait = |text: &str| {
        let answer = Answer { status: 429, retry_after: Some(text), ..Answer::default() };
        answer.outcome(ApiProvider::Resend).unwrap_err().retry_after
    };
    assert_eq!(wait(" 120 "), Some(Duration::from_secs(120)));
    for other in ["", "-1", "1.5", "Fri, 20 Nov 2026 12:00:00 GMT", "99999999999999999999999"] {
        assert_eq!(wait(other), None, "{other}");
    }
}

#[test]
fn a_code_is_logged_only_if_it_is_one() {
    let code =
        |body: &str| Answer { status: 400, body, ..Answer::default() }.code(ApiProvider::Brevo);
    assert_eq!(code(r#"{"code":"not_enough_credits"}"#), "not_enough_credits");
    for number in ["42", "-42", "18446744073709551615"] {
        assert_eq!(code(&format!(r#"{{"code":{number}}}"#)), number);
    }
    for body in [
        r#"{"code":1.5}"#,
        r#"{"code":"ada@example.com"}"#,
        r#"{"code":"two words"}"#,
        r#"{"code":["a"]}"#,
        r#"{"code":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
        "",
    ] {
        assert_eq!(code(body), "", "{body}");
    }
}
