//! Amazon SES: <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>.

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use relatch_domain::values::keys::hex;
use relatch_domain::values::time::Moment;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{AcceptedMail, Account, Protocol, check_sender, is_json, members, message, only, text};
use crate::http_server::{HttpAnswer, HttpCall};

pub(super) const PROTOCOL: Protocol =
    Protocol { path: "/v2/email/outbound-emails", accept, accepted };

/// The region of the endpoint.
const REGION: &str = "eu-central-1";
/// How much the time of a signature may differ.
const TOLERANCE: std::time::Duration = std::time::Duration::from_secs(15 * 60);

fn accepted() -> HttpAnswer {
    let id = "0100017a2d1c6f3e-7f2a6a0e-3a4b-4a5b-9a55-000000";
    super::answer(200, &json!({ "MessageId": id }))
}

/// Returns an error, whose type is in a header.
fn error(status: u16, kind: &'static [(&'static str, &'static str)], words: &str) -> HttpAnswer {
    HttpAnswer::Answer(status, kind, json!({ "message": words }).to_string().into())
}

const BAD_REQUEST: &[(&str, &str)] = &[("x-amzn-errortype", "BadRequestException")];
const NO_SIGNATURE: &[(&str, &str)] =
    &[("x-amzn-errortype", "MissingAuthenticationTokenException")];
const UNKNOWN_KEY: &[(&str, &str)] = &[("x-amzn-errortype", "UnrecognizedClientException")];
const WRONG_SIGNATURE: &[(&str, &str)] = &[("x-amzn-errortype", "InvalidSignatureException")];
const NOT_VERIFIED: &[(&str, &str)] = &[("x-amzn-errortype", "MessageRejected")];

fn accept(call: &HttpCall, account: &mut Account) -> Result<AcceptedMail, HttpAnswer> {
    let authorization = call.header("authorization");
    if authorization.is_empty() {
        return Err(error(403, NO_SIGNATURE, "Missing Authentication Token"));
    }
    let (id, secret) = account.key.split_once(':').expect("the key is a pair");
    if !authorization.contains(&format!("Credential={id}/")) {
        let words = "The security token included in the request is invalid.";
        return Err(error(403, UNKNOWN_KEY, words));
    }
    verify(call, id, secret).map_err(|words| error(403, WRONG_SIGNATURE, &words))?;
    let invalid = |words: String| error(400, BAD_REQUEST, &words);
    if !is_json(call) {
        return Err(invalid("the content type is not application/json".to_owned()));
    }
    let body: Value =
        serde_json::from_str(&call.body).map_err(|wrong| invalid(wrong.to_string()))?;
    let mail = read(&body).map_err(invalid)?;
    check_sender(&mail).map_err(|words| error(400, NOT_VERIFIED, &words))?;
    Ok(mail)
}

fn read(body: &Value) -> Result<AcceptedMail, String> {
    let optional = ["ReplyToAddresses", "EmailTags", "ConfigurationSetName", "Destination"];
    members(body, &["Content", "FromEmailAddress"], &optional)?;
    members(&body["Destination"], &["ToAddresses"], &[])?;
    members(&body["Content"], &["Raw"], &[])?;
    members(&body["Content"]["Raw"], &["Data"], &[])?;
    let data = text(&body["Content"]["Raw"]["Data"])?;
    let source = Base64::decode_vec(&data).map_err(|_| "`Data` is not base64")?;
    let mail = message(&source)?;
    let tag = only(&body["EmailTags"])?;
    members(tag, &["Name", "Value"], &[])?;
    let mark = super::tag(&tag["Value"])?;
    let to = text(only(&body["Destination"]["ToAddresses"])?)?;
    if (to.as_str(), body["FromEmailAddress"].as_str()) != (&mail.to, Some(&mail.from)) {
        return Err("the addresses are not those of the message".to_owned());
    }
    Ok(AcceptedMail { mark, ..mail })
}

/// Verifies the signature of a request without a query, step by step as in
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
fn verify(call: &HttpCall, id: &str, secret: &str) -> Result<(), String> {
    let parts = call.header("authorization").strip_prefix("AWS4-HMAC-SHA256 ");
    let parts = parts.ok_or("the algorithm is unknown")?;
    let part = |name: &str| {
        let mut parts = parts.split(", ");
        let found = parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        found.ok_or_else(|| format!("`{name}` is missing"))
    };
    let (credential, names, given) =
        (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
    let time = call.header("x-amz-date");
    let (day, _) = time.split_once('T').ok_or("`X-Amz-Date` is missing")?;
    let scope = format!("{day}/{REGION}/ses/aws4_request");
    if credential != format!("{id}/{scope}") {
        return Err("Credential should be scoped to a valid region and day".to_owned());
    }
    let (earliest, latest) = (now().before(TOLERANCE), now().after(TOLERANCE));
    if *time < *basic(earliest) || *time > *basic(latest) {
        return Err(format!("Signature expired: {time}"));
    }

    let names: Vec<&str> = names.split(';').collect();
    if !names.is_sorted()
        || !["content-type", "host", "x-amz-date"].iter().all(|name| names.contains(name))
    {
        return Err("a header that must be signed is not, or they are not sorted".to_owned());
    }
    let headers = names.iter().map(|name| {
        let words: Vec<&str> = call.header(name).split_whitespace().collect();
        [name, ":", &words.join(" "), "\n"].concat()
    });
    let headers: String = headers.collect();
    let body = hex(&Sha256::digest(&call.body));
    let request = ["POST", &call.path, "", &headers, &names.join(";"), &body].join("\n");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(request)));

    let day_key = mac(format!("AWS4{secret}").as_bytes(), day);
    let region_key = mac(&day_key, REGION);
    let service_key = mac(&region_key, "ses");
    let signing_key = mac(&service_key, "aws4_request");
    if hex(&mac(&signing_key, &text)) == given {
        Ok(())
    } else {
        let words =
            "The request signature we calculated does not match the signature you provided.";
        Err(words.to_owned())
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Returns a time as in `20150830T123600Z`.
fn basic(time: Moment) -> String {
    time.rfc3339().chars().filter(|c| !matches!(c, '-' | ':')).collect()
}

#[expect(clippy::disallowed_methods, reason = "a real Worker has the real time")]
fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Moment::from_seconds(since.expect("the clock is right").as_secs())
}
