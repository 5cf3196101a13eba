//! Mailgun: <https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages>.

use base64ct::{Base64, Encoding as _};
use serde_json::json;

use super::{AcceptedMail, Account, Protocol, answer, check_sender, message};
use crate::http_server::{HttpAnswer, HttpCall};

pub(super) const PROTOCOL: Protocol =
    Protocol { path: "/v3/example.com/messages.mime", accept, accepted };

fn accepted() -> HttpAnswer {
    let id = "<20111114174239.25659.5817@example.com>";
    answer(200, &json!({ "id": id, "message": "Queued. Thank you." }))
}

fn accept(call: &HttpCall, account: &mut Account) -> Result<AcceptedMail, HttpAnswer> {
    let pair = Base64::encode_string(format!("api:{}", account.key).as_bytes());
    if call.header("authorization").strip_prefix("Basic ") != Some(&pair) {
        return Err(HttpAnswer::Answer(401, &[("content-type", "text/plain")], "Forbidden".into()));
    }
    let error = |message: String| answer(400, &json!({ "message": message }));
    let fields = form(call).map_err(error)?;
    let field = |name: &str| fields.iter().find(|field| field.name == name);
    let to = field("to").ok_or_else(|| error("to parameter is missing".to_owned()))?;
    let file = field("message").filter(|field| field.is_file);
    let file = file.ok_or_else(|| error("message parameter is missing".to_owned()))?;
    for field in &fields {
        let prefixes = ["o:", "h:", "v:", "t:"];
        let is_known = ["to", "message"].contains(&field.name.as_str());
        if !is_known && !prefixes.iter().any(|prefix| field.name.starts_with(prefix)) {
            return Err(error(format!("{} parameter is unknown", field.name)));
        }
    }
    let mail = message(file.value.as_bytes()).map_err(error)?;
    check_sender(&mail).map_err(error)?;
    if to.value != mail.to {
        return Err(error("to parameter is not that of the message".to_owned()));
    }
    let is_off = |name| field(name).is_some_and(|field| ["no", "false"].contains(&&*field.value));
    let kinds = ["o:tracking", "o:tracking-clicks", "o:tracking-opens"];
    let mark = field("v:relatch").map(|field| field.value.clone()).unwrap_or_default();
    Ok(AcceptedMail { is_tracked: !kinds.into_iter().all(is_off), mark, ..mail })
}

/// A field of a form.
struct Field {
    name: String,
    is_file: bool,
    value: String,
}

/// Parses `multipart/form-data` (RFC 7578).
fn form(call: &HttpCall) -> Result<Vec<Field>, String> {
    let boundary = call.header("content-type").strip_prefix("multipart/form-data; boundary=");
    let boundary = boundary.ok_or("the content type is not multipart/form-data")?;
    let text = call.body.strip_prefix(&format!("--{boundary}\r\n"));
    let text = text.and_then(|text| text.strip_suffix(&format!("\r\n--{boundary}--\r\n")));
    let text = text.ok_or("the form does not begin or end with its boundary")?;
    let delimiter = format!("\r\n--{boundary}\r\n");
    let fields = text.split(&delimiter).map(|field| {
        let (head, value) = field.split_once("\r\n\r\n").ok_or("a field has no end of its head")?;
        let disposition = head.strip_prefix("Content-Disposition: form-data; name=\"");
        let disposition = disposition.ok_or("a field has no disposition")?;
        let (name, rest) = disposition.split_once('"').ok_or("a field has no name")?;
        let is_file = rest.starts_with("; filename=\"");
        Ok(Field { name: name.to_owned(), is_file, value: value.to_owned() })
    });
    fields.collect()
}
