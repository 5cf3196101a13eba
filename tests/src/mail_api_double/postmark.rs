//! Postmark: <https://postmarkapp.com/developer/api/email-api> and
//! <https://postmarkapp.com/developer/api/overview>.

use serde_json::{Value, json};

use super::{
    AcceptedMail, Account, Protocol, answer, check_sender, is_json, mailbox, members, text,
};
use crate::http_server::{HttpAnswer, HttpCall};

pub(super) const PROTOCOL: Protocol = Protocol { path: "/email", accept, accepted };

fn accepted() -> HttpAnswer {
    let id = "b7bc2f4a-e38e-4336-af7d-e6c392c2f817";
    answer(200, &json!({ "ErrorCode": 0, "Message": "OK", "MessageID": id }))
}

fn error(status: u16, code: u16, message: &str) -> HttpAnswer {
    answer(status, &json!({ "ErrorCode": code, "Message": message }))
}

fn accept(call: &HttpCall, account: &mut Account) -> Result<AcceptedMail, HttpAnswer> {
    if call.header("x-postmark-server-token") != account.key {
        return Err(error(401, 10, "Bad or missing Server API token."));
    }
    if !is_json(call) || call.header("accept") != "application/json" {
        return Err(error(422, 409, "JSON required"));
    }
    let body: Value = serde_json::from_str(&call.body)
        .map_err(|wrong| error(422, 402, &format!("Invalid JSON: {wrong}")))?;
    let mail = read(&body).map_err(|message| error(422, 300, &message))?;
    check_sender(&mail).map_err(|message| error(422, 400, &message))?;
    Ok(mail)
}

fn read(body: &Value) -> Result<AcceptedMail, String> {
    let optional = [
        "Cc",
        "Bcc",
        "Subject",
        "Tag",
        "HtmlBody",
        "TextBody",
        "ReplyTo",
        "Headers",
        "TrackOpens",
        "TrackLinks",
        "Metadata",
        "Attachments",
        "MessageStream",
    ];
    members(body, &["From", "To"], &optional)?;
    let (name, from) = mailbox(&text(&body["From"])?)?;
    let list = body["Headers"].as_array().ok_or("`Headers` is no list")?;
    let headers = list.iter().map(|header| {
        members(header, &["Name", "Value"], &[])?;
        Ok((text(&header["Name"])?.to_ascii_lowercase(), text(&header["Value"])?))
    });
    if body["MessageStream"] != "outbound" {
        return Err("the server has no such `MessageStream`".to_owned());
    }
    let links = text(&body["TrackLinks"])?;
    if !["None", "HtmlAndText", "HtmlOnly", "TextOnly"].contains(&links.as_str()) {
        return Err(format!("`TrackLinks` is `{links}`"));
    }
    Ok(AcceptedMail {
        name,
        from,
        to: mailbox(&text(&body["To"])?)?.1,
        subject: text(&body["Subject"])?,
        text: text(&body["TextBody"])?,
        html: text(&body["HtmlBody"])?,
        headers: headers.collect::<Result<_, String>>()?,
        mark: text(&members(&body["Metadata"], &["relatch"], &[])?["relatch"])
            .and_then(|mark| if mark.len() <= 80 { Ok(mark) } else { Err(mark) })?,
        is_tracked: links != "None" || body["TrackOpens"] != false,
    })
}
