//! Resend: <https://resend.com/docs/api-reference/emails/send-email> and
//! <https://resend.com/docs/api-reference/errors>.

use serde_json::{Value, json};

use super::{
    AcceptedMail, Account, Protocol, answer, check_sender, is_json, mailbox, members, only, text,
    texts,
};
use crate::http_server::{HttpAnswer, HttpCall};

pub(super) const PROTOCOL: Protocol = Protocol { path: "/emails", accept, accepted };

fn accepted() -> HttpAnswer {
    answer(200, &json!({ "id": "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794" }))
}

fn error(status: u16, name: &str, message: &str) -> HttpAnswer {
    answer(status, &json!({ "statusCode": status, "name": name, "message": message }))
}

fn accept(call: &HttpCall, account: &mut Account) -> Result<AcceptedMail, HttpAnswer> {
    let Some(key) = call.header("authorization").strip_prefix("Bearer ") else {
        return Err(error(401, "missing_api_key", "Missing API Key"));
    };
    if key != account.key {
        return Err(error(401, "validation_error", "API key is invalid"));
    }
    // A call without this header is rejected.
    if call.header("user-agent").is_empty() {
        return Err(error(403, "1010", "error code: 1010"));
    }
    let invalid = |message: String| error(422, "validation_error", &message);
    if !is_json(call) {
        return Err(invalid("The content type must be application/json".to_owned()));
    }
    let body: Value =
        serde_json::from_str(&call.body).map_err(|wrong| invalid(wrong.to_string()))?;
    let mail = read(&body).map_err(invalid)?;
    check_sender(&mail).map_err(|message| error(403, "validation_error", &message))?;
    let Some(key) = call.headers.get("idempotency-key") else { return Ok(mail) };
    if !(1..=256).contains(&key.len()) {
        return Err(error(400, "invalid_idempotency_key", "The key has no valid length"));
    }
    match account.used.insert(key.clone(), call.body.clone()) {
        None => Ok(mail),
        Some(earlier) if earlier == call.body => Err(accepted()),
        Some(earlier) => {
            account.used.insert(key.clone(), earlier);
            Err(error(409, "invalid_idempotent_request", "The key was used with another payload"))
        }
    }
}

fn read(body: &Value) -> Result<AcceptedMail, String> {
    let optional = ["cc", "bcc", "reply_to", "html", "text", "headers", "tags", "attachments"];
    members(body, &["from", "to", "subject"], &optional)?;
    let (name, from) = mailbox(&text(&body["from"])?)?;
    let to = if body["to"].is_array() { only(&body["to"])? } else { &body["to"] };
    Ok(AcceptedMail {
        name,
        from,
        to: mailbox(&text(to)?)?.1,
        subject: text(&body["subject"])?,
        text: text(&body["text"])?,
        html: text(&body["html"])?,
        headers: texts(&body["headers"])?,
        is_tracked: false,
        mark: {
            let tag = only(&body["tags"])?;
            members(tag, &["name", "value"], &[])?;
            super::tag(&tag["value"]).map_err(|error| format!("{error} of {}", tag["name"]))?
        },
    })
}
