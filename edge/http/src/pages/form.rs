//! Decodes forms: origin, size, content type, and strict fields.

use http::header::ORIGIN;
use http::{HeaderMap, HeaderName, Request};
use relatch::Code;

use crate::SEC_FETCH_SITE;
use crate::decode::{FORM, check_content, decoded, pairs};
use crate::pages::message::PageError;
use relatch_domain::application::Application;
use relatch_domain::captcha::PROVIDERS;
use relatch_domain::values::origin::is_same;

/// A form of one of our pages. Unknown fields are ignored, because browser extensions add some.
pub(super) struct Form<'a>(&'a [u8]);

impl<'a> Form<'a> {
    pub(super) fn read(
        application: &Application,
        request: &'a Request<Vec<u8>>,
    ) -> Result<Self, PageError> {
        if !is_ours(application, request.headers()) {
            return Err(PageError::ForeignForm);
        }
        check_content(request, FORM)
            .map_err(|problem| problem.code.parse().unwrap_or(Code::RequestInvalid))?;
        Ok(Self(request.body()))
    }

    /// Returns a field that must occur exactly once.
    pub(super) fn field(&self, name: &str) -> Result<String, PageError> {
        match value(self.0, name) {
            Ok(Some(value)) => Ok(value),
            Ok(None) | Err(InvalidField) => Err(Code::RequestInvalid.into()),
        }
    }

    /// Returns the token of a captcha, under the first of its names that the form has: that of
    /// Relatch, and those that the widgets of the providers add to a form.
    pub(super) fn captcha(&self) -> Option<String> {
        let names = PROVIDERS.iter().map(|provider| provider.field);
        std::iter::once("captcha").chain(names).find_map(|name| value(self.0, name).ok().flatten())
    }
}

/// A field occurs several times or is not UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidField;

/// Returns the value of a field, in a form or in a query.
pub(crate) fn value(form: &[u8], name: &str) -> Result<Option<String>, InvalidField> {
    let mut values = pairs(form).filter(|(known, _)| decoded(known).as_deref() == Some(name));
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some((_, value)), None) => decoded(value).map(Some).ok_or(InvalidField),
        (Some(_), Some(_)) => Err(InvalidField),
    }
}

/// Returns whether the browser reports that one of our pages sent the form. Every browser sends
/// `Origin` or `Sec-Fetch-Site`, and no script can change either.
///
/// The origin is `null` if something between the service and the browser sets the policy
/// `no-referrer` (Fetch, "append a request `Origin` header"). It is also `null` in a sandboxed frame
/// of any site, so `Sec-Fetch-Site` must then say that it is our page.
pub(crate) fn is_ours(application: &Application, headers: &HeaderMap) -> bool {
    let says = |name: HeaderName, is_ours: &dyn Fn(&str) -> bool| -> Option<bool> {
        let mut values = headers.get_all(name).into_iter().peekable();
        values.peek()?;
        Some(values.all(|value| value.to_str().is_ok_and(is_ours)))
    };
    let site = says(SEC_FETCH_SITE, &|site| site == "same-origin");
    let is_hidden = site == Some(true) && says(ORIGIN, &|origin| origin == "null") == Some(true);
    let own = &application.own_origin;
    let origin = if is_hidden { None } else { says(ORIGIN, &|origin| is_same(own, origin)) };
    (origin.is_some() || site.is_some()) && origin != Some(false) && site != Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://accounts.example.com";

    fn posted(body: &[u8]) -> Request<Vec<u8>> {
        let request =
            Request::post("/").header("content-type", "application/x-www-form-urlencoded");
        request.header("origin", OURS).body(body.to_vec()).unwrap()
    }

    /// Both fields as they are read, with a bar between them; nothing if one of them is not.
    fn two_fields(body: &[u8]) -> Option<String> {
        let (application, request) = (relatch_domain::testing::application(), posted(body));
        let form = Form::read(&application, &request).ok()?;
        Some(format!("{}|{}", form.field("a").ok()?, form.field("b").ok()?))
    }

    #[test]
    fn fields_are_read_as_browsers_write_them() {
        assert_eq!(two_fields(b"a=1&b=2").as_deref(), Some("1|2"));
        assert_eq!(two_fields(b"b=2&c=3&&a=1&d&\xff=4").as_deref(), Some("1|2"));
        assert_eq!(two_fields(b"a=+x+%2B%26%3D&b=%C3%BC=%25").as_deref(), Some(" x +&=|ü=%"));
        assert_eq!(two_fields(b"%61=&b").as_deref(), Some("|"));
        assert_eq!(two_fields(b"a=%zz%&b=%4").as_deref(), Some("%zz%|%4"));
    }

    #[test]
    fn a_missing_repeated_or_non_utf8_field_is_rejected() {
        for body in [
            &b""[..],
            b"a=1",
            b"a=1&b=2&a=1",
            b"a=1&b=2&%61=1",
            b"a=%ff&b=2",
            b"a=\xff&b=2",
            b"A=1&b=2",
        ] {
            assert_eq!(two_fields(body), None, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn a_form_is_accepted_if_the_headers_agree_on_the_same_origin() {
        let application = relatch_domain::testing::application();
        for (origin, site, ours) in [
            (&[OURS][..], &[][..], true),
            (&[], &["same-origin"], true),
            (&[OURS], &["same-origin"], true),
            (&[], &[], false),
            (&[OURS], &["same-site"], false),
            (&[OURS], &["cross-site"], false),
            (&[OURS], &["none"], false),
            (&["null"], &[], false),
            (&["null"], &["same-origin"], true),
            (&["null"], &["same-site"], false),
            (&["null"], &["cross-site"], false),
            (&["null"], &["none"], false),
            (&["null"], &["same-origin", "cross-site"], false),
            (&["null", "https://evil.example"], &["same-origin"], false),
            (&["null", OURS], &["same-origin"], false),
            (&["https://evil.example"], &["same-origin"], false),
            (&["https://accounts.example.com.evil.example"], &[], false),
            (&["http://accounts.example.com"], &[], false),
            (&["https://accounts.example.com, https://evil.example"], &[], false),
            (&[OURS, "https://evil.example"], &["same-origin"], false),
            (&[OURS], &["same-origin", "cross-site"], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in origin {
                headers.append("origin", value.parse().unwrap());
            }
            for value in site {
                headers.append("sec-fetch-site", value.parse().unwrap());
            }
            assert_eq!(is_ours(&application, &headers), ours, "{origin:?} {site:?}");
        }
        let mut allowed = relatch_domain::testing::application();
        allowed.origins.push("https://app.example.com".to_owned());
        let mut headers = HeaderMap::new();
        headers.insert("origin", "https://app.example.com".parse().unwrap());
        assert!(!is_ours(&allowed, &headers), "the origin of another site must not be accepted");
    }

    #[test]
    fn a_value_that_occurs_twice_is_rejected() {
        assert_eq!(value(b"x=1&token=T%2DT&y", "token"), Ok(Some("T-T".to_owned())));
        assert_eq!(value(b"tokens=1&Token=2&x=token", "token"), Ok(None));
        assert_eq!(value(b"", "token"), Ok(None));
        assert_eq!(value(b"token=1&token=1", "token"), Err(InvalidField));
        assert_eq!(value(b"token=%ff", "token"), Err(InvalidField));
    }
}
