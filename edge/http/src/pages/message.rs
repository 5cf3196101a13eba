//! Error pages: what happened and what to do next.

use http::{HeaderValue, Response, StatusCode, header};
use relatch::{Code, PasswordRules, Problem, Reason};

use crate::pages::Page;
use crate::pages::document::{Message, View, document};
use crate::problem::{Reply, problem_for};
use relatch_domain::application::Application;
use relatch_languages::{Texts, sentences};

/// Why a page shows no form.
#[derive(Clone, Copy, Debug)]
pub(super) enum PageError {
    /// An error of the call.
    Call(Code),
    /// A visit without a link.
    NoLink,
    /// A form that another site may have sent.
    ForeignForm,
    /// A form whose link cookie is missing.
    FormWithoutLink,
    /// A form of another link than those in the cookie.
    FormOfAnotherLink,
}

impl From<Code> for PageError {
    fn from(code: Code) -> Self {
        Self::Call(code)
    }
}

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self::Call(problem.code.parse().unwrap_or(Code::RequestInvalid))
    }
}

/// Title, paragraphs, and a link.
struct Content {
    title: &'static str,
    text: Vec<String>,
    action: Option<(String, &'static str)>,
}

impl PageError {
    /// Returns the page that reports the error.
    pub(super) fn reply(self, application: &Application, texts: Texts, page: Page) -> Reply {
        let (status, code) = match self {
            Self::Call(code) => (code.status(), Some(code)),
            Self::NoLink => (400, None),
            Self::ForeignForm => (403, Some(Code::OriginNotAllowed)),
            Self::FormWithoutLink => (403, None),
            Self::FormOfAnotherLink => (403, Some(Code::LinkInvalid)),
        };
        let Content { title, text, action } = self.content(application, texts, page);
        let action = action.as_ref().map(|(place, label)| (place.as_str(), *label));
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let message = View::Message(Message { title, text: &text, action });
        let mut response = document(application, texts, status, &message);
        if let Self::Call(code) = self {
            set_retry_after(&mut response, code);
        }
        if matches!(self, Self::Call(Code::NotFound)) {
            // The URL may have a token, which works again later. The page has no form.
            response
                .headers_mut()
                .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        }
        Reply { response, problem: code }
    }

    fn content(self, application: &Application, t: Texts, page: Page) -> Content {
        let say = |text: &[&str]| text.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let request_new = || Some((Page::Forgot.path(application), t.link_request_new()));
        let here = |label| Some((page.path(application), label));
        let (title, text, action) = match self {
            Self::Call(Code::LinkInvalid) => {
                (t.link_invalid_title(), say(&[t.link_invalid_text()]), request_new())
            }
            Self::Call(Code::LinkExpired) => {
                let expired = t.page_expired(&t.span(application.links.lifetime));
                // The expired link may have had another lifetime, or be that of an invitation.
                let text = sentences(&[t.link_expired_text(), &expired]);
                (t.link_expired_title(), vec![text], request_new())
            }
            Self::Call(Code::LinkUsed) => {
                (t.link_used_title(), say(&[t.link_used_text()]), request_new())
            }
            Self::Call(Code::Unavailable | Code::LinkBusy) => {
                (t.page_busy_title(), say(&[t.error_unavailable()]), here(t.form_retry()))
            }
            Self::Call(Code::TooManyRequests) => {
                (t.page_limited_title(), say(&[t.page_limited()]), here(t.form_retry()))
            }
            Self::NoLink => (
                t.link_missing_title(),
                say(&[t.link_missing_text(), t.page_cookies()]),
                request_new(),
            ),
            Self::ForeignForm => {
                let (what_to_do, action) = match page {
                    Page::Forgot => {
                        let url = format!("{}{}", application.public_url, page.path(application));
                        (t.page_foreign_forgot().to_owned(), Some((url, t.page_open())))
                    }
                    Page::Reset => (t.page_foreign_reset(&application.public_url), None),
                };
                (t.page_foreign_title(), vec![t.page_foreign().to_owned(), what_to_do], action)
            }
            Self::FormWithoutLink => (
                t.page_link_again(),
                say(&[t.page_too_long(), t.page_changed_earlier()]),
                request_new(),
            ),
            Self::FormOfAnotherLink => {
                (t.page_link_again(), say(&[t.page_other_link(), t.page_wanted_link()]), None)
            }
            Self::Call(Code::NotFound) => {
                let link = (page == Page::Reset).then(|| t.page_unavailable_link());
                let parts = [Some(t.page_unavailable()), link, Some(t.page_unavailable_contact())];
                let text = parts.into_iter().flatten().map(str::to_owned).collect();
                (t.page_unavailable_title(), text, None)
            }
            Self::Call(Code::BodyTooLarge) => {
                (t.page_too_large_title(), say(&[t.page_too_large()]), here(t.page_open_again()))
            }
            // No form of these pages leads here.
            Self::Call(_) => {
                (t.page_failed_title(), say(&[t.page_failed()]), here(t.page_open_again()))
            }
        };
        Content { title, text, action }
    }
}

/// Returns the maximum length in words.
fn longest(t: Texts, rules: &PasswordRules) -> String {
    match rules.max_bytes.filter(|bytes| *bytes < rules.max_length) {
        Some(bytes) => t.password_bytes(&bytes.to_string()),
        None => t.password_characters(&rules.max_length.to_string()),
    }
}

/// Returns the permitted length as a sentence.
pub(super) fn length(t: Texts, rules: &PasswordRules) -> String {
    t.password_length(&rules.min_length.to_string(), &longest(t, rules))
}

/// Sets `Retry-After` where waiting helps.
pub(super) fn set_retry_after(response: &mut Response<Vec<u8>>, code: Code) {
    if let Some(seconds) = problem_for(code).retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// Returns what is wrong with a password and what is permitted.
pub(super) fn reason(t: Texts, reason: Reason, rules: &PasswordRules) -> String {
    match reason {
        Reason::TooShort => {
            sentences(&[t.reason_too_short(), &t.password_min(&rules.min_length.to_string())])
        }
        Reason::TooLong => sentences(&[t.reason_too_long(), &t.password_max(&longest(t, rules))]),
        Reason::Common => t.reason_common().to_owned(),
        Reason::Personal => t.reason_personal().to_owned(),
        Reason::Mismatch => t.reason_mismatch().to_owned(),
        Reason::InvalidCharacter => t.reason_invalid_character().to_owned(),
        Reason::Unchanged => t.reason_unchanged().to_owned(),
        Reason::Breached => t.reason_breached().to_owned(),
        _ => t.reason_other().to_owned(),
    }
}
