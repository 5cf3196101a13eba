//! Which sites' pages may call: those on the allow-list, compared byte for byte. A call without an Origin header comes
//! from no page.

use http::{HeaderMap, HeaderValue, header};

use relatch_domain::application::Application;

/// Who sent the request, by its Origin header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// No page.
    None,
    /// A page of this site, which is on the list.
    Allowed(HeaderValue),
    /// A page of any other site, or something unreadable.
    Foreign,
}

pub(super) fn origin(application: &Application, headers: &HeaderMap) -> Origin {
    let mut values = headers.get_all(header::ORIGIN).into_iter();
    match (values.next(), values.next()) {
        (None, _) => Origin::None,
        (Some(value), None) if application.origins.iter().any(|origin| origin.as_bytes() == value.as_bytes()) => {
            Origin::Allowed(value.clone())
        }
        _ => Origin::Foreign,
    }
}

/// Lets the page read the answer, also if its call came with a cookie, where sessions are in one.
pub(super) fn allow(application: &Application, headers: &mut HeaderMap, origin: &Origin) {
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if let Origin::Allowed(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
        if application.session_cookie.is_some() {
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
}

/// Answers a preflight.
pub(super) fn preflight(headers: &mut HeaderMap, methods: &'static str) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Authorization, Content-Type"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}
