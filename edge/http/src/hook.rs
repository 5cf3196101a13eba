//! The hook `beforeRequest`: what it gets of a call, and the response that it may give instead.

use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, ORIGIN, USER_AGENT};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use relatch::Code;
use relatch_domain::ports::{HookResponse, RequestCall};

use crate::context::Context;
use crate::decode::text;
use crate::visitor;

/// The header with the token of a captcha.
pub(crate) const CAPTCHA: HeaderName = HeaderName::from_static("relatch-captcha");

/// Marks a response of the hook, which is served as it is.
#[derive(Clone, Copy)]
pub(crate) struct Foreign;

/// Returns what the hook gets of a call. Without a token in its body, a call may have one in a
/// header.
pub(crate) fn call<'a, P>(
    context: Context<'a, P>,
    surface: &'static str,
    captcha: Option<&'a str>,
) -> RequestCall<'a> {
    let captcha = captcha.or_else(|| text(context.headers(), &CAPTCHA));
    let header = |name: &HeaderName| text(context.headers(), name);
    RequestCall {
        surface,
        method: context.method().as_str(),
        path: context.path(),
        headers: [
            ("user-agent", header(&USER_AGENT)),
            ("accept-language", header(&ACCEPT_LANGUAGE)),
            ("origin", header(&ORIGIN)),
        ],
        captcha,
        vouched: context.application().captcha.is_some()
            && visitor::is_vouched(context.application(), context.headers()),
    }
}

/// Returns the response of the hook, which no cache stores.
///
/// # Errors
///
/// `unavailable` if it is not a valid final response.
pub(crate) fn response(answer: HookResponse) -> Result<Response<Vec<u8>>, Code> {
    build(answer).ok_or(Code::Unavailable)
}

fn build(HookResponse { status, headers, body }: HookResponse) -> Option<Response<Vec<u8>>> {
    let mut response = Response::new(body.into_bytes());
    *response.status_mut() =
        StatusCode::from_u16(status).ok().filter(|status| (200..600).contains(&status.as_u16()))?;
    for (name, value) in headers {
        let (name, value) = (HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
        response.headers_mut().append(name, value);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(Foreign);
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_of_the_hook_keeps_its_headers_and_is_not_stored() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let answer = HookResponse {
            status: 403,
            headers: vec![
                header("set-cookie", "a=1"),
                header("set-cookie", "b=2"),
                header("cache-control", "max-age=60"),
            ],
            body: "no".to_owned(),
        };
        let response = response(answer).unwrap();
        assert_eq!((response.status().as_u16(), response.body().as_slice()), (403, &b"no"[..]));
        let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a=1", "b=2"]);
        assert_eq!(response.headers()["cache-control"], "no-store");
    }

    #[test]
    fn a_response_that_cannot_be_sent_is_an_outage() {
        for (status, name) in [(0, "x"), (101, "x"), (600, "x"), (200, "x y"), (200, "")] {
            let headers = vec![(name.to_owned(), "value".to_owned())];
            let answer = HookResponse { status, headers, body: String::new() };
            assert_eq!(response(answer).err(), Some(Code::Unavailable), "{status} {name}");
        }
    }
}
