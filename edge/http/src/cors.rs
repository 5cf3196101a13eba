//! Cross-origin requests: only pages of the configured origins may call, compared byte for byte. A
//! request without `Origin` does not come from a page.

use http::{HeaderMap, HeaderValue, header};

use relatch_domain::application::Application;

/// The sender of a request, by its `Origin` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Not a page.
    None,
    /// A page of an allowed origin.
    Allowed(HeaderValue),
    /// A page of another origin, or an unreadable header.
    Foreign,
}

pub(super) fn origin(application: &Application, headers: &HeaderMap) -> Origin {
    let mut values = headers.get_all(header::ORIGIN).into_iter();
    match (values.next(), values.next()) {
        (None, _) => Origin::None,
        (Some(value), None)
            if application.origins.iter().any(|origin| origin.as_bytes() == value.as_bytes()) =>
        {
            Origin::Allowed(value.clone())
        }
        _ => Origin::Foreign,
    }
}

/// The headers that a page may send: those that are read, and those that monitoring and HTTP
/// libraries add to the calls of a page. Nothing reads the latter, and the browser blocks a call
/// with a header that is not listed.
///
/// They are those of W3C Trace Context and Baggage, Sentry, Zipkin, Datadog, New Relic, Elastic,
/// Application Insights, AWS X-Ray, Google Cloud and Jaeger.
const HEADERS: &str = "Authorization, Content-Type, Relatch-Captcha, traceparent, tracestate, \
    baggage, sentry-trace, b3, X-B3-TraceId, X-B3-SpanId, X-B3-ParentSpanId, X-B3-Sampled, \
    X-B3-Flags, x-datadog-trace-id, x-datadog-parent-id, x-datadog-origin, \
    x-datadog-sampling-priority, x-datadog-tags, newrelic, elastic-apm-traceparent, \
    Request-Id, Request-Context, X-Amzn-Trace-Id, X-Cloud-Trace-Context, uber-trace-id, \
    X-Request-ID, X-Correlation-ID, X-Requested-With";

/// Allows the page to read the response, with credentials if sessions are in a cookie.
pub(super) fn allow(application: &Application, headers: &mut HeaderMap, origin: &Origin) {
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if let Origin::Allowed(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers
            .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
        if application.session_cookie.is_some() {
            headers
                .insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
}

/// Adds the headers of a preflight response.
pub(super) fn preflight(headers: &mut HeaderMap, methods: &'static str) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}
