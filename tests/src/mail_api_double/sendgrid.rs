//! `SendGrid`: <https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send>.

use serde_json::{Value, json};

use super::{
    AcceptedMail, Account, Protocol, answer, check_sender, is_json, members, only, text, texts,
};
use crate::http_server::{HttpAnswer, HttpCall};

pub(super) const PROTOCOL: Protocol = Protocol { path: "/v3/mail/send", accept, accepted };

/// Headers that a call must not contain.
const RESERVED: [&str; 12] = [
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
    "bcc",
];

fn accepted() -> HttpAnswer {
    HttpAnswer::Answer(202, &[("x-message-id", "14c5d75ce93.dfd.64b469")], "".into())
}

fn error(status: u16, field: Option<&str>, message: &str) -> HttpAnswer {
    let error = json!({ "message": message, "field": field, "help": null });
    answer(status, &json!({ "errors": [error] }))
}

fn accept(call: &HttpCall, account: &mut Account) -> Result<AcceptedMail, HttpAnswer> {
    if call.header("authorization").strip_prefix("Bearer ") != Some(&account.key) {
        let message = "The provided authorization grant is invalid, expired, or revoked";
        return Err(error(401, None, message));
    }
    if !is_json(call) {
        return Err(error(415, None, "Content-Type should be application/json."));
    }
    let body: Value =
        serde_json::from_str(&call.body).map_err(|_| error(400, None, "Bad Request"))?;
    let mail = read(&body).map_err(|message| error(400, None, &message))?;
    check_sender(&mail).map_err(|message| error(403, Some("from"), &message))?;
    Ok(mail)
}

fn read(body: &Value) -> Result<AcceptedMail, String> {
    let optional = [
        "reply_to",
        "reply_to_list",
        "attachments",
        "headers",
        "categories",
        "custom_args",
        "tracking_settings",
        "mail_settings",
    ];
    members(body, &["personalizations", "from", "subject", "content"], &optional)?;
    let personalization = only(&body["personalizations"])?;
    members(personalization, &["to"], &["cc", "bcc", "headers", "custom_args"])?;
    let to = only(&personalization["to"])?;
    members(to, &["email"], &["name"])?;
    members(&body["from"], &["email"], &["name"])?;
    let headers = texts(&body["headers"])?;
    if let Some(name) = RESERVED.iter().find(|name| headers.contains_key(**name)) {
        return Err(format!("`headers` has `{name}`"));
    }
    // The parts are in this order.
    let [plain, html] = body["content"].as_array().map_or(&[][..], Vec::as_slice) else {
        return Err("`content` has not two parts".to_owned());
    };
    for (part, kind) in [(plain, "text/plain"), (html, "text/html")] {
        members(part, &["type", "value"], &[])?;
        if part["type"] != kind {
            return Err(format!("`content` has `{}` instead of `{kind}`", part["type"]));
        }
    }
    Ok(AcceptedMail {
        name: body["from"]["name"].as_str().unwrap_or_default().to_owned(),
        from: text(&body["from"]["email"])?,
        to: text(&to["email"])?,
        subject: text(&body["subject"])?,
        text: text(&plain["value"])?,
        html: text(&html["value"])?,
        headers,
        mark: text(&members(&body["custom_args"], &["relatch"], &[])?["relatch"])?,
        is_tracked: is_tracked(&body["tracking_settings"])?,
    })
}

fn is_tracked(settings: &Value) -> Result<bool, String> {
    let kinds = ["click_tracking", "open_tracking", "subscription_tracking", "ganalytics"];
    members(settings, &kinds, &[])?;
    members(&settings["click_tracking"], &["enable"], &["enable_text"])?;
    Ok(kinds.iter().any(|kind| settings[kind]["enable"] != false))
}
