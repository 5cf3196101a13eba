//! How a call proves that it comes from the provider.

use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use hmac::Mac as _;
use hmac::digest::CtOutput;
use relatch_domain::mail::report::ReportCall;
use relatch_domain::values::keys::hex;
use relatch_domain::values::time::Moment;
use serde_json::Value;

use super::text;
use crate::mail::mac::hmac;

/// How much the time of a signature of Standard Webhooks may differ.
const TOLERANCE: Duration = Duration::from_secs(300);
/// The most signatures in a header of Standard Webhooks. While a secret is replaced, there are two.
const MAX_SIGNATURES: usize = 8;
/// How old a signature of Mailgun may be: it repeats a call for eight hours, and the last time may
/// be late.
const MAILGUN_MAX_AGE: Duration = Duration::from_secs(8 * 3600 + 600);

/// Returns whether the header `Authorization` has the secret, as a bearer token (RFC 6750) or as the
/// password of any user (RFC 7617). The comparison is constant-time.
pub(super) fn has_secret(secret: &str, call: &ReportCall<'_>) -> bool {
    let given = (call.header)("authorization").and_then(|value| {
        let (scheme, credentials) = value.trim().split_once(' ')?;
        let credentials = credentials.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(credentials.as_bytes().to_vec());
        }
        let pair = Base64::decode_vec(credentials).ok()?;
        let colon = pair.iter().position(|byte| *byte == b':')?;
        scheme
            .eq_ignore_ascii_case("basic")
            .then(|| pair.into_iter().skip(colon.saturating_add(1)).collect())
    });
    // A MAC of both, so that the time depends on neither.
    let expected = hmac(secret.as_bytes(), &[secret.as_bytes()]).finalize().into_bytes();
    given.is_some_and(|given| hmac(secret.as_bytes(), &[&given]).verify_slice(&expected).is_ok())
}

/// Verifies a signature of Standard Webhooks:
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.
pub(super) fn is_standard_webhook(secret: &str, call: &ReportCall<'_>, now: Moment) -> bool {
    let header = |name: &str| {
        let [svix, standard] = ["svix-", "webhook-"].map(|prefix| [prefix, name].concat());
        (call.header)(&svix).or_else(|| (call.header)(&standard))
    };
    let headers = (header("id"), header("timestamp"), header("signature"));
    let (Some(id), Some(timestamp), Some(signatures)) = headers else { return false };
    let Ok(key) = Base64::decode_vec(secret.strip_prefix("whsec_").unwrap_or(secret)) else {
        return false;
    };
    if !is_recent(timestamp, now, TOLERANCE) || signatures.split(' ').nth(MAX_SIGNATURES).is_some()
    {
        return false;
    }
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", call.body];
    // Once for all signatures: the body may be long. The comparison is constant-time.
    let expected = hmac(&key, &signed).finalize();
    signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,")).any(|signature| {
        let mut given = [0; 32];
        let length = Base64::decode(signature, &mut given).map(<[u8]>::len);
        length == Ok(given.len()) && CtOutput::new(given.into()) == expected
    })
}

/// Verifies the signature in a body of Mailgun:
/// <https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks>.
pub(super) fn is_of_mailgun(secret: &str, body: &Value, now: Moment) -> bool {
    let [timestamp, token, signature, parent] =
        ["timestamp", "token", "signature", "parent-signature"]
            .map(|name| text(body, &[&["/signature/", name].concat()]));
    let expected = hmac(secret.as_bytes(), &[timestamp.as_bytes(), token.as_bytes()]);
    let expected = hex(&expected.finalize().into_bytes());
    let key = secret.as_bytes();
    let expected = hmac(key, &[expected.as_bytes()]).finalize().into_bytes();
    // For a domain of a subaccount, the second one is by the key of the account.
    is_recent(&timestamp, now, MAILGUN_MAX_AGE)
        && [signature, parent]
            .iter()
            .any(|given| hmac(key, &[given.as_bytes()]).verify_slice(&expected).is_ok())
}

fn is_recent(timestamp: &str, now: Moment, max_age: Duration) -> bool {
    let seconds: Option<u64> = timestamp.parse().ok();
    seconds.is_some_and(|at| {
        let now = now.seconds();
        now.saturating_sub(at) <= max_age.as_secs() && at.saturating_sub(now) <= TOLERANCE.as_secs()
    })
}
