//! The session that a request presents.

use http::{HeaderMap, header};
use relatch::{Code, SessionToken};

use crate::cors::{Origin, origin};
use crate::decode::bearer;
use crate::pages::cookie;
use relatch_domain::application::Application;

/// The longest token in bytes.
const MAX_LENGTH: usize = 4096;

/// Returns the session token of a request: a bearer token (RFC 6750), else the configured cookie.
/// Browsers attach a cookie to requests of any site, so a cookie counts only with an allowed
/// `Origin`. The directory decides whether the session exists.
pub(super) fn of(
    application: &Application,
    headers: &HeaderMap,
) -> Result<Option<SessionToken>, Code> {
    if headers.contains_key(header::AUTHORIZATION) {
        return Ok(bearer(headers).and_then(session));
    }
    let named = application.session_cookie.as_deref();
    let presented = named.and_then(|name| cookie::value(headers, name)).and_then(session);
    if presented.is_some() && !matches!(origin(application, headers), Origin::Allowed(_)) {
        return Err(Code::OriginNotAllowed);
    }
    Ok(presented)
}

/// Returns a token of characters that a cookie may hold (RFC 6265 section 4.1.1), as bearer tokens
/// are.
fn session(text: &str) -> Option<SessionToken> {
    let is_allowed =
        |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\');
    let text = text.trim();
    ((1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(is_allowed))
        .then(|| SessionToken::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use relatch_domain::testing::application;

    const OWN_ORIGIN: (&str, &str) = ("origin", "https://accounts.example.com");

    fn presented(
        session_cookie: Option<&str>,
        lines: &[(&'static str, &str)],
    ) -> Result<Option<String>, Code> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let session_cookie = session_cookie.map(str::to_owned);
        let application = Application { session_cookie, ..application() };
        of(&application, &headers).map(|session| session.map(|session| session.expose().to_owned()))
    }

    #[test]
    fn only_a_bearer_token_is_read_from_the_authorization_header() {
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer a-b._~+/0==", Some("a-b._~+/0==")),
            ("Bearer  abc", Some("abc")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Bearer a b", None),
            ("Bearer a,b", None),
            ("Basic abc", None),
            ("abc", None),
        ] {
            assert_eq!(
                presented(None, &[("authorization", value)]),
                Ok(token.map(str::to_owned)),
                "{value}"
            );
        }
        let twice = [("authorization", "Bearer abc"), ("authorization", "Bearer abc")];
        assert_eq!(presented(None, &twice), Ok(None));
        assert_eq!(
            presented(None, &[("authorization", &format!("Bearer {}", "x".repeat(4097)))]),
            Ok(None)
        );
    }

    #[test]
    fn a_configured_cookie_is_read_for_allowed_origins_only() {
        let named = Some("sid");
        let cookie = ("cookie", "a=b; sid=abc");
        assert_eq!(presented(None, &[cookie, OWN_ORIGIN]), Ok(None));
        assert_eq!(presented(named, &[cookie, OWN_ORIGIN]), Ok(Some("abc".to_owned())));
        assert_eq!(presented(named, &[cookie]), Err(Code::OriginNotAllowed));
        for foreign in ["https://evil.example", "null"] {
            assert_eq!(
                presented(named, &[cookie, ("origin", foreign)]),
                Err(Code::OriginNotAllowed),
                "{foreign}"
            );
        }
        assert_eq!(presented(named, &[("cookie", "xsid=abc"), OWN_ORIGIN]), Ok(None));
        assert_eq!(
            presented(named, &[("cookie", "sid=abc; sid=abd"), OWN_ORIGIN]),
            Ok(None),
            "a duplicate cookie is ignored"
        );
        let both = [cookie, ("authorization", "Bearer other")];
        assert_eq!(
            presented(named, &both),
            Ok(Some("other".to_owned())),
            "a bearer token needs no origin"
        );
    }
}
