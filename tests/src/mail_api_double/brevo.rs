//! Brevo: <https://developers.brevo.com/reference/send-transac-email> and
//! <https://developers.brevo.com/docs/heterogenous-versions-batch-emails>.

use serde_json::{Value, json};

use super::{
    AcceptedMail, Account, Protocol, answer, check_sender, is_json, members, only, text, texts,
};
use crate::http_server::{HttpAnswer, HttpCall};

pub(super) const PROTOCOL: Protocol = Protocol { path: "/v3/smtp/email", accept, accepted };

fn accepted() -> HttpAnswer {
    answer(201, &json!({ "messageId": "<201798300811.5787683@relay.domain.com>" }))
}

fn error(status: u16, code: &str, message: &str) -> HttpAnswer {
    answer(status, &json!({ "code": code, "message": message }))
}

fn accept(call: &HttpCall, account: &mut Account) -> Result<AcceptedMail, HttpAnswer> {
    let Some(key) = call.headers.get("api-key") else {
        return Err(error(401, "unauthorized", "authentication not found in headers"));
    };
    if *key != account.key {
        return Err(error(401, "unauthorized", "Key not found"));
    }
    if !is_json(call) {
        return Err(error(415, "invalid_parameter", "Content-Type must be application/json"));
    }
    let invalid = |message: String| error(400, "invalid_parameter", &message);
    let body: Value =
        serde_json::from_str(&call.body).map_err(|wrong| invalid(wrong.to_string()))?;
    let mail = read(&body).map_err(invalid)?;
    check_sender(&mail).map_err(invalid)?;
    let Some(key) = mail.headers.get("idempotencykey") else { return Ok(mail) };
    if !is_uuid(key) {
        return Err(invalid(format!("idempotencyKey is `{key}`")));
    }
    match account.used.insert(key.clone(), call.body.clone()) {
        None => Ok(mail),
        Some(_) => Err(error(400, "duplicate_parameter", "the idempotency key was used")),
    }
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

fn read(body: &Value) -> Result<AcceptedMail, String> {
    let optional = [
        "to",
        "cc",
        "bcc",
        "htmlContent",
        "textContent",
        "subject",
        "replyTo",
        "attachment",
        "headers",
        "templateId",
        "params",
        "tags",
        "scheduledAt",
        "batchId",
    ];
    members(body, &["sender"], &optional)?;
    members(&body["sender"], &["email"], &["name"])?;
    let to = only(&body["to"])?;
    members(to, &["email"], &["name"])?;
    Ok(AcceptedMail {
        name: body["sender"]["name"].as_str().unwrap_or_default().to_owned(),
        from: text(&body["sender"]["email"])?,
        to: text(&to["email"])?,
        subject: text(&body["subject"])?,
        text: text(&body["textContent"])?,
        html: text(&body["htmlContent"])?,
        headers: texts(&body["headers"])?,
        is_tracked: false,
        mark: text(only(&body["tags"])?)?,
    })
}
