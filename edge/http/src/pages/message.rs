//! Error pages: what happened and what to do next.

use http::{HeaderValue, Response, StatusCode, header};
use relatch::{Code, PasswordRules, Problem, Reason};

use crate::messages;
use crate::pages::Page;
use crate::pages::document::{Message, View, document};
use crate::problem::{Reply, problem_for};
use relatch_domain::application::Application;
use relatch_domain::values::time::span_for_people;

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
    pub(super) fn reply(self, application: &Application, page: Page) -> Reply {
        let (status, code) = match self {
            Self::Call(code) => (code.status(), Some(code)),
            Self::NoLink => (400, None),
            Self::ForeignForm => (403, Some(Code::OriginNotAllowed)),
            Self::FormWithoutLink => (403, None),
            Self::FormOfAnotherLink => (403, Some(Code::LinkInvalid)),
        };
        let Content { title, text, action } = self.content(application, page);
        let action = action.as_ref().map(|(place, label)| (place.as_str(), *label));
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response =
            document(application, status, &View::Message(Message { title, text: &text, action }));
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

    fn content(self, application: &Application, page: Page) -> Content {
        let say = |text: &[&str]| text.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let request_new = || Some((Page::Forgot.path(application), messages::LINK_REQUEST_NEW));
        let here = |label| Some((page.path(application), label));
        let (title, text, action) = match self {
            Self::Call(Code::LinkInvalid) => {
                (messages::LINK_INVALID_TITLE, say(&[messages::LINK_INVALID_TEXT]), request_new())
            }
            Self::Call(Code::LinkExpired) => {
                let lifetime = span_for_people(application.links.lifetime);
                // The expired link may have had another lifetime.
                let text = format!("{} It works for {lifetime}.", messages::LINK_EXPIRED_TEXT);
                (messages::LINK_EXPIRED_TITLE, vec![text], request_new())
            }
            Self::Call(Code::LinkUsed) => (messages::LINK_USED_TITLE, say(&[messages::LINK_USED_TEXT]), request_new()),
            Self::Call(Code::Unavailable | Code::LinkBusy) => {
                ("Try again in a moment", say(&[messages::ERROR_UNAVAILABLE]), here(messages::FORM_RETRY))
            }
            Self::Call(Code::TooManyRequests) => {
                let text = messages::fill(messages::ERROR_TOO_MANY_REQUESTS, "time", "a minute");
                ("Too many requests", vec![text], here(messages::FORM_RETRY))
            }
            Self::NoLink => (
                messages::LINK_MISSING_TITLE,
                say(&[
                    messages::LINK_MISSING_TEXT,
                    "If you have just opened it, allow cookies for this page, or open the link in another browser. The \
                     browser keeps a link for 15 minutes.",
                ]),
                request_new(),
            ),
            Self::ForeignForm => (
                "This form came from another site",
                vec![
                    "Your browser did not confirm that you sent this form from our page. To be safe, nothing was changed."
                        .to_owned(),
                    match page {
                        Page::Forgot => "Open our page and try again there.".to_owned(),
                        Page::Reset => {
                            format!("Open the link in your email again. It leads to {}.", application.public_url)
                        }
                    },
                ],
                match page {
                    Page::Forgot => {
                        Some((format!("{}{}", application.public_url, page.path(application)), "Open the page"))
                    }
                    Page::Reset => None,
                },
            ),
            Self::FormWithoutLink => (
                "Open the link in your email again",
                say(&[
                    "The form was open for too long, or your browser does not keep cookies for this page. This time \
                     nothing was changed, and your link was not used up.",
                    "If an earlier attempt confirmed that your password was changed, sign in with the new password.",
                ]),
                request_new(),
            ),
            Self::FormOfAnotherLink => (
                "Open the link in your email again",
                say(&[
                    "This browser does not have the link of this form. You may have opened other links since. Nothing \
                     was changed.",
                    "Open the link that you want to use from its email again.",
                ]),
                None,
            ),
            Self::Call(Code::NotFound) => {
                let mut text = say(&[
                    "You cannot reset your password here at the moment. Your password has not changed.",
                ]);
                if page == Page::Reset {
                    text.push("If you have a link, it was not used up.".to_owned());
                }
                text.push("If you cannot sign in, contact us.".to_owned());
                ("Password reset is not available", text, None)
            }
            Self::Call(Code::BodyTooLarge) => (
                "The form is too large",
                say(&["Your browser sent more than this form can contain. Nothing was changed."]),
                here("Open the page again"),
            ),
            // No form of these pages leads here.
            Self::Call(_) => (
                "This did not work",
                say(&["Your browser sent something that this page does not accept. Nothing was changed."]),
                here("Open the page again"),
            ),
        };
        Content { title, text, action }
    }
}

/// Returns the maximum length in words.
fn longest(rules: &PasswordRules) -> String {
    match rules.max_bytes.filter(|bytes| *bytes < rules.max_length) {
        Some(bytes) => messages::fill(messages::PASSWORD_BYTES, "count", &bytes.to_string()),
        None => {
            messages::fill(messages::PASSWORD_CHARACTERS, "count", &rules.max_length.to_string())
        }
    }
}

/// Returns the permitted length as a sentence.
pub(super) fn length(rules: &PasswordRules) -> String {
    let message = messages::fill(messages::PASSWORD_LENGTH, "min", &rules.min_length.to_string());
    messages::fill(&message, "max", &longest(rules))
}

/// Sets `Retry-After` where waiting helps.
pub(super) fn set_retry_after(response: &mut Response<Vec<u8>>, code: Code) {
    if let Some(seconds) = problem_for(code).retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// Returns what is wrong with a password and what is permitted.
pub(super) fn reason(reason: Reason, rules: &PasswordRules) -> String {
    let with = |message: &str, rule: String| [message, " ", &rule].concat();
    match reason {
        Reason::TooShort => {
            let rule = messages::fill(messages::PASSWORD_MIN, "min", &rules.min_length.to_string());
            with(messages::REASON_TOO_SHORT, rule)
        }
        Reason::TooLong => with(
            messages::REASON_TOO_LONG,
            messages::fill(messages::PASSWORD_MAX, "max", &longest(rules)),
        ),
        Reason::Common => messages::REASON_COMMON.to_owned(),
        Reason::Personal => messages::REASON_PERSONAL.to_owned(),
        Reason::Mismatch => messages::REASON_MISMATCH.to_owned(),
        Reason::InvalidCharacter => messages::REASON_INVALID_CHARACTER.to_owned(),
        Reason::Unchanged => messages::REASON_UNCHANGED.to_owned(),
        _ => messages::REASON_OTHER.to_owned(),
    }
}
