//! Problem responses (RFC 9457), and the headers of every response.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use relatch::{Code, Problem};
use serde::Serialize;

/// Returns the response to every call while the configuration is invalid. Only the log names the
/// variable.
#[must_use]
pub fn misconfigured() -> Response<Vec<u8>> {
    let mut response = problem_response(&Code::Misconfigured.into());
    secure(&mut response);
    response
}

/// A response, and the code of the problem that it reports, if any.
pub(super) struct Reply {
    pub(super) response: Response<Vec<u8>>,
    pub(super) problem: Option<Code>,
}

impl From<Response<Vec<u8>>> for Reply {
    fn from(response: Response<Vec<u8>>) -> Self {
        Self { response, problem: None }
    }
}

/// Returns the problem of a code, with the time to wait where waiting helps. A limit that Relatch
/// counts itself has an end: see [`limited_until`].
pub(super) fn problem_for(code: Code) -> Problem {
    match code {
        // The limit of an address block. The platform counts it over a minute and does not report
        // when it ends, so a minute is the longest wait.
        Code::TooManyRequests => Problem::new(code).retry_after(60),
        // Not limits: the times after which another attempt is likely to succeed. An outage has no
        // known end; a write ends within 2 s, or at the latest with its lease of 30 s.
        Code::Unavailable => Problem::new(code).retry_after(5),
        Code::LinkBusy | Code::ChangeBusy => Problem::new(code).retry_after(2),
        _ => code.into(),
    }
}

/// Sets the time until the limit ends that a problem reports, if it is known.
pub(super) fn limited_until(problem: Problem, wait: Option<Duration>) -> Problem {
    match wait {
        Some(wait) => problem.retry_after(seconds_up(wait)),
        None => problem,
    }
}

/// Returns a wait in whole seconds, rounded up, at least 1: a caller that waits so long is not
/// early.
fn seconds_up(wait: Duration) -> u32 {
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    u32::try_from(seconds).unwrap_or(u32::MAX).max(1)
}

/// Returns the response that reports a problem (RFC 9457).
pub(super) fn problem_response(problem: &Problem) -> Response<Vec<u8>> {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json(status, "application/problem+json", problem);
    if status == StatusCode::UNAUTHORIZED {
        // Required by RFC 9110 section 15.5.2.
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Returns a 200 response with a JSON body.
pub(super) fn success(body: &impl Serialize) -> Response<Vec<u8>> {
    json(StatusCode::OK, "application/json", body)
}

/// Returns a 204 response.
pub(super) fn no_content() -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
/// No page needs a device or another privileged feature (OWASP HTTP Headers Cheat Sheet).
const NO_FEATURES: &str = "browsing-topics=(), camera=(), display-capture=(), geolocation=(), hid=(), \
    microphone=(), midi=(), payment=(), serial=(), usb=()";

/// Sets the headers that no response may lack, unless the response has its own values: not stored,
/// not framed, not sniffed, nothing loaded.
pub(super) fn secure(response: &mut Response<Vec<u8>>) {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
        // Neither a page that opened this one nor one that it opens has a reference to it, and no
        // other site embeds a response. Calls of pages with CORS are not affected.
        (COOP, "same-origin"),
        (CORP, "same-origin"),
        (PERMISSIONS_POLICY, NO_FEATURES),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// Returns a JSON response.
pub(super) fn json(
    status: StatusCode,
    content_type: &'static str,
    body: &impl Serialize,
) -> Response<Vec<u8>> {
    let mut response = Response::new(serde_json::to_vec(body).unwrap_or_default());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
